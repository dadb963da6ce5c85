"""The tape: a plan as one array of integers, which a kernel reads from end to end.

Rows stand in topological order. A few numbers come in front, then, one behind the other, the arrays
that `fields` returns. One array instead of a dozen makes a call cheaper.
"""

from __future__ import annotations

import numpy as np
from attrs import frozen

from neurosim.checks import BoolArray, IntArray
from neurosim.compiler.plan import Plan
from neurosim.engines.compiled import codes
from neurosim.engines.compiled.jit import inlined

HEADER = 6  # the numbers in front


@frozen(eq=False)
class Tape:
    """A plan for the walk.

    Attributes
    ----------
    array : (n,) int32 array
    order : (n_parameters,) int32 array
        The place in the parameter vector of each parameter of the walk: weights neuron by
        neuron, then biases.
    n_neurons, n_synapses, n_outputs : int
    in_order : bool
        Whether that is the parameter vector itself.
    """

    array: IntArray
    order: IntArray
    n_neurons: int
    n_synapses: int
    n_outputs: int
    in_order: bool


def make_tape(plan: Plan, code: IntArray, keep: BoolArray) -> Tape:
    """Return the tape of a plan.

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
    rows = np.arange(n)
    inputs = rows[plan.input_rows]
    column = np.empty(plan.n_inputs, int)  # the inputs are the first rows
    column[inputs] = np.arange(plan.n_inputs)
    from_input = np.concatenate([[0], np.cumsum(code[pre] == codes.INPUT)])
    inner = start[:-1] + from_input[start[1:]] - from_input[start[:-1]]
    bias = np.full(n, -1)
    bias_rows = rows[plan.bias_rows]
    bias[bias_rows] = plan.n_weights + np.arange(len(bias_rows))
    out = np.full(n, -1)
    out[plan.output_index] = np.arange(plan.n_outputs)
    unit, unit_start, unit_rows = _units(plan, code)
    parts = (start, pre, inner, code, bias, keep, column, out, plan.output_index, unit)
    units = len(unit_start) - 1, len(unit_rows)
    header = (n, len(pre), plan.n_outputs, *units, plan.n_inputs)
    flat = np.concatenate([header, *parts, unit_start, unit_rows]).astype(np.int32)
    order = np.concatenate([place, np.arange(plan.n_weights, plan.n_parameters)]).astype(np.int32)
    in_order = bool((order == np.arange(len(order))).all())
    return Tape(flat, order, n, len(pre), plan.n_outputs, in_order)


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
    """Return how long a tape is, given the numbers in front."""
    n, m, n_outputs, n_units = tape[0], tape[1], tape[2], tape[3]
    return HEADER + 7 * n + 2 + m + n_outputs + n_units + tape[4] + tape[5]


@inlined
def fields(tape):
    """Return the arrays of a tape.

    ``start[i] : start[i + 1]`` are the synapses into row i, from the rows `pre`, of which those
    before ``inner[i]`` are inputs; ``code[i]`` its activation, ``bias[i]`` the place of its bias or
    -1, ``keep[i]`` whether its net input is kept, ``out[i]`` its column of the outputs or -1.
    Row i is column ``column[i]`` of X, as far as there are inputs. ``outputs[j]`` is the row of
    output j, ``unit[i]`` the softmax layer of a row or -1, and
    ``unit_rows[unit_start[u] : unit_start[u + 1]]`` are its rows.
    """
    n, m, n_outputs, n_units = tape[0], tape[1], tape[2], tape[3]
    n_unit_rows, n_inputs = tape[4], tape[5]
    at = HEADER
    start = tape[at : at + n + 1]
    at += n + 1
    pre = tape[at : at + m]
    at += m
    inner = tape[at : at + n]
    at += n
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
    return start, pre, inner, code, bias, keep, column, out, outputs, unit, unit_start, unit_rows
