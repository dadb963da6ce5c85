"""Data frames of pandas and polars as arrays; neither is imported to know one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurosim.errors import InvalidTypeError, InvalidValueError

_MOST_NAMES = 8


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

    What is no frame is returned as it is.
    """
    if not is_frame(value):
        return value
    found = list(value.columns)
    if len(names) == 1 and found.count(names[0]) == 1:
        return _column(value, found.index(names[0]))
    return _column(value, 0) if len(found) == 1 else None


def frame_numbers(
    frame: Any, names: Sequence[str] | None, where: str, unit: str = "column"
) -> NDArray[Any]:
    """Return the columns of a frame or a series as one array of finite numbers.

    Parameters
    ----------
    frame : frame or series of pandas or polars
    names : list of str, optional
        The columns wanted, in this order. If none of them is there, the columns are taken by their
        position; all, if no names are given.
    where, unit : str
        What messages call the frame, and what a column belongs to.

    Returns
    -------
    (n_rows, n_columns) array
    """
    if is_series(frame):
        return series_numbers(frame, described(where, frame.name))[:, None]
    if names is not None:
        frame = _taken(frame, matched(list(frame.columns), names, where, unit))
    values = np.asarray(frame.to_numpy())
    if values.dtype.kind in "fiub" and np.isfinite(values).all():  # nearly always, and then at once
        return values
    parts = [
        series_numbers(_column(frame, place), described(where, name))
        for place, name in enumerate(frame.columns)
    ]
    return np.stack(parts, axis=1)


def described(where: str, name: Any) -> str:
    """Return what messages call a column."""
    return where if name is None or name == "" else f"{where} column {name!r}"


def _taken(frame: Any, places: Sequence[int]) -> Any:
    """Return a frame of some columns, by their position, since pandas allows a name twice."""
    places = list(places)
    return frame.iloc[:, places] if hasattr(frame, "iloc") else frame[:, places]


def _column(frame: Any, place: int) -> Any:
    return frame.iloc[:, place] if hasattr(frame, "iloc") else frame[:, place]


def matched(
    found: Sequence[Any], wanted: Sequence[str], where: str, unit: str = "column"
) -> Sequence[int]:
    """Return where the columns wanted are among those found: by name, or else by position."""
    places = {name: place for place, name in enumerate(found)}
    missing = [name for name in wanted if name not in places]
    if wanted and not missing:
        if len(places) < len(found):
            _require_once(found, wanted, where)
        return [places[name] for name in wanted]
    if len(missing) < len(wanted):
        raise InvalidValueError(
            f"{where} has no column {_listed(missing)}, while others are called like {unit}s "
            f"(got the columns {_listed(found)})"
        )
    if len(found) != len(wanted):
        raise InvalidValueError(
            f"{where} must have the columns {_listed(wanted)}, or as many of other names, one per "
            f"{unit} (got the columns {_listed(found)})"
        )
    return range(len(found))


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


def series_numbers(series: Any, where: str) -> NDArray[Any]:
    """Return a column as an array of finite real numbers, or refuse it, naming the row."""
    values = series_values(series, where)
    if values.dtype.kind not in "fiub":
        shown = f"{values.tolist()[0]!r} in row 0" if len(values) else f"dtype {values.dtype}"
        raise InvalidTypeError(f"{where} must hold real numbers (got {shown})")
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        row = int(np.argmin(np.isfinite(values)))
        raise InvalidValueError(f"{where} must be finite (got {values[row]} in row {row})")
    return values


def series_values(series: Any, where: str) -> NDArray[Any]:
    """Return a column as an array of whatever it holds; a missing value is refused."""
    find = series.isna if hasattr(series, "isna") else series.is_null
    missing = np.asarray(find())
    if missing.any():
        raise InvalidValueError(
            f"{where} has no value in row {int(np.argmax(missing))}; fill in what is missing, or "
            "leave such rows out"
        )
    return np.asarray(series.to_numpy())
