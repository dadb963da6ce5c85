"""Numbers as a history holds them: floats, and whole numbers that count something."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from neurosim.errors import InvalidTypeError, InvalidValueError
from neurosim.wording import shown

COUNTABLE = 1 << 53  # floats know all whole numbers up to there


def recorded(value: Any, claim: str) -> float:
    """Return a number as one that a history can hold, and a file of it; refuse anything else.

    Messages begin with the claim.

    Whole numbers stay whole as far as floats know them all; those beyond become floats, and so do
    booleans.

    Examples
    --------
    >>> recorded(np.float32(0.5), "it is"), recorded(3, "it is"), recorded(True, "it is")
    (0.5, 3, 1.0)
    >>> recorded(10**30, "it is")
    1e+30
    """
    if type(value) is float:
        return value
    if type(value) is int and -COUNTABLE <= value <= COUNTABLE:
        return value
    found = as_float(value, claim)
    is_count = isinstance(value, np.integer) or (
        isinstance(value, np.ndarray) and value.dtype.kind in "iu"
    )
    return int(found) if is_count and abs(found) <= COUNTABLE else found


def as_float(value: Any, claim: str) -> float:
    """Return a number as a float; refuse what is none, and what no float can hold.

    Examples
    --------
    >>> as_float(np.array([3]), "accuracy must be")
    3.0
    """
    message = f"{claim} a number (got {shown(value)})"
    if np.ma.is_masked(value):  # NumPy would give 0, or what is hidden
        raise InvalidValueError(f"{claim} a number (got a masked value)")
    try:
        one = np.asarray(value).item() if value is not None else None
    except (TypeError, ValueError) as error:  # several numbers, or lists of several lengths
        raise InvalidTypeError(message) from error
    if one is None or isinstance(one, (str, bytes, complex)):
        raise InvalidTypeError(message)
    too_large = f"{claim} a number that a float can hold (got {shown(value)})"
    try:
        found = float(one)
    except OverflowError as error:
        raise InvalidValueError(too_large) from error
    except (TypeError, ValueError) as error:
        raise InvalidTypeError(message) from error
    if math.isinf(found) and one != found:  # of a number that has a longer format
        raise InvalidValueError(too_large)
    return found
