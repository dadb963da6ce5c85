"""What holds for files of other programs in all their dialects alike."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurosim as ns
from neurosim.errors import FormatError, NeurosimError, NeurosimWarning, StructureError
from tests.io import dialects

dialect = pytest.mark.parametrize(
    ("name", "make"), dialects.ALL, ids=[make.__name__ for _, make in dialects.ALL]
)
# In DOT, an edge makes the nodes that it names.
declaring = pytest.mark.parametrize(
    ("name", "make"),
    [one for one in dialects.ALL if one[0] != "dot"],
    ids=[make.__name__ for name, make in dialects.ALL if name != "dot"],
)
CHAIN = [("a", {}), ("b", {}), ("c", {})]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("dialects")


def read(make, name, folder, nodes, edges, *, options=None, **kind):
    return ns.read(
        dialects.write(make(nodes, edges, **kind), folder), format=name, **(options or {})
    )


def found(net):
    return {(str(s.pre), str(s.post)): s.weight for s in net.synapses}


@st.composite
def graphs(draw):
    """Nodes of any order, and edges that make no cycle, with weights."""
    text = st.from_regex(r"[a-e][a-e0-2]?", fullmatch=True)  # numbers could be places, too
    names = draw(st.lists(text, min_size=2, max_size=6, unique=True))
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, min_size=1, max_size=8))
    weights = st.floats(-1e6, 1e6)
    edges = [(a, b, {"weight": draw(weights)}) for a, b in chosen]
    order = draw(st.permutations(names))
    return [(name, {}) for name in order], edges


# -- a reader either resolves every reference or refuses ---------------------------------------


@dialect
@given(graph=graphs())
@settings(max_examples=6)
def test_every_edge_leads_between_the_nodes_that_it_names(name, make, folder, graph):
    nodes, edges = graph
    net = read(make, name, folder, nodes, edges)
    assert {neuron.name for neuron in net.neurons} == {node for node, _ in nodes}
    assert found(net) == {(a, b): data["weight"] for a, b, data in edges}


@declaring
@pytest.mark.parametrize("edge", [("a", "ghost"), ("ghost", "b"), ("ghost", "other")])
def test_an_edge_to_a_node_that_is_not_there_is_refused(name, make, edge, folder):
    with pytest.raises(FormatError, match="there is no node"):
        read(make, name, folder, CHAIN, [("a", "b", {}), (*edge, {})])


def test_so_it_is_in_frames():
    neurons, synapses = dialects.frames(CHAIN, [("a", "ghost", {"weight": 1.0})])
    with pytest.raises(FormatError, match="'a' -> 'ghost': there is no neuron 'ghost'"):
        ns.from_frames(neurons, synapses)
    synapses["post"] = [None]
    with pytest.raises(FormatError, match="synapse 0 must have a pre and a post"):
        ns.from_frames(None, synapses)


@dialect
def test_an_edge_that_is_there_twice_is_refused(name, make, folder):
    edges = [("a", "b", {"weight": 1.0}), ("a", "b", {"weight": 5.0})]
    with pytest.raises(FormatError, match="once"):
        read(make, name, folder, CHAIN, edges)


@pytest.mark.parametrize("make", dialects.UNDIRECTED)
def test_so_is_one_without_direction_that_is_there_both_ways(make, folder):
    name = next(name for name, makes in dialects.TEXTS.items() if make in makes)
    edges = [("a", "b", {"weight": 1.0}), ("b", "a", {"weight": 5.0})]
    with pytest.raises(FormatError, match="once"):
        read(make, name, folder, CHAIN, edges, directed=False)


@declaring
def test_a_node_that_is_there_twice_is_refused(name, make, folder):
    if make is dialects.d3_names_json:
        pytest.skip("names need not tell nodes apart there")
    nodes = [("a", {}), ("a", {"role": "hidden"}), ("b", {})]
    with pytest.raises(FormatError, match="once"):
        read(make, name, folder, nodes, [("b", "a", {})])


@pytest.mark.parametrize("make", dialects.UNDIRECTED)
@given(graph=graphs())
@settings(max_examples=5)
def test_edges_without_direction_are_oriented_by_the_order_of_the_nodes(make, folder, graph):
    name = next(name for name, makes in dialects.TEXTS.items() if make in makes)
    nodes, edges = graph
    net = read(make, name, folder, nodes, edges, directed=False)
    place = {node: i for i, (node, _) in enumerate(nodes)}
    assert found(net) == {
        tuple(sorted((a, b), key=place.get)): data["weight"] for a, b, data in edges
    }


# -- what a reader reads it applies or names -----------------------------------------------------


@dialect
def test_what_nodes_and_edges_say_is_applied(name, make, folder):
    nodes = [
        ("a", {"role": "input"}),
        ("b", {"activation": "tanh", "bias": -0.5}),
        ("c", {"activation": "relu", "bias": 2, "role": "output"}),
    ]
    edges = [("a", "b", {"weight": 0.25, "kind": "x"}), ("b", "c", {"weight": -3})]
    net = read(make, name, folder, nodes, edges)
    neurons = [(n.name, n.role, n.activation and n.activation.name, n.bias) for n in net.neurons]
    assert neurons == [
        ("a", "input", None, None),
        ("b", "hidden", "tanh", -0.5),
        ("c", "output", "relu", 2.0),
    ]
    assert found(net) == {("a", "b"): 0.25, ("b", "c"): -3.0}


@dialect
def test_capital_letters_make_no_difference(name, make, folder):
    nodes = [("a", {}), ("b", {"Activation": "tanh", "BIAS": "0.5", "Role": "output"})]
    net = read(make, name, folder, nodes, [("a", "b", {"Weight": 2})])
    assert (net["b"].activation, net["b"].bias, found(net)) == ("tanh", 0.5, {("a", "b"): 2.0})


@dialect
@pytest.mark.parametrize("key", ["value", "w"])
def test_numbers_that_are_probably_weights_are_named_or_taken_if_told(name, make, key, folder):
    nodes, edges = CHAIN, [("a", "b", {key: 0.5}), ("b", "c", {key: 2})]
    if (name, key) == ("dot", "w"):  # where it is the weight
        assert found(read(make, name, folder, nodes, edges)) == {("a", "b"): 0.5, ("b", "c"): 2.0}
        return
    with pytest.warns(NeurosimWarning) as said:
        net = read(make, name, folder, nodes, edges)
    assert [str(warning.message) for warning in said] == [
        "from_networkx: no edge has the attribute 'weight', so that all weights are 0, but there "
        f"are numbers in {key!r}; weight= says which of them are weights, or None"
    ]
    assert set(found(net).values()) == {0.0}
    told = read(make, name, folder, nodes, edges, options={"weight": key})
    assert found(told) == {("a", "b"): 0.5, ("b", "c"): 2.0}
    told = read(make, name, folder, nodes, edges, options={"weight": None})
    assert set(found(told).values()) == {0.0}


@dialect
def test_weights_of_a_name_that_no_edge_has_are_refused(name, make, folder):
    with pytest.raises(ns.errors.InvalidValueError, match=r"\(got 'size'; there are 'value'\)"):
        read(make, name, folder, CHAIN, [("a", "b", {"value": 1})], options={"weight": "size"})


@dialect
@pytest.mark.parametrize("key", ["activation_function", "activaton", "biases"])
def test_attributes_that_look_like_ours_are_named(name, make, key, folder):
    with pytest.warns(NeurosimWarning, match=f"the attribute '{key}' of nodes is left out; that"):
        read(make, name, folder, [("a", {}), ("b", {key: "tanh"})], [("a", "b", {"weight": 1})])


@dialect
@pytest.mark.parametrize("value", ["1_0", "\u0661", "0x10", "1,5", "much"])
def test_a_weight_or_a_bias_is_written_in_plain_digits(name, make, value, folder):
    if make is dialects.edge_list and "," in value:
        pytest.skip("two cells")
    edges = [("a", "b", {"weight": value})]
    with pytest.raises(FormatError, match="weight"):
        read(make, name, folder, CHAIN, edges)
    nodes = [("a", {}), ("b", {"bias": value})]
    with pytest.raises(FormatError, match="bias"):
        read(make, name, folder, nodes, [("a", "b", {"weight": 1})])


@dialect
@pytest.mark.parametrize("value", ["nan", "1e999"])
def test_a_weight_is_finite(name, make, value, folder):
    with pytest.raises(FormatError, match=r"weight .*must be a finite number"):
        read(make, name, folder, CHAIN, [("a", "b", {"weight": value})])


@dialect
def test_an_input_neuron_has_no_activation_whoever_says_so(name, make, folder):
    with pytest.raises(StructureError, match="'a' becomes an input neuron, which has no activat"):
        read(make, name, folder, [("a", {"activation": "tanh"}), ("b", {})], [("a", "b", {})])


@dialect
def test_an_activation_from_elsewhere_is_answered_with_ours(name, make, folder):
    with pytest.raises(KeyError, match="Did you mean 'identity'"):
        read(make, name, folder, [("a", {}), ("b", {"activation": "linear"})], [("a", "b", {})])


@dialect
def test_what_is_left_out_anyway_refuses_no_file(name, make, folder):
    rubbish = {"size": "large", "color": "#12", "list": "[1|2|3]", "date": "1e", "truth": "maybe"}
    edges = [("a", "b", {**rubbish, "weight": 1})]
    net = read(make, name, folder, [("a", rubbish), ("b", {})], edges)
    assert found(net) == {("a", "b"): 1.0}


# -- the order -----------------------------------------------------------------------------------


@dialect
@given(graph=graphs(), data=st.data())
@settings(max_examples=4)
def test_the_order_of_synapses_is_kept_where_it_is_said(name, make, folder, graph, data):
    nodes, edges = graph
    order = data.draw(st.permutations(range(len(edges))))
    edges = [(a, b, {**d, "order": i}) for (a, b, d), i in zip(edges, order, strict=True)]
    net = read(make, name, folder, nodes, edges)
    ordered = sorted(edges, key=lambda edge: edge[2]["order"])
    assert [(str(s.pre), str(s.post)) for s in net.synapses] == [(a, b) for a, b, _ in ordered]


# -- names ---------------------------------------------------------------------------------------


def test_nodes_of_one_name_are_refused_even_if_one_is_a_number(tmp_path):
    (tmp_path / "net.json").write_text('{"nodes": [{"id": 1}, {"id": "1"}], "links": []}')
    with pytest.raises(StructureError, match="nodes 1 and '1' would both be called '1'"):
        ns.read(tmp_path / "net.json")
    (tmp_path / "net.json").write_text(
        '{"nodes": [{"id": 1, "label": "a"}, {"id": "1", "label": "b"}], '
        '"links": [{"source": 1, "target": "1"}]}'
    )
    assert found(ns.read(tmp_path / "net.json")) == {("a", "b"): 0.0}


@pytest.mark.parametrize("length", [3, 50_000])
def test_a_cycle_is_shown_in_a_short_message(length, tmp_path):
    ring = np.arange(length)
    text = "\n".join(f"{i},{(i + 1) % length},1" for i in ring)
    (tmp_path / "net.csv").write_text(text)
    with pytest.raises(ns.errors.CycleError) as refusal:
        ns.read(tmp_path / "net.csv")
    assert len(str(refusal.value)) < 300 + len(str(tmp_path))
    assert "0 -> 1 -> 2" in str(refusal.value)


@dialect
def test_a_cycle_of_long_names_is_shown_in_a_short_message(name, make, folder):
    long = "x" * 5000
    with pytest.raises(NeurosimError) as refusal:
        read(make, name, folder, [("a", {}), (long, {})], [("a", long, {}), (long, "a", {})])
    assert len(str(refusal.value)) < 500 + len(str(folder))


def test_reading_gives_no_warning_without_a_reason(folder):
    with warnings.catch_warnings(action="error"):
        for name, make in dialects.ALL:
            read(make, name, folder, CHAIN, [("a", "b", {}), ("b", "c", {})])
