"""Epochs in compiled calls: an engine's kernels, a cost and a rule, put together.

Imported only where the `numba` engine runs a program. A call lasts about 50 ms, so that Ctrl-C and
a progress bar get their turn; it may hold thousands of epochs of a small network or a part of one
of a large one.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from neurosim.checks import FloatArray, IntArray
from neurosim.compiler.plan import Plan
from neurosim.costs import (
    AbsoluteError,
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Cost,
    Huber,
    SquaredError,
)
from neurosim.engines.compiled import NumbaEngine, codes
from neurosim.engines.compiled.engine import read_only
from neurosim.engines.compiled.train import COST, REACHED, WHOLE
from neurosim.engines.compiled.ways import WRITTEN, Way
from neurosim.initializers import Generator
from neurosim.training.data import Examples
from neurosim.training.drawing import PlaceOf, go_to, place_of
from neurosim.training.expected import (
    Array,
    Expected,
    Fields,
    Flag,
    Order,
    Same,
    Whole,
    counted,
    threads,
)
from neurosim.training.interrupt import Pauses
from neurosim.training.objective import CostObjective, ErrorCount, NetInputObjective, Objective
from neurosim.training.stepping import Stepping, code_of, is_compiled
from neurosim.training.steps import SPECIALIZED, Outcome, Task

CALL_SECONDS = 0.05
# What the first call is planned by: products per second, less than any machine does.
_SLOW = 1e9
_MOST_EPOCHS = 1 << 17  # in one call

# By the outputs, and by the net inputs where a cost has a stable way to them.
_COSTS: dict[type[Cost], tuple[int, int]] = {
    SquaredError: (codes.SQUARED, codes.SQUARED),
    AbsoluteError: (codes.ABSOLUTE, codes.ABSOLUTE),
    Huber: (codes.HUBER, codes.HUBER),
    BinaryCrossEntropy: (codes.BINARY, codes.BINARY_STABLE),
    CategoricalCrossEntropy: (codes.CATEGORICAL, codes.CATEGORICAL_STABLE),
}


def compiled_epochs(task: Task, *, alone: bool = False) -> CompiledEpochs | None:
    """Return what takes the epochs of arrays in compiled calls, or None if that cannot be.

    A cost or a rule of the user's own is Python, which kernels do not call. With `alone`, one
    thread takes them.
    """
    engine = task.program.runner
    kinds = kinds_of(task.program.plan, task.objective)
    if not isinstance(engine, NumbaEngine) or kinds is None or not is_compiled(task.rule):
        return None
    assert isinstance(task.examples, Examples)
    n_examples = len(task.examples)
    batch = min(task.batch_size or n_examples, n_examples)
    way = None
    if task.noise is None and task.shaping.is_bare and task.examples.counted.weights is None:
        way = engine.written_way(
            code_of(task.rule), kinds, batch, n_examples, task.stretch, task.shaping.held
        )
    way = way or engine.training_way(batch, alone=alone)
    return None if way is None else CompiledEpochs(task, way, kinds, engine.form.addresses)


def kinds_of(plan: Plan, objective: Objective) -> IntArray | None:
    """Return what each output neuron is asked for, as kernels know it."""
    if isinstance(objective, ErrorCount):
        return np.full(plan.n_outputs, codes.ERRORS, np.int32)
    if isinstance(objective, NetInputObjective) and type(objective.cost) is SquaredError:
        return np.full(plan.n_outputs, codes.NET_INPUT, np.int32)
    if not isinstance(objective, CostObjective) or type(objective.cost) not in _COSTS:
        return None
    by_output, by_net_input = _COSTS[type(objective.cost)]
    kinds = np.empty(plan.n_outputs, np.int32)
    for head in objective.heads:
        kinds[head.columns] = by_net_input if head.stable else by_output
    return kinds


class CompiledEpochs:
    """Takes the epochs of a task in compiled calls."""

    def __init__(self, task: Task, way: Way, kinds: IntArray, addresses: IntArray) -> None:
        self.task, self.way = task, way
        assert isinstance(task.examples, Examples)
        self.examples = task.examples
        n_examples = len(self.examples)
        self.batch = min(task.batch_size or n_examples, n_examples)
        self.n_batches = -(-n_examples // self.batch)
        self.n_threads = way.n_threads
        self.draw = _Order(
            task.generator if self.n_batches > 1 else None, n_examples, self.examples.counted.rows
        )
        self.vectors = way.vectors(task.parameters)
        theta = self.vectors[0]
        self.kept = np.stack([theta, theta])
        self.gradients = np.zeros((self.n_threads, len(theta)), theta.dtype)
        self.how = (addresses, kinds, np.zeros_like(kinds), numbers_of(task.objective))
        X, targets = read_only(self.examples.X), read_only(self.examples.targets)
        self.data = X, targets, weights_of(self.examples.counted.weights)
        (chunk,) = self.examples.chunks(None, None)
        self.total_weight = chunk.total_weight
        self.noise = way.noise(task.noise)
        self.stepping = Stepping(task, way, task.memory())
        self.rate = _SLOW / max(1, len(theta) * self.batch)  # steps per second
        self.begun = np.zeros((self.n_threads, 1))  # the cost so far of the epoch that has begun
        self.epochs = 0  # that have ended
        self.number = 0  # of the next step in the epoch that has begun
        self.side = 0  # which of `kept` holds the parameters it began with
        self.is_first = True  # whether that is the first epoch of all

    @property
    def called(self) -> str:
        """What a checkpoint calls this way through the epochs."""
        way = self.way.choice.way
        return f"{type(self).__name__} ({SPECIALIZED if way == WRITTEN else way})"

    def advance(self, epochs: int, pauses: Pauses) -> Outcome:
        """Go through the examples up to `epochs` times, at least once, for about 50 ms."""
        if self.task.is_watched:  # somebody may have changed them since the last call
            self.vectors = self.way.vectors(self.task.parameters)
            if not self.number:
                self.kept[self.side] = self.vectors[0]
        while True:
            pauses.check()
            outcome = self._call(epochs)
            if outcome is not None:
                return outcome

    def _call(self, epochs: int) -> Outcome | None:
        """Take some steps; return what the epochs that they ended came to, if they ended any."""
        most = min(epochs, _MOST_EPOCHS) * self.n_batches - self.number
        n_steps = min(max(1, int(self.rate * CALL_SECONDS)), most)
        n_epochs = -(-(self.number + n_steps) // self.n_batches)
        sums = np.zeros((self.n_threads, n_epochs, 1))
        sums[:, 0] = self.begun
        position = np.tile(np.array([0, self.number, self.side, 0]), (self.n_threads, 1))
        order = self.draw.epochs(n_epochs, begun=self.number > 0)
        began = time.perf_counter()
        ended = self._run(order, position, n_steps, sums)
        self.rate = n_steps / (time.perf_counter() - began)
        self.stepping.took(n_steps)
        done, self.number, self.side, _ = position[0].tolist()
        self.epochs += done
        self.way.show(self.vectors, self.task.parameters)
        values = self._values(sums)
        if ended == WHOLE and done < n_epochs:
            self.begun = sums[:, done]
            if not np.isfinite(values[done]):
                ended = COST
        if ended == WHOLE:
            self.number = 0 if done == n_epochs else self.number
            self.begun = np.zeros_like(self.begun) if done == n_epochs else self.begun
            self.is_first = self.is_first and not done
            return Outcome(values[:done]) if done else None
        self.draw.put_back(done + 1)
        return self._ended(ended, values[: done + 1], order)

    def _run(self, order: IntArray, position: IntArray, n_steps: int, sums: FloatArray) -> int:
        step = self.epochs * self.n_batches + int(position[0, 1])
        epoch: Any = self.epochs
        if n_steps > 1 and self.stepping.is_scheduled:
            epoch = (step + np.arange(n_steps)) // self.n_batches
        how = (*self.how, *self.stepping.at(step, epoch, n_steps), self.noise(step))
        return self.way.run(
            self.vectors, how, (*self.data, order, self.batch), position, n_steps, sums, self.kept,
            self.gradients,
        )  # fmt: skip

    def _values(self, sums: FloatArray) -> FloatArray:
        """Return the value of each epoch from the sums over its examples."""
        objective = self.task.objective
        total: FloatArray = sums.sum(axis=(0, 2))
        if objective.averages:
            total /= self.total_weight
        elif objective.number is int:
            total = total.astype(np.int64)
        return total

    def _ended(self, ended: int, values: FloatArray, order: IntArray) -> Outcome:
        if ended == REACHED:
            return Outcome(values)
        # The side was turned at the end of the epoch, unless its cost was already no number.
        start = self.kept[1 - self.side]
        safe = self._in_order(start)
        first = self.is_first and len(values) == 1 and ended == COST
        return Outcome(values, safe, unstepped=first and not self._starts_well(start, order))

    def _starts_well(self, start: FloatArray, order: IntArray) -> bool:
        """Return whether the cost of the first batch, before its step, is a number."""
        self.vectors = self.way.vectors(self._in_order(start))
        sums = np.zeros((self.n_threads, 1, 1))
        self._run(order, np.zeros((self.n_threads, 4), np.int64), 1, sums)
        return bool(np.isfinite(sums).all())

    def expected(self, epochs: int, *, is_done: bool) -> Fields:
        """Return what a state may be after so many epochs, on any number of threads.

        An epoch with which all is done is not counted, and has no next step.
        """
        parameters = counted(self.task.parameters)
        return Fields(
            {
                "epochs": Whole(max(0, epochs - is_done), epochs),
                "number": Whole(0, self.n_batches - (not is_done)),
                "is_first": Flag(),
                "begun": Array((threads(self.n_threads), 1), np.float64),
                "start": parameters,
                "safe": parameters,
                "memory": self.task.expected_memory(),
                "order": self.draw.expected(),
                "generator": PlaceOf(self.draw.generator),
            }
        )

    def check(self, state: Any, where: str, epochs: int, *, is_done: bool) -> None:
        """Refuse a state that this cannot have been in after so many epochs; touch nothing."""
        self.expected(epochs, is_done=is_done).check(state, where)

    def state(self) -> dict[str, Any]:
        """Return all that the rest of the training depends on, beside the parameters."""
        return {
            "epochs": self.epochs,
            "number": self.number,
            "is_first": self.is_first,
            "begun": self.begun.copy(),
            "start": self._in_order(self.kept[self.side]),
            "safe": self._in_order(self.kept[1 - self.side]),
            "memory": self.stepping.hand_back(),
            "order": self.draw.rows[-1],
            "generator": place_of(self.draw.generator),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from there; the network has the parameters of that moment again."""
        self.epochs, self.number, self.is_first = (
            state[name] for name in ("epochs", "number", "is_first")
        )
        self.begun[0] = state["begun"].sum(axis=0)
        if len(state["begun"]) == self.n_threads:
            self.begun[:] = state["begun"]
        self.side = 0
        self.kept[0] = self.way.theta(state["start"])
        self.kept[1] = self.way.theta(state["safe"])
        self.vectors = self.way.vectors(self.task.parameters)
        self.stepping = Stepping(self.task, self.way, state["memory"])
        self.draw.rows = state["order"][None]
        go_to(self.draw.generator, state["generator"])

    def _in_order(self, theta: FloatArray) -> FloatArray:
        """Return numbers of a way's order in that of the parameters."""
        result = np.empty_like(theta)
        self.way.put(theta, result)
        return result


class _Order:
    """In which order the epochs take the examples that count, `rows`, or all."""

    def __init__(
        self, generator: Generator | None, n_examples: int, rows: IntArray | None
    ) -> None:
        self.generator = generator
        self.n_examples = n_examples
        self.counted = rows
        first: IntArray = np.arange(n_examples) if rows is None else rows
        self.rows = first.astype(np.int32)[None]
        self.before: Any = None
        self.drawn = 0

    def expected(self) -> Expected:
        """Return what an order may be: there is but one where nothing is drawn."""
        return Same(self.rows[-1]) if self.generator is None else Order(self.rows[-1])

    def epochs(self, count: int, *, begun: bool) -> IntArray:
        """Return the examples of each of `count` epochs; the first may have `begun` already."""
        if self.generator is None:
            return self.rows
        self.before = place_of(self.generator)
        held = self.rows[-1:] if begun else self.rows[:0]
        self.drawn = count - len(held)
        fresh = [self._drawn(self.generator) for _ in range(self.drawn)]
        self.rows = np.array([*held, *fresh], np.int32)
        return self.rows

    def _drawn(self, generator: Generator) -> IntArray:
        places: IntArray = generator.permutation(self.n_examples)
        return places if self.counted is None else self.counted[places]

    def put_back(self, used: int) -> None:
        """Leave the generator as if only `used` of the last epochs had been drawn."""
        if self.generator is None or used >= len(self.rows):
            return
        go_to(self.generator, self.before)
        for _ in range(used - (len(self.rows) - self.drawn)):
            self.generator.permutation(self.n_examples)


def weights_of(weights: FloatArray | None) -> FloatArray:
    """Return weights as kernels take them: none, if all are 1."""
    return read_only(np.zeros(0) if weights is None else weights)


def numbers_of(objective: Objective) -> FloatArray:
    """Return what kernels need of a cost: a threshold, and whether each batch is averaged."""
    cost = getattr(objective, "cost", None)
    return np.array([getattr(cost, "threshold", 0.0), float(objective.averages)])
