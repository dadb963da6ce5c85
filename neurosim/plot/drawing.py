"""The drawing of a network: neurons in columns, synapses as lines."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.lines import Line2D

from neurosim.checks import FloatArray
from neurosim.errors import InvalidTypeError
from neurosim.model import Network
from neurosim.plot.canvas import axes
from neurosim.plot.labels import FONT_SIZE, Room, write_names, write_weights
from neurosim.plot.placement import Placement

COLOURS = "coolwarm"  # diverging, and grey in the middle, so that a weight of 0 is still seen
# By role, with the share of a circle's square that makes them look equally large.
MARKERS = {"input": ("s", 0.8), "hidden": ("o", 1.0), "output": ("D", 0.65)}
TINY = 20  # synapses whose weights are written beside them
CROWD = 100  # synapses from which on weak ones fade


def network(
    net: Network,
    *,
    ax: Axes | None = None,
    names: bool | None = None,
    weights: bool | None = None,
    colorbar: bool = True,
) -> Axes:
    """Draw a network from left to right, each neuron in the column of its longest path.

    A weight shows as the colour and the thickness of its line, a bias as the shade of its neuron,
    on one scale; inputs and neurons without a bias are white. A network with a cycle is drawn by
    layers, in order of creation.

    Parameters
    ----------
    net : Network
    ax : Axes, optional
        Where to draw; a new figure otherwise.
    names, weights : bool, optional
        Whether to write names beside the neurons and weights on the lines; by default names where
        there is room, and weights in tiny networks.
    colorbar : bool
        Whether to draw the scale of the colours.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import neurosim as ns
    >>> from neurosim import plot
    >>> net = ns.topologies.layered([2, 3, 1])
    >>> ax = plot.network(net)
    >>> ax.figure.savefig("network.png")  # doctest: +SKIP
    """
    if not isinstance(net, Network):
        raise InvalidTypeError(f"plot.network draws a Network (got {net!r})")
    pre, post, weight = net.synapses.pre, net.synapses.post, net.synapses.weight.astype(float)
    bias = np.array([np.nan if n.bias is None else n.bias for n in net.neurons], float)
    place = Placement.of(net, pre, post)
    ax = axes(ax, _figure_size(place))
    ax.set_title(net.name, parse_math=False)
    ax.set_axis_off()
    if not net.neurons:
        return ax

    colours = _colours(weight, bias)
    if colorbar and net.n_parameters:
        _colorbar(ax, colours)
    room = Room.of(ax, place, net)
    paths = place.paths(pre, post)
    _synapses(ax, paths, weight, colours, room)
    _neurons(ax, net, place, colours.to_rgba(bias), room)
    write_names(ax, net, place, room, always=names)
    if weights or (weights is None and len(weight) <= TINY):
        write_weights(ax, paths, weight)
    return ax


def _figure_size(place: Placement) -> tuple[float, float]:
    tallest = float(place.count.max(initial=1))
    return (
        float(np.clip(1.7 * len(place.count) + 1.6, 4.5, 12.0)),
        float(np.clip(0.7 * tallest + 1.0, 3.2, 8.0)),
    )


def _colours(weight: FloatArray, bias: FloatArray) -> ScalarMappable:
    """Return a scale for weights and biases that is centred at 0."""
    largest = float(np.nanmax(np.abs(np.concatenate([weight, bias, [0.0]])))) or 1.0
    return ScalarMappable(Normalize(-largest, largest), COLOURS)


def _synapses(
    ax: Axes, paths: list[FloatArray], weight: FloatArray, colours: ScalarMappable, room: Room
) -> None:
    """Draw the strongest lines last; where there are many, let the weak ones fade."""
    strength = np.abs(weight) / colours.norm.vmax
    order = np.argsort(strength, kind="stable")
    shade = colours.to_rgba(weight)
    faint = min(1.0, CROWD / max(len(weight), 1))
    shade[:, 3] = np.maximum(faint + (1 - faint) * strength, 0.04)
    width = room.line * (0.12 + 0.88 * strength)
    lines = LineCollection(
        [paths[i] for i in order.tolist()],
        colors=shade[order],
        linewidths=width[order],
        capstyle="round",
        zorder=1,
    )
    ax.add_collection(lines, autolim=False)
    # Limits from the ends of bows, not only from the neurons.
    heights = np.concatenate([[0.05, 0.95], *(path[:, 1] for path in paths)])
    ax.set_ylim(heights.min() - 0.05, heights.max() + 0.05)


def _colorbar(ax: Axes, colours: ScalarMappable) -> None:
    bar = ax.figure.colorbar(colours, ax=ax, shrink=0.7, aspect=30, pad=0.02)
    bar.set_label("weight of a line, bias of a neuron")
    bar.outline.set_visible(False)


def _neurons(ax: Axes, net: Network, place: Placement, shade: FloatArray, room: Room) -> None:
    """Draw each role by its own marker, white where there is no bias, and say which is which."""
    roles = np.array([neuron.role for neuron in net.neurons])
    shade[[neuron.bias is None for neuron in net.neurons]] = 1.0
    size = (room.neuron**2)[place.column]
    edge = np.clip(room.neuron / 16, 0.2, 1.2)[place.column]
    for role, (marker, share) in MARKERS.items():
        here = roles == role
        if not here.any():
            continue
        ax.scatter(
            place.x[here],
            place.y[here],
            s=share * size[here],
            marker=marker,
            facecolors=shade[here],
            edgecolors="black",
            linewidths=edge[here],
            zorder=2,
            label=role,
        )
    ax.legend(
        handles=[_key(role, *MARKERS[role]) for role in MARKERS if role in roles],
        loc="upper center",
        bbox_to_anchor=(0.5, 0.0),
        ncols=len(MARKERS),
        frameon=False,
        fontsize=FONT_SIZE,
        handletextpad=0.2,
    )


def _key(role: str, marker: str, share: float) -> Line2D:
    return Line2D(
        [],
        [],
        linestyle="",
        marker=marker,
        markersize=8 * share**0.5,
        markerfacecolor="white",
        markeredgecolor="black",
        label=role,
    )
