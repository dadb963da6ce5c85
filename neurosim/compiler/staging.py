"""The stages of a plan, made from its columns when an engine asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from neurosim.checks import IntArray
from neurosim.compiler import layout
from neurosim.compiler.pieces import (
    KINDS,
    Block,
    Return,
    Rows,
    Segment,
    Stage,
    WayBack,
    ascending_rows,
)
from neurosim.model.sorting import boundaries, lengths, offsets, order_by, starts, stretches

if TYPE_CHECKING:
    from neurosim.compiler.plan import Plan

_T = TypeVar("_T")


def make_stages(plan: Plan) -> tuple[Stage, ...]:
    """Return the stages of a plan, level by level."""
    n_levels, blocks = plan.n_levels, plan.blocks
    outgoing: dict[int, list[Block]] = {}
    for block in blocks:
        if block.pre_level >= 0:
            outgoing.setdefault(block.pre_level, []).append(block)
    bounds = offsets(plan.level, n_levels).tolist()
    columns = (
        bounds[:-1],
        bounds[1:],
        _by_level(blocks, plan._blocks.level, n_levels),
        _by_level(*_returns(plan), n_levels),
        _by_level(*_segments(plan), n_levels),
    )
    return tuple(
        Stage(slice(start, stop), incoming, tuple(outgoing.get(k, ())), returns, segments)
        for k, (start, stop, incoming, returns, segments) in enumerate(zip(*columns, strict=True))
    )


def _by_level(things: Sequence[_T], level: IntArray, n_levels: int) -> list[tuple[_T, ...]]:
    """Cut things that are sorted by their level."""
    bounds = np.searchsorted(level, np.arange(n_levels + 1)).tolist()
    every = tuple(things)  # slices of which are tuples
    return [every[start:stop] for start, stop in pairwise(bounds)]


# -- blocks ------------------------------------------------------------------------------------


def make_blocks(plan: Plan) -> tuple[Block, ...]:
    """Return the blocks in the order of the vector."""
    table = plan._blocks
    pre, post = ends = plan.synapse_pre, plan.synapse_post
    bounds = starts(table.size)
    begin, last = bounds[:-1], bounds[1:] - 1
    columns = (
        table.kind, table.level, table.pre_level, table.n_pre, table.n_post, begin, bounds[1:],
        pre[begin], pre[begin + table.n_pre - 1], post[begin], post[last],
    )
    result = []
    for kind, level, pre_level, n_pre, n_post, start, stop, pre_0, pre_1, post_0, post_1 in zip(
        *(column.tolist() for column in columns), strict=True
    ):
        window = slice(start, stop)
        if kind == layout.HOLED:
            pres, posts = _distinct_rows(pre[window]), _distinct_rows(post[window])
        else:
            posts = ascending_rows(post[start:stop:n_pre], post_0, post_1)
            pres = (
                ascending_rows(pre[start : start + n_pre], pre_0, pre_1)
                if kind == layout.FULL
                else pre[window].reshape(n_post, n_pre)
            )
        result.append(
            Block(KINDS[kind], pres, posts, n_pre, n_post, start, stop, level, pre_level, ends)
        )
    return tuple(result)


def _distinct_rows(rows: IntArray) -> Rows:
    """Return the different ones of rows that lie close together, ascending."""
    first = int(rows.min())
    there = np.zeros(int(rows.max()) - first + 1, bool)
    there[rows - first] = True
    found = np.flatnonzero(there).astype(np.int32) + np.int32(first)
    return ascending_rows(found, int(found[0]), int(found[-1]))


# -- the way back ------------------------------------------------------------------------------


def _returns(plan: Plan) -> tuple[list[Return], IntArray]:
    """Return the ways back over gathered synapses, and their levels, which ascend."""
    table = plan._blocks
    is_gathered = table.kind == layout.GATHERED
    windows = stretches(starts(table.size)[:-1][is_gathered], table.size[is_gathered])
    gathered = np.arange(plan.n_weights)[windows]
    fan_out = np.bincount(plan.synapse_pre[windows], minlength=plan.n_neurons)
    rows = np.flatnonzero(fan_out)
    start, fan_out = starts(fan_out)[rows], fan_out[rows]
    order = order_by(plan.level[rows], fan_out)
    rows, start, fan_out = rows[order].astype(np.int32), start[order], fan_out[order]
    begin = boundaries(plan.level[rows], fan_out)
    way = WayBack(plan.synapse_pre, plan.synapse_post, gathered)
    returns = [
        Return(pre, start[window], fan, way)
        for fan, (window, pre) in zip(fan_out[begin].tolist(), _groups(rows, begin), strict=True)
    ]
    return returns, plan.level[rows[begin]]


def _groups(rows: IntArray, begin: IntArray) -> list[tuple[slice, Rows]]:
    """Return the windows of `rows` that begin at `begin`, and the rows in each, which ascend."""
    end = begin + lengths(begin, len(rows))
    columns = begin, end, rows[begin], rows[end - 1]
    return [
        (slice(start, stop), ascending_rows(rows[start:stop], first, last))
        for start, stop, first, last in zip(*(column.tolist() for column in columns), strict=True)
    ]


# -- activations -------------------------------------------------------------------------------


def _segments(plan: Plan) -> tuple[list[Segment], IntArray]:
    """Return the segments and their levels, which ascend."""
    code = plan.code
    over_layer = np.array([one is not None and one.over_layer for one in plan.kinds], bool)
    unit = np.where(over_layer[code], plan.unit, 0)
    rows = np.flatnonzero(code >= 0)
    rows = rows[order_by(plan.level[rows], code[rows], unit[rows])]
    begin = boundaries(plan.level[rows], code[rows], unit[rows])
    segments = [
        Segment(plan.kinds[kind], members)
        for kind, (_, members) in zip(code[rows[begin]].tolist(), _groups(rows, begin), strict=True)
    ]
    return segments, plan.level[rows[begin]]
