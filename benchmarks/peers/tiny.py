"""The lecture's network, 2×3×1 without biases: full batches, and example by example."""

from __future__ import annotations

import numpy as np

import neurosim as ns
from benchmarks.peers import ours
from benchmarks.peers.sides import Comparison, Pair, Row, Side
from benchmarks.peers.work import Layers, Training, layers_of

UNROLLED = (1, 8)  # JAX's loops, once as they are and once with steps in a row


# Trainings of so many steps are checked that neurosim goes the same way as in those that are timed:
# of a few it would not make code for the network.
CHECKED = 60_000  # groups of up to eight examples
# Steps in a row, so that the call itself, half a millisecond after a pause, is no large part.
LONG = 100_000


def setup(n_examples: int, batch: int, rate: float) -> tuple[ns.Network, Training]:
    """Return the network, initialised, and random examples within [0.15, 0.85]."""
    net = ns.topologies.layered([2, 3, 1], activation="sigmoid", bias=None, dtype="float32")
    net.initialize(ns.initializers.Normal(), seed=1)
    rng = np.random.default_rng(0)
    X = rng.uniform(0.15, 0.85, (n_examples, 2)).astype(np.float32)
    y = X.mean(axis=1, keepdims=True)
    groups = -(-n_examples // min(batch, 8))
    return net, Training(X, y, batch, rate, checked=-(-CHECKED // groups))


def batches(n_examples: int, rate: float, epochs: int, peer: str, their_epochs: int) -> Pair:
    """Return full-batch training: a step takes all examples."""
    net, work = setup(n_examples, n_examples, rate)
    side = ours.training(net, work, epochs=epochs, units=epochs, layers=True)
    theirs = _peer(peer, layers_of(net), work, their_epochs, their_epochs)
    return Pair(side, theirs)


def incremental(n_examples: int, epochs: int, peer: str, their_epochs: int) -> Pair:
    """Return training one example at a time."""
    net, work = setup(n_examples, 1, 0.5)
    side = ours.training(net, work, epochs=epochs, units=epochs * n_examples, layers=True)
    theirs = _peer(peer, layers_of(net), work, their_epochs, their_epochs * n_examples)
    return Pair(side, theirs)


def _peer(peer: str, layers: Layers, work: Training, epochs: int, units: int) -> list[Side]:
    how = {"epochs": epochs, "units": units}
    if peer == "jax":
        from benchmarks.peers import in_jax

        return in_jax.layers(layers, work, **how, unrolled=UNROLLED)
    if peer == "torch":
        from benchmarks.peers import in_torch

        return in_torch.layers(layers, work, **how)
    from benchmarks.peers import in_numpy

    return [in_numpy.lecture(layers, work, **how), in_numpy.in_place(layers, work, **how)]


def _against_ffnet(n_examples: int, rate: float, epochs: int) -> Pair:
    from benchmarks.peers import in_ffnet

    net, work = setup(n_examples, n_examples, rate)
    net = net.copy(dtype="float64")
    side = ours.training(net, work, epochs=epochs, units=epochs, layers=True)
    return Pair(side, [in_ffnet.training(layers_of(net), work, epochs=epochs)], 1e-9)


FEW = "2×3×1, 4 examples, full batch"
MANY = "2×3×1, 1,000 examples, full batch"
SINGLY = "2×3×1, 1,000 examples, one at a time"


def _batch4(peer: str, against: str, wanted: float, epochs: int) -> Comparison:
    return Comparison(
        f"tiny-4-{peer}",
        peer,
        lambda: batches(4, 1.0, LONG, peer, epochs),
        (Row(FEW, against, wanted),),
    )


def _batch1000(peer: str, against: str, wanted: float, epochs: int) -> Comparison:
    return Comparison(
        f"tiny-1000-{peer}",
        peer,
        lambda: batches(1000, 0.01, 2000, peer, epochs),
        (Row(MANY, against, wanted),),
    )


def _singly(peer: str, against: str, wanted: float, epochs: int) -> Comparison:
    return Comparison(
        f"tiny-singly-{peer}",
        peer,
        lambda: incremental(1000, 100, peer, epochs),
        (Row(SINGLY, against, wanted, "example"),),
    )


COMPARISONS = (
    _batch4("jax", "JAX, `fori_loop`", 1.2, LONG),
    Comparison(
        "tiny-4-ffnet",
        "ffnet",
        lambda: _against_ffnet(4, 1.0, LONG),
        (Row(f"{FEW}, float64", "ffnet (Fortran)", 1.3),),
    ),
    _batch4("numpy", "NumPy, the lecture's loop", 40, 1000),
    _batch4("torch", "PyTorch", 500, 200),
    _batch1000("jax", "JAX, `fori_loop`", 2, 2000),
    Comparison(
        "tiny-1000-ffnet",
        "ffnet",
        lambda: _against_ffnet(1000, 0.01, 1000),
        (Row(f"{MANY}, float64", "ffnet (Fortran)", 4),),
    ),
    _batch1000("numpy", "NumPy, the lecture's loop", 4, 500),
    _singly("jax", "JAX, `scan`", 1.0, 100),
    _singly("numpy", "NumPy, the lecture's loop", 200, 2),
)
