"""Equations with their numbers: what a formula says, in symbols and in figures.

A formula is a sequence of quantities and of what stands between them, such as
``(w, " · ", x)``. Read with the names of the quantities it is the equation of the textbook, read
with their values the same equation in figures.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

from attrs import field, frozen


@frozen
class Quantity:
    """A number with a name: a letter, and the neurons that it belongs to.

    Attributes
    ----------
    letter : str
        ``"w"``, ``"z"``, ``"δ"``, ``"∂E/∂w"``, …
    of : tuple of str
        The neuron, or the two ends of a synapse; empty for what belongs to the network.
    value : float
    """

    letter: str
    of: tuple[str, ...]
    value: float


Formula = tuple[Quantity | str, ...]

# From here on decimals say nothing.
_LARGE = 1e6
# What can be raised to a power as it stands.
_PLAIN = re.compile(r"[\d.]+")

# Writes a letter with the neurons it belongs to as a subscript.
Name = Callable[[str, tuple[str, ...]], str]


@frozen
class Equation:
    """One equation of a walk-through.

    Attributes
    ----------
    section : str
        ``"Forward"``, ``"Error"``, ``"Backward"`` or ``"Update"``.
    quantity : str
        What is computed: ``"input"``, ``"product"``, ``"net_input"``, ``"output"``, ``"error"``,
        ``"cost"``, ``"handed_back"``, ``"output_gradient"``, ``"mean"``, ``"slope"``, ``"delta"``,
        ``"gradient"``, ``"adjustment"`` or ``"parameter"``.
    of : tuple of str
        The neuron, or the two ends of the synapse; empty for the cost of the network.
    value : float
        Of the result.
    letter : str
        Of the left side; empty where there is none, as for the products.
    formula : tuple of Quantity and str
        The right side; empty for what is given.
    figures : tuple of Quantity and str
        The right side in figures, where it says more than the formula, which may have a Σ.
    group : str
        The neuron or the softmax layer under which it stands.
    """

    section: str
    quantity: str
    of: tuple[str, ...]
    value: float
    letter: str = ""
    formula: Formula = field(default=(), repr=False)
    figures: Formula = field(default=(), repr=False)
    group: str = field(default="", repr=False)

    @property
    def result(self) -> Quantity:
        """The left side, to be used in further equations."""
        return Quantity(self.letter, self.of, self.value)

    @property
    def sign(self) -> str:
        """What stands between the sides: "=", or "←" where an old value is replaced."""
        return "←" if self.quantity == "parameter" else "="

    @property
    def parts(self) -> Formula:
        """What is to be written in figures; nothing where that would only repeat the value."""
        parts = self.figures or self.formula
        says_more = len(parts) > 1 and any(isinstance(part, Quantity) for part in parts)
        return parts if says_more else ()


def total(terms: list[Quantity]) -> Formula:
    """Return the sum of some terms; nothing, which is 0, if there are none."""
    joined = [part for term in terms for part in (" + ", term)]
    return tuple(joined[1:])


def shortened(formula: Formula, most: int = 4) -> Formula:
    """Return a long sum with an ellipsis: its first two terms and its last."""
    plus = [i for i, part in enumerate(formula) if isinstance(part, str) and " + " in part]
    if len(plus) < most:
        return formula
    first, last = plus[1], plus[-1]
    before, after = str(formula[first]).split(" + ", 1)[0], str(formula[last]).split(" + ", 1)[1]
    return (*formula[:first], f"{before} + … + {after}", *formula[last + 1 :])


def in_symbols(
    formula: Formula, home: tuple[str, ...], name: Name, between: Callable[[str], str] = str
) -> str:
    """Return a formula in symbols; what belongs to `home`, as the left side, has no subscript."""
    shown = []
    for part in formula:
        if isinstance(part, str):
            shown.append(between(part))
        else:
            shown.append(name(part.letter, () if part.of == home else part.of))
    return "".join(shown)


def in_figures(formula: Formula, digits: int) -> str:
    """Return a formula with the values of its quantities, in parentheses where they need them."""
    text = ""
    for part, following in pairwise((*formula, "")):
        if isinstance(part, str):
            text += part
            continue
        shown = figure(part.value, digits)
        if shown.startswith("−") and text.endswith(" + "):
            text, shown = text.removesuffix("+ ") + "− ", shown[1:]
        text += f"({shown})" if _needs_parentheses(text, shown, following) else shown
    return text


def _needs_parentheses(before: str, shown: str, after: Quantity | str) -> bool:
    if isinstance(after, str) and after.startswith("²"):
        return not _PLAIN.fullmatch(shown)
    return shown.startswith("−") and before != "" and not before.endswith(("(", "|", ", "))


def figure(value: float, digits: int) -> str:
    """Return a number with so many decimals, or significant digits where it begins with 0.

    So a sum of shown numbers is seen to be one. Its minus is as long as a plus.
    """
    whole = len(str(int(abs(value)))) if 1 <= abs(value) < _LARGE else 0
    return f"{value + 0.0:.{digits + whole}g}".replace("-", "−")
