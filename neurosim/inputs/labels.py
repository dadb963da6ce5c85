"""Class labels: which there are, and the targets that stand for them."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Number
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurosim.checks import FloatArray, IntArray
from neurosim.errors import InvalidTypeError, InvalidValueError
from neurosim.inputs.frames import described, is_series, series_values

_TEXT, _WHOLE = "OUST", "iub"


def label_vector(value: Any, where: str, *, floats: bool = False) -> NDArray[Any] | None:
    """Return `value` as an (n_examples,) array if it can hold class labels, else None.

    Labels are text, whole numbers, bools, or any objects that can be compared; fractions are none
    unless `floats`.
    """
    where = described(where, value.name) if is_series(value) else where
    array = series_values(value, where) if is_series(value) else _array(value)
    if array is None or array.ndim != 1 or array.dtype.kind not in _TEXT + _WHOLE + "f" * floats:
        return None
    return array if array.dtype.kind != "O" or _are_labels(array, where) else None


def is_text(labels: NDArray[Any]) -> bool:
    """Return whether labels are anything but numbers and bools, so that they are no targets."""
    return labels.dtype.kind in _TEXT


def _array(value: Any) -> NDArray[Any] | None:
    try:
        array = np.asarray(value)
    except ValueError:  # of rows that differ in length
        return None
    if array.dtype.kind in "UST" and isinstance(value, (list, tuple)):
        return np.array(value, dtype=object)  # NumPy would make text of the numbers among them
    return array


def _are_labels(array: NDArray[Any], where: str) -> bool:
    """Return whether objects may be labels, which fractions are not; refuse a missing one."""
    labels = array.tolist()
    for row, label in enumerate(labels):
        if label is None or label != label:  # noqa: PLR0124 - NaN
            raise InvalidValueError(f"{where} has no label in row {row} (got {label!r})")
    return all(isinstance(label, int) or not isinstance(label, Number) for label in labels)


def known_classes(labels: NDArray[Any], where: str) -> tuple[Any, ...]:
    """Return the distinct labels, sorted."""
    try:
        return tuple(sorted(set(labels.tolist())))
    except TypeError as error:
        kinds = sorted({type(label).__name__ for label in labels.tolist()})
        raise InvalidTypeError(
            f"{where} must hold class labels of one kind that can be sorted "
            f"(got {', '.join(kinds)})"
        ) from error


def positions(labels: NDArray[Any], classes: Sequence[Any], where: str) -> IntArray:
    """Return the place of each label among the classes, or refuse one that is not there."""
    places = {label: place for place, label in enumerate(classes)}
    found = [places.get(label, -1) for label in labels.tolist()]
    if -1 in found:
        row = found.index(-1)
        raise InvalidValueError(
            f"{where} must hold classes of the network, {_listed(classes)} "
            f"(got {labels.tolist()[row]!r} in row {row}); classes = None forgets them"
        )
    return np.array(found, np.intp)


def class_array(classes: Sequence[Any]) -> NDArray[Any]:
    """Return classes as an array from which labels can be taken."""
    if len({type(label) for label in classes}) == 1 and isinstance(classes[0], (str, int, bool)):
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


def _listed(classes: Sequence[Any]) -> str:
    shown = [repr(label) for label in classes[:10]]
    if len(classes) > 10:
        shown.append(f"… {len(classes) - 10} more")
    return ", ".join(shown)
