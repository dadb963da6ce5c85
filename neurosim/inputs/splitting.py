"""Examples parted into those to learn from and those to be asked about."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurosim.checks import IntArray, integer, number
from neurosim.conversion import Origin, masked_place, require_dense
from neurosim.errors import InvalidTypeError, InvalidValueError
from neurosim.initializers import Generator, Seed, make_generator
from neurosim.inputs.labels import known_classes, label_column, positions
from neurosim.memory import require_memory
from neurosim.wording import shown


def split(
    X: Any, y: Any, test: float = 0.25, seed: Seed = 0, stratify: Any = None
) -> tuple[Any, Any, Any, Any]:
    """Part examples at random into those to learn from and those to test with.

    Parameters
    ----------
    X, y : array, data frame, series, list, tuple or Labels
        As many rows; what comes out is of the same kind, a list for a tuple.
    test : float or int
        The share to test with, between 0 and 1, or the number of examples.
    seed : int, SeedSequence, Generator, RandomState or None
        The source of randomness; the same seed deals out the same rows.
    stratify : (n_examples,) labels, optional
        Each class gets its share of the examples to test with, as near as whole numbers come;
        most often `y`.

    Returns
    -------
    X_train, X_test, y_train, y_test
        Their rows stand in a random order.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If either part would be empty, if X, y and `stratify` are not equally long, or for a kind
        that has no rows to take; for a sparse matrix, for masked values, and for a label that is
        missing, whose row is named.

    Notes
    -----
    Of `n` examples of which `n_test` are to test with, a class of `n_class` gets the whole part of
    n_test · n_class / n; what is left over goes to the classes with the largest fractions.

    Examples
    --------
    >>> import neurosim as ns
    >>> X, y = [[0], [1], [2], [3]], ["a", "b", "a", "b"]
    >>> X_train, X_test, y_train, y_test = ns.split(X, y, test=2, stratify=y)
    >>> sorted(y_train), sorted(y_test), len(X_train)
    (['a', 'b'], ['a', 'b'], 2)
    """
    n = _n_rows(X, "X")
    if _n_rows(y, "y") != n:
        raise InvalidValueError(f"X and y must have as many rows (got {n} and {len(y)})")
    n_test = _n_test(test, n)
    require_memory(16 * n, f"the rows of {n:,} examples, in another order,")
    generator = make_generator(seed)
    if stratify is None:
        chosen, rest = np.split(generator.permutation(n), [n_test])
    else:
        chosen, rest = _dealt(_class_numbers(stratify, n), n_test, generator)
    return _rows(X, rest), _rows(X, chosen), _rows(y, rest), _rows(y, chosen)


def _n_rows(value: Any, where: str) -> int:
    """Return how many rows there are, or refuse what has none or hides some of its values."""
    require_dense(value, f"split.{where}")
    place = masked_place(value)
    if place is not None:
        raise Origin(f"split.{where}").missing(place, "it is masked")
    is_array = hasattr(value, "shape") and hasattr(value, "__getitem__")
    if not isinstance(value, (list, tuple)) and (not is_array or isinstance(value, memoryview)):
        raise InvalidTypeError(
            f"split.{where} must be an array, a data frame, a series or a list "
            f"(got {type(value).__name__})"
        )
    if getattr(value, "shape", None) == ():
        raise InvalidValueError(f"split.{where} must have rows (got a single value)")
    return len(value)


def _n_test(test: Any, n: int) -> int:
    """Return how many of `n` examples are to test with."""
    if isinstance(test, (int, np.integer)):
        count = integer(test, "split.test", minimum=1)
    else:
        share = number(test, "split.test")
        if not 0 < share < 1:
            raise InvalidValueError(
                f"split.test must be a share between 0 and 1, or a number of examples (got {test})"
            )
        count = round(share * n)
    if not 0 < count < n:
        raise InvalidValueError(
            f"split.test must leave examples on both sides (got {test!r}, {count} of {n})"
        )
    return count


def _class_numbers(stratify: Any, n: int) -> IntArray:
    """Return the number of each example's class."""
    column = label_column(stratify, "split.stratify")
    if column is None:
        raise InvalidTypeError(
            "split.stratify must be one label per example, (n_examples,), text, numbers or bools "
            f"(got {shown(stratify)}); .astype(str) makes text of dates"
        )
    if len(column.labels) != n:
        raise InvalidValueError(
            f"split.stratify must have a label for each of {n} examples (got {len(column.labels)})"
        )
    column.require()
    return positions(column, known_classes(column))


def _dealt(numbers: IntArray, n_test: int, generator: Generator) -> tuple[Any, Any]:
    """Return the rows to test with and the others, each class by its share."""
    order = generator.permutation(len(numbers))
    tested = np.zeros(len(numbers), bool)
    for number_, quota in enumerate(_quotas(np.bincount(numbers), n_test).tolist()):
        tested[np.flatnonzero(numbers[order] == number_)[:quota]] = True
    return order[tested], order[~tested]


def _quotas(counts: IntArray, n_test: int) -> IntArray:
    """Return how many of each class are to test with: whole parts, then the largest fractions."""
    quotas, fractions = np.divmod(counts * n_test, counts.sum())
    most = np.argsort(-fractions, kind="stable")[: n_test - quotas.sum()]
    quotas[most] += 1
    return quotas


def _rows(value: Any, rows: NDArray[Any]) -> Any:
    if isinstance(value, (list, tuple)):
        return [value[row] for row in rows.tolist()]
    return value.iloc[rows] if hasattr(value, "iloc") else value[rows]
