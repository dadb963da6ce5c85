"""Which engine "auto" stands for: the fastest that can answer at once.

Compiled kernels are the fastest, but to compile them takes a minute, once. Until that is done, by
one process in the background, the `numpy` engine answers.
"""

from __future__ import annotations

import os
from importlib.util import find_spec

from neurosim.engines.kernel_folder import kernel_folder
from neurosim.errors import InvalidValueError

FASTEST = "picked by 'auto' as the fastest that is installed"
_BY_AUTO = "picked by 'auto', since"
_NO = ("0", "false", "no", "off", "")


def pick_engine(dtype: str) -> tuple[str, str]:
    """Return the engine that runs networks of a dtype, and why it is that one."""
    if find_spec("numba") is None:
        return "numpy", f"{_BY_AUTO} Numba is not installed"
    if _is_switched_off():
        return "numpy", f"{_BY_AUTO} NUMBA_DISABLE_JIT switches compiling off"
    try:
        waiting = _waiting(dtype) if warms_up() else None
        if waiting is not None:
            return "numpy", f"{_BY_AUTO} {waiting}"
        import numba  # noqa: F401
    except ImportError as error:  # it is there, but not for this NumPy or Python
        return "numpy", f"{_BY_AUTO} Numba cannot be imported: {error}"
    return "numba", FASTEST


def _waiting(dtype: str) -> str | None:
    """Return why kernels cannot be had at once, if they cannot, and have them compiled."""
    folder = kernel_folder()
    if folder.refusal is not None:
        return (
            f"kernels cannot be kept: {folder.refusal} (NEUROSIM_CACHE_DIR names another folder; "
            'engine="numba" compiles for one process)'
        )
    if folder.is_ready(dtype):
        return None
    from neurosim.engines.background import compile_kernels  # only a first start needs it

    return compile_kernels(dtype, folder)


def refuse_without_compiler() -> None:
    """Refuse the `numba` engine where Numba is told to compile nothing."""
    if _is_switched_off():
        raise InvalidValueError(
            'engine must be "auto", "numpy" or "reference" where NUMBA_DISABLE_JIT switches '
            'compiling off (got "numba"); unset it, or pass another engine'
        )


def _is_switched_off() -> bool:
    return os.environ.get("NUMBA_DISABLE_JIT", "0").strip() not in _NO


def warms_up() -> bool:
    """Return whether kernels may be compiled in the background.

    Not with ``NEUROSIM_WARMUP=0``, nor where ``CI`` is set and ``NEUROSIM_WARMUP`` is not.
    """
    asked = os.environ.get("NEUROSIM_WARMUP")
    if asked is not None:
        return asked.strip().lower() not in _NO
    return os.environ.get("CI", "").strip().lower() in _NO
