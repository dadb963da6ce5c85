"""The training rules against hand calculations, and what each of them refuses."""

import re

import numpy as np
import pytest

import neurosim as ns
from neurosim.errors import InvalidTypeError, InvalidValueError, StructureError

SUM = ns.SquaredError(reduction="sum")

RULES = (ns.GradientDescent, ns.PerceptronRule, ns.DeltaRule)
AND = [[0, 0], [0, 1], [1, 0], [1, 1]]


def refuses(error, message):
    """The whole message, word by word."""
    return pytest.raises(error, match=f"^{re.escape(message)}$")


def neuron_net(activation="identity", bias=0.0, n_inputs=2, dtype="float64"):
    """A network of one neuron, called y."""
    net = ns.Network("neuron", dtype=dtype)
    inputs = net.add_layer([f"x{i + 1}" for i in range(n_inputs)], role="input", name="x")
    net.connect(inputs, net.add_neuron("y", activation=activation, bias=bias, role="output"))
    return net


# -- settings ------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    ("value", "error", "what"),
    [
        (0, InvalidValueError, "> 0 (got 0)"),
        (-0.1, InvalidValueError, "> 0 (got -0.1)"),
        (float("nan"), InvalidValueError, "a finite number (got nan)"),
        (float("inf"), InvalidValueError, "a finite number (got inf)"),
        ("0.1", InvalidTypeError, "a finite number (got '0.1')"),
        (True, InvalidTypeError, "a finite number (got True)"),
        (None, InvalidTypeError, "a finite number (got None)"),
    ],
)
def test_a_learning_rate_is_a_finite_number_above_0(rule, value, error, what):
    with refuses(error, f"{rule.__name__}.learning_rate must be {what}"):
        rule(learning_rate=value)


@pytest.mark.parametrize("value", [-0.1, 1.0, 2])
def test_a_momentum_is_a_fraction_below_1(value):
    message = f"GradientDescent.momentum must be >= 0 and < 1 (got {value!r})"
    with refuses(InvalidValueError, message):
        ns.GradientDescent(0.1, momentum=value)


@pytest.mark.parametrize(
    "rule", [ns.GradientDescent(0.5, momentum=0.9), ns.PerceptronRule(0.2), ns.DeltaRule(0.3)]
)
def test_a_rule_is_a_value_whose_repr_evaluates_back(rule):
    assert eval(repr(rule), vars(ns)) == rule
    assert hash(eval(repr(rule), vars(ns))) == hash(rule)
    with pytest.raises(AttributeError):
        rule.learning_rate = 1.0


# -- gradient descent ----------------------------------------------------------------------


def test_a_batch_step_is_the_sum_over_the_examples():
    # o = w·x + b from w = (1, 0), b = 0.
    #   x = (1, 2), t = 0: o = 1, o − t =  1
    #   x = (3, 1), t = 5: o = 3, o − t = −2
    # ∂E/∂w1 = 1·1 − 2·3 = −5,  ∂E/∂w2 = 1·2 − 2·1 = 0,  ∂E/∂b = 1 − 2 = −1
    # with η = 0.1: w = (1.5, 0), b = 0.1; the cost before is ½ (1² + 2²) = 2.5
    net = neuron_net()
    net.synapses.weight = [1.0, 0.0]
    history = ns.train(
        net, [[1, 2], [3, 1]], [0, 5], rule=ns.GradientDescent(0.1), cost=SUM, epochs=1
    )  # fmt: skip
    np.testing.assert_allclose(net.synapses.weight, [1.5, 0.0], atol=1e-15)
    assert net["y"].bias == 0.1
    assert history["cost"] == [2.5]


def test_a_mean_step_is_the_sum_divided_by_the_number_of_examples():
    # As above with half the gradient: w = (1.25, 0), b = 0.05, and half the cost.
    net = neuron_net()
    net.synapses.weight = [1.0, 0.0]
    cost = ns.SquaredError(reduction="mean")
    rule = ns.GradientDescent(0.1)
    history = ns.train(net, [[1, 2], [3, 1]], [0, 5], rule=rule, cost=cost, epochs=1)
    np.testing.assert_allclose(net.synapses.weight, [1.25, 0.0], atol=1e-15)
    assert net["y"].bias == 0.05
    assert history["cost"] == [1.25]


def test_incremental_steps_each_see_what_the_last_one_learned():
    # One weight, no bias, w = 0, η = 0.1; ½ (t − w·x)² before each step:
    #   x = 1, t = 1: o = 0,   E = 0.5,      w = 0 + 0.1·1·1 = 0.1
    #   x = 2, t = 1: o = 0.2, E = ½ 0.8²,   w = 0.1 + 0.1·0.8·2 = 0.26
    #   x = 1, t = 0: o = 0.26, E = ½ 0.26², w = 0.26 − 0.1·0.26·1 = 0.234
    net = neuron_net(bias=None, n_inputs=1)
    history = ns.train(
        net, [[1], [2], [1]], [1, 1, 0], rule=ns.GradientDescent(0.1), cost=SUM,
        epochs=1, batch_size=1, shuffle=False,
    )  # fmt: skip
    np.testing.assert_allclose(net.synapses.weight, [0.234], rtol=1e-14)
    np.testing.assert_allclose(history["cost"], [0.5 + 0.32 + 0.0338], rtol=1e-14)


def test_a_shorter_last_batch_is_kept_and_averaged_over_its_own_examples():
    # One weight, no bias, w = 0, η = 0.1, mean over batches of 2, then 1:
    #   x = 1, t = 1 and x = 2, t = 1: ∂E/∂w = ½ (−1·1 − 1·2) = −1.5, w = 0.15
    #   x = 1, t = 0 alone:            ∂E/∂w = 0.15·1,                w = 0.15 − 0.015 = 0.135
    # The epoch's cost is the mean over all 3 examples: (½ + ½ + ½ 0.15²) / 3
    net = neuron_net(bias=None, n_inputs=1)
    history = ns.train(
        net, [[1], [2], [1]], [1, 1, 0], rule=ns.GradientDescent(0.1), epochs=1, batch_size=2,
        shuffle=False,
    )  # fmt: skip
    np.testing.assert_allclose(net.synapses.weight, [0.135], rtol=1e-14)
    np.testing.assert_allclose(history["cost"], [(0.5 + 0.5 + 0.01125) / 3], rtol=1e-14)


def test_momentum_by_hand_over_three_steps():
    # One weight, no bias, x = 1, t = 0, so E = ½ w² and the gradient is w; η = 0.1, α = 0.5.
    #   w0 = 1:             v1 = 1,                        w1 = 1 − 0.1 = 0.9
    #   gradient 0.9:       v2 = 0.5·1 + 0.9 = 1.4,        w2 = 0.9 − 0.14 = 0.76
    #   gradient 0.76:      v3 = 0.5·1.4 + 0.76 = 1.46,    w3 = 0.76 − 0.146 = 0.614
    net = neuron_net(bias=None, n_inputs=1)
    net.synapses.weight = 1.0
    seen = []
    ns.train(
        net, [[1]], [0], rule=ns.GradientDescent(0.1, momentum=0.5), cost=ns.SquaredError(),
        epochs=3, callbacks=[lambda history: seen.append(net.synapses[0].weight)],
    )  # fmt: skip
    np.testing.assert_allclose(seen, [0.9, 0.76, 0.614], rtol=1e-14)


def test_momentum_starts_from_rest_in_every_call():
    once, twice = neuron_net(bias=None, n_inputs=1), neuron_net(bias=None, n_inputs=1)
    rule = ns.GradientDescent(0.1, momentum=0.5)
    for net in (once, twice):
        net.synapses.weight = 1.0
    ns.train(once, [[1]], [0], rule=rule, epochs=2)
    for _ in range(2):
        ns.train(twice, [[1]], [0], rule=rule, epochs=1)
    # 0.9 − 0.1·0.9, without the velocity that the first call had gathered
    np.testing.assert_allclose(twice.synapses.weight, [0.81], rtol=1e-14)
    np.testing.assert_allclose(once.synapses.weight, [0.76], rtol=1e-14)


def test_the_lectures_loop_comes_out_number_for_number():
    rng = np.random.RandomState(1)
    W1, W2 = rng.randn(2, 3), rng.randn(3, 1)
    X = np.array([[0.3, 1.0], [0.5, 0.2], [1.0, 0.4]])
    y = np.array([[0.75], [0.82], [0.93]])

    net = ns.topologies.layered([2, 3, 1], activation="sigmoid", bias=None)
    net.initialize(ns.initializers.Normal(), seed=np.random.RandomState(1))
    rule = ns.GradientDescent(learning_rate=1)
    history = ns.train(net, X, y, rule=rule, cost=SUM, epochs=200)

    errors = []
    for _ in range(200):
        a2 = 1 / (1 + np.exp(-(X @ W1)))
        output = 1 / (1 + np.exp(-(a2 @ W2)))
        errors.append(0.5 * ((y - output) ** 2).sum())
        delta3 = (y - output) * output * (1 - output)
        delta2 = delta3 @ W2.T * a2 * (1 - a2)
        W2 = W2 + a2.T @ delta3
        W1 = W1 + X.T @ delta2
    inputs, hidden, outputs = net.layers
    np.testing.assert_allclose(net.weights(inputs, hidden), W1, rtol=1e-11)
    np.testing.assert_allclose(net.weights(hidden, outputs), W2, rtol=1e-11)
    np.testing.assert_allclose(history["cost"], errors, rtol=1e-11)


@pytest.mark.parametrize("activation", ["threshold", "step"])
def test_gradient_descent_through_a_neuron_without_a_derivative_is_refused(activation):
    message = (
        f"neuron 'y' has activation {activation}, which has no derivative, so no gradient passes "
        "through it; use another activation, or PerceptronRule or DeltaRule for a single layer"
    )
    with refuses(StructureError, message):
        ns.train(neuron_net(activation), AND, [-1, -1, -1, 1])


def test_gradient_descent_through_a_hidden_threshold_is_refused_naming_it():
    net = neuron_net("sigmoid")
    wall = net.add_neuron("wall", activation="threshold")
    net.connect("x1", wall)
    net.connect(wall, "y")
    with pytest.raises(StructureError, match=r"^neuron 'wall' has activation threshold, which "):
        ns.train(net, AND, [0, 0, 0, 1])


# -- the perceptron rule -------------------------------------------------------------------


def test_the_perceptron_rule_by_hand():
    # o = +1 if w·x + b > 0, else −1; w ← w + η (t − o) x, b likewise with x = 1; η = 0.1, from 0.
    #   x = (1, 1), t = +1: 0 is not > 0, o = −1, t − o = +2: w = (0.2, 0.2),  b = 0.2
    #   x = (1, 0), t = −1: 0.4 > 0,      o = +1, t − o = −2: w = (0.0, 0.2),  b = 0.0
    #   x = (0, 1), t = −1: 0.2 > 0,      o = +1, t − o = −2: w = (0.0, 0.0),  b = −0.2
    #   x = (0, 0), t = −1: −0.2,         o = −1, no error
    net = neuron_net("threshold")
    history = ns.train(
        net, [[1, 1], [1, 0], [0, 1], [0, 0]], [1, -1, -1, -1], rule=ns.PerceptronRule(0.1),
        epochs=1, shuffle=False,
    )  # fmt: skip
    np.testing.assert_allclose(net.synapses.weight, [0.0, 0.0], atol=1e-15)
    np.testing.assert_allclose(net["y"].bias, -0.2)
    assert history["errors"] == [3]
    assert list(history) == ["errors"]


def test_the_perceptron_rule_by_hand_with_a_step_neuron():
    # o is 0 or 1, so t − o is ±1. From w = 0.5, b = 0, η = 0.25:
    #   x = 2, t = 0: 1 > 0, o = 1, t − o = −1: w = 0.5 − 0.5 = 0,  b = −0.25
    #   x = 1, t = 1: −0.25, o = 0, t − o = +1: w = 0.25,           b = 0
    net = neuron_net("step", n_inputs=1)
    net.synapses.weight = 0.5
    history = ns.train(
        net, [[2], [1]], [0, 1], rule=ns.PerceptronRule(0.25), epochs=1, shuffle=False
    )
    assert (net.synapses[0].weight, net["y"].bias) == (0.25, 0.0)
    assert history["errors"] == [2]


@pytest.mark.parametrize("activation", ["threshold", "step"])
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("truth", [(0, 0, 0, 1), (0, 1, 1, 1)], ids=["and", "or"])
def test_the_perceptron_rule_learns_what_a_line_separates_and_stops_there(activation, seed, truth):
    net = neuron_net(activation)
    net.initialize(ns.initializers.Normal(), seed=seed)
    targets = np.array(truth) if activation == "step" else 2.0 * np.array(truth) - 1
    history = ns.train(net, AND, targets, rule=ns.PerceptronRule(), epochs=1000, seed=seed)
    assert history["errors"][-1] == 0
    assert 0 not in history["errors"][:-1]
    np.testing.assert_array_equal(ns.compile(net).feedforward(AND)[:, 0], targets)


def test_the_perceptron_rule_never_settles_on_xor():
    history = ns.train(
        neuron_net("threshold"), AND, [-1, 1, 1, -1], rule=ns.PerceptronRule(), epochs=200, seed=0
    )
    assert history.epochs == 200
    assert min(history["errors"]) > 0


def test_several_perceptrons_of_one_layer_are_trained_side_by_side():
    net = ns.topologies.layered([2, 2], activation="threshold")
    targets = [[-1, -1], [-1, 1], [-1, 1], [1, 1]]  # and, or
    history = ns.train(net, AND, targets, rule=ns.PerceptronRule(), seed=0, batch_size=1)
    assert history["errors"][-1] == 0
    np.testing.assert_array_equal(ns.compile(net).feedforward(AND), targets)


def test_the_perceptron_rule_counts_validation_errors_after_the_epoch():
    net = neuron_net("threshold")
    history = ns.train(
        net, AND, [-1, -1, -1, 1], rule=ns.PerceptronRule(), seed=0,
        validation=([[2, 2], [-1, -1], [5, 5]], [1, -1, -1]),
    )  # fmt: skip
    assert history["errors"][-1] == 0
    assert history["val_errors"][-1] == 1
    assert len(history["val_errors"]) == len(history["errors"])


@pytest.mark.parametrize(
    ("activation", "targets", "message"),
    [
        ("threshold", [-1, 1, 0, 1], "threshold neuron 'y' must be -1 or 1 (got 0 in row 2)"),
        ("step", [0, 1, 1, -1], "step neuron 'y' must be 0 or 1 (got -1 in row 3)"),
        ("threshold", [0.5, 1, 1, 1], "threshold neuron 'y' must be -1 or 1 (got 0.5 in row 0)"),
    ],
)
def test_the_perceptron_rule_refuses_targets_that_the_neuron_cannot_emit(
    activation, targets, message
):
    with refuses(InvalidValueError, f"PerceptronRule: targets of {message}"):
        ns.train(neuron_net(activation), AND, targets, rule=ns.PerceptronRule())


@pytest.mark.parametrize("size", [2, 4])
def test_the_perceptron_rule_refuses_batches(size):
    message = (
        f"PerceptronRule takes one example at a time: batch_size must be None or 1 (got {size})"
    )
    with refuses(InvalidValueError, message):
        ns.train(neuron_net("step"), AND, [0, 0, 0, 1], rule=ns.PerceptronRule(), batch_size=size)


def test_the_perceptron_rule_refuses_a_cost():
    message = (
        "PerceptronRule counts errors and uses no cost (got cost=AbsoluteError()); "
        "leave it out"
    )
    with refuses(InvalidValueError, message):
        ns.train(
            neuron_net("step"), AND, [0, 0, 0, 1], rule=ns.PerceptronRule(),
            cost=ns.AbsoluteError(),
        )  # fmt: skip


def test_the_perceptron_rule_refuses_other_activations():
    message = (
        "PerceptronRule trains neurons with activation threshold or step "
        "(output neuron 'y' has sigmoid)"
    )
    with refuses(StructureError, message):
        ns.train(neuron_net("sigmoid"), AND, [0, 0, 0, 1], rule=ns.PerceptronRule())


# -- the delta rule ------------------------------------------------------------------------


@pytest.mark.parametrize("activation", ["identity", "threshold"])
def test_the_delta_rule_by_hand(activation):
    # z = w·x + b from w = (1, 0), b = 0; w ← w + η Σ (t − z) x, η = 0.1: the error is taken on
    # z also where the neuron then emits ±1.
    #   x = (1, 2), t = +1: z = 1, t − z = 0
    #   x = (3, 1), t = −1: z = 3, t − z = −4:  w = (1 − 1.2, −0.4), b = −0.4
    # E = ½ (0² + 4²) = 8
    net = neuron_net(activation)
    net.synapses.weight = [1.0, 0.0]
    history = ns.train(
        net, [[1, 2], [3, 1]], [1, -1], rule=ns.DeltaRule(0.1), cost=SUM, epochs=1
    )
    np.testing.assert_allclose(net.synapses.weight, [-0.2, -0.4], rtol=1e-14)
    np.testing.assert_allclose(net["y"].bias, -0.4, rtol=1e-14)
    assert history["cost"] == [8.0]


def test_the_delta_rule_ends_at_the_least_squares_line():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 2))
    y = X @ [1.5, -0.5] + 2.0 + rng.normal(scale=0.3, size=40)
    net = neuron_net()
    ns.train(net, X, y, rule=ns.DeltaRule(0.3), epochs=400)
    best, *_ = np.linalg.lstsq(np.column_stack([X, np.ones(40)]), y, rcond=None)
    np.testing.assert_allclose([*net.synapses.weight, net["y"].bias], best, rtol=1e-10)


def test_the_delta_rule_on_linear_neurons_is_gradient_descent_on_the_squared_error():
    nets = [neuron_net(), neuron_net()]
    for net, rule in zip(nets, [ns.DeltaRule(0.05), ns.GradientDescent(0.05)], strict=True):
        net.synapses.weight = [0.3, -0.2]
        ns.train(net, AND, [3, 1, 4, 1], rule=rule, epochs=7, batch_size=3, seed=5)
    np.testing.assert_array_equal(nets[0].parameters, nets[1].parameters)


def test_the_delta_rule_settles_on_threshold_neurons_that_no_line_separates():
    net = neuron_net("threshold")
    history = ns.train(net, AND, [-1, 1, 1, -1], rule=ns.DeltaRule(0.3), epochs=500)
    # XOR's least-squares plane is flat: w = 0 and b = 0, and half of each error of 1 is left
    np.testing.assert_allclose(net.parameters, 0.0, atol=1e-12)
    np.testing.assert_allclose(history["cost"][-1], 0.5)


def test_the_delta_rule_refuses_other_costs():
    message = (
        "DeltaRule descends on the squared error (got cost=AbsoluteError()); use "
        "SquaredError, or GradientDescent for another cost"
    )
    with refuses(InvalidValueError, message):
        ns.train(neuron_net(), AND, [0, 0, 0, 1], rule=ns.DeltaRule(), cost=ns.AbsoluteError())


def test_the_delta_rule_refuses_other_activations():
    message = (
        "DeltaRule trains neurons with activation identity or threshold "
        "(output neuron 'y' has step)"
    )
    with refuses(StructureError, message):
        ns.train(neuron_net("step"), AND, [0, 0, 0, 1], rule=ns.DeltaRule())


def test_the_delta_rule_refuses_targets_that_threshold_neurons_cannot_emit():
    message = "DeltaRule: targets of threshold neuron 'y' must be -1 or 1 (got 0 in row 0)"
    with refuses(InvalidValueError, message):
        ns.train(neuron_net("threshold"), AND, [0, 0, 0, 1], rule=ns.DeltaRule())


@pytest.mark.parametrize("rule", [ns.PerceptronRule(), ns.DeltaRule()])
def test_the_single_layer_rules_refuse_a_hidden_neuron(rule):
    net = neuron_net("threshold")
    hidden = net.add_neuron("h", activation="threshold")
    net.connect("x1", hidden)
    net.connect(hidden, "y")
    message = (
        f"{type(rule).__name__} trains one layer of neurons that hear only inputs "
        "(neuron 'h' is hidden); use GradientDescent"
    )
    with refuses(StructureError, message):
        ns.train(net, AND, [-1, -1, -1, 1], rule=rule)


@pytest.mark.parametrize("rule", [ns.PerceptronRule(), ns.DeltaRule()])
def test_the_single_layer_rules_refuse_an_output_that_feeds_another(rule):
    net = neuron_net("threshold")
    net.connect("y", net.add_neuron("z", activation="threshold", role="output"))
    message = (
        f"{type(rule).__name__} trains one layer of neurons that hear only inputs "
        "(neuron 'y' feeds another); use GradientDescent"
    )
    with refuses(StructureError, message):
        ns.train(net, AND, [[-1, 1]] * 4, rule=rule)
