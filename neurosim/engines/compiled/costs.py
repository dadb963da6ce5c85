"""Costs of a tile: the value, and what the output neurons are told.

The formulas are those of `neurosim.costs`, which has them with their sources. A cost that goes by
the outputs adds ∂E/∂output to `delta`; one with a stable way to the net input writes
∂E/∂net_input into `direct`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from neurosim.engines.compiled import codes
from neurosim.engines.compiled.jit import called, inlined
from neurosim.engines.compiled.rows import registers
from neurosim.engines.compiled.simd import Arrays, Vec, lanes_before, load, splat, store

_SQUARED, _ABSOLUTE, _HUBER = codes.SQUARED, codes.ABSOLUTE, codes.HUBER
_BINARY, _CATEGORICAL = codes.BINARY, codes.CATEGORICAL
_BINARY_STABLE, _CATEGORICAL_STABLE = codes.BINARY_STABLE, codes.CATEGORICAL_STABLE
_ERRORS, _NET_INPUT = codes.ERRORS, codes.NET_INPUT
_FIRST_DIRECT = codes.FIRST_DIRECT


@inlined
def part(kind, z, o, t, threshold, tiny, epsneg):
    """Return one output's part of the cost and its derivative, both in float64."""
    if kind == _SQUARED:
        return 0.5 * (t - o) * (t - o), o - t
    if kind == _NET_INPUT:
        return 0.5 * (t - z) * (t - z), z - t
    if kind == _ABSOLUTE:
        return abs(t - o), np.sign(o - t)
    if kind == _HUBER:
        size = abs(t - o)
        inner = min(size, threshold)
        return inner * (size - 0.5 * inner), max(-threshold, min(threshold, o - t))
    if kind == _BINARY:
        yes, no = max(o, tiny), max(1.0 - o, epsneg)
        return -t * math.log(yes) - (1.0 - t) * math.log(no), (1.0 - t) / no - t / yes
    if kind == _CATEGORICAL:
        yes = max(o, tiny)
        return -t * math.log(yes), -t / yes
    if kind == _BINARY_STABLE:
        distance = abs(z)
        wrong = 1.0 - t if z > 0 else t
        return distance * wrong + math.log1p(math.exp(-distance)), o - t
    return (1.0 if o != t else 0.0), o - t  # errors


@inlined
def want(kinds, Y, rows, count, direct):
    """Write the targets of a tile into `direct`, for costs that need nothing else of it."""
    for j in range(kinds.shape[0]):
        if kinds[j] == _SQUARED:
            for t in range(count):
                direct[j, t] = Y[rows[t], j]


# The smallest normal number, and half of the distance from 1 to the next. In a kernel, np.finfo
# would have Numba import SciPy, if that is there, at every start.
_SINGLE, _DOUBLE = (
    (float(np.finfo(dtype).tiny), float(np.finfo(dtype).eps) / 2)
    for dtype in (np.float32, np.float64)
)


@inlined
def total_weight(weights, rows):
    """Return the sum of the weights of the examples `rows`; 0 if they have none."""
    total = 0.0
    if weights.shape[0] > 0:
        for row in rows:
            total += weights[row]
    return total


@inlined
def seed(
    kinds, group, cost, batch, counted, outputs, unit, unit_start, unit_rows, net_input, output,
    delta, direct, Y, weights, rows, count, values, first, last, wanted,
):  # fmt: skip
    """Add the cost of a tile to `values`, by group; write what the output neurons are told.

    `cost` is (threshold, whether batches are averaged), `batch` the number of examples of the
    batch, `counted` the sum of their weights. `rows` are the examples of the tile, `count` of them;
    the other lanes are told 0. Their parts are multiplied by `weights`, unless that is empty.
    Outputs in the rows `first` to `last` are meant, a softmax layer where its first neuron is.
    `wanted` says that `want` was called, which there is no need for with weights.
    """
    if weights.shape[0] > 0:
        _seed_weighted(
            kinds, group, cost, counted, outputs, unit, unit_start, unit_rows, net_input, output,
            delta, direct, Y, weights, rows, count, values, first, last,
        )  # fmt: skip
    else:
        _seed(
            kinds, group, cost, batch, outputs, unit, unit_start, unit_rows, net_input, output,
            delta, direct, Y, weights, rows, count, values, first, last, False, wanted,
        )  # fmt: skip


@called
def _seed_weighted(
    kinds, group, cost, batch, outputs, unit, unit_start, unit_rows, net_input, output, delta,
    direct, Y, weights, rows, count, values, first, last,
):  # fmt: skip
    _seed(
        kinds, group, cost, batch, outputs, unit, unit_start, unit_rows, net_input, output, delta,
        direct, Y, weights, rows, count, values, first, last, True, False,
    )  # fmt: skip


@inlined
def _seed(
    kinds, group, cost, batch, outputs, unit, unit_start, unit_rows, net_input, output, delta,
    direct, Y, weights, rows, count, values, first, last, weighted, wanted,
):  # fmt: skip
    threshold, divisor = cost[0], batch if cost[1] > 0 else 1.0
    scale = 1.0 / divisor
    one = output.dtype.type(1)
    tiny, epsneg = _SINGLE if output.itemsize == 4 else _DOUBLE
    for j in range(outputs.shape[0]):
        i, kind = outputs[j], kinds[j]
        if i < first or i >= last:
            continue
        if kind == _CATEGORICAL_STABLE:
            u = unit[i]
            members = unit_rows[unit_start[u] : unit_start[u + 1]]
            if i == members[0]:
                values[group[j]] += _softmax_seed(
                    u, members, outputs, unit, net_input, output, direct, Y, weights, rows, count,
                    divisor, weighted,
                )  # fmt: skip
            continue
        if wanted and kind == _SQUARED:
            values[group[j]] += squared(output, delta, i, direct, j, count, one * scale)
            continue
        total = 0.0
        z, o = net_input[i] if kind >= _BINARY_STABLE else output[i], output[i]
        told = direct[j] if kind >= _FIRST_DIRECT else delta[i]
        for t in range(count):
            value, slope = part(
                kind, np.float64(z[t]), np.float64(o[t]), np.float64(Y[rows[t], j]), threshold,
                tiny, epsneg,
            )  # fmt: skip
            weight = weights[rows[t]] if weighted else 1.0
            total += weight * value
            told[t] = one * (slope * (weight / divisor if weighted else scale))
        for t in range(count, told.shape[0]):
            told[t] = 0
        values[group[j]] += total


@inlined
def _softmax_seed(
    u, members, outputs, unit, net_input, output, direct, Y, weights, rows, count, divisor,
    weighted,
):  # fmt: skip
    """Do the same for cross-entropy of softmax layer `u`, from its net inputs."""
    one, scale = output.dtype.type(1), 1.0 / divisor
    total = 0.0
    for t in range(count):
        highest, everything, targets = -np.inf, 0.0, 0.0
        weight = weights[rows[t]] if weighted else 1.0
        for i in members:
            highest = max(highest, np.float64(net_input[i, t]))
        for i in members:
            everything += math.exp(net_input[i, t] - highest)
        everything = math.log(everything)
        for j in range(outputs.shape[0]):
            if unit[outputs[j]] == u:
                targets += Y[rows[t], j]
        for j in range(outputs.shape[0]):
            i, target = outputs[j], np.float64(Y[rows[t], j])
            if unit[i] == u:
                below = max(net_input[i, t] - highest, -1.7976931348623157e308)
                total += weight * target * (everything - below)
                share = weight / divisor if weighted else scale
                direct[j, t] = one * ((output[i, t] * targets - target) * share)
    for j in range(outputs.shape[0]):
        if unit[outputs[j]] == u:
            for t in range(count, direct.shape[1]):
                direct[j, t] = 0
    return total


@intrinsic
def squared(typing, output, delta, row, targets, column, count, scale):
    """Return the squared error of the output in a row of a tile; write ∂E/∂output into `delta`.

    The targets stand in row `column` of `targets`, for the first `count` lanes.
    """

    def write(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _write_squared(Arrays(context, builder, signature, args))

    arguments = output, delta, types.intp, targets, types.intp, types.intp, output.dtype
    return types.float64(*arguments), write


def _write_squared(arrays: Arrays) -> Any:
    o, d, row, t, column, count, scale = arrays.values
    b = arrays.builder
    total = cgutils.alloca_once_value(b, ir.Constant(ir.DoubleType(), 0.0))
    first = {k: b.mul(index, arrays.strides[k]) for k, index in ((0, row), (1, row), (3, column))}
    for lane in registers(arrays, 0):
        at = {k: b.add(first[k], lane) for k in first}
        error = load(b, o, at[0]) - load(b, t, at[3])
        error = error.where(lanes_before(b, count, lane, error.width), 0.0)
        store(b, error * splat(b, scale), d, at[1])
        wide = in_double(error)
        b.store(b.fadd(b.load(total), (wide * wide).total()), total)
    return b.fmul(b.load(total), ir.Constant(ir.DoubleType(), 0.5))


def in_double(vec: Vec) -> Vec:
    """Return the same numbers in float64."""
    if vec.is_double:
        return vec
    kind = ir.VectorType(ir.DoubleType(), vec.width)
    return Vec(vec.builder, vec.builder.fpext(vec.value, kind))
