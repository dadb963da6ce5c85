"""Zip archives of members stored as they are: the same bytes each time, and read with distrust.

A member takes as many bytes as it has in the file, so what is read can never be larger than the
file. Whoever reads decides what the names of members mean: they are no paths.
"""

from __future__ import annotations

import os
import struct
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO
from zlib import crc32

from attrs import frozen

from neurosim.errors import FormatError

MOST = 1 << 16  # bytes of a directory that lists a handful of members
EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip archive knows
UNIX = 3
STORED = 0
ENCRYPTED = 1
IN_EXTRA, MANY = 0xFFFFFFFF, 0xFFFF  # stand for a number that is elsewhere, since it is too large
SIZES_64 = 1  # the kind of an extra field that holds them

# Little-endian records; names after "PKWARE, APPNOTE.TXT", section 4.3.
LOCAL = struct.Struct("<4s5H3L2H")
CENTRAL = struct.Struct("<4s6H3L5H2L")
END = struct.Struct("<4s4H2LH")
LOCATOR_64 = struct.Struct("<4sLQL")
END_64 = struct.Struct("<4sQ2H2L4Q")


def write_stored(file: BinaryIO, members: Iterable[tuple[str, Sequence[Any]]]) -> None:
    """Write an archive of members, each given as its name and the buffers that make it up.

    The bytes depend on nothing else.
    """
    with zipfile.ZipFile(file, "w") as archive:
        for name, buffers in members:
            info = zipfile.ZipInfo(name, EPOCH)
            info.create_system = UNIX
            info.file_size = sum(memoryview(buffer).nbytes for buffer in buffers)
            with archive.open(info, "w") as member:
                for buffer in buffers:
                    member.write(buffer)


@frozen
class Member:
    """Where in the file the local header of a member is, and what the directory says of it."""

    name: bytes
    offset: int
    size: int
    crc: int


class Archive:
    """An archive open for reading.

    Parameters
    ----------
    file : file
        Open for reading bytes, from any place.
    directory : int or None
        How many bytes the directory may have, if not as many as the file.

    Attributes
    ----------
    size : int
        Of the file, in bytes.
    members : dict of str to Member
        In the order of the directory.

    Raises
    ------
    FormatError
        If the file is no zip archive, or its directory is long, lists a name twice, members that
        are compressed or encrypted, that overlap, or that the file is too short for.
    """

    def __init__(self, file: BinaryIO, directory: int | None = MOST) -> None:
        self.file = file
        self.size = file.seek(0, os.SEEK_END)
        self.most = self.size if directory is None else directory
        self.members: dict[str, Member] = {}
        for member in self._directory():
            name = _shown(member.name)
            if name in self.members:
                raise FormatError(f"expected one member {name!r} (got two)")
            self.members[name] = member
        self._check_room()

    def read(self, name: str) -> bytes:
        """Return the bytes of a member, which must be there and undamaged."""
        if name not in self.members:
            held = ", ".join(self.members)
            raise FormatError(f"expected a member {name!r} (got {held or 'an empty archive'})")
        member = self.members[name]
        head = self._record(LOCAL, b"PK\x03\x04", member.offset, f"the header of {name!r}")
        start = member.offset + LOCAL.size
        name_size, extra_size = head[-2:]
        if self._take(start, name_size, "a name") != member.name:
            raise FormatError(f"byte {start}: expected the name {name!r} that the directory has")
        data = self._take(start + name_size + extra_size, member.size, f"member {name!r}")
        if crc32(data) != member.crc:
            raise FormatError(f"member {name!r} is damaged: its bytes do not have their checksum")
        return data

    def _directory(self) -> Iterator[Member]:
        count, size, offset = self._end()
        if size > self.most:
            raise FormatError(f"expected a directory of at most {self.most} bytes (got {size})")
        records, at = self._take(offset, size, "the directory"), 0
        while at < size:
            member, at = _member(records, at, offset)
            yield member
            count -= 1
        if count:
            raise FormatError("the directory does not list as many members as it says")

    def _end(self) -> tuple[int, int, int]:
        """Return the number of members, and the size and the place of the directory."""
        what = "the end of a zip archive"
        at = self.size - END.size
        end = self._record(END, b"PK\x05\x06", at, what)
        if end[-1]:
            raise FormatError(f"expected no comment (got one of {end[-1]} bytes)")
        count, size, offset = end[4:7]
        if count == MANY or IN_EXTRA in (size, offset):
            found = self._record(LOCATOR_64, b"PK\x06\x07", at - LOCATOR_64.size, what)
            end = self._record(END_64, b"PK\x06\x06", found[2], what)
            count, size, offset = end[7:]
        return count, size, offset

    def _check_room(self) -> None:
        """Refuse members that share bytes, which could be read many times over."""
        end = 0
        for member in sorted(self.members.values(), key=lambda member: member.offset):
            if member.offset < end:
                raise FormatError(f"member {_shown(member.name)!r} overlaps another")
            end = member.offset + LOCAL.size + len(member.name) + member.size
        if end > self.size:
            raise FormatError(f"expected {end} bytes or more (got {self.size}): it is cut short")

    def _record(self, form: struct.Struct, mark: bytes, at: int, what: str) -> tuple[Any, ...]:
        values = form.unpack(self._take(at, form.size, what))
        if values[0] != mark:
            raise FormatError(
                f"byte {at}: expected {what} (got 0x{values[0].hex()}); the file is cut short or "
                "damaged, or something else"
            )
        return values

    def _take(self, at: int, n_bytes: int, what: str) -> bytes:
        taken = b""
        if 0 <= at <= self.size - n_bytes:
            self.file.seek(at)
            taken = self.file.read(n_bytes)
        if len(taken) < n_bytes:
            raise FormatError(
                f"expected {n_bytes} bytes of {what} at byte {at} (the file has {self.size})"
            )
        return taken


def _member(records: bytes, at: int, offset: int) -> tuple[Member, int]:
    """Return the member that the directory lists at `at`, and where the next one begins."""
    start = at + CENTRAL.size
    if start > len(records) or not records.startswith(b"PK\x01\x02", at):
        raise FormatError(f"byte {offset + at}: expected a member in the directory")
    values = CENTRAL.unpack_from(records, at)
    flags, method, crc, packed, size, name_size, extra_size, comment_size = (
        *values[3:5],
        *values[7:13],
    )
    end = start + name_size + extra_size + comment_size
    if end > len(records):
        raise FormatError(f"byte {offset + at}: the directory is cut short")
    name = records[start : start + name_size]
    extra = records[start + name_size : start + name_size + extra_size]
    size, packed, place = _large_numbers((size, packed, values[-1]), extra)
    if method != STORED or flags & ENCRYPTED or size != packed:
        raise FormatError(
            f"member {_shown(name)!r} must be stored as it is, neither compressed nor encrypted "
            f"(got method {method}, flags {flags}, {packed} bytes for {size})"
        )
    return Member(name, place, size, crc), end


def _large_numbers(numbers: Sequence[int], extra: bytes) -> Iterator[int]:
    """Yield numbers, those that are too large for their place from the extra field."""
    large = iter(_large_field(extra))
    for number in numbers:
        if number != IN_EXTRA:
            yield number
            continue
        found = next(large, None)
        if found is None:
            raise FormatError("the directory leaves out the size or the place of a member")
        yield found


def _large_field(extra: bytes) -> tuple[int, ...]:
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<2H", extra)
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == SIZES_64:
            return struct.unpack(f"<{len(field) // 8}Q", field[: len(field) // 8 * 8])
    return ()


def _shown(name: bytes) -> str:
    return name.decode("ascii", "backslashreplace")
