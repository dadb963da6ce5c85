"""Text in files: its encoding, and names in formats that cannot hold all characters."""

from __future__ import annotations

import re

from neurosim.errors import FormatError

# What XML 1.0 has no way to say (section 2.2), the carriage return, which it turns into a line
# feed (2.11), and the delete character. The underscore that opens a text like an escape is escaped.
_XML = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]|_(?=x[0-9A-F]{4})")
# DOT has one escape, that of the quotation mark, and leaves backslashes to those who draw.
# The angle brackets could open a tag where a drawing is shown on a page.
_DOT = re.compile('[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff"\\\\<>]|_(?=x[0-9A-F]{4})')
# What spreadsheets take for the beginning of a formula, in the width of Asian letters too.
_FORMULA = re.compile(r"\A\s*+[=+\-@\uff1d\uff0b\uff0d\uff20]")
_ESCAPE = re.compile("_x([0-9A-F]{4})_")


def spelled(text: str) -> str:
    r"""Return a text without the characters that XML cannot hold, from which `restored` makes it.

    References
    ----------
    ECMA-376, Office Open XML, part 1, 22.9.2.19 (ST_Xstring), has the same escapes.

    Examples
    --------
    >>> spelled("a & b"), spelled("bell\a"), spelled("_x0007_")
    ('a & b', 'bell_x0007_', '_x005F_x0007_')
    >>> restored("bell_x0007_"), restored("_x005F_x0007_")
    ('bell\x07', '_x0007_')
    """
    return _XML.sub(_escape, text)


def spelled_in_dot(text: str) -> str:
    """Return a text that needs no escape of DOT's own, from which `restored` makes it again."""
    return _DOT.sub(_escape, text)


def spelled_in_table(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula, from which `restored` makes it again.

    References
    ----------
    OWASP, "CSV Injection", names the characters with which formulas begin.

    Examples
    --------
    >>> spelled_in_table("=1+1"), restored(spelled_in_table("=1+1"))
    ('_x003D_1+1', '=1+1')
    """
    spelt = spelled(text)
    found = _FORMULA.match(spelt)
    if found is None:
        return spelt
    sign = found.end() - 1
    return f"{spelt[:sign]}_x{ord(spelt[sign]):04X}_{spelt[sign + 1 :]}"


def restored(text: str) -> str:
    """Return the text that was spelled so."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)


def _escape(found: re.Match[str]) -> str:
    return f"_x{ord(found[0]):04X}_"


def utf8(data: bytes) -> str:
    """Return the text of a file, which may open with a byte order mark."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        got = data[error.start : error.end].hex()
        raise FormatError(f"byte {error.start}: expected text in UTF-8 (got 0x{got})") from error
