"""Class labels: which there are, and the targets that stand for them."""

from __future__ import annotations

import reprlib
from collections.abc import Hashable, Sequence
from numbers import Number
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from neurosim.checks import FloatArray, IntArray
from neurosim.conversion import FILL_IN, Origin, described, is_missing, masked_place, require_dense
from neurosim.errors import InvalidTypeError, InvalidValueError
from neurosim.inputs.frames import (
    column_origin,
    is_series,
    only_column,
    series_values,
)

_TEXT, _NUMBERS, _WHOLE = "OUST", "fiub", "iub"


def _one_column(values: Any) -> Any:
    """Return values for `Labels`, or refuse those that are more than a label per example."""
    column = only_column(values, ())
    require_dense(column, "Labels")
    if getattr(column, "ndim", 1) == 2 and np.shape(column)[1] == 1:
        return column.reshape(-1)
    if column is None or getattr(column, "ndim", 1) != 1 or not hasattr(column, "__len__"):
        shape = getattr(values, "shape", ())
        raise InvalidValueError(
            f"Labels must hold one label per example, (n_examples,) (got shape {tuple(shape)})"
        )
    return column


@frozen(eq=False)
class Labels:
    """Values that are class labels, whatever they look like.

    For a single output, numbers are targets by default: `Labels` says that they name classes.

    Parameters
    ----------
    values : (n_examples,) array_like or series
        A table or an array of a single column will do.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.topologies.layered([1, 1], activation="sigmoid")
    >>> history = ns.train(net, [[0.0], [1.0]], ns.Labels([3, 7]), epochs=1)
    >>> net.classes
    (3, 7)
    """

    values: Any = field(converter=_one_column)

    @property
    def shape(self) -> tuple[int, ...]:
        """(n_examples,)."""
        return (len(self.values),)

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, rows: Any) -> Labels:
        """Return the labels of some examples: a slice, or an array of their numbers."""
        if isinstance(self.values, (list, tuple)) and not isinstance(rows, slice):
            return Labels([self.values[row] for row in np.arange(len(self))[rows].tolist()])
        return Labels(self.values.iloc[rows] if hasattr(self.values, "iloc") else self.values[rows])


@frozen(eq=False)
class LabelColumn:
    """What may be class labels, (n_examples,), and where it comes from."""

    labels: NDArray[Any]
    origin: Origin

    @property
    def where(self) -> str:
        """What messages call it."""
        columns = self.origin.columns
        return described(self.origin.where, None if columns is None else columns[0])

    @property
    def are_numbers(self) -> bool:
        """Whether there are numbers only, but for those that are missing: these may be targets."""
        if self.labels.dtype.kind == "O":
            return all(_is_number(label) or is_missing(label) for label in self.labels.tolist())
        return self.labels.dtype.kind in "fiu"

    def require(self, classes: Sequence[Any] | None = ()) -> None:
        """Refuse a label that is missing: None, NaN, or blank text that no class is called.

        Refused is also what cannot be a key of a dict.
        """
        if self.labels.dtype.kind in _WHOLE:
            return
        for row, label in enumerate(self.labels.tolist()):
            if not is_label(label) and label not in (classes or ()):
                raise InvalidValueError(
                    f"{self.where} has no label in {self.origin.row(row)} (got {label!r}); "
                    f"{FILL_IN}"
                )
            if not isinstance(label, Hashable):
                raise InvalidTypeError(
                    f"{self.where} must hold labels, text, numbers or the like (got "
                    f"{reprlib.repr(label)} in {self.origin.row(row)})"
                )


def label_column(value: Any, where: str) -> LabelColumn | None:
    """Return `value` as a column that can hold class labels, else None.

    Labels are text, numbers, bools, or any objects that can be compared; `LabelColumn.require`
    refuses those that are missing.
    """
    value = value.values if isinstance(value, Labels) else value
    require_dense(value, where)
    value = only_column(value, ())
    if value is None:
        return None
    place = masked_place(value)
    if place is not None:
        raise Origin(where).missing(place, "it is masked")
    if is_series(value):
        origin = column_origin(value, where)
        array: NDArray[Any] | None = series_values(value, origin)
    else:
        origin, array = Origin(where), _array(value)
    if array is None or array.ndim != 1 or array.dtype.kind not in _TEXT + _NUMBERS:
        return None
    return LabelColumn(array, origin)


def is_categorical(value: Any) -> bool:
    """Return whether `value` holds categories, of pandas or polars."""
    kind = getattr(value, "dtype", None)
    return kind is not None and str(kind).split("(")[0] in ("category", "Categorical", "Enum")


def _is_number(label: Any) -> bool:
    return isinstance(label, Number) and not isinstance(label, (bool, np.bool_))


def _array(value: Any) -> NDArray[Any] | None:
    try:
        array = np.asarray(value)
    except (ValueError, TypeError, RuntimeError):  # of rows that differ in length, of tensors
        return None
    if array.dtype.kind in "UST" and isinstance(value, (list, tuple)):
        return np.array(value, dtype=object)  # NumPy would make text of the numbers among them
    return array


def is_label(label: Any) -> bool:
    """Return whether an object can be the label of a class."""
    if is_missing(label) or (isinstance(label, (str, bytes)) and not label.strip()):
        return False
    if isinstance(label, (float, np.floating)):
        return bool(np.isfinite(label))
    return True


def known_classes(column: LabelColumn) -> tuple[Any, ...]:
    """Return the distinct labels, sorted; of bools both."""
    labels = column.labels
    if labels.dtype.kind == "b":
        return (False, True)
    try:
        return tuple(sorted(set(labels.tolist())))
    except TypeError as error:
        kinds = sorted({type(label).__name__ for label in labels.tolist()})
        raise InvalidTypeError(
            f"{column.where} must hold class labels of one kind that can be sorted "
            f"(got {', '.join(kinds)})"
        ) from error


def positions(column: LabelColumn, classes: Sequence[Any], remedy: str = "") -> IntArray:
    """Return the place of each label among the classes, or refuse one that is not there."""
    places = {label: place for place, label in enumerate(classes)}
    labels = column.labels.tolist()
    found = [places.get(label, -1) for label in labels]
    if -1 in found:
        row = found.index(-1)
        raise InvalidValueError(
            f"{column.where} must hold classes of the network, {listed(classes)} "
            f"(got {labels[row]!r} in {column.origin.row(row)}){remedy}"
        )
    return np.array(found, np.intp)


def class_array(classes: Sequence[Any]) -> NDArray[Any]:
    """Return classes as an array from which labels can be taken."""
    if len({type(label) for label in classes}) == 1 and isinstance(classes[0], (str, int, float)):
        return np.array(classes)
    result = np.empty(len(classes), object)
    result[:] = classes
    return result


def one_hot(places: IntArray, low: FloatArray) -> FloatArray:
    """Return targets, (n_examples, n_classes): 1 at each place, and the `low` of its column else.

    `low` holds one value for each class: 0, or −1 where an output neuron emits −1 to 1.
    """
    targets = np.tile(low, (len(places), 1))
    targets[np.arange(len(places)), places] = 1
    return targets


def listed(classes: Sequence[Any]) -> str:
    """Return the first ten classes, as messages show them."""
    shown = [repr(label) for label in classes[:10]]
    if len(classes) > 10:
        shown.append(f"… {len(classes) - 10} more")
    return ", ".join(shown)
