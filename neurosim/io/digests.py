"""A network in several files: each carries a digest of the whole, by which they belong together.

In a table it stands in the head, as the name of a last column with nothing in it; in JSON, under a
key of its own. It tells which files were written together, not that nobody has changed a line.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from neurosim.errors import FormatError
from neurosim.io.parts import Parts
from neurosim.io.rows import description, neuron_rows

KEY = "digest"
LETTERS = 32
LONGEST = 1 << 16  # bytes of a head
NONE, MISSING = "has none", "is not there"
HEAD = re.compile(rb"\b%s:([0-9a-f]{%d})\b" % (KEY.encode(), LETTERS))
ENTRY = re.compile(rb'"%s": ?"([0-9a-f]{%d})"' % (KEY.encode(), LETTERS))
COLUMN = re.compile(rf"{KEY}:[0-9a-f]{{{LETTERS}}}")

Row = tuple[int, list[str]]


def digest_of(parts: Parts) -> str:
    """Return a text that two networks have in common only if they are the same."""
    rest = json.dumps([description(parts), neuron_rows(parts)]).encode()
    columns = ((parts.pre, "<i8"), (parts.post, "<i8"), (parts.weight, "<f8"))
    found = hashlib.sha256(rest)
    for column, dtype in columns:
        found.update(np.ascontiguousarray(column, dtype).data)
    return found.hexdigest()[:LETTERS]


def marked(
    columns: Sequence[str], lines: Iterable[Sequence[Any]], digest: str
) -> Iterator[Sequence[Any]]:
    """Yield the head and the lines of a table that carries a digest."""
    yield [*columns, f"{KEY}:{digest}"]
    for line in lines:
        yield [*line, ""]


def unmarked(lines: list[Row]) -> list[Row]:
    """Return the rows of a table, each with its number, without the column of the digest."""
    head = [cell.strip().lower() for cell in lines[0][1]] if lines else []
    places = [place for place, cell in enumerate(head) if COLUMN.fullmatch(cell)]
    for place in reversed(places):
        lines = [(number, row[:place] + row[place + 1 :]) for number, row in lines]
    return lines


@contextmanager
def of_one_network(tables: Sequence[Path], structure: Path) -> Iterator[None]:
    """Refuse files that were not written together, nor replaced by others while they are read.

    Files that carry no digest, any of them, may come from anywhere.
    """
    _require_one(tables, structure)
    yield
    _require_one(tables, structure)


def _require_one(tables: Sequence[Path], structure: Path) -> None:
    held = {path.name: _held(path, HEAD) for path in tables}
    is_missed = MISSING in held.values()
    held[structure.name] = _held(structure, ENTRY)
    if set(held.values()) <= {NONE, MISSING}:
        return
    if is_missed and held[structure.name] != MISSING:
        return  # who reads the table says that it is not there
    if len(set(held.values())) > 1:
        each = ", ".join(f"{name} {digest}" for name, digest in held.items())
        raise FormatError(
            f"expected files that were written together, all with one digest (got {each}); write "
            "the network again, or take the digest out of each if they belong together"
        )


def _held(path: Path, form: re.Pattern[bytes]) -> str:
    """Return the digest that a file carries, or why there is none."""
    try:
        with path.open("rb") as file:
            text = file.read() if form is ENTRY else _head(file)
    except FileNotFoundError:
        return MISSING
    found = form.search(text)
    return NONE if found is None else found[1].decode()


def _head(file: Any) -> bytes:
    """Return the first line that is no comment."""
    while (line := file.readline(LONGEST)).startswith(b"#"):
        while line and not line.endswith(b"\n"):
            line = file.readline(LONGEST)
    return bytes(line)


def without_digest(described: Any) -> Any:
    """Return what JSON says of a network, without the digest."""
    if not isinstance(described, Mapping):
        return described
    return {key: value for key, value in described.items() if key != KEY}
