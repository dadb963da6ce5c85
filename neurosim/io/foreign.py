"""Networks of the graphs that other programs have written, which say more or less of neurons."""

from __future__ import annotations

import difflib
import math
import warnings
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import networkx as nx

from neurosim.errors import FormatError, NeurosimWarning, StructureError
from neurosim.io.collected import EDGE_KEYS, NODE_KEYS, put
from neurosim.io.parts import LETTERS, is_unicode
from neurosim.io.rows import number_in, read_number
from neurosim.model import Network
from neurosim.topologies import from_networkx
from neurosim.topologies.from_graph import WEIGHT
from neurosim.wording import shown

Node = Hashable
Data = dict[str, Any]

ORDER = "order"
# What neurons have; the other attributes of nodes say what they are called and where they stand.
OWN = ("role", "layer", "activation", "bias")
# What other programs call these.
ALIASES = {"activationfunction": "activation", "transferfunction": "activation", "biases": "bias"}
ALIKE = 0.8  # of two names, from 0 to 1


def foreign_network(graph: nx.Graph, options: Mapping[str, Any]) -> Network:
    """Return the network of a graph that says more or less about its neurons.

    They are called as their ``name`` or their ``label`` says, if that tells all of them apart, or
    else as the nodes are. The rest is up to `from_networkx`; text where it wants a number is read
    as one. Attributes may be in capital letters; a warning names those that were probably meant.
    """
    nodes = {node: _settled(present(data), NODE_KEYS) for node, data in graph.nodes(data=True)}
    names = _names(nodes)
    _warn_of_alike(nodes.values())
    weight = options.get("weight", WEIGHT)
    title = _checked_name(graph.name) if isinstance(graph.name, str) else ""
    plain = graph.__class__(name=title)
    plain.graph.update(_defaults(graph, weight))
    plain.add_nodes_from((names[node], _known(node, data)) for node, data in _in_order(nodes))
    is_labelled = WEIGHT not in plain.graph["edge_default"]
    edges = [
        (names[pre], names[post], _edge_data((pre, post), data, weight, is_labelled))
        for pre, post, data in graph.edges(data=True)
    ]
    if weight == WEIGHT and any(WEIGHT in data for *_, data in edges):
        edges = [(pre, post, _without_others(data)) for pre, post, data in edges]
    plain.add_edges_from(edges)
    return from_networkx(plain, **options)


def present(data: Mapping[str, Any]) -> Data:
    """Return the data of a node without those by which some programs say that there are none."""
    return {key: value for key, value in data.items() if not _is_missing(value)}


def _is_missing(value: Any) -> bool:
    return value is None or value == "" or (type(value) is float and math.isnan(value))


def is_whole(value: Any) -> bool:
    """Return whether a value is a whole number, perhaps a float."""
    return type(value) is int or (type(value) is float and value.is_integer())


def _place(value: Any) -> Any:
    """Return a place in an order, or None if it is none."""
    if isinstance(value, str):
        value = number_in(value)
    return value if is_whole(value) else None


def _settled(data: Data, keys: tuple[str, ...]) -> Data:
    """Return data with the attributes of these names in small letters."""
    found: Data = {}
    for key, value in data.items():
        small = key.lower() if isinstance(key, str) else key
        if small in keys and (small == key or small not in data or small in (*OWN, WEIGHT)):
            put(found, small, value, "a node or an edge")
        else:
            found[key] = value
    return found


# -- nodes ---------------------------------------------------------------------------------------


def _names(nodes: Mapping[Node, Mapping[str, Any]]) -> dict[Node, str]:
    """Return what neurons are called."""
    for key in ("name", "label"):
        found = [data.get(key) for data in nodes.values()]
        if all(isinstance(name, str) for name in found) and len(set(found)) == len(found):
            return dict(zip(nodes, map(_checked_name, found), strict=True))
    called: dict[str, Node] = {}
    for node in nodes:
        other = called.setdefault(_checked_name(node), node)
        if other is not node:
            raise StructureError(
                f"nodes {shown(other)} and {shown(node)} would both be called {shown(str(node))}"
            )
    return {node: name for name, node in called.items()}


def _checked_name(node: Any) -> str:
    name = str(node)
    if len(name) > LETTERS or not is_unicode(name):
        raise FormatError(
            f"names must be Unicode text of at most {LETTERS} letters (got {shown(name)})"
        )
    return name


def _warn_of_alike(nodes: Iterable[Data]) -> None:
    """Name attributes that are left out and look like those that neurons have."""
    keys = dict.fromkeys(key for data in nodes for key in data if isinstance(key, str))
    for key in keys:
        bare = "".join(filter(str.isalpha, key.lower()))
        alike = ALIASES.get(bare)
        if alike is None and bare not in (*NODE_KEYS, "nodedefault"):
            close = difflib.get_close_matches(bare, OWN, 1, ALIKE)
            alike = next((own for own in close if own[0] == bare[:1]), None)
        if alike is not None or (bare in OWN and key not in OWN):
            warnings.warn(
                f"the attribute {shown(key)} of nodes is left out; that of a neuron is called "
                f"{alike or bare!r}",
                NeurosimWarning,
                stacklevel=2,
            )


def _in_order(nodes: Mapping[Node, Any]) -> Iterable[tuple[Node, Mapping[str, Any]]]:
    orders = [_place(data.get(ORDER)) for data in nodes.values()]
    if None in orders or len(set(orders)) < len(orders):
        return nodes.items()
    return [node for _, node in sorted(zip(orders, nodes.items(), strict=True))]


def _known(node: Any, data: Mapping[str, Any]) -> Data:
    """Return of a node's attributes what a neuron has."""
    known = {key: data[key] for key in OWN if key in data}
    if "layer" in known:
        _checked_name(known["layer"])
    given = data.get("node_default")
    default = dict(given) if isinstance(given, dict) else {}
    for said in (known, default):
        if "bias" in said:
            said["bias"] = read_number(said["bias"], f"bias of {shown(node)}")
    return {**known, "node_default": default} if default else known


def _defaults(graph: nx.Graph, weight: Any) -> Data:
    """Return the defaults of attributes, as far as a network has them."""
    found = {}
    for kind, keys, own in (("node", NODE_KEYS, OWN), ("edge", EDGE_KEYS, (weight,))):
        given = graph.graph.get(f"{kind}_default")
        data = _settled(present(given if isinstance(given, dict) else {}), keys)
        found[f"{kind}_default"] = {key: data[key] for key in own if key in data}
    for kind, key in (("node", "bias"), ("edge", weight)):
        default = found[f"{kind}_default"]
        if key in default:
            default[key] = read_number(default[key], f"the default of {key}")
    return found


# -- edges ---------------------------------------------------------------------------------------


def _edge_data(edge: tuple[Node, Node], data: Data, weight: Any, is_labelled: bool) -> Data:
    """Return the order of an edge, and its weight; without one, whatever else is a number."""
    data = _settled(data, EDGE_KEYS)
    place = _place(data.get(ORDER))
    found = {} if place is None else {ORDER: place}
    if weight is None:
        return found
    value = data.get(weight)
    if not (value is None or value == ""):
        where = " -> ".join(map(shown, edge))
        found[weight] = read_number(value, f"{weight} of the edge {where}")
        return found
    if weight == WEIGHT and is_labelled:
        label = _number(data.get("label"))
        if label is not None:
            return {**found, WEIGHT: label}
    others = {key: one for key, value in data.items() if (one := _number(value)) is not None}
    return {**others, **found}


def _without_others(data: Data) -> Data:
    return {key: data[key] for key in (WEIGHT, ORDER) if key in data}


def _number(value: Any) -> float | None:
    """Return a number that stands as such or as text, or None."""
    if isinstance(value, str):
        value = number_in(value)
    is_number = type(value) in (int, float) and math.isfinite(value)
    return float(value) if is_number else None
