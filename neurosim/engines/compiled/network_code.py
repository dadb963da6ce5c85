"""A network written out: each neuron and synapse as instructions of its own, forward and back.

Nothing is read from tables and nothing is put down between neurons: what goes through them is in
registers. Where the examples of a batch fit into one register, what counts is how long a number
waits for another, so the formulas are arranged by what is known first.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import field, frozen

from neurosim.engines.compiled import codes
from neurosim.engines.compiled.costs import in_double
from neurosim.engines.compiled.elementary import exp
from neurosim.engines.compiled.rows import FUNCTIONS, SLOPES
from neurosim.engines.compiled.short_chains import sigmoid, tanh
from neurosim.engines.compiled.simd import Vec

# Told at the output, and at the net input.
BY_OUTPUT, DIRECT = codes.SQUARED, (codes.NET_INPUT, codes.BINARY_STABLE)
# A sum of more products is taken in two halves.
_LONG = 4
_HARD = (codes.THRESHOLD, codes.STEP)
_FUNCTIONS = {**FUNCTIONS, codes.SIGMOID: sigmoid, codes.TANH: tanh}

# A factor that is 0 or 1 is not multiplied by: there is nothing, or nothing to do.
Share = Vec | float


@frozen
class Wiring:
    """A network as far as its code depends on it: rows stand in topological order, inputs first.

    Attributes
    ----------
    synapses : tuple of (pre, post) pairs
        The rows at the ends of each weight, in the order of the parameters.
    code : tuple of int
        The activation of each row; of inputs, `codes.INPUT`.
    bias : tuple of int
        The place of each row's bias among the parameters, or -1.
    columns : tuple of int
        The column of X of each input row.
    outputs, kinds : tuple of int
        The row of each output, and what it is asked for.
    n_parameters : int
    held : tuple of int
        The parameters that are not trained, and so gain nothing.
    """

    synapses: tuple[tuple[int, int], ...]
    code: tuple[int, ...]
    bias: tuple[int, ...]
    columns: tuple[int, ...]
    outputs: tuple[int, ...]
    kinds: tuple[int, ...]
    n_parameters: int
    held: tuple[int, ...] = ()
    incoming: tuple[tuple[int, ...], ...] = field(init=False, eq=False, repr=False)
    outgoing: tuple[tuple[int, ...], ...] = field(init=False, eq=False, repr=False)

    @incoming.default
    def _(self) -> tuple[tuple[int, ...], ...]:
        return self._by_end(1)

    @outgoing.default
    def _(self) -> tuple[tuple[int, ...], ...]:
        return self._by_end(0)

    def _by_end(self, end: int) -> tuple[tuple[int, ...], ...]:
        """Return the synapses of each row that have it at one of their ends."""
        found: list[list[int]] = [[] for _ in self.code]
        for k, pair in enumerate(self.synapses):
            found[pair[end]].append(k)
        return tuple(map(tuple, found))

    @property
    def n_inputs(self) -> int:
        """The number of input rows."""
        return len(self.columns)

    @property
    def ends_in_one(self) -> bool:
        """Whether there is one output, and nobody hears it."""
        return len(self.outputs) == 1 and not self.outgoing[self.outputs[0]]


@frozen(eq=False)
class Passed:
    """What went through the neurons: per row, the net input and the output."""

    net_input: list[Vec]
    output: list[Vec]


def forward(wiring: Wiring, theta: Sequence[Vec], inputs: Sequence[Vec]) -> Passed:
    """Write the way forward."""
    net_input, output = list(inputs), list(inputs)
    for row in range(wiring.n_inputs, len(wiring.code)):
        products = [(theta[k], output[wiring.synapses[k][0]]) for k in wiring.incoming[row]]
        nothing = None if products else inputs[0].like(0.0)
        z = _net_input(products, theta[wiring.bias[row]] if wiring.bias[row] >= 0 else nothing)
        net_input.append(z)
        output.append(_FUNCTIONS.get(wiring.code[row], _same)(z))
    return Passed(net_input, output)


def _net_input(products: Sequence[tuple[Vec, Vec]], bias: Vec | None) -> Vec:
    """Return a sum of products in parts, so that no number waits for all others."""
    if len(products) > _LONG:
        half = len(products) // 2
        return _net_input(products[:half], bias) + _net_input(products[half:], None)
    total: Share = 0.0 if bias is None else bias
    for weight, value in products:
        total = weight * value + total if isinstance(total, Vec) else weight * value
    assert isinstance(total, Vec)
    return total


def _same(z: Vec) -> Vec:
    return z


@frozen(eq=False)
class Told:
    """What the cost says of an output, per lane: its value, and how far the output is from right.

    Attributes
    ----------
    value : Vec
        In float64.
    right_way : Vec
        Minus the derivative by the output or by the net input.
    """

    value: Vec
    right_way: Vec


def told(kind: int, net_input: Vec, output: Vec, target: Vec) -> Told:
    """Write what an output neuron is told; the formulas are those of `costs`."""
    if kind == codes.BINARY_STABLE:
        z, t = in_double(net_input), in_double(target)
        size = abs(z)
        wrong = (1.0 - t).where(z > 0.0, t)
        return Told(size * wrong + exp(-size).by_lane("log1p"), target - output)
    error = target - (net_input if kind == codes.NET_INPUT else output)
    wide = in_double(error)
    return Told(wide * wide * 0.5, error)


def backward(
    wiring: Wiring, theta: Sequence[Vec], passed: Passed, ways: Sequence[Vec], *, at_once: bool
) -> list[Share]:
    """Write the way back; return what each parameter is to gain, per lane.

    Parameters
    ----------
    ways : sequence of Vec
        The right way for each output, times the learning rate.
    at_once : bool
        Whether to take first what each parameter means to the net input of the only output, which
        is known before that output is, and to multiply by the delta of the output in the end. That
        is a product more for each parameter, but the way back takes place during the way forward.
    """
    told = dict(zip(wiring.outputs, zip(wiring.kinds, ways, strict=True), strict=True))
    deltas: list[Share] = [0.0] * len(wiring.code)
    gains: list[Share] = [0.0] * wiring.n_parameters
    last: Share = 1.0
    for row in reversed(range(wiring.n_inputs, len(wiring.code))):
        parts = [_times(deltas[wiring.synapses[k][1]], theta[k]) for k in wiring.outgoing[row]]
        kind, way = told.get(row, (BY_OUTPUT, 0.0))
        direct = kind in DIRECT
        delta = _times(_sum([*parts, 0.0 if direct else way]), _slope(wiring, passed, row))
        delta = _sum([delta, way]) if direct else delta
        if at_once and row in told:
            last, delta = delta, 1.0
        deltas[row] = delta
        for k in wiring.incoming[row]:
            gains[k] = _times(delta, passed.output[wiring.synapses[k][0]])
        if wiring.bias[row] >= 0:
            gains[wiring.bias[row]] = delta
    for k in wiring.held:
        gains[k] = 0.0
    return [_times(last, gain) for gain in gains]


def _slope(wiring: Wiring, passed: Passed, row: int) -> Share:
    code = wiring.code[row]
    if code in _HARD:
        return 0.0
    slope = SLOPES.get(code)
    return 1.0 if slope is None else slope(passed.net_input[row], passed.output[row])


def _times(a: Share, b: Share) -> Share:
    if isinstance(a, Vec):
        return a * b if isinstance(b, Vec) else _times(b, a)
    return b if a == 1.0 else 0.0


def _sum(parts: Sequence[Share]) -> Share:
    total: Share = 0.0
    for part in parts:
        if isinstance(part, Vec):
            total = part + total if isinstance(total, Vec) else part
    return total
