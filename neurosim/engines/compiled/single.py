"""The walk for one example: number by number, with nothing to share out and nothing to fill.

Incremental training and the activation of a small evolved network take one example at a time. The
arrays are those of a tile of one lane, (n_neurons, 1).
"""

from __future__ import annotations

import math

import numpy as np

from neurosim.engines.compiled import codes
from neurosim.engines.compiled.costs import seed, total_weight
from neurosim.engines.compiled.jit import compiled, inlined
from neurosim.engines.compiled.noise import draw, lay, leave_out, lift
from neurosim.engines.compiled.own import call_function, call_slope
from neurosim.engines.compiled.rows import activated, slope
from neurosim.engines.compiled.rules import is_plain, limit_norms, prepare, row_of, step
from neurosim.engines.compiled.synapses import hand_back1, push1
from neurosim.engines.compiled.tape import FIRST, LAST, fields
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
    (row, start, turn, _), pre, code, bias = parts[:4]
    column, outputs = parts[5], parts[7]
    zero, bad = X.dtype.type(0), False
    for i in range(column.shape[0]):
        output[i, 0] = X[0, column[i]]
        net_input[i, 0] = output[i, 0]
        bad |= output[i, 0] - output[i, 0] != 0  # of a sum of differences nothing would be left
    if bad:
        return False
    for s in range(row.shape[0]):
        i, z = row[s], zero
        if turn[s] & FIRST == 0:
            z = output[i, 0]
        elif bias[i] >= 0:
            z = parameters[order[bias[i]]]
        for k in range(start[s], start[s + 1]):
            z += parameters[order[k]] * output[pre[k], 0]
        _finish(parts, addresses, code[i], turn[s], z, keep_all, net_input, output, i)
    for j in range(outputs.shape[0]):
        result[0, j] = output[outputs[j], 0]
    return True


@inlined
def _finish(parts, addresses, kind, turn, z, keep_all, net_input, output, i):
    """Turn a net input into an output, if it is whole."""
    output[i, 0] = z
    if turn & LAST == 0:
        return
    if keep_all or parts[4][i]:
        net_input[i, 0] = z
    if kind < _SOFTMAX:
        output[i, 0] = activated(kind, z)
        return
    if kind >= _OWN:
        call_function(addresses[kind - _OWN, 0], output, i)
        return
    unit, unit_start, unit_rows = parts[8], parts[9], parts[10]
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
    tape, way_back, theta, ahead, addresses, kinds, group, cost, rule, shape, memory, noise, X,
    Y, weights, order, batch, position, n_steps, sums, kept, gradients, net_inputs, outputs, deltas,
    directs, own_rows, packs, arrived, thread,
):  # fmt: skip
    """Take up to `n_steps` steps on one example each, as `train` explains; return how it ended."""
    parts, own, meetings = fields(tape), position[0], 0
    net_input, output, delta, direct = net_inputs[0], outputs[0], deltas[0], directs[0]
    (row, start, turn, _), pre, code, bias = parts[:4]
    column = parts[5]
    zero, one, plain = theta.dtype.type(0), theta.dtype.type(1), is_plain(rule, shape)
    for number in range(n_steps):
        numbers = row_of(shape, number)
        target, factor = (theta, -numbers[0]) if plain else (gradients[0], one)
        if own[0] == sums.shape[1]:
            break
        rows = batch_of(order, own, batch)
        for k in range(column.shape[0]):
            output[k, 0] = X[np.uintp(rows[0]), np.uintp(column[k])]
        draw(noise, number, 0, 0, 1, column, output)
        for s in range(row.shape[0]):
            i, z = np.uintp(row[s]), zero
            if turn[s] & FIRST == 0:
                z = output[i, 0]
            elif bias[i] >= 0:
                z = theta[np.uintp(bias[i])]
            z = push1(output, pre, theta, start[s], start[s + 1], z)
            _finish(parts, addresses, code[i], turn[s], z, False, net_input, output, i)
            if turn[s] & LAST != 0:
                lay(noise, 0, code, parts[8], parts[9], parts[10], output, i)
            delta[i, 0] = 0
        seed(
            kinds, group, cost, 1, total_weight(weights, rows), parts[7], parts[8], parts[9],
            parts[10], net_input, output, delta, direct, Y, weights, rows, 1, sums[0, own[0]], 0,
            output.shape[0], False,
        )  # fmt: skip
        _back(
            parts, theta, addresses, factor, target, noise, net_input, output, delta, direct, kinds
        )  # fmt: skip
        if not plain:
            meetings = prepare(shape, theta, gradients, 0, theta.shape[0], 0, arrived, meetings)
            step(rule, numbers, shape, theta, gradients, memory, 0, theta.shape[0])
            meetings = limit_norms(shape, theta, 0, 1, arrived, meetings)
        meetings = end_step(
            theta, sums, kinds, kept, position, 0, order, batch, 0, theta.shape[0], arrived,
            meetings,
        )  # fmt: skip
        if own[3] > 0:
            return own[3]
    return 0


@inlined
def _back(
    parts, theta, addresses, factor, target, noise, net_input, output, delta, direct, kinds
):
    """Go back; add `factor` times the gradient to `target`, which may be `theta` itself."""
    stretch, pre, code, bias, keep, _, out, _, unit, unit_start, unit_rows = parts
    row, start, turn, inner = stretch
    for s in range(row.shape[0] - 1, -1, -1):
        i = np.uintp(row[s])
        if turn[s] & LAST != 0:
            kind = code[i]
            if kind != _SOFTMAX:
                lift(noise, 0, output, delta, i)
            if kind < _THRESHOLD:
                z = net_input[i, 0] if keep[i] else output[i, 0]
                delta[i, 0] *= slope(kind, z, output[i, 0])
            elif kind in (_THRESHOLD, _STEP):
                delta[i, 0] = 0
            elif kind >= _OWN:
                call_slope(addresses[kind - _OWN, 1], net_input, output, delta, i)
            elif i == unit_rows[unit_start[unit[i] + 1] - 1]:
                rows = unit_rows[unit_start[unit[i]] : unit_start[unit[i] + 1]]
                for k in rows:
                    lift(noise, 0, output, delta, k)
                _softmax_delta(output, delta, rows)
            if kind != _SOFTMAX:
                leave_out(noise, 0, delta, i)
            j = out[i]
            if j >= 0 and kinds[np.uintp(j)] >= _FIRST_DIRECT:
                delta[i, 0] += direct[np.uintp(j), 0]
            if bias[i] >= 0:
                target[np.uintp(bias[i])] += factor * delta[i, 0]
        hand_back1(
            output, delta, pre, theta, target, start[s], inner[s], start[s + 1], delta[i, 0],
            factor,
        )  # fmt: skip


@inlined
def _softmax_delta(output, delta, rows):
    total = output.dtype.type(0)
    for i in rows:
        total += output[i, 0] * delta[i, 0]
    for i in rows:
        delta[i, 0] = output[i, 0] * (delta[i, 0] - total)
