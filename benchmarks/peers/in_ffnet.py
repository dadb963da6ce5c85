"""The peer's side in ffnet: its compiled training, in float64, the only one it has."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from ffnet import ffnet, mlgraph

from benchmarks.peers.sides import Side
from benchmarks.peers.work import Layers, Training


def training(layers: Layers, work: Training, *, epochs: int) -> Side:
    """Return training layers without biases, on full batches."""
    sizes = [len(w) for w in layers.weights] + [layers.weights[-1].shape[1]]
    net = ffnet(mlgraph(tuple(sizes), biases=False))
    net.renormalize = False  # inputs and targets as they are
    places = _places(net.conec, sizes)

    def begin() -> None:
        weights = np.empty(len(net.conec))
        for place, matrix in zip(places, layers.weights, strict=True):
            weights[place] = matrix
        net.weights = weights

    def train(count: int) -> None:
        net.train_momentum(work.X, work.y, eta=work.rate, momentum=0.0, maxiter=count)

    def outcome() -> list[np.ndarray]:
        begin()
        train(work.checked)
        return [net.weights[place] for place in places]

    return Side(lambda: train(epochs), outcome, epochs)


def _places(connections: np.ndarray, sizes: list[int]) -> list[np.ndarray]:
    """Return where the weights of each matrix stand; ffnet numbers its neurons from 1."""
    firsts = np.cumsum([1, *sizes])
    places = [np.empty(shape, np.int64) for shape in pairwise(sizes)]
    for place, (pre, post) in enumerate(connections):
        layer = int(np.searchsorted(firsts, pre, side="right")) - 1
        places[layer][pre - firsts[layer], post - firsts[layer + 1]] = place
    return places
