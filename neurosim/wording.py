"""How messages word what may be long: values, lists of names, and whole messages."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Sequence
from typing import Any

MOST_CHARACTERS = 2000  # of a message
_HEAD, _TAIL = 1300, 500
_MOST_NAMES = 12
_MOST_SHOWN = 700  # of the characters of a value
_MOST_ITEMS = 10
_MOST_BITS = 2048  # of an int that is written out; Python itself refuses at some 14,000


class _Short(reprlib.Repr):
    """Writes the first few items of lists and dicts, and the two ends of long texts."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel = 4
        self.maxlist = self.maxtuple = self.maxset = self.maxfrozenset = self.maxdict = _MOST_ITEMS
        self.maxstring = self.maxother = 200

    def repr_int(self, x: int, level: int) -> str:
        """Write a number, for which Python's own `repr` fails if it is very long."""
        many = x.bit_length() > _MOST_BITS
        return f"an int of {x.bit_length():,} bits" if many else repr(x)


_SHORT = _Short()


def fitted(message: Any) -> Any:
    """Return a message without its middle, if it is too long to be read.

    Examples
    --------
    >>> text = fitted("x must be short (got " + 10_000 * "a" + "); leave it out")
    >>> text[1290:1340], text[-20:]
    ('aaaaaaaaaa… (8,236 characters left out) …aaaaaaaaa', 'aaaaa); leave it out')
    """
    if not isinstance(message, str) or len(message) <= MOST_CHARACTERS:
        return message
    left_out = len(message) - _HEAD - _TAIL
    return f"{message[:_HEAD]}… ({left_out:,} characters left out) …{message[-_TAIL:]}"


def shown(value: Any) -> str:
    """Return the repr of a value that came, or as much of it as shows what it is.

    Examples
    --------
    >>> shown([1, 2, "three"])
    "[1, 2, 'three']"
    >>> shown(range(10**9)), shown(list(range(10**6)))
    ('range(0, 1000000000)', '[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ...] of length 1,000,000')
    >>> shown(10**5000)
    'an int of 16,610 bits'
    """
    # A class of NumPy's has these too, but not as numbers.
    size: Any = 0 if isinstance(value, type) else getattr(value, "size", 0)
    if getattr(value, "ndim", 0) and size > _MOST_ITEMS:
        return f"an array of shape {value.shape} and dtype {getattr(value, 'dtype', 'unknown')}"
    try:
        if not isinstance(value, (str, bytes, list, tuple, set, frozenset, dict, int)):
            return _SHORT.repr_instance(value, 1)
        text = _SHORT.repr(value) if _is_long(value) else repr(value)
    except Exception:  # of a repr of somebody else's
        return f"a {type(value).__name__}"
    if len(text) > _MOST_SHOWN:
        text = f"{text[: _MOST_SHOWN - 50]}…{text[-40:]}"
    length = 0 if isinstance(value, int) else len(value)
    return f"{text} of length {length:,}" if length > _SHORT.maxstring else text


def _is_long(value: Any) -> bool:
    """Return whether a value, or one that it holds, is so long that it is not written whole."""
    if isinstance(value, int):
        return value.bit_length() > _MOST_BITS
    if isinstance(value, (str, bytes)):
        return len(value) > _SHORT.maxstring
    if isinstance(value, (list, tuple, set, frozenset, dict)):
        held = [*value, *value.values()] if isinstance(value, dict) else value
        return len(value) > _SHORT.maxlist or any(map(_is_long, held))
    return False


def counted(number: int) -> str:
    """Return a whole number with commas, or how large it is at least.

    Examples
    --------
    >>> counted(10**6), counted(10**5000)
    ('1,000,000', 'more than 2**16609')
    """
    bits = number.bit_length()
    return f"{number:,}" if bits < 128 else f"more than 2**{bits - 1}"


def listed(names: Sequence[Any], most: int = _MOST_NAMES) -> str:
    """Return names with commas between them, and how many more there are.

    Examples
    --------
    >>> listed(["a", "b", "c", "d"], most=2)
    'a, b, … (2 more)'
    """
    text = ", ".join(map(str, names[:most]))
    return text if len(names) <= most else f"{text}, … ({len(names) - most:,} more)"


def chained(names: Iterable[Any]) -> str:
    """Return a path as names with arrows between them, without its middle if it is long.

    Examples
    --------
    >>> chained("abca")
    'a -> b -> c -> a'
    >>> chained([f"n{i}" for i in range(50_000)])  # doctest: +NORMALIZE_WHITESPACE
    'n0 -> n1 -> n2 -> n3 -> n4 -> n5 -> n6 -> n7 -> n8 -> n9 -> … (49,988 more) -> n49998 ->
    n49999'
    """
    names = list(names)
    if len(names) > _MOST_NAMES:
        more = f"… ({len(names) - _MOST_NAMES:,} more)"
        names = [*names[: _MOST_NAMES - 2], more, *names[-2:]]
    return " -> ".join(map(str, names))
