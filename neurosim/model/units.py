"""What a network knows of the data: the units of its columns, and the names of its classes."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any

from neurosim.conversion import is_missing
from neurosim.errors import InvalidTypeError, InvalidValueError
from neurosim.wording import shown

if TYPE_CHECKING:
    from neurosim.inputs.frames import Wanted
    from neurosim.inputs.scaling import Scaler
    from neurosim.model.neuron import Neuron


def checked_scaler(scaler: Any, neurons: Sequence[Neuron], where: str, unit: str) -> Scaler | None:
    """Return a scaler with one column for each of the neurons, or refuse it."""
    if scaler is None:
        return None
    from neurosim.inputs.scaling import Scaler  # late: building a network needs none

    if not isinstance(scaler, Scaler):
        raise InvalidTypeError(
            f"{where} must be a Scaler, such as standardize makes, or None "
            f"(got {shown(scaler)})"
        )
    own = scaler.of(wanted_columns(neurons, unit), where)
    require_fitting(own, neurons, where, unit)
    return own


def wanted_columns(neurons: Sequence[Neuron], unit: str, scaler: Scaler | None = None) -> Wanted:
    """Return the columns of a table that are those of some neurons.

    They are called like the neurons. Where nobody gave these names, a scaler that was made from a
    table still knows what its columns are called.
    """
    from neurosim.inputs.frames import Wanted  # late: building a network needs none

    names = [neuron.name for neuron in neurons]
    if not _were_made_up(neurons):
        # A single column of targets cannot be taken for another.
        return Wanted(names, unit, len(names) > 1 or unit != "output neuron")
    if scaler is not None and scaler.names is not None:
        return Wanted(scaler.names, unit)
    return Wanted(names, unit, False)


def _were_made_up(neurons: Sequence[Neuron]) -> bool:
    """Return whether the names of all neurons are those that they have by default."""
    for neuron in neurons:
        layer = neuron.layer
        if layer is None:
            if re.fullmatch(r"neuron\d+", neuron.name) is None:
                return False
        elif re.fullmatch(rf"{re.escape(layer.name)}\[\d+\]", neuron.name) is None:
            return False
    return True


def require_fitting(scaler: Scaler, neurons: Sequence[Neuron], where: str, unit: str) -> None:
    """Refuse a scaler of another number of columns than there are neurons."""
    if len(scaler) != len(neurons):
        raise InvalidValueError(
            f"{where} must have {len(neurons)} columns, one per {unit} (got {len(scaler)})"
        )


def checked_classes(classes: Any, n_outputs: int, where: str) -> tuple[Any, ...] | None:
    """Return class labels as a tuple, one for each output neuron, two for a single one."""
    if classes is None:
        return None
    if isinstance(classes, (str, bytes)) or not isinstance(classes, Iterable):
        raise InvalidTypeError(f"{where} must be a list of class labels (got {shown(classes)})")
    labels = classes.tolist() if hasattr(classes, "tolist") else list(classes)
    require_one_each(labels, n_outputs, where)
    for label in labels:
        if not isinstance(label, Hashable) or is_missing(label):
            raise InvalidTypeError(
                f"{where} must be text, numbers or the like (got {shown(label)})"
            )
        if isinstance(label, Real) and not -math.inf < label < math.inf:
            raise InvalidValueError(f"{where} must be finite (got {shown(label)})")
    if len(set(labels)) < len(labels):
        twice = Counter(labels).most_common(1)[0][0]
        raise InvalidValueError(f"{where} must be distinct (got {shown(twice)} twice)")
    return tuple(labels)


def require_one_each(classes: Sequence[Any], n_outputs: int, where: str) -> None:
    """Refuse another number of classes than the output neurons can tell apart."""
    wanted = 2 if n_outputs == 1 else n_outputs
    if len(classes) != wanted or not wanted:
        whose = "one per output neuron" if n_outputs != 1 else "since one output tells two apart"
        raise InvalidValueError(
            f"{where} must be {wanted} labels, {whose} (got {len(classes)}: {_listed(classes)})"
        )


def _listed(labels: Sequence[Any]) -> str:
    shown = ", ".join(map(repr, labels[:10]))
    return f"{shown}, …" if len(labels) > 10 else shown
