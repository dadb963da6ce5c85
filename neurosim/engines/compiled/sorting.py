"""Synapses brought from the order of the parameters into that of rows, without comparing any.

Sorting by counting takes a fixed time per synapse, however many there are, and no room but for its
result. All arrays are int32.
"""

from __future__ import annotations

from neurosim.engines.compiled.jit import compiled


@compiled
def sort_by_row(among, row, other, start, order, others):
    """Sort the synapses `among` by their `row`, without changing the order of those of a row.

    Parameters
    ----------
    among : (n,) array
        The places of the synapses.
    row, other : (n_synapses,) arrays
        The rows of both ends of the synapse in each place.
    start : (n_rows + 1,) array of zeros
        Written: where the synapses of each row begin.
    order, others : (n,) arrays
        Written: the places, sorted, and the rows at their other ends.

    Returns
    -------
    bool
        Whether the `others` of each row ascend.
    """
    ascending = True
    for k in range(among.shape[0]):
        start[row[among[k]] + 1] += 1
    for i in range(1, start.shape[0]):
        start[i] += start[i - 1]
    for k in range(among.shape[0]):
        place = among[k]
        i = row[place]
        at = start[i]
        start[i] = at + 1  # for now, where the next one goes
        order[at] = place
        others[at] = other[place]
    for i in range(start.shape[0] - 1, 0, -1):
        start[i] = start[i - 1]
    start[0] = 0
    for i in range(start.shape[0] - 1):
        for k in range(start[i] + 1, start[i + 1]):
            ascending &= others[k - 1] <= others[k]
    return ascending


@compiled
def count_cells(level, start, others, low, bits, cell, count):
    """Count the synapses in each cell of a grid of rows and parts of ``2**bits`` others.

    `low` and `bits` are those of each level, ``cell[i]`` is the first cell of row i, or -1 if it
    has none. `count`, an array of zeros, is written.
    """
    for i in range(level.shape[0]):
        if cell[i] >= 0:
            for k in range(start[i], start[i + 1]):
                count[cell[i] + ((others[k] - low[level[i]]) >> bits[level[i]])] += 1


@compiled
def join(begin, count, values, result):
    """Write the stretches ``values[begin[s] : begin[s] + count[s]]``, one after the other."""
    at = 0
    for s in range(begin.shape[0]):
        for k in range(begin[s], begin[s] + count[s]):
            result[at] = values[k]
            at += 1


@compiled
def find_inner(start, others, n_inputs, inner):
    """Write where in each stretch, whose others ascend, the first stands that is no input."""
    for s in range(inner.shape[0]):
        k = start[s]
        while k < start[s + 1] and others[k] < n_inputs:
            k += 1
        inner[s] = k
