"""Neurons where a layout of networkx puts them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any

import networkx as nx
import numpy as np
from attrs import frozen

from neurosim.checks import FloatArray, IntArray, real_array
from neurosim.errors import InvalidTypeError, InvalidValueError, UnknownNameError
from neurosim.model import Network, Neuron

COLUMNS = ("levels", "layers")


@frozen(eq=False)
class Scatter:
    """Neurons anywhere on the plane.

    Attributes
    ----------
    x, y : (n_neurons,) float arrays
        From 0 to 1 on the longer side.
    """

    x: FloatArray
    y: FloatArray

    @classmethod
    def of(cls, net: Network, layout: Any) -> Scatter:
        """Place the neurons of a network by a layout: positions, a function or its name."""
        if not isinstance(layout, Mapping):
            layout = _function(layout)(_bare(net))
        place = _positions(net, layout)
        low, span = place.min(axis=0), np.ptp(place, axis=0)
        x, y = ((place - low - span / 2) / (span.max() or 1.0) + 0.5).T
        return cls(x, y)

    def paths(self, pre: IntArray, post: IntArray) -> list[FloatArray]:
        """Return the points, (2, 2), of each synapse, a straight line."""
        points = np.column_stack([self.x, self.y])
        return list(np.stack([points[pre], points[post]], axis=1))


def _function(layout: Any) -> Callable[[nx.Graph], Any]:
    """Return what places the nodes of a graph, the same way every time if it is by name."""
    if callable(layout):
        return layout  # type: ignore[no-any-return]
    if not isinstance(layout, str):
        raise InvalidTypeError(
            f"plot.network.layout must be a name, a function or positions (got {layout!r})"
        )
    function = getattr(nx, f"{layout}_layout", None)
    if function is None:
        raise UnknownNameError(
            f"plot.network.layout must be {' or '.join(map(repr, COLUMNS))}, or a layout of "
            f"networkx such as 'spring' or 'circular' (got {layout!r})"
        )
    settings = {"seed": 0} if "seed" in signature(function).parameters else {}

    def place(graph: nx.Graph) -> Any:
        try:
            return function(graph, **settings)
        except Exception as error:  # not every layout is for every graph, or needs nothing else
            raise InvalidValueError(
                f"plot.network.layout {layout!r} cannot place this network "
                f"({type(error).__name__}: {error}); choose another, such as 'spring'"
            ) from error

    return place


def _bare(net: Network) -> nx.Graph:
    """Return the undirected graph without weights.

    Layouts take weights for lengths or forces, none below 0, and some let go of what no edge
    leaves.
    """
    graph = nx.Graph()
    graph.add_nodes_from(net.graph.nodes(data=True))
    graph.add_edges_from(net.graph.edges())
    return graph


def _positions(net: Network, layout: Any) -> FloatArray:
    """Return where a mapping from neurons or their names puts each, (n_neurons, 2)."""
    if not isinstance(layout, Mapping):
        raise InvalidTypeError(
            f"plot.network.layout must return positions, a dict (got {layout!r})"
        )
    place = real_array(
        [_of(layout, neuron) for neuron in net.neurons], float, "plot.network.layout"
    )
    if place.shape != (len(net.neurons), 2):
        raise InvalidValueError(
            f"plot.network.layout must hold an (x, y) for each neuron (got shape {place.shape[1:]})"
        )
    return place


def _of(layout: Mapping[Any, Any], neuron: Neuron) -> Any:
    if neuron in layout:
        return layout[neuron]
    if neuron.name in layout:
        return layout[neuron.name]
    raise UnknownNameError(f"plot.network.layout has no position of neuron {neuron.name!r}")
