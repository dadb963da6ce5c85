"""Data as people have them: data frames, class labels, and columns of any unit."""

from neurosim.inputs.labels import Labels
from neurosim.inputs.scaling import Scaler, rescale, standardize
from neurosim.inputs.splitting import split

__all__ = ["Labels", "Scaler", "rescale", "split", "standardize"]
