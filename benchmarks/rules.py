"""Measure what a step costs by each rule, as a multiple of one by plain gradient descent.

Networks of ten thousand synapses and more, float32, by compiled epochs. Rounds alternate between
the rule and plain descent, and what is printed is the median of their ratios. A number of rounds
as argument makes it quicker or steadier; a single one shows the first network only.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from statistics import median

import numpy as np

import neurosim as ns

ROUNDS = 7
LIMIT = 1.3
SECONDS = 0.2  # of plain descent, in a round

# Small steps: a network that has learned all it can works with tiny numbers, which are slow.
RATE = 1e-5
PLAIN = ns.GradientDescent(RATE)
RULES = {
    "momentum": ns.GradientDescent(RATE, momentum=0.9),
    "Nesterov": ns.GradientDescent(RATE, momentum=0.9, nesterov=True),
    "Adagrad": ns.Adagrad(RATE),
    "RMSProp": ns.RMSProp(RATE),
    "Adam": ns.Adam(RATE),
    "AdamW": ns.AdamW(RATE),
    "Rprop": ns.Rprop(RATE, most=RATE),
}


def dense(*sizes: int) -> ns.Network:
    """Return layers, connected all to all."""
    return ns.topologies.layered(sizes, activation="sigmoid", dtype="float32")


def dag() -> ns.Network:
    """Return 1,000 neurons that hear ten others each."""
    return ns.topologies.random_dag(
        1010, n_inputs=10, n_outputs=10, in_degree=10, activation="sigmoid", seed=0, dtype="float32"
    )


NETWORKS: dict[str, tuple[Callable[[], ns.Network], int]] = {
    "784-30-10, batches of 10": (lambda: dense(784, 30, 10), 10),
    "784-100-10, batches of 10": (lambda: dense(784, 100, 10), 10),
    "784-100-10, batches of 128": (lambda: dense(784, 100, 10), 128),
    "784-1024-1024-10, batches of 128": (lambda: dense(784, 1024, 1024, 10), 128),
    "random DAG, batches of 10": (dag, 10),
    "random DAG, batches of 128": (dag, 128),
}


def stepping(net: ns.Network, batch: int, rule: ns.Rule) -> Callable[[int], float]:
    """Return what takes so many steps and returns the seconds that each took."""
    rng = np.random.default_rng(0)
    program = ns.compile(net, engine="numba")
    X = rng.uniform(size=(10 * batch, len(net.inputs)))
    y = rng.uniform(size=(10 * batch, len(net.outputs)))

    def take(epochs: int) -> float:
        net.initialize(ns.initializers.Glorot(), seed=0)
        began = time.perf_counter()
        ns.train(program, X, y, rule=rule, epochs=epochs, batch_size=batch, seed=0)
        return (time.perf_counter() - began) / (10 * epochs)

    take(1)
    return take


def main(rounds: int) -> None:
    """Print a line per network and rule."""
    for name, (make, batch) in list(NETWORKS.items())[: None if rounds > 1 else 1]:
        plain = stepping(make(), batch, PLAIN)
        seconds = plain(1)
        epochs = max(1, int(SECONDS / (10 * seconds))) if rounds > 1 else 1
        print(f"{name}: plain descent {plain(epochs) * 1e6:,.0f} µs a step")
        for rule, setting in RULES.items():
            step = stepping(make(), batch, setting)
            ratios = [step(epochs) / plain(epochs) for _ in range(rounds)]
            print(f"  {rule:10} {median(ratios):.2f} times that (limit {LIMIT})")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
