"""A network from a networkx graph, directed or not."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Iterable, Mapping
from itertools import groupby
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import DTypeLike

from neurosim.checks import FloatArray, IntArray, number
from neurosim.errors import (
    CycleError,
    InvalidTypeError,
    InvalidValueError,
    NeurosimWarning,
    StructureError,
)
from neurosim.model import Network
from neurosim.model.graph import LiveGraph
from neurosim.wording import chained, shown

Node = Hashable

WEIGHT = "weight"
# Numbers that edges have in files of other programs for drawing and counting.
NO_WEIGHTS = (
    "order id key index suid x y z penwidth thickness len minlen fontsize arrowsize labelangle "
    "labeldistance labelfontsize headclip tailclip selected"
)
MOST_NAMES, LETTERS = 12, 60  # of a message


def from_networkx(
    graph: nx.Graph,
    *,
    inputs: Iterable[Node] | None = None,
    outputs: Iterable[Node] | None = None,
    order: Iterable[Node] | None = None,
    activation: Any = None,
    bias: float | None = 0.0,
    weight: str | None = "weight",
    name: str | None = None,
    dtype: DTypeLike = "float64",
) -> Network:
    """Return a network with the nodes of a graph as neurons and its edges as synapses.

    A directed acyclic graph is taken as it is. An undirected graph is oriented: every edge goes
    from the earlier to the later node, where the inputs come first, then the other nodes in the
    graph's order or in the given `order`, then the outputs.

    ``from_networkx(net.to_networkx())`` is a network equal to ``net``, with its neurons and
    synapses, and so its parameters, in the same order; ``net.graph`` is taken, too.

    Parameters
    ----------
    graph : networkx.DiGraph or networkx.Graph
        Nodes may be anything; a neuron's name is ``str(node)``. What node attributes say goes
        before the arguments: ``role``, ``activation``, ``bias``, and ``layer``, which makes
        nodes that follow each other one layer (a ``layer`` that is no text, such as 2, is called
        ``layer2``). A node that gives its ``role`` and its ``activation``, but no ``bias``, has
        no bias. Where edges have an ``order``, each a whole number of its own, synapses are made
        in that order, otherwise in that of their neurons. What networkx reads as the defaults of
        attributes, ``graph.graph["node_default"]`` and ``graph.graph["edge_default"]``, holds for
        nodes and edges that do not say otherwise; an input neuron has no activation or bias by
        default.
    inputs, outputs : iterable of nodes, optional
        Instead of what ``role`` attributes say. If neither names any input, the nodes without
        incoming edges are the inputs; if neither names any output, those without outgoing
        edges are the outputs. A node without edges is hidden.
    order : iterable of nodes, optional
        Every node once: the order in which neurons are made, and by which an undirected graph
        is oriented; the graph's own by default. `inputs` and `outputs` given here are moved to
        its ends, in the order given, so that the columns of X and y follow them; so are those
        that attributes name if the graph is undirected.
    activation : str or Activation, optional
        Of neurons without such an attribute, outputs included. By default a hidden neuron is a
        sigmoid neuron and an output neuron a linear unit, as in `Network.add_layer`.
    bias : float or None
        Likewise; None is no bias.
    weight : str or None
        The edge attribute that holds the weight. It is 0 where that is missing, and everywhere
        with None. If no edge has a ``weight``, a warning names other attributes with numbers.
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
    InvalidValueError
        For inputs, outputs or an order of other nodes, and a `weight` that no edge has.

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
        raise StructureError(f"from_networkx: node {shown(node)} cannot be both input and output")
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
        raise InvalidTypeError(f"from_networkx.graph must be a networkx graph (got {shown(graph)})")
    by_name: dict[str, Node] = {}
    for node in graph:
        other = by_name.setdefault(str(node), node)
        if other is not node:
            raise StructureError(
                f"from_networkx: nodes {shown(other)} and {shown(node)} would both be called "
                f"{shown(str(node))}; relabel one of them"
            )
    if graph.is_directed() and not nx.is_directed_acyclic_graph(graph):
        edges = nx.find_cycle(graph)
        names = [shorten(str(node)) for node in (edges[0][0], *(edge[1] for edge in edges))]
        raise CycleError(
            f"from_networkx.graph must have no cycle (got {chained(names)}); remove an edge of it"
        )


def shorten(name: str) -> str:
    """Return a name as a message has room for it."""
    return name if len(name) <= LETTERS else f"{name[:LETTERS]}…"


def _said(graph: nx.Graph, node: Node, key: str) -> Any:
    """Return what a node says, or by default all nodes."""
    value = graph.nodes[node].get(key)
    return _node_default(graph, node, key) if value is None else value


def _node_default(graph: nx.Graph, node: Node, key: str) -> Any:
    """Return what a node says by default, which DOT has for some nodes and not for others."""
    own = graph.nodes[node].get("node_default")
    if isinstance(own, Mapping) and key in own:
        return own[key]
    return _default(graph, "node", key)


def _default(graph: nx.Graph, kind: str, key: Hashable) -> Any:
    defaults = graph.graph.get(f"{kind}_default")
    return defaults.get(key) if isinstance(defaults, Mapping) else None


def _named_ends(graph: nx.Graph, given: Any, role: str) -> list[Node] | None:
    """Return the nodes given as inputs or outputs, else those marked so, else None."""
    if given is None:
        return [node for node in graph if _said(graph, node, "role") == role] or None
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise InvalidTypeError(
            f"from_networkx.{role}s must be a list of nodes (got {shown(given)})"
        )
    nodes = list(given)
    for node in nodes:
        if node not in graph:
            raise InvalidValueError(
                f"from_networkx.{role}s must be nodes of the graph (got {shown(node)})"
            )
    if len(set(nodes)) != len(nodes):
        raise InvalidValueError(
            f"from_networkx.{role}s must hold each node once (got {shown(nodes)})"
        )
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
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return the edges as positions in `nodes`, in their order or sorted, and their weights."""
    place = {node: i for i, node in enumerate(nodes)}
    edges = list(graph.edges(data=False) if weight is None else graph.edges(data=weight))
    pairs = np.array([(place[edge[0]], place[edge[1]]) for edge in edges], np.int64).reshape(-1, 2)
    if not graph.is_directed():
        pairs.sort(axis=1)
    weights = np.zeros(len(edges)) if weight is None else _weights(graph, edges, weight)
    ranks = np.lexsort((pairs[:, 1], pairs[:, 0]))
    _refuse_parallel(nodes, *pairs[ranks].T)
    orders = _orders(graph)
    if orders is not None:
        ranks = np.argsort(orders)
    return *pairs[ranks].T, weights[ranks]


def _refuse_parallel(nodes: list[Node], pre: IntArray, post: IntArray) -> None:
    for i in np.flatnonzero((np.diff(pre) == 0) & (np.diff(post) == 0))[:1].tolist():
        raise StructureError(
            f"from_networkx: {shown(nodes[pre[i]])} and {shown(nodes[post[i]])} are joined by "
            "parallel edges, and there is one synapse per pair; make one edge of them first, for "
            "example by networkx.DiGraph(graph) or networkx.Graph(graph)"
        )


def _orders(graph: nx.Graph) -> list[float] | None:
    """Return the place of each edge in the order of creation, if all say one of their own."""
    if isinstance(graph, LiveGraph):
        return [synapse._id for *_, synapse in graph.edges(data="synapse")]
    orders = [order for *_, order in graph.edges(data="order")]
    if all(map(_is_whole, orders)) and len(set(orders)) == len(orders):
        return orders
    return None


def _is_whole(value: Any) -> bool:
    return type(value) is int or (type(value) is float and value.is_integer())


def _weights(graph: nx.Graph, edges: list[tuple[Any, ...]], weight: str) -> FloatArray:
    default = _default(graph, "edge", weight)
    if edges and default is None and all(value is None for *_, value in edges):
        _miss_weights(graph, weight)
    return np.array([_weight(pre, post, value, default) for pre, post, value in edges])


def _miss_weights(graph: nx.Graph, weight: str) -> None:
    """Say that no edge has a weight, if one was asked for, or if there are other numbers."""
    others = {
        key
        for *_, data in graph.edges(data=True)
        for key, value in data.items()
        if type(value) in (int, float) and str(key).lower() not in NO_WEIGHTS.split()
    }
    names = ", ".join(sorted(shorten(repr(key)) for key in others)[:MOST_NAMES])
    if weight != WEIGHT:
        raise InvalidValueError(
            f"from_networkx.weight must be an attribute of edges that hold numbers "
            f"(got {shown(weight)}; there {f'are {names}' if names else 'is none'})"
        )
    if names:
        warnings.warn(
            f"from_networkx: no edge has the attribute {WEIGHT!r}, so that all weights are 0, but "
            f"there are numbers in {names}; weight= says which of them are weights, or None",
            NeurosimWarning,
            stacklevel=2,
        )


def _weight(pre: Node, post: Node, value: Any, default: Any) -> float:
    if value is None:
        value = 0.0 if default is None else default
    try:
        return number(value, "weight")
    except (InvalidTypeError, InvalidValueError) as error:
        raise type(error)(
            f"from_networkx: edge from {shown(pre)} to {shown(post)}: {error}"
        ) from None


def _roles(
    graph: nx.Graph,
    nodes: list[Node],
    ends: Mapping[str, list[Node] | None],
    pre: IntArray,
    post: IntArray,
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
            f"from_networkx: the edge from {shown(nodes[pre[i]])} to {shown(nodes[post[i]])} ends "
            "in an input neuron, which takes no synapse; remove the edge, or choose other inputs"
        )
    return roles


def _mark(graph: nx.Graph, node: Node) -> str | None:
    """Return the role that the attributes of a node give it."""
    role = _said(graph, node, "role")
    if role not in (None, "input", "hidden", "output"):
        raise InvalidValueError(
            f'from_networkx: the role of node {shown(node)} must be "input", "hidden" or "output" '
            f"(got {shown(role)})"
        )
    return role  # type: ignore[no-any-return]


def _add_neurons(
    net: Network, graph: nx.Graph, roles: dict[Node, str], activation: Any, bias: float | None
) -> None:
    """Add the nodes in the order of `roles`, those of one layer together."""

    def layer_and_role(node: Node) -> tuple[str | None, str]:
        return _layer_title(_said(graph, node, "layer")), roles[node]

    for (title, role), group in groupby(roles, layer_and_role):
        members = list(group)
        kinds = [_kind(graph, node, role, activation, bias) for node in members]
        if title is None:
            for node, kind in zip(members, kinds, strict=True):
                net.add_neuron(str(node), role=role, **kind)
            continue
        if any(layer.name == title for layer in net.layers):
            raise StructureError(
                f"from_networkx: the nodes of layer {shown(title)} must follow each other and "
                f"share one role (node {shown(members[0])} does not); pass order=, or drop the "
                "attribute"
            )
        columns = {key: [kind[key] for kind in kinds] for key in kinds[0]}
        net.add_layer([str(node) for node in members], role=role, name=title, **columns)


def _layer_title(layer: Any) -> str | None:
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
                    f"from_networkx: node {shown(node)} becomes an input neuron, which has no "
                    f"{key} (got {shown(data[key])}); drop the attribute, or choose other inputs"
                )
        return {}
    own = _said(graph, node, "activation")
    complete = _said(graph, node, "role") is not None and own is not None
    default = _node_default(graph, node, "bias")
    if default is None and not complete:
        default = bias
    return {
        "activation": activation if own is None else own,
        "bias": data.get("bias", default),
    }
