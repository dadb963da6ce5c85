"""The data of a network as growable columns: one array per property, one flat parameter vector.

Neurons and synapses are numbered as they are made and numbers are never used again. Every weight
and every bias is a place (`slot`) in one vector of values, so handles, matrices and training all
look at the same memory.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from neurosim.checks import FloatArray, IntArray, real_array

GONE = -1
ROLES = ("input", "hidden", "output")
INPUT, HIDDEN, OUTPUT = range(3)
NO_SLOT = -1
NO_LAYER = -1
NO_ACTIVATION = -1


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
        Per neuron ever made; a `role` of `GONE` marks a removed one.
    pre, post, slot : (n_synapses,) int32 arrays
        Per synapse ever made: the numbers of its two neurons and the place of its weight in
        `values`; a `slot` of `GONE` marks a removed one.
    values : (n_values,) float array
        All parameters. All arrays have spare room behind their counted length.
    slot_at, value_at : memoryview
        The same as `slot` and `values`, for single items: these are read twice as fast from a
        memoryview as from an array, and come as Python numbers.
    version : int
        Goes up with every structural change.
    neuron_version : int
        Goes up whenever neurons are added or removed.
    layout : int
        Goes up whenever slots move.
    removed : (n_removed,) int32 array
        The synapses that were removed, in the order they went: who keeps an index reads on from
        where it stopped reading.
    """

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype
        self.limit = float(np.finfo(dtype).max)
        self.role = np.empty(0, np.int8)
        self.activation: IntArray = np.empty(0, np.int32)
        self.bias_slot: IntArray = np.empty(0, np.int32)
        self.layer: IntArray = np.empty(0, np.int32)
        self.n_neurons = 0
        self.pre: IntArray = np.empty(0, np.int32)
        self.post: IntArray = np.empty(0, np.int32)
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
        self.ordered = True

    @property
    def slot(self) -> IntArray:
        """Per synapse, the place of its weight in `values`."""
        return self._slot

    @slot.setter
    def slot(self, array: IntArray) -> None:
        self._slot = array
        self.slot_at: Any = array.data

    @property
    def values(self) -> FloatArray:
        """All parameters, with spare room behind."""
        return self._values

    @values.setter
    def values(self, array: FloatArray) -> None:
        self._values = array
        self.value_at: Any = array.data

    # -- growing ---------------------------------------------------------------------------

    def add_neurons(self, role: int, layer: int, activation: Any, bias: FloatArray) -> range:
        """Append neurons; `bias` holds NaN where there is none. Returns their numbers."""
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
        self.neuron_version += 1
        self._changed()
        return range(first, end)

    def add_synapse(self, pre: int, post: int, weight: float) -> int:
        """Append one synapse and return its number."""
        number, place = self.n_synapses, self.n_values
        self.version += 1
        self.ordered = False
        if number == len(self.pre):
            self._make_room(number + 1)
        if place == len(self._values):
            self.values = _grown(self._values, place + 1)
        self.pre[number] = pre
        self.post[number] = post
        self.slot_at[number] = place
        self.value_at[place] = weight
        self.n_values = place + 1
        self.n_synapses = number + 1
        self.n_alive += 1
        return number

    def add_synapses(self, pre: IntArray, post: IntArray, weight: Any) -> range:
        """Append many synapses and return their numbers."""
        first, end = self.n_synapses, self.n_synapses + len(pre)
        slots = self._reserve_values(len(pre))
        self._make_room(end)
        self.pre[first:end] = pre
        self.post[first:end] = post
        self.slot[first:end] = np.arange(slots.start, slots.stop, dtype=np.int32)
        self.values[slots.start : slots.stop] = weight
        self.n_synapses = end
        self.n_alive += len(pre)
        self._changed()
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

    def _changed(self) -> None:
        self.version += 1
        self.ordered = False

    # -- removing --------------------------------------------------------------------------

    def remove(self, neurons: IntArray, synapses: IntArray) -> None:
        """Mark neurons and synapses as gone; their numbers and slots are not used again."""
        self.role[neurons] = GONE
        self.bias_slot[neurons] = NO_SLOT
        synapses = synapses[self.slot[synapses] != GONE]
        self.n_alive -= len(synapses)
        self.slot[synapses] = GONE
        self.removed = _grown(self.removed, self.n_removed + len(synapses))
        self.removed[self.n_removed : self.n_removed + len(synapses)] = synapses
        self.n_removed += len(synapses)
        self.neuron_version += len(neurons) > 0
        self._changed()

    # -- what is there ---------------------------------------------------------------------

    def neuron_ids(self) -> IntArray:
        """Return the numbers of the neurons that exist, in order of creation."""
        return np.flatnonzero(self.role[: self.n_neurons] != GONE).astype(np.int32)

    def synapse_ids(self) -> IntArray:
        """Return the numbers of the synapses that exist, in order of creation."""
        if self.n_alive == self.n_synapses:
            return np.arange(self.n_synapses, dtype=np.int32)
        return np.flatnonzero(self.slot[: self.n_synapses] != GONE).astype(np.int32)

    def positions(self) -> IntArray:
        """Return, per neuron ever made, its position among those that exist (`GONE` if none)."""
        result = np.full(self.n_neurons, GONE, np.int32)
        ids = self.neuron_ids()
        result[ids] = np.arange(len(ids), dtype=np.int32)
        return result

    def biased_ids(self) -> IntArray:
        """Return the numbers of the neurons with a bias, in order of creation."""
        return np.flatnonzero(self.bias_slot[: self.n_neurons] != NO_SLOT).astype(np.int32)

    # -- the order of the parameter vector -------------------------------------------------

    def parameters(self) -> FloatArray:
        """Return the parameter vector, a window on `values`, without holes."""
        if not self.ordered:
            self.arrange(self.synapse_ids(), self.biased_ids())
        return self.values[: self.n_values]

    def arrange(self, synapses: IntArray, biases: IntArray) -> None:
        """Lay the vector out as the weights of `synapses`, then the biases of the neurons `biases`.

        Each argument lists every existing number once.
        """
        synapses = synapses.astype(np.intp)  # what indexing needs, twice
        slots = np.concatenate([self.slot[synapses], self.bias_slot[biases]])
        # "clip" spares a copy of the output that "raise" needs; slots are known to exist.
        values = np.take(self.values, slots, mode="clip")
        self.slot[synapses] = np.arange(len(synapses), dtype=np.int32)
        self.bias_slot[biases] = np.arange(len(synapses), len(values), dtype=np.int32)
        if len(values) <= len(self.values):  # in place, so that windows on the vector stay alive
            self.values[: len(values)] = values
        else:
            self.values = values
        self.n_values = len(values)
        self.layout += 1
        self.ordered = True

    # -- copies ----------------------------------------------------------------------------

    def copy(self) -> Columns:
        """Return an independent copy without spare room."""
        result = Columns(self.dtype)
        result.__dict__.update(self.__dict__)
        for name, count in self._lengths().items():
            setattr(result, name, getattr(self, name)[:count].copy())
        return result

    def cast(self, dtype: np.dtype[Any]) -> None:
        """Turn the parameters into `dtype`; a value too large for it is refused."""
        self.values = real_array(self.values[: self.n_values], dtype, "parameters").copy()
        self.dtype, self.limit = dtype, float(np.finfo(dtype).max)

    def __getstate__(self) -> dict[str, Any]:
        state = self.copy().__dict__
        return {key: value for key, value in state.items() if key not in ("slot_at", "value_at")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.slot, self.values = self._slot, self._values

    def _lengths(self) -> dict[str, int]:
        neurons = dict.fromkeys(("role", "activation", "bias_slot", "layer"), self.n_neurons)
        synapses = dict.fromkeys(("pre", "post", "slot"), self.n_synapses)
        return {**neurons, **synapses, "removed": self.n_removed, "values": self.n_values}
