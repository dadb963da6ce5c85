"""JSON read with distrust: no key twice, no NaN, and no more memory than is granted."""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from typing import Any, NoReturn

import numpy as np

from neurosim.errors import FormatError
from neurosim.wording import shown

# What values take in memory at most, by signs that come with them: a number and its place in a
# list, what a text takes besides (twice), a list, a dictionary, a key and its place in one.
BYTES = {",": 50, '"': 16, "[": 120, "{": 400, ":": 260}
WIDE = 4  # bytes of a character, at most
DIGITS = 40  # of a whole number


def read_json(raw: bytes, budget: int, where: str) -> Any:
    """Return what a JSON text in UTF-8 holds.

    Parameters
    ----------
    raw : bytes
    budget : int
        How many bytes of memory may be used.
    where : str
        What the text is called in messages.

    Raises
    ------
    FormatError
        If it is no JSON, if a key comes twice, if a number is not finite or has hundreds of
        digits, or if its values would take more than the budget.

    Examples
    --------
    >>> read_json(b'{"a": [1, 2.5]}', 1 << 20, "example")
    {'a': [1, 2.5]}
    """
    try:
        text = raw.decode()
        _check_budget(raw, text, budget)
        return json.loads(
            text,
            object_pairs_hook=without_twice,
            parse_constant=_no_constant,
            parse_int=_whole,
            parse_float=_finite,
        )
    except (FormatError, ValueError, RecursionError) as error:
        raise FormatError(f"{where}: {error}") from error


def without_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the values of an object of JSON, or refuse a key that is there twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise FormatError(f"expected the key {shown(twice)} once (got it twice)")
    return found


def _no_constant(name: str) -> NoReturn:
    raise FormatError(f"expected finite numbers (got {name})")


def _whole(digits: str) -> int:
    if len(digits) > DIGITS:
        raise FormatError(f"expected whole numbers of {DIGITS} digits at most (got {len(digits)})")
    return int(digits)


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise FormatError(f"expected finite numbers (got {digits[:DIGITS]})")
    return value


def _check_budget(raw: bytes, text: str, budget: int) -> None:
    """Refuse a text whose values may take more memory than granted, before they are made."""
    texts = sys.getsizeof(text)
    if "\\" in text:  # what is put together from pieces is copied on the way
        texts = 2 * (WIDE * len(text) if "\\u" in text else texts)
    needed = len(raw) + sys.getsizeof(text) + texts + _values_size(raw)
    if needed > budget:
        raise FormatError(f"expected values that take {budget} bytes at most (got {needed})")


def _values_size(raw: bytes) -> int:
    """Return how much memory the values of a JSON text take at most, but for their letters."""
    plain = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
    letters = np.frombuffer(plain, np.uint8)
    quotes = letters == ord('"')
    bare = ~np.logical_xor.accumulate(quotes)  # outside of texts, or at the end of one
    bare |= quotes
    return sum(
        size * int(np.count_nonzero((letters == ord(sign)) & bare)) for sign, size in BYTES.items()
    )
