"""Files: networks written and read, and what other programs wrote, read into arrays."""

from neurosim.io.idx import read_idx
from neurosim.io.native import load, save

__all__ = ["load", "read_idx", "save"]
