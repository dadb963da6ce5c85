"""GraphML, which yEd, Gephi, igraph and Cytoscape open; networkx writes and reads it."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import Element, SubElement

import networkx as nx
from networkx.readwrite.graphml import GraphMLWriter

from neurosim.errors import FormatError
from neurosim.io import picture
from neurosim.io.graphs import MARK, graph_of
from neurosim.io.parts import Parts
from neurosim.io.spelling import spelled
from neurosim.io.xml import checked_xml

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


def decode(data: bytes) -> nx.Graph:
    """Return the graph in a GraphML document, the first if there are several.

    Names are ``name`` attributes, or else the labels that yEd shows.
    """
    try:
        return nx.read_graphml(BytesIO(checked_xml(data)))
    except FormatError:
        raise
    except Exception as error:  # of whatever kind networkx has for what it does not expect
        raise FormatError(f"expected a graph as GraphML has it (got an error: {error})") from error
