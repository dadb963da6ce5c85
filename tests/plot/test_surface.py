"""The error surface stands where the cost is, and the path where the parameters were."""

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import LogNorm

import neurosim as ns
from neurosim import plot
from neurosim.plot.plane import Plane, Relief, cost_of

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR = np.array([0.0, 1.0, 1.0, 0.0])
SUM = ns.SquaredError(reduction="sum")


@pytest.fixture(autouse=True)
def _no_figure_left_open():
    yield
    plt.close("all")


@pytest.fixture
def line():
    """A linear neuron o = w x + b with w = 1 and b = 0.5."""
    net = ns.Network("line")
    x = net.add_neuron("x", role="input")
    net.connect(x, net.add_neuron("o", bias=0.5, role="output"), weight=1.0)
    return net


@pytest.fixture
def net():
    net = ns.topologies.layered([2, 2, 1], activation="sigmoid")
    net.initialize(ns.initializers.Normal(), biases=ns.initializers.Normal(), seed=3)
    return net


def pair(net):
    return net.synapses[0], net.outputs[0]


def trained(net, **settings):
    snapshots = ns.callbacks.Snapshots(every=5)
    settings = {"rule": ns.GradientDescent(1.0), "epochs": 20} | settings
    ns.train(net, X, XOR, callbacks=[snapshots], **settings)
    return snapshots


def line_of(ax):
    """The path, then its start and its end."""
    return [np.column_stack(artist.get_data()) for artist in ax.lines]


# -- the cost ------------------------------------------------------------------------------


def test_height_is_the_cost_of_the_two_values(line):
    # The examples (1, 3) and (2, 4). At w = 2 and b = 0 the errors are 3 − 2 = 1 and 4 − 4 = 0, the
    # cost is ½ (1² + 0²) = 0.5. At w = 1 and b = 2 both are 0. At w = 0 and b = 1 they are 2 and 3,
    # and the cost is ½ (4 + 9) = 6.5.
    program = ns.compile(line)
    plane = Plane.of(program, (line.synapse("x", "o"), line["o"]))
    value = cost_of(program, [[1.0], [2.0]], [3.0, 4.0], SUM)

    costs = [value(plane.parameters(w, b)) for w, b in ((2, 0), (1, 2), (0, 1))]
    assert costs == [0.5, 0.0, 6.5]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("cost", [SUM, ns.BinaryCrossEntropy(reduction="mean")])
def test_height_is_what_the_outputs_cost_with_the_parameters_set(net, cost, dtype):
    net = net.copy(dtype=dtype)
    program, (synapse, neuron) = ns.compile(net), pair(net)
    height = cost_of(program, X, XOR, cost)(Plane.of(program, pair(net)).parameters(0.25, -1.5))

    synapse.weight, neuron.bias = 0.25, -1.5
    expected = cost.value(program.feedforward(X), XOR[:, None])
    assert height == pytest.approx(expected, rel=1e-5)


def test_rows_of_the_relief_are_the_second_of_the_two(line):
    program = ns.compile(line)
    plane = Plane.of(program, (line.synapse("x", "o"), line["o"]))
    value = cost_of(program, [[1.0], [2.0]], [3.0, 4.0], SUM)
    relief = Relief.of(plane, value, np.array([[0, 1], [1, 2]]), 2, None)

    # errors 2 and 3, then 1 and 1 with b = 1; 1 and 2, then 0 and 0 with b = 2
    assert relief.height.tolist() == [[6.5, 1.0], [2.5, 0.0]]


def test_axes_say_which_parameters_they_are(line):
    ax = plot.error_surface(
        line, [[1.0]], [3.0], (line.synapse("x", "o"), line["o"]), kind="surface", points=2
    )

    labels = ax.get_xlabel(), ax.get_ylabel(), ax.get_zlabel()
    assert labels == ("weight x → o", "bias of o", "cost")


def test_network_is_left_as_it_is(net):
    before = ns.compile(net).network.parameters.copy()
    version = net._columns.version
    plot.error_surface(net, X, XOR, pair(net), points=5)

    assert (net.parameters == before).all()
    assert net._columns.version == version


def test_neurons_without_a_derivative_have_a_surface_of_steps():
    net = ns.topologies.layered([2, 1], activation="threshold")
    net.initialize(ns.initializers.Constant(1.0))
    ax = plot.error_surface(net, X, [-1, 1, 1, 1], pair(net), cost=SUM, points=21)

    ax.figure.canvas.draw()


def test_examples_come_as_labels_and_scaled_columns():
    net = ns.topologies.layered([2, 2, 2], activation=["tanh", "softmax"])
    net.initialize(ns.initializers.Normal(), seed=0)
    net.input_scaler = ns.standardize(X)
    cost = ns.CategoricalCrossEntropy(reduction="sum")
    plot.error_surface(net, X, ["no", "yes", "yes", "no"], pair(net), cost=cost, points=3)

    assert net.classes is None  # nothing was learned


# -- directions ----------------------------------------------------------------------------


def test_directions_start_from_where_the_network_is(net):
    program = ns.compile(net)
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, program.plan.n_parameters))
    plane = Plane.of(program, (first, second))

    assert plane.parameters(0, 0) == pytest.approx(net.parameters)
    assert plane.parameters(2, -1) == pytest.approx(net.parameters + 2 * first - second)
    ax = plot.error_surface(net, X, XOR, (first, second), points=3)
    assert ax.get_xlabel() == "along the first direction"


def test_point_off_the_plane_is_drawn_at_the_nearest_on_it(net):
    program = ns.compile(net)
    directions = np.zeros((2, program.plan.n_parameters))
    directions[0, :2], directions[1, 1] = 1, 1
    plane = Plane.of(program, directions)
    away = plane.parameters(3, 4)
    away[5] += 10  # at a right angle to both

    assert plane.coordinates(away[None, :]) == pytest.approx(np.array([[3, 4]]))


# -- the path ------------------------------------------------------------------------------


def test_path_goes_through_the_values_of_all_snapshots(net):
    snapshots = trained(net)
    synapse, neuron = pair(net)
    values = [(synapse.weight, neuron.bias) for _ in snapshots.replay()]
    path, start, end = line_of(plot.error_surface(net, X, XOR, pair(net), path=snapshots, points=5))

    assert path == pytest.approx(np.array(values))
    assert start[0] == pytest.approx(values[0])
    assert end[0] == pytest.approx(values[-1])


def test_limits_leave_room_around_the_path(net):
    snapshots = trained(net)
    ax = plot.error_surface(net, X, XOR, pair(net), path=snapshots, points=5)

    path = line_of(ax)[0]
    for (low, high), values in zip((ax.get_xlim(), ax.get_ylim()), path.T, strict=True):
        assert low < values.min()
        assert values.max() < high


def test_path_on_a_surface_has_the_height_of_its_own_cost(net):
    snapshots = trained(net)
    program = ns.compile(net)
    costs = [SUM.value(program.feedforward(X), XOR[:, None]) for _ in snapshots.replay()]
    ax = plot.error_surface(
        net, X, XOR, pair(net), cost=SUM, path=snapshots.parameters, kind="surface", points=5
    )

    assert ax.lines[0].get_data_3d()[2] == pytest.approx(costs)


def test_without_a_path_the_network_is_in_the_middle(net):
    synapse, neuron = pair(net)
    synapse.weight, neuron.bias = 5.0, 0.1
    ax = plot.error_surface(net, X, XOR, pair(net), points=3)

    assert np.mean(ax.get_xlim()) == pytest.approx(5.0)
    assert np.mean(ax.get_ylim()) == pytest.approx(0.1)
    assert not ax.lines


# -- the picture ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["contour", "surface"])
def test_both_kinds_are_drawn_on_the_axes_they_are_given(net, kind):
    figure = plt.figure()
    ax = figure.add_subplot(projection="3d" if kind == "surface" else None)

    assert plot.error_surface(net, X, XOR, pair(net), kind=kind, points=5, ax=ax) is ax
    figure.canvas.draw()


@pytest.mark.parametrize(("far", "scale"), [(3.0, False), (100.0, True)])
def test_colours_are_logarithmic_beyond_two_decades(line, far, scale):
    along, limits = (line.synapse("x", "o"), line["o"]), ((1.0, far), (0.7, 0.9))
    ax = plot.error_surface(line, [[1.0], [2.0]], [3.0, 4.0], along, limits=limits, points=5)

    assert isinstance(ax.collections[0].norm, LogNorm) == scale
    ax.figure.canvas.draw()


@pytest.mark.parametrize("kind", ["contour", "surface"])
def test_flat_surface_can_be_drawn(kind):
    net = ns.topologies.layered([2, 2, 1])  # no weight leads on from the hidden neurons
    along = net["hidden"][0], net["hidden"][1]
    plot.error_surface(net, X, XOR, along, kind=kind, points=4).figure.canvas.draw()


@pytest.mark.parametrize("kind", ["contour", "surface"])
def test_places_where_the_cost_is_not_finite_are_left_out(line, kind):
    limits = ((0, 1e300), (0, 1))
    along = line.synapse("x", "o"), line["o"]
    ax = plot.error_surface(line, [[1.0]], [0.0], along, kind=kind, limits=limits, points=4)

    ax.figure.canvas.draw()


# -- refusals ------------------------------------------------------------------------------


def refused(own, error, message, **changes):
    arguments = {"net": own, "along": pair(own), "points": 3} | changes
    with pytest.raises(error) as caught:
        plot.error_surface(arguments.pop("net"), X, XOR, arguments.pop("along"), **arguments)
    assert message in str(caught.value)
    assert not plt.get_fignums()


def test_what_cannot_be_drawn_is_refused(net):
    invalid, wrong = ns.errors.InvalidValueError, ns.errors.InvalidTypeError
    n = ns.compile(net).plan.n_parameters
    where = "error_surface."

    refused(net, wrong, "error_surface takes a Network or a Program (got 3)", net=3)
    refused(net, invalid, where + 'kind must be "contour" or "surface" (got \'3d\')', kind="3d")
    refused(net, wrong, "cost must be a Cost (got 'squared')", cost="squared")
    refused(net, invalid, where + "points must be >= 2 (got 1)", points=1)
    refused(net, wrong, where + "along must be a pair of synapses, neurons or vectors", along=3)
    refused(net, wrong, where + "along[1] must be a synapse, a neuron or a vector of numbers "
            "(got 'bias')", along=(net.synapses[0], "bias"))  # fmt: skip
    refused(net, invalid, f"a vector of {n} numbers, one for each parameter (got shape (2,))",
            along=(net.synapses[0], [1, 2]))  # fmt: skip
    refused(net, invalid, "two parameters or directions that differ", along=(net.outputs[0],) * 2)
    refused(net, invalid, "along[0] must have a bias (got <Neuron 'input[0]': input>)",
            along=(net.inputs[0], net.outputs[0]))  # fmt: skip
    refused(net, invalid, "limits must be ((low, high), (low, high)), each low below its high",
            limits=((0, 1), (1, 1)))  # fmt: skip
    refused(net, invalid, f"shape (n_points, {n}), one column per parameter (got shape (4, 2))",
            path=X)  # fmt: skip
    refused(net, invalid, "(got shape (0,))", path=ns.callbacks.Snapshots())


def test_handles_of_another_network_are_refused(net):
    other = net.copy()

    refused(net, ns.errors.UnknownNameError, "is not of network", along=pair(other))


def test_surface_needs_axes_in_three_dimensions(net):
    flat = plt.figure().add_subplot()
    with pytest.raises(ns.errors.InvalidTypeError, match='must be made with projection="3d"'):
        plot.error_surface(net, X, XOR, pair(net), kind="surface", points=3, ax=flat)


def test_cost_that_is_finite_nowhere_is_refused(line):
    with pytest.raises(ns.errors.InvalidValueError, match="the cost is finite nowhere"):
        plot.error_surface(
            line, [[1.0]], [0.0], (line.synapse("x", "o"), line["o"]),
            limits=((1e300, 2e300), (0, 1)), points=3,
        )  # fmt: skip
