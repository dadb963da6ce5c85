"""Decision boundaries and responses go through the values of inputs in the units of the data."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.colors import to_rgb

import neurosim as ns
from neurosim import plot
from neurosim.plot.canvas import DISTINCT

AND = [[0, 0], [0, 1], [1, 0], [1, 1]]


def line(activation="threshold", weight=(1.0, 1.0), bias=-1.5):
    """Return a neuron that fires where w·x + b > 0: by default for AND, as the textbook has it."""
    net = ns.Network("line")
    inputs = net.add_layer(["a", "b"], role="input", name="inputs")
    y = net.add_neuron("y", activation=activation, bias=bias, role="output")
    net.connect(inputs, y, weight=np.reshape(weight, (2, 1)))
    return net


def three():
    """Return a softmax layer of three classes: the inputs themselves, and the smaller one."""
    net = ns.Network("three")
    inputs = net.add_layer(["a", "b"], role="input", name="inputs")
    kinds = net.add_layer(3, activation="softmax", role="output", name="kind")
    net.connect(inputs, kinds, weight=[[4.0, 0.0, -4.0], [0.0, 4.0, -4.0]])
    return net


def color_at(ax, x, y):
    """Return the class of whose colour the plane is at a point."""
    (image,) = ax.images
    left, right, bottom, top = image.get_extent()
    picture = image.get_array()
    rows, columns, _ = picture.shape
    row, column = (
        int((y - bottom) / (top - bottom) * rows),
        int((x - left) / (right - left) * columns),
    )
    # Drawn on white: what is added to that is the opposite of the colour.
    away = 1 - np.array([to_rgb(colour) for colour in DISTINCT])
    here = 1 - picture[row, column]
    likeness = away @ here / np.linalg.norm(away, axis=1)
    return int(np.argmax(likeness))


def points(ax):
    return [artist for artist in ax.collections if isinstance(artist, PathCollection)]


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


# -- decision boundaries -------------------------------------------------------------------


def test_regions_have_the_colour_of_the_class_that_predict_finds():
    net = line()
    ax = plot.decision_boundary(net, AND, [-1, -1, -1, 1])

    assert [color_at(ax, a, b) for a, b in AND] == [0, 0, 0, 1]
    assert legend(ax) == ["−1", "1"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("a", "b")
    ax.figure.canvas.draw()


def test_regions_of_several_outputs_have_the_colour_of_the_strongest():
    ax = plot.decision_boundary(three(), limits=(-1, 1))

    assert [color_at(ax, a, b) for a, b in [(0.9, 0), (0, 0.9), (-0.9, -0.9)]] == [0, 1, 2]
    assert legend(ax) == ["kind[0]", "kind[1]", "kind[2]"]


def test_a_region_is_paler_where_the_network_doubts():
    (image,) = plot.decision_boundary(line("sigmoid", (8, 0), 0), limits=(-1, 1)).images
    row = image.get_array()[80]

    paleness = row.sum(axis=-1)
    assert paleness[80] > paleness[100] > paleness[160]
    assert paleness[80] > paleness[60] > paleness[0]


def test_regions_of_a_linear_neuron_are_flat_since_its_outputs_are_no_probabilities():
    (image,) = plot.decision_boundary(line("identity", (1, 0), 0.5), limits=(-1, 1)).images

    assert len(np.unique(image.get_array().reshape(-1, 3).round(6), axis=0)) == 2


def test_a_linear_neuron_taught_with_signed_targets_has_its_boundary_at_zero():
    net = line("identity", (1.0, 0.0), 0.0)
    ax = plot.decision_boundary(net, [[-1, 0], [0.25, 0]], [-1, 1], limits=(-1, 1))

    assert color_at(ax, 0.25, 0) == 1
    assert legend(ax) == ["−1", "1"]


def test_the_plane_is_in_the_units_of_the_data():
    net = line("sigmoid", (5.0, 0.0), 0.0)
    net.input_scaler = ns.Scaler(shift=[100.0, 0.0], scale=[10.0, 1.0])
    ax = plot.decision_boundary(net)

    assert ax.get_xlim() == pytest.approx((85, 115))
    assert (color_at(ax, 95, 0), color_at(ax, 105, 0)) == (0, 1)


def test_examples_are_drawn_in_the_colour_of_their_class_and_edged_if_they_come_out_wrong():
    net = line()
    net.classes = ["no", "yes"]
    frame = pd.DataFrame({"b": [0, 1, 0, 1], "a": [0, 0, 1, 1]})
    ax = plot.decision_boundary(net, frame, ["no", "yes", "no", "yes"])

    drawn = {
        (
            tuple(place),
            artist.get_facecolors()[0, :3].tolist() == list(to_rgb(DISTINCT[1])),
            artist.get_edgecolors()[0, :3].tolist() == [0, 0, 0],
        )
        for artist in points(ax)
        for place in artist.get_offsets().tolist()
    }
    no_right, yes_right, yes_wrong = (False, False), (True, False), (True, True)
    assert drawn == {
        ((0, 0), *no_right),
        ((0, 1), *yes_wrong),
        ((1, 0), *no_right),
        ((1, 1), *yes_right),
    }
    assert legend(ax) == ["no", "yes"]


def test_examples_without_classes_are_drawn_as_what_they_are_found_to_be():
    ax = plot.decision_boundary(line(), AND)

    assert sum(len(artist.get_offsets()) for artist in points(ax)) == 4


@pytest.mark.parametrize(
    "y", [["x", "y", "z"], [0, 1, 2], [[1, 0, 0], [0, 1, 0], [0, 0, 1]]], ids=str
)
def test_classes_may_be_labels_numbers_or_targets_and_the_network_stays_as_it_is(y):
    net = three()
    ax = plot.decision_boundary(net, [[1, 0], [0, 1], [-1, -1]], y)

    edges = [
        artist.get_edgecolors()[0, :3].tolist()
        for artist in points(ax)
        if len(artist.get_offsets())
    ]
    assert edges == [[1, 1, 1]] * 3
    assert net.classes is None


def test_two_of_many_inputs_are_gone_through_while_the_others_stand_still():
    net = ns.Network("many")
    inputs = net.add_layer(["a", "b", "c"], role="input", name="inputs")
    y = net.add_neuron("y", activation="step", bias=-1.0, role="output")
    net.connect(inputs, y, weight=[[1.0], [0.0], [1.0]])

    chosen = {"inputs": ["b", "a"], "limits": (-2, 2)}
    assert color_at(plot.decision_boundary(net, **chosen), 0, 0.5) == 0
    assert color_at(plot.decision_boundary(net, at={"c": 1}, **chosen), 0, 0.5) == 1
    assert color_at(plot.decision_boundary(net, at=[0, 0, 1], **chosen), 0, 0.5) == 1
    X = [[0, 0, 0], [0, 0, 2]]  # the mean of c is 1
    assert color_at(plot.decision_boundary(net, X, **chosen), 0, 0.5) == 1


def test_a_plane_of_one_class_only_is_drawn_without_a_line():
    ax = plot.decision_boundary(line(bias=-9.0), AND, [-1, -1, -1, -1])
    ax.figure.canvas.draw()

    assert len(ax.collections) == len(points(ax))


def test_a_legend_is_left_out_where_classes_are_many():
    many = plot.decision_boundary(ns.topologies.layered([2, 50]))
    many.figure.canvas.draw()

    assert many.get_legend() is None
    assert len(legend(plot.decision_boundary(ns.topologies.layered([2, 20])))) == 20


def test_decision_boundary_refuses_what_it_cannot_draw():
    net = line()
    refused = ns.errors.InvalidValueError
    with pytest.raises(refused, match=r"of two input neurons \(got 3; choose by inputs=\)$"):
        plot.decision_boundary(ns.topologies.layered([3, 1]))
    with pytest.raises(refused, match=r"two input neurons \(got 1\)$"):
        plot.decision_boundary(net, inputs="a")
    with pytest.raises(refused, match=r"inputs must be input neurons \(got <Neuron 'y'"):
        plot.decision_boundary(net, inputs=["a", "y"])
    with pytest.raises(refused, match="y without X does not say where"):
        plot.decision_boundary(net, y=[1])
    with pytest.raises(refused, match=r"as many examples \(got 4 and 1\)$"):
        plot.decision_boundary(net, AND, [1])
    with pytest.raises(refused, match=r"with low < high \(got \(1, 0\)\)$"):
        plot.decision_boundary(net, limits=(1, 0))
    with pytest.raises(refused, match=r"X must hold at least one example"):
        plot.decision_boundary(net, np.empty((0, 2)))
    with pytest.raises(ns.errors.UnknownNameError, match=r"at names no input neuron 'c'$"):
        plot.decision_boundary(net, at={"c": 1})
    with pytest.raises(refused, match=r"a value for each of 2 input neurons \(got shape \(3,\)\)$"):
        plot.decision_boundary(net, at=[1, 2, 3])


# -- responses -----------------------------------------------------------------------------


@pytest.fixture
def wages():
    """Return 1 + 2·educ in dollars, learnt from years and dollars of other sizes."""
    net = ns.Network("wages")
    educ = net.add_layer(["educ", "exper"], role="input", name="input")
    hidden = net.add_layer(2, activation="identity", bias=None, name="hidden")
    wage = net.add_neuron("wage", role="output")
    net.connect(educ, hidden, weight=[[1.0, 0.0], [0.0, 0.0]])
    net.connect(hidden, wage, weight=[[1.0], [0.0]])
    net.input_scaler = ns.Scaler(shift=[10.0, 20.0], scale=[2.0, 10.0])
    net.output_scaler = ns.Scaler(shift=[21.0], scale=[4.0])
    return net


def test_response_to_one_input_is_a_curve_in_the_units_of_the_data(wages):
    ax = plot.response(wages, inputs="educ", limits=(8, 16))

    (curve,) = ax.lines
    x, y = curve.get_data()
    assert (x[0], x[-1]) == (8, 16)
    assert y == pytest.approx(1 + 2 * x)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("educ", "wage")


def test_response_of_a_hidden_layer_is_a_curve_for_each_neuron_as_it_emits(wages):
    ax = plot.response(wages, "hidden", "educ", limits=(8, 16))

    first, second = ax.lines
    assert first.get_ydata() == pytest.approx((first.get_xdata() - 10) / 2)
    assert not second.get_ydata().any()
    assert legend(ax) == ["hidden[0]", "hidden[1]"]
    ax.figure.canvas.draw()


def test_response_to_two_inputs_is_a_colour_with_lines_of_equal_output(wages):
    ax = plot.response(ns.compile(wages))
    ax.figure.canvas.draw()

    (mesh,) = [artist for artist in ax.collections if isinstance(artist, QuadMesh)]
    # Around the middle by 1.5 scales: educ from 7 to 13, and so 1 + 2·educ from 15 to 27.
    assert mesh.get_clim() == pytest.approx((15, 27))
    assert ax.get_xlim() == pytest.approx((7, 13))
    assert ax.get_ylim() == pytest.approx((5, 35))
    _, bar = ax.figure.axes
    assert bar.get_ylabel() == "wage"


def test_response_is_looked_at_where_the_examples_are(wages):
    ax = plot.response(wages, X=[[10, 0], [20, 10]])

    assert ax.get_xlim() == pytest.approx((10 - 0.8, 20 + 0.8))


def test_response_of_a_neuron_that_does_not_care_can_be_drawn(wages):
    plot.response(wages, wages["hidden"][1]).figure.canvas.draw()


def test_response_of_many_neurons_can_be_drawn():
    net = ns.topologies.layered([1, 30, 1])
    net.initialize(ns.initializers.Normal(), seed=0)

    assert len(plot.response(net, "hidden").lines) == 30


def test_response_refuses_what_it_cannot_draw(wages):
    refused = ns.errors.InvalidValueError
    with pytest.raises(refused, match=r"one neuron over two inputs \(got 2\); choose one by of="):
        plot.response(wages, "hidden")
    with pytest.raises(refused, match=r"one or two input neurons \(got 4; choose by inputs="):
        plot.response(ns.topologies.layered([4, 1]))
    with pytest.raises(ns.errors.InvalidTypeError, match=r"^plot.response draws a Network"):
        plot.response([1])
