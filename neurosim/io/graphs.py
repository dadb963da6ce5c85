"""A network as a plain networkx graph that holds all of it, and back: what graph formats share.

The graph's attribute ``neurosim`` says what belongs to no neuron. By it a file of neurosim is
known, which has to be complete. The graphs of other programs become networks as
`topologies.from_networkx` makes them.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import networkx as nx
import numpy as np

from neurosim.errors import FormatError, InvalidTypeError
from neurosim.io.parts import Parts, network_of
from neurosim.io.rows import Spell, description, neuron_rows, parts_from, read_number
from neurosim.model import Network
from neurosim.topologies import from_networkx

MARK = "neurosim"
ORDER = "order"

Node = Hashable


def graph_of(parts: Parts, spell: Spell = str) -> nx.DiGraph:
    """Return a graph with a node ``n0``, ``n1``, … for each neuron and an edge for each synapse.

    Both say their place in the order of creation, which programs that write graphs may change.

    Parameters
    ----------
    parts : Parts
    spell : callable
        Makes of a name what a format can hold.
    """
    graph = nx.DiGraph(name=spell(parts.name), **{MARK: description(parts)})
    ids = [f"n{i}" for i in range(len(parts.neurons))]
    rows = enumerate(neuron_rows(parts, spell))
    graph.add_nodes_from((ids[i], {**row, ORDER: i}) for i, row in rows)
    edges = zip(parts.pre.tolist(), parts.post.tolist(), parts.weight.tolist(), strict=True)
    graph.add_edges_from(
        (ids[pre], ids[post], {"weight": weight, ORDER: i})
        for i, (pre, post, weight) in enumerate(edges)
    )
    return graph


def network_of_graph(graph: nx.Graph, options: Mapping[str, Any], restore: Spell = str) -> Network:
    """Return the network that a graph stands for.

    Parameters
    ----------
    graph : networkx.Graph
    options : dict
        Arguments of `from_networkx`, for a graph that neurosim has not written.
    restore : callable
        Makes a name of what `graph_of` has made of it.
    """
    if MARK not in graph.graph:
        return foreign_network(graph, options)
    refuse_options(options)
    return network_of(_own_parts(graph, restore))


def refuse_options(options: Mapping[str, Any]) -> None:
    """Refuse arguments that fill the gaps of other programs' files, where there are none."""
    if options:
        raise InvalidTypeError(
            f"what neurosim has written leaves nothing open; leave out {', '.join(options)}"
        )


# -- what neurosim has written -------------------------------------------------------------------


def _own_parts(graph: nx.Graph, restore: Spell) -> Parts:
    if not graph.is_directed():
        raise FormatError("the graph of a network must be directed (got an undirected one)")
    nodes = _ordered([(node, _present(data)) for node, data in graph.nodes(data=True)], "node")
    edges = _ordered([(edge[:2], edge[2]) for edge in graph.edges(data=True)], "edge")
    weights = np.array([_weight(edge, data) for edge, data in edges], np.float64)
    described = read_description(graph.graph[MARK])
    return parts_from(described, dict(nodes), [edge for edge, _ in edges], weights, restore)


def _present(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of a node without those by which some programs say that there are none."""
    return {
        key: value
        for key, value in data.items()
        if not (value is None or value == "" or (type(value) is float and np.isnan(value)))
    }


def _is_whole(value: Any) -> bool:
    return type(value) is int or (type(value) is float and value.is_integer())


def _ordered(things: list[tuple[Any, dict[str, Any]]], what: str) -> list[Any]:
    """Return nodes or edges in the order that they say they have."""
    for thing, data in things:
        if not _is_whole(data.get(ORDER)):
            raise FormatError(
                f"{what} {_shown(thing)} must have a whole number as its {ORDER} "
                f"(got {data.get(ORDER)!r}); without the graph's attribute {MARK!r}, it is read "
                "as one of another program, which need not have it"
            )
    return sorted(things, key=lambda thing: thing[1][ORDER])


def _shown(thing: Any) -> str:
    return " -> ".join(map(repr, thing)) if isinstance(thing, tuple) else repr(thing)


def _weight(edge: tuple[Node, Node], data: Mapping[str, Any]) -> float:
    weight = data.get("weight")
    if type(weight) is float:  # nearly always; whether it is finite is looked at for all at once
        return weight
    return read_number(weight, f"weight of the edge {_shown(edge)}")


def whole_number(text: Any) -> int | None:
    """Return what a text says if it is a whole number."""
    is_whole = isinstance(text, str) and text.isdecimal() and len(text) < 20
    return int(text) if is_whole else None


def read_description(value: Any) -> Any:
    """Return a description that may stand as JSON in a text."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"what neurosim says of the network is no JSON: {error}") from error


# -- what others have written --------------------------------------------------------------------


def foreign_network(graph: nx.Graph, options: Mapping[str, Any]) -> Network:
    """Return the network of a graph that says more or less about its neurons.

    They are called as their ``name`` or their ``label`` says, if that tells all of them apart, or
    else as the nodes are. The rest is up to `from_networkx`; text where it wants a number is read
    as one.
    """
    nodes = {node: _present(data) for node, data in graph.nodes(data=True)}
    names = _names(nodes)
    plain = graph.__class__(name=graph.name if isinstance(graph.name, str) else "")
    plain.add_nodes_from((names[node], _known(node, data)) for node, data in _in_order(nodes))
    plain.add_edges_from(
        (names[pre], names[post], {"weight": _foreign_weight((pre, post), data)})
        for pre, post, data in graph.edges(data=True)
    )
    return from_networkx(plain, **options)


def _names(nodes: Mapping[Node, Mapping[str, Any]]) -> dict[Node, str]:
    """Return what neurons are called."""
    for key in ("name", "label"):
        found = [data.get(key) for data in nodes.values()]
        if all(isinstance(name, str) for name in found) and len(set(found)) == len(found):
            return dict(zip(nodes, found, strict=True))  # type: ignore[arg-type]
    return {node: str(node) for node in nodes}


def _in_order(nodes: Mapping[Node, Any]) -> Iterable[tuple[Node, Mapping[str, Any]]]:
    orders = [data.get(ORDER) for data in nodes.values()]
    if all(map(_is_whole, orders)) and len(set(orders)) == len(orders):
        return sorted(nodes.items(), key=lambda node: node[1][ORDER])
    return nodes.items()


def _known(node: Node, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return of a node's attributes what a neuron has."""
    known = {key: data[key] for key in ("role", "layer", "activation") if key in data}
    if "bias" in data:
        known["bias"] = read_number(data["bias"], f"bias of node {node!r}")
    return known


def _foreign_weight(edge: tuple[Node, Node], data: Mapping[str, Any]) -> float:
    """Return the weight of an edge, or the number that it is labelled with, or else 0."""
    if data.get("weight") not in (None, ""):
        return _weight(edge, data)
    try:
        return read_number(data.get("label"), "label")
    except FormatError:
        return 0.0
