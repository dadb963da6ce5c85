"""Initializing: which numbers go where, in which order they are drawn, and what is refused."""

import math

import numpy as np
import pytest

import neurosim as ns
from neurosim.errors import InvalidTypeError, InvalidValueError, StaleHandleError
from neurosim.initializers import Constant, He, Initializer, Normal, Uniform
from tests.model.common import lecture_net, refused


@pytest.fixture
def net():
    return lecture_net()


def test_the_lectures_numbers_come_out(net):
    np.random.seed(1)  # noqa: NPY002 - as on the slides
    w1, w2 = np.random.randn(2, 3), np.random.randn(3, 1)  # noqa: NPY002
    net.initialize(Normal(), seed=np.random.RandomState(1))
    np.testing.assert_array_equal(net.weights("input", "hidden"), w1)
    np.testing.assert_array_equal(net.weights("hidden", "salary"), w2)
    assert net.synapse("study", "hidden[0]").weight == 1.6243453636632417
    assert net.synapse("experience", "hidden[0]").weight == -1.0729686221561705


def test_an_int_seed_means_default_rng(net):
    net.initialize(Normal(mean=1.0, std=2.0), seed=7)
    drawn = 1.0 + 2.0 * np.random.default_rng(7).standard_normal(9)
    np.testing.assert_array_equal(net.parameters, drawn)


@pytest.mark.parametrize("seed", [3, np.random.SeedSequence(3)])
def test_the_same_seed_gives_the_same_weights(net, seed):
    twin = net.copy()
    net.initialize(Uniform(-1, 1), seed=seed)
    twin.initialize(Uniform(-1, 1), seed=3)
    np.testing.assert_array_equal(net.parameters, twin.parameters)
    assert len(set(net.parameters.tolist())) == 9


def test_a_generator_goes_on_from_where_it_stands(net):
    generator = np.random.default_rng(1)
    net.initialize(Normal(), seed=generator)
    first = net.synapses.weight
    net.initialize(Normal(), seed=generator)
    both = np.random.default_rng(1).standard_normal(18)
    np.testing.assert_array_equal([*first, *net.synapses.weight], both)


def test_no_seed_means_fresh_numbers(net):
    net.initialize(Normal())
    first = net.synapses.weight
    net.initialize(Normal())
    assert (net.synapses.weight != first).all()


def test_the_order_is_that_of_the_connect_calls_whatever_the_vectors_order():
    net = ns.Network()
    x, y = net.add_layer(2, role="input"), net.add_layer(2, role="output")
    net.connect(x[1], y)
    net.connect(x[0], y)
    columns = net._columns
    columns.arrange(columns.synapse_ids()[::-1], columns.biased_ids())  # as compile may
    net.initialize(Normal(), seed=1)
    a, b, c, d = np.random.default_rng(1).standard_normal(4)
    assert net.weights(x, y).tolist() == [[c, d], [a, b]]
    assert net.parameters.tolist() == [d, c, b, a, 0, 0]


def test_weights_given_explicitly_are_redrawn_too(net):
    synapse = net.connect("study", "salary", weight=100.0)
    net.initialize(Uniform(-1, 1), seed=1)
    assert abs(synapse.weight) <= 1


def test_a_group_redraws_only_its_own(net):
    net.initialize(Constant(5.0))
    net.synapses[[4, 2]].initialize(Normal(), seed=1)
    first, second = np.random.default_rng(1).standard_normal(2)
    assert net.synapses.weight.tolist() == [5, 5, second, 5, first, 5, 5, 5, 5]


def test_biases_keep_their_values_unless_asked():
    net = ns.Network()
    hidden = net.add_layer(3, bias=[0.1, None, 0.3])
    net.connect(net.add_neuron(role="input"), hidden)
    net.initialize(Normal(), seed=1)
    assert hidden.bias.tolist()[::2] == [0.1, 0.3]


def test_biases_are_drawn_after_all_weights():
    net = ns.Network()
    hidden = net.add_layer(3, bias=[0.1, None, 0.3])
    net.connect(net.add_neuron(role="input"), hidden)
    net.initialize(Normal(), biases=Normal(), seed=1)
    drawn = np.random.default_rng(1).standard_normal(5)
    np.testing.assert_array_equal(net.parameters, drawn)
    np.testing.assert_array_equal(hidden.bias[::2], drawn[3:])


def test_each_neuron_is_scaled_by_its_own_number_of_synapses():
    net = ns.Network()
    x = net.add_layer(8, role="input")
    full, half = net.add_neuron(), net.add_neuron()
    net.connect(x, full)
    net.connect(x[:4], half)
    net.remove(net.synapse(x[0], half))
    net.initialize(He(), seed=1)
    drawn = np.random.default_rng(1).standard_normal(11)
    scale = np.sqrt(2 / np.array([8] * 8 + [3] * 3))
    np.testing.assert_allclose(net.synapses.weight, drawn * scale, rtol=1e-15)


@pytest.mark.parametrize("part", ["weights", "biases"])
@pytest.mark.parametrize("what", ["normal", 0.5, None, Normal])
def test_only_initializers_are_taken(net, part, what):
    if part == "biases" and what is None:
        return
    message = (
        f"initialize.{part} must be an Initializer such as initializers.Normal() (got {what!r})"
    )
    with refused(net, InvalidTypeError, message):
        net.initialize(**{"weights": Normal(), part: what})
    if part == "weights":
        with refused(net, InvalidTypeError, message):
            net.synapses.initialize(what)


def test_weights_stay_when_the_biases_cannot_be_drawn():
    net = lecture_net(dtype="float32")
    net.add_neuron(bias=0.5)
    message = (
        "what Constant(value=1e+39) draws[0] must be finite as float32 (got 1e+39)"
    )
    with refused(net, InvalidValueError, message):
        net.initialize(Normal(), biases=Constant(1e39), seed=1)


def test_an_initializer_must_draw_one_value_each(net):
    class Short(Initializer):
        def draw(self, generator, fan_in, fan_out):
            return np.full(3, math.pi)

        def __repr__(self):
            return "Short()"

    message = "what Short() draws must be a scalar or have shape (9,) (got shape (3,))"
    with refused(net, InvalidValueError, message):
        net.initialize(Short())


@pytest.mark.parametrize("seed", [True, "1", 1.5])
def test_other_seeds_are_refused(net, seed):
    message = (
        f"seed must be an int, a SeedSequence, a Generator, a RandomState or None (got {seed!r})"
    )
    with refused(net, InvalidTypeError, message):
        net.initialize(Normal(), seed=seed)


def test_a_group_with_a_removed_synapse_is_refused(net):
    group = net.synapses[:2]
    net.remove(group[0])
    with pytest.raises(StaleHandleError):
        group.initialize(Normal(), seed=1)
