"""The tapes: a plan as arrays of integers, which kernels read from end to end.

Rows stand in topological order. A tape lists the synapses stretch by stretch: those between one row
and a part of the rows at their other ends. As a rule a row has one stretch. Where a level hears so
much of the rows before it that they are needed again and again, they are taken in parts that stay
in the nearest cache, and each row of the level has a stretch for each part.

There is one tape for the way forward, by post row, and one for the way back, by pre row: so that
either way a row gathers from others and nothing is scattered. Each has the weights in an order of
its own, with the biases behind them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen

from neurosim.checks import BoolArray, IntArray
from neurosim.compiler.plan import Plan
from neurosim.engines.compiled import codes
from neurosim.engines.compiled.jit import inlined
from neurosim.model.sorting import starts, stretches

# A part is large enough for stretches of so many synapses, if it has no more rows than this.
_LONG, _MOST_ROWS = 24, 2048
# Whether a stretch is the first of its row, the last of its row, or both.
FIRST, LAST = 1, 2
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
class Stretches:
    """The stretches of all rows, and the order that brings their synapses together.

    Attributes
    ----------
    row, start, turn : (n_stretches,), (n_stretches + 1,), (n_stretches,) int arrays
    order : (n_synapses,) int array, or a slice of everything
        Of synapses that were sorted by row.
    """

    row: IntArray
    start: IntArray
    turn: IntArray
    order: IntArray | slice


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
    n = plan.n_neurons
    start, pre, place = plan.walk
    found = _stretches(plan.level, start, pre, first=plan.n_inputs)
    pre, place = pre[found.order], place[found.order]
    from_input = np.concatenate([[0], np.cumsum(pre < plan.n_inputs)])
    inner = found.start[:-1] + from_input[found.start[1:]] - from_input[found.start[:-1]]
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
    parts = (found.row, found.start, found.turn, inner, pre, code, bias, keep, column, out,
             plan.output_index, unit, unit_start, unit_rows)  # fmt: skip
    return Tape(_joined(header, *parts), _with_biases(plan, place))


def back_tape(plan: Plan, forward: Tape) -> Tape:
    """Return the tape of the way back, for the `forward` one."""
    n = plan.n_neurons
    order = np.argsort(plan.synapse_pre, kind="stable")
    order = order.astype(np.int32)
    post = plan.synapse_post[order]
    start = starts(np.bincount(plan.synapse_pre, minlength=n))
    found = _stretches(plan.level, start, post, first=0, down=True)
    post, place = post[found.order], _with_biases(plan, order[found.order])
    where = np.empty(plan.n_parameters, np.int32)  # in the order of the forward tape
    where[forward.order] = np.arange(plan.n_parameters, dtype=np.int32)
    header = (len(found.row), len(post), plan.n_parameters)
    parts = (found.row, found.start, found.turn, post, where[place])
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
    size, n_parts, low = _parts(level, start, others, in_level, first)
    turn = np.full(len(rows), FIRST | LAST)
    if (n_parts <= 1).all():
        return _in_turn(rows, turn, start[first:-1], np.diff(start[first:]), down)
    own = level[rows]
    cells = in_level * n_parts
    # Cells row by row, as the synapses are: where those of a level, and of a row, begin.
    level_first = first + starts(in_level)[:-1]
    row_cell = starts(cells)[:-1][own] + (rows - level_first[own]) * n_parts[own]
    row_of = np.repeat(rows, np.diff(start[first:]))
    own_of = level[row_of]
    cell = row_cell[row_of - first] + (others - low[own_of]) // size[own_of]
    count = np.bincount(cell, minlength=int(cells.sum()))
    # The same cells part by part.
    of_level = np.repeat(np.arange(len(cells)), cells)
    inside = np.arange(len(of_level)) - starts(cells)[of_level]
    part, row = inside // in_level[of_level], inside % in_level[of_level]
    source = starts(cells)[of_level] + row * n_parts[of_level] + part
    at_first, at_last = part == 0, part == n_parts[of_level] - 1
    turn = FIRST * (at_last if down else at_first) + LAST * (at_first if down else at_last)
    begin = starts(count)[source]
    return _in_turn(row + level_first[of_level], turn, begin, count[source], down)


def _in_turn(
    row: IntArray, turn: IntArray, begin: IntArray, count: IntArray, down: bool
) -> Stretches:
    """Return stretches in the order in which they are taken, given where their synapses begin."""
    if down:
        row, turn, begin, count = row[::-1], turn[::-1], begin[::-1], count[::-1]
    return Stretches(row, starts(count), turn, stretches(begin, count))


def _parts(
    level: IntArray, start: IntArray, others: IntArray, in_level: IntArray, first: int
) -> tuple[IntArray, IntArray, IntArray]:
    """Return, per level, the rows in a part of what its rows hear, how many parts, and the first.

    A level that hears little of what it hears from has one part.
    """
    bounds = start[first + starts(in_level)]
    count = np.diff(bounds)
    size, n_parts = np.full(len(count), 1 << 30), np.ones(len(count), np.int64)
    low = np.zeros(len(count), np.int64)
    dense = count >= 2 * _LONG * np.maximum(in_level, 1)
    if not dense.any():
        return size, n_parts, low
    begin = bounds[:-1][dense]
    # What lies between two dense levels belongs to neither: it is left out by its bounds.
    edges = np.column_stack([begin, bounds[1:][dense]]).ravel()
    padded = np.append(others, others[-1:])
    lowest = np.minimum.reduceat(padded, edges)[::2]
    span = np.maximum.reduceat(padded, edges)[::2] - lowest + 1
    wanted = _LONG * span * in_level[dense] / count[dense]
    part = 1 << np.ceil(np.log2(wanted)).astype(np.int64)
    cut = (part <= _MOST_ROWS) & (2 * part <= span)
    which = np.flatnonzero(dense)[cut]
    size[which], low[which] = part[cut], lowest[cut]
    n_parts[which] = -(-span[cut] // part[cut])
    return size, n_parts, low


def _joined(*parts: Any) -> IntArray:
    flat: IntArray = np.concatenate([*parts, np.zeros(AHEAD)]).astype(np.int32)
    return flat


def _with_biases(plan: Plan, place: IntArray) -> IntArray:
    """Return the places of all parameters, where those of the weights are `place`."""
    return np.concatenate([place, np.arange(plan.n_weights, plan.n_parameters)]).astype(np.int32)


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

    Stretch s is of row ``row[s]``, whose turn it is as ``turn[s]`` tells; its synapses are
    ``start[s] : start[s + 1]``, from the rows `pre`, of which those before ``inner[s]`` are inputs.
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
    synapses lead to the rows `post`. Parameter p has number ``ahead[p]`` on the tape of the way
    forward.
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
