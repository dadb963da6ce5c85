"""The walk: all neurons in topological order, a tile of examples at a time.

A tile is (n_neurons, lanes): a row per neuron, 8 to 64 examples side by side. There is no barrier
between levels, so depth costs nothing; a synapse costs a few instructions for all lanes together.
Forward, a row is the bias plus the weighted sum of earlier rows, then the activation. Back, each
row turns what later rows handed it into its delta, adds to the gradient of its synapses and hands
delta times weight to earlier rows. The parameters stand in the order of the tape.
"""

from __future__ import annotations

from neurosim.engines.compiled import codes
from neurosim.engines.compiled.jit import inlined
from neurosim.engines.compiled.own import call_function, call_slope
from neurosim.engines.compiled.rows import activate, softmax, softmax_to_delta, to_delta
from neurosim.engines.compiled.synapses import (
    hand_back8,
    hand_back16,
    hand_back32,
    hand_back64,
    push8,
    push16,
    push32,
    push64,
)

_INPUT, _IDENTITY, _SOFTMAX = codes.INPUT, codes.IDENTITY, codes.SOFTMAX
_THRESHOLD, _STEP, _OWN = codes.THRESHOLD, codes.STEP, codes.OWN
_FIRST_DIRECT = codes.FIRST_DIRECT


@inlined
def forward(parts, theta, addresses, keep_all, net_input, output, first, last):
    """Compute rows `first` to `last` of a tile whose input rows are filled."""
    start, pre, _, code, bias, keep, _, _, _, unit, unit_start, unit_rows = parts
    lanes = output.shape[1]
    for i in range(first, last):
        kind = code[i]
        if kind == _INPUT:
            continue
        b = theta[bias[i]] if bias[i] >= 0 else theta.dtype.type(0)
        if lanes == 64:
            push64(output, pre, theta, start[i], start[i + 1], b, i)
        elif lanes == 32:
            push32(output, pre, theta, start[i], start[i + 1], b, i)
        elif lanes == 16:
            push16(output, pre, theta, start[i], start[i + 1], b, i)
        else:
            push8(output, pre, theta, start[i], start[i + 1], b, i)
        if keep_all or keep[i]:
            for t in range(lanes):
                net_input[i, t] = output[i, t]
        if kind >= _OWN:
            call_function(addresses[kind - _OWN, 0], output, i)
        elif kind == _SOFTMAX:
            u = unit[i]
            if i == unit_rows[unit_start[u + 1] - 1]:
                softmax(output, unit_rows, unit_start[u], unit_start[u + 1])
        elif kind != _IDENTITY:
            activate(kind, output, i)


@inlined
def backward(
    parts, theta, addresses, net_input, output, delta, direct, kinds, gradient, all_inputs,
    first, last,
):  # fmt: skip
    """Go back from row `last` to row `first`.

    `delta` holds ∂E/∂output, as far as the cost and later rows have said. ``direct[j]`` is what the
    cost says of the delta of output j, if it says it there, as ``kinds[j]`` tells. The gradient of
    each parameter is added to `gradient`. Input rows get their delta if `all_inputs`.
    """
    start, pre, inner, code, bias, _, _, out, _, unit, unit_start, unit_rows = parts
    lanes = output.shape[1]
    for i in range(last - 1, first - 1, -1):
        kind = code[i]
        if kind != _INPUT:
            if kind >= _OWN:
                call_slope(addresses[kind - _OWN, 1], net_input, output, delta, i)
            elif kind == _SOFTMAX:
                u = unit[i]
                if i == unit_rows[unit_start[u + 1] - 1]:
                    softmax_to_delta(output, delta, unit_rows, unit_start[u], unit_start[u + 1])
            elif kind in (_THRESHOLD, _STEP):
                delta[i] = 0
            elif kind != _IDENTITY:
                to_delta(kind, net_input, output, delta, i)
        j = out[i]
        if j >= 0 and kinds[j] >= _FIRST_DIRECT:
            for t in range(lanes):
                delta[i, t] += direct[j, t]
        if kind == _INPUT:
            continue
        if bias[i] >= 0:
            total = gradient[bias[i]]
            for t in range(lanes):
                total += delta[i, t]
            gradient[bias[i]] = total
        inner_from = start[i] if all_inputs else inner[i]
        if lanes == 64:
            hand_back64(output, delta, pre, theta, gradient, start[i], inner_from, start[i + 1], i)
        elif lanes == 32:
            hand_back32(output, delta, pre, theta, gradient, start[i], inner_from, start[i + 1], i)
        elif lanes == 16:
            hand_back16(output, delta, pre, theta, gradient, start[i], inner_from, start[i + 1], i)
        else:
            hand_back8(output, delta, pre, theta, gradient, start[i], inner_from, start[i + 1], i)


@inlined
def fill(parts, X, rows, count, net_input, output, keep_all):
    """Write the examples `rows` into the input rows of a tile; the last fills the other lanes."""
    column = parts[6]
    for i in range(column.shape[0]):
        row, c = output[i], column[i]
        for t in range(count):
            row[t] = X[rows[t], c]
        for t in range(count, row.shape[0]):
            row[t] = row[count - 1]
        if keep_all:
            for t in range(row.shape[0]):
                net_input[i, t] = row[t]
