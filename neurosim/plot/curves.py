"""Curves over the epochs of a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from neurosim.errors import InvalidTypeError, UnknownNameError
from neurosim.plot.canvas import DISTINCT, axes, bare

DECADES = 100  # a cost that falls further than this is read on a logarithmic axis
SIZE = 5.5, 3.6  # of a new figure, in inches
FEW = 2  # epochs that a line alone would hardly show


def training_curve(
    history: Mapping[str, Sequence[float]], *measures: str, ax: Axes | None = None
) -> Axes:
    """Draw values over the epochs, of training and, where there is one, of validation.

    The vertical axis is logarithmic where the values span more than two decades.

    Parameters
    ----------
    history : History
        From `train`; epoch k stands at k, as in ``history["cost"][k]``.
    *measures : str
        ``"accuracy"`` draws that column and ``val_accuracy``, as far as there are such; without
        any, the first column, which is the cost or the errors.
    ax : Axes, optional
        Where to draw; a new figure otherwise.

    Returns
    -------
    Axes
    """
    if not isinstance(history, Mapping):
        raise InvalidTypeError(f"training_curve draws a History (got {history!r})")
    drawn = _drawn(history, measures or tuple(history)[:1])
    measured = dict.fromkeys(name.removeprefix("val_") for name in drawn)
    ax = axes(ax, SIZE)
    for number, (name, values) in enumerate(drawn.items()):
        ax.plot(
            np.arange(len(values)),
            values,
            color=DISTINCT[number % len(DISTINCT)],
            label=_label(name, alone=len(measured) == 1),
            linewidth=1.6,
            marker="o" if len(values) <= FEW else "",
        )
    ax.set(xlabel="epoch", ylabel=", ".join(measured))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    if "errors" in measured:
        ax.yaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    points = [value for values in drawn.values() for value in values]
    if not points:
        ax.set(xticks=[], yticks=[])
    elif min(points) > 0 and max(points) / min(points) > DECADES:
        ax.set_yscale("log")
    if len(drawn) > 1:
        ax.legend(frameon=False)
    ax.grid(alpha=0.3)
    bare(ax)
    return ax


def _drawn(
    history: Mapping[str, Sequence[float]], measures: tuple[str, ...]
) -> dict[str, Sequence[float]]:
    """Return the columns of what was measured, that of the validation after that of training."""
    drawn = {}
    for measure in measures:
        names = [name for name in (measure, f"val_{measure}") if name in history]
        if not names:
            raise UnknownNameError(
                f"the history has no column {measure!r}; it has {', '.join(history)}"
            )
        drawn.update({name: history[name] for name in names})
    return drawn


def _label(name: str, *, alone: bool) -> str:
    if not alone:
        return name
    return "validation" if name.startswith("val_") else "training"
