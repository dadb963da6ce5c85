"""Callbacks: what accompanies a training, stops it, or keeps a record of it."""

from neurosim.training.callbacks.base import Callback
from neurosim.training.callbacks.progress import Progress

CALLBACKS: tuple[type[Callback], ...] = (Progress,)

__all__ = ["CALLBACKS", "Callback", "Progress"]
