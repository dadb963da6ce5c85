"""Noise in training: neurons that are dropped from a pass, and noise on the inputs.

Nothing is drawn from a stream. Each number is a hash of a key, the step, what it is for, the row of
the neuron and the example's place in its batch: so that nothing has to be kept, a training that is
taken up again draws what it would have drawn, and every engine draws the same.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from attrs import evolve, frozen

from neurosim.checks import FloatArray, IntArray
from neurosim.engines.state import State
from neurosim.initializers import Generator

# What numbers are for: whether a neuron is dropped, and two for a normally distributed one.
DROPPED, RADIUS, ANGLE = range(3)
UNIT = 2.0**-53  # numbers have so many bits

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FACTORS = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFTS = np.uint64(30), np.uint64(27), np.uint64(31)
_SPARE = np.uint64(11)


@frozen(eq=False)
class Noise:
    """What is dropped and how inputs are disturbed.

    A neuron that is not dropped hands on 1/(1 − rate) times its output, so that the sums that
    others make of it have the mean that they have without.

    Attributes
    ----------
    rates : (n_neurons,) float64 array
        By row, how likely the neuron is dropped, for each example on its own; 0 is never.
    spreads : (n_inputs,) float64 array
        By column of X, the standard deviation of what is added to it.
    inputs : (n_inputs,) int array
        The row of each input.
    key : int
        Below 2**64; which of all noises it is.

    References
    ----------
    N. Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting",
    *JMLR* 15, 2014.

    C. M. Bishop, "Training with noise is equivalent to Tikhonov regularization", *Neural
    Computation* 7, 1995.

    G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014: the
    hash is the one of SplitMix64, applied once to the step, to the row, and to the place.

    J. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011: numbers by counting.
    """

    rates: FloatArray
    spreads: FloatArray
    inputs: IntArray
    key: int = 0

    def keyed(self, generator: Generator) -> Noise:
        """Return this noise with a key that is drawn from a generator."""
        return evolve(self, key=int.from_bytes(generator.bytes(8), "little"))

    @cached_property
    def dropped(self) -> IntArray:
        """The rows that may be dropped."""
        return np.flatnonzero(self.rates)

    @cached_property
    def limits(self) -> IntArray:
        """By row: it is dropped where its number is below this."""
        return (self.rates / UNIT).astype(np.uint64)

    @cached_property
    def scales(self) -> FloatArray:
        """By row: what the output is multiplied by where it is not dropped."""
        return 1 / (1 - self.rates)

    def enter(self, state: State, step: int) -> None:
        """Write what the outputs of a pass are multiplied by, 0 where dropped, into its state."""
        rows = self.dropped
        if not len(rows):
            return
        if state.mask is None:
            state.mask = np.ones_like(state.output)
        numbers = self._numbers(DROPPED, step, rows, state.n_examples)
        scales = self.scales[rows, None]
        state.mask[rows] = np.where(numbers < self.limits[rows, None], 0.0, scales)

    def disturbed(self, X: FloatArray, step: int) -> FloatArray:
        """Return inputs, (n_examples, n_inputs), with their noise.

        Of two numbers u and v, √(−2 ln u) cos(2π v) is normally distributed (Box and Muller).
        """
        columns = np.flatnonzero(self.spreads)
        if not len(columns):
            return X
        rows = self.inputs[columns]
        u = self._numbers(RADIUS, step, rows, len(X)).astype(np.float64)
        v = self._numbers(ANGLE, step, rows, len(X)).astype(np.float64)
        noise = np.sqrt(-2.0 * np.log((u + 1.0) * UNIT)) * np.cos(2 * np.pi * (v * UNIT))
        X = X.copy()
        X[:, columns] += (self.spreads[columns, None] * noise).T.astype(X.dtype)
        return X

    def _numbers(self, kind: int, step: int, rows: IntArray, n_examples: int) -> IntArray:
        """Return numbers of 53 bits, (n_rows, n_examples)."""
        key: IntArray = np.array([self.key], np.uint64)
        of_step = _mixed(key + _counted(np.array([3 * step + kind])))
        of_row = _mixed(of_step + _counted(rows))
        return _mixed(of_row[:, None] + _counted(np.arange(n_examples))) >> _SPARE


def _counted(numbers: IntArray) -> IntArray:
    """Return how far on from the start counting has come."""
    result: IntArray = (numbers.astype(np.uint64) + np.uint64(1)) * _GOLDEN
    return result


def _mixed(bits: Any) -> IntArray:
    """Return numbers in which each bit depends on all bits of the given ones."""
    bits = (bits ^ (bits >> _SHIFTS[0])) * _FACTORS[0]
    bits = (bits ^ (bits >> _SHIFTS[1])) * _FACTORS[1]
    result: IntArray = bits ^ (bits >> _SHIFTS[2])
    return result
