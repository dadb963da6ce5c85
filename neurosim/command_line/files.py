"""Networks that a command is given the names of."""

from __future__ import annotations

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
    ns.write(network, path)


def _require_ending(path: str | Path) -> None:
    if Path(path).suffix.lower() not in ENDINGS and not Path(path).is_dir():
        raise InvalidValueError(
            f"{path}: the name of a network's file must end in one of {', '.join(ENDINGS)}"
        )
