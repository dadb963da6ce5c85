"""Incoming weights as images: what a neuron looks for in a picture."""

from __future__ import annotations

from math import ceil, isqrt, sqrt
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from neurosim.checks import FloatArray, integer
from neurosim.errors import InvalidTypeError, InvalidValueError, StructureError
from neurosim.model import Network, Neuron
from neurosim.plot.canvas import axes, colorbar, extent, signed_scale
from neurosim.plot.given import network_of, neurons_of
from neurosim.plot.matrices import weights_with_gaps
from neurosim.plot.room import FONT_SIZE, LETTER, LINE
from neurosim.program import Program

GAP, CAPTION = 0.08, 0.25  # above and beside an image, of its size
SHARE = 0.998  # of the weights that colours tell apart: a single strong one would pale all others
WIDE = 1.4  # how much wider than high all images together are, about


def weight_images(
    net: Network | Program,
    of: Any = None,
    shape: tuple[int, int] | None = None,
    *,
    pre: Any = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the incoming weights of each neuron as an image, all on one scale.

    Parameters
    ----------
    net : Network or Program
    of : Neuron, Layer, name, or a list of these, optional
        One image for each; all neurons that hear from `pre` unless told.
    shape : (int, int), optional
        Rows and columns of an image, such as (28, 28); a square unless told.
    pre : Neuron, Layer, name, or a list of these, optional
        What makes the pixels, row by row; all input neurons unless told.
    ax : Axes, optional
        Where to draw; a new figure otherwise.

    Returns
    -------
    Axes

    Raises
    ------
    InvalidValueError
        If the image has another number of pixels than there are neurons in `pre`.

    Examples
    --------
    >>> import neurosim as ns
    >>> from neurosim import plot
    >>> net = ns.topologies.layered([64, 12, 10])
    >>> net.initialize(ns.initializers.Normal(), seed=0)
    >>> ax = plot.weight_images(net, "hidden", (8, 8))
    """
    net = network_of(net, "plot.weight_images")
    pixels = list(net.inputs) if pre is None else neurons_of(net, pre, "plot.weight_images.pre")
    neurons = _hearers(net, pixels) if of is None else neurons_of(net, of, "plot.weight_images")
    if not neurons:
        raise StructureError(f"no neuron of network {net.name!r} hears from its input neurons")
    images = weights_with_gaps(net, pixels, neurons).T.reshape(-1, *_shape(shape, len(pixels)))
    height, width = images.shape[1:]
    columns = _columns(len(images), height / width)
    ax = axes(ax, _size(len(images), columns, height / width))
    names = _captions(ax, neurons, columns)
    mosaic, corners = _mosaic(images, columns, CAPTION if names else GAP)
    scale = signed_scale(images, share=SHARE)
    ax.imshow(mosaic, cmap=scale.cmap, norm=scale.norm)
    ax.set_axis_off()
    for name, (top, left) in zip(names, corners, strict=False):
        ax.text(
            left + width / 2 - 0.5,
            top - 0.6,
            name,
            ha="center",
            va="bottom",
            fontsize=FONT_SIZE,
            parse_math=False,
        )
    colorbar(ax, scale, "weight", shrink=0.9)
    return ax


def _hearers(net: Network, pre: list[Neuron]) -> list[Neuron]:
    """Return the neurons that some of `pre` have a synapse to."""
    places = [place for place, neuron in enumerate(net.neurons) if neuron in set(pre)]
    group = net.synapses
    found = np.unique(group.post[np.isin(group.pre, places)])
    return [net.neurons[place] for place in found.tolist()]


def _shape(shape: Any, n_pixels: int) -> tuple[int, int]:
    """Return the rows and columns of an image of so many pixels."""
    where = "plot.weight_images.shape"
    if shape is None:
        side = isqrt(n_pixels)
        if side**2 != n_pixels:
            raise InvalidValueError(
                f"{where} must be told, since {n_pixels} pixels make no square image"
            )
        return side, side
    if not isinstance(shape, (tuple, list)) or len(shape) != 2:
        raise InvalidTypeError(f"{where} must be two ints, rows and columns (got {shape!r})")
    rows, columns = (integer(side, where, minimum=1) for side in shape)
    if rows * columns != n_pixels:
        raise InvalidValueError(f"{where} must have {n_pixels} pixels (got {rows} × {columns})")
    return rows, columns


def _columns(count: int, ratio: float) -> int:
    """Return how many images to put in a row, so that the last row is as full as may be."""
    wanted = sqrt(count * WIDE * ratio)
    choices = range(max(1, ceil(0.7 * wanted)), min(count, ceil(1.3 * wanted)) + 1)
    return min(
        choices, key=lambda columns: (-count % columns, abs(columns - wanted)), default=count
    )


def _size(count: int, columns: int, ratio: float) -> tuple[float, float]:
    """Return the size of a new figure, in inches."""
    width = float(np.clip(1.1 * columns, 2.5, 8.0))
    height = width / columns * ceil(count / columns) * ratio * (1 + GAP)
    return width + 1.2, float(np.clip(height + 0.4, 2.0, 9.0))


def _captions(ax: Axes, neurons: list[Neuron], columns: int) -> list[str]:
    """Return the names of the neurons if there is room for them above the images, else none."""
    names = [neuron.name for neuron in neurons]
    width, height = extent(ax)
    rows = ceil(len(names) / columns)
    fits = LETTER * max(map(len, names)) <= 0.8 * width / columns and 4 * LINE <= height / rows
    return names if fits else []


def _mosaic(
    images: FloatArray, columns: int, above: float
) -> tuple[FloatArray, list[tuple[int, int]]]:
    """Return all images as one, NaN between them, and where each has its first pixel."""
    count, height, width = images.shape
    top, left = max(1, round(above * height)), max(1, round(GAP * width))
    rows = ceil(count / columns)
    mosaic = np.full((rows * (height + top), columns * (width + left)), np.nan)
    corners = [
        (row * (height + top) + top, column * (width + left) + left)
        for row in range(rows)
        for column in range(columns)
    ][:count]
    for image, (y, x) in zip(images, corners, strict=True):
        mosaic[y : y + height, x : x + width] = image
    return mosaic, corners
