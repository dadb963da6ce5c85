"""The inner loops of the walk: the synapses into one neuron, forward and back.

While a row of a tile is worked on it stays in registers, so that a synapse costs one load and
one fused multiplication and addition per register on the way forward, and two loads, two of
those and a store on the way back. There is a version for each number of lanes.
"""

from __future__ import annotations

from typing import Any

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from neurosim.engines.compiled.simd import (
    INDEX,
    Arrays,
    Sum,
    Vec,
    grouped,
    load,
    splat,
    steps,
    store,
    totals,
    width_of,
)

IN_FLIGHT = 8  # independent sums that keep the multipliers busy
GROUP = 4  # synapses whose sums over the lanes are taken together


class _Rows:
    """The rows of a tile of so many lanes, as lists of registers."""

    def __init__(self, arrays: Arrays, argument: int, lanes: int) -> None:
        self.builder, self.data = arrays.builder, arrays.values[argument]
        self.stride = arrays.strides[argument]
        self.scalar = self.data.type.pointee
        self.width = width_of(self.scalar)
        self.count = lanes // self.width

    def _offsets(self, row: Any) -> list[Any]:
        b = self.builder
        first = b.mul(row, self.stride)
        return [b.add(first, INDEX(i * self.width)) for i in range(self.count)]

    def load(self, row: Any) -> list[Vec]:
        return [load(self.builder, self.data, offset) for offset in self._offsets(row)]

    def store(self, registers: list[Vec], row: Any) -> None:
        for register, offset in zip(registers, self._offsets(row), strict=True):
            store(self.builder, register, self.data, offset)

    def sums(self) -> list[Sum]:
        return [Sum(self.builder, self.scalar) for _ in range(self.count)]


def push_of(lanes: int) -> Any:
    """Return ``push(output, pre, weight, first, last, bias, row)`` for tiles of so many lanes.

    It writes the bias plus the weighted sum of the rows ``pre[first:last]`` into a row.
    """

    @intrinsic
    def push(typing, output, pre, weight, first, last, bias, row):
        def write(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            _write_push(Arrays(context, builder, signature, args), lanes)
            return context.get_dummy_value()

        index = types.intp
        return types.void(output, pre, weight, index, index, output.dtype, index), write

    return push


def _write_push(arrays: Arrays, lanes: int) -> None:
    _, pre, weight, first, last, bias, row = arrays.values
    b, outputs = arrays.builder, _Rows(arrays, 0, lanes)
    sums = [outputs.sums() for _ in range(max(1, IN_FLIGHT // outputs.count))]

    def take(k: Any, count: int) -> None:
        for i in range(count):
            at = b.add(k, INDEX(i))
            w = splat(b, arrays.item(weight, at))
            for total, value in zip(sums[i], outputs.load(arrays.item(pre, at)), strict=True):
                total.value = w * value + total.value

    grouped(b, first, last, len(sums), take)
    result = []
    for parts in zip(*sums, strict=True):
        total = splat(b, bias)
        for part in parts:
            total = total + part.value
        result.append(total)
    outputs.store(result, row)


def hand_back_of(lanes: int) -> Any:
    """Return ``hand_back(output, delta, pre, weight, gradient, first, inner, last, row)``.

    It takes the synapses into a row, from the rows ``pre[first:last]``: adds the row's delta times
    each output to the gradient of the weight and, from number `inner` on, the delta times the
    weight to ∂E/∂output of the pre neuron, which stands in `delta`.
    """

    @intrinsic
    def hand_back(typing, output, delta, pre, weight, gradient, first, inner, last, row):
        def write(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            _write_hand_back(Arrays(context, builder, signature, args), lanes)
            return context.get_dummy_value()

        arrays = output, delta, pre, weight, gradient
        return types.void(*arrays, *[types.intp] * 4), write

    return hand_back


def _write_hand_back(arrays: Arrays, lanes: int) -> None:
    _, _, pre, weight, gradient, first, inner, last, row = arrays.values
    b, outputs, deltas = arrays.builder, _Rows(arrays, 0, lanes), _Rows(arrays, 1, lanes)
    own = deltas.load(row)

    def hand(k: Any, source: Any) -> None:
        w, held = splat(b, arrays.item(weight, k)), deltas.load(source)
        deltas.store([w * x + y for x, y in zip(own, held, strict=True)], source)

    def take(k: Any, count: int, handed: bool) -> None:
        parts = []
        for i in range(count):
            at = b.add(k, INDEX(i))
            source = arrays.item(pre, at)
            parts.append(_product(own, outputs.load(source)))
            if handed:
                hand(at, source)
        sums = totals(*parts) if count == GROUP else [parts[0].total()]
        for i, total in enumerate(sums):
            place = b.gep(gradient, [b.add(k, INDEX(i))])
            b.store(b.fadd(b.load(place), total), place)

    grouped(b, first, inner, GROUP, lambda k, count: take(k, count, False))
    grouped(b, inner, last, GROUP, lambda k, count: take(k, count, True))


def _product(a: list[Vec], b: list[Vec]) -> Vec:
    """Return a register whose lanes add up to the product of two rows."""
    sums = [x * y for x, y in zip(a[:2], b[:2], strict=True)]
    for i, (x, y) in enumerate(zip(a[2:], b[2:], strict=True)):
        sums[i % 2] = x * y + sums[i % 2]
    return sums[0] + sums[1] if len(sums) == 2 else sums[0]


@intrinsic
def push1(typing, output, pre, weight, first, last, bias):
    """Return the bias plus the weighted sum of the rows ``pre[first:last]`` of a single example."""

    def write(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        arrays = Arrays(context, builder, signature, args)
        data, pre, weight, first, last, bias = arrays.values
        total = cgutils.alloca_once_value(builder, bias)
        with steps(builder, first, last, 1) as k:
            value = builder.load(builder.gep(data, [arrays.item(pre, k)]))
            product = builder.fmul(arrays.item(weight, k), value, flags=("contract",))
            builder.store(builder.fadd(builder.load(total), product, flags=("contract",)), total)
        return builder.load(total)

    index = types.intp
    return output.dtype(output, pre, weight, index, index, output.dtype), write


@intrinsic
def hand_back1(typing, output, delta, pre, weight, target, first, inner, last, own, factor):
    """Take the synapses into a neuron of a single example back, where `own` is its delta.

    Adds `factor` times the gradient to `target`, which may be the weights themselves.
    """

    def write(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        arrays = Arrays(context, builder, signature, args)
        _write_hand_back1(arrays)
        return context.get_dummy_value()

    arrays, number = (output, delta, pre, weight, target), output.dtype
    return types.void(*arrays, *[types.intp] * 3, number, number), write


def _write_hand_back1(arrays: Arrays) -> None:
    output, delta, pre, weight, target, first, inner, last, own, factor = arrays.values
    b = arrays.builder
    scaled = b.fmul(own, factor)

    def add_product(place: Any, x: Any, y: Any) -> None:
        product = b.fmul(x, y, flags=("contract",))
        b.store(b.fadd(b.load(place), product, flags=("contract",)), place)

    with steps(b, first, inner, 1) as k:
        value = b.load(b.gep(output, [arrays.item(pre, k)]))
        add_product(b.gep(target, [k]), scaled, value)
    with steps(b, inner, last, 1) as k:
        j = arrays.item(pre, k)
        add_product(b.gep(delta, [j]), arrays.item(weight, k), own)
        add_product(b.gep(target, [k]), scaled, b.load(b.gep(output, [j])))


push8, push16, push32, push64 = map(push_of, (8, 16, 32, 64))
hand_back8, hand_back16, hand_back32, hand_back64 = map(hand_back_of, (8, 16, 32, 64))
