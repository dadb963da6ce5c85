"""Checks of arguments and arrays, so that every door words its refusals alike."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from neurosim.conversion import Origin, masked_place, real_numbers
from neurosim.errors import InvalidTypeError, InvalidValueError
from neurosim.memory import require_memory
from neurosim.wording import shown

FloatArray = NDArray[Any]
IntArray = NDArray[np.integer[Any]]
BoolArray = NDArray[np.bool_]

# Large arrays are looked at in pieces of this many values.
PIECE = 1 << 18

FLOAT_DTYPES = (np.dtype(np.float32), np.dtype(np.float64))


def require_kind(value: Any, kind: type, where: str) -> None:
    """Refuse a `value` that is no instance of `kind`."""
    if not isinstance(value, kind):
        raise InvalidTypeError(f"{where} must be a {kind.__name__} (got {shown(value)})")


def plain(value: Any) -> Any:
    """Return a NumPy number as a Python one, whose repr evaluates back without NumPy."""
    return value.item() if isinstance(value, np.generic) else value


def float_dtype(dtype: DTypeLike, where: str) -> np.dtype[Any]:
    """Return `dtype` as float32 or float64, or refuse it."""
    message = f'{where} must be "float32" or "float64" (got {shown(dtype)})'
    try:
        result = np.dtype(dtype)
    except TypeError as error:
        raise InvalidTypeError(message) from error
    except Exception as error:  # NumPy parses texts, and fails at some as Python's parser does
        raise InvalidValueError(message) from error
    if dtype is None or result not in FLOAT_DTYPES:
        raise InvalidValueError(message)
    return result


def integer(value: Any, where: str, *, minimum: int) -> int:
    """Return `value` as an int of at least `minimum`; bools are refused."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise InvalidTypeError(f"{where} must be an int (got {shown(value)})")
    if value < minimum:
        raise InvalidValueError(f"{where} must be >= {minimum} (got {shown(plain(value))})")
    return int(value)


def number(value: Any, where: str, limit: float = sys.float_info.max) -> float:
    """Return `value` as a finite float no larger in magnitude than `limit`."""
    if type(value) is float and -limit <= value <= limit:  # nearly always, and then at once
        return value
    result = _as_float(value, where)
    if not np.isfinite(result):
        raise InvalidValueError(f"{where} must be a finite number (got {shown(value)})")
    if not -limit <= result <= limit:
        raise InvalidValueError(
            f"{where} must lie within ±{limit:.6g}, the range of float32 (got {shown(value)})"
        )
    return result


def _as_float(value: Any, where: str) -> float:
    message = f"{where} must be a finite number (got {shown(value)})"
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
    return finite_array(real_numbers(value, where, objects=False), dtype, where)


def finite_array(
    raw: NDArray[Any],
    dtype: DTypeLike,
    origin: str | Origin,
    first_row: int = 0,
    given: NDArray[Any] | None = None,
) -> FloatArray:
    """Return real numbers as finite ones of `dtype`, or name the first that is not.

    Parameters
    ----------
    raw : array
    dtype : dtype
    origin : str or Origin
        Where they were handed over.
    first_row : int
        From which rows are counted.
    given : array of the same shape, optional
        What was handed over, if `raw` was made of it.
    """
    result = raw
    if raw.dtype != dtype:
        where = origin if isinstance(origin, str) else origin.where
        require_memory(raw.size * np.dtype(dtype).itemsize, f"{where} as {np.dtype(dtype)}")
        with np.errstate(over="ignore", under="ignore"):
            result = raw.astype(dtype)
    place = _not_finite(result)
    if place is not None:
        shown = (place[0] + first_row, *place[1:]) if place else place
        got = raw[place] if given is None else given[place]
        note = ", which is scaled" if given is not None and _is_finite(got, dtype) else ""
        origin = origin if isinstance(origin, Origin) else Origin(origin)
        raise origin.not_finite(shown, dtype, f"{got!s}{note}")
    return result


def _is_finite(number: Any, dtype: DTypeLike) -> bool:
    with np.errstate(over="ignore"):
        return bool(np.isfinite(np.asarray(number).astype(dtype)))


def _not_finite(array: FloatArray) -> tuple[int, ...] | None:
    """Return the place of the first value that is not finite, if there is one.

    Pieces are looked at, so that the answer about a large array, which may be a file, is small.
    """
    if array.size <= PIECE and np.isfinite(array).all():  # nearly always, and then at once
        return None
    if not array.ndim:
        return ()
    for rows in pieces(array):
        finite = np.isfinite(array[rows])
        if not finite.all():
            first, *rest = np.argwhere(~finite)[0].tolist()
            return (rows.start + first, *rest)
    return None


def pieces(array: NDArray[Any]) -> Iterator[slice]:
    """Yield the rows of an array in slices of about `PIECE` values."""
    n_rows = len(array)
    step = max(1, PIECE * n_rows // max(1, array.size))
    for start in range(0, n_rows, step):
        yield slice(start, min(start + step, n_rows))


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
    result = finite_array(real_numbers(value, where), dtype, where)
    require_columns(result, n_columns, where, unit)
    return result


def require_columns(array: NDArray[Any], n_columns: int, where: str, unit: str) -> None:
    """Refuse an array that is not (n_examples, `n_columns`)."""
    if array.ndim == 2 and array.shape[1] == n_columns:
        return
    raise InvalidValueError(
        f"{where} must have shape (n_examples, {n_columns}), one column per {unit} "
        f"(got shape {array.shape}{_reshaping(array, n_columns, where)})"
    )


def _reshaping(array: NDArray[Any], n_columns: int, where: str) -> str:
    """Return how an array of one dimension is made to fit, if it can be."""
    if array.ndim != 1:
        return ""
    ways = []
    if len(array) == n_columns:
        ways.append(f"one example is {where}.reshape(1, -1)")
    if n_columns == 1:
        ways.append(f"one column is {where}.reshape(-1, 1)")
    return f"; {', '.join(ways)}" if ways else ""


def per_network(value: Any, count: int, where: str) -> list[Any] | None:
    """Return what each of `count` networks is given, or None if `value` is one matrix for all.

    A list of matrices, data frames or series, or a three-dimensional array, holds one for each.
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
    return len(value) > 0 and (hasattr(value[0], "to_numpy") or _dimensions(value[0]) == 2)


def _dimensions(value: Any) -> int:
    place = masked_place(value)  # of which NumPy warns
    if place is not None:
        return len(place)
    try:
        return np.ndim(value)
    except ValueError:  # of rows that differ in length
        return 0
