"""A training is resumed on the engine and by the strategy that it began with."""

import json

import numpy as np
import pytest
from attrs import asdict, evolve

import neurosim as ns
from neurosim.engines.compiled import rates
from neurosim.engines.kernel_folder import kernel_folder
from neurosim.errors import FormatError, InvalidValueError
from neurosim.io.tree import read_tree, write_tree
from neurosim.training.callbacks.checkpoint import VERSION

X = np.random.default_rng(0).normal(size=(96, 20))
Y = np.tanh(X[:, :2])


def network():
    net = ns.topologies.random_dag(
        60, n_inputs=20, n_outputs=2, activation="tanh", seed=1, dtype="float32"
    )
    net.initialize(ns.initializers.LeCun(), seed=1)
    return net


def train(net, epochs, path=None, **settings):
    callbacks = [] if path is None else [ns.callbacks.Checkpoint(path)]
    settings = {"rule": ns.Adam(0.01), "batch_size": 64, "seed": 3, **settings}
    return ns.train(net, X, Y, epochs=epochs, callbacks=callbacks, **settings)


def bits(of):
    net = of if isinstance(of, ns.Network) else of.network
    return net.parameters.tobytes()


def test_the_history_names_the_engine_and_why(cold, tmp_path):
    history = train(network(), 1)
    assert history.engine == "numpy"
    assert "still being compiled in the background" in history.engine_reason
    history.save(tmp_path / "history.json")
    again = ns.History.load(tmp_path / "history.json")
    assert (again.engine, again.engine_reason) == (history.engine, history.engine_reason)


def test_a_training_that_began_on_a_first_start_stays_with_numpy(cold, tmp_path):
    whole = network()
    train(whole, 12)
    train(network(), 5, tmp_path / "checkpoint")
    kernel_folder().mark_ready("float32")  # by now the kernels are there
    assert ns.compile(network()).engine == "numba"
    resumed = network()
    history = train(resumed, 12, tmp_path / "checkpoint")
    assert (history.engine, history.engine_reason) == ("numpy", "as the checkpoint was made")
    assert bits(resumed) == bits(whole)
    other = network()
    train(other, 12)
    assert bits(other) != bits(whole)  # so that the engine matters here


def test_an_engine_that_was_asked_for_is_not_another(cold, tmp_path):
    train(network(), 5, tmp_path / "checkpoint")
    net = network()
    with pytest.raises(InvalidValueError, match=r"its engine is numpy \(got numba\)"):
        train(ns.compile(net, engine="numba"), 12, tmp_path / "checkpoint")


def favoring(lanes):
    """The rates of a machine on which tiles of so many examples are by far the fastest."""
    row = tuple(1e15 if n == lanes else 1e5 for n in rates.LANES)
    return evolve(rates.USUAL["float32"], steps=(row,) * 3, passes=(row,) * 3)


def test_other_rates_change_nothing_in_a_training_that_has_begun(monkeypatch, tmp_path):
    monkeypatch.setenv("NEUROSIM_CALIBRATE", "1")
    monkeypatch.setenv("NEUROSIM_CACHE_DIR", str(tmp_path))
    found = {}
    for lanes in (32, 64):
        rates._path("float32").write_text(json.dumps(asdict(favoring(lanes))))
        rates.rates.cache_clear()
        net = network()
        train(ns.compile(net, engine="numba"), 12)
        found[lanes] = bits(net)
    assert found[32] != found[64]
    train(ns.compile(network(), engine="numba"), 5, tmp_path / "checkpoint")  # in tiles of 64
    rates._path("float32").write_text(json.dumps(asdict(favoring(32))))
    rates.rates.cache_clear()
    resumed = network()
    train(ns.compile(resumed, engine="numba"), 12, tmp_path / "checkpoint")
    rates.rates.cache_clear()
    assert bits(resumed) == found[64]


XOR = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]


def tiny():
    net = ns.topologies.layered([2, 3, 1], activation="sigmoid")
    net.initialize(ns.initializers.Normal(), seed=1)
    return net


def test_more_epochs_do_not_change_how_they_are_taken(tmp_path):
    def go(net, epochs):
        ns.train(
            ns.compile(net, engine="numba"), *XOR, rule=ns.GradientDescent(0.5), epochs=epochs,
            callbacks=[ns.callbacks.Checkpoint(path)],
        )  # fmt: skip
        return read_tree(path, VERSION)["recipe"]["way through the epochs"]

    path = tmp_path / "few"
    assert "specialized" not in go(tiny(), 100)
    assert "specialized" not in go(tiny(), 100_000)
    path = tmp_path / "many"
    assert "specialized" in go(tiny(), 100_000)
    assert "specialized" in go(tiny(), 100_010)


@pytest.mark.parametrize(
    "strategy",
    ["", "null", "{}", "[" * 100_000, '{"rates": null, "n_threads": 1}',
     json.dumps({"rates": asdict(rates.USUAL["float32"]), "n_threads": 10**9}),
     json.dumps({"rates": asdict(rates.USUAL["float32"]), "n_threads": True}),
     json.dumps({"rates": {**asdict(rates.USUAL["float32"]), "call": 1e999}, "n_threads": 1})],
)  # fmt: skip
def test_a_forged_strategy_is_refused(tmp_path, strategy):
    path = tmp_path / "checkpoint"
    train(ns.compile(network(), engine="numba"), 2, path)
    state = read_tree(path, VERSION)
    state["recipe"]["strategy"] = strategy
    write_tree(path, state, VERSION)
    program = ns.compile(network(), engine="numba")
    before = bits(program)
    with pytest.raises(FormatError, match="the strategy must be the rates of a machine"):
        train(program, 4, path)
    assert bits(program) == before
