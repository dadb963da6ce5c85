"""The time per synapse of a training step, against size: 10³ to 10⁷ synapses, batch 32."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from attrs import frozen

import neurosim as ns
from benchmarks.peers import ours
from benchmarks.peers.layered import sparse
from benchmarks.peers.sides import Pair, Side
from benchmarks.peers.timing import Budget, by_turns, check, fastest, timed
from benchmarks.peers.work import Training, layers_of, wiring_of

BATCH = 32
SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
DENSITY = 0.05
STEP_SECONDS, FEWEST_STEPS = 0.2, 8  # of one timed call, about and at least
ROUNDS = 5


def dense(n_synapses: int) -> ns.Network:
    """Return three full layers."""
    side = round((n_synapses / 2) ** 0.5)
    net = ns.topologies.layered([side] * 3, activation="sigmoid", dtype="float32")
    net.initialize(ns.initializers.LeCun(), seed=1)
    return net


def thinned(n_synapses: int) -> ns.Network:
    """Return three layers of which each hears a twentieth of the one before it."""
    return sparse([round((n_synapses / 2 / DENSITY) ** 0.5)] * 3, DENSITY)


def random_dag(n_synapses: int) -> ns.Network:
    """Return a random acyclic network of in-degree 10."""
    n_neurons = n_synapses // 10
    ends = max(5, n_neurons // 100)
    net = ns.topologies.random_dag(
        n_neurons, n_inputs=ends, n_outputs=ends, activation="sigmoid", seed=0, dtype="float32"
    )
    net.initialize(ns.initializers.LeCun(), seed=1)
    return net


def _torch_by_level(net: ns.Network, work: Training, steps: int) -> list[Side]:
    from benchmarks.peers import in_torch

    return in_torch.by_level(wiring_of(net), work, epochs=steps, units=steps)


def _torch_csr(net: ns.Network, work: Training, steps: int) -> list[Side]:
    from benchmarks.peers import in_torch

    return in_torch.csr_by_hand(layers_of(net), work, epochs=steps, units=steps)


def _torch_dense(net: ns.Network, work: Training, steps: int) -> list[Side]:
    from benchmarks.peers import in_torch

    return in_torch.layers(layers_of(net), work, epochs=steps, units=steps)


Peer = Callable[[ns.Network, Training, int], list[Side]]


@frozen
class Kind:
    """A kind of network, the peer beside it, and up to how many synapses that is waited for."""

    title: str
    make: Callable[[int], ns.Network]
    peer: str
    theirs: Peer
    most: int
    layers: bool = True


KINDS = {
    "growth-dag": Kind(
        "random DAG, in-degree 10", random_dag, "PyTorch by level", _torch_by_level, 100_000, False
    ),
    "growth-sparse": Kind(
        "sparse layers, 5 %", thinned, "PyTorch CSR, backward by hand", _torch_csr, 1_000_000
    ),
    "growth-dense": Kind("dense layers", dense, "PyTorch", _torch_dense, 10_000_000),
}


def grow(name: str, *, sizes: tuple[int, ...] = SIZES) -> dict[str, Any]:
    """Return both curves of one kind of network: pairs of synapses and seconds per synapse."""
    kind = KINDS[name]
    curves: dict[str, Any] = {"kind": kind.title, "peer": kind.peer, "ours": [], "theirs": []}
    for size in sizes:
        net = kind.make(size)
        count, work = len(net.synapses), _work(net)
        theirs = _theirs(kind.theirs, net, work) if size <= kind.most else []
        times = _times(_ours(net, work, layers=kind.layers), theirs)
        for who, seconds in zip(("ours", "theirs"), times, strict=False):
            curves[who].append([count, float(np.median(seconds)) / count])
    return curves


def _ours(net: ns.Network, work: Training, *, layers: bool) -> Side:
    ns.compile(net)  # arranges the parameters
    start = net.parameters.copy()

    def make(steps: int) -> Side:
        net.parameters = start
        return ours.training(net, work, epochs=steps, units=steps, layers=layers)

    return _long_enough(make)


def _theirs(peer: Peer, net: ns.Network, work: Training) -> list[Side]:
    """Return the peer's variants, each of as many steps as its first one has time for."""
    try:
        steps = _long_enough(lambda n: peer(net, work, n)[0]).units
        return peer(net, work, steps)
    except ImportError:
        return []


def _times(side: Side, theirs: list[Side]) -> Sequence[list[float]]:
    """Return the times of our side, and by turns those of the peer if it is there."""
    if theirs:
        check(Pair(side, theirs))
        return by_turns(side, fastest(theirs)[0], Budget(ROUNDS, ROUNDS, 0))
    side.run()
    return ([timed(side) for _ in range(ROUNDS)],)


def _work(net: ns.Network) -> Training:
    rng = np.random.default_rng(0)
    X = rng.random((BATCH, len(net.inputs)), np.float32)
    y = rng.random((BATCH, len(net.outputs)), np.float32)
    return Training(X, y, BATCH, 0.1 / BATCH)


def _long_enough(make: Callable[[int], Side]) -> Side:
    """Return a side of as many steps as make a call long enough to be timed well."""
    one = make(1)
    one.run()
    return make(max(FEWEST_STEPS, min(1000, round(STEP_SECONDS / timed(one)))))
