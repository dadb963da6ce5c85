"""Lines on stderr about what takes long, for whoever sits in front of it."""

from __future__ import annotations

import sys

_WIDTH = 79


def say(text: str) -> None:
    """Write a line, if there is anywhere to write to."""
    if sys.stderr is not None:
        sys.stderr.write(f"neurosim: {text}\n")
        sys.stderr.flush()


def show(text: str) -> None:
    """Write over the line that is shown, on a terminal only; an empty text clears it."""
    if sys.stderr is not None and sys.stderr.isatty():
        sys.stderr.write(f"\r{text[:_WIDTH]:{_WIDTH}}\r")
        sys.stderr.flush()
