"""The peers' side in NumPy, written by hand: the lecture's loop, and in-place forms of it."""

from __future__ import annotations

import numpy as np

from benchmarks.peers.sides import Side
from benchmarks.peers.work import Layers, Training


def f(z: np.ndarray) -> np.ndarray:
    """Return σ(z), as on the slides."""
    return 1 / (1 + np.exp(-z))


def lecture(layers: Layers, work: Training, *, epochs: int, units: int) -> Side:
    """Return the slides' loop for three layers without biases, with a step of any size."""
    start = [w.copy() for w in layers.weights]
    batches = split(work)

    def loop(W1: np.ndarray, W2: np.ndarray, count: int) -> None:
        for _ in range(count):
            for X, y in batches:
                a2 = f(X @ W1)
                Y_hat = f(a2 @ W2)
                delta3 = (y - Y_hat) * Y_hat * (1 - Y_hat)
                delta2 = (delta3 @ W2.T) * a2 * (1 - a2)
                W2 += work.rate * (a2.T @ delta3)
                W1 += work.rate * (X.T @ delta2)

    def outcome() -> list[np.ndarray]:
        W1, W2 = (w.copy() for w in start)
        loop(W1, W2, work.checked)
        return [W1, W2]

    weights = [w.copy() for w in start]
    return Side(lambda: loop(*weights, epochs), outcome, units, "as on the slides")


def in_place(layers: Layers, work: Training, *, epochs: int, units: int) -> Side:
    """Return a loop for layers of sigmoid neurons that writes into arrays made before."""
    net = _InPlace(layers, work)
    return Side(lambda: net.train(epochs), net.outcome, units, "in place")


class _InPlace:
    """Parameters, and room for what a step computes."""

    def __init__(
        self, layers: Layers, work: Training, masks: list[np.ndarray] | None = None
    ) -> None:
        self.layers, self.work, self.masks = layers, work, masks
        self.batches = split(work)
        self.begin()
        dtype, n_last = work.X.dtype, len(work.X) % work.batch
        rooms = {work.batch, n_last} - {0}
        self.rooms = {n: _Room(n, layers.weights, dtype) for n in rooms}
        self.gradients = [np.empty_like(w) for w in layers.weights]
        self.downs = [np.empty(w.shape[1], dtype) for w in layers.weights]

    def begin(self) -> None:
        self.weights = [w.copy() for w in self.layers.weights]
        self.biases = [None if b is None else b.copy() for b in self.layers.biases]

    def outcome(self) -> list[np.ndarray]:
        self.begin()
        self.train(self.work.checked)
        pairs = zip(self.weights, self.biases, strict=True)
        result = [a.copy() for pair in pairs for a in pair if a is not None]
        self.begin()
        return result

    def train(self, epochs: int) -> None:
        for _ in range(epochs):
            for X, y in self.batches:
                self.step(X, y, self.rooms[len(X)])

    def step(self, X: np.ndarray, y: np.ndarray, room: _Room) -> None:
        outputs = [X, *room.outputs]
        for i, (W, b) in enumerate(zip(self.weights, self.biases, strict=True)):
            z = np.matmul(outputs[i], W, out=outputs[i + 1])
            if b is not None:
                z += b
            _sigmoid(z)
        np.subtract(outputs[-1], y, out=room.deltas[-1])
        for i in range(len(self.weights) - 1, -1, -1):
            delta, room_of = room.deltas[i], room.slopes[i]
            np.subtract(1, outputs[i + 1], out=room_of)
            room_of *= outputs[i + 1]
            delta *= room_of
            if i:
                np.matmul(delta, self.weights[i].T, out=room.deltas[i - 1])
            self.descend(i, outputs[i], delta)

    def descend(self, i: int, output: np.ndarray, delta: np.ndarray) -> None:
        gradient = np.matmul(output.T, delta, out=self.gradients[i])
        if self.masks is not None:
            gradient *= self.masks[i]
        gradient *= self.work.rate
        self.weights[i] -= gradient
        bias = self.biases[i]
        if bias is not None:
            down = np.add.reduce(delta, axis=0, out=self.downs[i])
            down *= self.work.rate
            bias -= down


def masked(layers: Layers, work: Training, *, epochs: int, units: int) -> Side:
    """Return dense layers whose gradients are cut by a mask: synapses that are not, stay 0."""
    masks = [(w != 0).astype(w.dtype) for w in layers.weights]
    net = _InPlace(layers, work, masks)
    return Side(lambda: net.train(epochs), net.outcome, units, "in place")


class _Room:
    """The outputs, deltas and slopes of so many examples."""

    def __init__(self, n_examples: int, weights: list[np.ndarray], dtype: np.dtype) -> None:
        shapes = [(n_examples, w.shape[1]) for w in weights]
        self.outputs = [np.empty(shape, dtype) for shape in shapes]
        self.deltas = [np.empty(shape, dtype) for shape in shapes]
        self.slopes = [np.empty(shape, dtype) for shape in shapes]


def _sigmoid(z: np.ndarray) -> None:
    np.negative(z, out=z)
    np.exp(z, out=z)
    z += 1
    np.divide(1, z, out=z)


def split(work: Training) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the batches of an epoch, in order."""
    starts = range(0, len(work.X), work.batch)
    return [(work.X[i : i + work.batch], work.y[i : i + work.batch]) for i in starts]
