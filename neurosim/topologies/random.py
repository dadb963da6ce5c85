"""Random networks: acyclic graphs drawn uniformly, and small worlds."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import DTypeLike

from neurosim.checks import IntArray, integer, number
from neurosim.errors import InvalidValueError
from neurosim.initializers import Generator, Seed, make_generator
from neurosim.model import Network
from neurosim.model.limits import require_size
from neurosim.wording import shown


def random_dag(
    n_neurons: int,
    *,
    n_inputs: int = 1,
    n_outputs: int = 1,
    in_degree: int = 10,
    activation: Any = None,
    bias: Any = 0.0,
    seed: Seed = None,
    name: str = "random_dag",
    dtype: DTypeLike = "float64",
) -> Network:
    """Return a random acyclic network: every neuron hears some earlier ones, drawn uniformly.

    Neuron i in order of creation, if it is no input, hears min(`in_degree`, i) different neurons
    below i. All weights are 0 until `Network.initialize`.

    Parameters
    ----------
    n_neurons : int
        In all. The first of them are the layer ``input``, the last the layer ``output``, those
        between the layer ``hidden``.
    n_inputs, n_outputs : int
        How many of them are inputs and outputs.
    in_degree : int
        How many earlier neurons each one hears, where there are so many.
    activation, bias
        As in `Network.add_layer`: by default hidden neurons are sigmoid neurons and outputs are
        linear units. An `activation` is that of the outputs, too.
    seed : int, SeedSequence, Generator, RandomState or None
        The source of randomness.
    name, dtype
        As in `Network`.

    Examples
    --------
    >>> import neurosim as ns
    >>> ns.topologies.random_dag(100, n_inputs=5, n_outputs=2, in_degree=4, seed=0)
    <Network 'random_dag': 100 neurons, 380 synapses, float64>
    """
    counts = _counts("random_dag", n_neurons, n_inputs, n_outputs)
    degree = integer(in_degree, "random_dag.in_degree", minimum=1)
    net = Network(name, dtype)
    n_synapses = _sum_up_to(n_neurons, degree) - _sum_up_to(n_inputs, degree)
    require_size("random_dag", neurons=n_neurons, synapses=n_synapses, dtype=net.dtype)
    _in_a_row(net, counts, activation=activation, bias=bias)
    degree = min(degree, n_neurons)
    hearers = np.arange(n_inputs, n_neurons)
    net.connect_pairs(*_drawn_below(hearers, degree, make_generator(seed)))
    return net


def _sum_up_to(count: int, most: int) -> int:
    """Return the sum of min(i, `most`) over the numbers i below `count`."""
    small = min(count, most + 1)
    return small * (small - 1) // 2 + (count - small) * most


def _drawn_below(
    numbers: IntArray, degree: int, generator: Generator
) -> tuple[IntArray, IntArray]:
    """Return (pre, post) with `degree` different pres, or all there are, below each number.

    A pre drawn twice for one post is drawn again, as one would do it one after the other. Where
    that could go on for long, because less than half would be left out, a permutation is cut.
    """
    crowded, roomy = numbers[numbers < 2 * degree], numbers[numbers >= 2 * degree]
    rows = [i << 32 | generator.permutation(i)[:degree] for i in crowded.tolist()]
    pairs, lacking = np.empty(0, np.int64), np.repeat(roomy, degree)
    while len(lacking):
        drawn = (generator.random(len(lacking)) * lacking).astype(np.int64)
        pairs = np.sort(np.concatenate([pairs, lacking << 32 | drawn]))
        pairs = pairs[np.diff(pairs, prepend=-1) > 0]
        found = np.bincount(pairs >> 32, minlength=int(roomy[-1]) + 1)[roomy]
        lacking = np.repeat(roomy, degree - found)
    pairs = np.sort(np.concatenate([pairs, *rows]).astype(np.int64))
    return pairs & 0xFFFFFFFF, pairs >> 32


def small_world(
    n_neurons: int,
    *,
    n_inputs: int = 1,
    n_outputs: int = 1,
    neighbors: int = 4,
    rewire: float = 0.1,
    activation: Any = None,
    bias: Any = 0.0,
    seed: Seed = None,
    name: str = "small_world",
    dtype: DTypeLike = "float64",
) -> Network:
    """Return a small-world network: a ring of neighbours with some synapses rewired.

    The undirected graph of Watts and Strogatz is oriented by number: a synapse goes from the
    lower to the higher. Edges between two inputs are left out. All weights are 0 until
    `Network.initialize`.

    Parameters
    ----------
    n_neurons : int
        In all. The first of them are the layer ``input``, the last the layer ``output``, those
        between the layer ``hidden``.
    n_inputs, n_outputs : int
        How many of them are inputs and outputs.
    neighbors : int
        Each neuron is joined to so many nearest ones on the ring, half of them on each side; of
        an odd number, one less.
    rewire : float
        The probability, in [0, 1], that an edge gets another end.
    activation, bias
        As in `Network.add_layer`: by default hidden neurons are sigmoid neurons and outputs are
        linear units. An `activation` is that of the outputs, too.
    seed : int, SeedSequence, Generator, RandomState or None
        The source of randomness.
    name, dtype
        As in `Network`.

    References
    ----------
    D. J. Watts and S. H. Strogatz, "Collective dynamics of 'small-world' networks", Nature, 1998.

    Examples
    --------
    >>> import neurosim as ns
    >>> ns.topologies.small_world(100, n_inputs=4, n_outputs=2, seed=0)
    <Network 'small_world': 100 neurons, 196 synapses, float64>
    """
    counts = _counts("small_world", n_neurons, n_inputs, n_outputs)
    near = integer(neighbors, "small_world.neighbors", minimum=2)
    if near >= n_neurons:
        raise InvalidValueError(
            f"small_world.neighbors must be < n_neurons = {n_neurons} (got {shown(near)})"
        )
    if not 0 <= number(rewire, "small_world.rewire") <= 1:
        raise InvalidValueError(f"small_world.rewire must be in [0, 1] (got {rewire})")
    net, n_edges = Network(name, dtype), n_neurons * (near // 2)
    require_size("small_world", neurons=n_neurons, synapses=n_edges, dtype=net.dtype)
    _in_a_row(net, counts, activation=activation, bias=bias)
    derived = int(make_generator(seed).random() * 2**53)  # networkx wants an int
    ring = nx.watts_strogatz_graph(n_neurons, near, rewire, seed=derived)
    edges = np.sort(np.array(ring.edges, np.int64), axis=1)
    edges = edges[edges[:, 1] >= n_inputs]
    pre, post = edges[np.lexsort((edges[:, 1], edges[:, 0]))].T
    net.connect_pairs(pre, post)
    return net


def _counts(where: str, n_neurons: Any, n_inputs: Any, n_outputs: Any) -> tuple[int, int, int]:
    """Return the numbers of input, hidden and output neurons."""
    inputs = integer(n_inputs, f"{where}.n_inputs", minimum=1)
    outputs = integer(n_outputs, f"{where}.n_outputs", minimum=1)
    hidden = integer(n_neurons, f"{where}.n_neurons", minimum=1) - inputs - outputs
    if hidden < 0:
        raise InvalidValueError(
            f"{where}.n_neurons must be >= n_inputs + n_outputs = {inputs + outputs} "
            f"(got {n_neurons})"
        )
    return inputs, hidden, outputs


def _in_a_row(net: Network, counts: tuple[int, int, int], **kind: Any) -> None:
    """Add unconnected input, hidden and output neurons."""
    inputs, hidden, outputs = counts
    net.add_layer(inputs, role="input", name="input")
    if hidden:
        net.add_layer(hidden, name="hidden", **kind)
    net.add_layer(outputs, role="output", name="output", **kind)
