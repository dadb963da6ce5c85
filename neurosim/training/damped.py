"""Epochs of one Levenberg–Marquardt step each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from attrs import frozen

from neurosim.checks import FloatArray
from neurosim.engines import State
from neurosim.memory import require_memory
from neurosim.training.expected import Fields, Number
from neurosim.training.interrupt import Pauses
from neurosim.training.jacobian import jacobian_of
from neurosim.training.rules import LevenbergMarquardt
from neurosim.training.steps import Outcome, Task
from neurosim.training.weighing import total_of
from neurosim.training.whole_batch import WholeBatch

# The Jacobian is made for so many numbers at a time, and never kept.
_PIECE = 1 << 22
# The damping gets no smaller; below, nothing would be left of it in a sum.
_LEAST = 1e-20


@frozen(eq=False)
class _Model:
    """The cost around some parameters, as a parabola.

    Attributes
    ----------
    cost : float
    value : float
        The cost and the penalty.
    curvature : (n_free, n_free) float64 array
        JᵀJ, and what the penalty adds to it.
    slope : (n_free,) float64 array
        Jᵀe likewise.
    """

    cost: float
    value: float
    curvature: FloatArray
    slope: FloatArray


class DampedSteps(WholeBatch):
    """Takes the epochs of a task by the Levenberg–Marquardt method.

    All sums are those of a cost that sums: an average would change the cost alone, and the penalty,
    which is multiplied instead.
    """

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        assert isinstance(task.rule, LevenbergMarquardt)
        self.rule = task.rule
        self.damping = self.rule.damping
        self.scale = total_of(self.weights, len(self.X)) if task.objective.averages else 1
        self.l2 = None if task.shaping.l2 is None else self.scale * task.shaping.l2
        n = len(self.task.parameters[self.free])
        require_memory(
            16 * n * n,
            f"LevenbergMarquardt: two matrices of {n:,} × {n:,} numbers",
            "take a rule that needs no such matrix, for example LBFGS or Adam",
        )

    def advance(self, epochs: int, pauses: Pauses) -> Outcome:
        """Take one step that lowers the cost."""
        pauses.check()
        x = self.task.parameters[self.free].astype(np.float64)
        model = self._model(x)
        if not (np.isfinite(model.value) and np.isfinite(model.curvature).all()):
            return self.not_started(model.cost)
        steepness = float(np.abs(model.slope).max(initial=0.0)) / self.scale
        if steepness <= self.rule.tolerance:
            return Outcome([model.cost], is_over=True)
        while self.damping <= self.rule.most:
            pauses.check()
            parameters = self.parameters_at(x + _step(model, self.damping))
            if self._value(parameters) < model.value:
                self.damping = max(self.damping / self.rule.factor, _LEAST)
                self.task.parameters[:] = parameters
                self.epochs += 1
                self.taken += 1
                return Outcome([model.cost])
            self.damping *= self.rule.factor
        return self.given_up(model.cost, steepness)

    def expected(self, epochs: int) -> Fields:
        """Return what a state may be."""
        damping = Number(0.0, np.inf)
        return Fields({**super().expected(epochs).required, "damping": damping})

    def state(self) -> dict[str, Any]:
        """Return all that the rest of the training depends on, beside the parameters."""
        return {**super().state(), "damping": self.damping}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from there; the network has the parameters of that moment again."""
        super().restore(state)
        self.damping = state["damping"]

    def _model(self, x: FloatArray) -> _Model:
        parameters = self.parameters_at(x)
        cost, n = 0.0, len(x)
        curvature, slope = np.zeros((n, n)), np.zeros(n)
        for state, targets, weights in self._passes(parameters):
            cost += self._cost(state, targets, weights)
            error = state.output[self.engine.plan.output_rows].T - targets
            jacobian = jacobian_of(self.engine, parameters, state)[:, :, self.free]
            if weights is not None:
                roots = np.sqrt(weights).astype(error.dtype)
                error, jacobian = error * roots[:, None], jacobian * roots[:, None, None]
            rows = jacobian.reshape(error.size, n).astype(np.float64)
            with np.errstate(all="ignore"):
                curvature += rows.T @ rows
                slope += error.ravel().astype(np.float64) @ rows
        if self.l2 is not None:
            curvature[np.diag_indices(n)] += self.l2
            slope += self.l2 * x
        cost /= self.scale
        return _Model(cost, cost + self._penalty(parameters), curvature, slope)

    def _value(self, parameters: FloatArray) -> float:
        """Return the cost and the penalty at some parameters."""
        cost = sum(self._cost(*each) for each in self._passes(parameters))
        return cost / self.scale + self._penalty(parameters)

    def _penalty(self, parameters: FloatArray) -> float:
        return self.task.shaping.penalty(parameters[self.free])

    def _cost(self, state: State, targets: FloatArray, weights: FloatArray | None) -> float:
        """Return the cost of a piece, summed over its examples."""
        value, _, _ = self.task.objective.seeds(state, targets, weights)
        averages = self.task.objective.averages
        return value * total_of(weights, len(targets)) if averages else value

    def _passes(
        self, parameters: FloatArray
    ) -> Iterator[tuple[State, FloatArray, FloatArray | None]]:
        """Push the examples through, piece by piece."""
        plan = self.engine.plan
        size = max(1, _PIECE // max(1, plan.n_outputs * plan.n_parameters))
        for start in range(0, len(self.X), size):
            X, targets = self.X[start : start + size], self.targets[start : start + size]
            state = self.room(len(X))
            self.engine.forward(parameters, X, state)
            weights = None if self.weights is None else self.weights[start : start + size]
            yield state, targets, weights


def _step(model: _Model, damping: float) -> FloatArray:
    """Return the step with a damping; one that is no number is not accepted by anybody."""
    matrix = model.curvature.copy()
    matrix[np.diag_indices(len(matrix))] += damping
    try:
        step: FloatArray = np.linalg.solve(matrix, -model.slope)
    except np.linalg.LinAlgError:
        return np.full_like(model.slope, np.nan)
    return step
