"""The peers' side in JAX: everything that is timed happens inside one jitted call."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.peers.sides import Side
from benchmarks.peers.work import Layers, Training, Wiring, filled_up, gathered

ACTIVATIONS = {"sigmoid": jax.nn.sigmoid, "identity": lambda z: z}
Loss = Callable[[Any, jax.Array, jax.Array], jax.Array]
Read = Callable[[Any], list[np.ndarray]]


def layers(
    layers: Layers, work: Training, *, epochs: int, units: int, unrolled: tuple[int, ...] = (1,)
) -> list[Side]:
    """Return training layers, with the loop over batches unrolled so many times."""
    start = [
        (jnp.asarray(w), None if b is None else jnp.asarray(b))
        for w, b in zip(layers.weights, layers.biases, strict=True)
    ]
    functions = [ACTIVATIONS[name] for name in layers.activations]

    def outputs(parameters: Any, X: jax.Array) -> jax.Array:
        for (W, b), function in zip(parameters, functions, strict=True):
            X = function(X @ W if b is None else X @ W + b)
        return X

    def loss(parameters: Any, X: jax.Array, y: jax.Array) -> jax.Array:
        return 0.5 * jnp.sum((outputs(parameters, X) - y) ** 2)

    def read(parameters: Any) -> list[np.ndarray]:
        return [np.asarray(array) for pair in parameters for array in pair if array is not None]

    return [
        _training(loss, start, work, read, epochs=epochs, units=units, unroll=unroll)
        for unroll in unrolled
    ]


def _training(
    loss: Loss, start: Any, work: Training, read: Read, *, epochs: int, units: int, unroll: int = 1
) -> Side:
    X, y = (_in_batches(array, work.batch) for array in (work.X, work.y))

    def step(parameters: Any, batch: Any) -> tuple[Any, None]:
        gradient = jax.grad(loss)(parameters, *batch)
        return jax.tree.map(lambda p, g: p - work.rate * g, parameters, gradient), None

    def epoch(parameters: Any) -> Any:
        if len(X) == 1:
            return step(parameters, (X[0], y[0]))[0]
        return jax.lax.scan(step, parameters, (X, y), unroll=unroll)[0]

    @partial(jax.jit, static_argnums=1, donate_argnums=0)
    def train(parameters: Any, count: int) -> Any:
        inner = unroll if len(X) == 1 else 1
        return jax.lax.fori_loop(0, count, lambda _, p: epoch(p), parameters, unroll=inner)

    state = [jax.tree.map(jnp.array, start)]

    def run() -> None:
        state[0] = jax.block_until_ready(train(state[0], epochs))

    def outcome() -> list[np.ndarray]:
        return read(train(jax.tree.map(jnp.array, start), work.checked))

    return Side(run, outcome, units, f"unrolled {unroll} times" if unroll > 1 else "")


def _in_batches(array: np.ndarray, batch: int) -> jax.Array:
    return jnp.asarray(array.reshape(len(array) // batch, batch, -1))


def by_level(wiring: Wiring, work: Training, *, epochs: int, units: int) -> list[Side]:
    """Return training a graph, level by level, unrolled into one program."""
    levels = filled_up(wiring)
    index = [jnp.asarray(level.heard) for level in levels]
    cuts = [level.start - wiring.n_inputs for level in levels[1:]]
    start = [
        (jnp.asarray(level.weights), jnp.asarray(bias[:, None]))
        for level, bias in zip(levels, np.split(wiring.biases, cuts), strict=True)
    ]
    outputs = jnp.asarray(wiring.outputs + 1)

    def loss(parameters: Any, X: jax.Array, y: jax.Array) -> jax.Array:
        values = jnp.concatenate([jnp.zeros((1, len(X)), X.dtype), X.T])
        for heard, (W, b) in zip(index, parameters, strict=True):
            net_input = jnp.einsum("nh,nhb->nb", W, values[heard]) + b
            values = jnp.concatenate([values, jax.nn.sigmoid(net_input)])
        return 0.5 * jnp.sum((values[outputs].T - y) ** 2)

    def read(parameters: Any) -> list[np.ndarray]:
        weights = gathered(levels, [np.asarray(w) for w, _ in parameters], len(wiring.pre))
        return wiring.outcome(weights, np.concatenate([np.asarray(b)[:, 0] for _, b in parameters]))

    return [_training(loss, start, work, read, epochs=epochs, units=units)]
