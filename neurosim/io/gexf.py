"""GEXF, which Gephi opens, with positions, colours and thickness; networkx writes it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import networkx as nx
from networkx.readwrite.gexf import GEXFWriter

from neurosim.errors import FormatError
from neurosim.io import picture
from neurosim.io.collected import Collector, put
from neurosim.io.graphs import MARK, ORDER, graph_of, whole_number
from neurosim.io.parts import Parts
from neurosim.io.spelling import spelled
from neurosim.io.xml import children, document, local, needed, only_graph, typed
from neurosim.wording import shown


def encode(parts: Parts) -> bytes:
    """Return a network as GEXF, placed by its levels and coloured by roles and weights."""
    graph = graph_of(parts, spelled)
    _add_pictures(graph, parts)
    writer = GEXFWriter(graph)
    _describe(writer.xml.find("meta"), graph.graph[MARK])
    writer.indent(writer.xml)
    text = BytesIO()
    ElementTree.ElementTree(writer.xml).write(text, encoding="utf-8", xml_declaration=True)
    return text.getvalue()


def _add_pictures(graph: nx.DiGraph, parts: Parts) -> None:
    shown = zip(picture.positions(parts), picture.colours(parts), strict=True)
    for data, ((x, y), colour) in zip(graph.nodes.values(), shown, strict=True):
        data["label"] = data["name"]
        # Gephi's y grows upwards.
        place = {"x": x, "y": -y, "z": 0.0}
        data["viz"] = {"position": place, "color": _rgb(colour), "size": picture.SIZE / 2}
    thick = picture.thickness(parts.weight)
    for _, _, data in graph.edges(data=True):
        data["id"] = data[ORDER]  # every edge has to have one
        shade = picture.weight_colour(data["weight"])
        data["viz"] = {"color": _rgb(shade), "thickness": thick[data["id"]]}


def _rgb(colour: picture.Colour) -> dict[str, int]:
    return dict(zip("rgb", colour, strict=True))


def _describe(meta: Any, described: dict[str, Any]) -> None:
    """Put what belongs to the network where GEXF has room for words on the file."""
    meta.attrib.clear()  # the day: the same network makes the same file
    meta.find("creator").text = MARK
    ElementTree.SubElement(meta, "description").text = json.dumps(described)


# -- reading -------------------------------------------------------------------------------------


def decode(data: bytes) -> nx.Graph:
    """Return the graph in a GEXF document of any version. Names are ``name``s, or else labels.

    Nodes inside of nodes are part of it. The defaults of attributes are in its attributes
    ``node_default`` and ``edge_default``, as networkx has them.
    """
    root = document(data, "gexf")
    described, is_of_gephi = _description(root)
    graph = _Reader(only_graph(root)).graph()
    if described is not None:
        graph.graph[MARK] = described
        for _, _, values in graph.edges(data=True):
            values.setdefault(ORDER, whole_number(values.get("id")))
    elif is_of_gephi:
        _fill_weights(graph)
    return graph


def _description(root: Element) -> tuple[str | None, bool]:
    """Return what neurosim has written on the network, if it was neurosim, and if it was Gephi."""
    for meta in children(root, "meta"):
        said = {local(child): child.text or "" for child in meta}
        creator = said.get("creator", "")
        return said.get("description", "") if creator == MARK else None, "Gephi" in creator
    return None, False


def _fill_weights(graph: nx.Graph) -> None:
    """Give edges the weight 1 where others have one: Gephi does not write it."""
    edges = [data for _, _, data in graph.edges(data=True)]
    if any("weight" in data for data in edges):
        for data in edges:
            data.setdefault("weight", 1.0)


class _Reader:
    """Reads the graph of a document, and what its declarations say."""

    def __init__(self, element: Element) -> None:
        self.element = element
        self.collected = Collector()
        self.keys: dict[str, dict[str, Element]] = {"node": {}, "edge": {}}
        for some in children(element, "attributes"):
            known = self.keys.setdefault(some.get("class", ""), {})
            for one in children(some, "attribute"):
                if known.setdefault(one.get("id", ""), one).attrib != one.attrib:
                    raise FormatError(f"attribute {shown(one.get('id'))} must be declared once")

    def graph(self) -> nx.Graph:
        """Return the graph."""
        default = self.element.get("defaultedgetype", "undirected")
        self.collected.attributes["name"] = self.element.get("name", "")  # as networkx writes it
        for kind in ("node", "edge"):
            self.collected.attributes[f"{kind}_default"] = self.defaults(kind)
        self.walk(default)
        return self.collected.graph(_is_directed(default))

    def walk(self, default: str) -> None:
        """Take nodes, the nodes inside of them, and edges, in the order of the document."""
        ahead: list[tuple[Iterator[Element], str | None]] = [(iter(self.element), None)]
        while ahead:
            for child in ahead[-1][0]:
                box = ahead[-1][1]
                if local(child) in ("nodes", "edges"):
                    ahead.append((iter(child), box))
                    break
                if local(child) == "node":
                    self.take_node(child, box)
                    ahead.append((iter(child), needed(child, "id")))
                    break
                if local(child) == "edge":
                    self.take_edge(child, default)
            else:
                ahead.pop()

    def take_node(self, element: Element, box: str | None) -> None:
        """Take a node, which may be inside another."""
        self.collected.node(needed(element, "id"), self.data(element, "node", ("label",)))
        for outer in (box, element.get("pid")):
            if outer is not None:
                self.collected.box(outer)

    def take_edge(self, element: Element, default: str) -> None:
        """Take an edge."""
        directed = _is_directed(element.get("type", default))
        data = self.data(element, "edge", ("id", "label", "weight"))
        ends = needed(element, "source"), needed(element, "target")
        self.collected.edge(*ends, data, directed)

    def data(self, element: Element, kind: str, own: tuple[str, ...]) -> dict[str, Any]:
        """Return what an element says; what is not declared has the name of its key."""
        found: dict[str, Any] = {key: element.attrib[key] for key in own if key in element.attrib}
        if "weight" in found:
            found["weight"] = typed(found["weight"], "double")
        where = f"{kind} {shown(element.get('id', ''))}"
        for some in children(element, "attvalues"):
            for value in children(some, "attvalue"):
                name = value.get("for", value.get("id", ""))
                key = self.keys[kind].get(name)
                title, type_ = (name, "string") if key is None else _declared(key)
                put(found, title, typed(value.get("value", ""), type_), where)
        return found

    def defaults(self, kind: str) -> dict[str, Any]:
        """Return the defaults that are declared for nodes or for edges."""
        found = {}
        for key in self.keys[kind].values():
            for default in children(key, "default"):
                title, type_ = _declared(key)
                found[title] = typed(default.text or "", type_)
        return found


def _declared(key: Element) -> tuple[str, str]:
    """Return the name and the type of an attribute."""
    return key.get("title", key.get("id", "")), key.get("type", "string")


def _is_directed(kind: str) -> bool:
    if kind not in ("directed", "undirected"):
        raise FormatError(
            f'the type of an edge must be "directed" or "undirected" (got {shown(kind)}); one '
            'that is '
            "mutual would be a cycle"
        )
    return kind == "directed"
