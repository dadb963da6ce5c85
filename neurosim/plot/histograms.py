"""How weights and biases are spread."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from neurosim.checks import FloatArray
from neurosim.errors import StructureError
from neurosim.model import Layer, Neuron, SynapseGroup
from neurosim.plot.canvas import axes, bare, signed_scale
from neurosim.plot.given import network_of

BINS = 6, 60  # at least and at most


def weight_histogram(of: Any, *, ax: Axes | None = None) -> Axes:
    """Draw how the weights are spread, in their colours, and the biases as an outline.

    The area of either is 1, since a few biases could not be seen beside many weights.

    Parameters
    ----------
    of : Network, Program, Layer, Neuron or SynapseGroup
        Of a layer or a neuron, the weights are those of the incoming synapses.
    ax : Axes, optional
        Where to draw; a new figure otherwise.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import neurosim as ns
    >>> from neurosim import plot
    >>> net = ns.topologies.layered([20, 10, 2])
    >>> net.initialize(ns.initializers.Normal(), seed=0)
    >>> ax = plot.weight_histogram(net["hidden"])
    """
    weights, biases = _values_of(of)
    if not weights.size + biases.size:
        raise StructureError(f"{of!r} has neither weights nor biases to draw")
    ax = axes(ax, (5.5, 3.6))
    if weights.size:
        _bars(ax, weights, _count(weights, "weight", "s"))
    if biases.size:
        height, edges = _densities(biases)
        ax.stairs(height, edges, color="black", linewidth=1.3, label=_count(biases, "bias", "es"))
    ax.set_title(getattr(of, "name", ""), parse_math=False)
    ax.set(xlabel="value", ylabel="density")
    ax.legend(frameon=False)
    bare(ax)
    return ax


def _values_of(of: Any) -> tuple[FloatArray, FloatArray]:
    """Return the weights and the biases of a network or a part of it."""
    if isinstance(of, SynapseGroup):
        return of.weight.astype(float), np.empty(0)
    if isinstance(of, (Neuron, Layer)):
        neurons = [of] if isinstance(of, Neuron) else list(of)
        weights = np.concatenate([neuron.incoming.weight for neuron in neurons])
        return weights.astype(float), _biases(neurons)
    net = network_of(of, "plot.weight_histogram")
    return net.synapses.weight.astype(float), _biases(net.neurons)


def _biases(neurons: Iterable[Neuron]) -> FloatArray:
    return np.array([one.bias for one in neurons if one.bias is not None], float)


def _densities(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the heights of bins and their edges, one of which is 0: no bar holds both signs."""
    low, high = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
    if high - low < np.finfo(float).tiny:
        low, high = -0.5, 0.5
    count = np.clip(2 * len(values) ** (1 / 3), *BINS)  # the rule of Rice
    step = (high - low) / count
    edges = np.arange(np.floor(low / step), np.ceil(high / step) + 0.5) * step
    edges[0], edges[-1] = min(edges[0], low), max(edges[-1], high)  # for all that is rounded away
    return np.histogram(values, edges, density=True)


def _bars(ax: Axes, weights: FloatArray, label: str) -> None:
    """Draw each bar in the colour that a weight in its middle has."""
    height, edges = _densities(weights)
    shade = signed_scale(edges).colours((edges[1:] + edges[:-1]) / 2)
    ax.stairs(height, edges, color="0.6", linewidth=0.8, label=label)
    ax.bar(edges[:-1], height, np.diff(edges), align="edge", color=shade, zorder=0.9)


def _count(values: FloatArray, what: str, plural: str) -> str:
    return f"{len(values):,} {what}{plural if len(values) != 1 else ''}"
