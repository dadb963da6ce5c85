"""What a network comes to on examples that it does not learn from: the cost, and metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from neurosim.checks import FloatArray
from neurosim.engines.state import PIECE, State
from neurosim.errors import InvalidTypeError, InvalidValueError
from neurosim.inputs.scaling import Scaler
from neurosim.program import Program
from neurosim.training.data import Source
from neurosim.training.numbers import as_float
from neurosim.training.objective import Objective
from neurosim.wording import shown

Metric = Callable[[FloatArray, FloatArray], float]
Metrics = Mapping[str, Metric] | Iterable[Metric]


def checked_metrics(metrics: Any) -> dict[str, Metric]:
    """Return metrics by name, or refuse what is none."""
    if isinstance(metrics, Mapping):
        named = list(metrics.items())
    elif isinstance(metrics, Iterable) and not isinstance(metrics, str):
        named = [(getattr(metric, "__name__", ""), metric) for metric in metrics]
    else:
        raise InvalidTypeError(
            "metrics must be a list of functions of targets and outputs, or a dict of them by "
            f"name (got {shown(metrics)})"
        )
    for name, metric in named:
        if not callable(metric):
            raise InvalidTypeError(
                "metrics must hold functions of targets and outputs, such as "
                f"neurosim.metrics.accuracy (got {metric!r})"
            )
        if not isinstance(name, str) or not name.isidentifier():
            raise InvalidValueError(
                "a metric's name becomes that of a column, and must be an identifier "
                f"(got {name!r}); pass {{name: function}}"
            )
    names = [name for name, _ in named]
    is_taken = {"cost", "errors"} & set(names) or any(one.startswith("val_") for one in names)
    if len(set(names)) < len(names) or is_taken:
        raise InvalidValueError(
            "metrics need names of their own, other than cost, errors and val_… "
            f"(got {', '.join(names)}); pass {{name: function}}"
        )
    return dict(named)


class Measuring:
    """Pushes examples through, piece by piece, and takes the cost and the metrics."""

    def __init__(
        self,
        program: Program,
        objective: Objective,
        metrics: dict[str, Metric],
        scaler: Scaler | None,
    ) -> None:
        self.program, self.objective, self.metrics = program, objective, metrics
        self.scaler = scaler
        self.seen: State | None = None

    def names(self, *, cost: bool) -> list[str]:
        """Return what `row` has values for."""
        return [*([self.objective.column] if cost else []), *self.metrics]

    def row(self, examples: Source, *, cost: bool) -> dict[str, float]:
        """Return the metrics by name, and with `cost` what the objective comes to."""
        total: float = 0
        n_examples = 0
        pairs: list[tuple[FloatArray, FloatArray]] = []
        for X, targets in self._batches(examples):
            state = self._passed(X)
            if cost:
                value = self.objective.value(state, targets)
                total += value * len(X) if self.objective.averages else value
            if self.metrics:
                outputs = state.output[self.program.plan.output_rows]
                pairs.append((targets.copy(), outputs.T.copy()))
            n_examples += len(X)
        averaged = total / n_examples if self.objective.averages else total
        return {**({self.objective.column: averaged} if cost else {}), **self._measured(pairs)}

    def _measured(self, pairs: list[tuple[FloatArray, FloatArray]]) -> dict[str, float]:
        if not self.metrics:
            return {}
        targets, outputs = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
        if self.scaler is not None:  # people measure in their own units
            targets, outputs = self.scaler.inverse(targets), self.scaler.inverse(outputs)
        with np.errstate(all="ignore"):  # as for costs, while a training diverges
            return {
                name: as_float(f(targets, outputs), f"the metric {name!r} must return")
                for name, f in self.metrics.items()
            }

    def _batches(self, examples: Source) -> Iterator[tuple[FloatArray, FloatArray]]:
        size = max(1, PIECE // max(1, self.program.plan.n_neurons))
        for chunk in examples.chunks(size, None):
            for X, targets, _ in chunk.batches():
                yield X, targets

    def _passed(self, X: FloatArray) -> State:
        """Return what the examples come to at each neuron."""
        parameters = self.program.parameters()
        if self.seen is None or self.seen.n_examples != len(X):
            n_neurons = self.program.plan.n_neurons
            self.seen = State.forward(n_neurons, len(X), parameters.dtype)
        self.program.runner.forward(parameters, X, self.seen)
        return self.seen
