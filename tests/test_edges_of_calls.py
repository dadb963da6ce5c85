"""Values that hide something, or are not what they look like, at the edges of every call."""

from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest

import neurosim as ns
from neurosim.errors import InvalidTypeError, InvalidValueError, TooLargeError

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([0.0, 1.0, 1.0, 0.0])


def make(n_outputs=1, dtype="float64"):
    net = ns.topologies.layered([2, 2, n_outputs], activation="sigmoid", dtype=dtype)
    net.initialize(ns.initializers.Normal(), seed=1)
    return net


def program(net=None):
    return ns.compile(make() if net is None else net, engine="numpy")


def train(of=None, **arguments):
    return ns.train(program(of), X, Y, epochs=1, **arguments)


# -- metrics -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [np.ma.masked, np.ma.masked_array([3.0], [True]), np.ma.mean(np.ma.array([1.0], mask=[1]))],
)
def test_a_masked_metric_is_not_a_number(value):
    with pytest.raises(InvalidValueError) as caught:
        train(metrics={"m": lambda targets, outputs: value})
    assert str(caught.value) == "the metric 'm' must return a number (got a masked value)"


def test_a_mask_that_hides_nothing_is_none():
    assert train(metrics={"m": lambda t, o: np.ma.masked_array([3.0], [False])})["m"] == [3.0]


@pytest.mark.parametrize("value", [Decimal("1e400"), np.longdouble("1e400")])
def test_a_metric_beyond_the_floats_does_not_become_infinite(value):
    if isinstance(value, np.longdouble) and np.isinf(value):
        pytest.skip("long doubles are doubles here")
    with pytest.raises(InvalidValueError, match="a number that a float can hold"):
        train(metrics={"m": lambda targets, outputs: value})


@pytest.mark.parametrize("value", [np.inf, Decimal("inf"), -np.inf])
def test_an_infinite_metric_is_recorded(value):
    assert train(metrics={"m": lambda targets, outputs: value})["m"] == [float(value)]


@pytest.mark.parametrize("name", ["val_cost", "val_m"])
def test_a_metric_takes_no_column_of_the_validation(name):
    with pytest.raises(InvalidValueError, match="names of their own, other than cost, errors and"):
        train(metrics={name: lambda targets, outputs: 1.0})


# -- examples ------------------------------------------------------------------------------


def test_a_list_that_holds_itself_is_refused():
    endless = []
    endless.append(endless)
    for call in (program().feedforward, ns.standardize, lambda X: ns.train(make(), X, Y)):
        with pytest.raises(InvalidValueError, match="must not be more than 64 deep"):
            call(endless)


def test_an_array_in_a_column_is_refused_by_its_name():
    frame = pl.DataFrame(
        {"a": pl.Series([[1.0, 2.0]] * 4, dtype=pl.Array(pl.Float64, 2)), "b": [0.0, 1.0, 0.0, 1.0]}
    )
    with pytest.raises(InvalidTypeError, match="X column 'a' must hold real numbers"):
        program().feedforward(frame)


def test_a_signaling_nan_is_refused_by_its_row():
    frame = pd.DataFrame({"a": [Decimal(1), Decimal("sNaN")], "b": [0.0, 1.0]})
    with pytest.raises(InvalidValueError, match=r"X column 'a' must be finite .* in row 1"):
        program().feedforward(frame)


def test_split_sees_what_is_masked_in_objects_and_in_fields():
    objects = np.zeros((4, 2), object)
    objects[1, 1] = np.ma.masked
    fields = np.ma.array(np.zeros(4, [("a", float)]), mask=[(0,), (1,), (0,), (0,)])
    for hidden, place in ((objects, "1, 1"), (fields, "1")):
        with pytest.raises(InvalidValueError) as caught:
            ns.split(hidden, Y)
        assert str(caught.value).startswith(f"split.X[{place}] has no value (it is masked)")


@pytest.mark.parametrize("classes", [[np.nan, 1, 2], [np.inf, 1, 2], [pd.NaT, 1, 2], [pd.NA, 1, 2]])
def test_a_class_is_something_that_a_file_can_name(classes):
    net = make(3)
    with pytest.raises((InvalidTypeError, InvalidValueError), match="must be"):
        net.classes = classes
    assert net.classes is None


def test_two_columns_of_one_name_make_no_scaler():
    with pytest.raises(InvalidValueError) as caught:
        ns.standardize(pd.DataFrame(X, columns=["a", "a"]))
    assert str(caught.value) == "Scaler.names must be distinct (got 'a' twice); rename a column"


def test_dates_are_told_how_they_become_labels():
    dates = np.array(["2020-01-01", "2020-01-02", "2020-01-01", "2020-01-02"], "M8[D]")
    with pytest.raises(InvalidTypeError, match=r"\.astype\(str\) makes text of dates"):
        ns.split(X, Y, stratify=dates)
    with pytest.raises(InvalidTypeError, match=r"\.astype\(str\) makes text of dates"):
        ns.train(make(2), X, ns.Labels(dates), epochs=1)
    assert len(ns.split(X, Y, stratify=dates.astype(str), test=2)[0]) == 2


# -- numbers that a dtype cannot hold ------------------------------------------------------


@pytest.mark.parametrize("factor", [1e300, 1e-60])
def test_a_factor_that_float32_cannot_hold_is_refused(factor):
    with pytest.raises(InvalidValueError, match=r"learning_rates\['output'\] must"):
        train(make(dtype="float32"), learning_rates={"output": factor})


def test_so_is_a_penalty():
    with pytest.raises(InvalidValueError, match=r"L2\.strength must lie within"):
        train(make(dtype="float32"), penalty=ns.L2(1e300))


# -- memory --------------------------------------------------------------------------------


def test_a_range_is_not_made_into_an_array_that_does_not_fit():
    with pytest.raises(TooLargeError, match="a range of 100,000,000,000,000 numbers"):
        program().feedforward(range(10**14))
    many = np.broadcast_to(0.0, 10**13)
    with pytest.raises(TooLargeError, match="the rows of 10,000,000,000,000 examples"):
        ns.split(many, many)
