"""A network as the compiler sees it: indexes by the numbers of neurons, units, and their levels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from neurosim.checks import BoolArray, IntArray
from neurosim.compiler.ordering import find_cycle, levels, longest_paths, update_levels
from neurosim.errors import CycleError
from neurosim.model.adjacency import SortedIndex, gather
from neurosim.model.columns import GONE, Columns
from neurosim.model.sorting import sorted_by
from neurosim.wording import chained

if TYPE_CHECKING:
    from neurosim.model.network import Network

# With more neurons to look at than this, finding all levels afresh is faster.
MOST_UPDATED = 1000


@frozen(eq=False)
class Wiring:
    """The neurons and synapses of a network.

    Attributes
    ----------
    columns : Columns
    incoming, outgoing : SortedIndex
        Up to date.
    alive : (n_neurons,) int array
        The numbers of the neurons that exist, ascending.
    unit : (n_made,) int array
        The number that stands for each neuron ever made: a softmax layer is one unit.
    members : dict
        The neurons of each softmax layer, by the number that stands for it.
    """

    columns: Columns
    incoming: SortedIndex
    outgoing: SortedIndex
    alive: IntArray
    unit: IntArray
    members: dict[int, IntArray]

    @classmethod
    def of(cls, network: Network) -> Wiring:
        """Return the wiring of a network as it is now."""
        columns, adjacency = network._columns, network._adjacency
        adjacency.outgoing.refresh()
        adjacency.incoming.refresh()
        unit = np.arange(columns.n_neurons)
        layers = [layer for layer in network.layers if layer[0]._over_layer]
        members = {int(layer._members.min()): layer._members for layer in layers}
        for number, neurons in members.items():
            unit[neurons] = number
        alive = columns.neuron_ids()
        return cls(columns, adjacency.incoming, adjacency.outgoing, alive, unit, members)

    def posts_of(self, neurons: IntArray) -> IntArray:
        """Return the neurons that some neurons feed, with repetitions."""
        return self.outgoing.other[gather(self.outgoing.start, neurons)]

    # -- levels ----------------------------------------------------------------------------

    def levels(self) -> IntArray:
        """Return the level of each neuron ever made, `GONE` for removed ones and behind cycles."""
        index = self.outgoing
        if self.members:
            pre, post, _ = self._unit_edges()
            level = levels(len(self.unit), pre, post)[self.unit]
        else:
            level = longest_paths(index.start, index.other)
        level[self._is_gone()] = GONE
        return level

    def updated_levels(self, before: IntArray, touched: IntArray) -> IntArray | None:
        """Return the same, given the levels before the synapses into `touched` changed.

        None where that would take longer than to find all levels afresh.
        """
        level = before.copy()
        seeds = set(self.unit[touched].tolist())
        if len(seeds) > MOST_UPDATED:
            return None
        befores, afters = self._neighbours(self.incoming), self._neighbours(self.outgoing)
        if not update_levels(level, seeds, befores, afters, MOST_UPDATED):
            return None
        level = level[self.unit]
        level[self._is_gone()] = GONE
        return level

    def _neighbours(self, index: SortedIndex) -> Neighbours:
        return Neighbours(index, self.unit, self.members)

    def _is_gone(self) -> BoolArray:
        gone: BoolArray = self.columns.role[: self.columns.n_neurons] == GONE
        return gone

    def _unit_edges(self) -> tuple[IntArray, IntArray, IntArray]:
        """Return the synapses as edges between units, sorted by pre, and their places."""
        index = self.outgoing
        pre = np.repeat(self.unit, np.diff(index.start))
        post = self.unit[index.other]
        order = sorted_by(pre, post)
        return pre[order], post[order], order

    def cycle(self, network: Network, level: IntArray) -> CycleError:
        """Return the error that names a cycle, given the levels that it leaves open."""
        pre, post, order = self._unit_edges()
        synapses = self.outgoing.order[order[find_cycle(pre, post, level)]]
        names: list[str] = []
        softmax = False
        for synapse in synapses.tolist():
            ends = self.columns.pre.item(synapse), self.columns.post.item(synapse)
            softmax |= int(self.unit[ends[0]]) in self.members
            for name in map(network._neuron_name, ends):
                if not names or names[-1] != name:
                    names.append(name)
        return CycleError(
            f"network {network.name!r} has a cycle: {chained(_round_trip(names))}; a "
            "feedforward network has none, remove one of these synapses"
            + ("; the neurons of a softmax layer depend on each other" if softmax else "")
        )


@frozen(eq=False)
class Neighbours:
    """Gives the units at the other ends of a unit's synapses."""

    index: SortedIndex
    unit: IntArray
    members: dict[int, IntArray]

    def __call__(self, unit: int) -> IntArray:
        """Return the neighbours, perhaps with repetitions."""
        index = self.index
        if not self.members:
            return index.other[index.start[unit] : index.start[unit + 1]]
        neurons = self.members.get(unit, np.array([unit]))
        return self.unit[index.other[gather(index.start, neurons)]]


def _round_trip(names: list[str]) -> list[str]:
    """Return the names with the first at the end again."""
    return names if names[-1] == names[0] else [*names, names[0]]
