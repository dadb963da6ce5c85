"""The ways that the compiled engine chooses, and the rates it chooses them by."""

import json

import numpy as np
import pytest
from attrs import asdict

import neurosim as ns
from neurosim.engines.compiled import calibration, choice, rates
from neurosim.engines.compiled import engine as engine_module
from neurosim.engines.compiled.simd import REGISTER

MEASURED = rates.Rates(
    steps=((1.0, 2.0, 3.0, 4.0),) * 3, passes=((5.0, 6.0, 7.0, 8.0),) * 3, layers=5.0, matrices=6.0,
    gathered=7.0, call=8.0,
)  # fmt: skip


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine whose rates have not been measured yet; lists the measurements."""
    rates.rates.cache_clear()
    measured = []
    monkeypatch.setenv("NEUROSIM_CALIBRATE", "1")
    monkeypatch.setenv("NEUROSIM_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(
        calibration, "measure", lambda dtype: measured.append(dtype.name) or MEASURED
    )
    yield measured
    rates.rates.cache_clear()


def again(dtype="float32"):
    """What a new process would find."""
    rates.rates.cache_clear()
    return rates.rates(dtype)


def test_every_kind_of_register_has_its_rates():
    assert REGISTER in rates.TABLE
    assert all(found.keys() == {"float32", "float64"} for found in rates.TABLE.values())


def test_nothing_is_measured_until_somebody_asks_for_it(machine):
    assert again() == rates.TABLE[REGISTER]["float32"]
    assert machine == []


def test_measured_rates_are_kept_per_dtype_and_taken_from_then_on(machine, tmp_path):
    path = rates.keep_measured("float32")
    assert again() == again() == MEASURED
    assert again("float64") == rates.TABLE[REGISTER]["float64"]
    assert machine == ["float32"]
    assert list((tmp_path / "cache").iterdir()) == [path]


def kept(**changes):
    """The text of a file of rates, with some of them changed."""
    return json.dumps({**asdict(MEASURED), **changes})


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", "null", "5", '"x"', '{"steps": 1}', kept(steps=[[1]]), kept(layers=None),
     kept(layers=True), kept(call=0), kept(call=-1.0), kept(call=float("inf")), kept(more=1.0),
     kept(gathered="7"), kept(passes=[["1"] * 4] * 3), kept(passes="abc"), kept(passes=[1, 2, 3])],
)  # fmt: skip
def test_a_file_with_anything_else_in_it_is_left_alone(machine, text):
    path = rates.keep_measured("float32")
    path.write_text(text)
    assert again() == rates.TABLE[REGISTER]["float32"]


def test_rates_that_cannot_be_kept_are_said(machine, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("NEUROSIM_CACHE_DIR", str(tmp_path / "file" / "cache"))
    with pytest.raises(OSError, match="file"):
        rates.keep_measured("float32")
    assert again() == rates.TABLE[REGISTER]["float32"]


def test_one_can_ask_for_the_usual_rates(machine, monkeypatch):
    rates.keep_measured("float32")
    monkeypatch.setenv("NEUROSIM_CALIBRATE", "0")
    assert again() == rates.USUAL["float32"]


def test_measuring_gives_rates():
    measured = calibration.measure(np.dtype(np.float32))
    walks = [rate for table in (measured.steps, measured.passes) for row in table for rate in row]
    numbers = [*walks, measured.layers, measured.matrices, measured.gathered]
    assert all(1e6 < number < 1e13 for number in numbers)
    assert 1e-9 < measured.call < 1e-2


def first_choice(net, n_examples, most_threads=2, step=True):
    plan = ns.compile(net).plan
    layered = ns.compile(net).runner.form.sheet is not None
    usual = rates.USUAL[net.dtype.name]
    return choice.choices(
        plan, n_examples, usual, most_threads, layered=layered, step=step
    )[0]  # fmt: skip


def test_full_layers_are_taken_as_dense_layers():
    net = ns.topologies.layered([784, 30, 10], activation="sigmoid", dtype="float32")
    assert first_choice(net, 10).way == "layers"


def test_an_irregular_graph_is_walked():
    net = ns.topologies.random_dag(300, activation="sigmoid", n_inputs=20, n_outputs=5, seed=0)
    assert first_choice(net, 128).way == "walk"
    assert first_choice(net, 1).way == "one by one"
    assert first_choice(net, 1, step=False).way == "one by one"


def test_a_small_batch_is_not_shared_out_among_threads():
    net = ns.topologies.layered([2, 3, 1], activation="sigmoid")
    assert first_choice(net, 4, most_threads=8).n_threads == 1


def test_a_large_batch_is():
    net = ns.topologies.random_dag(2000, activation="sigmoid", n_inputs=20, n_outputs=5, seed=0)
    assert first_choice(net, 512, most_threads=2).n_threads == 2


def test_tiles_are_no_wider_than_the_batch_needs():
    net = ns.topologies.random_dag(300, activation="sigmoid", n_inputs=20, n_outputs=5, seed=0)
    assert first_choice(net, 9).lanes in (8, 16)


def test_a_walk_is_estimated_to_slow_down_with_the_size_of_the_network():
    usual = rates.USUAL["float32"]
    near, far, farthest = rates.SIZES
    found = [
        choice.walk_rate(usual.steps, size, 64) for size in (10, near, 3000, far, farthest, 10**7)
    ]
    assert found == sorted(found, reverse=True)
    assert found[0] == found[1] == pytest.approx(usual.steps[0][3])
    assert found[3] == pytest.approx(usual.steps[1][3])
    assert found[4] == found[5] == pytest.approx(usual.steps[2][3])


def test_the_same_choice_is_made_for_equal_structures():
    nets = [ns.topologies.random_dag(300, n_inputs=20, n_outputs=5, seed=0) for _ in range(2)]
    assert first_choice(nets[0], 50) == first_choice(nets[1], 50)


def test_explain_names_the_way_and_what_it_was_weighed_against():
    net = ns.topologies.layered([784, 30, 10], activation="sigmoid", dtype="float32")
    text = ns.compile(net).explain()
    line = next(line for line in text.splitlines() if line.startswith("  10 examples:"))
    assert line.startswith("  10 examples: dense layers")
    assert "a walk in tiles of" in line
    assert "NumPy's matrix products" in line
    assert "\n  level 1, a dense layer: 23520 synapses, 142320 operations" in text


@pytest.mark.parametrize("way", ["layers", "walk", "matrices"])
def test_every_way_gives_the_same(way, monkeypatch):
    net = ns.topologies.layered([6, 9, 4], activation="tanh")
    net.initialize(ns.initializers.Normal(), seed=0)
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(21, 6)), rng.normal(size=(21, 4))
    expected = net.copy()
    judge = ns.compile(expected, engine="reference")
    history = ns.train(judge, X, y, epochs=4, batch_size=5, seed=1)
    forced = choice.Choice(way, 8, 1, 0.0)
    monkeypatch.setattr(engine_module, "choices", lambda *_, **__: [forced])
    actual = ns.train(ns.compile(net, engine="numba"), X, y, epochs=4, batch_size=5, seed=1)
    np.testing.assert_allclose(actual["cost"], history["cost"], rtol=1e-12)
    np.testing.assert_allclose(net.parameters, expected.parameters, rtol=0, atol=1e-12)
