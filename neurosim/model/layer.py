"""A layer: an ordered group of neurons made together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from neurosim.checks import FloatArray, IntArray, one_or_each, plain
from neurosim.errors import InvalidTypeError, OutOfRangeError, StaleHandleError
from neurosim.model.columns import GONE, NO_SLOT
from neurosim.wording import shown

if TYPE_CHECKING:
    from neurosim.activations import Activation
    from neurosim.model.network import Network
    from neurosim.model.neuron import Neuron


class Layer(Sequence["Neuron"]):
    """An ordered group of neurons of a `Network`, made by `Network.add_layer`.

    It behaves as a sequence: it has a length, can be walked, and ``layer[0]`` is a neuron,
    ``layer[1:]`` a list of neurons.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network("tiny")
    >>> hidden = net.add_layer(3, activation="tanh", bias=[0.1, 0.2, 0.3], name="hidden")
    >>> hidden
    <Layer 'hidden': 3 hidden neurons, tanh>
    >>> hidden[1].name, len(hidden[1:])
    ('hidden[1]', 2)
    >>> hidden.bias
    array([0.1, 0.2, 0.3])
    """

    __slots__ = ("_id", "_members", "_name", "_network")

    def __init__(self, network: Network, number: int, name: str, members: IntArray) -> None:
        self._network = network
        self._id = number
        self._name = name
        self._members = members

    @property
    def name(self) -> str:
        """The name, unique in the network."""
        return self._name

    @property
    def network(self) -> Network:
        """The network this layer belongs to."""
        return self._network

    @property
    def role(self) -> str:
        """The role that all its neurons share."""
        return self[0].role

    @property
    def activation(self) -> Activation | tuple[Activation | None, ...] | None:
        """The activation its neurons share, or a tuple of one per neuron where they differ."""
        activations = tuple(neuron.activation for neuron in self)
        return activations[0] if len(set(activations)) == 1 else activations

    @property
    def bias(self) -> FloatArray:
        """The biases, (n_neurons,), a read-only copy with NaN where a neuron has none.

        Assign a scalar or an array to write them, as in ``layer.bias = layer.bias + 0.1``; a neuron
        without a bias refuses.
        """
        columns, members = self._network._columns, self._alive()
        slots = columns.bias_slot[members]
        result = np.full(len(members), np.nan, columns.dtype)
        result[slots != NO_SLOT] = columns.values[slots[slots != NO_SLOT]]
        result.setflags(write=False)
        return result

    @bias.setter
    def bias(self, value: Any) -> None:
        columns, members = self._network._columns, self._alive()
        slots = columns.bias_slot[members]
        if (slots == NO_SLOT).any():
            raise self[int((slots == NO_SLOT).argmax())]._no_bias()
        columns.values[slots] = one_or_each(
            value, len(slots), columns.dtype, f"bias of layer {self._name!r}"
        )

    def _alive(self) -> IntArray:
        if not len(self._members):
            raise StaleHandleError(
                f"layer {self._name!r} was removed from network {self._network.name!r}"
            )
        return self._members

    def __len__(self) -> int:
        return len(self._members)

    def __iter__(self) -> Iterator[Neuron]:
        neurons = self._network._neurons
        return iter([neurons[i] for i in self._alive().tolist()])

    def __contains__(self, item: object) -> bool:
        return any(item is neuron for neuron in self)

    @overload
    def __getitem__(self, index: int) -> Neuron: ...
    @overload
    def __getitem__(self, index: slice) -> list[Neuron]: ...

    def __getitem__(self, index: int | slice) -> Neuron | list[Neuron]:
        neurons = self._network._neurons
        if isinstance(index, slice):
            return [neurons[i] for i in self._alive()[index].tolist()]
        if isinstance(index, bool) or not isinstance(index, (int, np.integer)):
            raise InvalidTypeError(
                f"the neurons of a layer are selected by an int or a slice (got {shown(index)})"
            )
        members = self._alive()
        if not -len(members) <= index < len(members):
            raise OutOfRangeError(
                f"layer {self._name!r} has {len(members)} neurons "
                f"(got index {shown(plain(index))})"
            )
        return neurons[members.item(int(index))]  # type: ignore[return-value]

    def __str__(self) -> str:
        return self._name

    def __repr__(self) -> str:
        if not len(self):
            return f"<Layer {self._name!r} (removed)>"
        kinds = sorted({str(neuron.activation) for neuron in self if neuron.activation})
        what = f", {', '.join(kinds)}" if kinds else ""
        unit = "neuron" if len(self) == 1 else "neurons"
        return f"<Layer {self._name!r}: {len(self)} {self.role} {unit}{what}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _layer_of, (self._network, self._name, len(self) > 0)


def _layer_of(network: Network, name: str, is_alive: bool) -> Layer:
    """Find a layer again after its network was copied or unpickled; a removed one stays so."""
    return network[name] if is_alive else Layer(network, GONE, name, np.empty(0, np.int32))
