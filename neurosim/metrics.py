"""Metrics: how well outputs go with targets, told in numbers that people understand.

A metric is a function of targets and outputs, (n_examples, n_outputs) or (n_examples,), that
returns a number; `train` takes such functions as ``metrics=``. Those that speak of classes take the
largest of several outputs as the class. A single output is of the second class above 0.5, or above
0 where targets are -1 and +1. Class labels will do instead of either, of shape (n_examples,):
strings, integers, or floats if the targets have labels other than 0 and 1, or -1 and +1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurosim.checks import FloatArray, IntArray, integer
from neurosim.conversion import real_numbers, regular_array
from neurosim.errors import InvalidTypeError, InvalidValueError, MissingExtraError

Metric = Callable[[ArrayLike, ArrayLike], float]


# -- classes -----------------------------------------------------------------------------------


def accuracy(targets: ArrayLike, outputs: ArrayLike) -> float:
    """Return the share of the examples whose class comes out right.

    Parameters
    ----------
    targets, outputs : (n_examples, n_outputs) or (n_examples,) array_like

    Examples
    --------
    >>> accuracy([[1, 0], [0, 1], [0, 1]], [[0.8, 0.3], [0.6, 0.4], [0.1, 0.2]])
    0.6666666666666666
    >>> accuracy([0, 1, 1, 0], [0.2, 0.9, 0.4, 0.1])
    0.75
    >>> accuracy(["cat", "dog"], ["cat", "cat"])
    0.5
    """
    wanted, found = _classes(targets, outputs)
    return float(np.mean(wanted == found))


def top_k(k: int) -> Metric:
    """Return a metric: the share of the examples whose class is among the k largest outputs.

    Parameters
    ----------
    k : int
        Its name, and that of its column, is ``top_k``, such as ``top_3``.

    Examples
    --------
    >>> top_k(2)([[1, 0, 0], [0, 0, 1]], [[0.2, 0.7, 0.1], [0.5, 0.4, 0.1]])
    0.5
    """
    count = integer(k, "top_k.k", minimum=1)

    def metric(targets: ArrayLike, outputs: ArrayLike) -> float:
        wanted, given = _class_numbers(targets), _matrix(outputs, "outputs")
        _require_classes(wanted, given, least=1)
        own = np.take_along_axis(given, wanted[:, None], 1)
        # one of equal outputs counts as larger if it comes first, as for argmax
        ahead = (given > own) | ((given == own) & (np.arange(given.shape[1]) < wanted[:, None]))
        return float(np.mean(ahead.sum(axis=1) < count))

    metric.__name__ = metric.__qualname__ = f"top_{count}"
    return metric


def confusion_matrix(targets: ArrayLike, outputs: ArrayLike) -> IntArray:
    """Return how many examples of each class come out as each class.

    Parameters
    ----------
    targets, outputs : (n_examples, n_outputs) or (n_examples,) array_like

    Returns
    -------
    (n_classes, n_classes) int array
        ``[i, j]``: of class i, taken for class j. The classes are the outputs in their order, or
        the labels that occur, sorted. It is no column of a history.

    Examples
    --------
    >>> confusion_matrix([0, 1, 1, 1], [0.2, 0.9, 0.4, 0.8])
    array([[1, 0],
           [1, 2]])
    """
    wanted, found = _classes(targets, outputs)
    shape = np.shape(outputs)
    n_classes = 2 if len(shape) == 1 else max(2, shape[1])
    if _are_labels(regular_array(targets, "targets"), regular_array(outputs, "outputs")):
        labels, both = np.unique(np.concatenate([wanted, found]), return_inverse=True)
        wanted, found, n_classes = both[: len(wanted)], both[len(wanted) :], len(labels)
    cells = np.bincount(wanted * n_classes + found, minlength=n_classes**2)
    return cells.reshape(n_classes, n_classes)


# -- numbers -----------------------------------------------------------------------------------


def mean_squared_error(targets: ArrayLike, outputs: ArrayLike) -> float:
    """Return the mean of (t - o)² over examples and outputs.

    Examples
    --------
    >>> mean_squared_error([1.0, 2.0], [1.0, 4.0])
    2.0
    """
    wanted, given = _pair(targets, outputs)
    return float(np.mean((wanted - given) ** 2))


def mean_absolute_error(targets: ArrayLike, outputs: ArrayLike) -> float:
    """Return the mean of abs(t - o) over examples and outputs.

    Examples
    --------
    >>> mean_absolute_error([1.0, 2.0], [1.0, 4.0])
    1.0
    """
    wanted, given = _pair(targets, outputs)
    return float(np.mean(np.abs(wanted - given)))


def r2(targets: ArrayLike, outputs: ArrayLike) -> float:
    """Return R², the share of the targets' variance that the outputs explain.

    Notes
    -----
    1 - Σ (t - o)² / Σ (t - mean t)², the mean of that over the outputs, as in scikit-learn; 1 for
    equal targets that are met, else 0 for them.

    Examples
    --------
    >>> r2([1.0, 2.0, 3.0], [1.0, 2.0, 2.0])
    0.5
    """
    wanted, given = _pair(targets, outputs)
    left = np.sum((wanted - given) ** 2, axis=0)
    whole = np.sum((wanted - wanted.mean(axis=0)) ** 2, axis=0)
    explained = np.where(left == 0, 1.0, 0.0)
    np.divide(left, whole, out=left, where=whole > 0)
    return float(np.mean(np.where(whole > 0, 1 - left, explained)))


# -- probabilities -----------------------------------------------------------------------------


def log_loss(targets: ArrayLike, outputs: ArrayLike) -> float:
    """Return the mean of -log of the probability that the right class was given.

    That is scikit-learn's (extra ``metrics``), which keeps probabilities away from 0 and 1 by the
    precision of their dtype.

    Parameters
    ----------
    targets : (n_examples, n_outputs) or (n_examples,) array_like
        0 and 1, -1 and +1, a 1 in each row, or the numbers of the classes.
    outputs : (n_examples, n_outputs) or (n_examples,) array_like
        Probabilities: of each class, or of the second of two.

    Examples
    --------
    >>> round(log_loss([1, 0], [0.8, 0.1]), 6)
    0.164252
    """
    wanted, given = _probabilities(targets, outputs)
    found = _sklearn("log_loss").log_loss(wanted, given, labels=np.arange(max(2, given.shape[1])))
    return float(found)


def auc(targets: ArrayLike, outputs: ArrayLike) -> float:
    """Return the area under the ROC curve.

    That is the chance that an example of the class is given more than one that is not of it; the
    mean over the classes, each against the rest, where there are more than two. It is that of
    scikit-learn (extra ``metrics``), and NaN where a class does not occur.

    Parameters
    ----------
    targets : (n_examples, n_outputs) or (n_examples,) array_like
        0 and 1, -1 and +1, a 1 in each row, or the numbers of the classes.
    outputs : (n_examples, n_outputs) or (n_examples,) array_like

    Examples
    --------
    >>> auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.75
    """
    wanted, given = _probabilities(targets, outputs)
    score = _sklearn("auc").roc_auc_score
    columns = range(given.shape[1]) if given.shape[1] > 1 else [0]
    first = 0 if given.shape[1] > 1 else 1
    areas = []
    for column in columns:
        of_class = wanted == column + first
        if of_class.all() or not of_class.any():
            return float("nan")
        areas.append(score(of_class, given[:, column]))
    return float(np.mean(areas))


def _sklearn(metric: str) -> Any:
    try:
        import sklearn.metrics
    except ImportError as error:
        raise MissingExtraError(
            f'metrics.{metric} needs scikit-learn: pip install "neurosim[metrics]"'
        ) from error
    return sklearn.metrics


# -- what is compared --------------------------------------------------------------------------


def _matrix(values: ArrayLike, where: str) -> FloatArray:
    """Return numbers as (n_examples, n_outputs), in float64."""
    array = np.asarray(real_numbers(values, where), np.float64)
    if array.ndim not in (1, 2) or not array.size:
        raise InvalidValueError(
            f"{where} must be numbers of shape (n_examples, n_outputs) or (n_examples,), and not "
            f"empty (got {type(values).__name__} of shape {array.shape})"
        )
    return array[:, None] if array.ndim == 1 else array


def _pair(targets: ArrayLike, outputs: ArrayLike) -> tuple[FloatArray, FloatArray]:
    wanted, given = _matrix(targets, "targets"), _matrix(outputs, "outputs")
    if wanted.shape != given.shape:
        raise InvalidValueError(
            f"targets and outputs must have one shape (got {wanted.shape} and {given.shape})"
        )
    return wanted, given


def _require_as_many(wanted: NDArray[Any], given: NDArray[Any]) -> None:
    if len(wanted) != len(given):
        raise InvalidValueError(
            f"targets and outputs must be as many (got {len(wanted)} and {len(given)})"
        )


def _require_classes(wanted: IntArray, given: FloatArray, least: int = 2) -> None:
    _require_as_many(wanted, given)
    n_classes = max(least, given.shape[1])
    if wanted.max() >= n_classes:
        raise InvalidValueError(
            f"outputs must have a column for each class (got {given.shape[1]} and class "
            f"{wanted.max()} as a target)"
        )


def _are_labels(targets: NDArray[Any], outputs: NDArray[Any]) -> bool:
    """Return whether outputs are class labels, and no numbers that stand for them.

    Floats in one column are those of a single output where the targets tell two classes apart, and
    else labels such as the targets are.
    """
    if outputs.ndim != 1:
        return False
    if outputs.dtype.kind != "f":
        return True
    if targets.ndim != 1 or targets.dtype.kind not in "fiub" or not targets.size:
        return False
    if np.isin(targets, (0, 1)).all() or np.isin(targets, (-1, 1)).all():
        return False
    return bool(np.isin(outputs, targets).any())


def _classes(targets: ArrayLike, outputs: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the class of each example, as it should be and as it is: labels, or numbers."""
    wanted, found = regular_array(targets, "targets"), regular_array(outputs, "outputs")
    if _are_labels(wanted, found):
        if wanted.ndim != 1:
            raise InvalidTypeError(
                "outputs that are labels need labels of shape (n_examples,) as targets "
                f"(got targets of shape {wanted.shape})"
            )
        _require_as_many(wanted, found)
        for labels in (wanted, found):
            if labels.dtype.kind in "Vcm":
                raise InvalidTypeError(
                    f"labels must be text, numbers or the like (got dtype {labels.dtype})"
                )
        if (wanted.dtype.kind in "fiub" and found.dtype.kind in "UST") or (
            wanted.dtype.kind in "UST" and found.dtype.kind in "fiub"
        ):
            raise InvalidTypeError(
                "targets and outputs must be labels of one kind (got "
                f"{wanted.tolist()[0]!r} and {found.tolist()[0]!r})"
            )
        return wanted, found
    given = _matrix(found, "outputs")
    numbers = _class_numbers(wanted)
    _require_as_many(numbers, given)
    if given.shape[1] > 1:
        return numbers, given.argmax(axis=1)
    if numbers.max() > 1:
        raise InvalidValueError(
            "targets of a single output must be 0 and 1, or -1 and +1 "
            f"(got {wanted.ravel()[numbers.argmax()]})"
        )
    middle = 0.0 if np.min(np.asarray(wanted, np.float64)) < 0 else 0.5
    return numbers, (given[:, 0] > middle).astype(np.int64)


def _class_numbers(targets: ArrayLike) -> IntArray:
    """Return the number of the class of each example."""
    wanted = _matrix(targets, "targets")
    if wanted.shape[1] > 1:
        number: IntArray = wanted.argmax(axis=1)
        return number
    is_signed = (wanted < 0).any()
    if (is_signed and not np.isin(wanted, (-1, 1)).all()) or (wanted % 1).any():
        raise InvalidValueError(
            "targets of classes must be 0 and 1, -1 and +1, a 1 in each row, or the numbers of the "
            "classes"
        )
    return np.maximum(wanted[:, 0], 0).astype(np.int64)


def _probabilities(targets: ArrayLike, outputs: ArrayLike) -> tuple[IntArray, FloatArray]:
    wanted, given = _class_numbers(targets), _matrix(outputs, "outputs")
    _require_classes(wanted, given)
    return wanted, given
