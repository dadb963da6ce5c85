"""Epochs of one step on all examples, by rules that ask for the cost at places of their own."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from attrs import frozen

from neurosim.checks import FloatArray
from neurosim.errors import NeurosimWarning
from neurosim.training.expected import Fields, Whole
from neurosim.training.steps import Outcome, Steps, Task


@frozen(eq=False)
class Point:
    """What the network comes to at some parameters.

    Attributes
    ----------
    x : (n_free,) array
        Those parameters that are trained.
    cost : float
    value : float
        The cost and the penalties.
    gradient : (n_free,) float64 array
        ∂value/∂x.
    """

    x: FloatArray
    cost: float
    value: float
    gradient: FloatArray

    @property
    def is_finite(self) -> bool:
        """Whether one can go on from here."""
        return bool(np.isfinite(self.value) and np.isfinite(self.gradient).all())

    @property
    def steepness(self) -> float:
        """The largest |∂value/∂x|."""
        return float(np.abs(self.gradient).max(initial=0.0))


class WholeBatch(Steps):
    """Base of what takes such epochs."""

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        (chunk,) = task.examples.chunks(None, None)
        ((self.X, self.targets, self.weights),) = chunk.batches()
        self.free = task.shaping.free

    def expected(self, epochs: int) -> Fields:
        """Return what a state may be; the last epoch of all takes no step."""
        found = super().expected(epochs)
        steps = Whole(max(0, epochs - 1), epochs)
        return Fields({**found.required, "epochs": steps, "taken": steps})

    def parameters_at(self, x: FloatArray) -> FloatArray:
        """Return all parameters, given those that are trained."""
        parameters = self.task.parameters.copy()
        with np.errstate(all="ignore"):
            parameters[self.free] = x
        return parameters

    def evaluate(self, x: FloatArray) -> Point:
        """Push all examples through at some parameters, and the error back."""
        task, parameters = self.task, self.parameters_at(x)
        state = self.room(len(self.X))
        self.engine.forward(parameters, self.X, state)
        cost, gradient, delta = task.objective.seeds(state, self.targets, self.weights)
        self.engine.backward(
            parameters,
            state,
            self.gradient,
            output_gradient=gradient,
            output_delta=delta,
            inputs=False,
        )
        free, slope = parameters[self.free], self.gradient[self.free]
        with np.errstate(all="ignore"):
            task.shaping.before(free, slope)
            value = cost + task.shaping.penalty(free)
        return Point(x.copy(), cost, value, slope.astype(np.float64))

    def not_started(self, cost: float) -> Outcome:
        """Return that there is no number to go down from."""
        return Outcome([cost], self.task.parameters.copy(), unstepped=self.taken == 0)

    def given_up(self, cost: float, steepness: float, why: str = "") -> Outcome:
        """Return that no step was found, and warn if the tolerance was not met."""
        rule: Any = self.task.rule
        if rule.tolerance:
            warnings.warn(
                f"{type(rule).__name__} ended in epoch {self.epochs}, since it found no step that "
                f"lowers the cost{why}; the largest |∂E/∂w| is {steepness:.2g}, its tolerance "
                f"{rule.tolerance:g}",
                NeurosimWarning,
                stacklevel=6,
            )
        return Outcome([cost], is_over=True)
