"""Running: what a program takes, what it refuses, and what it gives back."""

import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import neurosim as ns
from neurosim.engines import ENGINES
from neurosim.errors import (
    InvalidTypeError,
    InvalidValueError,
    NeurosimError,
    StaleHandleError,
    StaleProgramError,
    StructureError,
    UnknownNameError,
)

every_engine = pytest.mark.parametrize("engine", ENGINES)


def refuses(error, message):
    """The whole message, word by word."""
    return pytest.raises(error, match=f"^{re.escape(message)}$")


@pytest.fixture
def net():
    """Two inputs, two hidden neurons, one output, and a skip synapse."""
    net = ns.Network("small")
    inputs = net.add_layer(["a", "b"], role="input", name="in")
    hidden = net.add_layer(["h", "k"], activation="sigmoid", bias=[0.5, None], name="hidden")
    y = net.add_neuron("y", activation="identity", bias=0.25, role="output")
    net.connect(inputs, hidden, weight=[[1.0, -2.0], [0.5, 3.0]])
    net.connect(hidden, y, weight=[[2.0], [-1.0]])
    net.connect(inputs[0], y, weight=0.75)
    return net


@pytest.fixture
def program(net):
    return ns.compile(net)


X = np.array([[1.0, 2.0], [-1.0, 0.5], [0.25, 0.0]])


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


# -- what goes in --------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    "examples",
    [
        [[1, 0], [0, 1]],
        [[True, False], [False, True]],
        np.array([[1, 0], [0, 1]], np.uint8),
        np.array([[1, 0], [0, 1]], np.float16),
        np.array([[1, 0], [0, 1]], np.longdouble),
        np.asfortranarray([[1.0, 0.0], [0.0, 1.0]]),
        np.array([[1.0, 9, 0, 9], [0, 9, 1, 9]])[:, ::2],
    ],
    ids=["ints", "bools", "uint8", "float16", "longdouble", "fortran", "strided"],
)
def test_real_examples_of_any_kind_are_cast_to_the_networks_dtype(net, dtype, examples):
    program = ns.compile(net.copy(dtype=dtype))
    expected = program.feedforward(np.array([[1.0, 0.0], [0.0, 1.0]], dtype))
    outputs = program.feedforward(examples)
    assert outputs.dtype == dtype
    np.testing.assert_array_equal(outputs, expected)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@every_engine
def test_all_that_comes_out_has_the_networks_dtype(net, dtype, engine):
    program = ns.compile(net.copy(dtype=dtype), engine=engine)
    trace = program.trace(X)
    gradient = program.backpropagate(trace, np.ones((3, 1)))
    arrays = [
        program.feedforward(X), trace.outputs, trace["h"].net_input, trace["hidden"].output,
        gradient.parameters, gradient.inputs, gradient.delta("h"), gradient.weights("in", "hidden"),
    ]  # fmt: skip
    assert {str(array.dtype) for array in arrays} == {dtype}


@pytest.mark.parametrize(
    ("examples", "dtype"),
    [
        ([[1, 2j]], "complex128"),
        ([["1", "2"]], "<U1"),
        (np.array([["2020-01-01", "2021-01-01"]], "datetime64[D]"), "datetime64[D]"),
    ],
    ids=["complex", "text", "dates"],
)
def test_examples_that_are_no_real_numbers_are_refused(program, examples, dtype):
    message = f"X must be an array of real numbers (got an array of dtype {dtype})"
    with refuses(InvalidTypeError, message):
        program.feedforward(examples)


@pytest.mark.parametrize(("value", "text"), [(np.nan, "nan"), (np.inf, "inf"), (-np.inf, "-inf")])
def test_examples_that_are_not_finite_are_refused_with_their_place(program, value, text):
    with refuses(InvalidValueError, f"X[1, 0] must be finite as float64 (got {text})"):
        program.trace([[0.0, 1.0], [value, 1.0]])


def test_examples_that_the_cast_makes_infinite_are_refused(net):
    program = ns.compile(net.copy(dtype="float32"))
    with refuses(InvalidValueError, "X[0, 1] must be finite as float32 (got 1e+300)"):
        program.feedforward([[0.0, 1e300]])


def test_a_row_of_another_length_is_refused_with_the_shape_that_is_wanted(program):
    message = "X must have shape (n_examples, 2), one column per input neuron (got shape (4, 3))"
    with refuses(InvalidValueError, message):
        program.feedforward(np.zeros((4, 3)))


def test_a_single_row_of_examples_is_refused_with_the_way_to_mean_it(program):
    message = (
        "X must have shape (n_examples, 2), one column per input neuron (got shape (2,); "
        "one example is X.reshape(1, -1))"
    )
    with refuses(InvalidValueError, message):
        program.feedforward([1.0, 2.0])
    assert program.feedforward(np.array([1.0, 2.0]).reshape(1, -1)).shape == (1, 1)


def test_a_row_that_fits_no_way_is_refused_without_advice(program):
    message = "X must have shape (n_examples, 2), one column per input neuron (got shape (3,))"
    with refuses(InvalidValueError, message):
        program.feedforward([1.0, 2.0, 3.0])


def test_ragged_examples_are_refused(program):
    with pytest.raises(InvalidValueError, match=r"^X must be a regular array of numbers: "):
        program.feedforward([[1.0, 2.0], [1.0]])


@every_engine
def test_no_examples_give_no_outputs_and_a_gradient_of_zeros(net, engine):
    program = ns.compile(net, engine=engine)
    trace = program.trace(np.empty((0, 2)))
    assert program.feedforward(np.empty((0, 2))).shape == trace.outputs.shape == (0, 1)
    gradient = program.backpropagate(trace, np.empty((0, 1)))
    assert gradient.inputs.shape == (0, 2)
    np.testing.assert_array_equal(gradient.parameters, np.zeros(net.n_parameters))


# -- the numbers ---------------------------------------------------------------------------


@every_engine
def test_a_forward_pass_by_hand(net, engine):
    # Example (1, 2):
    #   h: 1·1 + 0.5·2 + 0.5 = 2.5        k: −2·1 + 3·2 = 4 (no bias)
    #   y: 2·σ(2.5) − 1·σ(4) + 0.75·1 + 0.25
    program = ns.compile(net, engine=engine)
    trace = program.trace([[1.0, 2.0]])
    assert trace["h"].net_input == [2.5]
    assert trace["k"].net_input == [4.0]
    y = 2 * sigmoid(2.5) - sigmoid(4.0) + 0.75 + 0.25
    np.testing.assert_allclose(trace.outputs, [[y]], rtol=1e-15)
    np.testing.assert_allclose(program.feedforward([[1.0, 2.0]]), [[y]], rtol=1e-15)


@every_engine
def test_a_backward_pass_by_hand(net, engine):
    # E = ½ (y − 1)² at example (1, 2), with h = σ(2.5), k = σ(4), y as above.
    #   δy = y − 1, since y is linear
    #   δh = δy · 2 · h(1 − h),   δk = δy · (−1) · k(1 − k)
    #   ∂E/∂w of a synapse = δ of its post neuron times the output of its pre neuron
    #   ∂E/∂a = δh·1 + δk·(−2) + δy·0.75,   ∂E/∂b = δh·0.5 + δk·3
    h, k = sigmoid(2.5), sigmoid(4.0)
    y = 2 * h - k + 1.0
    dy = y - 1.0
    dh, dk = dy * 2 * h * (1 - h), -dy * k * (1 - k)

    program = ns.compile(net, engine=engine)
    trace = program.trace([[1.0, 2.0]])
    gradient = program.backpropagate(trace, trace.outputs - 1.0)
    close = {"rtol": 1e-13}
    np.testing.assert_allclose(gradient.delta("y"), [dy], **close)
    np.testing.assert_allclose(gradient.delta("hidden"), [[dh, dk]], **close)
    np.testing.assert_allclose(
        gradient.weights("in", "hidden"), [[dh * 1, dk * 1], [dh * 2, dk * 2]], **close
    )
    np.testing.assert_allclose(gradient.weights("hidden", "y"), [[dy * h], [dy * k]], **close)
    np.testing.assert_allclose(gradient[net.synapse("a", "y")], dy * 1, **close)
    np.testing.assert_allclose(gradient[net["h"]], dh, **close)
    np.testing.assert_allclose(gradient[net["y"]], dy, **close)
    inputs = [[dh * 1 + dk * -2 + dy * 0.75, dh * 0.5 + dk * 3]]
    np.testing.assert_allclose(gradient.inputs, inputs, **close)
    np.testing.assert_allclose(gradient.delta("in"), inputs, **close)


@every_engine
def test_the_adjustments_of_the_slides_are_minus_the_gradient(engine):
    # The lecture's step: with E = ½ Σ (y − ŷ)², δ = (y − ŷ) ŷ(1 − ŷ) and "W += Xᵀ δ".
    net = ns.topologies.layered([2, 1], activation="sigmoid")
    net.synapses.weight = [0.3, -0.6]
    targets = np.array([[1.0], [0.0], [1.0]])
    program = ns.compile(net, engine=engine)
    trace = program.trace(X)
    output = sigmoid(X @ [[0.3], [-0.6]])
    delta = (targets - output) * output * (1 - output)
    cost = ns.SquaredError(reduction="sum")
    gradient = program.backpropagate(trace, cost.gradient(trace.outputs, targets))
    (y,) = net.outputs
    np.testing.assert_allclose(-gradient.delta(y.layer), delta, rtol=1e-13)
    np.testing.assert_allclose(-gradient.weights(net.layers[0], y), X.T @ delta, rtol=1e-13)


@every_engine
def test_gradients_are_sums_over_the_examples(net, engine):
    program = ns.compile(net, engine=engine)
    G = np.array([[1.0], [-2.0], [0.5]])
    whole = program.backpropagate(program.trace(X), G)
    parts = [
        program.backpropagate(program.trace(X[i : i + 1]), G[i : i + 1]).parameters
        for i in range(3)
    ]
    np.testing.assert_allclose(whole.parameters, sum(parts), rtol=1e-13)


@every_engine
def test_an_output_delta_is_the_output_gradient_times_the_slope(engine):
    net = ns.topologies.layered([2, 3, 2], activation="tanh")
    net.initialize(ns.initializers.Normal(), seed=0)
    program = ns.compile(net, engine=engine)
    trace = program.trace(X)
    G = np.arange(6.0).reshape(3, 2)
    by_gradient = program.backpropagate(trace, G)
    by_delta = program.backpropagate(trace, output_delta=G * (1 - trace.outputs**2))
    np.testing.assert_allclose(by_delta.parameters, by_gradient.parameters, rtol=1e-12)
    both = program.backpropagate(trace, G, output_delta=G * (1 - trace.outputs**2))
    np.testing.assert_allclose(both.parameters, 2 * by_gradient.parameters, rtol=1e-12)


@every_engine
def test_a_neuron_that_hears_nothing_outputs_f_of_its_bias_or_of_0(engine):
    net = ns.Network("deaf")
    net.add_layer(
        4, activation=["sigmoid", "sigmoid", "gaussian", "step"], bias=[2.0, None, None, 0.5],
        role="output",
    )  # fmt: skip
    outputs = ns.compile(net, engine=engine).feedforward(np.empty((2, 0)))
    np.testing.assert_allclose(outputs, [[sigmoid(2.0), 0.5, 1.0, 1.0]] * 2)


@every_engine
def test_a_network_without_inputs_learns_its_bias(engine):
    net = ns.Network("constant")
    y = net.add_neuron("y", role="output")
    program = ns.compile(net, engine=engine)
    gradient = program.backpropagate(program.trace(np.empty((3, 0))), np.ones((3, 1)))
    assert gradient[y] == 3.0
    assert gradient.inputs.shape == (3, 0)


@every_engine
def test_columns_stand_in_the_order_of_creation(engine):
    net = ns.Network("order")
    late = net.add_neuron("late", role="output")
    first = net.add_neuron("first", role="input")
    early = net.add_neuron("early", role="output")
    second = net.add_neuron("second", role="input")
    net.connect(first, early, weight=1.0)
    net.connect(early, late, weight=10.0)
    net.connect(second, late, weight=100.0)
    program = ns.compile(net, engine=engine)
    np.testing.assert_array_equal(program.feedforward([[1.0, 2.0]]), [[210.0, 1.0]])
    gradient = program.backpropagate(program.trace([[1.0, 2.0]]), [[1.0, 0.0]])
    np.testing.assert_array_equal(gradient.inputs, [[10.0, 100.0]])


def test_all_engines_are_asked_for_by_name(net):
    assert [ns.compile(net, engine=name).engine for name in ENGINES] == list(ENGINES)
    assert ns.compile(net).engine in ENGINES


# -- traces --------------------------------------------------------------------------------


def test_a_trace_is_asked_for_neurons_layers_names_and_synapses(net, program):
    trace = program.trace(X)
    assert trace[net["h"]].net_input.shape == trace["h"].output.shape == (3,)
    assert trace[net["hidden"]].net_input.shape == trace["hidden"].output.shape == (3, 2)
    np.testing.assert_array_equal(trace["hidden"].output[:, 1], trace["k"].output)
    np.testing.assert_array_equal(trace["in"].net_input, X)
    np.testing.assert_array_equal(trace["in"].output, X)
    np.testing.assert_array_equal(trace.net_inputs[:, 0], trace["y"].net_input)
    handed_on = trace[net.synapse("b", "k")].output
    np.testing.assert_array_equal(handed_on, 3.0 * X[:, 1])


def test_what_its_synapses_hand_on_and_the_bias_make_the_net_input(net, program):
    trace = program.trace(X)
    total = sum(trace[synapse].output for synapse in net["y"].incoming) + net["y"].bias
    np.testing.assert_allclose(total, trace["y"].net_input, rtol=1e-14)


def test_a_weight_that_is_set_is_seen_by_the_next_feedforward(net, program):
    before = program.feedforward(X)
    net.synapse("a", "y").weight = 1.75
    np.testing.assert_allclose(program.feedforward(X), before + X[:, :1], rtol=1e-14)
    net["y"].bias = 1.25
    np.testing.assert_allclose(program.feedforward(X), before + X[:, :1] + 1.0, rtol=1e-14)


@every_engine
def test_a_trace_keeps_the_parameters_it_was_made_with(net, engine):
    program = ns.compile(net, engine=engine)
    trace = program.trace(X)
    expected = program.backpropagate(trace, np.ones((3, 1)))
    handed_on = trace[net.synapse("a", "y")].output
    net.synapses.weight = 0.0
    later = program.backpropagate(trace, np.ones((3, 1)))
    np.testing.assert_array_equal(later.parameters, expected.parameters)
    np.testing.assert_array_equal(later.inputs, expected.inputs)
    np.testing.assert_array_equal(trace[net.synapse("a", "y")].output, handed_on)
    assert (program.feedforward(X) == 0.25).all()


def test_a_trace_can_be_backpropagated_more_than_once(program):
    trace = program.trace(X)
    first = program.backpropagate(trace, np.ones((3, 1)))
    parameters, delta = first.parameters, first.delta("hidden")
    program.backpropagate(trace, -5 * np.ones((3, 1)))
    np.testing.assert_array_equal(first.parameters, parameters)
    np.testing.assert_array_equal(first.delta("hidden"), delta)


# -- gradients -----------------------------------------------------------------------------


def test_a_gradient_is_zero_where_there_is_no_synapse(net, program):
    gradient = program.backpropagate(program.trace(X), np.ones((3, 1)))
    matrix = gradient.weights(["a", "b", "h", "k"], ["h", "k", "y"])
    assert matrix.shape == (4, 3)
    np.testing.assert_array_equal(matrix[2:, :2], 0.0)
    assert matrix[1, 2] == 0.0  # b and y are not connected
    assert matrix[0, 2] == gradient[net.synapse("a", "y")] != 0.0


def test_the_flat_gradient_stands_in_the_order_of_the_parameters(net, program):
    gradient = program.backpropagate(program.trace(X), np.ones((3, 1)))
    marked = gradient.parameters
    net.parameters = marked
    assert [gradient[s] for s in net.synapses] == net.synapses.weight.tolist()
    assert [gradient[n] for n in (net["h"], net["y"])] == [net["h"].bias, net["y"].bias]


def test_the_gradient_of_a_bias_that_is_not_there_is_refused(net, program):
    gradient = program.backpropagate(program.trace(X), np.ones((3, 1)))
    with refuses(StructureError, "neuron 'k' has no bias, so there is no gradient for one"):
        gradient[net["k"]]
    with refuses(StructureError, "neuron 'a' has no bias, so there is no gradient for one"):
        gradient[net["a"]]


def test_things_of_another_network_are_refused(net, program):
    trace = program.trace(X)
    gradient = program.backpropagate(trace, np.ones((3, 1)))
    other = net.copy()
    neuron, synapse, layer = other["h"], other.synapse("a", "h"), other["hidden"]
    for ask in (gradient.__getitem__, gradient.delta, trace.__getitem__):
        with refuses(UnknownNameError, f"{neuron!r} is not of network 'small'"):
            ask(neuron)
    for ask in (gradient.__getitem__, trace.__getitem__):
        with refuses(UnknownNameError, f"{synapse!r} is not of network 'small'"):
            ask(synapse)
    for ask in (gradient.delta, trace.__getitem__):
        with refuses(UnknownNameError, f"{layer!r} is not of network 'small'"):
            ask(layer)


def test_what_is_no_part_of_a_network_is_refused(program):
    trace = program.trace(X)
    gradient = program.backpropagate(trace, np.ones((3, 1)))
    with refuses(InvalidTypeError, "expected a synapse or a neuron (got 3)"):
        gradient[3]
    with refuses(InvalidTypeError, "expected a neuron or a layer of this network (got 3)"):
        gradient.delta(3)
    with pytest.raises(UnknownNameError, match=r"^network 'small' has no neuron or layer 'q'"):
        trace["q"]


def test_a_seed_of_another_shape_is_refused(program):
    trace = program.trace(X)
    message = "{} must have shape (n_examples, n_outputs) = (3, 1) (got {})"
    with refuses(InvalidValueError, message.format("output_gradient", "(3,)")):
        program.backpropagate(trace, np.ones(3))
    with refuses(InvalidValueError, message.format("output_delta", "(2, 1)")):
        program.backpropagate(trace, output_delta=np.ones((2, 1)))


def test_a_seed_that_is_not_finite_is_refused(program):
    trace = program.trace(X)
    message = "output_gradient[2, 0] must be finite as float64 (got nan)"
    with refuses(InvalidValueError, message):
        program.backpropagate(trace, [[0.0], [1.0], [np.nan]])


def test_backpropagation_of_nothing_is_refused(program):
    with refuses(InvalidValueError, "backpropagate needs output_gradient or output_delta"):
        program.backpropagate(program.trace(X))


def test_a_trace_of_another_program_is_refused(net, program):
    trace = ns.compile(net).trace(X)
    message = f"backpropagate.trace must come from this program's trace (got {trace!r})"
    with refuses(InvalidTypeError, message):
        program.backpropagate(trace, np.ones((3, 1)))
    with pytest.raises(InvalidTypeError, match=r"^backpropagate\.trace must come from"):
        program.backpropagate(X, np.ones((3, 1)))


NO_DERIVATIVE = (
    "neuron {!r} has activation {}, which has no derivative, so no gradient passes through it; "
    "use another activation, or PerceptronRule or DeltaRule for a single layer"
)


@pytest.mark.parametrize("activation", ["threshold", "step"])
def test_a_gradient_through_a_neuron_without_a_derivative_is_refused(activation):
    net = ns.topologies.layered([2, 1, 1], activation="tanh")
    hidden = net.add_neuron("wall", activation=activation)
    net.connect(net.inputs[0], hidden)
    net.connect(hidden, net.outputs[0])
    program = ns.compile(net)
    trace = program.trace(X)
    with refuses(StructureError, NO_DERIVATIVE.format("wall", activation)):
        program.backpropagate(trace, np.ones((3, 1)))
    with refuses(StructureError, NO_DERIVATIVE.format("wall", activation)):
        program.backpropagate(trace, output_delta=np.ones((3, 1)))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_delta_at_a_threshold_output_needs_no_derivative_but_a_gradient_does(engine):
    net = ns.topologies.layered([2, 1], activation="threshold")
    (y,) = net.outputs
    program = ns.compile(net, engine=engine)
    trace = program.trace(X)
    gradient = program.backpropagate(trace, output_delta=np.ones((3, 1)))
    np.testing.assert_array_equal(gradient.weights(net.layers[0], y)[:, 0], X.sum(axis=0))
    with refuses(StructureError, NO_DERIVATIVE.format(y.name, "threshold")):
        program.backpropagate(trace, np.ones((3, 1)))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_threshold_neuron_that_reaches_no_output_is_in_nobodys_way(engine):
    net = ns.topologies.layered([2, 1], activation="tanh")
    aside = net.add_neuron("aside", activation="threshold")
    net.connect(net.inputs[0], aside)
    net.connect(aside, net.add_neuron("nowhere", activation="tanh"))
    program = ns.compile(net, engine=engine)
    gradient = program.backpropagate(program.trace(X), np.ones((3, 1)))
    assert gradient[net.synapse(net.inputs[0], aside)] == 0.0
    assert gradient[aside] == 0.0


# -- programs, traces and gradients of the past --------------------------------------------

STALE = (
    "the structure of network 'small' has changed since this program was made; "
    "compile the network again"
)


@pytest.mark.parametrize(
    "change",
    [
        lambda net: net.add_neuron("new"),
        lambda net: net.connect("b", "y"),
        lambda net: net.remove(net.synapse("a", "y")),
        lambda net: net.remove(net["k"]),
    ],
    ids=["neuron added", "synapse added", "synapse removed", "neuron removed"],
)
def test_after_a_structural_change_everything_old_is_refused_with_the_remedy(net, program, change):
    trace = program.trace(X)
    gradient = program.backpropagate(trace, np.ones((3, 1)))
    synapse, neuron = net.synapse("a", "h"), net["h"]
    change(net)
    for use in (
        lambda: program.feedforward(X),
        lambda: program.trace(X),
        lambda: program.backpropagate(trace, np.ones((3, 1))),
        lambda: trace["h"],
        lambda: trace[synapse],
        lambda: gradient.weights("in", "hidden"),
        lambda: gradient.delta("h"),
        lambda: gradient[synapse],
        lambda: gradient[neuron],
        lambda: gradient.parameters,
        lambda: ns.train(program, X, np.zeros(3), epochs=1),
    ):
        with refuses(StaleProgramError, STALE):
            use()
    assert ns.compile(net).feedforward(X).shape == (3, 1)


def test_a_removed_neuron_or_synapse_says_so_to_a_new_program(net):
    neuron, synapse = net["k"], net.synapse("a", "y")
    net.remove(neuron, synapse)
    program = ns.compile(net)
    trace = program.trace(X)
    gradient = program.backpropagate(trace, np.ones((3, 1)))
    for ask in (trace.__getitem__, gradient.__getitem__):
        with pytest.raises(StaleHandleError, match="'k' was removed from network 'small'"):
            ask(neuron)
        with pytest.raises(StaleHandleError, match=r"'a' -> 'y' .* no longer in network 'small'"):
            ask(synapse)


def test_a_refused_change_leaves_the_program_fresh(net, program):
    with pytest.raises(NeurosimError):
        net.connect("a", "y")
    program.feedforward(X)


def test_a_program_says_what_it_is(net, program):
    assert program.network is net
    assert repr(program) == (
        f"<Program of network 'small': 5 neurons in 3 levels, engine {program.engine!r}>"
    )
    trace = program.trace(X)
    assert repr(trace) == f"<Trace of 3 examples through {program!r}>"
    gradient = program.backpropagate(trace, np.ones((3, 1)))
    assert repr(gradient) == f"<Gradient of 9 parameters of {net!r}>"


# -- arrays of the caller ------------------------------------------------------------------


@every_engine
def test_writing_into_what_was_returned_changes_nothing_inside(net, engine):
    program = ns.compile(net, engine=engine)

    def look():
        trace = program.trace(X)
        return trace, program.backpropagate(trace, np.ones((3, 1)))

    def arrays(trace, gradient):
        return [
            trace.outputs, trace.net_inputs, trace["h"].net_input, trace["hidden"].output,
            trace["in"].output, trace[net.synapse("a", "h")].output,
            gradient.parameters, gradient.inputs, gradient.delta("h"), gradient.delta("hidden"),
            gradient.weights("in", "hidden"),
        ]  # fmt: skip

    trace, gradient = look()
    before = [array.copy() for array in arrays(trace, gradient)]
    program.feedforward(X)[:] = 7.0
    for array in arrays(trace, gradient):
        array[...] = 99.0
    for after in (arrays(trace, gradient), arrays(*look())):
        for one, other in zip(after, before, strict=True):
            np.testing.assert_array_equal(one, other)


@every_engine
def test_writing_into_what_was_given_changes_nothing_inside(net, engine):
    program = ns.compile(net, engine=engine)
    examples, seed = X.copy(), np.ones((3, 1))
    trace = program.trace(examples)
    gradient = program.backpropagate(trace, seed)
    inputs, delta = trace["in"].output, gradient.delta("y")
    examples[:] = seed[:] = -4.0
    np.testing.assert_array_equal(trace["in"].output, inputs)
    np.testing.assert_array_equal(gradient.delta("y"), delta)


@every_engine
def test_what_was_given_is_left_as_it_is(net, engine):
    program = ns.compile(net, engine=engine)
    examples, seed, delta = X.copy(), np.ones((3, 1)), np.full((3, 1), 2.0)
    for array in (examples, seed, delta):
        array.setflags(write=False)
    program.backpropagate(program.trace(examples), seed, output_delta=delta)
    program.feedforward(examples)


@every_engine
def test_threads_that_run_one_program_at_once_all_get_right_answers(engine):
    net = ns.topologies.layered([8, 40, 40, 3], activation="tanh")
    net.initialize(ns.initializers.Normal(std=0.3), seed=0)
    program = ns.compile(net, engine=engine)
    rng = np.random.default_rng(1)
    batches = [rng.normal(size=(50 + 10 * i, 8)) for i in range(6)]
    expected = [program.feedforward(batch) for batch in batches]
    slopes = [program.backpropagate(program.trace(b), np.ones((len(b), 3))) for b in batches]

    def run(i):
        trace = program.trace(batches[i])
        ones = np.ones((len(batches[i]), 3))
        return program.feedforward(batches[i]), program.backpropagate(trace, ones).parameters

    order = list(range(6)) * (2 if engine == "reference" else 20)
    with ThreadPoolExecutor(6) as pool:
        for i, (outputs, gradient) in zip(order, pool.map(run, order), strict=True):
            np.testing.assert_array_equal(outputs, expected[i])
            np.testing.assert_array_equal(gradient, slopes[i].parameters)
