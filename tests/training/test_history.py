"""The history: a dict of lists with a few conveniences."""

import itertools
import math
import pickle
import re
import sys
from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pytest

import neurosim as ns
from neurosim import History
from neurosim.errors import (
    FormatError,
    InvalidTypeError,
    InvalidValueError,
    MissingExtraError,
    UnknownNameError,
)
from neurosim.wording import shown


@pytest.fixture
def history():
    net = ns.topologies.layered([1, 1], activation="identity")
    net.synapses.weight = 1.0
    # One example, x = 1, t = 0; o = w + b, both fall by η o: o is 1, then 1 − 2·¼ = ½, then ¼.
    return ns.train(
        net, [[1.0]], [0.0], rule=ns.GradientDescent(0.25), epochs=2, validation=([[2.0]], [0.0])
    )


def test_a_history_is_a_mapping_of_one_list_per_curve(history):
    # Costs ½ o² before each update; on x = 2, after it: w = ¾, b = −¼, then w = ⅝, b = −⅜.
    assert isinstance(history, Mapping)
    assert dict(history) == {"cost": [0.5, 0.125], "val_cost": [0.78125, 0.3828125]}
    assert list(history) == ["cost", "val_cost"]
    assert len(history) == 2
    assert history.epochs == 2
    assert "cost" in history
    assert "errors" not in history


def test_its_repr_tells_where_each_curve_began_and_ended(history):
    assert repr(history) == (
        "<History: 2 epochs by SquaredError(), cost 0.5 -> 0.125, val_cost 0.78125 -> 0.382812>"
    )


def test_an_unknown_curve_is_refused_with_those_there_are(history):
    with pytest.raises(UnknownNameError) as refusal:
        history["loss"]
    assert str(refusal.value) == "the history has no column 'loss'; it has cost, val_cost"
    assert history.get("loss") is None


def test_its_frame_has_a_row_per_epoch(history):
    frame = history.to_frame()
    assert frame.index.name == "epoch"
    assert frame.to_dict("list") == dict(history)


def test_without_pandas_the_extra_is_named(history, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingExtraError) as refusal:
        history.to_frame()
    assert str(refusal.value) == ('History.to_frame needs pandas: pip install "neurosim[frames]"')


def test_its_plot_draws_each_curve_on_the_axes_given(history):
    figure, ax = plt.subplots()
    assert history.plot(ax=ax) is ax
    drawn = [list(line.get_ydata()) for line in ax.get_lines()]
    assert all(curve in drawn for curve in history.values())
    plt.close(figure)


def test_it_can_be_pickled(history):
    assert dict(pickle.loads(pickle.dumps(history))) == dict(history)


def test_arrays_and_single_numbers_make_one_list_that_grows_once_it_was_asked_for():
    history = ns.training.History(["cost"])
    history.extend("cost", np.array([4.0, 3.0]))
    assert history.epochs == 2
    history.append(cost=2.0)
    asked = history["cost"]
    history.extend("cost", np.array([1.0]))
    assert asked == [4.0, 3.0, 2.0, 1.0]
    assert history["cost"] is asked
    assert all(type(value) is float for value in asked)


def test_it_is_saved_and_loaded_with_all_digits(tmp_path):
    history = History(["cost", "errors"], cost="Huber(threshold=2.0)")
    for value in (0.1, 1 / 3, math.nan, math.inf, -math.inf):
        history.append(cost=value, errors=3)
    history.save(tmp_path / "history.json")
    loaded = History.load(tmp_path / "history.json")
    assert list(loaded) == ["cost", "errors"]
    assert loaded.cost == "Huber(threshold=2.0)"
    np.testing.assert_array_equal(loaded["cost"], history["cost"])
    assert loaded["errors"] == [3] * 5
    assert all(type(value) is int for value in loaded["errors"])


def test_a_file_that_names_no_cost_is_loaded(tmp_path):
    (tmp_path / "history.json").write_text('{"history": 1, "columns": {"cost": [0.5]}}')
    loaded = History.load(tmp_path / "history.json")
    assert (loaded["cost"], loaded.cost) == ([0.5], None)


def test_a_failed_save_leaves_the_old_file(tmp_path):
    (tmp_path / "history.json").write_text("old")
    history = History(["cost"])
    history["cost"].append("high")
    message = r"^history\['cost'\] must be a number \(got 'high'\)$"
    with pytest.raises(InvalidTypeError, match=message):
        history.save(tmp_path / "history.json")
    assert (tmp_path / "history.json").read_text() == "old"


def test_what_is_recorded_are_numbers_that_a_file_can_hold(tmp_path):
    history = History(["cost"])
    values = [True, 3, 2**53, 2**70, np.float32(0.5), np.int8(4), np.array(2)]
    for value in values:
        history.append(cost=value)
    assert [type(one) for one in history["cost"]] == [float, int, int, float, float, int, int]
    assert history["cost"] == values
    for value, error, what in (
        ("high", InvalidTypeError, "a number"),
        (None, InvalidTypeError, "a number"),
        (10**400, InvalidValueError, "a number that a float can hold"),
    ):
        for record in (history.append, lambda cost: history.extend("cost", [1.0, cost])):
            with pytest.raises(error) as refusal:
                record(cost=value)
            assert str(refusal.value) == f"history['cost'] must be {what} (got {shown(value)})"
    assert history.epochs == len(values)
    history.save(tmp_path / "history.json")
    assert History.load(tmp_path / "history.json")["cost"] == values


@pytest.mark.parametrize(
    "text",
    [
        '{"history": 1, "columns": {"cost": [1' + "0" * 400 + "]}}", '{"history": true}',
        '{"history": 1, "columns": {"cost": [1e999]}}', "[" * 100_000, "[" + "[]," * 5_000_000,
        '{"history": 1, "columns": {}, "more": 1}', '{"history": 1, "columns": {"a": [], "a": []}}',
        "", "{}", "[1]", "nonsense", '{"history": 2, "columns": {}}', '{"history": 1}',
        '{"history": 1, "columns": {"cost": [true]}}', '{"history": 1, "columns": {"cost": ["a"]}}',
        '{"history": 1, "columns": {"cost": 3}}', '{"history": 1, "columns": [["cost"]]}',
        '{"history": 1, "columns": {}, "cost": 3}',
    ],
    ids=itertools.count(),
)  # fmt: skip
def test_a_file_that_is_no_history_is_refused(tmp_path, text):
    path = tmp_path / "history.json"
    path.write_text(text)
    message = f"^{re.escape(str(path))} is no history that neurosim has saved$"
    with pytest.raises(FormatError, match=message):
        History.load(path)


def test_the_last_values_are_there_without_a_list():
    history = History(["cost", "val_cost"])
    history.extend("cost", np.array([3.0, 2.0]))
    assert history.last() == {"cost": 2.0}
    history.append(val_cost=1.0)
    assert history.last() == {"cost": 2.0, "val_cost": 1.0}


def test_a_column_is_added_once():
    history = History(["cost"])
    history.append(cost=1.0)
    history.add_column("cost")
    history.add_column("extra")
    assert dict(history) == {"cost": [1.0], "extra": []}


def test_measures_are_drawn_by_their_names():
    history = History(["cost", "val_cost", "accuracy", "val_accuracy", "dead"])
    for k in range(5):
        history.append(cost=1 / (k + 1), val_cost=1.0, accuracy=k / 5, val_accuracy=0.1, dead=k)
    ax = history.plot()
    assert ax.get_ylabel() == "cost"
    assert [line.get_label() for line in ax.lines] == ["training", "validation"]
    ax = history.plot("accuracy", "dead")
    assert ax.get_ylabel() == "accuracy, dead"
    assert [line.get_label() for line in ax.lines] == ["accuracy", "val_accuracy", "dead"]
    message = "the history has no column 'acuracy'; it has cost, val_cost, accuracy, val_accuracy"
    with pytest.raises(UnknownNameError, match=f"^{message}"):
        history.plot("acuracy")
    plt.close("all")
