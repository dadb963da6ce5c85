"""Activations of rows of a tile, the function and its derivative side by side.

A tile is an array (n_neurons, lanes); ``activate(code, tile, first, last)`` turns the net inputs
that stand in some rows into outputs, and ``to_delta(code, net_input, output, delta, first, last)``
multiplies ∂E/∂output by the slope. Both go through the rows, which are contiguous if they are
several, a few registers at a time: one alone would wait for each of its operations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from neurosim.engines.compiled import codes
from neurosim.engines.compiled.elementary import exp, sigmoid, tanh
from neurosim.engines.compiled.simd import (
    INDEX,
    Arrays,
    Sum,
    Vec,
    load,
    splat,
    steps,
    store,
    width_of,
)

_AT_ONCE = 4  # registers of a row
_LEAK = 0.01
_GAUSSIAN_REACH = 32.0  # exp(-z²) is 0 beyond
_GAUSSIAN_GRID = 128.0  # multiples of 1/128 up to there have exact squares


def _softplus(z: Vec) -> Vec:
    return exp(-abs(z)).by_lane("log1p") + z.like(0.0).where(z < 0.0, z)


def _gaussian(z: Vec) -> Vec:
    """Return exp(−z²) = exp(−h²) exp((h − |z|)(h + |z|)), where h has few digits."""
    size = abs(z)
    size = size.like(_GAUSSIAN_REACH).where(size > _GAUSSIAN_REACH, size)
    coarse = (size * _GAUSSIAN_GRID).nearest() * (1 / _GAUSSIAN_GRID)
    return exp(-(coarse * coarse)) * exp((coarse - size) * (coarse + size))


def _step(z: Vec) -> Vec:
    return z.where(z.is_nan(), z.like(1.0).where(z > 0.0, 0.0))


FUNCTIONS: dict[int, Callable[[Vec], Vec]] = {
    codes.SIGMOID: sigmoid,
    codes.TANH: tanh,
    codes.RELU: lambda z: z.like(0.0).where(z < 0.0, z),
    codes.LEAKY_RELU: lambda z: (z * _LEAK).where(z < 0.0, z),
    codes.SOFTPLUS: _softplus,
    codes.GAUSSIAN: _gaussian,
    codes.SINE: lambda z: z.by_lane("sin"),
    codes.THRESHOLD: lambda z: _step(z) * 2.0 - 1.0,
    codes.STEP: _step,
}

# The slope from the net input z and the output a.
SLOPES: dict[int, Callable[[Vec, Vec], Vec]] = {
    codes.SIGMOID: lambda z, a: a * (1.0 - a),
    codes.TANH: lambda z, a: (1.0 - a) * (a + 1.0),
    codes.RELU: lambda z, a: a.like(1.0).where(a > 0.0, 0.0),
    codes.LEAKY_RELU: lambda z, a: a.like(1.0).where(a > 0.0, _LEAK),
    codes.SOFTPLUS: lambda z, a: sigmoid(z),
    codes.GAUSSIAN: lambda z, a: z * a * -2.0,
    codes.SINE: lambda z, a: z.by_lane("cos"),
}


@intrinsic
def activate(typing, code, tile, first, last):
    """Turn the net inputs in rows of a tile into outputs."""

    def write(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        arrays = Arrays(context, builder, signature, args)
        number, data, first, last = arrays.values
        start = builder.mul(first, arrays.strides[1])

        def write_one(function: Callable[[Vec], Vec]) -> None:
            for places in _blocks(arrays, 1, first, last):
                for at in [builder.add(start, i) for i in places]:
                    store(builder, function(load(builder, data, at)), data, at)

        _switch(builder, number, FUNCTIONS, write_one)
        return context.get_dummy_value()

    return types.void(types.int32, tile, types.intp, types.intp), write


@intrinsic
def to_delta(typing, code, net_input, output, delta, first, last):
    """Multiply ∂E/∂output in rows of `delta` by the slope."""

    def write(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        arrays = Arrays(context, builder, signature, args)
        number, z, a, d, first, last = arrays.values
        start = {k: builder.mul(first, arrays.strides[k]) for k in (1, 2, 3)}

        def write_one(slope: Callable[[Vec, Vec], Vec], needs_z: bool) -> None:
            for places in _blocks(arrays, 2, first, last):
                for i in places:
                    at = {k: builder.add(start[k], i) for k in start}
                    outputs = load(builder, a, at[2])
                    net = load(builder, z, at[1]) if needs_z else outputs
                    delta = load(builder, d, at[3])
                    store(builder, delta * slope(net, outputs), d, at[3])

        branches = {
            code: (slope, code in codes.KEEP_NET_INPUT) for code, slope in SLOPES.items()
        }
        _switch(builder, number, branches, lambda branch: write_one(*branch))
        return context.get_dummy_value()

    rows = types.intp, types.intp
    return types.void(types.int32, net_input, output, delta, *rows), write


def registers(arrays: Arrays, argument: int) -> Iterator[Any]:
    """Write a loop over the registers of a row; yields, once, where in the row one starts."""
    lanes, width = arrays.lengths[argument], width_of(arrays.values[argument].type.pointee)
    with steps(arrays.builder, INDEX(0), lanes, width) as at:
        yield at


def _blocks(arrays: Arrays, argument: int, first: Any, last: Any) -> Iterator[list[Any]]:
    """Write loops over the registers of contiguous rows, some at a time and then singly.

    Yields, once for each loop, where from the first row on the registers stand.
    """
    b, lanes = arrays.builder, arrays.lengths[argument]
    width = width_of(arrays.values[argument].type.pointee)
    length, at = b.mul(b.sub(last, first), lanes), INDEX(0)
    for count in (_AT_ONCE, 1):
        step = count * width
        with steps(b, at, length, step) as index:
            yield [b.add(index, INDEX(i * width)) for i in range(count)]
        at = b.mul(b.sdiv(length, INDEX(step)), INDEX(step))


def _switch(
    builder: Any, number: Any, branches: dict[int, Any], write: Callable[[Any], None]
) -> None:
    """Write a branch for each code; others do nothing."""
    done = builder.append_basic_block("activated")
    switch = builder.switch(number, done)
    for code, branch in branches.items():
        block = builder.append_basic_block(f"activation{code}")
        switch.add_case(ir.IntType(32)(code), block)
        builder.position_at_end(block)
        write(branch)
        builder.branch(done)
    builder.position_at_end(done)


@intrinsic
def activated(typing, code, z):
    """Return the output for one net input."""

    def write(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        result = cgutils.alloca_once_value(builder, args[1])
        number = splat(builder, args[1], 1)

        def write_one(function: Callable[[Vec], Vec]) -> None:
            builder.store(function(number).lane(0), result)

        _switch(builder, args[0], FUNCTIONS, write_one)
        return builder.load(result)

    return z(types.int32, z), write


@intrinsic
def slope(typing, code, z, a):
    """Return the slope at one net input z, where the output is a."""

    def write(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        result = cgutils.alloca_once_value(builder, ir.Constant(args[1].type, 1.0))
        net_input, output = splat(builder, args[1], 1), splat(builder, args[2], 1)

        def write_one(function: Callable[[Vec, Vec], Vec]) -> None:
            builder.store(function(net_input, output).lane(0), result)

        _switch(builder, args[0], SLOPES, write_one)
        return builder.load(result)

    return z(types.int32, z, z), write


@intrinsic
def row_total(typing, tile, row):
    """Return the sum over the lanes of a row of a tile."""

    def write(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        arrays = Arrays(context, builder, signature, args)
        data, row = arrays.values
        total, start = Sum(builder, data.type.pointee), builder.mul(row, arrays.strides[0])
        for i in registers(arrays, 0):
            total.value = total.value + load(builder, data, builder.add(start, i))
        return total.value.total()

    return tile.dtype(tile, types.intp), write


@intrinsic
def softmax(typing, tile, rows, first, last):
    """Turn the net inputs in ``rows[first:last]`` into probabilities, lane by lane."""

    def write(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        arrays = Arrays(context, builder, signature, args)
        data, _, first, last = arrays.values
        for i in registers(arrays, 0):
            highest, total = Sum(builder, data.type.pointee), Sum(builder, data.type.pointee)
            with _members(arrays, 0, 1, first, builder.add(first, INDEX(1)), i) as at:
                highest.value = load(builder, data, at[0])
            with _members(arrays, 0, 1, first, last, i) as at:
                z = load(builder, data, at[0])
                highest.value = highest.value.where(highest.value > z, z)
            with _members(arrays, 0, 1, first, last, i) as at:
                share = exp(load(builder, data, at[0]) - highest.value)
                store(builder, share, data, at[0])
                total.value = total.value + share
            with _members(arrays, 0, 1, first, last, i) as at:
                store(builder, load(builder, data, at[0]) / total.value, data, at[0])
        return context.get_dummy_value()

    return types.void(tile, rows, types.intp, types.intp), write


@intrinsic
def softmax_to_delta(typing, output, delta, rows, first, last):
    """Turn ∂E/∂output of a softmax layer into deltas: o (g − Σ o g)."""

    def write(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        arrays = Arrays(context, builder, signature, args)
        a, d, _, first, last = arrays.values
        for i in registers(arrays, 0):
            total = Sum(builder, a.type.pointee)
            with _members(arrays, 1, 2, first, last, i) as at:
                total.value = load(builder, a, at[0]) * load(builder, d, at[1]) + total.value
            with _members(arrays, 1, 2, first, last, i) as at:
                share = load(builder, d, at[1]) - total.value
                store(builder, load(builder, a, at[0]) * share, d, at[1])
        return context.get_dummy_value()

    return types.void(output, delta, rows, types.intp, types.intp), write


@contextmanager
def _members(
    arrays: Arrays, last_tile: int, rows: int, first: Any, last: Any, lane: Any
) -> Iterator[list[Any]]:
    """Write a loop over some rows; yields where a register stands in each of the tiles."""
    b = arrays.builder
    with steps(b, first, last, 1) as k:
        row = arrays.item(arrays.values[rows], k)
        yield [
            b.add(b.mul(row, arrays.strides[tile]), lane) for tile in range(last_tile + 1)
        ]
