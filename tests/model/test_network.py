"""A network: adding neurons and layers, names, look-ups, the parameter vector, the summary."""

import math
import time

import numpy as np
import pytest

import neurosim as ns
from neurosim.errors import (
    InvalidTypeError,
    InvalidValueError,
    StaleHandleError,
    StructureError,
    UnknownNameError,
)
from neurosim.wording import shown
from tests.model.common import lecture_net, refused


@pytest.fixture
def net():
    net = ns.Network("salary")
    net.add_layer(["study", "experience"], role="input", name="input")
    net.add_layer(3, activation="sigmoid", name="hidden")
    return net


SHAPE = (
    "Network.parameters must have shape (9,), one number for each weight and bias, in the order "
    "of net.parameters"
)
FILL = "; one for all is net.parameters[:] = number"


class TestNetwork:
    def test_a_new_network_is_empty(self):
        net = ns.Network()
        assert (net.name, net.dtype) == ("network", np.float64)
        assert net.neurons == net.layers == net.inputs == net.outputs == ()
        assert len(net.synapses) == net.n_parameters == len(net.parameters) == 0
        assert repr(net) == "<Network 'network': 0 neurons, 0 synapses, float64>"

    @pytest.mark.parametrize("dtype", ["float32", np.float32, np.dtype("float32")])
    def test_the_dtype_is_that_of_every_parameter(self, dtype):
        net = lecture_net(dtype=dtype)
        assert net.dtype == net.parameters.dtype == net.synapses.weight.dtype == np.float32
        assert net.weights("input", "hidden").dtype == np.float32
        assert net["hidden"].bias.dtype == np.float32

    @pytest.mark.parametrize(
        "dtype",
        ["float16", "int64", "complex128", ">f8", None, ",", "f8,f8", "\0", 10**5000],
        ids=shown,
    )
    def test_other_dtypes_are_refused(self, dtype):
        with pytest.raises(InvalidValueError) as caught:
            ns.Network(dtype=dtype)
        message = f'Network.dtype must be "float32" or "float64" (got {shown(dtype)})'
        assert str(caught.value) == message

    def test_what_is_no_dtype_is_refused(self):
        with pytest.raises(InvalidTypeError) as caught:
            ns.Network(dtype="double precision")
        message = "Network.dtype must be \"float32\" or \"float64\" (got 'double precision')"
        assert str(caught.value) == message

    @pytest.mark.parametrize(
        ("name", "error", "message"),
        [
            (3, InvalidTypeError, "Network.name must be a str (got 3)"),
            ("", InvalidValueError, "Network.name must not be empty"),
        ],
    )
    def test_a_name_must_be_text(self, name, error, message):
        net = ns.Network()
        for call in (lambda: ns.Network(name), lambda: net.copy(name)):
            with pytest.raises(error) as caught:
                call()
            assert str(caught.value) == message
        with refused(net, error, message):
            net.name = name

    def test_a_network_can_be_renamed(self, net):
        net.name = "wage"
        assert net.name == "wage"
        assert repr(net) == "<Network 'wage': 5 neurons, 0 synapses, float64>"

    def test_walking_a_network_is_refused_as_ambiguous(self, net):
        with pytest.raises(TypeError, match="not iterable"):
            iter(net)


class TestAddLayer:
    def test_a_count_makes_numbered_neurons(self, net):
        assert [n.name for n in net["hidden"]] == ["hidden[0]", "hidden[1]", "hidden[2]"]

    def test_names_name_the_neurons(self, net):
        assert [n.name for n in net["input"]] == ["study", "experience"]

    def test_names_may_come_from_any_ordered_collection(self):
        net = ns.Network()
        layer = net.add_layer(name for name in "ab")
        assert [str(n) for n in layer] == ["a", "b"]
        assert [str(n) for n in net.add_layer(np.array(["c", "d"]))] == ["c", "d"]
        assert len(net.add_layer(np.int64(2))) == 2

    def test_layers_are_called_layer1_and_so_on_unless_told(self, net):
        assert net.add_layer(1).name == "layer3"
        net.add_layer(["layer4"], name="taken by a neuron")
        assert net.add_layer(1).name == "layer5"

    def test_a_layer_made_after_one_was_removed_gets_a_new_default_name(self):
        net = ns.Network()
        net.remove(net.add_layer(1))
        assert net.add_layer(1).name == "layer2"

    @pytest.mark.parametrize(
        ("count", "error", "message"),
        [
            (0, InvalidValueError, "number of neurons of a layer must be >= 1 (got 0)"),
            (-1, InvalidValueError, "number of neurons of a layer must be >= 1 (got -1)"),
            (True, InvalidTypeError, "number of neurons of a layer must be an int (got True)"),
            (
                np.True_,
                InvalidTypeError,
                "number of neurons of a layer must be an int (got np.True_)",
            ),
            (2.0, InvalidTypeError, "number of neurons of a layer must be an int (got 2.0)"),
            (None, InvalidTypeError, "number of neurons of a layer must be an int (got None)"),
            (
                np.array(2),
                InvalidTypeError,
                "number of neurons of a layer must be an int (got array(2))",
            ),
            (
                {"only"},
                InvalidTypeError,
                "number of neurons of a layer must be an int (got {'only'})",
            ),
            ([], InvalidValueError, "a layer must have at least one neuron (got no names)"),
            (
                "ab",
                InvalidTypeError,
                "add_layer takes a count or a list of names (got the str 'ab'; one neuron is "
                "['ab'])",
            ),
            (["a", 3], InvalidTypeError, "name of a neuron must be a str (got 3)"),
            (["a", ""], InvalidValueError, "name of a neuron must not be empty"),
        ],
    )
    def test_other_counts_and_names_are_refused(self, net, count, error, message):
        with refused(net, error, message):
            net.add_layer(count, name="new")

    @pytest.mark.parametrize(
        ("names", "layer", "taken"),
        [
            (["a", "b", "a"], "new", "a"),
            (["a", "study"], "new", "study"),
            (["a", "hidden"], "new", "hidden"),
            (["a", "new"], "new", "new"),
            (["a"], "input", "input"),
            (["a"], "hidden[1]", "hidden[1]"),
            (["new[0]", "new[0]"], "new", "new[0]"),
        ],
    )
    def test_names_are_unique_over_neurons_and_layers(self, net, names, layer, taken):
        message = (
            f"the name {taken!r} is taken: names are unique over the neurons and layers of "
            "network 'salary'"
        )
        with refused(net, StructureError, message):
            net.add_layer(names, name=layer)

    def test_a_default_name_of_a_neuron_is_taken_like_any_other(self, net):
        net.add_neuron("new[1]")
        message = (
            "the name 'new[1]' is taken: names are unique over the neurons and layers of "
            "network 'salary'"
        )
        with refused(net, StructureError, message):
            net.add_layer(2, name="new")

    @pytest.mark.parametrize(
        ("name", "error", "message"),
        [
            (7, InvalidTypeError, "layer name must be a str (got 7)"),
            ("", InvalidValueError, "layer name must not be empty"),
        ],
    )
    def test_a_layer_name_must_be_text(self, net, name, error, message):
        with refused(net, error, message):
            net.add_layer(1, name=name)

    def test_a_name_is_free_again_when_its_owner_is_removed(self, net):
        net.remove("hidden")
        assert [n.name for n in net.add_layer(3, name="hidden")][2] == "hidden[2]"

    @pytest.mark.parametrize("role", ["inputs", "", None, 0, ["input"]])
    def test_unknown_roles_are_refused(self, net, role):
        message = f'role must be "input", "hidden" or "output" (got {role!r})'
        with refused(net, InvalidValueError, message):
            net.add_layer(2, role=role)

    def test_the_order_of_inputs_and_outputs_is_that_of_creation(self):
        net = ns.Network()
        y = net.add_neuron("y", role="output")
        x = net.add_neuron("x", role="input")
        z = net.add_layer(["z1", "z2"], role="output")
        w = net.add_neuron("w", role="input")
        assert net.inputs == (x, w)
        assert net.outputs == (y, *z)
        assert net.neurons == (y, x, *z, w)


class TestBias:
    def test_the_default_is_a_trainable_bias_of_zero(self, net):
        assert [n.bias for n in net["hidden"]] == [0.0, 0.0, 0.0]
        assert net.n_parameters == 3

    def test_none_is_no_bias(self, net):
        layer = net.add_layer(2, bias=None)
        assert [n.bias for n in layer] == [None, None]
        assert np.isnan(layer.bias).all()
        assert net.n_parameters == 3

    def test_a_number_holds_for_the_whole_layer(self, net):
        assert net.add_layer(2, bias=np.float32(0.5)).bias.tolist() == [0.5, 0.5]

    @pytest.mark.parametrize("biases", [[1, -2.5], (1, -2.5), np.array([1, -2.5])])
    def test_a_list_gives_one_per_neuron(self, net, biases):
        assert [n.bias for n in net.add_layer(2, bias=biases)] == [1.0, -2.5]

    def test_a_list_may_leave_out_single_biases(self, net):
        layer = net.add_layer(3, bias=[None, 0.5, None])
        assert [n.bias for n in layer] == [None, 0.5, None]
        assert net.parameters.tolist() == [0, 0, 0, 0.5]

    @pytest.mark.parametrize(
        ("bias", "error", "message"),
        [
            (math.nan, InvalidValueError, "bias must be a finite number (got nan)"),
            (math.inf, InvalidValueError, "bias must be a finite number (got inf)"),
            (10**400, InvalidValueError, f"bias must be a finite number (got {10**400})"),
            ("0.5", InvalidTypeError, "bias must be a finite number (got '0.5')"),
            (True, InvalidTypeError, "bias must be a finite number (got True)"),
            (1j, InvalidTypeError, "bias must be a finite number (got 1j)"),
            ([0.5], InvalidValueError, "bias must be one, or one per neuron: 2 (got 1)"),
            ([1, 2, 3], InvalidValueError, "bias must be one, or one per neuron: 2 (got 3)"),
            ([0, math.nan], InvalidValueError, "bias[1] must be a finite number (got nan)"),
            (["a", 0], InvalidTypeError, "bias[0] must be a finite number (got 'a')"),
            ([0, [1, 2]], InvalidTypeError, "bias[1] must be a finite number (got [1, 2])"),
            ([[0], [1]], InvalidTypeError, "bias[0] must be a finite number (got [0])"),
            (
                np.array([[0.0], [1.0]]),
                InvalidTypeError,
                "bias[0] must be a finite number (got array([0.]))",
            ),
        ],
    )
    def test_other_biases_are_refused(self, net, bias, error, message):
        with refused(net, error, message):
            net.add_layer(2, bias=bias, activation="sine")

    def test_a_bias_beyond_float32_is_refused_there(self):
        net = ns.Network(dtype="float32")
        message = "bias must lie within ±3.40282e+38, the range of float32 (got 1e+39)"
        with refused(net, InvalidValueError, message):
            net.add_neuron(bias=1e39)
        assert net.add_neuron(bias=3e38).bias == float(np.float32(3e38))


class TestActivation:
    def test_a_hidden_neuron_is_a_sigmoid_neuron_by_default_and_an_output_a_linear_unit(self, net):
        hidden, output = ns.activations.Sigmoid(), ns.activations.Identity()
        assert net.add_neuron().activation == hidden
        assert net.add_layer(2).activation == hidden
        assert net.add_neuron(role="output").activation == output
        assert net.add_layer(2, role="output").activation == output

    def test_none_in_a_list_is_the_default_of_the_role(self, net):
        layer = net.add_layer(2, activation=["tanh", None])
        assert [str(n.activation) for n in layer] == ["tanh", "sigmoid"]
        layer = net.add_layer(2, activation=["tanh", None], role="output")
        assert [str(n.activation) for n in layer] == ["tanh", "identity"]

    def test_one_name_or_object_holds_for_the_whole_layer(self, net):
        relu = ns.activations.LeakyReLU()
        assert [n.activation for n in net.add_layer(2, activation=relu)] == [relu, relu]
        assert net["hidden"].activation == ns.activations.Sigmoid()

    def test_a_list_gives_one_per_neuron(self, net):
        layer = net.add_layer(3, activation=["tanh", ns.activations.Sine(), "tanh"])
        assert [str(n.activation) for n in layer] == ["tanh", "sine", "tanh"]
        assert [str(one) for one in layer.activation] == ["tanh", "sine", "tanh"]
        assert repr(layer) == "<Layer 'layer3': 3 hidden neurons, sine, tanh>"

    def test_lists_of_another_length_are_refused(self, net):
        message = "activation must be one, or one per neuron: 2 (got 1)"
        with refused(net, InvalidValueError, message):
            net.add_layer(2, activation=["tanh"])

    def test_what_is_no_activation_is_refused(self, net):
        message = "activation must be a name, an Activation, or a list of one per neuron (got 3)"
        with refused(net, InvalidTypeError, message):
            net.add_layer(2, activation=3)

    def test_an_unknown_name_is_refused(self, net):
        with pytest.raises(UnknownNameError, match=r"'sigmiod'.*Did you mean 'sigmoid'"):
            net.add_layer(2, activation="sigmiod")
        with pytest.raises(UnknownNameError, match=r"'sigmiod'.*Did you mean 'sigmoid'"):
            net.add_neuron("x", activation="sigmiod")
        assert len(net.neurons) == 5

    @pytest.mark.parametrize("add", ["add_layer", "add_neuron"])
    def test_an_input_neuron_refuses_an_activation(self, net, add):
        message = (
            "an input neuron emits its column of the examples and has no activation "
            "(got activation='tanh'); leave it out"
        )
        with refused(net, StructureError, message):
            getattr(net, add)(["x"] if add == "add_layer" else "x", role="input", activation="tanh")

    @pytest.mark.parametrize("add", ["add_layer", "add_neuron"])
    def test_an_input_neuron_refuses_a_bias(self, net, add):
        message = (
            "an input neuron emits its column of the examples and has no bias (got bias=0.0); "
            "leave it out"
        )
        with refused(net, StructureError, message):
            getattr(net, add)(["x"] if add == "add_layer" else "x", role="input", bias=0.0)

    def test_softmax_makes_a_whole_layer(self, net):
        assert str(net.add_layer(3, activation="softmax").activation) == "softmax"
        assert str(net.add_layer(2, activation=["softmax", "softmax"]).activation) == "softmax"

    def test_a_bare_neuron_refuses_softmax(self, net):
        message = 'softmax belongs to a whole layer; use add_layer(..., activation="softmax")'
        with refused(net, StructureError, message):
            net.add_neuron("x", activation="softmax")

    def test_softmax_cannot_be_mixed_with_others(self, net):
        message = "softmax belongs to a whole layer (got a list that mixes it with others)"
        with refused(net, StructureError, message):
            net.add_layer(2, activation=["softmax", "tanh"])

    def test_connecting_two_neurons_of_a_softmax_layer_is_left_to_the_cycle_check(self, net):
        layer = net.add_layer(2, activation="softmax")
        assert net.connect(layer[0], layer[1]).pre is layer[0]


class TestAddNeuron:
    def test_a_neuron_of_its_own_has_no_layer(self, net):
        neuron = net.add_neuron("salary", activation="tanh", bias=0.5, role="output")
        assert (neuron.name, neuron.role, neuron.bias, neuron.layer) == (
            "salary", "output", 0.5, None,
        )  # fmt: skip

    def test_the_default_name_is_its_number(self, net):
        net.add_neuron("neuron7")
        assert net.add_neuron().name == "neuron8"

    @pytest.mark.parametrize(
        ("options", "error", "message"),
        [
            ({"name": 3}, InvalidTypeError, "neuron name must be a str (got 3)"),
            ({"name": ""}, InvalidValueError, "neuron name must not be empty"),
            ({"bias": "a"}, InvalidTypeError, "bias must be a finite number (got 'a')"),
            (
                {"bias": [0.5]},
                InvalidTypeError,
                "bias must be a finite number (got [0.5])",
            ),
            (
                {"activation": ["tanh"]},
                InvalidTypeError,
                "activations.get: expected a name or an activation (got ['tanh'])",
            ),
            (
                {"name": "hidden"},
                StructureError,
                "the name 'hidden' is taken: names are unique over the neurons and layers of "
                "network 'salary'",
            ),
        ],
    )
    def test_bad_arguments_are_refused(self, net, options, error, message):
        with refused(net, error, message):
            net.add_neuron(**options)


class TestLookingUp:
    def test_neurons_and_layers_are_found_by_name(self, net):
        assert net["study"] is net.neurons[0]
        assert net["hidden"] is net.layers[1]
        assert net["hidden[2]"] is net["hidden"][2]

    def test_an_unknown_name_is_refused_with_a_guess(self, net):
        message = "network 'salary' has no neuron or layer 'studdy'; did you mean 'study'?"
        with refused(net, UnknownNameError, message):
            _ = net["studdy"]
        with refused(net, UnknownNameError, "network 'salary' has no neuron or layer 'zzz'"):
            _ = net["zzz"]

    def test_an_unknown_name_is_a_key_error(self, net):
        with pytest.raises(KeyError):
            _ = net["zzz"]

    def test_a_wrong_name_among_very_many_is_refused_at_once(self):
        net = ns.Network()
        net.add_layer(100_000, name="hidden")
        start = time.perf_counter()
        with pytest.raises(UnknownNameError):
            _ = net["hidden[100000]"]
        assert time.perf_counter() - start < 1

    def test_look_ups_take_names_only(self, net):
        message = "neurons and layers are looked up by name (got 0)"
        with refused(net, InvalidTypeError, message):
            _ = net[0]

    def test_in_knows_names_neurons_layers_and_synapses(self, net):
        other = net.copy()
        synapse = net.connect("study", "hidden[0]")
        for inside in ("study", "hidden", net["study"], net["hidden"], synapse):
            assert inside in net
            if not isinstance(inside, str):
                assert inside not in other
        assert "salary" not in net
        assert 3 not in net
        net.remove(synapse)
        assert synapse not in net

    def test_a_missing_synapse_is_refused_naming_the_pair(self, net):
        message = "network 'salary' has no synapse from 'study' to 'hidden[0]'; connect makes one"
        with refused(net, UnknownNameError, message):
            net.synapse("study", "hidden[0]")

    def test_a_synapse_goes_one_way(self, net):
        a, b = net["hidden"][:2]
        synapse = net.connect(a, b)
        assert net.synapse(a, b) == synapse
        with pytest.raises(UnknownNameError):
            net.synapse(b, a)

    @pytest.mark.parametrize(
        ("pre", "error", "message"),
        [
            (
                "hidden",
                InvalidTypeError,
                "synapse.pre must be a neuron or its name (got <Layer 'hidden': 3 hidden "
                "neurons, sigmoid>)",
            ),
            (3, InvalidTypeError, "synapse.pre must be a neuron or its name (got 3)"),
            ("x", UnknownNameError, "network 'salary' has no neuron or layer 'x'"),
        ],
    )
    def test_the_ends_of_a_synapse_are_neurons(self, net, pre, error, message):
        with refused(net, error, message):
            net.synapse(pre, "hidden[0]")

    def test_the_ends_of_a_synapse_are_of_this_network(self, net):
        message = (
            "synapse.post: <Neuron 'x': hidden, sigmoid, bias 0> belongs to network 'other', not "
            "to this one ('salary')"
        )
        with refused(net, StructureError, message):
            net.synapse("study", ns.Network("other").add_neuron("x"))

    def test_a_removed_neuron_is_refused(self, net):
        neuron = net["study"]
        net.remove(neuron)
        message = "neuron 'study' was removed from network 'salary'"
        with refused(net, StaleHandleError, message):
            net.synapse(neuron, "hidden[0]")


class TestParameters:
    def test_the_order_is_that_of_creation_weights_then_biases(self):
        net = ns.Network()
        x = net.add_neuron(role="input")
        a = net.add_neuron(bias=0.1)
        net.connect(x, a, weight=1.0)
        b = net.add_layer(2, bias=[0.2, 0.3])
        net.connect([x, a], b, weight=[[2, 3], [4, 5]])
        assert net.parameters.tolist() == [1, 2, 3, 4, 5, 0.1, 0.2, 0.3]
        assert net.n_parameters == 8

    def test_removing_leaves_no_holes(self):
        net = ns.Network()
        x = net.add_neuron(role="input")
        a = net.add_layer(3, bias=[0.1, 0.2, 0.3])
        net.connect(x, a, weight=[[1, 2, 3]])
        net.remove(a[1])
        assert net.parameters.tolist() == [1, 3, 0.1, 0.3]
        assert net.n_parameters == 4
        net.connect(a[0], a[1], weight=9)
        assert net.parameters.tolist() == [1, 3, 9, 0.1, 0.3]

    def test_the_vector_is_a_window_both_ways(self):
        net = lecture_net()
        parameters = net.parameters
        synapse = net.synapse("study", "hidden[1]")
        parameters[1] = 7.0
        assert synapse.weight == 7.0
        synapse.weight = 8.0
        assert parameters[1] == net.synapses.weight[1] == 8.0
        assert np.shares_memory(parameters, net.parameters)

    def test_handles_follow_their_parameters(self):
        net = lecture_net()
        net.parameters = np.arange(9.0)
        kept, neuron = net.synapse("hidden[2]", "salary"), net.add_neuron(bias=0.5)
        net.remove(net.synapses[:4])
        assert net.parameters.tolist() == [4, 5, 6, 7, 8, 0.5]
        assert (kept.weight, neuron.bias) == (8.0, 0.5)

    def test_assigning_copies_the_values_in(self):
        net = lecture_net()
        values = np.arange(9)
        window = net.parameters
        net.parameters = values
        assert net.synapses.weight.tolist() == window.tolist() == values.tolist()
        assert not np.shares_memory(net.parameters, values)

    def test_arithmetic_in_place_is_an_assignment(self):
        net = lecture_net()
        net.parameters += 2.0
        net.parameters *= 0.5
        assert net.parameters.tolist() == [1.0] * 9

    @pytest.mark.parametrize(
        ("values", "error", "message"),
        [
            (
                np.zeros(8),
                InvalidValueError,
                f"{SHAPE} (got (8,)){FILL}",
            ),
            (0.0, InvalidValueError, f"{SHAPE} (got ()){FILL}"),
            (
                np.zeros((9, 1)),
                InvalidValueError,
                f"{SHAPE} (got (9, 1)){FILL}",
            ),
            (
                [0] * 4 + [math.nan] + [0] * 4,
                InvalidValueError,
                "Network.parameters[4] must be finite as float64 (got nan)",
            ),
            (
                ["a"] * 9,
                InvalidTypeError,
                "Network.parameters must be an array of real numbers (got an array of dtype <U1)",
            ),
        ],
    )
    def test_assignments_are_checked(self, values, error, message):
        net = lecture_net()
        net.initialize(ns.initializers.Normal(), seed=1)
        assert len(net.parameters) == 9
        with refused(net, error, message):
            net.parameters = values

    def test_values_beyond_float32_are_refused_there(self):
        net = lecture_net(dtype="float32")
        assert len(net.parameters) == 9
        message = "Network.parameters[8] must be finite as float32 (got 1e+39)"
        with refused(net, InvalidValueError, message):
            net.parameters = [0.0] * 8 + [1e39]


class TestSummary:
    def test_it_counts_hyperparameters_and_parameters(self, net):
        salary = net.add_neuron("salary", activation="tanh", bias=None, role="output")
        net.connect("input", "hidden")
        net.connect("hidden", salary)
        net.add_layer(3, activation=["tanh", "sine", "tanh"], name="mixed")
        assert net.summary() == "\n".join(
            [
                "Network 'salary' (float64)",
                "",
                "hyperparameters",
                "  layer or neuron  role    neurons  activation     biases  incoming",
                "  -----------------------------------------------------------------",
                "  input            input   2        -              0       0",
                "  hidden           hidden  3        sigmoid        3       6",
                "  mixed            hidden  3        tanh×2 sine×1  3       0",
                "  salary           output  1        tanh           0       3",
                "  9 neurons in 3 layers, 9 synapses",
                "",
                "parameters",
                "  9 weights + 6 biases = 15",
            ]
        )

    def test_an_empty_network_has_one(self):
        assert ns.Network().summary().endswith("0 weights + 0 biases = 0")

    def test_it_stays_short_and_quick_for_very_many_single_neurons(self):
        net = ns.Network()
        inputs = net.add_layer(2, role="input")
        neurons = [net.add_neuron(activation="tanh") for _ in range(20_000)]
        net.add_neuron(role="output", bias=None)
        net.connect(inputs, neurons)
        start = time.perf_counter()
        lines = net.summary().splitlines()
        assert time.perf_counter() - start < 1
        assert len(lines) == 39
        assert lines[33].split() == ["neuron30", "hidden", "1", "tanh", "1", "2"]
        assert lines[34] == (
            "  … and 19,973 more  hidden output  19973    tanh×19972 identity×1  19972   39944"
        )
        assert lines[35] == "  20003 neurons in 1 layers, 40000 synapses"
