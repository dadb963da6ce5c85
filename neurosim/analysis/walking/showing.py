"""The walk-through as people see it: text, LaTeX, a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

from neurosim.analysis.walking.equations import Equation, in_figures
from neurosim.analysis.walking.latex import latex_of, markdown_of
from neurosim.analysis.walking.text import symbols_of, text_of
from neurosim.checks import integer
from neurosim.costs import Cost
from neurosim.errors import InvalidValueError
from neurosim.frames import data_frame
from neurosim.training.rules import Rule

if TYPE_CHECKING:
    import pandas as pd

SECTIONS = ("Forward", "Error", "Backward", "Update")


@frozen(repr=False)
class Walkthrough:
    """One step of training on one example, equation by equation; made by `walkthrough`.

    Printed, it is a text; a notebook shows the equations. A symbol without a subscript has that of
    the left side. Numbers are shown with a few digits, and kept with all of them.

    Attributes
    ----------
    name : str
        Of the network.
    rule : Rule
    cost : Cost or None
        None where the rule has none.
    rows : tuple of Equation
        The equations as data. Each has `section`, `quantity`, `of` (the neuron, or the two ends of
        a synapse) and `value`.
    """

    name: str
    rule: Rule
    cost: Cost | None
    rows: tuple[Equation, ...] = field(repr=False)

    def to_text(self, *, digits: int = 4, section: str | None = None) -> str:
        """Return the equations as text.

        Parameters
        ----------
        digits : int
            How many decimals numbers have, or significant digits where they begin with 0.
        section : "Forward", "Error", "Backward" or "Update", optional
            Only this one.
        """
        shown = text_of(self._chosen(section), _digits(digits))
        return shown if section else f"{self._title()}\n\n{shown}"

    def to_latex(self, *, digits: int = 4, section: str | None = None) -> str:
        r"""Return the equations as LaTeX, for a document with ``\usepackage{amsmath}``.

        Parameters
        ----------
        digits : int
            How many decimals numbers have, or significant digits where they begin with 0.
        section : "Forward", "Error", "Backward" or "Update", optional
            Only this one.
        """
        return latex_of(self._chosen(section), _digits(digits))

    def to_frame(self, *, digits: int = 4) -> pd.DataFrame:
        """Return a pandas DataFrame with a row per equation (extra ``frames``).

        Parameters
        ----------
        digits : int
            Of the figures in the equations; the values have all of theirs.
        """
        rows = self.rows
        columns = {
            "section": [row.section for row in rows],
            "quantity": [row.quantity for row in rows],
            "pre": [row.of[0] if len(row.of) > 1 else "" for row in rows],
            "neuron": [row.of[-1] if row.of else "" for row in rows],
            "equation": [symbols_of(row) for row in rows],
            "figures": [in_figures(row.parts, _digits(digits)) for row in rows],
            "value": [row.value for row in rows],
        }
        return data_frame(columns, "Walkthrough.to_frame")

    def _chosen(self, section: str | None) -> list[Equation]:
        if section is not None and section not in SECTIONS:
            known = ", ".join(map(repr, SECTIONS))
            raise InvalidValueError(f"section must be one of {known} (got {section!r})")
        return [row for row in self.rows if section in (None, row.section)]

    def _title(self) -> str:
        lines = [f"One step of network {self.name!r} on one example", f"rule {self.rule!r}"]
        return "\n".join([*lines, *([f"cost {self.cost!r}"] if self.cost else [])])

    def _repr_markdown_(self) -> str:
        return markdown_of(self.rows, 4)

    def _repr_latex_(self) -> str:
        return self.to_latex()

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return f"<Walkthrough of network {self.name!r}: {len(self.rows)} equations>"


def _digits(digits: int) -> int:
    return integer(digits, "digits", minimum=1)
