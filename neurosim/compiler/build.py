"""From a network to its plan: levels, blocks, the order of rows and of the parameter vector."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from neurosim.activations import Activation
from neurosim.checks import BoolArray, IntArray
from neurosim.compiler.blocks import Edges, full_blocks, holed_blocks
from neurosim.compiler.ordering import find_cycle, levels, reachable
from neurosim.compiler.plan import (
    FULL,
    GATHERED,
    HOLED,
    Block,
    Plan,
    Return,
    Segment,
    Stage,
    as_rows,
)
from neurosim.errors import CycleError, StructureError
from neurosim.model.sorting import runs, sorted_by

if TYPE_CHECKING:
    from neurosim.model.network import Network

MOST_NAMES = 12  # of a cycle, in a message

_plans: WeakKeyDictionary[Network, tuple[int, Plan]] = WeakKeyDictionary()


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
    version, plan = _plans.get(network, (-1, None))
    if plan is None or version != network._columns.version:
        plan = _Builder(network).build()
        _plans[network] = (network._columns.version, plan)
    return plan


class _Builder:
    """The intermediate arrays of one compilation, by position in `Network.neurons`."""

    def __init__(self, network: Network) -> None:
        if not network.outputs:
            raise StructureError(
                f"network {network.name!r} has no output neuron; make one with role=\"output\""
            )
        self.network = network
        self.neurons = network.neurons
        columns, position = network._columns, network._positions()
        ids = columns.neuron_ids()
        network._adjacency.outgoing.refresh()
        network._adjacency.incoming.refresh()
        self.ids, self.incoming = ids, network._adjacency.incoming.order
        self.n = len(ids)
        self.unit = self._units(position)
        out = network._adjacency.outgoing.order
        self.out_pre, self.out_post = position[columns.pre[out]], position[columns.post[out]]
        self.level = self._levels()
        self.edges = self._edges(position)

    def _units(self, position: IntArray) -> IntArray:
        """Return, per neuron, the position that stands for it: a softmax layer is one unit."""
        unit = np.arange(self.n)
        for layer in self.network.layers:
            if layer[0]._over_layer:
                members = position[layer._members]
                unit[members] = members.min()
        return unit

    def _levels(self) -> IntArray:
        pre, post = self.unit[self.out_pre], self.unit[self.out_post]
        if (pre[1:] < pre[:-1]).any():
            order = np.argsort(pre, kind="stable")
            pre, post = pre[order], post[order]
        else:
            order = np.arange(len(pre))
        level = levels(self.n, pre, post)[self.unit]
        if self.n and level.min() < 0:
            raise self._cycle(order[find_cycle(pre, post, level)])
        return level

    def _cycle(self, edges: IntArray) -> CycleError:
        names: list[str] = []
        for edge in edges.tolist():
            for end in (self.out_pre[edge], self.out_post[edge]):
                name = self.neurons[end].name
                if not names or names[-1] != name:
                    names.append(name)
        if names[-1] != names[0]:
            names.append(names[0])
        if len(names) > MOST_NAMES:
            left_out = f"… {len(names) - MOST_NAMES} more …"
            names = [*names[: MOST_NAMES - 2], left_out, *names[-2:]]
        softmax = any(self.neurons[self.out_pre[edge]]._over_layer for edge in edges.tolist())
        note = "; the neurons of a softmax layer depend on each other" if softmax else ""
        return CycleError(
            f"network {self.network.name!r} has a cycle: {' -> '.join(names)}; a feedforward "
            f"network has none, remove one of these synapses{note}"
        )

    def _edges(self, position: IntArray) -> Edges:
        columns, ids = self.network._columns, self.incoming
        pre, post = position[columns.pre[ids]], position[columns.post[ids]]
        level_pre = self.level[pre]
        key = post.astype(np.int64) * (int(self.level.max(initial=0)) + 1) + level_pre
        if (key[1:] < key[:-1]).any():
            order = np.argsort(key, kind="stable")
            pre, post, level_pre = pre[order], post[order], level_pre[order]
            self.incoming = ids[order]
        return Edges(pre, post, level_pre, self.level[post])

    # -- assembling ------------------------------------------------------------------------

    def build(self) -> Plan:
        """Return the plan, having arranged the parameter vector."""
        full = full_blocks(self.edges)
        self.row = self._rows(full)
        self.at = np.argsort(self.row)  # the position of each row
        pieces = self._pieces(full)
        order = np.concatenate([ids.ravel() for _, ids in pieces] or [np.empty(0, np.int64)])
        blocks = self._blocks(pieces)
        ends = self.row[self.edges.pre[order]], self.row[self.edges.post[order]]
        biased = self.at[self._has_bias()[self.at]]
        plan = self._plan(blocks, *ends, biased)
        self.network._columns.arrange(self.incoming[order], self.ids[biased])
        return plan

    def _codes(self) -> IntArray:
        """Return the activation code of each row."""
        return self.network._columns.activation[self.ids[self.at]].astype(np.int64)

    def _has_bias(self) -> BoolArray:
        return self.network._columns.bias_slot[self.ids] >= 0

    def _rows(self, full: list[IntArray]) -> IntArray:
        """Return the row of each position: by level, full block, activation, unit, creation."""
        family = np.full(self.n, self.n)
        for block in sorted(full, key=lambda block: block.size):  # the largest has the last word
            posts = self.edges.post[block[:, 0]]
            family[posts] = posts.min()
        names = [str(one) for one in self.network._activations]
        rank = np.argsort(np.argsort([*names, ""]))  # by name: codes depend on history
        kind = rank[self.network._columns.activation[self.ids]]
        order = np.lexsort((self.unit, kind, family, self.level))
        row = np.empty(self.n, np.int32)
        row[order] = np.arange(self.n, dtype=np.int32)
        return row

    def _pieces(self, full: list[IntArray]) -> list[tuple[str, IntArray]]:
        """Return the blocks in the order of the vector, as indices into the edges."""
        rest = np.ones(len(self.edges), bool)
        for block in full:
            rest[block] = False
        left = np.flatnonzero(rest)
        holed = holed_blocks(self.edges, left)
        for indices in holed:
            rest[indices] = False
        pieces = [(FULL, self._sorted_matrix(block)) for block in full]
        pieces += [(HOLED, self._sorted_flat(indices)) for indices in holed]
        pieces += [(GATHERED, block) for block in self._by_fan_in(np.flatnonzero(rest))]
        return sorted(pieces, key=self._piece_key)

    def _piece_key(self, piece: tuple[str, IntArray]) -> tuple[int, ...]:
        kind, indices = piece
        first = indices.flat[0]
        edges = self.edges
        rank = (FULL, HOLED, GATHERED).index(kind)
        fan_in = indices.shape[1] if kind == GATHERED else 0
        return (
            int(edges.level_post[first]), rank, fan_in,
            int(edges.level_pre[first]), int(self.row[edges.post[first]]),
            int(self.row[edges.pre[first]]),
        )

    def _sorted_matrix(self, block: IntArray) -> IntArray:
        posts = np.argsort(self.row[self.edges.post[block[:, 0]]])
        pres = np.argsort(self.row[self.edges.pre[block[0]]])
        return block[posts[:, None], pres]

    def _sorted_flat(self, indices: IntArray) -> IntArray:
        row, edges = self.row, self.edges
        return indices[sorted_by(row[edges.post[indices]], row[edges.pre[indices]])]

    def _by_fan_in(self, rest: IntArray) -> list[IntArray]:
        """Return the gathered blocks, one per level and number of synapses per post neuron."""
        rest = self._sorted_flat(rest)
        posts, start, count = runs(self.row[self.edges.post[rest]])
        return [
            rest[start[members][:, None] + np.arange(count[members[0]])]
            for members in _groups(self.level[self.at[posts]], count)
        ]

    def _blocks(self, pieces: list[tuple[str, IntArray]]) -> list[Block]:
        result, start = [], 0
        for kind, indices in pieces:
            result.append(self._block(kind, indices, start))
            start += indices.size
        return result

    def _block(self, kind: str, indices: IntArray, start: int) -> Block:
        edges, row = self.edges, self.row
        pre, post = row[edges.pre[indices]], row[edges.post[indices]]
        level = int(edges.level_post[indices.flat[0]])
        pre_level = int(edges.level_pre[indices.flat[0]])
        stop = start + indices.size
        if kind == GATHERED:
            shape = (indices.shape[1], len(indices))
            return Block(kind, pre, as_rows(post[:, 0]), *shape, start, stop, level)
        place = None
        if kind == HOLED:
            pres, across = np.unique(pre, return_inverse=True)
            posts, down = np.unique(post, return_inverse=True)
            place = (down * len(pres) + across).astype(np.int64)
        else:
            pres, posts = pre[0], post[:, 0]
        shape = (len(pres), len(posts))
        return Block(
            kind, as_rows(pres), as_rows(posts), *shape, start, stop, level, pre_level, place
        )

    def _plan(
        self, blocks: list[Block], synapse_pre: IntArray, synapse_post: IntArray, biased: IntArray
    ) -> Plan:
        network, at = self.network, self.at
        position = network._positions()
        inputs = self.row[[position[neuron._id] for neuron in network.inputs]]
        outputs = self.row[[position[neuron._id] for neuron in network.outputs]]
        kinds = [*network._activations, None]  # the code of "no activation" is -1
        level = self.level[at]
        pre, post = self.unit[self.out_pre], self.unit[self.out_post]
        return Plan(
            names=tuple(self.neurons[i].name for i in at.tolist()),
            row=self.row,
            level=level,
            input_rows=as_rows(inputs),
            output_rows=as_rows(outputs),
            n_inputs=len(inputs),
            n_outputs=len(outputs),
            output_units=self._output_units(at[outputs]),
            stages=self._stages(blocks, level, synapse_pre, synapse_post),
            n_weights=len(synapse_pre),
            n_parameters=len(synapse_pre) + len(biased),
            bias_rows=as_rows(self.row[biased]),
            synapse_pre=synapse_pre,
            synapse_post=synapse_post,
            activations=tuple(kinds[code] for code in self._codes().tolist()),
            hears_input=self._reached(inputs, pre, post),
            reaches_output=self._reached(outputs, post, pre),
        )

    def _output_units(self, outputs: IntArray) -> tuple[tuple[int, ...], ...]:
        units: dict[int, list[int]] = {}
        for column, unit in enumerate(self.unit[outputs].tolist()):
            units.setdefault(unit, []).append(column)
        return tuple(map(tuple, units.values()))

    def _reached(self, rows: IntArray, pre: IntArray, post: IntArray) -> BoolArray:
        """Return, per row, whether a path along edges between units leads there from `rows`.

        What one neuron of a softmax layer hears changes the outputs of all of them.
        """
        order = sorted_by(pre, post)
        units = np.unique(self.unit[self.at[rows]])
        reached = reachable(self.n, units, pre[order], post[order])
        return reached[self.unit][self.at]

    def _stages(
        self, blocks: list[Block], level: IntArray, synapse_pre: IntArray, synapse_post: IntArray
    ) -> tuple[Stage, ...]:
        n_levels = int(level.max(initial=-1)) + 1
        bounds = np.searchsorted(level, np.arange(n_levels + 1)).tolist()
        incoming: list[list[Block]] = [[] for _ in range(n_levels)]
        outgoing: list[list[Block]] = [[] for _ in range(n_levels)]
        for block in blocks:
            incoming[block.level].append(block)
            if block.pre_level >= 0:
                outgoing[block.pre_level].append(block)
        returns = self._returns(blocks, level, synapse_pre, synapse_post, n_levels)
        segments = self._segments(level, n_levels)
        return tuple(
            Stage(
                rows=slice(bounds[k], bounds[k + 1]),
                incoming=tuple(incoming[k]),
                outgoing=tuple(outgoing[k]),
                returns=tuple(returns[k]),
                segments=tuple(segments[k]),
            )
            for k in range(n_levels)
        )

    def _returns(
        self,
        blocks: list[Block],
        level: IntArray,
        synapse_pre: IntArray,
        synapse_post: IntArray,
        n_levels: int,
    ) -> list[list[Return]]:
        result: list[list[Return]] = [[] for _ in range(n_levels)]
        windows = [np.arange(b.start, b.stop) for b in blocks if b.kind == GATHERED]
        if not windows:
            return result
        places = np.concatenate(windows)
        places = places[sorted_by(synapse_pre[places], synapse_post[places])]
        pres, start, count = runs(synapse_pre[places])
        for members in _groups(level[pres], count):
            index = places[start[members][:, None] + np.arange(count[members[0]])]
            back = Return(as_rows(pres[members]), synapse_post[index], index)
            result[int(level[pres[members[0]]])].append(back)
        return result

    def _segments(self, level: IntArray, n_levels: int) -> list[list[Segment]]:
        code = self._codes()
        over_layer = np.array([a.over_layer for a in self.network._activations] + [False])
        unit = np.where(over_layer[code], self.unit[self.at], -1)
        rows = np.flatnonzero(code >= 0)
        rows = rows[np.lexsort((rows, unit[rows], code[rows], level[rows]))]
        keys = (level[rows], code[rows], unit[rows])
        new = np.ones(len(rows), bool)
        new[1:] = np.logical_or.reduce([key[1:] != key[:-1] for key in keys])
        result: list[list[Segment]] = [[] for _ in range(n_levels)]
        for members in np.split(rows, np.flatnonzero(new)[1:]) if len(rows) else []:
            activation: Activation = self.network._activations[code[members[0]]]
            result[int(level[members[0]])].append(Segment(activation, as_rows(members)))
        return result


def _groups(*keys: IntArray) -> list[IntArray]:
    """Return the indices that share their keys, in the order of the keys."""
    if not len(keys[0]):
        return []
    order = np.lexsort(keys[::-1])
    new = np.zeros(len(order), bool)
    new[1:] = np.logical_or.reduce([key[order][1:] != key[order][:-1] for key in keys])
    return np.split(order, np.flatnonzero(new))
