"""Levels are longest paths, and a cycle is named by its neurons in order."""

import itertools
import re

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurosim as ns
from neurosim.compiler.ordering import levels, reachable
from neurosim.errors import CycleError
from tests.strategies import SOFTMAX, networks


@st.composite
def edges(draw, most=12):
    """A number of units and different edges between them, in any direction."""
    n = draw(st.integers(1, most))
    pairs = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda p: p[0] != p[1])
    return n, sorted(draw(st.sets(pairs, max_size=3 * n))) if n > 1 else []


def digraph(n, pairs):
    graph = nx.DiGraph(pairs)
    graph.add_nodes_from(range(n))
    return graph


def columns(pairs):
    return np.array([p for p, _ in pairs], int), np.array([q for _, q in pairs], int)


@given(edges())
def test_levels_are_the_lengths_of_networkx_longest_paths(drawn):
    n, pairs = drawn
    pairs = [(p, q) for p, q in pairs if p < q]
    graph = digraph(n, pairs)
    result = levels(n, *columns(pairs))
    for k, generation in enumerate(nx.topological_generations(graph)):
        assert {unit for unit in range(n) if result[unit] == k} == set(generation)
    assert result.max() == nx.dag_longest_path_length(graph)


@given(edges())
def test_units_behind_a_cycle_have_level_minus_1_and_no_others(drawn):
    n, pairs = drawn
    graph = digraph(n, pairs)
    on_cycle = {u for c in nx.strongly_connected_components(graph) if len(c) > 1 for u in c}
    behind = on_cycle.union(*(nx.descendants(graph, u) for u in on_cycle))
    assert set(np.flatnonzero(levels(n, *columns(pairs)) == -1).tolist()) == behind


@given(edges(), st.sets(st.integers(0, 11), max_size=3))
def test_reachable_are_the_starts_and_their_descendants(drawn, starts):
    n, pairs = drawn
    starts = {unit for unit in starts if unit < n}
    graph = digraph(n, pairs)
    expected = starts.union(*(nx.descendants(graph, unit) for unit in starts))
    mask = reachable(n, np.array(sorted(starts), int), *columns(pairs))
    assert set(np.flatnonzero(mask).tolist()) == expected


@settings(max_examples=60)
@given(networks())
def test_the_levels_of_a_plan_are_longest_paths_with_a_softmax_layer_as_one_unit(net):
    unit = {neuron: neuron for neuron in net.neurons}
    for layer in net.layers:
        if layer.activation == SOFTMAX:
            unit.update(dict.fromkeys(layer, layer))
    graph = nx.DiGraph((unit[s.pre], unit[s.post]) for s in net.synapses)
    graph.add_nodes_from(unit.values())
    generation = {
        one: k for k, members in enumerate(nx.topological_generations(graph)) for one in members
    }
    plan = ns.compile(net).plan
    for neuron, row in zip(net.neurons, plan.row, strict=True):
        assert plan.level[row] == generation[unit[neuron]]
        assert plan.names[row] == neuron.name


def net_of_edges(n, pairs):
    net = ns.Network("ring")
    net.add_layer([f"n{i}" for i in range(n)], activation="tanh")
    net.add_neuron("out", role="output")
    for p, q in pairs:
        net.connect(f"n{p}", f"n{q}")
    return net


def cycle_in(message):
    return re.fullmatch(
        r"network '.*' has a cycle: (.*); a feedforward network has none, "
        r"remove one of these synapses(?:; the neurons of a softmax layer depend on each other)?",
        message,
    )[1].split(" -> ")


@settings(max_examples=60)
@given(edges())
def test_a_cycle_is_named_along_its_synapses(drawn):
    n, pairs = drawn
    net = net_of_edges(n, pairs)
    if nx.is_directed_acyclic_graph(digraph(n, pairs)):
        ns.compile(net)
        return
    with pytest.raises(CycleError) as refusal:
        ns.compile(net)
    names = cycle_in(str(refusal.value))
    assert names[0] == names[-1]
    assert len(set(names)) == len(names) - 1 >= 2
    for pre, post in itertools.pairwise(names):
        net.synapse(pre, post)  # raises where there is none


def test_the_message_of_a_cycle_names_the_network_and_the_way_out():
    net = net_of_edges(4, [(0, 1), (1, 2), (2, 0), (2, 3)])
    with pytest.raises(CycleError) as refusal:
        ns.compile(net)
    names = cycle_in(str(refusal.value))
    assert set(names) == {"n0", "n1", "n2"}
    assert str(refusal.value) == (
        f"network 'ring' has a cycle: {' -> '.join(names)}; a feedforward network has none, "
        "remove one of these synapses"
    )


def test_once_a_synapse_of_the_cycle_is_removed_the_network_compiles():
    net = net_of_edges(3, [(0, 1), (1, 2), (2, 0)])
    net.remove(net.synapse("n2", "n0"))
    assert ns.compile(net).plan.level.max() == 2


def softmax_net():
    net = ns.Network("shared")
    layer = net.add_layer(["a", "b", "c"], activation="softmax")
    net.connect(layer, net.add_neuron("out", role="output"))
    return net


def test_a_synapse_within_a_softmax_layer_is_a_cycle():
    net = softmax_net()
    net.connect("a", "b")
    with pytest.raises(CycleError) as refusal:
        ns.compile(net)
    assert str(refusal.value) == (
        "network 'shared' has a cycle: a -> b -> a; a feedforward network has none, "
        "remove one of these synapses; the neurons of a softmax layer depend on each other"
    )


def test_a_cycle_through_a_softmax_layer_goes_in_at_one_neuron_and_out_at_another():
    net = softmax_net()
    net.add_neuron("x", activation="tanh")
    net.add_neuron("y", activation="tanh")
    net.connect("b", "x")
    net.connect("x", "y")
    net.connect("y", "c")
    with pytest.raises(CycleError) as refusal:
        ns.compile(net)
    names = cycle_in(str(refusal.value))
    in_layer = {"a", "b", "c"}
    for pre, post in itertools.pairwise(names):
        if not {pre, post} <= in_layer:  # those of the layer depend on each other without one
            net.synapse(pre, post)
    assert set(names) == {"b", "x", "y", "c"}
    assert "the neurons of a softmax layer depend on each other" in str(refusal.value)


def test_a_long_chain_is_no_deep_recursion():
    n = 3000
    chain = np.arange(n - 1)
    assert levels(n, chain, chain + 1).tolist() == list(range(n))
