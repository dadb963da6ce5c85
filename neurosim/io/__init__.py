"""Files: networks written and read, and what other programs wrote, read into arrays."""

from neurosim.io.idx import read_idx

# Training needs one module of these, so the others are imported with the public names they hold.
__all__ = ["read_idx"]
