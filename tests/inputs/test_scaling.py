"""Scalers: what they do by hand, that they invert, and what they refuse."""

import re

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import neurosim as ns
from neurosim.errors import InvalidTypeError, InvalidValueError
from neurosim.inputs import Scaler  # noqa: F401 - for eval

MAKERS = [ns.standardize, ns.rescale, lambda X: ns.rescale(X, -1.0, 3.0)]
# Eighths: differences that are no larger than what rounding leaves are another matter.
TABLES = st.builds(
    lambda whole, dtype: (whole / 8).astype(dtype),
    arrays(
        np.int32,
        array_shapes(min_dims=2, max_dims=2, max_side=6),
        elements=st.integers(-8000, 8000),
    ),
    st.sampled_from((np.float64, np.float32, np.int32)),
)


def refuses(error, message):
    return pytest.raises(error, match=f"^{re.escape(message)}$")


def test_standardizing_by_hand():
    # mean (2 + 4 + 9) / 3 = 5; variance (9 + 1 + 16) / 3 = 26/3
    scaler = ns.standardize([[2.0], [4.0], [9.0]])
    assert scaler.shift == (5.0,)
    np.testing.assert_allclose(scaler.scale, [np.sqrt(26 / 3)], rtol=1e-15)


def test_rescaling_by_hand():
    # from 2..10 to 1..5: a slope of 1/2, so scale 2; 2 goes to 1, so shift 2 - 1·2 = 0
    scaler = ns.rescale([[2.0], [10.0]], 1.0, 5.0)
    assert (scaler.shift, scaler.scale) == ((0.0,), (2.0,))
    assert scaler.transform([[2.0], [6.0], [10.0]]).ravel().tolist() == [1.0, 3.0, 5.0]


@given(TABLES)
def test_standardized_columns_have_mean_0_and_standard_deviation_1_or_are_constant(X):
    Z = ns.standardize(X).transform(X)
    constant = X.min(axis=0) == X.max(axis=0)
    np.testing.assert_allclose(Z.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(Z.std(axis=0)[~constant], 1, rtol=1e-6)
    assert not Z[:, constant].any()


@given(TABLES)
def test_rescaled_columns_reach_from_low_to_high_or_stand_at_low(X):
    Z = ns.rescale(X, 0.25, 0.75).transform(X)
    constant = X.min(axis=0) == X.max(axis=0)
    np.testing.assert_allclose(Z.min(axis=0), 0.25, rtol=1e-6)
    np.testing.assert_allclose(Z.max(axis=0)[~constant], 0.75, rtol=1e-6)


@given(TABLES, st.sampled_from(MAKERS))
def test_a_scaler_inverts(X, make):
    scaler = make(X)
    np.testing.assert_allclose(scaler.inverse(scaler.transform(X)), X, rtol=1e-9, atol=1e-6)


@given(TABLES, st.sampled_from(MAKERS))
def test_a_scaler_is_a_value_whose_repr_evaluates_back(X, make):
    scaler = make(X)
    again = eval(repr(scaler))
    assert again == scaler == make(X)
    assert hash(again) == hash(scaler)


@pytest.mark.parametrize("make", [ns.standardize, ns.rescale])
def test_a_constant_column_has_scale_1_also_where_its_mean_is_rounded(make):
    X = np.full((10, 1), 0.1)
    assert make(X).scale == (1.0,)
    assert make(X).transform(X).ravel().tolist() == [0.0] * 10


@pytest.mark.parametrize("make", [ns.standardize, ns.rescale])
def test_large_arrays_are_gone_through_in_pieces_with_the_same_result(make, monkeypatch):
    X = np.random.default_rng(0).normal(size=(1000, 3))
    whole = make(X)
    monkeypatch.setattr("neurosim.checks.PIECE", 100)
    pieces = make(X)
    np.testing.assert_allclose(pieces.shift, whole.shift, rtol=1e-13)
    np.testing.assert_allclose(pieces.scale, whole.scale, rtol=1e-13)


def test_a_single_column_may_come_without_its_axis_and_goes_as_it_came():
    scaler = ns.standardize([8.0, 12.0])
    assert scaler.transform([8.0, 12.0]).tolist() == [-1.0, 1.0]
    assert scaler.inverse([[-1.0]]).tolist() == [[8.0]]


@pytest.mark.parametrize("kind", [pd, pl], ids=["pandas", "polars"])
def test_a_scaler_of_a_frame_knows_its_columns_by_name(kind):
    frame = kind.DataFrame({"a": [0, 10], "b": [1.0, 3.0]})
    scaler = ns.rescale(frame)
    assert scaler == ns.Scaler((0.0, 1.0), (10.0, 2.0), ("a", "b"))
    turned = kind.DataFrame({"b": [3.0], "text": ["x"], "a": [5]})
    assert scaler.transform(turned).tolist() == [[0.5, 1.0]]
    assert ns.rescale(frame["b"]) == ns.Scaler((1.0,), (2.0,))
    assert ns.rescale(frame["b"]).transform(frame["b"]).tolist() == [0.0, 1.0]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: ns.Scaler([0.0], [0.0]),
            InvalidValueError,
            "Scaler.scale[0] must be > 0 (got 0.0)",
        ),
        (
            lambda: ns.Scaler([0.0], [1.0, 2.0]),
            InvalidValueError,
            "Scaler.scale must be one for each of 1 columns (got 2)",
        ),
        (
            lambda: ns.Scaler([0.0], [1.0], ["a", "b"]),
            InvalidValueError,
            "Scaler.names must be one for each of 1 columns (got 2)",
        ),
        (
            lambda: ns.Scaler([0.0], [1.0], "a"),
            InvalidTypeError,
            "Scaler.names must be a list of str (got 'a')",
        ),
        (
            lambda: ns.Scaler([0.0], [1.0], 0),
            InvalidTypeError,
            "Scaler.names must be a list of str (got 0)",
        ),
        (
            lambda: ns.Scaler([0.0], [1.0], {"a": 1}),
            InvalidTypeError,
            "Scaler.names must be a list of str (got {'a': 1})",
        ),
        (
            lambda: ns.Scaler([10**5000], [1.0]),
            InvalidValueError,
            "Scaler: column 0 must be a finite number (got an int of 16,610 bits)",
        ),
        (
            lambda: ns.Scaler(0.0, 1.0),
            InvalidTypeError,
            "Scaler.shift and Scaler.scale must hold a number for each column (got 0.0)",
        ),
        (
            lambda: ns.Scaler([np.nan], [1.0]),
            InvalidValueError,
            "Scaler: column 0 must be a finite number (got nan)",
        ),
        (
            lambda: ns.rescale([1.0], 1.0, 1.0),
            InvalidValueError,
            "rescale.low must be < rescale.high (got 1.0 and 1.0)",
        ),
        (
            lambda: ns.standardize([]),
            InvalidValueError,
            "X must have shape (n_examples, n_columns), at least one of each (got (0, 1))",
        ),
        (
            lambda: ns.standardize([[1.0, np.inf]]),
            InvalidValueError,
            "X[0, 1] must be finite as float64 (got inf)",
        ),
        (
            lambda: ns.rescale([["a"]]),
            InvalidTypeError,
            "X must be an array of real numbers (got an array of dtype <U1)",
        ),
        (
            lambda: ns.standardize([[1e308], [1.5e308]]),
            InvalidValueError,
            "Scaler: column 0 must be a finite number (got inf)",
        ),
        (
            lambda: ns.Scaler([0.0], [1.0]).transform([[1.0, 2.0]]),
            InvalidValueError,
            "X must have shape (n_examples, 1), one column per column of the scaler "
            "(got shape (1, 2))",
        ),
        (
            lambda: ns.Scaler([0.0], [1e-300]).transform([[1e300]]),
            InvalidValueError,
            "the scaled X[0, 0] must be finite as float64 (got inf)",
        ),
        (
            lambda: ns.rescale(pd.DataFrame({"a": [1, None]})),
            InvalidValueError,
            "X column 'a' has no value in row 1; fill in what is missing, or leave such rows out",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_scaled_is_refused(make, error, message):
    with refuses(error, message):
        make()
