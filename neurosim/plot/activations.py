"""Activation functions with their derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from neurosim import activations
from neurosim.activations import Activation
from neurosim.checks import FloatArray, number
from neurosim.errors import InvalidValueError, StructureError
from neurosim.model import Layer, Neuron
from neurosim.plot.canvas import DISTINCT, FAINT, axes, bare

STEPS = 1000  # from the middle to either end: 0 is one of the points


def activation(*of: Any, reach: float = 5.0, ax: Axes | None = None) -> Axes:
    """Draw activation functions over the net input, with their derivatives as dashed lines.

    Parameters
    ----------
    *of : str, Activation, Neuron or Layer
        A neuron or a layer stands for the activation that it has.
    reach : float
        Net inputs go from ``-reach`` to ``reach``.
    ax : Axes, optional
        Where to draw; a new figure otherwise.

    Returns
    -------
    Axes

    Raises
    ------
    StructureError
        For softmax, where an output depends on the net inputs of the whole layer, and for an input
        neuron, which has no activation.

    Examples
    --------
    >>> from neurosim import plot
    >>> ax = plot.activation("sigmoid", "tanh")
    """
    found = list(dict.fromkeys(one for each in of for one in _found(each)))
    if not found:
        raise InvalidValueError("plot.activation needs at least one activation (got none)")
    limit = number(reach, "plot.activation.reach")
    if limit <= 0:
        raise InvalidValueError(f"plot.activation.reach must be > 0 (got {reach!r})")
    net_input = np.arange(-STEPS, STEPS + 1) * (limit / STEPS)
    ax = axes(ax, (5.5, 3.6))
    ax.axhline(0, **FAINT)
    ax.axvline(0, **FAINT)
    for place, one in enumerate(found):
        _curve(ax, one, net_input, DISTINCT[place % len(DISTINCT)])
    ax.set(xlabel="net input", ylabel="output" if len(found) > 1 else str(found[0]))
    ax.legend(frameon=False)
    bare(ax)
    return ax


def _found(of: Any) -> list[Activation]:
    """Return the activations that are meant, each of which is a function of one net input."""
    if not isinstance(of, (Neuron, Layer)):
        return [_of_one(activations.get(of))]
    neurons = [of] if isinstance(of, Neuron) else of
    kinds = [neuron.activation for neuron in neurons if neuron.activation is not None]
    if not kinds:
        raise StructureError(f"{of!r} has no activation to draw: it emits its column of X")
    return [_of_one(kind) for kind in kinds]


def _of_one(kind: Activation) -> Activation:
    if kind.over_layer:
        raise StructureError(
            f"{kind} cannot be drawn as a curve: an output depends on the net inputs of the whole "
            "layer"
        )
    return kind


def _curve(ax: Axes, one: Activation, net_input: FloatArray, colour: str) -> None:
    ax.plot(net_input, one(net_input), color=colour, linewidth=1.8, label=str(one))
    if one.is_differentiable:
        slope = one.derivative(net_input)
        ax.plot(net_input, slope, "--", color=colour, linewidth=1.4, label=f"{one}′")
