"""Whole epochs in one call, by several threads side by side.

All threads run `train` with the same arguments but their number. On a walk, each takes some tiles
of every batch; they meet when all gradients are there, each changes its share of the parameters,
and they meet again. In dense layers, each has its own neurons throughout. What one thread alone
writes has a row per thread.
"""

from __future__ import annotations

from neurosim.engines.compiled import codes
from neurosim.engines.compiled.costs import seed, total_weight, want
from neurosim.engines.compiled.jit import compiled, inlined
from neurosim.engines.compiled.noise import draw, is_noisy
from neurosim.engines.compiled.rules import (
    keep,
    limit_norms,
    prepare,
    row_of,
    step,
)
from neurosim.engines.compiled.tape import back_fields, fields
from neurosim.engines.compiled.threads import meet
from neurosim.engines.compiled.walk import backward, clear, fill, forward

WHOLE, COST, PARAMETERS, REACHED = range(4)
PIECE = 4096  # parameters whose gradient is still in the cache when the rule takes it
_ERRORS = codes.ERRORS


@compiled
def train(
    tape, way_back, theta, ahead, addresses, kinds, group, cost, rule, shape, memory, noise, X,
    Y, weights, order, batch, position, n_steps, sums, kept, gradients, net_inputs, outputs, deltas,
    directs, own_rows, packs, arrived, thread,
):  # fmt: skip
    """Take up to `n_steps` steps; return how it ended.

    Parameters
    ----------
    tape, way_back, theta, ahead, addresses
        The plan for both ways, the parameters in the order of each, which changes together, first
        that of the way back, and the machine code of the user's activations.
    kinds, group : (n_outputs,) arrays
        What each output is asked for, and to which of several costs it counts.
    cost : (threshold, mean) array
    rule, shape, memory
        The rule, its numbers and what else shapes a step (see `rules`), the arrays it keeps.
    noise
        What is dropped, and how inputs are disturbed (see `noise`), or None.
    weights : (n_examples,) array
        What the part of each example is multiplied by, > 0 for those that are taken; averages
        divide by their sum. Empty if all are 1.
    order : (n_epochs, n_taken) or (1, n_taken) array
        The examples of each epoch, or of all, in the order in which they are taken; others are
        left out.
    position : (n_threads, 4) array
        In and out: the epoch, the step in it, which of `kept` holds the start of this epoch,
        and how it ended.
    sums : (n_threads, n_epochs, n_groups) array
        In and out: the cost so far.
    kept : (2, n_parameters) array
        The parameters at the start of this epoch and of the one before.
    gradients : (n_threads, n_parameters) array
    net_inputs, outputs, deltas, directs : (n_threads, …) arrays
        What goes through the neurons of a tile, and what the cost says of deltas, or the targets.
    """
    parts, back, own, meetings = fields(tape), back_fields(way_back), position[thread], 0
    n_threads, columns = position.shape[0], parts[7]
    net_input, output, delta, direct = (
        net_inputs[thread], outputs[thread], deltas[thread], directs[thread]
    )  # fmt: skip
    lanes, noisy = output.shape[1], is_noisy(noise)
    first, last = share_of(theta, thread, n_threads)
    # Where all examples fit into one tile of each thread, inputs and targets stay where they are.
    stays = order.shape[0] == 1 and order.shape[1] <= min(batch, n_threads * lanes)
    for number in range(n_steps):
        if own[0] == sums.shape[1]:
            break
        rows = batch_of(order, own, batch)
        counted = total_weight(weights, rows)
        for tile in range(thread * lanes, rows.shape[0], n_threads * lanes):
            count = min(lanes, rows.shape[0] - tile)
            examples = rows[tile : tile + count]
            if number == 0 or noisy or not stays:
                fill(parts, X, examples, count, net_input, output, False)
                want(kinds, Y, examples, count, direct)
            draw(noise, number, thread, tile, count, parts[5], output)
            forward(parts, ahead, addresses, False, noise, thread, net_input, output)
            clear(columns, delta)
            seed(
                kinds, group, cost, rows.shape[0], counted, columns, parts[8], parts[9],
                parts[10], net_input, output, delta, direct, Y, weights, examples, count,
                sums[thread, own[0]], 0, output.shape[0], True,
            )  # fmt: skip
            backward(
                parts, back, theta, addresses, noise, thread, net_input, output, delta, direct,
                kinds, gradients[thread], False,
            )  # fmt: skip
        meetings = meet(arrived, meetings, n_threads)
        meetings = prepare(shape, theta, gradients, first, last, thread, arrived, meetings)
        for p in range(first, last, PIECE):
            end = min(p + PIECE, last)
            step(rule, row_of(shape, number), shape, theta, gradients, memory, p, end)
        meetings = limit_norms(shape, theta, thread, n_threads, arrived, meetings)
        meetings = meet(arrived, meetings, n_threads)
        fetch(theta, back[4], ahead, first, last)
        meetings = end_step(
            theta, sums, kinds, kept, position, thread, order, batch, first, last, arrived,
            meet(arrived, meetings, n_threads),
        )  # fmt: skip
        if own[3] > 0:
            return own[3]
    return 0


@inlined
def fetch(theta, source, ahead, first, last):
    """Take ``ahead[first:last]``, for the way forward, from where they stand on the way back.

    Reads from all over the place do not wait for one another, as writes there would.
    """
    mine, places = ahead[first:last], source[first:last]
    for q in range(mine.shape[0]):
        mine[q] = theta[places[q]]


@inlined
def share_of(theta, thread, n_threads):
    """Return which parameters are a thread's to change and to keep."""
    n = theta.shape[0]
    return n * thread // n_threads, n * (thread + 1) // n_threads


@inlined
def batch_of(order, own, batch):
    """Return the examples of the next step."""
    begin = own[1] * batch
    return order[min(own[0], order.shape[0] - 1), begin : min(begin + batch, order.shape[1])]


@inlined
def end_step(
    theta, sums, kinds, kept, position, thread, order, batch, first, last, arrived, meetings
):
    """Count the step and, if it was the last of an epoch, see how that ended, in `position`.

    Returns how often threads have met: not at all within an epoch. The parameters `first` to `last`
    are known to be whole.
    """
    n_threads, own = position.shape[0], position[thread]
    own[1] += 1
    if own[1] * batch < order.shape[1]:
        return meetings
    total = 0.0
    for k in range(n_threads):
        for g in range(sums.shape[2]):
            total += sums[k, own[0], g]
    if total - total != 0:
        own[3] = COST
    else:
        own[2] = 1 - own[2]
        if not keep(theta, kept[own[2]], first, last):
            own[3] = PARAMETERS
        elif kinds[0] == _ERRORS and total == 0:
            own[3] = REACHED
    meetings = meet(arrived, meetings, n_threads)
    for k in range(n_threads):
        own[3] = max(own[3], position[k, 3])
    if own[3] == 0:
        own[0] += 1
        own[1] = 0
    # Nobody starts on what is next before all have seen how this ended.
    return meet(arrived, meetings, n_threads)
