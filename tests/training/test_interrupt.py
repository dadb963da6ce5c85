"""Ctrl-C: training stops at the next step, and the parameters are whole."""

import os
import re
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

import neurosim as ns
from neurosim.errors import NeurosimError, TrainingInterrupted

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([0.0, 1.0, 1.0, 0.0])


@pytest.fixture(autouse=True)
def python_handler():
    """Python's own way with Ctrl-C, however the tests were started."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def make():
    net = ns.topologies.layered([2, 3, 1], activation="tanh")
    net.initialize(ns.initializers.Normal(), seed=1)
    return net


def press(history):
    """Press Ctrl-C after the third epoch."""
    if history.epochs == 3:
        signal.raise_signal(signal.SIGINT)


def raise_it(history):
    if history.epochs == 3:
        raise KeyboardInterrupt


def after(epochs):
    net = make()
    history = ns.train(net, X, Y, epochs=epochs)
    return net.parameters, dict(history)


@pytest.mark.parametrize("callback", [press, raise_it])
@pytest.mark.parametrize("epochs", [100, 3])
def test_an_interruption_keeps_the_whole_steps_and_their_history(callback, epochs):
    net = make()
    with pytest.raises(TrainingInterrupted) as interruption:
        ns.train(net, X, Y, epochs=epochs, callbacks=[callback])
    error = interruption.value
    assert isinstance(error, KeyboardInterrupt)
    assert not isinstance(error, NeurosimError)
    assert not isinstance(error, Exception)
    assert str(error) == (
        "training was interrupted in epoch 3; the parameters are those after the last whole step"
    )
    parameters, history = after(3)
    np.testing.assert_array_equal(net.parameters, parameters)
    assert dict(error.history) == history
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("callback", [press, raise_it])
def test_an_interruption_goes_back_to_the_best_epoch_where_that_is_asked_for(callback):
    net, costs = make(), [0.5, 0.25, 0.75]
    metrics = {"made_up": lambda targets, outputs: costs.pop(0)}
    stopping = ns.callbacks.EarlyStopping("made_up")
    with pytest.raises(TrainingInterrupted) as interruption:
        ns.train(net, X, Y, epochs=100, metrics=metrics, callbacks=[stopping, callback])
    assert str(interruption.value) == (
        "training was interrupted in epoch 3; the parameters are those of epoch 1, the best by "
        "made_up"
    )
    np.testing.assert_array_equal(net.parameters, after(2)[0])


def test_an_interruption_keeps_the_last_step_where_the_best_epoch_is_not_asked_for():
    net, costs = make(), [0.5, 0.25, 0.75]
    metrics = {"made_up": lambda targets, outputs: costs.pop(0)}
    stopping = ns.callbacks.EarlyStopping("made_up", restore_best=False)
    with pytest.raises(TrainingInterrupted, match=r"those after the last whole step$"):
        ns.train(net, X, Y, epochs=100, metrics=metrics, callbacks=[stopping, press])
    np.testing.assert_array_equal(net.parameters, after(3)[0])


def test_before_the_first_epoch_has_ended_there_is_no_best_one_to_go_back_to():
    class Press(ns.callbacks.Callback):
        def on_begin(self, run):
            signal.raise_signal(signal.SIGINT)

    net = make()
    with pytest.raises(TrainingInterrupted, match=r"those after the last whole step$"):
        ns.train(net, X, Y, callbacks=[ns.callbacks.EarlyStopping("cost"), Press()])
    np.testing.assert_array_equal(net.synapses.weight, make().synapses.weight)


def test_an_interruption_is_not_lost_where_the_training_would_have_stopped_anyway():
    with pytest.raises(TrainingInterrupted):
        ns.train(make(), X, Y, callbacks=[press], stop_when=lambda history: history.epochs == 3)


def test_a_first_ctrl_c_lets_the_callback_finish_and_a_second_does_not():
    reached = []

    def twice(history):
        signal.raise_signal(signal.SIGINT)
        reached.append("after the first")
        signal.raise_signal(signal.SIGINT)
        reached.append("after the second")

    with pytest.raises(TrainingInterrupted):
        ns.train(make(), X, Y, callbacks=[twice])
    assert reached == ["after the first"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_within_an_epoch_training_stops_before_the_next_batch():
    steps = []

    class Noting(ns.Rule):
        def update(self, parameters, gradient, memory):
            parameters -= 0.1 * gradient
            steps.append(parameters.copy())
            if len(steps) == 2:
                signal.raise_signal(signal.SIGINT)

    net = make()
    with pytest.raises(TrainingInterrupted) as interruption:
        ns.train(net, X, Y, rule=Noting(), batch_size=1)
    assert len(steps) == 2
    np.testing.assert_array_equal(net.parameters, steps[-1])
    assert interruption.value.history.epochs == 0


def test_the_old_handler_is_back_after_training_ends_or_fails():
    ns.train(make(), X, Y, epochs=2)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(ns.errors.DivergenceError):
        ns.train(make(), X, 1e200 * Y)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_program_with_its_own_way_with_ctrl_c_keeps_it():
    presses = []

    def own(number, frame):
        presses.append(number)

    signal.signal(signal.SIGINT, own)
    history = ns.train(make(), X, Y, epochs=5, callbacks=[press])
    assert history.epochs == 5
    assert presses == [signal.SIGINT]
    assert signal.getsignal(signal.SIGINT) is own


def test_outside_the_main_thread_the_handler_is_left_alone():
    seen = []
    thread = threading.Thread(
        target=lambda: ns.train(
            make(), X, Y, epochs=1,
            callbacks=[lambda history: seen.append(signal.getsignal(signal.SIGINT))],
        )
    )  # fmt: skip
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]


CHILD = """
import signal
import numpy as np
import neurosim as ns

signal.signal(signal.SIGINT, signal.default_int_handler)
X, y = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), [0.0, 1.0, 1.0, 0.0]
net = ns.topologies.layered([2, 3, 1], activation="tanh")
net.initialize(ns.initializers.Normal(), seed=1)
again = net.copy()
started = lambda history: history.epochs == 5 and print("training", flush=True)
try:
    ns.train(net, X, y, epochs=10**9, callbacks=[started])
except KeyboardInterrupt as stop:
    print(type(stop).__name__)
    print(stop)
    epochs = stop.history.epochs
    ns.train(again, X, y, epochs=epochs)
    print(bool((net.parameters == again.parameters).all()), len(stop.history["cost"]) == epochs)
    print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)
"""


STOPPING = """
import signal
import numpy as np
import neurosim as ns

signal.signal(signal.SIGINT, signal.default_int_handler)
X, y = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), [0.0, 1.0, 1.0, 0.0]
net = ns.topologies.layered([2, 3, 1], activation="tanh")
net.initialize(ns.initializers.Normal(), seed=1)
again = net.copy()
values = {"made_up": lambda targets, outputs: (net.parameters[0] - 1) ** 2}
best = ns.callbacks.EarlyStopping("made_up", patience=10**9, min_delta=10.0)
started = lambda history: history.epochs == 5 and print("training", flush=True)
try:
    ns.train(net, X, y, epochs=10**9, metrics=values, callbacks=[best, started])
except KeyboardInterrupt as stop:
    print(stop)
    ns.train(again, X, y, epochs=1)
    print(bool((net.parameters == again.parameters).all()), stop.history.epochs > 1)
"""


def interrupted(code):
    """Press Ctrl-C in a process that has said that it trains; return the lines it then prints."""
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout.readline() == "training\n"
        child.send_signal(signal.SIGINT)
        shown, complaints = child.communicate(timeout=60)
    finally:
        child.kill()
        child.wait()
    assert complaints == ""
    return shown.splitlines()


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C to whole process groups")
def test_a_real_ctrl_c_goes_back_to_the_best_epoch():
    message, same = interrupted(STOPPING)
    assert re.fullmatch(
        r"training was interrupted in epoch \d+; "
        r"the parameters are those of epoch 0, the best by made_up",
        message,
    )
    assert same == "True True"


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C to whole process groups")
def test_a_real_ctrl_c_ends_a_real_training_between_two_steps():
    kind, message, *rest = interrupted(CHILD)
    assert kind == "TrainingInterrupted"
    assert re.fullmatch(
        r"training was interrupted in epoch \d+; "
        r"the parameters are those after the last whole step",
        message,
    )
    assert rest == ["True True", "True"]
