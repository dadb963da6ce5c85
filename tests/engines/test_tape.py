"""The tapes: every synapse once, in an order in which rows can be walked."""

import numpy as np
import pytest
from hypothesis import assume, given, settings

import neurosim as ns
from neurosim.engines.compiled import tape
from neurosim.engines.compiled.tape import Sorted
from tests.strategies import networks


@settings(max_examples=60)
@given(networks())
def test_synapses_are_sorted_by_post_row_and_then_by_pre_row(net):
    plan = ns.compile(net).plan
    synapses = Sorted.by_post(plan)
    order = np.lexsort((plan.synapse_pre, plan.synapse_post))
    np.testing.assert_array_equal(synapses.place, order)
    np.testing.assert_array_equal(synapses.other, plan.synapse_pre[order])
    counts = np.bincount(plan.synapse_post, minlength=plan.n_neurons)
    np.testing.assert_array_equal(np.diff(synapses.start, prepend=0), [0, *counts])


@settings(max_examples=60)
@given(networks())
def test_synapses_are_sorted_by_pre_row_and_otherwise_stay_in_order(net):
    plan = ns.compile(net).plan
    synapses = Sorted.by_pre(plan)
    order = np.argsort(plan.synapse_pre, kind="stable")
    np.testing.assert_array_equal(synapses.place, order)
    np.testing.assert_array_equal(synapses.other, plan.synapse_post[order])
    counts = np.bincount(plan.synapse_pre, minlength=plan.n_neurons)
    np.testing.assert_array_equal(np.diff(synapses.start, prepend=0), [0, *counts])


def test_pre_rows_ascend_also_where_the_blocks_of_a_neuron_do_not_stand_in_their_order():
    net = ns.Network("later first")  # what comes from the second level is full, and stands first
    inputs, hidden = net.add_layer(4, role="input"), net.add_layer(20, bias=None)
    outputs = net.add_layer(20, role="output")
    net.connect(inputs, hidden)
    net.connect(hidden, outputs)
    net.connect(inputs[0], outputs[0])
    net.connect(inputs[1], outputs[1])
    plan = ns.compile(net).plan
    window = plan.synapse_post == plan.output_index[0]
    assert (np.diff(plan.synapse_pre[window]) < 0).any()
    synapses = Sorted.by_post(plan)
    start, end = synapses.start[plan.output_index[0] :][:2]
    assert synapses.other[start:end].tolist() == sorted(plan.synapse_pre[window].tolist())


@pytest.fixture(params=["whole", "in parts"])
def parts(request, monkeypatch):
    """Rows that hear much are taken whole, or in parts of a few others already here."""
    if request.param == "in parts":
        monkeypatch.setattr(tape, "_LONG", 2)
    return request.param


def stretches(program, *, down):
    """The stretches of the tape of one way, as (row, turn, start, stop, other rows, places)."""
    form = program.runner.form
    if down:
        row, start, turn, other, _ = tape.back_fields.py_func(form.way_back.array)
        order = form.way_back.order
    else:
        (row, start, turn, _), other, *_ = tape.fields.py_func(form.tape.array)
        order = form.tape.order
    bounds = zip(start[:-1].tolist(), start[1:].tolist(), strict=True)
    windows = [slice(*pair) for pair in bounds]
    return [
        (r, t, other[window], order[window])
        for r, t, window in zip(row.tolist(), turn.tolist(), windows, strict=True)
    ]


@pytest.mark.parametrize("down", [False, True], ids=["forward", "back"])
def test_a_tape_has_every_synapse_once_between_the_first_and_the_last_turn_of_its_row(parts, down):
    net = ns.topologies.random_dag(
        60, in_degree=12, n_inputs=20, n_outputs=5, seed=0, dtype="float32"
    )
    net.initialize(ns.initializers.Normal(), seed=0)
    program = ns.compile(net, engine="numba")
    plan, seen, open_rows, done = program.plan, [], set(), set()
    own, other = (plan.synapse_pre, plan.synapse_post) if down else (
        plan.synapse_post, plan.synapse_pre
    )
    found = stretches(program, down=down)
    for row, turn, others, places in found:
        assert (turn & tape.FIRST > 0) == (row not in open_rows)
        open_rows.add(row)
        assert (own[places] == row).all()
        np.testing.assert_array_equal(other[places], others)
        computed_here = () if down else range(plan.n_inputs)
        assert done.issuperset(set(others.tolist()) - set(computed_here))
        if turn & tape.LAST:
            done.add(row)
        seen += places.tolist()
    assert sorted(seen) == list(range(plan.n_weights))
    assert done == open_rows == set(range(0 if down else plan.n_inputs, plan.n_neurons))
    assert (len(found) > len(done)) == (parts == "in parts")


@settings(max_examples=40)
@given(networks())
def test_what_is_an_input_is_told_apart_at_the_beginning_of_a_stretch(net):
    program = ns.compile(net, engine="numba")
    assume(program.engine == "numba")
    plan = program.plan
    (_, start, _, inner), pre, *_ = tape.fields.py_func(program.runner.form.tape.array)
    for first, border, last in zip(start[:-1], inner, start[1:], strict=True):
        assert (pre[first:border] < plan.n_inputs).all()
        assert (pre[border:last] >= plan.n_inputs).all()
