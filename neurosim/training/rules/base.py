"""What all training rules have: how parameters change, given a gradient or an error.

A rule is a value without hidden state. What it remembers from step to step is a dict of arrays
that `init` makes and `update` writes, so that it can be saved with the parameters.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from neurosim.checks import FloatArray, integer, number, plain
from neurosim.costs import Cost
from neurosim.errors import InvalidTypeError, InvalidValueError
from neurosim.training.default_cost import default_cost
from neurosim.training.expected import Anything, Array, Expected, Fields, Like
from neurosim.training.objective import CostObjective, Objective
from neurosim.training.schedules import Clock, Schedule

if TYPE_CHECKING:
    from attrs import Attribute

    from neurosim.compiler.plan import Plan
    from neurosim.program import Program
    from neurosim.training.shaping import Settings

Memory = dict[str, FloatArray]
# Of a field: a float, or a schedule; once that has been asked for it, a float.
Setting = Any


class Rule(ABC):
    """Base of the training rules.

    One of your own implements `update`, and `init` if it remembers anything.

    Examples
    --------
    >>> import numpy as np
    >>> import neurosim as ns
    >>> class SignDescent(ns.Rule):
    ...     def update(self, parameters, gradient, memory):
    ...         parameters -= 0.01 * np.sign(gradient)
    >>> net = ns.topologies.layered([1, 1], activation="identity")
    >>> history = ns.train(net, [[0.0], [1.0]], [1.0, 3.0], rule=SignDescent(), epochs=250)
    >>> round(net.outputs[0].bias, 1), round(net.synapses[0].weight, 1)
    (1.0, 2.0)
    """

    def init(self, parameters: FloatArray) -> Memory:
        """Return what the rule remembers before the first step: arrays by name.

        `parameters` are those that `update` is going to change.
        """
        return {}

    @abstractmethod
    def update(self, parameters: FloatArray, gradient: FloatArray, memory: Memory) -> None:
        """Change `parameters` in place, given ∂E/∂parameters of a batch; keep `memory`.

        All are in the order of ``Network.parameters``, without those that are held (by
        ``learning_rates={...: 0}``); `gradient` may be used as scratch space.
        """

    def expected(self, memory: Memory) -> Expected:
        """Return what the memory may be in a checkpoint, given the one before the first step.

        By default arrays of the same names, shapes and types, with any values, and others besides.
        """
        return Fields({name: Like(array) for name, array in memory.items()}, others=Anything())

    def default_cost(self, plan: Plan, *, labels: bool) -> Cost:
        """Return the cost where none is given: for class labels, or for numbers."""
        return default_cost(plan, labels=labels)

    def objective(self, program: Program, cost: Cost) -> Objective:
        """Return what this rule goes after, having refused what it cannot train."""
        program.check_differentiable(direct=False)
        return CostObjective(program.plan, cost)

    def check_targets(self, program: Program, cost: Cost, targets: FloatArray) -> None:
        """Refuse targets that cannot be reached."""
        if cost.stable_with != "softmax":
            cost.check_targets(targets)
            return
        for columns in program.plan.output_units:  # each softmax layer has classes of its own
            cost.check_targets(targets[:, list(columns)])

    def batch_size(self, asked: int | None) -> int | None:
        """Return the batch size to use when `asked` was asked for; None is the full batch."""
        return asked

    def check_use(  # noqa: B027 - most rules can have all of it
        self, program: Program, settings: Settings, *, streams: bool
    ) -> None:
        """Refuse what else was asked for where the rule cannot have it.

        Parameters
        ----------
        program : Program
        settings : Settings
            What else shapes a step.
        streams : bool
            Whether the examples come batch by batch from an iterable.
        """

    @property
    def can_resume(self) -> bool:
        """Whether `init` and the parameters are all that it goes on from."""
        return True

    def schedules(self) -> dict[str, Schedule]:
        """Return those of its settings that are schedules, by name."""
        kind: Any = type(self)
        if not attrs.has(kind):
            return {}
        values = ((one.name, getattr(self, one.name)) for one in attrs.fields(kind))
        return {name: value for name, value in values if isinstance(value, Schedule)}

    def at(self, clock: Clock) -> Any:
        """Return the rule with the numbers of its schedules at a time in their places."""
        schedules = self.schedules()
        if not schedules:
            return self
        now = copy.copy(self)
        for name, schedule in schedules.items():
            object.__setattr__(now, name, schedule.at(clock))  # may be 0, which nobody may set
        return now


def remembered(memory: Memory, **limits: tuple[float, float]) -> Fields:
    """Return what a memory may be whose arrays are finite, or lie between limits by their names."""
    return Fields(
        {
            name: Array(array.shape, array.dtype, *limits.get(name, ()))
            for name, array in memory.items()
        }
    )


# -- settings ----------------------------------------------------------------------------------

Check = Callable[[Any, "Attribute[Any]", Any], None]


def setting(default: float, check: Check, *, kw_only: bool = True) -> Any:
    """Return a field for a number that may be a schedule."""

    def validate(rule: Any, attribute: Attribute[Any], value: Any) -> None:
        if not isinstance(value, Schedule):
            check(rule, attribute, value)

    return attrs.field(default=default, converter=plain, validator=validate, kw_only=kw_only)


def rate(default: float) -> Any:
    """Return the field of a learning rate."""
    return setting(default, positive, kw_only=False)


def positive(rule: Any, attribute: Attribute[Any], value: Any) -> None:
    """Refuse what is not > 0."""
    where = f"{type(rule).__name__}.{attribute.name}"
    if number(value, where) <= 0:
        raise InvalidValueError(f"{where} must be > 0 (got {value!r})")


def not_negative(rule: Any, attribute: Attribute[Any], value: Any) -> None:
    """Refuse what is below 0."""
    where = f"{type(rule).__name__}.{attribute.name}"
    if number(value, where) < 0:
        raise InvalidValueError(f"{where} must be >= 0 (got {value!r})")


def fraction(rule: Any, attribute: Attribute[Any], value: Any) -> None:
    """Refuse what is not in [0, 1)."""
    where = f"{type(rule).__name__}.{attribute.name}"
    if not 0 <= number(value, where) < 1:
        raise InvalidValueError(f"{where} must be >= 0 and < 1 (got {value!r})")


def above_one(rule: Any, attribute: Attribute[Any], value: Any) -> None:
    """Refuse what is not > 1."""
    where = f"{type(rule).__name__}.{attribute.name}"
    if number(value, where) <= 1:
        raise InvalidValueError(f"{where} must be > 1 (got {value!r})")


def at_least_one(rule: Any, attribute: Attribute[Any], value: Any) -> None:
    """Refuse what is no int of at least 1."""
    integer(value, f"{type(rule).__name__}.{attribute.name}", minimum=1)


def flag(rule: Any, attribute: Attribute[Any], value: Any) -> None:
    """Refuse what is no bool."""
    if not isinstance(value, (bool, np.bool_)):
        raise InvalidTypeError(
            f"{type(rule).__name__}.{attribute.name} must be a bool (got {value!r})"
        )
