"""What training recorded, epoch by epoch."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.checks import FloatArray
from neurosim.errors import FormatError, NeurosimError, UnknownNameError
from neurosim.frames import data_frame
from neurosim.io.cautious import read_json
from neurosim.io.whole import file_path, write_text
from neurosim.training.expected import Anything, Fields, ListOf, Maybe, Text, Whole
from neurosim.training.numbers import recorded
from neurosim.wording import shown

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


VERSION = 1
# The memory that reading may take: so many times the file, and so much besides.
TIMES, BESIDES = 9, 32 << 20


class History(Mapping[str, list[float]]):
    """A dict of lists, one entry per epoch: ``history["cost"][k]`` is the cost of epoch k.

    Attributes
    ----------
    cost : str or None
        The cost that was minimized, as it is written in Python; None if errors were counted.
    engine, engine_reason : str or None
        The engine that ran the training, and why it was that one.

    Examples
    --------
    >>> history = History(["cost"])
    >>> history.append(cost=0.5)
    >>> history.append(cost=0.25)
    >>> history["cost"], history.epochs
    ([0.5, 0.25], 2)
    >>> history
    <History: 2 epochs, cost 0.5 -> 0.25>
    """

    def __init__(
        self,
        columns: list[str],
        *,
        cost: str | None = None,
        engine: str | None = None,
        engine_reason: str | None = None,
    ) -> None:
        self.cost, self.engine, self.engine_reason = cost, engine, engine_reason
        self._columns: dict[str, list[float]] = {name: [] for name in columns}
        # Arrays become a list when somebody asks for it, who then sees it grow: to make a Python
        # number of its cost takes a good part of an epoch of a tiny network.
        self._arrays: dict[str, list[FloatArray]] = {name: [] for name in columns}

    @property
    def epochs(self) -> int:
        """The number of epochs recorded."""
        return max(map(self._length, self._columns), default=0)

    def _length(self, name: str) -> int:
        return len(self._columns[name]) + sum(map(len, self._arrays[name]))

    def add_column(self, name: str) -> None:
        """Make room for one more value per epoch, unless that is there."""
        if name not in self._columns:
            self._columns[name], self._arrays[name] = [], []

    def append(self, **row: float) -> None:
        """Record one epoch.

        Raises
        ------
        InvalidTypeError, InvalidValueError
            For what is no number, or one that no float can hold.
        """
        numbers = {name: recorded(value, _claim(name)) for name, value in row.items()}
        for name, value in numbers.items():
            self._listed(name).append(value)

    def extend(self, name: str, values: list[float] | FloatArray) -> None:
        """Record one column of several epochs; an array must not change any more."""
        if isinstance(values, np.ndarray) and not self._columns[name]:
            self._arrays[name].append(values)
        else:
            listed = values.tolist() if isinstance(values, np.ndarray) else values
            self._listed(name).extend([recorded(one, _claim(name)) for one in listed])

    def last(self) -> dict[str, float]:
        """Return the last value of each column that has one."""
        found = {}
        for name, column in self._columns.items():
            arrays = self._arrays[name]
            if arrays and len(arrays[-1]):
                found[name] = arrays[-1][-1].item()
            elif column:
                found[name] = column[-1]
        return found

    def _listed(self, name: str) -> list[float]:
        column, arrays = self._columns[name], self._arrays[name]
        while arrays:
            column.extend(arrays[0].tolist())
            del arrays[0]
        return column

    def to_frame(self) -> pd.DataFrame:
        """Return a pandas DataFrame with a row per epoch (extra ``frames``)."""
        return data_frame(self, "History.to_frame", index="epoch")

    def save(self, path: str | PathLike[str]) -> None:
        """Write it to a JSON file, whole or not at all; `load` gives the same numbers.

        Raises
        ------
        InvalidTypeError, InvalidValueError
            If somebody has put something else than numbers into its lists.
        """
        columns = {
            name: [_written(value, name) for value in values] for name, values in self.items()
        }
        said = {name: getattr(self, name) for name in _SAID}
        held = {"history": VERSION, **said, "columns": columns}
        text = json.dumps(held, allow_nan=False)
        write_text(file_path(path, "History.save.path"), text)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> History:
        """Return the history that `save` wrote.

        Raises
        ------
        FormatError
            If the file is something else, or damaged.
        """
        where = file_path(path, "History.load.path")
        raw = where.read_bytes()
        try:
            _FILE.check(held := read_json(raw, TIMES * len(raw) + BESIDES, where.name), "it")
            said = {name: held.get(name) for name in _SAID}
            history = cls(list(held["columns"]), **said)
            for name, values in held["columns"].items():
                history.extend(name, [_read(value) for value in values])
        except NeurosimError as error:
            raise FormatError(f"{where} is no history that neurosim has saved") from error
        return history

    def plot(self, *measures: str, ax: Axes | None = None) -> Axes:
        """Draw curves over the epochs (extra ``plot``); return the axes.

        Parameters
        ----------
        *measures : str
            ``"accuracy"`` draws that column and ``val_accuracy``, as far as there are such; without
            any, the first column, which is the cost or the errors.
        ax : Axes, optional
            Where to draw; a new figure otherwise.
        """
        from neurosim.plot import training_curve

        return training_curve(self, *measures, ax=ax)

    def _repr_png_(self) -> bytes | None:
        """Return the training curve, which a notebook shows, if matplotlib is installed."""
        try:
            from neurosim.plot.notebook import history_png
        except ImportError:
            return None
        return history_png(self)

    def __getitem__(self, name: str) -> list[float]:
        try:
            return self._listed(name)
        except KeyError:
            raise UnknownNameError(
                f"the history has no column {name!r}; it has {', '.join(self._columns)}"
            ) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __repr__(self) -> str:
        curves = "".join(
            f", {name} {values[0]:.6g} -> {values[-1]:.6g}"
            for name, values in self.items()
            if values
        )
        by = "" if self.cost is None else f" by {self.cost}"
        return f"<History: {self.epochs} epochs{by}{curves}>"


# What is said of a training besides, as text.
_SAID = ("cost", "engine", "engine_reason")

# What a file holds; its version, and lists of numbers by their names.
_FILE = Fields(
    {"history": Whole(VERSION, VERSION), "columns": Fields({}, others=ListOf(Anything()))},
    dict.fromkeys(_SAID, Maybe(Text())),
)


def _claim(column: str) -> str:
    return f"history[{column!r}] must be"


def _written(value: float, name: str) -> float | str:
    """Return what JSON has a name for: what is no finite number becomes its repr."""
    number = recorded(value, _claim(name))
    return number if math.isfinite(number) else repr(number)


def _read(value: Any) -> float:
    if isinstance(value, str) and value in ("inf", "-inf", "nan"):
        return float(value)
    if type(value) in (int, float):
        return recorded(value, "a column must hold")
    raise FormatError(f"expected numbers (got {shown(value)})")
