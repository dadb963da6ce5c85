"""Irregular graphs: random acyclic ones of in-degree 10, and small worlds, at a batch of 128."""

from __future__ import annotations

import numpy as np

import neurosim as ns
from benchmarks.peers import ours
from benchmarks.peers.efforts import sparse_forward, sparse_training
from benchmarks.peers.layered import BATCH
from benchmarks.peers.sides import Comparison, Effort, Pair, Row
from benchmarks.peers.work import Training, wiring_of


def random_dag(n_neurons: int) -> ns.Network:
    """Return a random acyclic network of in-degree 10, with 50 inputs and 10 outputs.

    No output hears another: connex would refuse that.
    """
    net = ns.topologies.random_dag(
        n_neurons, n_inputs=50, n_outputs=10, in_degree=10, activation="sigmoid", seed=0,
        dtype="float32",
    )  # fmt: skip
    net.remove(net.synapses[net.synapses.pre >= n_neurons - 10])
    net.initialize(ns.initializers.LeCun(), seed=1)
    return net


def small_world(n_neurons: int) -> ns.Network:
    """Return a small world, nearly as deep as it has neurons."""
    net = ns.topologies.small_world(
        n_neurons, n_inputs=10, n_outputs=10, neighbors=8, rewire=0.1, activation="sigmoid", seed=0,
        dtype="float32",
    )  # fmt: skip
    net.initialize(ns.initializers.LeCun(), seed=1)
    return net


def examples(net: ns.Network) -> Training:
    """Return a batch of normally distributed inputs, and uniform targets."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((BATCH, len(net.inputs)), np.float32)
    y = rng.random((BATCH, len(net.outputs)), np.float32)
    return Training(X, y, BATCH, rate=0.5 / BATCH, checked=3)


def effort(net: ns.Network) -> Effort:
    """Return what a training step asks for."""
    n_first = int((net.synapses.pre < len(net.inputs)).sum())
    return sparse_training(len(net.synapses), n_first, BATCH)


def training(net: ns.Network, peer: str, at_once: int, theirs_at_once: int) -> Pair:
    """Return training steps of a graph, against a peer that goes level by level."""
    work = examples(net)
    wiring = wiring_of(net)
    side = ours.training(net, work, epochs=at_once, units=at_once)
    how = {"epochs": theirs_at_once, "units": theirs_at_once}
    if peer == "jax":
        from benchmarks.peers import in_jax

        theirs = in_jax.by_level(wiring, work, **how)
    else:
        from benchmarks.peers import in_torch

        theirs = in_torch.by_level(wiring, work, **how)
    return Pair(side, theirs, effort=effort(net))


def forward(n_neurons: int, calls: int) -> Pair:
    """Return pushing a batch through a graph, against PyTorch's CSR matrices level by level."""
    from benchmarks.peers import in_torch

    net = random_dag(n_neurons)
    X = examples(net).X
    theirs = in_torch.feeding_by_level(wiring_of(net), X)
    side = ours.feeding(ns.compile(net), X, calls=calls)
    return Pair(side, theirs, effort=sparse_forward(len(net.synapses), BATCH))


def _against_connex(n_neurons: int, at_once: int) -> Pair:
    from benchmarks.peers import in_connex

    net = random_dag(n_neurons)
    return in_connex.pair(net, examples(net), at_once, effort(net))


def _dag(
    n_neurons: int, at_once: int, wanted: tuple[float, float, float]
) -> tuple[Comparison, ...]:
    work = f"random DAG, {n_neurons:,} neurons, batch {BATCH}"
    ready = f"random DAG, {n_neurons:,} neurons, from a networkx graph to the first step"
    return (
        Comparison(
            f"dag-{n_neurons}-jax",
            "jax",
            lambda: training(random_dag(n_neurons), "jax", at_once, max(1, at_once // 20)),
            (Row(work, "JAX by level, unrolled", wanted[0]),),
        ),
        Comparison(
            f"dag-{n_neurons}-torch",
            "torch",
            lambda: training(random_dag(n_neurons), "torch", at_once, max(1, at_once // 50)),
            (Row(work, "PyTorch by level", wanted[1]),),
        ),
        Comparison(
            f"dag-{n_neurons}-connex",
            "connex",
            lambda: _against_connex(n_neurons, at_once),
            (
                Row(work, "connex", wanted[2]),
                Row(ready, "connex", 1000 if n_neurons == 1000 else None, "time", "ready"),
            ),
        ),
    )


COMPARISONS = (
    *_dag(1000, 200, (40, 90, 150)),
    *_dag(10_000, 20, (30, 45, 300)),
    Comparison(
        "small-world-torch",
        "torch",
        lambda: training(small_world(1000), "torch", 200, 1),
        (Row(f"small world, 1,000 neurons, batch {BATCH}", "PyTorch by level", 1000),),
    ),
    Comparison(
        "dag-100000-torch",
        "torch",
        lambda: forward(100_000, 3),
        (
            Row(
                f"random DAG, 100,000 neurons, forward, batch {BATCH}",
                "PyTorch CSR by level",
                3,
                "pass",
            ),
        ),
    ),
)
