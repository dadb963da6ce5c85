"""Files: what other programs wrote, read into arrays and networks, and the way back."""

from neurosim.io.idx import read_idx

__all__ = ["read_idx"]
