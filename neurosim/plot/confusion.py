"""Which classes are taken for which."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from neurosim import metrics
from neurosim.checks import IntArray
from neurosim.door import Door
from neurosim.errors import InvalidTypeError, InvalidValueError
from neurosim.model import Network
from neurosim.plot.canvas import SHARES, axes
from neurosim.plot.cells import name_cells, size_of, write_cells
from neurosim.plot.given import program_of
from neurosim.program import Program

WHERE = "plot.confusion_matrix"
DARK = 0.6  # the share from where on black is hard to read


def confusion_matrix(
    of: Any,
    X: Any = None,
    y: Any = None,
    *,
    classes: Any = None,
    units: str = "data",
    ax: Axes | None = None,
) -> Axes:
    """Draw how many examples of each class come out as each class.

    A row is a class as it should be, a column a class as it is found, a shade the share of the
    row. What is right lies on the diagonal; its share of all is the title.

    Parameters
    ----------
    of : (n_classes, n_classes) array_like of int, Network or Program
        The matrix, as from `metrics.confusion_matrix`, or what is to be tried on X.
    X : (n_examples, n_inputs) array_like or data frame
        Only for a network: examples in the units of the data.
    y : (n_examples,) labels or targets, or (n_examples, n_outputs) targets
        Only for a network: their classes, as `train` takes them.
    classes : list of n_classes, optional
        What the classes are called; those of the network, or their numbers, unless told.
    units : {"data", "network"}
        In which units X and y are; ``"network"`` leaves out the scalers of the network.
    ax : Axes, optional
        Where to draw; a new figure otherwise.

    Returns
    -------
    Axes

    Raises
    ------
    InvalidValueError, InvalidTypeError
        For what is no matrix of counts, for a network without X and y, and for another number of
        classes.

    Examples
    --------
    >>> import neurosim as ns
    >>> from neurosim import plot
    >>> matrix = ns.metrics.confusion_matrix([0, 1, 1, 1], [0.2, 0.9, 0.4, 0.8])
    >>> ax = plot.confusion_matrix(matrix, classes=["ham", "spam"])
    >>> ax.get_title()
    '75.0% of 4 right'
    """
    if isinstance(of, (Network, Program)):
        matrix, own = _tried(program_of(of, WHERE), X, y, units)
    else:
        matrix, own = _counts(of), None
    names = _names(classes if classes is not None else own, len(matrix))
    share = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    ax = axes(ax, size_of(*matrix.shape))
    ax.imshow(share, cmap=SHARES, vmin=0, vmax=1)
    name_cells(ax, names, names)
    write_cells(ax, matrix, share > DARK, lambda count: f"{count:,}" if count else "")
    ax.set(ylabel="class", xlabel="found", title=_summary(matrix))
    return ax


def _tried(program: Program, X: Any, y: Any, units: str) -> tuple[IntArray, Any]:
    """Return the matrix of a program on examples, and what it calls the classes."""
    if X is None or y is None:
        raise InvalidValueError(f"{WHERE}: a network needs X and y, to be tried on them")
    door = Door(program.network, units)
    outputs = program.feedforward(door.inputs(X), units="network")
    matrix = metrics.confusion_matrix(door.targets(y, learn=True), outputs)
    names = [neuron.name for neuron in program.network.outputs]
    return matrix, door.classes or (names if len(names) > 1 else None)


def _counts(matrix: Any) -> IntArray:
    """Return a matrix of counts, or refuse what is none."""
    try:
        counts = np.asarray(matrix)
    except ValueError:
        counts = np.empty(0)
    shape = counts.shape
    if counts.dtype.kind not in "iu" or len(shape) != 2 or shape[0] != shape[1] or not shape[0]:
        raise InvalidTypeError(
            f"{WHERE} draws a square matrix of counts, or a network on X and y "
            f"(got {type(matrix).__name__} of shape {shape} and dtype {counts.dtype})"
        )
    if counts.min() < 0:
        raise InvalidValueError(f"{WHERE}: counts must be >= 0 (got {counts.min()})")
    return counts


def _names(classes: Any, count: int) -> list[str]:
    names = [str(one) for one in (range(count) if classes is None else classes)]
    if len(names) != count:
        raise InvalidValueError(f"{WHERE}.classes must be {count} labels (got {len(names)})")
    return names


def _summary(matrix: IntArray) -> str:
    total = int(matrix.sum())
    return f"{np.trace(matrix) / total:.1%} of {total:,} right" if total else ""
