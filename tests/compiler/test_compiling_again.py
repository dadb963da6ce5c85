"""A plan made after an edit, from what the last one knew, is the plan made from nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurosim as ns
from neurosim.compiler import build, layout, wiring
from neurosim.errors import CycleError, StructureError
from tests.strategies import networks


def rows_of(rows, n):
    return np.arange(n)[rows].tolist()


def everything(plan):
    """All of a plan as plain values."""
    n = plan.n_neurons
    return {
        "names": plan.names,
        "row": plan.row.tolist(),
        "level": plan.level.tolist(),
        "activations": plan.activations,
        "synapses": (plan.synapse_pre.tolist(), plan.synapse_post.tolist()),
        "ends": [rows_of(rows, n) for rows in (plan.input_rows, plan.output_rows, plan.bias_rows)],
        "units": plan.output_units,
        "reached": (plan.hears_input.tolist(), plan.reaches_output.tolist()),
        "blocks": [
            (
                (b.kind, b.matrix_shape, b.start, b.stop, b.level, b.pre_level),
                (rows_of(b.pre, n), rows_of(b.post, n)),
                None if b.place is None else b.place.tolist(),
            )
            for b in plan.blocks
        ],
        "returns": [
            (rows_of(r.pre, n), r.post.tolist(), r.place.tolist())
            for stage in plan.stages
            for r in stage.returns
        ],
        "segments": [
            (str(s.activation), rows_of(s.rows, n)) for stage in plan.stages for s in stage.segments
        ],
    }


def check_against_a_fresh_start(net):
    """Compile `net` again and compare all with what a copy, which knows nothing, gets."""
    again, fresh = net, net.copy()
    plan, expected = ns.compile(again).plan, ns.compile(fresh).plan
    for name in ("row", "level", "synapse_pre", "synapse_post"):
        ours, theirs = getattr(plan, name), getattr(expected, name)
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)
    assert everything(plan) == everything(expected)
    assert again.parameters.tobytes() == fresh.parameters.tobytes()


def refusal_of(net):
    """Compile `net` and return what is said against it, if anything."""
    try:
        ns.compile(net)
    except CycleError as refusal:
        return str(refusal)
    return None


# -- edits, drawn ------------------------------------------------------------------------------


def add_synapse(net, rng):
    pre, post = rng.choice(len(net.neurons), 2).tolist()
    try:
        net.connect(net.neurons[pre], net.neurons[post], weight=rng.normal())
    except StructureError:  # connected already, a self-loop, or into an input
        return


def add_forward_synapse(net, rng):
    """Add a synapse along the order of the last plan, which makes no cycle."""
    by_name = {name: row for row, name in enumerate(ns.compile(net.copy()).plan.names)}
    pre, post = rng.choice(len(net.neurons), 2).tolist()
    ends = sorted((net.neurons[pre], net.neurons[post]), key=lambda n: by_name[n.name])
    try:
        net.connect(*ends, weight=rng.normal())
    except StructureError:
        return


def remove_synapse(net, rng):
    if len(net.synapses):
        net.remove(net.synapses[int(rng.integers(len(net.synapses)))])


def move_synapse(net, rng):
    """Take a synapse away and make it again: the same structure, other numbers."""
    if len(net.synapses):
        synapse = net.synapses[int(rng.integers(len(net.synapses)))]
        pre, post, weight = synapse.pre, synapse.post, synapse.weight
        net.remove(synapse)
        net.connect(pre, post, weight=weight)


def add_neuron(net, rng):
    """Add a neuron between two others: where a synapse was, or anywhere it makes no cycle."""
    made = net.add_neuron(activation=["tanh", "relu"][int(rng.integers(2))], bias=rng.normal())
    if len(net.synapses):
        synapse = net.synapses[int(rng.integers(len(net.synapses)))]
        net.connect(synapse.pre, made, weight=rng.normal())
        net.connect(made, synapse.post, weight=rng.normal())


def add_layer(net, rng):
    """Add a layer, softmax or not, behind one neuron that is heard by nobody else of it."""
    kind = ["softmax", "sine"][int(rng.integers(2))]
    layer = net.add_layer(int(rng.integers(1, 6)), activation=kind)
    net.connect(net.neurons[int(rng.integers(len(net.neurons) - len(layer)))], layer)


def remove_neuron(net, rng):
    loose = [n for n in net.neurons if n.layer is None or n.layer.activation != "softmax"]
    if len(net.outputs) > 1:
        loose = [n for n in loose if n is not net.outputs[0]]
    else:
        loose = [n for n in loose if n.role != "output"]
    if loose:
        net.remove(loose[int(rng.integers(len(loose)))])


def remove_many(net, rng):
    net.remove(net.synapses[rng.random(len(net.synapses)) < 0.1])


def look_at_the_parameters(net, rng):
    """Bring the vector back to the order of creation."""
    assert len(net.parameters) == net.n_parameters


EDITS = (
    add_synapse,
    add_forward_synapse,
    remove_synapse,
    move_synapse,
    add_neuron,
    add_layer,
    remove_neuron,
    remove_many,
    look_at_the_parameters,
)
edits = st.lists(
    st.lists(st.tuples(st.sampled_from(EDITS), st.integers(0, 999)), min_size=1, max_size=3),
    min_size=1,
    max_size=4,
)


@st.composite
def graphs(draw):
    """Networks of many levels, and of full blocks in a row."""
    seed = draw(st.integers(0, 99))
    make = draw(st.sampled_from((ns.topologies.random_dag, ns.topologies.small_world, None)))
    if make is None:
        net = ns.topologies.layered(draw(st.lists(st.integers(2, 12), min_size=3, max_size=5)))
    else:
        net = make(draw(st.integers(5, 80)), n_inputs=2, n_outputs=2, seed=seed)
    net.initialize(ns.initializers.Normal(), seed=seed)
    return net


@settings(max_examples=150, deadline=None)
@given(st.one_of(networks(), graphs()), edits)
def test_after_any_edits_the_plan_and_the_parameters_are_those_of_a_fresh_start(net, drawn):
    ns.compile(net)
    for batch in drawn:
        for edit, seed in batch:
            try:
                edit(net, np.random.default_rng(seed))
            except CycleError:  # from the copy that orders the neurons
                continue
        fresh, again = refusal_of(net.copy()), refusal_of(net)
        assert again == fresh
        if fresh is None:
            check_against_a_fresh_start(net)


@settings(max_examples=30, deadline=None)
@given(graphs(), edits)
def test_levels_that_take_long_to_update_are_found_afresh(net, drawn):
    most = wiring.MOST_UPDATED
    wiring.MOST_UPDATED = 3
    try:
        test_after_any_edits_the_plan_and_the_parameters_are_those_of_a_fresh_start.hypothesis.inner_test(
            net, drawn
        )
    finally:
        wiring.MOST_UPDATED = most


# -- what is used again ------------------------------------------------------------------------


def test_levels_that_an_edit_does_not_touch_are_not_laid_out_again(monkeypatch):
    net = ns.topologies.random_dag(2000, n_inputs=20, n_outputs=20, in_degree=5, seed=0)
    ns.compile(net)
    laid_out = []
    original = layout.Layout.of.__func__

    def watched(cls, parts, full, row):
        laid_out.append(len(parts.synapse))
        return original(cls, parts, full, row)

    monkeypatch.setattr(build.Layout, "of", classmethod(watched))
    net.remove(net.synapses[4000])
    check_against_a_fresh_start(net)
    again, fresh = sum(laid_out[:-1]), laid_out[-1]
    assert fresh == len(net.synapses)
    assert again < fresh / 5


def test_where_an_edit_puts_neurons_in_another_order_those_that_hear_them_follow():
    net = ns.topologies.layered([6, 5, 4, 3])
    net.initialize(ns.initializers.Normal(), seed=0)
    before = ns.compile(net).plan
    net.remove(net.synapse(net.inputs[0], net.layers[1][1]))  # no longer like the others
    check_against_a_fresh_start(net)
    after = ns.compile(net).plan
    moved = [name for name, one in zip(before.names, after.names, strict=True) if name != one]
    assert len(moved) == 4
    assert {net[name].layer for name in moved} == {net.layers[1]}


@pytest.mark.parametrize("large", [1, 1000])
def test_columns_of_large_and_of_small_matrices_are_sorted_alike(large, monkeypatch):
    monkeypatch.setattr(layout, "_LARGE", large)
    net = ns.topologies.layered([9, 8, 7, 6], skips="all")
    net.initialize(ns.initializers.Normal(), seed=0)
    net.remove(net.synapse(net.inputs[0], net.layers[1][3]))
    plan = ns.compile(net).plan
    for block in plan.blocks:
        pre, post = (end[block.start : block.stop] for end in (plan.synapse_pre, plan.synapse_post))
        assert (np.diff(pre.reshape(block.matrix_shape), axis=1) > 0).all()
        assert (np.diff(post.reshape(block.matrix_shape), axis=0) > 0).all()
    ends = plan.synapse_pre.tolist(), plan.synapse_post.tolist()
    names = [(plan.names[p], plan.names[q]) for p, q in zip(*ends, strict=True)]
    weights = [net.synapse(*pair).weight for pair in names]
    assert weights == net.parameters[: plan.n_weights].tolist()


def test_after_a_refused_compile_the_next_one_is_right():
    net = ns.topologies.layered([3, 4, 4, 2])
    net.initialize(ns.initializers.Normal(), seed=0)
    ns.compile(net)
    back = net.connect(net.layers[2][0], net.layers[1][0])
    with pytest.raises(CycleError):
        ns.compile(net)
    net.connect(net.inputs[0], net.outputs[0], weight=0.5)
    net.remove(back)
    check_against_a_fresh_start(net)
