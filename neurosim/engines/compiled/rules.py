"""Training rules over a stretch of the parameters, in place, and what else shapes a step.

`shape` is a tuple: `numbers`, a row of them for each step or one for all; the strength of the
penalties `l1` and `l2` and the `factors` of the steps, by parameter, each empty if there are none;
`limits`; where in `slots` the free incoming weights of each neuron begin; and room for a norm of
each thread. A factor of 0 holds a parameter: it is left out of all of this.

The gradients of all threads are added up in the order of the threads and cleared on the way, so
that the result does not depend on which was first.
"""

from __future__ import annotations

import math

import numpy as np

from neurosim.engines.compiled import codes
from neurosim.engines.compiled.formulas import take_step
from neurosim.engines.compiled.jit import called, inlined
from neurosim.engines.compiled.threads import meet

_DESCENT = codes.DESCENT

# Of the limits: what a number and the norm of a gradient may be, how long the vector of a neuron's
# weights may be, and whether a gradient is changed at all before the rule has it.
CLIP_VALUE, CLIP_NORM, MAX_NORM, SHAPED = range(4)


@inlined
def is_plain(rule, shape):
    """Return whether a step is the learning rate times the gradient, and nothing else."""
    return (
        rule == _DESCENT and shape[4][SHAPED] == 0 and shape[3].shape[0] == 0
        and shape[4][MAX_NORM] == np.inf
    )  # fmt: skip


@inlined
def row_of(shape, number):
    """Return the numbers of a rule for step `number` of this call."""
    return shape[0][min(number, shape[0].shape[0] - 1)]


@inlined
def prepare(shape, theta, gradients, first, last, thread, arrived, meetings):
    """Add penalties to a gradient and clip it, if that is asked for; return the meetings."""
    if shape[4][SHAPED] > 0:
        _penalise(shape, theta, gradients, first, last, thread)
        meetings = meet(arrived, meetings, gradients.shape[0])
        _clip(shape, gradients, first, last)
    return meetings


@called
def _penalise(shape, theta, gradients, first, last, thread):
    l1, l2, factors, norms = shape[1], shape[2], shape[3], shape[7]
    _add_up(gradients, first, last)
    total, mine = gradients[0, first:last], theta[first:last]
    if factors.shape[0] > 0:
        factor = factors[first:last]
        for p in range(mine.shape[0]):
            if factor[p] == 0:  # held: whatever its gradient is, no norm has it
                total[p] = 0
    if l2.shape[0] > 0:
        strength = l2[first:last]
        for p in range(mine.shape[0]):
            total[p] += strength[p] * mine[p]
    if l1.shape[0] > 0:
        strength = l1[first:last]
        for p in range(mine.shape[0]):
            total[p] += strength[p] * np.sign(mine[p])
    square = 0.0
    if shape[4][CLIP_NORM] < np.inf:
        for p in range(mine.shape[0]):
            square += np.float64(total[p]) * np.float64(total[p])
    norms[thread] = square


@called
def _clip(shape, gradients, first, last):
    limits, norms, total = shape[4], shape[7], gradients[0, first:last]
    one = gradients.dtype.type(1)
    square = 0.0
    for k in range(gradients.shape[0]):
        square += norms[k]
    if math.sqrt(square) > limits[CLIP_NORM]:
        scale = one * (limits[CLIP_NORM] / math.sqrt(square))
        for p in range(total.shape[0]):
            total[p] *= scale
    if limits[CLIP_VALUE] < np.inf:
        most = one * limits[CLIP_VALUE]
        for p in range(total.shape[0]):
            total[p] = min(max(total[p], -most), most)


@inlined
def _add_up(gradients, first, last):
    """Add up the gradients of all threads in the first row, and clear the others."""
    # Loops from 0 on over views become vector instructions; from `first` on they would not.
    total = gradients[0, first:last]
    for k in range(1, gradients.shape[0]):
        other = gradients[k, first:last]
        for p in range(other.shape[0]):
            total[p] += other[p]
            other[p] = 0


@inlined
def step(rule, row, shape, theta, gradients, memory, first, last):
    """Take a step on ``theta[first:last]``; `memory` has a row for each array the rule keeps."""
    if shape[4][SHAPED] == 0:
        _add_up(gradients, first, last)
    step_by(rule, row, shape, theta, gradients[0, first:last], memory, first, last)


@inlined
def step_by(rule, row, shape, theta, total, memory, first, last):
    """Do so by the gradient of these parameters alone, `total`, which is cleared."""
    take_step(rule, row, total, theta[first:last], shape[3], memory, first)


@inlined
def limit_norms(shape, theta, thread, n_threads, arrived, meetings):
    """Cut back the incoming weights of a thread's neurons; return the meetings."""
    if shape[4][MAX_NORM] < np.inf:
        meetings = meet(arrived, meetings, n_threads)
        _cut(shape, theta, thread, n_threads)
        meetings = meet(arrived, meetings, n_threads)
    return meetings


@called
def _cut(shape, theta, thread, n_threads):
    start, slots, most = shape[5], shape[6], shape[4][MAX_NORM]
    n = start.shape[0] - 1
    for i in range(n * thread // n_threads, n * (thread + 1) // n_threads):
        square = 0.0
        for k in range(start[i], start[i + 1]):
            square += np.float64(theta[slots[k]]) * np.float64(theta[slots[k]])
        if math.sqrt(square) > most:
            scale = theta.dtype.type(1) * (most / math.sqrt(square))
            for k in range(start[i], start[i + 1]):
                theta[slots[k]] *= scale


@inlined
def keep(parameters, kept, first, last):
    """Copy ``parameters[first:last]`` and return whether all of them are finite."""
    mine, copy, bad = parameters[first:last], kept[first:last], np.int64(0)
    for p in range(mine.shape[0]):
        copy[p] = mine[p]
        bad += mine[p] - mine[p] != 0  # a sum of these differences could be thought away
    return bad == 0
