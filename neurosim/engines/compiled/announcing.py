"""A word on stderr while kernels are compiled, so that nobody waits without knowing for what."""

from __future__ import annotations

import time
from typing import Any

from numba.core import event

from neurosim.engines.kernel_folder import kernel_folder
from neurosim.engines.notices import say, show


class Announcer(event.Listener):
    """Says that kernels are compiled, in one line; on a terminal, also which one at the moment."""

    def __init__(self) -> None:
        self._kernels: set[int] = set()
        self._open: list[int] = []
        self._began: float | None = None

    def watch(self, kernel: Any) -> None:
        """Announce this kernel from now on."""
        self._kernels.add(id(kernel))

    def on_start(self, event: Any) -> None:
        """Say so, if it is one of the kernels, and not a part of another."""
        kernel = event.data["dispatcher"]
        if id(kernel) not in self._kernels:
            return
        self._open.append(id(kernel))
        if len(self._open) > 1:
            return
        if self._began is None:
            self._began = time.monotonic()
            say(f"compiling kernels, {_how_often()}")
        seconds = time.monotonic() - self._began
        show(f"  {kernel.py_func.__name__}, after {seconds:.0f} s")

    def on_end(self, event: Any) -> None:
        """Clear the line, for whatever is written next."""
        if self._open and self._open[-1] == id(event.data["dispatcher"]):
            self._open.pop()
            show("")


def _how_often() -> str:
    folder = kernel_folder()
    if folder.refusal is None:
        return f"once, for up to a minute (kept in {folder.path.parent})"
    return f"for up to a minute, and for this process alone, since {folder.refusal}"


announcer = Announcer()
event.register("numba:compile", announcer)
