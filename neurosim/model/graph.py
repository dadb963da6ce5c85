"""The live graph: a network seen as a read-only `networkx.DiGraph`, and the plain copy of it.

networkx asks a graph for three mappings: the nodes, the successors, the predecessors. Here they
are windows on the network's columns, so that every algorithm of networkx sees the network as it
is now.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

import networkx as nx
import numpy as np
from networkx.classes.reportviews import InEdgeView, OutEdgeView

from neurosim.model.graph_views import Attributes, Edges, InEdges, NodeData, Nodes, Rows, refusal

if TYPE_CHECKING:
    from neurosim.model.network import Network
    from neurosim.model.neuron import Neuron


class LiveGraph(nx.DiGraph):
    """A network as networkx sees it: live, and read-only through networkx.

    Nodes are the neurons in order of creation, an edge is a synapse. Edge data hold the
    ``weight`` as it is now and the ``synapse``; node data hold ``name``, ``layer``, ``role``,
    ``activation`` and ``bias`` as plain values, None where a neuron has none. `Network.graph`
    makes one.

    What networkx makes out of it (``copy()``, ``reverse()``, ``nx.compose``, …) is a plain
    `networkx.DiGraph` of the same neurons with plain dicts for data, free to be changed: the
    weights as they were, without the synapses, which belong to the network. ``subgraph`` and
    other views stay live.

    Raises
    ------
    ReadOnlyGraphError
        When networkx is asked to change it. The network's own `connect`, `remove` and their
        like do that.

    Examples
    --------
    >>> import networkx as nx
    >>> import neurosim as ns
    >>> net = ns.Network("tiny")
    >>> x, y = net.add_neuron("x", role="input"), net.add_neuron("y", role="output")
    >>> graph = net.graph
    >>> synapse = net.connect(x, y, weight=0.5)
    >>> [(str(pre), str(post), weight) for pre, post, weight in graph.edges(data="weight")]
    [('x', 'y', 0.5)]
    >>> synapse.weight = 0.25
    >>> graph[x][y]["weight"], graph[x][y]["synapse"] == synapse
    (0.25, True)
    >>> [str(neuron) for neuron in nx.topological_sort(graph)]
    ['x', 'y']
    """

    # What `networkx.is_frozen` looks for.
    frozen = True

    def __new__(cls, *args: Any, **attributes: Any) -> Any:
        """Return a plain graph: networkx calls ``G.__class__()`` for one that it can fill."""
        return nx.DiGraph(*args, **attributes)

    @classmethod
    def of(cls, network: Network) -> LiveGraph:
        """Return the live graph of `network`."""
        graph: LiveGraph = object.__new__(cls)
        graph._network = network
        graph._node = Nodes(network)
        graph._adj = Rows(network, forward=True)
        graph._pred = Rows(network, forward=False)
        # Backends would keep their conversions here, and not hear of the network's changes.
        graph.__networkx_cache__ = None
        return graph

    @property
    def graph(self) -> dict[str, Any]:
        """The attributes of the graph: the network's name."""
        return Attributes(name=self._network.name)

    @graph.setter
    def graph(self, _: Any) -> None:
        self._refuse()

    @property
    def adj(self) -> Mapping[Any, Any]:
        """Neuron → successor → edge data; so are `succ` and ``graph[neuron]``."""
        return self._adj  # type: ignore[no-any-return]

    succ = adj

    @property
    def pred(self) -> Mapping[Any, Any]:
        """Neuron → predecessor → edge data."""
        return self._pred  # type: ignore[no-any-return]

    @property
    def edges(self) -> OutEdgeView:
        """The edges, in order of their `pre` neurons; called with ``data=``, with their data."""
        return Edges(self)

    out_edges = edges

    @property
    def in_edges(self) -> InEdgeView:
        """The edges, in order of their `post` neurons."""
        return InEdges(self)

    def number_of_edges(self, u: Any = None, v: Any = None) -> int:
        """Return the number of edges, or of those from `u` to `v`."""
        network: Network = self._network
        if u is None and v is None:
            return network._columns.n_alive
        return 1 if self.has_edge(u, v) else 0

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise refusal(self._network.name)

    add_node = add_nodes_from = remove_node = remove_nodes_from = _refuse
    add_edge = add_edges_from = add_weighted_edges_from = _refuse
    remove_edge = remove_edges_from = update = clear = clear_edges = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return LiveGraph.of, (self._network,)


def detached_graph(network: Network) -> nx.DiGraph:
    """Return a plain copy: names as nodes, Python values as data.

    What a neuron does not have (a layer, an activation, a bias) is left out, since most file
    formats have no way to say None. Edges come in (pre, post) order, and their ``order`` is their
    place in the order of creation.
    """
    graph = nx.DiGraph(name=network.name)
    graph.add_nodes_from((neuron.name, _detached_data(neuron)) for neuron in network.neurons)
    columns, index = network._columns, network._adjacency.outgoing
    index.refresh()
    names = [None if neuron is None else neuron.name for neuron in network._neurons]
    pre = [names[i] for i in columns.pre[index.order].tolist()]
    post = [names[i] for i in columns.post[index.order].tolist()]
    weights = columns.values[columns.slot[index.order]].tolist()
    orders = np.argsort(np.argsort(index.order)).tolist()
    graph.add_edges_from(
        (*pair, {"weight": weight, "order": order})
        for *pair, weight, order in zip(pre, post, weights, orders, strict=True)
    )
    return graph


def _detached_data(neuron: Neuron) -> dict[str, Any]:
    data = NodeData(neuron)
    return {key: value for key, value in data.items() if key != "name" and value is not None}
