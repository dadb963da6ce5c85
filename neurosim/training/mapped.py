"""Memory maps that the kernels cannot index as they are: examples that stay on disk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from neurosim.checks import PIECE, pieces
from neurosim.initializers import Generator
from neurosim.training.data import Chunk, require_pairs
from neurosim.training.weighing import ALL, Counted

if TYPE_CHECKING:
    from neurosim.door import Door, Given


@frozen(eq=False)
class Mapped:
    """Examples of any real dtype, scaled and cast piece by piece, when they are needed."""

    X: Given
    targets: Given
    counted: Counted = ALL

    def __len__(self) -> int:
        rows = self.counted.rows
        return len(self.X) if rows is None else len(rows)

    @classmethod
    def checked(cls, door: Door, X: Any, y: Any, where: str = "", *, learn: bool = False) -> Mapped:
        """Return `X` and `y`, whose numbers were looked at once, or refuse them."""
        inputs = door.given_inputs(X, f"{where}X")
        targets = door.given_targets(y, f"{where}y", learn=learn)
        require_pairs(inputs, targets, where)
        for given in (inputs, targets):
            for rows in pieces(given.values):
                given.checked(rows)
        return cls(inputs, targets)

    def chunks(self, batch_size: int | None, generator: Generator | None) -> Iterator[Chunk]:
        """Yield the batches of an epoch, as many at a time as make a piece; never fewer than one.

        With a generator, they are drawn from all examples, in an order as for arrays.
        """
        n, order = len(self), self.counted.rows
        size = min(batch_size or n, n)
        if generator is not None and size < n:
            drawn = generator.permutation(n)
            order = drawn if order is None else order[drawn]
        width = self.X.values.shape[1] + self.targets.values.shape[1]
        step = size * max(1, PIECE // max(1, size * width))
        for start in range(0, n, step):
            rows: Any = slice(start, start + step)
            if order is not None:
                rows = order[rows]
            X, targets = self.X[rows], self.targets[rows]
            weights = self.counted.weights
            weights = None if weights is None else weights[rows]
            yield Chunk(X, targets, min(size, len(X)), None, weights)


def stays_on_disk(value: Any, dtype: np.dtype[Any], *, scaled: bool) -> bool:
    """Return whether `value` is a memory map that would have to be read whole to be indexed."""
    if not isinstance(value, np.memmap):
        return False
    return scaled or value.dtype != dtype or not (value.flags.c_contiguous and value.flags.aligned)
