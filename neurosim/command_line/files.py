"""Networks that a command is given the names of, and files that it writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import neurosim as ns
from neurosim.errors import InvalidValueError
from neurosim.io.files import FORMATS

ENDINGS = tuple(ending for one in FORMATS.values() for ending in one.endings)


def network_from(path: str | Path) -> ns.Network:
    """Return the network in a file, in the format of its ending."""
    _require_ending(path)
    return ns.read(path)


def network_to(network: ns.Network, path: str | Path) -> None:
    """Write a network to a file, in the format of its ending."""
    _require_ending(path)
    with writing(path):
        ns.write(network, path)


@contextmanager
def writing(path: str | Path) -> Iterator[None]:
    """Have an error of the system's name the file that was asked for, whatever is written first."""
    try:
        yield
    except OSError as error:
        error.filename = str(path)
        raise


def _require_ending(path: str | Path) -> None:
    if Path(path).suffix.lower() not in ENDINGS and not Path(path).is_dir():
        raise InvalidValueError(
            f"{path}: the name of a network's file must end in one of {', '.join(ENDINGS)}"
        )
