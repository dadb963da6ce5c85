"""A network is drawn by levels, by layers, or where a layout of networkx puts its neurons."""

import networkx as nx
import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.quiver import Quiver

import neurosim as ns
from neurosim import plot
from neurosim.plot.placement import Placement
from neurosim.plot.scatter import Scatter


@pytest.fixture
def net():
    net = ns.topologies.layered([2, 3, 1])
    net.initialize(ns.initializers.Normal(), seed=0)
    return net


def lines(ax):
    (found,) = [artist for artist in ax.collections if isinstance(artist, LineCollection)]
    return found


def arrows(ax):
    return [artist for artist in ax.collections if isinstance(artist, Quiver)]


def columns(net, **settings):
    group = net.synapses
    return Placement.of(net, group.pre, group.post, **settings).column.tolist()


def two_chains():
    """Return a layer whose second neuron hears from its first."""
    net = ns.Network("chains")
    x = net.add_neuron("x", role="input")
    hidden = net.add_layer(2, activation="tanh", name="hidden")
    y = net.add_neuron("y", role="output")
    net.connect(x, hidden)
    net.connect(hidden[0], hidden[1])
    net.connect(hidden, y)
    return net


def test_by_layers_keeps_those_of_a_layer_in_one_column():
    net = two_chains()

    assert columns(net) == [0, 1, 2, 3]
    assert columns(net, by_layers=True) == [0, 1, 1, 2]
    plot.network(net, layout="layers").figure.canvas.draw()


def test_layers_that_hear_from_each_other_stand_in_order_of_creation():
    net = ns.Network("interleaved")
    a = net.add_layer(2, role="input", name="a")
    b, c = net.add_layer(2, name="b"), net.add_layer(2, role="output", name="c")
    net.connect(a, b)
    net.connect(b[0], c)
    net.connect(c[0], b[1])

    assert columns(net, by_layers=True) == [0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize(
    "layout", ["circular", "spring", "shell", "kamada_kawai", nx.spectral_layout]
)
def test_any_layout_of_networkx_draws_every_synapse_straight(net, layout):
    ax = plot.network(net, layout=layout)
    ax.figure.canvas.draw()

    segments = lines(ax).get_segments()
    assert [len(segment) for segment in segments] == [2] * 9
    assert len(arrows(ax)) == 1


def test_a_layout_with_a_seed_gives_the_same_picture_every_time(net):
    first, second = (Scatter.of(net, "spring") for _ in range(2))

    assert first.x.tolist() == second.x.tolist()


def test_a_layout_knows_neither_weights_nor_directions(net):
    seen = []

    def layout(graph):
        seen.append(graph)
        return nx.circular_layout(graph)

    plot.network(net, layout=layout)
    (graph,) = seen
    assert set(graph) == set(net.neurons)
    assert not graph.is_directed()
    assert all(not data for *_, data in graph.edges(data=True))
    assert graph.nodes[net.inputs[0]]["role"] == "input"


def test_positions_may_be_those_of_names(net):
    places = {neuron.name: (i, 2 * i) for i, neuron in enumerate(net.neurons)}
    place = Scatter.of(net, places)

    # The longer side, 10, becomes 1; the shorter is centred.
    assert place.y == pytest.approx(np.arange(6) / 5)
    assert place.x == pytest.approx(0.25 + np.arange(6) / 10)


def test_arrows_point_from_pre_to_post():
    net = ns.Network("pair")
    x, y = net.add_neuron("x", role="input"), net.add_neuron("y", role="output")
    net.connect(x, y, weight=1.0)
    ax = plot.network(net, layout={x: (0, 0), y: (3, 4)})

    (quiver,) = arrows(ax)
    assert [quiver.U.item(), quiver.V.item()] == pytest.approx([0.6, 0.8])


def test_arrows_are_left_out_of_a_crowd():
    net = ns.topologies.layered([30, 30])

    assert not arrows(plot.network(net, layout="circular"))


def test_names_are_left_out_where_another_neuron_or_name_is(net):
    at = {neuron: (0, place) for place, neuron in enumerate(net.neurons)}
    at[net.outputs[0]] = (0, 0)  # on input[0]
    ax = plot.network(net, layout=at, weights=False)
    assert {text.get_text() for text in ax.texts} == {neuron.name for neuron in net.neurons[1:-1]}

    at = dict.fromkeys(net.neurons, (0, 0)) | {net.neurons[0]: (1, 1)}  # hardly any would fit
    assert not plot.network(net, layout=at, weights=False).texts


@pytest.mark.parametrize("layout", ["levels", "layers", "circular"])
def test_networks_of_every_size_are_drawn_by_every_layout(layout):
    net = ns.Network("grows")
    plot.network(net, layout=layout).figure.canvas.draw()
    x = net.add_neuron("x", role="input")
    plot.network(net, layout=layout).figure.canvas.draw()
    y = net.add_neuron("y", role="output")
    net.connect(x, y)
    plot.network(net, layout=layout).figure.canvas.draw()


def test_a_program_is_drawn_as_its_network(net):
    assert plot.network(ns.compile(net)).get_title() == net.name


def test_few_weak_synapses_are_thick_enough_to_be_seen():
    net = ns.topologies.layered([2, 2])
    net.synapses.weight = [1.0, 0.0, 1e-6, -1.0]

    assert min(lines(plot.network(net)).get_linewidths()) > 0.5


def test_layouts_that_there_are_not_are_refused(net):
    unknown = ns.errors.UnknownNameError
    with pytest.raises(unknown, match="'levels' or 'layers', or a layout of networkx such as"):
        plot.network(net, layout="rows")
    with pytest.raises(unknown, match=r"^plot.network.layout has no position of neuron 'input\[0"):
        plot.network(net, layout={"x": (0, 0)})
    with pytest.raises(ns.errors.InvalidTypeError, match=r"a function or positions \(got 3\)$"):
        plot.network(net, layout=3)
    with pytest.raises(ns.errors.InvalidTypeError, match=r"must return positions, a dict \(got 5"):
        plot.network(net, layout=lambda graph: 5)
    with pytest.raises(ns.errors.InvalidValueError, match=r"an \(x, y\) for each neuron \(got sha"):
        plot.network(net, layout=dict.fromkeys(net.neurons, (0, 0, 0)))
