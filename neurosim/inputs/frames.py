"""Data frames of pandas and polars as arrays; neither is imported to know one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from neurosim.conversion import NUMBERS, Origin, numbers_from
from neurosim.errors import InvalidValueError

_MOST_NAMES = 8


@frozen
class Wanted:
    """The columns that are wanted of a table.

    Attributes
    ----------
    names : list of str
        In this order.
    unit : str
        What a column belongs to, such as "input neuron".
    are_given : bool
        Whether somebody gave these names. Only those that were made up, such as ``input[0]``, may
        be found by their position.
    """

    names: Sequence[str]
    unit: str = "column"
    are_given: bool = True


def is_frame(value: Any) -> bool:
    """Return whether `value` is a table of named columns."""
    return _dimensions(value) == 2 and hasattr(value, "columns")


def is_series(value: Any) -> bool:
    """Return whether `value` is a single column of a table."""
    finds_missing = hasattr(value, "isna") or hasattr(value, "is_null")
    return _dimensions(value) == 1 and finds_missing and hasattr(value, "name")


def _dimensions(value: Any) -> int:
    """Return how many there are of what pandas and polars make, whose columns may be attributes."""
    return len(value.shape) if hasattr(value, "to_numpy") and hasattr(value, "shape") else 0


def only_column(value: Any, names: Sequence[str]) -> Any:
    """Return the only column of a frame, or that of a single name; None for another frame.

    What is not a frame is returned as it is.
    """
    if not is_frame(value):
        return value
    found = list(value.columns)
    if len(names) == 1 and found.count(names[0]) == 1:
        return _column(value, found.index(names[0]))
    return _column(value, 0) if len(found) == 1 else None


def frame_numbers(
    frame: Any, wanted: Wanted | None, where: str
) -> tuple[NDArray[Any], Origin]:
    """Return the columns of a frame or a series as one array of numbers, and where they are from.

    Parameters
    ----------
    frame : frame or series of pandas or polars
    wanted : Wanted, optional
        By default all columns, in their order.
    where : str
        What messages call the frame.

    Returns
    -------
    (n_rows, n_columns) array, Origin
        Of any real dtype; a missing value was refused.
    """
    if is_series(frame):
        origin = column_origin(frame, where)
        return _series_numbers(frame, origin)[:, None], origin
    if wanted is not None:
        frame = _taken(frame, matched(list(frame.columns), wanted, where))
    origin = Origin(where, list(frame.columns), _index(frame))
    values = np.asarray(frame.to_numpy())
    is_plain = values.dtype.kind in NUMBERS and not any(map(_is_temporal, frame.dtypes))
    if is_plain and np.isfinite(values).all():  # nearly always, and at once
        return values, origin
    parts = [
        _series_numbers(_column(frame, place), origin.of_column(place))
        for place in range(values.shape[1])
    ]
    return (np.stack(parts, axis=1) if parts else np.empty(values.shape)), origin


def _taken(frame: Any, places: Sequence[int]) -> Any:
    """Return a frame of some columns, by their position, since pandas allows a name twice."""
    places = list(places)
    return frame.iloc[:, places] if hasattr(frame, "iloc") else frame[:, places]


def _column(frame: Any, place: int) -> Any:
    return frame.iloc[:, place] if hasattr(frame, "iloc") else frame[:, place]


def _index(values: Any) -> Any:
    """Return what rows are called: those of pandas have an index, those of polars have none."""
    return getattr(values, "index", None) if hasattr(values, "iloc") else None


def column_origin(series: Any, where: str) -> Origin:
    """Return where the values of a series come from."""
    return Origin(where, [series.name], _index(series))


# -- by name -------------------------------------------------------------------------------


def matched(found: Sequence[Any], wanted: Wanted, where: str) -> Sequence[int]:
    """Return where the columns wanted are among those found, by name.

    Columns count by their position where the names wanted were made up, and none of them is found.
    """
    names, unit = wanted.names, wanted.unit
    places = {name: place for place, name in enumerate(found)}
    missing = [name for name in names if name not in places]
    if names and not missing:
        if len(places) < len(found):
            _require_once(found, names, where)
        return [places[name] for name in names]
    if len(missing) < len(names):
        raise InvalidValueError(
            f"{where} has no column {_listed(missing)}, while others are called like {unit}s "
            f"(got the columns {_listed(found)})"
        )
    if wanted.are_given:
        raise InvalidValueError(
            f"{where} must have the columns {_listed(names)}, one per {unit} (got the columns "
            f"{_listed(found)}){_remedy(found, names)}"
        )
    if len(found) != len(names):
        raise InvalidValueError(
            f"{where} must have the columns {_listed(names)}, or as many of other names, one per "
            f"{unit} (got the columns {_listed(found)})"
        )
    return range(len(found))


def _remedy(found: Sequence[Any], names: Sequence[str]) -> str:
    """Return how to have columns of other names taken, which needs as many of them."""
    if len(found) != len(names):
        return ""
    return "; rename them, or use .to_numpy() to have them taken in this order"


def _require_once(found: Sequence[Any], wanted: Sequence[str], where: str) -> None:
    for name in wanted:
        if found.count(name) > 1:
            raise InvalidValueError(
                f"{where} must have one column called {name!r} (got {found.count(name)})"
            )


def _listed(names: Sequence[Any]) -> str:
    shown = [repr(name) for name in names[:_MOST_NAMES]]
    if len(names) > _MOST_NAMES:
        shown.append(f"… {len(names) - _MOST_NAMES} more")
    return ", ".join(shown) or "none"


# -- values --------------------------------------------------------------------------------


def _series_numbers(series: Any, origin: Origin) -> NDArray[Any]:
    """Return a column as an array of real numbers, or refuse it, naming the row."""
    values = series_values(series, origin)
    if values.ndim != 1 or _is_temporal(series.dtype):
        raise origin.not_numbers(series.dtype)
    return numbers_from(values, origin)


def _is_temporal(dtype: Any) -> bool:
    """Return whether it is one of polars' dates or durations, of which polars makes numbers."""
    return bool(getattr(dtype, "is_temporal", bool)())


def series_values(series: Any, origin: Origin) -> NDArray[Any]:
    """Return a column as an array of whatever it holds; a missing value is refused."""
    find = series.isna if hasattr(series, "isna") else series.is_null
    values = np.asarray(series.to_numpy())
    try:
        missing = np.asarray(find())
    except ArithmeticError:  # of a signaling NaN, which whoever reads the numbers finds
        missing = np.zeros(len(values), bool)
    if values.dtype.kind == "f" and values.ndim == 1:  # polars tells NaN from null
        missing = missing | np.isnan(values)
    if missing.any():
        raise origin.missing((int(np.argmax(missing)),), "")
    return values
