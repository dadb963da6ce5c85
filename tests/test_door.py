"""What examples become on their way in, and outputs on their way out."""

import copy
import pickle
import re

import numpy as np
import pandas as pd
import polars as pl
import pytest

import neurosim as ns
from neurosim.door import Door
from neurosim.errors import InvalidTypeError, InvalidValueError, StructureError

X = np.array([[8.0, 1.0], [12.0, 3.0], [16.0, 2.0]])
FRAMES = {"pandas": pd, "polars": pl}


def make(n_outputs=1, activation="sigmoid"):
    net = ns.Network("wages")
    inputs = net.add_layer(["educ", "exper"], role="input")
    names = [f"out{i}" for i in range(n_outputs)]
    net.connect(inputs, net.add_layer(names, activation=activation, role="output"))
    net.initialize(ns.initializers.Normal(), seed=0)
    return net


@pytest.fixture
def net():
    return make()


@pytest.fixture(params=FRAMES.values(), ids=FRAMES)
def frames(request):
    return request.param


def refuses(error, message):
    return pytest.raises(error, match=f"^{re.escape(message)}$")


# -- frames --------------------------------------------------------------------------------


def test_columns_are_found_by_the_names_of_the_input_neurons(net, frames):
    data = {"exper": [1, 3, 2], "name": ["x", "y", "z"], "educ": [8.0, 12.0, 16.0]}
    np.testing.assert_array_equal(Door(net).inputs(frames.DataFrame(data)), X)


def test_columns_are_taken_by_position_where_nobody_named_the_inputs(frames):
    net = ns.topologies.layered([2, 1], activation="sigmoid")
    frame = frames.DataFrame({"b": X[:, 0], "a": X[:, 1]})
    np.testing.assert_array_equal(Door(net).inputs(frame), X)
    message = (
        "X must have the columns 'input[0]', 'input[1]', or as many of other names, one per input "
        "neuron (got the columns 'b')"
    )
    with refuses(InvalidValueError, message):
        Door(net).inputs(frame[["b"]])


def test_a_scaler_knows_the_columns_of_inputs_that_nobody_named(frames):
    net = ns.topologies.layered([2, 1], activation="sigmoid")
    frame = frames.DataFrame({"b": X[:, 0], "a": X[:, 1]})
    net.input_scaler = ns.standardize(frame)
    assert net.input_scaler.names == ("b", "a")
    expected = Door(net).inputs(X)
    for twin in (net, net.copy(), pickle.loads(pickle.dumps(net))):
        np.testing.assert_array_equal(Door(twin).inputs(frame[["a", "b"]]), expected)
    message = (
        "X must have the columns 'b', 'a', one per input neuron (got the columns 'c', 'd'); "
        "rename them, or use .to_numpy() to have them taken in this order"
    )
    with refuses(InvalidValueError, message):
        Door(net).inputs(frames.DataFrame({"c": X[:, 0], "d": X[:, 1]}))


def test_columns_of_other_names_are_refused_and_the_advice_works(net, frames):
    frame = frames.DataFrame({"b": X[:, 0], "a": X[:, 1]})
    message = (
        "X must have the columns 'educ', 'exper', one per input neuron (got the columns 'b', 'a'); "
        "rename them, or use .to_numpy() to have them taken in this order"
    )
    with refuses(InvalidValueError, message):
        Door(net).inputs(frame)
    np.testing.assert_array_equal(Door(net).inputs(frame.to_numpy()), X)


def test_a_single_column_of_targets_may_be_called_anything(frames):
    assert Door(make()).targets(frames.DataFrame({"pay": [1, 2]})).tolist() == [[1.0], [2.0]]
    net = make()
    net.output_scaler = ns.rescale(frames.DataFrame({"pay": [1.0, 2.0]}))
    assert net.output_scaler.names == ("pay",)


def test_bools_and_nullable_numbers_are_numbers(net):
    frame = pd.DataFrame({"educ": pd.array([1, 2, 3], dtype="Int64"), "exper": [True, False, True]})
    assert Door(net).inputs(frame).tolist() == [[1.0, 1.0], [2.0, 0.0], [3.0, 1.0]]


def test_a_series_is_the_column_of_a_single_input(frames):
    net = ns.topologies.layered([1, 1], activation="sigmoid")
    assert Door(net).inputs(frames.Series([1, 2])).tolist() == [[1.0], [2.0]]
    assert Door(net).targets(frames.Series([1, 2])).tolist() == [[1.0], [2.0]]


def test_targets_are_found_by_the_names_of_the_output_neurons(frames):
    door = Door(make(2))
    frame = frames.DataFrame({"out1": [0.1, 0.2], "more": [1, 2], "out0": [0.5, 0.6]})
    assert door.targets(frame).tolist() == [[0.5, 0.1], [0.6, 0.2]]


FILL_IN = "fill in what is missing, or leave such rows out"
MISSING = f"has no value in row 1; {FILL_IN}"


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        ({"educ": [1.0], "age": [1.0]}, InvalidValueError,
         "X has no column 'exper', while others are called like input neurons (got the columns "
         "'educ', 'age')"),
        ({"a": [1.0]}, InvalidValueError,
         "X must have the columns 'educ', 'exper', one per input neuron (got the columns 'a')"),
        ({"educ": [1, 2], "exper": ["3", "?"]}, InvalidTypeError,
         "X column 'exper' must hold real numbers (got '?' in row 1)"),
        ({"educ": [1, 2], "exper": ["3", "4"]}, InvalidTypeError,
         "X column 'exper' must hold real numbers (got '3' in row 0)"),
        ({"educ": [1, None], "exper": [1, 2]}, InvalidValueError, f"X column 'educ' {MISSING}"),
        ({"educ": [1, 2], "exper": [True, None]}, InvalidValueError, f"X column 'exper' {MISSING}"),
        ({"educ": ["a", None], "exper": [1, 2]}, InvalidValueError, f"X column 'educ' {MISSING}"),
        ({"educ": [1, 2], "exper": [0.0, -np.inf]}, InvalidValueError,
         "X column 'exper' must be finite as float64 (got -inf in row 1)"),
        ({"educ": [1, 2], "exper": [0.0, np.nan]}, InvalidValueError,
         f"X column 'exper' {MISSING}"),
    ],
)  # fmt: skip
def test_bad_columns_are_refused_by_name(net, frames, data, error, message):
    with refuses(error, message):
        Door(net).inputs(frames.DataFrame(data))


def test_a_column_that_is_there_twice_is_refused(net):
    frame = pd.DataFrame([[1, 2, 3]], columns=["educ", "exper", "educ"])
    with refuses(InvalidValueError, "X must have one column called 'educ' (got 2)"):
        Door(net).inputs(frame)


def test_columns_whose_names_are_numbers_are_names_of_no_input(net):
    message = (
        "X must have the columns 'educ', 'exper', one per input neuron (got the columns 0, 1); "
        "rename them, or use .to_numpy() to have them taken in this order"
    )
    with refuses(InvalidValueError, message):
        Door(net).inputs(pd.DataFrame(X))
    unnamed = ns.topologies.layered([2, 1], activation="sigmoid")
    np.testing.assert_array_equal(Door(unnamed).inputs(pd.DataFrame(X)), X)


def test_a_number_that_the_cast_makes_infinite_is_refused():
    net = make().copy(dtype="float32")
    message = "X column 'exper' must be finite as float32 (got 1e+300 in row 0 (index 'b'))"
    with refuses(InvalidValueError, message):
        Door(net).inputs(pd.DataFrame({"exper": [1e300], "age": 1, "educ": 1.0}, index=["b"]))


def test_plain_numbers_in_the_networks_dtype_are_passed_straight_through(net):
    assert Door(net).inputs(X) is X


# -- scalers -------------------------------------------------------------------------------


def test_inputs_and_targets_are_scaled_and_outputs_are_scaled_back(net):
    net.input_scaler = ns.Scaler([8.0, 1.0], [4.0, 0.5])
    net.output_scaler = ns.Scaler([10.0], [2.0])
    door = Door(net)
    assert door.inputs(X).tolist() == [[0.0, 0.0], [1.0, 4.0], [2.0, 2.0]]
    assert door.targets([10.0, 14.0]).tolist() == [[0.0], [2.0]]
    assert door.outputs(np.array([[0.0], [2.0]])).tolist() == [[10.0], [14.0]]


def test_a_scaler_with_names_is_set_by_them(net, frames):
    frame = frames.DataFrame({"exper": [1.0, 3.0], "age": [1, 5], "educ": [8.0, 12.0]})
    net.input_scaler = ns.rescale(frame)
    assert net.input_scaler == ns.Scaler([8.0, 1.0], [4.0, 2.0], ["educ", "exper"])
    assert Door(net).inputs(frame).tolist() == [[0.0, 0.0], [1.0, 1.0]]


def test_a_scaler_of_other_names_is_refused(net):
    message = (
        "Network.input_scaler must have the columns 'educ', 'exper', one per input neuron (got the "
        "columns 'a', 'b'); rename them, or use .to_numpy() to have them taken in this order"
    )
    with refuses(InvalidValueError, message):
        net.input_scaler = ns.Scaler([8.0, 1.0], [4.0, 2.0], ["a", "b"])
    assert net.input_scaler is None


WAYS = [
    ns.Network.copy,
    copy.deepcopy,
    lambda net: pickle.loads(pickle.dumps(net)),
    lambda net: net.copy(dtype="float32"),
]


@pytest.mark.parametrize("way", WAYS)
def test_scalers_and_classes_go_with_the_network_into_copies_that_are_independent(way):
    scaled, named = make(), make(3)
    scaled.input_scaler, scaled.output_scaler = ns.standardize(X), ns.rescale([1.0, 2.0])
    named.classes = ["a", "b", "c"]
    twin, other = way(scaled), way(named)
    assert twin.input_scaler == scaled.input_scaler
    assert twin.output_scaler == scaled.output_scaler
    assert other.classes == ("a", "b", "c")
    scaled.input_scaler, named.classes = None, None
    assert twin.input_scaler is not None
    assert other.classes == ("a", "b", "c")


def test_nothing_is_scaled_and_nothing_named_unless_told(net):
    assert net.input_scaler is net.output_scaler is net.classes is None
    net.input_scaler = ns.standardize(X)
    net.input_scaler = None
    assert Door(net).inputs(X) is X


def test_scalers_are_no_part_of_the_structure(net):
    program = ns.compile(net)
    net.input_scaler = ns.standardize(X)
    net.output_scaler = ns.Scaler([1.0], [2.0])
    assert program.is_fresh()
    scaled = net.input_scaler.transform(X)
    outputs = program.feedforward(scaled, units="network")
    np.testing.assert_array_equal(program.feedforward(X), outputs)
    np.testing.assert_array_equal(program.predict(X), outputs * 2 + 1)
    np.testing.assert_array_equal(program.predict(scaled, units="network"), outputs)


def test_a_scaler_that_does_not_fit_is_refused(net):
    message = "Network.input_scaler must have 2 columns, one per input neuron (got 1)"
    with refuses(InvalidValueError, message):
        net.input_scaler = ns.standardize([1.0, 2.0])
    with refuses(
        InvalidTypeError,
        "Network.output_scaler must be a Scaler, such as standardize makes, or None (got 2.0)",
    ):
        net.output_scaler = 2.0
    with refuses(
        InvalidValueError,
        "Network.input_scaler has no column 'exper', while others are called like input neurons "
        "(got the columns 'educ', 'age')",
    ):
        net.input_scaler = ns.Scaler([0, 0], [1, 1], ["educ", "age"])
    assert net.input_scaler is net.output_scaler is None


def test_a_scaler_of_a_structure_that_is_gone_is_refused(net):
    net.input_scaler = ns.standardize(X)
    net.connect(net.add_neuron("age", role="input"), "out0")
    message = "Network.input_scaler must have 3 columns, one per input neuron (got 2)"
    with refuses(InvalidValueError, message):
        ns.compile(net).predict([[1, 2, 3]])


def test_examples_of_another_width_are_refused_before_they_are_scaled(net):
    net.input_scaler = ns.standardize(X)
    message = "X must have shape (n_examples, 2), one column per input neuron (got shape (3, 1))"
    with refuses(InvalidValueError, message):
        ns.compile(net).predict(X[:, :1])


def test_what_is_not_finite_after_scaling_is_refused(net):
    net.input_scaler = ns.Scaler([0.0, 0.0], [1.0, 1e-300])
    message = "X[1, 1] must be finite as float64 (got 1e+300, which is scaled)"
    with refuses(InvalidValueError, message):
        ns.compile(net).predict([[0.0, 0.0], [0.0, 1e300]])


# -- labels --------------------------------------------------------------------------------

LABELS = {
    "list": ["b", "a", "c"],
    "array": np.array(["b", "a", "c"]),
    "objects": np.array(["b", "a", "c"], dtype=object),
    "pandas": pd.Series(["b", "a", "c"]),
    "polars": pl.Series(["b", "a", "c"]),
    "categories": pd.Series(pd.Categorical(["b", "a", "c"])),
    "frame": pl.DataFrame({"job": ["b", "a", "c"]}),
    "ints": [7, 3, 9],
    "int array": np.array([7, 3, 9], np.uint8),
}


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
def test_labels_are_a_1_in_the_column_of_their_class(labels):
    door = Door(make(3))
    assert door.targets(labels, learn=True).tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 1]]
    assert door.classes in (("a", "b", "c"), (3, 7, 9))
    assert {type(label) for label in door.classes} in ({str}, {int})
    assert door.network.classes is None
    door.remember()
    assert door.network.classes == door.classes


def test_bools_are_labels_of_two_outputs_too():
    door = Door(make(2))
    assert door.targets([True, False], learn=True).tolist() == [[0, 1], [1, 0]]
    assert door.classes == (False, True)


@pytest.mark.parametrize(
    ("activation", "low"),
    [("sigmoid", 0), ("identity", 0), ("step", 0), ("tanh", -1), ("threshold", -1)],
)
def test_two_classes_of_one_output_are_the_ends_of_what_it_emits(activation, low):
    door = Door(make(1, activation))
    assert door.targets(["yes", "no"], learn=True).tolist() == [[1], [low]]
    middle = (low + 1) / 2
    outputs = np.array([[low], [middle - 0.01], [middle + 0.01], [1]], float)
    assert door.outputs(outputs).tolist() == ["no", "no", "yes", "yes"]
    assert Door(make(2, activation)).targets(["yes", "no"], learn=True).tolist() == [
        [low, 1],
        [1, low],
    ]


def test_whole_numbers_stay_the_targets_of_one_output_unless_its_classes_are_numbers():
    net = make()
    door = Door(net)
    assert door.targets([3, 7], learn=True).tolist() == [[3.0], [7.0]]
    assert door.classes is None
    net.classes = [3, 7]
    assert Door(net).targets([3, 7, 7]).tolist() == [[0.0], [1.0], [1.0]]
    net.classes = ["a", "b"]
    assert Door(net).targets([0, 1]).tolist() == [[0.0], [1.0]]


def test_a_column_of_labels_is_found_by_the_name_of_the_output_neuron(frames):
    net = make()
    frame = frames.DataFrame({"age": [1, 2], "out0": ["yes", "no"]})
    assert Door(net).targets(frame, learn=True).tolist() == [[1.0], [0.0]]


def test_numbers_are_the_targets_of_one_output_whatever_holds_them():
    for y in ([0.5, 1.0], np.array([0.5, 1], dtype=object), pd.Series([0.5, 1.0], dtype=object)):
        door = Door(make())
        assert door.targets(y, learn=True).tolist() == [[0.5], [1.0]]
        assert door.classes is None


def test_bools_and_categories_are_labels_of_one_output():
    bools = [True, False]
    for y in (bools, np.array(bools), pd.Series(bools, dtype="boolean"), pl.Series(bools)):
        door = Door(make())
        assert door.targets(y, learn=True).tolist() == [[1.0], [0.0]]
        assert door.classes == (False, True)
    for y in (pd.Categorical([7, 3]), pd.Series([7, 3], dtype="category")):
        door = Door(make())
        assert door.targets(y, learn=True).tolist() == [[1.0], [0.0]]
        assert door.classes == (3, 7)


@pytest.mark.parametrize("values", [[2.0, 0.0, 1.0], [0.7, -1.5, 0.2], np.float32([2, 0, 1])])
def test_floats_are_labels_of_several_outputs_whole_or_not(values):
    net = make(3)
    door = Door(net)
    assert door.targets(values, learn=True).tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
    assert door.classes == tuple(sorted(np.asarray(values).tolist()))
    door.remember()
    predicted = door.outputs(np.eye(3))
    assert predicted.dtype == np.float64
    assert predicted.tolist() == list(net.classes)
    twin = ns.Network.copy(net)
    assert Door(twin).targets(values).tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]


def test_labels_says_that_numbers_are_labels():
    for y in ([3, 7.5], np.array([3, 7.5]), np.array([[3], [7.5]]), pd.Series([3, 7.5])):
        door = Door(make())
        assert door.targets(ns.Labels(y), learn=True).tolist() == [[0.0], [1.0]]
        assert door.classes == (3, 7.5)
    message = "Labels must hold one label per example, (n_examples,) (got shape (3, 2))"
    with refuses(InvalidValueError, message):
        ns.Labels(X)


def test_a_column_of_numbers_is_no_label_even_where_classes_are_numbers():
    net = make()
    net.classes = [0, 1]
    message = (
        "y must hold classes of the network, 0, 1 (got 0.3 in row 1); numbers to learn, and no "
        "classes, are given as a column, (n_examples, 1)"
    )
    with refuses(InvalidValueError, message):
        Door(net).targets([0.0, 0.3])
    assert Door(net).targets([[0.0], [0.3]]).tolist() == [[0.0], [0.3]]


def test_labels_that_are_names_of_output_neurons_go_by_them():
    door = Door(make(3))
    targets = door.targets(["out2", "out0"], learn=True)  # out1 does not occur
    assert targets.tolist() == [[0, 0, 1], [1, 0, 0]]
    assert door.classes == ("out0", "out1", "out2")


def test_the_label_of_the_strongest_output_is_predicted():
    net = make(3)
    net.classes = [3, 7, 9]
    outputs = np.array([[0.1, 0.3, 0.2], [0.9, 0.3, 0.2], [0.0, 0.0, 0.1]])
    assert Door(net).outputs(outputs).tolist() == [7, 3, 9]
    program = ns.compile(net)
    strongest = program.feedforward(X).argmax(axis=1)
    assert program.predict(X).tolist() == [(3, 7, 9)[place] for place in strongest]


def test_classes_may_be_any_objects():
    net, thing = make(), object()
    net.classes = [thing, ("a", "pair")]
    assert net.classes == (thing, ("a", "pair"))
    predicted = Door(net).outputs(np.array([[0.0], [1.0]]))
    assert predicted.tolist() == [thing, ("a", "pair")]


NEW = (
    "y holds class labels, and network 'wages' has no classes yet; set Network.classes to the "
    "labels that its outputs stand for"
)


@pytest.mark.parametrize(
    ("n_outputs", "labels", "error", "message"),
    [
        (3, ["a", "b"], InvalidValueError,
         "y must hold labels of 3 classes for 3 output neurons (got 2: 'a', 'b'); if it does not "
         "show all, set Network.classes"),
        (1, ["a", "b", "c"], InvalidValueError,
         "y must hold labels of 2 classes for 1 output neuron (got 3: 'a', 'b', 'c'); the network "
         "needs 3 output neurons for as many classes"),
        (2, [0.5, 1.0, 2.0], InvalidValueError,
         "y must hold labels of 2 classes for 2 output neurons (got 3: 0.5, 1.0, 2.0); the network "
         "needs 3 output neurons for as many classes, and numbers to learn 2 columns, "
         "(n_examples, 2)"),
        (2, ["a", 1], InvalidTypeError,
         "y must hold class labels of one kind that can be sorted (got int, str)"),
        (2, ["a", None], InvalidValueError, f"y has no label in row 1 (got None); {FILL_IN}"),
        (2, ["a", ""], InvalidValueError, f"y has no label in row 1 (got ''); {FILL_IN}"),
        (2, [" ", "a"], InvalidValueError, f"y has no label in row 0 (got ' '); {FILL_IN}"),
        (2, [1.0, np.nan], InvalidValueError, f"y has no label in row 1 (got nan); {FILL_IN}"),
        (1, np.array(["a", np.nan], object), InvalidValueError,
         f"y has no label in row 1 (got nan); {FILL_IN}"),
        (2, np.ma.array(["a", "b"], mask=[0, 1]), InvalidValueError,
         f"y[1] has no value (it is masked); {FILL_IN}"),
        (2, pd.Series(["a", ""], name="job", index=[8, 9]), InvalidValueError,
         f"y column 'job' has no label in row 1 (index 9) (got ''); {FILL_IN}"),
        (2, pd.Series(["a", None], name="job"), InvalidValueError, f"y column 'job' {MISSING}"),
        (2, [["a", "b"]], InvalidTypeError,
         "y must be an array of real numbers (got an array of dtype <U1)"),
    ],
)  # fmt: skip
def test_labels_that_do_not_fit_are_refused(n_outputs, labels, error, message):
    door = Door(make(n_outputs))
    with refuses(error, message):
        door.targets(labels, learn=True)
    assert door.classes is None


def test_an_unknown_label_is_refused_by_name():
    net = make(2)
    with refuses(InvalidValueError, NEW):
        Door(net).targets(["a", "b"])
    net.classes = ["a", "b"]
    message = (
        "y must hold classes of the network, 'a', 'b' (got 'c' in row 2)"
    )
    with refuses(InvalidValueError, message):
        Door(net).targets(["a", "b", "c"])
    message = (
        "y must hold classes of the network, 'a', 'b' (got 'c' in row 1); Network.classes = None "
        "has it learn these instead"
    )
    with refuses(InvalidValueError, message):
        Door(net).targets(["a", "c"], learn=True)
    net.classes = None
    assert Door(net).targets(["a", "c"], learn=True).tolist() == [[1, 0], [0, 1]]


def test_classes_that_do_not_fit_are_refused():
    net = make(2)
    for classes, message in [
        (["a"], "Network.classes must be 2 labels, one per output neuron (got 1: 'a')"),
        (["a", "a"], "Network.classes must be distinct (got 'a' twice)"),
        ([], "Network.classes must be 2 labels, one per output neuron (got 0: )"),
    ]:
        with refuses(InvalidValueError, message):
            net.classes = classes
    for label in (None, []):
        message = f"Network.classes must be text, numbers or the like (got {label!r})"
        with refuses(InvalidTypeError, message):
            net.classes = ["a", label]
    with refuses(InvalidTypeError, "Network.classes must be a list of class labels (got 'ab')"):
        net.classes = "ab"
    message = "Network.classes must be 2 labels, since one output tells two apart (got 3: 1, 2, 3)"
    with refuses(InvalidValueError, message):
        make(1).classes = np.array([1, 2, 3])
    assert net.classes is None


def test_classes_and_a_scaler_of_the_outputs_exclude_each_other(net):
    net.output_scaler = ns.Scaler([0.0], [2.0])
    with pytest.raises(StructureError, match="set output_scaler to None first"):
        net.classes = ["a", "b"]
    with pytest.raises(StructureError, match="y holds class labels, which the output_scaler"):
        Door(net).targets(["a", "b"], learn=True)
    net.output_scaler = None
    net.classes = ["a", "b"]
    with pytest.raises(StructureError, match="set classes to None first"):
        net.output_scaler = ns.Scaler([0.0], [2.0])


# -- predicting ----------------------------------------------------------------------------


def test_without_scalers_and_classes_predictions_are_the_raw_outputs(net):
    program = ns.compile(net)
    np.testing.assert_array_equal(program.predict(X), program.feedforward(X))


def test_feedforward_and_trace_take_the_units_of_the_data_and_give_those_of_the_network(frames):
    net = make()
    program = ns.compile(net)
    scaler = ns.standardize(X)
    raw = program.feedforward(scaler.transform(X))
    net.input_scaler, net.output_scaler = scaler, ns.rescale([0.0, 10.0])
    frame = frames.DataFrame({"exper": X[:, 1], "age": 0, "educ": X[:, 0]})
    for given in (X, X.tolist(), frame):
        np.testing.assert_array_equal(program.feedforward(given), raw)
        np.testing.assert_array_equal(program.trace(given).outputs, raw)
    Z = scaler.transform(X)
    np.testing.assert_array_equal(program.feedforward(Z, units="network"), raw)
    np.testing.assert_array_equal(program.trace(Z, units="network").outputs, raw)
    np.testing.assert_array_equal(program.trace(X)[net["educ"]].output, Z[:, 0])


def test_predictions_have_the_networks_dtype_and_take_frames(frames):
    net = make().copy(dtype="float32")
    net.input_scaler, net.output_scaler = ns.standardize(X), ns.rescale([0.0, 10.0])
    program = ns.compile(net)
    predicted = program.predict(frames.DataFrame({"exper": X[:, 1], "educ": X[:, 0]}))
    np.testing.assert_array_equal(predicted, program.predict(X))
    assert predicted.dtype == np.float32


def test_a_stale_program_predicts_nothing(net):
    program = ns.compile(net)
    net.add_neuron("late")
    with pytest.raises(ns.errors.StaleProgramError):
        program.predict(X)


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_a_population_predicts_what_each_network_does(engine, frames):
    nets = [make(), make(2), make()]
    nets[0].input_scaler = ns.standardize(X)
    nets[0].output_scaler = ns.rescale([0.0, 10.0])
    nets[1].classes = ["a", "b"]
    population = ns.compile(nets, engine=engine)
    frame = frames.DataFrame({"exper": X[:, 1], "educ": X[:, 0]})
    own = [X, frame, X + 1]
    for given in (X, frame, [X, X, X], own, np.stack([X, X, X])):
        each = own if given is own else [X] * 3
        predicted = population.predict(given)
        for net, one, answer in zip(nets, each, predicted, strict=True):
            expected = ns.compile(net, engine=engine).predict(one)
            if expected.dtype.kind == "f":
                np.testing.assert_allclose(answer, expected, rtol=1e-12)
            else:
                assert answer.tolist() == expected.tolist()
    with pytest.raises(InvalidValueError, match=r"^networks\[0\]: X has no column 'exper'"):
        population.predict(frame[["educ"]])
