"""How much room there is on a drawing: for neurons, for lines, and for names."""

from __future__ import annotations

import numpy as np
from attrs import frozen
from matplotlib.axes import Axes

from neurosim.checks import BoolArray, FloatArray
from neurosim.model import Network
from neurosim.plot.canvas import extent
from neurosim.plot.placement import Placement
from neurosim.plot.scatter import Scatter

FONT_SIZE = 8.5
LETTER = 0.56 * FONT_SIZE  # the width of a letter, about, in points
LINE = 1.3 * FONT_SIZE
NEURON_SIZE = 1.5, 26.0  # diameters in points
MARGIN = 0.08  # around a scatter, of its size
HALF = 0.5  # of the names have to fit, or none is written
SAMPLE = 500  # neurons whose nearest neighbours tell how dense a scatter is


@frozen
class Spot:
    """Where the name of a neuron stands, in points from its middle, and whether it fits there."""

    offset: tuple[float, float]
    horizontal: str
    vertical: str
    fits: bool


@frozen(eq=False)
class Room:
    """How much room there is on the axes, in points.

    Attributes
    ----------
    neuron : (n_neurons,) float array
        The diameters of the neurons.
    line : float
        The thickness of the strongest line.
    spots : list of Spot
        Where the names of the neurons stand.
    """

    neuron: FloatArray
    line: float
    spots: list[Spot]

    @classmethod
    def of(cls, ax: Axes, place: Placement | Scatter, net: Network) -> Room:
        """Measure, and set limits that leave room for names."""
        make = _in_columns if isinstance(place, Placement) else _around
        neuron, spots = make(ax, place, net)  # type: ignore[arg-type]
        return cls(neuron, float(np.clip(neuron.min() / 7, 0.6, 3.6)), spots)


# -- in columns ----------------------------------------------------------------------------


def _in_columns(ax: Axes, place: Placement, net: Network) -> tuple[FloatArray, list[Spot]]:
    """Put names on the left of the first column, on the right of the last, below otherwise."""
    width, height = extent(ax)
    left, right = (min(NEURON_SIZE[1] + LETTER * n, width / 4) for n in _longest(place, net))
    gaps = max(len(place.count) - 1, 1)
    column = (width - left - right) / gaps
    row = height / place.count
    neuron = np.clip(0.5 * np.minimum(column, row), *NEURON_SIZE)
    neuron = np.sqrt(neuron * neuron.min())  # so that a crowded column sets the tone
    ax.set_xlim(-left / column, gaps + right / column)
    if len(place.count) == 1:  # a single column stands in the middle
        ax.set_xlim(-1, 1)
    last = len(place.count) - 1
    spots = []
    for one, at in zip(net.neurons, place.column.tolist(), strict=True):
        if at in (0, last):
            spots.append(_beside(neuron[at], row[at], on_the_left=at == 0))
        else:
            fits = LETTER * len(one.name) <= column and row[at] >= neuron[at] + LINE + 4
            spots.append(_below(neuron[at], fits=bool(fits)))
    return neuron[place.column], spots


def _longest(place: Placement, net: Network) -> list[int]:
    """Return how long the longest name is in the first column and in the last."""
    ends = [place.column == 0, place.column == place.column.max()]
    return [
        max(len(n.name) for n, here in zip(net.neurons, end, strict=True) if here) for end in ends
    ]


def _beside(diameter: float, row: float, *, on_the_left: bool) -> Spot:
    away = diameter / 2 + 4
    fits = bool(row >= LINE)
    return (
        Spot((-away, 0), "right", "center", fits)
        if on_the_left
        else Spot((away, 0), "left", "center", fits)
    )


def _below(diameter: float, *, fits: bool) -> Spot:
    return Spot((0, 1 - diameter / 2 - 4), "center", "top", fits)


# -- anywhere ------------------------------------------------------------------------------


def _around(ax: Axes, place: Scatter, net: Network) -> tuple[FloatArray, list[Spot]]:
    """Put names below their neurons, as far as no other neuron or name is there."""
    ax.set(xlim=(-MARGIN, 1 + MARGIN), ylim=(-MARGIN, 1 + MARGIN), aspect="equal")
    scale = points_per_unit(ax)
    points = np.column_stack([place.x, place.y]) * scale
    diameter = float(np.clip(0.4 * _usual_distance(points), *NEURON_SIZE))
    free = _free(points, np.array([LETTER * len(n.name) for n in net.neurons]), diameter)
    return (
        np.full(len(points), diameter),
        [_below(diameter, fits=fits) for fits in free.tolist()],
    )


def points_per_unit(ax: Axes) -> float:
    """Return how many points a step of 1 on the plane of a scatter is."""
    return min(extent(ax)) / (1 + 2 * MARGIN)


def _usual_distance(points: FloatArray) -> float:
    """Return how far a neuron is from the nearest other one, usually."""
    some = points[:: -(-len(points) // SAMPLE)]
    apart = np.hypot(*(some[:, None] - points[None]).T)
    apart[apart == 0] = np.inf
    nearest = np.min(apart, axis=0, initial=10 * NEURON_SIZE[1])
    return float(np.quantile(nearest, 0.25))


def _free(points: FloatArray, width: FloatArray, diameter: float) -> BoolArray:
    """Return which names have no other neuron or name where they would stand.

    A few among many without would look like a choice.
    """
    if len(points) > SAMPLE:
        return np.zeros(len(points), bool)
    dx, dy = np.abs(points[:, None] - points[None]).T
    crowded = (dx < (width[:, None] + width) / 2) & (dy < diameter + LINE)
    np.fill_diagonal(crowded, val=False)
    free: BoolArray = ~crowded.any(axis=0)
    return free if free.mean() >= HALF else np.zeros_like(free)
