"""The peer's side in scikit-learn: a regressor of layers, by plain gradient descent."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor

from benchmarks.peers.sides import Side
from benchmarks.peers.work import Layers, Training


def layers(layers: Layers, work: Training, *, epochs: int, units: int) -> Side:
    """Return training layers of sigmoid neurons with linear outputs, on mini-batches."""
    model = MLPRegressor(
        hidden_layer_sizes=[w.shape[1] for w in layers.weights[:-1]],
        activation="logistic",
        solver="sgd",
        alpha=0.0,
        momentum=0.0,
        batch_size=work.batch,
        learning_rate_init=work.rate * work.batch,  # it averages over the batch
        shuffle=False,
        tol=0.0,
        n_iter_no_change=10**9,
        warm_start=True,
    )
    few = slice(0, work.batch)
    _fit(model, work.X[few], work.y[few], 1)

    def begin() -> None:
        model.coefs_ = [w.copy() for w in layers.weights]
        model.intercepts_ = [b.copy() for b in layers.biases if b is not None]
        del model._optimizer  # it holds the parameters it began with

    def outcome() -> list[np.ndarray]:
        begin()
        _fit(model, work.X, work.y, work.checked)
        pairs = zip(model.coefs_, model.intercepts_, strict=True)
        return [array.copy() for pair in pairs for array in pair]

    return Side(lambda: _fit(model, work.X, work.y, epochs), outcome, units)


def _fit(model: MLPRegressor, X: np.ndarray, y: np.ndarray, epochs: int) -> None:
    model.max_iter = epochs
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # of course: it does what it is told
        model.fit(X, y)
