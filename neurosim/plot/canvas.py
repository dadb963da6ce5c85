"""Where to draw: the caller's axes, or those of a new figure."""

from __future__ import annotations

from typing import Any

from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from neurosim.errors import InvalidTypeError

POINTS_PER_INCH = 72


def axes(ax: Any, size: tuple[float, float], projection: str | None = None) -> Axes:
    """Return `ax`, or the axes of a new figure of that size, in inches."""
    if ax is None:
        kind = {"projection": projection}
        return plt.subplots(figsize=size, layout="constrained", subplot_kw=kind)[1]
    if not isinstance(ax, Axes):
        raise InvalidTypeError(f"ax must be matplotlib axes (got {ax!r})")
    if projection is not None and ax.name != projection:
        raise InvalidTypeError(f'ax must be made with projection="{projection}" (got {ax!r})')
    return ax


def extent(ax: Axes) -> tuple[float, float]:
    """Return the width and height of the axes in points."""
    box = ax.get_window_extent()
    points = POINTS_PER_INCH / ax.get_figure(root=True).dpi  # type: ignore[union-attr]
    return box.width * points, box.height * points
