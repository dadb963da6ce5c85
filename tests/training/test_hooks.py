"""The hooks: who is called when, with what, and in which order."""

import itertools
import re
import time
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import neurosim as ns
from neurosim.errors import DivergenceError, InvalidTypeError, InvalidValueError
from neurosim.wording import shown

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR = np.array([0.0, 1.0, 1.0, 0.0])
every_engine = pytest.mark.parametrize("engine", ["reference", "numpy", "numba"])


def make():
    net = ns.topologies.layered([2, 3, 1], activation="sigmoid")
    net.initialize(ns.initializers.Normal(), seed=0)
    return net


class Log(ns.callbacks.Callback):
    """Notes which hook was called after how many epochs."""

    def __init__(self, name="", events=None):
        self.name, self.events = name, [] if events is None else events

    def note(self, hook, run):
        self.events.append((self.name + hook, run.epoch))

    def on_begin(self, run):
        self.note("begin", run)

    def on_pause(self, run):
        self.note("pause", run)

    def on_epoch(self, run):
        self.note("epoch", run)

    def on_end(self, run):
        self.note("end", run)


class First(Log):
    order = -1


class Last(Log):
    order = 1


class Patient(ns.callbacks.Callback):
    """Has nothing to say about epochs."""

    def __init__(self):
        self.pauses = []

    def on_pause(self, run):
        self.pauses.append(run.epoch)


@every_engine
def test_each_hook_is_called_in_its_time(engine):
    log = Log()
    ns.train(ns.compile(make(), engine=engine), X, XOR, epochs=2, callbacks=[log])
    told = [event for event in log.events if event[0] != "pause"]
    assert told == [("begin", 0), ("epoch", 1), ("epoch", 2), ("end", 2)]
    assert ("pause", 0) in log.events


def test_a_lower_order_comes_first_and_equals_as_they_are_listed():
    events = []
    ns.train(
        make(), X, XOR, epochs=1,
        callbacks=[Last("z.", events), Log("a.", events), Log("b.", events), First("_.", events)],
        stop_when=lambda history: events.append(("stop_when", history.epochs)),
    )  # fmt: skip
    names = [name for name, _ in events if "pause" not in name]
    assert names == [
        *("_.begin", "a.begin", "b.begin", "z.begin"),
        *("_.epoch", "a.epoch", "b.epoch", "stop_when", "z.epoch"),
        *("_.end", "a.end", "b.end", "z.end"),
    ]


def test_who_asks_only_for_pauses_leaves_thousands_of_epochs_to_a_compiled_call():
    patient = Patient()
    history = ns.train(make(), X, XOR, epochs=100_000, callbacks=[patient])
    assert history.epochs == 100_000
    assert len(patient.pauses) < 10_000
    assert max(b - a for a, b in itertools.pairwise([*patient.pauses, 100_000])) > 100


@every_engine
def test_a_training_stops_at_the_pause_in_which_it_is_told_to(engine):
    class Stop(ns.callbacks.Callback):
        def on_pause(self, run):
            if run.epoch >= 3:
                run.stop("enough")

    net = make()
    history = ns.train(ns.compile(net, engine=engine), X, XOR, epochs=10**9, callbacks=[Stop()])
    again = make()
    ns.train(ns.compile(again, engine=engine), X, XOR, epochs=history.epochs)
    np.testing.assert_array_equal(net.parameters, again.parameters)


def test_a_training_stops_after_the_epoch_in_which_it_is_told_to():
    class Stop(ns.callbacks.Callback):
        def on_epoch(self, run):
            if run.epoch == 3:
                run.stop("enough")

    log = Log()
    history = ns.train(make(), X, XOR, callbacks=[Stop(), log])
    assert history.epochs == 3
    assert log.events[-1] == ("end", 3)


def test_a_callback_sees_the_training():
    class Look(ns.callbacks.Callback):
        def on_epoch(self, run):
            self.seen = (run.network, run.rule, run.cost, run.epochs, run.history["cost"])
            self.parameters, self.seconds = run.parameters.copy(), run.seconds

    net, look, rule, cost = make(), Look(), ns.Adam(0.01), ns.SquaredError(reduction="sum")
    began = time.perf_counter()
    history = ns.train(net, X, XOR, rule=rule, cost=cost, epochs=4, callbacks=[look])
    assert look.seen == (net, rule, cost, 4, history["cost"])
    np.testing.assert_array_equal(look.parameters, net.parameters)
    assert 0 < look.seconds < time.perf_counter() - began


@every_engine
def test_parameters_that_a_callback_changes_are_those_that_training_goes_on_with(engine):
    class Reset(ns.callbacks.Callback):
        def on_epoch(self, run):
            run.parameters[:] = self.first

        def on_begin(self, run):
            self.first = run.parameters.copy()

    history = ns.train(ns.compile(make(), engine=engine), X, XOR, epochs=3, callbacks=[Reset()])
    assert len(set(history["cost"])) == 1


def test_the_end_is_told_with_the_error():
    class End(ns.callbacks.Callback):
        def on_end(self, run):
            self.error = run.error

    end, log = End(), Log()
    with pytest.raises(DivergenceError) as caught:
        ns.train(make(), 1e200 * X, 1e200 * XOR, callbacks=[end, log])
    assert end.error is caught.value
    assert log.events[-1][0] == "end"


def test_all_hear_of_the_end_even_when_one_cannot_begin():
    class Fails(ns.callbacks.Callback):
        def on_begin(self, run):
            raise LookupError("mine")

    log, program = Log(), ns.compile(make())
    before = program.network.parameters.copy()
    with pytest.raises(LookupError, match="mine"):
        ns.train(program, X, XOR, callbacks=[Fails(), log])
    assert log.events == [("end", 0)]
    np.testing.assert_array_equal(program.network.parameters, before)


@pytest.mark.parametrize(
    ("callbacks", "message"),
    [
        (
            ns.callbacks.Callback(),
            r"callbacks must be a list of callbacks or functions of the history \(got <",
        ),
        ([Log], r"callbacks holds the class Log; pass an object, Log\(\.\.\.\)$"),
    ],
)
def test_what_is_no_list_of_callbacks_is_refused(callbacks, message):
    with pytest.raises(InvalidTypeError, match=f"^{message}"):
        ns.train(make(), X, XOR, callbacks=callbacks)


# -- metrics -------------------------------------------------------------------------------


def right(targets, outputs):
    return np.mean((outputs > 0.5) == (targets > 0.5))


@every_engine
def test_a_metric_is_a_column_for_the_examples_and_one_for_the_validation(engine):
    net = make()
    history = ns.train(
        ns.compile(net, engine=engine), X, XOR, epochs=3, metrics=[right],
        validation=(X[:3], XOR[:3]),
    )  # fmt: skip
    assert list(history) == ["cost", "val_cost", "right", "val_right"]
    outputs = ns.compile(net, engine=engine).feedforward(X)
    assert history["right"][-1] == right(XOR[:, None], outputs)
    assert history["val_right"][-1] == right(XOR[:3, None], outputs[:3])


def test_metrics_may_be_named():
    metrics = {"half": lambda t, o: 0.5, "count": lambda t, o: len(t)}
    history = ns.train(make(), X, XOR, epochs=2, metrics=metrics)
    assert history["half"] == [0.5, 0.5]
    assert history["count"] == [4, 4]


def test_a_metric_changes_nothing_about_what_is_learned():
    plain, measured = make(), make()
    a = ns.train(plain, X, XOR, epochs=5, batch_size=1, seed=3)
    b = ns.train(measured, X, XOR, epochs=5, batch_size=1, seed=3, metrics=[right])
    assert a["cost"] == b["cost"]
    np.testing.assert_array_equal(plain.parameters, measured.parameters)


def test_examples_that_come_as_an_iterable_are_not_measured():
    history = ns.train(
        make(), [(X, XOR)], epochs=2, metrics=[right], validation=(X, XOR)
    )  # fmt: skip
    assert list(history) == ["cost", "val_cost", "val_right"]


@pytest.mark.parametrize(
    ("metrics", "message"),
    [
        ("accuracy", "metrics must be a list of functions of targets and outputs, or a dict of "
         "them by name (got 'accuracy')"),
        ([3], "metrics must hold functions of targets and outputs, such as "
         "neurosim.metrics.accuracy (got 3)"),
        ([lambda t, o: 0], "a metric's name becomes that of a column, and must be an identifier "
         "(got '<lambda>'); pass {name: function}"),
        ([right, right], "metrics need names of their own, other than cost, errors and val_… "
         "(got right, right); pass {name: function}"),
        ({"cost": right}, "metrics need names of their own, other than cost, errors and val_… "
         "(got cost); pass {name: function}"),
    ],
)  # fmt: skip
def test_what_is_no_metric_is_refused(metrics, message):
    with pytest.raises(ns.errors.NeurosimError, match=f"^{re.escape(message)}$"):
        ns.train(make(), X, XOR, metrics=metrics)


@pytest.mark.parametrize("engine", ["reference", "numpy", "numba"])
@pytest.mark.parametrize(
    ("value", "error", "what"),
    [
        (None, InvalidTypeError, "a number"),
        ("1", InvalidTypeError, "a number"),
        (b"1", InvalidTypeError, "a number"),
        (1j, InvalidTypeError, "a number"),
        (np.zeros(2), InvalidTypeError, "a number"),
        ([[1], [1, 2]], InvalidTypeError, "a number"),
        ({}, InvalidTypeError, "a number"),
        (10**400, InvalidValueError, "a number that a float can hold"),
        (-(10**5000), InvalidValueError, "a number that a float can hold"),
        (Fraction(10**400), InvalidValueError, "a number that a float can hold"),
    ],
    ids=itertools.count(),
)  # fmt: skip
def test_a_metric_that_is_no_number_is_refused_at_once_by_name(value, error, what, engine):
    net = make()
    before = net.parameters.copy()
    with pytest.raises(error) as refusal:
        ns.train(ns.compile(net, engine=engine), X, XOR, metrics={"odd": lambda t, o: value})
    message = f"the metric 'odd' must return {what} (got {shown(value)})"
    assert str(refusal.value) == message
    np.testing.assert_array_equal(np.sort(net.parameters), np.sort(before))


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (True, 1.0), (np.False_, 0.0), (3, 3.0), (10**30, 1e30), (np.int8(-3), -3.0),
        (np.float32(0.1), float(np.float32(0.1))), (np.array([[2]]), 2.0), ([2], 2.0),
        (Fraction(1, 2), 0.5), (Decimal("0.25"), 0.25), (np.longdouble(0.5), 0.5),
        (float("nan"), float("nan")), (float("-inf"), float("-inf")), (2**63, float(2**63)),
    ],
)  # fmt: skip
def test_what_a_metric_returns_is_a_float_in_the_history_its_file_and_all_logs(
    value, number, tmp_path
):
    history = ns.train(
        make(), X, XOR, epochs=2, metrics={"odd": lambda t, o: value},
        callbacks=[
            ns.callbacks.CSVLog(tmp_path / "log.csv"), ns.callbacks.JSONLog(tmp_path / "log.json"),
            ns.callbacks.Checkpoint(tmp_path / "checkpoint", seconds=0),
            ns.callbacks.TensorBoard(tmp_path / "board"), ns.callbacks.Progress(),
        ],
    )  # fmt: skip
    assert all(type(one) is float for one in history["odd"])
    np.testing.assert_array_equal(history["odd"], [number] * 2)
    history.save(tmp_path / "history.json")
    np.testing.assert_array_equal(ns.History.load(tmp_path / "history.json")["odd"], [number] * 2)
    rows = (tmp_path / "log.csv").read_text().splitlines()[1:]
    np.testing.assert_array_equal([float(row.split(",")[-1]) for row in rows], [number] * 2)
    again = ns.train(
        make(), X, XOR, epochs=3, metrics={"odd": lambda t, o: value},
        callbacks=[ns.callbacks.Checkpoint(tmp_path / "checkpoint", seconds=0)],
    )  # fmt: skip
    np.testing.assert_array_equal(again["odd"], [number] * 3)
