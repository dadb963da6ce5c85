"""Measure the live graph: how long networkx walks a million synapses, compared with a `DiGraph`.

The native graph has the same neurons as nodes and the same weights in plain dicts. Rounds
alternate between the two, and what is printed is the median of their ratios: for a live graph
that is walked again and again, and for the first walk over a new one, which makes its rows.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from statistics import median

import networkx as nx
import numpy as np

import neurosim as ns
from neurosim.model.graph import LiveGraph

ROUNDS = 5
LIMIT = 3.0
MILLION = 1_000_000


def two_layers() -> ns.Network:
    """Return two layers, connected all to all."""
    net = ns.Network("two layers")
    net.connect(net.add_layer(1000, role="input"), net.add_layer(1000, role="output"))
    return net


def sparse() -> ns.Network:
    """Return 100,000 neurons that hear ten others each."""
    net = ns.topologies.random_dag(100_010, n_inputs=10, in_degree=10, seed=0)
    assert len(net.synapses) == MILLION
    return net


def native(net: ns.Network) -> nx.DiGraph:
    """Return a `DiGraph` of the same neurons and weights."""
    graph = nx.DiGraph()
    graph.add_nodes_from(net.neurons)
    graph.add_weighted_edges_from(net.graph.edges(data="weight"))
    return graph


# -- the walks ---------------------------------------------------------------------------------


def edges(graph: nx.DiGraph) -> None:
    """Walk pairs of neurons."""
    for _ in graph.edges:
        pass


def in_edges(graph: nx.DiGraph) -> None:
    """Walk pairs of neurons by their post neuron."""
    for _ in graph.in_edges:
        pass


def edge_data(graph: nx.DiGraph) -> None:
    """Walk pairs of neurons with the data of their edge."""
    for _ in graph.edges(data=True):
        pass


def edge_data_read(graph: nx.DiGraph) -> None:
    """Walk pairs of neurons and read the weight in the data of each edge."""
    for _, _, data in graph.edges(data=True):
        data["weight"]


def weights(graph: nx.DiGraph) -> None:
    """Walk pairs of neurons with their weight."""
    for _ in graph.edges(data="weight"):
        pass


def successors(graph: nx.DiGraph) -> None:
    """Walk the successors of each neuron."""
    for neuron in graph:
        for _ in graph.successors(neuron):
            pass


def rows(graph: nx.DiGraph) -> None:
    """Walk the neighbours and data of each neuron as most users write it."""
    for neuron in graph:
        for _ in graph[neuron].items():
            pass


def adjacency(graph: nx.DiGraph) -> None:
    """Walk the neighbours of each row of the adjacency."""
    for _, row in graph.adjacency():
        for _ in row:
            pass


def adjacency_data(graph: nx.DiGraph) -> None:
    """Walk the neighbours and data of each row of the adjacency: natively, bare dict items."""
    for _, row in graph.adjacency():
        for _ in row.items():
            pass


WALKS = {
    "G.edges": edges,
    "G.in_edges": in_edges,
    "G.edges(data=True)": edge_data,
    'G.edges(data=True), each data["weight"]': edge_data_read,
    'G.edges(data="weight")': weights,
    "G.successors(n) for n in G": successors,
    "G[n].items() for n in G": rows,
    "row for n, row in G.adjacency()": adjacency,
    "row.items() for n, row in G.adjacency()": adjacency_data,
}


# -- measuring ---------------------------------------------------------------------------------


def seconds(walk: Callable[[nx.DiGraph], None], graph: nx.DiGraph) -> float:
    """Return how long one walk keeps the processor."""
    start = time.process_time()
    walk(graph)
    return time.process_time() - start


def ratio(
    walk: Callable[[nx.DiGraph], None], plain: nx.DiGraph, take: Callable[[], nx.DiGraph]
) -> tuple[float, float]:
    """Return the median ratio of a walk on `take()` to one on `plain`, and the former's time."""
    natives, lives = [], []
    for _ in range(ROUNDS):
        natives.append(seconds(walk, plain))
        lives.append(seconds(walk, take()))
    return float(np.median(np.divide(lives, natives))), median(lives)


def main() -> None:
    """Print the ratios of all walks."""
    for make in (two_layers, sparse):
        net = make()
        plain, live = native(net), net.graph
        gc.collect()
        gc.freeze()  # the plain graph's million dicts would slow down every other collection
        print(f"\n{net!r}\n{'':42}{'walked again':>22}{'first walk':>22}")
        for name, walk in WALKS.items():
            cells = [ratio(walk, plain, take) for take in (lambda: live, lambda: LiveGraph.of(net))]  # noqa: B023
            shown = "".join(f"{times:10.2f} × {taken * 1e3:6.0f} ms" for times, taken in cells)
            print(f"{name:42}{shown}{'' if cells[0][0] <= LIMIT else '   <-- over'}")
        gc.unfreeze()
    print(f"\nLimit: {LIMIT:g} times a native DiGraph, the first column.")


if __name__ == "__main__":
    main()
