"""The tapes: a plan as arrays of integers, which kernels read from end to end.

Rows stand in topological order. A tape lists the synapses stretch by stretch: those between one row
and a part of the rows at their other ends. As a rule a row has one stretch. Where a level hears so
much of the rows before it that they are needed again and again, they are taken in parts that stay
in the nearest cache, and each row of the level has a stretch for each part.

There is one tape for the way forward, by post row, and one for the way back, by pre row: so that
either way a row gathers from others and nothing is scattered. Each has the weights in an order of
its own, with the biases behind them.

Rows that stand together, in one level and with one activation, make a run: their sums are all taken
before they are activated.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen

from neurosim.checks import BoolArray, IntArray
from neurosim.compiler.plan import Plan
from neurosim.engines.compiled import codes
from neurosim.engines.compiled.jit import inlined
from neurosim.engines.compiled.moving import gather, scatter
from neurosim.engines.compiled.sorting import count_cells, find_inner, join, sort_by_row
from neurosim.model.sorting import starts

# A part is large enough for stretches of so many synapses, if it has no more rows than this.
_LONG, _MOST_ROWS = 24, 2048
# Whether a stretch is the first of its row, the last of its row, and whether a run ends with it.
FIRST, LAST, END = 1, 2, 4
# Rows of a run: enough to keep the multipliers busy, and they are still in the nearest cache.
_RUN = 16
# Kernels look ahead on a tape: behind its end stands something to see.
AHEAD = 64

HEADER = 7  # the numbers in front


@frozen(eq=False)
class Tape:
    """A plan for one of the two ways.

    Attributes
    ----------
    array : (n,) int32 array
    order : (n_parameters,) int32 array
        The place in the parameter vector of each parameter of the tape.
    """

    array: IntArray
    order: IntArray


@frozen(eq=False)
class Sorted:
    """The synapses of a plan, sorted by the row at one of their ends.

    Attributes
    ----------
    start : (n_rows + 1,) int32 array
        Where those of each row begin.
    place, other : (n_synapses,) int32 arrays
        The place of each in the parameter vector, and the row at its other end.
    """

    start: IntArray
    place: IntArray
    other: IntArray

    @classmethod
    def by_post(cls, plan: Plan) -> Sorted:
        """Return them by their post row, then by their pre row."""
        post, pre = plan.synapse_post, plan.synapse_pre
        result, ascending = cls._by(_up_to(plan.n_weights), post, pre, plan.n_neurons)
        if not ascending:
            by_pre, _ = cls._by(_up_to(plan.n_weights), pre, post, plan.n_neurons)
            result, _ = cls._by(by_pre.place, post, pre, plan.n_neurons)
        return result

    @classmethod
    def by_pre(cls, plan: Plan) -> Sorted:
        """Return them by their pre row."""
        post, pre = plan.synapse_post, plan.synapse_pre
        return cls._by(_up_to(plan.n_weights), pre, post, plan.n_neurons)[0]

    @classmethod
    def _by(
        cls, among: IntArray, row: IntArray, other: IntArray, n_rows: int
    ) -> tuple[Sorted, bool]:
        start = np.zeros(n_rows + 1, np.int32)
        order, others = np.empty_like(among), np.empty_like(among)
        ascending: bool = sort_by_row(among, row, other, start, order, others)
        return cls(start, order, others), ascending


@frozen(eq=False)
class Stretches:
    """The stretches of all rows, in the order in which they are taken.

    Attributes
    ----------
    row, turn, begin, count : (n_stretches,) int32 arrays
        Whose they are, whose turn it is, and where among the sorted synapses they stand.
    """

    row: IntArray
    turn: IntArray
    begin: IntArray
    count: IntArray

    @property
    def start(self) -> IntArray:
        """Where each begins on the tape, and at the end where the last stops."""
        return starts(self.count).astype(np.int32)

    def joined(self, values: IntArray) -> IntArray:
        """Return what is given for each of the sorted synapses in the order of the tape."""
        result = np.empty_like(values, shape=int(self.count.sum()))
        join(self.begin, self.count, values, result)
        return result


def forward_tape(plan: Plan, code: IntArray, keep: BoolArray) -> Tape:
    """Return the tape of the way forward.

    Parameters
    ----------
    plan : Plan
    code : (n_neurons,) int array
        The number by which kernels know the activation of each row.
    keep : (n_neurons,) bool array
        The rows whose net input the way back needs.
    """
    n, synapses = plan.n_neurons, Sorted.by_post(plan)
    found = _stretches(plan.level, synapses.start, synapses.other, first=plan.n_inputs)
    turn = _with_runs(found, plan.level, code)
    pre, place = found.joined(synapses.other), found.joined(synapses.place)
    inner = np.empty_like(found.row)
    find_inner(found.start, pre, plan.n_inputs, inner)
    rows = np.arange(n)
    column = np.empty(plan.n_inputs, int)  # the inputs are the first rows
    column[rows[plan.input_rows]] = np.arange(plan.n_inputs)
    bias = np.full(n, -1)
    bias_rows = rows[plan.bias_rows]
    bias[bias_rows] = plan.n_weights + np.arange(len(bias_rows))
    out = np.full(n, -1)
    out[plan.output_index] = np.arange(plan.n_outputs)
    unit, unit_start, unit_rows = _units(plan, code)
    header = (n, len(pre), len(found.row), plan.n_outputs, len(unit_start) - 1, len(unit_rows),
              plan.n_inputs)  # fmt: skip
    parts = (found.row, found.start, turn, inner, pre, code, bias, keep, column, out,
             plan.output_index, unit, unit_start, unit_rows)  # fmt: skip
    return Tape(_joined(header, *parts), _with_biases(plan, place))


def back_tape(plan: Plan, code: IntArray, forward: Tape) -> Tape:
    """Return the tape of the way back, for the `forward` one."""
    synapses = Sorted.by_pre(plan)
    found = _stretches(plan.level, synapses.start, synapses.other, first=0, down=True)
    post, place = found.joined(synapses.other), _with_biases(plan, found.joined(synapses.place))
    where, source = np.empty_like(place), np.empty_like(place)
    scatter(_up_to(plan.n_parameters), place, where)
    gather(where, forward.order, source)
    header = (len(found.row), len(post), plan.n_parameters)
    parts = (found.row, found.start, _with_runs(found, plan.level, code), post, source)
    return Tape(_joined(header, *parts), place)


def _stretches(
    level: IntArray, start: IntArray, others: IntArray, *, first: int, down: bool = False
) -> Stretches:
    """Cut the synapses of rows from number `first` on, sorted by row, into stretches.

    Level by level a grid is laid over rows and parts; its cells are the stretches, part by part, or
    with `down` the other way round.
    """
    rows = np.arange(first, len(level), dtype=np.int32)
    in_level = np.bincount(level[rows]) if len(rows) else np.zeros(0, np.int64)
    bits, n_parts, low = _parts(start, others, in_level, first)
    turn = np.full(len(rows), FIRST | LAST)
    if (n_parts <= 1).all():
        return _in_turn(rows, turn, start[first:-1], np.diff(start[first:]), down)
    own = level[rows]
    cells = in_level * n_parts
    # Cells row by row, as the synapses are: where those of a level, and of a row, begin.
    level_first = first + starts(in_level)[:-1]
    cell = np.full(len(level), -1, np.int32)
    cell[first:] = starts(cells)[:-1][own] + (rows - level_first[own]) * n_parts[own]
    count = np.zeros(int(cells.sum()), np.int32)
    count_cells(level, start, others, low, bits, cell, count)
    # The same cells part by part.
    of_level = np.repeat(np.arange(len(cells)), cells)
    inside = np.arange(len(of_level)) - starts(cells)[of_level]
    part, row = inside // in_level[of_level], inside % in_level[of_level]
    source = starts(cells)[of_level] + row * n_parts[of_level] + part
    at_first, at_last = part == 0, part == n_parts[of_level] - 1
    turn = FIRST * (at_last if down else at_first) + LAST * (at_first if down else at_last)
    begin = start[first] + starts(count)[source]
    return _in_turn(row + level_first[of_level], turn, begin, count[source], down)


def _with_runs(found: Stretches, level: IntArray, code: IntArray) -> IntArray:
    """Return whose turn it is, and where runs end; each row of a softmax layer is one by itself."""
    closing = np.flatnonzero(found.turn & LAST)
    row = found.row[closing]
    before, behind = row[:-1], row[1:]
    goes_on = (np.abs(behind - before) == 1) & (level[before] == level[behind])
    goes_on &= (code[before] == code[behind]) & (code[before] != codes.SOFTMAX)
    begin = np.flatnonzero(np.append(True, ~goes_on)) if len(row) else np.zeros(0, np.int64)
    place = np.arange(len(row)) - np.repeat(begin, np.diff(np.append(begin, len(row))))
    ends = np.append(~goes_on, True)[: len(row)] | (place % _RUN == _RUN - 1)
    turn = found.turn.copy()
    turn[closing[ends]] |= END
    return turn


def _in_turn(
    row: IntArray, turn: IntArray, begin: IntArray, count: IntArray, down: bool
) -> Stretches:
    """Return stretches in the order in which they are taken."""
    columns = (column[::-1] if down else column for column in (row, turn, begin, count))
    return Stretches(*(np.ascontiguousarray(column, np.int32) for column in columns))


def _parts(
    start: IntArray, others: IntArray, in_level: IntArray, first: int
) -> tuple[IntArray, IntArray, IntArray]:
    """Return, per level, how its rows take the others in parts.

    Parts have ``2**bits`` others, counted from a first one; the result is (bits, number of parts,
    first other). A level that hears little of what it hears from has one part.
    """
    bounds = start[first + starts(in_level)]
    count = np.diff(bounds)
    bits, n_parts = np.full(len(count), 30, np.int32), np.ones(len(count), np.int64)
    low = np.zeros(len(count), np.int32)
    dense = count >= 2 * _LONG * np.maximum(in_level, 1)
    if not dense.any():
        return bits, n_parts, low
    begin = bounds[:-1][dense]
    # What lies between two dense levels belongs to neither: it is left out by its bounds.
    edges = np.column_stack([begin, bounds[1:][dense]]).ravel()
    padded = np.append(others, others[-1:])
    lowest = np.minimum.reduceat(padded, edges)[::2]
    span = np.maximum.reduceat(padded, edges)[::2] - lowest + 1
    wanted = np.ceil(np.log2(_LONG * span * in_level[dense] / count[dense])).astype(np.int64)
    cut = (1 << wanted <= _MOST_ROWS) & (2 << wanted <= span)
    which = np.flatnonzero(dense)[cut]
    bits[which], low[which] = wanted[cut], lowest[cut]
    n_parts[which] = -(-span[cut] >> wanted[cut])
    return bits, n_parts, low


def _up_to(count: int) -> IntArray:
    return np.arange(count, dtype=np.int32)


def _joined(*parts: Any) -> IntArray:
    """Return arrays one behind the other, and at the end what kernels look ahead to."""
    bounds = starts(np.array([len(part) for part in parts]))
    flat = np.zeros(int(bounds[-1]) + AHEAD, np.int32)
    for begin, part in zip(bounds.tolist(), parts, strict=False):
        flat[begin : begin + len(part)] = part
    return flat


def _with_biases(plan: Plan, place: IntArray) -> IntArray:
    """Return the places of all parameters, where those of the weights are `place`."""
    result = _up_to(plan.n_parameters)
    result[: len(place)] = place
    return result


def _units(plan: Plan, code: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Return the softmax unit of each row, or -1, and the rows of each unit."""
    rows = np.flatnonzero(code == codes.SOFTMAX)
    rows = rows[np.lexsort((rows, plan.unit[rows]))]
    _, number, sizes = np.unique(plan.unit[rows], return_inverse=True, return_counts=True)
    unit = np.full(plan.n_neurons, -1)
    unit[rows] = number
    return unit, np.concatenate([[0], np.cumsum(sizes)]), rows


@inlined
def length_of(tape):
    """Return how long the tape of the way forward is, given the numbers in front."""
    n, m, n_stretches, n_outputs, n_units = tape[0], tape[1], tape[2], tape[3], tape[4]
    n_unit_rows, n_inputs = tape[5], tape[6]
    rows = 5 * n + n_inputs + n_outputs
    return HEADER + 4 * n_stretches + 1 + m + rows + n_units + 1 + n_unit_rows + AHEAD


@inlined
def fields(tape):
    """Return the arrays of the tape of the way forward.

    Stretch s is of row ``row[s]``; ``turn[s]`` tells whether it is the first or last of the row, or
    the end of a run. Its synapses are ``start[s] : start[s + 1]``, from the rows `pre`, of which
    those before ``inner[s]`` are inputs.
    ``code[i]`` is the activation of row i, ``bias[i]`` the place of its bias or -1, ``keep[i]``
    whether its net input is kept, ``out[i]`` its column of the outputs or -1. Row i is column
    ``column[i]`` of X, as far as there are inputs. ``outputs[j]`` is the row of output j,
    ``unit[i]`` the softmax layer of a row or -1, and
    ``unit_rows[unit_start[u] : unit_start[u + 1]]`` are its rows.
    """
    n, m, n_stretches, n_outputs, n_units = tape[0], tape[1], tape[2], tape[3], tape[4]
    n_unit_rows, n_inputs = tape[5], tape[6]
    at = HEADER
    row = tape[at : at + n_stretches]
    at += n_stretches
    start = tape[at : at + n_stretches + 1]
    at += n_stretches + 1
    turn = tape[at : at + n_stretches]
    at += n_stretches
    inner = tape[at : at + n_stretches]
    at += n_stretches
    pre = tape[at : at + m]
    at += m
    code = tape[at : at + n]
    at += n
    bias = tape[at : at + n]
    at += n
    keep = tape[at : at + n]
    at += n
    column = tape[at : at + n_inputs]
    at += n_inputs
    out = tape[at : at + n]
    at += n
    outputs = tape[at : at + n_outputs]
    at += n_outputs
    unit = tape[at : at + n]
    at += n
    unit_start = tape[at : at + n_units + 1]
    at += n_units + 1
    unit_rows = tape[at : at + n_unit_rows]
    stretch = row, start, turn, inner
    return stretch, pre, code, bias, keep, column, out, outputs, unit, unit_start, unit_rows


@inlined
def back_fields(tape):
    """Return the arrays of the tape of the way back.

    Stretches are like those of `fields`, but of pre rows, and rows come in descending order; their
    synapses lead to the rows `post`. Parameter q of the tape of the way forward has number
    ``source[q]`` here.
    """
    n_stretches, m, n_parameters = tape[0], tape[1], tape[2]
    at = 3
    row = tape[at : at + n_stretches]
    at += n_stretches
    start = tape[at : at + n_stretches + 1]
    at += n_stretches + 1
    turn = tape[at : at + n_stretches]
    at += n_stretches
    post = tape[at : at + m]
    at += m
    return row, start, turn, post, tape[at : at + n_parameters]
