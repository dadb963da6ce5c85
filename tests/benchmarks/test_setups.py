"""neurosim's side of every setup, at a small size, beside NumPy or against the plain calls."""

import numpy as np
import pytest

import neurosim as ns
from benchmarks.peers import (
    efforts,
    evolved,
    graphs,
    growth,
    in_numpy,
    layered,
    limits,
    ours,
    tiny,
    work,
)
from benchmarks.peers.sides import Pair
from benchmarks.peers.timing import Budget, check, measure

ONCE = Budget(fewest=1, most=1, seconds=0)


@pytest.mark.parametrize(
    "pair",
    [
        lambda: tiny.batches(4, 1.0, 10, "numpy", 5),
        lambda: tiny.batches(50, 0.1, 3, "numpy", 2),
        lambda: tiny.incremental(20, 2, "numpy", 1),
    ],
    ids=["4 examples", "50 examples", "one at a time"],
)
def test_the_lectures_network_learns_the_same_by_hand(pair):
    result = measure(pair(), ONCE)
    assert result["difference"] < 1e-5  # after a training long enough for the way that is timed
    assert all(seconds > 0 for times in result["rows"]["run"] for seconds in times)


def test_full_layers_learn_the_same_in_numpy():
    net, training = layered.full([12, 7, 3], 20, 5, "sigmoid")
    side = ours.training(net, training, epochs=1, units=1, layers=True)
    peer = in_numpy.in_place(work.layers_of(net), training, epochs=1, units=1)
    assert check(Pair(side, [peer])) < 1e-6


def test_sparse_layers_learn_the_same_as_dense_ones_with_a_mask():
    net = layered.sparse([20, 30, 25, 4], 0.2)
    assert 0.1 < len(net.synapses) / (20 * 30 + 30 * 25 + 25 * 4) < 0.3
    training = layered.examples(20, 4, 8, 8, rate=0.1)
    side = ours.training(net, training, epochs=1, units=1, layers=True)
    peer = in_numpy.masked(work.layers_of(net), training, epochs=1, units=1)
    assert check(Pair(side, [peer])) < 1e-6


@pytest.mark.parametrize("make", [graphs.random_dag, graphs.small_world])
def test_a_training_is_begun_afresh_for_an_outcome(make):
    net = make(90)
    start, training = net.parameters.copy(), graphs.examples(net)
    side = ours.training(net, training, epochs=2, units=2)
    first = side.outcome()
    side.run()
    again = side.outcome()
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert [len(array) for array in first] == [len(net.synapses), 90 - len(net.inputs)]
    assert not np.array_equal(net.parameters, start)


@pytest.mark.parametrize("make", [graphs.random_dag, graphs.small_world])
def test_levels_filled_up_hold_the_whole_graph(make):
    net = make(90)
    X = graphs.examples(net).X
    wiring = work.wiring_of(net)
    values = np.zeros((91, len(X)), np.float32)
    values[1 : wiring.n_inputs + 1] = X.T
    levels = work.filled_up(wiring)
    for level in levels:
        biases = wiring.biases[level.start - wiring.n_inputs : level.stop - wiring.n_inputs]
        net_input = np.einsum("nh,nhb->nb", level.weights, values[level.heard]) + biases[:, None]
        values[level.start + 1 : level.stop + 1] = in_numpy.f(net_input)
    expected = ns.compile(net).feedforward(X)
    np.testing.assert_allclose(values[wiring.outputs + 1].T, expected, atol=1e-6)
    weights = work.gathered(levels, [level.weights for level in levels], len(wiring.pre))
    back = wiring.outcome(weights, wiring.biases)
    for array, known in zip(back, ours.learned(net, layers=False), strict=True):
        np.testing.assert_array_equal(array, known)


def test_no_output_of_a_random_graph_hears_another():
    net = graphs.random_dag(200)
    assert not any(synapse.pre.role == "output" for synapse in net.synapses)


def test_evolved_networks_give_the_same_singly_together_and_in_a_population():
    nets, X = evolved.population(3), evolved.examples(5)
    expected = [ns.compile(net).feedforward(X) for net in nets]
    one = ns.compile(nets[0])
    singly, together = ours.feeding_singly(one, X), ours.feeding(one, X, calls=2)
    many = ours.feeding(ns.compile(nets), X)
    for side, units in ((singly, 5), (together, 2), (many, 1)):
        side.run()
        assert side.units == units
    np.testing.assert_allclose(singly.outcome()[0], expected[0], atol=1e-12)
    np.testing.assert_allclose(together.outcome()[0], expected[0], atol=1e-12)
    np.testing.assert_allclose(many.outcome()[0], expected, atol=1e-12)


@pytest.mark.parametrize("name", growth.KINDS)
def test_networks_that_grow_have_about_as_many_synapses_as_asked(name):
    assert 0.8 < len(growth.KINDS[name].make(2000).synapses) / 2000 < 1.2


def test_a_curve_has_a_point_for_every_size(monkeypatch):
    monkeypatch.setattr(growth, "STEP_SECONDS", 0.001)
    kind = growth.Kind("full", growth.dense, "nobody", None, 0)
    monkeypatch.setitem(growth.KINDS, "growth-test", kind)
    curves = growth.grow("growth-test", sizes=(200, 800))
    assert [count for count, _ in curves["ours"]] == [200, 800]
    assert all(seconds > 0 for _, seconds in curves["ours"])
    assert curves["theirs"] == []


def test_a_dense_step_counts_each_product_three_times_but_for_the_inputs():
    # 4 examples; 2×3 products forward and for the gradient, 3×1 products back, too
    assert efforts.dense_training([2, 3, 1], 4).flops == 2 * 4 * (2 * 6 + 3 * 3)


def test_the_limits_are_rates():
    found = limits.limits(sizes=(64,), n_bytes=1 << 20)
    assert found["gemm"] > 1e8
    assert found["memory"] > 1e8
