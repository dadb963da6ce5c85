"""The cost of a training that is given none: it follows from what is learned, and by what."""

import pickle

import numpy as np
import pytest

import neurosim as ns
from neurosim.errors import InvalidTypeError

X = np.random.default_rng(0).normal(size=(12, 2))
LABELS = np.array(["a", "b", "c"])[np.arange(12) % 3]
ONE_HOT = np.eye(3)[np.arange(12) % 3]
TWO = np.array(["no", "yes"])[np.arange(12) % 2]

CROSS, YES_OR_NO = "CategoricalCrossEntropy()", "BinaryCrossEntropy()"
SQUARED = "SquaredError()"


def make(n_outputs=3, activation="softmax"):
    net = ns.topologies.layered([2, 4, n_outputs], activation=["tanh", activation])
    net.initialize(ns.initializers.LeCun(), seed=1)
    return net


def trained(net, X, y=None, **arguments):
    return ns.train(net, X, y, epochs=2, seed=0, **arguments)


@pytest.mark.parametrize(
    ("n_outputs", "activation", "y", "cost"),
    [
        (3, "softmax", LABELS, CROSS),
        (3, "softmax", np.arange(12) % 3, CROSS),
        (2, "softmax", TWO, CROSS),
        (3, "sigmoid", LABELS, YES_OR_NO),
        (1, "sigmoid", TWO, YES_OR_NO),
        (3, "tanh", LABELS, SQUARED),
        (1, "tanh", TWO, SQUARED),
        (3, "identity", LABELS, SQUARED),
        (3, ["sigmoid", "sigmoid", "tanh"], LABELS, SQUARED),
        (3, "softmax", ONE_HOT, SQUARED),
        (3, "sigmoid", ONE_HOT, SQUARED),
        (1, "sigmoid", np.arange(12) % 2, SQUARED),
        (1, "identity", X[:, 0], SQUARED),
    ],
)  # fmt: skip
def test_labels_on_softmax_or_sigmoid_outputs_are_learned_by_cross_entropy(
    n_outputs, activation, y, cost
):
    net, other = make(n_outputs, activation), make(n_outputs, activation)
    history = trained(net, X, y)
    assert history.cost == cost
    asked = trained(other, X, y, cost=eval(cost, vars(ns.costs)))
    assert history["cost"] == asked["cost"]
    np.testing.assert_array_equal(net.parameters, other.parameters)


def test_labels_over_two_softmax_layers_are_learned_by_the_squared_error():
    net = ns.Network()
    inputs = net.add_layer(2, role="input")
    for n in (1, 2):
        layer = net.add_layer(n + 1, activation="softmax", role="output")
        net.connect(inputs, layer)
    net.initialize(ns.initializers.LeCun(), seed=1)
    assert trained(net, X, np.arange(12) % 5).cost == SQUARED


def test_a_network_that_has_classes_learns_them_by_cross_entropy_however_they_come():
    results = []
    for data in ((X, LABELS), (X, ONE_HOT), ([(X, LABELS)],), ([(X, ONE_HOT)],)):
        net = make()
        net.classes = ["a", "b", "c"]
        history = trained(net, *data)
        results.append((history.cost, history["cost"], net.parameters.tolist()))
    assert results[0][0] == CROSS
    assert results == [results[0]] * 4


def test_each_network_of_a_population_has_its_own_cost():
    nets = [make(3, kind) for kind in ("softmax", "sigmoid", "tanh")]
    histories = trained(ns.compile(nets), X, LABELS)
    assert [history.cost for history in histories] == [CROSS, YES_OR_NO, SQUARED]


@pytest.mark.parametrize(
    ("rule", "sizes", "activation", "cost"),
    [
        (ns.LevenbergMarquardt(), [2, 3, 1], "sigmoid", SQUARED),
        (ns.DeltaRule(), [2, 1], "threshold", SQUARED),
        (ns.PerceptronRule(), [2, 1], "threshold", None),
    ],
)
def test_a_rule_that_minimizes_one_thing_only_minimizes_that(rule, sizes, activation, cost):
    net = ns.topologies.layered(sizes, activation=activation)
    net.initialize(ns.initializers.Normal(), seed=0)
    history = trained(net, X, TWO, rule=rule)
    assert history.cost == cost
    assert ("trained by" in net.summary()) == (cost is not None)


def test_the_summary_says_by_which_cost_a_network_was_trained_last():
    net = make()
    assert "trained by" not in net.summary()
    trained(net, X, LABELS)
    assert "  trained by CategoricalCrossEntropy()" in net.summary().splitlines()
    for same in (net.copy(), pickle.loads(pickle.dumps(net))):
        assert same.summary() == net.summary()
    trained(net, X, LABELS, cost=ns.SquaredError(reduction="sum"))
    assert "  trained by SquaredError(reduction='sum')" in net.summary().splitlines()


def test_gradients_and_steps_are_those_of_the_same_cost():
    net = make()
    assert ns.check_gradients(net, X, LABELS).ok
    net.classes = ["a", "b", "c"]
    walk = ns.walkthrough(net, X[0], ONE_HOT[0])
    assert "cost CategoricalCrossEntropy()" in str(walk).splitlines()


def test_what_is_not_a_cost_is_refused():
    with pytest.raises(InvalidTypeError, match=r"^cost must be a Cost \(got 'mse'\)$"):
        trained(make(), X, LABELS, cost="mse")
