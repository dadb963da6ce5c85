"""What a callback is: four hooks into a running training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from neurosim.training.expected import Anything, Expected

if TYPE_CHECKING:
    from neurosim.training.run import Run


class Callback:
    """Base of what accompanies a training: it overrides some of four hooks.

    Each hook is called with the running training (`Run`), which has the ``network``, the
    ``program``, the ``history``, the number of the ``epoch``, the ``parameters``, the ``seconds``
    since it began, and ``stop(reason)``.

    Attributes
    ----------
    order : int
        Callbacks of a lower order are called first, those of the same one as they are listed:
        what adds to the history (-1) comes before what reads it (0), and a checkpoint last (1).

    Notes
    -----
    A callback that overrides `on_epoch` has epochs taken one at a time; with the other hooks
    alone, small networks still run thousands of epochs in a compiled call. Parameters may be
    changed in `on_begin`, `on_epoch` and `on_end`.

    Examples
    --------
    >>> import neurosim as ns
    >>> class Largest(ns.callbacks.Callback):
    ...     def on_begin(self, run):
    ...         self.largest = 0.0
    ...     def on_epoch(self, run):
    ...         self.largest = max(self.largest, abs(run.parameters).max())
    ...         if self.largest > 5:
    ...             run.stop("weights are growing")
    >>> net = ns.topologies.layered([1, 1], activation="identity")
    >>> net.synapses.weight = 3.0
    >>> largest = Largest()
    >>> history = ns.train(net, [[1.0]], [9.0], epochs=50, callbacks=[largest])
    >>> history.epochs < 50, bool(largest.largest > 5)
    (True, True)
    """

    order: ClassVar[int] = 0

    def on_begin(self, run: Run) -> None:
        """Begin: the first step is next."""

    def on_pause(self, run: Run) -> None:
        """Look at it between two steps or two compiled calls, about every 50 ms.

        The parameters are whole. It may be in the middle of an epoch, or thousands of epochs
        after the last pause.
        """

    def on_epoch(self, run: Run) -> None:
        """Look at it after an epoch, when its row of the history is there."""

    def on_end(self, run: Run) -> None:
        """End: the training is over, and ``run.error`` tells if anything went wrong."""

    def state(self) -> Mapping[str, Any]:
        """Return what must be known to go on later: arrays, numbers, strings, or lists of them."""
        return {}

    def expected(self, run: Run) -> Expected:
        """Return what such a state may be in a checkpoint; by default anything that a file holds.

        It is asked for before `on_begin`.
        """
        return Anything()

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over what `state` returned when a checkpoint was written."""
