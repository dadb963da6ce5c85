"""Warnings of what can be run and trained and is probably not what was meant."""

import re

import numpy as np
import pytest

import neurosim as ns
from neurosim.errors import NeurosimWarning

X = np.random.default_rng(0).uniform(size=(4, 2))

# Whatever setup.cfg leaves aside for graphs and targets that are drawn at random.
pytestmark = pytest.mark.filterwarnings("error")


def warns(message):
    return pytest.warns(NeurosimWarning, match=f"^{re.escape(message)}$")


def make(activation, n_outputs=1, name="net"):
    net = ns.topologies.layered([2, 3, n_outputs], activation=["tanh", activation], name=name)
    net.initialize(ns.initializers.Normal(), seed=0)
    return net


def beyond(activation, span, target, row, ends="", *, scaled=""):
    return (
        f"output neuron 'output[0]' of network 'net' is to learn what it cannot emit: {activation} "
        f"emits {span} (got the target {target}{scaled} in row {row}); scale the targets, "
        f"net.output_scaler = ns.rescale(y{ends}), or give the neuron another activation: "
        '"identity" emits any number, and goes well with ns.standardize(y)'
    )


SIGMOID, TANH = ", 0.05, 0.95", ", -0.9, 0.9"


@pytest.mark.parametrize(
    ("activation", "y", "message"),
    [
        ("sigmoid", [0, 1, 17000, -1], beyond("sigmoid", "from 0 to 1", 17000, 2, SIGMOID)),
        ("sigmoid", [1, -1, 1, 1], beyond("sigmoid", "from 0 to 1", -1, 1, SIGMOID)),
        ("tanh", [0, 1.5, 0, 0], beyond("tanh", "from -1 to 1", 1.5, 1, TANH)),
        ("sine", [0, 0, 0, 2], beyond("sine", "from -1 to 1", 2, 3, TANH)),
        ("gaussian", [2, 0, 0, 0], beyond("gaussian", "from 0 to 1", 2, 0, SIGMOID)),
        ("relu", [1e6, -0.5, 0, 0], beyond("relu", "nothing below 0", -0.5, 1)),
        ("softplus", [0, 0, -3, 0], beyond("softplus", "nothing below 0", -3, 2)),
    ],
)  # fmt: skip
def test_a_target_that_an_output_cannot_emit_is_warned_of(activation, y, message):
    with warns(message) as caught:
        ns.train(make(activation), X, y, epochs=1)
    assert [one.filename for one in caught] == [__file__]


def test_in_a_population_too():
    with warns(beyond("sigmoid", "from 0 to 1", 5, 0, SIGMOID)) as caught:
        ns.train(ns.compile([make("identity"), make("sigmoid")]), X, [5, 0, 0, 0], epochs=1)
    assert [one.filename for one in caught] == [__file__]


def test_a_stream_is_warned_of_once():
    message = beyond("sigmoid", "from 0 to 1", -1, "1 of a batch", SIGMOID)
    with warns(message) as caught:
        ns.train(make("sigmoid"), [(X, [0.0, 1, 1, 1]), (X, [0.0, -1, -1, -1])], epochs=3)
    assert len(caught) == 1


def test_what_the_output_scaler_makes_of_the_targets_counts():
    net, y = make("sigmoid"), np.array([100.0, 200, 300, 17000])
    net.output_scaler = ns.rescale(y, 0.05, 0.95)
    ns.train(net, X, y, epochs=1)
    net.output_scaler = ns.rescale(y[:3])
    scaled = " as the output_scaler scales it"
    with warns(beyond("sigmoid", "from 0 to 1", 84.5, 3, SIGMOID, scaled=scaled)):
        ns.train(net, X, y, epochs=1)


@pytest.mark.parametrize(
    ("activation", "y"),
    [
        ("sigmoid", [0, 1, 0.5, 1]),
        ("tanh", [-1, 1, 0, 1]),
        ("relu", [0, 1e9, 0, 0]),
        ("identity", [17000, -17000, 0, 0]),
        ("leaky_relu", [17000, -17000, 0, 0]),
        ("sigmoid", ["no", "yes", "no", "yes"]),
        ("tanh", ["no", "yes", "no", "yes"]),
    ],
)
def test_targets_that_can_be_emitted_or_come_close_to_are_not_warned_of(activation, y):
    ns.train(make(activation), X, y, epochs=1)


@pytest.mark.parametrize("activation", ns.activations.ALL, ids=str)
def test_no_activation_emits_anything_beyond_its_range_and_all_come_near_its_ends(activation):
    z = np.linspace(-30, 30, 6001)
    outputs = activation(np.column_stack([z, z[::-1]]))
    low, high = activation.output_range
    assert low <= outputs.min()
    assert outputs.max() <= high
    assert outputs.min() < low + 1e-3 if np.isfinite(low) else outputs.min() < -0.2
    assert outputs.max() > high - 1e-3 if np.isfinite(high) else outputs.max() > 20
    if activation.levels is not None:
        assert set(outputs.ravel().tolist()) == set(activation.levels)


# -- structure -----------------------------------------------------------------------------


def unconnected(role):
    net = make("identity")
    net.add_neuron("lone", role=role)
    return net


OUTPUT = (
    "no input reaches output neuron 'lone' of network 'net': what is emitted there is the same for "
    "every example; connect it, or remove it"
)
INPUT = (
    "input neuron 'lone' of network 'net' reaches no output: its column of X changes nothing; "
    "connect it, or remove it"
)


@pytest.mark.parametrize(
    ("role", "X", "y", "message"),
    [
        ("output", X, np.zeros((4, 2)), OUTPUT),
        ("input", np.zeros((4, 3)), np.zeros(4), INPUT),
    ],
)
def test_ends_that_are_not_connected_are_warned_of_by_compile_and_by_train(role, X, y, message):
    net = unconnected(role)
    with warns(message) as compiled:
        program = ns.compile(net)
    for one in (net, program):
        with warns(message) as trained:
            ns.train(one, X, y, epochs=1)
        assert [warning.filename for warning in [*compiled, *trained]] == [__file__] * 2


def test_an_output_behind_a_hidden_neuron_that_receives_nothing_is_warned_of():
    net = make("identity")
    lone = net.add_neuron("idle")
    net.connect(lone, net.add_neuron("lone", role="output"))
    with warns(OUTPUT):
        ns.compile(net)


def test_a_population_is_not_warned_of_its_structure():
    ns.train(ns.compile([unconnected("output")]), X, np.zeros((4, 2)), epochs=1)


def test_a_softmax_layer_of_one_neuron_is_warned_of():
    message = (
        "neuron 'output[0]' of network 'net' is a softmax layer of one, which always emits 1; give "
        "the layer a neuron for each class, or take sigmoid for a single one"
    )
    net = make("softmax")
    with warns(message):
        ns.compile(net)
    with warns(message):
        ns.train(net, X, [0, 1, 0, 1], epochs=1)
    ns.compile(make("softmax", 2))
