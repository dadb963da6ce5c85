"""Where a random generator stands, to come back to."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurosim.initializers import Generator


def place_of(generator: Generator | None) -> Any:
    """Return where a generator stands; copying one takes much longer."""
    if generator is None:
        return None
    if isinstance(generator, np.random.RandomState):
        return generator.get_state()
    return generator.bit_generator.state


def go_to(generator: Generator | None, place: Any) -> None:
    """Let a generator go on from a place it has been at."""
    if generator is None:
        return
    if isinstance(generator, np.random.RandomState):
        generator.set_state(tuple(place))
    else:
        generator.bit_generator.state = place
