"""What one pass through a network holds: a row per neuron, a column per example."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import define, field

from neurosim.checks import FloatArray
from neurosim.memory import require_memory

if TYPE_CHECKING:
    from neurosim.engines import Engine

# Where only the outputs are wanted, examples are pushed through in pieces of this many values.
PIECE = 1 << 22


@define(eq=False)
class State:
    """The arrays of one pass, in the plan's order of rows.

    Attributes
    ----------
    net_input, output : (n_neurons, n_examples) arrays
        Written by the forward pass. An input neuron passes its column of X through as both.
    delta : (n_neurons, n_examples) array
        ∂E/∂net_input, written by the backward pass.
    mask : (n_neurons, n_examples) array or None
        What each output is multiplied by on its way to other neurons, if not by 1. Where it is 0
        the neuron is left out: it hands on 0 and its delta is 0, whatever its output is.
    scratch : dict
        Buffers that an engine keeps from one pass to the next of the same size.
    """

    net_input: FloatArray
    output: FloatArray
    delta: FloatArray
    mask: FloatArray | None = None
    scratch: dict[str, FloatArray] = field(factory=dict, repr=False)

    @classmethod
    def empty(cls, n_neurons: int, n_examples: int, dtype: np.dtype[Any]) -> State:
        """Return a state with room for a pass over `n_examples`."""
        shape = _shape(n_neurons, n_examples, dtype, 3)
        return cls(np.empty(shape, dtype), np.empty(shape, dtype), np.empty(shape, dtype))

    @classmethod
    def forward(cls, n_neurons: int, n_examples: int, dtype: np.dtype[Any]) -> State:
        """Return a state for a forward pass only, without room for deltas."""
        shape = _shape(n_neurons, n_examples, dtype, 2)
        return cls(np.empty(shape, dtype), np.empty(shape, dtype), np.empty((0, 0), dtype))

    @property
    def n_examples(self) -> int:
        """The number of examples."""
        count: int = self.output.shape[1]
        return count

    @property
    def emitted(self) -> FloatArray:
        """What other neurons hear, (n_neurons, n_examples): the outputs, as far as they pass."""
        return self.output if self.mask is None else self.buffer("emitted", self.output.shape)

    def emit(self, rows: Any) -> None:
        """Hand on the outputs of some rows, which are known by now."""
        if self.mask is not None:
            self.emitted[rows] = self.passed(self.output[rows], rows)

    def passed(self, values: FloatArray, rows: Any) -> FloatArray:
        """Return values of some rows times their masks; 0 where a neuron is left out."""
        if self.mask is None:
            return values
        mask = self.mask[rows]
        with np.errstate(all="ignore"):
            product: FloatArray = np.where(mask == 0, 0, values * mask)
        return product

    def kept(self, values: FloatArray, rows: Any) -> FloatArray:
        """Return values of some rows as they are; 0 where a neuron is left out."""
        if self.mask is None:
            return values
        result: FloatArray = np.where(self.mask[rows] == 0, 0, values)
        return result

    def buffer(self, name: str, shape: tuple[int, ...]) -> FloatArray:
        """Return scratch space of `shape`; its contents are whatever was left there."""
        size: int = prod(shape)
        held = self.scratch.get(name)
        if held is None or held.size < size:
            held = self.scratch[name] = np.empty(size, self.output.dtype)
        part: FloatArray = held[:size].reshape(shape)
        return part


def _shape(n_neurons: int, n_examples: int, dtype: np.dtype[Any], copies: int) -> tuple[int, int]:
    """Return the shape of the arrays of a state, if there is room for so many of them."""
    require_memory(
        copies * n_neurons * n_examples * dtype.itemsize,
        f"a pass of {n_examples:,} examples through {n_neurons:,} neurons",
        "pass fewer examples at once",
    )
    return n_neurons, n_examples


def outputs_by_states(engine: Engine, parameters: FloatArray, X: FloatArray) -> FloatArray:
    """Return the outputs, (n_examples, n_outputs), by forward passes over pieces of `X`."""
    plan = engine.plan
    result = np.empty((len(X), plan.n_outputs), X.dtype)
    step = max(1, min(len(X), PIECE // max(1, plan.n_neurons)))
    state = State.forward(plan.n_neurons, step, X.dtype)
    for start in range(0, len(X), step):
        part = X[start : start + step]
        if len(part) != state.n_examples:
            state = State.forward(plan.n_neurons, len(part), X.dtype)
        engine.forward(parameters, part, state)
        result[start : start + step] = state.output[plan.output_rows].T
    return result
