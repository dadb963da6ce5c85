"""The formulas of the training rules, on registers of parameters.

Each takes the numbers of its rule (see `training.stepping`), the gradient g, the weight w and what
the rule keeps, and returns what is to be taken off the weight; it writes what it keeps from now on.
One loop goes over all the arrays of a rule, since they come from the second cache.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from neurosim.engines.compiled import codes
from neurosim.engines.compiled.simd import (
    INDEX,
    INT32,
    Arrays,
    Sum,
    Vec,
    by_registers,
    load,
    splat,
    store,
    width_of,
)


class _Place:
    """Where a register of parameters stands: numbers of the rule, and what it keeps of them."""

    def __init__(self, arrays: Arrays, at: Any, mask: Any) -> None:
        self.arrays, self.mask = arrays, mask
        _, self.row, self.total, self.mine, self.factors, self.memory, first = arrays.values
        b = arrays.builder
        self.builder, self.at, self.behind = b, at, b.add(first, at)

    def number(self, i: int) -> Vec:
        """Return a number of the rule in every lane."""
        return splat(self.builder, self.builder.load(self._entry(i)))

    def has(self, i: int) -> Any:
        """Return whether a number of the rule is not 0."""
        value = self.builder.load(self._entry(i))
        return self.builder.fcmp_unordered("!=", value, ir.Constant(value.type, 0.0))

    def _entry(self, i: int) -> Any:
        return self.builder.gep(self.row, [INDEX(i)])

    def kept(self, k: int | Any) -> Vec:
        """Return what stands in a row of the memory."""
        return load(self.builder, self.memory, self._kept_at(k), mask=self.mask)

    def keep(self, k: int | Any, vec: Vec) -> Vec:
        """Write a row of the memory; return what was written."""
        store(self.builder, vec, self.memory, self._kept_at(k), self.mask)
        return vec

    def _kept_at(self, k: int | Any) -> Any:
        row = INDEX(k) if isinstance(k, int) else k
        return self.builder.add(self.builder.mul(row, self.arrays.strides[5]), self.behind)

    def only_if(self, condition: Any, otherwise: Vec, vec: Callable[[], Vec]) -> Vec:
        """Return what `vec` writes if a condition holds, else `otherwise`."""
        result = Sum(self.builder, otherwise.scalar)
        result.value = otherwise
        with self.builder.if_then(condition):
            result.value = vec()
        return result.value

    def has_rows(self, count: int) -> Any:
        """Return whether the memory has so many rows."""
        return self.builder.icmp_signed(">=", self.arrays.n_rows[5], INDEX(count))


def _descent(at: _Place, g: Vec, w: Vec) -> Vec:
    return at.number(0) * g


def _momentum(at: _Place, g: Vec, w: Vec) -> Vec:
    return at.number(0) * at.keep(0, at.number(1) * at.kept(0) + g)


def _nesterov(at: _Place, g: Vec, w: Vec) -> Vec:
    velocity = at.keep(0, at.number(1) * at.kept(0) + g)
    return at.number(0) * (at.number(1) * velocity + g)


def _adagrad(at: _Place, g: Vec, w: Vec) -> Vec:
    square = at.keep(0, g * g + at.kept(0))
    return (at.number(0) * g).over(square.root() + at.number(1))


def _rmsprop(at: _Place, g: Vec, w: Vec) -> Vec:
    """Divide by the root of the mean square; a mean, then a velocity, are kept behind that."""
    decay, fresh, epsilon, velocity_kept = (at.number(i) for i in (1, 2, 3, 4))
    square = at.keep(0, fresh * g * g + decay * at.kept(0))

    def centered() -> Vec:
        before = at.kept(1)
        mean = at.keep(1, fresh * (g - before) + before)
        return square - mean * mean

    step = g.over(at.only_if(at.has(5), square, centered).root() + epsilon)

    def with_velocity() -> Vec:
        last = at.builder.sub(at.arrays.n_rows[5], INDEX(1))
        return at.keep(last, velocity_kept * at.kept(last) + step)

    return at.number(0) * at.only_if(at.has(4), step, with_velocity)


def _adam(at: _Place, g: Vec, w: Vec) -> Vec:
    """Step by the mean over the root of the mean square, which `free` rids of its bias."""
    rate, kept1, fresh1, kept2, fresh2, free, epsilon, decay = (at.number(i) for i in range(8))
    mean = at.keep(0, kept1 * at.kept(0) + fresh1 * g)
    square = at.keep(1, kept2 * at.kept(1) + fresh2 * g * g)
    step = (rate * mean).over(square.root() * free + epsilon)
    return at.only_if(at.has_rows(3), step, lambda: decay * at.kept(2) * w + step)


def _by_signs(at: _Place, g: Vec, w: Vec) -> Vec:
    """Resilient backpropagation: only signs count."""
    shrink, grow, least, most = (at.number(i) for i in range(4))
    agreement = g * at.kept(0)
    turned, same = agreement < 0.0, agreement > 0.0
    size = at.kept(1) * grow.where(same, shrink.where(turned, 1.0))
    size = least.where(size < least, size)
    size = at.keep(1, most.where(size > most, size))
    before = at.keep(0, g.like(0.0).where(turned, g))
    return size.where(before > 0.0, (-size).where(before < 0.0, before))


_FORMULAS: dict[int, Callable[[_Place, Vec, Vec], Vec]] = {
    codes.DESCENT: _descent,
    codes.MOMENTUM: _momentum,
    codes.NESTEROV: _nesterov,
    codes.ADAGRAD: _adagrad,
    codes.RMSPROP: _rmsprop,
    codes.ADAM: _adam,
    codes.RPROP: _by_signs,
}


@intrinsic
def take_step(typing, rule, row, total, mine, factors, memory, first):
    """Take the step of a rule on the parameters `mine`, and clear their gradient, `total`.

    ``row`` are the numbers of the rule, `factors` what to multiply steps by, if there are any, and
    ``memory[:, first:]`` what the rule keeps of these parameters. A factor of 0 holds a parameter,
    whatever its step is: what the rule keeps of it is of no use to anybody.
    """

    def write(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        arrays = Arrays(context, builder, signature, args)
        done = builder.append_basic_block("stepped")
        switch = builder.switch(builder.trunc(arrays.values[0], INT32), done)
        for code, formula in _FORMULAS.items():
            block = builder.append_basic_block(f"rule{code}")
            switch.add_case(INT32(code), block)
            builder.position_at_end(block)
            _write_loop(arrays, formula)
            builder.branch(done)
        builder.position_at_end(done)
        return context.get_dummy_value()

    return types.void(types.int64, row, total, mine, factors, memory, types.intp), write


def _of_free(at: _Place, step: Vec) -> Vec:
    """Return a step times its factor, and +0 where that is 0: w − (+0) has the bits of w."""
    factor = load(at.builder, at.factors, at.behind, mask=at.mask)
    return (factor * step).where(factor > 0.0, 0.0)


def _write_loop(arrays: Arrays, formula: Callable[[_Place, Vec, Vec], Vec]) -> None:
    b = arrays.builder
    has_factors = b.icmp_signed(">", arrays.lengths[4], INDEX(0))

    def body(index: Any, count: int, mask: Any) -> None:
        at = _Place(arrays, index, mask)
        g, w = load(b, at.total, index, mask=mask), load(b, at.mine, index, mask=mask)
        step = formula(at, g, w)
        step = at.only_if(has_factors, step, lambda: _of_free(at, step))
        store(b, w - step, at.mine, index, mask)
        store(b, g.like(0.0), at.total, index, mask)

    by_registers(b, arrays.lengths[3], width_of(arrays.values[3].type.pointee), 1, body)
