"""Examples and targets, checked at the door, and cut into batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from neurosim.checks import FloatArray, example_matrix, real_array
from neurosim.errors import InvalidTypeError, InvalidValueError

if TYPE_CHECKING:
    from neurosim.program import Program


@frozen(eq=False)
class Examples:
    """Inputs X, (n_examples, n_inputs), and targets, (n_examples, n_outputs)."""

    X: FloatArray
    targets: FloatArray

    def __len__(self) -> int:
        return len(self.X)

    @classmethod
    def checked(cls, program: Program, X: Any, y: Any, where: str = "") -> Examples:
        """Return `X` and `y` in the network's dtype, or refuse them."""
        plan, dtype = program.plan, program.network.dtype
        x_name, y_name = f"{where}X", f"{where}y"
        inputs = example_matrix(X, plan.n_inputs, dtype, x_name, "input neuron")
        targets = real_array(y, dtype, y_name)
        if targets.ndim == 1 and plan.n_outputs == 1:
            targets = targets[:, None]
        targets = example_matrix(targets, plan.n_outputs, dtype, y_name, "output neuron")
        if len(inputs) != len(targets):
            raise InvalidValueError(
                f"{x_name} and {y_name} must have as many rows (got {len(inputs)} and "
                f"{len(targets)})"
            )
        if not len(inputs):
            raise InvalidValueError(f"{x_name} must hold at least one example (got none)")
        return cls(np.ascontiguousarray(inputs), np.ascontiguousarray(targets))

    @classmethod
    def validation(cls, program: Program, pair: Any) -> Examples | None:
        """Return the validation examples, if any."""
        if pair is None:
            return None
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise InvalidTypeError(f"validation must be a pair (X, y) (got {type(pair).__name__})")
        return cls.checked(program, pair[0], pair[1], "validation ")

    def batches(
        self, size: int | None, generator: np.random.Generator | np.random.RandomState | None
    ) -> Iterator[tuple[FloatArray, FloatArray]]:
        """Yield the examples in batches of `size`, shuffled if there is a generator.

        A shorter last batch is kept. The full batch is never shuffled: its sum has no order.
        """
        if size is None or size >= len(self):
            yield self.X, self.targets
            return
        X, targets = self.X, self.targets
        if generator is not None:
            order = generator.permutation(len(self))
            X, targets = X[order], targets[order]
        for start in range(0, len(self), size):
            yield X[start : start + size], targets[start : start + size]
