"""Noise in kernels: the numbers of `neurosim.engines.noise`, drawn where they are needed.

`noise` is None, or a tuple: the number of the first step of a call; the key; `drop`, which rows, or
levels of dense layers, may be dropped, empty if none may; `limits` and `scales` by row; `spreads`
by column of X, empty if there are none; and for each thread two tiles: the masks, and what outputs
were before those were laid over them, from which slopes are taken.

With None, which is a type of its own, kernels are compiled without any of this.
"""

from __future__ import annotations

import math

import numpy as np

from neurosim.engines.compiled import codes
from neurosim.engines.compiled.jit import called, inlined
from neurosim.engines.noise import ANGLE, DROPPED, RADIUS, UNIT

_SOFTMAX = codes.SOFTMAX
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FACTOR1, _FACTOR2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFT1, _SHIFT2, _SHIFT3 = np.uint64(30), np.uint64(27), np.uint64(31)
_SPARE, _ONE = np.uint64(11), np.uint64(1)

# The places of the parts of `noise`.
STEP, KEY, DROP, LIMITS, SCALES, SPREADS, ROOM = range(7)


@inlined
def _mixed(bits, number):
    """Return the hash of a number, which is counted from where `bits` stand."""
    bits = bits + (np.uint64(number) + _ONE) * _GOLDEN
    bits = (bits ^ (bits >> _SHIFT1)) * _FACTOR1
    bits = (bits ^ (bits >> _SHIFT2)) * _FACTOR2
    return bits ^ (bits >> _SHIFT3)


@inlined
def _bits_of(noise, number, kind):
    """Return where numbers of a kind start in step `number` of a call."""
    return _mixed(noise[KEY], 3 * (noise[STEP] + number) + kind)


@inlined
def _normal(radius, angle, row, place):
    """Return a normally distributed number, given where those of both kinds start."""
    u = np.float64(_mixed(_mixed(radius, row), place) >> _SPARE)
    v = np.float64(_mixed(_mixed(angle, row), place) >> _SPARE)
    return math.sqrt(-2.0 * math.log((u + 1.0) * UNIT)) * math.cos(2 * math.pi * (v * UNIT))


@inlined
def _passed(value, mask):
    """Return a value times its mask; 0 where that is 0, even of infinity."""
    return value * mask if mask != 0 else mask


@called
def is_noisy(noise):
    """Return whether there is any noise."""
    return noise is not None


# -- tiles: a row per neuron, a column per example ---------------------------------------------


@called
def draw(noise, number, thread, place, count, column, output):
    """Draw all masks of a tile, whose first example has this `place` in its batch.

    Its input rows, which are filled, get their noise and their masks at once. The lanes from
    `count` on, which hold the last example again, get what that one gets.
    """
    if noise is not None:
        drop, limits, scales, spreads = noise[DROP], noise[LIMITS], noise[SCALES], noise[SPREADS]
        masks, zero, lanes = noise[ROOM][thread], output.dtype.type(0), output.shape[1]
        last = place + count - 1
        if spreads.shape[0] > 0:
            radius, angle = _bits_of(noise, number, RADIUS), _bits_of(noise, number, ANGLE)
            for i in range(column.shape[0]):
                spread = spreads[column[i]]
                if spread > 0:
                    for t in range(lanes):
                        value = spread * _normal(radius, angle, i, min(place + t, last))
                        output[i, t] += output.dtype.type(value)
        start = _bits_of(noise, number, DROPPED)
        for i in range(drop.shape[0]):
            if drop[i] == 0:
                continue
            bits, limit, scale = _mixed(start, i), limits[i], scales[i]
            for t in range(lanes):
                is_kept = _mixed(bits, min(place + t, last)) >> _SPARE >= limit
                masks[0, i, t] = scale if is_kept else zero
            if i < column.shape[0]:
                for t in range(lanes):
                    output[i, t] = _passed(output[i, t], masks[0, i, t])


@inlined
def lay(noise, thread, code, unit, unit_start, unit_rows, output, i):
    """Lay their masks over the outputs that are known with row i: its own, or a softmax layer's."""
    if noise is not None and noise[DROP].shape[0] > 0:
        drop, masks = noise[DROP], noise[ROOM][thread]
        if code[i] != _SOFTMAX:
            _lay_row(drop, masks, output, i)
        else:
            u = unit[i]
            if i == unit_rows[unit_start[u + 1] - 1]:
                for k in range(unit_start[u], unit_start[u + 1]):
                    _lay_row(drop, masks, output, unit_rows[k])


@inlined
def _lay_row(drop, masks, output, i):
    if drop[i] != 0:
        for t in range(output.shape[1]):
            masks[1, i, t] = output[i, t]
            output[i, t] = _passed(output[i, t], masks[0, i, t])


@inlined
def lift(noise, thread, output, delta, i):
    """Take the mask off row i again, where `delta` holds ∂E/∂ what it hands on."""
    if noise is not None and noise[DROP].shape[0] > 0 and noise[DROP][i] != 0:
        masks = noise[ROOM][thread]
        for t in range(output.shape[1]):
            output[i, t] = masks[1, i, t]
            delta[i, t] = _passed(delta[i, t], masks[0, i, t])


@inlined
def leave_out(noise, thread, delta, i):
    """Let row i have no delta where it is dropped: its slope there may be no number."""
    if noise is not None and noise[DROP].shape[0] > 0 and noise[DROP][i] != 0:
        masks = noise[ROOM][thread]
        for t in range(delta.shape[1]):
            delta[i, t] = delta[i, t] if masks[0, i, t] != 0 else masks[0, i, t]


# -- dense layers: a row per example, a column per neuron --------------------------------------


@called
def is_dropped(noise, level):
    """Return whether neurons of a level may be dropped."""
    if noise is not None:
        return noise[DROP].shape[0] > 0 and noise[DROP][level] != 0
    return False


@called
def is_moved(noise):
    """Return whether the inputs of dense layers are not those of X."""
    if noise is not None:
        return noise[SPREADS].shape[0] > 0 or is_dropped(noise, 0)
    return False


@called
def fill_inputs(noise, number, X, rows, n_examples, first, last, output):
    """Write the inputs `first` to `last` of a batch, which stand in the first columns."""
    if noise is not None:
        spreads = noise[SPREADS]
        radius, angle = _bits_of(noise, number, RADIUS), _bits_of(noise, number, ANGLE)
        for e in range(n_examples):
            for c in range(first, last):
                output[e, c] = X[rows[e], c]
                if spreads.shape[0] > 0 and spreads[c] > 0:
                    value = spreads[c] * _normal(radius, angle, c, e)
                    output[e, c] += output.dtype.type(value)
        if is_dropped(noise, 0):
            lay_columns(noise, number, first, first, last - first, n_examples, output)


@called
def lay_columns(noise, number, column, row, count, n_examples, output):
    """Draw the masks of `count` neurons, from a column and row on, and lay them over outputs."""
    if noise is not None:
        limits, scales, zero = noise[LIMITS], noise[SCALES], output.dtype.type(0)
        masks, start = noise[ROOM][0], _bits_of(noise, number, DROPPED)
        for c in range(count):
            bits, limit, scale = _mixed(start, row + c), limits[row + c], scales[row + c]
            for e in range(n_examples):
                mask = scale if _mixed(bits, e) >> _SPARE >= limit else zero
                masks[0, e, column + c] = mask
                masks[1, e, column + c] = output[e, column + c]
                output[e, column + c] = _passed(output[e, column + c], mask)


@called
def lift_columns(noise, first, last, n_examples, delta):
    """Multiply ∂E/∂ what neurons hand on by their masks."""
    if noise is not None:
        masks = noise[ROOM][0]
        for e in range(n_examples):
            for c in range(first, last):
                delta[e, c] = _passed(delta[e, c], masks[0, e, c])


@called
def leave_out_columns(noise, first, last, n_examples, delta):
    """Let dropped neurons have no deltas: their slopes may be no numbers."""
    if noise is not None:
        masks = noise[ROOM][0]
        for e in range(n_examples):
            for c in range(first, last):
                delta[e, c] = delta[e, c] if masks[0, e, c] != 0 else masks[0, e, c]


@called
def exchange_columns(noise, first, last, n_examples, output):
    """Let outputs be what they were without masks, or again what they are with them."""
    if noise is not None:
        whole = noise[ROOM][0][1]
        for e in range(n_examples):
            for c in range(first, last):
                output[e, c], whole[e, c] = whole[e, c], output[e, c]
