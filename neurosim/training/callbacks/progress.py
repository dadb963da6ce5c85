"""A progress bar over the epochs, by tqdm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from neurosim.errors import MissingExtraError
from neurosim.training.callbacks.base import Callback

if TYPE_CHECKING:
    from neurosim.training.run import Run


class Progress(Callback):
    """A bar with the last recorded values, the speed and the time left (extra ``progress``).

    It goes to stderr in a terminal and below the cell in a notebook; a pipe or a file gets nothing.
    ``train(…, progress=True)`` does the same.

    Raises
    ------
    MissingExtraError
        Without tqdm.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.topologies.layered([1, 1])
    >>> history = ns.train(net, [[0.5]], [1.0], epochs=3, callbacks=[ns.callbacks.Progress()])
    """

    def __init__(self) -> None:
        _tqdm()
        self._bar: Any = None

    def on_begin(self, run: Run) -> None:
        """Draw the bar."""
        self._bar = progress_bar(run.epochs, done=run.epoch)

    def on_pause(self, run: Run) -> None:
        """Move it along."""
        advance(self._bar, run.history.last(), run.epoch - self._bar.n)

    def on_end(self, run: Run) -> None:
        """Leave it as it is."""
        if self._bar is not None:
            self.on_pause(run)
            self._bar.close()
            self._bar = None


def progress_bar(epochs: int, *, done: int = 0) -> Any:
    """Return a bar, which shows where there is somebody to see it."""
    # disable=None: not where stderr is no terminal
    return _tqdm()(total=epochs, initial=done, unit="epoch", disable=None)


def advance(bar: Any, last: Mapping[str, float], epochs: int) -> None:
    """Count epochs, the last of which came to these values."""
    if epochs and not bar.disable:
        bar.set_postfix({name: f"{value:.5g}" for name, value in last.items()}, refresh=False)
        bar.update(epochs)


def _tqdm() -> Any:
    try:
        from tqdm.auto import tqdm
    except ImportError as error:
        raise MissingExtraError(
            'a progress bar needs tqdm: pip install "neurosim[progress]"'
        ) from error
    return tqdm
