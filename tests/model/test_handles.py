"""Handles: neurons, layers, synapses and groups, how they show, compare and go stale."""

import math

import numpy as np
import pytest

import neurosim as ns
from neurosim.errors import (
    InvalidTypeError,
    InvalidValueError,
    StaleHandleError,
    StructureError,
)
from tests.model.common import lecture_net, refused


@pytest.fixture
def net():
    net = lecture_net()
    net.parameters = np.arange(1.0, 10.0)
    return net


class TestNeuron:
    def test_it_knows_what_it_is(self, net):
        study, salary = net["study"], net["salary"]
        assert (study.name, study.role, study.layer, study.network) == (
            "study", "input", net["input"], net,
        )  # fmt: skip
        assert (study.activation, study.bias) == (None, None)
        assert (salary.role, salary.layer, str(salary.activation)) == ("output", None, "sigmoid")
        assert net["hidden[1]"].role == "hidden"

    def test_it_shows_what_it_is(self, net):
        assert repr(net["study"]) == "<Neuron 'study': input>"
        assert repr(net["salary"]) == "<Neuron 'salary': output, sigmoid, no bias>"
        assert repr(net.add_neuron("x", bias=0.1)) == "<Neuron 'x': hidden, sigmoid, bias 0.1>"
        assert str(net["study"]) == "study"

    def test_its_synapses_come_in_the_order_of_the_neurons_at_their_other_ends(self, net):
        late = net.connect("study", "salary", weight=0.5)
        assert list(net["study"].outgoing) == [*net.synapses[:3], late]
        assert [s.pre.name for s in net["salary"].incoming] == [
            "study", "hidden[0]", "hidden[1]", "hidden[2]",
        ]  # fmt: skip
        assert net["salary"].incoming.weight.tolist() == [0.5, 7, 8, 9]
        assert len(net["study"].incoming) == len(net["salary"].outgoing) == 0

    def test_a_new_neuron_has_no_synapses(self, net):
        assert len(net["study"].outgoing) == 3
        neuron = net.add_neuron()
        assert len(neuron.incoming) == len(neuron.outgoing) == 0

    def test_activation_and_role_are_read_only(self, net):
        for attribute in ("activation", "role", "name", "layer"):
            with pytest.raises(AttributeError):
                setattr(net["salary"], attribute, "tanh")

    def test_its_bias_is_a_python_float_that_can_be_set(self):
        net = ns.Network(dtype="float32")
        neuron = net.add_neuron(bias=0.5)
        neuron.bias = np.int64(2)
        assert (neuron.bias, type(neuron.bias)) == (2.0, float)

    @pytest.mark.parametrize(
        ("bias", "error", "message"),
        [
            (math.nan, InvalidValueError, "bias of neuron 'x' must be a finite number (got nan)"),
            ("1", InvalidTypeError, "bias of neuron 'x' must be a finite number (got '1')"),
            (None, InvalidTypeError, "bias of neuron 'x' must be a finite number (got None)"),
            (np.array([1.0]), InvalidTypeError,
             "bias of neuron 'x' must be a finite number (got array([1.]))"),
            (1e39, InvalidValueError,
             "bias of neuron 'x' must lie within ±3.40282e+38, the range of float32 (got 1e+39)"),
        ],
    )  # fmt: skip
    def test_other_biases_are_refused(self, bias, error, message):
        net = ns.Network(dtype="float32")
        neuron = net.add_neuron("x", bias=0.5)
        with refused(net, error, message):
            neuron.bias = bias

    @pytest.mark.parametrize("name", ["study", "salary"])
    def test_a_bias_that_is_not_there_cannot_be_set(self, net, name):
        message = f"neuron {name!r} has no bias to set; make it with bias=0.0"
        if name == "study":
            message = "neuron 'study' is an input neuron and has no bias"
        with refused(net, StructureError, message):
            net[name].bias = 0.5

    def test_a_removed_neuron_says_so(self, net):
        neuron = net["hidden[1]"]
        net.remove(neuron)
        assert repr(neuron) == "<Neuron 'hidden[1]' (removed)>"
        assert neuron.name == str(neuron) == "hidden[1]"
        message = "neuron 'hidden[1]' was removed from network 'lecture'"
        for attribute in ("role", "activation", "bias", "layer", "incoming", "outgoing"):
            with refused(net, StaleHandleError, message):
                getattr(neuron, attribute)
        with refused(net, StaleHandleError, message):
            neuron.bias = 0.5


class TestLayer:
    def test_it_is_a_sequence_of_neurons(self, net):
        layer = net["hidden"]
        assert len(layer) == 3
        assert list(layer) == [layer[0], layer[1], layer[2]] == list(net.neurons[2:5])
        assert layer[-1] is layer[np.int64(2)] is net["hidden[2]"]
        assert layer[1:] == [layer[1], layer[2]]
        assert layer[0] in layer
        assert net["study"] not in layer
        assert list(reversed(layer)) == layer[::-1]
        assert layer.index(layer[1]) == 1

    def test_it_knows_what_it_is(self, net):
        layer = net["input"]
        assert (layer.name, layer.role, layer.network) == ("input", "input", net)
        assert (layer.activation, str(net["hidden"].activation)) == (None, "sigmoid")
        assert repr(layer) == "<Layer 'input': 2 input neurons>"
        assert repr(net["hidden"]) == "<Layer 'hidden': 3 hidden neurons, sigmoid>"
        assert repr(net.add_layer(1, name="z")) == "<Layer 'z': 1 hidden neuron, sigmoid>"
        assert str(layer) == "input"

    def test_an_index_beyond_it_is_an_index_error(self, net):
        with pytest.raises(IndexError):
            net["hidden"][3]

    @pytest.mark.parametrize("index", ["hidden[0]", True, 1.0, [0, 1], None])
    def test_other_indexes_are_refused(self, net, index):
        message = f"the neurons of a layer are selected by an int or a slice (got {index!r})"
        with refused(net, InvalidTypeError, message):
            net["hidden"][index]

    def test_its_biases_are_a_read_only_copy_with_nan_where_there_is_none(self, net):
        layer = net.add_layer(3, bias=[0.1, None, 0.3])
        np.testing.assert_array_equal(layer.bias, [0.1, math.nan, 0.3])
        with pytest.raises(ValueError, match="read-only"):
            layer.bias[0] = 1.0

    @pytest.mark.parametrize("biases", [0.5, [0.5, 0.5], np.float32(0.5)])
    def test_its_biases_can_be_set(self, net, biases):
        layer = net.add_layer(2)
        layer.bias = biases
        assert [n.bias for n in layer] == [0.5, 0.5]

    @pytest.mark.parametrize(
        ("bias", "error", "message"),
        [
            ([1.0], InvalidValueError,
             "bias of layer 'z' must be a scalar or have shape (2,) (got shape (1,))"),
            ([1.0, math.nan], InvalidValueError,
             "bias of layer 'z'[1] must be finite as float64 (got nan)"),
            ([[1.0, 2.0]], InvalidValueError,
             "bias of layer 'z' must be a scalar or have shape (2,) (got shape (1, 2))"),
            (None, InvalidTypeError,
             "bias of layer 'z' must be an array of real numbers (got an array of dtype object)"),
        ],
    )  # fmt: skip
    def test_other_biases_are_refused(self, net, bias, error, message):
        layer = net.add_layer(2, name="z")
        with refused(net, error, message):
            layer.bias = bias

    def test_biases_are_refused_where_a_neuron_has_none(self, net):
        layer = net.add_layer(["p", "q"], bias=[0.0, None])
        message = "neuron 'q' has no bias to set; make it with bias=0.0"
        with refused(net, StructureError, message):
            layer.bias = 1.0

    def test_it_shrinks_when_a_neuron_is_removed(self, net):
        layer, second = net["hidden"], net["hidden"][1]
        net.remove(second)
        assert [n.name for n in layer] == ["hidden[0]", "hidden[2]"]
        assert layer.bias.shape == (2,)
        assert net.layers == (net["input"], layer)
        assert second not in layer

    def test_it_goes_with_its_last_neuron(self, net):
        layer = net["hidden"]
        net.remove(list(layer))
        assert net.layers == (net["input"],)
        assert "hidden" not in net
        assert layer not in net
        assert len(layer) == 0
        assert repr(layer) == "<Layer 'hidden' (removed)>"
        message = "layer 'hidden' was removed from network 'lecture'"
        for use in (
            lambda: layer.bias, lambda: layer.role, lambda: layer.activation, lambda: list(layer),
            lambda: layer[0], lambda: layer[:],
        ):  # fmt: skip
            with refused(net, StaleHandleError, message):
                use()
        with refused(net, StaleHandleError, message):
            layer.bias = 0.0


class TestSynapse:
    def test_handles_of_one_synapse_are_equal_and_hash_alike(self, net):
        first, second = net.synapse("study", "hidden[0]"), net.synapses[0]
        assert first is not second
        assert first == second
        assert hash(first) == hash(second)
        assert first != net.synapses[1]
        assert first != net.copy().synapses[0]
        assert first != "study"

    def test_it_shows_what_it_is(self, net):
        synapse = net.synapses[6]
        assert repr(synapse) == "<Synapse 'hidden[0]' -> 'salary': weight 7>"
        assert (synapse.pre, synapse.post) == (net["hidden[0]"], net["salary"])
        assert synapse.network is net

    def test_its_ends_are_read_only(self, net):
        for attribute in ("pre", "post", "network"):
            with pytest.raises(AttributeError):
                setattr(net.synapses[0], attribute, net["study"])

    @pytest.mark.parametrize("weight", [0.25, 3, np.float32(0.5), np.int16(2), np.array(1.5)])
    def test_its_weight_can_be_set_to_any_number(self, net, weight):
        synapse = net.synapses[0]
        synapse.weight = weight
        assert synapse.weight == weight
        assert type(synapse.weight) is float

    @pytest.mark.parametrize(
        ("weight", "error", "message"),
        [
            (math.nan, InvalidValueError, "must be a finite number (got nan)"),
            (math.inf, InvalidValueError, "must be a finite number (got inf)"),
            (np.float64("nan"), InvalidValueError, "must be a finite number (got np.float64(nan))"),
            ("1", InvalidTypeError, "must be a finite number (got '1')"),
            (None, InvalidTypeError, "must be a finite number (got None)"),
            (True, InvalidTypeError, "must be a finite number (got True)"),
            (1j, InvalidTypeError, "must be a finite number (got 1j)"),
            ([1.0], InvalidTypeError, "must be a finite number (got [1.0])"),
            (np.ones(1), InvalidTypeError, "must be a finite number (got array([1.]))"),
            (np.ones(2), InvalidTypeError, "must be a finite number (got array([1., 1.]))"),
        ],
    )
    def test_its_weight_is_a_finite_number(self, net, weight, error, message):
        message = f"weight of <Synapse 'study' -> 'hidden[0]': weight 1> {message}"
        with refused(net, error, message):
            net.synapses[0].weight = weight

    def test_its_weight_must_fit_the_dtype(self):
        net = lecture_net(dtype="float32")
        message = (
            "weight of <Synapse 'study' -> 'hidden[0]': weight 0> must lie within "
            "±3.40282e+38, the range of float32 (got 1e+39)"
        )
        with refused(net, InvalidValueError, message):
            net.synapses[0].weight = 1e39

    def test_a_removed_synapse_says_so(self, net):
        synapse = net.synapse("study", "hidden[0]")
        net.remove(synapse)
        message = (
            "<Synapse 'study' -> 'hidden[0]' (removed)> is no longer in network 'lecture'"
        )
        for use in (lambda: synapse.weight, lambda: synapse.pre, lambda: synapse.post):
            with refused(net, StaleHandleError, message):
                use()
        with refused(net, StaleHandleError, message):
            synapse.weight = 1.0

    @pytest.mark.parametrize("look_between", [False, True])
    def test_it_stays_stale_when_its_pair_is_connected_again(self, net, look_between):
        old = net.synapse("study", "hidden[0]")
        net.remove(old)
        if look_between:
            assert len(net["study"].outgoing) == 2
        new = net.connect("study", "hidden[0]", weight=5.0)
        assert old != new
        assert net.synapse("study", "hidden[0]") == new
        assert [new in net, old in net] == [True, False]
        with pytest.raises(StaleHandleError):
            _ = old.weight
        assert net.synapses[-1] == new

    def test_it_names_neurons_that_are_gone(self, net):
        synapse = net.synapses[0]
        net.remove("study")
        assert repr(synapse) == "<Synapse '(removed neuron 0)' -> 'hidden[0]' (removed)>"


class TestSynapseGroup:
    def test_synapses_come_in_order_of_creation(self, net):
        assert [(s.pre.name, s.post.name) for s in net.synapses][:4] == [
            ("study", "hidden[0]"), ("study", "hidden[1]"), ("study", "hidden[2]"),
            ("experience", "hidden[0]"),
        ]  # fmt: skip
        assert repr(net.synapses) == "<SynapseGroup: 9 synapses of network 'lecture'>"

    def test_scalars_give_synapses_and_all_else_groups(self, net):
        synapses = net.synapses
        assert synapses[-1] == synapses[np.int8(8)] == net.synapse("hidden[2]", "salary")
        for index in (slice(2, 4), [2, 3], np.array([2, 3]), np.arange(9) // 2 == 1):
            assert isinstance(synapses[index], ns.SynapseGroup)
            assert synapses[index].weight.tolist() == [3.0, 4.0]
        assert len(synapses[[]]) == 0
        assert synapses[[3, 2]].weight.tolist() == [4.0, 3.0]
        with pytest.raises(IndexError):
            synapses[9]
        with pytest.raises(IndexError):
            synapses[[9]]

    @pytest.mark.parametrize(
        ("index", "error", "message"),
        [
            ("a", InvalidTypeError,
             "synapses are selected by an int, a slice, a mask or a 1-D array of ints (got an "
             "array of shape () and dtype <U1)"),
            (True, InvalidTypeError,
             "synapses are selected by an int, a slice, a mask or a 1-D array of ints (got an "
             "array of shape () and dtype bool)"),
            ([0.0], InvalidTypeError,
             "synapses are selected by an int, a slice, a mask or a 1-D array of ints (got an "
             "array of shape (1,) and dtype float64)"),
            (np.zeros((2, 2), int), InvalidTypeError,
             "synapses are selected by an int, a slice, a mask or a 1-D array of ints (got an "
             "array of shape (2, 2) and dtype int64)"),
            ([True, False], InvalidValueError,
             "a mask over 9 synapses must have that length (got 2)"),
        ],
    )  # fmt: skip
    def test_other_indexes_are_refused(self, net, index, error, message):
        with refused(net, error, message):
            net.synapses[index]

    def test_weights_are_a_read_only_copy_written_by_assignment(self, net):
        weights = net.synapses.weight
        with pytest.raises(ValueError, match="read-only"):
            weights[0] = 5.0
        net.synapses[:2].weight = [10, 20]
        net.synapses[net.synapses.weight < 5].weight = 0
        assert net.synapses.weight.tolist() == [10, 20, 0, 0, 5, 6, 7, 8, 9]
        assert weights.tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9]

    @pytest.mark.parametrize(
        ("weight", "error", "message"),
        [
            ([1.0], InvalidValueError,
             "weight must be a scalar or have shape (9,) (got shape (1,))"),
            (np.zeros((3, 3)), InvalidValueError,
             "weight must be a scalar or have shape (9,) (got shape (3, 3))"),
            (math.nan, InvalidValueError, "weight must be finite as float64 (got nan)"),
            ([0] * 8 + [math.inf], InvalidValueError,
             "weight[8] must be finite as float64 (got inf)"),
            ("a", InvalidTypeError,
             "weight must be an array of real numbers (got an array of dtype <U1)"),
        ],
    )  # fmt: skip
    def test_other_weights_are_refused(self, net, weight, error, message):
        with refused(net, error, message):
            net.synapses.weight = weight

    def test_ends_are_positions_in_the_list_of_neurons(self, net):
        net.remove("study")
        synapses = net.synapses
        assert synapses.pre.dtype == synapses.post.dtype == np.int32
        assert [net.neurons[i] for i in synapses.pre.tolist()] == [s.pre for s in synapses]
        assert synapses.post.tolist() == [1, 2, 3, 4, 4, 4]
        with pytest.raises(ValueError, match="read-only"):
            synapses.pre[0] = 1

    def test_it_is_a_selection_made_once(self, net):
        synapses = net.synapses
        new = net.connect("study", "salary")
        assert len(synapses) == 9
        assert new not in synapses
        assert new in net.synapses
        assert synapses != net.synapses
        assert synapses == net.synapses[:9]
        assert synapses != 3

    def test_it_says_so_when_one_of_them_is_gone(self, net):
        synapses = net.synapses
        net.remove(synapses[4])
        message = (
            "this group holds <Synapse 'experience' -> 'hidden[1]' (removed)>; select again from "
            "net.synapses"
        )
        for use in (
            lambda: synapses.weight, lambda: synapses.pre, lambda: synapses.post,
            lambda: synapses.initialize(ns.initializers.Normal()), lambda: net.remove(synapses),
        ):  # fmt: skip
            with refused(net, StaleHandleError, message):
                use()
        with refused(net, StaleHandleError, message):
            synapses.weight = 0.0
        assert len(synapses[5:].weight) == 4
