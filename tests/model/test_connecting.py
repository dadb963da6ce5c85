"""Connecting: what `connect`, `connect_pairs` and `weights` do and refuse."""

import math

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
from tests.model.common import lecture_net, refused


@pytest.fixture
def net():
    net = ns.Network("n")
    net.add_layer(["a", "b"], role="input", name="input")
    net.add_layer(3, name="h")
    net.add_neuron("y", role="output")
    return net


def pairs(synapses):
    return [(s.pre.name, s.post.name) for s in synapses]


class TestConnect:
    def test_two_neurons_give_their_synapse(self, net):
        synapse = net.connect(net["a"], net["y"], weight=0.5)
        assert isinstance(synapse, ns.Synapse)
        assert (synapse.pre, synapse.post, synapse.weight) == (net["a"], net["y"], 0.5)

    def test_names_do_as_well(self, net):
        assert net.connect("a", net["y"]) == net.synapse("a", "y")
        assert isinstance(net.connect("a", "h[0]"), ns.Synapse)
        assert pairs(net.connect("h", "y")) == [("h[0]", "y"), ("h[1]", "y"), ("h[2]", "y")]

    def test_anything_else_gives_a_group_in_pre_post_order(self, net):
        group = net.connect(["b", net["a"]], [net["y"], "h"])
        assert isinstance(group, ns.SynapseGroup)
        assert pairs(group) == [(x, y) for x in "ba" for y in ("y", "h[0]", "h[1]", "h[2]")]

    def test_a_list_of_one_neuron_gives_a_group(self, net):
        assert isinstance(net.connect(["a"], "y"), ns.SynapseGroup)
        assert isinstance(net.connect("b", net["h"][:1]), ns.SynapseGroup)

    def test_ends_are_any_mix_of_neurons_layers_and_nested_lists(self, net):
        mixed = net.connect([net["input"], (net["h"][0], ["h[1]"])], "y")
        assert pairs(mixed) == [("a", "y"), ("b", "y"), ("h[0]", "y"), ("h[1]", "y")]

    def test_no_weight_means_zero(self, net):
        assert net.connect("a", "y").weight == 0.0
        assert net.connect("b", "h").weight.tolist() == [0.0, 0.0, 0.0]

    def test_a_scalar_weight_holds_for_all(self, net):
        assert net.connect("input", "h", weight=2).weight.tolist() == [2.0] * 6

    def test_a_matrix_gives_one_weight_per_pair_and_its_zeros_are_synapses(self, net):
        matrix = np.array([[1, 0, 3], [0, 5, 6]])
        assert net.connect("input", "h", weight=matrix).weight.tolist() == [1, 0, 3, 0, 5, 6]
        assert net.weights("input", "h").tolist() == matrix.tolist()

    def test_one_synapse_takes_a_one_by_one_matrix_too(self, net):
        assert net.connect("a", "y", weight=[[0.5]]).weight == 0.5
        assert net.connect("b", "y", weight=np.array(0.25)).weight == 0.25

    @pytest.mark.parametrize("weight", [0.5, 1, np.float32(0.5), np.int8(3), np.float64(-2)])
    def test_weights_are_python_floats(self, net, weight):
        synapse = net.connect("a", "y", weight=weight)
        assert type(synapse.weight) is float
        assert synapse.weight == weight

    def test_the_two_directions_of_a_pair_are_two_synapses(self, net):
        first, second = net["h"][:2]
        assert net.connect(first, second) != net.connect(second, first)


class TestRefusedPairs:
    @pytest.mark.parametrize(
        ("pre", "post", "message"),
        [
            (
                "a",
                "y",
                "cannot connect 'a' to 'y' twice: there is one synapse per ordered pair; set the "
                "weight of the one that is there",
            ),
            (
                "input",
                ["h", "y"],
                "cannot connect 'a' to 'y' twice: there is one synapse per ordered pair; set the "
                "weight of the one that is there",
            ),
            (
                "y",
                "y",
                "cannot connect 'y' to itself: a feedforward network has no self-loops",
            ),
            (
                ["a", "y"],
                ["h", "y"],
                "cannot connect 'y' to itself: a feedforward network has no self-loops",
            ),
            (
                "h",
                "h",
                "cannot connect 'h[0]' to itself: a feedforward network has no self-loops",
            ),
            (
                "h[1]",
                "b",
                "cannot connect 'h[1]' to 'b': an input neuron emits its column of the examples "
                "and takes no synapse; give 'b' another role",
            ),
            (
                "h",
                ["y", "b"],
                "cannot connect 'h[0]' to 'b': an input neuron emits its column of the examples "
                "and takes no synapse; give 'b' another role",
            ),
            (
                "a",
                "a",
                "cannot connect 'a' to 'a': an input neuron emits its column of the examples and "
                "takes no synapse; give 'a' another role",
            ),
            (["a", "a"], "h", "connect.pre names neuron 'a' more than once"),
            ("a", ["h", "y", "h[2]"], "connect.post names neuron 'h[2]' more than once"),
        ],
    )
    def test_one_bad_pair_refuses_the_whole_call(self, net, pre, post, message):
        net.connect("a", "y", weight=1.0)
        with refused(net, StructureError, message):
            net.connect(pre, post, weight=0.5)

    def test_a_pair_connected_long_ago_is_found_too(self, net):
        pre, post = net.add_layer(200, name="pre"), net.add_layer(200, name="post")
        net.connect(pre, post)
        message = (
            "cannot connect 'pre[7]' to 'post[9]' twice: there is one synapse per ordered pair; "
            "set the weight of the one that is there"
        )
        with refused(net, StructureError, message):
            net.connect(pre[7], post[9])
        with refused(net, StructureError, message):
            net.connect(pre[7:8], [net["y"], post[9]])

    @pytest.mark.parametrize(
        ("pre", "error", "message"),
        [
            ("x", UnknownNameError, "network 'n' has no neuron or layer 'x'"),
            (["a", "x"], UnknownNameError, "network 'n' has no neuron or layer 'x'"),
            ([], InvalidValueError, "connect.pre must name at least one neuron (got [])"),
            (
                3,
                InvalidTypeError,
                "connect.pre must be a neuron, a layer, a name, or a list of these (got 3)",
            ),
            (
                ["a", None],
                InvalidTypeError,
                "connect.pre must be a neuron, a layer, a name, or a list of these (got None)",
            ),
        ],
    )
    def test_ends_that_are_none_are_refused(self, net, pre, error, message):
        with refused(net, error, message):
            net.connect(pre, "y")
        with refused(net, error, message.replace("connect.pre", "weights.pre")):
            net.weights(pre, "y")

    def test_things_of_another_network_are_refused(self, net):
        other = net.copy("other")
        message = "connect.post: <Neuron 'y': output, identity, bias 0> belongs to network "
        with refused(net, StructureError, message + "'other', not to this one ('n')"):
            net.connect("a", other["y"])
        with refused(net, StructureError, message + "'other', not to this one ('n')"):
            net.connect("input", [net["h"], other["y"]])
        message = "connect.pre: <Layer 'h': 3 hidden neurons, sigmoid> belongs to network "
        with refused(net, StructureError, message + "'other', not to this one ('n')"):
            net.connect(other["h"], "y")

    def test_removed_things_are_refused(self, net):
        neuron, layer = net["h"][0], net["h"]
        net.remove(neuron)
        message = "neuron 'h[0]' was removed from network 'n'"
        for call in (
            lambda: net.connect(neuron, "y"),
            lambda: net.connect("a", neuron),
            lambda: net.connect("a", [neuron]),
        ):
            with refused(net, StaleHandleError, message):
                call()
        net.remove(layer)
        with refused(net, StaleHandleError, "layer 'h' was removed from network 'n'"):
            net.connect("a", layer)


class TestRefusedWeights:
    @pytest.mark.parametrize(
        ("weight", "error", "message"),
        [
            (math.nan, InvalidValueError, "weight must be a finite number (got nan)"),
            (-math.inf, InvalidValueError, "weight must be a finite number (got -inf)"),
            ("0.5", InvalidTypeError, "weight must be a finite number (got '0.5')"),
            (b"1", InvalidTypeError, "weight must be a finite number (got b'1')"),
            (bytearray(b"1"), InvalidTypeError,
             "weight must be a finite number (got bytearray(b'1'))"),
            (1j, InvalidTypeError, "weight must be a finite number (got 1j)"),
            (np.complex64(1), InvalidTypeError,
             "weight must be a finite number (got np.complex64(1+0j))"),
            (True, InvalidTypeError, "weight must be a finite number (got True)"),
            (np.False_, InvalidTypeError, "weight must be a finite number (got np.False_)"),
            ({}, InvalidTypeError, "weight must be a finite number (got {})"),
            ([0.5], InvalidValueError,
             "weight must be a scalar or have shape (n_pre, n_post) = (1, 1) (got shape (1,))"),
            ([[math.nan]], InvalidValueError, "weight[0, 0] must be finite as float64 (got nan)"),
        ],
    )  # fmt: skip
    def test_one_synapse_takes_one_finite_number(self, net, weight, error, message):
        with refused(net, error, message):
            net.connect("a", "y", weight=weight)

    @pytest.mark.parametrize(
        ("weight", "error", "message"),
        [
            (math.nan, InvalidValueError, "weight must be finite as float64 (got nan)"),
            ([[1, 2, 3], [4, math.inf, 6]], InvalidValueError,
             "weight[1, 1] must be finite as float64 (got inf)"),
            (np.zeros((3, 2)), InvalidValueError,
             "weight must be a scalar or have shape (n_pre, n_post) = (2, 3) (got shape (3, 2))"),
            (np.zeros(6), InvalidValueError,
             "weight must be a scalar or have shape (n_pre, n_post) = (2, 3) (got shape (6,))"),
            ([0.5], InvalidValueError,
             "weight must be a scalar or have shape (n_pre, n_post) = (2, 3) (got shape (1,))"),
            (np.zeros((2, 3), complex), InvalidTypeError,
             "weight must be an array of real numbers (got an array of dtype complex128)"),
            (np.zeros((2, 3), object), InvalidTypeError,
             "weight must be an array of real numbers (got an array of dtype object)"),
            ("abc", InvalidTypeError,
             "weight must be an array of real numbers (got an array of dtype <U3)"),
        ],
    )  # fmt: skip
    def test_a_group_takes_a_finite_scalar_or_a_matrix(self, net, weight, error, message):
        with refused(net, error, message):
            net.connect("input", "h", weight=weight)

    def test_ragged_rows_are_refused(self, net):
        with pytest.raises(InvalidValueError, match=r"^weight must be a regular array of numbers"):
            net.connect("input", "h", weight=[[1, 2, 3], [4, 5]])
        assert len(net.synapses) == 0

    def test_float32_refuses_what_it_cannot_hold(self):
        net = lecture_net(dtype="float32")
        message = "weight must lie within ±3.40282e+38, the range of float32 (got -1e+39)"
        with refused(net, InvalidValueError, message):
            net.connect("study", "salary", weight=-1e39)
        with refused(net, InvalidValueError, "weight must be finite as float32 (got 1e+39)"):
            net.connect("input", "salary", weight=1e39)
        limit = float(np.finfo(np.float32).max)
        assert net.connect("study", "salary", weight=limit).weight == limit

    def test_float32_rounds_weights(self):
        net = lecture_net(dtype="float32")
        assert net.connect("study", "salary", weight=0.1).weight == float(np.float32(0.1))


class TestConnectPairs:
    def test_pairs_are_given_by_position(self, net):
        group = net.connect_pairs([1, 0, 2], [2, 5, 5], weight=[1, 2, 3])
        assert pairs(group) == [("b", "h[0]"), ("a", "y"), ("h[0]", "y")]
        assert group.weight.tolist() == [1, 2, 3]

    def test_positions_count_the_neurons_that_exist(self, net):
        net.remove("a")
        assert pairs(net.connect_pairs(np.array([0]), np.array([4]))) == [("b", "y")]

    def test_no_pairs_change_nothing(self, net):
        version = net._columns.version
        assert len(net.connect_pairs([], [])) == 0
        assert net._columns.version == version

    @pytest.mark.parametrize(
        ("pre", "post", "weight", "error", "message"),
        [
            ([0, 1], [5], None, InvalidValueError,
             "connect_pairs.pre and .post must be equally long (got 2 and 1)"),
            ([0, 6], [5, 5], None, InvalidValueError,
             "connect_pairs.pre must hold positions from 0 to 5 (got 0 to 6)"),
            ([0], [-1], None, InvalidValueError,
             "connect_pairs.post must hold positions from 0 to 5 (got -1 to -1)"),
            ([0.0], [5], None, InvalidTypeError,
             "connect_pairs.pre must be a 1-D array of positions in net.neurons (got an array of "
             "shape (1,) and dtype float64)"),
            ([True], [5], None, InvalidTypeError,
             "connect_pairs.pre must be a 1-D array of positions in net.neurons (got an array of "
             "shape (1,) and dtype bool)"),
            ([[0]], [[5]], None, InvalidTypeError,
             "connect_pairs.pre must be a 1-D array of positions in net.neurons (got an array of "
             "shape (1, 1) and dtype int64)"),
            ([0, 1], [5, 5], [1], InvalidValueError,
             "weight must be a scalar or have shape (2,) (got shape (1,))"),
            ([0, 1], [5, 5], [1, math.nan], InvalidValueError,
             "weight[1] must be finite as float64 (got nan)"),
            ([0, 2], [5, 1], None, StructureError,
             "cannot connect 'h[0]' to 'b': an input neuron emits its column of the examples and "
             "takes no synapse; give 'b' another role"),
            ([0, 3], [5, 3], None, StructureError,
             "cannot connect 'h[1]' to itself: a feedforward network has no self-loops"),
            ([0, 1, 0], [5, 5, 5], None, StructureError,
             "cannot connect 'a' to 'y' twice: there is one synapse per ordered pair; set the "
             "weight of the one that is there"),
            ([0, 2], [5, 5], None, StructureError,
             "cannot connect 'h[0]' to 'y' twice: there is one synapse per ordered pair; set the "
             "weight of the one that is there"),
        ],
    )  # fmt: skip
    def test_bad_pairs_refuse_the_whole_call(self, net, pre, post, *, weight, error, message):
        net.connect("h[0]", "y")
        with refused(net, error, message):
            net.connect_pairs(pre, post, weight=weight)


class TestWeights:
    def test_pairs_without_a_synapse_show_zero(self, net):
        net.connect("a", "h[1]", weight=2.0)
        net.connect("b", "y", weight=3.0)
        assert net.weights("input", "h").tolist() == [[0, 2, 0], [0, 0, 0]]
        assert net.weights(["b", "a"], ["y", "h[1]"]).tolist() == [[3, 0], [0, 2]]
        assert net.weights("a", "y").tolist() == [[0]]

    def test_the_matrix_is_a_copy(self, net):
        net.connect("input", "y", weight=1.0)
        net.weights("input", "y")[:] = 9.0
        assert net.synapses.weight.tolist() == [1.0, 1.0]

    def test_a_neuron_named_twice_is_refused(self, net):
        with refused(net, StructureError, "weights.post names neuron 'h[0]' more than once"):
            net.weights("a", ["h[0]", "h"])


@pytest.mark.parametrize("fresh", [False, True], ids=["indexed", "in the waiting dictionary"])
def test_a_pair_is_found_among_neurons_with_long_rows(fresh):
    net = ns.Network("long rows")
    pre, post = net.add_layer(20, name="pre"), net.add_layer(500, name="post")
    net.connect(pre, post[:250])
    net.synapse(pre[0], post[0])  # merges what is waiting
    if fresh:
        net.connect(pre[3], post[400], weight=2.0)
        taken = 400
    else:
        taken = 249
    net.synapse(pre[3], post[taken]).weight = 2.0
    assert net.weights(pre, post[taken])[3] == 2.0
    assert net.weights(pre, post[499]).tolist() == [[0.0]] * 20
    with pytest.raises(ns.errors.StructureError, match="cannot connect"):
        net.connect(pre, [post[taken]])
    net.remove(net.synapse(pre[3], post[taken]))
    assert net.weights(pre, post[taken])[3] == 0.0
    net.connect([pre[3]], [post[taken]], weight=5.0)
    assert net.weights(pre, post[taken])[3] == 5.0
