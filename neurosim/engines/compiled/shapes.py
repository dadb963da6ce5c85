"""The tuple by which kernels know how a step is shaped, which `rules` reads."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurosim.checks import FloatArray, IntArray

Shape = tuple[Any, ...]

_NO_PLACES: tuple[IntArray, IntArray] = np.zeros(1, np.int64), np.zeros(0, np.int64)


def shape_of(
    numbers: Any,
    dtype: np.dtype[Any],
    n_threads: int,
    *,
    l1: FloatArray | None = None,
    l2: FloatArray | None = None,
    factors: FloatArray | None = None,
    clip_value: float = np.inf,
    clip_norm: float = np.inf,
    max_norm: float = np.inf,
    incoming: tuple[IntArray, IntArray] = _NO_PLACES,
) -> Shape:
    """Return the tuple; arrays are in the order in which the kernel changes the parameters.

    Parameters
    ----------
    numbers : (n_steps or 1, n) array
    l1, l2, factors : (n_parameters,) arrays, optional
        A factor of 0 holds a parameter; its penalties are 0.
    clip_value, clip_norm, max_norm : float
    incoming : (n_neurons + 1,) and (n_free_weights,) int arrays
        Where each neuron's free incoming weights begin in the second, which are places of
        parameters.
    """
    nothing: FloatArray = np.zeros(0, dtype)
    arrays = [nothing if array is None else array for array in (l1, l2, factors)]
    is_shaped = l1 is not None or l2 is not None or min(clip_value, clip_norm) < np.inf
    limits = np.array([clip_value, clip_norm, max_norm, float(is_shaped)])
    places = [np.ascontiguousarray(array, np.int64) for array in incoming]
    return (np.ascontiguousarray(numbers, dtype), *arrays, limits, *places, np.zeros(n_threads))
