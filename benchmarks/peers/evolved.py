"""Small networks such as evolution makes: single ones and a population, against neat-python."""

from __future__ import annotations

import numpy as np

import neurosim as ns
from benchmarks.peers import ours
from benchmarks.peers.sides import Comparison, Pair, Row

N_INPUTS, N_OUTPUTS, IN_DEGREE = 4, 2, 3


def evolved(n_neurons: int, seed: int = 0) -> ns.Network:
    """Return a random network of in-degree 3."""
    net = ns.topologies.random_dag(
        n_neurons, n_inputs=N_INPUTS, n_outputs=N_OUTPUTS, in_degree=IN_DEGREE,
        activation="sigmoid", seed=seed,
    )  # fmt: skip
    net.initialize(ns.initializers.Normal(), biases=ns.initializers.Normal(), seed=seed)
    return net


def population(count: int = 150) -> list[ns.Network]:
    """Return networks of 50 to 70 neurons, each of another structure."""
    return [evolved(50 + seed % 21, seed) for seed in range(count)]


def examples(count: int) -> np.ndarray:
    """Return normally distributed inputs."""
    return np.random.default_rng(0).standard_normal((count, N_INPUTS))


def singly(n_neurons: int, count: int = 200) -> Pair:
    """Return pushing examples through a network in one call each."""
    from benchmarks.peers import in_neat

    net, X = evolved(n_neurons), examples(count)
    side = ours.feeding_singly(ns.compile(net), X)
    return Pair(side, [in_neat.feeding([net], X, units=count)], 1e-12)


def together(n_neurons: int, count: int = 64) -> Pair:
    """Return pushing a batch through a network."""
    from benchmarks.peers import in_neat

    net, X = evolved(n_neurons), examples(count)
    side = ours.feeding(ns.compile(net), X, calls=200)
    return Pair(side, [in_neat.feeding([net], X, units=1)], 1e-12)


def many(count: int) -> Pair:
    """Return pushing the same examples through every network of a population."""
    from benchmarks.peers import in_neat

    nets, X = population(), examples(count)
    side = ours.feeding(ns.compile(nets), X, calls=20)
    return Pair(side, [in_neat.feeding(nets, X, units=1)], 1e-12)


def _single(n_neurons: int, wanted: float) -> Comparison:
    work = f"evolved network, {n_neurons} neurons, forward, one example a call, float64"
    return Comparison(
        f"evolved-{n_neurons}",
        "neat",
        lambda: singly(n_neurons),
        (Row(work, "neat-python", wanted, "call"),),
    )


def _batch(n_neurons: int) -> Comparison:
    work = f"evolved network, {n_neurons} neurons, forward, 64 examples, float64"
    return Comparison(
        f"evolved-{n_neurons}-64",
        "neat",
        lambda: together(n_neurons),
        (Row(work, "neat-python", 150, "batch"),),
    )


def _population(count: int, wanted: float) -> Comparison:
    many_examples = "1 example" if count == 1 else f"{count} examples"
    work = f"population of 150 networks of about 60 neurons, forward, {many_examples}, float64"
    return Comparison(
        f"population-{count}",
        "neat",
        lambda: many(count),
        (Row(work, "neat-python", wanted, "pass"),),
    )


COMPARISONS = (
    _single(20, 3),
    _single(200, 20),
    _batch(20),
    _batch(200),
    _population(1, 25),
    _population(64, 300),
)
