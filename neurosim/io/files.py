"""Networks in files of any format: one function that writes, one that reads."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import networkx as nx
from attrs import frozen

from neurosim.checks import require_kind
from neurosim.errors import InvalidValueError, about
from neurosim.io import csv_lists, dot, gexf, graphml, jsons, native
from neurosim.io.graphs import network_of_graph, refuse_options
from neurosim.io.parts import Parts, parts_of
from neurosim.io.rows import Spell
from neurosim.io.spelling import restored
from neurosim.io.whole import file_path, write_whole
from neurosim.model import Network


@frozen
class Format:
    """A format that can hold a network.

    Attributes
    ----------
    endings : tuple of str
        Of the files that are in this format unless told.
    write : callable
        Takes a network and a path.
    read : callable
        Takes a path and the arguments of `from_networkx` for files of other programs.
    """

    endings: tuple[str, ...]
    write: Callable[[Network, Path], object]
    read: Callable[[Path, Mapping[str, Any]], Network]


def _one_graph(
    endings: tuple[str, ...],
    encode: Callable[[Parts], bytes],
    decode: Callable[[bytes], nx.Graph],
    restore: Spell = str,
) -> Format:
    """Return a format of one file that holds one graph."""

    def write(net: Network, path: Path) -> None:
        data = encode(parts_of(net))
        write_whole(path, lambda file: file.write(data))

    def read(path: Path, options: Mapping[str, Any]) -> Network:
        return network_of_graph(decode(path.read_bytes()), options, restore)

    return Format(endings, write, read)


def _read_own(path: Path, options: Mapping[str, Any]) -> Network:
    refuse_options(options)
    with path.open("rb") as file:
        return native.read(file)


FORMATS: dict[str, Format] = {
    "neurosim": Format((".neurosim",), native.save, _read_own),
    "graphml": _one_graph((".graphml",), graphml.encode, graphml.decode, restored),
    "gexf": _one_graph((".gexf",), gexf.encode, gexf.decode, restored),
    "node-link": _one_graph((".json",), jsons.encode_node_link, jsons.decode),
    "cytoscape": _one_graph((".cyjs",), jsons.encode_cytoscape, jsons.decode),
    "dot": _one_graph((".dot", ".gv"), dot.encode, dot.decode, restored),
    "csv": Format((".csv",), csv_lists.write, csv_lists.read),
}


def write(net: Network, path: str | os.PathLike[str], *, format: str | None = None) -> None:
    """Write a network to a file that other programs can open, without losing anything of it.

    Parameters
    ----------
    net : Network
    path : str or path-like
        The file is written whole or not at all; the three of a CSV network all, or none.
    format : str, optional
        By default what the ending of the file says:

        ===========  ==============  ==========================================================
        format       endings         for
        ===========  ==============  ==========================================================
        graphml      .graphml        yEd, Gephi, igraph, Cytoscape
        gexf         .gexf           Gephi, with positions, colours and thickness
        node-link    .json           D3, networkx
        cytoscape    .cyjs           Cytoscape, Cytoscape.js
        dot          .dot, .gv       Graphviz, with layers as ranks
        csv          .csv            spreadsheets: an edge list, beside it ``*.neurons.csv`` and
                                     ``*.network.json``
        neurosim     .neurosim       neurosim, as `save` and `load` have it
        ===========  ==============  ==========================================================

    Raises
    ------
    InvalidValueError, InvalidTypeError
        For an unknown format, and for a network that no file can hold, as for `save`.
    OSError
        If the file cannot be written.

    See Also
    --------
    read : the way back
    save : faster, smaller, and not for other programs
    Network.to_networkx : a graph to be written by networkx, in its other formats

    Notes
    -----
    Weights and biases are written with all their digits. Characters of names that a format has no
    way to say are written as in Office Open XML: a bell is ``_x0007_``. A network with a cycle can
    be written to be looked at, and is no network any more when it is read.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import neurosim as ns
    >>> net = ns.topologies.layered([2, 1], name="and")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ns.write(net, Path(folder) / "and.graphml")
    ...     ns.read(Path(folder) / "and.graphml")
    <Network 'and': 3 neurons, 2 synapses, float64>
    """
    require_kind(net, Network, "write.net")
    target = file_path(path, "write.path")
    _format(target, format, "write").write(net, target)


def read(path: str | os.PathLike[str], *, format: str | None = None, **options: Any) -> Network:
    r"""Return the network in a file that `write` wrote, or another program.

    Parameters
    ----------
    path : str or path-like
    format : str, optional
        By default what the ending of the file says, as in `write`.
    **options
        What to make of neurons that a file of another program does not say all about, as in
        `topologies.from_networkx`: ``inputs``, ``outputs``, ``order``, ``activation``, ``bias``,
        ``weight``, ``name``, ``dtype``. The defaults are those, too: nodes that nothing leads to
        are inputs, those that lead nowhere are outputs, the others hidden; hidden neurons are
        sigmoid neurons and outputs linear units, with a bias of 0.

    Returns
    -------
    Network
        Of what `write` wrote, the same network, bit by bit.

    Raises
    ------
    FormatError
        If the file is damaged, or not in that format; the message says where.
    InvalidValueError
        For an unknown format.
    StructureError
        If the graph of another program makes no network: `CycleError` for a cycle.

    Warns
    -----
    NeurosimWarning
        For what is left out and was probably meant: numbers of edges that are not called
        ``weight``, attributes that look like those of neurons, a second graph.
    OSError
        If it cannot be read.

    Notes
    -----
    In a file of another program, a neuron is called as its ``name`` says, or its ``label`` (which
    is what yEd and Gephi show), if that tells all neurons apart; otherwise as its node is. What
    nodes say as ``role``, ``layer``, ``activation`` and ``bias`` counts, in capital letters or
    not. The weight of an edge is its ``weight``, or else the default that is declared for that, or
    its ``label`` if that is a number, or else 0. All else is left out.

    Every edge has to lead between nodes that are there, once; a node that is there twice, and edges
    with a direction beside others without one, are refused.

    See Also
    --------
    write : the way there

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import neurosim as ns
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "edges.csv"
    ...     count = path.write_text("source,target,weight\nstudy,salary,0.5\nluck,salary,0.25\n")
    ...     net = ns.read(path, activation="identity")
    >>> net["salary"], net.inputs[1].name
    (<Neuron 'salary': output, identity, bias 0>, 'luck')
    """
    source = file_path(path, "read.path")
    chosen = _format(source, format, "read")
    with about(os.fspath(source)):
        return chosen.read(source, options)


def _format(path: Path, name: str | None, where: str) -> Format:
    """Return the format of that name, or of a path's ending."""
    if name is not None:
        if name not in FORMATS:
            known = ", ".join(map(repr, FORMATS))
            raise InvalidValueError(f"{where}.format must be one of {known} (got {name!r})")
        return FORMATS[name]
    for one in FORMATS.values():
        if path.suffix.lower() in one.endings:
            return one
    endings = ", ".join(ending for one in FORMATS.values() for ending in one.endings)
    raise InvalidValueError(
        f"{where}.path must end in one of {endings}, or format= say what it is (got {path.name!r})"
    )
