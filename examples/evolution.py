"""Evolve topologies: networks grow neurons and synapses until they can tell the parity of bits.

Parity, the product of three bits that are −1 or +1, is beyond any single layer. The first networks
have nothing but inputs and an output. A child is a copy of a good network with some weights shaken
and, now and then, a neuron put into the middle of a synapse, a new synapse, or one less. There is
no gradient in that: all that counts is how near the answers are, and networks compete with others
of their size only. Every generation, a hundred and fifty networks of different topologies, is
compiled into one population and evaluated in a single call. In the end the best of some sizes
learn side by side, by gradient descent.
"""

import argparse
import itertools
import os
import time
from pathlib import Path

import matplotlib.pyplot as plt
import networkx as nx
import numpy as np

import neurosim as ns
from neurosim import plot

QUICK = os.environ.get("NEUROSIM_QUICK") == "1"
GENERATIONS = 20 if QUICK else 60
POPULATION, ELITE, MOST_NEURONS = 150, 6, 9
X = np.array(list(itertools.product([-1, 1], repeat=3)), "float32")  # the eight patterns
y = X.prod(axis=1)


def ancestor(rng):
    net = ns.Network("ancestor", dtype="float32")
    bits = net.add_layer(["a", "b", "c"], role="input")
    net.connect(bits, net.add_neuron("parity", activation="tanh", role="output"))
    net.initialize(ns.initializers.Normal(), seed=rng)
    return net


# -- mutations -----------------------------------------------------------------------------


def child_of(parent, rng):
    net = parent.copy()
    change = rng.random()
    if change < 0.05:
        add_neuron(net, rng)
    elif change < 0.2:
        add_synapse(net, rng)
    elif change < 0.25 and len(net.synapses) > 3:
        net.remove(net.synapses[rng.integers(len(net.synapses))])
    shake(net, rng)
    return net


def add_neuron(net, rng):
    """Put a neuron into the middle of a synapse."""
    synapse = net.synapses[rng.integers(len(net.synapses))]
    pre, post, weight = synapse.pre, synapse.post, synapse.weight
    net.remove(synapse)
    neuron = net.add_neuron(activation=str(rng.choice(["tanh", "relu", "gaussian"])))
    net.connect(pre, neuron, weight=1.0)
    net.connect(neuron, post, weight=weight)


def add_synapse(net, rng):
    """Connect two neurons, unless they are connected or a cycle would come of it."""
    pre, post = (net.neurons[i] for i in rng.choice(len(net.neurons), size=2, replace=False))
    if post.role == "input" or net.graph.has_edge(pre, post) or nx.has_path(net.graph, post, pre):
        return
    net.connect(pre, post, weight=rng.normal())


def shake(net, rng):
    """Change about half of the weights and biases, mostly a little."""
    n = net.n_parameters
    change = rng.choice([0.03, 0.3, 1.0]) * rng.normal(size=n) * (rng.random(n) < 0.5)
    net.parameters += change.astype(net.dtype)


# -- selection -----------------------------------------------------------------------------


def errors(nets):
    """The mean squared error of each network: all networks answer in one call."""
    outputs = ns.compile(nets).feedforward(X)
    return ((outputs[:, :, 0] - y) ** 2).mean(axis=1)


def evolve(rng):
    """Return the elite of the last generation, best first, and the least error of each."""
    nets = [ancestor(rng) for _ in range(POPULATION)]
    least = []
    for generation in range(GENERATIONS):
        found = errors(nets)
        order = np.argsort(found, kind="stable")
        elite = best_of_each_size([nets[i] for i in order])
        least.append(float(found.min()))
        if generation % 10 == 0 or generation == GENERATIONS - 1:
            print(f"{generation:10}   {least[-1]:.4f}   {described(nets[order[0]])}")
        parents = rng.integers(len(elite), size=POPULATION - len(elite))
        nets = [*(child_of(elite[i], rng) for i in parents), *elite]
    return elite, least


def best_of_each_size(nets):
    """The first few networks of each number of neurons: what is new gets time to become good."""
    kept = {size: [] for size in range(MOST_NEURONS + 1)}
    for net in nets:
        niche = kept.get(len(net.neurons), [])
        if len(niche) < ELITE:
            niche.append(net)
    return [net for net in nets if any(net is one for one in kept.get(len(net.neurons), []))]


def described(net):
    return f"{len(net.neurons)} neurons, {len(net.synapses)} synapses"


def different(nets, count):
    """The first networks that differ in their numbers of neurons and synapses."""
    first = {}
    for net in nets:
        first.setdefault((len(net.neurons), len(net.synapses)), net)
    return list(first.values())[:count]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(__file__).parent / "output"
    parser.add_argument("--output", type=Path, default=default, help="folder for the results")
    output = parser.parse_args().output
    output.mkdir(parents=True, exist_ok=True)

    print("generation    error   the best network")
    began = time.perf_counter()
    nets, least = evolve(np.random.default_rng(3))
    seconds = time.perf_counter() - began
    print(f"{GENERATIONS * POPULATION:,} networks in {seconds:.1f} s.\n")

    chosen = different(nets, 5)
    before = errors(chosen)
    rule = ns.GradientDescent(learning_rate=0.02, momentum=0.9)
    histories = ns.train(ns.compile(chosen), X, y, rule=rule, epochs=1000)
    print("The best of each size, after 1,000 epochs of gradient descent side by side:")
    for net, error, history in zip(chosen, before, histories, strict=True):
        print(f"  {described(net):24}  error {error:.4f} -> {2 * history['cost'][-1]:.4f}")

    best = chosen[int(np.argmin([history["cost"][-1] for history in histories]))]
    path = nx.dag_longest_path(best.graph, weight=None)
    print("The longest path of the best: " + " → ".join(neuron.name for neuron in path))

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 5), layout="constrained")
    plot.network(best, ax=left)
    right.semilogy(least)
    right.set(xlabel="generation", ylabel="least error", title="evolution")
    figure.savefig(output / "evolution.png", dpi=150)
    print(f"\n{output / 'evolution.png'} shows it.")
    assert least[-1] < least[0]


if __name__ == "__main__":
    main()
