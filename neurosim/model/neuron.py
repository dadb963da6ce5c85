"""A neuron: a lasting handle on one row of a network's neuron columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neurosim.checks import number
from neurosim.errors import StaleHandleError, StructureError
from neurosim.model.columns import GONE, INPUT, NO_LAYER, NO_SLOT, ROLES

if TYPE_CHECKING:
    from neurosim.activations import Activation
    from neurosim.model.layer import Layer
    from neurosim.model.network import Network
    from neurosim.model.synapse import SynapseGroup


class Neuron:
    """One neuron of a `Network`, made by `Network.add_neuron` or `Network.add_layer`.

    It is made once and compares by identity. Its output is ``activation(net_input)``, where the
    net input is the weighted sum of what its incoming synapses hand on, plus its bias. An input
    neuron emits its column of the examples instead, and has neither activation nor bias.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network("tiny")
    >>> x = net.add_neuron("x", role="input")
    >>> y = net.add_neuron("y", activation="sigmoid", bias=0.5, role="output")
    >>> y
    <Neuron 'y': output, sigmoid, bias 0.5>
    >>> y.bias = -1.0
    >>> y.bias
    -1.0
    """

    __slots__ = ("_id", "_name", "_network")

    def __init__(self, network: Network, number_: int, name: str) -> None:
        self._network = network
        self._id = number_  # its row, which a sweep sets anew, or GONE
        self._name = name

    @property
    def name(self) -> str:
        """The name, unique in the network."""
        return self._name

    @property
    def network(self) -> Network:
        """The network this neuron belongs to."""
        return self._network

    @property
    def role(self) -> str:
        """``"input"``, ``"hidden"`` or ``"output"``."""
        return ROLES[self._alive()]

    @property
    def activation(self) -> Activation | None:
        """The activation function; None for an input neuron."""
        self._alive()
        return self._network._activation_of(self._id)

    @property
    def _over_layer(self) -> bool:
        """Whether its output depends on its whole layer, as with softmax."""
        activation = self.activation
        return activation is not None and activation.over_layer

    @property
    def layer(self) -> Layer | None:
        """The layer it was made in; None for a neuron of its own."""
        self._alive()
        layer = self._network._columns.layer.item(self._id)
        return None if layer == NO_LAYER else self._network._layers[layer]

    @property
    def bias(self) -> float | None:
        """The bias, a parameter; None where the neuron has none. Can be set to a number."""
        self._alive()
        columns = self._network._columns
        slot = columns.bias_slot.item(self._id)
        return None if slot == NO_SLOT else float(columns.values.item(slot))

    @bias.setter
    def bias(self, value: float) -> None:
        self._alive()
        columns = self._network._columns
        slot = columns.bias_slot.item(self._id)
        if slot == NO_SLOT:
            raise self._no_bias()
        columns.values[slot] = number(value, f"bias of neuron {self._name!r}", columns.limit)

    @property
    def incoming(self) -> SynapseGroup:
        """The synapses that end here, in the order of their `pre` neurons."""
        self._alive()
        return self._network._group(self._network._adjacency.incoming.row(self._id))

    @property
    def outgoing(self) -> SynapseGroup:
        """The synapses that start here, in the order of their `post` neurons."""
        self._alive()
        return self._network._group(self._network._adjacency.outgoing.row(self._id))

    def _no_bias(self) -> StructureError:
        if self._alive() == INPUT:
            return StructureError(f"neuron {self._name!r} is an input neuron and has no bias")
        return StructureError(f"neuron {self._name!r} has no bias to set; make it with bias=0.0")

    def _alive(self) -> int:
        """Return the role's number, or say that the neuron is gone."""
        if self._id == GONE:
            raise StaleHandleError(
                f"neuron {self._name!r} was removed from network {self._network.name!r}"
            )
        return int(self._network._columns.role.item(self._id))

    def __str__(self) -> str:
        return self._name

    def __repr__(self) -> str:
        if self._id == GONE:
            return f"<Neuron {self._name!r} (removed)>"
        role = self._network._columns.role.item(self._id)
        if role == INPUT:
            return f"<Neuron {self._name!r}: input>"
        bias = "no bias" if self.bias is None else f"bias {self.bias:.6g}"
        return f"<Neuron {self._name!r}: {ROLES[role]}, {self.activation}, {bias}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _neuron_of, (self._network, self._name, self._id != GONE)


def _neuron_of(network: Network, name: str, is_alive: bool) -> Neuron:
    """Find a neuron again after its network was copied or unpickled; a removed one stays so."""
    return network[name] if is_alive else Neuron(network, GONE, name)
