"""The engines give one answer, and it is the one that finite differences give."""

import attrs
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import neurosim as ns
from neurosim.engines import ENGINES
from neurosim.engines import numpy_engine as numpy_module
from neurosim.engines import state as state_module
from neurosim.errors import StructureError
from tests.strategies import (
    ACTIVATIONS,
    DIFFERENTIABLE,
    SOFTMAX,
    Problem,
    examples_for,
    near_jump,
    near_kink,
    networks,
    problems,
    saturated,
    set_parameters,
    targets_for,
)

FAST = [name for name in ENGINES if name != "reference"]
TOLERANCE = {"float64": 1e-12, "float32": 1e-5}
KINK = 1e-3  # how far finite differences stay away from one

every_engine = pytest.mark.parametrize("engine", FAST)
every_dtype = pytest.mark.parametrize("dtype", ["float64", "float32"])


def assert_close(actual, expected, tolerance):
    """Equal within `tolerance` times max(1, largest magnitude)."""
    assert actual.shape == expected.shape
    assert actual.dtype == expected.dtype
    scale = max(1.0, float(np.abs(expected).max(initial=0.0)))
    assert np.abs(actual - expected).max(initial=0.0) <= tolerance * scale


def everything_of(trace):
    neurons = trace._program.network.neurons
    return (
        np.array([trace[neuron].net_input for neuron in neurons]),
        np.array([trace[neuron].output for neuron in neurons]),
    )


def every_delta_of(gradient):
    return np.array([gradient.delta(neuron) for neuron in gradient._program.network.neurons])


# -- one answer ----------------------------------------------------------------------------


@every_engine
@every_dtype
def test_every_net_input_and_output_is_that_of_the_reference(engine, dtype):
    @settings(max_examples=60)
    @given(networks(dtype=dtype), st.integers(0, 5), st.integers(0, 99))
    def check(net, n_examples, seed):
        X = examples_for(net, n_examples, seed)
        expected = ns.compile(net, engine="reference").trace(X)
        assume(not near_jump(net, expected, 1e-3 if dtype == "float32" else 1e-9))
        actual = ns.compile(net, engine=engine).trace(X)
        for one, other in zip(everything_of(actual), everything_of(expected), strict=True):
            assert_close(one, other, TOLERANCE[dtype])
        assert_close(actual.outputs, expected.outputs, TOLERANCE[dtype])
        assert actual.outputs.dtype == dtype

    check()


@every_engine
@every_dtype
@pytest.mark.parametrize("seeds", ["output_gradient", "output_delta", "both"])
def test_every_delta_and_gradient_is_that_of_the_reference(engine, dtype, seeds):
    @settings(max_examples=40)
    @given(
        networks(hidden=DIFFERENTIABLE, outputs=DIFFERENTIABLE, dtype=dtype),
        st.integers(0, 4),
        st.integers(0, 99),
    )
    def check(net, n_examples, seed):
        X = examples_for(net, n_examples, seed)
        rng = np.random.default_rng(seed + 1)
        shape = n_examples, len(net.outputs)
        names = ["output_gradient", "output_delta"] if seeds == "both" else [seeds]
        given_back = {name: rng.normal(size=shape) for name in names}

        expected, actual = (
            program.backpropagate(program.trace(X), **given_back)
            for program in (ns.compile(net, engine="reference"), ns.compile(net, engine=engine))
        )
        assert_close(actual.parameters, expected.parameters, TOLERANCE[dtype])
        assert_close(actual.inputs, expected.inputs, TOLERANCE[dtype])
        assert_close(every_delta_of(actual), every_delta_of(expected), TOLERANCE[dtype])

    check()


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=30)
@given(net=networks(), n_examples=st.integers(0, 4), seed=st.integers(0, 99))
def test_feedforward_gives_the_outputs_of_the_trace(engine, net, n_examples, seed):
    program = ns.compile(net, engine=engine)
    X = examples_for(net, n_examples, seed)
    outputs = program.feedforward(X)
    assert outputs.shape == (n_examples, len(net.outputs))
    np.testing.assert_array_equal(outputs, program.trace(X).outputs)


def irregular_network():
    """A full block, a block with holes and gathered synapses, 20 to 30 neurons wide."""
    rng = np.random.default_rng(7)
    net = ns.Network("irregular")
    inputs = net.add_layer(20, role="input")
    first = net.add_layer(30, activation=["tanh", "sigmoid", "sine"] * 10)
    second = net.add_layer(25, activation="softplus")
    softmax = net.add_layer(4, activation="softmax")
    outputs = net.add_layer(3, activation=["gaussian", "identity", "tanh"], role="output")
    net.connect(inputs, first)
    chosen = np.argwhere(rng.random((30, 25)) < 0.8)
    net.connect_pairs(chosen[:, 0] + 20, chosen[:, 1] + 50)
    chosen = np.argwhere(rng.random((20, 25)) < 0.2)
    net.connect_pairs(chosen[:, 0], chosen[:, 1] + 50)
    net.connect(second, softmax)
    net.connect(softmax, outputs)
    net.connect(second[3], outputs[1])
    net.connect(outputs[1], outputs[0])
    set_parameters(net, rng)
    return net


@every_engine
def test_a_batch_that_crosses_the_tile_sizes_gives_what_the_reference_gives(engine):
    net = irregular_network()
    program = ns.compile(net, engine=engine)
    assert {block.kind for block in program.plan.blocks} == {"full", "holed", "gathered"}
    n_examples = numpy_module.PIECE // 50 + 1  # two gathered synapses of 25 neurons: a piece more
    X = examples_for(net, n_examples, 0)
    G = np.random.default_rng(1).normal(size=(n_examples, 3)) / n_examples

    reference = ns.compile(net, engine="reference")
    expected, actual = reference.trace(X), program.trace(X)
    assert_close(actual.outputs, expected.outputs, 1e-12)
    expected, actual = reference.backpropagate(expected, G), program.backpropagate(actual, G)
    assert_close(actual.parameters, expected.parameters, 1e-12)
    assert_close(actual.inputs, expected.inputs, 1e-12)


@every_engine
@pytest.mark.parametrize("piece", [1, 60, 200])
def test_tiles_of_any_size_give_the_same(engine, piece, monkeypatch):
    net = irregular_network()
    program, X = ns.compile(net, engine=engine), examples_for(net, 11, 0)
    G = np.ones((11, 3))
    whole = program.feedforward(X), program.backpropagate(program.trace(X), G)

    monkeypatch.setattr(state_module, "PIECE", piece * len(net.neurons) // 50)
    monkeypatch.setattr(numpy_module, "PIECE", piece)
    tiled = program.feedforward(X), program.backpropagate(program.trace(X), G)
    assert_close(tiled[0], whole[0], 1e-13)
    assert_close(tiled[1].parameters, whole[1].parameters, 1e-13)


@pytest.mark.parametrize("engine", ENGINES)
def test_overflow_passes_without_a_warning(engine):
    net = ns.Network("large", dtype="float32")
    x, hidden = net.add_neuron(role="input"), net.add_neuron(activation="identity")
    y = net.add_neuron(activation="sigmoid", role="output")
    net.connect(x, hidden, weight=1e30)
    net.connect(hidden, y, weight=1e30)
    program = ns.compile(net, engine=engine)
    trace = program.trace([[1.0], [-1.0]])
    np.testing.assert_array_equal(trace.outputs, [[1.0], [0.0]])
    program.backpropagate(trace, [[1e38], [1e38]])


# -- the right answer ----------------------------------------------------------------------


def cost_of(program, problem, X):
    """The cost, by the way that loses no digits."""
    trace, cost = program.trace(X), problem.cost
    kinds = {neuron.activation for neuron in problem.net.outputs}
    if cost.stable_with is not None and kinds == {cost.stable_with} and one_unit(problem):
        return cost.value_from_net_input(trace.net_inputs, problem.targets)
    return cost.value(trace.outputs, problem.targets)


def one_unit(problem):
    """Whether the cost may look at all outputs together, which it must not for two softmaxes."""
    layers = {neuron.layer for neuron in problem.net.outputs if neuron.activation == SOFTMAX}
    return len(layers) <= 1


def differences(function, values):
    """Central differences of `function()` over an array that it reads, one number at a time."""
    result, step = np.empty_like(values), 6e-6
    for i, value in np.ndenumerate(values):
        values[i] = value + step
        above = function()
        values[i] = value - step
        result[i] = (above - function()) / (2 * step)
        values[i] = value
    return result


def can_be_judged(problem):
    """Whether finite differences have the digits to judge."""
    trace = ns.compile(problem.net).trace(problem.X)
    return not near_kink(problem, trace, KINK) and not saturated(problem, trace)


def assert_gradients_right(engine, problem):
    program = ns.compile(problem.net, engine=engine)
    trace = program.trace(problem.X)
    gradient = program.backpropagate(trace, problem.cost.gradient(trace.outputs, problem.targets))

    X = problem.X.copy()
    by_parameters = differences(lambda: cost_of(program, problem, X), problem.net.parameters)
    assert_close(gradient.parameters, by_parameters, 1e-6)
    assert_close(gradient.inputs, differences(lambda: cost_of(program, problem, X), X), 1e-6)


@every_engine
def test_backpropagation_equals_finite_differences(engine):
    @settings(max_examples=40)
    @given(problems())
    def check(problem):
        assume(problem.net.n_parameters < 400)
        assume(can_be_judged(problem))
        assert_gradients_right(engine, problem)

    check()


def grid_network(activation):
    """Two inputs, a hidden layer, a skip synapse and two outputs, all of one activation."""
    net = ns.Network(f"grid of {activation}")
    inputs = net.add_layer(2, role="input")
    hidden = net.add_layer(3, activation=activation)
    outputs = net.add_layer(2, activation=activation, role="output")
    net.connect(inputs, hidden)
    net.connect(hidden, outputs)
    net.connect(inputs[0], outputs[1])
    set_parameters(net, np.random.default_rng(3))
    return net


def refused(activation, cost):
    if not activation.is_differentiable:
        return True
    if isinstance(cost, ns.CategoricalCrossEntropy):
        return activation != "softmax"
    return cost.needs_probability and not activation.is_probability


GRID = [
    (activation, attrs.evolve(cost, reduction=reduction))
    for activation in ACTIVATIONS
    for cost in ns.costs.ALL
    for reduction in ns.costs.REDUCTIONS
]


def named(value):
    """A readable id for an activation or a cost."""
    reduction = getattr(value, "reduction", None)
    return str(value) if reduction is None else f"{type(value).__name__}-{reduction}"


@every_engine
@pytest.mark.parametrize(
    ("activation", "cost"), [pair for pair in GRID if not refused(*pair)], ids=named
)
def test_backpropagation_equals_finite_differences_for_every_activation_and_cost(
    engine, activation, cost
):
    net, rng = grid_network(activation), np.random.default_rng(5)
    X = rng.normal(size=(4, 2))
    problem = Problem(net, cost, X, targets_for(cost, (4, 2), rng))
    assert can_be_judged(problem)
    assert_gradients_right(engine, problem)
    assert ns.check_gradients(ns.compile(net, engine=engine), X, problem.targets, cost=cost).ok


@pytest.mark.parametrize(("activation", "cost"), [p for p in GRID if refused(*p)], ids=named)
def test_every_other_pair_of_activation_and_cost_is_refused(activation, cost):
    net = grid_network(activation)
    with pytest.raises(StructureError, match=r"neuron 'layer[23]\[0\]'"):
        ns.train(net, [[0.0, 1.0]], [[0.0, 1.0]], cost=cost, epochs=1)
