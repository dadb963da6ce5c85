"""Tables as people and programs write them: which sign parts the cells, and what columns are."""

from __future__ import annotations

import csv
import re
import warnings
from collections.abc import Iterable, Sequence
from io import StringIO

from neurosim.errors import FormatError, NeurosimWarning
from neurosim.io.rows import number_in
from neurosim.wording import shown

Row = tuple[int, list[str]]
Line = tuple[int, dict[str, str]]

ENDS = ("source", "target")
# What the columns are called elsewhere, without signs and in small letters.
SOURCES = "source from pre src sourceid sourcenode sourcename fromid fromnode fromnodeid fromname"
TARGETS = "target to post dst targetid targetnode targetname toid tonode tonodeid toname"
PAIRS = (
    "node1 node2 nodea nodeb id1 id2 ida idb name1 name2 vertex1 vertex2 presynaptic postsynaptic"
)
NODES = (
    "id ids name names label labels node nodes nodeid nodename nodelabel suid sharedname key "
    "vertex vertices vertexid neuron neurons"
)
NAMED = {
    **dict.fromkeys(SOURCES.split(), "source"),
    **dict.fromkeys(TARGETS.split(), "target"),
    **dict(zip(PAIRS.split(), ENDS * (len(PAIRS.split()) // 2), strict=True)),
    "destination": "target",
}
# These could be nodes as well.
WEAK = ("u v", "i j", "start end", "tail head", "parent child", "sender receiver", "node neighbor",
        "node neighbour", "x y")  # fmt: skip
COMMENTS = ("#", "%")
DELIMITERS = ",;\t|"
QUOTED = re.compile('"(?:[^"]++|"")*+"')


# -- cells ---------------------------------------------------------------------------------------


def rows_of(text: str, *, is_exact: bool) -> list[Row]:
    """Return the rows of a table that are not empty, each with the number of its line.

    Parameters
    ----------
    text : str
        Lines at its beginning that open with a # or a % are left out.
    is_exact : bool
        Whether blanks around cells are part of them.
    """
    text, n_comments = _without_comments(text)
    delimiter = _delimiter(text[: text.find("\n")] if "\n" in text else text)
    if not is_exact and delimiter != " ":
        text = _without_blanks_behind_quotes(text, delimiter)
    reader = csv.reader(
        StringIO(text, newline=""),
        delimiter=delimiter,
        strict=True,
        skipinitialspace=not is_exact,
    )
    try:
        rows = [(reader.line_num + n_comments, row) for row in reader if any(row)]
    except csv.Error as error:
        place = reader.line_num + n_comments
        raise FormatError(f"line {place}: expected CSV (got an error: {error})") from error
    return rows if is_exact else [row for row in map(_stripped, rows) if row[1]]


def _without_comments(text: str) -> tuple[str, int]:
    """Return a text without the comments at its beginning, and the number of their lines."""
    start = n_comments = 0
    while text.startswith(COMMENTS, start):
        n_comments += 1
        start = text.find("\n", start) + 1 or len(text)
    return text[start:], n_comments


def _delimiter(line: str) -> str:
    bare = QUOTED.sub('""', line)
    most = max(DELIMITERS, key=bare.count)
    return most if most in bare or " " not in bare.strip() else " "


def _without_blanks_behind_quotes(text: str, delimiter: str) -> str:
    """Take out blanks between a quoted cell and the sign behind it, which csv does not."""
    blank = " " if delimiter == "\t" else r"[ \t]"
    behind = rf"({QUOTED.pattern})(?:{blank}++(?=[{re.escape(delimiter)}\r\n]|\Z))?"
    return re.sub(behind, r"\1", text)


def _stripped(row: Row) -> Row:
    """Return a row without blanks around its cells, and without empty ones at its end."""
    cells = [cell.strip() for cell in row[1]]
    while cells and not cells[-1]:
        cells.pop()
    return row[0], cells


# -- columns -------------------------------------------------------------------------------------


def edge_lines(rows: Sequence[Row]) -> list[Line]:
    """Return the lines of an edge list of another program, by the names of its columns.

    Raises
    ------
    FormatError
        For a list of nodes, and for rows that are longer than the first.
    """
    if not rows:
        return []
    first = rows[0][1]
    names = [_known(cell) for cell in first]
    _refuse_nodes(rows[0][0], first, names)
    if any(end in names for end in ENDS) and not _is_number(first[0]):
        return _by_name(names, rows)
    if _is_head(rows):
        _refuse_two_kinds(rows[1:])
        return _by_name([*ENDS, *names[2:]], rows)
    _warn_of_doubt(rows)
    return _by_place(rows)


def node_lines(rows: Sequence[Row]) -> list[Line]:
    """Return the lines of a list of nodes of another program, which has a head, by its names."""
    if not rows:
        return []
    names = [cell.strip().lower() for cell in rows[0][1]]
    if "id" not in names:
        named = [i for i, name in enumerate(names) if _bare(name) in NODES.split()]
        if not named:
            raise FormatError(
                f"line {rows[0][0]}: expected a head with a column 'id' (got {shown(rows[0][1])})"
            )
        names[named[0]] = "id"
    return _by_name(names, rows)


def _bare(cell: str) -> str:
    return "".join(filter(str.isalnum, cell.lower()))


def _known(cell: str) -> str:
    return NAMED.get(_bare(cell), cell.lower())


def _is_number(cell: str) -> bool:
    return number_in(cell) is not None


def _refuse_nodes(line: int, first: list[str], names: list[str]) -> None:
    bare = [_bare(cell) for cell in first]
    is_pair = any(end in names for end in ENDS) or " ".join(bare[:2]) in WEAK
    if bare[0] in NODES.split() and not is_pair:
        raise FormatError(
            f"line {line}: expected a list of edges, with the columns source and target "
            f"(got one of nodes, with {', '.join(map(shown, first[:5]))})"
        )


def _is_head(rows: Sequence[Row]) -> bool:
    """Return whether the first row is none of numbers, unlike all others, or names two ends."""
    first, rest = rows[0][1], [row for _, row in rows[1:]]
    if len(first) < 2 or not rest:
        return False
    if not any(map(_is_number, first[:2])) and all(
        len(row) > 1 and all(map(_is_number, row[:2])) for row in rest
    ):
        return True
    if len(first) > 2 and not _is_number(first[2]):
        thirds = [row[2] for row in rest if len(row) > 2 and row[2]]
        return bool(thirds) and all(map(_is_number, thirds))
    return " ".join(map(_bare, first[:2])) in WEAK and not _occur_again(rows)


def _occur_again(rows: Sequence[Row]) -> bool:
    first = set(rows[0][1][:2])
    return any(cell in first for _, row in rows[1:] for cell in row[:2])


def _refuse_two_kinds(rows: Sequence[Row]) -> None:
    """Refuse a table of things and their measures, which is no list of edges."""
    kinds = [{_is_number(row[i]) for _, row in rows if len(row) > i} for i in (0, 1)]
    if kinds[0] != kinds[1] and all(len(kind) == 1 for kind in kinds):
        raise FormatError(
            "expected a list of edges, with the columns source and target (got text in one column "
            "and numbers in the other)"
        )


def _warn_of_doubt(rows: Sequence[Row]) -> None:
    first = rows[0][1]
    could_be = len(first) == 2 and len(rows) > 2 and not any(map(_is_number, first))
    if could_be and not _occur_again(rows):
        warnings.warn(
            f"line {rows[0][0]} is read as an edge from {shown(first[0])} to {shown(first[1])}; "
            "if it is the head, call the columns source and target",
            NeurosimWarning,
            stacklevel=2,
        )


def _by_name(names: Sequence[str], rows: Sequence[Row]) -> list[Line]:
    """Name the cells of all rows but the first, which says their names."""
    twice = {name for name in names if name and names.count(name) > 1}
    if twice:
        raise FormatError(
            f"line {rows[0][0]}: expected one column for each name (got two for "
            f"{', '.join(map(shown, sorted(twice)))})"
        )
    return _named(names, rows[1:])


def _by_place(rows: Sequence[Row]) -> list[Line]:
    width = len(rows[0][1])
    if width > 3:
        warnings.warn(
            f"a table without a head: its columns are taken for source, target and weight, and "
            f"{'the fourth is' if width == 4 else 'the others are'} left out",
            NeurosimWarning,
            stacklevel=2,
        )
    others = [f"column {i + 1}" for i in range(3, width)]
    return _named([*ENDS, "weight", *others], rows)


def _named(names: Sequence[str], rows: Iterable[Row]) -> list[Line]:
    lines = []
    for number, row in rows:
        if len(row) > len(names):
            raise FormatError(
                f"line {number}: expected at most {len(names)} cells (got {len(row)})"
            )
        lines.append((number, dict(zip(names, row, strict=False))))
    return lines
