"""Which class a network takes the points of a plane for."""

from __future__ import annotations

from math import ceil
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D

from neurosim.checks import BoolArray, FloatArray, IntArray
from neurosim.door import Door
from neurosim.model import Network
from neurosim.plot.canvas import DISTINCT, axes, plain
from neurosim.plot.classes import examples_and_classes
from neurosim.plot.given import program_of
from neurosim.plot.sweep import Sweep, sweep
from neurosim.program import Program

WHERE = "plot.decision_boundary"
ROWS, NAMED = 12, 24  # classes in a column of the legend, and those that have one
MARKERS = "os^DvPX*"
PALE, STRONG = 0.12, 0.5  # how much of its colour a region has where the network doubts, and not


def decision_boundary(
    net: Network | Program,
    X: Any = None,
    y: Any = None,
    *,
    inputs: Any = None,
    at: Any = None,
    limits: Any = None,
    units: str = "data",
    ax: Axes | None = None,
) -> Axes:
    """Draw the class that the network finds at each point of the plane of two inputs.

    A region has the colour of its class, the paler the less sure the network is, as far as its
    outputs tell. Lines are drawn where the class changes. Examples are drawn in the colour of the
    class that they belong to; those that the network gets wrong have a black edge.

    Parameters
    ----------
    net : Network or Program
        With two inputs, unless `inputs` names two of them. The strongest output is the class; a
        single output tells two apart, as in `Program.predict`.
    X : (n_examples, n_inputs) array_like or data frame, optional
        Examples in the units of the data, to be drawn on top.
    y : (n_examples,) labels or targets, or (n_examples, n_outputs) targets, optional
        Their classes, as `train` takes them.
    inputs : list of Neuron or name, optional
        The inputs of the horizontal and the vertical axis.
    at : dict of {name: value} or (n_inputs,) array_like, optional
        Where all other inputs stand: at their means in X by default, or where the network takes
        them as 0.
    limits : (low, high) or two such pairs, optional
        What the axes span: the examples by default, or −1.5 to 1.5 as the network takes them.
    units : {"data", "network"}
        In which units X is, and what is drawn; ``"network"`` leaves out the scalers of the network.
    ax : Axes, optional
        Where to draw; a new figure otherwise.

    Returns
    -------
    Axes

    Raises
    ------
    InvalidValueError
        For another number of inputs than two, and for `y` without `X`.

    Examples
    --------
    >>> import neurosim as ns
    >>> from neurosim import plot
    >>> net = ns.topologies.layered([2, 3, 1])
    >>> net.initialize(ns.initializers.Normal(), seed=1)
    >>> ax = plot.decision_boundary(net, [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0])
    """
    program = program_of(net, WHERE)
    door = Door(program.network, units)
    examples, classes, given = examples_and_classes(door, X, y, WHERE)
    plane = sweep(door, inputs, counts="two", at=at, limits=limits, X=examples, where=WHERE)
    ax = axes(ax, (6.0, 4.4))
    votes = classes.votes(plane.run(door, lambda part: program.feedforward(part, units="network")))
    _regions(ax, plane, votes, classes.sureness(votes))
    if examples is not None:
        outputs = program.feedforward(door.inputs(examples), units="network")
        found = classes.votes(outputs).argmax(axis=1)
        columns = [program.network.inputs.index(neuron) for neuron in plane.inputs]
        shown = found if given is None else given
        _points(ax, examples[:, columns], shown, shown != found)
    _legend(ax, classes.names)
    for axis, neuron in zip((ax.xaxis, ax.yaxis), plane.inputs, strict=True):
        axis.set_label_text(neuron.name, parse_math=False)
    return ax


# -- drawing -------------------------------------------------------------------------------


def _colours(count: int) -> FloatArray:
    return np.array([to_rgb(DISTINCT[number % len(DISTINCT)]) for number in range(count)])


def _regions(ax: Axes, plane: Sweep, votes: FloatArray, sureness: FloatArray) -> None:
    """Fill the plane with the colours of the classes, and draw lines between these."""
    colour = _colours(votes.shape[1])[votes.argmax(axis=1)]
    strength = (PALE + (STRONG - PALE) * sureness)[:, None]
    picture = (1 - strength + strength * colour).reshape(*plane.shape, 3)
    x, y = plane.values
    # Each value is the middle of a pixel.
    dx, dy = (x[1] - x[0]) / 2, (y[1] - y[0]) / 2
    ends = float(x[0] - dx), float(x[-1] + dx), float(y[0] - dy), float(y[-1] + dy)
    ax.imshow(picture, extent=ends, origin="lower", aspect="auto", interpolation="bilinear")
    ax.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    for number in range(votes.shape[1] if votes.shape[1] > 2 else 1):
        others = np.delete(votes, number, axis=1).max(axis=1)
        lead = (votes[:, number] - others).reshape(plane.shape)
        if lead.min() < 0 < lead.max():
            ax.contour(x, y, lead, levels=[0.0], colors="0.25", linewidths=1.0)


def _points(ax: Axes, at: FloatArray, number: IntArray, is_wrong: BoolArray) -> None:
    """Draw examples in the colour and the marker of their class."""
    size = float(np.clip(3000 / max(len(at), 1), 10, 45))
    for one in np.unique(number).tolist():
        for wrong in (False, True):
            here = (number == one) & (is_wrong == wrong)
            ax.scatter(
                at[here, 0],
                at[here, 1],
                s=size,
                color=DISTINCT[one % len(DISTINCT)],
                marker=MARKERS[one % len(MARKERS)],
                edgecolors="black" if wrong else "white",
                linewidths=1.3 if wrong else 0.5,
                zorder=4 if wrong else 3,
            )


def _legend(ax: Axes, names: list[str]) -> None:
    """Say which class is which, if there is room for all."""
    if len(names) > NAMED:
        return
    keys = [
        Line2D(
            [],
            [],
            linestyle="",
            color=DISTINCT[number % len(DISTINCT)],
            marker=MARKERS[number % len(MARKERS)],
            label=plain(name),
        )
        for number, name in enumerate(names)
    ]
    ax.legend(
        handles=keys,
        loc="center left",
        bbox_to_anchor=(1.0, 0.5),
        frameon=False,
        ncols=ceil(len(names) / ROWS),
    )
