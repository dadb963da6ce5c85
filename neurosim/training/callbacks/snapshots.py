"""Parameters kept on the way, to look at afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.checks import FloatArray, integer
from neurosim.errors import FormatError, InvalidValueError
from neurosim.training.callbacks.base import Callback
from neurosim.training.expected import Array, Expected, Fields, ListOf, Whole, counted
from neurosim.wording import shown

if TYPE_CHECKING:
    from neurosim.program import Program
    from neurosim.training.run import Run


class Snapshots(Callback):
    """Keeps the parameters before the training, and after every so many epochs.

    Parameters
    ----------
    every : int
        After how many epochs.

    Attributes
    ----------
    epochs : list of int
        After how many epochs each was taken; 0 is before the first.

    Examples
    --------
    The way of a bias towards its value:

    >>> import neurosim as ns
    >>> net = ns.topologies.layered([1, 1], activation="identity")
    >>> snapshots = ns.callbacks.Snapshots(every=10)
    >>> rule = ns.GradientDescent(0.1)
    >>> history = ns.train(net, [[0.0]], [1.0], rule=rule, epochs=30, callbacks=[snapshots])
    >>> [(epoch, round(net.outputs[0].bias, 2)) for epoch in snapshots.replay()]
    [(0, 0.0), (10, 0.65), (20, 0.88), (30, 0.96)]
    """

    def __init__(self, every: int = 1) -> None:
        self.every = integer(every, "Snapshots.every", minimum=1)
        self._forget()

    def _forget(self) -> None:
        self.epochs: list[int] = []
        self._kept: list[FloatArray] = []
        self._program: Program | None = None

    def __repr__(self) -> str:
        return f"<Snapshots: {len(self)} of every {self.every} epochs>"

    def __len__(self) -> int:
        return len(self.epochs)

    @property
    def parameters(self) -> FloatArray:
        """All that were taken, (n_snapshots, n_parameters), in the order of net.parameters."""
        return np.array(self._kept)

    def replay(self) -> Iterator[int]:
        """Go through the snapshots: the network has the parameters of each, and its own at the end.

        Yields
        ------
        int
            After how many epochs it was taken.

        Raises
        ------
        StaleProgramError
            If the structure of the network has changed since.
        """
        if self._program is None:
            raise InvalidValueError("Snapshots.replay comes after a training; pass it to train")
        self._program.check_fresh()
        network = self._program.network
        own = network.parameters.copy()
        try:
            for epoch, parameters in zip(self.epochs, self._kept, strict=True):
                network.parameters[:] = parameters
                yield epoch
                self._program.check_fresh()
        finally:
            if self._program.is_fresh():
                network.parameters[:] = own

    def on_begin(self, run: Run) -> None:
        """Take the first."""
        self._forget()
        self._program = run.program
        self._take(run)

    def on_epoch(self, run: Run) -> None:
        """Take one if it is time."""
        if not run.epoch % self.every:
            self._take(run)

    def _take(self, run: Run) -> None:
        self.epochs.append(run.epoch)
        self._kept.append(run.parameters.copy())

    def state(self) -> Mapping[str, Any]:
        """Return what was taken."""
        return {"epochs": self.epochs, "parameters": self.parameters}

    def expected(self, run: Run) -> Expected:
        """Return what that may be."""
        each = counted(run.parameters)
        taken = Array((None, *each.shape), each.dtype)
        return _Taken({"epochs": ListOf(Whole()), "parameters": taken})

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take it over."""
        self.epochs, self._kept = list(state["epochs"]), list(state["parameters"])


class _Taken(Fields):
    """Parameters, and after how many epochs each of them were taken."""

    def check(self, value: Any, where: str) -> None:
        """Refuse what is not as many of both, one after the other."""
        super().check(value, where)
        epochs = value["epochs"]
        if len(epochs) != len(value["parameters"]) or epochs != sorted(set(epochs)):
            raise FormatError(
                f"{where}.epochs must rise, and be one for each of {len(value['parameters'])} "
                f"snapshots (got {shown(epochs)})"
            )
