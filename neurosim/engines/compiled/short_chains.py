"""Sigmoid and tanh by short chains of instructions, for code that waits for one number at a time.

`elementary` has the same functions by fewer registers and longer chains. Here what can be is done
side by side, and neither of them has branches to choose from in the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import factorial

from neurosim.engines.compiled.elementary import power_of_two
from neurosim.engines.compiled.simd import Vec

_LOG2_E, _LN_2 = 1.4426950408889634, 0.6931471805599453
# Beyond these net inputs e⁻ᶻ is no normal number. Beyond these powers of the series, what is left
# out is less than half a unit in the last place, for |r| <= ½ ln 2.
_MOST_SINGLE, _MOST_DOUBLE = 87.0, 708.0
_LAST_SINGLE, _LAST_DOUBLE = 7, 13


def sigmoid(z: Vec) -> Vec:
    """Return 1 / (1 + e⁻ᶻ).

    Beyond ±87 (float64: ±708) it is what it is there, within the smallest normal number of 0 or 1.
    """
    power, rest = _exp_of_minus(z)
    return 1.0 / (power * rest + (power + 1.0))


def tanh(z: Vec) -> Vec:
    """Return (1 − e⁻²ᶻ) / (1 + e⁻²ᶻ), where nothing cancels near 0."""
    power, rest = _exp_of_minus(z + z)
    return (power * -rest + (1.0 - power)) / (power * rest + (power + 1.0))


def _exp_of_minus(z: Vec) -> tuple[Vec, Vec]:
    """Return 2ⁿ and e⁻ʳ − 1, where e⁻ᶻ = 2ⁿ e⁻ʳ and |r| <= ½ ln 2.

    r is rounded once, as processors multiply and add; ln 2 needs no second part then.
    """
    most, last = (_MOST_DOUBLE, _LAST_DOUBLE) if z.is_double else (_MOST_SINGLE, _LAST_SINGLE)
    z = z.like(most).where(z > most, z)
    z = z.like(-most).where(z < -most, z)
    n = (z * -_LOG2_E).nearest()
    r = z + n * _LN_2
    terms = [(-1.0) ** k / factorial(k) for k in range(1, last + 1)]
    return power_of_two(n), by_halves(r, [0.0, *terms])


def by_halves(x: Vec, coefficients: Sequence[float]) -> Vec:
    """Return the polynomial with these coefficients, the lowest first, by halving it.

    References
    ----------
    G. Estrin, "Organization of computer systems: the fixed plus variable structure computer",
    *Proceedings of the Western Joint Computer Conference*, 1960.
    """
    parts: list[Vec | float] = list(coefficients)
    while len(parts) > 1:
        pairs = zip(parts[::2], parts[1::2], strict=False)
        rest = parts[len(parts) // 2 * 2 :]
        parts, x = [*(x * high + low for low, high in pairs), *rest], x * x
    assert isinstance(parts[0], Vec)
    return parts[0]
