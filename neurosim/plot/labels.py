"""Names and numbers on the drawing of a network."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from neurosim.checks import FloatArray
from neurosim.model import Network
from neurosim.plot.canvas import extent
from neurosim.plot.placement import Placement
from neurosim.plot.room import FONT_SIZE, Room
from neurosim.plot.scatter import Scatter

HALO = [withStroke(linewidth=2.5, foreground="white")]
ALONG = sorted(np.linspace(0.2, 0.8, 25), key=lambda t: abs(t - 0.5))  # where weights may stand
PAPER = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.8}
MANY = 200  # weights among which to look for the best place would take long
SMALL, LARGE = 0.005, 1e4  # weights that two decimals would not show, or make long


def write_names(
    ax: Axes, net: Network, place: Placement | Scatter, room: Room, *, always: bool | None
) -> None:
    """Write names where they fit; all of them or none if that is asked for."""
    for neuron, spot, x, y in zip(net.neurons, room.spots, place.x, place.y, strict=True):
        if spot.fits if always is None else always:
            ax.annotate(
                neuron.name,
                (x, y),
                xytext=spot.offset,
                textcoords="offset points",
                ha=spot.horizontal,
                va=spot.vertical,
                fontsize=FONT_SIZE,
                path_effects=HALO,
                parse_math=False,
            )


def write_weights(ax: Axes, paths: list[FloatArray], weight: FloatArray) -> None:
    """Write each weight on its line, all at that part of the way where they are furthest apart."""
    if not paths:
        return
    width, height = extent(ax)
    scale = width / np.ptp(ax.get_xlim()), height / np.ptp(ax.get_ylim())
    choices = (np.array([_point(path, t) for path in paths]) for t in ALONG)
    points = next(choices)
    if len(paths) <= MANY:
        points = max(points, *choices, key=lambda places: _closest(places * scale))
    for value, (x, y) in zip(weight.tolist(), points, strict=True):
        ax.text(
            x,
            y,
            number(value),
            ha="center",
            va="center",
            fontsize=FONT_SIZE - 1,
            bbox=PAPER,
            zorder=3,
        )


def number(value: float) -> str:
    """Return how a weight is written."""
    plain = value == 0 or SMALL <= abs(value) < LARGE
    shown = f"{value:.2f}" if plain else f"{value:.0e}"
    return shown.replace("-", "\N{MINUS SIGN}")


def _point(path: FloatArray, t: float) -> list[float]:
    steps = np.linspace(0, 1, len(path))
    return [float(np.interp(t, steps, path[:, axis])) for axis in (0, 1)]


def _closest(points: FloatArray) -> float:
    """Return the smallest distance between two of the points."""
    first, second = np.triu_indices(len(points), 1)
    return float(np.hypot(*(points[first] - points[second]).T).min(initial=np.inf))
