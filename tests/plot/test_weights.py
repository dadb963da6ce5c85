"""Weights as heat maps, histograms and images, in the colours of the drawing."""

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.patches import Rectangle

import neurosim as ns
from neurosim import plot
from neurosim.plot.canvas import signed_scale


@pytest.fixture
def net():
    net = ns.topologies.layered([4, 3, 2])
    net.initialize(ns.initializers.Normal(), biases=ns.initializers.Normal(), seed=0)
    return net


def image(ax):
    (found,) = ax.images
    return found


def texts(ax):
    return [text.get_text() for text in ax.texts]


def labels(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


# -- heat maps -----------------------------------------------------------------------------


def test_weight_matrix_shows_the_weights_by_rows_of_pre_and_columns_of_post(net):
    ax = plot.weight_matrix(net, "input", net["hidden"])

    assert (image(ax).get_array() == net.weights("input", "hidden")).all()
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("input", "hidden")
    assert labels(ax.yaxis) == [neuron.name for neuron in net["input"]]
    assert labels(ax.xaxis) == [neuron.name for neuron in net["hidden"]]
    ax.figure.canvas.draw()


def test_weight_matrix_of_a_whole_network_is_blank_where_there_is_no_synapse(net):
    shown = image(plot.weight_matrix(net)).get_array()

    assert shown.shape == (9, 9)
    assert shown.count() == 18
    net.synapses.weight = 0.0
    assert image(plot.weight_matrix(net)).get_array().count() == 18  # a weight of 0 is none


def test_colours_of_weights_are_centred_at_zero_and_the_same_everywhere(net):
    for ax in (plot.weight_matrix(net), plot.weight_images(net, "hidden")):
        low, high = image(ax).get_clim()
        assert low == -high
        red, _, blue, _ = image(ax).get_cmap()(1.0)
        assert red > blue
    assert image(plot.weight_matrix(net)).get_cmap() == signed_scale().cmap


def test_weights_are_written_where_cells_are_large(net):
    net.synapses.weight = np.linspace(-1, 1, 18)

    assert "−1.00" in texts(plot.weight_matrix(net, "input", "hidden"))
    large = ns.topologies.layered([25, 25])
    assert texts(plot.weight_matrix(large, "input", "output")) == []


def test_few_synapses_among_many_neurons_are_drawn_as_dots():
    net = ns.topologies.random_dag(400, n_inputs=2, n_outputs=1, seed=0)
    net.initialize(ns.initializers.Normal(), seed=0)
    ax = plot.weight_matrix(net)

    assert not ax.images
    (dots,) = [artist for artist in ax.collections if isinstance(artist, PathCollection)]
    assert len(dots.get_offsets()) == len(net.synapses)
    strongest = net.synapses[int(np.abs(net.synapses.weight).argmax())]
    place = [net.neurons.index(strongest.post), net.neurons.index(strongest.pre)]
    assert dots.get_offsets()[-1].tolist() == place


def test_weight_matrix_of_any_shape_can_be_drawn(net):
    plot.weight_matrix(net, net.inputs[0], net["hidden"][1]).figure.canvas.draw()
    plot.weight_matrix(net, "output", "input").figure.canvas.draw()
    wide = ns.topologies.layered([1, 200])
    plot.weight_matrix(wide, "input", "output").figure.canvas.draw()


def test_names_are_written_as_they_are():
    net = ns.Network("$")
    net.connect(
        net.add_layer(["$a$b$", "c"], role="input", name="$x"), net.add_neuron(r"\y", role="output")
    )
    ax = plot.weight_matrix(net, "$x", r"\y")
    ax.figure.canvas.draw()

    assert labels(ax.yaxis) == ["$a$b$", "c"]
    assert ax.get_ylabel() == "$x"
    plot.weight_images(net, shape=(1, 2)).figure.canvas.draw()


def test_weight_matrix_refuses_what_has_no_weights(net):
    with pytest.raises(ns.errors.InvalidTypeError, match=r"^plot.weight_matrix draws a Network"):
        plot.weight_matrix(3)
    with pytest.raises(ns.errors.StructureError, match="has no neurons"):
        plot.weight_matrix(ns.Network())
    with pytest.raises(ns.errors.UnknownNameError, match="no neuron or layer 'middle'"):
        plot.weight_matrix(net, "middle", "output")


# -- histograms ----------------------------------------------------------------------------


def bars(ax):
    return [patch for patch in ax.patches if isinstance(patch, Rectangle)]


def test_histogram_has_an_area_of_one_and_no_bar_of_both_signs(net):
    found = bars(plot.weight_histogram(net))

    assert sum(bar.get_width() * bar.get_height() for bar in found) == pytest.approx(1)
    ends = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in found]
    assert all(right <= 1e-12 or left >= -1e-12 for left, right in ends)


def test_histogram_colours_bars_as_weights_of_their_value(net):
    for bar in bars(plot.weight_histogram(net)):
        red, _, blue, _ = bar.get_facecolor()
        assert (red > blue) == (bar.get_x() > -1e-12)


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_histogram_takes_networks_layers_neurons_and_groups(net):
    assert legend(plot.weight_histogram(net)) == ["18 weights", "5 biases"]
    assert legend(plot.weight_histogram(ns.compile(net))) == ["18 weights", "5 biases"]
    assert legend(plot.weight_histogram(net["hidden"])) == ["12 weights", "3 biases"]
    assert legend(plot.weight_histogram(net.outputs[0])) == ["3 weights", "1 bias"]
    assert legend(plot.weight_histogram(net.synapses[:7])) == ["7 weights"]


def test_histogram_of_equal_weights_can_be_drawn(net):
    for value in (0.0, 2.0, -1e-3, 1e300, 5e-324):
        net.synapses.weight = value
        plot.weight_histogram(net.synapses).figure.canvas.draw()


def test_histogram_refuses_what_has_nothing_to_count(net):
    with pytest.raises(ns.errors.StructureError, match="has neither weights nor biases to draw"):
        plot.weight_histogram(net.inputs[0])
    with pytest.raises(ns.errors.InvalidTypeError, match="draws a Network"):
        plot.weight_histogram("hidden")


# -- images --------------------------------------------------------------------------------


def test_weight_images_are_the_incoming_weights_of_each_neuron(net):
    ax = plot.weight_images(net, "hidden")

    # Three images of 2 × 2 pixels side by side, with a gap of one pixel before and above each.
    shown = image(ax).get_array()
    assert shown.shape == (3, 9)
    for place, neuron in enumerate(net["hidden"]):
        left = 3 * place + 1
        weights = net.weights("input", neuron)
        assert (shown[1:, left : left + 2] == weights.reshape(2, 2)).all()
    assert shown.count() == 12
    assert texts(ax) == [neuron.name for neuron in net["hidden"]]
    ax.figure.canvas.draw()


def test_weight_images_are_by_default_those_of_all_neurons_that_hear_the_inputs(net):
    assert texts(plot.weight_images(net)) == [neuron.name for neuron in net["hidden"]]
    net.connect(net.inputs[0], net.outputs[1])
    ax = plot.weight_images(net)
    assert texts(ax)[3:] == ["output[1]"]
    assert image(ax).get_array().count() == 13


def test_weight_images_of_other_layers_and_shapes(net):
    ax = plot.weight_images(net, "output", (1, 3), pre="hidden")

    assert image(ax).get_array().count() == 6


def test_a_few_strong_weights_do_not_pale_the_others():
    net = ns.topologies.layered([784, 2])
    net.synapses.weight = np.random.default_rng(0).uniform(-1, 1, 2 * 784)
    net.synapses[5].weight = 100.0

    assert image(plot.weight_images(net, "output")).get_clim()[1] == pytest.approx(1, abs=0.01)


def test_weight_images_refuse_shapes_that_do_not_fit(net):
    with pytest.raises(ns.errors.InvalidValueError, match=r"must have 4 pixels \(got 3 × 2\)$"):
        plot.weight_images(net, "hidden", (3, 2))
    with pytest.raises(ns.errors.InvalidValueError, match="3 pixels make no square image"):
        plot.weight_images(net, "output", pre="hidden")
    with pytest.raises(ns.errors.InvalidTypeError, match=r"two ints, rows and columns \(got 4\)$"):
        plot.weight_images(net, "hidden", 4)
    with pytest.raises(ns.errors.StructureError, match="no neuron of network 'n' hears from"):
        plot.weight_images(ns.Network("n"))
