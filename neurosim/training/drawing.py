"""Where a random generator stands, to come back to."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen

from neurosim.errors import FormatError
from neurosim.initializers import Generator
from neurosim.training.expected import Expected, Fields, Like, Number, Text, Whole
from neurosim.wording import shown

# Of the numbers in a generator's place: what it goes by without looking, memory's ends included.
_BITS = 128
_LIMITS = {
    "pos": 624,  # of the words of the Mersenne twister
    "buffer_pos": 4,  # of Philox
    "has_uint32": 1,
    "has_gauss": 1,
    "uinteger": (1 << 32) - 1,
}


def place_of(generator: Generator | None) -> Any:
    """Return where a generator stands; copying one takes much longer."""
    if generator is None:
        return None
    if isinstance(generator, np.random.RandomState):
        return generator.get_state(legacy=False)
    return generator.bit_generator.state


def go_to(generator: Generator | None, place: Any) -> None:
    """Let a generator go on from a place it has been at."""
    if generator is None:
        return
    if isinstance(generator, np.random.RandomState):
        generator.set_state(place)
    else:
        generator.bit_generator.state = place


@frozen(eq=False)
class PlaceOf(Expected):
    """A place at which a generator like this one may have been."""

    generator: Generator | None

    def check(self, value: Any, where: str) -> None:
        """Refuse anything else."""
        if self.generator is None:
            if value is not None:
                raise FormatError(f"{where} must be null, as nothing is drawn (got {shown(value)})")
            return
        _like("", place_of(self.generator)).check(value, where)
        if value["bit_generator"].startswith("PCG64") and not value["state"]["inc"] % 2:
            raise FormatError(f"{where}.state.inc must be odd (got {value['state']['inc']})")


def _like(name: str, part: Any) -> Expected:
    """Return what a part of a place may be, given one that it is."""
    if isinstance(part, dict):
        return Fields({key: _like(key, each) for key, each in part.items()})
    if isinstance(part, np.ndarray):
        return Like(part)
    if isinstance(part, str):
        return Text((part,))
    if isinstance(part, float):
        return Number()
    return Whole(0, _LIMITS.get(name, (1 << _BITS) - 1))
