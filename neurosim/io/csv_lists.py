"""CSV: an edge list, and beside it a list of the neurons and what belongs to none of them.

``salary.csv`` is the edge list, ``salary.neurons.csv`` the list of the neurons, and
``salary.network.json`` says the rest. An edge list of another program may stand alone, or with a
list of its nodes.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any, BinaryIO

import networkx as nx
import numpy as np

from neurosim.errors import FormatError, InvalidValueError, about
from neurosim.io.digests import KEY, digest_of, marked, of_one_network, unmarked, without_digest
from neurosim.io.graphs import foreign_network, read_description, refuse_options
from neurosim.io.parts import Parts, network_of, parts_of
from neurosim.io.rows import description, neuron_rows, parts_from, read_number
from neurosim.io.spelling import restored, spelled, utf8
from neurosim.io.whole import write_all
from neurosim.model import Network

EDGE_COLUMNS = ("source", "target", "weight")
NEURON_COLUMNS = ("id", "role", "layer", "activation", "bias")
# What the columns are called elsewhere.
OTHER_NAMES = {"from": "source", "to": "target", "pre": "source", "post": "target", "name": "id"}
LONGEST = 131_072  # characters: Python's csv reads no longer field


def neurons_path(path: Path) -> Path:
    """Return where the list of the neurons is."""
    return path.with_name(f"{path.stem}.neurons.csv")


def network_path(path: Path) -> Path:
    """Return where that is which belongs to no neuron."""
    return path.with_name(f"{path.stem}.network.json")


# -- writing -------------------------------------------------------------------------------------


def write(net: Network, path: Path) -> None:
    """Write the three files of a network: all of them, or none."""
    parts = parts_of(net)
    names = [_fitting(spelled(name)) for name in parts.neurons]
    for name in parts.layers:
        _fitting(spelled(name))
    edges = zip(parts.pre.tolist(), parts.post.tolist(), parts.weight.tolist(), strict=True)
    lines = ((names[pre], names[post], w) for pre, post, w in edges)
    digest = digest_of(parts)
    texts = {
        neurons_path(path): _table(marked(NEURON_COLUMNS, _neuron_lines(parts), digest)),
        network_path(path): json.dumps({KEY: digest, **description(parts)}, indent=1) + "\n",
        path: _table(marked(EDGE_COLUMNS, lines, digest)),
    }
    write_all({where: partial(_put, text) for where, text in texts.items()})


def _put(text: str, file: BinaryIO) -> None:
    file.write(text.encode())


def _fitting(name: str) -> str:
    if len(name) > LONGEST:
        raise InvalidValueError(
            f"a name in CSV must have at most {LONGEST} characters (got {len(name)}: {name[:40]!r})"
        )
    return name


def _neuron_lines(parts: Parts) -> Iterable[Sequence[Any]]:
    for row in neuron_rows(parts, spelled):
        yield [row["name"], *(row.get(key, "") for key in NEURON_COLUMNS[1:])]


def _table(lines: Iterable[Sequence[Any]]) -> str:
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue()


# -- reading -------------------------------------------------------------------------------------


def read(path: Path, options: Mapping[str, Any]) -> Network:
    """Return the network in an edge list and what lies beside it.

    Parameters
    ----------
    path : Path
        Of the edge list. Its columns are separated by commas, semicolons, tabs or spaces, and are
        called ``source``, ``target`` and ``weight`` (or ``from`` and ``to``, ``pre`` and ``post``),
        others being left out. Without such a head, they come in this order. Empty lines are left
        out, and at the beginning those that open with a ``#``.
    options : dict
        Arguments of `from_networkx`, for what others have written.
    """
    neurons, network = neurons_path(path), network_path(path)
    with of_one_network([path, neurons], network):
        return _read(path, neurons, network, options)


def _read(path: Path, neurons: Path, network: Path, options: Mapping[str, Any]) -> Network:
    edges = _edges(_lines(path, EDGE_COLUMNS))
    rows: list[dict[str, Any]] = []
    if neurons.exists() or network.exists():
        with about(neurons.name):
            rows = _rows(_lines(neurons, NEURON_COLUMNS))
    if not network.exists():
        return foreign_network(_graph(rows, edges), options)
    refuse_options(options)
    with about(network.name):
        described = without_digest(read_description(utf8(network.read_bytes())))
    neurons_by_name = {row["name"]: row for row in rows}
    weights = np.array(list(edges.values()), np.float64)
    return network_of(parts_from(described, neurons_by_name, list(edges), weights, restored))


Line = tuple[int, dict[str, str]]


def _lines(path: Path, columns: Sequence[str]) -> list[Line]:
    """Return the lines of a table, each with its number, by the names of its columns."""
    text, n_comments = _without_comments(utf8(path.read_bytes()))
    delimiter = _delimiter(text[: text.find("\n")] if "\n" in text else text)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        lines = [(reader.line_num + n_comments, row) for row in reader if any(row)]
    except csv.Error as error:
        place = reader.line_num + n_comments
        raise FormatError(f"line {place}: expected CSV (got an error: {error})") from error
    return _by_column(unmarked(lines), columns)


def _without_comments(text: str) -> tuple[str, int]:
    """Return a text without the lines at its beginning that open with a #, and their number."""
    start = n_comments = 0
    while text.startswith("#", start):
        n_comments += 1
        start = text.find("\n", start) + 1 or len(text)
    return text[start:], n_comments


def _delimiter(line: str) -> str:
    most = max(",;\t", key=line.count)
    return most if most in line or " " not in line else " "


def _by_column(lines: list[tuple[int, list[str]]], columns: Sequence[str]) -> list[Line]:
    """Name the cells by the head of the table, or by `columns` where it has none."""
    if not lines:
        return []
    head = [cell.strip().lower() for cell in lines[0][1]]
    head = [OTHER_NAMES.get(cell, cell) for cell in head]
    if columns[0] not in head:
        return [(number, dict(zip(columns, row, strict=False))) for number, row in lines]
    return [(number, dict(zip(head, row, strict=False))) for number, row in lines[1:]]


def _edges(lines: list[Line]) -> dict[tuple[str, str], float]:
    """Return the weight of each edge."""
    edges: dict[tuple[str, str], float] = {}
    for number, cells in lines:
        pre, post = (_cell(cells, column, number) for column in EDGE_COLUMNS[:2])
        if (pre, post) in edges:
            raise FormatError(f"line {number}: expected {pre!r} -> {post!r} once (got it again)")
        weight = cells.get("weight", "")
        edges[pre, post] = read_number(weight, f"line {number}: weight") if weight else 0.0
    return edges


def _rows(lines: list[Line]) -> list[dict[str, Any]]:
    """Return what each neuron is, without what it does not have."""
    rows: dict[str, dict[str, Any]] = {}
    for number, cells in lines:
        name = _cell(cells, "id", number)
        if name in rows:
            raise FormatError(f"line {number}: expected {name!r} once (got it again)")
        row: dict[str, Any] = {key: cells[key] for key in NEURON_COLUMNS[1:] if cells.get(key)}
        if "bias" in row:
            row["bias"] = read_number(row["bias"], f"line {number}: bias")
        rows[name] = {"name": name, **row}
    return list(rows.values())


def _cell(cells: Mapping[str, str], column: str, number: int) -> str:
    if not cells.get(column):
        raise FormatError(f"line {number}: expected a {column} (got none)")
    return cells[column]


def _graph(rows: list[dict[str, Any]], edges: Mapping[Any, float]) -> nx.DiGraph:
    graph = nx.DiGraph()
    graph.add_nodes_from((row["name"], row) for row in rows)
    graph.add_edges_from((*pair, {"weight": weight}) for pair, weight in edges.items())
    return graph
