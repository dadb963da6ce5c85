"""Weights as heat maps."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from neurosim.checks import FloatArray
from neurosim.errors import StructureError
from neurosim.model import Network, Neuron
from neurosim.plot.canvas import Scale, axes, colorbar, signed_scale
from neurosim.plot.cells import cell_size, name_cells, size_of, write_cells
from neurosim.plot.given import network_of, neurons_of, title_of
from neurosim.plot.labels import number
from neurosim.program import Program

LONG = 4  # how many times longer than wide a matrix of square cells may be
DOT = 2.0  # points
DARK = 0.65  # of the largest weight, from where on black is hard to read


def weight_matrix(
    net: Network | Program, pre: Any = None, post: Any = None, *, ax: Axes | None = None
) -> Axes:
    """Draw the weights from `pre` to `post` as a heat map, blank where there is no synapse.

    Parameters
    ----------
    net : Network or Program
    pre, post : Neuron, Layer, name, or a list of these, optional
        The rows and the columns, as in `Network.weights`; all neurons in order of creation unless
        told.
    ax : Axes, optional
        Where to draw; a new figure otherwise.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import neurosim as ns
    >>> from neurosim import plot
    >>> net = ns.topologies.layered([4, 3, 2])
    >>> net.initialize(ns.initializers.Normal(), seed=0)
    >>> ax = plot.weight_matrix(net, "input", "hidden")
    """
    net = network_of(net, "plot.weight_matrix")
    if not net.neurons:
        raise StructureError(f"network {net.name!r} has no neurons, and so no weights to draw")
    rows, columns = (
        list(net.neurons) if end is None else neurons_of(net, end, "plot.weight_matrix")
        for end in (pre, post)
    )
    matrix = weights_with_gaps(net, rows, columns)
    ax = axes(ax, size_of(*matrix.shape))
    scale = signed_scale(matrix)
    ax.set_aspect("auto" if max(matrix.shape) > LONG * min(matrix.shape) else "equal")
    _draw(ax, matrix, scale)
    name_cells(ax, [one.name for one in rows], [one.name for one in columns])
    ax.set_ylabel("pre" if pre is None else title_of(net, pre), parse_math=False)
    ax.set_xlabel("post" if post is None else title_of(net, post), parse_math=False)
    write_cells(ax, matrix, np.abs(matrix) > DARK * scale.largest, _text)
    colorbar(ax, scale, "weight", shrink=0.9)
    return ax


def _draw(ax: Axes, matrix: FloatArray, scale: Scale) -> None:
    """Draw cells; as dots where they are few among gaps, and too small to be seen as cells."""
    is_there = np.isfinite(matrix)
    if min(cell_size(ax, *matrix.shape)) >= DOT or is_there.mean() > 0.5:
        ax.imshow(matrix, cmap=scale.cmap, norm=scale.norm, aspect=ax.get_aspect())
        return
    rows, columns = np.nonzero(is_there)
    order = np.argsort(np.abs(matrix[rows, columns]), kind="stable")  # the strongest on top
    rows, columns = rows[order], columns[order]
    shade = scale.colours(matrix[rows, columns])
    ax.scatter(columns, rows, s=DOT**2, c=shade, marker="s", linewidths=0)
    n_rows, n_columns = matrix.shape
    ax.set(xlim=(-0.5, n_columns - 0.5), ylim=(n_rows - 0.5, -0.5))


def weights_with_gaps(net: Network, pre: list[Neuron], post: list[Neuron]) -> FloatArray:
    """Return the weights as a matrix, NaN where there is no synapse."""
    is_there = net._matrix(pre, post, np.ones(len(net._columns.values), bool))
    return np.where(is_there, net.weights(pre, post).astype(float), np.nan)


def _text(weight: float) -> str:
    return "" if np.isnan(weight) else number(weight)
