"""JSON of graphs: as networkx and D3 have it (node-link), as Cytoscape has it, and the like."""

from __future__ import annotations

import json
from typing import Any

import networkx as nx

from neurosim.errors import FormatError
from neurosim.io.cautious import without_twice
from neurosim.io.collected import Collector, put
from neurosim.io.graphs import MARK, graph_of
from neurosim.io.parts import Parts
from neurosim.io.references import Places, resolve
from neurosim.wording import shown

# Where Cytoscape, graphology and Gephi have what others say of a node or an edge itself.
INSIDE = ("data", "attributes")
ENDS = (("source", "target"), ("from", "to"))
NOT_SAID = ("source", "target", "from", "to", "directed", "undirected")


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


# -- reading -------------------------------------------------------------------------------------


def decode(data: bytes) -> nx.Graph:
    """Return the graph in a JSON text: of networkx, D3, vis.js, sigma.js, graphology, Cytoscape."""
    held = _object(data)
    elements = held.get("elements", held)
    nodes, edges = _split(elements) if isinstance(elements, list) else _listed(elements)
    attributes, collected = _attributes(held), Collector()
    is_directed = _flag(held, "directed", _default_direction(held))
    nodes = [_flat(node, f"node {i}") for i, node in enumerate(nodes)]
    edges = [_flat(edge, f"edge {i}") for i, edge in enumerate(edges)]
    ends = [_ends(edge, i) for i, edge in enumerate(edges)]
    ids, resolved = resolve(nodes, ends, _places(held, elements))
    collected.attributes.update(attributes)
    for node, name in zip(nodes, ids, strict=True):
        collected.node(name, node)
    _group(collected, nodes, ids)
    for edge, (pre, post) in zip(edges, resolved, strict=True):
        said = {key: value for key, value in edge.items() if key not in NOT_SAID}
        collected.edge(pre, post, said, _is_directed(edge, is_directed))
    return collected.graph(is_directed)


def _object(data: bytes) -> dict[str, Any]:
    try:
        held = json.loads(data, object_pairs_hook=without_twice)
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


def _listed(elements: Any) -> tuple[list[Any], list[Any]]:
    """Return nodes and edges from the two lists of an object."""
    if not isinstance(elements, dict) or "nodes" not in elements:
        raise FormatError(f"expected nodes and edges of a graph (got {_shown(elements)})")
    given = {key: elements[key] for key in ("edges", "links") if elements.get(key)}
    if len(given) > 1:
        raise FormatError('expected "edges" or "links" (got both)')
    if "adjacency" in elements:
        raise FormatError(
            'expected "edges" or "links" (got "adjacency"); write it by networkx.node_link_data'
        )
    lists: tuple[Any, Any] = elements["nodes"], next(iter(given.values()), [])
    for some in lists:
        if not isinstance(some, list):
            raise FormatError(f"nodes and edges must be lists (got {shown(some)})")
    return lists


def _split(elements: list[Any]) -> tuple[list[Any], list[Any]]:
    """Return nodes and edges from the one list in which Cytoscape.js may have them."""
    is_edge = [
        isinstance(one, dict)
        and (one.get("group") == "edges" or "source" in _part(one, "data"))
        for one in elements
    ]
    edges = [one for one, is_one in zip(elements, is_edge, strict=True) if is_one]
    return [one for one, is_one in zip(elements, is_edge, strict=True) if not is_one], edges


def _attributes(held: dict[str, Any]) -> dict[str, Any]:
    """Return what is said of the graph; networkx had it as a list of pairs once."""
    found: dict[str, Any] = {}
    for key in ("graph", "data", "attributes"):
        part = held.get(key)
        if isinstance(part, list):
            if not all(isinstance(pair, list) and len(pair) == 2 for pair in part):
                raise FormatError(f"{key!r} must be an object (got {shown(part)})")
            part = {name: value for name, value in part if isinstance(name, str)}
        if part is not None and not isinstance(part, dict):
            raise FormatError(f"{key!r} must be an object (got {shown(part)})")
        found.update(part or {})
    return found


def _part(element: dict[str, Any], key: str) -> dict[str, Any]:
    part = element.get(key)
    return part if isinstance(part, dict) else {}


def _flat(element: Any, where: str) -> dict[str, Any]:
    """Return all that is said of a node or an edge, also inside of it, in one dictionary."""
    if not isinstance(element, dict):
        raise FormatError(f"expected nodes and edges of a graph as objects (got {shown(element)})")
    found = {key: value for key, value in element.items() if key not in INSIDE}
    for inside in INSIDE:
        for key, value in _part(element, inside).items():
            put(found, key, value, where)
    return found


# -- directions ----------------------------------------------------------------------------------


def _default_direction(held: dict[str, Any]) -> bool:
    """Return whether edges have a direction, if they do not say it; graphology has it in a type."""
    kind = _part(held, "options").get("type", "directed")
    if kind not in ("directed", "undirected", "mixed"):
        raise FormatError(f"the type of a graph must be directed or undirected (got {shown(kind)})")
    return bool(kind != "undirected")


def _is_directed(edge: dict[str, Any], default: bool) -> bool:
    if "directed" not in edge and "undirected" not in edge:  # nearly always
        return default
    return _flag(edge, "directed", not _flag(edge, "undirected", not default))


def _flag(held: dict[str, Any], key: str, default: bool) -> bool:
    value = held.get(key)
    if value is not None and not isinstance(value, bool):
        raise FormatError(f"{key} must be true or false (got {shown(value)})")
    return default if value is None else value


# -- who is meant --------------------------------------------------------------------------------


def _places(held: dict[str, Any], elements: Any) -> Places:
    """Return whether ends may be places in the list of nodes.

    They were so in networkx 1, which wrote the attributes of a graph as pairs, and in D3 4; never
    where the data of nodes and edges stand inside of them.
    """
    nodes = elements if isinstance(elements, list) else elements["nodes"]
    if isinstance(held.get("graph"), list):
        return "likely"
    is_inside = any(isinstance(node, dict) and INSIDE[0] in node for node in nodes)
    return "never" if is_inside else "possible"


def _ends(edge: dict[str, Any], number: int) -> tuple[Any, Any]:
    """Return the two ends of an edge: D3 calls them source and target, vis.js from and to."""
    for keys in ENDS:
        if all(edge.get(key) is not None for key in keys):
            return edge[keys[0]], edge[keys[1]]
    raise FormatError(
        f"edge {number}: expected nodes and edges of a graph, with a source and a target "
        f"(got {_shown(edge)})"
    )


def _group(collected: Collector, nodes: list[dict[str, Any]], ids: list[Any]) -> None:
    """Have the nodes that Cytoscape.js calls the parent of others be groups."""
    by_text = {str(name): name for name in ids}
    for node in nodes:
        parent = node.get("parent")
        if parent is not None and "id" in node:
            if not isinstance(parent, (str, int)):
                raise FormatError(f"a parent must be a node (got {shown(parent)})")
            collected.box(by_text.get(str(parent), parent))
