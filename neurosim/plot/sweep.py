"""Examples that go through the values of one or two inputs, in the units of the data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from attrs import frozen

from neurosim.checks import FloatArray, number, real_array
from neurosim.door import Door
from neurosim.errors import InvalidValueError, UnknownNameError
from neurosim.model import Network, Neuron
from neurosim.plot.given import neurons_of

STEPS = {1: 401, 2: 161}  # values of each input, when there are so many to go through
REACH = 1.5  # how far around 0 a network is looked at, in its own units
MARGIN = 0.08  # around the examples, of their range
BATCH = 2048  # examples at a time: large networks have many neurons to remember them all


@frozen(eq=False)
class Sweep:
    """The values of one or two inputs, and examples with each of them or each pair.

    Attributes
    ----------
    inputs : list of Neuron
    values : list of (n_values,) float array
        One for each of the inputs.
    examples : (n_examples, n_network_inputs) float array
        The first input changes fastest.
    """

    inputs: list[Neuron]
    values: list[FloatArray]
    examples: FloatArray

    @property
    def shape(self) -> tuple[int, ...]:
        """Of what comes out, as a picture: the second input by rows, the first by columns."""
        return tuple(len(values) for values in reversed(self.values))

    def run(self, door: Door, function: Callable[[FloatArray], FloatArray]) -> FloatArray:
        """Return what a function makes of the examples, as the network takes them."""
        examples = door.inputs(self.examples)
        starts = range(0, len(examples), BATCH)
        return np.concatenate([function(examples[start : start + BATCH]) for start in starts])


def sweep(
    door: Door, inputs: Any, *, counts: str, at: Any, limits: Any, X: Any, where: str
) -> Sweep:
    """Go through the values of some inputs of a network, all others standing still.

    Parameters
    ----------
    door : Door
        Of the network, in the units that the values are in.
    inputs : Neuron, name, list of these, or None
        All inputs of the network by default.
    counts : "two" or "one or two"
        How many inputs there may be.
    at : dict of {name: value}, (n_inputs,) array_like, or None
        Where the other inputs stand: at their means in X by default, or where the network takes
        them as 0.
    limits : (low, high), or one such pair for each of the inputs, or None
        By default from the smallest to the largest value in X and a little more, or from −1.5 to
        1.5 as the network takes them.
    X : (n_examples, n_inputs) array or None
    where : str
        What messages call the picture.
    """
    net = door.network
    chosen = _chosen(net, inputs, counts, where)
    places = [net.inputs.index(neuron) for neuron in chosen]
    values = [
        np.linspace(low, high, STEPS[len(chosen)])
        for low, high in _limits(door, places, limits, X, f"{where}.limits")
    ]
    grids = np.meshgrid(*values)
    examples = np.tile(_still(door, at, X, f"{where}.at"), (grids[0].size, 1))
    for place, grid in zip(places, grids, strict=True):
        examples[:, place] = grid.ravel()
    return Sweep(chosen, values, examples)


def _chosen(net: Network, inputs: Any, counts: str, where: str) -> list[Neuron]:
    """Return the input neurons that are meant, as many as there may be."""
    chosen = list(net.inputs) if inputs is None else neurons_of(net, inputs, f"{where}.inputs")
    for neuron in chosen:
        if neuron.role != "input":
            raise InvalidValueError(f"{where}.inputs must be input neurons (got {neuron!r})")
    if len(chosen) not in ((2,) if counts == "two" else (1, 2)):
        hint = "; choose by inputs=" if inputs is None and len(chosen) > 2 else ""
        raise InvalidValueError(
            f"{where} goes through the values of {counts} input neurons (got {len(chosen)}{hint})"
        )
    return chosen


def _limits(door: Door, places: list[int], limits: Any, X: Any, where: str) -> FloatArray:
    """Return the lowest and the highest value of each of the inputs, (n_inputs, 2)."""
    if limits is None:
        return (_own_limits(door) if X is None else _around(X))[places]
    ends = real_array(limits, float, where)
    if ends.shape == (2,):
        ends = np.tile(ends, (len(places), 1))
    if ends.shape != (len(places), 2) or (ends[:, 0] >= ends[:, 1]).any():
        raise InvalidValueError(
            f"{where} must be (low, high), or such a pair for each input, with low < high "
            f"(got {limits!r})"
        )
    return ends


def _own_limits(door: Door) -> FloatArray:
    """Return values from −1.5 to 1.5 as the network takes them, in the units of the door."""
    ends = np.tile([[-REACH], [REACH]], (1, len(door.network.inputs)))
    if door.input_scaler is not None:
        ends = door.input_scaler.inverse(ends)
    return ends.T


def _around(X: FloatArray) -> FloatArray:
    low, high = X.min(axis=0), X.max(axis=0)
    margin = np.where(high > low, MARGIN * (high - low), 0.5)
    return np.column_stack([low - margin, high + margin])


def _still(door: Door, at: Any, X: Any, where: str) -> FloatArray:
    """Return the values of all inputs, (n_inputs,), for those that stand still."""
    net = door.network
    middle = np.zeros(len(net.inputs)) if X is None else X.mean(axis=0, dtype=float)
    if X is None and door.input_scaler is not None:
        middle = door.input_scaler.inverse(middle[None])[0]
    if isinstance(at, Mapping):
        names = [neuron.name for neuron in net.inputs]
        for name, value in at.items():
            if str(name) not in names:
                raise UnknownNameError(f"{where} names no input neuron {str(name)!r}")
            middle[names.index(str(name))] = number(value, f"{where}[{str(name)!r}]")
        return middle
    if at is None:
        return middle
    values = real_array(at, float, where)
    if values.shape != middle.shape:
        raise InvalidValueError(
            f"{where} must hold a value for each of {len(middle)} input neurons "
            f"(got shape {values.shape})"
        )
    return values
