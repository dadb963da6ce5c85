"""Equations as text for a terminal."""

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

_WHOLE = re.compile("[^.e]*")


def text_of(rows: Iterable[Equation], digits: int) -> str:
    """Return equations section by section, and there neuron by neuron."""
    sections = groupby(rows, key=lambda row: row.section)
    return "\n\n".join(_section(title, list(part), digits) for title, part in sections)


def name(letter: str, of: tuple[str, ...]) -> str:
    """Return a letter with its subscript, which stands inside a parenthesis: f′(z_h)."""
    tail = f"_{'→'.join(of)}" if of else ""
    return f"{letter[:-1]}{tail})" if letter.endswith(")") else f"{letter}{tail}"


def symbols_of(row: Equation) -> str:
    """Return the two sides of an equation in symbols, or the only one there is."""
    return f" {row.sign} ".join(filter(None, _sides(row)))


def _sides(row: Equation) -> tuple[str, str]:
    """Return the left side, empty if there is none, and the right side."""
    if not row.letter:
        return "", in_symbols(row.formula, (), name)
    return name(row.letter, row.of), in_symbols(row.formula, row.of, name)


def _section(title: str, rows: list[Equation], digits: int) -> str:
    lines = iter(_aligned(rows, digits))
    shown = [title, "─" * len(title)]
    for group, part in groupby(rows, key=lambda row: row.group):
        shown += [f"  {group}"] if group else []
        shown += [next(lines) for _ in part]
    return "\n".join(shown)


def _aligned(rows: list[Equation], digits: int) -> list[str]:
    """Return a line for each, with its sides, figures and decimal points below one another."""
    symbols = _beneath([_sides(row) for row in rows], [row.sign for row in rows])
    symbols = [
        ("    " if row.group else "  ") + text for row, text in zip(rows, symbols, strict=True)
    ]
    figures = [in_figures(shortened(row.parts), digits) for row in rows]
    values = [figure(row.value, digits) for row in rows]
    width, middle = max(map(len, symbols)), max(map(len, figures))
    point = max(map(_whole, values))
    return [
        f"{left:{width}}  {'= ' * bool(shown) + shown:{middle + 2}}  = "
        f"{' ' * (point - _whole(value))}{value}"
        for left, shown, value in zip(symbols, figures, values, strict=True)
    ]


def _beneath(sides: list[tuple[str, str]], signs: list[str]) -> list[str]:
    """Return the sides joined, with the signs of those that have two below one another."""
    width = max(len(left) for left, _ in sides)
    return [
        f"{left:{width}} {sign} {right}" if left and right else left or right
        for (left, right), sign in zip(sides, signs, strict=True)
    ]


def _whole(value: str) -> int:
    """Return how many characters stand before the decimal point."""
    found = _WHOLE.match(value)
    return found.end() if found else 0
