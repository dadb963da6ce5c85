"""A small world of neurons: any graph of networkx is a network, and any network is a graph.

Watts and Strogatz (1998) put nodes on a ring, tie each to its neighbours, and rewire some of the
ties at random. Here such a graph becomes a network in three lines. Three of its nodes hear a bit
each, and one is to answer with their parity, +1 for an even number of −1s: flipping any one bit
flips the answer, so that no single layer of neurons can learn it. Trained, the network is looked at
by networkx's own functions, and then loses a fifth of its synapses.
"""

import argparse
import itertools
import os
from pathlib import Path

import matplotlib.pyplot as plt
import networkx as nx
import numpy as np

import neurosim as ns
from neurosim import plot

EPOCHS = 300 if os.environ.get("NEUROSIM_QUICK") == "1" else 1000
RULE = ns.GradientDescent(learning_rate=0.05, momentum=0.9)
COST = ns.SquaredError()

X = np.array(list(itertools.product([-1, 1], repeat=3)))  # the eight patterns of three bits
y = X.prod(axis=1)


def tell(when, net):
    outputs = ns.compile(net).feedforward(X)[:, 0]
    right = (np.sign(outputs) == y).sum()
    print(f"  {when:38}cost {COST.value(outputs, y):.5f}   {right} of {len(y)} patterns right")


def learn(net):
    ns.train(net, X, y, rule=RULE, cost=COST, epochs=EPOCHS)


def look(net):
    """Ask networkx about the trained network: `net.graph` is a `networkx.DiGraph`."""
    graph = net.graph
    path = nx.dag_longest_path(graph, weight=None)  # counting synapses, not adding up weights
    print(f"\nThe longest path passes {len(path)} of {len(graph)} neurons:")
    print("  " + " → ".join(neuron.name for neuron in path))

    centrality = nx.betweenness_centrality(graph)
    print("The most central neurons, by the share of shortest paths that pass through them:")
    for neuron in sorted(centrality, key=centrality.get, reverse=True)[:3]:
        ends = f"{len(neuron.incoming)} synapses in, {len(neuron.outgoing)} out"
        print(f"  {centrality[neuron]:.3f}  neuron {neuron.name}, {ends}")

    print("The strongest synapses:")
    for synapse in net.synapses[by_strength(net)[::-1][:3]]:
        print(f"  {synapse!r}")


def by_strength(net):
    """The positions of the synapses, weakest first."""
    return np.argsort(np.abs(net.synapses.weight), kind="stable")


def prune(net):
    """Remove a fifth of the synapses: the strongest from a copy, the weakest from the network."""
    order = by_strength(net)
    fifth = len(order) // 5
    damaged = net.copy()
    damaged.remove(damaged.synapses[order[-fifth:]])
    net.remove(net.synapses[order[:fifth]])

    print(f"\nWithout {fifth} of the {len(order)} synapses, a fifth:")
    tell("without the strongest", damaged)
    tell("without the weakest", net)
    learn(net)
    tell(f"the latter after {EPOCHS} more epochs", net)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(__file__).parent / "output"
    parser.add_argument("--output", type=Path, default=default, help="folder for the results")
    output = parser.parse_args().output
    output.mkdir(parents=True, exist_ok=True)

    graph = nx.connected_watts_strogatz_graph(30, 4, 0.2, seed=1)
    steps, cliquish = nx.average_shortest_path_length(graph), nx.average_clustering(graph)
    print(f"A small world of {len(graph)} nodes and {graph.number_of_edges()} edges.")
    print(f"Two nodes are {steps:.1f} steps apart on average, and two neighbours of a node are")
    print(f"neighbours themselves in {100 * cliquish:.0f} % of cases.")

    # An edge of this graph has no direction: it will lead from the lower number to the higher, but
    # away from inputs and towards outputs.
    net = ns.topologies.from_networkx(graph, inputs=[0, 10, 20], outputs=[29], activation="tanh")
    net.initialize(ns.initializers.Normal(), seed=0)
    print("\nThe parity of three bits:")
    tell("before training", net)
    learn(net)
    tell(f"after {EPOCHS} epochs", net)

    look(net)
    net.name = f"{len(net.synapses)} synapses that learned the parity of three bits"
    plot.network(net).figure.savefig(output / "custom_topology.png", dpi=150)
    plt.close("all")
    prune(net)
    print(f"\nWritten to {output}:\n  custom_topology.png  the trained network, before the pruning")


if __name__ == "__main__":
    main()
