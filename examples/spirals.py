"""Two spirals, wound around each other, are told apart by a cascade of hidden neurons.

The 194 points of Lang and Witbrock lie on two spirals of three turns. Layers of a few neurons
hardly learn them; the authors added short cuts past the layers. Here every layer is a single
neuron, which hears the two inputs and all hidden neurons before it, so that each can build on what
the others found. Such cascades are trained from twenty starts side by side, as a population, and
asked about points halfway between those they have learned. Each is wrong at some of these, but not
at the same ones: the mean of their answers is right nearly everywhere.

K. J. Lang and M. J. Witbrock, "Learning to tell two spirals apart", Proceedings of the 1988
Connectionist Models Summer School.
"""

import argparse
import os
import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import neurosim as ns
from neurosim import plot

QUICK = os.environ.get("NEUROSIM_QUICK") == "1"
HIDDEN = 20
STARTS = 6 if QUICK else 20
EPOCHS = 2000
RULE = ns.Rprop(0.01, most=1.0)
COST = ns.BinaryCrossEntropy()
PENALTY = ns.L2(1e-3)  # large weights make borders that meander between the points


def spirals(steps):
    """Return points so many steps along the two spirals, (n, 2), and on which they lie, (n,)."""
    angle, radius = steps * np.pi / 16, 6.5 * (104 - steps) / 104
    one = np.column_stack([radius * np.sin(angle), radius * np.cos(angle)])
    return np.concatenate([one, -one]), np.repeat([1.0, 0.0], len(steps))


X, y = spirals(np.arange(97.0))
BETWEEN, y_between = spirals(np.arange(96) + 0.5)
SCALE = X.std()


def cascade(seed):
    layers = [2, *[1] * HIDDEN, 1]
    activations = [*["tanh"] * HIDDEN, "sigmoid"]
    net = ns.topologies.layered(layers, activation=activations, skips="all", name="cascade")
    # With biases of 0, a cascade of tanh is as symmetric as the spirals: the gradients of biases
    # are 0 but for rounding, and the signs that Rprop goes by are accidents.
    net.initialize(ns.initializers.LeCun(), biases=ns.initializers.Normal(), seed=seed)
    return net


def learn():
    """Train all starts; return the networks, in the order of what they have learned to lower."""
    nets = [cascade(seed) for seed in range(STARTS)]
    print(
        f"{len(nets)} cascades of {HIDDEN} hidden neurons, each with {len(nets[0].synapses)} "
        f"synapses;\n{len(X)} points to learn, {len(BETWEEN)} between them; {EPOCHS} epochs"
    )
    began = time.perf_counter()
    histories = ns.train(
        ns.compile(nets), X / SCALE, y, rule=RULE, cost=COST, epochs=EPOCHS, penalty=PENALTY
    )
    print(f"trained in {time.perf_counter() - began:.1f} s")
    for net, history in zip(nets, histories, strict=True):
        net.name = f"a cascade, cost {history['cost'][-1]:.4f}"
    lowered = [h["cost"][-1] + penalty(net) for net, h in zip(nets, histories, strict=True)]
    return [nets[i] for i in np.argsort(lowered)]


def penalty(net):
    return PENALTY.strength / 2 * (net.synapses.weight**2).sum()


def answers(nets, points):
    """Return the mean of what the networks say to points, (n,)."""
    return ns.compile(nets).feedforward(points / SCALE).mean(axis=0)[:, 0]


def shares(nets):
    """Return the shares of points that are told right, of those learned and those between."""
    return [
        ns.metrics.accuracy(wanted, answers(nets, points))
        for points, wanted in ((X, y), (BETWEEN, y_between))
    ]


def tell(nets):
    single = np.array([shares([net]) for net in nets])
    together = shares(nets)
    print(f"\n{(single[:, 0] == 1).sum()} of {len(nets)} starts have learned all points. Right:\n")
    print(f"  {'':28}{'learned':>10}{'between':>10}")
    for name, row in (
        ("the median start", np.median(single, axis=0)),
        ("the start of lowest cost", single[0]),
        (f"the mean of all {len(nets)}", together),
    ):
        print(f"  {name:28}" + "".join(f"{share:10.1%}" for share in row))
    assert single[0, 0] == together[0] == 1
    assert together[1] >= 0.95


def draw(nets):
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 6), layout="constrained")
    for ax, chosen, title in (
        (left, nets[:1], "the start of lowest cost"),
        (right, nets, f"the mean of {len(nets)} starts"),
    ):
        regions(ax, chosen)
        ax.set_title(title)
    return figure


def regions(ax, nets):
    side = np.linspace(-7, 7, 300)
    points = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    values = answers(nets, points).reshape(len(side), len(side))
    ax.contourf(side, side, values, levels=np.linspace(0, 1, 11), cmap="coolwarm", alpha=0.6)
    ax.contour(side, side, values, levels=[0.5], colors="black", linewidths=0.8)
    for label, colour in ((0, "tab:blue"), (1, "tab:red")):
        ax.scatter(*X[y == label].T, s=16, c=colour, edgecolors="white", linewidths=0.5)
    ax.set(aspect="equal", xticks=[], yticks=[])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(__file__).parent / "output"
    parser.add_argument("--output", type=Path, default=default, help="folder for the results")
    output = parser.parse_args().output
    output.mkdir(parents=True, exist_ok=True)

    nets = learn()
    tell(nets)
    draw(nets).savefig(output / "spirals.png", dpi=150)
    figure, ax = plt.subplots(figsize=(12, 5), layout="constrained")
    plot.network(nets[0], ax=ax)
    figure.savefig(output / "spirals_network.png", dpi=150)
    print(f"\nWritten to {output}:")
    print("  spirals.png          what is taken for which spiral")
    print("  spirals_network.png  the cascade of lowest cost")


if __name__ == "__main__":
    main()
