"""Pictures hold what they should hold; how they look is for eyes to judge."""

import subprocess
import sys
import time

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure

import neurosim as ns
from neurosim import plot
from neurosim.plot.placement import Placement


@pytest.fixture
def salary():
    net = ns.Network("salary")
    inputs = net.add_layer(["study", "experience"], role="input", name="input")
    hidden = net.add_layer(3, activation="sigmoid", bias=[0.5, -2.0, 0.0], name="hidden")
    wage = net.add_neuron("wage", activation="sigmoid", bias=None, role="output")
    net.connect(inputs, hidden, weight=[[1.0, -1.0, 0.0], [0.25, 0.5, -0.75]])
    net.connect(hidden, wage, weight=[[0.1], [0.2], [0.004]])
    return net


def dense(sizes, seed=0):
    """A layered network, made from the model alone."""
    net = ns.Network("dense")
    layers = [net.add_layer(sizes[0], role="input")]
    for number, size in enumerate(sizes[1:], start=2):
        role = "output" if number == len(sizes) else "hidden"
        layers.append(net.add_layer(size, activation="tanh", role=role))
        net.connect(layers[-2], layers[-1])
    net.initialize(ns.initializers.Normal(), seed=seed)
    return net


def lines(ax):
    (found,) = [artist for artist in ax.collections if isinstance(artist, LineCollection)]
    return found


def dots(ax):
    return {
        artist.get_label(): artist
        for artist in ax.collections
        if isinstance(artist, PathCollection)
    }


def texts(ax):
    return {text.get_text() for text in ax.texts}


def columns(net):
    group = net.synapses
    return Placement.of(net, group.pre, group.post).column.tolist()


# -- the network ---------------------------------------------------------------------------


def test_network_draws_every_synapse_and_every_neuron_by_its_role(salary):
    ax = plot.network(salary)

    assert len(lines(ax).get_segments()) == 9
    counts = {role: len(artist.get_offsets()) for role, artist in dots(ax).items()}
    assert counts == {"input": 2, "hidden": 3, "output": 1}
    ax.figure.canvas.draw()


def test_network_draws_on_the_axes_it_is_given_and_returns_them(salary):
    figure = Figure()
    left, right = figure.subplots(1, 2)

    assert plot.network(salary, ax=right) is right
    assert not left.collections
    assert not plt.get_fignums()
    figure.canvas.draw()


def test_network_without_axes_makes_a_figure_of_its_own(salary):
    first, second = plot.network(salary), plot.network(salary)

    assert first.figure is not second.figure


def test_weight_is_colour_and_thickness_with_the_strongest_on_top(salary):
    ax = plot.network(salary)

    widths, colours = np.array(lines(ax).get_linewidths()), lines(ax).get_colors()
    assert (np.diff(widths) >= 0).all()
    red, blue = colours[:, 0], colours[:, 2]
    order = np.argsort(np.abs(salary.synapses.weight), kind="stable")
    weight = salary.synapses.weight[order]
    assert (red[weight > 0.05] > blue[weight > 0.05]).all()
    assert (red[weight < -0.05] < blue[weight < -0.05]).all()


def test_bias_is_the_shade_of_a_neuron_and_white_means_none(salary):
    found = dots(plot.network(salary))

    white = [1.0, 1.0, 1.0, 1.0]
    assert (found["input"].get_facecolors() == white).all()
    assert (found["output"].get_facecolors() == white).all()
    raised, lowered, zero = found["hidden"].get_facecolors()
    assert raised[0] > raised[2]
    assert lowered[0] < lowered[2]
    assert zero[0] == pytest.approx(zero[2], abs=0.01)  # grey
    assert zero[0] < 1


def test_weights_and_names_are_written_on_a_tiny_network(salary):
    written = texts(plot.network(salary))

    assert {neuron.name for neuron in salary.neurons} <= written
    assert {"1.00", "−1.00", "0.25", "−0.75", "4e−03"} <= written


def test_weights_and_names_can_be_left_out_or_insisted_on(salary):
    assert not texts(plot.network(salary, names=False, weights=False))

    large = dense([40, 40, 40])
    assert not texts(plot.network(large)) & {neuron.name for neuron in large.layers[1]}
    written = texts(plot.network(large, names=True))
    assert {neuron.name for neuron in large.neurons} == written


def test_colorbar_is_centred_at_zero_and_can_be_left_out(salary):
    ax = plot.network(salary)

    _, bar = ax.figure.axes
    assert bar.get_ylim() == (-2.0, 2.0)  # the largest is a bias
    assert plot.network(salary, colorbar=False).figure.axes[1:] == []


def test_columns_are_the_longest_paths():
    net = ns.Network("dag")
    a, b = net.add_layer(["a", "b"], role="input")
    c, d, e = (net.add_neuron(name) for name in "cde")
    net.connect(a, c)
    net.connect(c, d)
    net.connect(b, e)
    net.connect(d, e)
    net.connect(a, e)

    assert columns(net) == [0, 0, 1, 2, 3]


def test_members_of_a_softmax_layer_stand_in_one_column():
    net = ns.Network("softmax")
    x = net.add_neuron("x", role="input")
    hidden = net.add_neuron("h", activation="tanh")
    classes = net.add_layer(2, activation="softmax", role="output")
    net.connect(x, hidden)
    net.connect(x, classes[0])
    net.connect(hidden, classes[1])

    assert columns(net) == [0, 1, 2, 2]


def test_network_with_a_cycle_is_drawn_by_layers_in_order_of_creation():
    net = ns.Network("recurrent")
    inputs = net.add_layer(2, role="input")
    hidden = net.add_layer(3, activation="tanh")
    output = net.add_neuron("y", role="output")
    net.connect(inputs, hidden, weight=1.0)
    net.connect(hidden, output, weight=1.0)
    net.connect_pairs([2, 3, 4], [3, 4, 2], weight=0.5)
    net.connect(output, hidden[0], weight=-0.5)

    assert columns(net) == [0, 0, 1, 1, 1, 2]
    ax = plot.network(net)
    assert len(lines(ax).get_segments()) == len(net.synapses)
    ax.figure.canvas.draw()


def test_neurons_of_a_column_stand_evenly_and_the_first_on_top():
    net = dense([3, 1])
    place = Placement.of(net, net.synapses.pre, net.synapses.post)

    assert place.y == pytest.approx([5 / 6, 1 / 2, 1 / 6, 1 / 2])
    assert place.x.tolist() == [0, 0, 0, 1]


def test_synapse_that_skips_a_column_passes_beside_the_neuron_there():
    net = ns.Network("skip")
    x = net.add_neuron("x", role="input")
    h = net.add_neuron("h")
    y = net.add_neuron("y", role="output")
    for pre, post in ((x, h), (h, y), (x, y)):
        net.connect(pre, post, weight=1.0)

    group = net.synapses
    *straight, skip = Placement.of(net, group.pre, group.post).paths(group.pre, group.post)
    assert [len(path) for path in straight] == [2, 2]
    assert (skip[0] == [0, 0.5]).all()
    assert (skip[-1] == [2, 0.5]).all()
    distance = np.abs(skip[:, 1] - 0.5)[np.argmin(np.abs(skip[:, 0] - 1))]
    assert distance > 0.05


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_networks_of_every_size_can_be_drawn(dtype):
    net = ns.Network("grows", dtype=dtype)
    plot.network(net).figure.canvas.draw()
    x = net.add_neuron("x", role="input")
    plot.network(net).figure.canvas.draw()
    y = net.add_neuron("y", role="output")
    plot.network(net).figure.canvas.draw()
    net.connect(x, y)
    plot.network(net).figure.canvas.draw()
    net.remove(x)
    ax = plot.network(net)
    ax.figure.canvas.draw()
    assert set(dots(ax)) == {"output"}


def test_names_are_written_as_they_are():
    net = ns.Network("$x")
    net.add_layer(["$a$b$", r"\frac"], role="input")
    ax = plot.network(net)
    ax.figure.canvas.draw()

    assert {"$a$b$", r"\frac"} == texts(ax)
    assert ax.get_title() == "$x"


def test_thousands_of_synapses_are_drawn_in_under_a_second():
    net = dense([100, 50, 10])
    seconds = []
    for _ in range(3):  # the first pays for fonts, and others may be at work
        start = time.perf_counter()
        ax = plot.network(net)
        ax.figure.canvas.draw()
        seconds.append(time.perf_counter() - start)

    assert min(seconds) < 1
    assert len(lines(ax).get_segments()) == 5500


def test_network_refuses_what_it_cannot_draw(salary):
    with pytest.raises(ns.errors.InvalidTypeError, match=r"^plot.network draws a Network \(got 3"):
        plot.network(3)
    with pytest.raises(ns.errors.InvalidTypeError, match=r"^ax must be matplotlib axes \(got <Fig"):
        plot.network(salary, ax=Figure())


# -- the training curve --------------------------------------------------------------------


def trained(**settings):
    net = dense([2, 3, 1])
    return ns.train(net, [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], epochs=20, **settings)


def test_training_curve_shows_the_cost_of_every_epoch():
    history = trained()
    ax = plot.training_curve(history)

    (line,) = ax.lines
    assert line.get_ydata().tolist() == history["cost"]
    assert line.get_xdata().tolist() == list(range(20))
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_legend()) == ("epoch", "cost", None)


def test_training_curve_tells_training_from_validation():
    ax = trained(validation=([[0, 0]], [0])).plot()

    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["training", "validation"]
    assert ax.get_ylabel() == "cost"


@pytest.mark.parametrize(
    ("values", "scale"),
    [([1.0, 0.02], "linear"), ([1.0, 0.005], "log"), ([1.0, 0.0], "linear"), ([], "linear")],
)
def test_training_curve_is_logarithmic_beyond_two_decades(values, scale):
    ax = plot.training_curve({"cost": values})

    assert ax.get_yscale() == scale
    ax.figure.canvas.draw()


def test_training_curve_counts_errors_on_whole_numbers():
    ax = plot.training_curve({"errors": [2, 1, 0]})
    ax.figure.canvas.draw()

    assert ax.get_ylabel() == "errors"
    assert (np.mod(ax.get_yticks(), 1) == 0).all()


def test_training_curve_draws_on_the_axes_it_is_given():
    ax = Figure().subplots()

    assert plot.training_curve({"cost": [1.0]}, ax=ax) is ax
    assert ax.lines[0].get_marker() == "o"  # a single epoch would not show as a line
    assert trained().plot(ax=ax) is ax


def test_training_curve_refuses_what_is_no_history():
    with pytest.raises(
        ns.errors.InvalidTypeError, match=r"^training_curve draws a History \(got \[1"
    ):
        plot.training_curve([1, 2])


# -- the extra -----------------------------------------------------------------------------


def run(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )


def test_neurosim_alone_does_not_import_matplotlib():
    done = run("import sys, neurosim; sys.exit('matplotlib' in sys.modules)")

    assert done.returncode == 0, done.stderr


def test_missing_matplotlib_gives_one_clear_line():
    done = run("import sys; sys.modules['matplotlib'] = None\nimport neurosim.plot")

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "neurosim.errors.MissingExtraError: neurosim.plot needs matplotlib: "
        'pip install "neurosim[plot]"'
    )
