"""The structure is changed by another thread while a network is run, compiled or trained."""

import sys
import threading
import time
from contextlib import contextmanager, suppress

import numpy as np
import pytest

import neurosim as ns
from neurosim.errors import StaleProgramError

X = np.random.default_rng(0).normal(size=(30, 4))
Y = np.random.default_rng(1).normal(size=(30, 2))


def network():
    net = ns.topologies.layered([4, 5, 2], activation="tanh")
    net.initialize(ns.initializers.Normal(), seed=0)
    return net


def with_a_neuron(net):
    neuron = net.add_neuron(activation="tanh")
    net.connect(net["input[0]"], neuron)
    net.connect(neuron, net["output[1]"])
    net.remove(neuron)


def with_an_output(net):
    net.remove(net.add_neuron(activation="identity", role="output"))


def with_a_synapse(net):
    net.remove(net.connect(net["input[0]"], net["output[0]"], weight=5.0))


def with_a_compilation(net):
    neuron = net.add_neuron(activation="tanh")
    net.connect(net["input[0]"], neuron)
    ns.compile(net, engine="numpy")
    net.remove(neuron)


@contextmanager
def changed_all_the_time(net, change):
    """Have another thread change a network again and again; it must not fail at that."""
    over, failed = threading.Event(), []

    def work():
        while not over.is_set():
            try:
                change(net)
            except Exception as error:
                failed.append(error)
            time.sleep(0.0005)

    thread = threading.Thread(target=work)
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        sys.setswitchinterval(before)
    assert failed == []


def train(net, engine):
    ns.train(
        ns.compile(net, engine=engine), X, Y, rule=ns.GradientDescent(0.01), epochs=10,
        cost=ns.SquaredError(reduction="mean"), batch_size=10, seed=0,
    )  # fmt: skip


def run(net, engine):
    program = ns.compile(net, engine=engine)
    for _ in range(5):
        trace = program.trace(X)
        program.feedforward(X.tolist())
        program.predict(X)
        program.backpropagate(trace, np.ones((30, program.plan.n_outputs)))


@pytest.mark.parametrize("change", [with_a_neuron, with_a_synapse, with_a_compilation])
@pytest.mark.parametrize("engine", ["numpy", "reference"])
@pytest.mark.parametrize("use", [train, run])
def test_it_works_or_the_program_is_stale_and_the_network_stays_whole(use, engine, change):
    net, n_stale = network(), 0
    with changed_all_the_time(net, change):
        for _ in range(15):
            try:
                use(net, engine)
            except StaleProgramError:
                n_stale += 1
    assert n_stale
    assert [n.name for n in net.neurons] == [n.name for n in network().neurons]
    twin = network()
    twin.synapses.weight = net.synapses.weight
    for neuron in net.neurons[4:]:
        twin[neuron.name].bias = neuron.bias
    expected = ns.compile(twin, engine="reference").feedforward(X)
    np.testing.assert_allclose(ns.compile(net, engine="numpy").feedforward(X), expected)
    if use is run:
        np.testing.assert_array_equal(net.synapses.weight, network().synapses.weight)


@pytest.mark.parametrize("engine", ["numpy", "reference"])
def test_other_outputs_meanwhile_are_refused_in_the_family_of_errors(engine):
    net = network()
    with changed_all_the_time(net, with_an_output):
        for _ in range(15):
            with suppress(ns.errors.NeurosimError):
                train(net, engine)
    ns.compile(net, engine=engine).feedforward(X)


def test_threads_that_change_one_network_leave_all_that_they_added():
    net, before = network(), sys.getswitchinterval()
    sys.setswitchinterval(1e-5)

    def add(number):
        for i in range(50):
            neuron = net.add_neuron(f"{number}/{i}", activation="tanh", bias=float(i))
            net.connect("input", neuron, weight=float(number))
            if i % 2:
                net.remove(neuron)
            assert len(net.neurons) >= 11

    threads = [threading.Thread(target=add, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.setswitchinterval(before)
    left = [f"{number}/{i}" for number in range(4) for i in range(0, 50, 2)]
    assert sorted(n.name for n in net.neurons[11:]) == sorted(left)
    for name in left:
        assert net[name].bias == float(name.split("/")[1])
        assert net[name].incoming.weight.tolist() == [float(name[0])] * 4
    assert len(net.synapses) == len(network().synapses) + 4 * len(left)


def test_a_callback_that_changes_the_structure_ends_the_training():
    net = network()

    def change(history):
        net.add_neuron("new", activation="tanh")

    with pytest.raises(StaleProgramError, match="has changed since this program was made"):
        ns.train(
            net, X, Y, rule=ns.GradientDescent(0.01), epochs=3, callbacks=[change],
            cost=ns.SquaredError(reduction="mean"),
        )  # fmt: skip
    assert "new" in net
