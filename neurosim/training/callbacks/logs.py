"""Logs: the history as a file that others can read while the training goes on."""

from __future__ import annotations

import csv
import json
import math
import warnings
from abc import abstractmethod
from os import PathLike
from typing import TYPE_CHECKING, Any, TextIO

from neurosim.errors import MissingExtraError, NeurosimWarning
from neurosim.io.whole import file_path, write_text
from neurosim.training.callbacks.base import Callback

if TYPE_CHECKING:
    from neurosim.training.history import History
    from neurosim.training.run import Run


# What writing a row may come to: a full disk, and what somebody has put into the lists.
_FAILURES = (OSError, ValueError, TypeError, ArithmeticError)


class _Rows(Callback):
    """Hands on each row of the history, some 50 ms after its epoch at the latest.

    A log never ends a training: where it can be written no more, it stays as it is.
    """

    def __init__(self) -> None:
        self._n_written = 0
        self._has_failed = False

    @abstractmethod
    def _open(self, columns: list[str]) -> None:
        """Begin with nothing written."""

    @abstractmethod
    def _write(self, epoch: int, row: dict[str, float]) -> None:
        """Write a row."""

    @abstractmethod
    def _flush(self) -> None:
        """Let others see what was written."""

    @abstractmethod
    def _close(self) -> None:
        """End."""

    def on_begin(self, run: Run) -> None:
        """Open the file, and write what there is already where a training is taken up again."""
        self._n_written, self._has_failed = 0, False
        self._open(list(run.history))
        self._write_new(run)

    def on_pause(self, run: Run) -> None:
        """Write the rows that are new."""
        if self._has_failed:
            return
        try:
            self._write_new(run)
        except _FAILURES as error:
            self._give_up(error)

    def on_end(self, run: Run) -> None:
        """Write the rest, and close the file."""
        self.on_pause(run)
        try:
            self._close()
        except OSError as error:
            self._give_up(error)

    def _write_new(self, run: Run) -> None:
        if run.epoch > self._n_written:
            for epoch in range(self._n_written, run.epoch):
                self._write(epoch, row_of(run.history, epoch))
            self._n_written = run.epoch
        self._flush()

    def _give_up(self, error: Exception) -> None:
        if not self._has_failed:
            warnings.warn(
                f"{self!r} could not be written any further, the training goes on without it: "
                f"{error}",
                NeurosimWarning,
                stacklevel=2,
            )
        self._has_failed = True


def row_of(history: History, epoch: int) -> dict[str, float]:
    """Return what was recorded of an epoch."""
    return {name: values[epoch] for name, values in history.items() if epoch < len(values)}


class _FileLog(_Rows):
    def __init__(self, path: str | PathLike[str]) -> None:
        super().__init__()
        self.path = file_path(path, f"{type(self).__name__}.path")
        self._file: TextIO | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.path)!r})"

    def _opened(self) -> TextIO:
        """Return the file, empty, in the place of an old one."""
        write_text(self.path, "")
        self._file = self.path.open(
            "a", encoding="utf-8", errors="backslashreplace", newline=""
        )
        return self._file

    def _flush(self) -> None:
        if self._file is not None:
            self._file.flush()

    def _close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()


class CSVLog(_FileLog):
    """Writes the history to a CSV file, a row per epoch, while the training goes on.

    An old file is replaced. A training that is taken up again from a checkpoint leaves the same
    file as one that was never interrupted.

    Parameters
    ----------
    path : path
        The first column is ``epoch``, from 0.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import neurosim as ns
    >>> net = ns.topologies.layered([1, 1], activation="identity")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "log.csv")
    ...     log = ns.callbacks.CSVLog(path)
    ...     history = ns.train(net, [[0.0]], [2.0], epochs=2, callbacks=[log])
    ...     path.read_text().split()
    ['epoch,cost', '0,2.0', '1,1.62']
    """

    def _open(self, columns: list[str]) -> None:
        self._rows = csv.DictWriter(
            self._opened(), ["epoch", *columns], extrasaction="ignore", lineterminator="\n"
        )
        self._rows.writeheader()

    def _write(self, epoch: int, row: dict[str, float]) -> None:
        self._rows.writerow({"epoch": epoch, **row})


class JSONLog(_FileLog):
    """Writes the history as JSON lines, an object per epoch, while the training goes on.

    An old file is replaced. A training that is taken up again from a checkpoint leaves the same
    file as one that was never interrupted.

    Parameters
    ----------
    path : path
        Each line has ``epoch``, from 0, and the columns of the history; null stands for what is no
        finite number, for which JSON has no name.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import neurosim as ns
    >>> net = ns.topologies.layered([1, 1], activation="identity")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "log.jsonl")
    ...     log = ns.callbacks.JSONLog(path)
    ...     history = ns.train(net, [[0.0]], [2.0], epochs=2, callbacks=[log])
    ...     print(path.read_text().strip())
    {"epoch": 0, "cost": 2.0}
    {"epoch": 1, "cost": 1.62}
    """

    def _open(self, columns: list[str]) -> None:
        self._opened()

    def _write(self, epoch: int, row: dict[str, float]) -> None:
        assert self._file is not None
        finite = {name: value if math.isfinite(value) else None for name, value in row.items()}
        print(json.dumps({"epoch": epoch, **finite}), file=self._file)


class TensorBoard(_Rows):
    """Writes the history for TensorBoard, a scalar per column (extra ``tensorboard``).

    Parameters
    ----------
    folder : path
        Of this run: ``tensorboard --logdir`` is given it, or the one above.

    Raises
    ------
    MissingExtraError
        Without tensorboardX.
    """

    def __init__(self, folder: str | PathLike[str]) -> None:
        super().__init__()
        self.folder = file_path(folder, "TensorBoard.folder")
        self._writer_class = _summary_writer()
        self._writer: Any = None

    def __repr__(self) -> str:
        return f"TensorBoard({str(self.folder)!r})"

    def _open(self, columns: list[str]) -> None:
        # what another try has left from step 0 on is not shown
        self._writer = self._writer_class(str(self.folder), purge_step=0)

    def _write(self, epoch: int, row: dict[str, float]) -> None:
        for name, value in row.items():
            self._writer.add_scalar(name, value, epoch)

    def _flush(self) -> None:
        self._writer.flush()

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def _summary_writer() -> Any:
    try:
        from tensorboardX import SummaryWriter
    except ImportError as error:
        raise MissingExtraError(
            'TensorBoard needs tensorboardX: pip install "neurosim[tensorboard]"'
        ) from error
    return SummaryWriter
