"""Files: networks written and read, and what other programs wrote, read into arrays."""

from neurosim.io.files import read, write
from neurosim.io.frames import from_frames, to_frames
from neurosim.io.idx import read_idx
from neurosim.io.native import load, save
from neurosim.io.sparse import from_sparse, to_sparse

__all__ = [
    "from_frames",
    "from_sparse",
    "load",
    "read",
    "read_idx",
    "save",
    "to_frames",
    "to_sparse",
    "write",
]
