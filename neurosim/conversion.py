"""What is taken for numbers: arrays, lists and columns become plain arrays, or are refused.

Whether a value is missing, masked, sparse, text or of another kind is decided here, for every call
alike. Messages name the cell as the user knows it.
"""

from __future__ import annotations

import reprlib
from collections.abc import Sequence
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from neurosim.errors import InvalidTypeError, InvalidValueError
from neurosim.memory import require_memory

NUMBERS, TEXT = "fiub", "UST"
FILL_IN = "fill in what is missing, or leave such rows out"

_short = reprlib.Repr()
_short.maxstring = _short.maxother = _short.maxlong = 60

Place = tuple[int, ...]
# Of what lists nearly always are.
_DEEPEST = 64  # dimensions of an array of NumPy
_LIST, _NUMBERS = {list}, {float, int, bool}


@frozen(eq=False)
class Origin:
    """Where numbers were handed over, so that a message can name the cell.

    Attributes
    ----------
    where : str
        What the argument is called.
    columns : list, optional
        The names of the columns, if it is a table.
    index : sequence, optional
        What the rows are called, if not by their position.
    is_flat : bool
        Whether it was (n_examples,), and not yet a column.
    """

    where: str
    columns: Sequence[Any] | None = None
    index: Any = None
    is_flat: bool = False

    def not_finite(self, place: Place, dtype: Any, got: Any) -> InvalidValueError:
        """Return the error about a number that is not finite."""
        must = f"must be finite as {np.dtype(dtype)}"
        if self.columns is None:
            return InvalidValueError(f"{self._cell(place)} {must} (got {got})")
        row = self.row(place[0])
        return InvalidValueError(f"{self._column(place)} {must} (got {got} in {row})")

    def not_a_number(self, place: Place, got: Any) -> InvalidTypeError:
        """Return the error about a cell that holds something else."""
        shown = _short.repr(got)
        if self.columns is not None:
            return InvalidTypeError(
                f"{self._column(place)} must hold real numbers (got {shown} in "
                f"{self.row(place[0])})"
            )
        spot = f" in {self._cell(place)}" if place else ""
        return InvalidTypeError(
            f"{self.where} must be an array of real numbers (got {shown}{spot})"
        )

    def not_numbers(self, dtype: Any, place: Place = ()) -> InvalidTypeError:
        """Return the error about an array, or a column, of another dtype."""
        if self.columns is not None:
            return InvalidTypeError(f"{self._column(place)} must hold real numbers (got {dtype})")
        return InvalidTypeError(
            f"{self.where} must be an array of real numbers (got an array of dtype {dtype})"
        )

    def missing(self, place: Place, got: str) -> InvalidValueError:
        """Return the error about a cell without a value."""
        if self.columns is None:
            return InvalidValueError(f"{self._cell(place)} has no value ({got}); {FILL_IN}")
        return InvalidValueError(
            f"{self._column(place)} has no value in {self.row(place[0])}; {FILL_IN}"
        )

    def row(self, row: int) -> str:
        """Return what a row is called."""
        label = row if self.index is None else self.index[row]
        label = label.item() if isinstance(label, np.generic) else label
        same = isinstance(label, int) and label == row
        return f"row {row}" if same else f"row {row} (index {_short.repr(label)})"

    def of_column(self, place: int) -> Origin:
        """Return the origin of one of the columns."""
        assert self.columns is not None
        return Origin(self.where, [self.columns[place]], self.index)

    def _cell(self, place: Place) -> str:
        place = place[:1] if self.is_flat else place
        return f"{self.where}[{', '.join(map(str, place))}]" if place else self.where

    def _column(self, place: Place) -> str:
        assert self.columns is not None
        return described(self.where, self.columns[place[1] if len(place) > 1 else 0])


def described(where: str, name: Any) -> str:
    """Return what messages call a column."""
    return where if name is None or name == "" else f"{where} column {name!r}"


def real_numbers(value: Any, where: str, *, objects: bool = True) -> NDArray[Any]:
    """Return `value` as an array of real numbers of whatever dtype it has.

    With `objects`, as for data, an array of objects is taken if each of them is a real number.
    """
    if type(value) is np.ndarray and value.dtype.kind in NUMBERS:  # nearly always, and at once
        return value
    array = regular_array(value, where)
    if array.dtype.kind in NUMBERS:
        return array
    if array.dtype.kind == "O" and not objects:
        raise Origin(where).not_numbers(array.dtype)
    return numbers_from(array, Origin(where))


def regular_array(value: Any, where: str) -> NDArray[Any]:
    """Return `value` as an array of whatever it holds; what is sparse or masked is refused."""
    is_list = isinstance(value, (list, tuple))
    if not is_list:
        require_dense(value, where)
    if isinstance(value, range):
        length = max(0, -(-(value.stop - value.start) // value.step))  # len() fails beyond 2**63
        require_memory(8 * length, f"{where}, a range of {length:,} numbers,")
    place = masked_place(value) if not is_list or _may_be_masked(value) else None
    if place is not None:
        raise Origin(where).missing(place, "it is masked")
    try:
        return np.asarray(value)
    except ValueError as error:
        raise InvalidValueError(f"{where} must be a regular array of numbers: {error}") from error
    except (TypeError, RuntimeError) as error:  # of a tensor that is elsewhere, or has a gradient
        raise InvalidTypeError(
            f"{where} must be an array of real numbers, which {type(value).__name__} does not "
            f"become: {error}"
        ) from error


def require_dense(value: Any, where: str) -> None:
    """Refuse a sparse matrix."""
    if getattr(value, "is_sparse", False) is True:
        method = "to_dense"
    elif hasattr(value, "nnz") and hasattr(value, "shape"):
        method = "toarray" if hasattr(value, "toarray") else "todense"
    else:
        return
    raise InvalidTypeError(
        f"{where} must be a dense array (got a sparse one, {type(value).__name__} of shape "
        f"{tuple(value.shape)}); pass what its .{method}() returns"
    )


def masked_place(value: Any) -> Place | None:
    """Return the place of the first value that a masked array, or one in a list, hides."""
    if isinstance(value, np.ma.MaskedArray):
        mask = np.ma.getmaskarray(value)
        if mask.dtype.names is not None:
            fields: Any = mask
            mask = np.any([fields[name] for name in mask.dtype.names], axis=0)
        return tuple(np.argwhere(mask)[0].tolist()) if mask.any() else None
    if isinstance(value, np.ndarray) and value.dtype.kind == "O":
        hidden = (i for i, one in enumerate(value.flat) if one is np.ma.masked)
        found = next(hidden, None)
        return None if found is None else _place(found, value.shape)
    if isinstance(value, (list, tuple)) and _may_be_masked(value):
        for row, one in enumerate(value):
            place = masked_place(one)
            if place is not None:
                return (row, *place)
    return None


def _may_be_masked(value: Sequence[Any], depth: int = 1) -> bool:
    if depth > _DEEPEST:
        raise InvalidValueError(
            f"lists of numbers must not be more than {_DEEPEST} deep (got one that is, or that "
            "holds itself)"
        )
    kinds = set(map(type, value))  # far faster than to look at each
    if kinds == _LIST:
        return any(_may_be_masked(one, depth + 1) for one in value)
    if kinds <= _NUMBERS:
        return False
    if any(issubclass(kind, np.ma.MaskedArray) for kind in kinds):
        return True
    return any(_may_be_masked(one, depth + 1) for one in value if isinstance(one, (list, tuple)))


def numbers_from(array: NDArray[Any], origin: Origin) -> NDArray[Any]:
    """Return an array of whatever it holds as one of real numbers, or refuse it."""
    kind = array.dtype.kind
    if kind in NUMBERS:
        return array
    if kind in TEXT or kind == "O":
        return _numbers_among(array, origin)
    if array.dtype.names is not None:
        raise InvalidTypeError(
            f"{origin.where} must be an array of real numbers (got a structured array with the "
            f"fields {', '.join(map(repr, array.dtype.names))}); pandas.DataFrame(...) of it is "
            "taken, by the names of its columns"
        )
    raise origin.not_numbers(array.dtype)


def _numbers_among(array: NDArray[Any], origin: Origin) -> NDArray[Any]:
    """Return objects as float64, or refuse the first that is not a number."""
    cells = array.ravel().tolist()
    for number, cell in enumerate(cells):
        if array.ndim and is_missing(cell):
            raise origin.missing(_place(number, array.shape), f"got {cell!r}")
    if not all(map(_is_real, cells)):
        number = _culprit(cells)
        if origin.columns is None and _is_all_alike(cells, number, array):
            raise origin.not_numbers(array.dtype)
        raise origin.not_a_number(_place(number, array.shape), cells[number])
    result = np.empty(len(cells))
    for number, cell in enumerate(cells):
        try:
            result[number] = cell
        except (OverflowError, ValueError):  # an int beyond the floats, a signaling NaN
            shown = _short.repr(cell)
            raise origin.not_finite(_place(number, array.shape), np.float64, shown) from None
    return result.reshape(array.shape)


def is_missing(cell: Any) -> bool:
    """Return whether an object stands for a missing value; NaN is a number."""
    if cell is None or cell is np.ma.masked:
        return True
    return type(cell).__name__ in ("NAType", "NaTType")  # of pandas, which need not be there


def _is_real(cell: Any) -> bool:
    return isinstance(cell, (Real, Decimal, np.bool_))


def _culprit(cells: list[Any]) -> int:
    """Return which cell to name: not "3.5" before "?", though both of them are text."""
    others = [number for number, cell in enumerate(cells) if not _is_real(cell)]
    return next((number for number in others if not _reads_as_number(cells[number])), others[0])


def _is_all_alike(cells: list[Any], number: int, array: NDArray[Any]) -> bool:
    """Return whether no cell stands out, as in text that is all words or all numbers."""
    if not array.ndim:
        return True
    if array.dtype.kind == "O":
        return False
    return _reads_as_number(cells[number]) or not any(map(_reads_as_number, cells))


def _reads_as_number(cell: Any) -> bool:
    if not isinstance(cell, (str, bytes)):
        return False
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _place(number: int, shape: tuple[int, ...]) -> Place:
    return tuple(int(one) for one in np.unravel_index(number, shape)) if shape else ()
