"""Ctrl-C while training: noticed between two steps, so that the parameters are whole."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any, Protocol


class Pauses(Protocol):
    """What is asked before each step: an `Interrupt`, or one who calls callbacks besides."""

    def check(self) -> None:
        """Return if the training is to go on, and raise if it is to end here."""


class Interrupt:
    """A context in which the first Ctrl-C is noted instead of raised at once.

    A second one raises at once, for whoever cannot wait for the step. Where the program has its
    own way with Ctrl-C, or in a thread that gets none, nothing is changed.
    """

    def __init__(self) -> None:
        self.requested = False
        self._previous: Any = None

    def __enter__(self) -> Interrupt:
        in_main = threading.current_thread() is threading.main_thread()
        if in_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._previous = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)
        if kind is None:
            self.check()  # pressed after the last step, it is still a wish to stop

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.requested:
            signal.default_int_handler(number, frame)
        self.requested = True

    def check(self) -> None:
        """Raise if Ctrl-C was pressed."""
        if self.requested:
            raise KeyboardInterrupt
