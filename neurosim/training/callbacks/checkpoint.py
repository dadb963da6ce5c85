"""Checkpoints: a training that was killed goes on as if nothing had happened."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from neurosim.checks import number
from neurosim.errors import InvalidValueError
from neurosim.io.tree import read_tree, write_tree
from neurosim.io.whole import file_path
from neurosim.training.callbacks.base import Callback

if TYPE_CHECKING:
    from neurosim.training.run import Run

VERSION = 2


class Checkpoint(Callback):
    """Writes all that a training depends on to a file, from which the same call goes on.

    Called again with the same arguments, `train` goes on from the file, if there is one, and ends
    with the same bits as if it had never been interrupted, whether that was by Ctrl-C, by a time
    limit or by a power failure. Where it had ended, it returns at once what it returned then; given
    more epochs, it goes on.

    Parameters
    ----------
    path : path
        The file, of a few times the size of the parameters. It is written whole or not at all; the
        previous one stays until then. There is no pickle in it, and it may come from anywhere: each
        array and number is checked before anything is touched.
    seconds : float
        How often it is written, at the least, in the middle of an epoch as well as between two.
        0: about every 50 ms.
    resume : bool
        Whether to go on from the file if there is one, or to begin anew and replace it.

    Raises
    ------
    InvalidValueError
        If the file is the checkpoint of another training: of another structure, rule, cost, batch
        size, or other data, of which 16 MB are looked at. The message says what differs. Or for
        SciPy's minimizers, whose memory no file can hold; or if the folder cannot be written to.
    FormatError
        If the file is damaged, forged, or something else; the entry is named. Network, generator
        and callbacks are then as they were.

    Notes
    -----
    It holds the parameters, what the rule remembers, where the random generator and the epoch
    stand, the history, and what other callbacks remember. The seed counts for the first start only.
    Iterables must deliver the same batches again, those of the interrupted epoch from its start;
    metrics, schedules and callbacks of your own must not depend on what is not in the file. The
    bits are the same with the same number of threads.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> import neurosim as ns
    >>> def train(epochs):
    ...     net = ns.topologies.layered([2, 3, 1])
    ...     net.initialize(ns.initializers.Normal(), seed=1)
    ...     X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    ...     return ns.train(net, X, y, epochs=epochs, callbacks=[ns.callbacks.Checkpoint(path)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "xor.checkpoint")
    ...     train(60).epochs, train(100).epochs
    (60, 100)
    """

    order: ClassVar[int] = 1

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        seconds: float = 60.0,
        resume: bool = True,
    ) -> None:
        self.path = file_path(path, "Checkpoint.path")
        self.seconds = number(seconds, "Checkpoint.seconds")
        if self.seconds < 0:
            raise InvalidValueError(f"Checkpoint.seconds must be >= 0 (got {seconds!r})")
        self.resume = resume
        self.written = 0.0

    def __repr__(self) -> str:
        return f"Checkpoint({str(self.path)!r})"

    def read(self) -> dict[str, Any] | None:
        """Return what the file holds, or None if there is nothing to go on from."""
        if not self.resume or not self.path.exists():
            return None
        tree: dict[str, Any] = read_tree(self.path, VERSION)
        return tree

    def on_begin(self, run: Run) -> None:
        """Count the time from now on; refuse what could not go on."""
        if not run.rule.can_resume:
            raise InvalidValueError(
                f"{run.rule!r} remembers what no file can hold, so {self!r} could not go on from "
                "it; leave the Checkpoint out"
            )
        folder = self.path.parent
        if not os.access(folder, os.W_OK):  # said now, not when a minute of work is lost
            what = "is not writable" if folder.is_dir() else "is not there"
            raise InvalidValueError(
                f"Checkpoint.path: the folder {str(folder)!r} {what}; make it first, or pass "
                "another path"
            )
        self.written = time.monotonic()

    def on_pause(self, run: Run) -> None:
        """Write the file if it is time, or if the training ends here."""
        due = time.monotonic() - self.written >= self.seconds
        if due or run.is_ending or run.stopped is not None:
            self.write(run)

    def write(self, run: Run) -> None:
        """Write the file, unless the training has run into numbers from which none goes on."""
        if not np.isfinite(run.parameters).all():
            return
        write_tree(self.path, run.state(), VERSION)
        self.written = time.monotonic()


def only_checkpoint(callbacks: Sequence[Callback]) -> Checkpoint | None:
    """Return the checkpoint among the callbacks; there can be but one to go on from."""
    found = [one for one in callbacks if isinstance(one, Checkpoint)]
    if len(found) > 1:
        raise InvalidValueError(
            f"callbacks may hold one Checkpoint (got {', '.join(map(repr, found))})"
        )
    return found[0] if found else None
