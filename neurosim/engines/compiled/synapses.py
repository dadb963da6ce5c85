"""The inner loops of the walk: the synapses into one neuron, forward, and from one neuron, back.

While a row of a tile is worked on it stays in registers. So a synapse costs one load and one
fused multiplication and addition per register on the way forward, one load and two of those on the
way back, and nothing is written but the row itself. There is a version for each number of lanes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from neurosim.engines.compiled.simd import (
    INDEX,
    REGISTER,
    Arrays,
    Sum,
    Vec,
    grouped,
    load,
    prefetch,
    splat,
    steps,
    store,
    totals,
    width_of,
)

IN_FLIGHT = 8  # independent sums that keep the multipliers busy
GROUP = 4  # synapses whose sums over the lanes are taken together
# Where rows come from far, they are asked for so many synapses before they are needed. What stands
# behind the last synapse of a tape is asked for as well, whatever it is: nothing is read there.
EARLY = 16
LINE = 64  # bytes


class _Rows:
    """The rows of a tile of so many lanes, contiguous, as lists of registers."""

    def __init__(self, arrays: Arrays, argument: int, lanes: int) -> None:
        self.builder, self.data = arrays.builder, arrays.values[argument]
        self.lanes = INDEX(lanes)
        self.scalar = self.data.type.pointee
        self.width = min(width_of(self.scalar), lanes)
        self.count = lanes // self.width

    def _offsets(self, row: Any) -> list[Any]:
        b = self.builder
        first = b.mul(row, self.lanes)
        return [b.add(first, INDEX(i * self.width)) for i in range(self.count)]

    def load(self, row: Any) -> list[Vec]:
        return [load(self.builder, self.data, at, self.width) for at in self._offsets(row)]

    def store(self, registers: list[Vec], row: Any) -> None:
        for register, offset in zip(registers, self._offsets(row), strict=True):
            store(self.builder, register, self.data, offset)

    def ask_for(self, rows: Any, first: Any, count: int) -> None:
        """Ask for the rows ``rows[first + EARLY]`` and so on."""
        b, per_line = self.builder, LINE * width_of(self.scalar) // REGISTER
        for i in range(count):
            at = b.add(first, INDEX(i + EARLY))
            start = b.mul(b.sext(b.load(b.gep(rows, [at])), INDEX), self.lanes)
            for line in range(max(1, self.count * self.width // per_line)):
                prefetch(b, self.data, b.add(start, INDEX(line * per_line)))

    def sums(self) -> list[Sum]:
        return [Sum(self.builder, self.scalar, self.width) for _ in range(self.count)]


def push_of(lanes: int) -> Any:
    """Return ``push(output, pre, weight, first, last, bias, row, fresh, far)``.

    It adds the weighted sum of the rows ``pre[first:last]`` to a row, or to the bias if the row is
    `fresh`. There are so many `lanes`; rows may come from `far`.
    """

    @intrinsic
    def push(typing, output, pre, weight, first, last, bias, row, fresh, far):
        def write(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            _write_push(Arrays(context, builder, signature, args), lanes)
            return context.get_dummy_value()

        i, flag = types.intp, types.boolean
        return types.void(output, pre, weight, i, i, output.dtype, i, flag, flag), write

    return push


def _write_push(arrays: Arrays, lanes: int) -> None:
    _, pre, weight, first, last, bias, row, fresh, far = arrays.values
    b, outputs = arrays.builder, _Rows(arrays, 0, lanes)
    sums = [outputs.sums() for _ in range(max(1, IN_FLIGHT // outputs.count))]
    with b.if_else(_is_true(b, fresh)) as (new, old):
        with new:
            for total in sums[0]:
                total.value = splat(b, bias, outputs.width)
        with old:
            for total, value in zip(sums[0], outputs.load(row), strict=True):
                total.value = value

    def take(k: Any, count: int) -> None:
        with b.if_then(_is_true(b, far)):
            outputs.ask_for(pre, k, count)
        for i in range(count):
            at = b.add(k, INDEX(i))
            w = splat(b, arrays.item(weight, at), outputs.width)
            for total, value in zip(sums[i], outputs.load(arrays.item(pre, at)), strict=True):
                total.value = w * value + total.value

    def add_up() -> None:
        for parts in zip(*sums, strict=True):
            parts[0].value = _total(parts)

    grouped(b, first, last, (len(sums), 1), take, add_up)
    outputs.store([total.value for total in sums[0]], row)


def _is_true(builder: Any, value: Any) -> Any:
    return builder.icmp_unsigned("!=", value, value.type(0))


def _total(parts: Sequence[Sum]) -> Vec:
    total = parts[0].value
    for part in parts[1:]:
        total = total + part.value
    return total


def pull_of(lanes: int) -> Any:
    """Return ``pull(output, delta, post, weight, gradient, first, last, row, fresh, far)``.

    It takes the synapses from a row, to the rows ``post[first:last]``, whose deltas are known: adds
    ∂E/∂output of the row to what `delta` holds, unless the row is `fresh`, and the products of
    deltas with the row's output to the gradient of the weights.
    """

    @intrinsic
    def pull(typing, output, delta, post, weight, gradient, first, last, row, fresh, far):
        def write(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            _write_pull(Arrays(context, builder, signature, args), lanes)
            return context.get_dummy_value()

        arrays = output, delta, post, weight, gradient
        return types.void(*arrays, *[types.intp] * 3, *[types.boolean] * 2), write

    return pull


def _write_pull(arrays: Arrays, lanes: int) -> None:
    _, _, post, weight, gradient, first, last, row, fresh, far = arrays.values
    b, outputs, deltas = arrays.builder, _Rows(arrays, 0, lanes), _Rows(arrays, 1, lanes)
    own, sums = outputs.load(row), deltas.sums()
    with b.if_then(b.not_(_is_true(b, fresh))):
        for total, value in zip(sums, deltas.load(row), strict=True):
            total.value = value

    def take(k: Any, count: int) -> None:
        products = []
        with b.if_then(_is_true(b, far)):
            deltas.ask_for(post, k, count)
        for i in range(count):
            at = b.add(k, INDEX(i))
            w = splat(b, arrays.item(weight, at), deltas.width)
            there = deltas.load(arrays.item(post, at))
            for total, value in zip(sums, there, strict=True):
                total.value = w * value + total.value
            products.append(_product(own, there))
        _add_totals(b, products, gradient, k)

    grouped(b, first, last, (GROUP, 1), take)
    deltas.store([total.value for total in sums], row)


def pull_inputs_of(lanes: int) -> Any:
    """Return ``pull_inputs(output, delta, post, gradient, first, last, row, far)``.

    It does what `pull` does for the row of an input, which needs no delta.
    """

    @intrinsic
    def pull_inputs(typing, output, delta, post, gradient, first, last, row, far):
        def write(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            _write_pull_inputs(Arrays(context, builder, signature, args), lanes)
            return context.get_dummy_value()

        arrays = output, delta, post, gradient
        return types.void(*arrays, *[types.intp] * 3, types.boolean), write

    return pull_inputs


def _write_pull_inputs(arrays: Arrays, lanes: int) -> None:
    _, _, post, gradient, first, last, row, far = arrays.values
    b, outputs, deltas = arrays.builder, _Rows(arrays, 0, lanes), _Rows(arrays, 1, lanes)
    own = outputs.load(row)

    def take(k: Any, count: int) -> None:
        with b.if_then(_is_true(b, far)):
            deltas.ask_for(post, k, count)
        rows = [arrays.item(post, b.add(k, INDEX(i))) for i in range(count)]
        _add_totals(b, [_product(own, deltas.load(there)) for there in rows], gradient, k)

    grouped(b, first, last, (GROUP, 1), take)


def _add_totals(builder: Any, products: list[Vec], target: Any, first: Any) -> None:
    """Add the sums over the lanes of some registers to neighbouring numbers."""
    if len(products) == GROUP:
        sums = totals(*products)
        store(builder, load(builder, target, first, GROUP) + sums, target, first)
        return
    place = builder.gep(target, [first])
    builder.store(builder.fadd(builder.load(place), products[0].total()), place)


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
pull8, pull16, pull32, pull64 = map(pull_of, (8, 16, 32, 64))
pull_inputs8, pull_inputs16, pull_inputs32, pull_inputs64 = map(pull_inputs_of, (8, 16, 32, 64))
