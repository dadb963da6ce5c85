"""The nodes and edges of a file as they are read, and the graph that they make in the end.

What all formats refuse is refused here: a node or an edge that is there twice, an edge to a node
that is not there, edges with a direction beside edges without one.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import networkx as nx

from neurosim.errors import FormatError
from neurosim.wording import shown

Node = Hashable
Data = dict[str, Any]
Edge = tuple[Node, Node, Data]

# The attributes that mean something here, whatever the format; all others are left out.
NODE_KEYS = ("name", "label", "role", "layer", "activation", "bias", "order")
EDGE_KEYS = ("weight", "label", "order")
STRICT = frozenset((*NODE_KEYS, *EDGE_KEYS)) - {"label"}


def put(found: Data, key: str, value: Any, where: str) -> None:
    """Put a value among others; refuse a second one that says otherwise, if it means something."""
    first = found.setdefault(key, value)
    is_same = first is value or first == value
    if key.lower() in STRICT and not is_same:
        raise FormatError(f"{where} must have one {key} (got {shown(first)} and {shown(value)})")


class Collector:
    """Takes nodes and edges in any order.

    Attributes
    ----------
    attributes : dict
        Of the graph.
    nodes : dict
        The data of each node.
    """

    def __init__(self) -> None:
        self.attributes: Data = {}
        self.nodes: dict[Node, Data] = {}
        self._edges: list[Edge] = []
        self._directed: list[bool] = []
        self._boxes: dict[Node, None] = {}

    def node(self, node: Node, data: Data) -> None:
        """Take a node, or refuse it if there is one."""
        if node in self.nodes:
            raise FormatError(f"node {shown(node)} must be there once (got two)")
        self.nodes[node] = data

    def box(self, node: Node) -> None:
        """Have a node, which may come later, be a group of others: it is no neuron itself."""
        self._boxes[node] = None

    def edge(self, pre: Node, post: Node, data: Data, directed: bool = True) -> None:
        """Take an edge, whose ends may come later."""
        self._edges.append((pre, post, data))
        self._directed.append(directed)

    def graph(self, directed: bool = True) -> nx.Graph:
        """Return the graph of all this, directed or not as its edges are, or as told without any.

        Raises
        ------
        FormatError
            For an edge that is there twice or leads to nothing or to a group of nodes, for a group
            that is not there, and for edges of both kinds.
        """
        self._check_ends()
        self._check_kinds()
        made = nx.DiGraph() if (self._directed or [directed])[0] else nx.Graph()
        made.graph.update(self.attributes)
        made.add_nodes_from((node, data) for node, data in self.nodes.items())
        made.remove_nodes_from(self._boxes)
        self._check_once(made.is_directed())
        made.add_edges_from(self._edges)
        return made

    def _check_ends(self) -> None:
        for box in self._boxes:
            if box not in self.nodes:
                raise FormatError(f"there is no node {shown(box)} for others to be part of")
        for edge in self._edges:
            for end in edge[:2]:
                if end not in self.nodes:
                    raise FormatError(f"{_edge(edge)}: there is no node {shown(end)}")
                if end in self._boxes:
                    raise FormatError(
                        f"{_edge(edge)}: {shown(end)} is a group of nodes and no neuron; let the "
                        "edge end at one of its nodes"
                    )

    def _check_once(self, is_directed: bool) -> None:
        seen: set[tuple[Node, Node]] = set()
        for edge in self._edges:
            pre, post, _ = edge
            if (pre, post) in seen:
                raise FormatError(f"{_edge(edge)} must be there once (got two)")
            seen.add((pre, post))
            if not is_directed:
                seen.add((post, pre))

    def _check_kinds(self) -> None:
        if len(set(self._directed)) > 1:
            one, other = (self._edges[self._directed.index(kind)] for kind in (True, False))
            raise FormatError(
                "edges must all have a direction, or none of them "
                f"(got {_edge(one)} with one and {_edge(other)} without)"
            )


def _edge(edge: Edge) -> str:
    return f"edge {shown(edge[0])} -> {shown(edge[1])}"
