"""How fast this machine is: from a table by kind of processor, or as it was measured on request.

What is fastest depends on the machine. The table knows its kind; ``neurosim warmup`` measures the
machine itself and keeps the rates in the user's cache folder (`NEUROSIM_CACHE_DIR` overrides
which), from where later processes take them, so that two runs of one program do the same. With
``NEUROSIM_CALIBRATE=0`` the rates are those of an ordinary processor, whatever the machine is.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import platform
from functools import cache
from pathlib import Path
from typing import Any

import numba
import numpy as np
from attrs import asdict, fields, frozen

from neurosim.engines.compiled.simd import REGISTER, processor
from neurosim.engines.kernel_folder import cache_folder

LANES = (8, 16, 32, 64)
# Neurons of the networks whose walks are measured: in the nearest caches, beyond, and far beyond.
SIZES = (500, 20_000, 100_000)
_FORMAT = 3  # another when kernels are no longer what was measured

Table = tuple[tuple[float, ...], ...]


@frozen
class Rates:
    """What one thread does in a second, or how long something takes in seconds.

    Attributes
    ----------
    steps, passes : tuple of tuples of float
        Synapses times lanes that a step, and a forward pass, takes in a walk per second, for
        networks of each of `SIZES` and for tiles of 8, 16, 32 and 64 lanes.
    layers : float
        Products per second in the small matrix products of dense layers.
    matrices : float
        Products per second in NumPy's matrix products, on all its threads.
    gathered : float
        Products per second where NumPy gathers rows.
    call : float
        Seconds that an operation of NumPy takes at least.
    """

    steps: Table
    passes: Table
    layers: float
    matrices: float
    gathered: float
    call: float


USUAL = {
    "float32": Rates(
        steps=(
            (1.7e9, 3.4e9, 5.8e9, 6.0e9),
            (1.5e9, 2.5e9, 3.5e9, 3.7e9),
            (1.2e9, 1.7e9, 1.8e9, 1.6e9),
        ),
        passes=(
            (4.4e9, 7.8e9, 1.4e10, 1.5e10),
            (4.2e9, 7.5e9, 1.1e10, 1.2e10),
            (4.0e9, 6.3e9, 6.0e9, 5.3e9),
        ),
        layers=3.2e10,
        matrices=9.0e10,
        gathered=5.0e9,
        call=5e-7,
    ),
    "float64": Rates(
        steps=(
            (1.4e9, 2.2e9, 2.4e9, 2.4e9),
            (1.2e9, 1.3e9, 1.2e9, 1.2e9),
            (9.0e8, 9.0e8, 5.5e8, 5.0e8),
        ),
        passes=(
            (4.4e9, 6.9e9, 7.0e9, 7.4e9),
            (4.0e9, 5.1e9, 5.2e9, 5.5e9),
            (3.5e9, 2.9e9, 2.6e9, 1.7e9),
        ),
        layers=1.4e10,
        matrices=4.2e10,
        gathered=2.0e9,
        call=5e-7,
    ),
}


# By the bytes of a register. Of 64 bytes: medians of three measurings on an AMD EPYC of the fourth
# generation, which has AVX-512; `neurosim warmup` measures others.
TABLE = {
    32: USUAL,
    64: {
        "float32": Rates(
            steps=(
                (3.7e9, 3.7e9, 5.3e9, 7.2e9),
                (3.2e9, 3.2e9, 4.4e9, 4.5e9),
                (1.6e9, 1.6e9, 2.0e9, 2.4e9),
            ),
            passes=(
                (1.0e10, 1.0e10, 1.4e10, 1.6e10),
                (9.6e9, 9.6e9, 1.3e10, 1.5e10),
                (7.2e9, 7.2e9, 8.0e9, 7.5e9),
            ),
            layers=3.8e10,
            matrices=9.6e10,
            gathered=5.8e9,
            call=3.2e-7,
        ),
        "float64": Rates(
            steps=(
                (1.7e9, 2.7e9, 3.8e9, 4.1e9),
                (1.5e9, 1.9e9, 2.3e9, 1.7e9),
                (7.1e8, 9.6e8, 9.7e8, 7.9e8),
            ),
            passes=(
                (4.9e9, 7.3e9, 8.5e9, 9.1e9),
                (4.3e9, 6.4e9, 7.2e9, 6.9e9),
                (2.4e9, 3.5e9, 3.2e9, 2.0e9),
            ),
            layers=2.1e10,
            matrices=4.8e10,
            gathered=2.9e9,
            call=3.3e-7,
        ),
    },
}


def tiles_of(dtype: np.dtype[Any]) -> tuple[int, ...]:
    """Return those of `LANES` that fill a register of this machine."""
    return tuple(lanes for lanes in LANES if lanes * dtype.itemsize >= REGISTER)


@cache
def rates(dtype: str) -> Rates:
    """Return the rates of this machine for "float32" or "float64"."""
    if os.environ.get("NEUROSIM_CALIBRATE", "1") == "0":
        return USUAL[dtype]
    return _read(_path(dtype)) or TABLE[REGISTER][dtype]


def keep_measured(dtype: str) -> Path:
    """Measure the rates of this machine for a dtype, which takes some seconds, and keep them.

    Raises
    ------
    OSError
        If they cannot be kept.
    """
    from neurosim.engines.compiled.calibration import measure

    path = _path(dtype)
    path.parent.mkdir(parents=True, exist_ok=True)
    own = path.with_suffix(f".{os.urandom(8).hex()}")
    try:
        own.write_text(json.dumps(asdict(measure(np.dtype(dtype)))))
        own.replace(path)
    finally:
        own.unlink(missing_ok=True)
    rates.cache_clear()
    return path


def _path(dtype: str) -> Path:
    return cache_folder() / f"rates-{_machine()}-{dtype}.json"


def _machine() -> str:
    """Return what the rates depend on, as a short name."""
    facts = (
        _FORMAT, platform.machine(), *processor(), os.cpu_count(), numba.__version__,
        np.__version__,
    )  # fmt: skip
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def _read(path: Path) -> Rates | None:
    """Return kept rates; None if there are none, or what is there is something else."""
    try:
        return rates_from(json.loads(path.read_text()))
    except (OSError, ValueError):
        return None


def rates_from(values: Any) -> Rates:
    """Return the rates that `asdict` made numbers of.

    Raises
    ------
    ValueError
        If that is something else.
    """
    names = [one.name for one in fields(Rates)]
    if not isinstance(values, dict) or sorted(values) != sorted(names):
        raise ValueError("not a table of rates")
    tables = ("steps", "passes")
    found: dict[str, Any] = {
        name: _table(values[name]) if name in tables else _rate(values[name]) for name in names
    }
    return Rates(**found)


def _table(rows: Any) -> Table:
    if not isinstance(rows, (list, tuple)) or len(rows) != len(SIZES):
        raise ValueError("not a table of rates")
    for row in rows:
        if not isinstance(row, (list, tuple)) or len(row) != len(LANES):
            raise ValueError("not a table of rates")
    return tuple(tuple(map(_rate, row)) for row in rows)


def _rate(value: Any) -> float:
    if type(value) not in (int, float) or not 0 < value < math.inf:
        raise ValueError(f"not a rate: {value!r}")
    return float(value)
