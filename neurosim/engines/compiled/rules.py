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
    total = gradients[0]
    for k in range(1, gradients.shape[0]):
        other = gradients[k]
        for p in range(first, last):
            total[p] += other[p]
            other[p] = 0
    rate = settings[0]
    if rule == _MOMENTUM:
        kept, velocity = settings[1], memory[0]
        for p in range(first, last):
            velocity[p] = kept * velocity[p] + total[p]
            parameters[p] -= rate * velocity[p]
            total[p] = 0
    else:
        for p in range(first, last):
            parameters[p] -= rate * total[p]
            total[p] = 0


@inlined
def keep(parameters, kept, first, last):
    """Copy ``parameters[first:last]`` and return whether all of them are finite."""
    bad = np.int64(0)
    for p in range(first, last):
        value = parameters[p]
        kept[p] = value
        bad += value - value != 0
    return bad == 0
