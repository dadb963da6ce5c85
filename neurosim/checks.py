"""Checks of arguments and arrays, so that every door words its refusals alike."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from neurosim.errors import InvalidTypeError, InvalidValueError

FloatArray = NDArray[Any]
IntArray = NDArray[np.integer[Any]]
BoolArray = NDArray[np.bool_]

FLOAT_DTYPES = (np.dtype(np.float32), np.dtype(np.float64))


def require_kind(value: Any, kind: type, where: str) -> None:
    """Refuse a `value` that is no instance of `kind`."""
    if not isinstance(value, kind):
        raise InvalidTypeError(f"{where} must be a {kind.__name__} (got {value!r})")


def plain(value: Any) -> Any:
    """Return a NumPy number as a Python one, whose repr evaluates back without NumPy."""
    return value.item() if isinstance(value, np.generic) else value


def float_dtype(dtype: DTypeLike, where: str) -> np.dtype[Any]:
    """Return `dtype` as float32 or float64, or refuse it."""
    try:
        result = np.dtype(dtype)
    except TypeError as error:
        raise InvalidTypeError(
            f'{where} must be "float32" or "float64" (got {dtype!r})'
        ) from error
    if dtype is None or result not in FLOAT_DTYPES:
        raise InvalidValueError(f'{where} must be "float32" or "float64" (got {dtype!r})')
    return result


def integer(value: Any, where: str, *, minimum: int) -> int:
    """Return `value` as an int of at least `minimum`; bools are refused."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise InvalidTypeError(f"{where} must be an int (got {value!r})")
    if value < minimum:
        raise InvalidValueError(f"{where} must be >= {minimum} (got {value})")
    return int(value)


def number(value: Any, where: str, limit: float = sys.float_info.max) -> float:
    """Return `value` as a finite float no larger in magnitude than `limit`."""
    if type(value) is float and -limit <= value <= limit:  # nearly always, and then at once
        return value
    result = _as_float(value, where)
    if not np.isfinite(result):
        raise InvalidValueError(f"{where} must be a finite number (got {value!r})")
    if not -limit <= result <= limit:
        raise InvalidValueError(
            f"{where} must lie within ±{limit:.6g}, the range of float32 (got {value!r})"
        )
    return result


def _as_float(value: Any, where: str) -> float:
    message = f"{where} must be a finite number (got {value!r})"
    is_array = getattr(value, "ndim", 0) > 0
    is_number = hasattr(value, "__float__") or hasattr(value, "__index__")
    if is_array or not is_number or isinstance(value, (bool, np.bool_, np.complexfloating)):
        raise InvalidTypeError(message)
    try:
        return float(value)
    except OverflowError as error:  # an int beyond the floats
        raise InvalidValueError(message) from error
    except (TypeError, ValueError) as error:
        raise InvalidTypeError(message) from error


def real_array(value: Any, dtype: DTypeLike, where: str) -> FloatArray:
    """Return `value` as an array of finite numbers of `dtype`, cast once.

    Ints and bools are fine; object, complex and text arrays are refused.
    """
    try:
        raw = np.asarray(value)
    except ValueError as error:
        raise InvalidValueError(f"{where} must be a regular array of numbers: {error}") from error
    if raw.dtype.kind not in "fiub":
        raise InvalidTypeError(
            f"{where} must be an array of real numbers (got an array of dtype {raw.dtype})"
        )
    with np.errstate(over="ignore", under="ignore"):
        result = raw.astype(dtype, copy=False)
    if not np.isfinite(result).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(result))[0])
        spot = f"{where}[{', '.join(map(str, place))}]" if place else where
        raise InvalidValueError(f"{spot} must be finite as {np.dtype(dtype)} (got {raw[place]})")
    return result


def one_or_each(value: Any, count: int, dtype: DTypeLike, where: str) -> FloatArray:
    """Return `value` as an array of finite numbers: one for all of `count`, or one for each."""
    result = real_array(value, dtype, where)
    if result.shape not in ((), (count,)):
        raise InvalidValueError(
            f"{where} must be a scalar or have shape ({count},) (got shape {result.shape})"
        )
    return result


def example_matrix(
    value: Any, n_columns: int, dtype: DTypeLike, where: str, unit: str
) -> FloatArray:
    """Return `value` as a finite (n_examples, `n_columns`) array of `dtype`."""
    result = real_array(value, dtype, where)
    if result.ndim != 2 or result.shape[1] != n_columns:
        hint = ""
        if result.ndim == 1:
            hint = f"; one example is {where}.reshape(1, -1), one column {where}.reshape(-1, 1)"
        raise InvalidValueError(
            f"{where} must have shape (n_examples, {n_columns}), one column per {unit} "
            f"(got shape {result.shape}{hint})"
        )
    return result


def per_network(value: Any, count: int, where: str) -> list[Any] | None:
    """Return what each of `count` networks is given, or None if `value` is one matrix for all.

    A list of matrices, or a three-dimensional array, holds one for each.
    """
    if not _holds_matrices(value):
        return None
    if len(value) != count:
        raise InvalidValueError(
            f"{where} must be one matrix for all networks, or hold one for each of {count} "
            f"(got {len(value)})"
        )
    return list(value)


def _holds_matrices(value: Any) -> bool:
    if not isinstance(value, (list, tuple)):
        return getattr(value, "ndim", 0) == 3
    try:
        return len(value) > 0 and np.ndim(value[0]) == 2
    except ValueError:  # of rows that differ in length
        return False
