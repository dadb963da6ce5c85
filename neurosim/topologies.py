"""Ready-made networks: layers with skips, random and small-world graphs, any networkx graph.

Weights are 0 until `Network.initialize`, except where a graph brings its own.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import DTypeLike, NDArray

from neurosim.checks import FloatArray, integer, number
from neurosim.errors import CycleError, InvalidTypeError, InvalidValueError, StructureError
from neurosim.initializers import Generator, Seed, make_generator
from neurosim.model import Network

Node = Hashable
NumberArray = NDArray[np.int64]


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

    All weights are 0 until `Network.initialize`.

    Parameters
    ----------
    sizes : sequence of int
        Neurons per layer, the input layer first. The layers are called ``input``, ``hidden`` (or
        ``hidden1``, ``hidden2``, … if there are several) and ``output``.
    activation, bias : one for all layers but the input, or a list of one per such layer
        As in `Network.add_layer`.
    skips : iterable of (int, int) or "all"
        Pairs of layer numbers, the input being 0, to connect besides; "all" means every pair.
        They are connected last, so that the other weights are drawn as they are without skips.
    name, dtype
        As in `Network`.

    Examples
    --------
    >>> import neurosim as ns
    >>> ns.topologies.layered([784, 30, 10])
    <Network 'layered': 824 neurons, 23820 synapses, float64>
    >>> ns.topologies.layered([2, 3, 1], skips=[(0, 2)])
    <Network 'layered': 6 neurons, 11 synapses, float64>
    """
    counts = _layer_sizes(sizes)
    activations = _per_layer(activation, len(counts) - 1, "activation")
    biases = _per_layer(bias, len(counts) - 1, "bias")
    pairs = [*pairwise(range(len(counts))), *_skips(skips, len(counts))]
    net = Network(name, dtype)
    layers = [net.add_layer(counts[0], role="input", name="input")]
    for i, count in enumerate(counts[1:]):
        title, role = _title_and_role(i, len(counts))
        layers.append(
            net.add_layer(count, activation=activations[i], bias=biases[i], role=role, name=title)
        )
    for pre, post in pairs:
        net.connect(layers[pre], layers[post])
    return net


def _layer_sizes(sizes: Any) -> list[int]:
    if isinstance(sizes, (str, bytes)) or not isinstance(sizes, Iterable):
        raise InvalidTypeError(f"layered.sizes must be a list of ints (got {sizes!r})")
    counts = [integer(size, f"layered.sizes[{i}]", minimum=1) for i, size in enumerate(sizes)]
    if len(counts) < 2:
        raise InvalidValueError(
            f"layered.sizes must hold at least an input and an output layer (got {sizes!r})"
        )
    return counts


def _per_layer(value: Any, count: int, what: str) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        return [value] * count
    if len(value) != count:
        raise InvalidValueError(
            f"layered.{what} must be one, or one per layer behind the input: {count} "
            f"(got {len(value)})"
        )
    return list(value)


def _title_and_role(index: int, n_layers: int) -> tuple[str, str]:
    if index == n_layers - 2:
        return "output", "output"
    return ("hidden" if n_layers == 3 else f"hidden{index + 1}"), "hidden"


def _skips(skips: Any, n_layers: int) -> list[tuple[int, int]]:
    if isinstance(skips, str):
        if skips != "all":
            raise InvalidValueError(f'layered.skips must be pairs or "all" (got {skips!r})')
        return [(i, j) for i in range(n_layers) for j in range(i + 2, n_layers)]
    pairs = [_skip(pair, n_layers) for pair in skips]
    if len(set(pairs)) != len(pairs):
        twice = next(pair for pair in pairs if pairs.count(pair) > 1)
        raise InvalidValueError(f"layered.skips must hold each pair once (got {twice} twice)")
    return pairs


def _skip(pair: Any, n_layers: int) -> tuple[int, int]:
    try:
        pre, post = (integer(end, "layered.skips", minimum=0) for end in pair)
    except (TypeError, ValueError) as error:
        raise InvalidTypeError(
            f'layered.skips must be pairs of layer numbers or "all" (got {pair!r})'
        ) from error
    if not pre + 1 < post < n_layers:
        raise InvalidValueError(
            f"layered.skips must be pairs (i, j) with i + 1 < j < {n_layers} (got {pair!r})"
        )
    return pre, post


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

    Neuron i in order of creation, if it is no input, hears min(`in_degree`, i) different neurons
    below i. All weights are 0 until `Network.initialize`.

    Parameters
    ----------
    n_neurons : int
        In all. The first of them are the layer ``input``, the last the layer ``output``, those
        between the layer ``hidden``.
    n_inputs, n_outputs : int
        How many of them are inputs and outputs.
    in_degree : int
        How many earlier neurons each one hears, where there are so many.
    activation, bias
        As in `Network.add_layer`.
    seed : int, SeedSequence, Generator, RandomState or None
        The source of randomness.
    name, dtype
        As in `Network`.

    Examples
    --------
    >>> import neurosim as ns
    >>> ns.topologies.random_dag(100, n_inputs=5, n_outputs=2, in_degree=4, seed=0)
    <Network 'random_dag': 100 neurons, 380 synapses, float64>
    """
    counts = _counts("random_dag", n_neurons, n_inputs, n_outputs)
    degree = integer(in_degree, "random_dag.in_degree", minimum=1)
    net = _in_a_row(Network(name, dtype), counts, activation=activation, bias=bias)
    hearers = np.arange(n_inputs, n_neurons)
    net.connect_pairs(*_drawn_below(hearers, degree, make_generator(seed)))
    return net


def _drawn_below(
    numbers: NumberArray, degree: int, generator: Generator
) -> tuple[NumberArray, NumberArray]:
    """Return (pre, post) with `degree` different pres, or all there are, below each number.

    A pre drawn twice for one post is drawn again, as one would do it one after the other. Where
    that could go on for long, because less than half would be left out, a permutation is cut.
    """
    crowded, roomy = numbers[numbers < 2 * degree], numbers[numbers >= 2 * degree]
    rows = [i << 32 | generator.permutation(i)[:degree] for i in crowded.tolist()]
    pairs, lacking = np.empty(0, np.int64), np.repeat(roomy, degree)
    while len(lacking):
        drawn = (generator.random(len(lacking)) * lacking).astype(np.int64)
        pairs = np.sort(np.concatenate([pairs, lacking << 32 | drawn]))
        pairs = pairs[np.diff(pairs, prepend=-1) > 0]
        found = np.bincount(pairs >> 32, minlength=int(roomy[-1]) + 1)[roomy]
        lacking = np.repeat(roomy, degree - found)
    pairs = np.sort(np.concatenate([pairs, *rows]).astype(np.int64))
    return pairs & 0xFFFFFFFF, pairs >> 32


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
    lower to the higher. Edges between two inputs are left out. All weights are 0 until
    `Network.initialize`.

    Parameters
    ----------
    n_neurons : int
        In all. The first of them are the layer ``input``, the last the layer ``output``, those
        between the layer ``hidden``.
    n_inputs, n_outputs : int
        How many of them are inputs and outputs.
    neighbors : int
        Each neuron is joined to so many nearest ones on the ring, half of them on each side; of
        an odd number, one less.
    rewire : float
        The probability, in [0, 1], that an edge gets another end.
    activation, bias
        As in `Network.add_layer`.
    seed : int, SeedSequence, Generator, RandomState or None
        The source of randomness.
    name, dtype
        As in `Network`.

    References
    ----------
    D. J. Watts and S. H. Strogatz, "Collective dynamics of 'small-world' networks", Nature, 1998.

    Examples
    --------
    >>> import neurosim as ns
    >>> ns.topologies.small_world(100, n_inputs=4, n_outputs=2, seed=0)
    <Network 'small_world': 100 neurons, 196 synapses, float64>
    """
    counts = _counts("small_world", n_neurons, n_inputs, n_outputs)
    near = integer(neighbors, "small_world.neighbors", minimum=2)
    if near >= n_neurons:
        raise InvalidValueError(
            f"small_world.neighbors must be < n_neurons = {n_neurons} (got {neighbors})"
        )
    if not 0 <= number(rewire, "small_world.rewire") <= 1:
        raise InvalidValueError(f"small_world.rewire must be in [0, 1] (got {rewire})")
    net = _in_a_row(Network(name, dtype), counts, activation=activation, bias=bias)
    derived = int(make_generator(seed).random() * 2**53)  # networkx wants an int
    ring = nx.watts_strogatz_graph(n_neurons, near, rewire, seed=derived)
    edges = np.sort(np.array(ring.edges, np.int64), axis=1)
    edges = edges[edges[:, 1] >= n_inputs]
    pre, post = edges[np.lexsort((edges[:, 1], edges[:, 0]))].T
    net.connect_pairs(pre, post)
    return net


def _counts(where: str, n_neurons: Any, n_inputs: Any, n_outputs: Any) -> tuple[int, int, int]:
    """Return the numbers of input, hidden and output neurons."""
    inputs = integer(n_inputs, f"{where}.n_inputs", minimum=1)
    outputs = integer(n_outputs, f"{where}.n_outputs", minimum=1)
    hidden = integer(n_neurons, f"{where}.n_neurons", minimum=1) - inputs - outputs
    if hidden < 0:
        raise InvalidValueError(
            f"{where}.n_neurons must be >= n_inputs + n_outputs = {inputs + outputs} "
            f"(got {n_neurons})"
        )
    return inputs, hidden, outputs


def _in_a_row(net: Network, counts: tuple[int, int, int], **kind: Any) -> Network:
    """Add unconnected input, hidden and output neurons."""
    inputs, hidden, outputs = counts
    net.add_layer(inputs, role="input", name="input")
    if hidden:
        net.add_layer(hidden, name="hidden", **kind)
    net.add_layer(outputs, role="output", name="output", **kind)
    return net


def from_networkx(
    graph: nx.Graph,
    *,
    inputs: Iterable[Node] | None = None,
    outputs: Iterable[Node] | None = None,
    order: Iterable[Node] | None = None,
    activation: Any = "sigmoid",
    bias: float | None = 0.0,
    weight: str | None = "weight",
    name: str | None = None,
    dtype: DTypeLike = "float64",
) -> Network:
    """Return a network with the nodes of a graph as neurons and its edges as synapses.

    A directed acyclic graph is taken as it is. An undirected graph is oriented: every edge goes
    from the earlier to the later node, where the inputs come first, then the other nodes in the
    graph's order or in the given `order`, then the outputs.

    ``from_networkx(net.to_networkx())`` is a network equal to ``net``; ``net.graph`` is taken, too.

    Parameters
    ----------
    graph : networkx.DiGraph or networkx.Graph
        Nodes may be anything; a neuron's name is ``str(node)``. What node attributes say goes
        before the arguments: ``role``, ``activation``, ``bias``, and ``layer``, which makes
        nodes that follow each other one layer (a ``layer`` that is no text, such as 2, is called
        ``layer2``). A node that gives its ``role`` and its ``activation``, but no ``bias``, has
        no bias.
    inputs, outputs : iterable of nodes, optional
        Instead of what ``role`` attributes say. If neither names any input, the nodes without
        incoming edges are the inputs; if neither names any output, those without outgoing
        edges are the outputs. A node without edges is hidden.
    order : iterable of nodes, optional
        Every node once: the order in which neurons are made, and by which an undirected graph
        is oriented; the graph's own by default. `inputs` and `outputs` given here are moved to
        its ends, in the order given, so that the columns of X and y follow them; so are those
        that attributes name if the graph is undirected.
    activation : str or Activation
        Of neurons without such an attribute.
    bias : float or None
        Likewise; None is no bias.
    weight : str or None
        The edge attribute that holds the weight. It is 0 where that is missing, and everywhere
        with None.
    name : str, optional
        By default the graph's, or "network".
    dtype : "float64" or "float32"
        As in `Network`.

    Raises
    ------
    CycleError
        If a directed graph has a cycle; its nodes are named.
    StructureError
        For an edge into an input, parallel edges, two nodes of one name, or a layer whose nodes
        do not follow each other.

    Examples
    --------
    >>> import networkx as nx
    >>> import neurosim as ns
    >>> graph = nx.DiGraph()
    >>> graph.add_edge("study", "salary", weight=0.5)
    >>> graph.add_edge("luck", "salary", weight=0.25)
    >>> net = ns.topologies.from_networkx(graph, activation="identity")
    >>> net["salary"], net.synapse("luck", "salary").weight
    (<Neuron 'salary': output, identity, bias 0>, 0.25)

    An undirected graph; node 10 is not where the order of the graph would have it:

    >>> graph = nx.connected_watts_strogatz_graph(20, 4, 0.1, seed=1)
    >>> net = ns.topologies.from_networkx(graph, inputs=[0, 10], outputs=[19])
    >>> [neuron.name for neuron in net.neurons[:4]]
    ['0', '10', '1', '2']
    """
    _check_graph(graph)
    ends = {
        "input": _named_ends(graph, inputs, "input"),
        "output": _named_ends(graph, outputs, "output"),
    }
    for node in set(ends["input"] or ()).intersection(ends["output"] or ()):
        raise StructureError(f"from_networkx: node {node!r} cannot be both input and output")
    moved = [
        ends[role] or [] if given is not None or not graph.is_directed() else []
        for role, given in (("input", inputs), ("output", outputs))
    ]
    nodes = _in_order(graph, order, *moved)
    pre, post, weights = _edge_columns(graph, nodes, weight)
    roles = _roles(graph, nodes, ends, pre, post)
    net = Network(str(graph.name or "network") if name is None else name, dtype)
    _add_neurons(net, graph, dict(zip(nodes, roles, strict=True)), activation, bias)
    net.connect_pairs(pre, post, weight=weights)
    return net


def _check_graph(graph: Any) -> None:
    if not isinstance(graph, nx.Graph):
        raise InvalidTypeError(f"from_networkx.graph must be a networkx graph (got {graph!r})")
    by_name: dict[str, Node] = {}
    for node in graph:
        other = by_name.setdefault(str(node), node)
        if other is not node:
            raise StructureError(
                f"from_networkx: nodes {other!r} and {node!r} would both be called "
                f"{str(node)!r}; relabel one of them"
            )
    if graph.is_directed() and not nx.is_directed_acyclic_graph(graph):
        edges = nx.find_cycle(graph)
        path = " -> ".join(str(node) for node in (edges[0][0], *(edge[1] for edge in edges)))
        raise CycleError(
            f"from_networkx.graph must have no cycle (got {path}); remove an edge of it"
        )


def _named_ends(graph: nx.Graph, given: Any, role: str) -> list[Node] | None:
    """Return the nodes given as inputs or outputs, else those marked so, else None."""
    if given is None:
        return [node for node, mark in graph.nodes(data="role") if mark == role] or None
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise InvalidTypeError(f"from_networkx.{role}s must be a list of nodes (got {given!r})")
    nodes = list(given)
    for node in nodes:
        if node not in graph:
            raise InvalidValueError(
                f"from_networkx.{role}s must be nodes of the graph (got {node!r})"
            )
    if len(set(nodes)) != len(nodes):
        raise InvalidValueError(f"from_networkx.{role}s must hold each node once (got {nodes!r})")
    return nodes


def _in_order(
    graph: nx.Graph, order: Iterable[Node] | None, first: list[Node], last: list[Node]
) -> list[Node]:
    """Return all nodes, `first` at the beginning and `last` at the end."""
    nodes = list(graph) if order is None else list(order)
    if len(nodes) != len(graph) or set(nodes) != set(graph):
        raise InvalidValueError(
            f"from_networkx.order must list each of the {len(graph)} nodes of the graph once "
            f"(got {len(nodes)} entries, {len(set(nodes) & set(graph))} different nodes of it)"
        )
    moved = {*first, *last}
    return [*first, *(node for node in nodes if node not in moved), *last]


def _edge_columns(
    graph: nx.Graph, nodes: list[Node], weight: str | None
) -> tuple[NumberArray, NumberArray, FloatArray]:
    """Return the edges as positions in `nodes`, sorted by (pre, post), and their weights."""
    place = {node: i for i, node in enumerate(nodes)}
    edges = list(graph.edges(data=weight) if weight else graph.edges(data=False))
    pairs = np.array([(place[edge[0]], place[edge[1]]) for edge in edges], np.int64).reshape(-1, 2)
    if not graph.is_directed():
        pairs.sort(axis=1)
    weights = np.array([_weight(*edge) for edge in edges] if weight else np.zeros(len(edges)))
    ranks = np.lexsort((pairs[:, 1], pairs[:, 0]))
    pre, post = pairs[ranks].T
    for i in np.flatnonzero((np.diff(pre) == 0) & (np.diff(post) == 0))[:1].tolist():
        raise StructureError(
            f"from_networkx: {nodes[pre[i]]!r} and {nodes[post[i]]!r} are joined by parallel "
            "edges, and there is one synapse per pair; make one edge of them first, for example "
            "by networkx.DiGraph(graph) or networkx.Graph(graph)"
        )
    return pre, post, weights[ranks]


def _weight(pre: Node, post: Node, value: Any) -> float:
    if value is None:
        return 0.0
    try:
        return number(value, "weight")
    except (InvalidTypeError, InvalidValueError) as error:
        raise type(error)(f"from_networkx: edge from {pre!r} to {post!r}: {error}") from None


def _roles(
    graph: nx.Graph,
    nodes: list[Node],
    ends: Mapping[str, list[Node] | None],
    pre: NumberArray,
    post: NumberArray,
) -> list[str]:
    """Return the role of each of `nodes`: as named, else by its edges."""
    named = {node: role for role, some in ends.items() for node in some or ()}
    sends = np.bincount(pre, minlength=len(nodes)) > 0
    hears = np.bincount(post, minlength=len(nodes)) > 0
    roles = []
    for i, node in enumerate(nodes):
        role = named.get(node, "hidden")
        if node not in named and _mark(graph, node) is None:
            if ends["input"] is None and sends[i] and not hears[i]:
                role = "input"
            elif ends["output"] is None and hears[i] and not sends[i]:
                role = "output"
        roles.append(role)
    into_input = np.flatnonzero(np.array([roles[i] == "input" for i in post.tolist()], bool))
    for i in into_input[:1].tolist():
        raise StructureError(
            f"from_networkx: the edge from {nodes[pre[i]]!r} to {nodes[post[i]]!r} ends in an "
            "input neuron, which takes no synapse; remove the edge, or choose other inputs"
        )
    return roles


def _mark(graph: nx.Graph, node: Node) -> str | None:
    """Return the role that the attributes of a node give it."""
    role = graph.nodes[node].get("role")
    if role not in (None, "input", "hidden", "output"):
        raise InvalidValueError(
            f'from_networkx: the role of node {node!r} must be "input", "hidden" or "output" '
            f"(got {role!r})"
        )
    return role  # type: ignore[no-any-return]


def _add_neurons(
    net: Network, graph: nx.Graph, roles: dict[Node, str], activation: Any, bias: float | None
) -> None:
    """Add the nodes in the order of `roles`, those of one layer together."""

    def layer_and_role(node: Node) -> tuple[str | None, str]:
        return _layer_title(graph.nodes[node]), roles[node]

    for (title, role), group in groupby(roles, layer_and_role):
        members = list(group)
        kinds = [_kind(graph, node, role, activation, bias) for node in members]
        if title is None:
            for node, kind in zip(members, kinds, strict=True):
                net.add_neuron(str(node), role=role, **kind)
            continue
        if any(layer.name == title for layer in net.layers):
            raise StructureError(
                f"from_networkx: the nodes of layer {title!r} must follow each other and share "
                f"one role (node {members[0]!r} does not); pass order=, or drop the attribute"
            )
        columns = {key: [kind[key] for kind in kinds] for key in kinds[0]}
        net.add_layer([str(node) for node in members], role=role, name=title, **columns)


def _layer_title(data: Mapping[str, Any]) -> str | None:
    layer = data.get("layer")
    return layer if layer is None or isinstance(layer, str) else f"layer{layer}"


def _kind(
    graph: nx.Graph, node: Node, role: str, activation: Any, bias: float | None
) -> dict[str, Any]:
    """Return the activation and the bias of a node's neuron; nothing for an input."""
    data = graph.nodes[node]
    if role == "input":
        for key in ("activation", "bias"):
            if data.get(key) is not None:
                raise StructureError(
                    f"from_networkx: node {node!r} becomes an input neuron, which has no {key} "
                    f"(got {data[key]!r}); drop the attribute, or choose other inputs"
                )
        return {}
    complete = data.get("role") is not None and data.get("activation") is not None
    own = data.get("activation")
    return {
        "activation": activation if own is None else own,
        "bias": data.get("bias", None if complete else bias),
    }
