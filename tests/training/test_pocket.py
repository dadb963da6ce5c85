"""The perceptron's pocket: by hand, on examples that no line separates, and Gallant's own words."""

import re

import numpy as np
import pytest

import neurosim as ns
from neurosim.engines import ENGINES
from neurosim.errors import InvalidTypeError

XOR = [[0, 0], [0, 1], [1, 0], [1, 1]]
RULE = ns.PerceptronRule(pocket=True)


def neuron_net(activation="threshold", n_inputs=2, n_outputs=1):
    return ns.topologies.layered([n_inputs, n_outputs], activation=activation)


def errors_of(net, X, y):
    return np.count_nonzero(ns.compile(net).feedforward(X) != np.reshape(y, (len(X), -1)))


def noisy(seed=0, n_examples=60):
    """Two clouds that overlap."""
    rng = np.random.default_rng(seed)
    y = np.where(rng.random(n_examples) < 0.5, -1.0, 1.0)
    return rng.normal(size=(n_examples, 2)) + 0.8 * y[:, None], y


def by_gallant(X, y, epochs, seed):
    """Return w and b in the pocket of one neuron: the algorithm with ratchet, taken in epochs."""
    generator, rate = np.random.default_rng(seed), RULE.learning_rate
    inputs = np.column_stack([X, np.ones(len(X))])
    working, pocket = np.zeros(3), np.zeros(3)

    def answers(weights):
        return np.where(inputs @ weights > 0, 1.0, -1.0)

    run = longest = 0
    most = np.count_nonzero(answers(pocket) == y)
    for _ in range(epochs):
        for k in generator.permutation(len(X)):
            answer = answers(working)[k]
            if answer != y[k]:
                working = working + rate * (y[k] - answer) * inputs[k]
                run = 0
                continue
            run += 1
            right = np.count_nonzero(answers(working) == y)
            if run > longest and right > most:
                pocket, longest, most = working, run, right
        if most == len(X):
            break
    return pocket


@pytest.mark.parametrize("engine", ENGINES)
def test_the_pocket_by_hand(engine):
    # One input, no bias, o = +1 if w x > 0; w ← w + 0.1 (t − o) x, from w = 0, which is right about
    # the −1s alone: the pocket holds w = 0 with 1 of 3 right, and no run.
    #   x = 1, t = +1: o = −1, wrong: w = 0.2, run 0
    #   x = 2, t = +1: o = +1, right: run 1 > 0, and w = 0.2 is right about 2 of 3: into the pocket
    #   x = 3, t = −1: o = +1, wrong: w = 0.2 − 0.6 = −0.4, run 0
    # The pocket makes 1 error. With w = −0.4 the next epoch begins:
    #   x = 1: wrong, w = −0.2;  x = 2: wrong, w = 0.2;  x = 3: wrong, w = −0.4
    net = ns.topologies.layered([1, 1], activation="threshold", bias=None)
    program = ns.compile(net, engine=engine)
    history = ns.train(program, [[1], [2], [3]], [1, 1, -1], rule=RULE, epochs=2, shuffle=False)
    assert net.synapses[0].weight == pytest.approx(0.2)
    assert history["errors"] == [1, 1]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("seed", range(3))
def test_it_is_gallants_algorithm_with_the_ratchet(engine, seed):
    X, y = noisy(seed)
    net = neuron_net()
    ns.train(ns.compile(net, engine=engine), X, y, rule=RULE, epochs=15, seed=seed)
    expected = by_gallant(X, y, 15, seed)
    np.testing.assert_allclose([*net.synapses.weight, net.outputs[0].bias], expected, atol=1e-12)


def test_xor_ends_with_the_one_error_that_a_line_must_make():
    net = neuron_net()
    history = ns.train(net, XOR, [-1, 1, 1, -1], rule=RULE, epochs=100, seed=0)
    assert history.epochs == 100
    assert history["errors"][-1] == 1
    assert errors_of(net, XOR, [-1, 1, 1, -1]) == 1


def test_without_a_pocket_the_last_weights_are_worse_than_the_best():
    X, y = noisy()
    nets = [neuron_net(), neuron_net()]
    for net, rule in zip(nets, (ns.PerceptronRule(), RULE), strict=True):
        ns.train(net, X, y, rule=rule, epochs=50, seed=0)
    assert errors_of(nets[1], X, y) < errors_of(nets[0], X, y)


@pytest.mark.parametrize("activation", ["threshold", "step"])
def test_the_errors_are_those_of_the_network_after_each_epoch_and_never_rise(activation):
    X, y = noisy()
    y = y if activation == "threshold" else (y + 1) / 2
    net, seen = neuron_net(activation), []
    history = ns.train(
        net, X, y, rule=RULE, epochs=30, seed=1, validation=(X, y),
        callbacks=[lambda history: seen.append(errors_of(net, X, y))],
    )  # fmt: skip
    assert history["errors"] == history["val_errors"] == seen
    assert (np.diff(seen) <= 0).all()


def test_what_a_line_separates_is_learned_and_ends_the_training():
    net = neuron_net()
    history = ns.train(net, XOR, [-1, -1, -1, 1], rule=RULE, epochs=1000, seed=0)
    assert history["errors"][-1] == 0
    assert history.epochs < 50
    assert errors_of(net, XOR, [-1, -1, -1, 1]) == 0


def test_weights_that_were_good_are_kept():
    X, y = noisy()
    net = neuron_net()
    net.synapses.weight = [1.0, 1.0]  # along the line between the clouds
    before = errors_of(net, X, y)
    history = ns.train(net, X, y, rule=RULE, epochs=1, seed=0)
    assert history["errors"][0] <= before


def test_each_neuron_of_a_layer_has_a_pocket_of_its_own():
    X, y = noisy(2)
    other = np.sign(X[:, 0] - X[:, 1])
    alone = [neuron_net(), neuron_net()]
    for net, targets in zip(alone, (y, other), strict=True):
        ns.train(net, X, targets, rule=RULE, epochs=10, shuffle=False)
    both = neuron_net(n_outputs=2)
    ns.train(both, X, np.column_stack([y, other]), rule=RULE, epochs=10, shuffle=False)
    inputs, outputs = both.layers
    for k, net in enumerate(alone):
        np.testing.assert_allclose(both.weights(inputs, outputs[k])[:, 0], net.synapses.weight)
        assert outputs[k].bias == pytest.approx(net.outputs[0].bias)


def test_an_interruption_leaves_the_pocket():
    X, y = noisy()
    net, other = neuron_net(), neuron_net()
    ns.train(other, X, y, rule=RULE, epochs=3, seed=0)

    def press(history):
        if history.epochs == 3:
            raise KeyboardInterrupt

    with pytest.raises(ns.errors.TrainingInterrupted):
        ns.train(net, X, y, rule=RULE, epochs=100, seed=0, callbacks=[press])
    np.testing.assert_array_equal(net.parameters, other.parameters)


def test_it_goes_on_from_where_a_callback_has_put_the_weights():
    X, y = noisy()
    net, other = neuron_net(), neuron_net()
    other.synapses.weight = [-1.0, -1.0]

    class Jump(ns.callbacks.Callback):
        def on_epoch(self, run):
            if run.epoch == 2:
                run.network.synapses.weight = [-1.0, -1.0]
                run.network.outputs[0].bias = 0.0

    ns.train(net, X, y, rule=RULE, epochs=5, shuffle=False, callbacks=[Jump()])
    ns.train(other, X, y, rule=RULE, epochs=3, shuffle=False)
    np.testing.assert_array_equal(net.parameters, other.parameters)


def test_the_examples_may_be_a_memory_map(tmp_path):
    X, y = noisy()
    mapped = np.memmap(tmp_path / "X", "float32", "w+", shape=X.shape)
    mapped[:] = X
    nets = [neuron_net(), neuron_net()]
    for net, inputs in zip(nets, (mapped, np.array(mapped)), strict=True):
        ns.train(net, inputs, y, rule=RULE, epochs=5, seed=0)
    np.testing.assert_array_equal(nets[0].parameters, nets[1].parameters)


def test_a_stream_is_refused():
    message = (
        "PerceptronRule(pocket=True) counts the errors on all examples: X and y must be arrays "
        "(got an iterable of batches)"
    )
    with pytest.raises(InvalidTypeError, match=f"^{re.escape(message)}$"):
        ns.train(neuron_net(), [(XOR, [[-1], [1], [1], [-1]])], rule=RULE)


def test_it_is_a_bool_and_part_of_the_rules_repr():
    with pytest.raises(InvalidTypeError, match=r"^PerceptronRule.pocket must be a bool \(got 1\)$"):
        ns.PerceptronRule(pocket=1)
    assert eval(repr(RULE), vars(ns)) == RULE
