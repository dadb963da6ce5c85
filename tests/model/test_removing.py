"""Removing: what goes, what stays, and what is refused."""

import numpy as np
import pytest

import neurosim as ns
from neurosim.errors import InvalidTypeError, StaleHandleError, StructureError, UnknownNameError
from tests.model.common import lecture_net, refused


@pytest.fixture
def net():
    net = lecture_net()
    net.parameters = np.arange(1.0, 10.0)
    return net


def names(things):
    return [thing.name for thing in things]


def test_a_removed_synapse_leaves_all_others(net):
    others = [s for s in net.synapses if s.weight != 5.0]
    net.remove(net.synapse("experience", "hidden[1]"))
    assert list(net.synapses) == others
    assert net.synapses.weight.tolist() == [1, 2, 3, 4, 6, 7, 8, 9]
    assert net.weights("input", "hidden").tolist() == [[1, 2, 3], [4, 0, 6]]


def test_a_removed_neuron_takes_its_synapses_along(net):
    kept = net.synapse("hidden[2]", "salary")
    net.remove(net["hidden[0]"])
    assert net.synapses.weight.tolist() == [2, 3, 5, 6, 8, 9]
    assert kept.weight == 9.0
    assert names(net.neurons) == ["study", "experience", "hidden[1]", "hidden[2]", "salary"]
    assert len(net["study"].outgoing) == 2


def test_a_removed_layer_takes_its_neurons_along(net):
    net.remove("hidden")
    assert names(net.neurons) == ["study", "experience", "salary"]
    assert names(net.layers) == ["input"]
    assert len(net.synapses) == net.n_parameters == len(net.parameters) == 0


def test_inputs_and_outputs_follow(net):
    net.remove("study", net["salary"])
    assert names(net.inputs) == ["experience"]
    assert net.outputs == ()


def test_groups_lists_and_repetitions_go_at_once(net):
    net.remove([net["study"], net["input"]], ("hidden[0]", [net.synapses[4]]), net.synapses[[4, 4]])
    assert names(net.neurons) == ["hidden[1]", "hidden[2]", "salary"]
    assert net.synapses.weight.tolist() == [8, 9]


@pytest.mark.parametrize("nothing", [(), ([],), ("none of them",)])
def test_removing_nothing_is_no_change(net, nothing):
    version = net._columns.version
    net.remove(*(net.synapses[:0] if thing == "none of them" else thing for thing in nothing))
    assert net._columns.version == version


def test_everything_can_be_removed_and_made_again(net):
    net.remove(*net.layers, "salary")
    assert net.neurons == ()
    again = net.add_layer(3, name="hidden")
    assert net.connect(again[0], again[1]).weight == 0.0
    assert len(net.parameters) == 4


def test_numbers_are_not_used_again(net):
    stale = net["hidden[0]"]
    net.remove(stale)
    fresh = net.add_neuron("hidden[0]")
    assert fresh is not stale
    assert net["hidden[0]"] is fresh
    assert stale not in net
    with pytest.raises(StaleHandleError):
        net.connect("study", stale)


def test_one_bad_thing_keeps_all(net):
    other = net.copy("other")
    message = (
        "remove: <Neuron 'salary': output, sigmoid, no bias> belongs to network 'other', not to "
        "this one ('lecture')"
    )
    with refused(net, StructureError, message):
        net.remove("study", net.synapses[0], [other["salary"]])
    with refused(net, UnknownNameError, "network 'lecture' has no neuron or layer 'x'"):
        net.remove("study", "x")
    message = "remove takes neurons, layers, synapses, groups, or lists of these (got 3)"
    with refused(net, InvalidTypeError, message):
        net.remove("study", [3])


def test_what_was_removed_before_is_refused(net):
    neuron, layer, synapse = net["study"], net["hidden"], net.synapses[-1]
    net.remove(neuron, layer)
    for thing, message in (
        (neuron, "neuron 'study' was removed from network 'lecture'"),
        (layer, "layer 'hidden' was removed from network 'lecture'"),
        (
            synapse,
            "<Synapse '(removed neuron 4)' -> 'salary' (removed)> is no longer in network "
            "'lecture'",
        ),
    ):
        with refused(net, StaleHandleError, message):
            net.remove("experience", thing)


class TestSoftmax:
    @pytest.fixture
    def net(self):
        net = ns.Network("n")
        net.add_layer(3, activation="softmax", name="classes", role="output")
        return net

    def test_the_neurons_of_a_softmax_layer_cannot_be_removed_singly(self, net):
        message = (
            "the neurons of softmax layer 'classes' cannot be removed singly; remove the layer"
        )
        with refused(net, StructureError, message):
            net.remove(net["classes"][0])
        with refused(net, StructureError, message):
            net.remove(net["classes"][:2])

    def test_the_whole_layer_can_be_removed_in_any_way(self, net):
        twin = net.copy()
        net.remove("classes")
        twin.remove(list(twin["classes"]))
        assert net.neurons == twin.neurons == ()
