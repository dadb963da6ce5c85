"""GEXF, which Gephi opens, with positions, colours and thickness; networkx knows the format."""

from __future__ import annotations

import json
import re
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import networkx as nx
from networkx.readwrite.gexf import GEXFWriter

from neurosim.errors import FormatError
from neurosim.io import picture
from neurosim.io.graphs import MARK, ORDER, graph_of, whole_number
from neurosim.io.parts import Parts
from neurosim.io.spelling import spelled
from neurosim.io.xml import checked_xml

NEWER = re.compile(rb"http://(www\.)?gexf\.net/1\.3(?=[\"'/])")
OLDER = b"http://www.gexf.net/1.2draft"


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
        data["id"] = data.pop(ORDER)  # every edge has to have one
        shade = picture.weight_colour(data["weight"])
        data["viz"] = {"color": _rgb(shade), "thickness": thick[data["id"]]}


def _rgb(colour: picture.Colour) -> dict[str, int]:
    return dict(zip("rgb", colour, strict=True))


def _describe(meta: Any, described: dict[str, Any]) -> None:
    """Put what belongs to the network where GEXF has room for words on the file."""
    meta.attrib.clear()  # the day: the same network makes the same file
    meta.find("creator").text = MARK
    ElementTree.SubElement(meta, "description").text = json.dumps(described)


def decode(data: bytes) -> nx.Graph:
    """Return the graph in a GEXF document. Names are ``name`` attributes, or else labels."""
    checked_xml(data)
    try:
        graph = nx.read_gexf(BytesIO(_in_older_version(data)))
    except Exception as error:  # of whatever kind networkx has for what it does not expect
        raise FormatError(f"expected a graph as GEXF has it (got an error: {error})") from error
    described = _description(data)
    if described is not None:
        graph.graph[MARK] = described
        for _, _, values in graph.edges(data=True):
            values[ORDER] = whole_number(values.get("id"))
    return graph


def _in_older_version(data: bytes) -> bytes:
    """Return a document of version 1.3, which not all of networkx knows, as one of 1.2."""
    head, graph, rest = data.partition(b"<graph")
    return NEWER.sub(OLDER, head) + graph + rest


def _description(data: bytes) -> str | None:
    """Return what neurosim has written on the network, if it was neurosim."""
    for _, element in ElementTree.iterparse(BytesIO(data)):
        if element.tag.endswith("}meta"):
            written = element.findtext("{*}creator") == MARK
            return element.findtext("{*}description") or "" if written else None
        if element.tag.endswith("}node"):
            break  # what is said about a file comes first
    return None
