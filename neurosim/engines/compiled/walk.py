"""The walk: all neurons in topological order, a tile of examples at a time.

A tile is (n_neurons, lanes): a row per neuron, 8 to 64 examples side by side. There is no barrier
between levels, so depth costs nothing; a synapse costs a few instructions for all lanes together.
Forward, a row is the bias plus the weighted sum of earlier rows, then the activation. Back, a row
gathers ∂E/∂output from the deltas of later rows, which gives the gradient of those synapses at the
same time, and turns it into its own delta. Each way has its tape, and the weights in its order.

Rows are counted without a sign: with one, each access would first see whether it is negative.
"""

from __future__ import annotations

import numpy as np

from neurosim.engines.compiled import codes
from neurosim.engines.compiled.jit import inlined
from neurosim.engines.compiled.noise import lay, leave_out, lift
from neurosim.engines.compiled.own import call_function, call_slope
from neurosim.engines.compiled.rows import activate, row_total, softmax, softmax_to_delta, to_delta
from neurosim.engines.compiled.synapses import (
    pull8,
    pull16,
    pull32,
    pull64,
    pull_inputs8,
    pull_inputs16,
    pull_inputs32,
    pull_inputs64,
    push8,
    push16,
    push32,
    push64,
)
from neurosim.engines.compiled.tape import END, FIRST, LAST

_INPUT, _IDENTITY, _SOFTMAX = codes.INPUT, codes.IDENTITY, codes.SOFTMAX
_THRESHOLD, _STEP, _OWN = codes.THRESHOLD, codes.STEP, codes.OWN
_FIRST_DIRECT = codes.FIRST_DIRECT


# A tile of more bytes does not stay in a processor's own cache.
_NEAR = 1 << 20


@inlined
def _is_far(tile):
    """Return whether rows of a tile are worth asking for before they are needed."""
    return tile.size * tile.itemsize > _NEAR


@inlined
def forward(parts, theta, addresses, keep_all, noise, thread, net_input, output):
    """Compute the rows of a tile whose input rows are filled, and whose masks are drawn."""
    stretch, pre, code, bias, keep, _, _, _, unit, unit_start, unit_rows = parts
    row, start, turn, _ = stretch
    lanes = output.shape[1]
    far = _is_far(output)
    waiting = np.uintp(0)  # rows of the run so far
    for s in range(row.shape[0]):
        i, fresh = np.uintp(row[s]), turn[s] & FIRST != 0
        b = theta[np.uintp(bias[i])] if fresh and bias[i] >= 0 else theta.dtype.type(0)
        if lanes == 64:
            push64(output, pre, theta, start[s], start[s + 1], b, i, fresh, far)
        elif lanes == 32:
            push32(output, pre, theta, start[s], start[s + 1], b, i, fresh, far)
        elif lanes == 16:
            push16(output, pre, theta, start[s], start[s + 1], b, i, fresh, far)
        else:
            push8(output, pre, theta, start[s], start[s + 1], b, i, fresh, far)
        if turn[s] & END == 0:
            waiting += np.uintp(turn[s] & LAST != 0)
            continue
        kind, first, last = code[i], i - waiting, i + np.uintp(1)
        waiting = np.uintp(0)
        for k in range(first, last):
            if keep_all or keep[k]:
                for t in range(lanes):
                    net_input[k, t] = output[k, t]
        if kind >= _OWN:
            for k in range(first, last):
                call_function(addresses[kind - _OWN, 0], output, k)
        elif kind == _SOFTMAX:
            u = unit[i]
            if i == unit_rows[unit_start[u + 1] - 1]:
                softmax(output, unit_rows, unit_start[u], unit_start[u + 1])
        elif kind != _IDENTITY:
            activate(kind, output, first, last)
        for k in range(first, last):
            lay(noise, thread, code, unit, unit_start, unit_rows, output, k)


@inlined
def backward(
    parts, back, theta, addresses, noise, thread, net_input, output, delta, direct, kinds, gradient,
    all_inputs,
):  # fmt: skip
    """Go back over a tile; add the gradient of each parameter to `gradient`.

    For outputs `delta` holds ∂E/∂output, as far as the cost says it there, and ``direct[j]`` is
    what the cost says of the delta of output j, as ``kinds[j]`` tells. Input rows get their delta
    if `all_inputs`. Weights and their gradient stand in the order of the tape of the way back.
    """
    _, _, code, bias, _, _, out, _, unit, unit_start, unit_rows = parts
    row, start, turn, post, _ = back
    lanes = output.shape[1]
    far = _is_far(output)
    waiting = np.uintp(0)  # rows of the run so far
    for s in range(row.shape[0]):
        i, first, last = np.uintp(row[s]), start[s], start[s + 1]
        kind = code[i]
        if kind == _INPUT and not all_inputs:
            if lanes == 64:
                pull_inputs64(output, delta, post, gradient, first, last, i, far)
            elif lanes == 32:
                pull_inputs32(output, delta, post, gradient, first, last, i, far)
            elif lanes == 16:
                pull_inputs16(output, delta, post, gradient, first, last, i, far)
            else:
                pull_inputs8(output, delta, post, gradient, first, last, i, far)
            continue
        fresh = turn[s] & FIRST != 0 and out[i] < 0
        if lanes == 64:
            pull64(output, delta, post, theta, gradient, first, last, i, fresh, far)
        elif lanes == 32:
            pull32(output, delta, post, theta, gradient, first, last, i, fresh, far)
        elif lanes == 16:
            pull16(output, delta, post, theta, gradient, first, last, i, fresh, far)
        else:
            pull8(output, delta, post, theta, gradient, first, last, i, fresh, far)
        if kind == _INPUT:
            continue
        if turn[s] & END == 0:
            waiting += np.uintp(turn[s] & LAST != 0)
            continue
        run_last = i + waiting + np.uintp(1)
        waiting = np.uintp(0)
        if kind == _SOFTMAX:
            u = unit[i]
            if i == unit_rows[unit_start[u]]:
                for k in range(unit_start[u], unit_start[u + 1]):
                    lift(noise, thread, output, delta, unit_rows[k])
                softmax_to_delta(output, delta, unit_rows, unit_start[u], unit_start[u + 1])
                for k in range(unit_start[u], unit_start[u + 1]):
                    _close(np.uintp(unit_rows[k]), bias, out, delta, direct, kinds, gradient)
            continue
        for k in range(i, run_last):
            lift(noise, thread, output, delta, k)
        if kind >= _OWN:
            for k in range(i, run_last):
                call_slope(addresses[kind - _OWN, 1], net_input, output, delta, k)
        elif kind in (_THRESHOLD, _STEP):
            for k in range(i, run_last):
                delta[k] = 0
        elif kind != _IDENTITY:
            to_delta(kind, net_input, output, delta, i, run_last)
        for k in range(i, run_last):
            leave_out(noise, thread, delta, k)
            _close(k, bias, out, delta, direct, kinds, gradient)


@inlined
def _close(i, bias, out, delta, direct, kinds, gradient):
    """Add what the cost says of the delta of row i, and that to the gradient of its bias."""
    j = out[i]
    if j >= 0 and kinds[j] >= _FIRST_DIRECT:
        for t in range(delta.shape[1]):
            delta[i, t] += direct[j, t]
    if bias[i] >= 0:
        p = np.uintp(bias[i])
        gradient[p] += row_total(delta, i)


@inlined
def clear(outputs, delta):
    """Begin a way back: the cost has said nothing of the outputs yet."""
    for i in outputs:
        delta[i] = 0


@inlined
def fill(parts, X, rows, count, net_input, output, keep_all):
    """Write the examples `rows` into the input rows of a tile; the last fills the other lanes."""
    column = parts[5]
    for i in range(column.shape[0]):
        row, c = output[i], column[i]
        for t in range(count):
            row[t] = X[rows[t], c]
        for t in range(count, row.shape[0]):
            row[t] = row[count - 1]
        if keep_all:
            for t in range(row.shape[0]):
                net_input[i, t] = row[t]
