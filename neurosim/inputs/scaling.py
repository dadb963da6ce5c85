"""Scalers: columns in the units of the data, and in those that a network learns from easily."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from typing import Any

import numpy as np
from attrs import Attribute, field, frozen
from numpy.typing import NDArray

from neurosim.checks import FloatArray, finite_array, number, pieces, require_columns
from neurosim.conversion import Origin, real_numbers
from neurosim.errors import InvalidTypeError, InvalidValueError
from neurosim.inputs.frames import Wanted, frame_numbers, is_frame, is_series, matched
from neurosim.wording import shown


def _floats(values: Any) -> tuple[float, ...]:
    if not isinstance(values, Iterable) or isinstance(values, (str, bytes, Mapping, Set)):
        raise InvalidTypeError(
            "Scaler.shift and Scaler.scale must hold a number for each column "
            f"(got {shown(values)})"
        )
    return tuple(number(one, f"Scaler: column {i}") for i, one in enumerate(values))


def _names(values: Any) -> tuple[str, ...] | None:
    if values is None:
        return None
    is_list = isinstance(values, Iterable) and not isinstance(values, (str, bytes, Mapping, Set))
    names = tuple(values) if is_list else (values,)
    if not is_list or not all(isinstance(name, str) for name in names):
        raise InvalidTypeError(f"Scaler.names must be a list of str (got {shown(values)})")
    return names


@frozen
class Scaler:
    """A shift and a scale for each column: z = (x − shift) / scale.

    Parameters
    ----------
    shift, scale : (n_columns,) list of float
        Every scale is > 0.
    names : (n_columns,) list of str, optional
        What the columns are called, by which those of a data frame are found.

    Examples
    --------
    >>> import neurosim as ns
    >>> scaler = ns.Scaler(shift=[10.0, 0.0], scale=[2.0, 0.5])
    >>> scaler.transform([[12.0, 1.0]])
    array([[1., 2.]])
    >>> scaler.inverse([[1.0, 2.0]])
    array([[12.,  1.]])
    """

    shift: tuple[float, ...] = field(converter=_floats)
    scale: tuple[float, ...] = field(converter=_floats)
    names: tuple[str, ...] | None = field(default=None, converter=_names)

    @scale.validator
    def _check_scale(self, attribute: Attribute[Any], scale: tuple[float, ...]) -> None:
        self._require_as_many(len(scale), "scale")
        for column, value in enumerate(scale):
            if value <= 0:
                raise InvalidValueError(f"Scaler.scale[{column}] must be > 0 (got {value})")

    @names.validator
    def _check_names(self, attribute: Attribute[Any], names: tuple[str, ...] | None) -> None:
        if names is None:
            return
        self._require_as_many(len(names), "names")
        if len(set(names)) < len(names):
            twice = Counter(names).most_common(1)[0][0]
            raise InvalidValueError(
                f"Scaler.names must be distinct (got {shown(twice)} twice); rename a column"
            )

    def _require_as_many(self, count: int, what: str) -> None:
        if count != len(self.shift):
            raise InvalidValueError(
                f"Scaler.{what} must be one for each of {len(self.shift)} columns (got {count})"
            )

    def __len__(self) -> int:
        """Return the number of columns."""
        return len(self.shift)

    def transform(self, X: Any) -> FloatArray:
        """Return values in the units of the data as scaled ones.

        Parameters
        ----------
        X : (n_examples, n_columns) array_like or data frame
            Of a single column, (n_examples,) or a series will do.

        Returns
        -------
        array of the same shape, float64

        Raises
        ------
        InvalidValueError, InvalidTypeError
            For another number of columns, and for values that are not finite numbers.
        """
        values = self._checked(X, "X")
        return finite_array(self._transformed(values), np.float64, "the scaled X")

    def inverse(self, Z: Any) -> FloatArray:
        """Return scaled values in the units of the data: x = z · scale + shift.

        Parameters
        ----------
        Z : (n_examples, n_columns) array_like
            Of a single column, (n_examples,) will do.

        Returns
        -------
        array of the same shape, float64

        Raises
        ------
        InvalidValueError, InvalidTypeError
            As for `transform`.
        """
        return finite_array(self._inverted(self._checked(Z, "Z")), np.float64, "what Z stands for")

    def of(self, wanted: Wanted, where: str) -> Scaler:
        """Return the scaler of the columns of these names, in this order.

        Where the names wanted were made up and it has none of them, it keeps its own.
        """
        if self.names is None:
            return self
        places = matched(self.names, wanted, where)
        found = [self.names[place] for place in places]
        shift, scale = ([side[place] for place in places] for side in (self.shift, self.scale))
        return Scaler(shift, scale, found)

    def _transformed(self, values: FloatArray) -> FloatArray:
        """Return checked values, scaled in float64; what overflows is infinite."""
        with np.errstate(all="ignore"):
            result: FloatArray = (values - np.array(self.shift)) / np.array(self.scale)
        return result

    def _inverted(self, values: FloatArray) -> FloatArray:
        with np.errstate(all="ignore"):
            result: FloatArray = values * np.array(self.scale) + np.array(self.shift)
        return result

    def _checked(self, values: Any, where: str) -> FloatArray:
        wanted = None if self.names is None else Wanted(self.names)
        raw, origin = _numbers(values, wanted, where)
        numbers = finite_array(raw, np.float64, origin)
        if not (numbers.ndim == len(self) == 1):
            require_columns(numbers, len(self), where, "column of the scaler")
        return numbers


def _numbers(values: Any, wanted: Wanted | None, where: str) -> tuple[NDArray[Any], Origin]:
    """Return array-likes, frames and series as arrays of real numbers, and where they are from."""
    if is_frame(values):
        return frame_numbers(values, wanted, where)
    if is_series(values):
        column, origin = frame_numbers(values, None, where)
        return column[:, 0], origin
    return real_numbers(values, where), Origin(where)


def standardize(X: Any) -> Scaler:
    """Return what scales each column to mean 0 and standard deviation 1.

    Parameters
    ----------
    X : (n_examples, n_columns) array_like or data frame
        Or a single column, (n_examples,).

    Returns
    -------
    Scaler
        A column of one value only is shifted to 0, with scale 1.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        For no examples, and for values that are not finite numbers; the place is named.

    Notes
    -----
    The standard deviation is √(Σ (x − mean)² / n_examples), the one of these examples.

    Examples
    --------
    >>> import neurosim as ns
    >>> scaler = ns.standardize([[8.0], [12.0]])
    >>> scaler
    Scaler(shift=(10.0,), scale=(2.0,), names=None)
    >>> scaler.transform([[8.0], [10.0]]).ravel()
    array([-1.,  0.])
    """
    columns = _table(X)
    n = len(columns)
    with np.errstate(all="ignore"):
        mean = sum(columns[rows].sum(axis=0, dtype=np.float64) for rows in pieces(columns)) / n
        squares = sum(((columns[rows] - mean) ** 2).sum(axis=0) for rows in pieces(columns))
        std = np.sqrt(squares / n)
    low, high = columns.min(axis=0), columns.max(axis=0)
    constant = (low == high) | (std == 0)
    return _scaler(X, np.where(low == high, low, mean), np.where(constant, 1.0, std))


def rescale(X: Any, low: float = 0.0, high: float = 1.0) -> Scaler:
    """Return what scales each column so that its smallest value is `low`, its largest `high`.

    Parameters
    ----------
    X : (n_examples, n_columns) array_like or data frame
        Or a single column, (n_examples,).
    low, high : float

    Returns
    -------
    Scaler
        A column of one value only is shifted to `low`, with scale 1.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        Unless low < high; for no examples, and for values that are not finite numbers.

    Examples
    --------
    >>> import neurosim as ns
    >>> ns.rescale([5.0, 7.0, 9.0], -1, 1).transform([5.0, 7.0, 9.0])
    array([-1.,  0.,  1.])
    """
    low, high = number(low, "rescale.low"), number(high, "rescale.high")
    if low >= high:
        raise InvalidValueError(f"rescale.low must be < rescale.high (got {low} and {high})")
    columns = _table(X)
    smallest, largest = (np.asarray(f(axis=0), float) for f in (columns.min, columns.max))
    with np.errstate(all="ignore"):
        scale = (largest - smallest) / (high - low)
        scale = np.where(scale > 0, scale, 1.0)
    return _scaler(X, smallest - low * scale, scale)


def _table(X: Any) -> Any:
    """Return X as an (n_examples, n_columns) array of finite numbers, at least one of each."""
    columns, origin = _numbers(X, None, "X")
    columns = columns[:, None] if columns.ndim == 1 else columns
    if columns.ndim != 2 or not columns.size:
        raise InvalidValueError(
            f"X must have shape (n_examples, n_columns), at least one of each (got {columns.shape})"
        )
    for rows in pieces(columns):
        finite_array(columns[rows], np.float64, origin, rows.start)
    return columns


def _scaler(X: Any, shift: FloatArray, scale: FloatArray) -> Scaler:
    names = list(X.columns) if is_frame(X) else None
    named = names is not None and all(isinstance(name, str) for name in names)
    return Scaler(shift.tolist(), scale.tolist(), names if named else None)
