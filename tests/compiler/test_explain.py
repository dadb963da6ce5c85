"""What `Program.explain` tells a person."""

import numpy as np

import neurosim as ns

SALARY = """\
network 'salary': 6 neurons in 3 levels, 10 synapses, 14 parameters, float64
engine 'numba', picked by 'auto' as the fastest that is installed
level 0: 2 neurons, inputs
level 1: 3 neurons, sigmoid
  2 -> 3 from level 0, 6 synapses; dense: a matrix, the window 0:6 of the parameters
level 2: 1 neuron, sigmoid
  1 -> 1 from level 0, 1 synapse; dense: a matrix, the window 6:7 of the parameters
  3 -> 1 from level 1, 3 synapses; dense: a matrix, the window 7:10 of the parameters
dense: 10 synapses, sparse: 0 synapses
operations per example: 20 forward, 40 backward
bytes: 112 of parameters, 96 per example traced
ways, with the time that a training step is expected to take:
  1 example: one by one, 67 ns (not NumPy's matrix products 42 µs)
  10 examples: a walk in tiles of 16, 247 ns (not NumPy's matrix products 42 µs)
  128 examples: a walk in tiles of 32, 1.8 µs (not NumPy's matrix products 46 µs)
  50,000 steps and more of gradient descent in one go: code written for this network
stages of a step on 128 examples:
  levels 1 to 2 in one walk: 10 synapses, 220 operations an example, 80 bytes, 100% of the time"""


def salary_network():
    net = ns.Network("salary")
    inputs = net.add_layer(["study", "experience"], role="input", name="input")
    hidden = net.add_layer(3, activation="sigmoid", name="hidden")
    salary = net.add_neuron("salary", activation="sigmoid", role="output")
    net.connect(inputs, hidden)
    net.connect(hidden, salary)
    net.connect(inputs[0], salary, weight=0.5)
    return net


def test_the_salary_network_is_explained_word_by_word():
    assert ns.compile(salary_network()).explain() == SALARY


def test_the_engine_and_the_dtype_are_named():
    text = ns.compile(salary_network().copy(dtype="float32"), engine="reference").explain()
    assert "14 parameters, float32\n" in text
    assert "\nengine 'reference', as asked" in text
    assert "\nbytes: 56 of parameters, 48 per example traced" in text


def test_neurons_that_hear_no_input_or_reach_no_output_are_listed():
    net = salary_network()
    deaf, mute = net.add_neuron("deaf", activation="tanh"), net.add_neuron("mute")
    net.connect(deaf, net["salary"])
    net.connect(net["study"], mute)
    text = ns.compile(net).explain()
    assert "\nneurons that hear no input: deaf\n" in text
    assert text.endswith("\nneurons that reach no output: mute")


def test_neurons_in_full_use_are_not_listed():
    assert "neurons that" not in ns.compile(salary_network()).explain()


def test_of_many_idle_neurons_the_first_eight_are_named():
    net = salary_network()
    net.add_layer([f"idle{i}" for i in range(11)])
    text = ns.compile(net).explain()
    names = ", ".join(f"idle{i}" for i in range(8))
    assert f"\nneurons that hear no input: {names}, … 3 more\n" in text
    assert text.endswith(f"\nneurons that reach no output: {names}, … 3 more")


def test_dense_holed_and_sparse_blocks_are_told_apart():
    rng = np.random.default_rng(5)
    net = ns.Network("mixed")
    a, b = net.add_layer(24, role="input"), net.add_layer(24, activation="relu")
    c = net.add_layer(30, activation="sine", role="output")
    holed = np.argwhere(rng.random((24, 24)) < 0.7)
    net.connect_pairs(holed[:, 0], holed[:, 1] + 24)
    for i in range(30):  # each hears two, all different: nothing dense
        net.connect(b[i % 24], c[i])
        net.connect(a[(7 * i + 1) % 24], c[i])
    text = ns.compile(net).explain()
    filled = len(holed) / 24**2
    assert f"\n  24 -> 24 from level 0, {len(holed)} synapses, {filled:.0%} filled; dense" in text
    assert "\n  30 neurons × 2 synapses, 60 synapses; sparse: gathered" in text
    assert f"\ndense: {len(holed)} synapses, sparse: 60 synapses\n" in text
    # A matrix with holes is multiplied whole: 24² and 60 products.
    assert f"\noperations per example: {2 * (24**2 + 60)} forward, {4 * (24**2 + 60)} back" in text


def test_of_very_many_levels_the_first_forty_are_shown():
    net = ns.Network("chain")
    last = net.add_neuron("x", role="input")
    for i in range(49):
        here = net.add_neuron(f"n{i}", role="output" if i == 48 else "hidden")
        net.connect(last, here)
        last = here
    text = ns.compile(net).explain()
    assert "\nlevel 39: " in text
    assert "\nlevel 40: " not in text
    assert "\n… and 10 more levels\n" in text


def test_of_networks_that_are_not_tiny_no_code_is_promised():
    layered = ns.topologies.layered
    for net in (layered([6, 6, 2]), layered([2, 2], activation="softmax")):
        assert "code written" not in ns.compile(net, engine="numba").explain()
    assert "code written" in ns.compile(layered([2, 3, 1]), engine="numba").explain()
