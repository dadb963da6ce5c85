"""How large a network may be: as large as memory, and as numbers of rows can count."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from neurosim.errors import TooLargeError
from neurosim.memory import require_memory
from neurosim.wording import counted

MOST_ROWS = int(np.iinfo(np.int32).max)
NEURON_BYTES = 200  # a neuron, its name, and its places in columns and dicts: 10 % less than it is
# Two ends and a slot, and while they are added the list of all pairs; the weight comes besides.
SYNAPSE_BYTES = 12 + 8


def require_size(
    where: str, *, neurons: int = 0, synapses: int = 0, dtype: DTypeLike = "float64"
) -> None:
    """Refuse to make so many neurons and synapses if they cannot be held.

    Raises
    ------
    TooLargeError
        Before anything is made.
    """
    n_bytes = neurons * NEURON_BYTES + synapses * (SYNAPSE_BYTES + np.dtype(dtype).itemsize)
    counts = ((neurons, "neurons"), (synapses, "synapses"))
    size = " and ".join(f"{counted(count)} {kind}" for count, kind in counts if count)
    require_memory(n_bytes, f"{where}: {size}", "ask for fewer")
    for count, kind in counts:
        if count > MOST_ROWS:
            raise TooLargeError(
                f"{where}: a network holds at most {MOST_ROWS:,} {kind} (got {counted(count)})"
            )
