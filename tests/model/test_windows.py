"""Windows on the parameters: live until the structure changes, vectors of their own afterwards."""

import numpy as np
import pytest

import neurosim as ns
from tests.model.common import lecture_net

CHANGES = {
    "add_neuron": lambda net: net.add_neuron("new"),
    "add_neuron without a bias": lambda net: net.add_neuron("new", bias=None),
    "add_layer": lambda net: net.add_layer(2),
    "connect one": lambda net: net.connect(net["study"], net["salary"]),
    "connect many": lambda net: net.connect("input", "salary"),
    "connect_pairs": lambda net: net.connect_pairs([0], [5]),
    "remove a synapse": lambda net: net.remove(net.synapses[0]),
    "remove a neuron": lambda net: net.remove("hidden[1]"),
    "sweep": lambda net: net.remove(net.add_layer(5000)),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("compiled_before", [False, True])
@pytest.mark.parametrize("compiled_after", [False, True])
def test_a_window_from_before_a_change_never_writes_into_live_weights(
    change, compiled_before, compiled_after
):
    net = lecture_net()
    net.initialize(ns.initializers.Normal(), seed=1)
    if compiled_before:
        ns.compile(net, engine="numpy")
    window = net.parameters
    kept = window.tolist()
    change(net)
    assert window.tolist() == kept
    if compiled_after:
        ns.compile(net, engine="numpy")
    before = net.parameters.tolist()
    window[:] = 7.0
    assert net.parameters.tolist() == before
    assert not np.shares_memory(net.parameters, window)


def test_a_compilation_that_moves_values_leaves_the_window_as_it_was():
    net = lecture_net()
    net.connect("input", "salary")  # moves in front of those from the hidden layer
    net.parameters = np.arange(11.0)
    window = net.parameters
    ns.compile(net, engine="numpy")
    assert net.parameters.tolist() != window.tolist() == list(range(11))
    window[:] = 7.0
    assert 7.0 not in net.synapses[:7].weight.tolist() + net.synapses[8:].weight.tolist()


def test_a_compilation_that_moves_nothing_keeps_windows_live():
    net = lecture_net()
    ns.compile(net, engine="numpy")
    window = net.parameters
    ns.compile(net, engine="numpy")
    ns.compile(net, engine="reference")
    net.parameters = np.arange(9.0)
    assert window.tolist() == list(range(9))
    window[:] = 7.0
    assert net.synapses.weight.tolist() == [7.0] * 9


def test_a_refused_change_keeps_windows_live():
    net = lecture_net()
    window = net.parameters
    with pytest.raises(ns.errors.StructureError):
        net.connect("study", "hidden[0]")
    window[:] = 7.0
    assert net.synapses.weight.tolist() == [7.0] * 9


def test_building_one_by_one_copies_no_parameters_when_no_window_was_handed_out():
    net = ns.Network()
    inputs = net.add_layer(200, role="input")
    outputs = net.add_layer(200, role="output", activation="identity", bias=None)
    buffers = set()
    for pre in inputs:
        for post in outputs[:50]:
            net.connect(pre, post)
            net.synapses  # noqa: B018 - hands out no window
            buffers.add(net._columns.values.ctypes.data)
    assert len(buffers) < 80  # grown by an eighth each time


def test_a_program_runs_on_when_windows_are_taken():
    net = lecture_net()
    program = ns.compile(net, engine="numpy")
    net.parameters[:] = 1.0
    assert program.feedforward([[0.0, 0.0]])[0, 0] == pytest.approx(1 / (1 + np.exp(-1.5)))
