"""Metrics, against scikit-learn's and by hand."""

import re
import sys

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st

from neurosim import metrics
from neurosim.errors import InvalidTypeError, InvalidValueError, MissingExtraError


def drawn(seed, n_examples, n_outputs):
    """Classes, their one-hot rows, and probabilities."""
    rng = np.random.default_rng(seed)
    classes = rng.integers(n_outputs, size=n_examples)
    classes[:n_outputs] = np.arange(n_outputs)  # each occurs
    outputs = rng.dirichlet(np.ones(n_outputs), size=n_examples)
    return classes, np.eye(n_outputs)[classes], outputs


_few = settings(max_examples=20)


def several(test):
    return _few(given(st.integers(0, 10**6), st.integers(6, 40), st.integers(2, 5))(test))


@several
def test_classes_of_several_outputs_are_those_of_scikit_learn(seed, n_examples, n_outputs):
    classes, targets, outputs = drawn(seed, n_examples, n_outputs)
    found = outputs.argmax(axis=1)
    expected = sklearn.metrics.confusion_matrix(classes, found, labels=range(n_outputs))
    for wanted in (classes, targets):
        assert metrics.accuracy(wanted, outputs) == sklearn.metrics.accuracy_score(classes, found)
        np.testing.assert_array_equal(metrics.confusion_matrix(wanted, outputs), expected)


@several
def test_top_k_is_that_of_scikit_learn(seed, n_examples, n_outputs):
    classes, targets, outputs = drawn(seed, n_examples, n_outputs)
    for k in range(1, n_outputs):
        if n_outputs == 2:
            expected = np.mean(outputs.argmax(axis=1) == classes)
        else:
            expected = sklearn.metrics.top_k_accuracy_score(
                classes, outputs, k=k, labels=range(n_outputs)
            )
        assert metrics.top_k(k)(targets, outputs) == pytest.approx(expected, abs=1e-15)
    assert metrics.top_k(n_outputs)(targets, outputs) == 1


@several
def test_numbers_are_those_of_scikit_learn(seed, n_examples, n_outputs):
    rng = np.random.default_rng(seed)
    targets, outputs = rng.normal(size=(2, n_examples, n_outputs))
    for ours, theirs in (
        (metrics.mean_squared_error, sklearn.metrics.mean_squared_error),
        (metrics.mean_absolute_error, sklearn.metrics.mean_absolute_error),
        (metrics.r2, sklearn.metrics.r2_score),
    ):
        assert ours(targets, outputs) == pytest.approx(theirs(targets, outputs), rel=1e-12)


@several
def test_probabilities_are_those_of_scikit_learn(seed, n_examples, n_outputs):
    classes, targets, outputs = drawn(seed, n_examples, n_outputs)
    labels = range(n_outputs)
    expected = sklearn.metrics.log_loss(classes, outputs, labels=labels)
    assert metrics.log_loss(targets, outputs) == pytest.approx(expected, rel=1e-12)
    expected = np.mean([
        sklearn.metrics.roc_auc_score(classes == k, outputs[:, k]) for k in labels
    ])
    assert metrics.auc(targets, outputs) == pytest.approx(expected, rel=1e-12)
    assert metrics.auc(classes, outputs) == metrics.auc(targets, outputs)


@pytest.mark.parametrize("targets", [[0, 1, 1, 0], [-1, 1, 1, -1]])
def test_a_single_output_is_of_the_second_class_above_the_middle_of_the_targets(targets):
    # above 0.5: 0.2 no, 0.9 yes, 0.4 no, 0.1 no; above 0: all but the last
    low = min(targets)
    outputs = [0.2, 0.9, 0.4, 0.1] if low == 0 else [-0.2, 0.9, -0.4, -0.1]
    assert metrics.accuracy(targets, outputs) == 0.75
    np.testing.assert_array_equal(metrics.confusion_matrix(targets, outputs), [[2, 0], [1, 1]])
    assert metrics.auc(targets, outputs) == sklearn.metrics.roc_auc_score(targets, outputs)


def test_labels_are_compared_as_they_are():
    targets, outputs = ["cat", "dog", "cow", "dog"], np.array(["cat", "dog", "dog", "cow"])
    assert metrics.accuracy(targets, outputs) == 0.5
    np.testing.assert_array_equal(
        metrics.confusion_matrix(targets, outputs), [[1, 0, 0], [0, 0, 1], [0, 1, 1]]
    )


@pytest.mark.parametrize(("outputs", "value"), [([2.0, 2.0], 1.0), ([2.0, 3.0], 0.0)])
def test_r2_of_equal_targets_is_1_where_they_are_met(outputs, value):
    assert metrics.r2([2.0, 2.0], outputs) == value


def test_an_area_over_one_class_alone_is_no_number():
    assert np.isnan(metrics.auc([1, 1], [0.2, 0.3]))


@pytest.mark.parametrize("labels", [[0.0, 1.0, 2.0], [0.5, 1.5, 2.5]])
def test_floats_may_be_labels(labels):
    found = [labels[0], labels[2], labels[2]]
    assert metrics.accuracy(labels, found) == pytest.approx(2 / 3)
    cells = [[1, 0, 0], [0, 0, 1], [0, 0, 1]]
    np.testing.assert_array_equal(metrics.confusion_matrix(labels, found), cells)


def test_the_first_of_equal_outputs_counts_as_the_largest():
    assert metrics.top_k(1)([0, 1], [[0.5, 0.5], [0.5, 0.5]]) == 0.5


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: metrics.accuracy([0, 1], [0.1]), InvalidValueError,
            "targets and outputs must be as many (got 2 and 1)",
        ),
        (
            lambda: metrics.r2([[0.0]], [[0.1, 0.2]]), InvalidValueError,
            "targets and outputs must have one shape (got (1, 1) and (1, 2))",
        ),
        (
            lambda: metrics.mean_squared_error([], []), InvalidValueError,
            "targets must be numbers of shape (n_examples, n_outputs) or (n_examples,), and not "
            "empty (got list of shape (0,))",
        ),
        (
            lambda: metrics.log_loss(["a"], [0.1]), InvalidTypeError,
            "targets must be an array of real numbers (got an array of dtype <U1)",
        ),
        (
            lambda: metrics.r2(np.ma.array([0.1, 0.2], mask=[0, 1]), [0.1, 0.2]), InvalidValueError,
            "targets[1] has no value (it is masked); fill in what is missing, or leave such rows "
            "out",
        ),
        (
            lambda: metrics.accuracy([3.0, 7.0], [2.9, 7.1]), InvalidValueError,
            "targets of a single output must be 0 and 1, or -1 and +1 (got 7.0)",
        ),
        (
            lambda: metrics.accuracy(["0", "1"], [0, 1]), InvalidTypeError,
            "targets and outputs must be labels of one kind (got '0' and 0)",
        ),
        (
            lambda: metrics.accuracy([0.5], [0.1]), InvalidValueError,
            "targets of classes must be 0 and 1, -1 and +1, a 1 in each row, or the numbers of the "
            "classes",
        ),
        (
            lambda: metrics.top_k(2)([0, 3], [[0.1, 0.2], [0.3, 0.1]]), InvalidValueError,
            "outputs must have a column for each class (got 2 and class 3 as a target)",
        ),
        (
            lambda: metrics.accuracy([[1, 0]], ["cat"]), InvalidTypeError,
            "outputs that are labels need labels of shape (n_examples,) as targets (got targets "
            "of shape (1, 2))",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(call, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        call()


@pytest.mark.parametrize("name", ["log_loss", "auc"])
def test_without_scikit_learn_the_extra_is_named(monkeypatch, name):
    monkeypatch.setitem(sys.modules, "sklearn.metrics", None)
    with pytest.raises(MissingExtraError, match=re.escape('pip install "neurosim[metrics]"')):
        getattr(metrics, name)([0, 1], [0.2, 0.3])
