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

# Sums may be taken in any order, which is what makes them fast; NaN and inf keep their meaning.
LOOSE = frozenset({"reassoc", "contract", "nsz"})
# For formulas whose steps must stay as they are written.
STRICT = frozenset({"contract"})


def compiled(function: Callable[..., Any]) -> Any:
    """Compile a kernel at its first call; its sums may be reordered."""
    kernel = numba.njit(**_options(LOOSE))(function)
    try:
        kernel.enable_caching()
    except RuntimeError:  # Numba found no folder that it may write to
        return kernel
    _bind_to_sources(kernel)
    return kernel


def inlined(function: Callable[..., Any]) -> Any:
    """Compile a part of kernels into each of them: handing on a dozen arrays takes its time."""
    return numba.njit(forceinline=True, **_options(LOOSE))(function)


def inlined_strictly(function: Callable[..., Any]) -> Any:
    """Compile such a part, whose arithmetic stays in the order in which it is written."""
    return numba.njit(forceinline=True, **_options(STRICT))(function)


def _options(fastmath: frozenset[str]) -> dict[str, Any]:
    # The numpy error model: a division by zero gives inf, without the check that stops SIMD.
    # Without Numba's runtime kernels make no arrays, and need not count who holds a view.
    return {"nogil": True, "error_model": "numpy", "fastmath": set(fastmath), "_nrt": False}


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
