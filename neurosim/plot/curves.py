"""Curves over the epochs of a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from neurosim.errors import InvalidTypeError
from neurosim.plot.canvas import axes

DECADES = 100  # a cost that falls further than this is read on a logarithmic axis
FEW = 2  # epochs that a line alone would hardly show


def training_curve(history: Mapping[str, Sequence[float]], *, ax: Axes | None = None) -> Axes:
    """Draw cost or errors over the epochs, of training and, where there is one, of validation.

    The vertical axis is logarithmic where the values span more than two decades.

    Parameters
    ----------
    history : History
        From `train`; epoch k stands at k, as in ``history["cost"][k]``.
    ax : Axes, optional
        Where to draw; a new figure otherwise.

    Returns
    -------
    Axes
    """
    if not isinstance(history, Mapping):
        raise InvalidTypeError(f"training_curve draws a History (got {history!r})")
    ax = axes(ax, (5.5, 3.6))
    for name, values in history.items():
        kind = "validation" if name.startswith("val_") else "training"
        marker = "o" if len(values) <= FEW else ""
        ax.plot(np.arange(len(values)), values, label=kind, linewidth=1.6, marker=marker)
    measured = dict.fromkeys(name.removeprefix("val_") for name in history)
    ax.set(xlabel="epoch", ylabel=", ".join(measured))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    if "errors" in measured:
        ax.yaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    drawn = [value for values in history.values() for value in values]
    if not drawn:
        ax.set(xticks=[], yticks=[])
    elif min(drawn) > 0 and max(drawn) / min(drawn) > DECADES:
        ax.set_yscale("log")
    if len(history) > 1:
        ax.legend(frameon=False)
    ax.grid(alpha=0.3)
    ax.spines[["top", "right"]].set_visible(False)
    return ax
