"""A network as columns, and what columns have to be to make a network again."""

import attrs
import numpy as np
import pytest
from hypothesis import given

import neurosim as ns
from neurosim.errors import (
    CycleError,
    FormatError,
    InvalidTypeError,
    InvalidValueError,
)
from neurosim.io.parts import network_of, parts_of, refuse_cycle
from tests import strategies
from tests.io.same import assert_same, creation_order


def small():
    """Return a network with an input layer, a bare neuron and a softmax layer."""
    net = ns.Network("small")
    net.add_layer(["a", "b"], role="input", name="in")
    net.add_neuron("h", activation="tanh", bias=0.5)
    net.add_layer(2, activation="softmax", role="output", name="out", bias=None)
    net.connect("in", "h", weight=[[1.0], [-0.0]])
    net.connect("h", "out", weight=0.1)
    return net


@given(net=strategies.networks())
def test_a_network_is_made_again_from_its_parts(net):
    again = network_of(parts_of(net))
    assert_same(net, again)
    X = strategies.examples_for(net, 2, seed=1)
    engine = {"engine": "numpy"}
    expected = ns.compile(net, **engine).feedforward(X)
    np.testing.assert_array_equal(ns.compile(again, **engine).feedforward(X), expected)


@given(net=strategies.networks(dtype="float32"))
def test_parameters_come_in_order_of_creation_even_after_compiling(net):
    ns.compile(net)
    again = network_of(parts_of(net))
    assert again.parameters.tobytes() == creation_order(net).tobytes()


def test_parts_are_counted_without_gaps_whatever_was_removed():
    net = ns.Network("changed")
    gone = net.add_layer(2, activation="relu", name="gone")
    net.add_layer(3, activation="tanh", name="kept")
    net.add_neuron("y", activation="sine", role="output", bias=None)
    net.connect("gone", "y")
    net.connect("kept", "y", weight=[[1.0], [2.0], [3.0]])
    net.remove(gone, "kept[1]")
    parts = parts_of(net)
    assert parts.neurons == ("kept[0]", "kept[2]", "y")
    assert (parts.activations, parts.layers) == (("tanh", "sine"), ("kept",))
    assert parts.activation.tolist() == [0, 0, 1]
    assert parts.layer.tolist() == [0, 0, -1]
    assert parts.bias.tolist()[:2] == [0.0, 0.0]
    assert np.isnan(parts.bias[2])
    assert (parts.pre.tolist(), parts.post.tolist()) == ([0, 1], [2, 2])
    assert parts.weight.tolist() == [1.0, 3.0]


def test_parts_are_no_windows_on_the_network():
    net = small()
    parts = parts_of(net)
    net.synapses.weight = 9.0
    net["h"].bias = 9.0
    assert parts.weight.tolist() == [1.0, -0.0, 0.1, 0.1]
    assert parts.bias[2] == 0.5


def test_scalers_and_classes_come_back():
    net = small()
    net.input_scaler = ns.Scaler([1.0, 0.1], [2.0, 3.0], ["a", "b"])
    net.classes = ["yes", "no"]
    assert_same(net, network_of(parts_of(net)))
    other = small()
    other.output_scaler = ns.Scaler([1.0, 2.0], [3.0, 4.0])
    assert_same(other, network_of(parts_of(other)))


@pytest.mark.parametrize(
    "labels",
    [[3, 7], [True, False], [0.5, 1.5], np.array([3, 7], np.uint8), [np.str_("a"), "b"], ["", 1]],
)
def test_classes_may_be_text_numbers_and_bools(labels):
    net = small()
    net.classes = labels
    again = network_of(parts_of(net))
    assert again.classes == net.classes
    assert {type(label) for label in again.classes} <= {str, int, bool, float}


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        ([("a", 1), ("b", 2)], InvalidTypeError, r"must be text, numbers or bools .*\(got \('a'"),
        ([np.datetime64(1, "ns"), "b"], InvalidTypeError, "must be text, numbers or bools"),
        ([1 << 99_999, 1], InvalidValueError, r"64 bits at most \(got 100000 bits\)"),
        (["\ud800", "b"], InvalidValueError, r"must be Unicode text .*\(got '\\ud800'\)"),
    ],
)
def test_classes_that_no_file_holds_are_refused(labels, error, message):
    net = small()
    net.classes = labels
    with pytest.raises(error, match=message):
        parts_of(net)


def test_names_from_numpy_are_names():
    net = ns.Network(np.str_("net"))
    net.add_layer(np.array(["a", "b"]), name=np.str_("layer"))
    assert_same(net, network_of(parts_of(net)))


def test_an_activation_registered_anew_is_listed_once():
    def register():
        ns.activations.register("tests_parts", np.arctan, overwrite=True)

    net = ns.Network()
    for _ in range(2):
        register()
        net.add_neuron(activation="tests_parts")
    register()
    assert parts_of(net).activations == ("tests_parts",)
    assert parts_of(net).activation.tolist() == [0, 0]


def test_parameters_that_are_not_finite_are_refused_by_name():
    net = small()
    net.parameters[3] = np.inf
    with pytest.raises(InvalidValueError, match=r"from 'h' to 'out\[1\]' must be finite \(got inf"):
        parts_of(net)
    net.parameters[3:] = [0.0, np.nan]
    with pytest.raises(InvalidValueError, match=r"^bias of neuron 'h' must be finite \(got nan\)$"):
        parts_of(net)


def test_what_does_not_fit_the_neurons_any_more_is_refused():
    net = small()
    net.input_scaler = ns.Scaler([0.0, 0.0], [1.0, 1.0])
    net.remove("a")
    with pytest.raises(InvalidValueError, match=r"^network 'small': input_scaler must have 1 col"):
        parts_of(net)
    net = small()
    net.classes = ["yes", "no"]
    net.add_neuron("third", role="output")
    with pytest.raises(InvalidValueError, match=r"^network 'small': classes must be 3 labels"):
        parts_of(net)


def test_a_name_that_no_file_holds_is_refused():
    net = ns.Network()
    net.add_neuron("half \ud83d of a pair")
    with pytest.raises(InvalidValueError, match=r"must be Unicode text .*'half \\ud83d of"):
        parts_of(net)


def test_a_cycle_is_named():
    net = small()
    refuse_cycle(net)
    refuse_cycle(ns.Network())
    net.add_neuron("k")
    net.connect("h", "k")
    net.connect("k", "h")
    with pytest.raises(CycleError, match=r"cycle: (h -> k -> h|k -> h -> k);"):
        refuse_cycle(net)
    with pytest.raises(FormatError, match=r"^network 'small' has a cycle: "):
        network_of(parts_of(net))


# What each change makes of the parts of `small`, and what is said about it. The neurons are
# 0 a, 1 b (inputs, layer 0), 2 h, 3 out[0], 4 out[1] (softmax, layer 1).
WRONG = {
    "no name": ({"name": ""}, r"names must be texts, and not empty \(got ''\)"),
    "no text": ({"name": 3}, r"names must be texts, and not empty \(got 3\)"),
    "dtype": ({"dtype": np.dtype("f2")}, 'dtype must be "float32" or "float64"'),
    "a name twice": ({"neurons": ("a", "a", "h", "o", "p")}, "name 'a' must be that of one neur"),
    "a layer's name twice": ({"layers": ("in", "h")}, "name 'h' must be that of one neuron or"),
    "an empty name": ({"neurons": ("a", "", "h", "o", "p")}, "names must be texts, and not empty"),
    "a long name": ({"name": "a" * 65537}, "text of at most 65536 letters .*'aaaa"),
    "half a pair": ({"neurons": ("a", "\ud800", "h", "o", "p")}, "must be Unicode text"),
    "an unknown activation": (
        {"activations": ("tank", "softmax")},
        "no activation is called 'tank'. Did you mean 'tanh'.*must be registered first",
    ),
    "an activation twice": ({"activations": ("tanh", "tanh")}, "activations must be listed once"),
    "a short column": ({"role": np.zeros(4, np.int8)}, r"role must be 5 whole numbers.*\(4,\)"),
    "a flat column": ({"bias": np.zeros((5, 1))}, r"bias must be 5 floats, one per neuron"),
    "floats": ({"layer": np.zeros(5)}, "layer must be 5 whole numbers, one per neuron"),
    "a long column": ({"post": np.zeros(5, int)}, "post must be 4 whole numbers, one per synapse"),
    "a whole weight": ({"weight": np.zeros(4, int)}, "weight must be 4 floats, one per synapse"),
    "a role": ({"role": (0, [3])}, r"neuron 0 'a': role must be from 0 to 2 \(got 3\)"),
    "a code": ({"activation": (2, [2])}, "neuron 2 'h': activation must be from -1 to 1"),
    "a layer": ({"layer": (0, [-2])}, "neuron 0 'a': layer must be from -1 to 1"),
    "an input's activation": ({"activation": (1, [0])}, "neuron 1 'b' is an input neuron and has"),
    "an input's bias": ({"bias": (0, [0.0])}, "neuron 0 'a' is an input neuron and has no bias"),
    "no activation": ({"activation": (2, [-1])}, "neuron 2 'h' is no input neuron and must have"),
    "an infinite bias": ({"bias": (2, [np.inf])}, "neuron 2 'h': bias must be finite as float64"),
    "a large bias": (
        {"dtype": np.dtype("f4"), "bias": (2, [1e39])},
        "neuron 2 'h': bias must be finite as float32",
    ),
    "a torn layer": ({"layer": (0, [1])}, "layer 'in' must hold neurons that follow each other"),
    "an empty layer": ({"layers": ("in", "out", "more")}, "layer 'more' must hold neurons"),
    "a mixed layer": ({"layer": (2, [1])}, "neuron 3 'out\\[0\\]' must have the role of its la"),
    "a bare softmax": ({"activation": (2, [1])}, "neuron 2 'h': softmax belongs to a whole layer"),
    "half a softmax": (
        {"activation": (3, [0])},
        "neuron 4 'out\\[1\\]': softmax belongs to a whole layer, and layer 'out' mixes it",
    ),
    "a position": ({"pre": (0, [5])}, r"synapse 0: pre must be from 0 to 4 \(got 5\)"),
    "a negative position": ({"post": (0, [-1])}, "synapse 0: post must be from 0 to 4"),
    "an input's synapse": ({"post": (0, [1])}, "cannot connect 'a' to 'b': an input neuron"),
    "a loop": ({"pre": (0, [2])}, "cannot connect 'h' to itself"),
    "a pair twice": ({"pre": (0, [1])}, "cannot connect 'b' to 'h' twice"),
    "a weight": ({"weight": (1, [np.nan])}, r"weight\[1\] must be finite as float64 \(got nan"),
    "a cycle": ({"pre": (3, [4]), "post": (3, [2])}, "has a cycle: .*h -> .*out"),
    "a softmax's cycle": (
        {"pre": (3, [4]), "post": (3, [3])},
        "softmax layer depend on",
    ),
    "a scaler": ({"input_scaler": ns.Scaler([0.0], [1.0])}, "input_scaler must have 2 columns"),
    "a scaler's names": (
        {"input_scaler": ns.Scaler([0.0, 0.0], [1.0, 1.0], ["a", "c"])},
        "input_scaler .*'b'",
    ),
    "no scaler": ({"output_scaler": 3}, r"output_scaler must be a Scaler.*\(got 3\)"),
    "classes": ({"classes": ("a",)}, "classes must be 2 labels"),
    "a class": ({"classes": ("a", b"b")}, r"classes must be text, numbers or bools.*b'b'"),
    "both": (
        {"classes": ("a", "b"), "output_scaler": ns.Scaler([0.0, 0.0], [1.0, 1.0])},
        "classes are for labels, and this network has an output_scaler",
    ),
}


def _changed(column, to):
    """Return the column with one value changed where `to` is (place, [value]), or else `to`."""
    if not (isinstance(to, tuple) and isinstance(to[-1], list)):
        return to
    place, [value] = to
    column = column.copy()
    column[place] = value
    return column


@pytest.mark.parametrize("change", WRONG)
def test_parts_that_make_no_network_are_refused_by_their_place(change):
    changes, message = WRONG[change]
    parts = parts_of(small())
    parts = attrs.evolve(
        parts, **{name: _changed(getattr(parts, name), to) for name, to in changes.items()}
    )
    with pytest.raises(FormatError, match=message):
        network_of(parts)
