"""The work itself, as arrays that every side is given: read from a network once it is made."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from attrs import frozen

import neurosim as ns


@frozen
class Training:
    """Examples, and how to go down the gradient of half the summed squared error."""

    X: np.ndarray
    y: np.ndarray
    batch: int  # examples per step
    rate: float  # times the sum of the batch's gradients is what a step subtracts
    checked: int = 1  # epochs until the outcomes are compared


@frozen
class Layers:
    """Weight matrices (n_pre, n_post), and biases (n_post,) or None, from layer to layer."""

    weights: list[np.ndarray]
    biases: list[np.ndarray | None]
    activations: list[str]

    @property
    def arrays(self) -> list[np.ndarray]:
        """The parameters, layer by layer, in the order of an outcome."""
        pairs = zip(self.weights, self.biases, strict=True)
        return [array for pair in pairs for array in pair if array is not None]


def layers_of(net: ns.Network) -> Layers:
    """Return the matrices of a network whose every layer hears the one before it only."""
    behind = net.layers[1:]
    return Layers(
        [net.weights(pre, post) for pre, post in pairwise(net.layers)],
        [layer.bias.astype(net.dtype) if layer[0].bias is not None else None for layer in behind],
        [layer[0].activation.name for layer in behind],
    )


@frozen
class Wiring:
    """A graph of sigmoid neurons, numbered so that every level is a stretch of numbers.

    ``starts`` has the first number of each level behind the inputs, and last the number of
    neurons. Synapses are in the network's order; ``number`` says which number a neuron has got.
    """

    n_inputs: int
    starts: list[int]
    pre: np.ndarray
    post: np.ndarray
    weights: np.ndarray
    biases: np.ndarray
    outputs: np.ndarray
    number: np.ndarray

    def outcome(self, weights: np.ndarray, biases: np.ndarray) -> list[np.ndarray]:
        """Return parameters as an outcome: weights, and biases in the order of the neurons."""
        return [weights, biases[self.number[self.n_inputs :] - self.n_inputs]]


def wiring_of(net: ns.Network) -> Wiring:
    """Return the synapses of a network whose neurons were made in topological order."""
    n_inputs, level = len(net.inputs), levels(net)
    order = np.argsort(level, kind="stable")
    number = np.empty(len(level), np.int64)
    number[order] = np.arange(len(level))
    biases = np.concatenate([layer.bias for layer in net.layers])
    return Wiring(
        n_inputs,
        np.searchsorted(level[order], np.arange(1, level.max() + 2)).tolist(),
        number[net.synapses.pre],
        number[net.synapses.post],
        net.synapses.weight,
        biases[order[n_inputs:]],
        number[len(level) - len(net.outputs) :],
        number,
    )


@frozen
class Level:
    """The synapses that end at a stretch of numbers, filled up to the same count for each neuron.

    ``heard`` (n_neurons, n_heard) has the numbers of the neurons heard, plus one: 0 is nobody.
    ``synapse`` has which of the network's synapses that is, or -1.
    """

    start: int
    stop: int
    heard: np.ndarray
    synapse: np.ndarray
    weights: np.ndarray


def filled_up(wiring: Wiring) -> list[Level]:
    """Return the levels of a graph as rectangles."""
    order = np.lexsort((wiring.pre, wiring.post))
    ends = np.searchsorted(wiring.post[order], np.arange(wiring.starts[-1] + 1))
    return [_level(wiring, order, ends, *stretch) for stretch in pairwise(wiring.starts)]


def _level(wiring: Wiring, order: np.ndarray, ends: np.ndarray, start: int, stop: int) -> Level:
    counts = np.diff(ends[start : stop + 1])
    synapse = np.full((stop - start, counts.max(initial=1)), -1)
    there = np.arange(synapse.shape[1]) < counts[:, None]
    synapse[there] = order[ends[start] : ends[stop]]
    return Level(
        start,
        stop,
        np.where(there, wiring.pre[synapse] + 1, 0),
        synapse,
        np.where(there, wiring.weights[synapse], 0).astype(wiring.weights.dtype),
    )


def gathered(levels: list[Level], weights: list[np.ndarray], count: int) -> np.ndarray:
    """Return the weights of filled-up levels in the order of the network's synapses."""
    result = np.empty(count, weights[0].dtype)
    for level, values in zip(levels, weights, strict=True):
        there = level.synapse >= 0
        result[level.synapse[there]] = values[there]
    return result


def levels(net: ns.Network) -> np.ndarray:
    """Return for each neuron the length of the longest path to it; neurons must be in order."""
    pre, post = net.synapses.pre, net.synapses.post
    by_post = np.argsort(post, kind="stable")
    ends = np.searchsorted(post[by_post], np.arange(len(net.neurons) + 1))
    level = np.zeros(len(net.neurons), np.int64)
    for neuron in range(len(net.inputs), len(level)):
        heard = pre[by_post[ends[neuron] : ends[neuron + 1]]]
        level[neuron] = 1 + level[heard].max(initial=0)
    return level
