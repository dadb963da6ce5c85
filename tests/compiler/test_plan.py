"""The plan: blocks found by what is there, one layout for one structure, nothing moved in vain."""

import itertools

import numpy as np
import pytest
from hypothesis import Phase, assume, find, given, settings
from hypothesis import strategies as st

import neurosim as ns
from neurosim.compiler import blocks
from neurosim.errors import InvalidTypeError, InvalidValueError, StructureError
from tests.strategies import examples_for, networks


def kinds(net):
    return {block.kind for block in ns.compile(net).plan.blocks}


def rows_of(rows, n):
    return np.arange(n)[rows].tolist()


def described(plan):
    """All of a plan that an engine goes by, as plain values."""
    n = plan.n_neurons
    return {
        "names": plan.names,
        "level": plan.level.tolist(),
        "synapses": (plan.synapse_pre.tolist(), plan.synapse_post.tolist()),
        "biases": rows_of(plan.bias_rows, n),
        "ends": (rows_of(plan.input_rows, n), rows_of(plan.output_rows, n)),
        "blocks": [
            (b.kind, b.matrix_shape, b.start, b.stop, b.level, b.pre_level) for b in plan.blocks
        ],
    }


def rewired(net, rng):
    """The same structure, its synapses made one by one in another order."""
    result = net.copy()
    ends = {(s.pre.name, s.post.name): s.weight for s in net.synapses}
    result.remove(result.synapses)
    for number in rng.permutation(len(ends)).tolist():
        pre, post = list(ends)[number]
        result.connect(pre, post, weight=ends[pre, post])
    return result


# -- blocks --------------------------------------------------------------------------------


def dense_net(one_by_one):
    net = ns.Network("dense")
    layers = [
        net.add_layer(6, role="input", name="input"),
        net.add_layer(5, activation="tanh", name="hidden"),
        net.add_layer(4, activation="sigmoid", role="output", name="output"),
    ]
    for pre, post in itertools.pairwise(layers):
        weight = np.arange(1.0, 1 + len(pre) * len(post)).reshape(len(pre), len(post))
        if one_by_one is None:
            net.connect(pre, post, weight=weight)
            continue
        for k in one_by_one.permutation(weight.size):
            i, j = divmod(int(k), len(post))
            net.connect(pre[i], post[j], weight=weight[i, j])
    return net


def test_synapses_made_one_by_one_make_the_plan_and_the_layout_of_connected_layers():
    layered, single = dense_net(None), dense_net(np.random.default_rng(0))
    plan = ns.compile(layered).plan
    assert described(ns.compile(single).plan) == described(plan)
    assert [(b.kind, b.n_pre, b.n_post) for b in plan.blocks] == [("full", 6, 5), ("full", 5, 4)]
    np.testing.assert_array_equal(single.parameters, layered.parameters)


@settings(max_examples=40)
@given(networks(), st.integers(0, 99))
def test_the_plan_and_the_layout_are_functions_of_the_structure_alone(net, seed):
    assume(len(net.synapses) < 600)
    other = rewired(net, np.random.default_rng(seed))
    assert described(ns.compile(other).plan) == described(ns.compile(net).plan)
    np.testing.assert_array_equal(other.parameters, net.parameters)


def test_the_layout_does_not_depend_on_which_activation_was_used_first():
    nets = []
    for first in ("tanh", "sigmoid"):
        net = ns.Network("history")
        net.remove(net.add_neuron(activation=first))
        x = net.add_neuron("x", role="input")
        kinds = ["sigmoid", "tanh", "sigmoid", "tanh"]
        net.connect(x, net.add_layer(4, activation=kinds, role="output"), weight=[[1, 2, 3, 4]])
        nets.append(net)
    assert described(ns.compile(nets[0]).plan) == described(ns.compile(nets[1]).plan)
    np.testing.assert_array_equal(nets[0].parameters, nets[1].parameters)


@pytest.mark.parametrize(
    "removed",
    [[(i, i) for i in range(24)], [(23, i) for i in range(12)]],
    ids=["other neurons", "more neurons"],
)
def test_neurons_whose_digests_collide_are_not_taken_for_alike(removed, monkeypatch):
    monkeypatch.setattr(blocks, "scrambled", lambda numbers: np.zeros(len(numbers), np.uint64))
    net = net_with_density(1.0)
    net.remove([net.synapse(net.inputs[i], net.outputs[j]) for i, j in removed])
    net.initialize(ns.initializers.Normal(), seed=0)
    X = examples_for(net, 2, 0)
    expected = X @ net.weights(list(net.inputs), list(net.outputs))
    np.testing.assert_allclose(ns.compile(net).feedforward(X), expected, rtol=1e-12)


@pytest.mark.parametrize("bits", [3, 9, 40, 64])
def test_digests_are_sorted_whole_though_they_are_packed_without_their_lowest_bits(bits):
    digest = np.random.default_rng(0).integers(2**64, size=300, dtype=np.uint64)
    digest >>= np.uint64(64 - bits)
    order, begin = blocks._sorted_digests(digest)
    np.testing.assert_array_equal(order, np.argsort(digest, kind="stable"))
    np.testing.assert_array_equal(begin, np.unique(digest[order], return_index=True)[1])


def test_a_full_block_is_one_contiguous_view_of_the_parameters():
    net = dense_net(np.random.default_rng(1))
    plan = ns.compile(net).plan
    for block, pre, post in zip(
        plan.blocks, ["input", "hidden"], ["hidden", "output"], strict=True
    ):
        view = block.weights(net.parameters)
        assert np.shares_memory(view, net.parameters)
        assert view.flags["C_CONTIGUOUS"]
        np.testing.assert_array_equal(view.T, net.weights(pre, post))
        net.synapse(net[pre][1], net[post][2]).weight = -7.0
        assert view[2, 1] == -7.0


@settings(max_examples=60)
@given(networks())
def test_every_full_block_is_the_matrix_of_weights_between_its_neurons(net):
    plan = ns.compile(net).plan
    for block in plan.blocks:
        if block.kind == "full":
            names = np.array(plan.names)
            matrix = net.weights(names[block.pre].tolist(), names[block.post].tolist())
            np.testing.assert_array_equal(block.weights(net.parameters), matrix.T)


@settings(max_examples=60)
@given(networks())
def test_the_blocks_cut_the_weights_into_windows_without_gap_or_overlap(net):
    plan = ns.compile(net).plan
    bounds = [(block.start, block.stop) for block in plan.blocks]
    assert [start for start, _ in bounds] == [0, *(stop for _, stop in bounds)][: len(bounds)]
    assert max([stop for _, stop in bounds], default=0) == plan.n_weights == len(net.synapses)
    for block in plan.blocks:
        pre, post = (end[block.start : block.stop] for end in (plan.synapse_pre, plan.synapse_post))
        assert set(plan.level[post].tolist()) == {block.level}
        assert (plan.level[pre] < block.level).all()
        assert set(post.tolist()) == set(rows_of(block.post, plan.n_neurons))


def net_with_density(density, size=24):
    rng = np.random.default_rng(5)
    net = ns.Network("random")
    pre = net.add_layer(size, role="input")
    post = net.add_layer(size, role="output")
    chosen = np.argwhere(rng.random((size, size)) < density)
    net.connect_pairs(chosen[:, 0], chosen[:, 1] + size)
    assert len({neuron.name for neuron in (*pre, *post)}) == 2 * size
    return net


def test_a_matrix_with_some_holes_is_run_dense_and_one_with_many_is_gathered():
    assert kinds(net_with_density(1.0)) == {"full"}
    assert kinds(net_with_density(0.7)) == {"holed"}
    assert kinds(net_with_density(0.05)) == {"gathered"}


def test_removing_synapses_of_a_full_block_leaves_a_full_block_for_the_neurons_still_alike():
    net = net_with_density(1.0)
    for post in net.outputs[:4]:
        net.remove(net.synapse(net.inputs[0], post), net.synapse(net.inputs[5], post))
    blocks = {(b.kind, b.n_pre, b.n_post) for b in ns.compile(net).plan.blocks}
    assert blocks == {("full", 24, 20), ("full", 22, 4)}


def feeds_on(net):
    return any(len(neuron.outgoing) for neuron in net.outputs)


def mixes_activations(net):
    return any(isinstance(layer.activation, tuple) for layer in net.layers)


def straight_through(net):
    return any(s.pre.role == "input" and s.post.role == "output" for s in net.synapses)


def order_of_creation_is_not_topological(net):
    return bool((net.synapses.pre > net.synapses.post).any())


def softmax_as(role):
    def found(net):
        return any(a.activation == "softmax" and a.role == role for a in net.layers)

    return found


SHAPES = {
    "full blocks": lambda net: "full" in kinds(net),
    "blocks with holes": lambda net: "holed" in kinds(net),
    "gathered synapses": lambda net: "gathered" in kinds(net),
    "outputs that feed neurons": feeds_on,
    "layers of mixed activations": mixes_activations,
    "inputs wired to outputs": straight_through,
    "creation against the topology": order_of_creation_is_not_topological,
    "softmax hidden": softmax_as("hidden"),
    "softmax output": softmax_as("output"),
    "deaf neurons": lambda net: not ns.compile(net).plan.hears_input.all(),
    "mute neurons": lambda net: not ns.compile(net).plan.reaches_output.all(),
    "no inputs": lambda net: not net.inputs,
    "neurons without a bias": lambda net: any(n.activation and n.bias is None for n in net.neurons),
    "neurons removed": lambda net: len(net.neurons) < len(net._neurons),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_drawn_networks_have_every_shape(shape):
    # What they never had, the tests on drawn networks would not test.
    first = settings(max_examples=500, database=None, derandomize=True, phases=[Phase.generate])
    find(networks(), SHAPES[shape], settings=first)


# -- the parameter vector ------------------------------------------------------------------


def values_of(net):
    return (
        {(s.pre.name, s.post.name): s.weight for s in net.synapses},
        {neuron.name: neuron.bias for neuron in net.neurons},
    )


@settings(max_examples=60)
@given(networks())
def test_every_weight_and_bias_survives_compile(net):
    before = values_of(net)
    ns.compile(net)
    assert values_of(net) == before
    assert net.parameters.shape == (net.n_parameters,)


@settings(max_examples=30)
@given(networks())
def test_each_parameter_stands_where_the_plan_says(net):
    plan = ns.compile(net).plan
    weights, biases = values_of(net)
    ends = zip(plan.synapse_pre, plan.synapse_post, strict=True)
    expected = [weights[plan.names[pre], plan.names[post]] for pre, post in ends]
    expected += [biases[plan.names[row]] for row in rows_of(plan.bias_rows, plan.n_neurons)]
    np.testing.assert_array_equal(net.parameters, expected)


def test_compiling_an_unchanged_structure_moves_nothing():
    net = dense_net(np.random.default_rng(2))
    first = ns.compile(net)
    window = net.parameters
    before = window.copy()
    for engine in ("numpy", "reference", "auto"):
        assert ns.compile(net, engine=engine).plan is first.plan
    assert np.shares_memory(window, net.parameters)
    np.testing.assert_array_equal(window, before)
    window[0] = 99.0
    assert 99.0 in net.synapses.weight


def test_programs_of_one_network_live_side_by_side():
    net = dense_net(None)
    X, y = examples_for(net, 5, 0), np.zeros((5, 4))
    programs = [ns.compile(net, engine=engine) for engine in ("numpy", "reference", "numpy")]
    ns.train(programs[0], X, y, epochs=3)
    later = ns.compile(net)
    outputs = [program.feedforward(X) for program in (*programs, later)]
    for one in outputs[1:]:
        np.testing.assert_allclose(one, outputs[0], rtol=1e-12)


def test_a_structural_change_returns_the_layout_to_the_order_of_creation():
    net = dense_net(np.random.default_rng(3))
    ns.compile(net)
    biases = [n.bias for n in net.neurons if n.bias is not None]
    assert net.parameters.tolist() != [*net.synapses.weight, *biases]
    net.connect(net["input"][0], net["output"][0], weight=0.5)
    assert net.parameters.tolist() == [*net.synapses.weight, *biases]


def test_a_structural_change_is_compiled_anew_and_only_then():
    net = dense_net(None)
    first = ns.compile(net).plan
    net.remove(net["hidden"][0])
    second = ns.compile(net).plan
    assert second is not first
    assert second.n_neurons == first.n_neurons - 1
    assert second.n_weights == first.n_weights - 10


def test_a_copy_is_compiled_for_itself():
    net = dense_net(None)
    program = ns.compile(net)
    copy = net.copy()
    copy.connect(copy["input"][0], copy["output"][0])
    ns.compile(copy)
    program.feedforward(np.zeros((1, 6)))  # still fresh


# -- refusals ------------------------------------------------------------------------------


def test_a_network_without_an_output_neuron_is_refused():
    net = ns.Network("mute")
    net.add_layer(2, role="input")
    with pytest.raises(StructureError) as refusal:
        ns.compile(net)
    assert str(refusal.value) == (
        "network 'mute' has no output neuron; make one with role=\"output\""
    )


def test_what_is_no_network_is_refused():
    with pytest.raises(InvalidTypeError, match=r"^compile takes a Network or a .* \(got 'net'\)$"):
        ns.compile("net")


def test_an_unknown_engine_is_refused_with_the_ones_there_are():
    with pytest.raises(InvalidValueError, match=r"engine must be one of .*'numpy'.*\(got 'warp'\)"):
        ns.compile(dense_net(None), engine="warp")


def through_softmax(activation):
    """Return a net whose only way from input to output goes through two neurons of a softmax."""
    net = ns.Network("through softmax")
    x = net.add_neuron("x", role="input")
    middle = net.add_neuron("middle", activation=activation)
    layer = net.add_layer(2, activation="softmax", name="layer")
    output = net.add_neuron("output", role="output")
    net.connect(x, middle, weight=1.0)
    net.connect(middle, layer[1], weight=1.0)
    net.connect(layer[0], output, weight=1.0)
    return net


def test_reachability_goes_through_a_softmax_layer_from_any_neuron_to_any():
    plan = ns.compile(through_softmax("tanh")).plan
    assert plan.hears_input.all()
    assert plan.reaches_output.all()


def test_training_through_a_threshold_behind_a_softmax_layer_is_refused_naming_the_neuron():
    with pytest.raises(ns.errors.StructureError, match="neuron 'middle' has activation threshold"):
        ns.train(through_softmax("threshold"), [[-1.0], [1.0]], [0.0, 1.0], epochs=1)
