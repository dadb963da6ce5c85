"""A network as a plain networkx graph that holds all of it, and back: what graph formats share.

The graph's attribute ``neurosim`` says what belongs to no neuron. By it a file of neurosim is
known, which has to be complete. The graphs of other programs become networks as
`topologies.from_networkx` makes them.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from typing import Any

import networkx as nx
import numpy as np

from neurosim.errors import FormatError, InvalidTypeError
from neurosim.io.foreign import foreign_network, is_whole, present
from neurosim.io.parts import Parts, network_of
from neurosim.io.rows import Spell, description, neuron_rows, parts_from, read_number
from neurosim.model import Network
from neurosim.wording import shown

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
    nodes = _ordered([(node, present(data)) for node, data in graph.nodes(data=True)], "node")
    edges = _ordered([(edge[:2], edge[2]) for edge in graph.edges(data=True)], "edge")
    weights = np.array([_weight(edge, data) for edge, data in edges], np.float64)
    described = read_description(graph.graph[MARK])
    return parts_from(described, dict(nodes), [edge for edge, _ in edges], weights, restore)


def _ordered(things: list[tuple[Any, dict[str, Any]]], what: str) -> list[Any]:
    """Return nodes or edges in the order that they say they have."""
    for thing, data in things:
        if not is_whole(data.get(ORDER)):
            raise FormatError(
                f"{what} {_shown(thing)} must have a whole number as its {ORDER} "
                f"(got {shown(data.get(ORDER))}); without the graph's attribute {MARK!r}, it is "
                "read "
                "as one of another program, which need not have it"
            )
    return sorted(things, key=lambda thing: thing[1][ORDER])


def _shown(thing: Any) -> str:
    return " -> ".join(map(shown, thing)) if isinstance(thing, tuple) else shown(thing)


def _weight(edge: tuple[Node, Node], data: Mapping[str, Any]) -> float:
    weight = data.get("weight")
    if type(weight) is float:  # nearly always; whether it is finite is looked at for all at once
        return weight
    return read_number(weight, f"weight of the edge {_shown(edge)}")


def whole_number(text: Any) -> int | None:
    """Return what a text says if it is a whole number."""
    is_whole = isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) < 20
    return int(text) if is_whole else None


def read_description(value: Any) -> Any:
    """Return a description that may stand as JSON in a text."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"what neurosim says of the network is no JSON: {error}") from error
