"""Ready-made networks: layers with skips, random and small-world graphs, any networkx graph.

Weights are 0 until `Network.initialize`, except where a graph brings its own.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from itertools import groupby, pairwise
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import DTypeLike

from neurosim.checks import IntArray, integer, number
from neurosim.errors import CycleError, InvalidTypeError, InvalidValueError, StructureError
from neurosim.initializers import Seed, make_generator
from neurosim.model import Network

Node = Hashable


def layered(
    sizes: Sequence[int],
    *,
    activation: Any = "sigmoid",
    bias: Any = 0.0,
    skips: Iterable[tuple[int, int]] | str = (),
    name: str = "layered",
    dtype: DTypeLike = "float64",
) -> Network:
    """Return a network of layers, each fully connected to the next.

    Parameters
    ----------
    sizes : sequence of int
        Neurons per layer, the input layer first. The layers are called ``input``, ``hidden`` (or
        ``hidden1``, ``hidden2``, … if there are several) and ``output``.
    activation, bias : one for all layers but the input, or a list of one per such layer
        As in `Network.add_layer`.
    skips : iterable of (int, int) or "all"
        Pairs of layer numbers, the input being 0, to connect besides; "all" means every pair.
    name : str
    dtype : "float64" or "float32"

    Examples
    --------
    >>> import neurosim as ns
    >>> ns.topologies.layered([784, 30, 10])
    <Network 'layered': 824 neurons, 23820 synapses, float64>
    >>> ns.topologies.layered([2, 3, 1], skips=[(0, 2)])
    <Network 'layered': 6 neurons, 11 synapses, float64>
    """
    counts = [integer(size, f"layered.sizes[{i}]", minimum=1) for i, size in enumerate(sizes)]
    if len(counts) < 2:
        raise InvalidValueError(
            f"layered.sizes must name at least an input and an output layer (got {sizes!r})"
        )
    activations = _per_layer(activation, len(counts) - 1, "activation")
    biases = _per_layer(bias, len(counts) - 1, "bias")
    pairs = [*pairwise(range(len(counts))), *_skips(skips, len(counts))]
    net = Network(name, dtype)
    layers = [net.add_layer(counts[0], role="input", name="input")]
    for i, count in enumerate(counts[1:]):
        title, role = _layer_title(i, len(counts))
        layers.append(
            net.add_layer(count, activation=activations[i], bias=biases[i], role=role, name=title)
        )
    for pre, post in pairs:
        net.connect(layers[pre], layers[post])
    return net


def _per_layer(value: Any, count: int, what: str) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        return [value] * count
    if len(value) != count:
        raise InvalidValueError(
            f"layered.{what} must be one, or one per layer behind the input: {count} "
            f"(got {len(value)})"
        )
    return list(value)


def _layer_title(index: int, n_layers: int) -> tuple[str, str]:
    if index == n_layers - 2:
        return "output", "output"
    return ("hidden" if n_layers == 3 else f"hidden{index + 1}"), "hidden"


def _skips(skips: Any, n_layers: int) -> list[tuple[int, int]]:
    if isinstance(skips, str):
        if skips != "all":
            raise InvalidValueError(f'layered.skips must be pairs or "all" (got {skips!r})')
        return [(i, j) for i in range(n_layers) for j in range(i + 2, n_layers)]
    result = []
    for i, j in skips:
        pre, post = (integer(end, "layered.skips", minimum=0) for end in (i, j))
        if not pre + 1 < post < n_layers:
            raise InvalidValueError(
                f"layered.skips must be pairs (i, j) with i + 1 < j < {n_layers} (got {(i, j)!r})"
            )
        result.append((pre, post))
    return result


def random_dag(
    n_neurons: int,
    *,
    n_inputs: int = 1,
    n_outputs: int = 1,
    in_degree: int = 10,
    activation: Any = "sigmoid",
    bias: Any = 0.0,
    seed: Seed = None,
    name: str = "random_dag",
    dtype: DTypeLike = "float64",
) -> Network:
    """Return a random acyclic network: every neuron hears some earlier ones, drawn uniformly.

    Parameters
    ----------
    n_neurons : int
        In all. The first `n_inputs` are inputs, the last `n_outputs` outputs.
    in_degree : int
        Each neuron behind the inputs hears so many different earlier ones, or all where there
        are fewer.
    activation, bias
        As in `Network.add_layer`.
    seed : int, SeedSequence, Generator, RandomState or None

    Examples
    --------
    >>> import neurosim as ns
    >>> ns.topologies.random_dag(100, n_inputs=5, n_outputs=2, in_degree=4, seed=0)
    <Network 'random_dag': 100 neurons, 380 synapses, float64>
    """
    net = Network(name, dtype)
    _add_row(net, (n_inputs, n_neurons, n_outputs), activation=activation, bias=bias)
    degree = integer(in_degree, "random_dag.in_degree", minimum=1)
    post = np.arange(n_inputs, n_neurons)
    net.connect_pairs(*_drawn_pairs(post, degree, make_generator(seed)))
    return net


def _drawn_pairs(post: IntArray, degree: int, generator: Any) -> tuple[IntArray, IntArray]:
    """Return (pre, post) with `degree` different pres below each post, or all of them."""
    few = post[post <= degree]
    pairs = [(np.arange(p), np.full(p, p)) for p in few.tolist()]
    many = post[post > degree]
    drawn = np.sort(_below(many, degree, generator), axis=1)
    while len(twice := np.flatnonzero((np.diff(drawn, axis=1) == 0).any(axis=1))):
        drawn[twice] = np.sort(_below(many[twice], degree, generator), axis=1)
    pairs.append((drawn.ravel(), np.repeat(many, degree)))
    pre, posts = zip(*pairs, strict=True)
    return np.concatenate(pre), np.concatenate(posts)


def _below(limits: IntArray, count: int, generator: Any) -> IntArray:
    """Return (len(limits), count) integers drawn uniformly from 0 to each limit − 1."""
    uniform = generator.uniform(size=(len(limits), count))
    drawn: IntArray = (uniform * limits[:, None]).astype(np.int64)
    return np.minimum(drawn, limits[:, None] - 1)


def small_world(
    n_neurons: int,
    *,
    n_inputs: int = 1,
    n_outputs: int = 1,
    neighbors: int = 4,
    rewire: float = 0.1,
    activation: Any = "sigmoid",
    bias: Any = 0.0,
    seed: Seed = None,
    name: str = "small_world",
    dtype: DTypeLike = "float64",
) -> Network:
    """Return a small-world network: a ring of neighbours with some synapses rewired.

    The undirected graph of Watts and Strogatz is oriented by number: a synapse goes from the
    lower to the higher. Edges between two inputs are left out.

    Parameters
    ----------
    n_neurons : int
        In all. The first `n_inputs` are inputs, the last `n_outputs` outputs.
    neighbors : int
        Each neuron is joined to so many nearest ones on the ring.
    rewire : float
        The probability, in [0, 1], that an edge gets another end.
    activation, bias
        As in `Network.add_layer`.
    seed : int, SeedSequence, Generator, RandomState or None

    References
    ----------
    D. J. Watts and S. H. Strogatz, "Collective dynamics of 'small-world' networks", Nature, 1998.

    Examples
    --------
    >>> import neurosim as ns
    >>> ns.topologies.small_world(100, n_inputs=4, n_outputs=2, seed=0)
    <Network 'small_world': 100 neurons, 195 synapses, float64>
    """
    net = Network(name, dtype)
    _add_row(net, (n_inputs, n_neurons, n_outputs), activation=activation, bias=bias)
    near = integer(neighbors, "small_world.neighbors", minimum=2)
    if near >= n_neurons:
        raise InvalidValueError(
            f"small_world.neighbors must be < n_neurons = {n_neurons} (got {neighbors})"
        )
    if not 0 <= number(rewire, "small_world.rewire") <= 1:
        raise InvalidValueError(f"small_world.rewire must be in [0, 1] (got {rewire})")
    draw = int(make_generator(seed).uniform() * 2**32)
    ring = nx.watts_strogatz_graph(n_neurons, near, rewire, seed=draw)
    edges = np.sort(np.array(ring.edges, np.int64).reshape(-1, 2), axis=1)
    edges = edges[edges[:, 1] >= n_inputs]
    edges = edges[np.lexsort((edges[:, 1], edges[:, 0]))]
    net.connect_pairs(edges[:, 0], edges[:, 1])
    return net


def _add_row(net: Network, counts: tuple[int, int, int], **kind: Any) -> None:
    """Add unconnected input, hidden and output neurons, given (inputs, all, outputs)."""
    n_inputs, n_neurons, n_outputs = counts
    n_in = integer(n_inputs, "n_inputs", minimum=1)
    n_out = integer(n_outputs, "n_outputs", minimum=1)
    n_hidden = integer(n_neurons, "n_neurons", minimum=1) - n_in - n_out
    if n_hidden < 0:
        raise InvalidValueError(
            f"n_neurons must be at least n_inputs + n_outputs = {n_in + n_out} (got {n_neurons})"
        )
    net.add_layer(n_in, role="input", name="input")
    if n_hidden:
        net.add_layer(n_hidden, name="hidden", **kind)
    net.add_layer(n_out, role="output", name="output", **kind)


def from_networkx(
    graph: nx.Graph,
    *,
    inputs: Iterable[Node] | None = None,
    outputs: Iterable[Node] | None = None,
    order: Iterable[Node] | None = None,
    activation: Any = "sigmoid",
    bias: float | None = 0.0,
    weight: str = "weight",
    name: str | None = None,
    dtype: DTypeLike = "float64",
) -> Network:
    """Return a network with the nodes of a graph as neurons and its edges as synapses.

    A directed acyclic graph is taken as it is. An undirected graph is oriented: every edge goes
    from the earlier to the later node, where the inputs come first, then the other nodes in the
    order of the graph (or in the given `order`), then the outputs.

    Neurons are made in the order of the graph, under the names ``str(node)``. Neighbours in that
    order with the same ``layer`` attribute become a layer. A neuron's ``activation`` and ``bias``
    attributes go before the arguments; in a graph where any node has a ``bias``, a node without
    one is a neuron without a bias, so that ``from_networkx(net.to_networkx())`` is `net` again.

    Parameters
    ----------
    graph : networkx.DiGraph or networkx.Graph
    inputs, outputs : iterable of nodes, optional
        By default the nodes whose ``role`` attribute says so; and if none does, the nodes that
        nothing leads to, and those that lead nowhere. A node on its own is hidden.
    order : iterable of nodes, optional
        All nodes, to orient an undirected graph by.
    activation : str or Activation
        Of neurons without such an attribute.
    bias : float or None
        Of neurons in a graph without such attributes.
    weight : str
        The edge attribute that holds the weight; 0 where it is missing.
    name : str, optional
        By default the graph's.
    dtype : "float64" or "float32"

    Raises
    ------
    CycleError
        If a directed graph has a cycle; it is named.
    StructureError
        For an edge into an input, parallel edges, or two nodes of one name.

    Examples
    --------
    >>> import networkx as nx
    >>> import neurosim as ns
    >>> graph = nx.connected_watts_strogatz_graph(20, 4, 0.1, seed=1)
    >>> ns.topologies.from_networkx(graph, inputs=[0, 10], outputs=[19])
    <Network 'network': 20 neurons, 40 synapses, float64>
    """
    _check_graph(graph)
    _check_names(graph)
    given = {
        "input": _chosen(graph, inputs, "inputs"),
        "output": _chosen(graph, outputs, "outputs"),
    }
    if given["input"] and given["output"] and (both := set(given["input"]) & set(given["output"])):
        raise StructureError(f"node {both.pop()!r} cannot be both an input and an output")
    directed = graph if graph.is_directed() else _oriented(graph, given, order)
    _check_acyclic(directed)
    roles = _roles(graph, directed, given)
    net = Network(name or str(graph.name or "network"), dtype)
    _add_neurons(net, graph, roles, activation=activation, bias=bias)
    _add_synapses(net, directed, weight)
    return net


def _check_graph(graph: Any) -> None:
    if not isinstance(graph, nx.Graph):
        raise InvalidTypeError(f"from_networkx takes a networkx graph (got {graph!r})")
    if graph.is_multigraph():
        raise StructureError(
            "from_networkx takes one edge per pair of nodes (got a multigraph); turn it into "
            "networkx.DiGraph(graph) or networkx.Graph(graph) first"
        )


def _check_names(graph: nx.Graph) -> None:
    by_name: dict[str, Node] = {}
    for node in graph:
        other = by_name.setdefault(str(node), node)
        if other is not node:
            raise StructureError(
                f"nodes {other!r} and {node!r} would both be called {str(node)!r}; relabel one"
            )


def _chosen(graph: nx.Graph, nodes: Iterable[Node] | None, where: str) -> list[Node] | None:
    """Return the nodes asked for, or those whose role says so, or None if none does."""
    if nodes is None:
        marked = [node for node, role in graph.nodes(data="role") if role == where.rstrip("s")]
        return marked or None
    if isinstance(nodes, str):
        raise InvalidTypeError(f"from_networkx.{where} must be a list of nodes (got {nodes!r})")
    chosen = list(nodes)
    for node in chosen:
        if node not in graph:
            raise InvalidValueError(f"from_networkx.{where}: {node!r} is not a node of the graph")
    return chosen


def _oriented(
    graph: nx.Graph, given: dict[str, list[Node] | None], order: Iterable[Node] | None
) -> nx.DiGraph:
    """Return a directed graph with every edge from the earlier to the later node."""
    nodes = list(graph) if order is None else list(order)
    if len(nodes) != len(graph) or set(nodes) != set(graph):
        raise InvalidValueError("from_networkx.order must list every node of the graph once")
    first, last = set(given["input"] or ()), set(given["output"] or ())
    nodes.sort(key=lambda node: (node in last) - (node in first))  # stable
    place = {node: i for i, node in enumerate(nodes)}
    directed = nx.DiGraph()
    directed.add_nodes_from(graph)
    for a, b, data in graph.edges(data=True):
        pre, post = (a, b) if place[a] <= place[b] else (b, a)
        directed.add_edge(pre, post, **data)
    return directed


def _check_acyclic(directed: nx.DiGraph) -> None:
    try:
        cycle = nx.find_cycle(directed)
    except nx.NetworkXNoCycle:
        return
    path = " -> ".join(str(node) for node in [cycle[0][0], *(edge[1] for edge in cycle)])
    raise CycleError(f"from_networkx takes a graph without cycles (got {path})")


def _roles(
    graph: nx.Graph, directed: nx.DiGraph, given: dict[str, list[Node] | None]
) -> dict[Node, str]:
    """Return the role of each node: as given, else by where it stands."""
    sources = [n for n in graph if not directed.in_degree(n) and directed.out_degree(n)]
    sinks = [n for n in graph if directed.in_degree(n) and not directed.out_degree(n)]
    inputs = given["input"] if given["input"] is not None else sources
    outputs = given["output"] if given["output"] is not None else sinks
    roles = dict.fromkeys(graph, "hidden")
    roles.update(dict.fromkeys(outputs, "output"))
    roles.update(dict.fromkeys(inputs, "input"))
    for node in inputs:
        for pre in directed.predecessors(node):
            raise StructureError(
                f"an edge leads from {pre!r} to the input {node!r}, and an input neuron takes no "
                "synapse; remove the edge or choose other inputs"
            )
    return roles


def _add_neurons(
    net: Network, graph: nx.Graph, roles: dict[Node, str], *, activation: Any, bias: float | None
) -> None:
    nodes = graph.nodes
    if any("bias" in nodes[node] for node in graph):
        bias = None

    def group(node: Node) -> tuple[Any, str]:
        layer = nodes[node].get("layer")
        return (None, str(node)) if layer is None else (layer, roles[node])

    for (layer, _), members in groupby(graph, group):
        chosen = list(members)
        role = roles[chosen[0]]
        kind: dict[str, Any] = {}
        if role != "input":
            kind["activation"] = [nodes[n].get("activation") or activation for n in chosen]
            kind["bias"] = [nodes[n].get("bias", bias) for n in chosen]
        titles = [str(node) for node in chosen]
        if layer is not None:
            net.add_layer(titles, role=role, name=str(layer), **kind)
        else:
            single = {key: value[0] for key, value in kind.items()}
            net.add_neuron(titles[0], role=role, **single)


def _add_synapses(net: Network, directed: nx.DiGraph, weight: str) -> None:
    position = {node: i for i, node in enumerate(directed)}
    edges = [
        (position[pre], position[post], 0.0 if value is None else value)
        for pre, post, value in directed.edges(data=weight)
    ]
    if edges:
        pre, post, weights = zip(*edges, strict=True)
        net.connect_pairs(list(pre), list(post), weight=list(weights))
