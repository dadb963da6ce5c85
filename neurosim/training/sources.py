"""What gives the examples of a training: arrays, memory maps, or an iterable of batches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve

from neurosim.checks import FloatArray, pieces
from neurosim.errors import InvalidTypeError, InvalidValueError
from neurosim.training.data import Examples, Source, TargetCheck, check_in_pieces
from neurosim.training.mapped import Mapped, stays_on_disk
from neurosim.training.stream import Stream
from neurosim.training.weighing import EVEN, Counted, Weighing

if TYPE_CHECKING:
    from neurosim.door import Door
    from neurosim.program import Program


def training_source(program: Program, door: Door, X: Any, y: Any, check: TargetCheck) -> Source:
    """Return what gives the examples to train on: of arrays if there is a `y`, else a stream."""
    if y is None:
        _require_batches(X)
        return Stream(program, door, X, check)
    _require_array(X)
    return _from_arrays(door, X, y, check, "", learn=True)


def weighed(source: Source, weighing: Weighing) -> Source:
    """Return a training source whose examples have weights."""
    if isinstance(source, Stream):
        if weighing.examples is not None:
            raise InvalidTypeError(
                "sample_weights are those of arrays; the batches of an iterable bring their own, "
                "as triples (X, y, weights)"
            )
        source.weighing = weighing
        return source
    assert isinstance(source, (Examples, Mapped))
    if weighing is EVEN:
        return source
    weighing.require(len(source))
    check_in_pieces(weighing.check_targets, source.targets, "")
    counted = Counted.of(_weights(weighing, source.targets))
    counted.require_any()
    return evolve(source, counted=counted)


def _weights(weighing: Weighing, targets: Any) -> FloatArray | None:
    """Return the weight of each example; their targets, if asked for, are looked at in pieces."""
    if weighing.classes is None:
        return weighing.examples
    result = np.empty(len(targets))
    for rows in pieces(targets):
        own = None if weighing.examples is None else weighing.examples[rows]
        result[rows] = weighing.of(targets[rows], own)
    return result


def validation_source(
    program: Program, door: Door, validation: Any, check: TargetCheck
) -> Source | None:
    """Return what gives the examples to validate on: a pair of arrays, or a stream."""
    if validation is None:
        return None
    if _is_pair(validation):
        X, y = validation
        return _from_arrays(door, X, y, check, "validation ")
    if isinstance(validation, tuple) or not _is_iterable_of_batches(validation):
        raise InvalidTypeError(
            "validation must be a pair (X, y) or an iterable of batches, such as a list of pairs "
            f"(got {type(validation).__name__})"
        )
    stream = Stream(program, door, validation, check, where="the validation of epoch")
    if stream.once:
        raise InvalidTypeError(
            "validation is gone through after every epoch, which an iterator allows once only "
            f"(got {type(validation).__name__}); pass a list of batches, or an object whose "
            "__iter__ makes a new iterator"
        )
    return stream


def _is_pair(validation: Any) -> bool:
    """Return whether it is a tuple (X, y), or a list of two arrays: a batch is no array."""
    if not isinstance(validation, (tuple, list)) or len(validation) != 2:
        return False
    return isinstance(validation, tuple) or hasattr(validation[0], "__array__")


def _from_arrays(
    door: Door, X: Any, y: Any, check: TargetCheck, where: str, *, learn: bool = False
) -> Source:
    dtype = door.network.dtype
    on_disk = stays_on_disk(X, dtype, scaled=door.input_scaler is not None) or stays_on_disk(
        y, dtype, scaled=door.output_scaler is not None
    )
    kind = Mapped if on_disk else Examples
    examples = kind.checked(door, X, y, where, learn=learn)
    check_in_pieces(check, examples.targets, where)
    return examples


def _is_iterable_of_batches(value: Any) -> bool:
    """Return whether `value` is to be gone through, and is not the like of an array."""
    return (
        isinstance(value, Iterable)
        and not isinstance(value, (str, bytes, bytearray, Mapping))
        and not hasattr(value, "__array__")
    )


def _require_batches(X: Any) -> None:
    """Refuse as an iterable of batches what is none."""
    if hasattr(X, "__array__"):
        raise InvalidTypeError(
            f"y is missing: X is an array (of shape {np.shape(X)}), which needs targets; without "
            "y, X is taken as an iterable of batches (X, y)"
        )
    if not _is_iterable_of_batches(X):
        raise InvalidTypeError(
            f"X must be an array, with y, or an iterable of batches (X, y), without (got {X!r:.50})"
        )


def _require_array(X: Any) -> None:
    """Refuse an iterable of batches where there is a `y`; what else is no array, NumPy refuses."""
    is_sequence = hasattr(X, "__len__") and hasattr(X, "__getitem__")
    streams = _is_iterable_of_batches(X) and not is_sequence
    if streams or (isinstance(X, (list, tuple)) and X and _is_batch(X[0])):
        raise InvalidValueError(
            f"X is an iterable of batches ({type(X).__name__}), which brings its own targets; "
            "leave y out"
        )


def _is_batch(value: Any) -> bool:
    """Return whether `value` is a pair of arrays; a row of X is a pair of numbers at most."""
    return (
        isinstance(value, (list, tuple))
        and len(value) == 2
        and all(isinstance(part, (list, tuple)) or getattr(part, "ndim", 0) for part in value)
    )
