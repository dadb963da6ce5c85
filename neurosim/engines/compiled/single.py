"""The walk for one example: number by number, with nothing to share out and nothing to fill.

Incremental training and the activation of a small evolved network take one example at a time. The
arrays are those of a tile of one lane, (n_neurons, 1).
"""

from __future__ import annotations

import math

from neurosim.engines.compiled import codes
from neurosim.engines.compiled.costs import seed
from neurosim.engines.compiled.jit import compiled, inlined
from neurosim.engines.compiled.own import call_function, call_slope
from neurosim.engines.compiled.rows import activated, slope
from neurosim.engines.compiled.rules import step
from neurosim.engines.compiled.synapses import hand_back1, push1
from neurosim.engines.compiled.tape import fields
from neurosim.engines.compiled.train import batch_of, end_step

_IDENTITY, _SOFTMAX, _OWN = codes.IDENTITY, codes.SOFTMAX, codes.OWN
_THRESHOLD, _STEP, _DESCENT = codes.THRESHOLD, codes.STEP, codes.DESCENT
_FIRST_DIRECT = codes.FIRST_DIRECT


@compiled
def feed_one(tape, order, parameters, addresses, X, keep_all, net_input, output, result):
    """Write the outputs for the first example into `result`; return whether it is finite.

    `order` is the place in `parameters` of each parameter of the tape.
    """
    parts = fields(tape)
    column, outputs = parts[6], parts[8]
    zero = rest = X.dtype.type(0)
    for i in range(column.shape[0]):
        output[i, 0] = X[0, column[i]]
        net_input[i, 0] = output[i, 0]
        rest += zero * output[i, 0]  # 0 if that is finite, else NaN
    if rest != 0:
        return False
    start, pre, _, code, bias = parts[0], parts[1], parts[2], parts[3], parts[4]
    for i in range(column.shape[0], output.shape[0]):
        z = parameters[order[bias[i]]] if bias[i] >= 0 else rest
        for k in range(start[i], start[i + 1]):
            z += parameters[order[k]] * output[pre[k], 0]
        _finish(parts, addresses, code[i], z, keep_all, net_input, output, i)
    for j in range(outputs.shape[0]):
        result[0, j] = output[outputs[j], 0]
    return True


@inlined
def _finish(parts, addresses, kind, z, keep_all, net_input, output, i):
    """Turn a net input into an output."""
    if keep_all or parts[5][i]:
        net_input[i, 0] = z
    if kind < _SOFTMAX:
        output[i, 0] = activated(kind, z)
        return
    output[i, 0] = z
    if kind >= _OWN:
        call_function(addresses[kind - _OWN, 0], output, i)
        return
    unit, unit_start, unit_rows = parts[9], parts[10], parts[11]
    u = unit[i]
    if i == unit_rows[unit_start[u + 1] - 1]:
        _softmax(output, unit_rows[unit_start[u] : unit_start[u + 1]])


@inlined
def _softmax(output, rows):
    highest, total = output[rows[0], 0], output.dtype.type(0)
    for i in rows:
        highest = max(highest, output[i, 0])
    for i in rows:
        output[i, 0] = math.exp(output[i, 0] - highest)
        total += output[i, 0]
    for i in rows:
        output[i, 0] /= total


@compiled
def train_single(
    tape, theta, addresses, kinds, group, cost, rule, settings, memory, X, Y, order, batch,
    position, n_steps, sums, kept, gradients, net_inputs, outputs, deltas, directs, own_rows, packs,
    arrived, thread,
):  # fmt: skip
    """Take up to `n_steps` steps on one example each, as `train` explains; return how it ended."""
    parts, own, meetings = fields(tape), position[0], 0
    net_input, output, delta, direct = net_inputs[0], outputs[0], deltas[0], directs[0]
    start, pre, code, bias, column = parts[0], parts[1], parts[3], parts[4], parts[6]
    zero, one, plain = theta.dtype.type(0), theta.dtype.type(1), rule == _DESCENT
    target, factor = (theta, -settings[0]) if plain else (gradients[0], one)
    for _ in range(n_steps):
        if own[0] == sums.shape[1]:
            break
        rows = batch_of(order, own, batch)
        for i in range(column.shape[0]):
            output[i, 0] = X[rows[0], column[i]]
        for i in range(column.shape[0], output.shape[0]):
            z = theta[bias[i]] if bias[i] >= 0 else zero
            z = push1(output, pre, theta, start[i], start[i + 1], z)
            _finish(parts, addresses, code[i], z, False, net_input, output, i)
            delta[i, 0] = 0
        seed(
            kinds, group, cost, 1, parts[8], parts[9], parts[10], parts[11], net_input, output,
            delta, direct, Y, rows, 1, sums[0, own[0]],
        )  # fmt: skip
        _back(parts, theta, addresses, factor, target, net_input, output, delta, direct, kinds)
        if not plain:
            step(rule, settings, theta, gradients, memory, 0, theta.shape[0])
        meetings = end_step(
            theta, sums, kinds, kept, position, 0, order, batch, 0, theta.shape[0], arrived,
            meetings,
        )  # fmt: skip
        if own[3] > 0:
            return own[3]
    return 0


@inlined
def _back(parts, theta, addresses, factor, target, net_input, output, delta, direct, kinds):
    """Go back; add `factor` times the gradient to `target`, which may be `theta` itself."""
    start, pre, inner, code, bias, keep, column, out, _, unit, unit_start, unit_rows = parts
    for i in range(output.shape[0] - 1, column.shape[0] - 1, -1):
        kind = code[i]
        if kind < _THRESHOLD:
            z = net_input[i, 0] if keep[i] else output[i, 0]
            delta[i, 0] *= slope(kind, z, output[i, 0])
        elif kind in (_THRESHOLD, _STEP):
            delta[i, 0] = 0
        elif kind >= _OWN:
            call_slope(addresses[kind - _OWN, 1], net_input, output, delta, i)
        elif i == unit_rows[unit_start[unit[i] + 1] - 1]:
            _softmax_delta(output, delta, unit_rows[unit_start[unit[i]] : unit_start[unit[i] + 1]])
        d = delta[i, 0]
        if out[i] >= 0 and kinds[out[i]] >= _FIRST_DIRECT:
            d += direct[out[i], 0]
            delta[i, 0] = d
        if bias[i] >= 0:
            target[bias[i]] += factor * d
        hand_back1(
            output, delta, pre, theta, target, start[i], inner[i], start[i + 1], d, factor
        )


@inlined
def _softmax_delta(output, delta, rows):
    total = output.dtype.type(0)
    for i in rows:
        total += output[i, 0] * delta[i, 0]
    for i in rows:
        delta[i, 0] = output[i, 0] * (delta[i, 0] - total)
