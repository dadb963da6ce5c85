"""Measure the model: how fast a network is built, read and written, and what it weighs.

Prints one line per figure with the limit it must keep. Times are medians over several rounds of
this process's own time, so that what else a machine does counts for little.
"""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

import neurosim as ns

ROUNDS = 5
MILLION = 1_000_000
PART = 10_000
SIDE = 1_000  # neurons on each side of a million synapses


def two_layers() -> tuple[ns.Network, ns.Layer, ns.Layer]:
    """Return a network of two layers without a synapse."""
    net = ns.Network("benchmark")
    return net, net.add_layer(SIDE, role="input"), net.add_layer(SIDE, role="output")


def connected() -> ns.Network:
    """Return the two layers connected all to all at once."""
    net, inputs, outputs = two_layers()
    net.connect(inputs, outputs, weight=0.5)
    return net


def seconds(action: Callable[..., Any], *args: Any) -> float:
    """Return how long one call keeps the processor."""
    start = time.process_time()
    action(*args)
    return time.process_time() - start


def median_seconds(action: Callable[..., Any], make: Callable[[], tuple[Any, ...]]) -> float:
    """Return the median time of `action` on a fresh `make()` each round."""
    return median(seconds(action, *make()) for _ in range(ROUNDS))


# -- all at once -------------------------------------------------------------------------------


def bulk_connect() -> float:
    """Return the seconds that a million synapses between two layers take."""
    return median_seconds(lambda net, pre, post: net.connect(pre, post), two_layers)


def bulk_neurons() -> float:
    """Return the seconds that 100,000 neurons take."""
    return median_seconds(lambda net: net.add_layer(100_000), lambda: (ns.Network(),))


def compiling() -> float | None:
    """Return the seconds that compiling a million synapses takes, if there is a compiler."""
    compile_ = getattr(ns, "compile", None)
    return None if compile_ is None else median_seconds(compile_, lambda: (connected(),))


# -- one by one --------------------------------------------------------------------------------


def shuffled_pairs(inputs: ns.Layer, outputs: ns.Layer) -> list[tuple[ns.Neuron, ns.Neuron]]:
    """Return all million pairs in an order that no index likes."""
    pre, post = list(inputs), list(outputs)
    order = np.random.default_rng(1).permutation(MILLION)
    return [(pre[i // SIDE], post[i % SIDE]) for i in order.tolist()]


def one_by_one(shuffled: bool) -> list[float]:
    """Return the microseconds per call of connect: of each hundredth of a million, in order."""
    net, inputs, outputs = two_layers()
    pairs = [(pre, post) for pre in inputs for post in outputs]
    if shuffled:
        pairs = shuffled_pairs(inputs, outputs)
    parts = [pairs[first : first + PART] for first in range(0, MILLION, PART)]
    return [seconds(connect_each, net, part) * 1e6 / PART for part in parts]


def connect_each(net: ns.Network, pairs: list[tuple[ns.Neuron, ns.Neuron]]) -> None:
    """Connect pair by pair."""
    for pre, post in pairs:
        net.connect(pre, post, weight=0.5)


# -- what a synapse weighs ---------------------------------------------------------------------


def bytes_per_synapse(build: Callable[[ns.Network, ns.Layer, ns.Layer], Any]) -> float:
    """Return the bytes a network grows by, per synapse, with both indexes ready."""
    net, inputs, outputs = two_layers()
    gc.collect()
    tracemalloc.start()
    build(net, inputs, outputs)
    net.synapse(inputs[0], outputs[0])  # the guard against duplicates
    assert len(inputs[0].outgoing) == len(outputs[0].incoming) == SIDE  # both indexes
    gc.collect()
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return used / MILLION


def build_at_once(net: ns.Network, inputs: ns.Layer, outputs: ns.Layer) -> None:
    """Connect all to all."""
    net.connect(inputs, outputs)


def build_one_by_one(net: ns.Network, inputs: ns.Layer, outputs: ns.Layer) -> None:
    """Connect pair by pair."""
    for pre in inputs:
        for post in outputs:
            net.connect(pre, post)


# -- reading and writing -----------------------------------------------------------------------


def read_write() -> tuple[float, float]:
    """Return the microseconds that reading and writing one synapse's weight take."""
    synapse = connected().synapses[MILLION // 2]
    n = 20_000

    def read() -> None:
        for _ in range(n):
            _ = synapse.weight

    def write() -> None:
        for _ in range(n):
            synapse.weight = 0.25

    reads, writes = ([seconds(action) for _ in range(4 * ROUNDS)] for action in (read, write))
    return median(reads) * 1e6 / n, median(writes) * 1e6 / n


# -- the table ---------------------------------------------------------------------------------


def show(what: str, value: float | None, unit: str, limit: float) -> None:
    """Print one figure beside its limit."""
    if value is None:
        print(f"{what:58} {'not there yet':>15}   (limit {limit:g} {unit})")
        return
    verdict = "" if value <= limit else "   <-- over"
    print(f"{what:58} {value:10.3f} {unit:4}   (limit {limit:g} {unit}){verdict}")


def main() -> None:
    """Print all figures."""
    show("1,000,000 synapses between two layers", bulk_connect(), "s", 0.2)
    show("the same, bytes per synapse", bytes_per_synapse(build_at_once), "B", 48)
    for order, shuffled in (("row by row", False), ("in random order", True)):
        times = np.median([one_by_one(shuffled) for _ in range(3)], axis=0)
        show(f"one by one {order}, each of the first 10,000", float(times[0]), "µs", 6)
        show(f"one by one {order}, each of the last 100,000", float(times[-10:].mean()), "µs", 6)
        show(f"one by one {order}, each of the million", float(times.mean()), "µs", 6)
    show("one by one, bytes per synapse", bytes_per_synapse(build_one_by_one), "B", 48)
    read, write = read_write()
    show("reading synapse.weight", read, "µs", 1)
    show("writing synapse.weight", write, "µs", 1)
    show("100,000 neurons at once", bulk_neurons(), "s", 0.5)
    show("compiling the 1,000,000 synapses", compiling(), "s", 0.5)


if __name__ == "__main__":
    main()
