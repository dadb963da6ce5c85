"""Numbers moved from one order to another, several times as fast as by NumPy's indexing."""

from __future__ import annotations

from neurosim.engines.compiled.jit import compiled


@compiled
def gather(values, order, result):
    """Write ``values[order[i]]`` into ``result[i]``."""
    for i in range(order.shape[0]):
        result[i] = values[order[i]]


@compiled
def scatter(values, order, result):
    """Write ``values[i]`` into ``result[order[i]]``."""
    for i in range(order.shape[0]):
        result[order[i]] = values[i]
