"""check_gradients: the slow judge of backpropagation."""

import re

import numpy as np
import pytest
from hypothesis import assume, given, settings

import neurosim as ns
from neurosim.engines import ENGINES, NumpyEngine
from neurosim.errors import InvalidTypeError, InvalidValueError, StructureError
from tests.strategies import near_kink, problems, saturated

X = np.array([[0.5, -1.0], [1.5, 0.25], [-0.75, 2.0]])
Y = np.array([[1.0], [0.0], [0.5]])


@pytest.fixture
def net():
    net = ns.Network("judged")
    inputs = net.add_layer(["a", "b"], role="input", name="in")
    hidden = net.add_layer(["h", "k"], activation="tanh", name="hidden")
    y = net.add_neuron("y", activation="sigmoid", role="output")
    net.connect(inputs, hidden)
    net.connect(hidden, y)
    net.connect(inputs[1], y)
    net.initialize(ns.initializers.Normal(), seed=2)
    return net


def falsify(monkeypatch, find_slot, by):
    """Make the backward pass of the engine add `by` to one component."""
    true = NumpyEngine.backward

    def backward(self, parameters, state, gradient, **seeds):
        true(self, parameters, state, gradient, **seeds)
        gradient[find_slot(self.plan)] += by

    monkeypatch.setattr(NumpyEngine, "backward", backward)


def slot_of_synapse(pre, post):
    def find(plan):
        ends = zip(plan.synapse_pre, plan.synapse_post, strict=True)
        names = [(plan.names[p], plan.names[q]) for p, q in ends]
        return names.index((pre, post))

    return find


def slot_of_bias(name):
    def find(plan):
        rows = np.arange(plan.n_neurons)[plan.bias_rows]
        return plan.n_weights + [plan.names[row] for row in rows].index(name)

    return find


@pytest.mark.parametrize("engine", ENGINES)
def test_a_right_gradient_passes(net, engine):
    check = ns.check_gradients(ns.compile(net, engine=engine), X, Y)
    assert check.ok
    assert check.error < 1e-9
    assert check.tolerance == 1e-6
    assert check.backpropagated == pytest.approx(check.differenced, abs=1e-9)
    assert str(check).startswith(f"gradients agree: worst at {check.worst}, backpropagation ")


@settings(max_examples=20)
@given(problems())
def test_it_agrees_with_backpropagation_on_networks_of_any_shape(problem):
    assume(problem.net.n_parameters < 300)
    trace = ns.compile(problem.net).trace(problem.X)
    assume(not near_kink(problem, trace, 1e-3) and not saturated(problem, trace))
    check = ns.check_gradients(problem.net, problem.X, problem.targets, cost=problem.cost)
    assert check.ok, str(check)


@pytest.mark.parametrize(("pre", "post"), [("a", "k"), ("h", "y"), ("b", "y")])
def test_the_synapse_with_the_wrong_gradient_is_named(net, monkeypatch, pre, post):
    falsify(monkeypatch, slot_of_synapse(pre, post), 0.01)
    check = ns.check_gradients(ns.compile(net, engine="numpy"), X, Y)
    assert not check.ok
    assert check.worst == f"synapse {pre!r} -> {post!r}"
    assert check.backpropagated - check.differenced == pytest.approx(0.01, abs=1e-8)
    assert check.error == pytest.approx(0.01, rel=1e-5)  # no gradient here is larger than 1
    assert re.fullmatch(
        rf"GRADIENTS DIFFER: worst at synapse '{pre}' -> '{post}', backpropagation \S+, "
        r"finite difference \S+, error 1\.00e-02 \(tolerance 1e-06\)",
        str(check),
    )


@pytest.mark.parametrize("name", ["h", "y"])
def test_the_bias_with_the_wrong_gradient_is_named(net, monkeypatch, name):
    falsify(monkeypatch, slot_of_bias(name), -0.01)
    check = ns.check_gradients(ns.compile(net, engine="numpy"), X, Y)
    assert (check.ok, check.worst) == (False, f"bias of {name!r}")


def test_of_two_wrong_gradients_the_worse_is_named(net, monkeypatch):
    falsify(monkeypatch, slot_of_synapse("a", "h"), 0.01)
    falsify(monkeypatch, slot_of_synapse("b", "k"), -0.02)
    assert ns.check_gradients(ns.compile(net, engine="numpy"), X, Y).worst == "synapse 'b' -> 'k'"


def test_the_tolerance_is_the_callers(net, monkeypatch):
    falsify(monkeypatch, slot_of_synapse("a", "h"), 0.01)
    program = ns.compile(net, engine="numpy")
    assert ns.check_gradients(program, X, Y, tolerance=0.02).ok
    assert not ns.check_gradients(program, X, Y, tolerance=0.005).ok


def test_of_a_program_its_own_engine_is_judged(net, monkeypatch):
    falsify(monkeypatch, slot_of_synapse("a", "h"), 0.01)
    assert not ns.check_gradients(ns.compile(net, engine="numpy"), X, Y).ok
    assert ns.check_gradients(ns.compile(net, engine="reference"), X, Y).ok


def test_a_gradient_that_is_no_number_does_not_pass(net, monkeypatch):
    falsify(monkeypatch, slot_of_synapse("a", "h"), np.nan)
    check = ns.check_gradients(ns.compile(net, engine="numpy"), X, Y)
    assert (check.ok, check.worst) == (False, "synapse 'a' -> 'h'")


def test_a_float32_network_is_judged_by_a_copy_in_float64(net):
    check = ns.check_gradients(net.copy(dtype="float32"), X, Y)
    assert check.ok
    assert check.error < 1e-9  # float32 has not the digits for this


@pytest.mark.parametrize("compiled", [False, True])
def test_the_network_is_left_as_it_is(net, compiled):
    thing = ns.compile(net) if compiled else net
    weights, biases = net.synapses.weight, [neuron.bias for neuron in net.neurons]
    parameters = net.parameters.copy()
    ns.check_gradients(thing, X, Y)
    np.testing.assert_array_equal(net.synapses.weight, weights)
    assert [neuron.bias for neuron in net.neurons] == biases
    np.testing.assert_array_equal(net.parameters, parameters)


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_the_cost_is_the_callers(net, reduction):
    cost = ns.BinaryCrossEntropy(reduction=reduction)
    assert ns.check_gradients(net, X, Y, cost=cost).ok


def test_a_network_without_parameters_has_nothing_to_be_wrong():
    net = ns.Network("fixed")
    net.add_neuron(role="input")
    net.add_neuron(bias=None, role="output")
    check = ns.check_gradients(net, [[1.0]], [0.0])
    assert (check.ok, check.error, check.worst) == (True, 0.0, "(no parameters)")


def test_what_it_cannot_judge_is_refused(net):
    with pytest.raises(InvalidTypeError) as refusal:
        ns.check_gradients("net", X, Y)
    assert str(refusal.value) == "check_gradients takes a Network or a Program (got 'net')"
    with pytest.raises(InvalidValueError, match=r"^X and y must have as many rows \(got 3 and 2"):
        ns.check_gradients(net, X, Y[:2])
    wall = ns.topologies.layered([2, 1], activation="step")
    with pytest.raises(StructureError, match=r"^neuron '.*' has activation step, which has no "):
        ns.check_gradients(wall, X, Y)
