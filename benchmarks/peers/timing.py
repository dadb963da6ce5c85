"""Checking that two sides come to the same, and timing them by turns."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import frozen

from benchmarks.peers.sides import Outcome, Pair, Side

SETTLE = 0.06  # seconds between two sides: idle threads of BLAS keep a processor busy for a while


class DifferentError(AssertionError):
    """The two sides do not compute the same thing."""


@frozen
class Budget:
    """How long to measure: rounds at least and at most, and seconds in between."""

    fewest: int = 7
    most: int = 41
    seconds: float = 6.0


QUICK = Budget(fewest=3, most=9, seconds=1.0)


def measure(pair: Pair, budget: Budget) -> dict[str, Any]:
    """Check the sides, choose the peer's fastest variant, and time both by turns."""
    difference = check(pair)
    chosen, tried = fastest(pair.theirs)
    ours, theirs = by_turns(pair.ours, chosen, budget)
    return {
        "rows": {"run": [ours, theirs], **{key: list(times) for key, times in pair.before.items()}},
        "variant": chosen.label,
        "tried": tried,
        "difference": difference,
        "tolerance": pair.tolerance,
        "effort": {"flops": pair.effort.flops, "bytes": pair.effort.bytes},
    }


def check(pair: Pair) -> float:
    """Return how far the outcomes of the two sides lie apart, at most; refuse more than allowed."""
    ours = pair.ours.outcome()
    return max(_distance(ours, side, pair.tolerance) for side in pair.theirs)


def _distance(ours: Outcome, side: Side, tolerance: float) -> float:
    theirs = side.outcome()
    if [a.shape for a in ours] != [np.shape(b) for b in theirs]:
        raise DifferentError(
            f"{side.label or 'the peer'} gives arrays of shapes {[np.shape(b) for b in theirs]} "
            f"where neurosim gives {[a.shape for a in ours]}"
        )
    distance = max(_relative(a, np.asarray(b)) for a, b in zip(ours, theirs, strict=True))
    if not distance <= tolerance:
        raise DifferentError(
            f"{side.label or 'the peer'} and neurosim lie {distance:.2g} apart, "
            f"more than {tolerance:g}: they do not compute the same thing"
        )
    return distance


def _relative(ours: np.ndarray, theirs: np.ndarray) -> float:
    scale = max(1.0, float(np.abs(ours).max(initial=0)))
    return float(np.abs(ours.astype(np.float64) - theirs).max(initial=0)) / scale


def fastest(sides: Sequence[Side]) -> tuple[Side, dict[str, float]]:
    """Return the side that takes the least time per unit, and the times of all by their labels."""
    if len(sides) == 1:
        return sides[0], {}
    times = [_shortest(side) for side in sides]
    tried = {side.label: seconds for side, seconds in zip(sides, times, strict=True)}
    return sides[times.index(min(times))], tried


def _shortest(side: Side) -> float:
    side.run()
    return min(timed(side) for _ in range(2))


def by_turns(ours: Side, theirs: Side, budget: Budget) -> tuple[list[float], list[float]]:
    """Return the seconds per unit of both sides, round by round, after a warm-up of each."""
    ours.run()
    theirs.run()
    times: tuple[list[float], list[float]] = ([], [])
    began = time.perf_counter()
    for done in range(budget.most):
        if done >= budget.fewest and time.perf_counter() - began > budget.seconds:
            break
        for side, kept in zip((ours, theirs), times, strict=True):
            kept.append(timed(side))
    return times


def timed(side: Side) -> float:
    """Return the seconds that one call of a side takes, per unit."""
    time.sleep(SETTLE)
    began = time.perf_counter()
    side.run()
    return (time.perf_counter() - began) / side.units
