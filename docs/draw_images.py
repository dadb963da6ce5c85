"""Draw the pictures of the documentation: python docs/draw_images.py.

What a page builds and trains is drawn as the page leaves it: its own code is run for that.
"""

import contextlib
import io
import re
import tempfile
from pathlib import Path

import matplotlib
import numpy as np

import neurosim as ns
from neurosim import plot

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.colors import Normalize
from matplotlib.patches import Rectangle

DOCS = Path(__file__).resolve().parent
IMAGES = DOCS / "images"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
BLUE, RED = "#3b4cc0", "#b40426"  # the ends of the colours that weights have


def page(name, blocks=None, folder=None):
    """Run the first blocks of a page, or all, where it may write files; return its names."""
    names = {"__name__": "__main__"}
    found = BLOCK.findall((DOCS / name).read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as elsewhere, contextlib.chdir(folder or elsewhere):
        for block in found[:blocks]:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(block, name, "exec"), names)
    return names


def save(figure, name):
    """Write a figure into the folder of images."""
    figure.savefig(IMAGES / name)
    plt.close(figure)


# -- the front page ----------------------------------------------------------------------------


def xor():
    """Draw the first network, trained, its training curve, and what it makes of points."""
    names = page("index.md")
    figure, (left, middle, right) = plt.subplots(
        1, 3, figsize=(13, 3.9), width_ratios=(6, 4, 4), layout="constrained"
    )
    plot.network(names["net"], ax=left)
    plot.training_curve(names["history"], ax=middle)
    plot.decision_boundary(names["net"], names["X"], names["y"], ax=right)
    save(figure, "xor.png")


# -- from a graph to matrices --------------------------------------------------------------------


def three_views():
    """Draw one small network as objects, as a graph and as matrices, in the same colours."""
    net = page("from-graph-to-matrices.md", blocks=1)["net"]
    program = ns.compile(net)  # puts the parameters in order
    figure = plt.figure(figsize=(10, 8), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=(3, 2))
    left, right = above.subplots(1, 2, width_ratios=(4, 5))
    objects(left, net)
    plot.network(net, ax=right, colorbar=False).set_title("a graph")
    matrices(below, net, program.plan.blocks)
    save(figure, "three-views.png")


def objects(ax, net):
    """List the neurons and the synapses."""
    ax.set_title("objects")
    ax.set_axis_off()
    lines = [*map(repr, net.neurons), "", *map(repr, net.synapses)]
    style = {"family": "monospace", "fontsize": 9, "va": "top", "linespacing": 1.6}
    ax.text(0, 1, "\n".join(lines), transform=ax.transAxes, **style)


def matrices(figure, net, blocks):
    """Draw each full matrix, and the vector that they are windows on."""
    upper, lower = figure.subfigures(2, 1, height_ratios=(3, 1.2))
    upper.suptitle("matrices, and the one vector that they are windows on")
    x, h, y = net["x"], net["h"], net["y"]
    shown = {"from x to h": (x, h), "from x[0] to y": (x[0], y), "from h to y": (h, y)}
    norm = Normalize(-abs(net.parameters).max(), abs(net.parameters).max())
    for ax, (title, (pre, post)) in zip(upper.subplots(1, 3), shown.items(), strict=True):
        matrix = net.weights(pre, post)
        cells(ax, matrix, norm)
        middle = (np.array(matrix.shape[::-1]) - 1) / 2
        ax.set(xlim=middle[0] + [-2, 2], ylim=middle[1] + [1.6, -1.6])  # cells of one size
        ax.set_title(f"{title}, {matrix.shape[0]} × {matrix.shape[1]}", fontsize=10)
    ax = lower.subplots()
    cells(ax, net.parameters[None, :], norm)
    for block in blocks:
        window = (block.start - 0.5, -0.5), block.stop - block.start, 1
        ax.add_patch(Rectangle(*window, fill=False, linewidth=2.5, clip_on=False))
    ax.text(11.5, 0.65, "biases", ha="center", va="top", fontsize=9)


def cells(ax, matrix, norm):
    """Draw numbers in coloured cells."""
    ax.imshow(matrix, cmap="coolwarm", norm=norm)
    for i, j in np.ndindex(matrix.shape):
        pale = abs(norm(matrix[i, j]) - 0.5) < 0.35
        colour = "black" if pale else "white"
        ax.text(j, i, f"{matrix[i, j]:.2f}", ha="center", va="center", fontsize=9, color=colour)
    ax.set_axis_off()


# -- explanation ---------------------------------------------------------------------------------


def course():
    """Draw the course's network."""
    net = page("backpropagation.md", blocks=1)["net"]
    figure, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
    plot.network(net, ax=ax)
    save(figure, "course.png")


def equations():
    """Write the equations of the way back, as the walk-through has them."""
    text = page("walkthrough.md", blocks=1)["walk"].to_text(section="Backward")
    figure = plt.figure(figsize=(7, 3.4))
    style = {"family": "monospace", "fontsize": 8, "va": "center", "linespacing": 1.5}
    figure.text(0.03, 0.5, text, **style)
    save(figure, "equations.png")


def modes():
    """Draw the paths of batch mode and of incremental mode over the cost of a line."""
    names = page("batch-and-incremental.md", blocks=1)
    X, y = names["X"][:, 0], names["y"]
    w, b = np.meshgrid(np.linspace(-1.6, 3.2, 200), np.linspace(-1.6, 2.2, 200))
    cost = 0.5 * ((y - X * w[..., None] - b[..., None]) ** 2).mean(axis=-1)

    figure, ax = plt.subplots(figsize=(7, 5), layout="constrained")
    ax.contour(w, b, cost, levels=np.geomspace(cost.min() * 1.05, cost.max(), 14), colors="0.75")
    for batch_size, rate, colour in ((1, 0.3, RED), (None, 0.3, BLUE)):
        path = steps_of(names["line"](), names["X"], y, batch_size=batch_size, rate=rate)
        name = "batch" if batch_size is None else "incremental"
        ax.plot(*path.T, ".-", color=colour, linewidth=1, markersize=4, label=f"{name}, η = {rate}")
    ax.set(xlabel="weight", ylabel="bias", xlim=(-1.6, 3.2), ylim=(-1.6, 2.2))
    ax.legend(loc="upper right")
    save(figure, "modes.png")


def steps_of(net, X, y, *, batch_size, rate, steps=80):
    """Return the parameters after each of some steps on the mean squared error."""
    path = [net.parameters.copy()]
    order = np.random.default_rng(0).permuted(np.arange(steps) % len(X))
    for example in order:
        rows = slice(None) if batch_size is None else [example]
        ns.train(net, X[rows], y[rows], rule=ns.GradientDescent(rate), epochs=1)
        path.append(net.parameters.copy())
    return np.array(path)


# -- guides ------------------------------------------------------------------------------------


def error_surface():
    """Draw the error surface of a network that learns XOR, and the path on it, in two ways."""
    net = ns.topologies.layered([2, 2, 1], activation="sigmoid")
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
    save(figure, "error-surface.png")


def pictures():
    """Draw the pictures of the page on pictures, which saves them itself."""
    page("pictures.md", folder=IMAGES)
    plt.close("all")


# -- the tutorial ----------------------------------------------------------------------------------


def lines():
    """Draw the inputs of AND, OR and XOR in the plane, with the lines that were learned."""
    names = page("tutorial/and-or.md")
    found = {"AND": names["net"], "OR": names["net_or"], "XOR": None}
    figure, axes = plt.subplots(1, 3, figsize=(10, 3.4), layout="constrained")
    for ax, (title, net) in zip(axes, found.items(), strict=True):
        if net is not None:
            shade(ax, net)
        for (a, b), target in zip(names["X"], names[title], strict=True):
            ax.plot(a, b, "o", color=RED if target > 0 else BLUE, markersize=14)
        ax.set(title=title, xlabel="a", xlim=(-0.5, 1.5), ylim=(-0.5, 1.5), aspect="equal")
        ax.set(xticks=[0, 1], yticks=[0, 1])
    axes[0].set_ylabel("b")
    axes[2].text(0.5, 0.5, "no line", ha="center", va="center")
    save(figure, "lines.png")


def shade(ax, net):
    """Draw where a perceptron of two inputs fires, and the line where its net input is 0."""
    side = np.linspace(-0.5, 1.5, 300)
    a, b = np.meshgrid(side, side)
    w1, w2 = net.synapses.weight
    net_input = w1 * a + w2 * b + net["fires"].bias
    ax.contourf(a, b, net_input, levels=[-9, 0, 9], colors=[BLUE, RED], alpha=0.12)
    ax.contour(a, b, net_input, levels=[0], colors="0.3")


def tutorial_xor():
    """Draw the training curve of the page on XOR."""
    history = page("tutorial/xor.md", blocks=3)["history"]
    figure, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
    plot.training_curve(history, ax=ax)
    save(figure, "tutorial-xor.png")


def tutorial_wages():
    """Draw the network of wages with its training curve."""
    names = page("tutorial/wages.md")
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(10, 3.8), width_ratios=(3, 2), layout="constrained"
    )
    plot.network(names["net"], ax=left)
    plot.training_curve(names["history"], ax=right)
    save(figure, "tutorial-wages.png")


def tutorial_digits():
    """Draw four digits that the network reads wrong."""
    names = page("tutorial/digits.md")
    read, shown = names["read"], names["held_out"]
    figure, axes = plt.subplots(1, 4, figsize=(8, 2.4), layout="constrained")
    for ax, example in zip(axes, np.flatnonzero(read != shown)[:4], strict=True):
        ax.imshow(names["X_held_out"][example].reshape(8, 8), cmap="gray_r")
        ax.set_title(f"a {shown[example]}, read as a {read[example]}", fontsize=10)
        ax.set_axis_off()
    save(figure, "tutorial-digits.png")


def tutorial_graph():
    """Draw the small world of the last page, trained."""
    net = page("tutorial/your-own-graph.md", blocks=2)["net"]
    figure, ax = plt.subplots(figsize=(10, 4), layout="constrained")
    plot.network(net, ax=ax).set_title("")
    save(figure, "tutorial-graph.png")


def main():
    IMAGES.mkdir(exist_ok=True)
    plt.rcParams["savefig.dpi"] = 120
    for draw in (
        xor,
        three_views,
        course,
        equations,
        modes,
        error_surface,
        pictures,
        lines,
        tutorial_xor,
        tutorial_wages,
        tutorial_digits,
        tutorial_graph,
    ):
        draw()


if __name__ == "__main__":
    main()
