"""A confusion matrix shows which classes are taken for which."""

import numpy as np
import pytest

import neurosim as ns
from neurosim import plot


@pytest.fixture
def net():
    """Return a network whose outputs are its inputs."""
    net = ns.Network("same")
    inputs = net.add_layer(["a", "b"], role="input", name="in")
    net.connect(inputs, net.add_layer(["x", "y"], role="output", name="out"), weight=np.eye(2))
    return net


def labels(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def written(ax):
    return [text.get_text() for text in ax.texts]


def test_a_cell_holds_the_count_and_has_the_shade_of_its_share_of_the_row():
    ax = plot.confusion_matrix([[3, 1], [0, 4]], classes=["ham", "spam"])
    ax.figure.canvas.draw()

    (image,) = ax.images
    assert image.get_array().tolist() == [[0.75, 0.25], [0, 1]]
    assert written(ax) == ["3", "1", "", "4"]
    assert labels(ax.yaxis) == labels(ax.xaxis) == ["ham", "spam"]
    assert ax.get_title() == "87.5% of 8 right"


def test_a_network_is_tried_on_examples_and_names_its_classes(net):
    net.classes = ["cat", "dog"]
    net.input_scaler = ns.Scaler([0, 10], [1, 1])
    X = [[1, 10], [0, 10.5], [0, 10.5]]  # as the network takes them: 1 and 0, 0 and 0.5, twice
    ax = plot.confusion_matrix(net, X, ["cat", "cat", "dog"])

    assert written(ax) == ["1", "1", "", "1"]
    assert labels(ax.xaxis) == ["cat", "dog"]


def test_classes_without_names_are_the_output_neurons_or_numbers(net):
    ax = plot.confusion_matrix(ns.compile(net), [[1, 0]], [[1, 0]])
    assert labels(ax.xaxis) == ["x", "y"]
    assert labels(plot.confusion_matrix(np.eye(3, dtype=int)).xaxis) == ["0", "1", "2"]


def test_many_classes_are_counted_rather_than_named():
    ax = plot.confusion_matrix(np.eye(60, dtype=int))
    ax.figure.canvas.draw()

    assert not written(ax)
    assert len(ax.get_xticks()) < 20


def test_a_class_that_does_not_occur_is_blank():
    ax = plot.confusion_matrix(np.zeros((2, 2), int))
    ax.figure.canvas.draw()

    assert ax.get_title() == ""


def test_what_is_no_matrix_of_counts_is_refused(net):
    wrong_type, wrong_value = ns.errors.InvalidTypeError, ns.errors.InvalidValueError
    with pytest.raises(wrong_type, match=r"square matrix of counts.*of shape \(1, 2\)"):
        plot.confusion_matrix([[1, 2]])
    with pytest.raises(wrong_type, match="dtype float64"):
        plot.confusion_matrix([[0.5, 0.5], [0, 1]])
    with pytest.raises(wrong_value, match=r"counts must be >= 0 \(got -1\)$"):
        plot.confusion_matrix([[1, -1], [0, 1]])
    with pytest.raises(wrong_value, match=r"classes must be 2 labels \(got 1\)$"):
        plot.confusion_matrix([[1, 0], [0, 1]], classes=["a"])
    with pytest.raises(wrong_value, match="a network needs X and y"):
        plot.confusion_matrix(net)
