"""Draw the pictures of the documentation: python docs/draw_images.py."""

import contextlib
import re
from pathlib import Path

import matplotlib

import neurosim as ns
from neurosim import plot

matplotlib.use("Agg")
import matplotlib.pyplot as plt

DOCS = Path(__file__).parent
IMAGES = DOCS / "images"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def xor() -> None:
    """Draw the README's first network, trained, its training curve, and what it makes of points."""
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
    figure, (left, middle, right) = plt.subplots(
        1, 3, figsize=(13, 3.9), width_ratios=(6, 4, 4), layout="constrained"
    )
    plot.network(net, ax=left)
    plot.training_curve(history, ax=middle)
    plot.decision_boundary(net, X, y, ax=right)
    figure.savefig(IMAGES / "xor.png")
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


def page(name: str) -> None:
    """Run the code of a page, which saves its pictures where it runs."""
    names: dict[str, object] = {}
    with contextlib.chdir(IMAGES):
        for block in BLOCK.findall((DOCS / name).read_text(encoding="utf-8")):
            exec(block, names)
    plt.close("all")


if __name__ == "__main__":
    IMAGES.mkdir(exist_ok=True)
    plt.rcParams["savefig.dpi"] = 120
    xor()
    error_surface()
    page("pictures.md")
