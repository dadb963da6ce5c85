"""What a notebook shows by itself: pictures as PNG, and none where the text says more."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurosim.model import Network
from neurosim.plot.curves import SIZE, training_curve
from neurosim.plot.drawing import network, size_of

MOST = 250, 2500  # neurons and synapses, of which the picture is there at once and shows each
DPI = 90


def network_png(net: Network) -> bytes | None:
    """Return the drawing of a network; None of one that is empty or large."""
    if not 0 < len(net.neurons) <= MOST[0] or len(net.synapses) > MOST[1]:
        return None
    return _png(size_of(net), lambda ax: network(net, ax=ax))


def history_png(history: Mapping[str, Sequence[float]]) -> bytes | None:
    """Return the training curve; None of a training without an epoch."""
    if not any(len(values) for values in history.values()):
        return None
    return _png(SIZE, lambda ax: training_curve(history, ax=ax))


def _png(size: tuple[float, float], draw: Callable[[Axes], object]) -> bytes | None:
    """Return a picture of its own, of which pyplot knows nothing, or None if it fails.

    A notebook asks for it whenever a cell ends with the object: nothing that is wrong with the
    picture may stand in the way of the text.
    """
    figure, file = Figure(figsize=size, dpi=DPI, layout="constrained"), BytesIO()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of letters that the font does not have, say
            draw(figure.subplots())
            figure.savefig(file, format="png")
    except Exception:
        return None
    return file.getvalue()
