"""Refusals that belong to no one part: stale programs, indexes out of range, wrong kinds."""

import re

import numpy as np
import pytest

import neurosim as ns
from neurosim import errors

X, Y = [[0.0, 1.0], [1.0, 0.0]], [0.0, 1.0]


@pytest.fixture
def net():
    net = ns.topologies.layered([2, 3, 1], activation="sigmoid")
    net.initialize(ns.initializers.Normal(), seed=0)
    return net


def test_after_a_structural_change_nothing_of_an_old_program_is_read(net):
    program = ns.compile(net)
    trace = program.trace(X)
    gradient = program.backpropagate(trace, [[1.0], [1.0]])
    net.add_neuron("late")
    reads = [
        program.explain,
        lambda: trace.outputs,
        lambda: trace.net_inputs,
        lambda: gradient.inputs,
        lambda: gradient.parameters,
        lambda: ns.check_gradients(program, X, Y),
    ]
    for read in reads:
        with pytest.raises(errors.StaleProgramError, match="compile the network again"):
            read()
    assert repr(program).endswith("(stale)>")


@pytest.mark.parametrize("index", [3, -4, np.int64(99)])
def test_an_index_beyond_a_layer_is_refused_naming_it(net, index):
    message = f"layer 'hidden' has 3 neurons (got index {index})"
    with pytest.raises(IndexError, match=re.escape(message)) as caught:
        net["hidden"][index]
    assert isinstance(caught.value, errors.NeurosimError)


@pytest.mark.parametrize("index", [9, -10, [0, 9], np.array([-10])], ids=str)
def test_an_index_beyond_a_group_is_refused(net, index):
    with pytest.raises(errors.OutOfRangeError, match=r"this group has 9 synapses \(got index"):
        net.synapses[index]


def test_check_gradients_refuses_what_is_no_cost_and_no_tolerance(net):
    with pytest.raises(errors.InvalidTypeError, match=r"^cost must be a Cost \(got 'mse'\)$"):
        ns.check_gradients(net, X, Y, cost="mse")
    with pytest.raises(errors.InvalidTypeError, match=r"^tolerance must be a finite number"):
        ns.check_gradients(net, X, Y, tolerance="x")


def test_a_role_that_is_no_text_is_refused(net):
    with pytest.raises(errors.InvalidValueError, match=r"^role must be"):
        net.add_neuron(role=np.array([1, 2]))


def test_what_a_synapse_hands_on_may_overflow_without_a_warning():
    net = ns.topologies.layered([1, 1], activation="identity")
    net.synapses.weight = 1e200
    assert ns.compile(net).trace([[1e200]])[net.synapses[0]].output.tolist() == [np.inf]


def test_rules_given_numpy_numbers_have_a_repr_that_evaluates_back():
    rule = ns.GradientDescent(np.float64(0.5), momentum=np.float32(0.5))
    assert repr(rule) == "GradientDescent(learning_rate=0.5, momentum=0.5, nesterov=False)"


def test_the_perceptron_rule_takes_the_default_cost_written_out():
    net = ns.topologies.layered([2, 1], activation="step")
    cost = ns.SquaredError(reduction="mean")
    history = ns.train(net, X, Y, rule=ns.PerceptronRule(), cost=cost, seed=0)
    assert history["errors"][-1] == 0


def test_a_cost_that_is_infinite_before_any_step_does_not_blame_the_learning_rate():
    net = ns.topologies.layered([2, 1], activation="identity")
    net.synapses.weight = [1e200, 1e200]
    with pytest.raises(errors.DivergenceError, match="before the first step"):
        ns.train(net, X, Y, epochs=2)
    assert net.synapses.weight.tolist() == [1e200, 1e200]


def test_a_long_cycle_is_named_in_few_words():
    net = ns.Network("ring")
    net.add_layer(1000, role="output")
    numbers = np.arange(1000)
    net.connect_pairs(numbers, (numbers + 1) % 1000)
    with pytest.raises(errors.CycleError, match=r"… \(989 more\) -> ") as caught:
        ns.compile(net)
    assert len(str(caught.value)) < 500


def test_explain_names_the_inputs_of_a_level_that_holds_others_too():
    net = ns.Network("mixed")
    inputs = net.add_layer(3, role="input")
    deaf = net.add_layer(2, activation="tanh")
    net.connect([*inputs, *deaf], net.add_neuron(role="output"))
    assert "\nlevel 0: 5 neurons, inputs, tanh\n" in ns.compile(net).explain()
