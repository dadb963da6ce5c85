"""Whole epochs in one call: every thread walks its tiles, then changes its share of parameters.

All threads run `train` with the same arguments but their number, and meet at barriers: after a
batch's gradients are there, and after the step. What one thread alone writes has a row per thread.
"""

from __future__ import annotations

import numpy as np

from neurosim.engines.compiled import codes
from neurosim.engines.compiled.costs import seed
from neurosim.engines.compiled.jit import compiled
from neurosim.engines.compiled.rules import keep, step
from neurosim.engines.compiled.tape import fields
from neurosim.engines.compiled.threads import wait_for_all
from neurosim.engines.compiled.walk import backward, fill, forward

WHOLE, COST, PARAMETERS, REACHED = range(4)
_ERRORS, _FIRST_DIRECT = codes.ERRORS, codes.FIRST_DIRECT


@compiled
def train(
    tape, theta, addresses, kinds, group, cost, rule, settings, memory,
    X, Y, order, batch, position, n_steps, sums, kept,
    gradients, net_inputs, outputs, deltas, directs, arrived, thread,
):  # fmt: skip
    """Take up to `n_steps` steps; return how it ended.

    Parameters
    ----------
    cost : (threshold, mean) array
    order : (n_epochs, n_examples) or (1, n_examples) array
        The examples of each epoch, or of all, in the order in which they are taken.
    position : (n_threads, 4) array
        In and out: the epoch, the step in it, which of `kept` holds the start of this epoch,
        and how it ended.
    sums : (n_threads, n_epochs, n_groups) array
        In and out: the cost so far.
    kept : (2, n_parameters) array
        The parameters at the start of this epoch and of the one before.
    """
    parts = fields(tape)
    n_threads, n_examples, lanes = position.shape[0], order.shape[1], outputs.shape[2]
    n_batches = (n_examples + batch - 1) // batch
    first = theta.shape[0] * thread // n_threads
    last = theta.shape[0] * (thread + 1) // n_threads
    net_input, output, delta, direct = (
        net_inputs[thread], outputs[thread], deltas[thread], directs[thread]
    )  # fmt: skip
    has_direct = kinds >= _FIRST_DIRECT
    gradient, own, meetings = gradients[thread], position[thread], 0
    threshold, mean = cost[0], cost[1] > 0
    for _ in range(n_steps):
        epoch, number = own[0], own[1]
        if epoch == sums.shape[1]:
            break
        begin = number * batch
        size = min(batch, n_examples - begin)
        scale = 1.0 / size if mean else 1.0
        for tile in range(thread * lanes, size, n_threads * lanes):
            count = min(lanes, size - tile)
            rows = order[min(epoch, order.shape[0] - 1), begin + tile : begin + tile + count]
            fill(parts, X, rows, count, net_input, output, False)
            forward(parts, theta, addresses, False, net_input, output, 0, output.shape[0])
            delta[:] = 0
            seed(
                kinds, group, threshold, scale, parts[8], parts[9], parts[10], parts[11],
                net_input, output, delta, direct, Y, rows, count, sums[thread, epoch],
            )  # fmt: skip
            backward(
                parts, theta, addresses, net_input, output, delta, direct, has_direct, gradient,
                False, 0, output.shape[0],
            )  # fmt: skip
        if n_threads > 1:
            meetings += n_threads
            wait_for_all(arrived, meetings)
        step(rule, settings, theta, gradients, memory, first, last)
        own[1] += 1
        if own[1] == n_batches:
            own[3] = _end_epoch(theta, sums, kinds, kept, own, position, thread, first, last)
        if n_threads > 1:
            meetings += n_threads
            wait_for_all(arrived, meetings)
        if own[1] == n_batches:
            ended = np.int64(0)
            for k in range(n_threads):
                ended = max(ended, position[k, 3])
            if ended > 0:
                return ended
            own[0] += 1
            own[1] = 0
    return 0


@compiled
def _end_epoch(theta, sums, kinds, kept, own, position, thread, first, last):
    """Return how the epoch ended, as this thread's share of the parameters shows it."""
    total = 0.0
    for k in range(sums.shape[0]):
        for g in range(sums.shape[2]):
            total += sums[k, own[0], g]
    if total - total != 0:
        return 1
    own[2] = 1 - own[2]
    if not keep(theta, kept[own[2]], first, last):
        return 2
    if kinds[0] == _ERRORS and total == 0:
        return 3
    return 0
