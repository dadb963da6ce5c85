"""The history: a dict of lists with a few conveniences."""

import pickle
import sys
from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pytest

import neurosim as ns
from neurosim.errors import MissingExtraError, UnknownNameError


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
    assert repr(history) == ("<History: 2 epochs, cost 0.5 -> 0.125, val_cost 0.78125 -> 0.382812>")


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
