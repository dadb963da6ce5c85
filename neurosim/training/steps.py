"""Epochs, step by step, by an engine's forward and backward passes: any cost, any rule."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from attrs import frozen

from neurosim.checks import FloatArray, plain
from neurosim.engines import State
from neurosim.engines.noise import Noise
from neurosim.errors import FormatError
from neurosim.initializers import Generator
from neurosim.program import Program
from neurosim.training.data import Chunk, Source
from neurosim.training.drawing import PlaceOf, go_to, place_of
from neurosim.training.expected import LARGEST, Expected, Fields, Flag, Number, Whole, counted
from neurosim.training.interrupt import Pauses
from neurosim.training.objective import Objective
from neurosim.training.rules import Memory, Rule
from neurosim.training.schedules import Clock
from neurosim.training.shaping import Shaping, is_bias
from neurosim.training.stream import Stream
from neurosim.training.weighing import total_of

# What a checkpoint says of epochs in code that is written for the network.
SPECIALIZED = "specialized code"
# Batches of a stream may have any number of sizes; arrays have two.
_KEPT_STATES = 4


@frozen(eq=False)
class Outcome:
    """What some epochs came to.

    Attributes
    ----------
    values : list of numbers, or (n_epochs,) array
        The cost of each epoch, or its count of errors. One that is not finite is the last.
    safe : (n_parameters,) array or None
        If the training has diverged, the parameters to go back to.
    unstepped : bool
        Whether it was so before the first step.
    is_over : bool
        Whether there is no step that the rule could take any more.
    """

    values: list[float] | FloatArray
    safe: FloatArray | None = None
    unstepped: bool = False
    is_over: bool = False


@frozen(eq=False)
class Task:
    """What is trained, on what, and how.

    Attributes
    ----------
    shaping : Shaping
        What else happens to a step.
    history : mapping
        What was recorded so far.
    is_watched : bool
        Whether somebody is called after each epoch, who may change the parameters.
    noise : Noise or None
        What is dropped from a step, and how inputs are disturbed.
    stretch : int
        How many epochs are taken with nobody asking for anything in between.
    """

    program: Program
    examples: Source
    rule: Rule
    objective: Objective
    batch_size: int | None
    generator: Generator | None
    shaping: Shaping
    history: Mapping[str, list[float]]
    is_watched: bool = True
    noise: Noise | None = None
    stretch: int = 1

    @property
    def parameters(self) -> FloatArray:
        """The parameters of the network."""
        return self.program.parameters()

    @property
    def n_examples(self) -> int | None:
        """How many there are; of a stream, nobody knows."""
        examples: Any = self.examples
        return None if isinstance(examples, Stream) else len(examples)

    def memory(self) -> Memory:
        """Return what the rule remembers of the free parameters before the first step."""
        clock, free = Clock(0, 0, self.history), self.shaping.free
        memory: Memory = self.rule.at(clock).init(self.parameters[free])
        if "decays" in memory and not getattr(self.rule, "biases", True):
            memory["decays"][is_bias(self.program)[free]] = 0
        return memory

    def expected_memory(self) -> Expected:
        """Return what the rule may remember after some steps."""
        return self.rule.expected(self.memory())


class Steps:
    """Takes the epochs of a task one at a time, and the examples chunk by chunk."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.engine = task.program.runner
        self.parameters = task.parameters
        self.memory = task.memory()
        self.gradient = np.zeros_like(self.parameters)
        self.states: dict[int, State] = {}
        self.start = self.safe = self.parameters.copy()  # of this epoch, and of the one before
        self.taken = self.epochs = 0
        self.number = 0  # of the next step in the epoch that has begun
        self.ahead = 0  # how many of its steps were taken before a training was taken up again
        self.has_begun = False
        self.place: Any = None  # where the generator stood when it began
        self.total: float = 0  # over the examples of this epoch; a count of errors stays an int

    @property
    def called(self) -> str:
        """What a checkpoint calls this way through the epochs."""
        return type(self).__name__

    def advance(self, epochs: int, pauses: Pauses) -> Outcome:
        """Go through the examples once."""
        if not self.has_begun:
            self.begin()
        value = self._epoch(pauses)
        self.epochs, self.has_begun = self.epochs + 1, False
        if not math.isfinite(value):
            return Outcome([value], self.safe, unstepped=self.taken == 1)
        if not np.isfinite(self.parameters).all():
            return Outcome([value], self.start)
        return Outcome([value])

    def _epoch(self, pauses: Pauses) -> float:
        """Go through the examples once; return the value over all batches."""
        task, total_weight = self.task, 0.0
        for chunk in task.examples.chunks(task.batch_size, task.generator):
            total_weight += chunk.total_weight
            self.take(chunk, pauses)
            if not math.isfinite(self.total):
                break
        return self.total / total_weight if task.objective.averages else self.total

    def begin(self) -> None:
        """Begin an epoch."""
        self.safe, self.start = self.start, self.parameters.copy()
        self.has_begun, self.place = True, place_of(self.task.generator)
        self.number = self.ahead = 0
        self.total = 0

    def take(self, chunk: Chunk, pauses: Pauses) -> None:
        """Take a step for each batch of a chunk, as long as the value is a number."""
        averages = self.task.objective.averages
        for X, targets, weights in chunk.batches():
            if self.ahead:
                self.ahead -= 1
                continue
            pauses.check()
            value = self._step(X, targets, weights)
            self.total += value * total_of(weights, len(X)) if averages else value
            if not math.isfinite(self.total):
                return

    def _step(self, X: FloatArray, targets: FloatArray, weights: FloatArray | None) -> float:
        state, noise = self.room(len(X)), self.task.noise
        if noise is not None:
            noise.enter(state, self.taken)
            X = noise.disturbed(X, self.taken)
        self.engine.forward(self.parameters, X, state)
        value, gradient, delta = self.task.objective.seeds(state, targets, weights)
        self.engine.backward(
            self.parameters,
            state,
            self.gradient,
            output_gradient=gradient,
            output_delta=delta,
            inputs=False,
        )
        with np.errstate(all="ignore"):
            self._update()
        self.taken += 1
        self.number += 1
        return value

    def _update(self) -> None:
        """Take the step that the gradient of a batch leads to; what is held is left out of it."""
        task, shaping = self.task, self.task.shaping
        rule = task.rule.at(Clock(self.taken, self.epochs, task.history))
        if shaping.is_plain:
            rule.update(self.parameters, self.gradient, self.memory)
            return
        parameters, gradient = self.parameters[shaping.free], self.gradient[shaping.free]
        before = parameters.copy()
        shaping.before(parameters, gradient)
        rule.update(parameters, gradient, self.memory)
        shaping.after(before, parameters)
        self.parameters[shaping.free] = parameters

    def expected(self, epochs: int) -> Fields:
        """Return what a state may be, after so many epochs that were recorded."""
        parameters = counted(self.parameters)
        return Fields(
            {
                "taken": Whole(epochs),
                "epochs": Whole(epochs, epochs),
                "number": Whole(0, self._most_steps()),
                "has_begun": Flag(),
                "total": Whole() if self.task.objective.number is int else Number(),
                "start": parameters,
                "safe": parameters,
                "memory": self.task.expected_memory(),
                "generator": PlaceOf(self.task.generator),
            }
        )

    def _most_steps(self) -> int:
        """Return how many steps an epoch has, or how many it can have at most."""
        n_examples = self.task.n_examples
        if n_examples is None:
            return LARGEST
        return -(-n_examples // min(self.task.batch_size or n_examples, n_examples))

    def check(self, state: Any, where: str, epochs: int, *, is_done: bool) -> None:
        """Refuse a state that this cannot have been in after so many epochs; touch nothing."""
        self.expected(epochs).check(state, where)
        number = state["number"] if state["has_begun"] else 0
        is_right = number <= state["taken"]
        if self.task.n_examples is not None:
            is_right = state["taken"] == state["epochs"] * self._most_steps() + number
        if not is_right:
            raise FormatError(
                f"{where}.taken must be the number of steps in {state['epochs']} epochs and "
                f"{number} steps (got {state['taken']})"
            )

    def state(self) -> dict[str, Any]:
        """Return all that the rest of the training depends on, beside the parameters."""
        names = ("taken", "epochs", "number", "has_begun", "total", "start", "safe")
        generator = self.place if self.has_begun else place_of(self.task.generator)
        return {
            **{name: plain(getattr(self, name)) for name in names},
            "memory": self.memory,
            "generator": generator,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from there; the network has the parameters of that moment again.

        An epoch that has begun is gone through from its start, without taking its steps again.
        """
        for name in ("taken", "epochs", "number", "has_begun", "total", "start", "safe", "memory"):
            setattr(self, name, state[name])
        self.place, self.ahead = state["generator"], self.number
        go_to(self.task.generator, self.place)

    def room(self, n_examples: int) -> State:
        """Return a state for a pass over so many examples."""
        state = self.states.get(n_examples)
        if state is None:
            if len(self.states) == _KEPT_STATES:
                self.states.pop(next(iter(self.states)))
            n_neurons = self.task.program.plan.n_neurons
            state = State.empty(n_neurons, n_examples, self.parameters.dtype)
            self.states[n_examples] = state
        return state
