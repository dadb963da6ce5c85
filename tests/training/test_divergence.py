"""Divergence: training that leaves the finite numbers is undone and reported."""

import re

import numpy as np
import pytest

import neurosim as ns
from neurosim.errors import DivergenceError, NeurosimError


def neuron_net(activation="identity", weight=1.0, dtype="float64"):
    """A single weight, without a bias."""
    net = ns.Network("neuron", dtype=dtype)
    x = net.add_neuron("x", role="input")
    y = net.add_neuron("y", activation=activation, bias=None, role="output")
    net.connect(x, y, weight=weight)
    return net


def diverge(net, X, y, **arguments):
    with pytest.raises(DivergenceError) as divergence:
        ns.train(net, X, y, cost=ns.SquaredError(), **arguments)
    return divergence.value


def test_the_parameters_are_those_from_the_start_of_the_last_epoch_whose_cost_was_finite():
    # x = 1, t = 0: E = ½ w² and w ← w − η w with η = 1e100.
    #   epoch 0: w = 1,       E = 0.5
    #   epoch 1: w = −1e100,  E = ½ 1e200, the last finite one
    #   epoch 2: w = 1e200,   E overflows
    net = neuron_net()
    rule = ns.GradientDescent(1e100)
    error = diverge(net, [[1.0]], [0.0], rule=rule)
    assert net.synapses[0].weight == pytest.approx(-1e100)
    np.testing.assert_allclose(error.history["cost"], [0.5, 0.5e200])
    assert str(error) == (
        "training diverged in epoch 2: the cost became inf; the parameters were put back to the "
        "start of the last epoch with a finite cost; try a smaller learning rate "
        "(the rule is GradientDescent(learning_rate=1e+100, momentum=0.0, nesterov=False))"
    )
    assert isinstance(error, NeurosimError)
    assert isinstance(error, ArithmeticError)


def test_metric_that_overflows_on_the_way_does_not_hide_the_divergence():
    # w = 1, then −1e100, then 1e200: 1e400, the square of the last output, is no float.
    metrics = {"square": lambda targets, outputs: np.mean((targets - outputs) ** 2)}
    rule = ns.GradientDescent(1e100)
    error = diverge(neuron_net(), [[1.0]], [0.0], rule=rule, metrics=metrics)

    assert error.history["cost"] == pytest.approx([0.5, 0.5e200])
    assert error.history["square"] == [pytest.approx(1e200), np.inf]


def test_divergence_in_the_first_epoch_gives_back_the_parameters_of_before():
    # x = 1e200: E = ½ (1e200)² overflows at once.
    net = neuron_net(weight=0.75)
    error = diverge(net, [[1e200]], [0.0])
    assert net.synapses[0].weight == 0.75
    assert dict(error.history) == {"cost": []}
    assert str(error).startswith("training diverged in epoch 0: the cost became inf; ")


def test_the_steps_of_a_half_done_epoch_are_undone():
    # Incremental: x = 1 moves w from 1 to 1 − 1e200, then E of x = 1 is infinite.
    net = neuron_net()
    error = diverge(net, [[1.0], [1.0]], [0.0, 0.0], rule=ns.GradientDescent(1e200), batch_size=1)
    assert net.synapses[0].weight == 1.0
    assert error.history.epochs == 0


def test_a_divergence_in_the_last_step_of_all_is_noticed():
    # The step of the only epoch makes w = −inf: η ∂E/∂w = 1e308 · 125, with
    # ∂E/∂w = (σ(0) − 0) · ¼ · 1000 = 125. Its own cost, ½ 0.5², was finite.
    net = neuron_net("sigmoid", weight=0.0)
    error = diverge(net, [[1000.0]], [0.0], rule=ns.GradientDescent(1e308), epochs=1)
    assert net.synapses[0].weight == 0.0
    assert str(error).startswith("training diverged in epoch 0: a parameter is not finite; ")


def test_infinite_parameters_with_a_finite_cost_are_no_way_on():
    # As above, but with epochs to go: σ(−inf) = 0 would cost nothing, for ever.
    net = neuron_net("sigmoid", weight=0.0)
    error = diverge(net, [[1000.0]], [0.0], rule=ns.GradientDescent(1e308), epochs=10)
    assert net.synapses[0].weight == 0.0
    assert str(error).startswith("training diverged in epoch 0: a parameter is not finite; ")


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_network_that_diverged_runs_and_can_be_trained_again(dtype):
    net = ns.topologies.layered([2, 8, 1], activation="leaky_relu", dtype=dtype)
    net.initialize(ns.initializers.Normal(), seed=0)
    X = np.random.default_rng(0).normal(size=(20, 2))
    y = X[:, :1] * X[:, 1:]
    error = diverge(net, X, y, rule=ns.GradientDescent(10.0), epochs=1000)
    assert np.isfinite(net.parameters).all()
    assert np.isfinite(error.history["cost"]).all()
    assert f"in epoch {error.history.epochs}: " in str(error)
    net.initialize(ns.initializers.Normal(), biases=ns.initializers.Constant(0.0), seed=0)
    history = ns.train(net, X, y, rule=ns.GradientDescent(0.05), epochs=50)
    assert history["cost"][-1] < history["cost"][0]


def test_the_costs_before_the_divergence_are_those_of_a_training_that_stopped_there():
    net, other = neuron_net(), neuron_net()
    rule = ns.GradientDescent(5.0)
    error = diverge(net, [[1.0]], [0.0], rule=rule, epochs=10_000)
    epochs = error.history.epochs
    history = ns.train(other, [[1.0]], [0.0], rule=rule, cost=ns.SquaredError(), epochs=epochs - 1)
    assert error.history["cost"][:-1] == history["cost"]
    assert net.synapses[0].weight == other.synapses[0].weight


def test_callbacks_never_see_a_diverged_epoch():
    net, seen = neuron_net(), []
    diverge(
        net, [[1.0]], [0.0], rule=ns.GradientDescent(1e100),
        callbacks=[lambda history: seen.append(net.synapses[0].weight)],
    )  # fmt: skip
    assert len(seen) == 2
    assert np.isfinite(seen).all()


@pytest.mark.parametrize("rule", [ns.DeltaRule(1e100), ns.GradientDescent(1e100, momentum=0.9)])
def test_every_rule_that_goes_down_a_cost_reports_divergence(rule):
    message = f"(the rule is {rule!r})"
    error = diverge(neuron_net(), [[1.0]], [0.0], rule=rule)
    assert re.search(re.escape(message), str(error))
