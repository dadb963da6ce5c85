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
from neurosim.io.foreign import foreign_network
from neurosim.io.graphs import read_description, refuse_options
from neurosim.io.parts import Parts, network_of, parts_of
from neurosim.io.rows import description, neuron_rows, parts_from, read_number
from neurosim.io.spelling import restored, spelled_in_table, utf8
from neurosim.io.tables import Line, Row, edge_lines, node_lines, rows_of
from neurosim.io.whole import write_all
from neurosim.model import Network
from neurosim.wording import shown

EDGE_COLUMNS = ("source", "target", "weight")
NEURON_COLUMNS = ("id", "role", "layer", "activation", "bias")
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
    names = [_fitting(spelled_in_table(name)) for name in parts.neurons]
    for name in parts.layers:
        _fitting(spelled_in_table(name))
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
    for row in neuron_rows(parts, spelled_in_table):
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
        Of the edge list. Its columns are separated by commas, semicolons, tabs, bars or spaces,
        and are called ``source``, ``target`` and ``weight`` (or ``from`` and ``to``, ``pre`` and
        ``post``, and so on). Without such a head, they come in this order; a head of other words
        is known by the numbers below it. Blanks around cells and empty lines are left out, and at
        the beginning lines that open with a ``#`` or a ``%``.
    options : dict
        Arguments of `from_networkx`, for what others have written.
    """
    neurons, network = neurons_path(path), network_path(path)
    with of_one_network([path, neurons], network):
        return _read(path, neurons, network, options)


def _read(path: Path, neurons: Path, network: Path, options: Mapping[str, Any]) -> Network:
    if not network.exists():
        return _foreign(path, neurons, options)
    edges = _edges(_lines(path, EDGE_COLUMNS))
    with about(neurons.name):
        rows = _rows(_lines(neurons, NEURON_COLUMNS))
    refuse_options(options)
    with about(network.name):
        described = without_digest(read_description(utf8(network.read_bytes())))
    neurons_by_name = {row["name"]: row for row in rows}
    weights = np.array(list(edges.values()), np.float64)
    return network_of(parts_from(described, neurons_by_name, list(edges), weights, restored))


def _lines(path: Path, columns: Sequence[str]) -> list[Line]:
    """Return the lines of a table that neurosim wrote, by its head or by `columns` without one."""
    rows = _table_rows(path, is_exact=True)
    head = [cell.strip().lower() for cell in rows[0][1]] if rows else []
    if columns[0] not in head:
        return [(number, dict(zip(columns, row, strict=False))) for number, row in rows]
    return [(number, dict(zip(head, row, strict=False))) for number, row in rows[1:]]


def _table_rows(path: Path, *, is_exact: bool) -> list[Row]:
    return unmarked(rows_of(utf8(path.read_bytes()), is_exact=is_exact))


def _edges(lines: list[Line]) -> dict[tuple[str, str], float]:
    """Return the weight of each edge."""
    edges: dict[tuple[str, str], float] = {}
    for number, cells in lines:
        pre, post = (_cell(cells, column, number) for column in EDGE_COLUMNS[:2])
        if (pre, post) in edges:
            raise _twice(number, pre, post)
        weight = _weight(cells, number)
        edges[pre, post] = 0.0 if weight is None else weight
    return edges


def _weight(cells: Mapping[str, str], number: int) -> float | None:
    weight = cells.get("weight", "")
    return read_number(weight, f"line {number}: weight") if weight else None


def _twice(number: int, pre: str, post: str) -> FormatError:
    return FormatError(f"line {number}: expected {shown(pre)} -> {shown(post)} once (got it again)")


def _rows(lines: list[Line], without: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return what each neuron is, without what it does not have."""
    rows: dict[str, dict[str, Any]] = {}
    for number, cells in lines:
        name = _cell(cells, "id", number)
        if name in rows:
            raise FormatError(f"line {number}: expected {shown(name)} once (got it again)")
        row: dict[str, Any] = {key: cell for key, cell in cells.items() if cell}
        if "bias" in row:
            row["bias"] = read_number(row["bias"], f"line {number}: bias")
        rows[name] = {**{key: one for key, one in row.items() if key not in without}, "name": name}
    return list(rows.values())


def _cell(cells: Mapping[str, str], column: str, number: int) -> str:
    if not cells.get(column):
        raise FormatError(f"line {number}: expected a {column} (got none)")
    return cells[column]


# -- lists of other programs ---------------------------------------------------------------------


def _foreign(path: Path, neurons: Path, options: Mapping[str, Any]) -> Network:
    """Return the network in an edge list of another program, and in its list of nodes if any."""
    rows = []
    if neurons.exists():
        with about(neurons.name):
            lines = node_lines(_table_rows(neurons, is_exact=False))
            rows = _rows(lines, without=("id", "name", "label"))
    lines = edge_lines(_table_rows(path, is_exact=False))
    graph = nx.DiGraph() if _is_directed(lines) else nx.Graph()
    graph.add_nodes_from((row["name"], row) for row in rows)
    for number, cells in lines:
        pre, post = (_cell(cells, column, number) for column in EDGE_COLUMNS[:2])
        _check_ends(graph, number, (pre, post), bool(rows))
        data: dict[str, Any] = {key: one for key, one in cells.items() if key not in EDGE_COLUMNS}
        weight = _weight(cells, number)
        graph.add_edges_from([(pre, post, data if weight is None else {**data, "weight": weight})])
    return foreign_network(graph, options)


def _check_ends(graph: nx.Graph, number: int, ends: tuple[str, str], is_listed: bool) -> None:
    if graph.has_edge(*ends):
        raise _twice(number, *ends)
    for end in ends if is_listed else ():
        if end not in graph:
            raise FormatError(
                f"line {number}: {shown(ends[0])} -> {shown(ends[1])}: there is no node "
                f"{shown(end)} in the list of nodes"
            )


def _is_directed(lines: list[Line]) -> bool:
    """Return whether edges have a direction, as Gephi says in a column, all of them or none."""
    kinds = {number: cells.get("type", "").lower() for number, cells in lines}
    if "undirected" not in kinds.values():
        return True
    for number, kind in kinds.items():
        if kind != "undirected":
            raise FormatError(
                f"line {number}: expected all edges to be undirected, as others are (got "
                f"{shown(kind)})"
            )
    return False
