"""The peer's side in connex, which takes a networkx graph, and the time until it is ready."""

from __future__ import annotations

import time
import warnings
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import networkx as nx
import numpy as np

import neurosim as ns
from benchmarks.peers import ours
from benchmarks.peers.sides import Effort, Pair, Side
from benchmarks.peers.work import Training

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its fields are made in a deprecated way
    import connex
    import equinox

READY_ROUNDS = 5


def pair(net: ns.Network, work: Training, at_once: int, effort: Effort) -> Pair:
    """Return training a graph on both sides, and the times from the graph to the first step."""
    start = ours.learned(net, layers=False)
    side = ours.training(net, work, epochs=at_once, units=at_once)
    side.run()  # what is loaded or compiled once for all networks is
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(net.neurons)))
    graph.add_edges_from(zip(net.synapses.pre.tolist(), net.synapses.post.tolist(), strict=True))
    quick = [_ready(graph, net, work) for _ in range(READY_ROUNDS)]
    jax.block_until_ready(jax.jit(jnp.sin)(jnp.zeros(3)))
    began = time.perf_counter()
    peer = _Peer(graph, net, work, start)
    peer.train(1)
    slow = time.perf_counter() - began
    theirs = Side(lambda: peer.train(1), peer.outcome)
    return Pair(side, [theirs], effort=effort, before={"ready": (quick, [slow] * len(quick))})


def _ready(graph: nx.DiGraph, net: ns.Network, work: Training) -> float:
    """Return the seconds that neurosim takes from the graph to the first step."""
    n_inputs, n_neurons = len(net.inputs), len(net.neurons)
    began = time.perf_counter()
    made = ns.topologies.from_networkx(
        graph,
        inputs=range(n_inputs),
        outputs=range(n_neurons - len(net.outputs), n_neurons),
        activation="sigmoid",
        dtype="float32",
    )
    made.initialize(ns.initializers.LeCun(), seed=1)
    ns.train(made, work.X, work.y, rule=ns.GradientDescent(work.rate), epochs=1, shuffle=False)
    return time.perf_counter() - began


class _Peer:
    """A connex network with the parameters of ours, and its training."""

    def __init__(
        self, graph: nx.DiGraph, net: ns.Network, work: Training, start: list[np.ndarray]
    ) -> None:
        n_inputs, n_neurons = len(net.inputs), len(net.neurons)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.network = connex.NeuralNetwork(
                graph,
                list(range(n_inputs)),
                list(range(n_neurons - len(net.outputs), n_neurons)),
                hidden_activation=jax.nn.sigmoid,
                output_transformation=jax.nn.sigmoid,
            )
        self.work = work
        self.X, self.y = jnp.asarray(work.X), jnp.asarray(work.y)
        self.synapses = self._places(net.synapses.pre.tolist(), net.synapses.post.tolist())
        hearers = range(n_inputs, n_neurons)
        self.biases = [(*self._row(neuron), -1) for neuron in hearers]
        self.start = start
        self.begin()

    def begin(self) -> None:
        arrays = [np.array(array) for array in self.network._weights_and_biases]
        for places, values in zip((self.synapses, self.biases), self.start, strict=True):
            for (batch, row, column), value in zip(places, values, strict=True):
                arrays[batch][row, column] = value
        self.parameters: Any = [jnp.asarray(array) for array in arrays]

    def _places(self, pre: list[int], post: list[int]) -> list[tuple[int, int, int]]:
        number, first = self.network._neuron_to_id, self.network._min_index
        rows = [self._row(neuron) for neuron in post]
        return [
            (batch, row, number[neuron] - int(first[batch]))
            for (batch, row), neuron in zip(rows, pre, strict=True)
        ]

    def _row(self, neuron: int) -> tuple[int, int]:
        network = self.network
        return network._neuron_to_topo_batch_idx[network._neuron_to_id[neuron]]

    def train(self, count: int) -> None:
        self.parameters = jax.block_until_ready(self._steps(self.parameters, count))

    @partial(jax.jit, static_argnums=0, donate_argnums=1)
    def _steps(self, parameters: Any, count: int) -> Any:
        def step(_: Any, parameters: Any) -> Any:
            gradient = jax.grad(self._loss)(parameters)
            return jax.tree.map(lambda p, g: p - self.work.rate * g, parameters, gradient)

        return jax.lax.fori_loop(0, count, step, parameters)

    def _loss(self, parameters: Any) -> Any:
        key = jax.random.PRNGKey(0)  # for a dropout that it computes even where there is none
        network = equinox.tree_at(lambda n: n._weights_and_biases, self.network, parameters)
        outputs = jax.vmap(lambda x: network(x, key=key))(self.X)
        return 0.5 * jnp.sum((outputs - self.y) ** 2)

    def outcome(self) -> list[np.ndarray]:
        self.begin()
        self.train(self.work.checked)
        arrays = [np.asarray(array) for array in self.parameters]
        return [
            np.array([arrays[batch][row, column] for batch, row, column in places])
            for places in (self.synapses, self.biases)
        ]
