"""A reader of DOT: nodes, edges and their attributes, in time linear in the size of the text."""

from __future__ import annotations

import warnings
from itertools import pairwise, product
from typing import Any, NamedTuple

import networkx as nx

from neurosim.errors import FormatError, NeurosimWarning
from neurosim.io.dot_lexer import Lexer
from neurosim.wording import shown

Attributes = dict[str, str]

# A few names in two pairs of braces can mean any number of edges.
MOST_EDGES = 200_000


class _Scope(NamedTuple):
    """What nodes and edges have that are made from here on, until the brace closes."""

    node: Attributes
    edge: Attributes


def read_dot(text: str) -> nx.Graph:
    """Return the first graph in a text in DOT: a DiGraph or a Graph, all attributes as text.

    Ports are left out, and so are the attributes of subgraphs, and nodes and edges that are
    invisible: they only help to arrange a drawing.

    Raises
    ------
    FormatError
        Where the text is not DOT, has an edge twice, or hundreds of thousands between subgraphs.

    References
    ----------
    Graphviz, "DOT Language", https://graphviz.org/doc/info/lang.html

    Examples
    --------
    >>> graph = read_dot('digraph { edge [w=1]; a -> {b "c d"} [w=2]; b -> "c d" }')
    >>> list(graph.edges(data="w"))
    [('a', 'b', '2'), ('a', 'c d', '2'), ('b', 'c d', '1')]
    """
    try:
        return _Reader(text).graph()
    except RecursionError as error:
        raise FormatError("subgraphs must not be nested so deeply") from error


class _Reader:
    """A recursive descent over the grammar of DOT."""

    def __init__(self, text: str) -> None:
        self.lexer = Lexer(text)
        self.edges_left = max(MOST_EDGES, len(text))
        self.strict = False
        self.made: nx.Graph = nx.DiGraph()

    def graph(self) -> nx.Graph:
        self.strict = self.lexer.takes_word("strict")
        if not self.lexer.takes_word("digraph"):
            if not self.lexer.takes_word("graph"):
                raise self.lexer.wrong('expected "digraph" or "graph"')
            self.made = nx.Graph()
        if self.lexer.kind != "{":
            self.made.graph["name"] = self.name()
        self.statements(_Scope({}, {}))
        self.end_of_file()
        self.leave_out_invisible()
        return self.made

    def end_of_file(self) -> None:
        """Warn of other graphs in the text, and refuse what is none."""
        if any(self.lexer.takes_word(word) for word in ("strict", "graph", "digraph")):
            warnings.warn(
                "the first of the graphs in the file is read, the others are left out",
                NeurosimWarning,
                stacklevel=2,
            )
        elif self.lexer.kind != "end":
            raise self.lexer.wrong("expected the end of the file")

    def leave_out_invisible(self) -> None:
        """Take out what only helps to arrange a drawing."""
        made = self.made
        edges = [(*ends, data) for *ends, data in made.edges(data=True)]
        made.remove_edges_from([edge for edge in edges if _is_invisible(edge[2])])
        helpers = [node for node, data in made.nodes(data=True) if _is_invisible(data)]
        for node in helpers:
            for other in nx.all_neighbors(made, node):
                raise FormatError(
                    f"the edge between {shown(node)} and {shown(other)} must be invisible as its "
                    "end is, which makes no neuron (got a visible one)"
                )
        made.remove_nodes_from(helpers)

    def name(self) -> str:
        lexer = self.lexer
        if lexer.kind not in ("word", "text", "html"):
            raise lexer.wrong("expected a name")
        if lexer.kind != "text":
            return lexer.take()
        value = lexer.take()
        while lexer.takes("+"):
            if lexer.kind != "text":
                raise lexer.wrong("expected a quoted text after '+'")
            value += lexer.take()
        return value.replace("\\\n", "").replace('\\"', '"') if "\\" in value else value

    def statements(self, scope: _Scope) -> list[str]:
        """Read what stands in braces; return the nodes named there."""
        named: dict[str, None] = {}
        self.lexer.expect("{")
        while not self.lexer.takes("}"):
            named.update(dict.fromkeys(self.statement(scope)))
            self.lexer.takes(";")
        return list(named)

    def statement(self, scope: _Scope) -> list[str]:
        if self.defaults(scope):
            return []
        first, is_node = self.end(scope)
        if is_node and self.lexer.takes("="):  # an attribute of the graph or the subgraph around
            self.name()
            return []
        if self.lexer.kind in ("->", "--"):
            return self.edges(first, scope)
        return self.nodes(first, scope.node, self.attributes() if is_node else {})

    def defaults(self, scope: _Scope) -> bool:
        """Read what is to hold for the nodes, edges or subgraphs that follow, if it comes next."""
        for word, values in (("node", scope.node), ("edge", scope.edge), ("graph", {})):
            if self.lexer.takes_word(word):
                values.update(self.attributes())
                return True
        return False

    def end(self, scope: _Scope) -> tuple[list[str], bool]:
        """Read a node or a subgraph; return the nodes, and whether it is a node."""
        if self.lexer.takes_word("subgraph"):
            if self.lexer.kind != "{":
                self.name()
        elif self.lexer.kind != "{":
            node = self.name()
            while self.lexer.takes(":"):  # a port
                self.name()
            return [node], True
        return self.statements(_Scope(dict(scope.node), dict(scope.edge))), False

    def nodes(self, names: list[str], default: Attributes, given: Attributes) -> list[str]:
        for name in names:
            if name not in self.made:
                self.made.add_nodes_from([(name, _defaulted(default))])
            if given:
                self.made.nodes[name].update(given)
        return names

    def edges(self, first: list[str], scope: _Scope) -> list[str]:
        groups = [self.nodes(first, scope.node, {})]
        while self.lexer.kind in ("->", "--"):
            if (self.lexer.kind == "->") != self.made.is_directed():
                raise self.lexer.wrong('expected "->" in a digraph, "--" in a graph')
            self.lexer.take()
            groups.append(self.nodes(self.end(scope)[0], scope.node, {}))
        data = {**scope.edge, **self.attributes()}
        self.edges_left -= sum(len(pres) * len(posts) for pres, posts in pairwise(groups))
        if self.edges_left < 0:
            raise self.lexer.wrong(f"expected at most {MOST_EDGES} edges between subgraphs, before")
        for pres, posts in pairwise(groups):
            for pre, post in product(pres, posts):
                self.edge(pre, post, data)
        return [name for group in groups for name in group]

    def edge(self, pre: str, post: str, data: Attributes) -> None:
        if not self.strict and self.made.has_edge(pre, post):
            raise self.lexer.wrong(f"expected the edge from {shown(pre)} to {shown(post)} once")
        self.made.add_edges_from([(pre, post, data)])

    def attributes(self) -> Attributes:
        """Read any number of lists in square brackets."""
        found: Attributes = {}
        while self.lexer.takes("["):
            found.update(self.lexer.simple_attributes())
            while not self.lexer.takes("]"):
                key = self.name()
                self.lexer.expect("=")
                found[key] = self.name()
                if self.lexer.kind in (",", ";"):
                    self.lexer.take()
        return found


def _defaulted(default: Attributes) -> dict[str, Any]:
    """Return data by default; what an input neuron has only if that is said of it stands apart."""
    apart = {key: value for key, value in default.items() if key in ("activation", "bias")}
    if not apart:
        return dict(default)
    rest = {key: value for key, value in default.items() if key not in apart}
    return {**rest, "node_default": apart}


def _is_invisible(data: Attributes) -> bool:
    return "invis" in data.get("style", "").replace(",", " ").split()
