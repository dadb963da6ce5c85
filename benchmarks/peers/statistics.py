"""What is said of times: median, quartiles, and the median of the ratios round by round."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import frozen

UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


@frozen
class Spread:
    """The quartiles of some times, in seconds."""

    low: float
    median: float
    high: float

    def __str__(self) -> str:
        """Return the median and the quartiles around it, in a unit that suits the median."""
        size, unit = next((u for u in UNITS if self.median >= u[0]), UNITS[-1])
        median, low, high = (
            three_digits(value / size) for value in (self.median, self.low, self.high)
        )
        return f"{median} {unit} ({low}–{high})"


def spread(times: Sequence[float]) -> Spread:
    """Return the quartiles of some times."""
    return Spread(*np.percentile(times, [25, 50, 75]).tolist())


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the median over the rounds of the peer's time divided by ours of the same round."""
    return float(np.median(np.divide(theirs, ours)))


def three_digits(value: float) -> str:
    """Return a number with three digits that count, as in 0.123, 1.23, 12.3, 123, 1,230."""
    if value == 0:
        return "0"
    digits = max(0, 2 - int(np.floor(np.log10(abs(value)))))
    return f"{round(value, 2 - int(np.floor(np.log10(abs(value))))):,.{digits}f}"
