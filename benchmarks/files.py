"""Measure files: how long a network of a million synapses takes to be saved and to be loaded.

Prints one line per figure with the limit it must keep: medians over several rounds, as the clock on
the wall has it, since waiting for the disk counts too. The file is written to the folder for
temporary files. A number of synapses as argument makes it smaller.
"""

from __future__ import annotations

import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

import neurosim as ns

ROUNDS = 7
MILLION = 1_000_000
SECONDS = 1.0
TIMES = 10  # the memory that loading may take, in sizes of the file


def layered(n_synapses: int) -> ns.Network:
    """Return a network of two layers, connected all to all."""
    side = int(n_synapses**0.5)
    net = ns.topologies.layered([side, side], activation="sigmoid", name="layered")
    net.initialize(ns.initializers.Normal(), seed=1)
    return net


def irregular(n_synapses: int) -> ns.Network:
    """Return a network of bare neurons, connected at random and in no order."""
    n_neurons = max(4, int((4 * n_synapses) ** 0.5))
    net = ns.Network("irregular", dtype="float32")
    for k in range(n_neurons):
        net.add_neuron(f"n{k}", activation="tanh", role="hidden" if k < n_neurons - 1 else "output")
    pre, post = np.triu_indices(n_neurons, 1)
    chosen = np.random.default_rng(1).permutation(len(pre))[:n_synapses]
    net.connect_pairs(pre[chosen], post[chosen])
    net.initialize(ns.initializers.Normal(), seed=1)
    return net


def seconds(action: Callable[..., Any], *args: Any) -> float:
    """Return how long one call takes."""
    start = time.perf_counter()
    action(*args)
    return time.perf_counter() - start


def first_seconds(net: ns.Network, path: Path) -> float:
    """Return how long saving takes of a network that nobody has looked into."""
    return seconds(ns.save, net.copy(), path)


def memory(path: Path) -> float:
    """Return how many times the file the memory is that loading takes at most."""
    tracemalloc.start()
    ns.load(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / path.stat().st_size


def show(what: str, value: float, unit: str, limit: float) -> None:
    """Print one figure beside its limit."""
    verdict = "" if value <= limit else "   <-- over"
    print(f"{what:58} {value:10.3f} {unit:4}   (limit {limit:g} {unit}){verdict}", flush=True)


def measure(net: ns.Network, path: Path) -> None:
    """Print all figures of one network."""
    save = median(first_seconds(net, path) for _ in range(ROUNDS))
    load = median(seconds(ns.load, path) for _ in range(ROUNDS))
    size = path.stat().st_size / 1e6
    show(f"{len(net.synapses):,} synapses, {net.name}: saved to {size:.1f} MB", save, "s", SECONDS)
    show("  loaded", load, "s", SECONDS)
    show("  the memory it takes, in sizes of the file", memory(path), "x", TIMES)


def main() -> None:
    """Print all figures."""
    n_synapses = int(sys.argv[1]) if len(sys.argv) > 1 else MILLION
    with tempfile.TemporaryDirectory() as folder:
        for make in (layered, irregular):
            measure(make(n_synapses), Path(folder, "net.neurosim"))


if __name__ == "__main__":
    main()
