"""CSV tables: cells read as text, so that a refusal can name the row and the column of each.

Rows are counted as a spreadsheet counts them: the line of column names is row 1.
"""

from __future__ import annotations

import codecs
import csv
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from itertools import chain
from pathlib import Path
from typing import Any, NoReturn, TextIO

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from neurosim.command_line.values import as_toml
from neurosim.errors import FormatError, InvalidValueError

SEPARATORS = (",", ";", "\t")
MOST_NAMES = 12  # that a message lists
CHUNK = 4096  # rows whose cells are kept as text at a time
_BOMS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_WHOLE = re.compile(r"0|-?[1-9]\d{0,17}")
COUNTED = "rows are counted as in a spreadsheet, the column names too"


@frozen(eq=False)
class Table:
    """Columns of a table.

    Attributes
    ----------
    numbers : (n_rows, n_columns) array
        The columns of numbers, in the order in which they were asked for.
    texts : list of str, or None
        The column of text.
    rows : (n_rows,) int array
        Where each row stands in the file.
    """

    path: str
    numbers: NDArray[np.float64]
    texts: list[str] | None
    rows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)

    def labels(self, *, as_text: bool = False) -> list[Any]:
        """Return the column of text as labels: whole numbers, if all of it are, or else text."""
        texts = self.texts or []
        if as_text or not all(map(_WHOLE.fullmatch, texts)):
            return texts
        return [int(text) for text in texts]


def table_from(
    path: str | Path, numbers: Sequence[str], text: str | None = None, *, remedy: str = ""
) -> Table:
    """Return columns of the CSV file at `path`: some of numbers, and perhaps one of text.

    The message about a column that is missing ends in `remedy`.

    Raises
    ------
    FormatError
        If it is not a CSV file in UTF-8 (or UTF-16 that says so) with a line of column names.
    InvalidValueError
        If a column is missing or is there twice, and for an empty or a bad cell; the message names
        its row and its column.
    """
    with _opened(path) as file:
        records = _records(file, str(path))
        start, header = next(records, (0, []))
        names = [name.strip() for name in header]
        if not any(names):
            raise FormatError(f"{path} is not a CSV file: it has no line of column names")
        places = [_place(name, names, path, remedy) for name in numbers]
        text_place = None if text is None else _place(text, names, path, remedy)
        reading = _Reading(str(path), names, places, text_place)
        for row, record in records:
            reading.take(row, record)
    table = reading.table()
    if not len(table):
        raise InvalidValueError(f"{path} has no rows below the column names in row {start}")
    return table


class _Reading:
    """A table in the making: rows are taken one by one, numbers made of them chunk by chunk."""

    def __init__(
        self, path: str, names: list[str], places: list[int], text_place: int | None
    ) -> None:
        self.path, self.names, self.places, self.text_place = path, names, places, text_place
        self.texts: list[str] = []
        self.rows: list[int] = []
        self.cells: list[str] = []
        self.done = 0  # rows whose numbers have been made
        self.chunks: list[NDArray[np.float64]] = []
        self.known: dict[str, str] = {}  # labels, each kept once

    def take(self, row: int, record: list[str]) -> None:
        """Take a row."""
        if len(record) != len(self.names):
            self._refuse_length(row, record)
        self.rows.append(row)
        self.cells += [record[place] for place in self.places]
        if self.text_place is not None:
            label = record[self.text_place].strip()
            if not label:
                self._refuse(row, self.text_place, label)
            self.texts.append(self.known.setdefault(label, label))
        if len(self.rows) - self.done >= CHUNK:
            self._convert()

    def table(self) -> Table:
        """Return all that was taken."""
        self._convert()
        numbers = np.concatenate(self.chunks)
        texts = None if self.text_place is None else self.texts
        return Table(self.path, numbers, texts, np.array(self.rows, np.int64))

    def _convert(self) -> None:
        """Make numbers of the cells; look at each one only where not all are plain numbers."""
        joined = "".join(self.cells)
        try:
            if not joined.isascii() or "_" in joined:  # which Python takes for numbers, too
                raise ValueError
            values = list(map(float, self.cells))
            if not all(map(math.isfinite, values)):
                raise ValueError
        except ValueError:
            values = self._one_by_one()
        self.chunks.append(np.array(values, np.float64).reshape(-1, len(self.places)))
        self.cells, self.done = [], len(self.rows)

    def _one_by_one(self) -> list[float]:
        width = len(self.places)
        values = []
        for i, cell in enumerate(self.cells):
            value = number_in(cell)
            if value is None:
                self._refuse(self.rows[self.done + i // width], self.places[i % width], cell)
            values.append(value)
        return values

    def _refuse(self, row: int, place: int, cell: str) -> NoReturn:
        column = f"{self.path}: row {row} of column {self.names[place]!r}"
        if not cell.strip():
            raise InvalidValueError(
                f"{column} is empty; fill it in, or leave the row out ({COUNTED})"
            )
        comma = _DECIMAL_COMMA.fullmatch(cell.strip())
        hint = "; the decimals of a number stand after a point, not a comma" if comma else ""
        raise InvalidValueError(
            f"{column} must be a finite number (got {as_toml(cell)}{hint}; {COUNTED})"
        )

    def _refuse_length(self, row: int, record: list[str]) -> NoReturn:
        raise FormatError(
            f"{self.path}: row {row} must have a cell for each of {len(self.names)} columns "
            f"(got {len(record)}; {COUNTED})"
        )


def number_in(cell: str) -> float | None:
    """Return the finite number that a cell holds, or None."""
    text = cell.strip()
    if not text.isascii() or "_" in text:
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _place(name: str, names: list[str], path: str | Path, remedy: str) -> int:
    """Return where a column is, or refuse a name that is not there, or is there twice."""
    count = names.count(name)
    if count > 1:
        raise InvalidValueError(f"{path} must have one column called {name!r} (got {count})")
    if not count:
        raise InvalidValueError(
            f"{path} has no column {name!r}; it has {listed(names)}{remedy}"
        )
    return names.index(name)


def listed(names: Sequence[Any]) -> str:
    """Return names for a message, the rest of many left out."""
    shown = [repr(name) for name in names[:MOST_NAMES]]
    return ", ".join(shown + [f"… {len(names) - MOST_NAMES} more"] * (len(names) > MOST_NAMES))


# -- text --------------------------------------------------------------------------------------


@contextmanager
def _opened(path: str | Path) -> Iterator[TextIO]:
    """Open a table, once, since it may be a pipe; say of which file it is what goes wrong."""
    with open(path, "rb") as file:
        encoding = _BOMS.get(file.peek(2)[:2], "utf-8-sig")
        try:
            yield TextIOWrapper(file, encoding, newline="")
        except UnicodeError as error:
            where = _first_bad_line(path) if encoding == "utf-8-sig" else " or whole UTF-16"
            raise FormatError(
                f"{path} is not a CSV file in UTF-8{where}; save it as CSV UTF-8"
            ) from error
        except csv.Error as error:
            raise FormatError(f"{path} is not a CSV file: {error}") from error


def _first_bad_line(path: str | Path) -> str:
    if not Path(path).is_file():
        return ""
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                return f" (byte 0x{line[error.start]:02x} in line {number})"
    return ""


def _records(file: TextIO, path: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that hold anything, and the number of each.

    A blank line is an empty cell where there is but one column, unless it is at the end.
    """
    first = file.readline()
    separator = max(SEPARATORS, key=_outside_quotes(first).count)
    lines = chain([first], file)
    reader = csv.reader(
        _plain(lines, path), delimiter=separator, skipinitialspace=True, strict=True
    )
    blank: list[int] = []
    width = 0
    for row, record in enumerate(reader, 1):
        if not record:
            blank.append(row)
            continue
        if width == 1:
            yield from ((number, [""]) for number in blank)
        blank, width = [], len(record)
        yield row, record


def _outside_quotes(line: str) -> str:
    return re.sub(r'"[^"]*"?', "", line)


def _plain(lines: Iterator[str], path: str) -> Iterator[str]:
    for line in lines:
        if "\0" in line:
            raise FormatError(f"{path} is not a CSV file in UTF-8: it holds bytes that are 0")
        yield line
