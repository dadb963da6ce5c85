"""Single passes: outputs alone, every net input and output, and the way back from those.

Threads share out the tiles. What a pass leaves for its caller is (n_neurons, n_examples); the
tiles themselves are private and stay in the cache.
"""

from __future__ import annotations

import numpy as np

from neurosim.engines.compiled.jit import compiled, inlined
from neurosim.engines.compiled.tape import back_fields, fields
from neurosim.engines.compiled.walk import backward, clear, fill, forward


@compiled
def feed(tape, theta, addresses, X, rows, result, net_inputs, outputs, thread, n_threads):
    """Write the outputs of the network, (n_examples, n_outputs), into `result`."""
    parts = fields(tape)
    net_input, output = net_inputs[thread], outputs[thread]
    lanes, columns = output.shape[1], parts[7]
    for tile in range(thread * lanes, X.shape[0], n_threads * lanes):
        count = min(lanes, X.shape[0] - tile)
        fill(parts, X, rows[tile : tile + count], count, net_input, output, False)
        forward(parts, theta, addresses, False, None, thread, net_input, output)
        for j in range(columns.shape[0]):
            values = output[columns[j]]
            for t in range(count):
                result[tile + t, j] = values[t]


@compiled
def feed_alone(tape, order, parameters, addresses, X, lanes, room, result):
    """Write the outputs of the network into `result`, on one thread; return whether X is finite.

    All that a call from Python has to do besides is done here, with few arguments, each of which
    takes as long as a neuron or two. `order` is the place in `parameters` of each parameter of the
    tape. `room` has at least n_rows * lanes + n_parameters numbers; the net inputs that a walk
    keeps for the way back go where the outputs overwrite them.
    """
    parts = fields(tape)
    column, columns = parts[5], parts[7]
    end = tape[0] * lanes
    output = room[:end].reshape(tape[0], lanes)
    theta = room[end : end + order.shape[0]]
    for k in range(order.shape[0]):
        theta[k] = parameters[np.uintp(order[k])]
    for tile in range(0, X.shape[0], lanes):
        examples = X[tile : tile + lanes]
        count = examples.shape[0]
        if not _fill_finite(column, examples, count, output):
            return False
        forward(parts, theta, addresses, False, None, 0, output, output)
        for j in range(columns.shape[0]):
            values = output[columns[j]]
            for t in range(count):
                result[tile + t, j] = values[t]
    return True


@inlined
def _fill_finite(column, examples, count, output):
    """Fill the input rows of a tile, the last example the other lanes; return whether finite."""
    bad = False
    for i in range(column.shape[0]):
        row, c = output[i], np.uintp(column[i])
        for t in range(count):
            row[t] = examples[np.uintp(t), c]
            bad |= row[t] - row[t] != 0
        for t in range(count, row.shape[0]):
            row[t] = row[count - 1]
    return not bad


@compiled
def trace(
    tape, theta, addresses, X, rows, all_net_inputs, all_outputs, net_inputs, outputs, thread,
    n_threads,
):  # fmt: skip
    """Write every net input and output, (n_neurons, n_examples)."""
    parts = fields(tape)
    net_input, output = net_inputs[thread], outputs[thread]
    lanes = output.shape[1]
    for tile in range(thread * lanes, X.shape[0], n_threads * lanes):
        count = min(lanes, X.shape[0] - tile)
        fill(parts, X, rows[tile : tile + count], count, net_input, output, True)
        forward(parts, theta, addresses, True, None, thread, net_input, output)
        _copy_out(net_input, all_net_inputs, tile, count)
        _copy_out(output, all_outputs, tile, count)


@compiled
def back(
    tape, way_back, theta, addresses, all_net_inputs, all_outputs, all_deltas, output_gradient,
    output_delta, kinds, gradients, all_inputs, net_inputs, outputs, deltas, directs, thread,
    n_threads,
):  # fmt: skip
    """Write every delta, (n_neurons, n_examples), and add to this thread's gradient.

    `output_gradient` and `output_delta` are (n_outputs, n_examples); inputs get their delta only if
    `all_inputs`.
    """
    parts, returns = fields(tape), back_fields(way_back)
    net_input, output, delta, direct = (
        net_inputs[thread], outputs[thread], deltas[thread], directs[thread]
    )  # fmt: skip
    lanes, columns = output.shape[1], parts[7]
    for tile in range(thread * lanes, all_outputs.shape[1], n_threads * lanes):
        count = min(lanes, all_outputs.shape[1] - tile)
        _copy_in(all_net_inputs, net_input, tile, count)
        _copy_in(all_outputs, output, tile, count)
        clear(columns, delta)
        direct[:] = 0
        for j in range(columns.shape[0]):
            i = columns[j]
            for t in range(count):
                delta[i, t] = output_gradient[j, tile + t]
                direct[j, t] = output_delta[j, tile + t]
        backward(
            parts, returns, theta, addresses, None, thread, net_input, output, delta, direct,
            kinds, gradients[thread], all_inputs,
        )  # fmt: skip
        _copy_out(delta, all_deltas, tile, count)


@inlined
def _copy_out(tile, whole, first, count):
    for i in range(tile.shape[0]):
        for t in range(count):
            whole[i, first + t] = tile[i, t]


@inlined
def _copy_in(whole, tile, first, count):
    """Fill a tile; the last example fills the lanes that are left."""
    for i in range(tile.shape[0]):
        for t in range(count):
            tile[i, t] = whole[i, first + t]
        for t in range(count, tile.shape[1]):
            tile[i, t] = tile[i, count - 1]
