"""Arithmetic on registers: formulas written with operators become vector instructions.

A `Vec` stands for a register, 8 numbers in float32 and 4 in float64, or twice as many where the
processor has AVX-512, while the code of a kernel is written: ``a * b + c`` appends a multiplication
and an addition to that code, which the processor does in one instruction where it can. LLVM turns
the vectors into what there is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from llvmlite import ir
from llvmlite.binding import get_host_cpu_name
from numba import types
from numba.core import cgutils, config
from numba.core.codegen import get_host_cpu_features


def processor() -> tuple[str, str]:
    """Return the name of the processor and its features, as Numba compiles for it."""
    name, features = (getattr(config, key, None) for key in ("CPU_NAME", "CPU_FEATURES"))
    return (
        get_host_cpu_name() if name is None else name,
        get_host_cpu_features() if features is None else features,
    )


_FEATURES = frozenset(processor()[1].split(","))
REGISTER = 64 if "+avx512vl" in _FEATURES else 32
# Lanes: rows of activity have so many or a multiple, and fill registers of either dtype.
UNIT = max(8, REGISTER // 4)

INDEX = ir.IntType(64)
INT32 = ir.IntType(32)
_FUSED = ("contract",)


class Vec:
    """A register in the code of a kernel."""

    __slots__ = ("builder", "value")

    def __init__(self, builder: Any, value: Any) -> None:
        self.builder, self.value = builder, value

    @property
    def scalar(self) -> Any:
        """The type of a lane."""
        return self.value.type.element

    @property
    def width(self) -> int:
        """The number of lanes."""
        return int(self.value.type.count)

    @property
    def is_double(self) -> bool:
        """Whether the lanes are float64."""
        return isinstance(self.scalar, ir.DoubleType)

    def like(self, number: float) -> Vec:
        """Return a register with `number` in every lane."""
        return Vec(self.builder, ir.Constant(self.value.type, [number] * self.width))

    def _other(self, other: Vec | float) -> Any:
        return other.value if isinstance(other, Vec) else self.like(other).value

    def __add__(self, other: Vec | float) -> Vec:
        return Vec(self.builder, self.builder.fadd(self.value, self._other(other), flags=_FUSED))

    def __mul__(self, other: Vec | float) -> Vec:
        return Vec(self.builder, self.builder.fmul(self.value, self._other(other), flags=_FUSED))

    def __sub__(self, other: Vec | float) -> Vec:
        return Vec(self.builder, self.builder.fsub(self.value, self._other(other), flags=_FUSED))

    def __truediv__(self, other: Vec | float) -> Vec:
        return Vec(self.builder, self.builder.fdiv(self.value, self._other(other)))

    def __radd__(self, other: float) -> Vec:
        return self + other

    def __rmul__(self, other: float) -> Vec:
        return self * other

    def __rsub__(self, other: float) -> Vec:
        return self.like(other) - self

    def __rtruediv__(self, other: float) -> Vec:
        return self.like(other) / self

    def __neg__(self) -> Vec:
        return Vec(self.builder, self.builder.fneg(self.value))

    def __gt__(self, other: Vec | float) -> Any:
        return self.builder.fcmp_ordered(">", self.value, self._other(other))

    def __lt__(self, other: Vec | float) -> Any:
        return self.builder.fcmp_ordered("<", self.value, self._other(other))

    def is_nan(self) -> Any:
        """Return a mask of the lanes that are no number."""
        return self.builder.fcmp_unordered("uno", self.value, self.value)

    def where(self, mask: Any, other: Vec | float) -> Vec:
        """Return this where the mask says so, else `other`."""
        return Vec(self.builder, self.builder.select(mask, self.value, self._other(other)))

    def _called(self, name: str, *others: Vec) -> Vec:
        bits = 64 if self.is_double else 32
        values = [self.value, *(other.value for other in others)]
        kind = ir.FunctionType(self.value.type, [value.type for value in values])
        full = f"llvm.{name}.v{self.width}f{bits}"
        function = self.builder.module.declare_intrinsic(full, (), kind)
        return Vec(self.builder, self.builder.call(function, values))

    def __abs__(self) -> Vec:
        return self._called("fabs")

    def with_sign_of(self, other: Vec) -> Vec:
        """Return this with the signs of `other`."""
        return self._called("copysign", other)

    def root(self) -> Vec:
        """Return the square roots."""
        return self._called("sqrt")

    def over(self, other: Vec) -> Vec:
        """Return the quotient by another, in float32 perhaps with its last digit wrong.

        There a step of Newton's makes a reciprocal of the processor's guess of one, which takes
        half as long as a division.
        """
        guess = None if self.is_double else _guessed_reciprocal(other)
        if guess is None:
            return self / other
        return self * (guess * (1.0 - other * guess) + guess)

    def nearest(self) -> Vec:
        """Return the nearest integers."""
        return self._called("rint")

    def by_lane(self, name: str) -> Vec:
        """Return what the C library's function makes of each lane."""
        kind = ir.FunctionType(self.scalar, [self.scalar])
        full = name if self.is_double else f"{name}f"
        function = cgutils.get_or_insert_function(self.builder.module, kind, full)
        result = self.value
        for lane in range(self.width):
            value = self.builder.extract_element(self.value, INT32(lane))
            value = self.builder.call(function, [value])
            result = self.builder.insert_element(result, value, INT32(lane))
        return Vec(self.builder, result)

    def shuffled(self, other: Vec, lanes: Sequence[int]) -> Vec:
        """Return lanes of this and of `other`, numbered on, in the order asked for."""
        mask = ir.Constant(ir.VectorType(INT32, len(lanes)), list(lanes))
        return Vec(self.builder, self.builder.shuffle_vector(self.value, other.value, mask))

    def lane(self, number: int) -> Any:
        """Return the number in a lane."""
        return self.builder.extract_element(self.value, INT32(number))

    def total(self) -> Any:
        """Return the sum over the lanes."""
        part = self
        while part.width > 1:
            part = _halved(part)
        return part.lane(0)


def _guessed_reciprocal(vec: Vec) -> Vec | None:
    """Return reciprocals with about twelve bits, or None if the processor has no guess."""
    b, kind = vec.builder, vec.value.type
    if REGISTER == 64:
        name, mask = "llvm.x86.avx512.rcp14.ps.512", ir.IntType(16)
        args = [vec.value, vec.value, mask(0xFFFF)]
    elif "+avx" in _FEATURES:
        name, args = "llvm.x86.avx.rcp.ps.256", [vec.value]
    else:
        return None
    function = ir.FunctionType(kind, [arg.type for arg in args])
    return Vec(b, b.call(b.module.declare_intrinsic(name, (), function), args))


def totals(x: Vec, y: Vec, z: Vec, w: Vec) -> Vec:
    """Return the sums over the lanes of four registers, halving them together."""
    xy, zw = _paired(x, y), _paired(z, w)
    if x.is_double:
        while xy.width > 4:
            xy, zw = _halved(xy), _halved(zw)
        return xy.shuffled(zw, (0, 1, 4, 5)) + xy.shuffled(zw, (2, 3, 6, 7))
    four = _paired(xy, zw)
    while four.width > 4:
        four = _halved(four)
    return four


def _paired(a: Vec, b: Vec) -> Vec:
    """Add neighbouring lanes of two registers, in the order in which the processor does."""
    size = 2 if a.is_double else 4  # lanes in 16 bytes, which it does not cross
    firsts = [
        start + lane
        for segment in range(0, a.width, size)
        for start in (segment, a.width + segment)
        for lane in range(0, size, 2)
    ]
    return a.shuffled(b, firsts) + a.shuffled(b, [lane + 1 for lane in firsts])


def _halved(a: Vec) -> Vec:
    half = a.width // 2
    return a.shuffled(a, range(half)) + a.shuffled(a, range(half, a.width))


class Arrays:
    """The arguments of an intrinsic: arrays as the place of their data, others as they are.

    By the number of the argument, there are also the `lengths` of arrays, or of their rows, and of
    two-dimensional ones the number of rows, `n_rows`, and the `strides` from one to the next, in
    items.
    """

    def __init__(self, context: Any, builder: Any, signature: Any, args: Sequence[Any]) -> None:
        self.builder = builder
        self.values: list[Any] = []
        self.lengths: dict[int, Any] = {}
        self.n_rows: dict[int, Any] = {}
        self.strides: dict[int, Any] = {}
        for i, (kind, value) in enumerate(zip(signature.args, args, strict=True)):
            if not isinstance(kind, types.Array):
                self.values.append(value)
                continue
            array = context.make_array(kind)(context, builder, value)
            self.values.append(array.data)
            shape = cgutils.unpack_tuple(builder, array.shape)
            self.lengths[i] = shape[-1]
            if kind.ndim == 2:
                strides = cgutils.unpack_tuple(builder, array.strides)
                self.n_rows[i] = shape[0]
                self.strides[i] = (
                    shape[1] if kind.layout == "C" else builder.sdiv(strides[0], array.itemsize)
                )

    def item(self, data: Any, index: Any) -> Any:
        """Return an item of an array; integers are widened to indices."""
        value = self.builder.load(self.builder.gep(data, [index]))
        return self.builder.sext(value, INDEX) if isinstance(value.type, ir.IntType) else value


def _bytes(scalar: Any) -> int:
    return 8 if isinstance(scalar, ir.DoubleType) else 4


def width_of(scalar: Any) -> int:
    """Return how many numbers of a type fit into a register."""
    return REGISTER // _bytes(scalar)


def splat(builder: Any, value: Any, width: int | None = None) -> Vec:
    """Return a register with one number in every lane; of another `width`, if that is given."""
    kind = ir.VectorType(value.type, width or width_of(value.type))
    one = builder.insert_element(ir.Constant(kind, ir.Undefined), value, INT32(0))
    mask = ir.Constant(ir.VectorType(INT32, kind.count), [0] * kind.count)
    return Vec(builder, builder.shuffle_vector(one, one, mask))


def load(
    builder: Any, data: Any, offset: Any, width: int | None = None, mask: Any = None
) -> Vec:
    """Return the register whose first number stands at `offset`; 0 where a `mask` says no."""
    scalar = data.type.pointee
    width = width or width_of(scalar)
    place = _place(builder, data, offset, width)
    if mask is None:
        return Vec(builder, builder.load(place, align=_bytes(scalar)))
    kind = ir.VectorType(scalar, width)
    nothing = ir.Constant(kind, [0.0] * width)
    return Vec(builder, _masked(builder, "load", kind, kind, place, mask, nothing))


def store(builder: Any, vec: Vec, data: Any, offset: Any, mask: Any = None) -> None:
    """Write a register whose first number belongs at `offset`; only lanes of a `mask`, if any."""
    place = _place(builder, data, offset, vec.width)
    if mask is None:
        builder.store(vec.value, place, align=_bytes(vec.scalar))
    else:
        _masked(builder, "store", ir.VoidType(), vec.value.type, vec.value, place, mask)


def _masked(builder: Any, name: str, result: Any, kind: Any, *args: Any) -> Any:
    """Call an intrinsic of LLVM's for memory of which a mask tells what to touch."""
    align = INT32(_bytes(kind.element))
    mask = next(i for i, arg in enumerate(args) if arg.type == _mask_type(kind.count))
    values = [*args[:mask], align, *args[mask:]]
    bits = 8 * _bytes(kind.element)
    function = builder.module.declare_intrinsic(
        f"llvm.masked.{name}.v{kind.count}f{bits}.p0",
        (),
        ir.FunctionType(result, [value.type for value in values]),
    )
    return builder.call(function, values)


def _mask_type(width: int) -> Any:
    return ir.VectorType(ir.IntType(1), width)


def lanes_before(builder: Any, end: Any, first: Any, width: int) -> Any:
    """Return a mask of the lanes of a register from `first` on that come before `end`."""
    kind = ir.VectorType(INT32, width)
    left = splat(builder, builder.trunc(builder.sub(end, first), INT32), width)
    return builder.icmp_signed("<", ir.Constant(kind, list(range(width))), left.value)


def _place(builder: Any, data: Any, offset: Any, width: int) -> Any:
    kind = ir.VectorType(data.type.pointee, width)
    return builder.bitcast(builder.gep(data, [offset]), kind.as_pointer())


def prefetch(builder: Any, data: Any, offset: Any) -> None:
    """Ask for the line of the cache that holds a number, which is soon to be changed."""
    byte = ir.IntType(8).as_pointer()
    kind = ir.FunctionType(ir.VoidType(), [byte, INT32, INT32, INT32])
    function = builder.module.declare_intrinsic("llvm.prefetch.p0", (), kind)
    place = builder.bitcast(builder.gep(data, [offset]), byte)
    builder.call(function, [place, INT32(1), INT32(3), INT32(1)])


class Sum:
    """A register that a loop adds to."""

    def __init__(self, builder: Any, scalar: Any, width: int | None = None) -> None:
        kind = ir.VectorType(scalar, width or width_of(scalar))
        self.builder = builder
        self.kept = cgutils.alloca_once(builder, kind)
        builder.store(ir.Constant(kind, [0.0] * kind.count), self.kept)

    @property
    def value(self) -> Vec:
        """The sum so far."""
        return Vec(self.builder, self.builder.load(self.kept))

    @value.setter
    def value(self, vec: Vec) -> None:
        self.builder.store(vec.value, self.kept)


@contextmanager
def steps(builder: Any, first: Any, last: Any, step: int) -> Iterator[Any]:
    """Write a loop over first, first + step, … while a whole step fits before `last`."""
    stop = builder.sub(last, INDEX(step - 1))
    with cgutils.for_range_slice(builder, first, stop, INDEX(step), INDEX) as (index, _):
        yield index


def grouped(
    builder: Any,
    first: Any,
    last: Any,
    sizes: Sequence[int],
    body: Callable[[Any, int], None],
    behind: Callable[[], None] = lambda: None,
) -> None:
    """Write ``body(index, size)`` for groups of items: as many as fit of each size in turn.

    What `behind` writes is done once if there are any groups of the first of several sizes, behind
    the last of them.
    """
    for size in dict.fromkeys(sizes):
        whole = builder.sdiv(builder.sub(last, first), INDEX(size))
        if size == 1:
            with steps(builder, first, last, 1) as index:
                body(index, 1)
            return
        with builder.if_then(builder.icmp_signed(">", whole, INDEX(0))):
            with steps(builder, first, last, size) as index:
                body(index, size)
            if size == sizes[0]:
                behind()
        first = builder.add(first, builder.mul(whole, INDEX(size)))


def by_registers(
    builder: Any,
    length: Any,
    width: int,
    registers: int,
    body: Callable[[Any, int, Any], None],
) -> None:
    """Write ``body(at, count, mask)`` for a row: in several registers, in one, and what is left.

    Of the last, lanes beyond the row are masked; else `mask` is None.
    """
    at = INDEX(0)
    for count in dict.fromkeys((registers, 1)):
        step = count * width
        with steps(builder, at, length, step) as index:
            body(index, count, None)
        whole = builder.sdiv(builder.sub(length, at), INDEX(step))
        at = builder.add(at, builder.mul(whole, INDEX(step)))
    with builder.if_then(builder.icmp_signed("<", at, length)):
        body(at, 1, lanes_before(builder, length, at, width))
