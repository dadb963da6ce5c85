"""Draw the pictures of the documentation: python docs/draw_images.py."""

from pathlib import Path

import matplotlib

import neurosim as ns
from neurosim import plot

matplotlib.use("Agg")
import matplotlib.pyplot as plt

IMAGES = Path(__file__).parent / "images"


def xor() -> None:
    """Draw the README's first network, trained, beside its training curve."""
    net = ns.Network("xor")
    inputs = net.add_layer(["a", "b"], role="input", name="inputs")
    hidden = net.add_layer(3, activation="tanh", name="hidden")
    output = net.add_neuron("xor", activation="sigmoid", role="output")
    net.connect(inputs, hidden)
    net.connect(hidden, output)
    net.connect(inputs, output)
    net.initialize(ns.initializers.Normal(), seed=1)
    X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    rule = ns.GradientDescent(learning_rate=1.0, momentum=0.9)
    cost = ns.BinaryCrossEntropy(reduction="mean")
    history = ns.train(net, X, y, rule=rule, cost=cost, epochs=200)
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(10, 4), width_ratios=(3, 2), layout="constrained"
    )
    plot.network(net, ax=left)
    plot.training_curve(history, ax=right)
    figure.savefig(IMAGES / "xor.png", dpi=120)
    plt.close(figure)


def error_surface() -> None:
    """Draw the error surface of a network that learns XOR, and the path on it, in two ways."""
    net = ns.topologies.layered([2, 2, 1])
    net.initialize(ns.initializers.Normal(), seed=3)
    X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    snapshots = ns.callbacks.Snapshots()
    rule = ns.GradientDescent(2.0, momentum=0.9)
    ns.train(net, X, y, rule=rule, epochs=300, callbacks=[snapshots])
    figure = plt.figure(figsize=(10, 4), layout="constrained")
    along = net.synapses[0], net.outputs[0]
    for place, kind, projection in ((1, "contour", None), (2, "surface", "3d")):
        ax = figure.add_subplot(1, 2, place, projection=projection)
        plot.error_surface(net, X, y, along, path=snapshots, kind=kind, ax=ax)
    figure.savefig(IMAGES / "error-surface.png", dpi=120)
    plt.close(figure)


if __name__ == "__main__":
    IMAGES.mkdir(exist_ok=True)
    xor()
    error_surface()
