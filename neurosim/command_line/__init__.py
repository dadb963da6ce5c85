"""The command ``neurosim``: look at networks, draw, convert, train and ask them."""

from neurosim.command_line.main import main

__all__ = ["main"]
