"""What the outputs of a network, and its targets, say of classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen

from neurosim.checks import FloatArray, IntArray
from neurosim.door import Door, is_signed
from neurosim.errors import InvalidValueError
from neurosim.plot.given import examples_of


@frozen(eq=False)
class Classes:
    """What the outputs of a network say of classes.

    Attributes
    ----------
    names : list of str
    low : float
        What an output is that speaks against its class, where 1 speaks for it.
    are_bounded : bool
        Whether the outputs lie between these two.
    """

    names: list[str]
    low: float
    are_bounded: bool

    @classmethod
    def of(cls, door: Door, targets: FloatArray | None) -> Classes:
        """Return those of a network that may have been shown targets."""
        outputs = door.network.outputs
        # Linear neurons may have been taught to emit −1 too.
        taught = targets is not None and targets.min(initial=0) < 0
        low = -1.0 if taught or any(map(is_signed, outputs)) else 0.0
        kinds = [neuron.activation for neuron in outputs]
        bounded = all(
            is_signed(one) or (kind is not None and kind.is_probability)
            for one, kind in zip(outputs, kinds, strict=True)
        )
        if door.classes is not None:
            names = [str(one) for one in door.classes]
        elif len(outputs) > 1:
            names = [neuron.name for neuron in outputs]
        else:
            names = ["\N{MINUS SIGN}1" if low else "0", "1"]
        return cls(names, low, bounded)

    def votes(self, outputs: FloatArray) -> FloatArray:
        """Return how much outputs speak for each class, (n_examples, n_classes)."""
        votes: FloatArray = (outputs - self.low) / (1 - self.low)
        return votes if votes.shape[1] > 1 else np.hstack([1 - votes, votes])

    def sureness(self, votes: FloatArray) -> FloatArray:
        """Return how sure the largest votes are, from 0 for as many as the others to 1 for all."""
        if not self.are_bounded:
            return np.ones(len(votes))
        total, n_classes = votes.sum(axis=1), votes.shape[1]
        share = np.divide(votes.max(axis=1), total, out=np.zeros(len(votes)), where=total > 0)
        sureness: FloatArray = np.clip((share * n_classes - 1) / (n_classes - 1), 0, 1)
        return sureness


def examples_and_classes(
    door: Door, X: Any, y: Any, where: str
) -> tuple[FloatArray | None, Classes, IntArray | None]:
    """Return X in the units of a door, the classes, and the number of that of each example."""
    if X is None:
        if y is not None:
            raise InvalidValueError(f"{where}: y without X does not say where its examples are")
        return None, Classes.of(door, None), None
    examples = examples_of(door, X)
    if y is None:
        return examples, Classes.of(door, None), None
    targets = door.targets(y, learn=True)
    if len(targets) != len(examples):
        raise InvalidValueError(
            f"{where}: X and y must have as many examples (got {len(examples)} and {len(targets)})"
        )
    classes = Classes.of(door, targets)
    return examples, classes, classes.votes(targets).argmax(axis=1)
