"""The Jacobian against finite differences, and against what backpropagation sums up."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurosim as ns
from neurosim.analysis.gradients import STEP
from neurosim.engines import ENGINES
from neurosim.errors import InvalidTypeError, InvalidValueError, StructureError
from tests.strategies import problems


def differenced(program, X):
    """Change one parameter at a time."""
    parameters = program.network.parameters
    result = np.empty((len(X), program.plan.n_outputs, len(parameters)))
    for i, value in enumerate(parameters.tolist()):
        outputs = []
        for sign in (1, -1):
            parameters[i] = value + sign * STEP
            outputs.append(program.feedforward(X))
        parameters[i] = value
        result[:, :, i] = (outputs[0] - outputs[1]) / (2 * STEP)
    return result


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("seed", range(3))
def test_it_is_what_finite_differences_give(engine, seed):
    net = ns.topologies.random_dag(15, n_inputs=3, n_outputs=2, in_degree=4, seed=seed)
    net.initialize(ns.initializers.Normal(), biases=ns.initializers.Normal(), seed=seed)
    program = ns.compile(net, engine=engine)
    X = np.random.default_rng(seed).normal(size=(5, 3))
    np.testing.assert_allclose(ns.jacobian(program, X), differenced(program, X), atol=1e-8)


@settings(max_examples=50)
@given(problem=problems(), engine=st.sampled_from(("numpy", "reference")))
def test_summed_over_the_examples_it_is_the_gradient(problem, engine):
    program = ns.compile(problem.net, engine=engine)
    trace = program.trace(problem.X)
    gradient = np.random.default_rng(0).normal(size=trace.outputs.shape)
    jacobian = ns.jacobian(program, problem.X)
    expected = program.backpropagate(trace, gradient).parameters
    np.testing.assert_allclose(
        np.einsum("eo,eop->p", gradient, jacobian), expected, rtol=1e-9, atol=1e-9
    )


def test_a_softmax_layer_and_outputs_that_feed_others_are_no_exception():
    net = ns.Network("mixed")
    x = net.add_layer(2, role="input")
    classes = net.add_layer(3, activation="softmax", role="output", name="classes")
    last = net.add_neuron("last", activation="tanh", role="output")
    net.connect(x, classes)
    net.connect(classes, last)
    net.initialize(ns.initializers.Normal(), biases=ns.initializers.Normal(), seed=2)
    program = ns.compile(net)
    X = np.random.default_rng(3).normal(size=(4, 2))
    np.testing.assert_allclose(ns.jacobian(net, X), differenced(program, X), atol=1e-8)


def test_it_has_the_networks_dtype_and_room_for_no_examples():
    net = ns.topologies.layered([2, 3, 2], dtype="float32")
    assert ns.jacobian(net, np.ones((4, 2))).dtype == np.float32
    assert ns.jacobian(net, np.ones((0, 2))).shape == (0, 2, len(net.parameters))


def test_bad_arguments_are_refused():
    message = "jacobian takes a Network or a Program (got 'net')"
    with pytest.raises(InvalidTypeError, match=f"^{re.escape(message)}$"):
        ns.jacobian("net", [[1.0]])
    with pytest.raises(InvalidValueError, match=r"^X must have shape \(n_examples, 2\), "):
        ns.jacobian(ns.topologies.layered([2, 1]), [[1.0]])
    with pytest.raises(StructureError, match=r"^neuron 'output\[0\]' has activation threshold, "):
        ns.jacobian(ns.topologies.layered([2, 1], activation="threshold"), [[1.0, 2.0]])
