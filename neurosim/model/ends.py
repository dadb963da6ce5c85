"""What `connect` and `weights` take as an end: neurons, layers, names, and lists of these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.checks import IntArray
from neurosim.errors import InvalidTypeError, InvalidValueError, StructureError
from neurosim.model.layer import Layer
from neurosim.model.neuron import Neuron
from neurosim.wording import shown

if TYPE_CHECKING:
    from neurosim.model.network import Network


def neuron_ids(network: Network, ends: Any, where: str) -> IntArray:
    """Return the numbers of the neurons that `ends` names, each once, in the order given."""
    found: list[int] = []
    _collect(network, ends, where, found)
    if not found:
        raise InvalidValueError(f"{where} must name at least one neuron (got {shown(ends)})")
    ids = np.array(found, np.int32)
    unique, counts = np.unique(ids, return_counts=True)
    if len(unique) != len(ids):
        name = network._neuron_name(int(unique[counts.argmax()]))
        raise StructureError(f"{where} names neuron {name!r} more than once")
    return ids


def _collect(network: Network, ends: Any, where: str, found: list[int]) -> None:
    if isinstance(ends, str):
        ends = network[ends]
    if isinstance(ends, Neuron):
        require_own(network, ends, where)
        ends._alive()
        found.append(ends._id)
    elif isinstance(ends, Layer):
        require_own(network, ends, where)
        found.extend(ends._alive().tolist())
    elif isinstance(ends, (list, tuple)):
        for end in ends:
            _collect(network, end, where, found)
    else:
        raise InvalidTypeError(
            f"{where} must be a neuron, a layer, a name, or a list of these (got {shown(ends)})"
        )


def require_own(network: Network, thing: Any, where: str) -> None:
    """Refuse a neuron, layer or synapse of another network."""
    if thing.network is not network:
        raise StructureError(
            f"{where}: {thing!r} belongs to network {thing.network.name!r}, "
            f"not to this one ({network.name!r})"
        )
