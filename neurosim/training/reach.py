"""Targets that no output can emit: they are learned towards for ever, so a warning says so."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from neurosim.checks import FloatArray, pieces
from neurosim.compiler.plan import Plan
from neurosim.errors import NeurosimWarning
from neurosim.model import Network
from neurosim.training.objective import output_activations

_ROUNDING = 1e-5  # by which a scaler may miss the end of a range


class Reach:
    """What the outputs of a network can emit, and whether targets lie beyond."""

    def __init__(self, plan: Plan, network: Network) -> None:
        self.plan, self.network = plan, network
        outputs = output_activations(plan)
        ranges = [(-np.inf, np.inf) if one is None else one.output_range for _, one in outputs]
        low, high = np.array(ranges, np.float64).reshape(-1, 2).T
        self.is_limited = bool(np.isfinite(low).any() or np.isfinite(high).any())
        self.low, self.high = low - _ROUNDING, high + _ROUNDING

    def doubt(self, targets: Any, where: str) -> str | None:
        """Return what to say of the first target, (n_examples, n_outputs), that is out of reach."""
        if not self.is_limited:
            return None
        for rows in pieces(targets):
            piece = np.asarray(targets[rows])
            if (piece.min(axis=0) < self.low).any() or (piece.max(axis=0) > self.high).any():
                beyond = np.argwhere((piece < self.low) | (piece > self.high))
                row, column = beyond[0].tolist()
                return self._message(column, piece[row, column], f"row {rows.start + row}{where}")
        return None

    def warn(self, targets: Any, where: str = "", *, stacklevel: int) -> bool:
        """Warn of a target that is out of reach; return whether there was one."""
        doubt = self.doubt(targets, where)
        if doubt is not None:
            warnings.warn(doubt, NeurosimWarning, stacklevel=stacklevel + 1)
        return doubt is not None

    def _message(self, column: int, target: FloatArray, place: str) -> str:
        name, activation = output_activations(self.plan)[column]
        assert activation is not None  # only an activation limits what is emitted
        low, high = activation.output_range
        span = f"from {low:g} to {high:g}" if np.isfinite(high) else f"nothing below {low:g}"
        scaled = " as the output_scaler scales it" if self.network.output_scaler else ""
        ends = {(0.0, 1.0): ", 0.05, 0.95", (-1.0, 1.0): ", -0.9, 0.9"}.get((low, high), "")
        return (
            f"output neuron {name!r} of network {self.network.name!r} is to learn what it cannot "
            f"emit: {activation} emits {span} (got the target {target:g}{scaled} in {place}); "
            f"scale the targets, net.output_scaler = ns.rescale(y{ends}), or give the neuron "
            'another activation: "identity" emits any number, and goes well with ns.standardize(y)'
        )
