"""How much each example counts: weights of examples, and of the classes that they are of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from neurosim.checks import FloatArray, IntArray, number, real_array
from neurosim.errors import InvalidTypeError, InvalidValueError, UnknownNameError
from neurosim.model import Neuron
from neurosim.wording import shown

if TYPE_CHECKING:
    from neurosim.program import Program


@frozen(eq=False)
class Weighing:
    """The weights that a training was asked for.

    Attributes
    ----------
    examples : (n_examples,) array or None
        The weight of each example of an array.
    classes : (n_classes,) array or None
        The weight of each class. One output tells two classes apart, by its sign or as 0 and 1;
        several outputs have a class each.
    """

    examples: FloatArray | None = None
    classes: FloatArray | None = None

    @classmethod
    def checked(
        cls, program: Program, labels: Sequence[Any] | None, sample_weights: Any, class_weights: Any
    ) -> Weighing:
        """Return the weights, or refuse them; `labels` are those of the classes, if any."""
        examples, classes = None, None
        if sample_weights is not None:
            examples = example_weights(sample_weights, "sample_weights")
        if class_weights is not None:
            classes = _class_weights(program, labels or (), class_weights)
        return EVEN if examples is classes is None else cls(examples, classes)

    def require(self, n_examples: int) -> None:
        """Refuse weights of more or fewer examples than there are."""
        if self.examples is not None and len(self.examples) != n_examples:
            raise InvalidValueError(
                f"sample_weights must hold one weight for each of {n_examples} examples "
                f"(got {len(self.examples)})"
            )

    def check_targets(self, targets: FloatArray) -> None:
        """Refuse targets that are of no class, if classes have weights."""
        if self.classes is None:
            return
        fits, wanted = np.isin(targets, (-1, 0, 1)).all(axis=1), "0 or 1, or -1 or 1"
        if targets.shape[1] > 1:
            fits &= (targets == 1).sum(axis=1) == 1
            wanted = "a single 1 among zeros, or among -1s"
        if not fits.all():
            row = int((~fits).argmax())
            raise InvalidValueError(
                f"class_weights need targets that tell classes: {wanted} "
                f"(got {targets[row].tolist()} in row {row})"
            )

    def of(self, targets: FloatArray, examples: FloatArray | None) -> FloatArray | None:
        """Return the weight of each example, given those it has for itself; None if all are 1."""
        if self.classes is None:
            return examples
        is_one = targets.shape[1] == 1
        weights: FloatArray = self.classes[
            (targets[:, 0] > 0).astype(np.intp) if is_one else targets.argmax(axis=1)
        ]
        return weights if examples is None else weights * examples


EVEN = Weighing()


@frozen(eq=False)
class Counted:
    """Which examples count, and by how much: those of weight 0 are left out of everything.

    Attributes
    ----------
    rows : (n_counted,) int array or None
        Their places; None for all.
    weights : (n_examples,) array or None
        The weight of each example, the others included; None if all that count have 1.
    """

    rows: IntArray | None = None
    weights: FloatArray | None = None

    @classmethod
    def of(cls, weights: FloatArray | None) -> Counted:
        """Return what examples of these weights come to, or refuse a sum that is no number."""
        if weights is None:
            return ALL
        rows = np.flatnonzero(weights)
        chosen = weights[rows]
        with np.errstate(over="ignore"):
            total = chosen.sum()
        if not np.isfinite(total):
            raise InvalidValueError(
                f"the weights of the examples must have a finite sum (got {total}); only their "
                "ratios matter to a cost that averages: divide them by their largest"
            )
        every = len(rows) == len(weights)
        return cls(None if every else rows, None if (chosen == 1).all() else weights)

    def require_any(self) -> None:
        """Refuse weights that are all 0."""
        if self.rows is not None and not len(self.rows):
            raise InvalidValueError(
                "no example counts: by sample_weights and class_weights all weights are 0; give "
                "at least one example a weight > 0"
            )


ALL = Counted()


def total_of(weights: FloatArray | None, n_examples: int) -> float:
    """Return what an average over so many examples divides by: the sum of their weights."""
    return n_examples if weights is None else float(weights.sum())


def example_weights(value: Any, where: str) -> FloatArray:
    """Return weights of examples in float64, or refuse them."""
    weights = np.ascontiguousarray(real_array(value, np.float64, where))
    if weights.ndim != 1:
        raise InvalidValueError(
            f"{where} must have shape (n_examples,) (got shape {weights.shape})"
        )
    if (weights < 0).any():
        row = int((weights < 0).argmax())
        raise InvalidValueError(f"{where}[{row}] must be >= 0 (got {weights[row]:g})")
    return weights


def _class_weights(program: Program, labels: Sequence[Any], value: Any) -> FloatArray:
    """Return the weight of each class, 1 where none was given."""
    n_classes = max(program.plan.n_outputs, 2)
    if isinstance(value, Mapping):
        classes = np.ones(n_classes)
        for label, factor in value.items():
            where = f"class_weights[{label!r}]"
            classes[_class_of(program, labels, label, where)] = number(factor, where)
            if number(factor, where) < 0:
                raise InvalidValueError(f"{where} must be >= 0 (got {factor!r})")
        return classes
    if isinstance(value, (str, bytes)) or not hasattr(value, "__len__"):
        raise InvalidTypeError(
            "class_weights must be a dict {class: factor}, or a sequence with one for each class "
            f"(got {shown(value)})"
        )
    classes = example_weights(value, "class_weights")
    if len(classes) != n_classes:
        raise InvalidValueError(
            f"class_weights must hold one weight for each of {n_classes} classes "
            f"(got {len(classes)})"
        )
    return classes


def _class_of(program: Program, labels: Sequence[Any], label: Any, where: str) -> int:
    """Return the number of a class, given by its label, as an output, or as a single's target."""
    if label in labels:
        return labels.index(label)
    n_outputs, outputs = program.plan.n_outputs, program.network.outputs
    if isinstance(label, (str, Neuron)) and n_outputs > 1:
        for column, neuron in enumerate(outputs):
            if label is neuron or label == neuron.name:
                return column
        raise UnknownNameError(
            f"{where}: network {program.network.name!r} has no such output neuron; it has "
            f"{', '.join(neuron.name for neuron in outputs[:10])}"
        )
    known = range(n_outputs) if n_outputs > 1 else (0, 1, -1)
    if not isinstance(label, (int, float, np.number)) or label not in known:
        what = f"a column from 0 to {n_outputs - 1}, or the name of an output"
        raise InvalidValueError(
            f"{where} must be of {what if n_outputs > 1 else 'a target: 0 or 1, or -1 or 1'}"
        )
    return int(label) if n_outputs > 1 else int(label > 0)
