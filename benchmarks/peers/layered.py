"""Layers of digits' size, full and sparse: epochs of mini-batches, and single steps."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

import neurosim as ns
from benchmarks.peers import ours
from benchmarks.peers.efforts import dense_training, sparse_training
from benchmarks.peers.sides import Comparison, Pair, Row
from benchmarks.peers.work import Training, layers_of

# -- full layers -------------------------------------------------------------------------------


def full(sizes: list[int], n_examples: int, batch: int, last: str) -> tuple[ns.Network, Training]:
    """Return a network of full layers, and random examples."""
    activations = ["sigmoid"] * (len(sizes) - 2) + [last]
    net = ns.topologies.layered(sizes, activation=activations, dtype="float32")
    net.initialize(ns.initializers.LeCun(), seed=1)
    return net, examples(sizes[0], sizes[-1], n_examples, batch, rate=0.5 / batch)


def examples(n_inputs: int, n_outputs: int, count: int, batch: int, rate: float) -> Training:
    """Return random inputs in [0, 1), and one class of each, as a row of zeros and a one."""
    rng = np.random.default_rng(0)
    X = rng.random((count, n_inputs), np.float32)
    y = np.eye(n_outputs, dtype=np.float32)[rng.integers(n_outputs, size=count)]
    return Training(X, y, batch, rate)


def _whole(batch: int) -> int:
    """Return how many of 10,000 examples there are in whole batches, as `scan` wants them."""
    return 10_000 // batch * batch


def epochs(sizes: list[int], batch: int, peer: str, ours_at_once: int, theirs_at_once: int) -> Pair:
    """Return training for epochs of about 10,000 examples."""
    count = _whole(batch)
    # scikit-learn knows half the squared error with linear outputs only
    net, work = full(sizes, count, batch, "identity" if peer == "sklearn" else "sigmoid")
    side = ours.training(net, work, epochs=ours_at_once, units=ours_at_once, layers=True)
    how = {"epochs": theirs_at_once, "units": theirs_at_once}
    layers = layers_of(net)
    if peer == "jax":
        from benchmarks.peers import in_jax

        theirs = in_jax.layers(layers, work, **how)
    elif peer == "torch":
        from benchmarks.peers import in_torch

        theirs = in_torch.layers(layers, work, **how)
    elif peer == "sklearn":
        from benchmarks.peers import in_sklearn

        theirs = [in_sklearn.layers(layers, work, **how)]
    else:
        from benchmarks.peers import in_numpy

        theirs = [in_numpy.in_place(layers, work, **how)]
    return Pair(side, theirs, 1e-4, dense_training(sizes, count))


PEERS = {
    "jax": "JAX, `scan`",
    "torch": "PyTorch",
    "sklearn": "scikit-learn",
    "numpy": "NumPy, in place",
}


def _epochs(
    name: str, sizes: list[int], batch: int, peer: str, *, wanted: float, at_once: int = 1
) -> Comparison:
    what, count = "-".join(map(str, sizes)), _whole(batch)
    return Comparison(
        f"{name}-{peer}",
        peer,
        lambda: epochs(sizes, batch, peer, at_once, 1),
        (Row(f"{what}, batches of {batch}, {count:,} examples", PEERS[peer], wanted, "epoch"),),
    )


FULL = (
    _epochs("layers-30", [784, 30, 10], 10, "jax", wanted=2, at_once=3),
    _epochs("layers-30", [784, 30, 10], 10, "sklearn", wanted=10, at_once=3),
    _epochs("layers-30", [784, 30, 10], 10, "torch", wanted=15, at_once=3),
    _epochs("layers-100-10", [784, 100, 10], 10, "jax", wanted=1.3, at_once=2),
    _epochs("layers-100-128", [784, 100, 10], 128, "jax", wanted=1.0, at_once=2),
    _epochs("layers-1024", [784, 1024, 1024, 10], 128, "jax", wanted=1.0),
    _epochs("layers-1024", [784, 1024, 1024, 10], 128, "torch", wanted=1.0),
    _epochs("layers-1024", [784, 1024, 1024, 10], 128, "numpy", wanted=1.0),
    _epochs("layers-1024", [784, 1024, 1024, 10], 128, "sklearn", wanted=1.0),
)

# -- sparse layers -----------------------------------------------------------------------------

SPARSE_SIZES = [784, 4096, 4096, 10]
BATCH = 128


def sparse(sizes: list[int], density: float) -> ns.Network:
    """Return layers of which each hears a random part of the one before it."""
    net, rng = ns.Network("sparse", dtype="float32"), np.random.default_rng(0)
    roles = ["input", *["hidden"] * (len(sizes) - 2), "output"]
    firsts = np.cumsum([0, *sizes])
    for size, role in zip(sizes, roles, strict=True):
        activation = {} if role == "input" else {"activation": "sigmoid"}
        net.add_layer(size, role=role, **activation)
    for i, (n_pre, n_post) in enumerate(pairwise(sizes)):
        pairs = np.flatnonzero(rng.random(n_pre * n_post, np.float32) < density)
        net.connect_pairs(pairs // n_post + firsts[i], pairs % n_post + firsts[i + 1])
    net.initialize(ns.initializers.LeCun(), seed=1)
    return net


def steps(sizes: list[int], density: float, how: str, at_once: int, theirs_at_once: int) -> Pair:
    """Return training steps of sparse layers on one batch."""
    net = sparse(sizes, density)
    work = examples(sizes[0], sizes[-1], BATCH, BATCH, rate=0.5 / BATCH)
    side = ours.training(net, work, epochs=at_once, units=at_once, layers=True)
    many = {"epochs": theirs_at_once, "units": theirs_at_once}
    layers = layers_of(net)
    if how == "masked-numpy":
        from benchmarks.peers import in_numpy

        theirs = [in_numpy.masked(layers, work, **many)]
    else:
        from benchmarks.peers import in_torch

        make = {
            "masked-torch": in_torch.masked,
            "csr": in_torch.csr_autograd,
            "csr-by-hand": in_torch.csr_by_hand,
        }[how]
        theirs = make(layers, work, **many)
    n_first = int((net.synapses.post < sizes[0] + sizes[1]).sum())
    return Pair(side, theirs, 1e-5, sparse_training(len(net.synapses), n_first, BATCH))


WAYS = {
    "masked-torch": ("torch", "dense with a mask, PyTorch", (15, 4, 1.8)),
    "masked-numpy": ("numpy", "dense with a mask, NumPy", (15, 4, 1.8)),
    "csr": ("torch", "PyTorch CSR, autograd", (2.5, 2.5, 4)),
    "csr-by-hand": ("torch", "PyTorch CSR, backward by hand", (1.8, 1.3, 2)),
}


def _steps(percent: int, how: str, at_once: int) -> Comparison:
    package, against, wanted = WAYS[how]
    work = f"784-4096-4096-10, {percent} % of the synapses, batch 128"
    return Comparison(
        f"sparse-{percent}-{how}",
        package,
        lambda: steps(SPARSE_SIZES, percent / 100, how, at_once, max(1, at_once // 5)),
        (Row(work, against, wanted[(1, 5, 20).index(percent)]),),
    )


SPARSE = tuple(
    _steps(percent, how, at_once)
    for percent, at_once in ((1, 20), (5, 10), (20, 5))
    for how in WAYS
)

COMPARISONS = FULL + SPARSE
