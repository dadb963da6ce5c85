"""Memory maps that the kernels cannot index as they are: examples that stay on disk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from neurosim.checks import (
    PIECE,
    FloatArray,
    finite_array,
    pieces,
    real_numbers,
    require_columns,
)
from neurosim.initializers import Generator
from neurosim.training.data import Chunk, as_column, require_pairs
from neurosim.training.weighing import EVEN, Weighing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neurosim.program import Program


@frozen(eq=False)
class Mapped:
    """Examples of any real dtype, cast to the network's piece by piece, when they are needed."""

    X: NDArray[Any]
    targets: NDArray[Any]
    dtype: np.dtype[Any]
    weighing: Weighing = EVEN

    def __len__(self) -> int:
        return len(self.X)

    @classmethod
    def checked(cls, program: Program, X: Any, y: Any, where: str = "") -> Mapped:
        """Return `X` and `y`, whose numbers were looked at once, or refuse them."""
        plan, dtype = program.plan, program.network.dtype
        x_name, y_name = f"{where}X", f"{where}y"
        inputs = real_numbers(X, x_name)
        targets = as_column(real_numbers(y, y_name), plan.n_outputs)
        require_columns(inputs, plan.n_inputs, x_name, "input neuron")
        require_columns(targets, plan.n_outputs, y_name, "output neuron")
        require_pairs(inputs, targets, where)
        for array, name in ((inputs, x_name), (targets, y_name)):
            for rows in pieces(array):
                finite_array(array[rows], dtype, name, rows.start)
        return cls(inputs, targets, dtype)

    def chunks(self, batch_size: int | None, generator: Generator | None) -> Iterator[Chunk]:
        """Yield the batches of an epoch, as many at a time as make a piece; never fewer than one.

        With a generator, they are drawn from all examples, in an order as for arrays.
        """
        n = len(self)
        size = min(batch_size or n, n)
        order = None if generator is None or size == n else generator.permutation(n)
        width = self.X.shape[1] + self.targets.shape[1]
        step = size * max(1, PIECE // max(1, size * width))
        for start in range(0, n, step):
            rows: Any = slice(start, start + step)
            if order is not None:
                rows = order[rows]
            X, targets = self._cast(self.X[rows]), self._cast(self.targets[rows])
            yield Chunk(X, targets, min(size, len(X)), None, self._weights(rows, targets))

    def _weights(self, rows: Any, targets: FloatArray) -> FloatArray | None:
        examples = self.weighing.examples
        return self.weighing.of(targets, None if examples is None else examples[rows])

    def _cast(self, rows: NDArray[Any]) -> FloatArray:
        with np.errstate(under="ignore"):
            return np.ascontiguousarray(rows, self.dtype)


def stays_on_disk(value: Any, dtype: np.dtype[Any]) -> bool:
    """Return whether `value` is a memory map that would have to be read whole to be indexed."""
    if not isinstance(value, np.memmap):
        return False
    return value.dtype != dtype or not (value.flags.c_contiguous and value.flags.aligned)
