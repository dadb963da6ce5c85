"""Where other programs' pictures show neurons at first, and in which colours."""

from __future__ import annotations

import numpy as np

from neurosim.checks import FloatArray, IntArray
from neurosim.compiler.ordering import levels
from neurosim.io.parts import Parts
from neurosim.model.columns import NO_LAYER

Colour = tuple[int, int, int]

APART = 150.0  # from column to column
BELOW = 60.0  # from neuron to neuron
SIZE = 30.0
ROLE_COLOURS: tuple[Colour, ...] = ((166, 206, 227), (224, 224, 224), (178, 223, 138))
NEGATIVE: Colour = (59, 76, 192)
POSITIVE: Colour = (180, 4, 38)


def positions(parts: Parts) -> list[tuple[float, float]]:
    """Return x and y of each neuron, from left to right by levels; y grows downwards.

    The neurons of a layer stand in one column, that of its last.
    """
    column = _columns(parts)
    count = np.bincount(column)
    order = np.argsort(column, kind="stable")
    rank = np.empty(len(column), int)
    rank[order] = np.arange(len(column)) - np.repeat(np.cumsum(count) - count, count)
    y = BELOW * (rank - (count[column] - 1) / 2)
    return list(zip((APART * column).tolist(), y.tolist(), strict=True))


def _columns(parts: Parts) -> IntArray:
    order = np.argsort(parts.pre, kind="stable")
    level = levels(len(parts.neurons), parts.pre[order], parts.post[order])
    inside = parts.layer != NO_LAYER
    last = np.zeros(len(parts.layers), level.dtype)
    np.maximum.at(last, parts.layer[inside], level[inside])
    level[inside] = last[parts.layer[inside]]
    return np.unique(level, return_inverse=True)[1]


def colours(parts: Parts) -> list[Colour]:
    """Return the colour of each neuron, by its role."""
    return [ROLE_COLOURS[role] for role in parts.role.tolist()]


def thickness(weight: FloatArray) -> list[float]:
    """Return how thick each synapse is drawn, by the size of its weight."""
    size = np.abs(weight.astype(np.float64))
    largest = size.max(initial=0.0)
    return np.round(0.5 + 3.5 * (size / largest if largest else size), 3).tolist()  # type: ignore[no-any-return]


def weight_colour(weight: float) -> Colour:
    """Return the colour of a synapse: red, or blue where its weight is negative."""
    return NEGATIVE if weight < 0 else POSITIVE


def hexadecimal(colour: Colour) -> str:
    """Return a colour as HTML has it."""
    return "#{:02x}{:02x}{:02x}".format(*colour)
