"""Where to draw, and in which colours: one look for all pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen
from matplotlib import colormaps
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.colors import Colormap, Normalize

from neurosim.checks import FloatArray
from neurosim.errors import InvalidTypeError

POINTS_PER_INCH = 72
# Of weights and biases: diverging, blue below 0 and red above, which the colour-blind can tell
# apart, and grey in the middle, so that a weight of 0 is still seen.
SIGNED = "coolwarm"
# Of outputs: as bright as they are large.
GRADED = "viridis"
# Of shares: pale to dark in one hue.
SHARES = "Greens"
# Of classes and curves: those of Okabe and Ito, made for the colour-blind too.
DISTINCT = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#555555")
# Lines that only guide the eye.
FAINT: dict[str, Any] = {"color": "0.8", "linewidth": 0.8, "zorder": 0}


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


@frozen(eq=False)
class Scale:
    """What colours stand for.

    Attributes
    ----------
    cmap : Colormap
    norm : Normalize
    extend : "neither" or "both"
        Whether there is anything beyond the ends, where the colours stay as they are.
    """

    cmap: Colormap
    norm: Normalize
    extend: str = "neither"

    @property
    def largest(self) -> float:
        """The value at the upper end."""
        return float(self.norm.vmax)  # type: ignore[arg-type]

    def colours(self, values: FloatArray) -> FloatArray:
        """Return the colour of each value, (n_values, 4)."""
        return np.asarray(self.cmap(self.norm(values)))


def signed_scale(*values: FloatArray, share: float = 1.0) -> Scale:
    """Return the scale of the colours of weights and biases, centred at 0; NaN counts for none.

    It spans the given share of the values.
    """
    strength = np.abs(np.concatenate([*map(np.ravel, values), [0.0]]))
    largest = float(np.nanmax(strength))
    end = float(np.nanquantile(strength, share, method="higher")) or largest or 1.0
    extend = "both" if largest > end else "neither"
    return Scale(colormaps[SIGNED], Normalize(-end, end), extend)


def colorbar(ax: Axes, scale: Scale, label: str, **settings: Any) -> Colorbar:
    """Draw the scale of the colours beside the axes."""
    settings = {"shrink": 0.7, "aspect": 30, "pad": 0.02, "extend": scale.extend, **settings}
    bar = ax.figure.colorbar(ScalarMappable(scale.norm, scale.cmap), ax=ax, **settings)
    bar.ax.yaxis.set_label_text(label, parse_math=False)
    bar.outline.set_visible(False)
    return bar


def plain(name: str) -> str:
    """Return a name so that a legend writes it as it is, dollars and all."""
    return name.replace("$", r"\$")


def bare(ax: Axes) -> None:
    """Leave out the frame on the sides that have no numbers."""
    ax.spines[["top", "right"]].set_visible(False)
