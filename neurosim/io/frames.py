"""A network as two pandas frames, its neurons and its synapses, and back (extra ``frames``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np

from neurosim.checks import require_kind
from neurosim.errors import FormatError, InvalidTypeError, about
from neurosim.frames import data_frame
from neurosim.inputs.frames import is_frame
from neurosim.io.foreign import foreign_network
from neurosim.io.graphs import MARK, refuse_options
from neurosim.io.parts import network_of, parts_of
from neurosim.io.rows import description, neuron_rows, parts_from, read_number
from neurosim.model import Network
from neurosim.wording import shown

if TYPE_CHECKING:
    import pandas as pd

NEURON_COLUMNS = ("name", "role", "layer", "activation", "bias")


def to_frames(net: Network) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the neurons and the synapses of a network as pandas frames (extra ``frames``).

    Parameters
    ----------
    net : Network

    Returns
    -------
    neurons : DataFrame
        A row per neuron, in order of creation: ``name``, ``role``, ``layer``, ``activation`` and
        ``bias``. What belongs to no neuron is in its ``attrs``.
    synapses : DataFrame
        A row per synapse, in order of creation: ``pre``, ``post`` and ``weight``, which has the
        network's dtype.

    See Also
    --------
    from_frames : the way back

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network("tiny")
    >>> x = net.add_neuron("x", role="input")
    >>> y = net.add_neuron("y", activation="tanh", role="output")
    >>> synapse = net.connect(x, y, weight=0.5)
    >>> neurons, synapses = ns.to_frames(net)
    >>> synapses
      pre post  weight
    0   x    y     0.5
    >>> neurons["bias"].tolist()
    [nan, 0.0]
    >>> ns.from_frames(neurons, synapses)
    <Network 'tiny': 2 neurons, 1 synapses, float64>
    """
    require_kind(net, Network, "to_frames.net")
    parts = parts_of(net)
    rows = neuron_rows(parts)
    columns: dict[str, Any] = {
        key: [row.get(key) for row in rows] for key in NEURON_COLUMNS if key != "bias"
    }
    neurons = data_frame({**columns, "bias": parts.bias}, "to_frames")
    neurons.attrs[MARK] = description(parts)
    ends = {
        end: [parts.neurons[i] for i in places.tolist()]
        for end, places in (("pre", parts.pre), ("post", parts.post))
    }
    return neurons, data_frame({**ends, "weight": parts.weight}, "to_frames")


def from_frames(neurons: Any, synapses: Any, **options: Any) -> Network:
    """Return the network in two data frames, of pandas or of polars.

    Parameters
    ----------
    neurons : DataFrame or None
        As `to_frames` makes it, or with a column ``name`` and any of the others. With None, there
        are the neurons that synapses name.
    synapses : DataFrame
        With the columns ``pre`` and ``post``; where there is no ``weight``, it is 0, and a warning
        names other columns with numbers. Synapses are made in the order of its rows.
    **options
        What to make of neurons that do not say all about themselves, as in
        `topologies.from_networkx`: ``inputs``, ``outputs``, ``activation``, ``bias``, ``name``,
        ``dtype`` and so on.

    Returns
    -------
    Network
        The one that `to_frames` was given, as long as ``neurons.attrs`` are what it has put there.

    Raises
    ------
    FormatError
        For a column that is missing, a neuron that there is not, and for what makes no network.
    StructureError
        Likewise, where the frames are not those of `to_frames`.
    """
    for frame, where in ((neurons, "neurons"), (synapses, "synapses")):
        if not is_frame(frame) and not (frame is None and where == "neurons"):
            raise InvalidTypeError(f"from_frames.{where} must be a data frame (got {frame!r})")
    with about("from_frames"):
        rows = {} if neurons is None else _rows(neurons)
        described = getattr(neurons, "attrs", {}).get(MARK)
        pairs, weights = _pairs(synapses)
        if described is None:
            graph = _graph(None if neurons is None else rows, pairs, _edge_data(synapses, weights))
            return foreign_network(graph, _typed(options, weights))
        refuse_options(options)
        return network_of(parts_from(described, rows, pairs, weights))


def _column(frame: Any, name: str, where: str) -> list[Any]:
    if name not in frame.columns:
        raise FormatError(
            f"{where} must have a column {name!r} (got {', '.join(map(str, frame.columns))})"
        )
    column = frame[name]
    missing = column.isna() if hasattr(column, "isna") else column.is_null()
    pairs = zip(column.to_list(), missing, strict=True)
    return [None if is_none or _is_nan(value) else value for value, is_none in pairs]


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and np.isnan(value)


def _rows(neurons: Any) -> dict[str, dict[str, Any]]:
    """Return by its name what each neuron is, without what it does not have."""
    names = _column(neurons, "name", "neurons")
    keys = [*NEURON_COLUMNS, *(key for key in neurons.columns if key not in NEURON_COLUMNS)]
    columns = {key: _column(neurons, key, "neurons") for key in keys if key in neurons}
    rows: dict[str, dict[str, Any]] = {}
    for name, row in zip(names, zip(*columns.values(), strict=True), strict=True):
        if not isinstance(name, str) or name in rows:
            raise FormatError(
                f"each of the neurons must have a name of its own (got {shown(name)})"
            )
        values = zip(columns, row, strict=True)
        rows[name] = {key: value for key, value in values if value is not None}
    return rows


def _pairs(synapses: Any) -> tuple[list[tuple[Any, Any]], Any]:
    ends = (_column(synapses, end, "synapses") for end in ("pre", "post"))
    pairs = list(zip(*ends, strict=True))
    for i, (pre, post) in enumerate(pairs):
        if pre is None or post is None:
            raise FormatError(
                f"synapse {i} must have a pre and a post (got {shown(pre)} and {shown(post)})"
            )
    if "weight" not in synapses:
        return pairs, np.zeros(len(pairs))
    weights = synapses["weight"].to_numpy()
    if weights.dtype.kind == "f":
        return pairs, weights
    numbers = [read_number(w, f"weight of synapse {i}") for i, w in enumerate(weights.tolist())]
    return pairs, np.array(numbers, float)


def _typed(options: dict[str, Any], weights: Any) -> dict[str, Any]:
    """Let a network without further notice have the dtype of its weights."""
    return {"dtype": weights.dtype if weights.dtype == np.float32 else np.float64, **options}


def _edge_data(synapses: Any, weights: Any) -> list[dict[str, Any]]:
    """Return the weight of each synapse, or all that is said of it without one."""
    if "weight" in synapses:
        return [{"weight": weight} for weight in weights.tolist()]
    names = [name for name in synapses.columns if name not in ("pre", "post")]
    columns = [_column(synapses, name, "synapses") for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)] or [
        {} for _ in weights
    ]


def _graph(
    rows: dict[str, Any] | None, pairs: list[tuple[Any, Any]], data: list[dict[str, Any]]
) -> nx.DiGraph:
    graph = nx.MultiDiGraph() if len(set(pairs)) < len(pairs) else nx.DiGraph()
    graph.add_nodes_from((rows or {}).items())
    for pair in pairs if rows is not None else ():
        for end in pair:
            if end not in graph:
                raise FormatError(
                    f"{shown(pair[0])} -> {shown(pair[1])}: there is no neuron {shown(end)}"
                )
    said = enumerate(zip(pairs, data, strict=True))
    graph.add_edges_from((*pair, {"order": i, **one}) for i, (pair, one) in said)
    return graph
