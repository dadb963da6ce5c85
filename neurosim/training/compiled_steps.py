"""Chunks of examples in compiled calls: what comes from a stream, or piece by piece from a file.

Imported only where the `numba` engine runs a program. Epochs of arrays go faster still, several a
call, by `compiled`; here, a call ends with its chunk, and large chunks take several.
"""

from __future__ import annotations

import math
import os
import time
from typing import Any

import numpy as np

from neurosim.checks import FloatArray, IntArray, plain
from neurosim.engines.compiled import NumbaEngine
from neurosim.engines.compiled.engine import read_only
from neurosim.engines.compiled.ways import Way
from neurosim.training.compiled import CALL_SECONDS, kinds_of, numbers_of, weights_of
from neurosim.training.data import Chunk
from neurosim.training.expected import Array, Fields, Maybe, Whole, threads
from neurosim.training.interrupt import Pauses
from neurosim.training.stepping import Stepping, is_compiled
from neurosim.training.steps import Steps, Task


def compiled_steps(task: Task, *, alone: bool = False) -> CompiledSteps | None:
    """Return what takes the chunks of a task in compiled calls, or None if that cannot be.

    With `alone`, one thread takes them.
    """
    engine = task.program.runner
    kinds = kinds_of(task.program.plan, task.objective)
    if not isinstance(engine, NumbaEngine) or kinds is None or not is_compiled(task.rule):
        return None
    return CompiledSteps(task, engine, kinds, alone=alone)


class CompiledSteps(Steps):
    """Takes the steps of each chunk in compiled calls, where that is the way for its batches.

    The way is that for the largest batches so far, so that a shorter last one changes nothing.
    """

    def __init__(self, task: Task, engine: NumbaEngine, kinds: IntArray, *, alone: bool) -> None:
        super().__init__(task)
        self.compiler, self.alone = engine, alone
        addresses = engine.form.addresses
        self.how = (addresses, kinds, np.zeros_like(kinds), numbers_of(task.objective))
        self.rows = np.zeros((1, 1), np.int32)
        self.largest = 0
        self.calls: Calls | None = None
        self.earlier: float = 0  # the value of this epoch before the present way was taken

    def begin(self) -> None:
        """Begin an epoch."""
        super().begin()
        self.earlier = 0
        if self.calls is not None:
            self.calls.sums[:] = 0

    def take(self, chunk: Chunk, pauses: Pauses) -> None:
        """Take a step for each batch of a chunk, as long as the value is a number."""
        if chunk.batch_size > self.largest:
            self._choose(chunk.batch_size)
        if self.calls is None:
            super().take(chunk, pauses)
            return
        order = self._order(chunk)
        rest = len(chunk) % chunk.batch_size
        whole = len(chunk) - rest
        self._run(self.calls, chunk, order[:, : whole + 1], chunk.batch_size, pauses)
        if rest and math.isfinite(self.total):
            self._run(self.calls, chunk, order[:, whole:], rest, pauses)

    def expected(self, epochs: int) -> Fields:
        """Return what a state may be, on any number of threads."""
        found = super().expected(epochs).required
        n_threads = threads(1 if self.calls is None else self.calls.way.n_threads)
        more = {
            "largest": Whole(0, self._largest_possible()),
            "earlier": found["total"],
            "sums": Maybe(Array((n_threads, 1, 1), np.float64)),
        }
        return Fields({**found, **more})

    def _largest_possible(self) -> int:
        """Return how large batches can be: as large as was asked for, or as memory can hold."""
        task, n_neurons = self.task, self.task.program.plan.n_neurons
        most = task.n_examples
        if most is None:
            most = memory_of_machine() // max(1, n_neurons * self.parameters.itemsize)
        return most if task.batch_size is None else min(most, task.batch_size)

    def state(self) -> dict[str, Any]:
        """Return all that the rest of the training depends on, beside the parameters."""
        if self.calls is not None:
            self.memory = self.calls.stepping.hand_back()
        sums = None if self.calls is None else self.calls.sums.copy()
        more = {"largest": self.largest, "earlier": plain(self.earlier), "sums": sums}
        return {**super().state(), **more}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from there; the network has the parameters of that moment again."""
        super().restore(state)
        if state["largest"]:
            self._choose(state["largest"])
        self.earlier = state["earlier"]
        sums = state["sums"]
        if self.calls is not None and sums is not None:
            self.calls.sums[0] = sums.sum(axis=0)
            if len(sums) == len(self.calls.sums):
                self.calls.sums[:] = sums

    def _choose(self, batch: int) -> None:
        """Take the way for batches of so many examples from now on."""
        if self.calls is not None:
            self.memory = self.calls.stepping.hand_back()
        self.largest, self.earlier = batch, self.total
        way = self.compiler.training_way(batch, alone=self.alone)
        self.calls = None if way is None else Calls(way, Stepping(self.task, way, self.memory))

    def _order(self, chunk: Chunk) -> IntArray:
        """Return the rows in the order in which they are taken, (1, n_examples + 1).

        For the one more that is never taken, kernels do not take the end of a chunk for the end of
        an epoch, where they would look at all parameters.
        """
        if chunk.order is not None:
            return np.append(chunk.order, 0).astype(np.int32)[None]
        if len(chunk) >= self.rows.shape[1]:
            self.rows = np.arange(len(chunk) + 1, dtype=np.int32)[None]
        return self.rows[:, : len(chunk) + 1]

    def _run(
        self, calls: Calls, chunk: Chunk, order: IntArray, batch: int, pauses: Pauses
    ) -> None:
        """Take all whole batches of `order`, in calls of about `CALL_SECONDS`."""
        data = (read_only(chunk.X), read_only(chunk.targets), weights_of(chunk.weights))
        examples = (*data, order, batch)
        n_batches = (order.shape[1] - 1) // batch
        number = min(self.ahead, n_batches)
        self.ahead -= number
        while number < n_batches and math.isfinite(self.total):
            pauses.check()
            n_steps = calls.steps_of(n_batches - number)
            stepping = calls.stepping.at(self.taken, self.epochs, n_steps)
            how = (*self.how, *stepping, calls.noise(self.taken))
            calls.run(self.parameters, how, examples, number, n_steps)
            number += n_steps
            self.taken += n_steps
            self.number += n_steps
            self.total = self.earlier + self.task.objective.number(calls.sums.sum())


def memory_of_machine() -> int:
    """Return how many bytes it has, as far as it tells."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 1 << 33


class Calls:
    """A way to take steps, with what its kernel keeps from call to call."""

    def __init__(self, way: Way, stepping: Stepping) -> None:
        self.way, self.stepping = way, stepping
        self.noise = way.noise(stepping.task.noise)
        parameters = stepping.task.parameters
        self.kept = np.empty((2, len(parameters)), parameters.dtype)
        self.gradients = np.zeros((way.n_threads, len(parameters)), parameters.dtype)
        self.sums = np.zeros((way.n_threads, 1, 1))
        self.position = np.zeros((way.n_threads, 4), np.int64)
        self.rate = 0.0  # steps per second; the first call finds out, by a single one

    def steps_of(self, n_left: int) -> int:
        """Return how many of the steps that are left are taken in the next call."""
        return min(max(1, int(self.rate * CALL_SECONDS)), n_left)

    def run(
        self, parameters: FloatArray, how: Any, examples: Any, number: int, n_steps: int
    ) -> None:
        """Take so many of the steps of a chunk, from that `number` on."""
        vectors = self.way.vectors(parameters)
        self.position[:] = (0, number, 0, 0)
        began = time.perf_counter()
        self.way.run(
            vectors, how, examples, self.position, n_steps, self.sums, self.kept, self.gradients
        )
        self.rate = n_steps / (time.perf_counter() - began)
        self.way.show(vectors, parameters)
        self.stepping.took(n_steps)
