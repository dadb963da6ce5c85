"""A network's columns charted in one compiled call: their tape, without a plan.

A plan knows much that only matrices need, and takes hundreds of times as long to make as a small
network takes to run. A chart is what a walk needs: an order in which every neuron comes after those
it hears, and where in the parameter vector each weight is. That vector is left as it is.
"""

from __future__ import annotations

from neurosim.engines.compiled import codes
from neurosim.engines.compiled.jit import compiled, inlined
from neurosim.engines.compiled.tape import AHEAD, END, FIRST, HEADER, LAST, fields, length_of
from neurosim.model.columns import GONE, INPUT, OUTPUT

_INPUT, _OUTPUT, _GONE, _SOFTMAX = INPUT, OUTPUT, GONE, codes.SOFTMAX
_WHOLE = FIRST | LAST | END  # every row has one stretch, and is a run by itself
FAILED = -1


def room_for(n_neurons: int, n_synapses: int) -> int:
    """Return how many ints `chart` needs to work in, given how many were ever made."""
    return 6 * n_neurons + n_synapses + 1


def most_ints(n_neurons: int, n_synapses: int) -> int:
    """Return how many ints a chart takes at most."""
    return HEADER + 14 * n_neurons + 2 * n_synapses + 2 + AHEAD


@compiled
def chart(
    role, activation, bias_slot, layer, pre, post, slot, n, m, code_of, into, begin, where, room
):
    """Write the tape of a network, then the slot of each parameter of it, into `into[begin:]`.

    Parameters
    ----------
    role, activation, bias_slot, layer, pre, post, slot, n, m
        The columns of a network and how many neurons and synapses were ever made.
    code_of : (n_activations + 1,) int32 array
        The number by which kernels know each activation of the network; the last is that of inputs.
    into : (n_ints,) int32 array
        From `begin` on there must be room for `most_ints`.
    where : (4,) int array
        Written: where the tape begins, where the slots do, where these end; the number of rows.
    room : (at least `room_for`,) int32 array

    Returns
    -------
    int
        Where the next chart may begin; `FAILED` if there is a cycle or no output.
    """
    unit, waiting, row_of, at_row, first = (
        room[:n], room[n : 2 * n], room[2 * n : 3 * n], room[3 * n : 4 * n], room[4 * n : 5 * n]
    )  # fmt: skip
    start, leaving = room[5 * n : 6 * n + 1], room[6 * n + 1 : 6 * n + 1 + m]
    tape = into[begin:]
    _count(role, activation, layer, slot, n, m, code_of, unit, first, tape)
    _index(pre, post, slot, n, m, unit, waiting, start, leaving)
    n_rows = _sort(role, post, n, unit, waiting, row_of, at_row, start, leaving)
    if n_rows < tape[0] or tape[3] == 0:
        return FAILED
    parts = fields(tape)
    length = length_of(tape)
    n_slots = _wire(
        bias_slot, post, slot, row_of, at_row, start, leaving, waiting, parts, tape[length:]
    )
    _label(role, activation, n, code_of, unit, row_of, at_row, parts)
    where[0], where[1] = begin, begin + length
    where[2], where[3] = where[1] + n_slots, n_rows
    return where[2]


@inlined
def _count(role, activation, layer, slot, n, m, code_of, unit, first, tape):
    """Count what there is, into the header; find the neuron that stands for each one's unit."""
    for k in range(HEADER):
        tape[k] = 0
    for i in range(n):
        first[i] = -1
    for i in range(n):
        unit[i] = i
        if role[i] == _GONE:
            continue
        tape[0] += 1
        tape[2] += role[i] != _INPUT
        tape[3] += role[i] == _OUTPUT
        tape[6] += role[i] == _INPUT
        if code_of[activation[i]] == _SOFTMAX:
            if first[layer[i]] < 0:
                first[layer[i]] = i
                tape[4] += 1
            unit[i] = first[layer[i]]
            tape[5] += 1
    for s in range(m):
        tape[1] += slot[s] >= 0


@inlined
def _index(pre, post, slot, n, m, unit, waiting, start, leaving):
    """List the synapses by their pre neurons, and count those into each unit."""
    for i in range(n):
        waiting[i] = 0
        start[i] = 0
    start[n] = 0
    for s in range(m):
        if slot[s] >= 0:
            waiting[unit[post[s]]] += 1
            start[pre[s]] += 1
    for i in range(n):
        start[i + 1] += start[i]
    for s in range(m - 1, -1, -1):  # from the back, so that the start of each ends where it belongs
        if slot[s] >= 0:
            start[pre[s]] -= 1
            leaving[start[pre[s]]] = s


@inlined
def _sort(role, post, n, unit, waiting, row_of, at_row, start, leaving):
    """Put the neurons in order, inputs first; return how many found a place."""
    n_rows = 0
    for i in range(n):
        if role[i] == _INPUT:
            row_of[i] = n_rows
            at_row[n_rows] = i
            n_rows += 1
    for i in range(n):
        if role[i] != _INPUT and role[i] != _GONE and unit[i] == i and waiting[i] == 0:
            n_rows = _place(n, unit, i, row_of, at_row, n_rows)
    done = 0
    while done < n_rows:
        i = at_row[done]
        done += 1
        for k in range(start[i], start[i + 1]):
            u = unit[post[leaving[k]]]
            waiting[u] -= 1
            if waiting[u] == 0:
                n_rows = _place(n, unit, u, row_of, at_row, n_rows)
    return n_rows


@inlined
def _place(n, unit, u, row_of, at_row, n_rows):
    """Give the neurons of a unit the next rows; those of a layer were made one after the other."""
    i = u
    while i < n and unit[i] == u:
        row_of[i] = n_rows
        at_row[n_rows] = i
        n_rows += 1
        i += 1
    return n_rows


@inlined
def _wire(bias_slot, post, slot, row_of, at_row, start, leaving, cursor, parts, slots):
    """Write the synapses row by row, and the slots of weights and biases; return how many."""
    (row, begin, turn, _), pre, bias = parts[0], parts[1], parts[3]
    n_inputs = parts[5].shape[0]
    n_rows = bias.shape[0]
    for k in range(row.shape[0]):
        row[k], turn[k], begin[k] = n_inputs + k, _WHOLE, 0
    begin[row.shape[0]] = 0
    for k in range(pre.shape[0]):
        begin[row_of[post[leaving[k]]] - n_inputs + 1] += 1
    for k in range(row.shape[0]):
        begin[k + 1] += begin[k]
        cursor[n_inputs + k] = begin[k]
    for r in range(n_rows):  # ascending, and so are the pre rows of each
        for k in range(start[at_row[r]], start[at_row[r] + 1]):
            s = leaving[k]
            q = row_of[post[s]]
            pre[cursor[q]] = r
            slots[cursor[q]] = slot[s]
            cursor[q] += 1
    n_slots = pre.shape[0]
    for r in range(n_rows):
        own = bias_slot[at_row[r]]
        bias[r] = n_slots if own >= 0 else -1
        if own >= 0:
            slots[n_slots] = own
            n_slots += 1
    return n_slots


@inlined
def _label(role, activation, n, code_of, unit, row_of, at_row, parts):
    """Write what each row is."""
    stretch, pre, code, _, keep, column, out, outputs, unit_at, unit_start, unit_rows = parts
    _, start, _, inner = stretch
    n_units = n_members = n_outputs = unit_start[0] = 0
    for r in range(code.shape[0]):
        i = at_row[r]
        code[r] = code_of[activation[i]]
        keep[r] = 0  # who only feeds forward needs no net inputs
        out[r] = unit_at[r] = -1
        if code[r] == _SOFTMAX:
            n_units += unit[i] == i
            unit_at[r] = n_units - 1
            unit_rows[n_members] = r
            n_members += 1
            unit_start[n_units] = n_members
    for r in range(column.shape[0]):
        column[r] = r
    for k in range(inner.shape[0]):
        inner[k] = start[k]
        while inner[k] < start[k + 1] and pre[inner[k]] < column.shape[0]:
            inner[k] += 1
    for i in range(n):
        if role[i] == _OUTPUT:
            out[row_of[i]] = n_outputs
            outputs[n_outputs] = row_of[i]
            n_outputs += 1
