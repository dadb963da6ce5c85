"""The time per synapse of a training step, against size: 10³ to 10⁷ synapses, batch 32."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import neurosim as ns
from benchmarks.peers import ours
from benchmarks.peers.layered import sparse
from benchmarks.peers.sides import Side
from benchmarks.peers.timing import fastest, timed
from benchmarks.peers.work import Training, layers_of, wiring_of

BATCH = 32
SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
DENSITY = 0.05
STEP_SECONDS = 0.2  # of one timed call, about
ROUNDS = 5


def dense(n_synapses: int) -> ns.Network:
    """Return three full layers."""
    side = round((n_synapses / 2) ** 0.5)
    net = ns.topologies.layered([side] * 3, dtype="float32")
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
        n_neurons, n_inputs=ends, n_outputs=ends, seed=0, dtype="float32"
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
# How a network is made, the peer, and up to how many synapses it is waited for.
KINDS: dict[str, tuple[str, Callable[[int], ns.Network], str, Peer, int]] = {
    "growth-dag": (
        "random DAG, in-degree 10", random_dag, "PyTorch by level", _torch_by_level, 100_000,
    ),
    "growth-sparse": (
        "sparse layers, 5 %", thinned, "PyTorch CSR, backward by hand", _torch_csr, 1_000_000,
    ),
    "growth-dense": (
        "dense layers", dense, "PyTorch", _torch_dense, 10_000_000,
    ),
}  # fmt: skip


def grow(name: str, *, sizes: tuple[int, ...] = SIZES) -> dict[str, Any]:
    """Return both curves of one kind of network: pairs of synapses and seconds per synapse."""
    kind, make, peer, theirs, most = KINDS[name]
    curves: dict[str, Any] = {"kind": kind, "peer": peer, "ours": [], "theirs": []}
    for size in sizes:
        net = make(size)
        count, work = len(net.synapses), _work(net)
        steps = _steps(lambda n, net=net, work=work: ours.training(net, work, epochs=n, units=n))
        side = ours.training(net, work, epochs=steps, units=steps)
        curves["ours"].append([count, _seconds(side) / count])
        if size <= most:
            curves["theirs"] += _theirs(theirs, net, work, count)
    return curves


def _theirs(peer: Peer, net: ns.Network, work: Training, count: int) -> list[list[float]]:
    try:
        steps = _steps(lambda n: peer(net, work, n)[0])
        return [[count, _seconds(fastest(peer(net, work, steps))[0]) / count]]
    except ImportError:
        return []


def _work(net: ns.Network) -> Training:
    rng = np.random.default_rng(0)
    X = rng.random((BATCH, len(net.inputs)), np.float32)
    y = rng.random((BATCH, len(net.outputs)), np.float32)
    return Training(X, y, BATCH, 0.1 / BATCH)


def _steps(make: Callable[[int], Side]) -> int:
    """Return how many steps make a call long enough to be timed well."""
    one = make(1)
    one.run()
    return max(1, min(1000, round(STEP_SECONDS / timed(one))))


def _seconds(side: Side) -> float:
    side.run()
    return float(np.median([timed(side) for _ in range(ROUNDS)]))
