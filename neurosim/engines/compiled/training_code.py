"""The code of a training: steps and epochs around a network that is written out.

The parameters stay in registers, each in all lanes of one, from the first step of a call to the
last. What is kept of each epoch is written on the way and not waited for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attrs import evolve, frozen
from llvmlite import ir

from neurosim.engines.compiled import codes
from neurosim.engines.compiled.network_code import Wiring, backward, forward, told
from neurosim.engines.compiled.simd import INDEX, INT32, Vec, lanes_before, load, splat
from neurosim.engines.compiled.train import COST, PARAMETERS, WHOLE

NAME = "train"
# The arguments: a place of 8 bytes for each, addresses and whole numbers.
ARGUMENTS = (
    "theta", "X", "Y", "order", "n_orders", "n_examples", "batch", "numbers", "n_rows", "n_columns",
    "scales", "position", "n_steps", "sums", "n_epochs", "kept", "memory",
)  # fmt: skip
_DOUBLE = ir.DoubleType()
RULES = (codes.DESCENT, codes.MOMENTUM, codes.NESTEROV)


@frozen
class Recipe:
    """What the code of a training depends on.

    Attributes
    ----------
    wiring : Wiring
    is_double : bool
    rule : int
        One of `RULES`.
    lanes : int
        How many examples are taken side by side.
    in_tiles : bool
        Whether each step takes all examples, which then come as tiles (n_tiles, n_inputs +
        n_outputs, lanes); otherwise they are gathered in the order asked for.
    one_tile : bool
        Whether no batch has more examples than there are lanes.
    is_full : bool
        Whether all lanes are in use in every step.
    """

    wiring: Wiring
    is_double: bool
    rule: int
    lanes: int
    in_tiles: bool
    one_tile: bool
    is_full: bool


@frozen(eq=False)
class _Moment:
    """Where a training is: what a step begins with, or an exit leaves."""

    number: Any
    epoch: Any
    step: Any
    side: Any
    total: Any
    theta: list[Vec]
    velocity: list[Vec]

    @property
    def values(self) -> list[Any]:
        """All of it."""
        counts = [self.number, self.epoch, self.step, self.side, self.total]
        return [*counts, *(one.value for one in (*self.theta, *self.velocity))]


def training_code(recipe: Recipe) -> ir.Module:
    """Return a module with the function `NAME`, which takes steps as `train` explains."""
    module = ir.Module("training")
    kind = ir.FunctionType(INDEX, [INDEX.as_pointer()])
    function = ir.Function(module, kind, NAME)
    _Writer(recipe, ir.IRBuilder(function.append_basic_block("entry")), function.args[0]).write()
    return module


class _Writer:
    """Writes the function, block by block."""

    def __init__(self, recipe: Recipe, builder: ir.IRBuilder, arguments: Any) -> None:
        self.recipe, self.b = recipe, builder
        self.scalar = _DOUBLE if recipe.is_double else ir.FloatType()
        values = {
            name: builder.load(builder.gep(arguments, [INDEX(i)]), name)
            for i, name in enumerate(ARGUMENTS)
        }
        self.n = {name: values[name] for name in values if name.startswith("n_")}
        self.n["batch"] = values["batch"]
        kinds = {"order": INT32, "position": INDEX, "sums": _DOUBLE}
        self.at = {
            name: builder.inttoptr(values[name], kinds.get(name, self.scalar).as_pointer())
            for name in values
            if name not in self.n
        }

    def read(self, name: str, index: Any) -> Any:
        """Return an item of an array."""
        return self.b.load(self.b.gep(self.at[name], [index]))

    def put(self, value: Any, name: str, index: Any) -> None:
        """Write an item of an array."""
        self.b.store(value, self.b.gep(self.at[name], [index]))

    def write(self) -> None:
        """Write the whole function."""
        b, parameters = self.b, range(self.recipe.wiring.n_parameters)
        first, head, body, epoch_end, done = (
            b.block, *(b.append_basic_block(name) for name in ("head", "body", "epoch", "done")),
        )  # fmt: skip
        epoch, step, side = (self.read("position", INDEX(k)) for k in range(3))
        theta = [self._everywhere(self.read("theta", INDEX(p))) for p in parameters]
        velocity = []
        if self.recipe.rule != codes.DESCENT:
            velocity = [self._everywhere(self.read("memory", INDEX(p))) for p in parameters]
        begun = _Moment(INDEX(0), epoch, step, side, self.read("sums", epoch), theta, velocity)
        self.still = self._tile(INDEX(0)) if self.recipe.in_tiles and self.recipe.one_tile else None
        b.branch(head)

        b.position_at_end(head)
        now = self._joined(begun, first)
        left = b.and_(
            b.icmp_signed("<", now.number, self.n["n_steps"]),
            b.icmp_signed("<", now.epoch, self.n["n_epochs"]),
        )
        b.cbranch(left, body, done)

        b.position_at_end(body)
        after = self._step(now)
        if self.recipe.in_tiles:
            b.branch(epoch_end)
        else:
            taken = b.mul(after.step, self.n["batch"])
            self._add(now, after, b.block)
            b.cbranch(b.icmp_signed("<", taken, self.n["n_examples"]), head, epoch_end)

        b.position_at_end(epoch_end)
        exits = self._end_epoch(now, after, head, done)
        self._leave(done, [(now, WHOLE, head), *exits])

    # -- the way round ------------------------------------------------------------------------

    def _joined(self, moment: _Moment, block: Any) -> _Moment:
        """Return the moment at the head of the loop, where several come together."""
        phis = [self.b.phi(value.type) for value in moment.values]
        vectors, n = [Vec(self.b, phi) for phi in phis[5:]], len(moment.theta)
        joined = _Moment(*phis[:5], vectors[:n], vectors[n:])
        self._add(joined, moment, block)
        return joined

    def _add(self, joined: _Moment, moment: _Moment, block: Any) -> None:
        for phi, value in zip(joined.values, moment.values, strict=True):
            phi.add_incoming(value, block)

    def _end_epoch(
        self, now: _Moment, after: _Moment, head: Any, done: Any
    ) -> list[tuple[_Moment, int, Any]]:
        """Write what `end_step` does; return the exits: the moment, how it ended, from where."""
        b, n = self.b, self.recipe.wiring.n_parameters
        whole = b.append_basic_block("whole")
        self.put(after.total, "sums", after.epoch)
        zero = ir.Constant(_DOUBLE, 0.0)
        number = b.fcmp_ordered("==", b.fsub(after.total, after.total), zero)
        exits = [(after, COST, b.block)]
        b.cbranch(number, whole, done)

        b.position_at_end(whole)
        side = b.sub(INDEX(1), after.side)
        begin = b.mul(side, INDEX(n))
        for p, one in enumerate(after.theta):
            self.put(one.lane(0), "kept", b.add(begin, INDEX(p)))
        turned = evolve(after, side=side)
        exits.append((turned, PARAMETERS, b.block))
        following = b.add(after.epoch, INDEX(1))
        again = evolve(turned, epoch=following, step=INDEX(0), total=zero)
        self._add(now, again, b.block)
        b.cbranch(self._are_finite(after.theta), head, done)
        return exits

    def _are_finite(self, theta: Sequence[Vec]) -> Any:
        """Return whether 0 times each of them is 0."""
        none = [one * 0.0 for one in theta]
        while len(none) > 1:
            none = [sum(none[k + 1 : k + 2], none[k]) for k in range(0, len(none), 2)]
        zero = ir.Constant(self.scalar, 0.0)
        return self.b.fcmp_ordered("==", none[0].lane(0), zero)

    def _leave(self, done: Any, exits: Sequence[tuple[_Moment, int, Any]]) -> None:
        """Write where the parameters and the position are put down."""
        b = self.b
        b.position_at_end(done)
        moment, _, block = exits[0]
        left, ended = self._joined(moment, block), b.phi(INDEX)
        for moment, _, block in exits[1:]:
            self._add(left, moment, block)
        for _, how, block in exits:
            ended.add_incoming(INDEX(how), block)
        with b.if_then(b.icmp_signed("<", left.epoch, self.n["n_epochs"])):
            self.put(left.total, "sums", left.epoch)
        for name, vectors in (("theta", left.theta), ("memory", left.velocity)):
            for p, one in enumerate(vectors):
                self.put(one.lane(0), name, INDEX(p))
        for k, value in enumerate((left.epoch, left.step, left.side, ended)):
            self.put(value, "position", INDEX(k))
        b.ret(ended)

    # -- a step -------------------------------------------------------------------------------

    def _step(self, now: _Moment) -> _Moment:
        b = self.b
        begin = b.mul(now.step, self.n["batch"])
        end = _least(b, b.add(begin, self.n["batch"]), self.n["n_examples"])
        row = _least(b, now.number, b.sub(self.n["n_rows"], INDEX(1)))
        row = b.mul(row, self.n["n_columns"])
        rate = self.read("numbers", row)
        is_last = b.icmp_signed("==", end, self.n["n_examples"])
        scale = b.select(is_last, self.read("scales", INDEX(1)), self.read("scales", INDEX(0)))
        is_plain = self.recipe.rule == codes.DESCENT
        factor = self._everywhere(b.fmul(rate, scale) if is_plain else scale)
        value, gains = self._batch(now, begin, end, factor)
        after = evolve(
            now,
            number=b.add(now.number, INDEX(1)),
            step=b.add(now.step, INDEX(1)),
            total=b.fadd(now.total, value.total()),
            theta=list(now.theta),
            velocity=list(now.velocity),
        )
        kept = None if is_plain else self.read("numbers", b.add(row, INDEX(1)))
        for p, gain in enumerate(gains):
            if gain is not None:
                self._change(after, p, _in_all_lanes(gain), rate, kept)
        return after

    def _change(self, moment: _Moment, p: int, gain: Vec, rate: Any, kept: Any) -> None:
        """Write the step of a parameter: `gain`, or what the velocity makes of it."""
        if kept is None:
            moment.theta[p] += gain
            return
        inertia = self._everywhere(kept)
        velocity = moment.velocity[p] = inertia * moment.velocity[p] - gain
        if self.recipe.rule == codes.NESTEROV:
            velocity = inertia * velocity - gain
        moment.theta[p] -= self._everywhere(rate) * velocity

    def _batch(
        self, now: _Moment, begin: Any, end: Any, factor: Vec
    ) -> tuple[Vec, Sequence[Vec | None]]:
        """Return the cost and what each parameter gains, lane by lane, over the tiles."""
        lanes = self.recipe.lanes
        if self.recipe.one_tile:
            numbers = self.still or self._gathered(now.epoch, begin, end)
            return self._example(now.theta, numbers, self.b.sub(end, begin), factor)

        def add(offset: Any, sums: list[Vec]) -> list[Vec]:
            first = self.b.add(begin, offset)
            if self.recipe.in_tiles:
                numbers = self._tile(first)
            else:
                numbers = self._gathered(now.epoch, first, end)
            left = self.b.sub(end, first)
            value, gains = self._example(now.theta, numbers, left, factor)
            pairs = zip(gains, sums[1:], strict=True)
            return [
                value + sums[0],
                *(total if gain is None else gain + total for gain, total in pairs),
            ]

        nothing = [self._zero(_DOUBLE), *(self._zero(self.scalar) for _ in now.theta)]
        value, *gains = self._repeated(self.b.sub(end, begin), lanes, nothing, add)
        return value, gains

    def _repeated(
        self,
        count: Any,
        size: int,
        carried: Sequence[Vec],
        body: Callable[[Any, list[Vec]], list[Vec]],
    ) -> list[Vec]:
        """Write a loop over 0, size, … below `count`, once at least; return what it comes to."""
        b = self.b
        start, loop, behind = b.block, b.append_basic_block("tile"), b.append_basic_block("tiles")
        b.branch(loop)
        b.position_at_end(loop)
        index = b.phi(INDEX)
        phis = [b.phi(one.value.type) for one in carried]
        result = body(index, [Vec(b, phi) for phi in phis])
        following = b.add(index, INDEX(size))
        for phi, first, last in zip(
            [index, *phis],
            [INDEX(0), *(one.value for one in carried)],
            [following, *(one.value for one in result)],
            strict=True,
        ):
            phi.add_incoming(first, start)
            phi.add_incoming(last, b.block)
        b.cbranch(b.icmp_signed("<", following, count), loop, behind)
        b.position_at_end(behind)
        return result

    def _example(
        self, theta: Sequence[Vec], numbers: Sequence[Vec], left: Any, factor: Vec
    ) -> tuple[Vec, list[Vec | None]]:
        """Write the network for a tile of examples, of which `left` are left."""
        wiring = self.recipe.wiring
        inputs, targets = numbers[: wiring.n_inputs], numbers[wiring.n_inputs :]
        passed = forward(wiring, theta, inputs)
        values, ways = [], []
        for kind, row, target in zip(wiring.kinds, wiring.outputs, targets, strict=True):
            one = told(kind, passed.net_input[row], passed.output[row], target)
            values.append(self._masked(one.value, left))
            ways.append(self._masked(one.right_way, left) * factor)
        at_once = wiring.ends_in_one and self.recipe.one_tile
        gains = backward(wiring, theta, passed, ways, at_once=at_once)
        return sum(values[1:], values[0]), [
            gain if isinstance(gain, Vec) else None for gain in gains
        ]

    def _masked(self, vec: Vec, left: Any) -> Vec:
        """Return numbers with 0 in the lanes that no example is left for."""
        if self.recipe.is_full:
            return vec
        return vec.where(lanes_before(self.b, left, INDEX(0), self.recipe.lanes), 0.0)

    # -- examples -----------------------------------------------------------------------------

    def _tile(self, first: Any) -> list[Vec]:
        """Return the inputs and targets of the tile that begins with example `first`."""
        wiring, lanes = self.recipe.wiring, self.recipe.lanes
        count = wiring.n_inputs + len(wiring.outputs)
        begin = self.b.mul(first, INDEX(count))
        return [
            load(self.b, self.at["X"], self.b.add(begin, INDEX(k * lanes)), lanes)
            for k in range(count)
        ]

    def _gathered(self, epoch: Any, first: Any, end: Any) -> list[Vec]:
        """Return those of the examples whose turn it is from `first` on.

        Behind the `end` of the batch the last one is taken again.
        """
        b, wiring = self.b, self.recipe.wiring
        order = _least(b, epoch, b.sub(self.n["n_orders"], INDEX(1)))
        begin = b.mul(order, self.n["n_examples"])
        rows = []
        for lane in range(self.recipe.lanes):
            place = b.add(first, INDEX(lane))
            if not self.recipe.is_full:
                place = _least(b, place, b.sub(end, INDEX(1)))
            rows.append(b.zext(self.read("order", b.add(begin, place)), INDEX))
        inputs = self._columns(rows, "X", wiring.n_inputs, wiring.columns)
        n_outputs = len(wiring.outputs)
        return inputs + self._columns(rows, "Y", n_outputs, range(n_outputs))

    def _columns(
        self, rows: Sequence[Any], name: str, width: int, columns: Sequence[int]
    ) -> list[Vec]:
        """Return columns of an array, of one row in each lane."""
        b, kind = self.b, ir.VectorType(self.scalar, len(rows))
        begins = [b.gep(self.at[name], [b.mul(row, INDEX(width))]) for row in rows]
        found = []
        for column in columns:
            value = ir.Constant(kind, ir.Undefined)
            for lane, begin in enumerate(begins):
                number = b.load(b.gep(begin, [INDEX(column)]))
                value = b.insert_element(value, number, INT32(lane))
            found.append(Vec(b, value))
        return found

    def _everywhere(self, number: Any) -> Vec:
        return splat(self.b, number, self.recipe.lanes)

    def _zero(self, scalar: Any) -> Vec:
        lanes = self.recipe.lanes
        return Vec(self.b, ir.Constant(ir.VectorType(scalar, lanes), [0.0] * lanes))


def _least(builder: Any, a: Any, b: Any) -> Any:
    return builder.select(builder.icmp_signed("<", a, b), a, b)


def _in_all_lanes(vec: Vec) -> Vec:
    """Return the sum over the lanes in each of them, by adding ever nearer neighbours."""
    half = vec.width // 2
    while half:
        vec = vec + vec.shuffled(vec, [lane ^ half for lane in range(vec.width)])
        half //= 2
    return vec
