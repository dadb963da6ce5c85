"""Read IDX files, the format in which the MNIST digits are handed out."""

from __future__ import annotations

import gzip
import math
import os
import zlib
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from neurosim.checks import integer
from neurosim.errors import FormatError
from neurosim.io.whole import file_path

DTYPES: dict[int, np.dtype[Any]] = {
    0x08: np.dtype("u1"),
    0x09: np.dtype("i1"),
    0x0B: np.dtype(">i2"),
    0x0C: np.dtype(">i4"),
    0x0D: np.dtype(">f4"),
    0x0E: np.dtype(">f8"),
}

GZIP_MAGIC = b"\x1f\x8b"
MAX_DIMENSIONS = 64  # NumPy's limit
# Data are taken in pieces, so that memory follows what the file holds, not what it promises.
PIECE = 1 << 18


def read_idx(path: str | os.PathLike[str], *, max_bytes: int = 1 << 30) -> NDArray[Any]:
    """Return the array in an IDX file, plain or gzipped.

    Parameters
    ----------
    path : str or path-like
        Whether the file is gzipped is told from its first bytes, not from its name.
    max_bytes : int
        How many bytes of data to accept at most; a gzipped file can unpack to a thousand times
        its own size.

    Returns
    -------
    array
        In the shape and the dtype that the file declares, in native byte order. It is writable
        and belongs to the caller.

    Raises
    ------
    FormatError
        If the file is not a whole IDX file and nothing else, or declares more than `max_bytes`.
    OSError
        If it cannot be read.

    Notes
    -----
    Two zero bytes, a byte for the type, a byte for the number of dimensions, the size of each
    dimension as a big-endian uint32, then the values, big-endian, the last index moving fastest.

    References
    ----------
    Y. LeCun, C. Cortes and C. J. C. Burges, "The MNIST database of handwritten digits".

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "labels-idx1-ubyte"
    ...     count = file.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 1]))
    ...     read_idx(file)
    array([7, 2, 1], dtype=uint8)
    """
    limit = integer(max_bytes, "read_idx.max_bytes", minimum=0)
    with file_path(path, "read_idx.path").open("rb") as file:
        if file.peek(len(GZIP_MAGIC))[: len(GZIP_MAGIC)] != GZIP_MAGIC:
            return _Reader(file, path).array(limit)
        try:
            with gzip.GzipFile(fileobj=file, mode="rb") as unpacked:
                return _Reader(unpacked, path).array(limit)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise FormatError(
                f"{os.fspath(path)}: expected a whole gzip stream (got a broken one: {error})"
            ) from error


class _Reader:
    """A stream read from front to back, which knows where it is when something is wrong."""

    def __init__(self, stream: BinaryIO | gzip.GzipFile, path: str | os.PathLike[str]) -> None:
        self.stream = stream
        self.path = path
        self.at = 0

    def array(self, limit: int) -> NDArray[Any]:
        dtype, n_dimensions = self.magic()
        shape = tuple(np.frombuffer(self.take(4 * n_dimensions, "sizes"), ">u4").tolist())
        # NumPy refuses a shape by the product of its sizes other than 0, and so do we.
        n_bytes = math.prod(size or 1 for size in shape) * dtype.itemsize
        if n_bytes > limit:
            raise self.wrong(
                4,
                f"expected sizes for at most {limit} bytes of data, which max_bytes= can raise",
                f"{' × '.join(map(str, shape))} values of {dtype.itemsize} bytes",
            )
        values = np.frombuffer(self.take(n_bytes if 0 not in shape else 0, "data"), dtype)
        if self.stream.read(1):
            raise self.wrong(self.at, "expected the end of the file", "more bytes")
        return values.reshape(shape).astype(dtype.newbyteorder("="))

    def magic(self) -> tuple[np.dtype[Any], int]:
        head = self.take(4, "header")
        if head[:2] != b"\0\0":
            raise self.wrong(0, "expected the two zero bytes that open an IDX file", _hex(head[:2]))
        if head[2] not in DTYPES:
            known = ", ".join(_hex(bytes([code])) for code in DTYPES)
            raise self.wrong(2, f"expected one of the types {known}", _hex(head[2:3]))
        if not 1 <= head[3] <= MAX_DIMENSIONS:
            raise self.wrong(3, f"expected 1 to {MAX_DIMENSIONS} dimensions", str(head[3]))
        return DTYPES[head[2]], head[3]

    def take(self, n_bytes: int, what: str) -> bytearray:
        taken = bytearray()
        while len(taken) < n_bytes:
            piece = self.stream.read(min(n_bytes - len(taken), PIECE))
            if not piece:
                raise self.wrong(
                    self.at, f"expected {n_bytes} bytes of {what}", f"only {len(taken)}"
                )
            taken += piece
        self.at += n_bytes
        return taken

    def wrong(self, at: int, expected: str, got: str) -> FormatError:
        return FormatError(f"{os.fspath(self.path)}, byte {at}: {expected} (got {got})")


def _hex(value: bytes | bytearray) -> str:
    return f"0x{value.hex()}"
