"""From a network to its plan: levels, blocks, the order of rows and of the parameter vector.

What is known from the last compilation is used again. Each level has a stretch of the rows and a
stretch of the parameter vector of its own, so after an edit only the levels that it touches are
looked at anew. A plan made so is the same as one made from nothing: compiling for the first time
is the case in which every level is touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
from attrs import frozen

from neurosim.checks import BoolArray, IntArray
from neurosim.compiler.blocks import Groups, Parts, full_groups
from neurosim.compiler.layout import Layout, spliced
from neurosim.compiler.pieces import as_rows
from neurosim.compiler.plan import Plan
from neurosim.compiler.wiring import Wiring
from neurosim.errors import StructureError
from neurosim.model.columns import GONE, INPUT, OUTPUT
from neurosim.model.sorting import mask_of, offsets, order_by, starts, stretches

if TYPE_CHECKING:
    from neurosim.model.network import Network


@frozen(eq=False)
class Known:
    """What is remembered of a compilation.

    Attributes
    ----------
    version, n_sweeps, n_neurons, n_synapses, n_removed : int
        Those of the columns at the time. After a sweep, nothing is known any more.
    level, row : (n_neurons,) int arrays
        Of the neuron in each row of the columns.
    bounds : (n_levels + 1,) int array
        Where the rows of each level begin.
    """

    version: int
    n_sweeps: int
    n_neurons: int
    n_synapses: int
    n_removed: int
    level: IntArray
    row: IntArray
    bounds: IntArray
    layout: Layout
    plan: Plan


_known: WeakKeyDictionary[Network, Known] = WeakKeyDictionary()

_NONE: IntArray = np.empty(0, np.int32)
_NOTHING = Known(-1, 0, 0, 0, 0, _NONE, _NONE, np.zeros(1, np.int64), None, None)  # type: ignore[arg-type]


def make_plan(network: Network) -> Plan:
    """Return the plan of `network` and arrange its parameter vector by it.

    An unchanged network keeps the plan it has, and nothing moves.

    Raises
    ------
    StructureError
        If there is no output neuron.
    CycleError
        If the graph has a cycle; its neurons are named in order.
    """
    with network._columns.lock:
        known = _known.get(network, _NOTHING)
        if known.n_sweeps != network._columns.n_sweeps:
            known = _NOTHING
        if known.version != network._columns.version:
            known = _known[network] = _Builder(network, known).build()
        return known.plan


def version_of(network: Network, plan: Plan) -> int:
    """Return the version of the network's structure that a plan was made from; -1 if forgotten."""
    known = _known.get(network, _NOTHING)
    return known.version if known.plan is plan else -1


class _Builder:
    """The intermediate arrays of one compilation, by the rows of neurons in the columns."""

    def __init__(self, network: Network, known: Known) -> None:
        columns = network._columns
        if not (columns.role[: columns.n_neurons] == OUTPUT).any():
            raise StructureError(
                f"network {network.name!r} has no output neuron; make one with role=\"output\""
            )
        self.network, self.columns, self.known = network, columns, known
        self.wiring = wiring = Wiring.of(network)
        missing = columns.n_neurons - known.n_neurons
        self.level_before = np.pad(known.level, (0, missing), constant_values=GONE)
        self.row_before = np.pad(known.row, (0, missing), constant_values=GONE)
        touched = self._touched()
        self.level = self._levels(touched)
        self.alive = wiring.alive
        self.level_alive = self.level[self.alive]
        self.n_levels = int(self.level_alive.max()) + 1
        self.bounds = offsets(self.level_alive, self.n_levels)
        self.dirty = self._dirty(touched)

    # -- what has changed ------------------------------------------------------------------

    def _touched(self) -> IntArray:
        """Return the neurons that are new or have other incoming synapses than before."""
        columns, known = self.columns, self.known
        if known is _NOTHING:
            return self.wiring.alive
        removed = columns.removed[known.n_removed : columns.n_removed]
        neurons = np.concatenate([
            np.arange(known.n_neurons, columns.n_neurons),
            columns.post[known.n_synapses : columns.n_synapses],
            columns.post[removed[removed < known.n_synapses]],
        ])
        touched: IntArray = neurons[columns.role[neurons] != GONE]
        return touched

    def _levels(self, touched: IntArray) -> IntArray:
        level = None
        if self.known is not _NOTHING:
            level = self.wiring.updated_levels(self.level_before, touched)
        if level is None:
            level = self.wiring.levels()
        if level[self.wiring.alive].min() < 0:
            raise self.wiring.cycle(self.network, level)
        return level

    def _dirty(self, touched: IntArray) -> BoolArray:
        """Return which levels have other neurons than before, or neurons that hear others."""
        if self.known is _NOTHING:
            return np.ones(self.n_levels, bool)
        level, before = self.level, self.level_before
        changed = np.flatnonzero(level != before)
        hearing = self.wiring.posts_of(changed[level[changed] >= 0])
        # One more for "no level", which is -1.
        dirty = np.zeros(max(self.n_levels + 1, len(self.known.bounds)) + 1, bool)
        for numbers in (level[touched], level[changed], before[changed], level[hearing]):
            dirty[numbers] = True
        return dirty[: self.n_levels]

    def _in_levels(self, chosen: BoolArray) -> IntArray:
        """Return the neurons of some levels, ascending."""
        return self.alive if chosen.all() else self.alive[chosen[self.level_alive]]

    # -- rows ------------------------------------------------------------------------------

    def _place_rows(self, parts: Parts, full: Groups) -> BoolArray:
        """Find the row of each neuron: by level, full block, activation, unit, creation.

        Returns the levels whose neurons, as far as they were there before, change their order.
        """
        self.row = np.full(self.columns.n_neurons, GONE, np.int32)
        self._move_rows()
        neurons = self._in_levels(self.dirty)
        level = self.level[neurons]
        keys = [level, self._families(parts, full)[neurons], self._kinds()[neurons]]
        if self.wiring.members:
            keys.append(self.wiring.unit[neurons])
        neurons = neurons[order_by(*keys)]
        begin = starts(np.bincount(level, minlength=self.n_levels))
        level = self.level[neurons]
        self.row[neurons] = (self.bounds - begin)[level] + np.arange(len(neurons))
        stayed = neurons[self.level_before[neurons] == level]
        row = self.row_before[stayed]
        return mask_of(self.level[stayed[1:][row[1:] < row[:-1]]], self.n_levels)

    def _move_rows(self) -> None:
        """Give the neurons of untouched levels the rows they had, moved with their level."""
        clean = self._in_levels(~self.dirty)
        shift = self.bounds.copy()
        common = min(len(shift), len(self.known.bounds))
        shift[:common] -= self.known.bounds[:common]
        self.row[clean] = self.row_before[clean] + shift[self.level[clean]]

    def _families(self, parts: Parts, full: Groups) -> IntArray:
        """Return, per neuron, the first post neuron of its largest full block."""
        none = self.columns.n_neurons
        family = np.full(none, none)
        # The largest has the last word.
        order = order_by(full.size * parts.count[full.leader], full.leader)
        size = full.size[order]
        posts = parts.post[full.member[stretches(full.begin[order], size)]]
        family[posts] = np.repeat(posts[starts(size)[:-1]], size)
        return family

    def _kinds(self) -> IntArray:
        """Return a number per neuron that sorts activations by name: codes depend on history."""
        names = [str(one) for one in self.network._activations]
        rank = np.argsort(np.argsort([*names, ""]))
        return rank[self.columns.activation[: self.columns.n_neurons]]

    # -- the parameter vector --------------------------------------------------------------

    def _layout(self) -> Layout:
        """Return the layout of all levels: old ones where nothing has changed, otherwise new."""
        parts, full = self._blocks_of(self.dirty)
        shuffled = self._place_rows(parts, full)
        sources = [self.known.layout, Layout.of(parts, full, self.row)]
        source = self.dirty.astype(np.int8)
        if shuffled.any():  # what hears neurons in another order has its synapses in another order
            hearing = self.level[self.wiring.posts_of(self._in_levels(shuffled))]
            again = mask_of(hearing, self.n_levels) & ~self.dirty
            sources.append(Layout.of(*self._blocks_of(again), self.row))
            source[again] = 2
        if source.all():
            return sources[1] if (source == 1).all() else spliced(sources, source)
        return spliced(sources, source, self._row_table())

    def _blocks_of(self, chosen: BoolArray) -> tuple[Parts, Groups]:
        parts = Parts.of(self._in_levels(chosen), self.wiring.incoming, self.level)
        return parts, full_groups(parts)

    def _row_table(self) -> IntArray | None:
        """Return, per old row, the row it has become; None where none has moved."""
        both = self.alive[self.row_before[self.alive] >= 0]
        before, now = self.row_before[both], self.row[both]
        if (before == now).all():
            return None
        table = np.zeros(int(before.max()) + 1, np.int32)
        table[before] = now
        return table

    # -- assembling ------------------------------------------------------------------------

    def build(self) -> Known:
        """Return the plan and what it was made from, having arranged the parameter vector."""
        columns, layout = self.columns, self._layout()
        number = np.empty(len(self.alive), np.int32)  # of the neuron in each row
        number[self.row[self.alive]] = self.alive
        biased = np.flatnonzero(columns.bias_slot[number] >= 0)
        plan = self._plan(layout, number, biased)
        columns.arrange(layout.synapse, number[biased])
        return Known(
            columns.version, columns.n_sweeps,
            columns.n_neurons, columns.n_synapses, columns.n_removed,
            self.level, self.row, self.bounds, layout, plan,
        )

    def _plan(self, layout: Layout, number: IntArray, biased: IntArray) -> Plan:
        network, columns = self.network, self.columns
        inputs, outputs = (self._rows_with_role(role) for role in (INPUT, OUTPUT))
        return Plan(
            row=self.row[self.alive],
            level=np.repeat(np.arange(self.n_levels, dtype=np.int32), np.diff(self.bounds)),
            input_rows=as_rows(inputs),
            output_rows=as_rows(outputs),
            n_inputs=len(inputs),
            n_outputs=len(outputs),
            n_weights=len(layout.synapse),
            n_parameters=len(layout.synapse) + len(biased),
            bias_rows=as_rows(biased.astype(np.int32)),
            synapse_pre=layout.pre,
            synapse_post=layout.post,
            names=network._neuron_names(),
            code=columns.activation[number],
            kinds=(*network._activations, None),  # the code of "no activation" is -1
            unit=self.row[self.wiring.unit[number]],
            block_table=layout.blocks,
        )

    def _rows_with_role(self, role: int) -> IntArray:
        return self.row[np.flatnonzero(self.columns.role[: self.columns.n_neurons] == role)]
