"""Epochs of the perceptron rule with a pocket, which holds the best weights so far."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurosim.checks import BoolArray, IntArray
from neurosim.compiler.plan import Plan
from neurosim.engines.state import PIECE
from neurosim.training.expected import LARGEST, Array, Fields, counted
from neurosim.training.interrupt import Pauses
from neurosim.training.steps import Outcome, Steps, Task

_KEPT = ("parameters", "right", "longest", "run", "counted")


class PocketSteps(Steps):
    """Takes the epochs of a task with weights of its own; the network has those in the pocket.

    Each neuron has a pocket, since what one learns is nothing to the others. Where somebody has
    changed the parameters of the network between two epochs, both start anew from them.
    """

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self.owner = _owners(task.program.plan)
        self.begin_anew()

    def begin_anew(self) -> None:
        """Start with the network's parameters, in the pocket too."""
        self.pocket = self.task.parameters.copy()
        self.parameters = self.pocket.copy()
        self.right = self._right()  # of the weights in the pocket, how many examples
        self.longest: IntArray = np.zeros_like(self.right)  # their run of right answers
        self.run: IntArray = np.zeros_like(self.right)  # that of the weights being learned
        self.counted: BoolArray = np.ones(len(self.right), bool)  # whether those have been tried

    def advance(self, epochs: int, pauses: Pauses) -> Outcome:
        """Go through the examples once; return the errors that the pocket makes on them."""
        if not np.array_equal(self.task.parameters, self.pocket):
            self.begin_anew()
        outcome = super().advance(epochs, pauses)
        if outcome.safe is not None:
            return Outcome(outcome.values, self.pocket.copy(), outcome.unstepped)
        return Outcome([self.n_examples * len(self.right) - int(self.right.sum())])

    def expected(self, epochs: int) -> Fields:
        """Return what a state may be."""
        n_outputs, n_examples = len(self.right), self.n_examples
        run = Array((n_outputs,), np.int64, 0, LARGEST)
        kept = {
            "parameters": counted(self.parameters),
            "right": Array((n_outputs,), np.int64, 0, n_examples),
            "longest": run,
            "run": run,
            "counted": Array((n_outputs,), np.bool_),
        }
        return Fields({**super().expected(epochs).required, **kept})

    def state(self) -> dict[str, Any]:
        """Return all that the rest of the training depends on, beside the parameters."""
        return {**super().state(), **{name: getattr(self, name) for name in _KEPT}}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from there; the network has the parameters of that moment, the pocket, again."""
        super().restore(state)
        self.pocket = self.task.parameters.copy()
        for name in _KEPT:
            setattr(self, name, state[name])

    def _update(self) -> None:
        """Look at the answer to one example; then step as the perceptron rule does."""
        delta = self.room(1).delta[self.engine.plan.output_rows, 0]
        self.run = np.where(delta == 0, self.run + 1, 0)
        self.counted &= delta == 0
        due = (self.run > self.longest) & ~self.counted
        if due.any():
            self._try(due)
        super()._update()

    def _try(self, due: BoolArray) -> None:
        """Put those weights into the pocket that are right about more examples (the ratchet)."""
        right = self._right()
        better = due & (right > self.right)
        self.counted |= due
        self.right[better], self.longest[better] = right[better], self.run[better]
        chosen = better[self.owner]
        self.pocket[chosen] = self.parameters[chosen]
        self.task.parameters[chosen] = self.parameters[chosen]

    def _right(self) -> IntArray:
        """Return about how many of all examples each neuron is right, (n_outputs,)."""
        plan = self.engine.plan
        right = np.zeros(plan.n_outputs, np.int64)
        self.n_examples = 0
        for chunk in self.task.examples.chunks(max(1, PIECE // max(1, plan.n_neurons)), None):
            for X, targets, _ in chunk.batches():
                state = self.room(len(X))
                self.engine.forward(self.parameters, X, state)
                right += (state.output[plan.output_rows].T == targets).sum(axis=0)
                self.n_examples += len(X)
        return right


def _owners(plan: Plan) -> IntArray:
    """Return for each parameter which output neuron it belongs to; there are no others."""
    column = np.zeros(plan.n_neurons, np.int64)
    column[plan.output_rows] = np.arange(plan.n_outputs)
    biases: IntArray = np.arange(plan.n_neurons)[plan.bias_rows]
    return np.concatenate([column[plan.synapse_post], column[biases]])
