"""Checkpoints: what was killed goes on as if nothing had happened."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import neurosim as ns
from neurosim.errors import (
    FormatError,
    InvalidTypeError,
    InvalidValueError,
    TrainingInterrupted,
)
from neurosim.training import hooks

Checkpoint = ns.callbacks.Checkpoint
rng = np.random.default_rng(0)
X, Y = rng.normal(size=(50, 4)), rng.uniform(size=(50, 2))
every_engine = pytest.mark.parametrize("engine", ["reference", "numpy", "numba"])


class CrashError(Exception):
    pass


class CrashAt(ns.callbacks.Callback):
    """Fails at a pause, before or after which a checkpoint was written."""

    order = 2

    def __init__(self, pause):
        self.left = pause

    def on_pause(self, run):
        self.left -= 1
        if self.left < 0:
            raise CrashError


@pytest.fixture(autouse=True)
def pause_between_all_steps(monkeypatch):
    monkeypatch.setattr(hooks, "PAUSE_SECONDS", 0.0)


def make(dtype="float64", activation="sigmoid"):
    net = ns.Network(dtype=dtype)
    inputs = net.add_layer(4, role="input", name="input")
    hidden = net.add_layer(6, activation=activation, name="hidden")
    net.connect(inputs, hidden)
    net.connect([*inputs, *hidden], net.add_layer(2, activation="sigmoid", role="output"))
    net.initialize(ns.initializers.Normal(), seed=0)
    return net


def in_one_go(data=(X, Y), *, engine="auto", seed=5, make=make, **arguments):
    net = make()
    history = ns.train(ns.compile(net, engine=engine), *data, seed=seed, **arguments)
    return net.parameters.copy(), history


def in_pieces(
    path, pauses, data=(X, Y), *, engine="auto", make=make, seed=5, callbacks=list, **arguments
):
    """Train with a crash after each number of pauses, then to the end."""
    for pause in [*pauses, None]:
        net, added = make(), [] if pause is None else [CrashAt(pause)]
        checkpoint = Checkpoint(path, seconds=0)
        parts = (part() if callable(part) else part for part in data)
        try:
            history = ns.train(
                ns.compile(net, engine=engine), *parts,
                seed=seed() if callable(seed) else seed,
                callbacks=[*callbacks(), checkpoint, *added], **arguments,
            )  # fmt: skip
        except CrashError:
            continue
    return net.parameters.copy(), history


def assert_same(one, other):
    np.testing.assert_array_equal(one[0], other[0])
    assert dict(one[1]) == dict(other[1])


def test_killed_at_50_random_moments_it_ends_with_the_same_bits():
    result = subprocess.run(
        [sys.executable, Path(__file__).with_name("killed.py")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    lines = [line.split("\t") for line in result.stdout.splitlines()]
    assert sum(int(kills) for _, kills, _, _ in lines) >= 50
    for case, _, went_on, all_equal in lines:
        assert all_equal == "True", case
        assert int(went_on) > 0, case


@every_engine
@pytest.mark.parametrize("batch_size", [None, 1, 7])
def test_it_goes_on_in_the_middle_of_an_epoch(tmp_path, engine, batch_size):
    arguments = {"engine": engine, "batch_size": batch_size, "epochs": 3, "rule": ns.Adam(0.01)}
    expected = in_one_go(**arguments)
    assert_same(in_pieces(tmp_path / "c", [1, 2, 0, 3], **arguments), expected)


@pytest.mark.parametrize(
    "rule",
    [
        ns.GradientDescent(0.1, momentum=0.9, nesterov=True),
        ns.Adagrad(0.1),
        ns.RMSProp(0.01, momentum=0.5, centered=True),
        ns.AdamW(ns.schedules.WarmUp(30, ns.schedules.Cosine(0.1, 60, by="step"), by="step")),
        ns.Rprop(0.01),
        ns.GradientDescent(ns.schedules.OnPlateau(0.5, 0.5, 1, watch="val_cost")),
    ],
    ids=lambda rule: type(rule).__name__,
)  # fmt: skip
@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_rules_and_schedules_go_on_with_what_they_remember(tmp_path, rule, engine):
    arguments = {
        "engine": engine, "batch_size": None if isinstance(rule, ns.Rprop) else 10, "epochs": 20,
        "rule": rule, "validation": (X[:9], Y[:9]), "metrics": {"r": ns.metrics.r2},
    }  # fmt: skip
    expected = in_one_go(**arguments)
    assert_same(in_pieces(tmp_path / "c", [3, 5, 4], **arguments), expected)


def test_a_rule_of_your_own_goes_on_with_its_memory(tmp_path):
    class Averaged(ns.Rule):
        def init(self, parameters):
            return {"mean": np.zeros_like(parameters)}

        def update(self, parameters, gradient, memory):
            memory["mean"] += 0.2 * (gradient - memory["mean"])
            parameters -= 0.1 * memory["mean"]

    arguments = {"rule": Averaged(), "epochs": 4, "batch_size": 20}
    expected = in_one_go(**arguments)
    assert_same(in_pieces(tmp_path / "c", [3, 2], **arguments), expected)


def mapped(tmp_path):
    path = tmp_path / "x.f4"
    X.astype(np.float32).tofile(path)
    return np.memmap(path, np.float32, "r", shape=X.shape)


@pytest.mark.parametrize("engine", ["numpy", "numba"])
@pytest.mark.parametrize("kind", ["list", "iterator", "map"])
def test_batches_that_are_delivered_again_are_taken_once(tmp_path, engine, kind):
    batches = [(X[k : k + 15], Y[k : k + 15]) for k in range(0, 50, 15)]
    data = {
        "list": (batches,),
        "iterator": (lambda: iter(batches),),
        "map": (mapped(tmp_path).astype(np.float64) if kind != "map" else mapped(tmp_path), Y),
    }[kind]
    arguments = {"engine": engine, "batch_size": 4, "epochs": 1 if kind == "iterator" else 3}
    whole = in_one_go(tuple(part() if callable(part) else part for part in data), **arguments)
    assert_same(in_pieces(tmp_path / "c", [3, 4, 9], data, **arguments), whole)


@pytest.mark.parametrize(
    "seed",
    [
        lambda: np.random.RandomState(3),
        lambda: np.random.Generator(np.random.MT19937(3)),
        lambda: np.random.Generator(np.random.SFC64(3)),
        lambda: np.random.SeedSequence(3),
    ],
)
@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_every_kind_of_generator_goes_on_where_it_stood(tmp_path, seed, engine):
    arguments = {"engine": engine, "batch_size": 20, "epochs": 5}
    expected = in_one_go(seed=seed(), **arguments)
    assert_same(in_pieces(tmp_path / "c", [2, 3], seed=seed, **arguments), expected)


def test_float32_and_all_that_shapes_a_step(tmp_path):
    arguments = {
        "epochs": 30, "batch_size": 9, "penalty": [ns.L1(1e-3), ns.L2(1e-3)], "max_norm": 1.5,
        "clip": ns.ClipNorm(0.5), "learning_rates": {"hidden": 0.3},
        "make": lambda: make("float32", "tanh"),
    }  # fmt: skip
    assert_same(in_pieces(tmp_path / "c", [2, 3], **arguments), in_one_go(**arguments))


@every_engine
def test_dropout_and_noise_go_on_as_they_were_drawn(tmp_path, engine):
    arguments = {
        "engine": engine, "epochs": 3, "batch_size": 12, "dropout": 0.4, "input_noise": 0.1,
        "sample_weights": np.linspace(0, 2, 50),
    }  # fmt: skip
    expected = in_one_go(**arguments)
    assert_same(in_pieces(tmp_path / "c", [2, 1, 3], **arguments), expected)
    # the seed counts for the first start only
    seeds = iter([5, 6, 7, 8])
    again = in_pieces(tmp_path / "d", [2, 1, 3], seed=lambda: next(seeds), **arguments)
    assert_same(again, expected)


def test_the_perceptron_rule_goes_on_and_ends_when_nothing_is_left_to_learn(tmp_path):
    def net():
        net = ns.Network()
        net.connect(
            net.add_layer(2, role="input"),
            net.add_neuron(activation="threshold", role="output"),
        )
        return net

    data = (np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([-1, -1, -1, 1]))
    arguments = {"rule": ns.PerceptronRule(0.1), "epochs": 100, "make": net, "data": data}
    expected = in_one_go(**arguments)
    assert expected[1]["errors"][-1] == 0
    assert_same(in_pieces(tmp_path / "c", [1, 2], **arguments), expected)
    assert_same(in_pieces(tmp_path / "c", [], **arguments), expected)


def test_the_pocket_goes_on_with_the_weights_that_are_learned(tmp_path):
    def net():
        net = ns.Network()
        outputs = net.add_layer(2, activation="threshold", role="output")
        net.connect(net.add_layer(4, role="input"), outputs)
        return net

    data = (X, np.where(Y > 0.5, 1, -1))
    arguments = {
        "rule": ns.PerceptronRule(pocket=True), "epochs": 6, "make": net, "data": data,
    }  # fmt: skip
    assert_same(in_pieces(tmp_path / "c", [30, 70, 5], **arguments), in_one_go(**arguments))


def test_levenberg_marquardt_goes_on_with_its_damping(tmp_path):
    arguments = {"rule": ns.LevenbergMarquardt(), "epochs": 12, "engine": "numpy"}
    assert_same(in_pieces(tmp_path / "c", [3, 2, 4], **arguments), in_one_go(**arguments))


def test_what_scipy_remembers_is_in_no_file(tmp_path):
    message = (
        "LBFGS(tolerance=1e-05, memory=10) remembers what no file can hold, so "
        f"Checkpoint({str(tmp_path / 'c')!r}) could not go on from it; leave the Checkpoint out"
    )
    with pytest.raises(InvalidValueError, match=f"^{re.escape(message)}$"):
        in_pieces(tmp_path / "c", [], rule=ns.LBFGS())


# -- callbacks -----------------------------------------------------------------------------


def test_early_stopping_remembers_the_best_epoch(tmp_path):
    def callbacks():
        return [ns.callbacks.EarlyStopping(patience=8)]

    arguments = {"epochs": 300, "validation": (X[:9], 1 - Y[:9]), "rule": ns.Adam(0.05)}
    expected = in_one_go(callbacks=callbacks(), **arguments)
    assert expected[1].epochs < 300
    again = in_pieces(tmp_path / "c", [4, 5, 3], callbacks=callbacks, **arguments)
    assert_same(again, expected)
    assert_same(in_pieces(tmp_path / "c", [], callbacks=callbacks, **arguments), expected)


def test_snapshots_logs_and_what_is_watched_go_on(tmp_path):
    def callbacks(path):
        return [
            ns.callbacks.Snapshots(every=2), ns.callbacks.CSVLog(path / "log.csv"),
            ns.callbacks.JSONLog(path / "log.jsonl"), ns.callbacks.Watch("hidden"),
        ]  # fmt: skip

    whole, pieces = tmp_path / "whole", tmp_path / "pieces"
    whole.mkdir()
    pieces.mkdir()
    seen = []

    def remembered():
        seen.append(callbacks(pieces))
        return seen[-1]

    expected = callbacks(whole)
    a = in_one_go(callbacks=expected, epochs=9, batch_size=20)
    b = in_pieces(tmp_path / "c", [4, 5, 3], callbacks=remembered, epochs=9, batch_size=20)
    assert_same(a, b)
    assert seen[-1][0].epochs == expected[0].epochs == [0, 2, 4, 6, 8]
    np.testing.assert_array_equal(seen[-1][0].parameters, expected[0].parameters)
    for name in ("log.csv", "log.jsonl"):
        assert (whole / name).read_text() == (pieces / name).read_text()


def test_a_time_limit_is_for_now_and_the_next_call_goes_on(tmp_path):
    def train(net):
        return ns.train(
            net, X, Y, epochs=20_000, batch_size=10, seed=0,
            callbacks=[ns.callbacks.TimeLimit(0.03), Checkpoint(tmp_path / "c")],
        )  # fmt: skip

    calls, history = 0, train(make())
    while history.epochs < 20_000:
        net = make()
        history, calls = train(net), calls + 1
    assert calls > 0
    expected = in_one_go(epochs=20_000, batch_size=10, seed=0)
    assert_same((net.parameters, history), expected)


def test_a_batch_that_is_refused_after_going_on_leaves_the_network_as_it_was(tmp_path):
    good, bad = (X[:20], Y[:20]), (X[:20], Y[:19])
    in_pieces(tmp_path / "c", [], data=([good, good],), epochs=1)
    program = ns.compile(make())
    before = program.network.parameters.copy()
    with pytest.raises(InvalidValueError, match="batch 1 of epoch 1: X and y must have as many"):
        ns.train(
            program, Anew(good, bad), epochs=3, seed=5, callbacks=[Checkpoint(tmp_path / "c")]
        )
    np.testing.assert_array_equal(program.network.parameters, before)


class Anew:
    """Batches, the second of which changes after the first epoch."""

    def __init__(self, good, bad):
        self.good, self.bad = good, bad

    def __iter__(self):
        yield self.good
        yield self.bad


# -- what the file is for ------------------------------------------------------------------


def test_after_ctrl_c_it_goes_on(tmp_path):
    import _thread

    class Press(ns.callbacks.Callback):
        def on_pause(self, run):
            if run.epoch == 2:
                _thread.interrupt_main()

    net = make()
    with pytest.raises(TrainingInterrupted):
        ns.train(
            ns.compile(net, engine="numpy"), X, Y, epochs=6, batch_size=20, seed=5,
            callbacks=[Checkpoint(tmp_path / "c", seconds=1000), Press()],
        )  # fmt: skip
    arguments = {"engine": "numpy", "epochs": 6, "batch_size": 20}
    assert_same(in_pieces(tmp_path / "c", [], **arguments), in_one_go(**arguments))


def test_what_has_ended_returns_at_once_and_goes_on_with_more_epochs(tmp_path):
    expected = in_one_go(epochs=10)
    first = in_pieces(tmp_path / "c", [], epochs=10)
    assert_same(first, expected)

    class Never(ns.callbacks.Callback):
        def on_epoch(self, run):
            raise AssertionError

    again = in_pieces(tmp_path / "c", [], epochs=10, callbacks=lambda: [Never()])
    assert_same(again, expected)
    assert_same(in_pieces(tmp_path / "c", [], epochs=17), in_one_go(epochs=17))


def test_it_may_begin_anew(tmp_path):
    in_pieces(tmp_path / "c", [], epochs=4)
    net = make()
    history = ns.train(
        net, X, Y, epochs=3, rule=ns.Adam(), callbacks=[Checkpoint(tmp_path / "c", resume=False)]
    )
    assert history.epochs == 3


def test_the_file_holds_no_pickle_and_lies_alone_in_its_folder(tmp_path):
    in_pieces(tmp_path / "c", [2], epochs=4)
    assert os.listdir(tmp_path) == ["c"]
    with np.load(tmp_path / "c", allow_pickle=False) as file:
        for name in file.files:
            assert file[name].dtype != object


def test_a_write_that_fails_leaves_the_last_checkpoint(tmp_path, monkeypatch):
    from neurosim.io import whole

    in_pieces(tmp_path / "c", [], epochs=4)
    before = (tmp_path / "c").read_bytes()

    def full(number):
        raise OSError("the disk is full")

    monkeypatch.setattr(whole.os, "fsync", full)
    with pytest.raises(OSError, match="the disk is full"):
        in_pieces(tmp_path / "c", [], epochs=8)
    assert (tmp_path / "c").read_bytes() == before
    monkeypatch.undo()
    assert_same(in_pieces(tmp_path / "c", [], epochs=8), in_one_go(epochs=8))


# -- what it refuses -----------------------------------------------------------------------


def larger():
    net = make()
    net.connect(net.inputs[0], net.add_neuron("more"))
    return net


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"rule": ns.Adam(0.1)}, "its rule is GradientDescent(learning_rate=0.1, momentum=0.0, "),
        ({"cost": ns.Huber()}, "its cost is SquaredError() (got Huber("),
        ({"batch_size": 7}, "its batch_size is None (got 7)"),
        ({"data": (X, 1 - Y)}, "its examples is (50, 4) and (50, 2) ("),
        ({"data": (X[1:], Y[1:])}, "its examples is (50, 4) and (50, 2) ("),
        ({"engine": "numpy"}, "its engine is numba (got numpy)"),
        ({"make": lambda: make("float32")}, "its dtype is float64 (got float32)"),
        ({"make": lambda: make(activation="tanh")}, "its structure of the network is 12 neurons, "),
        ({"make": larger}, "its structure of the network is 12 neurons, 44 synapses ("),
        ({"penalty": ns.L2(0.1)}, "its penalties is () (got (L2("),
        ({"validation": (X, Y)}, "its columns of the history is cost (got cost, val_cost)"),
        ({"sample_weights": np.ones(50)}, "its sample_weights is None (got (50,) ("),
        ({"dropout": 0.5}, "its dropout is None (got 0.5)"),
        ({"shuffle": False}, "its generator is PCG64 (got NoneType)"),
        (
            {"callbacks": lambda: [ns.callbacks.Snapshots()]},
            "its callbacks that remember is  (got Snapshots)",
        ),
    ],
)
def test_the_checkpoint_of_another_training_is_refused_saying_what_differs(tmp_path, change, what):
    in_pieces(tmp_path / "c", [], epochs=4)
    before = (tmp_path / "c").read_bytes()
    made = change.pop("make", make)()
    made_before = made.parameters.copy()
    message = f"^{re.escape(str(tmp_path / 'c'))} is the checkpoint of another training: "
    with pytest.raises(InvalidValueError, match=message + re.escape(what)):
        in_pieces(tmp_path / "c", [], epochs=8, make=lambda: made, **change)
    assert sorted(made.parameters) == sorted(made_before)
    assert (tmp_path / "c").read_bytes() == before


@pytest.mark.parametrize("text", [b"", b"something else", b"PK\x03\x04"])
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path, text):
    (tmp_path / "c").write_bytes(text)
    with pytest.raises(FormatError, match="is damaged, or was not written by neurosim"):
        in_pieces(tmp_path / "c", [], epochs=8)
    assert (tmp_path / "c").read_bytes() == text


def test_a_folder_that_is_not_there_is_an_error_before_anything_is_learned(tmp_path):
    program = ns.compile(make())
    before = program.network.parameters.copy()
    message = f"^Checkpoint.path: the folder {str(tmp_path / 'no')!r} is not there; make it first,"
    with pytest.raises(InvalidValueError, match=message):
        ns.train(program, X, Y, callbacks=[Checkpoint(tmp_path / "no" / "c")])
    np.testing.assert_array_equal(program.network.parameters, before)


def test_there_is_but_one_checkpoint(tmp_path):
    with pytest.raises(InvalidValueError, match=r"^callbacks may hold one Checkpoint \(got Check"):
        ns.train(make(), X, Y, callbacks=[Checkpoint(tmp_path / "a"), Checkpoint(tmp_path / "b")])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"path": 3}, InvalidTypeError, "Checkpoint.path must be a path (got 3)"),
        ({"path": "c", "seconds": -1}, InvalidValueError, "Checkpoint.seconds must be >= 0"),
    ],
)
def test_what_it_cannot_be_made_of_is_refused(arguments, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}"):
        Checkpoint(**arguments)
