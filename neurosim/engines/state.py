"""What one pass through a network holds: a row per neuron, a column per example."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from attrs import define, field

from neurosim.checks import FloatArray


@define(eq=False)
class State:
    """The arrays of one pass, in the plan's order of rows.

    Attributes
    ----------
    net_input, output : (n_neurons, n_examples) arrays
        Written by the forward pass. An input neuron passes its column of X through as both.
    delta : (n_neurons, n_examples) array
        ∂E/∂net_input, written by the backward pass.
    scratch : dict
        Buffers that an engine keeps from one pass to the next of the same size.
    """

    net_input: FloatArray
    output: FloatArray
    delta: FloatArray
    scratch: dict[str, FloatArray] = field(factory=dict, repr=False)

    @classmethod
    def empty(cls, n_neurons: int, n_examples: int, dtype: np.dtype[Any]) -> State:
        """Return a state with room for a pass over `n_examples`."""
        shape = (n_neurons, n_examples)
        return cls(np.empty(shape, dtype), np.empty(shape, dtype), np.empty(shape, dtype))

    @property
    def n_examples(self) -> int:
        """The number of examples."""
        count: int = self.output.shape[1]
        return count

    def buffer(self, name: str, shape: tuple[int, ...]) -> FloatArray:
        """Return scratch space of `shape`; its contents are whatever was left there."""
        size: int = prod(shape)
        held = self.scratch.get(name)
        if held is None or held.size < size:
            held = self.scratch[name] = np.empty(size, self.output.dtype)
        part: FloatArray = held[:size].reshape(shape)
        return part
