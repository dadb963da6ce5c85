"""Pictures as files: figures of their own, which need no screen and leave nothing open."""

from __future__ import annotations

from io import BytesIO
from typing import Any


def new_axes(size: tuple[float, float]) -> Any:
    """Return the axes of a new figure of that size, in inches (extra ``plot``)."""
    require_plot()
    from matplotlib.figure import Figure

    return Figure(figsize=size, layout="constrained").subplots()


def require_plot() -> Any:
    """Return `neurosim.plot`, or say what is missing."""
    from neurosim import plot

    return plot


def picture(ax: Any, kind: str) -> bytes:
    """Return the figure that axes belong to as a file of a kind: png, svg or pdf."""
    file = BytesIO()
    ax.get_figure().savefig(file, format=kind, bbox_inches="tight", dpi=150)
    return file.getvalue()
