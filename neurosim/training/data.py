"""Examples and targets, checked at the door, and cut into batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sized
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from attrs import frozen

from neurosim.checks import FloatArray, IntArray, pieces
from neurosim.errors import InvalidValueError, NeurosimError
from neurosim.initializers import Generator
from neurosim.memory import require_memory
from neurosim.training.weighing import ALL, Counted, total_of

if TYPE_CHECKING:
    from neurosim.door import Door
TargetCheck = Callable[[FloatArray], None]


@frozen(eq=False)
class Chunk:
    """Examples in memory that are next in an epoch, and how they are cut into batches.

    Attributes
    ----------
    X : (n_examples, n_inputs) array
    targets : (n_examples, n_outputs) array
    batch_size : int
        Examples of a batch, at most n_examples; the last batch may be shorter.
    order : (n_taken,) int array or None
        Which are taken, and in which order, if not all in their own.
    weights : (n_examples,) array or None
        How much each of them counts, if not as much as all.
    """

    X: FloatArray
    targets: FloatArray
    batch_size: int
    order: IntArray | None = None
    weights: FloatArray | None = None

    def __len__(self) -> int:
        return len(self.X) if self.order is None else len(self.order)

    @property
    def total_weight(self) -> float:
        """The sum of the weights of those that are taken."""
        chosen = self.weights
        if chosen is not None and self.order is not None:
            chosen = chosen[self.order]
        return total_of(chosen, len(self))

    def batches(self) -> Iterator[tuple[FloatArray, FloatArray, FloatArray | None]]:
        """Yield the inputs, the targets and the weights of each batch."""
        for start in range(0, len(self), self.batch_size):
            rows: Any = slice(start, start + self.batch_size)
            if self.order is not None:
                rows = self.order[rows]
            weights = None if self.weights is None else self.weights[rows]
            yield self.X[rows], self.targets[rows], weights


class Source(Protocol):
    """What gives the examples of a training, epoch by epoch."""

    def chunks(self, batch_size: int | None, generator: Generator | None) -> Iterator[Chunk]:
        """Yield the examples of one epoch, in a new order if there is a generator."""


@frozen(eq=False)
class Examples:
    """Inputs X, (n_examples, n_inputs), targets, (n_examples, n_outputs), and which count.

    Those of weight 0 are left out before anything else, as if they were not there.
    """

    X: FloatArray
    targets: FloatArray
    counted: Counted = ALL

    def __len__(self) -> int:
        rows = self.counted.rows
        return len(self.X) if rows is None else len(rows)

    @classmethod
    def checked(
        cls, door: Door, X: Any, y: Any, where: str = "", *, learn: bool = False
    ) -> Examples:
        """Return `X` and `y` as the network takes them, or refuse them.

        With `learn`, labels in `y` may be of classes that the network does not know yet.
        """
        inputs = door.inputs(X, f"{where}X")
        targets = door.targets(y, f"{where}y", learn=learn)
        require_pairs(inputs, targets, where)
        for array, name in ((inputs, "X"), (targets, "y")):
            if not array.flags.c_contiguous:
                require_memory(array.nbytes, f"a copy of {where}{name}")
        return cls(np.ascontiguousarray(inputs), np.ascontiguousarray(targets))

    def chunks(self, batch_size: int | None, generator: Generator | None) -> Iterator[Chunk]:
        """Yield all examples as one chunk.

        The full batch is never shuffled: its sum has no order.
        """
        n, order = len(self), self.counted.rows
        size = min(batch_size or n, n)
        if generator is not None and size < n:
            drawn = generator.permutation(n)
            order = drawn if order is None else order[drawn]
        yield Chunk(self.X, self.targets, size, order, self.counted.weights)


def require_pairs(X: Sized, targets: Sized, where: str) -> None:
    """Refuse inputs and targets that are not as many, or none."""
    if len(X) != len(targets):
        raise InvalidValueError(
            f"{where}X and {where}y must have as many rows (got {len(X)} and {len(targets)})"
        )
    if not len(X):
        raise InvalidValueError(f"{where}X must hold at least one example (got none)")


def check_in_pieces(check: TargetCheck, targets: Any, where: str) -> None:
    """Have targets checked, many of them piece by piece, and say in which piece one is refused."""
    for rows in pieces(targets):
        piece = targets[rows]
        try:
            check(piece)
        except NeurosimError as error:
            if len(piece) == len(targets):
                raise
            raise type(error)(f"{where}y[{rows.start}:{rows.stop}]: {error}") from error
