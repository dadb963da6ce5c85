"""What was removed leaves no trace in copies and pickles, and in a network none that piles up."""

import pickle

import numpy as np
import pytest

import neurosim as ns
from neurosim.errors import StaleHandleError
from tests.model.common import lecture_net

MANY = 40_000


def size(net):
    return len(pickle.dumps(net))


def rows(net):
    return net._columns.n_neurons + net._columns.n_synapses


def with_one_that_was_removed(net, count=MANY):
    """Add neurons with a synapse each, and remove them."""
    layer = net.add_layer(count, activation="tanh", name="passing")
    net.connect(net["study"], layer)
    net.remove(layer)


@pytest.mark.parametrize("at_once", [True, False])
def test_a_network_that_lived_through_much_is_as_large_as_one_that_did_not(at_once):
    net, young = lecture_net(), lecture_net()
    if at_once:
        with_one_that_was_removed(net)
    else:
        for _ in range(MANY // 10):
            neuron = net.add_neuron(activation="tanh")
            net.connect("study", neuron)
            net.remove(neuron)
    assert rows(net) <= 2 * rows(young) + 2 * 1024
    assert size(net) <= size(young) + 200
    assert size(net.copy()) == size(net)
    assert rows(net.copy()) == rows(young)
    assert [n.name for n in net.neurons] == [n.name for n in young.neurons]


def test_few_dead_rows_are_swept_from_copies_too():
    net = lecture_net()
    with_one_that_was_removed(net, 10)
    assert rows(net) == rows(lecture_net()) + 20
    assert rows(net.copy()) == rows(pickle.loads(pickle.dumps(net))) == rows(lecture_net())


def test_handles_stay_valid_through_sweeps():
    net = lecture_net()
    net.initialize(ns.initializers.Normal(), seed=1)
    layer = net.add_layer(3, name="late")
    group = net.connect("study", layer, weight=[[1.0, 2.0, 3.0]])
    synapse, lost = group[1], net.synapse("study", "hidden[0]")
    old, edges = net["study"], dict(net.graph[net["study"]].items())
    net.remove(lost)
    before = net.synapses.weight.tolist()
    for _ in range(3):
        with_one_that_was_removed(net, 3000)
    assert net._columns.n_sweeps == 3
    assert net.synapses.weight.tolist() == before
    assert net["study"] is old
    assert [n.name for n in layer] == ["late[0]", "late[1]", "late[2]"]
    assert (synapse.pre, synapse.post, synapse.weight) == (old, layer[1], 2.0)
    assert group.weight.tolist() == [1.0, 2.0, 3.0]
    assert net.synapse(old, layer[1]) == synapse
    assert synapse in net
    assert lost not in net
    assert edges[layer[2]]["weight"] == 3.0
    assert net.graph[old][layer[2]]["synapse"] == group[2]
    assert [data for *_, data in net.graph.edges(old, data="synapse")] == list(old.outgoing)
    with pytest.raises(StaleHandleError, match=r"^<Synapse 0 \(removed\)> is no longer in network"):
        _ = lost.weight


def test_numbers_are_never_used_again():
    net = lecture_net()
    seen = set(net.synapses)
    for _ in range(4):
        layer = net.add_layer(1500)
        seen |= {*net.connect("study", layer)}
        net.remove(layer)
    new = net.connect("study", "salary")
    assert len(seen) == 9 + 4 * 1500
    assert new not in seen
    assert net.add_neuron().name == f"neuron{6 + 4 * 1500 + 1}"
    assert net.add_layer(1).name == "layer7"


def test_a_network_answers_as_before_after_a_sweep():
    net = lecture_net()
    net.initialize(ns.initializers.Normal(), seed=1)
    X = [[0.5, -1.0], [2.0, 0.25]]
    expected = ns.compile(net, engine="numpy").feedforward(X)
    with_one_that_was_removed(net)
    for engine in ("numpy", "reference"):
        np.testing.assert_array_equal(ns.compile(net, engine=engine).feedforward(X), expected)
    np.testing.assert_array_equal(ns.compile(net.copy(), engine="numpy").feedforward(X), expected)


def test_removing_costs_the_same_each_time():
    net = ns.topologies.layered([100, 100, 1], activation="sigmoid")
    swept = 0
    for _ in range(60):
        before = net._columns.n_sweeps
        with_removed = net.add_layer(200)
        net.remove(with_removed)
        swept += net._columns.n_sweeps - before
    assert swept == 1  # 12,000 went, where 10,301 stayed
