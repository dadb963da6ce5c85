"""Synapses: handles made on request, and groups of them that read and write whole columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from neurosim.checks import FloatArray, IntArray, number, one_or_each, plain
from neurosim.errors import (
    InvalidTypeError,
    InvalidValueError,
    OutOfRangeError,
    StaleHandleError,
)
from neurosim.initializers import Initializer, Seed, make_generator
from neurosim.model.columns import GONE
from neurosim.wording import shown

if TYPE_CHECKING:
    from neurosim.model.network import Network
    from neurosim.model.neuron import Neuron


class Synapse:
    """A weighted connection from neuron `pre` to neuron `post`, made by `Network.connect`.

    A handle: it holds no value of its own, and two handles of one synapse are equal and hash
    alike. Its weight is read from and written to the network's parameter vector.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network("tiny")
    >>> x, y = net.add_neuron("x", role="input"), net.add_neuron("y", role="output")
    >>> synapse = net.connect(x, y, weight=0.5)
    >>> synapse
    <Synapse 'x' -> 'y': weight 0.5>
    >>> synapse.weight = 2
    >>> net.synapse(x, y).weight, net.synapse(x, y) == synapse
    (2.0, True)
    """

    __slots__ = ("_id", "_network")

    def __init__(self, network: Network, number: int) -> None:
        self._network = network
        self._id = number

    @property
    def weight(self) -> float:
        """The weight, a parameter."""
        columns = self._network._columns
        slot = columns.slot_at[self._id]
        if slot < 0:
            raise self._gone()
        return columns.value_at[slot]  # type: ignore[no-any-return]

    @weight.setter
    def weight(self, value: float) -> None:
        columns = self._network._columns
        slot = columns.slot_at[self._id]
        if slot < 0:
            raise self._gone()
        if type(value) is not float or not -columns.limit <= value <= columns.limit:
            value = number(value, f"weight of {self!r}", columns.limit)
        columns.value_at[slot] = value

    @property
    def pre(self) -> Neuron:
        """The neuron whose output it takes."""
        return self._end(self._network._columns.pre)

    @property
    def post(self) -> Neuron:
        """The neuron it hands the weighted output to."""
        return self._end(self._network._columns.post)

    @property
    def network(self) -> Network:
        """The network it belongs to."""
        return self._network

    def _row(self) -> int:
        """Return the row of the columns that it has now, or say that it is gone."""
        if self._network._columns.slot_at[self._id] == GONE:
            raise self._gone()
        return self._network._columns.numbering.row_of(self._id)

    def _end(self, column: IntArray) -> Neuron:
        neuron = self._network._neurons[column.item(self._row())]
        assert neuron is not None
        return neuron

    def _gone(self) -> StaleHandleError:
        return StaleHandleError(f"{self!r} is no longer in network {self._network.name!r}")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Synapse):
            return NotImplemented
        return self._id == other._id and self._network is other._network

    def __hash__(self) -> int:
        return hash((id(self._network), self._id))

    def __repr__(self) -> str:
        columns = self._network._columns
        row, slot = columns.numbering.row_of(self._id), columns.slot_at[self._id]
        if row == GONE:
            return f"<Synapse {self._id} (removed)>"
        pre = self._network._neuron_name(columns.pre.item(row))
        post = self._network._neuron_name(columns.post.item(row))
        state = " (removed)" if slot == GONE else f": weight {columns.values.item(slot):.6g}"
        return f"<Synapse {pre!r} -> {post!r}{state}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Synapse, (self._network, self._id)


class SynapseGroup:
    """A selection of a network's synapses, read and written as columns.

    Indexing with an int gives a `Synapse`; with a slice, a mask or an array of integers a smaller
    group. A group is a selection made once: synapses added later do not enter it, and when one of
    them is removed, using the group raises `StaleHandleError`.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network("tiny")
    >>> inputs, output = net.add_layer(2, role="input"), net.add_layer(1, role="output")
    >>> synapses = net.connect(inputs, output, weight=[[1.0], [-2.0]])
    >>> synapses.weight
    array([ 1., -2.])
    >>> synapses[synapses.weight < 0].weight = 0.0
    >>> synapses[1]
    <Synapse 'layer1[1]' -> 'layer2[0]': weight 0>
    """

    __slots__ = ("_ids", "_network")

    def __init__(self, network: Network, ids: IntArray) -> None:
        self._network = network
        self._ids = ids

    @property
    def weight(self) -> FloatArray:
        """The weights, (n_synapses,), a read-only copy.

        Assign a scalar or an array to write, as in ``group.weight = 0.5 * group.weight``.
        """
        values = self._network._columns.values[self._slots()]
        values.setflags(write=False)
        return values

    @weight.setter
    def weight(self, value: Any) -> None:
        slots, columns = self._slots(), self._network._columns
        columns.values[slots] = one_or_each(value, len(slots), columns.dtype, "weight")

    @property
    def pre(self) -> IntArray:
        """Positions in `Network.neurons` of the neurons they start from, (n_synapses,) int32."""
        return self._positions(self._network._columns.pre)

    @property
    def post(self) -> IntArray:
        """Positions in `Network.neurons` of the neurons they end in, (n_synapses,) int32."""
        return self._positions(self._network._columns.post)

    @property
    def network(self) -> Network:
        """The network they belong to."""
        return self._network

    def initialize(self, weights: Initializer, *, seed: Seed = None) -> None:
        """Redraw the weights of this group, in its order.

        Parameters
        ----------
        weights : Initializer
            Where the numbers come from, for example ``initializers.Normal()``.
        seed : int, SeedSequence, Generator, RandomState or None
            The source of randomness.
        """
        slots, columns = self._slots(), self._network._columns
        columns.values[slots] = self._network._drawn(
            "weights", weights, make_generator(seed), columns.numbering.rows_of(self._ids)
        )

    def _slots(self) -> IntArray:
        slots = self._network._columns.slots_of(self._ids)
        if slots.size and slots.min() == GONE:
            raise StaleHandleError(
                f"this group holds {self[int(slots.argmin())]!r}; select again from net.synapses"
            )
        return slots

    def _positions(self, column: IntArray) -> IntArray:
        self._slots()
        rows = self._network._columns.numbering.rows_of(self._ids)
        positions = self._network._positions()[column[rows]]
        positions.setflags(write=False)
        return positions

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[Synapse]:
        network = self._network
        return (Synapse(network, number) for number in self._ids.tolist())

    def __contains__(self, item: object) -> bool:
        return (
            isinstance(item, Synapse)
            and item._network is self._network
            and bool((self._ids == item._id).any())
        )

    @overload
    def __getitem__(self, index: int | np.integer[Any]) -> Synapse: ...
    @overload
    def __getitem__(self, index: Any) -> SynapseGroup: ...

    def __getitem__(self, index: Any) -> Synapse | SynapseGroup:
        if isinstance(index, (int, np.integer)) and not isinstance(index, bool):
            if not -len(self) <= index < len(self):
                raise self._out_of_range(index)
            return Synapse(self._network, self._ids.item(int(index)))
        if not isinstance(index, slice):
            index = self._selection(index)
        return SynapseGroup(self._network, self._ids[index])

    def _selection(self, index: Any) -> Any:
        array = np.asarray(index)
        if array.size == 0 and array.dtype.kind == "f":  # an empty list
            array = array.astype(np.intp)
        if array.ndim != 1 or array.dtype.kind not in "biu":
            raise InvalidTypeError(
                "synapses are selected by an int, a slice, a mask or a 1-D array of ints "
                f"(got an array of shape {array.shape} and dtype {array.dtype})"
            )
        if array.dtype.kind == "b" and len(array) != len(self):
            raise InvalidValueError(
                f"a mask over {len(self)} synapses must have that length (got {len(array)})"
            )
        if array.dtype.kind in "iu":
            wrong = array[(array < -len(self)) | (array >= len(self))]
            if len(wrong):
                raise self._out_of_range(wrong[0])
        return array

    def _out_of_range(self, index: Any) -> OutOfRangeError:
        return OutOfRangeError(
            f"this group has {len(self)} synapses (got index {shown(plain(index))})"
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SynapseGroup):
            return NotImplemented
        return self._network is other._network and np.array_equal(self._ids, other._ids)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<SynapseGroup: {len(self)} synapses of network {self._network.name!r}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return SynapseGroup, (self._network, self._ids)
