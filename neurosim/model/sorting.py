"""Sorting and cutting arrays of whole numbers, on which the model's and the compiler's speed rests.

Keys are packed into one number each. Where it has few bits, its order is found digit by digit, for
which NumPy compares nothing. Otherwise, since NumPy sorts numbers several times faster than it
finds the order that would sort them, the place they come from is packed into the lowest bits.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from neurosim.checks import BoolArray, IntArray

Places = slice | IntArray

_ALL = slice(None)
_BITS = 64
_DIGIT = 16  # bits, for which NumPy's stable sort counts
_FEW_RUNS = 1 / 64  # with fewer descents per number, merging the runs is faster than sorting anew


def order_by(*keys: IntArray) -> Places:
    """Return the stable order that sorts by the first key, then by the second, and so on.

    Parameters
    ----------
    *keys : (n,) int arrays
        Not negative.

    Returns
    -------
    (n,) int array, or a slice of everything where all is in order already

    Examples
    --------
    >>> import numpy as np
    >>> order_by(np.array([1, 0, 1]), np.array([5, 7, 3])).tolist()
    [1, 2, 0]
    >>> order_by(np.array([1, 1, 2]))
    slice(None, None, None)
    """
    while len(keys) > 1 and _ascends(keys[-1]):  # a stable order needs no such key
        keys = keys[:-1]
    widths = [int(key.max(initial=0)).bit_length() for key in keys]
    if sum(widths) > _BITS:
        return np.lexsort(keys[::-1])
    packed = keys[0].astype(np.int64)
    for key, width in zip(keys[1:], widths[1:], strict=True):
        packed <<= width
        packed |= key
    return _order_of(packed.view(np.uint64), sum(widths))


def sorted_by(first: IntArray, second: IntArray) -> IntArray:
    """Return the order that sorts by `first`, then by `second`, as an array in any case."""
    order = order_by(first, second)
    return np.arange(len(first)) if isinstance(order, slice) else order


def _ascends(key: IntArray) -> bool:
    return bool((key[1:] >= key[:-1]).all())


def _order_of(packed: NDArray[np.uint64], width: int) -> Places:
    """Return the stable order of numbers of `width` bits, which are overwritten."""
    descents = np.count_nonzero(packed[1:] < packed[:-1])
    if not descents:
        return _ALL
    if width <= 2 * _DIGIT and descents >= len(packed) * _FEW_RUNS:
        return _order_by_digits(packed, width)
    bits = len(packed).bit_length()
    if width + bits > _BITS:
        return np.argsort(packed, kind="stable")
    packed <<= np.uint64(bits)
    packed |= np.arange(len(packed), dtype=np.uint64)
    packed.sort(kind="stable" if descents < len(packed) * _FEW_RUNS else "quicksort")
    packed &= np.uint64((1 << bits) - 1)
    return packed.view(np.int64)


def _order_by_digits(packed: NDArray[np.uint64], width: int) -> IntArray:
    """Return the stable order of numbers of `width` bits, by the lowest digit, then by the next."""
    order = np.argsort(packed.astype(np.uint16), kind="stable")
    if width <= _DIGIT:
        return order
    packed >>= np.uint64(_DIGIT)
    return order[np.argsort(packed.astype(np.uint16)[order], kind="stable")]


def offsets(group: IntArray, count: int) -> IntArray:
    """Return where each of `count` groups starts when members are sorted by their `group`."""
    return starts(np.bincount(group, minlength=count))


def starts(counts: IntArray) -> IntArray:
    """Return where each of neighbouring stretches starts, and at the end where the last stops."""
    result = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=result[1:])
    return result


def boundaries(*keys: IntArray) -> IntArray:
    """Return where sorted keys take a new value, the first place included."""
    new = np.ones(len(keys[0]), bool)
    np.not_equal(keys[0][1:], keys[0][:-1], out=new[1:])
    for key in keys[1:]:
        new[1:] |= key[1:] != key[:-1]
    return np.flatnonzero(new)


def lengths(start: IntArray, total: int) -> IntArray:
    """Return the lengths of neighbouring stretches that begin at `start` and end at `total`."""
    return np.diff(start, append=total)


def runs(ordered: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Return the different values of a sorted array, where each starts, and how often it stands.

    Examples
    --------
    >>> import numpy as np
    >>> [part.tolist() for part in runs(np.array([3, 3, 5]))]
    [[3, 5], [0, 2], [2, 1]]
    """
    start = boundaries(ordered)
    return ordered[start], start, lengths(start, len(ordered))


def distinct(numbers: IntArray) -> IntArray:
    """Return the different numbers, ascending; faster here than the hashing of `numpy.unique`."""
    return numbers if len(numbers) < 2 else runs(np.sort(numbers))[0]


def stretches(start: IntArray, count: IntArray) -> Places:
    """Return the places ``start[i] : start[i] + count[i]`` of all i, one after the other.

    As a slice where each begins where the one before it ends.

    Examples
    --------
    >>> import numpy as np
    >>> stretches(np.array([7, 2]), np.array([2, 3])).tolist()
    [7, 8, 2, 3, 4]
    >>> stretches(np.array([2, 5]), np.array([3, 1]))
    slice(2, 6, None)
    """
    if not len(start):
        return slice(0, 0)
    if (start[1:] == start[:-1] + count[:-1]).all():
        return slice(int(start[0]), int(start[-1] + count[-1]))
    ends = np.cumsum(count)
    places: IntArray = np.arange(ends[-1])
    places += np.repeat(start - (ends - count), count)
    return places


def mask_of(places: Places, count: int) -> BoolArray:
    """Return which of `count` things are among `places`."""
    result = np.zeros(count, bool)
    result[places] = True
    return result


def without(array: IntArray, places: list[int]) -> IntArray:
    """Return `array` without the items at `places`, which ascend and are few."""
    bounds = [-1, *places, len(array)]
    return np.concatenate(
        [array[low + 1 : high] for low, high in pairwise(bounds)]
    )


def with_inserted(array: IntArray, places: list[int], values: list[int]) -> IntArray:
    """Return `array` with `values` put before its items at `places`, which ascend and are few."""
    bounds = [0, *places, len(array)]
    pieces = [array[low:high] for low, high in pairwise(bounds)]
    single = np.array(values, array.dtype)
    for i in range(len(values), 0, -1):
        pieces.insert(i, single[i - 1 : i])
    return np.concatenate(pieces)
