"""DOT, the language of Graphviz, with layers as ranks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import networkx as nx
import numpy as np

from neurosim.io import picture
from neurosim.io.dot_reader import read_dot
from neurosim.io.graphs import MARK, ORDER, whole_number
from neurosim.io.parts import Parts
from neurosim.io.rows import description, neuron_rows
from neurosim.io.spelling import spelled, spelled_in_dot, utf8

# Where neurosim has written a file, its first line says what belongs to no neuron.
FIRST = f"// {MARK} "
# Graphviz has a `weight` of its own, which must not be negative.
WEIGHT = "w"
# pydot has a `name` of its own.
NAME = "neuron"


def encode(parts: Parts) -> bytes:
    """Return a network as DOT, from left to right, the neurons of a layer in one rank."""
    return "".join(_lines(parts)).encode()


def _lines(parts: Parts) -> Iterator[str]:
    said = json.dumps(description(parts)).replace("<", r"\u003c").replace(">", r"\u003e")
    yield f"{FIRST}{said}\n"
    yield f'digraph "{spelled_in_dot(parts.name)}" {{\n'
    yield "  rankdir=LR;\n  node [shape=circle, style=filled];\n"
    yield from _nodes(parts)
    for layer in range(len(parts.layers)):
        members = np.flatnonzero(parts.layer == layer).tolist()
        yield f"  {{ rank=same; {' '.join(f'n{i}' for i in members)} }}\n"
    yield from _edges(parts)
    yield "}\n"


def _nodes(parts: Parts) -> Iterator[str]:
    rows = neuron_rows(parts, spelled_in_dot)
    shown = zip(rows, parts.neurons, picture.colours(parts), strict=True)
    for i, (row, name, colour) in enumerate(shown):
        own = {NAME: row.pop("name"), **row, ORDER: i}
        drawn = {"label": _label(name), "fillcolor": picture.hexadecimal(colour)}
        attributes = ", ".join(f'{key}="{value}"' for key, value in (own | drawn).items())
        yield f"  n{i} [{attributes}];\n"


def _label(name: str) -> str:
    """Return a name as Graphviz is to draw it."""
    text = spelled(name).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _edges(parts: Parts) -> Iterator[str]:
    columns = parts.pre, parts.post, parts.weight
    values = zip(
        *(column.tolist() for column in columns), picture.thickness(parts.weight), strict=True
    )
    for i, (pre, post, weight, thick) in enumerate(values):
        colour = picture.hexadecimal(picture.weight_colour(weight))
        yield (
            f'  n{pre} -> n{post} [{WEIGHT}="{weight}", {ORDER}={i}, penwidth={thick}, '
            f'color="{colour}"];\n'
        )


def decode(data: bytes) -> nx.Graph:
    """Return the first graph in a DOT file.

    Names are ``neuron`` attributes, or else labels where they are text; a weight is ``w``, or else
    ``weight``.
    """
    text = utf8(data)
    graph = read_dot(text)
    for values in (*graph.nodes.values(), *(data for *_, data in graph.edges(data=True))):
        _settle(values)
    if text.startswith(FIRST):
        graph.graph[MARK] = text[len(FIRST) :].partition("\n")[0]
    return graph


def _settle(values: dict[str, Any]) -> None:
    """Give attributes the meaning that they have here; all of them are text in DOT."""
    for own, key in ((WEIGHT, "weight"), (NAME, "name")):
        if own in values:
            values[key] = values[own]
    if ORDER in values:
        values[ORDER] = whole_number(values[ORDER])
    if values.get("label") == r"\N":
        del values["label"]
