"""NumPy arrays as the bytes of NPY files: numbers and text in C order, and nothing is evaluated."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurosim.errors import FormatError

NUMBERS = (
    "|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8", "<c8",
    "<c16",
)  # fmt: skip
# What stands in front of the numbers; taken apart, not evaluated.
HEADER = re.compile(
    rb"\{'descr': '(" + b"|".join(map(re.escape, (each.encode() for each in NUMBERS))) +
    rb"|\|S[1-9]\d{0,9}|<U[1-9]\d{0,8})', 'fortran_order': False, "
    rb"'shape': \((|\d{1,18},|\d{1,18}(?:, \d{1,18})+)\), \} *\n"
)  # fmt: skip
MAGIC = b"\x93NUMPY\x01\x00"
START = len(MAGIC) + 2
ALIGNED, LEAST = 64, 128  # where the numbers begin: at a multiple of this, and not before that
LAST_CHARACTER = 0x10FFFF


def encoded(array: NDArray[Any]) -> list[Any]:
    """Return the buffers of an array of numbers or text, of one of the types that are read."""
    ordered = np.asarray(array, order="C")
    plain = ordered.astype(ordered.dtype.newbyteorder("<"), copy=False)
    return [header(plain.dtype.str, plain.shape), plain.tobytes() if not plain.ndim else plain.data]


def is_encodable(dtype: np.dtype[Any]) -> bool:
    """Return whether arrays of a type can be written, and read again."""
    name = dtype.newbyteorder("<").str
    return name in NUMBERS or (dtype.kind in "SU" and dtype.itemsize > 0)


def header(dtype: str, shape: Sequence[int]) -> bytes:
    """Return what NumPy writes in front of an array, and would write differently some day."""
    sizes = ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "")
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': ({sizes}), }}".encode()
    end = max(LEAST, -(-(START + len(text) + 1) // ALIGNED) * ALIGNED)
    return MAGIC + (end - START).to_bytes(2, "little") + text.ljust(end - START - 1) + b"\n"


def decoded(data: bytes, name: str, *, vector: bool = False) -> NDArray[Any]:
    """Return the array in an NPY file, read-only, on the bytes that were read.

    With `vector`, it must have one dimension.

    Raises
    ------
    FormatError
        If it is anything but an array of numbers or text in C order, exactly as long as it says.
    """
    end = START + int.from_bytes(data[len(MAGIC) : START], "little")
    found = HEADER.fullmatch(data[START:end])
    shape = _shape(b"" if found is None else found[2])
    if not data.startswith(MAGIC) or found is None or (vector and len(shape) != 1):
        what = "of one dimension, of numbers" if vector else "of numbers or text,"
        raise FormatError(f"{name} must be a NumPy array {what} in C order")
    dtype = np.dtype(found[1].decode())
    count = math.prod(shape)
    if len(data) - end != count * dtype.itemsize:
        raise FormatError(
            f"{name} must hold {count} values of {dtype.itemsize} bytes, as it says "
            f"(got {len(data) - end} bytes)"
        )
    try:
        array = np.frombuffer(data, dtype, count, end) if count else np.empty(0, dtype)
        array = array.reshape(shape)
    except ValueError as error:  # more dimensions than NumPy has, or larger ones
        raise FormatError(f"{name} must be an array that NumPy can hold: {error}") from error
    _check_values(array, name)
    return array


def _shape(text: bytes) -> tuple[int, ...]:
    return tuple(int(size) for size in text.split(b",") if size.strip())


def _check_values(array: NDArray[Any], name: str) -> None:
    """Refuse bytes that stand for no value of their type."""
    if array.dtype.kind == "b" and (array.view(np.uint8) > 1).any():
        raise FormatError(f"{name} must hold 0 and 1 for false and true")
    if array.dtype.kind == "U" and array.size:
        letters = np.frombuffer(array.tobytes(), "<u4")
        if (letters > LAST_CHARACTER).any():
            raise FormatError(f"{name} must hold Unicode text")
