"""Activations of the user's own, compiled, and called by kernels through their addresses."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import cfunc, types
from numba.extending import intrinsic
from numba.np.numpy_support import carray

from neurosim.activations import Activation
from neurosim.activations.registry import Registered
from neurosim.engines.compiled.simd import Arrays

# What a compiled function is tried on: it must give what Python gives.
_PROBE = np.array([-30.0, -2.5, -1.0, -0.3, 0.0, 0.1, 0.7, 1.0, 3.0, 40.0])
_KEPT: dict[tuple[int, str], OwnActivation | None] = {}


class OwnActivation:
    """A registered activation as machine code.

    Attributes
    ----------
    addresses : tuple of int
        Of a function that turns net inputs into outputs in place, and of one that multiplies
        ∂E/∂output by the slope.
    keep_net_input : bool
        Whether the slope is taken from the net input.
    """

    def __init__(self, activation: Registered, dtype: np.dtype[Any]) -> None:
        kind = numba.from_dtype(dtype)
        self._held = [_function(activation.user_function, kind)]
        self.keep_net_input = False
        if activation.is_differentiable:
            self.keep_net_input = activation.user_derivative_from_output is None
            slope = activation.user_derivative_from_output or activation.user_derivative
            self._held.append(_slope(slope, kind, self.keep_net_input))
        addresses = [function.address for function in self._held]
        self.addresses = addresses[0], addresses[-1]


def own_activation(activation: Activation, dtype: np.dtype[Any]) -> OwnActivation | None:
    """Return a user's activation compiled, or None if that cannot be done."""
    key = id(activation), dtype.name
    if key not in _KEPT:
        _KEPT[key] = _compiled(activation, dtype)
        _ALIVE.append(activation)
    return _KEPT[key]


# Activations whose ids are keys must not go away.
_ALIVE: list[Activation] = []


def _compiled(activation: Activation, dtype: np.dtype[Any]) -> OwnActivation | None:
    if not isinstance(activation, Registered):
        return None
    functions = (
        activation.user_function,
        activation.user_derivative_from_output or activation.user_derivative,
    )
    try:
        with np.errstate(all="ignore"):
            for function in functions:
                if function is not None and not _gives_the_same(function, dtype):
                    return None
            return OwnActivation(activation, dtype)
    except Exception:
        # Whatever Numba cannot compile runs in Python; what Python raises is raised there.
        return None


def _gives_the_same(function: Any, dtype: np.dtype[Any]) -> bool:
    probe = _PROBE.astype(dtype)
    expected = np.asarray(function(probe))
    actual = np.asarray(numba.njit(function)(probe))
    tolerance = 1e-13 if dtype == np.float64 else 1e-6
    return bool(np.allclose(actual, expected, rtol=tolerance, atol=tolerance, equal_nan=True))


def _function(function: Any, kind: Any) -> Any:
    """Return a C function (values, count) that works in place."""
    compiled = numba.njit(function)
    pointer = types.CPointer(kind)

    def in_place(values, count):
        row = carray(values, count)
        row[:] = compiled(row.copy())

    return cfunc(types.void(pointer, types.intp))(in_place)


def _slope(function: Any, kind: Any, from_net_input: bool) -> Any:
    """Return a C function (net input, output, delta, count) that multiplies the deltas."""
    compiled = numba.njit(function)
    pointer = types.CPointer(kind)

    def times(net_input, output, delta, count):
        row = carray(delta, count)
        if from_net_input:
            row[:] = row * compiled(carray(net_input, count).copy())
        else:
            row[:] = row * compiled(carray(output, count).copy())

    return cfunc(types.void(pointer, pointer, pointer, types.intp))(times)


@intrinsic
def call_function(typing, address, tile, row):
    """Call the function at an address on a row of a tile."""

    def write(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        _call(Arrays(context, builder, signature, args), (1,))
        return context.get_dummy_value()

    return types.void(types.intp, tile, types.intp), write


@intrinsic
def call_slope(typing, address, net_input, output, delta, row):
    """Call the slope function at an address on the rows of three tiles."""

    def write(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        _call(Arrays(context, builder, signature, args), (1, 2, 3))
        return context.get_dummy_value()

    return types.void(types.intp, net_input, output, delta, types.intp), write


def _call(arrays: Arrays, tiles: tuple[int, ...]) -> None:
    b, address, row = arrays.builder, arrays.values[0], arrays.values[-1]
    places = [b.gep(arrays.values[k], [b.mul(row, arrays.strides[k])]) for k in tiles]
    count = arrays.lengths[tiles[-1]]
    kind = ir.FunctionType(ir.VoidType(), [*(place.type for place in places), count.type])
    b.call(b.inttoptr(address, kind.as_pointer()), [*places, count])
