"""What the state of a training may be: checked in one place, before anything is touched.

Whatever has a ``state()`` says beside it what it expects to get back, as a tree of these. A
checkpoint is read as arrays, numbers and text that may be anybody's; what has passed is as if it
had been written here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import DTypeLike, NDArray

from neurosim.errors import FormatError
from neurosim.wording import shown

MOST_THREADS = 256
LARGEST = 1 << 53  # of what counts steps or epochs: floats know all whole numbers up to there


class Expected(ABC):
    """Base of what a value may be."""

    @abstractmethod
    def check(self, value: Any, where: str) -> None:
        """Refuse a value by a `FormatError` that names its place."""


@frozen
class Anything(Expected):
    """What a callback of the user's own gets back, who looks at it himself."""

    def check(self, value: Any, where: str) -> None:
        """Refuse nothing."""


@frozen
class Whole(Expected):
    """A whole number."""

    low: int = 0
    high: int = LARGEST

    def check(self, value: Any, where: str) -> None:
        """Refuse anything else."""
        if type(value) is not int or not self.low <= value <= self.high:
            raise FormatError(
                f"{where} must be a whole number from {self.low} to {self.high} "
                f"(got {shown(value)})"
            )


@frozen
class Number(Expected):
    """A number, which may be infinite where the limits are."""

    low: float = -np.finfo(np.float64).max
    high: float = np.finfo(np.float64).max

    def check(self, value: Any, where: str) -> None:
        """Refuse anything else, NaN included."""
        if type(value) not in (int, float) or not self.low <= value <= self.high:
            raise FormatError(
                f"{where} must be a number from {self.low:g} to {self.high:g} (got {shown(value)})"
            )


@frozen
class Flag(Expected):
    """True or false."""

    def check(self, value: Any, where: str) -> None:
        """Refuse anything else."""
        if type(value) is not bool:
            raise FormatError(f"{where} must be true or false (got {shown(value)})")


@frozen
class Text(Expected):
    """A text, any or one of some."""

    among: tuple[str, ...] | None = None

    def check(self, value: Any, where: str) -> None:
        """Refuse anything else."""
        if not isinstance(value, str) or (self.among is not None and value not in self.among):
            what = "text" if self.among is None else f"one of {shown(list(self.among))}"
            raise FormatError(f"{where} must be {what} (got {shown(value)})")


@frozen
class Nothing(Expected):
    """None."""

    def check(self, value: Any, where: str) -> None:
        """Refuse anything else."""
        if value is not None:
            raise FormatError(f"{where} must be null (got {shown(value)})")


@frozen
class Maybe(Expected):
    """None, or something."""

    something: Expected

    def check(self, value: Any, where: str) -> None:
        """Refuse anything else."""
        if value is not None:
            self.something.check(value, where)


@frozen
class Array(Expected):
    """An array.

    Attributes
    ----------
    shape : tuple of int, range or None
        None is a length of at least 1.
    dtype : dtype
    low, high : numbers
        What every value lies between; infinite ones are refused where the limits are finite.
    nan : bool
        Whether NaN may be among them.
    """

    shape: tuple[int | range | None, ...]
    dtype: np.dtype[Any] = field(converter=np.dtype)
    low: float = -np.finfo(np.float64).max
    high: float = np.finfo(np.float64).max
    nan: bool = False

    def check(self, value: Any, where: str) -> None:
        """Refuse anything else."""
        if not isinstance(value, np.ndarray):
            raise FormatError(f"{where} must be an array (got {shown(value)})")
        if value.dtype != self.dtype or not self._has_shape(value.shape):
            sizes = ", ".join(map(_size, self.shape)) + "," * (len(self.shape) == 1)
            raise FormatError(
                f"{where} must be a {self.dtype} array of shape ({sizes}) "
                f"(got {value.dtype}, {value.shape})"
            )
        wrong = ~((value >= self.low) & (value <= self.high))
        if self.nan:
            wrong &= ~np.isnan(value)
        if wrong.any():
            raise FormatError(
                f"{where} must hold numbers from {self.low:g} to {self.high:g} "
                f"(got {value[wrong][0]})"
            )

    def _has_shape(self, shape: tuple[int, ...]) -> bool:
        return len(shape) == len(self.shape) and all(
            size > 0 if wanted is None else size in wanted if isinstance(wanted, range)
            else size == wanted
            for size, wanted in zip(shape, self.shape, strict=True)
        )  # fmt: skip


def _size(size: int | range | None) -> str:
    if isinstance(size, range):
        return f"{size.start} to {size.stop - 1}"
    return "any" if size is None else str(size)


@frozen(eq=False)
class Like(Expected):
    """An array of the shape and the type of another one, with any values."""

    array: Any

    def check(self, value: Any, where: str) -> None:
        """Refuse anything else."""
        shape, dtype = self.array.shape, self.array.dtype
        if not isinstance(value, np.ndarray) or value.shape != shape or value.dtype != dtype:
            raise FormatError(
                f"{where} must be a {dtype} array of shape {shape} (got {shown(value)})"
            )


@frozen(eq=False)
class Same(Expected):
    """An array like another one, to the last bit."""

    array: Any

    def check(self, value: Any, where: str) -> None:
        """Refuse anything else."""
        Like(self.array).check(value, where)
        if not np.array_equal(value, self.array):
            raise FormatError(f"{where} must be what it was at the start of the training")


@frozen
class Order(Expected):
    """Each of some whole numbers >= 0 once, in any order."""

    numbers: NDArray[Any]
    dtype: DTypeLike = np.int32

    def check(self, value: Any, where: str) -> None:
        """Refuse anything else."""
        highest = int(self.numbers.max(initial=0))
        Array((len(self.numbers),), self.dtype, 0, highest).check(value, where)
        if not np.array_equal(np.sort(value), np.sort(self.numbers)):
            raise FormatError(f"{where} must hold each number once")


@frozen
class ListOf(Expected):
    """A list, of any length or a known one."""

    each: Expected
    count: int | None = None

    def check(self, value: Any, where: str) -> None:
        """Refuse anything else."""
        if not isinstance(value, list) or (self.count is not None and len(value) != self.count):
            of = "" if self.count is None else f" of {self.count}"
            raise FormatError(f"{where} must be a list{of} (got {shown(value)})")
        for k, one in enumerate(value):
            self.each.check(one, f"{where}[{k}]")


@frozen
class Fields(Expected):
    """A dict with certain keys.

    Attributes
    ----------
    required, optional : dict of str to Expected
    others : Expected or None
        What comes under other keys, if there may be any.
    """

    required: Mapping[str, Expected]
    optional: Mapping[str, Expected] = field(factory=dict)
    others: Expected | None = None

    def check(self, value: Any, where: str) -> None:
        """Refuse anything else."""
        if not isinstance(value, dict):
            raise FormatError(f"{where} must have {', '.join(self.required)} (got {shown(value)})")
        for key in self.required:
            if key not in value:
                raise FormatError(f"{where} must have {key!r} (got {', '.join(value)})")
        for key, one in value.items():
            expected = self.required.get(key) or self.optional.get(key) or self.others
            if expected is None:
                known = ", ".join([*self.required, *self.optional])
                raise FormatError(f"{where} must have {known} only (got {shown(key)})")
            expected.check(one, f"{where}.{key}" if where else key)


def threads(own: int) -> range:
    """Return of how many threads something may be, on this machine or another one."""
    return range(1, max(own, MOST_THREADS) + 1)


def counted(parameters: Any) -> Array:
    """Return what the parameters of a network may be: a finite number for each."""
    return Array(parameters.shape, parameters.dtype)
