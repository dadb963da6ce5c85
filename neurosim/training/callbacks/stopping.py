"""Callbacks that end a training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.checks import FloatArray, integer, number
from neurosim.errors import InvalidValueError, UnknownNameError
from neurosim.training.callbacks.base import Callback
from neurosim.training.expected import LARGEST, Expected, Fields, Maybe, Number, Whole, counted

if TYPE_CHECKING:
    from neurosim.training.run import Run


class EarlyStopping(Callback):
    """Ends a training when a value has not improved for a while, and goes back to the best epoch.

    Parameters
    ----------
    watch : str
        A column of the history.
    patience : int
        After how many epochs in a row without an improvement it ends.
    min_delta : float
        By how much a value must be better than the best so far, to count as an improvement.
    maximize : bool
        Whether higher values are better, as for an accuracy.
    restore_best : bool
        Whether the network ends with the parameters of the best epoch, however the training ends,
        by Ctrl-C too; an error leaves what it leaves without this callback.

    Attributes
    ----------
    best : float
        The best value, infinite before there is one.
    best_epoch : int
        Its place in the history, -1 before there is one.

    Raises
    ------
    UnknownNameError
        If the history has no such column.

    References
    ----------
    L. Prechelt, "Early stopping - but when?", in: Neural Networks: Tricks of the Trade, 1998.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.topologies.layered([1, 1], activation="identity")
    >>> stopping = ns.callbacks.EarlyStopping("cost", patience=3, min_delta=1e-3)
    >>> history = ns.train(net, [[0.0], [1.0]], [1.0, 3.0], epochs=500, callbacks=[stopping])
    >>> history.epochs, stopping.best_epoch
    (76, 72)
    """

    def __init__(
        self,
        watch: str = "val_cost",
        patience: int = 10,
        *,
        min_delta: float = 0.0,
        maximize: bool = False,
        restore_best: bool = True,
    ) -> None:
        self.watch = watch
        self.patience = integer(patience, "EarlyStopping.patience", minimum=1)
        self.min_delta = number(min_delta, "EarlyStopping.min_delta")
        if self.min_delta < 0:
            raise InvalidValueError(f"EarlyStopping.min_delta must be >= 0 (got {min_delta!r})")
        self.maximize, self.restore_best = bool(maximize), bool(restore_best)
        self._forget()

    def _forget(self) -> None:
        self.best, self.best_epoch = -np.inf if self.maximize else np.inf, -1
        self.parameters: FloatArray | None = None

    def __repr__(self) -> str:
        return f"EarlyStopping({self.watch!r}, patience={self.patience})"

    def on_begin(self, run: Run) -> None:
        """Refuse a column that is not there."""
        self._forget()
        if self.watch not in run.history:
            raise UnknownNameError(
                f"EarlyStopping.watch is {self.watch!r}, but the history has only "
                f"{', '.join(run.history)}; pass validation=, or watch another column"
            )

    def on_epoch(self, run: Run) -> None:
        """Keep the parameters of the best epoch, and stop when it is long ago."""
        value, epoch = run.history.last()[self.watch], run.epoch - 1
        gain = value - self.best if self.maximize else self.best - value
        if gain > self.min_delta:
            self.best, self.best_epoch = value, epoch
            self.parameters = run.parameters.copy() if self.restore_best else None
        elif epoch - self.best_epoch >= self.patience:
            run.stop(f"{self.watch} has not improved for {epoch - self.best_epoch} epochs")

    def on_end(self, run: Run) -> None:
        """Go back to the best epoch."""
        is_over = run.error is None or isinstance(run.error, KeyboardInterrupt)
        if self.parameters is not None and is_over:
            run.parameters[:] = self.parameters
            run.kept = f"those of epoch {self.best_epoch}, the best by {self.watch}"

    def state(self) -> Mapping[str, Any]:
        """Return the best epoch so far."""
        return {"best": self.best, "best_epoch": self.best_epoch, "parameters": self.parameters}

    def expected(self, run: Run) -> Expected:
        """Return what that may be."""
        return Fields(
            {
                "best": Number(-np.inf, np.inf),
                "best_epoch": Whole(-1, LARGEST),
                "parameters": Maybe(counted(run.parameters)),
            }
        )

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take it over."""
        self.best, self.best_epoch = state["best"], state["best_epoch"]
        self.parameters = state["parameters"]


class TimeLimit(Callback):
    """Ends a training after so many seconds, between two steps.

    With a `Checkpoint`, the same call goes on from there, for as many seconds again.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.topologies.layered([1, 1])
    >>> limit = ns.callbacks.TimeLimit(0.1)
    >>> history = ns.train(net, [[0.5]], [1.0], epochs=10**9, callbacks=[limit])
    >>> 0 < history.epochs < 10**9
    True
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = number(seconds, "TimeLimit.seconds")
        if self.seconds <= 0:
            raise InvalidValueError(f"TimeLimit.seconds must be > 0 (got {seconds!r})")

    def __repr__(self) -> str:
        return f"TimeLimit({self.seconds:g})"

    def on_pause(self, run: Run) -> None:
        """Stop if it is time."""
        if run.seconds >= self.seconds and not run.is_ending:
            run.stop(f"the time limit of {self.seconds:g} seconds", for_now=True)
