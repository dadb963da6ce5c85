"""Copies and pickles: equal in all that counts, and independent."""

import copy
import pickle

import numpy as np
import pytest

import neurosim as ns
from neurosim.errors import StaleHandleError, StructureError
from tests.model.common import lecture_net, state

WAYS = {
    "copy": lambda net: net.copy(),
    "copy.copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda net: pickle.loads(pickle.dumps(net)),
    "oldest pickle": lambda net: pickle.loads(pickle.dumps(net, protocol=2)),
}


@pytest.fixture
def net():
    """A network that has seen changes, so that numbers and positions differ."""
    net = lecture_net(dtype="float32")
    net.add_layer(3, activation=["tanh", "sine", "tanh"], bias=[0.1, None, 0.3], name="mixed")
    net.connect("input", "mixed")
    net.initialize(ns.initializers.Normal(), seed=1)
    net.remove("hidden[1]", net.add_layer(2, name="gone"))
    return net


def portrait(net):
    """Return all that a copy must share with its original."""
    neurons = [
        (n.name, n.role, n.activation, n.bias, n.layer and n.layer.name) for n in net.neurons
    ]
    synapses = [(s.pre.name, s.post.name, s.weight) for s in net.synapses]
    layers = [(layer.name, [n.name for n in layer]) for layer in net.layers]
    return net.name, net.dtype, neurons, synapses, layers, net.parameters.tolist()


@pytest.fixture(params=WAYS)
def twin(request, net):
    return WAYS[request.param](net)


def test_a_copy_is_equal_in_structure_parameters_and_names(net, twin):
    assert portrait(twin) == portrait(net)
    assert twin is not net
    assert twin.summary() == net.summary()


def test_a_copy_keeps_the_arrangement_of_its_parameters(net):
    columns = net._columns
    columns.arrange(columns.synapse_ids()[::-1], columns.biased_ids()[::-1])
    for way in WAYS.values():
        assert way(net).parameters.tolist() == columns.values[: columns.n_values].tolist()
        assert portrait(way(net)) == portrait(net)


def test_copies_are_independent_both_ways(net, twin):
    before = state(net), state(twin)
    twin.parameters = np.zeros(len(twin.parameters))
    twin.remove("mixed")
    twin.connect("study", "salary")
    twin.add_neuron("new", activation="relu")
    assert state(net) == before[0]
    again = WAYS["copy"](net)
    before = state(again)
    net.parameters += 1
    net.remove("hidden[0]")
    net.add_layer(2, bias=None)
    assert state(again) == before


def test_handles_of_a_copy_are_its_own(net, twin):
    assert twin["study"] is not net["study"]
    assert twin["study"].network is twin
    assert twin["mixed"][0] is twin["mixed[0]"]
    assert twin.synapses[0] != net.synapses[0]
    with pytest.raises(StructureError):
        twin.connect(net["study"], twin["salary"])


def test_a_copy_refuses_duplicates_like_its_original(twin):
    with pytest.raises(StructureError, match="twice"):
        twin.connect("study", "hidden[0]")


def test_a_copy_can_get_a_name_of_its_own(net):
    assert (net.copy("twin").name, net.name) == ("twin", "lecture")


def test_a_subclass_copies_to_itself():
    class Special(ns.Network):
        pass

    assert type(Special().copy()) is Special


@pytest.mark.parametrize("through", ["pickle", "deepcopy"])
@pytest.mark.parametrize("order", ["network first", "handles first"])
def test_handles_in_the_same_pickle_stay_handles_of_its_network(net, through, order):
    layer = net["hidden"]
    things = [net, layer[0], net.synapses[2], layer, net.synapses[:3], net.graph]
    if order == "handles first":
        things.reverse()
    loaded = WAYS[through](things)
    if order == "handles first":
        loaded.reverse()
    twin, neuron, synapse, layer, group, graph = loaded
    assert twin is not net
    assert neuron is twin["hidden[0]"] is layer[0]
    assert layer is twin["hidden"]
    assert synapse == twin.synapses[2]
    assert group == twin.synapses[:3]
    assert neuron in graph
    assert next(iter(graph)) is twin["study"]


def test_a_stale_handle_stays_stale_through_a_pickle(net):
    neuron, synapse = net["study"], net.synapses[0]
    net.remove(neuron)
    twin, neuron, synapse = pickle.loads(pickle.dumps((net, neuron, synapse)))
    assert repr(neuron) == "<Neuron 'study' (removed)>"
    assert neuron.network is synapse.network is twin
    for use in (lambda: neuron.role, lambda: synapse.weight):
        with pytest.raises(StaleHandleError):
            use()


def test_copying_a_single_handle_keeps_its_network(net):
    assert copy.copy(net["study"]) is net["study"]
    assert copy.copy(net["hidden"]) is net["hidden"]
    assert copy.copy(net.synapses[0]) == net.synapses[0]


def test_an_activation_of_ones_own_is_found_again_by_its_name():
    ns.activations.register("tests_copying", np.arctan, overwrite=True)
    net = ns.Network()
    net.add_layer(2, activation="tests_copying")
    for way in WAYS.values():
        assert way(net).neurons[1].activation == ns.activations.get("tests_copying")
