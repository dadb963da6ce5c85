"""Ready-made networks: what they consist of, and what is refused."""

import enum
import io
from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurosim as ns
from neurosim.errors import (
    CycleError,
    InvalidTypeError,
    InvalidValueError,
    NeurosimWarning,
    StructureError,
    UnknownNameError,
)
from neurosim.topologies import from_networkx, layered, random_dag, small_world
from tests import strategies


def described(net):
    """Return all that makes two networks equal."""
    neurons = [
        (n.name, n.role, n.layer and n.layer.name, n.activation and n.activation.name, n.bias)
        for n in net.neurons
    ]
    layers = [(layer.name, [n.name for n in layer]) for layer in net.layers]
    synapses = sorted((s.pre.name, s.post.name, s.weight) for s in net.synapses)
    return net.name, net.dtype, neurons, layers, synapses


def pairs(net):
    return {(s.pre.name, s.post.name) for s in net.synapses}


def names(neurons):
    return [neuron.name for neuron in neurons]


def chain():
    """Return the graph x -> h -> y, which says nothing of its neurons."""
    return nx.DiGraph([("x", "h"), ("h", "y")])


BUILDERS = {
    "layered": lambda **how: layered([2, 3, 2, 1], **how),
    "random_dag": lambda **how: random_dag(9, n_inputs=2, n_outputs=2, seed=0, **how),
    "small_world": lambda **how: small_world(9, n_inputs=2, n_outputs=2, seed=0, **how),
    "from_networkx": lambda **how: from_networkx(chain(), **how),
    "from_networkx with layers": lambda **how: from_networkx(with_layers(), **how),
}


def with_layers():
    graph = nx.DiGraph([(0, 2), (0, 3), (2, 4), (3, 5)])
    for node, layer in ((2, "middle"), (3, "middle"), (4, "end"), (5, "end")):
        graph.nodes[node]["layer"] = layer
    return graph


def kinds(neurons):
    return {str(neuron.activation) for neuron in neurons}


@pytest.mark.parametrize("build", BUILDERS.values(), ids=BUILDERS)
def test_hidden_neurons_are_sigmoid_neurons_by_default_and_outputs_linear_units(build):
    net = build()
    assert kinds(n for n in net.neurons if n.role == "hidden") == {"sigmoid"}
    assert kinds(net.outputs) == {"identity"}


@pytest.mark.parametrize("build", BUILDERS.values(), ids=BUILDERS)
def test_an_activation_that_is_given_is_that_of_the_outputs_too(build):
    net = build(activation="tanh")
    assert kinds(n for n in net.neurons if n.role != "input") == {"tanh"}


# -- layered -----------------------------------------------------------------------------------


def test_layers_are_named_by_their_place():
    assert names(layered([2, 1]).layers) == ["input", "output"]
    assert names(layered([2, 3, 1]).layers) == ["input", "hidden", "output"]
    assert names(layered([2, 3, 4, 1]).layers) == ["input", "hidden1", "hidden2", "output"]


def test_each_layer_is_connected_to_the_next():
    net = layered([2, 3, 1], name="lecture", dtype="float32")
    assert described(net)[:2] == ("lecture", np.float32)
    assert (len(net.inputs), len(net.outputs), len(net.synapses)) == (2, 1, 9)
    assert net.weights("input", "hidden").shape == (2, 3)
    assert set(names(net["output"][0].incoming[i].pre for i in range(3))) == set(
        names(net["hidden"])
    )
    assert not net.synapses.weight.any()
    assert [str(layer.activation) for layer in net.layers[1:]] == ["sigmoid", "identity"]
    assert {n.bias for n in net.neurons[2:]} == {0.0}


def test_activation_and_bias_may_differ_by_layer():
    net = layered([2, 3, 2, 1], activation=["tanh", "relu", "identity"], bias=[None, 0.5, [2.0]])
    assert [str(layer.activation) for layer in net.layers[1:]] == ["tanh", "relu", "identity"]
    assert [layer[0].bias for layer in net.layers[1:]] == [None, 0.5, 2.0]
    mixed = layered([1, 2, 1], activation=[["tanh", "sine"], "softplus"])
    assert [str(n.activation) for n in mixed["hidden"]] == ["tanh", "sine"]
    assert str(layered([2, 3], activation=("softmax",))["output"].activation) == "softmax"


def test_skips_connect_more_pairs_of_layers():
    net = layered([2, 3, 4, 1], skips=[(0, 3), (0, 2)])
    assert len(net.synapses) == 6 + 12 + 4 + 2 + 8
    everything = layered([2, 3, 4, 1], skips="all")
    assert len(everything.synapses) == 6 + 12 + 4 + 2 + 8 + 3
    assert nx.dag_longest_path_length(everything.graph, weight=None) == 3


def test_skips_leave_the_draws_of_the_other_weights_alone():
    drawn = []
    for skips in ((), "all"):
        net = layered([2, 3, 1], skips=skips)
        net.initialize(ns.initializers.Normal(), seed=1)
        drawn.append(net.synapses.weight[:9])
    np.testing.assert_array_equal(*drawn)


@pytest.mark.parametrize(("arguments", "error", "message"), [
    ({"sizes": [3]}, InvalidValueError, "at least an input and an output layer (got [3])"),
    ({"sizes": 3}, InvalidTypeError, "layered.sizes must be a list of ints (got 3)"),
    ({"sizes": "33"}, InvalidTypeError, "layered.sizes must be a list of ints (got '33')"),
    ({"sizes": [2, 0]}, InvalidValueError, "layered.sizes[1] must be >= 1 (got 0)"),
    ({"sizes": [2, True]}, InvalidTypeError, "layered.sizes[1] must be an int (got True)"),
    ({"sizes": [2, 1], "activation": ["tanh", "relu"]}, InvalidValueError, ": 1 (got 2)"),
    ({"sizes": [2, 1], "bias": []}, InvalidValueError, ": 1 (got 0)"),
    ({"sizes": [2, 1, 1], "skips": "some"}, InvalidValueError, "(got 'some')"),
    ({"sizes": [2, 1, 1], "skips": [(0, 1)]}, InvalidValueError, "i + 1 < j < 3 (got (0, 1))"),
    ({"sizes": [2, 1, 1], "skips": [(0, 3)]}, InvalidValueError, "i + 1 < j < 3 (got (0, 3))"),
    ({"sizes": [2, 1, 1], "skips": [(2, 0)]}, InvalidValueError, "i + 1 < j < 3 (got (2, 0))"),
    ({"sizes": [2, 1, 1], "skips": [(0, 2), (0, 2)]}, InvalidValueError, "(got (0, 2) twice)"),
    ({"sizes": [2, 1, 1], "skips": [3]}, InvalidTypeError, "(got 3)"),
    ({"sizes": [2, 1, 1], "skips": [(0, 1, 2)]}, InvalidTypeError, "(got (0, 1, 2))"),
    ({"sizes": [2, 1], "activation": "sigmoyd"}, UnknownNameError, "sigmoid"),
])  # fmt: skip
def test_layered_refuses(arguments, error, message):
    with pytest.raises(error) as caught:
        layered(**arguments)
    assert message in str(caught.value)


# -- random ------------------------------------------------------------------------------------


@pytest.mark.parametrize("in_degree", [1, 3, 10, 40, 1000])
def test_every_neuron_hears_different_earlier_ones(in_degree):
    net = random_dag(60, n_inputs=4, n_outputs=3, in_degree=in_degree, seed=0)
    assert (len(net.neurons), len(net.inputs), len(net.outputs)) == (60, 4, 3)
    assert net.outputs == net.neurons[-3:]
    assert (net.synapses.pre < net.synapses.post).all()
    heard = np.bincount(net.synapses.post, minlength=60)
    assert heard.tolist() == [0 if i < 4 else min(in_degree, i) for i in range(60)]
    assert nx.is_directed_acyclic_graph(net.graph)


def test_earlier_neurons_are_drawn_uniformly():
    counts = np.zeros((12, 12))
    for seed in range(2000):
        net = random_dag(12, in_degree=4, seed=seed)
        counts[net.synapses.pre, net.synapses.post] += 1
    for post in range(5, 12):  # mean 2000 · 4/post; six standard deviations
        share = 4 / post
        spread = 6 * np.sqrt(2000 * share * (1 - share))
        assert np.abs(counts[:post, post] - 2000 * share).max() < spread


@pytest.mark.parametrize("make", [random_dag, small_world])
def test_a_seed_gives_the_same_network_again(make):
    first, again, other = (make(50, seed=seed) for seed in (3, 3, 4))
    assert described(first) == described(again) != described(other)
    sources = (np.random.RandomState, np.random.default_rng, np.random.SeedSequence)
    for source in sources:
        assert described(make(50, seed=source(5))) == described(make(50, seed=source(5)))
    generator = np.random.default_rng(3)
    assert described(make(50, seed=generator)) == described(first)
    assert described(make(50, seed=generator)) != described(first)


@pytest.mark.parametrize("make", [random_dag, small_world])
def test_layers_hold_inputs_hidden_and_output_neurons(make):
    net = make(20, n_inputs=3, n_outputs=2, activation="tanh", bias=None, name="n", dtype="float32")
    assert [(layer.name, len(layer)) for layer in net.layers] == [
        ("input", 3), ("hidden", 15), ("output", 2)
    ]  # fmt: skip
    assert {str(n.activation) for n in net.neurons[3:]} == {"tanh"}
    assert {n.bias for n in net.neurons} == {None}
    assert (net.name, net.dtype) == ("n", np.float32)
    assert not net.synapses.weight.any()


def test_a_random_network_may_have_no_hidden_neuron():
    net = random_dag(5, n_inputs=3, n_outputs=2, seed=0)
    assert names(net.layers) == ["input", "output"]
    assert len(net.synapses) == 3 + 4


def test_a_small_world_without_rewiring_is_a_ring():
    net = small_world(10, n_inputs=2, neighbors=2, rewire=0, seed=0)
    order = names(net.neurons)
    ring = {*pairwise(order), (order[0], order[-1])}
    assert pairs(net) == ring - {(order[0], order[1])}  # two inputs


def test_a_small_world_leads_upwards_and_skips_edges_between_inputs():
    net = small_world(200, n_inputs=20, n_outputs=5, neighbors=6, rewire=0.3, seed=1)
    assert (net.synapses.pre < net.synapses.post).all()
    assert net.synapses.post.min() >= 20
    assert 600 - 20 * 3 <= len(net.synapses) <= 600
    with_inputs = small_world(200, n_inputs=1, neighbors=6, rewire=0.3, seed=1)
    assert len(with_inputs.synapses) == 600


@pytest.mark.parametrize(("make", "arguments", "error", "message"), [
    (random_dag, {"n_neurons": 3, "n_inputs": 2, "n_outputs": 2}, InvalidValueError,
     "random_dag.n_neurons must be >= n_inputs + n_outputs = 4 (got 3)"),
    (random_dag, {"n_neurons": 3, "n_inputs": 0}, InvalidValueError, "random_dag.n_inputs"),
    (random_dag, {"n_neurons": 3.0}, InvalidTypeError, "random_dag.n_neurons must be an int"),
    (random_dag, {"n_neurons": 9, "in_degree": 0}, InvalidValueError, "random_dag.in_degree"),
    (random_dag, {"n_neurons": 9, "seed": "1"}, InvalidTypeError, "seed must be"),
    (small_world, {"n_neurons": 4, "neighbors": 4}, InvalidValueError,
     "small_world.neighbors must be < n_neurons = 4 (got 4)"),
    (small_world, {"n_neurons": 9, "neighbors": 1}, InvalidValueError, "small_world.neighbors"),
    (small_world, {"n_neurons": 9, "rewire": 1.5}, InvalidValueError,
     "small_world.rewire must be in [0, 1] (got 1.5)"),
])  # fmt: skip
def test_random_ones_refuse(make, arguments, error, message):
    with pytest.raises(error) as caught:
        make(**arguments)
    assert message in str(caught.value)


# -- from networkx -----------------------------------------------------------------------------


def changed_net():
    """Return a network with all there is, in an order that is not that of the roles."""
    net = ns.Network("everything")
    net.add_layer(["h0", "h1", "h2"], activation=["tanh", "sine", "tanh"], bias=[0.5, None, 1.0])
    net.add_neuron("y", role="output", activation="sigmoid", bias=-0.25)
    net.add_layer(2, role="input", name="input")
    net.add_neuron("x", role="input")
    net.add_neuron("isolated", bias=None)
    net.add_neuron("dead end", activation="relu")
    net.add_layer(2, activation="softmax", role="output", name="probabilities")
    net.add_layer(2, activation="relu", role="output", name="more")
    net.add_neuron("removed")
    net.connect(["input", "x"], "layer1", weight=np.arange(9).reshape(3, 3) / 8 - 0.5)
    net.connect("layer1", ["y", "dead end", "probabilities", "removed"], weight=0.75)
    net.connect("y", "more", weight=-1e-3)
    net.remove("removed", "h1")
    return net


ROUND_TRIPS = {
    "detached": lambda net: from_networkx(net.to_networkx()),
    "live": lambda net: from_networkx(net.graph, name=net.name),
    "GraphML": lambda net: from_networkx(reread(net, nx.write_graphml, nx.read_graphml)),
    "GML": lambda net: from_networkx(reread(net, nx.write_gml, nx.read_gml)),
    "GEXF": lambda net: from_networkx(reread(net, nx.write_gexf, nx.read_gexf), name=net.name),
    "node-link": lambda net: from_networkx(
        nx.node_link_graph(nx.node_link_data(net.to_networkx(), edges="edges"), edges="edges")
    ),
    "twice": lambda net: from_networkx(from_networkx(net.to_networkx()).to_networkx()),
}


def reread(net, write, read):
    buffer = io.BytesIO()
    write(net.to_networkx(), buffer)
    return read(io.BytesIO(buffer.getvalue()))


@pytest.mark.parametrize("through", ROUND_TRIPS)
@pytest.mark.parametrize("make", [
    changed_net,
    lambda: layered([2, 3, 1], skips="all", bias=None),
    lambda: random_dag(30, n_inputs=3, n_outputs=2, seed=0),
    lambda: small_world(30, seed=0),
])  # fmt: skip
def test_a_network_comes_back_equal(through, make):
    net = make()
    net.initialize(ns.initializers.Normal(), seed=1)
    assert described(ROUND_TRIPS[through](net)) == described(net)


@pytest.mark.parametrize("through", ROUND_TRIPS)
@given(data=st.data())
@settings(max_examples=5)
def test_the_order_of_synapses_and_of_parameters_is_kept(through, data):
    net = data.draw(strategies.networks(dtype="float64"))
    again = ROUND_TRIPS[through](net)
    ends = [(s.pre.name, s.post.name, s.weight) for s in net.synapses]
    assert [(s.pre.name, s.post.name, s.weight) for s in again.synapses] == ends
    assert again.parameters.tobytes() == net.copy().parameters.tobytes()


def test_a_synapse_that_was_removed_leaves_no_gap_in_the_order():
    net = layered([2, 2])
    net.remove(net.synapses[1])
    orders = [order for *_, order in net.to_networkx().edges(data="order")]
    assert sorted(orders) == [0, 1, 2]
    assert {type(order) for order in orders} == {int}


def test_an_order_that_edges_share_is_none():
    graph = nx.DiGraph()
    graph.add_edge("b", "y", order=1)
    graph.add_edge("a", "y", order=1)
    assert [s.pre.name for s in from_networkx(graph, order="aby").synapses] == ["a", "b"]
    graph.edges["a", "y"]["order"] = 2.0
    assert [s.pre.name for s in from_networkx(graph, order="aby").synapses] == ["b", "a"]


def test_numbers_of_another_name_are_named_as_weights_that_could_be_meant():
    graph = nx.DiGraph()
    graph.add_edge("a", "y", capacity=2, kind="x", penwidth=3.0)
    with pytest.warns(NeurosimWarning) as said:
        net = from_networkx(graph)
    assert net.synapses.weight.tolist() == [0.0]
    assert [str(warning.message) for warning in said] == [
        "from_networkx: no edge has the attribute 'weight', so that all weights are 0, but there "
        "are numbers in 'capacity'; weight= says which of them are weights, or None"
    ]
    assert from_networkx(graph, weight="capacity").synapses.weight.tolist() == [2.0]
    assert from_networkx(graph, weight=None).synapses.weight.tolist() == [0.0]
    with pytest.raises(InvalidValueError) as refusal:
        from_networkx(graph, weight="size")
    assert str(refusal.value) == (
        "from_networkx.weight must be an attribute of edges that hold numbers (got 'size'; there "
        "are 'capacity')"
    )


def test_a_long_cycle_is_shown_by_its_ends():
    graph = nx.cycle_graph(50_000, create_using=nx.DiGraph)
    with pytest.raises(CycleError) as refusal:
        from_networkx(graph)
    assert str(refusal.value) == (
        "from_networkx.graph must have no cycle (got 0 -> 1 -> 2 -> 3 -> 4 -> 5 -> 6 -> 7 -> 8 "
        "-> 9 -> … (49,989 more) -> 49999 -> 0); remove an edge of it"
    )


def test_a_network_without_roles_at_its_ends_comes_back_equal():
    net = ns.Network("unfinished")
    a, b = net.add_neuron("a", bias=None), net.add_neuron("b", bias=None)
    net.connect(a, b)
    assert described(from_networkx(net.to_networkx())) == described(net)


def test_an_empty_graph_makes_an_empty_network():
    assert described(from_networkx(nx.DiGraph())) == described(ns.Network("network"))
    assert described(from_networkx(ns.Network("void").graph)) == described(ns.Network("void"))


def test_a_directed_graph_is_taken_as_it_is():
    graph = nx.DiGraph([("x", "h"), ("h", "y"), ("x", "y")])
    graph.add_node("alone")
    graph.add_edge("h", "z", weight=np.float32(0.5))
    net = from_networkx(graph, activation="tanh", bias=0.25, name="small", dtype="float32")
    assert [(n.name, n.role) for n in net.neurons] == [
        ("x", "input"), ("h", "hidden"), ("y", "output"), ("alone", "hidden"), ("z", "output")
    ]  # fmt: skip
    assert pairs(net) == set(graph.edges)
    assert net.synapse("h", "z").weight == 0.5
    assert net.synapse("x", "y").weight == 0.0
    assert (str(net["h"].activation), net["h"].bias, net.dtype) == ("tanh", 0.25, np.float32)


def test_another_attribute_may_hold_the_weight():
    graph = nx.DiGraph()
    graph.add_edge("x", "y", strength=3, weight="heavy")
    assert from_networkx(graph, weight="strength").synapses.weight.tolist() == [3.0]
    assert from_networkx(graph, weight=None).synapses.weight.tolist() == [0.0]


def test_attributes_go_before_the_arguments():
    graph = nx.DiGraph([("x", "a"), ("a", "b"), ("b", "y")])
    graph.nodes["a"].update(activation="relu")
    graph.nodes["b"].update(bias=None)
    graph.nodes["y"].update(activation="identity", bias=2, role="output")
    net = from_networkx(graph, activation="sine", bias=0.5)
    assert [(str(n.activation), n.bias) for n in net.neurons[1:]] == [
        ("relu", 0.5), ("sine", None), ("identity", 2.0)
    ]  # fmt: skip


def test_a_node_with_role_and_activation_but_no_bias_has_none():
    graph = nx.DiGraph([("x", "y")])
    graph.nodes["y"].update(activation="tanh", role="output")
    assert from_networkx(graph)["y"].bias is None


def test_neighbouring_nodes_of_one_layer_become_a_layer():
    graph = nx.DiGraph([("a", "c"), ("b", "c"), ("b", "d")])
    nx.set_node_attributes(graph, {"a": "first", "b": "first", "c": 2, "d": 2}, "layer")
    net = from_networkx(graph, order="abcd")
    assert [(layer.name, names(layer)) for layer in net.layers] == [
        ("first", ["a", "b"]), ("layer2", ["c", "d"])
    ]  # fmt: skip
    with pytest.raises(StructureError, match="layer 'first' must follow each other"):
        from_networkx(graph)  # its own order is a, c, b, d


def test_nodes_may_be_anything_hashable():
    class Colour(enum.Enum):
        RED = 1

    graph = nx.DiGraph([((0, 1), 2.5), (2.5, frozenset()), (2.5, Colour.RED)])
    assert names(from_networkx(graph).neurons) == ["(0, 1)", "2.5", "frozenset()", "Colour.RED"]


def test_named_inputs_and_outputs_decide_the_order_of_the_columns():
    graph = nx.DiGraph([("a", "c"), ("b", "c"), ("c", "d"), ("c", "e")])
    net = from_networkx(graph, inputs=["b", "a"], outputs=["e", "d"])
    assert names(net.inputs) == ["b", "a"]
    assert names(net.outputs) == ["e", "d"]
    assert names(net.neurons) == ["b", "a", "c", "e", "d"]


def test_arguments_overrule_roles():
    graph = nx.DiGraph([("a", "b"), ("b", "c"), ("b", "d")])
    nx.set_node_attributes(graph, {"a": "input", "b": "hidden", "c": "output"}, "role")
    assert names(from_networkx(graph).outputs) == ["c"]
    net = from_networkx(graph, outputs=["d"])
    assert [(n.name, n.role) for n in net.neurons] == [
        ("a", "input"), ("b", "hidden"), ("c", "hidden"), ("d", "output")
    ]  # fmt: skip
    assert from_networkx(graph, inputs=[]).inputs == ()


def test_an_undirected_graph_is_oriented_by_its_order():
    graph = nx.path_graph(5)
    net = from_networkx(graph)
    assert pairs(net) == {("0", "1"), ("1", "2"), ("2", "3"), ("3", "4")}
    assert (names(net.inputs), names(net.outputs)) == (["0"], ["4"])


def test_inputs_come_first_and_outputs_last_in_an_undirected_graph():
    graph = nx.path_graph(5)
    graph.edges[1, 2]["weight"] = 0.5
    net = from_networkx(graph, inputs=[2], outputs=[1, 3])
    assert names(net.neurons) == ["2", "0", "4", "1", "3"]
    assert pairs(net) == {("2", "1"), ("2", "3"), ("0", "1"), ("4", "3")}
    assert net.synapse("2", "1").weight == 0.5
    assert net["0"].role == "hidden"  # inputs are named, so nothing else becomes one
    marked = nx.path_graph(3)
    marked.nodes[2]["role"] = "input"
    assert pairs(from_networkx(marked)) == {("2", "1"), ("0", "1")}


def test_a_given_order_orients():
    net = from_networkx(nx.path_graph(4), order=[3, 2, 1, 0])
    assert pairs(net) == {("3", "2"), ("2", "1"), ("1", "0")}
    net = from_networkx(nx.path_graph(4), order=[1, 3, 0, 2], inputs=[0])
    assert names(net.neurons) == ["0", "1", "3", "2"]


def test_any_undirected_graph_becomes_acyclic():
    for seed in range(5):
        graph = nx.gnp_random_graph(30, 0.2, seed=seed)
        net = from_networkx(graph, inputs=[7], outputs=[3, 4])
        assert nx.is_directed_acyclic_graph(net.graph)
        assert len(net.synapses) == graph.number_of_edges()


def test_a_multigraph_without_parallel_edges_is_taken():
    graph = nx.MultiDiGraph()
    graph.add_edge("a", "b", weight=2.0)
    assert from_networkx(graph).synapse("a", "b").weight == 2.0
    assert pairs(from_networkx(nx.MultiGraph([(0, 1), (1, 2)]))) == {("0", "1"), ("1", "2")}


def test_the_graph_stays_as_it_was():
    graph = nx.path_graph(4)
    before = nx.node_link_data(graph, edges="edges")
    from_networkx(graph, inputs=[3])
    assert nx.node_link_data(graph, edges="edges") == before


def with_role(role):
    graph = nx.DiGraph([("a", "b")])
    graph.nodes["a"]["role"] = role
    return graph


def with_data(**data):
    graph = nx.DiGraph([("a", "b")])
    graph.nodes["a"].update(data)
    return graph


def weighted(value):
    graph = nx.DiGraph()
    graph.add_edge("a", "b", weight=value)
    return graph


PATH = nx.DiGraph([("a", "b"), ("b", "c")])


@pytest.mark.parametrize(("graph", "options", "error", "message"), [
    ([(0, 1)], {}, InvalidTypeError, "must be a networkx graph (got [(0, 1)])"),
    (nx.DiGraph([("a", "b"), ("b", "c"), ("c", "a")]), {}, CycleError, "a -> b -> c -> a"),
    (nx.DiGraph([("a", "a")]), {}, CycleError, "a -> a"),
    (nx.Graph([("a", "a")]), {}, StructureError, "cannot connect 'a' to itself"),
    (nx.MultiDiGraph([("a", "b"), ("a", "b")]), {}, StructureError, "'a' and 'b' are joined by"),
    (nx.MultiGraph([("a", "b"), ("b", "a")]), {}, StructureError, "parallel edges"),
    (nx.DiGraph([(1, "1")]), {}, StructureError, "nodes 1 and '1' would both be called '1'"),
    (PATH, {"inputs": ["b"]}, StructureError, "from 'a' to 'b' ends in an input neuron"),
    (PATH, {"inputs": ["a", "b"]}, StructureError, "from 'a' to 'b' ends in an input neuron"),
    (nx.path_graph(3), {"inputs": [0, 1]}, StructureError, "from 0 to 1 ends in an input"),
    (PATH, {"inputs": ["a"], "outputs": ["a"]}, StructureError, "'a' cannot be both"),
    (PATH, {"inputs": ["z"]}, InvalidValueError, "inputs must be nodes of the graph (got 'z')"),
    (PATH, {"outputs": "c"}, InvalidTypeError, "outputs must be a list of nodes (got 'c')"),
    (PATH, {"outputs": 3}, InvalidTypeError, "outputs must be a list of nodes (got 3)"),
    (PATH, {"outputs": ["c", "c"]}, InvalidValueError, "outputs must hold each node once"),
    (PATH, {"order": ["a", "b"]}, InvalidValueError, "each of the 3 nodes"),
    (PATH, {"order": ["a", "b", "b"]}, InvalidValueError, "3 entries, 2 different"),
    (with_role("boss"), {}, InvalidValueError, "role of node 'a'"),
    (with_data(activation="tanh"), {}, StructureError, "'a' becomes an input neuron, which has no "
     "activation (got 'tanh')"),
    (with_data(bias=1.0), {}, StructureError, "which has no bias (got 1.0)"),
    (weighted("much"), {}, InvalidTypeError, "edge from 'a' to 'b': weight must be a finite"),
    (weighted(float("nan")), {}, InvalidValueError, "edge from 'a' to 'b'"),
    (PATH, {"activation": "softmax"}, StructureError, "belongs to a whole layer"),
    (PATH, {"name": ""}, InvalidValueError, "Network.name"),
])  # fmt: skip
def test_from_networkx_refuses(graph, options, error, message):
    with pytest.raises(error) as caught:
        from_networkx(graph, **options)
    assert message in str(caught.value)
