"""Where the neurons of a drawing stand, and which way its synapses run."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from neurosim.checks import FloatArray, IntArray
from neurosim.compiler.ordering import levels
from neurosim.model import Network

CURVE = np.linspace(0.0, 1.0, 33)  # the points of a curved synapse
BOWS = np.array([0, 1, -1, 2, -2, 3, -3, 5, -5, 7, -7]) * 0.14  # how far it may be pulled aside
MANY = 100  # neurons among which wide bows would only take the room
NAME = 0.03  # how much lower a neuron and its name together stand than the neuron
CLEAR = 0.14  # from a neuron on its way: more is not better, and less will do in a crowd


@frozen(eq=False)
class Placement:
    """Neurons in columns, from left to right.

    Attributes
    ----------
    column : (n_neurons,) int array
    count : (n_columns,) int array
        How many neurons stand in each column.
    x, y : (n_neurons,) float arrays
        x is the column, y goes from 0 to 1, the first neuron of a column on top.
    """

    column: IntArray
    count: IntArray
    x: FloatArray
    y: FloatArray
    _order: IntArray
    _bounds: IntArray

    @classmethod
    def of(
        cls, net: Network, pre: IntArray, post: IntArray, *, by_layers: bool = False
    ) -> Placement:
        """Place the neurons of a network whose synapses run from `pre` to `post`."""
        column = _columns(net, pre, post, by_layers=by_layers)
        count = np.bincount(column)
        order = np.argsort(column, kind="stable")
        rank = np.empty(len(column), int)
        rank[order] = np.arange(len(column)) - np.repeat(np.cumsum(count) - count, count)
        bounds = np.concatenate([[0], np.cumsum(count)])
        y = 1 - (rank + 0.5) / count[column]
        return cls(column, count, column.astype(float), y, order, bounds)

    def paths(self, pre: IntArray, post: IntArray) -> list[FloatArray]:
        """Return the points, (n_points, 2), along each synapse.

        Between neighbouring columns they are straight; those that skip columns, stay in one or
        lead back are bowed, so that no neuron on the way hides them.
        """
        ends = np.stack([self._points(pre), self._points(post)], axis=1)
        paths: list[FloatArray] = list(ends)
        span = self.column[post] - self.column[pre]
        for number in np.flatnonzero(span != 1).tolist():
            start, end = ends[number]
            paths[number] = _curve(start, end, (start + end) / 2 + self._pull(start, end))
        return paths

    def _pull(self, start: FloatArray, end: FloatArray) -> tuple[float, float]:
        """Return how to pull the middle of a curve away from the neurons on its way."""
        span = end[0] - start[0]
        if span == 0:
            return 0.4, 0.0
        low, high = sorted((start[0], end[0]))
        first, last = self._bounds[[int(low) + 1, int(high)]]
        if first == last:
            return 0.0, -0.3
        between = self._order[first:last]
        t = (self.x[between] - start[0]) / span
        straight = start[1] + t * (end[1] - start[1])
        bows = BOWS if len(self.x) <= MANY else BOWS[:7]
        heights = straight + bows[:, None] * (2 * t * (1 - t))
        clear = np.abs(heights - (self.y[between] - NAME)).min(axis=1)
        enough = min(CLEAR, 0.4 / self.count[int(low) + 1 : int(high)].max())
        best = np.argmax(np.minimum(clear, enough) - 0.05 * np.abs(bows))
        return 0.0, float(bows[best])

    def _points(self, neurons: IntArray) -> FloatArray:
        return np.column_stack([self.x[neurons], self.y[neurons]])


def _columns(net: Network, pre: IntArray, post: IntArray, *, by_layers: bool) -> IntArray:
    """Return the column of each neuron: the length of the longest path to it, or to its layer.

    Where there is a cycle, only synapses between layers count that run in order of creation.
    """
    unit = _units(net, only_joined=not by_layers)
    counts = np.ones(len(pre), bool) if not by_layers else unit[pre] != unit[post]
    column = _levels(unit, pre[counts], post[counts])
    if column.min(initial=0) < 0:
        unit = _units(net, only_joined=False)
        onward = unit[pre] < unit[post]
        column = _levels(unit, pre[onward], post[onward])
    return np.unique(column, return_inverse=True)[1]


def _units(net: Network, *, only_joined: bool) -> IntArray:
    """Return, per neuron, the first of those that stand in one column with it.

    These are the neurons of a layer, or only of one whose activation joins them, as softmax does.
    """
    first: dict[object, int] = {}
    result = np.arange(len(net.neurons))
    for position, neuron in enumerate(net.neurons):
        if neuron.layer is not None and (neuron._over_layer or not only_joined):
            result[position] = first.setdefault(neuron.layer, position)
    return result


def _levels(unit: IntArray, pre: IntArray, post: IntArray) -> IntArray:
    order = np.argsort(unit[pre], kind="stable")
    return levels(len(unit), unit[pre][order], unit[post][order])[unit]


def _curve(start: FloatArray, end: FloatArray, control: FloatArray) -> FloatArray:
    """Return the points of a quadratic curve, (n_points, 2)."""
    t = CURVE[:, None]
    return (1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end
