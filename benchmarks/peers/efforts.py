"""What a step asks of the machine, at least: operations and bytes, counted from the structure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from benchmarks.peers.sides import Effort


def dense_training(sizes: Sequence[int], n_examples: int) -> Effort:
    """Return the matrix products of forward and back; ∂E/∂X is not needed."""
    products = sum(a * b for a, b in pairwise(sizes))
    flops = 2.0 * n_examples * (3 * products - sizes[0] * sizes[1])
    return Effort(flops=flops)


def sparse_training(n_synapses: int, n_first: int, n_examples: int) -> Effort:
    """Return a multiplication and an addition per synapse and example, three times.

    Forward, back, and for the gradient; synapses of the inputs, `n_first`, need none back. Bytes:
    each weight read forward, read back, and read and written by the update; each gradient
    written and read; a pre neuron's number of four bytes read forward and back.
    """
    flops = 2.0 * n_examples * (3 * n_synapses - n_first)
    return Effort(flops=flops, bytes=4.0 * 8 * n_synapses)


def sparse_forward(n_synapses: int, n_examples: int) -> Effort:
    """Return a multiplication and an addition per synapse and example; weight and number read."""
    return Effort(flops=2.0 * n_examples * n_synapses, bytes=8.0 * n_synapses)
