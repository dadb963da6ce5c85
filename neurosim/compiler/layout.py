"""The order of the parameter vector: blocks level by level, and in each its synapses by rows.

A level's part of the vector depends on what its neurons hear and on the order of the rows, and on
nothing else: so levels that an edit leaves alone keep their part, and only move.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from attrs import astuple, frozen

from neurosim.checks import BoolArray, IntArray
from neurosim.compiler.blocks import Groups, Parts, holed_groups
from neurosim.model.sorting import (
    Places,
    boundaries,
    lengths,
    mask_of,
    order_by,
    starts,
    stretches,
)

FULL, HOLED, GATHERED = range(3)  # the order in which they stand in a level
_LARGE = 4096  # a matrix of so many synapses is worth being handled by itself


@frozen(eq=False)
class Blocks:
    """The blocks of a plan as columns, (n_blocks,) int arrays, in the order of the vector.

    Attributes
    ----------
    level, kind, pre_level, n_post, n_pre : (n_blocks,) int arrays
        As in `Block`.
    size : (n_blocks,) int array
        The number of synapses.
    """

    level: IntArray
    kind: IntArray
    pre_level: IntArray
    n_post: IntArray
    n_pre: IntArray
    size: IntArray

    @classmethod
    def joined(cls, pieces: Sequence[Blocks]) -> Blocks:
        """Return the blocks of several pieces, one after the other."""
        return cls(*map(np.concatenate, zip(*map(_columns, pieces), strict=True)))

    def __getitem__(self, part: slice) -> Blocks:
        return Blocks(*(column[part] for column in _columns(self)))


@frozen(eq=False)
class Layout:
    """The part of the parameter vector that belongs to some levels.

    Attributes
    ----------
    synapse : (n_synapses,) int array
        The numbers of the synapses, in the order of the vector.
    pre, post : (n_synapses,) int32 arrays
        The rows of their ends.
    blocks : Blocks
    """

    synapse: IntArray
    pre: IntArray
    post: IntArray
    blocks: Blocks

    @classmethod
    def of(cls, parts: Parts, full: Groups, row: IntArray) -> Layout:
        """Lay out the synapses of `parts`, of which those of `full` make full blocks.

        `row` is that of each neuron.
        """
        pieces = _pieces(parts, full, row)
        if not len(pieces.start):
            empty = np.empty(0, np.int64)
            return cls(parts.synapse, parts.pre, parts.pre, Blocks(*[empty] * 6))
        places, pre = _in_row_order(parts, pieces, row)
        post = np.repeat(row[pieces.post], pieces.count)
        return cls(parts.synapse[places], pre, post, _blocks(pieces))

    def bounds(self, n_levels: int) -> tuple[IntArray, IntArray]:
        """Return where the synapses and the blocks of each level begin."""
        blocks = np.searchsorted(self.blocks.level, np.arange(n_levels + 1))
        return starts(self.blocks.size)[blocks], blocks

    def cut(self, synapses: slice, blocks: slice) -> Layout:
        """Return a part."""
        return Layout(
            self.synapse[synapses], self.pre[synapses], self.post[synapses], self.blocks[blocks]
        )

    def moved(self, row: IntArray | None) -> Layout:
        """Return the same after row i has become ``row[i]``."""
        if row is None:
            return self
        return Layout(self.synapse, row[self.pre], row[self.post], self.blocks)


def spliced(
    sources: Sequence[Layout], source: IntArray, row: IntArray | None = None
) -> Layout:
    """Return the layout whose level i comes from ``sources[source[i]]``.

    In ``sources[0]`` row i has become ``row[i]`` since.
    """
    n_levels = len(source)
    bounds = [
        (*map(np.ndarray.tolist, one.bounds(n_levels)),) if one is not None else None
        for one in sources
    ]
    pieces = []
    for first, last in pairwise([*boundaries(source).tolist(), n_levels]):
        which = source.item(first)
        synapses, blocks = (slice(bound[first], bound[last]) for bound in bounds[which])
        piece = sources[which].cut(synapses, blocks)
        pieces.append(piece if which else piece.moved(row))
    return _joined(pieces)


def _joined(layouts: Sequence[Layout]) -> Layout:
    """Return several layouts one after the other."""
    synapse, pre, post = (
        np.concatenate(columns)
        for columns in zip(*((one.synapse, one.pre, one.post) for one in layouts), strict=True)
    )
    return Layout(synapse, pre, post, Blocks.joined([one.blocks for one in layouts]))


def _columns(table: Blocks | _Pieces) -> tuple[IntArray, ...]:
    return astuple(table, recurse=False)


# -- in pieces ---------------------------------------------------------------------------------


@frozen(eq=False)
class _Pieces:
    """Stretches of the synapses of `Parts`, each of one block and one post neuron."""

    start: IntArray
    count: IntArray
    post: IntArray
    level: IntArray
    kind: IntArray
    block: IntArray  # tells the blocks of a level and a kind apart, ascending
    pre_level: IntArray
    n_pre: IntArray

    def sorted(self, order: slice | IntArray) -> _Pieces:
        return _Pieces(*(column[order] for column in _columns(self)))


def _pieces(parts: Parts, full: Groups, row: IntArray) -> _Pieces:
    """Return the pieces in the order of the vector."""
    in_full = mask_of(full.member, len(parts))
    holed, n_pre = holed_groups(parts, np.flatnonzero(~in_full))
    gathered = np.flatnonzero(~(in_full | mask_of(holed.member, len(parts))))
    kinds = [
        _dense_pieces(parts, full, FULL, _ranks(parts, full, row), parts.count[full.leader]),
        _dense_pieces(parts, holed, HOLED, parts.pre_level[holed.leader], n_pre),
        _gathered_pieces(parts, gathered),
    ]
    pieces = _Pieces(*map(np.concatenate, zip(*map(_columns, kinds), strict=True)))
    return pieces.sorted(order_by(pieces.level, pieces.kind, pieces.block, row[pieces.post]))


def _ranks(parts: Parts, full: Groups, row: IntArray) -> IntArray:
    """Return the place of each full block among all: by levels, then by the first rows."""
    if not len(full.size):
        return full.size
    leader = full.leader
    first_post = np.minimum.reduceat(row[parts.post[full.member]], full.begin)
    pre_rows = row[parts.pre[parts.places(leader)]]
    first_pre = np.minimum.reduceat(pre_rows, starts(parts.count[leader])[:-1])
    order = order_by(parts.level[leader], parts.pre_level[leader], first_post, first_pre)
    rank = np.empty(len(leader), np.int64)
    rank[order] = np.arange(len(leader))
    return rank


def _dense_pieces(
    parts: Parts, groups: Groups, kind: int, block: IntArray, n_pre: IntArray
) -> _Pieces:
    member = groups.member
    return _Pieces(
        parts.start[member], parts.count[member], parts.post[member], parts.level[member],
        np.full(len(member), kind), np.repeat(block, groups.size), parts.pre_level[member],
        np.repeat(n_pre, groups.size),
    )


def _gathered_pieces(parts: Parts, rest: IntArray) -> _Pieces:
    """Return the parts that are gathered, neighbours of one post neuron as one piece."""
    start, post = parts.start[rest], parts.post[rest]
    stop = start + parts.count[rest]
    new = np.ones(len(rest), bool)
    new[1:] = (post[1:] != post[:-1]) | (start[1:] != stop[:-1])
    first = np.flatnonzero(new)
    count = stop[np.append(first[1:], len(rest)) - 1] - start[first] if len(rest) else start
    post = post[first]
    fan_in = np.bincount(post, count).astype(np.int64)[post]
    return _Pieces(
        start[first], count, post, parts.level[rest[first]],
        np.full(len(first), GATHERED), fan_in, np.full(len(first), -1), fan_in,
    )


def _in_row_order(parts: Parts, pieces: _Pieces, row: IntArray) -> tuple[Places, IntArray]:
    """Return the places of the synapses in the order of the vector, and the rows of their pres.

    Rows ascend from level to level, as the parts of a neuron do, so the synapses of most pieces
    stand in order already.
    """
    places = stretches(pieces.start, pieces.count)
    pre = row[parts.pre[places]]
    loose = _descending(pieces, pre)
    if not loose.any():
        return places, pre
    if isinstance(places, slice):
        places = np.arange(places.start, places.stop)
    _sort_matrices(pieces, loose, places, pre)
    _sort_pieces(pieces, loose, places, pre)
    return places, pre


def _descending(pieces: _Pieces, pre: IntArray) -> BoolArray:
    """Return the pieces in which a row stands before a lower one."""
    start = starts(pieces.count)[:-1]
    descends = np.zeros(len(pre), bool)
    np.less(pre[1:], pre[:-1], out=descends[1:])
    descends[start] = False
    return np.logical_or.reduceat(descends, start)


def _sort_matrices(
    pieces: _Pieces, loose: BoolArray, places: IntArray, pre: IntArray
) -> None:
    """Bring the columns of large full blocks into order, and take these off the `loose` pieces."""
    first = boundaries(pieces.level, pieces.kind, pieces.block)
    n_post, n_pre = lengths(first, len(pieces.start)), pieces.n_pre[first]
    large = loose[first] & (pieces.kind[first] == FULL) & (n_post * n_pre >= _LARGE)
    start = starts(pieces.count)[first]
    for i in np.flatnonzero(large).tolist():
        loose[first[i] : first[i] + n_post[i]] = False
        order = np.argsort(pre[start[i] : start[i] + n_pre[i]])
        for column in (places, pre):
            matrix = column[start[i] : start[i] + n_post[i] * n_pre[i]].reshape(-1, len(order))
            matrix[:] = matrix[:, order]


def _sort_pieces(pieces: _Pieces, loose: BoolArray, places: IntArray, pre: IntArray) -> None:
    """Bring the `loose` pieces into order, one by one."""
    count = pieces.count[loose]
    window = stretches(starts(pieces.count)[:-1][loose], count)
    order = order_by(np.repeat(np.arange(len(count), dtype=np.int32), count), pre[window])
    places[window], pre[window] = places[window][order], pre[window][order]


def _blocks(pieces: _Pieces) -> Blocks:
    """Return the blocks that the pieces, in the order of the vector, make up."""
    start = boundaries(pieces.level, pieces.kind, pieces.block)
    size = np.add.reduceat(pieces.count, start)
    kind, n_pre = pieces.kind[start], pieces.n_pre[start]
    n_pieces = lengths(start, len(pieces.start))
    n_post = np.where(kind == GATHERED, size // n_pre, n_pieces)
    return Blocks(pieces.level[start], kind, pieces.pre_level[start], n_post, n_pre, size)
