"""Hypothesis strategies: networks of any acyclic shape, costs, and problems for them to learn."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import attrs
import numpy as np
from hypothesis import strategies as st

import neurosim as ns
from neurosim import activations
from neurosim.activations import Activation
from neurosim.costs import BinaryCrossEntropy, CategoricalCrossEntropy, Cost, Huber

# One of one's own with each kind of derivative: from the net input, and from the output.
OWN = (
    activations.register("tests_arctan", np.arctan, lambda z: 1 / (1 + z * z), overwrite=True),
    activations.register(
        "tests_unit",
        lambda z: 0.5 + 0.5 * np.tanh(z),
        derivative_from_output=lambda o: 2 * o * (1 - o),
        is_probability=True,
        overwrite=True,
    ),
)
ACTIVATIONS: tuple[Activation, ...] = (*activations.ALL, *OWN)
DIFFERENTIABLE = tuple(one for one in ACTIVATIONS if one.is_differentiable)
PROBABILITIES = tuple(one for one in ACTIVATIONS if one.is_probability)
SOFTMAX = activations.get("softmax")
# Activations whose derivative jumps, so that finite differences cannot judge them near 0.
KINKED = ("relu", "leaky_relu")

# With an output o nearer to 0 or 1, o and 1 - o do not have enough digits to compare logarithms.
SATURATED = 1e-4

# 20 × 20 synapses, four fifths of them there, are enough for a block with holes.
SIZES = (1, 1, 2, 3, 5, 20)
DENSITY = {"none": 0.0, "sparse": 0.3, "holed": 0.8, "all": 1.0}
PATTERNS = ("none", "sparse", "holed", "holed", "all", "all")


@attrs.frozen
class Unit:
    """A layer, or a neuron of its own, before it is made."""

    role: str
    activations: tuple[Activation, ...]
    has_bias: tuple[bool, ...]
    is_layer: bool

    @property
    def is_softmax(self) -> bool:
        return SOFTMAX in self.activations

    def make(self, net: ns.Network) -> list[ns.Neuron]:
        """Add it to a network."""
        arguments: dict[str, Any] = {"role": self.role}
        if self.role != "input":
            arguments["activation"] = list(self.activations)
            arguments["bias"] = [0.0 if has else None for has in self.has_bias]
        if self.is_layer:
            return list(net.add_layer(len(self.has_bias), **arguments))
        return [net.add_neuron(**{key: _only(value) for key, value in arguments.items()})]


def _only(value: Any) -> Any:
    return value[0] if isinstance(value, list) else value


@st.composite
def units(draw: st.DrawFn, role: str, allowed: Sequence[Activation]) -> Unit:
    """Layers with one activation or several, with and without biases, and bare neurons."""
    size = draw(st.sampled_from(SIZES))
    softmax = SOFTMAX in allowed and (len(allowed) == 1 or draw(st.integers(0, 5)) == 5)
    bias = draw(st.sampled_from(("all", "none", "mixed")))
    has_bias = {"all": [True], "none": [False], "mixed": [True, False, True]}[bias]
    single = [one for one in allowed if one != SOFTMAX]
    palette = (
        [SOFTMAX] if softmax else draw(st.lists(st.sampled_from(single), min_size=1, max_size=4))
    )
    return Unit(
        role,
        tuple(palette[i % len(palette)] for i in range(size)),
        tuple(has_bias[i % len(has_bias)] for i in range(size)),
        is_layer=size > 1 or softmax or draw(st.booleans()),
    )


@st.composite
def networks(
    draw: st.DrawFn,
    *,
    hidden: Sequence[Activation] = ACTIVATIONS,
    outputs: Sequence[Activation] = ACTIVATIONS,
    most_output_units: int = 2,
    dtype: str = "float64",
) -> ns.Network:
    """Networks of any acyclic shape, with weights and biases set.

    Hidden and output units stand in any topological order (so outputs feed others, and some
    neurons hear nothing or reach no output) and are created in any other order; each pair of them
    is connected fully, with holes, sparsely or not at all.
    """
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    sizes = st.lists(st.sampled_from(SIZES), min_size=int(draw(st.integers(0, 9)) < 9), max_size=2)
    first = [Unit("input", (), (False,) * size, is_layer=size > 1) for size in draw(sizes)]
    last = draw(st.lists(units("output", outputs), min_size=1, max_size=most_output_units))
    rest = [*draw(st.lists(units("hidden", hidden), max_size=3)), *last]
    plan = [*first, *draw(st.permutations(rest))]

    net = ns.Network("drawn", dtype=dtype)
    doomed = net.add_neuron("doomed", activation="tanh") if draw(st.booleans()) else None
    made: dict[int, list[ns.Neuron]] = {}
    for number in draw(st.permutations(range(len(plan)))):
        made[number] = plan[number].make(net)
    members = [made[number] for number in range(len(plan))]

    wires = []
    for i, j in combinations(range(len(plan)), 2):
        if plan[j].role != "input":
            wires.append((members[i], members[j], draw(st.sampled_from(PATTERNS))))
    for number in rng.permutation(len(wires)):
        _wire(net, *wires[number], rng)
    for unit, neurons in zip(plan, members, strict=True):
        if unit.role != "input" and not unit.is_softmax and draw(st.integers(0, 4)) == 4:
            _wire_laterally(net, neurons, rng)
    if doomed is not None:
        _connect_doomed(net, doomed, plan, members)
        net.remove(doomed)
    if draw(st.integers(0, 3)) == 3:
        _thin_out(net, plan, members, rng)
    set_parameters(net, rng)
    return net


def _wire(
    net: ns.Network,
    pre: list[ns.Neuron],
    post: list[ns.Neuron],
    pattern: str,
    rng: np.random.Generator,
) -> None:
    if pattern == "all":
        net.connect(pre, post)
        return
    chosen = np.argwhere(rng.random((len(pre), len(post))) < DENSITY[pattern])
    if pattern == "sparse":  # one by one, in any order
        for i, j in rng.permutation(chosen).tolist():
            net.connect(pre[i], post[j])
    else:
        place = {neuron: i for i, neuron in enumerate(net.neurons)}
        net.connect_pairs([place[pre[i]] for i, _ in chosen], [place[post[j]] for _, j in chosen])


def _wire_laterally(net: ns.Network, neurons: list[ns.Neuron], rng: np.random.Generator) -> None:
    """Connect some neurons of one layer to others of it, without a cycle."""
    order = rng.permutation(len(neurons)).tolist()
    for i, j in combinations(order, 2):
        if rng.random() < 0.1:
            net.connect(neurons[i], neurons[j])


def _connect_doomed(
    net: ns.Network, doomed: ns.Neuron, plan: list[Unit], members: list[list[ns.Neuron]]
) -> None:
    for unit, neurons in zip(plan, members, strict=True):
        if unit.role == "input":
            net.connect(neurons, doomed)
        else:
            net.connect(doomed, neurons)


def _thin_out(
    net: ns.Network,
    plan: list[Unit],
    members: list[list[ns.Neuron]],
    rng: np.random.Generator,
) -> None:
    """Remove every tenth synapse and one neuron of a layer of several."""
    net.remove(net.synapses[rng.random(len(net.synapses)) < 0.1])
    for unit, neurons in zip(plan, members, strict=True):
        if len(neurons) > 1 and not unit.is_softmax:
            net.remove(neurons[len(neurons) // 2])
            return


def set_parameters(net: ns.Network, rng: np.random.Generator) -> None:
    """Set all weights, smaller where a neuron hears many, and all biases."""
    post = net.synapses.post
    fan_in = np.bincount(post, minlength=len(net.neurons))
    net.synapses.weight = rng.normal(size=len(post)) / np.sqrt(fan_in[post])
    for neuron in net.neurons:
        if neuron.bias is not None:
            neuron.bias = rng.normal() / 2


@st.composite
def costs(draw: st.DrawFn) -> Cost:
    """All costs, with both reductions."""
    cost = draw(st.sampled_from(ns.costs.ALL))
    if isinstance(cost, Huber):
        cost = Huber(draw(st.sampled_from((0.25, 1.0, 2.0))))
    return attrs.evolve(cost, reduction=draw(st.sampled_from(ns.costs.REDUCTIONS)))


@attrs.frozen
class Problem:
    """A network that a gradient can pass through, and what it is to learn."""

    net: ns.Network
    cost: Cost
    X: np.ndarray
    targets: np.ndarray


@st.composite
def problems(draw: st.DrawFn, *, dtype: str = "float64", min_examples: int = 1) -> Problem:
    """Differentiable networks with a cost that fits their outputs, examples and targets."""
    cost = draw(costs())
    outputs = DIFFERENTIABLE
    if isinstance(cost, BinaryCrossEntropy):
        outputs = PROBABILITIES
    elif isinstance(cost, CategoricalCrossEntropy):
        outputs = (SOFTMAX,)
    one_layer = isinstance(cost, CategoricalCrossEntropy)
    net = draw(
        networks(
            hidden=DIFFERENTIABLE,
            outputs=outputs,
            most_output_units=1 if one_layer else 2,
            dtype=dtype,
        )
    )
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_examples = draw(st.integers(min_examples, 5))
    X = rng.normal(size=(n_examples, len(net.inputs))).astype(dtype)
    return Problem(net, cost, X, targets_for(cost, (n_examples, len(net.outputs)), rng, dtype))


def targets_for(
    cost: Cost, shape: tuple[int, int], rng: np.random.Generator, dtype: str = "float64"
) -> np.ndarray:
    """Return targets that a cost accepts: real numbers, probabilities, or classes."""
    if isinstance(cost, BinaryCrossEntropy):
        targets = np.where(rng.random(shape) < 0.5, rng.random(shape).round(), rng.random(shape))
    elif isinstance(cost, CategoricalCrossEntropy):
        targets = rng.dirichlet(np.ones(shape[1]), size=shape[0])
    else:
        targets = rng.normal(size=shape)
    return targets.astype(dtype)


def examples_for(net: ns.Network, n_examples: int, seed: int) -> np.ndarray:
    """Return random examples for a network."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n_examples, len(net.inputs))).astype(net.dtype)


def near_jump(net: ns.Network, trace: ns.Trace, reach: float) -> bool:
    """Return whether a threshold or step neuron is so near 0 that rounding may decide."""
    return _any_within(net, trace, ("threshold", "step"), reach)


def near_kink(problem: Problem, trace: ns.Trace, reach: float) -> bool:
    """Return whether finite differences would step over a kink of an activation or the cost.

    A net input of exactly 0 is one that nothing moves.
    """
    error = np.abs(trace.outputs - problem.targets)
    corner = {"AbsoluteError": 0.0, "Huber": getattr(problem.cost, "threshold", 0.0)}
    at = corner.get(type(problem.cost).__name__)
    on_cost = at is not None and bool((np.abs(error - at) < reach).any())
    return on_cost or _any_within(problem.net, trace, KINKED, reach)


def saturated(problem: Problem, trace: ns.Trace) -> bool:
    """Return whether a cross-entropy would be taken of an output that has lost its digits."""
    if not problem.cost.needs_probability:
        return False
    o = trace.outputs
    rest = o if isinstance(problem.cost, CategoricalCrossEntropy) else np.minimum(o, 1 - o)
    return bool((rest < SATURATED).any())


def _any_within(net: ns.Network, trace: ns.Trace, names: Sequence[str], reach: float) -> bool:
    chosen = [n for n in net.neurons if n.activation is not None and n.activation in names]
    distance = np.abs(np.array([trace[neuron].net_input for neuron in chosen]))
    return bool(((distance > 0) & (distance < reach)).any())
