"""JSON of graphs: as networkx and D3 have it (node-link), and as Cytoscape has it."""

from __future__ import annotations

import json
from typing import Any

import networkx as nx

from neurosim.errors import FormatError
from neurosim.io.graphs import MARK, graph_of
from neurosim.io.parts import Parts


def encode_node_link(parts: Parts) -> bytes:
    """Return a network as node-link JSON."""
    return _text(nx.node_link_data(graph_of(parts), edges="edges"))


def encode_cytoscape(parts: Parts) -> bytes:
    """Return a network as Cytoscape and Cytoscape.js have it."""
    graph = graph_of(parts)
    nodes = [{"data": {"id": node, **data}} for node, data in graph.nodes(data=True)]
    edges = [
        {"data": {"id": f"e{data['order']}", "source": pre, "target": post, **data}}
        for pre, post, data in graph.edges(data=True)
    ]
    # The tables of Cytoscape hold texts and numbers.
    described = {**graph.graph, MARK: json.dumps(graph.graph[MARK])}
    return _text({"data": described, "elements": {"nodes": nodes, "edges": edges}})


def _text(value: Any) -> bytes:
    return json.dumps(value, allow_nan=False).encode()


def decode(data: bytes) -> nx.Graph:
    """Return the graph in a JSON text of either kind, which is told by its ``elements``."""
    held = _object(data)
    try:
        return _cytoscape_graph(held) if "elements" in held else _node_link_graph(held)
    except FormatError:
        raise
    except Exception as error:  # of whatever kind lies behind a dict that is a list
        raise FormatError(
            f"expected nodes and edges of a graph (got {type(error).__name__}: {error})"
        ) from error


def _object(data: bytes) -> dict[str, Any]:
    try:
        held = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"expected JSON (got an error: {error})") from error
    if not isinstance(held, dict) or not held.keys() & {"nodes", "elements"}:
        raise FormatError(
            'expected JSON with "nodes" and "edges" or "links" (node-link), or with "elements" '
            f"(Cytoscape) (got {_shown(held)})"
        )
    return held


def _shown(held: Any) -> str:
    what = f"the keys {', '.join(map(repr, held))}" if isinstance(held, dict) else repr(held)
    return what if len(what) < 80 else f"{what[:80]} …"


def _node_link_graph(held: dict[str, Any]) -> nx.Graph:
    """Return the graph that networkx, which says what it is, or D3, which does not, has written."""
    edges = "edges" if "edges" in held else "links"
    parallel = bool(held.get("multigraph", False))
    return nx.node_link_graph(held, directed=True, multigraph=parallel, edges=edges)


def _cytoscape_graph(held: dict[str, Any]) -> nx.DiGraph:
    """Return a graph of whatever Cytoscape has written: its edges have a source and a target."""
    graph = nx.DiGraph()
    described = held.get("data")
    if isinstance(described, dict):
        graph.graph.update(described)
    nodes, edges = _elements(held["elements"])
    graph.add_nodes_from((data["id"], data) for data in nodes)
    for data in edges:
        _add_edge(graph, data["source"], data["target"], data)
    return graph


def _elements(elements: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the data of nodes and of edges, which Cytoscape.js may have in one list."""
    if isinstance(elements, list):
        both = [element["data"] for element in elements]
        edges = [one for one in both if "source" in one]
        return [one for one in both if "source" not in one], edges
    nodes, edges = elements["nodes"], elements.get("edges", ())
    return [node["data"] for node in nodes], [edge["data"] for edge in edges]


def _add_edge(graph: nx.DiGraph, pre: Any, post: Any, data: dict[str, Any]) -> None:
    for end in (pre, post):
        if end not in graph:
            raise FormatError(f"edge {pre!r} -> {post!r}: there is no node {end!r}")
    if graph.has_edge(pre, post):
        raise FormatError(f"edge {pre!r} -> {post!r} must be there once (got two)")
    graph.add_edges_from([(pre, post, data)])
