"""GraphML, which yEd, Gephi, igraph and Cytoscape open; networkx writes it."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import Element, SubElement

import networkx as nx
from attrs import frozen
from networkx.readwrite.graphml import GraphMLWriter

from neurosim.errors import FormatError
from neurosim.io import picture
from neurosim.io.collected import Collector, put
from neurosim.io.graphs import MARK, graph_of
from neurosim.io.parts import Parts
from neurosim.io.spelling import spelled
from neurosim.io.xml import TRUTH, children, document, local, needed, only_graph, typed
from neurosim.wording import shown

YED = "http://www.yworks.com/xml/graphml"
GRAPHICS = "graphics"


def encode(parts: Parts) -> bytes:
    """Return a network as GraphML, with the pictures of its neurons that yEd shows."""
    graph = graph_of(parts, spelled)
    graph.graph[MARK] = json.dumps(graph.graph[MARK])
    writer = GraphMLWriter(graph, prettyprint=False)
    _add_graphics(writer.xml, parts)
    writer.indent(writer.xml)
    text = BytesIO()
    writer.dump(text)
    return text.getvalue()


def _add_graphics(document: Any, parts: Parts) -> None:
    document.set("xmlns:y", YED)
    key = Element("key", {"id": GRAPHICS, "for": "node", "yfiles.type": "nodegraphics"})
    document.insert(0, key)
    nodes = document.iter("node")
    shown = zip(parts.neurons, picture.positions(parts), picture.colours(parts), strict=True)
    for node, (name, place, colour) in zip(nodes, shown, strict=True):
        shape = SubElement(SubElement(node, "data", key=GRAPHICS), "y:ShapeNode")
        x, y = (str(at - picture.SIZE / 2) for at in place)
        size = str(picture.SIZE)
        SubElement(shape, "y:Geometry", x=x, y=y, width=size, height=size)
        SubElement(shape, "y:Fill", color=picture.hexadecimal(colour))
        SubElement(shape, "y:NodeLabel").text = spelled(name)
        SubElement(shape, "y:Shape", type="ellipse")


# -- reading -------------------------------------------------------------------------------------


def decode(data: bytes) -> nx.Graph:
    """Return the graph in a GraphML document, the first if there are several.

    Names are ``name`` attributes, or else the labels that yEd shows. Graphs inside nodes are part
    of it. The defaults of attributes are in its attributes ``node_default`` and ``edge_default``,
    as networkx has them.
    """
    root = document(data, "graphml")
    return _Reader(root).graph(only_graph(root))


@frozen
class _Key:
    """A declaration of an attribute."""

    name: str
    kind: str
    default: str | None

    @classmethod
    def of(cls, element: Element) -> _Key:
        name = element.get("attr.name", element.get("id", ""))
        default = next((child.text or "" for child in children(element, "default")), None)
        return cls(name, element.get("attr.type", "string"), default)


class _Reader:
    """Reads the graph of a document, and what its declarations say."""

    def __init__(self, root: Element) -> None:
        self.keys: dict[tuple[str, str], _Key] = {}
        for element in children(root, "key"):
            place = element.get("for", "all"), element.get("id", "")
            if self.keys.setdefault(place, key := _Key.of(element)) != key:
                raise FormatError(f"the key {shown(place[1])} must be declared once (got it twice)")
        self.collected = Collector()

    def graph(self, element: Element) -> nx.Graph:
        """Return the graph of an element."""
        attributes = self.collected.attributes
        attributes.update(self.data(element, "graph"))
        for domain in ("node", "edge"):
            attributes[f"{domain}_default"] = self.defaults(domain)
        directed = _is_directed(element.get("edgedefault"), "a graph's edgedefault")
        self.walk(element, directed)
        return self.collected.graph(directed)

    def walk(self, element: Element, directed: bool) -> None:
        """Take what is in a graph and in the graphs of its nodes, in the order of the document."""
        ahead = [(iter(element), directed)]
        while ahead:
            for child in ahead[-1][0]:
                self.take(child, ahead[-1][1])
                inner = next(children(child, "graph"), None)
                if inner is not None:
                    own = inner.get("edgedefault")
                    ahead.append((iter(inner), ahead[-1][1] if own is None else _is_directed(own)))
                    break
            else:
                ahead.pop()

    def take(self, element: Element, directed: bool) -> None:
        """Take a node or an edge."""
        kind = local(element)
        n_inside = sum(1 for _ in children(element, "graph"))
        if kind == "hyperedge" or n_inside > (kind == "node"):
            raise FormatError(
                f"expected edges between two nodes, and one graph inside a node at most (got a "
                f"<{kind}>{' with graphs inside' * bool(n_inside)})"
            )
        if kind == "node":
            name = needed(element, "id")
            self.collected.node(name, self.data(element, kind))
            if n_inside:
                self.collected.box(name)
        elif kind == "edge":
            own = element.get("directed")
            if own is not None and own not in TRUTH:
                raise FormatError(f"directed of an edge must be true or false (got {shown(own)})")
            ends = needed(element, "source"), needed(element, "target")
            is_directed = directed if own is None else TRUTH[own]
            self.collected.edge(*ends, self.data(element, kind), is_directed)

    def data(self, element: Element, domain: str) -> dict[str, Any]:
        """Return what an element says in its data; what is not declared has the name of its key."""
        found: dict[str, Any] = {}
        where = f"{domain} {shown(element.get('id', ''))}"
        for child in children(element, "data"):
            if len(child):
                _take_label(child, found)
                continue
            name = child.get("key", "")
            key = self.keys.get((domain, name)) or self.keys.get(("all", name))
            if key is None:
                key = _Key(name, "string", None)
            put(found, key.name, typed(child.text or "", key.kind), where)
        return found

    def defaults(self, domain: str) -> dict[str, Any]:
        """Return the defaults that are declared for nodes or for edges."""
        return {
            key.name: typed(key.default, key.kind)
            for (place, _), key in self.keys.items()
            if place in (domain, "all") and key.default is not None
        }


def _is_directed(kind: str | None, what: str = "edgedefault") -> bool:
    if kind not in ("directed", "undirected"):
        raise FormatError(f'{what} must be "directed" or "undirected" (got {shown(kind)})')
    return kind == "directed"


def _take_label(picture: Element, found: dict[str, Any]) -> None:
    """Take the first label in what yEd draws of a node or an edge."""
    for part in picture.iter():
        if local(part) in ("NodeLabel", "EdgeLabel") and part.text and part.text.strip():
            found.setdefault("label", part.text)
            return
