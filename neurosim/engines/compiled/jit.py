"""How kernels are compiled: once per dtype, kept on disk where there is a place for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from neurosim.engines.kernel_folder import kernel_folder
from neurosim.errors import MissingExtraError

try:
    import numba
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "numba":
        raise
    raise MissingExtraError(
        'engine="numba" needs Numba: pip install "neurosim[fast]"'
    ) from error

from neurosim.engines.compiled.announcing import announcer
from neurosim.engines.compiled.kernel_cache import KernelCache

_OPTIONS: dict[str, Any] = {
    "nogil": True,
    # A division by zero gives inf, without the check that stops SIMD.
    "error_model": "numpy",
    # Sums may be taken in any order, which is what makes them fast; NaN and inf keep their meaning.
    "fastmath": {"reassoc", "contract", "nsz"},
    # Kernels make no arrays, and need not count who holds a view of one.
    "_nrt": False,
}


def compiled(function: Callable[..., Any]) -> Any:
    """Compile a kernel at its first call; its sums may be reordered."""
    kernel = numba.njit(**_OPTIONS)(function)
    folder = kernel_folder()
    if folder.refusal is None:
        name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
        kernel._cache = KernelCache(name, folder.path)
    announcer.watch(kernel)
    return kernel


def called(function: Callable[..., Any]) -> Any:
    """Compile a part of kernels that they call: large, or with much to do at each call."""
    return numba.njit(**_OPTIONS)(function)


def inlined(function: Callable[..., Any]) -> Any:
    """Make a part of kernels that is written into each of them.

    Handing on a dozen arrays takes longer than the work of a small network, and a part that is
    compiled by itself is compiled once more with every kernel that calls it.
    """
    return numba.njit(inline="always", **_OPTIONS)(function)
