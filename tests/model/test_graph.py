"""The live graph against the plain copy: networkx must give the same answers on both."""

import copy
import io
import json
import pickle

import matplotlib.pyplot as plt
import networkx as nx
import numpy as np
import pytest

import neurosim as ns
from neurosim.errors import ReadOnlyGraphError, StaleHandleError
from neurosim.model.graph import LiveGraph

SEEDS = range(6)
SOME = {"in[0]", "in[2]", "first[1]", "lone", "b", "out[1]"}


def random_net(seed):
    """Return layers with skips, lone and isolated neurons, made and removed at random."""
    rng = np.random.default_rng(seed)
    net = ns.Network(f"random {seed}", dtype=["float64", "float32"][seed % 2])
    net.add_layer(3, role="input", name="in")
    net.add_layer(4, activation="tanh", bias=[0.5, None, 0.25, 1.0], name="first")
    net.add_neuron("lone", activation="relu", bias=-1.0)
    net.add_neuron("isolated", bias=None)
    net.add_layer(["a", "b", "c"], activation=["sine", "relu", "sine"], name="second")
    net.add_neuron("gone")
    net.add_layer(2, activation="sigmoid", role="output", name="out")
    n = len(net.neurons)
    free = [i for i, neuron in enumerate(net.neurons) if neuron.name != "isolated"]
    pairs = [(i, j) for i in free for j in free if i < j and net.neurons[j].role != "input"]
    pairs = [pairs[i] for i in rng.permutation(len(pairs))[: 3 * n]]
    # eighths are exact in both dtypes, so that sums do not depend on their order
    weights = rng.integers(1, 100, len(pairs)) / 8
    net.connect_pairs(*zip(*pairs, strict=True), weight=weights)
    net.remove("gone", net.synapses[::9])
    return net


@pytest.fixture(params=SEEDS)
def net(request):
    return random_net(request.param)


def plain(value):
    """Return an answer with the names in the place of the neurons, and plain containers."""
    if isinstance(value, nx.Graph):
        return plain_graph(value)
    if hasattr(value, "keys"):
        return {plain(key): plain(value[key]) for key in value}
    if isinstance(value, (set, frozenset)):
        return frozenset(plain(one) for one in value)
    if hasattr(value, "__iter__") and not isinstance(value, str):
        return tuple(plain(one) for one in value)
    return value.name if isinstance(value, ns.Neuron) else value


def plain_graph(graph):
    """Return what counts in a graph.

    Node data of the two kinds differ on purpose: None here, left out there. The order of a
    subgraph's nodes is that of a set.
    """
    edges = {(str(a), str(b)): data.get("weight") for a, b, data in graph.edges(data=True)}
    return graph.is_directed(), {str(node) for node in graph}, edges


def end(graph, name):
    """Return the node called `name`."""
    return next(node for node in graph if str(node) == name)


def source(graph):
    return next(node for node in graph if graph.out_degree(node))


def some(graph):
    return [node for node in graph if str(node) in SOME]


def some_edges(graph):
    return list(graph.edges)[::3]


ANSWERS = {
    "topological sort": nx.topological_sort,
    "lexicographical sort": lambda g: nx.lexicographical_topological_sort(g, key=str),
    "topological generations": nx.topological_generations,
    "longest path": nx.dag_longest_path,
    "longest path without weights": lambda g: nx.dag_longest_path(g, weight=None),
    "length of the longest path": nx.dag_longest_path_length,
    "is acyclic": nx.is_directed_acyclic_graph,
    "descendants": lambda g: [nx.descendants(g, node) for node in g],
    "ancestors": lambda g: [nx.ancestors(g, node) for node in g],
    "shortest paths": lambda g: dict(nx.shortest_path(g)),
    "shortest paths from one": lambda g: nx.shortest_path(g, source(g), weight="weight"),
    "lengths by weight": lambda g: dict(nx.all_pairs_dijkstra_path_length(g)),
    "Bellman and Ford": lambda g: nx.single_source_bellman_ford_path_length(g, source(g)),
    "Floyd and Warshall": nx.floyd_warshall_numpy,
    "all simple paths": lambda g: nx.all_simple_paths(g, source(g), end(g, "out[1]")),
    "has path": lambda g: [nx.has_path(g, a, b) for a in g for b in g],
    "breadth first": lambda g: nx.bfs_edges(g, source(g)),
    "depth first": lambda g: nx.dfs_preorder_nodes(g, source(g)),
    "PageRank": lambda g: nx.pagerank(g, weight=None),
    "betweenness": nx.betweenness_centrality,
    "betweenness by weight": lambda g: nx.betweenness_centrality(g, weight="weight"),
    "closeness": nx.closeness_centrality,
    "degree centrality": nx.degree_centrality,
    "transitive closure": nx.transitive_closure,
    "transitive closure of an acyclic graph": nx.transitive_closure_dag,
    "transitive reduction": nx.transitive_reduction,
    "dominators": lambda g: nx.immediate_dominators(g, source(g)),
    "weak components": nx.weakly_connected_components,
    "strong components": lambda g: {frozenset(c) for c in nx.strongly_connected_components(g)},
    "condensation": lambda g: nx.condensation(g).number_of_edges(),
    "isolates": nx.isolates,
    "maximum flow": lambda g: nx.maximum_flow_value(
        g, source(g), end(g, "out[1]"), capacity="weight"
    ),
    "clustering": nx.clustering,
    "density": nx.density,
    "degree": lambda g: dict(g.degree),
    "in-degree": lambda g: dict(g.in_degree),
    "out-degree": lambda g: dict(g.out_degree),
    "weighted degree": lambda g: dict(g.degree(weight="weight")),
    "weighted in-degree": lambda g: dict(g.in_degree(weight="weight")),
    "weighted out-degree": lambda g: dict(g.out_degree(some(g), weight="weight")),
    "degree of one": lambda g: [g.degree[n] for n in g] + [g.in_degree(n) for n in g],
    "nodes": lambda g: (list(g), list(g.nodes), len(g), g.order(), g.number_of_nodes()),
    "numbers": lambda g: (g.number_of_edges(), g.size(), g.size(weight="weight"), len(g.edges)),
    "number between two": lambda g: [g.number_of_edges(a, b) for a in g for b in g],
    "edges": lambda g: list(g.edges),
    "edges called": lambda g: list(g.edges()),
    "edges by attribute": lambda g: list(g.edges(data="weight")),
    "edges of some": lambda g: list(g.edges(some(g), data="weight")),
    "edges of some, backwards": lambda g: list(g.edges(some(g)[::-1])),
    "in-edges": lambda g: list(g.in_edges),
    "in-edges by attribute": lambda g: list(g.in_edges(data="weight", default=3)),
    "in-edges of some": lambda g: list(g.in_edges(some(g), data="weight")),
    "edges by another attribute": lambda g: list(g.edges(data="delay", default=1)),
    "edge data": lambda g: [(a, b, d["weight"]) for a, b, d in g.edges(data=True)],
    "edge data of some": lambda g: [(a, b, d["weight"]) for a, b, d in g.edges(some(g), data=True)],
    "edges looked up": lambda g: [g.edges[a, b]["weight"] for a, b in g.edges],
    "edge sets": lambda g: (g.edges & set(some_edges(g)), g.edges - set(some_edges(g))),
    "edges contained": lambda g: [(a, b) in g.edges for a in g for b in g],
    "has edge": lambda g: [g.has_edge(a, b) for a in g for b in g],
    "has successor": lambda g: [g.has_successor(a, b) for a in g for b in g],
    "has predecessor": lambda g: [g.has_predecessor(a, b) for a in g for b in g],
    "edge data got": lambda g: [
        g.get_edge_data(a, b, default={"weight": None})["weight"] for a in g for b in g
    ],
    "successors": lambda g: [list(g.successors(n)) for n in g],
    "predecessors": lambda g: [list(g.predecessors(n)) for n in g],
    "all neighbours": lambda g: [list(nx.all_neighbors(g, n)) for n in g],
    "adjacency": lambda g: [
        (n, [(m, d["weight"]) for m, d in row.items()]) for n, row in g.adjacency()
    ],
    "adj": lambda g: {n: {m: g.adj[n][m]["weight"] for m in g.adj[n]} for n in g.adj},
    "pred": lambda g: {n: {m: d["weight"] for m, d in g.pred[n].items()} for n in g.pred},
    "values of rows": lambda g: [[d["weight"] for d in g[n].values()] for n in g],
    "nbunch": lambda g: list(g.nbunch_iter([*some(g), "stranger"])),
    "roles": lambda g: list(g.nodes(data="role")),
    "roles of all": lambda g: nx.get_node_attributes(g, "role"),
    "weights of all": lambda g: nx.get_edge_attributes(g, "weight"),
    "layers": lambda g: [n.get("layer") for n in g.nodes.values()],
    "to NumPy": nx.to_numpy_array,
    "to SciPy": lambda g: nx.to_scipy_sparse_array(g).toarray(),
    "to SciPy, some": lambda g: nx.to_scipy_sparse_array(g, nodelist=some(g)).toarray(),
    "to dict of lists": nx.to_dict_of_lists,
    "to edge list": lambda g: [(a, b, d["weight"]) for a, b, d in nx.to_edgelist(g)],
    "nodes of copies": lambda g: (list(g.copy()), list(g.reverse()), list(nx.compose(g, g))),
    "subgraph": lambda g: g.subgraph(some(g)),
    "subgraph copied": lambda g: g.subgraph(some(g)).copy(),
    "edge subgraph": lambda g: g.edge_subgraph(some_edges(g)),
    "subgraph view": lambda g: nx.subgraph_view(g, filter_edge=lambda a, b: str(a) < str(b)),
    "subgraph of a subgraph": lambda g: g.subgraph(some(g)).subgraph(some(g)[:3]),
    "ego graph": lambda g: nx.ego_graph(g, source(g), radius=2),
    "reverse": lambda g: g.reverse(),
    "reverse view": lambda g: g.reverse(copy=False),
    "reverse of a copy": lambda g: g.copy().reverse(),
    "copy": lambda g: g.copy(),
    "view": lambda g: g.copy(as_view=True),
    "constructor": nx.DiGraph,
    "to undirected": lambda g: g.to_undirected(),
    "to undirected, a view": lambda g: g.to_undirected(as_view=True),
    "to undirected, reciprocal": lambda g: g.to_undirected(reciprocal=True),
    "undirected copy": lambda g: g.copy().to_undirected(),
    "undirected constructor": nx.Graph,
    "to directed": lambda g: g.to_directed(),
    "empty copy": nx.create_empty_copy,
    "compose": lambda g: nx.compose(g, g.subgraph(some(g))),
    "difference": lambda g: nx.difference(g, nx.create_empty_copy(g)),
    "complement": nx.complement,
    "relabel": lambda g: nx.relabel_nodes(g, {n: f"<{n}>" for n in g}),
    "to integers": nx.convert_node_labels_to_integers,
    "contract": lambda g: nx.contracted_nodes(g, *some(g)[:2], copy=True, self_loops=False),
    "spanning tree": lambda g: nx.minimum_spanning_tree(g.to_undirected()),
    "layout": nx.circular_layout,
    "selfloops": nx.selfloop_edges,
    "common": lambda g: (g.is_directed(), g.is_multigraph(), g.name, g.graph),
    "described": lambda g: str(g).replace("LiveGraph", "DiGraph"),
    "hash of the structure": lambda g: nx.weisfeiler_lehman_graph_hash(g, edge_attr="weight"),
}


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.filterwarnings("ignore:The hashes produced")
def test_the_live_graph_gives_the_answer_of_the_plain_copy(net, name):
    ask = ANSWERS[name]
    assert plain(ask(net.graph)) == plain(ask(net.to_networkx()))


def test_the_live_graph_is_isomorphic_to_the_plain_copy(net):
    same = nx.algorithms.isomorphism.numerical_edge_match("weight", 0)
    assert nx.is_isomorphic(net.graph, net.to_networkx(), edge_match=same)


ONLY_ONE = ("synapse", "name", "order")  # what only one kind of graph has


def written(data):
    """Return JSON-like data with names for neurons, without what only one kind of graph has."""
    if isinstance(data, dict):
        kept = {k: v for k, v in data.items() if v is not None and k not in ONLY_ONE}
        return {k: written(v) for k, v in kept.items()}
    return [written(one) for one in data] if isinstance(data, (list, tuple)) else plain(data)


@pytest.mark.parametrize("write", [nx.node_link_data, nx.adjacency_data, nx.cytoscape_data])
def test_data_for_files_agree(net, write):
    if write is nx.cytoscape_data:  # it wants names that are strings
        live = nx.relabel_nodes(net.graph, {n: n.name for n in net.neurons})
    else:
        live = net.graph
    assert written(write(live)) == written(write(net.to_networkx()))


def test_drawing_labels_the_neurons_by_name():
    net = random_net(0)
    figure, axes = plt.subplots()
    nx.draw_networkx(net.graph, pos=nx.circular_layout(net.graph), ax=axes)
    nx.draw(net.graph, pos=nx.circular_layout(net.graph), ax=axes, with_labels=False)
    assert {text.get_text() for text in axes.texts} == {n.name for n in net.neurons}
    plt.close(figure)


# -- what it shows -----------------------------------------------------------------------------


def test_it_is_a_digraph_of_the_neurons_with_live_data(net):
    graph = net.graph
    assert isinstance(graph, nx.DiGraph)
    assert isinstance(graph, LiveGraph)
    assert list(graph) == list(net.neurons)
    for synapse in net.synapses:
        data = graph[synapse.pre][synapse.post]
        assert dict(data) == {"weight": synapse.weight, "synapse": synapse}
        assert graph.pred[synapse.post][synapse.pre] == data
        assert type(data["weight"]) is float
        assert (len(data), "weight" in data, "delay" in data) == (2, True, False)


def test_node_data_are_the_five_plain_values(net):
    for neuron, data in net.graph.nodes(data=True):
        assert list(data) == ["name", "layer", "role", "activation", "bias"]
        assert data["name"] == neuron.name
        assert data["layer"] == (None if neuron.layer is None else neuron.layer.name)
        assert data["role"] == neuron.role
        assert data["activation"] == (None if neuron.activation is None else str(neuron.activation))
        assert data["bias"] == neuron.bias
        assert {type(value) for value in data.values()} <= {str, float, type(None)}


def test_missing_things_raise_key_errors(net):
    graph, neuron = net.graph, net.neurons[0]
    stranger = random_net(0).neurons[0]
    for thing in (stranger, "in[0]", 3, None):
        assert thing not in graph
        with pytest.raises(KeyError):
            graph[thing]
        with pytest.raises(KeyError):
            graph.nodes[thing]
        with pytest.raises(KeyError):
            graph[neuron][thing]
    assert [] not in graph
    with pytest.raises(KeyError):
        graph.nodes[neuron]["colour"]
    with pytest.raises(KeyError):
        graph[net.synapses[0].pre][net.synapses[0].post]["colour"]
    with pytest.raises(nx.NetworkXError):
        graph.successors(stranger)


def test_an_empty_network_has_an_empty_graph():
    graph = ns.Network("void").graph
    assert (len(graph), list(graph), list(graph.edges), dict(graph.adj)) == (0, [], [], {})
    assert list(graph.edges(data=True)) == list(graph.in_edges(data="weight")) == []
    assert nx.is_directed_acyclic_graph(graph)
    assert list(nx.topological_sort(graph)) == []
    assert str(graph) == "LiveGraph named 'void' with 0 nodes and 0 edges"


# -- liveness ----------------------------------------------------------------------------------


def test_views_taken_before_a_change_show_it():
    net = ns.Network("live")
    graph = net.graph
    nodes, edges, degree, adjacency = graph.nodes, graph.edges, graph.degree, graph.adj
    triples, in_edges = graph.edges(data=True), graph.in_edges
    a, b, c = (net.add_neuron(name) for name in "abc")
    row, column = adjacency[a], graph.pred[c]
    items = row.items()
    assert (list(nodes), list(row), list(items)) == ([a, b, c], [], [])

    net.connect(a, c, weight=1.0)
    net.connect(a, b, weight=2.0)
    assert list(row) == [b, c]
    assert list(column) == [a]
    assert list(edges) == [(a, b), (a, c)]
    assert list(in_edges) == [(a, b), (a, c)]
    assert [(n, d["weight"]) for n, d in items] == [(b, 2.0), (c, 1.0)]
    assert dict(degree) == {a: 2, b: 1, c: 1}
    assert len(edges) == len(triples) == 2

    data = row[b]
    net.synapse(a, b).weight = 7
    assert data["weight"] == 7.0
    assert [d["weight"] for _, _, d in triples] == [7.0, 1.0]

    net.connect(b, c)
    net.remove(b)
    assert b not in graph
    assert b not in row
    assert b not in adjacency
    assert list(row) == [c]
    assert list(nodes) == [a, c]
    assert list(edges) == [(a, c)]
    assert graph.number_of_edges() == 1
    with pytest.raises(StaleHandleError):
        data["weight"]
    with pytest.raises(KeyError):
        graph[b]

    net.remove(net.synapse(a, c))
    assert (list(row), list(column), list(edges), list(triples)) == ([], [], [], [])


def test_views_of_views_are_live():
    net = random_net(0)
    graph = net.graph
    reverse, part = graph.reverse(copy=False), graph.subgraph(net.neurons[:6])
    pre, post = net.neurons[0], net.neurons[5]
    if graph.has_edge(pre, post):
        net.remove(net.synapse(pre, post))
    assert not reverse.has_edge(post, pre)
    net.connect(pre, post, weight=9.0)
    assert reverse[post][pre]["weight"] == part[pre][post]["weight"] == 9.0


def test_weights_are_read_after_the_vector_has_moved(net):
    row = {(a, b): data for a, b, data in net.graph.edges(data=True)}
    before = {pair: data["weight"] for pair, data in row.items()}
    net.parameters  # noqa: B018 - lays the vector out anew
    assert {pair: data["weight"] for pair, data in row.items()} == before
    net.parameters = np.arange(len(net.parameters))
    assert all(data["weight"] == net.synapse(*pair).weight for pair, data in row.items())


def test_a_walk_may_change_the_network():
    net = random_net(1)
    for pre, post, weight in net.graph.edges(data="weight"):
        if weight < 6:
            net.remove(net.synapse(pre, post))
    assert (net.synapses.weight >= 6).all()
    for neuron in net.graph:
        net.remove(neuron)
    assert len(net.graph) == 0


def test_rows_walked_twice_are_the_same(net):
    graph = net.graph
    walks = [[(n, m, d["weight"]) for n in graph for m, d in graph[n].items()] for _ in range(3)]
    assert walks[0] == walks[1] == walks[2] == list(graph.edges(data="weight"))
    net.synapses.weight = 1.5
    assert {d["weight"] for n in graph for d in graph[n].values()} == {1.5}


# -- read-only ---------------------------------------------------------------------------------


def first(graph):
    return next(iter(graph.edges))


CHANGES = {
    "add_node": lambda g: g.add_node("x"),
    "add_nodes_from": lambda g: g.add_nodes_from("xy"),
    "remove_node": lambda g: g.remove_node(first(g)[0]),
    "remove_nodes_from": lambda g: g.remove_nodes_from([first(g)[0]]),
    "add_edge": lambda g: g.add_edge(*first(g)),
    "add_edges_from": lambda g: g.add_edges_from([first(g)]),
    "add_weighted_edges_from": lambda g: g.add_weighted_edges_from([(*first(g), 1.0)]),
    "remove_edge": lambda g: g.remove_edge(*first(g)),
    "remove_edges_from": lambda g: g.remove_edges_from([first(g)]),
    "update": lambda g: g.update(nodes=["x"]),
    "clear": lambda g: g.clear(),
    "clear_edges": lambda g: g.clear_edges(),
    "name": lambda g: setattr(g, "name", "other"),
    "graph": lambda g: setattr(g, "graph", {}),
    "graph attribute": lambda g: g.graph.update(a=1),
    "graph item": lambda g: g.graph.__setitem__("name", "other"),
    "set_edge_attributes": lambda g: nx.set_edge_attributes(g, 1.0, "weight"),
    "set_edge_attributes of one": lambda g: nx.set_edge_attributes(g, {first(g): {"weight": 1.0}}),
    "set_edge_attributes by name": lambda g: nx.set_edge_attributes(g, {first(g): 1}, "weight"),
    "set_node_attributes": lambda g: nx.set_node_attributes(g, 1.0, "bias"),
    "set_node_attributes of one": lambda g: nx.set_node_attributes(g, {first(g)[0]: {"bias": 1}}),
    "edge item": lambda g: g[first(g)[0]][first(g)[1]].__setitem__("weight", 1.0),
    "edge update": lambda g: g.edges[first(g)].update(weight=1.0),
    "edge deleted": lambda g: g.edges[first(g)].__delitem__("weight"),
    "edge popped": lambda g: g.edges[first(g)].pop("weight"),
    "edge cleared": lambda g: g.edges[first(g)].clear(),
    "edge default": lambda g: g.edges[first(g)].setdefault("delay", 1),
    "node item": lambda g: g.nodes[first(g)[0]].__setitem__("bias", 1.0),
    "node deleted": lambda g: g.nodes[first(g)[0]].__delitem__("bias"),
    "row item": lambda g: g[first(g)[0]].__setitem__(first(g)[1], {}),
    "row deleted": lambda g: g[first(g)[0]].__delitem__(first(g)[1]),
    "rows item": lambda g: g.adj.__setitem__("x", {}),
    "rows deleted": lambda g: g.pred.__delitem__(first(g)[0]),
    "nodes item": lambda g: g._node.__setitem__("x", {}),
    "path": lambda g: nx.add_path(g, list(g)[:3]),
    "relabelling in place": lambda g: nx.relabel_nodes(g, {n: str(n) for n in g}, copy=False),
    "contraction in place": lambda g: nx.contracted_nodes(g, *first(g), copy=False),
}


@pytest.mark.parametrize("name", CHANGES)
def test_networkx_cannot_change_it(name):
    net = random_net(2)
    before = pickle.dumps(net)
    with pytest.raises(ReadOnlyGraphError) as caught:
        CHANGES[name](net.graph)
    for remedy in ("'random 2'", "connect", "remove", "synapse.weight", "neuron.bias"):
        assert remedy in str(caught.value)
    assert isinstance(caught.value, nx.NetworkXError)
    assert pickle.dumps(net) == before


def test_it_counts_as_frozen():
    graph = random_net(0).graph
    assert nx.is_frozen(graph)
    assert nx.freeze(graph) is graph
    with pytest.raises(nx.NetworkXError, match="Frozen"):
        graph.add_node("x")
    assert not nx.is_frozen(graph.copy())


# -- copies ------------------------------------------------------------------------------------


def test_without_a_network_it_is_a_plain_empty_graph():
    graph = LiveGraph([(1, 2)], name="plain")
    graph.add_edge(2, 3, weight=1)
    assert type(graph) is nx.DiGraph
    assert (list(graph), graph.name) == ([1, 2, 3], "plain")
    assert len(LiveGraph()) == 0


@pytest.mark.parametrize("make", [
    lambda g: g.copy(),
    lambda g: g.reverse(),
    lambda g: g.to_undirected(),
    lambda g: g.to_directed(),
    lambda g: g.subgraph(some(g)).copy(),
    nx.DiGraph,
    lambda g: nx.compose(g, g),
    lambda g: nx.relabel_nodes(g, {n: n for n in g}),
])  # fmt: skip
def test_copies_can_be_changed_and_hold_plain_dicts_of_the_same_neurons(make):
    net = random_net(3)
    before = pickle.dumps(net)
    changed = make(net.graph)
    assert set(changed) <= set(net.neurons)
    assert type(changed) in (nx.DiGraph, nx.Graph)
    for _, _, data in changed.edges(data=True):
        assert type(data) is dict
        data["weight"] = 99.0
    for _, data in changed.nodes(data=True):
        assert type(data) is dict
    changed.add_edge("x", "y")
    changed.remove_node(next(iter(changed)))
    assert pickle.dumps(net) == before


def test_copies_of_data_are_plain_dicts_that_leave_the_network_alone():
    net = random_net(4)
    pre, post = first(net.graph)
    weight = net.synapse(pre, post).weight
    for duplicate in (copy.copy, copy.deepcopy):
        assert duplicate(net.graph[pre][post]) == {"weight": weight}
        row = duplicate(net.graph[pre])
        assert type(row) is dict
        assert row[post] == {"weight": weight}
        assert duplicate(net.graph.nodes[post])["role"] == post.role
        assert type(duplicate(net.graph.graph)) is dict


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda g: pickle.loads(pickle.dumps(g))])
def test_a_deep_copy_is_live_on_a_copy_of_the_network(net, duplicate):
    twin = duplicate(net.graph)
    assert type(twin) is LiveGraph
    assert plain(twin) == plain(net.graph)
    neuron = next(iter(twin))
    assert neuron not in net.graph
    neuron.network.remove(neuron)
    assert (len(twin), len(net.graph)) == (len(net.neurons) - 1, len(net.neurons))


def test_a_shallow_copy_shows_the_same_network(net):
    assert list(copy.copy(net.graph)) == list(net.neurons)


# -- the plain copy ----------------------------------------------------------------------------


def test_the_plain_copy_holds_names_and_python_values(net):
    graph = net.to_networkx()
    assert type(graph) is nx.DiGraph
    assert graph.name == net.name
    assert list(graph) == [neuron.name for neuron in net.neurons]
    for neuron in net.neurons:
        everything = {
            "layer": neuron.layer and neuron.layer.name,
            "role": neuron.role,
            "activation": neuron.activation and neuron.activation.name,
            "bias": neuron.bias,
        }
        expected = {key: value for key, value in everything.items() if value is not None}
        assert graph.nodes[neuron.name] == expected
    ordered = sorted(net.synapses, key=lambda s: (s.pre._id, s.post._id))
    assert list(graph.edges(data=True)) == [
        (s.pre.name, s.post.name, {"weight": s.weight, "order": list(net.synapses).index(s)})
        for s in ordered
    ]
    assert {type(weight) for _, _, weight in graph.edges(data="weight")} == {float}


def test_the_plain_copy_is_detached(net):
    graph = net.to_networkx()
    graph.clear()
    assert len(net.neurons) > 0
    assert len(net.synapses) > 0


def through_bytes(write, read):
    def trip(graph):
        buffer = io.BytesIO()
        write(graph, buffer)
        buffer.seek(0)
        return read(buffer)

    return trip


def without_ids(graph):
    """Return the graph without what GEXF adds of its own."""
    for _, data in graph.nodes(data=True):
        data.pop("label", None)
    for _, _, data in graph.edges(data=True):
        data.pop("id", None)
    return graph


TRIPS = {
    "GraphML": through_bytes(nx.write_graphml, nx.read_graphml),
    "GEXF": lambda g: without_ids(through_bytes(nx.write_gexf, nx.read_gexf)(g)),
    "GML": through_bytes(nx.write_gml, nx.read_gml),
    "node-link": lambda g: nx.node_link_graph(
        json.loads(json.dumps(nx.node_link_data(g, edges="edges"))), edges="edges"
    ),
    "adjacency": lambda g: nx.adjacency_graph(json.loads(json.dumps(nx.adjacency_data(g)))),
    "pickle": lambda g: pickle.loads(pickle.dumps(g)),
}


@pytest.mark.parametrize("form", TRIPS)
def test_the_plain_copy_survives_writing_and_reading(net, form):
    graph = net.to_networkx()
    again = TRIPS[form](graph)
    assert dict(again.nodes(data=True)) == dict(graph.nodes(data=True))
    assert sorted(again.edges(data="weight")) == sorted(graph.edges(data="weight"))
