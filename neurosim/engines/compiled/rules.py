"""Training rules over a stretch of the parameters, in place.

The gradients of all threads are added up in the order of the threads and cleared on the way, so
that the result does not depend on which was first.
"""

from __future__ import annotations

import numpy as np

from neurosim.engines.compiled import codes
from neurosim.engines.compiled.jit import inlined

_MOMENTUM = codes.MOMENTUM


@inlined
def step(rule, settings, parameters, gradients, memory, first, last):
    """Take a step on ``parameters[first:last]``.

    `gradients` is (n_threads, n_parameters), `memory` has a row for each array the rule keeps,
    `settings` are the rule's numbers: the learning rate, then the momentum.
    """
    # Loops from 0 on over views become vector instructions; from `first` on they would not.
    total, mine = gradients[0, first:last], parameters[first:last]
    for k in range(1, gradients.shape[0]):
        other = gradients[k, first:last]
        for p in range(other.shape[0]):
            total[p] += other[p]
            other[p] = 0
    rate = settings[0]
    if rule == _MOMENTUM:
        kept, velocity = settings[1], memory[0, first:last]
        for p in range(mine.shape[0]):
            velocity[p] = kept * velocity[p] + total[p]
            mine[p] -= rate * velocity[p]
            total[p] = 0
    else:
        for p in range(mine.shape[0]):
            mine[p] -= rate * total[p]
            total[p] = 0


@inlined
def keep(parameters, kept, first, last):
    """Copy ``parameters[first:last]`` and return whether all of them are finite."""
    mine, copy, bad = parameters[first:last], kept[first:last], np.int64(0)
    for p in range(mine.shape[0]):
        copy[p] = mine[p]
        bad += mine[p] - mine[p] != 0  # a sum of these differences could be thought away
    return bad == 0
