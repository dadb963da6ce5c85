"""What a comparison consists of: two sides that do the same work, and what counts of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from attrs import field, frozen

Outcome = Sequence[np.ndarray]


@frozen
class Side:
    """One way of doing a piece of work.

    ``run`` is what is timed; it does ``units`` steps, epochs or passes. ``outcome`` does a little
    of the work from a fresh start and returns what it came to, for both sides in one order.
    """

    run: Callable[[], object]
    outcome: Callable[[], Outcome]
    units: int = 1
    label: str = ""


@frozen
class Effort:
    """What a unit of the work asks of the machine, at least: operations, and bytes of memory."""

    flops: float = 0.0
    bytes: float = 0.0


@frozen
class Pair:
    """neurosim and a peer at the same work.

    The peer may come in several variants, of which the fastest counts. ``tolerance`` is how far
    the outcomes may lie apart, times max(1, their largest magnitude). ``before`` holds times that
    were taken while the sides were made: name -> (neurosim's, the peer's).
    """

    ours: Side
    theirs: Sequence[Side]
    tolerance: float = 1e-5
    effort: Effort = Effort()
    before: dict[str, tuple[list[float], list[float]]] = field(factory=dict)


@frozen
class Row:
    """A line of the table: the work, the peer, and the least ratio that is wanted."""

    work: str
    against: str
    wanted: float | None = None
    unit: str = "step"
    key: str = "run"


@frozen
class Comparison:
    """A name, how to make its two sides, the peer's package, and its lines of the table."""

    name: str
    package: str
    build: Callable[[], Pair]
    rows: tuple[Row, ...]
