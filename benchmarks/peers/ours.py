"""neurosim's side of every comparison, all through its public names."""

from __future__ import annotations

import numpy as np

import neurosim as ns
from benchmarks.peers.sides import Outcome, Side
from benchmarks.peers.work import Training, layers_of

COST = ns.SquaredError(reduction="sum")  # half the sum over outputs and examples


def training(
    net: ns.Network, work: Training, *, epochs: int, units: int, layers: bool = False
) -> Side:
    """Return the training of a network, from the parameters it has now."""
    program, start = ns.compile(net), net.parameters.copy()
    rule = ns.GradientDescent(learning_rate=work.rate)
    batch = None if work.batch == len(work.X) else work.batch

    def train(count: int) -> None:
        ns.train(
            program,
            work.X,
            work.y,
            rule=rule,
            cost=COST,
            epochs=count,
            batch_size=batch,
            shuffle=False,
        )

    def outcome() -> Outcome:
        net.parameters = start
        train(work.checked)
        return learned(net, layers=layers)

    return Side(lambda: train(epochs), outcome, units)


def learned(net: ns.Network, *, layers: bool) -> list[np.ndarray]:
    """Return the parameters: layer by layer, or as weights by synapse and biases by neuron."""
    if layers:
        return layers_of(net).arrays
    return [net.synapses.weight, np.concatenate([layer.bias for layer in net.layers[1:]])]


def feeding(program: ns.Program, X: np.ndarray, *, calls: int = 1) -> Side:
    """Return pushing examples through a program, all at once."""

    def run() -> None:
        for _ in range(calls):
            program.feedforward(X)

    return Side(run, lambda: [program.feedforward(X)], calls)


def feeding_singly(program: ns.Program, X: np.ndarray) -> Side:
    """Return pushing examples through a program, one in each call."""
    examples = list(X)

    def run() -> list[np.ndarray]:
        return [program.feedforward(x[None]) for x in examples]

    return Side(run, lambda: [np.concatenate(run())], len(X))
