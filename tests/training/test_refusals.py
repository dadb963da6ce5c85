"""What `train` refuses, in whole sentences, and that a refused call leaves the network alone."""

import re

import numpy as np
import pytest

import neurosim as ns
from neurosim.errors import InvalidTypeError, InvalidValueError, NeurosimError, StructureError

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
Y = np.array([[0.0, 1.0], [1.0, 0.0], [0.5, 0.5]])


@pytest.fixture
def net():
    """Two inputs, three hidden neurons, two outputs, not yet compiled."""
    net = ns.topologies.layered([2, 3, 2], activation="sigmoid")
    net.initialize(ns.initializers.Normal(), seed=0)
    return net


def assert_refused(net, error, message, X=X, y=Y, **arguments):
    before = net.synapses.weight, [neuron.bias for neuron in net.neurons]
    with pytest.raises(error, match=f"^{re.escape(message)}$") as refusal:
        ns.train(net, X, y, **arguments)
    assert isinstance(refusal.value, NeurosimError)
    np.testing.assert_array_equal(net.synapses.weight, before[0])
    assert [neuron.bias for neuron in net.neurons] == before[1]


SHAPE = "{} must have shape (n_examples, 2), one column per {} neuron (got shape {})"


@pytest.mark.parametrize(
    ("examples", "error", "message"),
    [
        (np.zeros((3, 3)), InvalidValueError, SHAPE.format("X", "input", "(3, 3)")),
        (np.zeros((3, 2, 1)), InvalidValueError, SHAPE.format("X", "input", "(3, 2, 1)")),
        (
            [[0, 1], [0, np.nan], [1, 1]],
            InvalidValueError,
            "X[1, 1] must be finite as float64 (got nan)",
        ),
        (
            [["0", "1"]],
            InvalidTypeError,
            "X must be an array of real numbers (got an array of dtype <U1)",
        ),
        (np.zeros((2, 2)), InvalidValueError, "X and y must have as many rows (got 2 and 3)"),
    ],
    ids=["columns", "dimensions", "nan", "text", "rows"],
)
def test_bad_examples_are_refused(net, examples, error, message):
    assert_refused(net, error, message, X=examples)


@pytest.mark.parametrize(
    ("targets", "error", "message"),
    [
        (np.zeros((3, 3)), InvalidValueError, SHAPE.format("y", "output", "(3, 3)")),
        (
            np.zeros(3),
            InvalidValueError,
            "y must hold labels of 2 classes for 2 output neurons (got 1: 0.0); if it does not "
            "show all, set Network.classes",
        ),
        (
            [[0, 1], [0, 1], [-np.inf, 1]],
            InvalidValueError,
            "y[2, 0] must be finite as float64 (got -inf)",
        ),
        (
            np.full((3, 2), None),
            InvalidValueError,
            "y[0, 0] has no value (got None); fill in what is missing, or leave such rows out",
        ),
        (np.zeros((4, 2)), InvalidValueError, "X and y must have as many rows (got 3 and 4)"),
    ],
    ids=["columns", "vector", "infinite", "object", "rows"],
)
def test_bad_targets_are_refused(net, targets, error, message):
    assert_refused(net, error, message, y=targets)


VALIDATION = (
    "validation must be a pair (X, y) or an iterable of batches, such as a list of pairs (got {})"
)


def test_targets_that_the_cast_makes_infinite_are_refused(net):
    message = "y[0, 0] must be finite as float32 (got 1e+300)"
    assert_refused(net.copy(dtype="float32"), InvalidValueError, message, y=np.full((3, 2), 1e300))


def test_no_examples_are_refused(net):
    message = "X must hold at least one example (got none)"
    assert_refused(net, InvalidValueError, message, X=np.empty((0, 2)), y=np.empty((0, 2)))


@pytest.mark.parametrize(
    ("validation", "error", "message"),
    [
        (X, InvalidTypeError, VALIDATION.format("ndarray")),
        ((X, Y, Y), InvalidTypeError, VALIDATION.format("tuple")),
        (
            (X[:, :1], Y),
            InvalidValueError,
            SHAPE.format("validation X", "input", "(3, 1)"),
        ),
        (
            (X, Y[:2]),
            InvalidValueError,
            "validation X and validation y must have as many rows (got 3 and 2)",
        ),
        (
            (X[:0], Y[:0]),
            InvalidValueError,
            "validation X must hold at least one example (got none)",
        ),
    ],
    ids=["no pair", "three", "columns", "rows", "none"],
)
def test_bad_validation_examples_are_refused(net, validation, error, message):
    assert_refused(net, error, message, validation=validation)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"epochs": -1}, InvalidValueError, "epochs must be >= 0 (got -1)"),
        ({"epochs": 1.5}, InvalidTypeError, "epochs must be an int (got 1.5)"),
        ({"epochs": True}, InvalidTypeError, "epochs must be an int (got True)"),
        ({"batch_size": 0}, InvalidValueError, "batch_size must be >= 1 (got 0)"),
        ({"batch_size": "all"}, InvalidTypeError, "batch_size must be an int (got 'all')"),
        ({"seed": -1}, InvalidValueError, "seed must be >= 0 (got -1)"),
        (
            {"seed": -1, "shuffle": False},
            InvalidValueError,
            "seed must be >= 0 (got -1)",
        ),
        (
            {"seed": "one", "shuffle": False},
            InvalidTypeError,
            "seed must be an int, a SeedSequence, a Generator, a RandomState or None (got 'one')",
        ),
        (
            {"callbacks": len},
            InvalidTypeError,
            "callbacks must be a list of callbacks or functions of the history "
            "(got <built-in function len>)",
        ),
        (
            {"callbacks": None},
            InvalidTypeError,
            "callbacks must be a list of callbacks or functions of the history (got None)",
        ),
        (
            {"callbacks": [len, 3]},
            InvalidTypeError,
            "callbacks and stop_when must be functions of the history (got 3)",
        ),
        (
            {"callbacks": [None]},
            InvalidTypeError,
            "callbacks and stop_when must be functions of the history (got None)",
        ),
        (
            {"stop_when": 0.1},
            InvalidTypeError,
            "callbacks and stop_when must be functions of the history (got 0.1)",
        ),
        ({"rule": "sgd"}, InvalidTypeError, "rule must be a Rule (got 'sgd')"),
        ({"rule": 0.1}, InvalidTypeError, "rule must be a Rule (got 0.1)"),
        ({"cost": "mse"}, InvalidTypeError, "cost must be a Cost (got 'mse')"),
    ],
    ids=str,
)
def test_bad_settings_are_refused(net, arguments, error, message):
    assert_refused(net, error, message, **arguments)


@pytest.mark.parametrize("thing", [None, "net", np.zeros(3)], ids=str)
def test_what_is_neither_a_network_nor_a_program_is_refused(thing):
    with pytest.raises(InvalidTypeError, match=r"^train takes a Network, a Program or a .* \(got "):
        ns.train(thing, X, Y)


def test_a_network_that_cannot_be_compiled_is_refused():
    net = ns.Network("mute")
    net.add_layer(2, role="input")
    message = "network 'mute' has no output neuron; make one with role=\"output\""
    assert_refused(net, StructureError, message)


@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("activation", ["identity", "tanh", "relu", "softplus"])
def test_binary_cross_entropy_on_what_is_no_probability_is_refused_naming_the_neuron(
    activation, reduction
):
    net = ns.Network("mixed")
    net.connect(
        net.add_layer(2, role="input"),
        net.add_layer(["p", "q"], activation=["sigmoid", activation], role="output"),
    )
    cost = ns.BinaryCrossEntropy(reduction=reduction)
    message = (
        f"{cost!r} needs outputs that are probabilities: output neuron 'q' must have activation "
        f"sigmoid or softmax (it has {activation})"
    )
    assert_refused(net, StructureError, message, cost=cost)


@pytest.mark.parametrize("activation", ["identity", "sigmoid"])
def test_categorical_cross_entropy_on_no_softmax_is_refused_naming_the_neuron(activation):
    net = ns.topologies.layered([2, 2], activation=activation)
    message = (
        "CategoricalCrossEntropy() needs outputs that are probabilities: output "
        f"neuron {net.outputs[0].name!r} must have activation softmax (it has {activation})"
    )
    assert_refused(net, StructureError, message, cost=ns.CategoricalCrossEntropy())


def test_cross_entropy_on_an_input_neuron_in_the_place_of_an_output_cannot_be():
    net = ns.Network("pass")
    net.add_neuron(role="input")
    net.add_neuron("y", role="output")
    message = (
        "BinaryCrossEntropy() needs outputs that are probabilities: output neuron "
        "'y' must have activation sigmoid or softmax (it has identity)"
    )
    assert_refused(net, StructureError, message, X=[[1.0]], y=[1.0], cost=ns.BinaryCrossEntropy())


def test_binary_targets_that_are_no_probabilities_are_refused_with_their_place(net):
    y = Y.copy()
    y[1, 1] = -0.5
    message = "BinaryCrossEntropy: targets must be in [0, 1] (got -0.5 in row 1, column 1)"
    assert_refused(net, InvalidValueError, message, y=y, cost=ns.BinaryCrossEntropy())
    assert_refused(net, InvalidValueError, message, cost=ns.BinaryCrossEntropy(), validation=(X, y))


def test_class_targets_that_do_not_sum_to_1_are_refused_with_their_row():
    net = ns.topologies.layered([2, 2], activation="softmax")
    message = (
        "CategoricalCrossEntropy: the targets of an example must sum to 1, one column per class "
        "(got 1.5 in row 2)"
    )
    y = [[0, 1], [1, 0], [1, 0.5]]
    assert_refused(net, InvalidValueError, message, y=y, cost=ns.CategoricalCrossEntropy())


def test_each_of_two_softmax_layers_wants_targets_that_sum_to_1():
    net = ns.Network("two heads")
    inputs = net.add_layer(2, role="input")
    for _ in range(2):
        net.connect(inputs, net.add_layer(2, activation="softmax", role="output"))
    message = (
        "CategoricalCrossEntropy: the targets of an example must sum to 1, one column per class "
        "(got 0.5 in row 0)"
    )
    y = [[0.5, 0.0, 0.5, 0.0]] * 3  # 1 over both, which is not enough
    assert_refused(net, InvalidValueError, message, y=y, cost=ns.CategoricalCrossEntropy())
