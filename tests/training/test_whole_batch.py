"""The rules that step on all examples: what all of them do, and what all of them refuse."""

import re
import signal
import threading

import attrs
import numpy as np
import pytest

import neurosim as ns
from neurosim.engines import ENGINES
from neurosim.errors import (
    DivergenceError,
    InvalidTypeError,
    InvalidValueError,
    NeurosimWarning,
    TrainingInterrupted,
)
from neurosim.training import hooks
from neurosim.training.rules import RULES, WholeBatchRule

WHOLE = [rule for rule in RULES if issubclass(rule, WholeBatchRule)]
X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([[0.0], [1.0], [1.0], [0.0]])

pytestmark = pytest.mark.parametrize("kind", WHOLE, ids=lambda kind: kind.__name__)


def refuses(error, message):
    """The whole message, word by word."""
    return pytest.raises(error, match=f"^{re.escape(message)}$")


def make(dtype="float64", seed=1):
    net = ns.topologies.layered([2, 4, 1], activation=["tanh", "sigmoid"], dtype=dtype)
    net.initialize(ns.initializers.Normal(), seed=seed)
    ns.compile(net)  # which arranges the parameters
    return net


def cost_of(net, cost=None):
    cost = ns.SquaredError(reduction="mean") if cost is None else cost
    return cost.value(ns.compile(net).feedforward(X), Y)


# -- what they do --------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_they_learn_xor_sooner_than_gradient_descent(kind, engine):
    slow, quick = make(), make()
    ns.train(slow, X, Y, rule=ns.GradientDescent(1.0), epochs=40)
    ns.train(ns.compile(quick, engine=engine), X, Y, rule=kind(), epochs=40)
    assert cost_of(quick) < cost_of(slow) / 10


def test_the_history_has_the_cost_before_each_step(kind):
    net, seen = make(), []
    seen.append(cost_of(net))
    history = ns.train(
        net, X, Y, rule=kind(), epochs=6, callbacks=[lambda history: seen.append(cost_of(net))]
    )
    np.testing.assert_allclose(history["cost"], seen[:-1], rtol=1e-12)
    assert (np.diff(seen) < 0).all()


def test_validation_and_metrics_are_taken_after_each_step(kind):
    net, seen = make(), []

    def note(history):
        seen.append((cost_of(net), ns.compile(net).feedforward(X).mean()))

    history = ns.train(
        net, X, Y, rule=kind(), epochs=5, validation=(X, Y), callbacks=[note],
        metrics={"mean": lambda targets, outputs: outputs.mean()},
    )  # fmt: skip
    np.testing.assert_allclose(history["val_cost"], [cost for cost, _ in seen], rtol=1e-12)
    np.testing.assert_allclose(history["mean"], [mean for _, mean in seen], rtol=1e-12)
    assert history["cost"][1:] == pytest.approx(history["val_cost"][:-1], rel=1e-12)


def test_the_epochs_are_the_same_whether_they_are_watched_or_not(kind):
    free, watched = make(), make()
    ns.train(free, X, Y, rule=kind(), epochs=8)
    ns.train(watched, X, Y, rule=kind(), epochs=8, callbacks=[lambda history: None])
    np.testing.assert_array_equal(free.parameters, watched.parameters)


def test_a_sum_is_minimized_where_its_mean_is(kind):
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(30, 2))
    targets = inputs @ [1.0, -2.0] + 0.5 + rng.normal(scale=0.1, size=30)
    best, *_ = np.linalg.lstsq(np.column_stack([inputs, np.ones(30)]), targets, rcond=None)
    for reduction in ("sum", "mean"):
        net = ns.topologies.layered([2, 1], activation="identity")
        rule, cost = kind(tolerance=1e-6), ns.SquaredError(reduction=reduction)
        ns.train(net, inputs, targets, rule=rule, cost=cost, epochs=50)
        np.testing.assert_allclose(net.parameters, best, rtol=1e-5)


def test_a_training_that_has_arrived_ends_with_an_epoch_without_a_step(kind):
    net = ns.topologies.layered([2, 1], activation="identity")
    targets = X @ [1.0, -2.0] + 0.5
    history = ns.train(net, X, targets, rule=kind(tolerance=1e-6), epochs=1000)
    assert history.epochs < 30
    program = ns.compile(net)
    trace = program.trace(X)
    error = trace.outputs - targets[:, None]
    assert history["cost"][-1] == pytest.approx(0.5 * (error**2).mean(), rel=1e-12)
    assert abs(program.backpropagate(trace, error / len(X)).parameters).max() <= 1e-6
    before = net.parameters.copy()
    again = ns.train(net, X, targets, rule=kind(tolerance=1e-6), epochs=1000)
    assert again["cost"] == history["cost"][-1:]
    np.testing.assert_array_equal(net.parameters, before)


@pytest.fixture
def corner():
    """o = |w| of one neuron, so that ½ (|w| + 1)² has its least where no slope is flat."""
    slope = lambda z: np.where(z >= 0, 1.0, -1.0)  # noqa: E731
    ns.activations.register("tests_corner", np.abs, slope, overwrite=True)
    net = ns.topologies.layered([1, 1], activation="tests_corner", bias=None)
    net.synapses.weight = 0.7
    return ns.compile(net, engine="numpy")


def test_where_no_step_leads_any_lower_it_ends_with_a_warning(kind, corner):
    scipy = r" \(SciPy: .+\)" if kind is not ns.LevenbergMarquardt else ""
    message = (
        rf"^{kind.__name__} ended in epoch (\d+), since it found no step that lowers the "
        rf"cost{scipy}; the largest \|∂E/∂w\| is \S+, its tolerance {kind().tolerance:g}$"
    )
    with pytest.warns(NeurosimWarning, match=message) as warned:
        history = ns.train(corner, [[1.0]], [-1.0], rule=kind(), epochs=1000)
    assert history.epochs < 200
    assert f" in epoch {history.epochs - 1}, " in str(warned[0].message)
    assert warned[0].filename == __file__
    assert 0.5 < history["cost"][-1] <= history["cost"][0]


def test_with_a_tolerance_of_0_it_goes_on_as_long_as_it_can_and_says_nothing(kind):
    net = ns.topologies.layered([2, 1], activation="sigmoid")
    net.initialize(ns.initializers.Normal(), seed=0)
    history = ns.train(net, X, Y, rule=kind(tolerance=0), epochs=1000)
    assert history.epochs < 200
    assert history["cost"][-1] == pytest.approx(0.125, abs=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_penalty_of_l2_is_part_of_what_is_minimized(kind, dtype):
    # E = 1/2 (w·1 − 3)² + 1/2 0.5 w² is least where w − 3 + 0.5 w = 0.
    net = ns.Network("one", dtype=dtype)
    net.connect(net.add_neuron("x", role="input"), net.add_neuron("y", bias=None, role="output"))
    rule = kind(tolerance=1e-5 if dtype == "float64" else 1e-3)
    history = ns.train(net, [[1.0]], [3.0], rule=rule, epochs=30, penalty=ns.L2(0.5))
    assert net.synapses[0].weight == pytest.approx(2.0, abs=1e-3)
    assert history["cost"][0] == 4.5  # without the penalty
    assert history["cost"][-1] == pytest.approx(0.5, abs=1e-3)


def test_parameters_of_factor_0_stay_and_the_others_are_minimized_over(kind):
    net = make()
    frozen = net.weights("input", "hidden")
    history = ns.train(net, X, Y, rule=kind(), epochs=20, learning_rates={"hidden": 0, "output": 1})
    np.testing.assert_array_equal(net.weights("input", "hidden"), frozen)
    assert history["cost"][-1] < history["cost"][0]


def test_a_network_whose_parameters_all_stay_has_arrived(kind):
    net = make()
    before = net.parameters.copy()
    history = ns.train(net, X, Y, rule=kind(), epochs=20, learning_rates={"hidden": 0, "output": 0})
    assert history.epochs == 1
    np.testing.assert_array_equal(net.parameters, before)


def test_it_goes_on_from_where_a_callback_has_put_the_parameters(kind):
    net, other = make(), make(seed=2)
    start = other.parameters.copy()

    class Jump(ns.callbacks.Callback):
        def on_epoch(self, run):
            if run.epoch == 3:
                run.parameters[:] = start

    ns.train(net, X, Y, rule=kind(), epochs=6, callbacks=[Jump()])
    if kind is ns.LevenbergMarquardt:  # the damping is that of the third epoch
        kind = lambda: ns.LevenbergMarquardt(1e-6)  # noqa: E731
    ns.train(other, X, Y, rule=kind(), epochs=3)
    np.testing.assert_array_equal(net.parameters, other.parameters)


def test_networks_of_a_population_are_trained_as_they_are_alone(kind):
    alone, together = [make(seed=s) for s in (1, 2)], [make(seed=s) for s in (1, 2)]
    expected = [dict(ns.train(net, X, Y, rule=kind(), epochs=5)) for net in alone]
    histories = ns.train(ns.compile(together), X, Y, rule=kind(), epochs=5)
    assert [dict(history) for history in histories] == expected
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one.parameters, other.parameters)


# -- how they end --------------------------------------------------------------------------


def test_stop_when_ends_it_after_an_epoch(kind):
    net, other = make(), make()
    history = ns.train(
        net, X, Y, rule=kind(), epochs=50, stop_when=lambda history: history.epochs == 3
    )
    assert history.epochs == 3
    ns.train(other, X, Y, rule=kind(), epochs=3)
    np.testing.assert_array_equal(net.parameters, other.parameters)


def test_a_ctrl_c_leaves_the_parameters_of_the_last_whole_step(kind):
    net, other = make(), make()
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)

    def press(history):
        if history.epochs == 3:
            signal.raise_signal(signal.SIGINT)

    try:
        with pytest.raises(TrainingInterrupted) as interruption:
            ns.train(net, X, Y, rule=kind(), epochs=50, callbacks=[press])
    finally:
        signal.signal(signal.SIGINT, previous)
    assert interruption.value.history.epochs == 3
    ns.train(other, X, Y, rule=kind(), epochs=3)
    np.testing.assert_array_equal(net.parameters, other.parameters)


def test_a_stop_in_the_middle_of_a_step_leaves_the_parameters_of_the_last_whole_one(
    kind, monkeypatch
):
    monkeypatch.setattr(hooks, "PAUSE_SECONDS", 0)
    net, seen = make(), []

    class Stop(ns.callbacks.Callback):
        pauses = 0

        def on_pause(self, run):
            self.pauses += 1
            if self.pauses == 9:
                run.stop("enough")
            seen.append((run.epoch, run.parameters.copy()))

    ns.train(net, X, Y, rule=kind(), epochs=1000, callbacks=[Stop()])
    assert len(seen) == 9
    for epochs, parameters in [*seen, (seen[-1][0], net.parameters)]:
        other = make()
        ns.train(other, X, Y, rule=kind(), epochs=epochs)
        np.testing.assert_array_equal(parameters, other.parameters)


def test_an_error_of_a_callback_passes_through(kind):
    def fail(history):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ns.train(make(), X, Y, rule=kind(), callbacks=[fail])


def test_no_thread_is_left(kind):
    for epochs in (0, 1, 5, 1000):
        ns.train(make(), X, Y, rule=kind(tolerance=1e-3), epochs=epochs)
    for thread in threading.enumerate():
        if thread.name == "neurosim-turns":
            thread.join(timeout=10)
    assert "neurosim-turns" not in [thread.name for thread in threading.enumerate()]


def test_a_cost_that_is_infinite_at_the_start_does_not_blame_the_rule(kind):
    net = ns.topologies.layered([1, 1], activation="identity", bias=None)
    net.synapses.weight = 1.0
    with pytest.raises(DivergenceError, match="it was so before the first step: look at the "):
        ns.train(net, [[1e200]], [0.0], rule=kind())
    assert net.synapses[0].weight == 1.0


def test_a_place_where_the_cost_is_no_number_is_stepped_back_from(kind):
    ns.activations.register("tests_root", np.sqrt, lambda z: 0.5 / np.sqrt(z), overwrite=True)
    net = ns.topologies.layered([1, 1], activation="tests_root", bias=None)
    net.synapses.weight = 9.0
    program = ns.compile(net, engine="numpy")
    history = ns.train(program, [[1.0]], [0.1], rule=kind(), epochs=100)
    assert np.isfinite(history["cost"]).all()
    assert net.synapses[0].weight == pytest.approx(0.01, rel=0.1)


# -- what they refuse ----------------------------------------------------------------------


def test_batches_are_refused(kind):
    message = (
        f"{kind.__name__} takes all examples at once: batch_size must be None (got 2); use Adam "
        "or GradientDescent for batches"
    )
    with refuses(InvalidValueError, message):
        ns.train(make(), X, Y, rule=kind(), batch_size=2)


def test_a_stream_is_refused(kind):
    message = (
        f"{kind.__name__} takes all examples at once: X and y must be arrays (got an iterable of "
        "batches); use Adam or GradientDescent for batches"
    )
    with refuses(InvalidTypeError, message):
        ns.train(make(), [(X, Y)], rule=kind())


@pytest.mark.parametrize(
    ("arguments", "what", "shown"),
    [
        ({"clip": ns.ClipNorm(1.0)}, "clip", "ClipNorm(limit=1.0)"),
        ({"max_norm": 2.0}, "max_norm", "2.0"),
    ],
    ids=["clip", "max_norm"],
)
def test_what_would_cut_steps_is_refused(kind, arguments, what, shown):
    message = (
        f"{kind.__name__} finds the length of its steps itself: {what} would undo that (got "
        f"{what}={shown}); leave it out"
    )
    with refuses(InvalidValueError, message):
        ns.train(make(), X, Y, rule=kind(), **arguments)


def test_a_factor_other_than_0_and_1_is_refused(kind):
    message = (
        f"{kind.__name__} finds the length of its steps itself: learning_rates['hidden'] must be "
        "0, which keeps the parameters as they are, or 1 (got 0.5)"
    )
    with refuses(InvalidValueError, message):
        ns.train(make(), X, Y, rule=kind(), learning_rates={"output": 0, "hidden": 0.5})


def test_a_step_by_a_gradient_alone_is_refused(kind):
    with pytest.raises(InvalidTypeError, match=f"^{kind.__name__} takes no step by a gradient "):
        kind().update(np.zeros(2), np.zeros(2), {})


@pytest.mark.parametrize(
    ("value", "error", "what"),
    [
        (-1e-9, InvalidValueError, ">= 0 (got -1e-09)"),
        (float("nan"), InvalidValueError, "a finite number (got nan)"),
        ("1e-5", InvalidTypeError, "a finite number (got '1e-5')"),
    ],
)
def test_a_tolerance_is_a_number_of_at_least_0(kind, value, error, what):
    with refuses(error, f"{kind.__name__}.tolerance must be {what}"):
        kind(tolerance=value)


def test_the_rule_is_a_value_whose_repr_evaluates_back(kind):
    rule = kind(tolerance=np.float64(1e-3))
    assert eval(repr(rule), vars(ns)) == rule
    assert attrs.evolve(rule, tolerance=1e-4) != rule
    assert rule.can_resume == (kind is ns.LevenbergMarquardt)
