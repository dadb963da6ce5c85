"""Streams: batches that an iterable of the user's delivers while the training goes on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.errors import InvalidTypeError, InvalidValueError, NeurosimError
from neurosim.initializers import Generator
from neurosim.training.data import Chunk, Examples, TargetCheck
from neurosim.training.weighing import Counted, Weighing, example_weights

if TYPE_CHECKING:
    from neurosim.door import Door
    from neurosim.program import Program


class RefusedBatchError(Exception):
    """A batch is refused in the middle of a training, which is to be undone first.

    Attributes
    ----------
    error : Exception
        What to tell the user.
    """

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class Stream:
    """Batches (X, y) or (X, y, weights) of an iterable, each checked when it comes.

    None is asked for before the last has been trained on, so that the iterable may fill the same
    arrays again, or look at the network to decide what comes next.

    Parameters
    ----------
    program : Program
    door : Door
        What the batches come in by.
    batches : iterable
    check : callable
        Refuses targets that cannot be reached.
    where : str
        Where messages say that it is: "epoch" or "validation of epoch".
    weighing : Weighing, optional
        The weights of classes. Without it, batches may not bring any of examples either.
    """

    def __init__(
        self,
        program: Program,
        door: Door,
        batches: Iterable[Any],
        check: TargetCheck,
        *,
        where: str = "epoch",
    ) -> None:
        self.program, self.door, self.batches = program, door, batches
        self.check, self.where = check, where
        self.weighing: Weighing | None = None  # of a stream that is trained on
        self.epoch = 0

    @property
    def once(self) -> bool:
        """Whether it can be gone through once only."""
        return isinstance(self.batches, Iterator) and iter(self.batches) is self.batches

    def require_epochs(self, epochs: int) -> None:
        """Refuse more epochs than the iterable has in it."""
        if epochs > 1 and self.once:
            raise InvalidValueError(
                f"X is an iterator ({type(self.batches).__name__}), which can be gone through once "
                f"only (got epochs={epochs}); pass epochs=1, or an iterable that starts anew each "
                "time: a list, or an object whose __iter__ makes a new iterator"
            )

    def chunks(self, batch_size: int | None, generator: Generator | None) -> Iterator[Chunk]:
        """Yield each batch that is delivered, in a new order if it is cut and shuffled.

        One whose weights are all 0 is skipped.
        """
        place = f"{self.where} {self.epoch}"
        self.epoch += 1
        number, n_counted = -1, 0
        for number, batch in enumerate(self.batches):
            self.program.check_fresh()
            examples = self._checked(batch, f"batch {number} of {place}")
            if len(examples):
                n_counted += 1
                yield from examples.chunks(batch_size, generator)
        if number < 0:
            raise RefusedBatchError(self._empty(place))
        if not n_counted:
            raise RefusedBatchError(
                InvalidValueError(
                    f"no example counts in {place}: all weights of all its batches are 0; give at "
                    "least one example a weight > 0"
                )
            )

    def _checked(self, batch: Any, place: str) -> Examples:
        try:
            X, y, *weights = _parts(batch, may_weigh=self.weighing is not None)
            examples = Examples.checked(self.door, X, y)
            self.check(examples.targets)
            if self.weighing is not None:
                self.weighing.check_targets(examples.targets)
                examples = self._weighed(examples, weights, self.weighing)
        except NeurosimError as error:
            raise RefusedBatchError(type(error)(f"{place}: {error}")) from None
        except Exception as error:  # of an array-like or a cost of the user's
            error.add_note(f"in {place}")
            raise RefusedBatchError(error) from None
        return examples

    def _weighed(self, examples: Examples, given: list[Any], weighing: Weighing) -> Examples:
        own = None
        if given and given[0] is not None:
            own = example_weights(given[0], "weights")
            if len(own) != len(examples):
                raise InvalidValueError(
                    f"weights must hold one for each of {len(examples)} examples (got {len(own)})"
                )
        counted = Counted.of(weighing.of(examples.targets, own))
        return Examples(examples.X, examples.targets, counted)

    def _empty(self, place: str) -> InvalidValueError:
        remedy = "it must give at least one batch (X, y)"
        if self.epoch > 1:
            remedy = (
                "an iterable for several epochs must start anew each time: its __iter__ has to "
                "make a new iterator"
            )
        return InvalidValueError(f"the iterable gave no batch in {place}; {remedy}")


def _parts(batch: Any, *, may_weigh: bool) -> Any:
    if isinstance(batch, (tuple, list)) and 2 <= len(batch) <= 2 + may_weigh:
        return batch
    or_more = ", or a triple with weights" if may_weigh else ""
    raise InvalidTypeError(
        f"a batch must be a pair (X, y) of arrays{or_more} (got {_described(batch)}); arrays of "
        "all examples are given as train(net, X, y)"
    )


def _described(value: Any) -> str:
    if hasattr(value, "__array__"):
        return f"an array of shape {np.shape(value)}"
    name = type(value).__name__
    return f"a {name} of {len(value)}" if isinstance(value, (tuple, list)) else f"{value!r:.50}"
