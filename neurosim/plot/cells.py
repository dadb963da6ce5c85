"""Cells of a matrix: their names along the sides, and what is written in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from neurosim.checks import BoolArray
from neurosim.plot.canvas import extent
from neurosim.plot.room import FONT_SIZE, LETTER, LINE

NAMED = 30  # rows or columns that have their names written
SIDES = 0.85  # of a cell's width is left where names stand beside the cells, about


def size_of(n_rows: int, n_columns: int) -> tuple[float, float]:
    """Return the size of a new figure for a matrix, in inches."""
    return (
        float(np.clip(0.55 * n_columns + 2.2, 4.2, 8.0)),
        float(np.clip(0.45 * n_rows + 1.2, 2.8, 7.0)),
    )


def name_cells(ax: Axes, rows: Sequence[str], columns: Sequence[str]) -> None:
    """Name the rows and the columns, or count them where they are many."""
    ax.spines[:].set_visible(False)
    for axis, names in ((ax.yaxis, rows), (ax.xaxis, columns)):
        if len(names) > NAMED:
            axis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
            continue
        axis.set_ticks(range(len(names)), names, parse_math=False)
        axis.set_tick_params(length=0, labelsize=FONT_SIZE)
    room, longest = cell_size(ax, len(rows), len(columns))[0], max(map(len, columns))
    if len(columns) <= NAMED and longest > 1 and longest * LETTER > SIDES * room:
        ax.tick_params("x", rotation=90)


def cell_size(ax: Axes, n_rows: int, n_columns: int) -> tuple[float, float]:
    """Return how wide and how high the cells of a matrix are, about, in points."""
    width, height = extent(ax)
    cell = width / n_columns, height / n_rows
    return cell if ax.get_aspect() == "auto" else (min(cell), min(cell))


def write_cells(
    ax: Axes, matrix: NDArray[np.generic], dark: BoolArray, text: Callable[[Any], str]
) -> None:
    """Write into each cell what its value is, white where the cell is dark, if there is room."""
    width, height = cell_size(ax, *matrix.shape)
    if min(width, height) < LINE:
        return
    written = {place: text(value) for place, value in np.ndenumerate(matrix)}
    if max(map(len, written.values())) * LETTER > width:
        return
    for (row, column), shown in written.items():
        ax.text(
            column,
            row,
            shown,
            ha="center",
            va="center",
            fontsize=FONT_SIZE,
            color="white" if dark[row, column] else "black",
        )
