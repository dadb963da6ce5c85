"""How fast this machine is: measured once, kept, and read again ever after.

What is fastest depends on the machine, so it is measured; but two runs of one program must do the
same, so it is measured only once and kept in the user's cache folder (`NEUROSIM_CACHE_DIR`
overrides which). Where it cannot be kept, and with ``NEUROSIM_CALIBRATE=0``, the rates of
an ordinary processor are taken instead.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numba
import numpy as np
from attrs import asdict, frozen

from neurosim.engines.compiled.simd import REGISTER, processor

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


def tiles_of(dtype: np.dtype[Any]) -> tuple[int, ...]:
    """Return those of `LANES` that fill a register of this machine."""
    return tuple(lanes for lanes in LANES if lanes * dtype.itemsize >= REGISTER)


@cache
def rates(dtype: str) -> Rates:
    """Return the rates of this machine for "float32" or "float64"."""
    if os.environ.get("NEUROSIM_CALIBRATE", "1") == "0":
        return USUAL[dtype]
    path = _folder() / f"rates-{_machine()}-{dtype}.json"
    kept = _read(path)
    if kept is not None:
        return kept
    if not _writable(path.parent):
        return USUAL[dtype]
    from neurosim.engines.compiled.calibration import measure

    measured = measure(np.dtype(dtype))
    return measured if _write(path, measured) else USUAL[dtype]


def _folder() -> Path:
    asked = os.environ.get("NEUROSIM_CACHE_DIR")
    if asked:
        return Path(asked)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", tempfile.gettempdir())) / "neurosim"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "neurosim"
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "neurosim"


def _machine() -> str:
    """Return what the rates depend on, as a short name."""
    facts = (
        _FORMAT, platform.machine(), *processor(), os.cpu_count(), numba.__version__,
        np.__version__,
    )  # fmt: skip
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def _read(path: Path) -> Rates | None:
    try:
        values: dict[str, Any] = json.loads(path.read_text())
        steps, passes = (_table(values.pop(name)) for name in ("steps", "passes"))
        return Rates(steps=steps, passes=passes, **values)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _table(rows: Any) -> Table:
    table = tuple(tuple(float(rate) for rate in row) for row in rows)
    if [len(row) for row in table] != [len(LANES)] * len(SIZES):
        raise ValueError("not a table of rates")
    return table


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def _write(path: Path, measured: Rates) -> bool:
    """Keep the rates; the file is there whole or not at all."""
    own = path.with_suffix(f".{os.getpid()}")
    try:
        own.write_text(json.dumps(asdict(measured)))
        own.replace(path)
    except OSError:
        return False
    # Of several processes that measured at once, the last to write is believed by all.
    return _read(path) == measured

