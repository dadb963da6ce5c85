"""split: deterministic, disjoint, exhaustive, stratified, for every kind of data."""

import re

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import neurosim as ns
from neurosim.errors import InvalidTypeError, InvalidValueError

X = np.arange(20.0).reshape(10, 2)
LABELS = ["a", "b", "a", "b", "a", "b", "a", "b", "a", "b"]
KINDS = {
    "array": (X, np.arange(10)),
    "lists": (X.tolist(), list(range(10))),
    "tuples": (tuple(map(tuple, X.tolist())), tuple(range(10))),
    "pandas": (
        pd.DataFrame(X, index=list("qwertyuiop")),
        pd.Series(range(10), index=range(9, -1, -1)),
    ),
    "polars": (pl.DataFrame(X), pl.Series("y", range(10))),
}  # fmt: skip


def rows(part):
    return np.asarray(part).tolist()


@given(st.integers(2, 40), st.data())
def test_every_example_is_on_one_side_with_its_target(n, data):
    test = data.draw(st.integers(1, n - 1))
    seed = data.draw(st.integers(0, 100))
    labels = data.draw(st.none() | st.lists(st.sampled_from("abc"), min_size=n, max_size=n))
    X_train, X_test, y_train, y_test = ns.split(
        np.arange(n)[:, None], np.arange(n), test=test, seed=seed, stratify=labels
    )
    assert len(X_test) == test
    assert sorted([*y_train, *y_test]) == list(range(n))
    assert X_train[:, 0].tolist() == y_train.tolist()
    assert X_test[:, 0].tolist() == y_test.tolist()


@given(st.lists(st.integers(0, 3), min_size=4, max_size=60), st.integers(0, 100))
def test_each_class_gets_its_share_as_near_as_whole_numbers_come(labels, seed):
    labels = np.array(labels)
    n_test = len(labels) // 3
    y_train, y_test = ns.split(labels, labels, test=n_test, seed=seed, stratify=labels)[2:]
    for label in np.unique(labels):
        share = (labels == label).sum() * n_test / len(labels)
        assert abs((y_test == label).sum() - share) < 1
        assert (y_train == label).sum() + (y_test == label).sum() == (labels == label).sum()


@pytest.mark.parametrize("stratify", [None, LABELS], ids=["plain", "stratified"])
def test_the_same_seed_deals_out_the_same_rows_and_another_one_others(stratify):
    def dealt(seed):
        return [part.tolist() for part in ns.split(X, X[:, 0], seed=seed, stratify=stratify)]

    assert dealt(3) == dealt(3) == dealt(np.random.default_rng(3))
    assert len({str(dealt(seed)) for seed in range(5)}) > 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stratify", [None, LABELS], ids=["plain", "stratified"])
def test_every_kind_of_data_is_dealt_out_alike_and_stays_of_its_kind(kind, stratify):
    X, y = KINDS[kind]
    parts = ns.split(X, y, test=0.3, seed=1, stratify=stratify)
    expected = ns.split(*KINDS["array"], test=0.3, seed=1, stratify=stratify)
    wanted = {"tuples": list}.get(kind, type(X))
    assert type(parts[0]) is type(parts[1]) is wanted
    for part, one in zip(parts, expected, strict=True):
        assert rows(part) == one.tolist()


@pytest.mark.parametrize(
    "labels",
    [LABELS, np.array(LABELS), pd.Series(LABELS), pl.Series(LABELS), pd.Categorical(LABELS),
     np.arange(10) % 2, np.arange(10) % 2 == 0, (np.arange(10) % 2) / 2],
    ids=["list", "array", "pandas", "polars", "categorical", "ints", "bools", "fractions"],
)  # fmt: skip
def test_labels_of_any_kind_stratify(labels):
    y_test = ns.split(X, np.array(LABELS), test=4, stratify=labels)[3]
    assert sorted(y_test) == ["a", "a", "b", "b"]


def test_a_share_is_rounded_to_whole_examples():
    assert [len(ns.split(X, X, test=share)[1]) for share in (0.25, 0.26, 0.5, 0.94)] == [2, 3, 5, 9]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"test": 0.0}, InvalidValueError,
         "split.test must be a share between 0 and 1, or a number of examples (got 0.0)"),
        ({"test": 1.5}, InvalidValueError,
         "split.test must be a share between 0 and 1, or a number of examples (got 1.5)"),
        ({"test": 10}, InvalidValueError,
         "split.test must leave examples on both sides (got 10, 10 of 10)"),
        ({"test": 0.01}, InvalidValueError,
         "split.test must leave examples on both sides (got 0.01, 0 of 10)"),
        ({"test": True}, InvalidTypeError, "split.test must be an int (got True)"),
        ({"test": 0}, InvalidValueError, "split.test must be >= 1 (got 0)"),
        ({"seed": -1}, InvalidValueError, "seed must be >= 0 (got -1)"),
        ({"y": X[:3]}, InvalidValueError, "X and y must have as many rows (got 10 and 3)"),
        ({"X": "text"}, InvalidTypeError,
         "split.X must be an array, a data frame, a series or a list (got str)"),
        ({"y": np.array(1)}, InvalidValueError, "split.y must have rows (got a single value)"),
        ({"stratify": ["a"]}, InvalidValueError,
         "split.stratify must have a label for each of 10 examples (got 1)"),
        ({"stratify": X}, InvalidTypeError,
         "split.stratify must be one label per example, (n_examples,), text, numbers or bools (got "
         "an array of shape (10, 2) and dtype float64); .astype(str) makes text of dates"),
        ({"stratify": ["a", 1] * 5}, InvalidTypeError,
         "split.stratify must hold class labels of one kind that can be sorted (got int, str)"),
        ({"stratify": [*LABELS[:9], None]}, InvalidValueError,
         "split.stratify has no label in row 9 (got None); fill in what is missing, or leave such "
         "rows out"),
    ],
)  # fmt: skip
def test_what_cannot_be_split_is_refused(arguments, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        ns.split(**{"X": X, "y": X, **arguments})
