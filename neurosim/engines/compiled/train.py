"""Whole epochs in one call, by several threads side by side.

All threads run `train` with the same arguments but their number. On a walk, each takes some tiles
of every batch; they meet when all gradients are there, each changes its share of the parameters,
and they meet again. In dense layers, each has its own neurons throughout. What one thread alone
writes has a row per thread.
"""

from __future__ import annotations

import numpy as np

from neurosim.engines.compiled import codes
from neurosim.engines.compiled.costs import seed
from neurosim.engines.compiled.jit import compiled, inlined
from neurosim.engines.compiled.layers import layers_step, sheet_fields
from neurosim.engines.compiled.rules import keep, step
from neurosim.engines.compiled.single import step_on_one
from neurosim.engines.compiled.tape import fields
from neurosim.engines.compiled.threads import meet
from neurosim.engines.compiled.walk import backward, fill, forward

WHOLE, COST, PARAMETERS, REACHED = range(4)
_ERRORS = codes.ERRORS


@compiled
def train(
    layered, tape, sheet, theta, addresses, kinds, group, cost, rule, settings, memory,
    X, Y, order, batch, position, n_steps, sums, kept,
    gradients, net_inputs, outputs, deltas, directs, own_rows, arrived, thread,
):  # fmt: skip
    """Take up to `n_steps` steps; return how it ended.

    Parameters
    ----------
    layered : bool
        Whether to go by the sheet, as dense layers, or by the tape, as a walk.
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
    n_threads, n_examples = position.shape[0], order.shape[1]
    n_batches = (n_examples + batch - 1) // batch
    first = theta.shape[0] * thread // n_threads
    last = theta.shape[0] * (thread + 1) // n_threads
    own, meetings = position[thread], 0
    parts, levels = fields(tape), sheet_fields(sheet)
    for _ in range(n_steps):
        epoch, begin = own[0], own[1] * batch
        if epoch == sums.shape[1]:
            break
        size = min(batch, n_examples - begin)
        scale = 1.0 / size if cost[1] > 0 else 1.0
        rows = order[min(epoch, order.shape[0] - 1), begin : begin + size]
        if layered:
            meetings = layers_step(
                levels, theta, addresses, kinds, group, cost, scale, rule, settings,
                memory, X, Y, rows, own_rows, sums[thread, epoch], gradients, net_inputs[0],
                outputs[0], deltas[0], directs[0], arrived, meetings, first, last,
                thread, n_threads,
            )  # fmt: skip
        elif batch == 1:
            step_on_one(
                parts, theta, addresses, kinds, group, cost, rule, settings, memory, X, Y,
                rows, sums[thread, epoch], gradients, net_inputs[0], outputs[0], deltas[0],
                directs[0],
            )  # fmt: skip
        else:
            walk_tiles(
                parts, theta, addresses, kinds, group, cost, scale, X, Y, rows,
                sums[thread, epoch], gradients[thread], net_inputs[thread], outputs[thread],
                deltas[thread], directs[thread], thread, n_threads,
            )  # fmt: skip
            meetings = meet(arrived, meetings, n_threads)
            step(rule, settings, theta, gradients, memory, first, last)
        own[1] += 1
        if own[1] == n_batches:
            if layered:  # a thread's own weights are not its share of the parameters
                meetings = meet(arrived, meetings, n_threads)
            own[3] = _end_epoch(theta, sums, kinds, kept, own, first, last)
        meetings = meet(arrived, meetings, n_threads)
        if own[1] == n_batches:
            ended = np.int64(0)
            for k in range(n_threads):
                ended = max(ended, position[k, 3])
            if ended > 0:
                return ended
            own[0] += 1
            own[1] = 0
    return 0


@inlined
def walk_tiles(
    parts, theta, addresses, kinds, group, cost, scale, X, Y, rows, sums, gradient, net_input,
    output, delta, direct, thread, n_threads,
):  # fmt: skip
    """Walk forward and back over this thread's tiles of a batch; add up their gradient."""
    lanes = output.shape[1]
    for tile in range(thread * lanes, rows.shape[0], n_threads * lanes):
        count = min(lanes, rows.shape[0] - tile)
        examples = rows[tile : tile + count]
        fill(parts, X, examples, count, net_input, output, False)
        forward(parts, theta, addresses, False, net_input, output, 0, output.shape[0])
        delta[:] = 0
        seed(
            kinds, group, cost[0], scale, parts[8], parts[9], parts[10], parts[11],
            net_input, output, delta, direct, Y, examples, count, sums,
        )  # fmt: skip
        backward(
            parts, theta, addresses, net_input, output, delta, direct, kinds, gradient,
            False, 0, output.shape[0],
        )  # fmt: skip


@inlined
def _end_epoch(theta, sums, kinds, kept, own, first, last):
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
