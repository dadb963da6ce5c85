"""Names and numbers on the drawing of a network, and the room there is for them."""

from __future__ import annotations

import numpy as np
from attrs import frozen
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from neurosim.checks import FloatArray
from neurosim.model import Network
from neurosim.plot.canvas import extent
from neurosim.plot.placement import Placement

FONT_SIZE = 8.5
LETTER = 0.56 * FONT_SIZE  # the width of a letter, about, in points
LINE = 1.3 * FONT_SIZE
NEURON_SIZE = 1.5, 26.0  # diameters in points
HALO = [withStroke(linewidth=2.5, foreground="white")]
ALONG = sorted(np.linspace(0.2, 0.8, 25), key=lambda t: abs(t - 0.5))  # where weights may stand
PAPER = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.8}
MANY = 200  # weights among which to look for the best place would take long
SMALL = 0.005  # a weight that two decimals would not show


@frozen(eq=False)
class Room:
    """How much room there is on the axes, in points.

    Attributes
    ----------
    column : float
        From one column to the next.
    row : (n_columns,) float array
        From one neuron of a column to the next.
    neuron : (n_columns,) float array
        The diameter of the neurons, per column.
    line : float
        The thickness of the strongest line.
    """

    column: float
    row: FloatArray
    neuron: FloatArray
    line: float

    @classmethod
    def of(cls, ax: Axes, place: Placement, net: Network) -> Room:
        """Measure, and set limits that leave room for names on both sides."""
        width, height = extent(ax)
        ends = [place.column == 0, place.column == place.column.max()]
        longest = [
            max(len(n.name) for n, here in zip(net.neurons, end, strict=True) if here)
            for end in ends
        ]
        left, right = (min(NEURON_SIZE[1] + LETTER * n, width / 4) for n in longest)
        gaps = max(len(place.count) - 1, 1)
        column = (width - left - right) / gaps
        row = height / place.count
        neuron = np.clip(0.5 * np.minimum(column, row), *NEURON_SIZE)
        neuron = np.sqrt(neuron * neuron.min())  # so that a crowded column sets the tone
        ax.set_xlim(-left / column, gaps + right / column)
        if len(place.count) == 1:  # a single column stands in the middle
            ax.set_xlim(-1, 1)
        return cls(column, row, neuron, float(np.clip(neuron.min() / 7, 0.6, 3.6)))


def write_names(
    ax: Axes, net: Network, place: Placement, room: Room, *, always: bool | None
) -> None:
    """Write names: in the first column on the left, in the last on the right, below otherwise."""
    last = len(place.count) - 1
    for neuron, column, x, y in zip(
        net.neurons, place.column.tolist(), place.x, place.y, strict=True
    ):
        away = room.neuron[column] / 2 + 4
        beside = {0: ((-away, 0), "right", "center"), last: ((away, 0), "left", "center")}
        below = (0, 1 - away), "center", "top"
        fits = room.row[column] >= LINE
        if column not in beside:
            narrow = LETTER * len(neuron.name) <= room.column
            fits = narrow and room.row[column] >= room.neuron[column] + LINE + 4
        if fits if always is None else always:
            offset, horizontal, vertical = beside.get(column, below)
            ax.annotate(
                neuron.name,
                (x, y),
                xytext=offset,
                textcoords="offset points",
                ha=horizontal,
                va=vertical,
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
            _number(value),
            ha="center",
            va="center",
            fontsize=FONT_SIZE - 1,
            bbox=PAPER,
            zorder=3,
        )


def _number(value: float) -> str:
    shown = f"{value:.0e}" if 0 < abs(value) < SMALL else f"{value:.2f}"
    return shown.replace("-", "\N{MINUS SIGN}")


def _point(path: FloatArray, t: float) -> list[float]:
    steps = np.linspace(0, 1, len(path))
    return [float(np.interp(t, steps, path[:, axis])) for axis in (0, 1)]


def _closest(points: FloatArray) -> float:
    """Return the smallest distance between two of the points."""
    first, second = np.triu_indices(len(points), 1)
    return float(np.hypot(*(points[first] - points[second]).T).min(initial=np.inf))
