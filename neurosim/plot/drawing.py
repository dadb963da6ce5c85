"""The drawing of a network: neurons as dots, synapses as lines."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D

from neurosim.checks import FloatArray, IntArray
from neurosim.model import Network
from neurosim.plot.canvas import POINTS_PER_INCH, Scale, axes, signed_scale
from neurosim.plot.canvas import colorbar as draw_colorbar
from neurosim.plot.given import network_of
from neurosim.plot.labels import write_names, write_weights
from neurosim.plot.placement import Placement
from neurosim.plot.room import FONT_SIZE, Room, points_per_unit
from neurosim.plot.scatter import COLUMNS, Scatter
from neurosim.program import Program

# By role, with the share of a circle's square that makes them look equally large.
MARKERS = {"input": ("s", 0.8), "hidden": ("o", 1.0), "output": ("D", 0.65)}
TINY = 20  # synapses whose weights are written beside them
CROWD = 100  # synapses from which on weak ones fade
FEW = 500  # synapses whose direction arrows can show
THIN = 0.7  # points that a line is thick at least, where there is no crowd


def network(
    net: Network | Program,
    *,
    layout: Any = "levels",
    ax: Axes | None = None,
    names: bool | None = None,
    weights: bool | None = None,
    colorbar: bool = True,
) -> Axes:
    """Draw a network: neurons from left to right, or as a layout of networkx places them.

    A weight shows as the colour and the thickness of its line, a bias as the shade of its neuron,
    on one scale; inputs and neurons without a bias are white. A synapse that skips a column is
    bent around the neurons there. Where neurons stand in no columns, arrows show the direction, as
    long as there is room for them.

    Parameters
    ----------
    net : Network or Program
    layout : str, function or dict
        ``"levels"`` puts each neuron in the column of the longest path to it, ``"layers"`` keeps
        those of a layer in one; a network with a cycle is drawn by layers in order of creation.
        Otherwise the name of a layout of networkx, such as ``"spring"`` or ``"circular"``; a
        function such as ``nx.kamada_kawai_layout``, which gets the undirected graph without
        weights; or positions, {neuron or name: (x, y)}.
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

    Raises
    ------
    InvalidTypeError, InvalidValueError, UnknownNameError
        For what is no network, and for a layout that there is not or that leaves a neuron out.

    Examples
    --------
    >>> import neurosim as ns
    >>> from neurosim import plot
    >>> net = ns.topologies.layered([2, 3, 1])
    >>> ax = plot.network(net)
    >>> ax = plot.network(net, layout="circular")
    >>> ax.figure.savefig("network.png")  # doctest: +SKIP
    """
    net = network_of(net, "plot.network")
    pre, post, weight = net.synapses.pre, net.synapses.post, net.synapses.weight.astype(float)
    bias = np.array([np.nan if n.bias is None else n.bias for n in net.neurons], float)
    place = _place(net, pre, post, layout)
    ax = axes(ax, _figure_size(place))
    ax.set_title(net.name, parse_math=False)
    ax.set_axis_off()
    if not net.neurons:
        return ax

    scale = signed_scale(weight, bias)
    if colorbar and net.n_parameters:
        draw_colorbar(ax, scale, "weight (line), bias (neuron)")
    room = Room.of(ax, place, net)
    paths = place.paths(pre, post)
    _synapses(ax, paths, weight, scale, room)
    if isinstance(place, Placement):
        _fit_bows(ax, paths)
    elif len(paths) <= FEW:
        _arrows(ax, paths, post, scale.colours(weight), room)
    _neurons(ax, net, place, scale.colours(bias), room)
    write_names(ax, net, place, room, always=names)
    if weights or (weights is None and len(weight) <= TINY):
        write_weights(ax, paths, weight)
    return ax


def size_of(net: Network) -> tuple[float, float]:
    """Return the size of a figure that a network by levels fits into, in inches."""
    return _figure_size(_place(net, net.synapses.pre, net.synapses.post, "levels"))


def _place(net: Network, pre: IntArray, post: IntArray, layout: Any) -> Placement | Scatter:
    if (isinstance(layout, str) and layout in COLUMNS) or not net.neurons:
        return Placement.of(net, pre, post, by_layers=layout == "layers")
    return Scatter.of(net, layout)


def _figure_size(place: Placement | Scatter) -> tuple[float, float]:
    """Return the size of a new figure, in inches."""
    if isinstance(place, Scatter):
        size = float(np.clip(4 + len(place.x) / 20, 4.5, 9.0))
        return size + 1.2, size
    tallest = float(place.count.max(initial=1))
    return (
        float(np.clip(1.7 * len(place.count) + 1.6, 4.5, 12.0)),
        float(np.clip(0.9 * tallest + 1.0, 3.4, 8.0)),
    )


def _synapses(
    ax: Axes, paths: list[FloatArray], weight: FloatArray, scale: Scale, room: Room
) -> None:
    """Draw the strongest lines last; where there are many, let the weak ones fade."""
    strength = np.abs(weight) / scale.largest
    order = np.argsort(strength, kind="stable")
    shade = scale.colours(weight)
    faint = min(1.0, CROWD / max(len(weight), 1))
    shade[:, 3] = np.maximum(faint + (1 - faint) * strength, 0.04)
    width = np.maximum(room.line * (0.12 + 0.88 * strength), THIN * faint)
    lines = LineCollection(
        [paths[i] for i in order.tolist()],
        colors=shade[order],
        linewidths=width[order],
        capstyle="round",
        zorder=1,
    )
    ax.add_collection(lines, autolim=False)


def _fit_bows(ax: Axes, paths: list[FloatArray]) -> None:
    """Set limits that hold the ends of bows too, not only the neurons."""
    heights = np.concatenate([[0.05, 0.95], *(path[:, 1] for path in paths)])
    ax.set_ylim(heights.min() - 0.05, heights.max() + 0.05)


def _arrows(
    ax: Axes, paths: list[FloatArray], post: IntArray, shade: FloatArray, room: Room
) -> None:
    """Draw the head of an arrow on each line, where it meets its neuron."""
    if not paths:
        return
    start, end = np.moveaxis(np.array(paths), 1, 0)
    length = np.hypot(*(end - start).T)[:, None]
    along = np.divide(end - start, length, out=np.zeros_like(end), where=length > 0)
    head = float(np.clip(room.neuron.min() / 3, 2.0, 7.0))
    tip = end - along * (room.neuron[post, None] / 2 + 1) / points_per_unit(ax)
    ax.quiver(
        *tip.T,
        *along.T,
        color=shade,
        angles="xy",
        pivot="tip",
        units="inches",
        scale_units="inches",
        scale=POINTS_PER_INCH / head,
        width=head / POINTS_PER_INCH / 3,
        headwidth=3,
        headlength=3,
        headaxislength=3,
        zorder=1.5,
    )


def _neurons(
    ax: Axes, net: Network, place: Placement | Scatter, shade: FloatArray, room: Room
) -> None:
    """Draw each role by its own marker, white where there is no bias, and say which is which."""
    roles = np.array([neuron.role for neuron in net.neurons])
    shade[[neuron.bias is None for neuron in net.neurons]] = 1.0
    size, edge = room.neuron**2, np.clip(room.neuron / 16, 0.2, 1.2)
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
