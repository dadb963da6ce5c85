"""What a neuron answers to the values of one or two inputs."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import Normalize

from neurosim.checks import FloatArray
from neurosim.door import Door
from neurosim.errors import InvalidValueError
from neurosim.model import Network, Neuron
from neurosim.plot.canvas import DISTINCT, GRADED, Scale, axes, bare, colorbar, plain
from neurosim.plot.given import examples_of, neurons_of, program_of
from neurosim.plot.sweep import Sweep, sweep
from neurosim.program import Program

LEVELS = 8  # lines of equal output, about
WHERE = "plot.response"
FEW, NAMED = 4, 16  # curves whose legend stands among them, and those that have one


def response(
    net: Network | Program,
    of: Any = None,
    inputs: Any = None,
    *,
    at: Any = None,
    limits: Any = None,
    X: Any = None,
    units: str = "data",
    ax: Axes | None = None,
) -> Axes:
    """Draw what neurons emit over the values of one input, or a neuron over those of two.

    Over one input there is a curve for each neuron; over two, the output of a neuron is a colour,
    with lines of equal output.

    Parameters
    ----------
    net : Network or Program
    of : Neuron, Layer, name, or a list of these, optional
        The output neurons unless told. Outputs of these are scaled back by the network's
        `output_scaler`.
    inputs : Neuron, name, or a list of two, optional
        All inputs unless told, if there are one or two.
    at : dict of {name: value} or (n_inputs,) array_like, optional
        Where all other inputs stand: at their means in X by default, or where the network takes
        them as 0.
    limits : (low, high) or two such pairs, optional
        What the axes span: the examples by default, or −1.5 to 1.5 as the network takes them.
    X : (n_examples, n_inputs) array_like or data frame, optional
        Examples in the units of the data, to look at the network where these are.
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
        For more than two inputs, and for more than one neuron over two.

    Examples
    --------
    >>> import neurosim as ns
    >>> from neurosim import plot
    >>> net = ns.topologies.layered([2, 3, 1])
    >>> net.initialize(ns.initializers.Normal(), seed=1)
    >>> ax = plot.response(net)
    >>> ax = plot.response(net, "hidden", net.inputs[0])
    """
    program = program_of(net, WHERE)
    network = program.network
    neurons = neurons_of(network, list(network.outputs) if of is None else of, WHERE)
    door = Door(network, units)
    examples = None if X is None else examples_of(door, X)
    through = sweep(
        door, inputs, counts="one or two", at=at, limits=limits, X=examples, where=WHERE
    )
    outputs = through.run(door, lambda part: _outputs(program, door, neurons, part))
    if len(through.inputs) == 1:
        ax = axes(ax, (5.5, 3.6))
        _curves(ax, through, neurons, outputs)
    elif len(neurons) == 1:
        ax = axes(ax, (5.8, 4.4))
        _surface(ax, through, neurons[0], outputs[:, 0])
    else:
        raise InvalidValueError(
            f"{WHERE} draws one neuron over two inputs (got {len(neurons)}); choose one by of=, or "
            "one input by inputs="
        )
    ax.xaxis.set_label_text(through.inputs[0].name, parse_math=False)
    return ax


def _outputs(
    program: Program, door: Door, neurons: list[Neuron], examples: FloatArray
) -> FloatArray:
    """Return what neurons emit, (n_examples, n_neurons); output neurons in the door's units."""
    net, scaler = program.network, door.output_scaler
    trace = program.trace(examples, units="network")
    outputs = np.column_stack([trace[neuron].output for neuron in neurons]).astype(float)
    if scaler is None:
        return outputs
    in_units = scaler.inverse(trace.outputs)
    for place, neuron in enumerate(neurons):
        if neuron.role == "output":
            outputs[:, place] = in_units[:, net.outputs.index(neuron)]
    return outputs


def _curves(ax: Axes, through: Sweep, neurons: list[Neuron], outputs: FloatArray) -> None:
    """Draw a curve for each neuron."""
    lines = ax.plot(through.values[0], outputs, linewidth=1.8 if len(neurons) <= NAMED else 1.0)
    for place, line in enumerate(lines):
        line.set_color(DISTINCT[place % len(DISTINCT)])
        line.set_linestyle("-" if place < len(DISTINCT) else "--")
    if len(neurons) == 1:
        ax.yaxis.set_label_text(neurons[0].name, parse_math=False)
    else:
        ax.set_ylabel("output")
    if 1 < len(neurons) <= NAMED:
        many = len(neurons) > FEW
        ax.legend(
            lines,
            [plain(neuron.name) for neuron in neurons],
            frameon=False,
            loc="center left" if many else "best",
            bbox_to_anchor=(1.0, 0.5) if many else None,
        )
    ax.margins(x=0)
    ax.grid(alpha=0.3)
    bare(ax)


def _surface(ax: Axes, through: Sweep, neuron: Neuron, outputs: FloatArray) -> None:
    """Draw the output as a colour, with lines of equal output."""
    (x, y), grid = through.values, outputs.reshape(through.shape)
    low, high = float(grid.min()), float(grid.max())
    scale = Scale(colormaps[GRADED], Normalize(low, high if high > low else low + 1))
    ax.pcolormesh(x, y, grid, cmap=scale.cmap, norm=scale.norm, shading="gouraud", rasterized=True)
    ax.yaxis.set_label_text(through.inputs[1].name, parse_math=False)
    bar = colorbar(ax, scale, neuron.name, shrink=1.0)
    if high > low:
        look: dict[str, Any] = {"colors": "white", "linewidths": 0.8, "linestyles": "solid"}
        bar.add_lines(ax.contour(x, y, grid, levels=LEVELS, **look))
