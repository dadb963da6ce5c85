"""The peer's side in neat-python: its own networks, evaluated neuron by neuron, in float64."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from neat.activations import sigmoid_activation
from neat.nn import FeedForwardNetwork

import neurosim as ns
from benchmarks.peers.sides import Side

SLOPE = 5.0  # of neat's sigmoid; so its response and its biases are a fifth


def network(net: ns.Network) -> FeedForwardNetwork:
    """Return the same network of sigmoid neurons, made in topological order, as neat has it."""
    n_inputs, n_neurons = len(net.inputs), len(net.neurons)
    keys = [*range(-1, -n_inputs - 1, -1), *range(n_neurons - n_inputs)]
    order = np.argsort(net.synapses.post, kind="stable")
    ends = np.searchsorted(net.synapses.post[order], np.arange(n_inputs, n_neurons + 1))
    pre, weights = net.synapses.pre[order].tolist(), net.synapses.weight[order].tolist()
    biases = np.concatenate([layer.bias for layer in net.layers[1:]]) / SLOPE
    evals = [
        (
            keys[n_inputs + i],
            sigmoid_activation,
            sum,
            bias,
            1 / SLOPE,
            [(keys[pre[s]], weights[s]) for s in range(start, stop)],
        )
        for i, (bias, (start, stop)) in enumerate(zip(biases.tolist(), pairwise(ends), strict=True))
    ]
    return FeedForwardNetwork(keys[:n_inputs], keys[-len(net.outputs) :], evals)


def feeding(nets: Sequence[ns.Network], X: np.ndarray, *, units: int) -> Side:
    """Return pushing examples through all networks, one by one as neat does it."""
    networks, examples = [network(net) for net in nets], X.tolist()

    def run() -> list[list[list[float]]]:
        return [[made.activate(x) for x in examples] for made in networks]

    def outcome() -> list[np.ndarray]:
        outputs = np.array(run())
        return [outputs if len(nets) > 1 else outputs[0]]

    return Side(run, outcome, units)
