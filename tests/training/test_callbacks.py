"""The callbacks that come with the package, one by one, and what they have in common."""

import csv
import json
import math
import os
import re
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import neurosim as ns
from neurosim.errors import (
    DivergenceError,
    InvalidTypeError,
    InvalidValueError,
    MissingExtraError,
    NeurosimWarning,
    StaleProgramError,
    UnknownNameError,
)
from neurosim.training import hooks

callbacks = ns.callbacks
X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR = np.array([0.0, 1.0, 1.0, 0.0])


def make(seed=0):
    net = ns.topologies.layered([2, 3, 1], activation="sigmoid")
    net.initialize(ns.initializers.Normal(), seed=seed)
    return net


def one_of_each(tmp_path):
    return [
        callbacks.Checkpoint(tmp_path / "checkpoint"),
        callbacks.CSVLog(tmp_path / "log.csv"),
        callbacks.EarlyStopping("cost"),
        callbacks.JSONLog(tmp_path / "log.jsonl"),
        callbacks.Progress(),
        callbacks.Snapshots(),
        callbacks.TensorBoard(tmp_path / "board"),
        callbacks.TimeLimit(60),
        callbacks.Watch(),
    ]


def test_this_file_knows_all_callbacks(tmp_path):
    assert tuple(map(type, one_of_each(tmp_path))) == callbacks.CALLBACKS


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of what tensorboardX imports
@pytest.mark.parametrize("engine", ["reference", "numpy", "numba"])
def test_whoever_looks_on_changes_nothing_about_what_is_learned(tmp_path, engine):
    alone, watched = make(), make()
    arguments = {"epochs": 5, "batch_size": 3, "seed": 1, "rule": ns.Adam()}
    a = ns.train(ns.compile(alone, engine=engine), X, XOR, **arguments)
    b = ns.train(
        ns.compile(watched, engine=engine), X, XOR, callbacks=one_of_each(tmp_path), **arguments
    )
    assert a["cost"] == b["cost"]
    np.testing.assert_array_equal(alone.parameters, watched.parameters)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_callback_serves_one_training_after_the_other(tmp_path):
    for one in one_of_each(tmp_path)[1:]:
        for _ in range(2):
            history = ns.train(make(), X, XOR, epochs=3, callbacks=[one])
            assert history.epochs == 3


@pytest.mark.parametrize("number", range(9))
def test_its_repr_tells_what_it_is(tmp_path, number):
    one = one_of_each(tmp_path)[number]
    assert type(one).__name__ in repr(one)


# -- early stopping ------------------------------------------------------------------------


class Script(callbacks.Callback):
    """Adds a column whose values are laid down, and sets the first parameter to each."""

    order = -1

    def __init__(self, *values):
        self.values = values

    def on_begin(self, run):
        run.history.add_column("value")

    def on_epoch(self, run):
        value = self.values[run.epoch - 1]
        run.history.append(value=value)
        run.parameters[0] = value if math.isfinite(value) else 0.0


def stopped(values, **arguments):
    net = make()
    stopping = callbacks.EarlyStopping("value", **arguments)
    history = ns.train(net, X, XOR, epochs=len(values), callbacks=[stopping, Script(*values)])
    return history.epochs, stopping.best_epoch, net.parameters[0]


def test_it_stops_after_so_many_epochs_without_an_improvement_at_the_best():
    # best in epoch 1; epochs 2, 3 and 4 are no better
    assert stopped([5, 3, 4, 3, 3, 1], patience=3) == (5, 1, 3)
    assert stopped([5, 3, 4, 3, 3, 1], patience=4) == (6, 5, 1)


def test_an_improvement_may_have_to_be_larger():
    assert stopped([5, 4.5, 4.2, 3.9, 3.7], patience=2, min_delta=1) == (3, 0, 5)
    assert stopped([5, 4.5, 3.9, 3.7], patience=2, min_delta=1) == (4, 2, 3.9)


def test_higher_may_be_better():
    assert stopped([1, 2, 1, 1], patience=2, maximize=True) == (4, 1, 2)


def test_it_may_keep_the_last_parameters():
    assert stopped([1, 2, 3, 4], patience=2, restore_best=False) == (3, 0, 3)


def test_the_best_comes_back_even_when_nothing_stopped_the_training():
    assert stopped([5, 1, 2], patience=10) == (3, 1, 1)


def test_what_is_no_number_is_no_improvement():
    assert stopped([math.nan, math.nan, 2, math.nan], patience=3) == (4, 2, 2)
    assert stopped([math.nan] * 5, patience=3)[:2] == (3, -1)


def test_after_an_error_the_parameters_are_left_to_it():
    net = ns.topologies.layered([1, 1], activation="identity")
    with pytest.raises(DivergenceError) as caught:
        ns.train(
            net, [[1e3]], [1.0], rule=ns.GradientDescent(1.0), epochs=1000,
            callbacks=[callbacks.EarlyStopping("cost", patience=10**6)],
        )  # fmt: skip
    assert caught.value.history.epochs > 1
    assert abs(net.synapses[0].weight) > 1e100


def test_a_column_that_is_not_there_is_named_before_anything_is_learned():
    program = ns.compile(make())
    before = program.network.parameters.copy()
    message = (
        "EarlyStopping.watch is 'val_cost', but the history has only cost; pass validation=, or "
        "watch another column"
    )
    with pytest.raises(UnknownNameError, match=f"^{re.escape(message)}$"):
        ns.train(program, X, XOR, callbacks=[callbacks.EarlyStopping()])
    np.testing.assert_array_equal(program.network.parameters, before)


# -- time ----------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_a_time_limit_ends_a_training_between_two_steps(engine):
    net = make()
    began = time.perf_counter()
    history = ns.train(
        ns.compile(net, engine=engine), X, XOR, epochs=10**9, callbacks=[callbacks.TimeLimit(0.1)]
    )
    assert 0.1 < time.perf_counter() - began < 20
    again = make()
    ns.train(ns.compile(again, engine=engine), X, XOR, epochs=history.epochs)
    np.testing.assert_array_equal(net.parameters, again.parameters)


# -- snapshots -----------------------------------------------------------------------------


def test_snapshots_are_replayed_and_the_network_gets_its_own_parameters_back():
    net, snapshots = make(), callbacks.Snapshots(every=2)
    program = ns.compile(net)
    first = net.parameters.copy()
    history = ns.train(program, X, XOR, epochs=5, callbacks=[snapshots])
    last = net.parameters.copy()
    costs = []
    for _ in snapshots.replay():
        outputs = program.feedforward(X)
        costs.append(ns.train(program, X, XOR, epochs=1)["cost"][0])
        assert outputs.shape == (4, 1)
    assert snapshots.epochs == [0, 2, 4]
    assert len(snapshots) == 3
    assert costs == history["cost"][::2]
    np.testing.assert_array_equal(net.parameters, last)
    np.testing.assert_array_equal(snapshots.parameters[0], first)


def test_a_replay_that_is_left_puts_the_parameters_back():
    net, snapshots = make(), callbacks.Snapshots()
    ns.train(net, X, XOR, epochs=3, callbacks=[snapshots])
    last = net.parameters.copy()
    replay = snapshots.replay()
    next(replay)
    assert (net.parameters != last).any()
    replay.close()
    np.testing.assert_array_equal(net.parameters, last)


def test_snapshots_of_another_structure_are_refused():
    net, snapshots = make(), callbacks.Snapshots()
    ns.train(net, X, XOR, epochs=1, callbacks=[snapshots])
    net.remove(net.synapses[0])
    with pytest.raises(StaleProgramError):
        next(snapshots.replay())


# -- logs ----------------------------------------------------------------------------------


def test_a_csv_log_has_a_row_per_epoch_with_all_digits(tmp_path):
    log = callbacks.CSVLog(tmp_path / "log.csv")
    history = ns.train(make(), X, XOR, epochs=4, callbacks=[log], validation=(X, XOR))
    with (tmp_path / "log.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["epoch"]) for row in rows] == [0, 1, 2, 3]
    for name in ("cost", "val_cost"):
        assert [float(row[name]) for row in rows] == history[name]


def test_a_json_log_has_an_object_per_epoch_and_null_for_what_is_no_number(tmp_path):
    log = callbacks.JSONLog(tmp_path / "log.jsonl")
    ns.train(make(), X, XOR, epochs=3, callbacks=[Script(1, math.nan, math.inf), log])
    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [row["value"] for row in rows] == [1, None, None]
    assert [row["epoch"] for row in rows] == [0, 1, 2]


@pytest.mark.parametrize("kind", [callbacks.CSVLog, callbacks.JSONLog])
def test_a_log_can_be_read_meanwhile_and_holds_all_when_training_fails(tmp_path, kind, monkeypatch):
    monkeypatch.setattr(hooks, "PAUSE_SECONDS", 0.0)
    path, seen = tmp_path / "log", []

    class Read(callbacks.Callback):
        order = 1

        def on_pause(self, run):
            seen.append(path.read_text().count("\n"))
            if run.epoch == 10:
                raise KeyError

    with pytest.raises(KeyError):
        ns.train(
            ns.compile(make(), engine="reference"), X, XOR, epochs=100,
            callbacks=[kind(path), Read()],
        )  # fmt: skip
    header = kind is callbacks.CSVLog
    assert seen[0] == header
    assert len(path.read_text().splitlines()) == header + 10


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device is full here")
@pytest.mark.parametrize("kind", [callbacks.CSVLog, callbacks.JSONLog])
def test_a_log_that_can_be_written_no_more_does_not_end_the_training(tmp_path, kind):
    log = kind(tmp_path / "log")

    class Fill(callbacks.Callback):
        def on_epoch(self, run):
            if run.epoch == 2:
                with Path("/dev/full").open("w") as full:
                    os.dup2(full.fileno(), log._file.fileno())

    message = (
        f"{log!r} could not be written any further, the training goes on without it: "
        "[Errno 28] No space left on device"
    )
    with pytest.warns(NeurosimWarning, match=f"^{re.escape(message)}$"):
        history = ns.train(make(), X, XOR, epochs=200, callbacks=[Fill(), log])
    assert history.epochs == 200


def test_a_log_replaces_a_file_whole_and_takes_any_name(tmp_path):
    (tmp_path / "log").write_text("old")
    (tmp_path / "log").chmod(0o640)
    net = make()
    net.add_neuron("\ud800")
    net.connect(net.inputs[0], "\ud800")
    watch = callbacks.Watch("\ud800")
    ns.train(net, X, XOR, epochs=1, callbacks=[watch, callbacks.CSVLog(tmp_path / "log")])
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o640
    head = (tmp_path / "log").read_text().splitlines()[0]
    assert "\\ud800.mean_output" in head


@pytest.mark.parametrize("kind", [callbacks.CSVLog, callbacks.JSONLog])
def test_a_log_does_not_keep_small_networks_from_compiled_calls(tmp_path, kind):
    rows = []

    class Count(callbacks.Callback):
        def on_pause(self, run):
            rows.append(run.epoch)

    ns.train(make(), X, XOR, epochs=20_000, callbacks=[kind(tmp_path / "log"), Count()])
    assert len(rows) < 5000
    assert (tmp_path / "log").read_text().count("\n") in (20_000, 20_001)


def test_a_folder_that_is_not_there_is_an_error_before_anything_is_learned(tmp_path):
    program = ns.compile(make())
    before = program.network.parameters.copy()
    with pytest.raises(FileNotFoundError):
        ns.train(program, X, XOR, callbacks=[callbacks.CSVLog(tmp_path / "no" / "log")])
    np.testing.assert_array_equal(program.network.parameters, before)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_tensorboard_gets_a_scalar_per_column_and_epoch(tmp_path):
    from tensorboardX.proto import event_pb2
    from tensorboardX.record_writer import RecordWriter  # noqa: F401 - the package is there

    history = ns.train(
        make(), X, XOR, epochs=3, callbacks=[callbacks.TensorBoard(tmp_path)], validation=(X, XOR)
    )
    (path,) = tmp_path.iterdir()
    data, found = path.read_bytes(), {}
    while data:  # a record: its length, a checksum of that, itself, a checksum of it
        size = int.from_bytes(data[:8], "little")
        event = event_pb2.Event.FromString(data[12 : 12 + size])
        data = data[12 + size + 4 :]
        for value in event.summary.value:
            found[value.tag, event.step] = value.simple_value
    assert len(found) == 6
    for (name, step), value in found.items():
        assert value == np.float32(history[name][step])


def test_without_tensorboardx_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    message = 'TensorBoard needs tensorboardX: pip install "neurosim[tensorboard]"'
    with pytest.raises(MissingExtraError, match=f"^{re.escape(message)}$"):
        callbacks.TensorBoard(tmp_path)


# -- progress ------------------------------------------------------------------------------


def test_the_bar_shows_costs_speed_and_the_time_left(terminal):
    shown = terminal()
    ns.train(
        make(), X, XOR, epochs=300, validation=(X, XOR), progress=True,
        callbacks=[lambda history: time.sleep(0.001)],
    )  # fmt: skip
    lines = shown.getvalue().split("\r")
    assert re.search(r"\d+/300 \[\d\d:\d\d<\d\d:\d\d, .*epoch/s, cost=.*, val_cost=", lines[-2])
    assert "300/300" in lines[-1]


# -- what they cannot be made of -----------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: callbacks.EarlyStopping(patience=0), InvalidValueError,
         "EarlyStopping.patience must be >= 1 (got 0)"),
        (lambda: callbacks.EarlyStopping(min_delta=-1.0), InvalidValueError,
         "EarlyStopping.min_delta must be >= 0 (got -1.0)"),
        (lambda: callbacks.TimeLimit(0), InvalidValueError,
         "TimeLimit.seconds must be > 0 (got 0)"),
        (lambda: callbacks.TimeLimit("1 h"), InvalidTypeError,
         "TimeLimit.seconds must be a finite number (got '1 h')"),
        (lambda: callbacks.Snapshots(0), InvalidValueError, "Snapshots.every must be >= 1 (got 0)"),
        (lambda: next(callbacks.Snapshots().replay()), InvalidValueError,
         "Snapshots.replay comes after a training; pass it to train"),
        (lambda: callbacks.CSVLog(None), InvalidTypeError,
         "CSVLog.path must be a path (got None)"),
        (lambda: callbacks.Watch(examples=0), InvalidValueError,
         "Watch.examples must be >= 1 (got 0)"),
    ],
)  # fmt: skip
def test_what_a_callback_cannot_be_made_of_is_refused(call, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}"):
        call()
