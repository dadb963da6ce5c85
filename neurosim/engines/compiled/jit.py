"""How kernels are compiled: once per dtype, kept on disk where there is a place for them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from neurosim.errors import MissingExtraError

try:
    import numba
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "numba":
        raise
    raise MissingExtraError(
        'engine="numba" needs Numba: pip install "neurosim[fast]"'
    ) from error

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
    try:
        kernel.enable_caching()
    except RuntimeError:  # Numba found no folder that it may write to
        return kernel
    _bind_to_sources(kernel)
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


def _bind_to_sources(kernel: Any) -> None:
    """Make a kept kernel stale when any of these modules changes, not only its own."""
    kept: Any = getattr(getattr(kernel, "_cache", None), "_cache_file", None)
    stamp = getattr(kept, "_source_stamp", None)
    if stamp is not None:
        kept._source_stamp = (stamp, _digest())


@cache
def _digest() -> str:
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
