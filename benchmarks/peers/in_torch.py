"""The peers' side in PyTorch, on one thread and on all."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import torch

from benchmarks.peers.in_numpy import split
from benchmarks.peers.sides import Side
from benchmarks.peers.work import Layers, Level, Training, Wiring, filled_up, gathered

ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "sigmoid": torch.sigmoid,
    "identity": lambda z: z,
}
Batch = tuple[torch.Tensor, torch.Tensor]
warnings.filterwarnings("ignore", message="Sparse CSR tensor support")


def on_threads(side: Side) -> list[Side]:
    """Return a side once on one thread and once on all."""
    return [_on(count, side) for count in sorted({1, os.cpu_count() or 1})]


def _on(count: int, side: Side) -> Side:
    def run() -> None:
        if torch.get_num_threads() != count:
            torch.set_num_threads(count)
        side.run()

    threads = "1 thread" if count == 1 else f"{count} threads"
    label = f"{side.label}, {threads}" if side.label else threads
    return Side(run, side.outcome, side.units, label)


def _training(
    work: Training,
    model: Any,
    *,
    epochs: int,
    units: int,
    label: str = "",
    transposed: bool = False,
) -> list[Side]:
    """Return training a model that has `begin`, `step` and `read`."""
    batches = [_tensors(X, y, transposed) for X, y in split(work)]
    model.begin()

    def train(count: int) -> None:
        for _ in range(count):
            for X, y in batches:
                model.step(X, y)

    def outcome() -> list[np.ndarray]:
        model.begin()
        train(work.checked)
        result = [array.copy() for array in model.read()]
        model.begin()
        return result

    return on_threads(Side(lambda: train(epochs), outcome, units, label))


def _tensors(X: np.ndarray, y: np.ndarray, transposed: bool) -> Batch:
    if transposed:
        X, y = X.T, y.T
    return torch.tensor(np.ascontiguousarray(X)), torch.tensor(np.ascontiguousarray(y))


def _leaf(array: Any) -> torch.Tensor:
    return torch.tensor(array).requires_grad_()


def descend(parameters: list[torch.Tensor], gradients: Any, rate: float) -> None:
    """Take a step down the gradient."""
    with torch.no_grad():
        torch._foreach_add_(parameters, gradients, alpha=-rate)


# -- layers ------------------------------------------------------------------------------------


def layers(layers: Layers, work: Training, *, epochs: int, units: int) -> list[Side]:
    """Return training dense layers through autograd."""
    return _training(work, _Dense(layers, work.rate), epochs=epochs, units=units)


def masked(layers: Layers, work: Training, *, epochs: int, units: int) -> list[Side]:
    """Return dense layers whose gradients are cut by a mask: synapses that are not, stay 0."""
    masks = [torch.tensor((w != 0).astype(w.dtype)) for w in layers.weights]
    return _training(work, _Dense(layers, work.rate, masks), epochs=epochs, units=units)


class _Dense:
    def __init__(
        self, layers: Layers, rate: float, masks: list[torch.Tensor] | None = None
    ) -> None:
        self.layers, self.rate, self.masks = layers, rate, masks
        self.functions = [ACTIVATIONS[name] for name in layers.activations]

    def begin(self) -> None:
        self.weights = [_leaf(w) for w in self.layers.weights]
        self.biases = [None if b is None else _leaf(b) for b in self.layers.biases]
        self.parameters = self.weights + [b for b in self.biases if b is not None]

    def step(self, X: torch.Tensor, y: torch.Tensor) -> None:
        output = X
        for W, b, function in zip(self.weights, self.biases, self.functions, strict=True):
            output = function(output @ W if b is None else torch.addmm(b, output, W))
        # ∂E/∂output of half the squared error, at once: no graph for the error itself
        gradients = torch.autograd.grad(output, self.parameters, output.detach() - y)
        if self.masks is not None:
            torch._foreach_mul_(list(gradients[: len(self.masks)]), self.masks)
        descend(self.parameters, gradients, self.rate)

    def read(self) -> list[np.ndarray]:
        pairs = zip(self.weights, self.biases, strict=True)
        return [a.detach().numpy() for pair in pairs for a in pair if a is not None]


# -- sparse layers -----------------------------------------------------------------------------


def csr_autograd(layers: Layers, work: Training, *, epochs: int, units: int) -> list[Side]:
    """Return sparse layers as CSR matrices, through autograd."""
    model = _CSR(layers, work.rate)
    return _training(work, model, epochs=epochs, units=units, transposed=True)


def csr_by_hand(layers: Layers, work: Training, *, epochs: int, units: int) -> list[Side]:
    """Return sparse layers as CSR matrices, with the way back written by hand."""
    model = _CSRByHand(layers, work.rate)
    return _training(work, model, epochs=epochs, units=units, transposed=True)


def csr(matrix: np.ndarray) -> torch.Tensor:
    """Return the numbers of a matrix that are not 0 as a CSR tensor."""
    rows, columns = np.nonzero(matrix)
    starts = np.searchsorted(rows, np.arange(len(matrix) + 1))
    return _csr(starts, columns, matrix[rows, columns], matrix.shape)


def _csr(
    starts: np.ndarray, columns: np.ndarray, values: Any, shape: tuple[int, ...]
) -> torch.Tensor:
    return torch.sparse_csr_tensor(
        torch.tensor(starts.astype(np.int32)),
        torch.tensor(columns.astype(np.int32)),
        torch.as_tensor(values),
        shape,
        check_invariants=False,
    )


class _CSR:
    """Sigmoid layers, (neuron, example); a weight matrix is (n_post, n_pre)."""

    def __init__(self, layers: Layers, rate: float) -> None:
        self.layers, self.rate = layers, rate

    def begin(self) -> None:
        self.weights = [csr(w.T).requires_grad_() for w in self.layers.weights]
        self.biases = [_leaf(b[:, None]) for b in self.layers.biases if b is not None]

    def step(self, X: torch.Tensor, y: torch.Tensor) -> None:
        output = X
        for W, b in zip(self.weights, self.biases, strict=True):
            output = torch.sigmoid(torch.sparse.mm(W, output) + b)
        parameters = [*self.weights, *self.biases]
        gradients = torch.autograd.grad(output, parameters, output.detach() - y)
        count = len(self.weights)
        with torch.no_grad():
            values = [W.values() for W in self.weights]
        descend(values, [g.values() for g in gradients[:count]], self.rate)
        descend(self.biases, gradients[count:], self.rate)

    def read(self) -> list[np.ndarray]:
        pairs = zip(self.weights, self.biases, strict=True)
        return [
            array
            for W, b in pairs
            for array in (
                np.ascontiguousarray(W.detach().to_dense().numpy().T),
                b.detach().numpy()[:, 0],
            )
        ]


class _CSRByHand:
    """The same, with `sampled_addmm` for the gradients of the synapses that are there."""

    def __init__(self, layers: Layers, rate: float) -> None:
        self.layers, self.rate = layers, rate

    def begin(self) -> None:
        self.weights = [csr(w.T) for w in self.layers.weights]
        self.biases = [torch.tensor(b[:, None]) for b in self.layers.biases if b is not None]
        self.transposed = [_transposed(w.T) for w in self.layers.weights]

    def step(self, X: torch.Tensor, y: torch.Tensor) -> None:
        outputs = [X]
        for W, b in zip(self.weights, self.biases, strict=True):
            outputs.append(torch.sparse.mm(W, outputs[-1]).add_(b).sigmoid_())
        delta = (outputs[-1] - y).mul_(_slope(outputs[-1]))
        for i in range(len(self.weights) - 1, -1, -1):
            gradient = torch.sparse.sampled_addmm(self.weights[i], delta, outputs[i].T, beta=0.0)
            bias_gradient = delta.sum(1, keepdim=True)
            if i:
                back, order = self.transposed[i]
                torch.index_select(self.weights[i].values(), 0, order, out=back.values())
                delta = torch.sparse.mm(back, delta).mul_(_slope(outputs[i]))
            self.weights[i].values().add_(gradient.values(), alpha=-self.rate)
            self.biases[i].add_(bias_gradient, alpha=-self.rate)

    read = _CSR.read


def _slope(output: torch.Tensor) -> torch.Tensor:
    return output * (1 - output)


def _transposed(matrix: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the transpose as a CSR tensor, and where its values stand in the matrix's own."""
    rows, columns = np.nonzero(matrix)
    order = np.lexsort((rows, columns))
    starts = np.searchsorted(columns[order], np.arange(matrix.shape[1] + 1))
    values = matrix[rows, columns][order]
    return _csr(starts, rows[order], values, matrix.shape[::-1]), torch.tensor(order)


# -- graphs ------------------------------------------------------------------------------------


def by_level(wiring: Wiring, work: Training, *, epochs: int, units: int) -> list[Side]:
    """Return training a graph level by level through autograd, gathered and as CSR matrices."""
    sides = []
    for model, label in ((_Gathered, "gathered"), (_LevelCSR, "CSR")):
        made = model(wiring, work.rate)
        how = {"epochs": epochs, "units": units, "label": label, "transposed": True}
        sides += _training(work, made, **how)
    return sides


class _Gathered:
    """Levels as rectangles: what each neuron hears is gathered, weighted and summed."""

    def __init__(self, wiring: Wiring, rate: float) -> None:
        self.wiring, self.rate = wiring, rate
        self.levels = filled_up(wiring)
        self.index = [torch.tensor(level.heard.ravel()) for level in self.levels]
        self.outputs = torch.tensor(wiring.outputs + 1)

    def begin(self) -> None:
        self.weights = [_leaf(level.weights[:, None, :]) for level in self.levels]
        self.biases = [_leaf(bias) for bias in _biases(self.wiring, self.levels)]
        self.parameters = [*self.weights, *self.biases]

    def step(self, X: torch.Tensor, y: torch.Tensor) -> None:
        values = torch.cat([X.new_zeros((1, X.shape[1])), X])
        for heard, W, b in zip(self.index, self.weights, self.biases, strict=True):
            there = values.index_select(0, heard).view(len(W), -1, X.shape[1])
            values = torch.cat([values, torch.sigmoid(torch.bmm(W, there).squeeze(1) + b)])
        output = values[self.outputs]
        gradients = torch.autograd.grad(output, self.parameters, output.detach() - y)
        descend(self.parameters, gradients, self.rate)

    def read(self) -> list[np.ndarray]:
        weights = [W.detach().numpy()[:, 0] for W in self.weights]
        biases = np.concatenate([b.detach().numpy()[:, 0] for b in self.biases])
        count = len(self.wiring.pre)
        return self.wiring.outcome(gathered(self.levels, weights, count), biases)


class _LevelCSR:
    """Levels as CSR matrices over all neurons before them."""

    def __init__(self, wiring: Wiring, rate: float) -> None:
        self.wiring, self.rate = wiring, rate
        self.levels = filled_up(wiring)
        self.outputs = torch.tensor(wiring.outputs)
        self.order = np.lexsort((wiring.pre, wiring.post))

    def begin(self) -> None:
        self.weights = [W.requires_grad_() for W in level_matrices(self.wiring)]
        self.biases = [_leaf(bias) for bias in _biases(self.wiring, self.levels)]
        self.parameters = [*self.weights, *self.biases]

    def step(self, X: torch.Tensor, y: torch.Tensor) -> None:
        values = X
        for W, b in zip(self.weights, self.biases, strict=True):
            values = torch.cat([values, torch.sigmoid(torch.sparse.mm(W, values) + b)])
        output = values[self.outputs]
        gradients = torch.autograd.grad(output, self.parameters, output.detach() - y)
        count = len(self.weights)
        with torch.no_grad():
            values = [W.values() for W in self.weights]
        descend(values, [g.values() for g in gradients[:count]], self.rate)
        descend(self.biases, gradients[count:], self.rate)

    def read(self) -> list[np.ndarray]:
        weights = np.empty(len(self.wiring.pre), self.wiring.weights.dtype)
        weights[self.order] = np.concatenate([W.detach().values().numpy() for W in self.weights])
        biases = np.concatenate([b.detach().numpy()[:, 0] for b in self.biases])
        return self.wiring.outcome(weights, biases)


def _biases(wiring: Wiring, levels: list[Level]) -> list[np.ndarray]:
    cuts = [level.start - wiring.n_inputs for level in levels[1:]]
    return [bias[:, None] for bias in np.split(wiring.biases, cuts)]


def level_matrices(wiring: Wiring) -> list[torch.Tensor]:
    """Return one CSR matrix (neurons of the level, all neurons before it) for each level."""
    order = np.lexsort((wiring.pre, wiring.post))
    post, pre, weights = wiring.post[order], wiring.pre[order], wiring.weights[order]
    ends = np.searchsorted(post, np.arange(wiring.starts[-1] + 1))
    return [
        _csr(
            ends[start : stop + 1] - ends[start],
            pre[ends[start] : ends[stop]],
            weights[ends[start] : ends[stop]],
            (stop - start, start),
        )
        for start, stop in pairwise(wiring.starts)
    ]


def feeding_by_level(wiring: Wiring, X: np.ndarray) -> list[Side]:
    """Return pushing examples through a graph, a CSR matrix for each level."""
    matrices, starts = level_matrices(wiring), wiring.starts
    biases = torch.tensor(wiring.biases[:, None])
    examples, outputs = torch.tensor(np.ascontiguousarray(X.T)), torch.tensor(wiring.outputs)
    values = torch.empty((starts[-1], len(X)))

    @torch.inference_mode()
    def run() -> torch.Tensor:
        values[: wiring.n_inputs] = examples
        for W, (start, stop) in zip(matrices, pairwise(starts), strict=True):
            net_input = torch.sparse.mm(W, values[:start])
            net_input += biases[start - wiring.n_inputs : stop - wiring.n_inputs]
            torch.sigmoid(net_input, out=values[start:stop])
        return values[outputs].T

    return on_threads(Side(run, lambda: [run().numpy()]))
