"""The Levenberg–Marquardt method: by hand, on problems it must solve at once, and its refusals."""

import re

import numpy as np
import pytest

import neurosim as ns
from neurosim.errors import InvalidTypeError, InvalidValueError, StructureError
from neurosim.training import damped

SUM = ns.SquaredError(reduction="sum")


def refuses(error, message):
    """The whole message, word by word."""
    return pytest.raises(error, match=f"^{re.escape(message)}$")


def one_weight(weight=0.0):
    """o = w·x of one neuron."""
    net = ns.Network("one")
    net.connect(
        net.add_neuron("x", role="input"), net.add_neuron("y", bias=None, role="output"),
        weight=weight,
    )  # fmt: skip
    return net


def curved(seed=0, n_hidden=4):
    net = ns.topologies.layered([1, n_hidden, 1], activation=["tanh", "identity"])
    net.initialize(ns.initializers.Normal(), seed=seed)
    return net


INPUTS = np.linspace(-2, 2, 41)[:, None]


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_a_step_by_hand(reduction):
    # o = w x from w = 0; x = 1, t = 1 and x = 2, t = 3: e = (−1, −3), J = (1, 2).
    # JᵀJ = 5, Jᵀe = −7, μ = 2: d = 7 / (5 + 2) = 1, and the cost falls from ½ 10 to ½ (0 + 1).
    net, cost = one_weight(), ns.SquaredError(reduction=reduction)
    rule = ns.LevenbergMarquardt(2.0)
    history = ns.train(net, [[1.0], [2.0]], [1.0, 3.0], rule=rule, cost=cost, epochs=1)
    assert net.synapses[0].weight == pytest.approx(1.0, rel=1e-15)
    assert history["cost"] == [5.0 if reduction == "sum" else 2.5]


def test_the_damping_falls_by_the_factor_after_a_step_that_lowers_the_cost():
    # From w = 1 as above: e = (0, −1), Jᵀe = −2, μ = 2 / 4: d = 2 / (5 + 0.5) = 4 / 11.
    net = one_weight()
    rule = ns.LevenbergMarquardt(2.0, factor=4.0)
    ns.train(net, [[1.0], [2.0]], [1.0, 3.0], rule=rule, epochs=2)
    assert net.synapses[0].weight == pytest.approx(1 + 4 / 11, rel=1e-15)


def test_a_step_that_does_not_lower_the_cost_is_tried_again_with_more_damping():
    # o = tanh(w) from w = 2 to t = 0: e = 0.9640276, J = 1 − e² = 0.0706508, J e = 0.0681093.
    #   μ = 1e-4: d = −0.0681093 / (0.0049915 + 0.0001) = −13.4, w = −11.4: |o| is larger, no
    #   μ = 1e-2: d = −0.0681093 / (0.0049915 + 0.01)   = −4.54, w = −2.54: |o| is larger, no
    #   μ = 1:    d = −0.0681093 / (0.0049915 + 1)      = −0.0677710: yes
    net = ns.topologies.layered([1, 1], activation="tanh", bias=None)
    net.synapses.weight = 2.0
    rule = ns.LevenbergMarquardt(1e-4, factor=100.0)
    history = ns.train(net, [[1.0]], [0.0], rule=rule, epochs=1)
    assert net.synapses[0].weight == pytest.approx(2 - 0.0677710, abs=1e-6)
    assert history.epochs == 1


def test_with_hardly_any_damping_a_quadratic_problem_takes_one_step():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 3))
    y = X @ [1.0, -2.0, 0.5] + 3.0 + rng.normal(size=50)
    best, *_ = np.linalg.lstsq(np.column_stack([X, np.ones(50)]), y, rcond=None)
    net = ns.topologies.layered([3, 1], activation="identity")
    ns.train(net, X, y, rule=ns.LevenbergMarquardt(1e-12), epochs=1)
    np.testing.assert_allclose(net.parameters, best, rtol=1e-10)


def test_with_a_lot_of_damping_a_step_is_one_of_gradient_descent():
    # d = −Jᵀe / μ as μ grows: gradient descent on the sum, with η = 1/μ.
    nets = [curved(), curved()]
    rules = (ns.LevenbergMarquardt(1e8), ns.GradientDescent(1e-8))
    start = ns.compile(nets[0]).network.parameters.copy()
    for net, rule in zip(nets, rules, strict=True):
        ns.train(net, INPUTS, np.sin(INPUTS), rule=rule, cost=SUM, epochs=1)
    moved, expected = (net.parameters - start for net in nets)
    np.testing.assert_allclose(moved, expected, rtol=1e-5, atol=1e-14)


@pytest.mark.parametrize("engine", ["numpy", "numba", "reference"])
def test_a_small_regression_is_solved_to_machine_precision_in_30_epochs(engine):
    teacher, net = (curved(seed=4, n_hidden=2) for _ in range(2))
    targets = ns.compile(teacher).feedforward(INPUTS)
    net.synapses.weight = net.synapses.weight + 0.3
    program = ns.compile(net, engine=engine)
    rule = ns.LevenbergMarquardt(tolerance=0)
    history = ns.train(program, INPUTS, targets, rule=rule, epochs=30)
    assert history["cost"][0] > 1e-3
    assert history["cost"][-1] < 1e-28


def test_several_outputs_and_pieces_of_the_examples_are_one_problem(monkeypatch):
    nets = []
    for numbers in (damped._PIECE, 300):
        monkeypatch.setattr(damped, "_PIECE", numbers)
        net = ns.topologies.layered([1, 3, 2], activation=["tanh", "identity"])
        net.initialize(ns.initializers.Normal(), seed=1)
        targets = np.hstack([np.sin(INPUTS), np.cos(INPUTS)])
        ns.train(net, INPUTS, targets, rule=ns.LevenbergMarquardt(), epochs=5)
        nets.append(net)
    np.testing.assert_allclose(nets[0].parameters, nets[1].parameters, rtol=1e-8)


def test_a_cost_other_than_the_squared_error_is_refused():
    message = (
        "LevenbergMarquardt minimizes the squared error (got cost=Huber()); use "
        "SquaredError, or LBFGS for another cost"
    )
    with refuses(InvalidValueError, message):
        ns.train(curved(), INPUTS, INPUTS, rule=ns.LevenbergMarquardt(), cost=ns.Huber())


def test_a_penalty_that_is_no_square_is_refused():
    message = (
        "LevenbergMarquardt minimizes a sum of squares (got penalty=L1(strength=0.1, "
        "biases=False)); use L2, or LBFGS"
    )
    with refuses(InvalidValueError, message):
        ns.train(curved(), INPUTS, INPUTS, rule=ns.LevenbergMarquardt(), penalty=ns.L1(0.1))


def test_a_network_of_too_many_parameters_is_refused_with_the_bytes_it_would_take():
    # 4 + 4 weights and 4 + 1 biases: two matrices of 13 × 13 numbers of 8 bytes.
    message = (
        "LevenbergMarquardt would need 2,704 bytes for two matrices of 13 × 13 parameters of "
        "network 'layered', and most_bytes is 2,703; use LBFGS, or allow for more"
    )
    with refuses(StructureError, message):
        ns.train(curved(), INPUTS, INPUTS, rule=ns.LevenbergMarquardt(most_bytes=2703))
    ns.train(curved(), INPUTS, INPUTS, rule=ns.LevenbergMarquardt(most_bytes=2704), epochs=1)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"damping": 0}, InvalidValueError, "damping must be > 0 (got 0)"),
        ({"factor": 1.0}, InvalidValueError, "factor must be > 1 (got 1.0)"),
        ({"most": -1.0}, InvalidValueError, "most must be > 0 (got -1.0)"),
        ({"most_bytes": 0}, InvalidValueError, "most_bytes must be >= 1 (got 0)"),
        ({"most_bytes": 1e9}, InvalidTypeError, "most_bytes must be an int (got 1000000000.0)"),
    ],
    ids=str,
)
def test_settings_that_make_no_sense_are_refused(arguments, error, message):
    with refuses(error, f"LevenbergMarquardt.{message}"):
        ns.LevenbergMarquardt(**arguments)
