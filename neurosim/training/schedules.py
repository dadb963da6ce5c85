"""Schedules: numbers of a rule that change while it trains, such as a learning rate.

A schedule is a value: what it gives depends on the step, the epoch and the history alone, so that a
training that is taken up again goes on with the same numbers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from attrs import Attribute, evolve, field, frozen

from neurosim.checks import FloatArray, integer, number, plain
from neurosim.errors import InvalidTypeError, InvalidValueError, UnknownNameError
from neurosim.wording import shown

UNITS = ("epoch", "step")
Numbers = Any  # a float, or an (n,) array of them


@frozen(eq=False)
class Clock:
    """When a step is taken: all that a schedule may go by.

    Attributes
    ----------
    step, epoch : int or (n,) int array
        How many steps were taken, and how many epochs ended, before this one; or before each of n.
    history : mapping of lists
        What was recorded so far.
    """

    step: Any
    epoch: Any
    history: Mapping[str, list[float]]

    def in_units(self, by: str) -> Any:
        """Return the time in epochs or in steps."""
        return self.epoch if by == "epoch" else self.step


def _where(schedule: Any, attribute: Attribute[Any]) -> str:
    return f"{type(schedule).__name__}.{attribute.name}"


def _positive(schedule: Any, attribute: Attribute[float], value: Any) -> None:
    if number(value, _where(schedule, attribute)) <= 0:
        raise InvalidValueError(f"{_where(schedule, attribute)} must be > 0 (got {value!r})")


def _not_negative(schedule: Any, attribute: Attribute[float], value: Any) -> None:
    if number(value, _where(schedule, attribute)) < 0:
        raise InvalidValueError(f"{_where(schedule, attribute)} must be >= 0 (got {value!r})")


def _fraction(schedule: Any, attribute: Attribute[float], value: Any) -> None:
    if not 0 < number(value, _where(schedule, attribute)) < 1:
        raise InvalidValueError(
            f"{_where(schedule, attribute)} must be > 0 and < 1 (got {value!r})"
        )


def _length(schedule: Any, attribute: Attribute[int], value: Any) -> None:
    integer(value, _where(schedule, attribute), minimum=1)


def _count(schedule: Any, attribute: Attribute[int], value: Any) -> None:
    integer(value, _where(schedule, attribute), minimum=0)


def _unit(schedule: Any, attribute: Attribute[str], value: Any) -> None:
    if value not in UNITS:
        raise InvalidValueError(
            f"{_where(schedule, attribute)} must be 'epoch' or 'step' (got {value!r})"
        )


def _text(schedule: Any, attribute: Attribute[str], value: Any) -> None:
    if not isinstance(value, str):
        raise InvalidTypeError(f"{_where(schedule, attribute)} must be a str (got {value!r})")


def _flag(schedule: Any, attribute: Attribute[bool], value: Any) -> None:
    if not isinstance(value, (bool, np.bool_)):
        raise InvalidTypeError(f"{_where(schedule, attribute)} must be a bool (got {value!r})")


def _schedule(schedule: Any, attribute: Attribute[Any], value: Any) -> None:
    if not isinstance(value, Schedule):
        raise InvalidTypeError(f"{_where(schedule, attribute)} must be a schedule (got {value!r})")


def _by(default: str) -> Any:
    return field(default=default, validator=_unit, kw_only=True)


class Schedule(ABC):
    """Base of the schedules.

    One of your own implements `at`, or is a function given to `Custom`. Schedules are multiplied
    with each other and with numbers: ``0.5 * Cosine(0.1, 100)``.
    """

    needs_history = False

    @abstractmethod
    def at(self, clock: Clock) -> Numbers:
        """Return the number for a step, or an array with one for each."""

    def values(self, count: int) -> FloatArray:
        """Return the first so many values, by epoch or by step: to look at, or to plot.

        One that goes by the history has none before there is one.
        """
        times = np.arange(integer(count, "values.count", minimum=0))
        return np.broadcast_to(self.at(Clock(times, times, {})), times.shape).astype(np.float64)

    def __mul__(self, other: Any) -> Product:
        return Product([self, other if isinstance(other, Schedule) else Constant(other)])

    __rmul__ = __mul__


def _power(factor: float, times: Any) -> Numbers:
    """Return a factor to the power of a number, or of each; what is too large is infinite."""
    try:
        with np.errstate(over="ignore", under="ignore"):
            return factor**times
    except OverflowError:
        return np.inf


@frozen
class Constant(Schedule):
    """Always the same number, for sequences and products.

    Examples
    --------
    >>> Constant(0.1).values(3)
    array([0.1, 0.1, 0.1])
    """

    value: float = field(converter=plain, validator=_not_negative)

    def at(self, clock: Clock) -> Numbers:
        """Return the number."""
        return self.value


@frozen
class Step(Schedule):
    """Multiplied by a factor after every so many epochs or steps: ``start · factor^⌊t / every⌋``.

    Examples
    --------
    >>> Step(0.1, every=2, factor=0.5).values(5)
    array([0.1  , 0.1  , 0.05 , 0.05 , 0.025])
    """

    start: float = field(converter=plain, validator=_positive)
    every: int = field(validator=_length)
    factor: float = field(default=0.1, converter=plain, validator=_positive)
    by: str = _by("epoch")

    def at(self, clock: Clock) -> Numbers:
        """Return the number at a time."""
        return self.start * _power(self.factor, clock.in_units(self.by) // self.every)


@frozen
class Exponential(Schedule):
    """Multiplied by a factor after every epoch or step: ``start · factor^t``."""

    start: float = field(converter=plain, validator=_positive)
    factor: float = field(converter=plain, validator=_positive)
    by: str = _by("epoch")

    def at(self, clock: Clock) -> Numbers:
        """Return the number at a time."""
        return self.start * _power(self.factor, clock.in_units(self.by))


@frozen
class Cosine(Schedule):
    """From `start` down to `end` along half a cosine, in `length` epochs or steps, then `end`.

    References
    ----------
    I. Loshchilov and F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2017.

    Examples
    --------
    >>> Cosine(1.0, 4).values(6).round(3)
    array([1.   , 0.854, 0.5  , 0.146, 0.   , 0.   ])
    """

    start: float = field(converter=plain, validator=_positive)
    length: int = field(validator=_length)
    end: float = field(default=0.0, converter=plain, validator=_not_negative)
    by: str = _by("epoch")

    def at(self, clock: Clock) -> Numbers:
        """Return the number at a time."""
        share = np.minimum(clock.in_units(self.by), self.length) / self.length
        return self.end + (self.start - self.end) * (1 + np.cos(np.pi * share)) / 2


@frozen
class WarmUp(Schedule):
    """Rises in a straight line for `length` epochs or steps, then follows another schedule.

    From `share` of what `then` begins with up to that; `then` begins after the rise.

    Examples
    --------
    >>> WarmUp(2, Exponential(1.0, 0.5), share=0.5).values(5)
    array([0.5 , 0.75, 1.  , 0.5 , 0.25])
    """

    length: int = field(validator=_length)
    then: Schedule = field(validator=_schedule)
    share: float = field(default=1 / 3, converter=plain, validator=_not_negative)
    by: str = _by("epoch")

    @property
    def needs_history(self) -> bool:  # type: ignore[override]
        """Whether it goes by the history."""
        return self.then.needs_history

    def at(self, clock: Clock) -> Numbers:
        """Return the number at a time."""
        rise = np.minimum(clock.in_units(self.by), self.length) / self.length
        later = _later(clock, self.length, self.by)
        return (self.share + (1 - self.share) * rise) * self.then.at(later)


def _later(clock: Clock, length: int, by: str) -> Clock:
    """Return a clock that stands still for so long first."""
    return evolve(clock, **{by: np.maximum(clock.in_units(by) - length, 0)})


def _in_tuple(values: Any) -> Any:
    """Return a list as a tuple, and anything else as it is, for the validator to refuse."""
    is_list = isinstance(values, Iterable) and not isinstance(values, (str, bytes, Mapping))
    return tuple(values) if is_list else values


def _require_tuple(schedule: Any, attribute: Attribute[Any], value: Any, of: str) -> None:
    if not isinstance(value, tuple):
        where = _where(schedule, attribute)
        raise InvalidTypeError(f"{where} must be a list of {of} (got {shown(value)})")


def _schedules(schedule: Any, attribute: Attribute[Any], value: Any) -> None:
    _require_tuple(schedule, attribute, value, "schedules")
    if not value:
        where = _where(schedule, attribute)
        raise InvalidValueError(f"{where} must hold a schedule (got {value!r})")
    for each in value:
        _schedule(schedule, attribute, each)


def _milestones(schedule: Any, attribute: Attribute[Any], value: Any) -> None:
    _require_tuple(schedule, attribute, value, "whole numbers")
    for each in value:
        _length(schedule, attribute, each)
    if list(value) != sorted(set(value)) or len(value) != len(schedule.schedules) - 1:
        raise InvalidValueError(
            f"{_where(schedule, attribute)} must rise, and be one fewer than the "
            f"{len(schedule.schedules)} schedules (got {value!r})"
        )


@frozen
class Sequence(Schedule):
    """One schedule after the other: each begins at its milestone, counted from the start.

    Examples
    --------
    >>> Sequence((Constant(1.0), Exponential(0.8, 0.5)), (2,)).values(5)
    array([1. , 1. , 0.8, 0.4, 0.2])
    """

    schedules: tuple[Schedule, ...] = field(converter=_in_tuple, validator=_schedules)
    milestones: tuple[int, ...] = field(converter=_in_tuple, validator=_milestones)
    by: str = _by("epoch")

    @property
    def needs_history(self) -> bool:  # type: ignore[override]
        """Whether one of them goes by the history."""
        return any(each.needs_history for each in self.schedules)

    def at(self, clock: Clock) -> Numbers:
        """Return the number at a time."""
        time, result = np.asarray(clock.in_units(self.by)), self.schedules[0].at(clock)
        for milestone, schedule in zip(self.milestones, self.schedules[1:], strict=True):
            later = schedule.at(_later(clock, milestone, self.by))
            result = np.where(time >= milestone, later, result)
        return result


@frozen
class Product(Schedule):
    """Several schedules multiplied, as ``a * b`` makes it.

    Examples
    --------
    >>> 0.5 * Exponential(1.0, 0.9)
    Product(schedules=(Exponential(start=1.0, factor=0.9, by='epoch'), Constant(value=0.5)))
    """

    schedules: tuple[Schedule, ...] = field(converter=_in_tuple, validator=_schedules)

    @property
    def needs_history(self) -> bool:  # type: ignore[override]
        """Whether one of them goes by the history."""
        return any(each.needs_history for each in self.schedules)

    def at(self, clock: Clock) -> Numbers:
        """Return the number at a time."""
        result = self.schedules[0].at(clock)
        for schedule in self.schedules[1:]:
            result = result * schedule.at(clock)
        return result


def _longer_than_one(schedule: Any, attribute: Attribute[int], value: Any) -> None:
    integer(value, _where(schedule, attribute), minimum=2)


@frozen
class OneCycle(Schedule):
    """Up to a peak along half a cosine and down to nearly 0 along another, in `length` steps.

    Parameters
    ----------
    peak : float
    length : int
        Of the whole training, in steps unless `by` says otherwise.
    rise : float
        The share of it that the way up takes.
    start, end : float
        What it begins and ends with, as a share of the peak.

    References
    ----------
    L. N. Smith and N. Topin, "Super-Convergence: Very Fast Training of Neural Networks Using Large
    Learning Rates", 2018.
    """

    peak: float = field(converter=plain, validator=_positive)
    length: int = field(validator=_longer_than_one)
    rise: float = field(default=0.3, converter=plain, validator=_fraction)
    start: float = field(default=1 / 25, converter=plain, validator=_positive)
    end: float = field(default=1 / 25e4, converter=plain, validator=_not_negative)
    by: str = _by("step")

    def at(self, clock: Clock) -> Numbers:
        """Return the number at a time."""
        time = np.minimum(clock.in_units(self.by), self.length - 1)
        top = self.rise * self.length - 1
        up = _half_cosine(self.start, 1.0, time / top if top > 0 else 1.0)
        down = _half_cosine(1.0, self.end, (time - top) / (self.length - 1 - top))
        return self.peak * np.where(time <= top, up, down)


def _half_cosine(start: float, end: float, share: Any) -> Any:
    return end + (start - end) / 2 * (1 + np.cos(np.pi * share))


@frozen
class OnPlateau(Schedule):
    """Multiplied by a factor whenever a value of the history has not improved for a while.

    Parameters
    ----------
    start : float
    factor : float
    patience : int
        How many epochs without an improvement are put up with.
    watch : str
        The column of the history.
    threshold : float
        By which share of the best so far a value must be lower, to count as an improvement.
    maximize : bool
        Whether higher values are better.
    cooldown : int
        For how many epochs after a cut the patience is not tried.
    least : float
        The number is not made smaller than that.

    Examples
    --------
    >>> schedule = OnPlateau(1.0, factor=0.5, patience=1, watch="cost")
    >>> schedule.at(Clock(0, 4, {"cost": [3.0, 2.0, 2.0, 2.0]}))
    0.5
    """

    needs_history = True

    start: float = field(converter=plain, validator=_positive)
    factor: float = field(default=0.1, converter=plain, validator=_fraction)
    patience: int = field(default=10, validator=_count)
    watch: str = field(default="val_cost", validator=_text, kw_only=True)
    threshold: float = field(default=1e-4, converter=plain, validator=_not_negative, kw_only=True)
    maximize: bool = field(default=False, validator=_flag, kw_only=True)
    cooldown: int = field(default=0, validator=_count, kw_only=True)
    least: float = field(default=0.0, converter=plain, validator=_not_negative, kw_only=True)

    def at(self, clock: Clock) -> Numbers:
        """Return the number after the epochs that the history holds."""
        result, best, waited, cooling = self.start, np.inf, 0, 0
        for value in self._values(clock.history):
            if value < best - self.threshold * abs(best) or best == np.inf:
                best, waited = value, 0
            else:
                waited += 1
            if cooling:
                cooling, waited = cooling - 1, 0
            if waited > self.patience:
                result, waited = max(self.least, result * self.factor), 0
                cooling = self.cooldown
        return result

    def _values(self, history: Mapping[str, list[float]]) -> list[float]:
        if self.watch not in history:
            raise UnknownNameError(
                f"OnPlateau.watch is {self.watch!r}, but the history has only "
                f"{', '.join(history)}; pass validation=, or watch another column"
            )
        values = history[self.watch]
        return [-value for value in values] if self.maximize else values


def _callable(schedule: Any, attribute: Attribute[Any], value: Any) -> None:
    if not callable(value):
        raise InvalidTypeError(f"{_where(schedule, attribute)} must be a function (got {value!r})")


@frozen
class Custom(Schedule):
    """What a function of your own makes of the number of epochs, or of steps, that went before.

    Examples
    --------
    >>> Custom(lambda epoch: 1 / (1 + epoch)).at(Clock(0, 3, {}))
    0.25
    """

    function: Callable[[int], float] = field(validator=_callable)
    by: str = _by("epoch")

    def at(self, clock: Clock) -> Numbers:
        """Return what the function returns, checked."""
        time = clock.in_units(self.by)
        if not np.ndim(time):
            return self._value(int(time))
        known, places = np.unique(time, return_inverse=True)
        return np.array([self._value(int(each)) for each in known])[places]

    def _value(self, time: int) -> float:
        value = number(self.function(time), f"the function of {self!r}, at {self.by} {time},")
        if value < 0:
            raise InvalidValueError(
                f"the function of {self!r}, at {self.by} {time}, must return a number >= 0 "
                f"(got {value!r})"
            )
        return value
