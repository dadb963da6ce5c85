r"""Equations as LaTeX, for documents with ``\usepackage{amsmath}`` and for notebooks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby

from neurosim.analysis.walking.equations import (
    Equation,
    figure,
    in_figures,
    in_symbols,
    shortened,
)

_SYMBOLS = {
    "·": r"\cdot ",
    "−": "-",
    "½": r"\tfrac{1}{2}",
    "²": "^2",
    "′": "'",
    "…": r"\cdots",
    "Σ": r"\sum ",
    "Δ": r"\Delta ",
    "∂": r"\partial ",
    "δ": r"\delta ",
    "η": r"\eta ",
    "σ": r"\sigma ",
    "ŷ": r"\hat{y}",
    "←": r"\leftarrow ",
    "inf": r"\infty ",
    "nan": r"\text{nan}",
    **{word: rf"\{word}" for word in ("cos", "exp", "ln", "max", "sin", "tanh")},
}
_POWER = re.compile(r"(?<=\d)e([+−]?)0*(\d+)")
_WORD = re.compile(r"[A-Za-z_]\w+|[^\x00-\x7f]")
# What a name may hold that text in LaTeX may not.
_SPECIAL = {
    **{character: rf"\{character}" for character in "_%#$&{}"},
    "\\": r"\backslash ",
    "^": r"\hat{}",
    "~": r"\sim ",
    # On a page, these could open a tag or a link; alone in braces, they open nothing.
    **{character: f"{{{character}}}" for character in "<>]"},
}
_SPECIAL_CHARACTER = re.compile(r"([_%#$&{}\\^~<>]|\](?=[(\[]))")
_UNSEEN = re.compile(r"[\s\x00-\x1f\x7f]+")


def latex_of(rows: Iterable[Equation], digits: int) -> str:
    r"""Return a paragraph for each section, whose equations may go on on the next page."""
    parts = [
        f"\\paragraph{{{title}}}\n\\begin{{align*}}\n{_lines(part, digits)}\n\\end{{align*}}"
        for title, part in groupby(rows, key=lambda row: row.section)
    ]
    return "\n".join([r"\begingroup\allowdisplaybreaks", *parts, r"\endgroup"])


def markdown_of(rows: Iterable[Equation], digits: int) -> str:
    """Return a heading and a display of equations for each section, as notebooks show them."""
    return "\n\n".join(
        f"**{title}**\n\n$$\n\\begin{{aligned}}\n{_lines(part, digits)}\n\\end{{aligned}}\n$$"
        for title, part in groupby(rows, key=lambda row: row.section)
    )


def _lines(rows: Iterable[Equation], digits: int) -> str:
    """Return a line for each equation, and a gap before those of the next neuron."""
    groups = groupby(rows, key=lambda row: row.group)
    return " \\\\[6pt]\n".join(
        " \\\\\n".join(_line(row, digits) for row in part) for _, part in groups
    )


def _line(row: Equation, digits: int) -> str:
    left = _name(row.letter, row.of) if row.letter else ""
    home = row.of if row.letter else ()
    right = in_symbols(row.formula, home, _name, _translated)
    figures = _translated(in_figures(shortened(row.parts), digits))
    value = _translated(figure(row.value, digits))
    sides = [side for side in (right, figures, value) if side]
    if not left:
        left, sides = sides[0], sides[1:]
    return f"{left} &{_translated(row.sign).strip()} {' = '.join(sides)}"


def _name(letter: str, of: tuple[str, ...]) -> str:
    ends = r" \to ".join(map(_text, of))
    tail = f"_{{{ends}}}" if of else ""
    if letter.startswith("∂E/∂"):
        return rf"\frac{{\partial E}}{{\partial {_translated(letter[4:]).strip()}{tail}}}"
    if letter.endswith(")"):
        return f"{_translated(letter[:-1])}{tail})"
    return _translated(letter).strip() + tail


def _text(word: str) -> str:
    """Return a name as text, with what is special outside of it, as notebooks want it."""
    pieces = _SPECIAL_CHARACTER.split(_UNSEEN.sub(" ", word))
    return "".join(_SPECIAL.get(piece, rf"\text{{{piece}}}") for piece in pieces if piece)


def _translated(text: str) -> str:
    """Return what stands in a text of symbols and numbers as LaTeX."""
    text = _POWER.sub(lambda found: rf" · 10^{{{found[1].strip('+')}{found[2]}}}", text)
    text = _WORD.sub(lambda found: _SYMBOLS.get(found[0]) or _operator(found[0]), text)
    return re.sub(" {2,}", " ", text)


def _operator(word: str) -> str:
    if not word.isascii():
        return rf"\text{{{word}}}"
    escaped = word.replace("_", r"\_")
    return rf"\operatorname{{{escaped}}}"
