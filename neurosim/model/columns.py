"""The data of a network as growable columns: one array per property, one flat parameter vector.

Neurons and synapses have rows in the order in which they were made. Rows of removed ones stay until
they outnumber the others; then they are swept, and the rows behind move up. A handle of a synapse
holds its id, which stays (`Numbering`), a neuron its row, which is set anew. Every weight and every
bias is a place (`slot`) in one vector of values, so handles, matrices and training all look at the
same memory.
"""

from __future__ import annotations

from threading import RLock
from typing import Any

import numpy as np

from neurosim.checks import FloatArray, IntArray, real_array
from neurosim.model.numbering import GONE as GONE  # of all columns, handed on
from neurosim.model.numbering import Numbering
from neurosim.model.sorting import starts

ROLES = ("input", "hidden", "output")
INPUT, HIDDEN, OUTPUT = range(3)
NO_SLOT = -1
NO_LAYER = -1
NO_ACTIVATION = -1
_NEURON_COLUMNS = ("role", "activation", "bias_slot", "layer")
_NOT_COPIED = ("slot_at", "_slot_in_row", "value_at", "lock")
_FEW_DEAD = 1024  # so many removed rows are not worth a sweep


def _grown(array: Any, needed: int) -> Any:
    """Return `array` with room for `needed` entries; growth by an eighth keeps appending cheap."""
    if needed <= len(array):
        return array
    result = np.empty(max(needed, len(array) + len(array) // 8, 16), array.dtype)
    result[: len(array)] = array
    return result


class Columns:
    """Struct of arrays behind one `Network`.

    Attributes
    ----------
    role, activation, bias_slot, layer : (n_neurons,) int arrays
        Per row of a neuron; a `role` of `GONE` marks a removed one.
    pre, post, slot : (n_synapses,) int32 arrays
        Per row of a synapse: the rows of its two neurons and the place of its weight in `values`;
        a `slot` of `GONE` marks a removed one.
    numbering : Numbering
        The ids of the synapses.
    values : (n_values,) float array
        All parameters. All arrays have spare room behind their counted length.
    slot_at
        The same as `slot`, for the id of a single synapse.
    value_at : memoryview
        The same as `values`, for single items: these are read twice as fast from a memoryview as
        from an array, and come as Python numbers.
    lent : bool
        Whether a window on `values` was handed out. The next structural change leaves it the
        buffer and goes on with a copy.
    version : int
        Goes up when a structural change begins and when it ends: what was read while it stayed
        the same belongs together, whatever other threads do.
    neuron_version : int
        Likewise whenever neurons are added or removed.
    layout : int
        Goes up whenever slots move.
    removed : (n_removed,) int32 array
        The rows of the synapses that were removed since the last sweep, in the order they went:
        who keeps an index reads on from where it stopped reading.
    lock
        Held while the structure is changed, and while anything is derived from it that is kept.
    n_dead_neurons : int
        How many rows are those of removed neurons.
    n_sweeps, n_swept_neurons : int
        How often rows were swept, and how many of those were neurons'.
    """

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.lock = RLock()
        self.dtype = dtype
        self.limit = float(np.finfo(dtype).max)
        self.role = np.empty(0, np.int8)
        self.activation: IntArray = np.empty(0, np.int32)
        self.bias_slot: IntArray = np.empty(0, np.int32)
        self.layer: IntArray = np.empty(0, np.int32)
        self.n_neurons = 0
        self.pre: IntArray = np.empty(0, np.int32)
        self.post: IntArray = np.empty(0, np.int32)
        self.numbering = Numbering()
        self.slot: IntArray = np.empty(0, np.int32)
        self.n_synapses = 0
        self.n_alive = 0
        self.values: FloatArray = np.empty(0, dtype)
        self.n_values = 0
        self.version = 0
        self.neuron_version = 0
        self.layout = 0
        self.removed: IntArray = np.empty(0, np.int32)
        self.n_removed = 0
        self.n_sweeps = self.n_swept_neurons = self.n_dead_neurons = 0
        self.ordered = True

    @property
    def slot(self) -> IntArray:
        """Per synapse, the place of its weight in `values`."""
        return self._slot

    @slot.setter
    def slot(self, array: IntArray) -> None:
        self._slot = array
        self._slot_in_row: Any = array.data
        numbering = self.numbering
        self.slot_at: Any = _SlotById(numbering, array.data) if numbering.swept else array.data

    @property
    def values(self) -> FloatArray:
        """All parameters, with spare room behind."""
        return self._values

    @values.setter
    def values(self, array: FloatArray) -> None:
        self._values = array
        self.value_at: Any = array.data
        self.lent = False

    # -- growing ---------------------------------------------------------------------------

    def add_neurons(self, role: int, layer: int, activation: Any, bias: FloatArray) -> range:
        """Append neurons; `bias` holds NaN where there is none. Returns their rows."""
        self.begin_change(neurons=True)
        first, count = self.n_neurons, len(bias)
        end = first + count
        has_bias = ~np.isnan(bias)
        slots = self._reserve_values(int(has_bias.sum()))
        self.role = _grown(self.role, end)
        self.activation = _grown(self.activation, end)
        self.bias_slot = _grown(self.bias_slot, end)
        self.layer = _grown(self.layer, end)
        self.role[first:end] = role
        self.layer[first:end] = layer
        self.activation[first:end] = activation
        self.bias_slot[first:end] = NO_SLOT
        self.bias_slot[first:end][has_bias] = np.arange(slots.start, slots.stop, dtype=np.int32)
        self.values[slots.start : slots.stop] = bias[has_bias]
        self.n_neurons = end
        self.end_change(neurons=True)
        return range(first, end)

    def add_synapse(self, pre: int, post: int, weight: float) -> int:
        """Append one synapse and return its row."""
        row, place = self.n_synapses, self.n_values
        self.version += 1  # and so on: what `begin_change` and `end_change` do, for speed
        self.ordered = False
        if self.lent:
            self._detach()
        if row == len(self.pre):
            self._make_room(row + 1)
        if place == len(self._values):
            self.values = _grown(self._values, place + 1)
        self.pre[row] = pre
        self.post[row] = post
        self._slot_in_row[row] = place
        self.value_at[place] = weight
        self.n_values = place + 1
        self.n_synapses = row + 1
        self.n_alive += 1
        self.version += 1
        return row

    def add_synapses(self, pre: IntArray, post: IntArray, weight: Any) -> range:
        """Append many synapses and return their rows."""
        self.begin_change()
        first, end = self.n_synapses, self.n_synapses + len(pre)
        slots = self._reserve_values(len(pre))
        self._make_room(end)
        self.pre[first:end] = pre
        self.post[first:end] = post
        self.slot[first:end] = np.arange(slots.start, slots.stop, dtype=np.int32)
        self.values[slots.start : slots.stop] = weight
        self.n_synapses = end
        self.n_alive += len(pre)
        self.end_change()
        return range(first, end)

    def _make_room(self, needed: int) -> None:
        self.pre = _grown(self.pre, needed)
        self.post = _grown(self.post, needed)
        self.slot = _grown(self.slot, needed)

    def _reserve_values(self, count: int) -> range:
        first = self.n_values
        self.values = _grown(self.values, first + count)
        self.n_values = first + count
        return range(first, self.n_values)

    def begin_change(self, *, neurons: bool = False) -> None:
        """Note that the structure is about to change: programs are stale from here on."""
        self.version += 1
        self.neuron_version += neurons
        self.ordered = False
        if self.lent:
            self._detach()

    def end_change(self, *, neurons: bool = False) -> None:
        """Note that the structure has changed."""
        self.version += 1
        self.neuron_version += neurons

    def _detach(self) -> None:
        """Leave the buffer to those who hold windows on it, and go on with a copy."""
        self.values = self._values.copy()

    # -- removing --------------------------------------------------------------------------

    def remove(self, neurons: IntArray, synapses: IntArray) -> None:
        """Mark the rows of neurons and synapses as gone; their slots are not used again."""
        self.begin_change(neurons=len(neurons) > 0)
        self.role[neurons] = GONE
        self.bias_slot[neurons] = NO_SLOT
        self.n_dead_neurons += len(neurons)
        synapses = synapses[self.slot[synapses] != GONE]
        self.n_alive -= len(synapses)
        self.slot[synapses] = GONE
        self.removed = _grown(self.removed, self.n_removed + len(synapses))
        self.removed[self.n_removed : self.n_removed + len(synapses)] = synapses
        self.n_removed += len(synapses)
        self.end_change(neurons=len(neurons) > 0)

    def is_worth_a_sweep(self) -> bool:
        """Return whether there are more rows of the dead than of the living.

        A sweep takes as long as there are rows, so each removal pays for a few of them.
        """
        dead = self.n_dead_neurons + self.n_synapses - self.n_alive
        return dead > max(_FEW_DEAD, (self.n_neurons + self.n_synapses) // 2)

    def sweep(self) -> IntArray:
        """Drop the rows of all that was removed, and return the new row of each neuron.

        Weights and biases keep their order.
        """
        neurons, synapses, is_ordered = self.neuron_ids(), self.synapse_ids(), self.ordered
        row = starts(self.role[: self.n_neurons] != GONE)[:-1].astype(np.int32)
        self.begin_change(neurons=True)
        if not is_ordered:  # there are holes
            self.arrange(synapses, self.biased_ids())
        self.values = self._values[: self.n_values].copy()
        self.numbering = self.numbering.after_sweep(synapses, self.n_synapses)
        for name in _NEURON_COLUMNS:
            setattr(self, name, getattr(self, name)[neurons])
        self.pre, self.post = row[self.pre[synapses]], row[self.post[synapses]]
        self.slot = self.slot[synapses]
        self.n_swept_neurons += self.n_dead_neurons
        self.n_neurons, self.n_synapses, self.n_dead_neurons = len(neurons), len(synapses), 0
        self.removed, self.n_removed = np.empty(0, np.int32), 0
        self.n_sweeps += 1
        self.ordered = True
        self.end_change(neurons=True)
        return row

    # -- what is there ---------------------------------------------------------------------

    def slots_of(self, ids: IntArray) -> IntArray:
        """Return the slots of the synapses with some ids, `GONE` for those that are."""
        if not self.numbering.swept:
            return self.slot[ids]
        rows = self.numbering.rows_of(ids)
        result = np.full(len(ids), GONE, np.int32)
        result[rows != GONE] = self.slot[rows[rows != GONE]]
        return result

    def neuron_ids(self) -> IntArray:
        """Return the rows of the neurons that exist, in order of creation."""
        return np.flatnonzero(self.role[: self.n_neurons] != GONE).astype(np.int32)

    def synapse_ids(self) -> IntArray:
        """Return the rows of the synapses that exist, in order of creation."""
        if self.n_alive == self.n_synapses:
            return np.arange(self.n_synapses, dtype=np.int32)
        return np.flatnonzero(self.slot[: self.n_synapses] != GONE).astype(np.int32)

    def positions(self) -> IntArray:
        """Return, per row, the position of its neuron among those that exist (`GONE` if none)."""
        result = np.full(self.n_neurons, GONE, np.int32)
        ids = self.neuron_ids()
        result[ids] = np.arange(len(ids), dtype=np.int32)
        return result

    def biased_ids(self) -> IntArray:
        """Return the rows of the neurons with a bias, in order of creation."""
        return np.flatnonzero(self.bias_slot[: self.n_neurons] != NO_SLOT).astype(np.int32)

    # -- the order of the parameter vector -------------------------------------------------

    def parameters(self) -> FloatArray:
        """Return the parameter vector, a window on `values`, without holes, to whoever asks."""
        vector = self.vector()
        self.lent = True
        return vector

    def vector(self) -> FloatArray:
        """Return the same for a moment, to somebody who keeps nothing of it."""
        if not self.ordered:
            with self.lock:
                self.arrange(self.synapse_ids(), self.biased_ids())
        return self.values[: self.n_values]

    def arrange(self, synapses: IntArray, biases: IntArray) -> None:
        """Lay the vector out as the weights of `synapses`, then the biases of the neurons `biases`.

        Each argument lists every existing row once. A window that was handed out keeps the old
        buffer.
        """
        synapses = synapses.astype(np.intp)  # what indexing needs, twice
        slots = np.concatenate([self.slot[synapses], self.bias_slot[biases]])
        # "clip" spares a copy of the output that "raise" needs; slots are known to exist.
        values = np.take(self.values, slots, mode="clip")
        self.slot[synapses] = np.arange(len(synapses), dtype=np.int32)
        self.bias_slot[biases] = np.arange(len(synapses), len(values), dtype=np.int32)
        if self.lent or len(values) > len(self.values):
            self.values = values
        else:  # in place, with the spare room
            self.values[: len(values)] = values
        self.n_values = len(values)
        self.layout += 1
        self.ordered = True

    # -- copies ----------------------------------------------------------------------------

    def copy(self) -> Columns:
        """Return an independent copy of what lives, without spare room."""
        result = Columns(self.dtype)
        result.__setstate__(self._as_it_is())
        if result.n_dead_neurons or result.n_alive < result.n_synapses:
            result.sweep()
            result.version = self.version  # the same network, in the same order
        return result

    def cast(self, dtype: np.dtype[Any]) -> None:
        """Turn the parameters into `dtype`; a value too large for it is refused."""
        self.values = real_array(self.values[: self.n_values], dtype, "parameters").copy()
        self.dtype, self.limit = dtype, float(np.finfo(dtype).max)

    def __getstate__(self) -> dict[str, Any]:
        return self.copy()._as_it_is()

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.lock = RLock()
        self.__dict__.update(state)
        self.slot, self.values = self._slot, self._values

    def _as_it_is(self) -> dict[str, Any]:
        """Return copies of all columns, without spare room, and all else."""
        state = {key: value for key, value in vars(self).items() if key not in _NOT_COPIED}
        for name, count in self._lengths().items():
            key = f"_{name}" if name in ("slot", "values") else name
            state[key] = getattr(self, name)[:count].copy()
        return state

    def _lengths(self) -> dict[str, int]:
        neurons = dict.fromkeys(_NEURON_COLUMNS, self.n_neurons)
        synapses = dict.fromkeys(("pre", "post", "slot"), self.n_synapses)
        return {**neurons, **synapses, "removed": self.n_removed, "values": self.n_values}


class _SlotById:
    """Where the weight of a single synapse is, by its id, once ids and rows differ."""

    __slots__ = ("_numbering", "_slots")

    def __init__(self, numbering: Numbering, slots: Any) -> None:
        self._numbering, self._slots = numbering, slots

    def __getitem__(self, number: int) -> int:
        row = self._numbering.row_of(number)
        return GONE if row == GONE else self._slots[row]
