"""Small matrix products, written in vector instructions: what a layer does to a batch.

Activity is (n_examples, n_columns), so that an example's inputs are neighbours; weights are
(n_post, n_pre), a window of the parameters. Sums are held in registers in blocks: 3 examples (5
with AVX-512) by 4 neurons on the way forward, 4 rows by 3 registers on the way back, which keeps
the multipliers busy. What is left of a row when its registers are full is a register of which a
part counts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from neurosim.engines.compiled.jit import called
from neurosim.engines.compiled.simd import (
    INDEX,
    REGISTER,
    Arrays,
    Sum,
    Vec,
    by_registers,
    grouped,
    lanes_before,
    load,
    prefetch,
    splat,
    steps,
    store,
    totals,
    width_of,
)

POSTS = (4, 2, 1)  # of blocks on the way forward
# AVX-512 has twice as many registers, too.
EXAMPLES = (5, 3, 1) if REGISTER == 64 else (3, 1)
ROWS, REGISTERS = 4, 3  # of a block on the way back
DEEP, MANY_ROWS = 8192 // REGISTER, 32  # terms of a panel, and how many rows make copying it pay
PACK = DEEP * REGISTERS * REGISTER // 4  # numbers that a packed panel takes, at most


@intrinsic
def weigh(typing, source, rows, at, weight, weight_at, n_pre, target, to, first, last, n_examples):
    """Add the weighted sums of a layer to the net inputs of its neurons `first` to `last`.

    target[e, to + p] += Σ_k source[rows[e], at + k] · weight[weight_at + p · n_pre + k]
    """

    def write(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        _write_weigh(Arrays(context, builder, signature, args))
        return context.get_dummy_value()

    i = types.intp
    return types.void(source, rows, i, weight, i, i, target, i, i, i, i), write


def _write_weigh(arrays: Arrays) -> None:
    x, rows, at, w, w_at, n_pre, z, to, first, last, n_examples = arrays.values
    b, width = arrays.builder, width_of(x.type.pointee)

    whole = b.mul(b.sdiv(n_pre, INDEX(width)), INDEX(width))
    rest = lanes_before(b, n_pre, whole, width)

    def block(p: Any, n_posts: int, e: Any, n_rows: int) -> None:
        examples = [b.add(e, INDEX(i)) for i in range(n_rows)]
        inputs = [b.add(b.mul(arrays.item(rows, e), arrays.strides[0]), at) for e in examples]
        weights = [b.add(w_at, b.mul(b.add(p, INDEX(j)), n_pre)) for j in range(n_posts)]
        sums = [[Sum(b, x.type.pointee) for _ in weights] for _ in inputs]

        def take(k: Any, mask: Any) -> None:
            values = [load(b, x, b.add(start, k), mask=mask) for start in inputs]
            for j, start in enumerate(weights):
                factor = load(b, w, b.add(start, k), mask=mask)
                for own, value in zip(sums, values, strict=True):
                    own[j].value = value * factor + own[j].value

        with steps(b, INDEX(0), whole, width) as k:
            take(k, None)
        with b.if_then(b.icmp_signed("<", whole, n_pre)):
            take(whole, rest)
        for example, own in zip(examples, sums, strict=True):
            place = b.add(b.mul(example, arrays.strides[6]), b.add(to, p))
            add([total.value for total in own], place)

    def add(sums: list[Vec], place: Any) -> None:
        """Add the sums over the lanes of some registers to neighbouring numbers."""
        if len(sums) == 4:
            store(b, load(b, z, place, 4) + totals(*sums), z, place)
            return
        for j, total in enumerate(sums):
            at_j = b.gep(z, [b.add(place, INDEX(j))])
            b.store(b.fadd(b.load(at_j), total.total()), at_j)

    def posts_of(p: Any, n_posts: int) -> None:
        grouped(b, INDEX(0), n_examples, EXAMPLES, lambda e, n: block(p, n_posts, e, n))

    grouped(b, first, last, POSTS, posts_of)


@intrinsic
def pull(typing, delta, at, weight, weight_at, n_pre, n_post, to, first, last, n_examples, pack):
    """Add to ∂E/∂output of a layer's pre neurons `first` to `last` what its deltas bring back.

    delta[e, to + k] += Σ_p delta[e, at + p] · weight[weight_at + p · n_pre + k]
    """

    def write(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        arrays = Arrays(context, builder, signature, args)
        d, at, w, w_at, n_pre, n_post, to, first, last, n_examples, pack = arrays.values
        b, stride = builder, arrays.strides[0]

        def factor(e: Any, p: Any) -> Any:
            return b.load(b.gep(d, [b.add(b.mul(e, stride), b.add(at, p))]))

        def place(e: Any, offset: Any) -> Any:
            return b.add(b.mul(e, stride), b.add(b.add(to, first), offset))

        _write_outer(
            b,
            (INDEX(0), n_examples),
            n_post,
            b.sub(last, first),
            factor,
            (w, lambda p: b.add(b.add(w_at, first), b.mul(p, n_pre))),
            (d, place, None),
            pack,
        )
        return context.get_dummy_value()

    i = types.intp
    return types.void(delta, i, weight, i, i, i, i, i, i, i, pack), write


@intrinsic
def adjust(
    typing, source, rows, at, delta, delta_at, target, target_at, n_pre, first, last, n_examples,
    factor, pack,
):  # fmt: skip
    """Add to `target` the gradient of the weights of a layer's neurons `first` to `last`.

    target[target_at + p · n_pre + k] += factor · Σ_e d[e, p] · source[rows[e], at + k], where
    d[e, p] stands at delta[e, delta_at + p].
    """

    def write(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        arrays = Arrays(context, builder, signature, args)
        x, rows, at, d, d_at, w, w_at, n_pre, first, last, n_examples, rate, pack = arrays.values
        b = builder

        def factor(p: Any, e: Any) -> Any:
            return b.load(b.gep(d, [b.add(b.mul(e, arrays.strides[3]), b.add(d_at, p))]))

        def place(p: Any, offset: Any) -> Any:
            return b.add(b.add(w_at, b.mul(p, n_pre)), offset)

        _write_outer(
            b,
            (first, last),
            n_examples,
            n_pre,
            factor,
            (x, lambda e: b.add(b.mul(arrays.item(rows, e), arrays.strides[0]), at)),
            (w, place, rate),
            pack,
        )
        return context.get_dummy_value()

    i = types.intp
    kinds = (source, rows, i, delta, i, target, i, i, i, i, i, target.dtype, pack)
    return types.void(*kinds), write


def _write_outer(
    b: Any,
    rows: tuple[Any, Any],
    n_terms: Any,
    length: Any,
    factor: Callable[[Any, Any], Any],
    source: tuple[Any, Callable[[Any], Any]],
    target: tuple[Any, Callable[[Any, Any], Any], Any],
    pack: Any,
) -> None:
    """Write the addition of Σ_k factor(i, k) · line(k) to rows i, for lines of so many numbers.

    `source` is where lines are and start, `target` where they are added, and by what factor.

    A panel of the lines, `REGISTERS` wide and `DEEP` long, is first copied into `pack` if enough
    rows go over it: lines that lie a power of two apart would push each other out of the cache.
    """
    (data, start), (into, place, scale) = source, target
    scalar = data.type.pointee
    width = width_of(scalar)
    many = b.icmp_signed(">=", b.sub(rows[1], rows[0]), INDEX(MANY_ROWS))

    def add(offset: Any, total: Vec, mask: Any) -> None:
        scaled = total if scale is None else splat(b, scale) * total
        store(b, scaled + load(b, into, offset, mask=mask), into, offset, mask)

    def block(i: Any, n_rows: int, at: Any, count: int, mask: Any, terms: tuple[Any, Any]) -> None:
        here = [b.add(i, INDEX(j)) for j in range(n_rows)]
        offsets = [INDEX(r * width) for r in range(count)]
        sums = [[Sum(b, scalar) for _ in offsets] for _ in here]
        for row in here:
            prefetch(b, into, place(row, at))
            prefetch(b, into, place(row, b.add(at, offsets[-1])))
        with steps(b, *terms, 1) as k:
            lines, line = data, b.add(start(k), at)
            if count == REGISTERS:
                inside = b.mul(b.sub(k, terms[0]), INDEX(count * width))
                lines, line = b.select(many, pack, data), b.select(many, inside, line)
            values = [load(b, lines, b.add(line, offset), mask=mask) for offset in offsets]
            for row, own in zip(here, sums, strict=True):
                by = splat(b, factor(row, k))
                for total, value in zip(own, values, strict=True):
                    total.value = by * value + total.value
        for row, own in zip(here, sums, strict=True):
            for offset, total in zip(offsets, own, strict=True):
                add(place(row, b.add(at, offset)), total.value, mask)

    def fill_pack(at: Any, terms: tuple[Any, Any]) -> None:
        with b.if_then(many), steps(b, *terms, 1) as k:
            line = b.add(start(k), at)
            inside = b.mul(b.sub(k, terms[0]), INDEX(REGISTERS * width))
            for r in range(REGISTERS):
                offset = INDEX(r * width)
                store(b, load(b, data, b.add(line, offset)), pack, b.add(inside, offset))

    def panel(at: Any, count: int, mask: Any) -> None:
        with cgutils.for_range_slice(b, INDEX(0), n_terms, INDEX(DEEP), INDEX) as (first, _):
            last = b.add(first, INDEX(DEEP))
            terms = first, b.select(b.icmp_signed("<", last, n_terms), last, n_terms)
            if count == REGISTERS:
                fill_pack(at, terms)
            grouped(b, *rows, (ROWS, 1), lambda i, n: block(i, n, at, count, mask, terms))

    by_registers(b, length, width, REGISTERS, panel)


@called
def weighed(
    source, rows, at, weight, weight_at, n_pre, target, to, first, last, n_examples
):
    """Do `weigh`."""
    weigh(source, rows, at, weight, weight_at, n_pre, target, to, first, last, n_examples)


@called
def pulled(delta, at, weight, weight_at, n_pre, n_post, to, first, last, n_examples, pack):
    """Do `pull`."""
    pull(delta, at, weight, weight_at, n_pre, n_post, to, first, last, n_examples, pack)


@called
def adjusted(
    source, rows, at, delta, delta_at, target, target_at, n_pre, first, last, n_examples, factor,
    pack,
):  # fmt: skip
    """Do `adjust`."""
    adjust(source, rows, at, delta, delta_at, target, target_at, n_pre, first, last, n_examples,
           factor, pack)  # fmt: skip
