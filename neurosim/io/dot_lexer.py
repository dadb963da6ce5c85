"""The words and marks of a text in DOT, one after the other."""

from __future__ import annotations

import re

from neurosim.errors import FormatError

# As in C, which knows fewer spaces than Python, and takes all that is not ASCII for letters.
FLAGS = re.DOTALL | re.MULTILINE | re.ASCII
# What was matched is not given up again (the second +), so that no text takes long to be refused.
SKIPPED = r"(?>\s++|//[^\n]*+|/\*.*?\*/|^\#[^\n]*+)*+"
TOKEN = re.compile(
    SKIPPED
    + r"""(?:(?P<word>[A-Za-z_\x80-\U0010ffff][\w\x80-\U0010ffff]*+|-?(?:\.\d++|\d++(?:\.\d*+)?))
      | "(?P<text>(?>[^"\\]++|\\.)*+)"
      | (?P<mark>->|--|[{}\[\];,=:+])
      | (?P<html><)
      | (?P<end>\Z))""",
    re.VERBOSE | FLAGS,
)
# Nearly all attributes are of this kind, and then read at once.
SIMPLE = re.compile(
    r'\s*+(\w++)\s*+=\s*+(?:"([^"\\]*+)"|(-?\d*+\.\d++|\w++))\s*+(?:[,;]|(?=\]))', re.ASCII
)
ANGLE = re.compile("[<>]")


class Lexer:
    """A text read from front to back.

    Attributes
    ----------
    kind : str
        Of what comes next: "word", "text", "html", "end", or a mark itself.
    value : str
        What it says.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.end = 0
        self.take()

    def take(self) -> str:
        """Return what comes next, and go on."""
        taken = getattr(self, "value", "")
        found = TOKEN.match(self.text, self.end)
        if found is None:
            self._refuse()
        else:
            self.kind = found.lastgroup or ""
            self.value = found[self.kind]
            self.start, self.end = found.start(self.kind), found.end()
            if self.kind == "mark":
                self.kind = self.value
            elif self.kind == "html":
                self._take_html()
        return taken

    def takes(self, mark: str) -> bool:
        """Return whether this mark comes next, and go on if it does."""
        if self.kind != mark:
            return False
        self.take()
        return True

    def takes_word(self, word: str) -> bool:
        """Return whether this keyword comes next, and go on if it does."""
        if self.kind != "word" or self.value.lower() != word:
            return False
        self.take()
        return True

    def expect(self, mark: str) -> None:
        """Go on if this mark comes next, or refuse the text."""
        if not self.takes(mark):
            raise self.wrong(f"expected {mark!r}")

    def simple_attributes(self) -> dict[str, str]:
        """Read attributes behind an opening bracket, as far as they are plain."""
        found: dict[str, str] = {}
        place = self.start
        while pair := SIMPLE.match(self.text, place):
            key, quoted, word = pair.groups()
            found[key] = word if quoted is None else quoted
            place = pair.end()
        self.end = place
        self.take()
        return found

    def wrong(self, expected: str) -> FormatError:
        """Return the error of a text that does not go on as expected."""
        got = "the end of the file" if self.kind == "end" else repr(self.value[:40])
        return self._error(self.start, expected, got)

    def _take_html(self) -> None:
        depth = 0
        for found in ANGLE.finditer(self.text, self.start):
            depth += 1 if found[0] == "<" else -1
            if depth == 0:
                self.end = found.end()
                self.value = self.text[self.start : self.end]
                return
        raise self._error(self.start, "expected a '>' that closes this '<'", "the end of the file")

    def _refuse(self) -> None:
        skipped = re.compile(SKIPPED, FLAGS).match(self.text, self.end)
        place = skipped.end() if skipped else self.end
        raise self._error(place, "expected a word or a mark of DOT", repr(self.text[place:][:20]))

    def _error(self, place: int, expected: str, got: str) -> FormatError:
        line = self.text.count("\n", 0, place) + 1
        column = place - self.text.rfind("\n", 0, place)
        return FormatError(f"line {line}, column {column}: {expected} (got {got})")
