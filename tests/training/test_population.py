"""Training a population: each network as if it were trained alone, on however many threads."""

import re
import signal
import sys
import threading
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurosim as ns
from neurosim.engines import ENGINES
from neurosim.engines.compiled import basis, threads
from neurosim.errors import (
    DivergenceError,
    InvalidTypeError,
    InvalidValueError,
    NeurosimWarning,
    StaleProgramError,
    StructureError,
    TrainingInterrupted,
)
from tests.strategies import DIFFERENTIABLE, examples_for, networks
from tests.training.test_interrupt import python_handler  # noqa: F401

SUM = ns.SquaredError(reduction="sum")

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.5, 0.2]])
Y = np.array([0.0, 1.0, 1.0, 0.0, 0.3])

every_engine = pytest.mark.parametrize("engine", ENGINES)


def make(n_hidden=3, seed=1, activation="tanh"):
    net = ns.topologies.layered([2, n_hidden, 1], activation=activation)
    net.initialize(ns.initializers.Normal(), seed=seed)
    return net


def several(count=5):
    return [make(n_hidden=1 + 2 * i, seed=i) for i in range(count)]


def alone(nets, inputs, targets, engine="auto", **arguments):
    """Train copies one by one; return their histories and parameters."""
    copies = [net.copy() for net in nets]
    histories = [
        ns.train(ns.compile(net, engine=engine), Xk, yk, **arguments)
        for net, Xk, yk in zip(copies, inputs, targets, strict=True)
    ]
    return [dict(history) for history in histories], [net.parameters for net in copies]


def assert_same_bits(nets, histories, expected):
    for history, net, recorded, parameters in zip(histories, nets, *expected, strict=True):
        assert dict(history) == recorded
        np.testing.assert_array_equal(net.parameters, parameters)


@pytest.fixture
def one_thread(monkeypatch):
    monkeypatch.setattr(basis, "available_threads", lambda: 1)


# -- as if alone ---------------------------------------------------------------------------


@pytest.mark.parametrize("n_threads", [1, 2, 4])
@pytest.mark.parametrize("batch_size", [None, 1, 2])
@pytest.mark.parametrize(
    "rule", [ns.GradientDescent(0.2), ns.GradientDescent(0.1, momentum=0.9)], ids=repr
)
def test_each_network_gets_the_bits_it_gets_alone(rule, batch_size, n_threads, monkeypatch):
    nets = several(6)
    arguments = {"rule": rule, "batch_size": batch_size, "epochs": 30, "seed": 7}
    with monkeypatch.context() as one:
        one.setattr(basis, "available_threads", lambda: 1)
        expected = alone(nets, [X] * 6, [Y] * 6, **arguments)
    monkeypatch.setattr(threads, "available_threads", lambda: n_threads)
    monkeypatch.setattr(basis, "available_threads", lambda: n_threads)
    histories = ns.train(ns.compile(nets), X, Y, **arguments)
    assert all(isinstance(history, ns.History) for history in histories)
    assert_same_bits(nets, histories, expected)


@settings(max_examples=20)
@given(
    st.lists(networks(hidden=DIFFERENTIABLE, outputs=DIFFERENTIABLE), min_size=1, max_size=3),
    st.sampled_from((None, 1, 3)),
)
def test_any_mix_of_topologies_learns_as_each_does_alone(nets, batch_size):
    inputs = [examples_for(net, 7, i) for i, net in enumerate(nets)]
    targets = [
        np.random.default_rng(i).normal(size=(7, len(net.outputs))) for i, net in enumerate(nets)
    ]
    arguments = {"rule": ns.GradientDescent(1e-3), "epochs": 3, "batch_size": batch_size, "seed": 1}
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore", NeurosimWarning)
        patch.setattr(basis, "available_threads", lambda: 1)
        expected = alone(nets, inputs, targets, **arguments)
        histories = ns.train(ns.compile(nets), inputs, targets, **arguments)
    assert_same_bits(nets, histories, expected)


@every_engine
def test_every_engine_trains_each_network_as_it_does_alone(engine, one_thread):
    nets = several(3)
    expected = alone(nets, [X] * 3, [Y] * 3, engine, epochs=3, batch_size=2, seed=0)
    histories = ns.train(ns.compile(nets, engine=engine), X, Y, epochs=3, batch_size=2, seed=0)
    assert_same_bits(nets, histories, expected)


@pytest.mark.parametrize("stacked", [np.array, list])
def test_each_network_may_have_examples_of_its_own(stacked, one_thread):
    nets = several(3)
    rng = np.random.default_rng(0)
    inputs, targets = rng.normal(size=(3, 9, 2)), rng.normal(size=(3, 9, 1))
    expected = alone(nets, inputs, targets, epochs=5)
    histories = ns.train(ns.compile(nets), stacked(inputs), stacked(targets), epochs=5)
    assert_same_bits(nets, histories, expected)


def test_numbers_of_examples_may_differ(one_thread):
    nets = several(3)
    inputs, targets = [X, X[:3], X[1:]], [Y[:, None], Y[:3, None], Y[1:, None]]
    expected = alone(nets, inputs, targets, epochs=5)
    histories = ns.train(ns.compile(nets), inputs, targets, epochs=5)
    assert_same_bits(nets, histories, expected)


def test_a_rule_of_ones_own_is_trained_from_python(one_thread):
    class Halved(ns.Rule):
        def update(self, parameters, gradient, memory):
            parameters -= 0.5 * gradient

    nets = several(3)
    expected = alone(nets, [X] * 3, [Y] * 3, rule=Halved(), epochs=4)
    histories = ns.train(ns.compile(nets), X, Y, rule=Halved(), epochs=4)
    assert_same_bits(nets, histories, expected)


@every_engine
def test_perceptrons_stop_one_by_one_when_they_make_no_error(engine):
    targets = [[-1, -1, -1, 1], [-1, 1, 1, 1], [1, -1, -1, 1]]  # and, or, and one that none learns
    nets = [ns.topologies.layered([2, 1], activation="threshold") for _ in targets]
    population = ns.compile(nets, engine=engine)
    histories = ns.train(
        population, X[:4], np.array(targets)[:, :, None], rule=ns.PerceptronRule(), epochs=40,
        shuffle=False,
    )  # fmt: skip
    assert [history["errors"][-1] == 0 for history in histories] == [True, True, False]
    assert histories[0].epochs < 40
    assert histories[2].epochs == 40
    np.testing.assert_array_equal(population.feedforward(X[:4])[:2, :, 0], targets[:2])


# -- seeds ---------------------------------------------------------------------------------


@pytest.mark.parametrize("make_seed", [np.random.default_rng, np.random.RandomState])
def test_a_generator_is_copied_for_each_network_and_stays_where_it_is(make_seed, one_thread):
    nets, seed = several(3), make_seed(4)
    expected = [alone([net], [X], [Y], batch_size=1, seed=make_seed(4)) for net in nets]
    histories = ns.train(ns.compile(nets), X, Y, batch_size=1, seed=seed)
    for net, history, (recorded, parameters) in zip(nets, histories, expected, strict=True):
        assert_same_bits([net], [history], (recorded, parameters))
    assert seed.random() == make_seed(4).random()


def test_without_a_seed_each_network_has_an_order_of_its_own():
    nets = [make() for _ in range(8)]
    ns.train(ns.compile(nets), X, Y, batch_size=1, epochs=20)
    assert len({net.parameters.tobytes() for net in nets}) == 8


def test_without_shuffling_equal_networks_stay_equal():
    nets = [make() for _ in range(3)]
    ns.train(ns.compile(nets), X, Y, batch_size=1, shuffle=False)
    assert len({net.parameters.tobytes() for net in nets}) == 1


# -- looking on ----------------------------------------------------------------------------


@pytest.mark.parametrize("own", [False, True])
def test_validation_examples_are_for_all_or_for_each_its_own(own, one_thread):
    nets = several(3)
    each = np.random.default_rng(0).normal(size=(3, 4, 2)), np.zeros((3, 4, 1))
    pair = each if own else (each[0][1], each[1][1])
    pairs = list(zip(*each, strict=True)) if own else [pair] * 3
    expected = [
        alone([net], [X], [Y], epochs=3, validation=one)
        for net, one in zip(nets, pairs, strict=True)
    ]
    histories = ns.train(ns.compile(nets), X, Y, epochs=3, validation=pair)
    for net, history, one in zip(nets, histories, expected, strict=True):
        assert_same_bits([net], [history], one)
        assert len(history["val_cost"]) == 3


@every_engine
def test_callbacks_get_all_histories_after_every_epoch_of_all(engine, one_thread):
    nets, seen = several(3), []
    expected = alone(nets, [X] * 3, [Y] * 3, engine, epochs=4, seed=0)

    def look(histories):
        seen.append([history.epochs for history in histories])
        assert threading.current_thread() is threading.main_thread()

    arguments = {"epochs": 4, "seed": 0, "callbacks": [look]}
    histories = ns.train(ns.compile(nets, engine=engine), X, Y, **arguments)
    assert seen == [[1, 1, 1], [2, 2, 2], [3, 3, 3], [4, 4, 4]]
    assert_same_bits(nets, histories, expected)


def test_momentum_goes_on_from_epoch_to_epoch_while_somebody_looks_on(one_thread):
    rule = ns.GradientDescent(0.1, momentum=0.9)
    nets = several(3)
    expected = alone(nets, [X] * 3, [Y] * 3, rule=rule, epochs=10)
    histories = ns.train(ns.compile(nets), X, Y, rule=rule, epochs=10, callbacks=[lambda _: None])
    assert_same_bits(nets, histories, expected)


def test_it_ends_when_stop_when_says_so():
    histories = ns.train(
        ns.compile(several(3)), X, Y,
        stop_when=lambda histories: min(h.epochs for h in histories) == 6,
    )  # fmt: skip
    assert [history.epochs for history in histories] == [6, 6, 6]


def test_no_epochs_leave_everything_as_it_was():
    nets = several(2)

    def act():
        histories = ns.train(ns.compile(nets), X, Y, epochs=0, callbacks=[pytest.fail])
        assert [dict(history) for history in histories] == [{"cost": []}] * 2

    untouched(nets, act)


def test_a_structural_change_by_a_callback_is_noticed():
    nets = several(3)
    with pytest.raises(StaleProgramError, match=r"^the structure of networks\[2\], 'layered',"):
        ns.train(
            ns.compile(nets), X, Y,
            callbacks=[lambda _: nets[2].remove(nets[2].synapses[0])],
        )  # fmt: skip


def test_an_error_of_a_callback_is_its_own():
    def fail(histories):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ns.train(ns.compile(several(3)), X, Y, callbacks=[fail])


def test_a_progress_bar_counts_the_epochs_of_all_networks(terminal):
    shown = terminal()
    ns.train(ns.compile(several(4)), X, Y, epochs=25, progress=True)
    assert "100/100" in shown.getvalue()


def test_the_warning_of_neurons_that_cannot_be_told_apart_points_at_the_caller():
    nets = [ns.topologies.layered([2, 3, 1], activation="sigmoid")]
    with pytest.warns(NeurosimWarning, match="call initialize first") as seen:
        ns.train(ns.compile(nets), X, Y, epochs=1)
    assert seen[0].filename == __file__


def test_a_callback_of_one_training_is_refused():
    nets, callback = several(2), ns.callbacks.Callback()
    message = (
        f"the callbacks of a population must be functions of its histories (got {callback!r}); "
        "train its networks one by one with it"
    )
    with pytest.raises(InvalidTypeError, match=f"^{re.escape(message)}$"):
        ns.train(ns.compile(nets), X, Y, callbacks=[callback])


def test_metrics_are_columns_of_each_history():
    def largest(targets, outputs):
        return outputs.max()

    nets = several(2)
    histories = ns.train(ns.compile(nets), X, Y, epochs=2, metrics=[largest], validation=(X, Y))
    for net, history in zip(nets, histories, strict=True):
        assert list(history) == ["cost", "val_cost", "largest", "val_largest"]
        assert history["largest"][1] == ns.compile(net).feedforward(X).max()


# -- what can go wrong ---------------------------------------------------------------------


def weight_net(weight, name):
    """One synapse: the cost of x = 1, t = 0 is ½ w², and each step takes w to (1 − η) w."""
    net = ns.Network(name)
    net.connect(
        net.add_neuron(role="input"), net.add_neuron(bias=None, role="output"), weight=weight
    )
    return net


@every_engine
@pytest.mark.parametrize("callbacks", [(), (lambda _: None,)])
def test_networks_that_diverge_are_put_back_and_the_others_go_on(engine, callbacks):
    # ½ (1e180)² overflows at once; with η = 1.5 the others go 1, −0.5, 0.25, −0.125.
    nets = [weight_net(w, n) for w, n in ((1.0, "a"), (1e180, "b"), (2.0, "c"), (-1e180, "d"))]
    with pytest.raises(DivergenceError) as divergence:
        ns.train(
            ns.compile(nets, engine=engine), [[1.0]], [0.0], rule=ns.GradientDescent(1.5),
            cost=SUM, epochs=3, callbacks=callbacks,
        )  # fmt: skip
    assert [net.synapses[0].weight for net in nets] == [-0.125, 1e180, -0.25, -1e180]
    error = divergence.value
    assert [history.epochs for history in error.history] == [3, 0, 3, 0]
    assert str(error) == (
        "training of 2 of 4 networks diverged, that of the others went on: networks[1] 'b' in "
        "epoch 0, networks[3] 'd' in epoch 0; of networks[1]: training diverged in epoch 0: the "
        "cost became inf; the parameters were put back to what they were before the training; it "
        "was so before the first step: look at the weights and the activations"
    )


def test_a_divergence_on_the_way_gives_back_what_it_gives_back_alone(one_thread):
    nets, copies = [], []
    for weight in (1.0, 3.0):
        nets.append(weight_net(weight, "a"))
        copies.append(weight_net(weight, "a"))
    arguments = {"rule": ns.GradientDescent(1e30), "cost": SUM, "epochs": 50}
    with pytest.raises(DivergenceError) as together:
        ns.train(ns.compile(nets), [[1.0]], [0.0], **arguments)
    for net, history, other in zip(nets, together.value.history, copies, strict=True):
        with pytest.raises(DivergenceError) as by_itself:
            ns.train(other, [[1.0]], [0.0], **arguments)
        assert dict(history) == dict(by_itself.value.history)
        assert history.epochs > 1
        assert net.synapses[0].weight == other.synapses[0].weight


@pytest.mark.parametrize("how", ["press", "raise"])
def test_ctrl_c_leaves_whole_steps_and_all_histories(how, one_thread):
    nets = several(4)
    expected = alone(nets, [X] * 4, [Y] * 4, epochs=3, seed=0)

    def interrupt(histories):
        if histories[0].epochs == 3:
            if how == "raise":
                raise KeyboardInterrupt
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(TrainingInterrupted) as interruption:
        ns.train(ns.compile(nets), X, Y, seed=0, callbacks=[interrupt])
    assert str(interruption.value) == (
        "training of a population was interrupted; the parameters of each network are those after "
        "its last whole step"
    )
    assert_same_bits(nets, interruption.value.history, expected)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to whole process groups")
@pytest.mark.parametrize("handled_by_the_user", [False, True])
def test_ctrl_c_during_long_calls_ends_all_threads_between_steps(
    handled_by_the_user, monkeypatch
):
    def own_way(number, frame):
        raise KeyboardInterrupt

    if handled_by_the_user:
        signal.signal(signal.SIGINT, own_way)
    monkeypatch.setattr(threads, "available_threads", lambda: 3)
    nets = several(7)
    copies = [net.copy() for net in nets]
    timer = threading.Timer(0.4, signal.raise_signal, [signal.SIGINT])
    timer.start()
    with pytest.raises(TrainingInterrupted) as interruption:
        ns.train(ns.compile(nets), X, Y, epochs=10**9)
    timer.join()
    histories = interruption.value.history
    assert sum(history.epochs > 0 for history in histories) == 3
    for net, other, history in zip(nets, copies, histories, strict=True):
        if not handled_by_the_user:
            ns.train(other, X, Y, epochs=history.epochs)
            np.testing.assert_array_equal(net.parameters, other.parameters)
        assert np.isfinite(net.parameters).all()


def test_an_error_in_a_thread_comes_to_the_caller(monkeypatch):
    class BadBar(ns.training.population._SharedBar):
        def step(self, history, epochs):
            if threading.current_thread() is not threading.main_thread():
                raise OSError("the terminal is gone")

    monkeypatch.setattr(threads, "available_threads", lambda: 4)
    monkeypatch.setattr(ns.training.population, "_SharedBar", BadBar)
    with pytest.raises(OSError, match="the terminal is gone"):
        ns.train(ns.compile(several(40)), X, Y, epochs=3000)


# -- what it refuses -----------------------------------------------------------------------


def untouched(nets, act):
    before = [net.synapses.weight.copy() for net in nets]
    act()
    for net, weight in zip(nets, before, strict=True):
        np.testing.assert_array_equal(net.synapses.weight, weight)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"X": X[:, :1]}, InvalidValueError, r"^networks\[0\]: X must have shape \(n_examples, 2"),
        ({"X": [X, X]}, InvalidValueError, "^X must be one matrix for all networks, or hold one"),
        ({"X": [X, X, X[:2]]}, InvalidValueError, r"^networks\[2\]: X and y must have as many ro"),
        ({"y": [Y, Y, Y]}, InvalidValueError, r"^networks\[0\]: y must have shape"),
        ({"y": np.zeros((3, 5, 2))}, InvalidValueError, r"^networks\[0\]: y must have shape"),
        ({"X": iter(X)}, InvalidTypeError, "^X must be an array of real numbers"),
        ({"validation": X}, InvalidTypeError, r"^validation must be a pair \(X, y\)"),
        ({"validation": ([X, X], Y)}, InvalidValueError, "^validation X must be one matrix for a"),
        ({"validation": (X, Y[1:])}, InvalidValueError, r"^networks\[0\]: validation X and valid"),
        ({"epochs": -1}, InvalidValueError, "^epochs must be >= 0"),
        ({"seed": "x"}, InvalidTypeError, "^seed must be an int"),
        ({"seed": "x", "shuffle": False}, InvalidTypeError, "^seed must be an int"),
        ({"callbacks": [3]}, InvalidTypeError, "^callbacks and stop_when must be functions"),
        ({"rule": 3}, InvalidTypeError, r"^networks\[0\]: rule must be a Rule"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_and_nothing_is_changed(change, error, message):
    nets = several(3)

    def act():
        with pytest.raises(error, match=message):
            ns.train(ns.compile(nets), **({"X": X, "y": Y} | change))

    untouched(nets, act)


def test_a_network_that_cannot_be_trained_is_named_and_no_other_is_touched():
    nets = [make(), make(activation="threshold"), make()]

    def act():
        with pytest.raises(StructureError, match=r"^networks\[1\]: neuron 'hidden\[0\]' has "):
            ns.train(ns.compile(nets), X, Y)

    untouched(nets, act)


def test_a_stale_population_is_refused():
    nets = several(2)
    population = ns.compile(nets)
    nets[1].remove(nets[1].synapses[0])
    message = "the structure of networks[1], 'layered', has changed since this population was made"
    with pytest.raises(StaleProgramError, match=f"^{re.escape(message)}"):
        ns.train(population, X, Y)


def test_an_iterable_of_batches_is_refused():
    with pytest.raises(InvalidTypeError, match="train of a population needs y"):
        ns.train(ns.compile(several()), [(X, Y)])
