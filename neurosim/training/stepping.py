"""Rules as kernels take them: a code, the numbers of each step, and arrays in a way's order.

Imported only where the `numba` engine runs a program.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from neurosim.checks import FloatArray, IntArray
from neurosim.engines.compiled import codes
from neurosim.engines.compiled.shapes import Shape, shape_of
from neurosim.engines.compiled.ways import Way
from neurosim.training.rules import (
    Adagrad,
    Adam,
    AdamW,
    DeltaRule,
    GradientDescent,
    Memory,
    PerceptronRule,
    RMSProp,
    Rprop,
    Rule,
)
from neurosim.training.schedules import Clock
from neurosim.training.shaping import Shaping
from neurosim.training.steps import Task

# The columns of a rule's numbers; each is one for all steps, or an array with one for each.
Columns = list[Any]


def _descent(rule: Any, _: IntArray) -> Columns:
    return [rule.learning_rate]


def _momentum(rule: Any, _: IntArray) -> Columns:
    return [rule.learning_rate, rule.momentum]


def _adagrad(rule: Any, _: IntArray) -> Columns:
    return [rule.learning_rate, rule.epsilon]


def _rmsprop(rule: Any, _: IntArray) -> Columns:
    return [
        rule.learning_rate, rule.decay, 1 - rule.decay, rule.epsilon, rule.momentum,
        float(rule.centered),
    ]  # fmt: skip


def _adam(rule: Any, t: IntArray) -> Columns:
    beta1, beta2 = rule.beta1, rule.beta2
    decay = rule.learning_rate * getattr(rule, "weight_decay", 0.0)
    bias1, bias2 = 1 - np.power(beta1, t), 1 - np.power(beta2, t)
    if not np.ndim(beta1) and not np.ndim(beta2) and bias1[0] == bias2[0] == 1:
        bias1, bias2 = 1.0, 1.0  # from then on all steps have the same numbers
    return [
        rule.learning_rate / bias1, beta1, 1 - beta1, beta2, 1 - beta2, 1 / np.sqrt(bias2),
        rule.epsilon, decay,
    ]  # fmt: skip


def _rprop(rule: Any, _: IntArray) -> Columns:
    return [rule.shrink, rule.grow, rule.least, rule.most]


_KINDS: dict[type[Rule], tuple[int, Callable[[Any, IntArray], Columns]]] = {
    GradientDescent: (codes.DESCENT, _descent),
    DeltaRule: (codes.DESCENT, _descent),
    PerceptronRule: (codes.DESCENT, _descent),
    Adagrad: (codes.ADAGRAD, _adagrad),
    RMSProp: (codes.RMSPROP, _rmsprop),
    Adam: (codes.ADAM, _adam),
    AdamW: (codes.ADAM, _adam),
    Rprop: (codes.RPROP, _rprop),
}


def is_compiled(rule: Rule) -> bool:
    """Return whether kernels know a rule: one of the user's own is Python, not for them."""
    return type(rule) in _KINDS


def code_of(rule: Rule) -> int:
    """Return the number by which kernels know a rule."""
    if isinstance(rule, GradientDescent) and rule.momentum:
        return codes.NESTEROV if rule.nesterov else codes.MOMENTUM
    return _KINDS[type(rule)][0]


class Stepping:
    """The rule of a task, and what else shapes its steps, for the kernel of one way.

    Parameters
    ----------
    task : Task
    way : Way
    memory : Memory
        What the rule remembers of the free parameters so far, in the order of the parameters.

    Notes
    -----
    Kernels have an entry for what is held too, which nobody reads: that never leaves this object.
    """

    def __init__(self, task: Task, way: Way, memory: Memory) -> None:
        self.task, self.way, self.kept = task, way, memory
        self.code, self.columns = code_of(task.rule), _KINDS[type(task.rule)][1]
        if self.code in (codes.MOMENTUM, codes.NESTEROV):
            self.columns = _momentum
        shape, shaping = task.parameters.shape, task.shaping
        of_free = task.parameters[shaping.free].shape
        self.names = [name for name, array in memory.items() if array.shape == of_free]
        rows = [self._in_way(memory[name]) for name in self.names]
        self.memory: FloatArray = np.array(rows, task.parameters.dtype).reshape(len(rows), *shape)
        self.taken = int(memory.get("steps", 0))
        self.is_scheduled = bool(task.rule.schedules())
        first = self._numbers(np.zeros(1, np.int64), 0)
        self.shape = self._shape(shaping, first)
        self.is_constant = not self.is_scheduled and "steps" not in memory

    def _shape(self, shaping: Shaping, numbers: FloatArray) -> Shape:
        way, factors = self.way, shaping.factors
        if factors is None and shaping.holds:
            factors = np.ones_like(self.task.parameters[shaping.free])
        l1, l2, factors = (
            None if array is None else self._in_way(array)
            for array in (shaping.l1, shaping.l2, factors)
        )
        place: IntArray = np.arange(len(self.task.parameters))
        if way.order is not None:
            place = np.empty_like(place)
            place[way.order] = np.arange(len(place))
        place = place[shaping.free]
        return shape_of(
            numbers, self.task.parameters.dtype, way.n_threads, l1=l1, l2=l2, factors=factors,
            clip_value=shaping.clip_value, clip_norm=shaping.clip_norm, max_norm=shaping.max_norm,
            incoming=(shaping.start, place[shaping.slots]),
        )  # fmt: skip

    def _in_way(self, of_free: FloatArray) -> FloatArray:
        """Return numbers of the free parameters in the order of the way, 0 for what is held."""
        return self.way.theta(self.task.shaping.everywhere(of_free))

    def at(self, step: int, epoch: Any, count: int) -> tuple[int, Shape, FloatArray]:
        """Return what a kernel is given of the rule for `count` steps, from number `step` on.

        `epoch` is the number of epochs that ended before each of them, or before all.
        """
        if not self.is_constant:
            numbers = self._numbers(step + np.arange(count), epoch)
            self.shape = (numbers, *self.shape[1:])
        return self.code, self.shape, self.memory

    def _numbers(self, steps: IntArray, epochs: Any) -> FloatArray:
        """Return a row of numbers for each step, or one for all."""
        rule = self.task.rule.at(Clock(steps, epochs, self.task.history))
        columns = self.columns(rule, self.taken + 1 + np.arange(len(steps)))
        n = max((np.size(column) for column in columns if np.ndim(column)), default=1)
        table = np.empty((n, len(columns)), self.task.parameters.dtype)
        for k, column in enumerate(columns):
            table[:, k] = column
        return table

    def took(self, count: int) -> None:
        """Count steps that a kernel has taken."""
        self.taken += count

    def hand_back(self) -> Memory:
        """Return what the rule remembers of the free parameters, in their order."""
        whole, free = np.empty_like(self.task.parameters), self.task.shaping.free
        for row, name in zip(self.memory, self.names, strict=True):
            self.way.put(row, whole)
            self.kept[name][...] = whole[free]
        if "steps" in self.kept:
            self.kept["steps"][...] = self.taken
        return self.kept
