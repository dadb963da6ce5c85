"""What training goes after: the value it records and the error it sends back.

An objective is made of a cost and the output neurons. It alone knows whether the cost has a stable
way from the net inputs (cross-entropy with sigmoid or softmax) and takes it.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from attrs import frozen

from neurosim.activations import Activation
from neurosim.checks import FloatArray
from neurosim.compiler.plan import Plan, Rows, as_rows
from neurosim.costs import Cost
from neurosim.engines import State
from neurosim.errors import InvalidValueError, StructureError

Seeds = tuple[float, FloatArray | None, FloatArray | None]


class Objective(Protocol):
    """What the training loop needs to know of what is minimised.

    It `averages` over the examples of a batch or sums over them, and `weighs` them or counts all
    alike.

    Targets are (n_examples, n_outputs); seeds are (n_outputs, n_examples), as engines take them.
    Weights, (n_examples,), are what the parts of the examples are multiplied by.
    """

    column: str
    averages: bool
    weighs: bool
    number: type[int] | type[float]

    @property
    def cost(self) -> Cost | None:
        """The cost that is minimised; None where something else is counted."""

    def value(self, state: State, targets: FloatArray) -> float:
        """Return the value of a batch that was pushed through."""

    def seeds(
        self, state: State, targets: FloatArray, weights: FloatArray | None = None
    ) -> Seeds:
        """Return the value, ∂E/∂output and ∂E/∂net_input, either of which may be None."""

    def reached(self, value: float) -> bool:
        """Return whether an epoch of this value leaves nothing to learn."""


def output_activations(plan: Plan) -> list[tuple[str, Activation | None]]:
    """Return the names and activations of the output neurons, in the order of the columns."""
    rows = plan.output_index.tolist()
    return [(plan.name_of(row), plan.activation_of(row)) for row in rows]


@frozen(eq=False)
class _Head:
    """Output neurons that are dealt with in one way: their columns, and their rows."""

    columns: Rows
    rows: Rows
    stable: bool


class CostObjective:
    """A cost on the outputs of a network."""

    column = "cost"
    weighs = True
    number: type[int] | type[float] = float

    def __init__(self, plan: Plan, cost: Cost) -> None:
        self.plan, self.cost = plan, cost
        self.averages = cost.reduction == "mean"
        _require_probabilities(plan, cost)
        self.heads = _heads(plan, cost)

    def value(self, state: State, targets: FloatArray) -> float:
        """Return the cost of a batch that was pushed through."""
        return sum(self._value(head, state, targets[:, head.columns]) for head in self.heads)

    def seeds(
        self, state: State, targets: FloatArray, weights: FloatArray | None = None
    ) -> Seeds:
        """Return the cost, ∂E/∂output and ∂E/∂net_input, either of which may be None."""
        parts = [
            self._part(head, state, targets[:, head.columns], weights) for head in self.heads
        ]
        total = sum(value for value, _ in parts)
        return total, self._joined(parts, stable=False), self._joined(parts, stable=True)

    def reached(self, value: float) -> bool:
        """Return False: descent goes on until it is told to stop."""
        return False

    def _value(self, head: _Head, state: State, targets: FloatArray) -> float:
        if head.stable:
            return self.cost.value_from_net_input(state.net_input[head.rows].T, targets)
        return self.cost.value(state.output[head.rows].T, targets)

    def _part(
        self, head: _Head, state: State, targets: FloatArray, weights: FloatArray | None
    ) -> tuple[float, FloatArray]:
        """Return the cost of some output neurons, and ∂E/∂output or ∂E/∂net_input, transposed."""
        outputs = state.output[head.rows].T
        with np.errstate(all="ignore"):
            if head.stable:
                net_input = state.net_input[head.rows].T
                return self.cost.evaluate_net_input(net_input, outputs, targets, weights)
            return self.cost.evaluate(outputs, targets, weights)

    def _joined(self, parts: list[tuple[float, FloatArray]], *, stable: bool) -> FloatArray | None:
        """Return the seeds of all output neurons, (n_outputs, n_examples), 0 where not `stable`."""
        chosen = [
            (head.columns, seed)
            for head, (_, seed) in zip(self.heads, parts, strict=True)
            if head.stable == stable
        ]
        if len(chosen) == len(parts) == 1:
            return chosen[0][1].T
        if not chosen:
            return None
        seeds = np.zeros((self.plan.n_outputs, len(chosen[0][1])), chosen[0][1].dtype)
        for columns, seed in chosen:
            seeds[columns] = seed.T
        return seeds


def _require_probabilities(plan: Plan, cost: Cost) -> None:
    if not cost.needs_probability:
        return
    for name, activation in output_activations(plan):
        fits = activation is not None and activation.is_probability
        if cost.stable_with == "softmax":
            fits = activation == "softmax"
        if not fits:
            wanted = "softmax" if cost.stable_with == "softmax" else "sigmoid or softmax"
            raise StructureError(
                f"{cost!r} needs outputs that are probabilities: output neuron {name!r} must have "
                f"activation {wanted} (it has {activation})"
            )


def _heads(plan: Plan, cost: Cost) -> list[_Head]:
    """Return the output columns split by the way their cost is computed."""
    rows = plan.output_index
    activations = [activation for _, activation in output_activations(plan)]
    stable: list[list[int]] = []
    plain: list[int] = []
    for unit in map(list, plan.output_units):
        if activations[unit[0]] == cost.stable_with:
            stable.append(unit)
        else:
            plain.extend(unit)
    if cost.stable_with != "softmax":
        stable = [[column for unit in stable for column in unit]]
    groups = [(group, True) for group in stable if group] + [(plain, False)] * bool(plain)
    return [
        _Head(as_rows(np.array(group)), as_rows(rows[group]), is_stable)
        for group, is_stable in groups
    ]


class NetInputObjective:
    """A cost on the net inputs of a layer, as the delta rule takes it."""

    column = "cost"
    weighs = True
    number: type[int] | type[float] = float

    def __init__(self, plan: Plan, cost: Cost) -> None:
        self.plan, self.cost = plan, cost
        self.averages = cost.reduction == "mean"

    def value(self, state: State, targets: FloatArray) -> float:
        """Return the cost of a batch that was pushed through."""
        return self.cost.value(state.net_input[self.plan.output_rows].T, targets)

    def seeds(
        self, state: State, targets: FloatArray, weights: FloatArray | None = None
    ) -> Seeds:
        """Return the cost, and ∂E/∂net_input, which is z − t."""
        net_input = state.net_input[self.plan.output_rows].T
        with np.errstate(all="ignore"):
            value, delta = self.cost.evaluate(net_input, targets, weights)
        return value, None, delta.T

    def reached(self, value: float) -> bool:
        """Return False: descent goes on until it is told to stop."""
        return False


class ErrorCount:
    """The number of wrong outputs of threshold or step neurons, as the perceptron rule takes it."""

    column = "errors"
    cost = None
    averages = weighs = False
    number: type[int] | type[float] = int

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def value(self, state: State, targets: FloatArray) -> float:
        """Return the number of outputs that are not their targets."""
        return int(np.count_nonzero(state.output[self.plan.output_rows].T != targets))

    def seeds(
        self, state: State, targets: FloatArray, weights: FloatArray | None = None
    ) -> Seeds:
        """Return the number of errors, and o − t in the place of a delta."""
        return self.value(state, targets), None, state.output[self.plan.output_rows] - targets.T

    def reached(self, value: float) -> bool:
        """Return whether there was no error."""
        return value == 0


def require_binary_targets(plan: Plan, targets: FloatArray, rule: str) -> None:
    """Refuse targets that threshold (−1, +1) or step (0, 1) neurons cannot emit."""
    for column, (name, activation) in enumerate(output_activations(plan)):
        if activation is None or activation.levels is None:
            continue
        low, high = activation.levels
        wrong = np.flatnonzero(~np.isin(targets[:, column], activation.levels))
        if len(wrong):
            raise InvalidValueError(
                f"{rule}: targets of {activation} neuron {name!r} must be {low:g} or "
                f"{high:g} (got {targets[wrong[0], column]:g} in row {wrong[0]})"
            )
