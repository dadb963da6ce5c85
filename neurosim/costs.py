"""Costs: how far outputs are from their targets, each side by side with its gradient.

All arrays are ``(n_examples, n_outputs)``; a vector is taken as one output. Values are
accumulated in float64, gradients keep the dtype of the outputs. A cost sums over the outputs and,
with ``reduction="mean"``, the default, averages over the examples of the batch: the sum is divided
by their number, never by the number of outputs. With ``reduction="sum"`` the examples are added up,
as in the lecture. That choice is what a learning rate means.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np
from attrs import Attribute, field, fields, frozen
from numpy.typing import ArrayLike, DTypeLike

from neurosim.checks import FLOAT_DTYPES, FloatArray, number, plain, real_array
from neurosim.errors import InvalidTypeError, InvalidValueError

REDUCTIONS = ("mean", "sum")


def _check_reduction(cost: Cost, _: Attribute[str], value: str) -> None:
    if value not in REDUCTIONS:
        raise InvalidValueError(
            f"{type(cost).__name__}.reduction must be 'mean' or 'sum' (got {value!r})"
        )


def _floats(where: str, name: str, values: ArrayLike) -> FloatArray:
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise InvalidValueError(f"{where}: {name} must be a regular array: {error}") from error
    if array.dtype.kind not in "biuf":
        raise InvalidTypeError(f"{where}: {name} must be real numbers (got dtype {array.dtype})")
    return array if array.dtype in FLOAT_DTYPES else array.astype(np.float64)


def _wide(array: FloatArray) -> FloatArray:
    return array.astype(np.float64, copy=False)


def _columns(array: FloatArray) -> FloatArray:
    return array.reshape(-1, 1) if array.ndim == 1 else array


def _logarithms_exist(outputs: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return o and 1 − o in float64, kept off 0 by the least that their dtype tells apart."""
    limits, wide = np.finfo(outputs.dtype), _wide(outputs)
    return np.maximum(wide, limits.tiny), np.maximum(1 - wide, limits.epsneg)


@frozen
class Cost(ABC):
    """Base of the costs.

    A cost of your own implements `_elementwise` and `_elementwise_gradient`; reduction, shapes
    and dtypes are seen to here.

    Parameters
    ----------
    reduction : {"mean", "sum"}, optional
        "mean", the default, divides the sum over examples and outputs by the number of examples;
        "sum" does not.

    Attributes
    ----------
    stable_with : str or None
        Name of the activation that this cost is to be joined with: then `value_from_net_input`
        and `delta` stay exact where outputs have been rounded to 0 or 1.
    needs_probability : bool
        Whether outputs must be probabilities.
    """

    stable_with: ClassVar[str | None] = None
    needs_probability: ClassVar[bool] = False

    reduction: str = field(default="mean", validator=_check_reduction, kw_only=True)

    def value(self, outputs: ArrayLike, targets: ArrayLike) -> float:
        """Return the cost E.

        Parameters
        ----------
        outputs : (n_examples, n_outputs) array_like
        targets : (n_examples, n_outputs) array_like

        Returns
        -------
        float
            Accumulated in float64; 0.0 for a batch without examples.

        Raises
        ------
        InvalidValueError
            If the shapes differ.
        """
        o, t = self._matching("value", outputs=outputs, targets=targets)
        with np.errstate(all="ignore"):
            return self._reduced(self._elementwise(o, _wide(t)))

    def gradient(self, outputs: ArrayLike, targets: ArrayLike) -> FloatArray:
        """Return ∂E/∂outputs.

        Parameters
        ----------
        outputs : (n_examples, n_outputs) array_like
        targets : (n_examples, n_outputs) array_like

        Returns
        -------
        array, the shape and dtype of `outputs`

        Raises
        ------
        InvalidValueError
            If the shapes differ.
        """
        o, t = self._matching("gradient", outputs=outputs, targets=targets)
        with np.errstate(all="ignore"):
            gradient = self._elementwise_gradient(o, t.astype(o.dtype, copy=False))
            return self._shared(gradient, o.dtype, np.shape(outputs))

    def value_from_net_input(self, net_input: ArrayLike, targets: ArrayLike) -> float:
        """Return the cost E of the outputs that `stable_with` makes of these net inputs.

        Parameters
        ----------
        net_input : (n_examples, n_outputs) array_like
            Of sigmoid neurons, or of exactly one softmax layer, as `stable_with` says.
        targets : (n_examples, n_outputs) array_like

        Returns
        -------
        float

        Raises
        ------
        InvalidValueError
            If this cost has no such way (`stable_with` is None), or the shapes differ.
        """
        self._require_stable("value_from_net_input", "value")
        z, t = self._matching("value_from_net_input", net_input=net_input, targets=targets)
        with np.errstate(all="ignore"):
            return self._reduced(self._elementwise_from_net_input(_wide(z), _wide(t)))

    def delta(self, net_input: ArrayLike, outputs: ArrayLike, targets: ArrayLike) -> FloatArray:
        """Return ∂E/∂net_input of neurons with the activation that `stable_with` names.

        Parameters
        ----------
        net_input : (n_examples, n_outputs) array_like
        outputs : (n_examples, n_outputs) array_like
        targets : (n_examples, n_outputs) array_like

        Returns
        -------
        array, the shape and dtype of `outputs`

        Raises
        ------
        InvalidValueError
            If this cost has no such way (`stable_with` is None), or the shapes differ.
        """
        self._require_stable("delta", "gradient")
        self._matching("delta", outputs=outputs, net_input=net_input)
        o, t = self._matching("delta", outputs=outputs, targets=targets)
        with np.errstate(all="ignore"):
            delta = self._elementwise_delta(o, t.astype(o.dtype, copy=False))
            return self._shared(delta, o.dtype, np.shape(outputs))

    def evaluate(
        self, outputs: FloatArray, targets: FloatArray, weights: FloatArray | None = None
    ) -> tuple[float, FloatArray]:
        """Return `value` and `gradient` of arrays that are known to match.

        For engines: nothing is checked, and the floating-point flags are the caller's to ignore.
        Each example's part is multiplied by one of `weights`, (n_examples,), if there are any; the
        mean then divides by their sum. An example of weight 0 is left out, whatever its part is.
        """
        gradient = self._elementwise_gradient(outputs, targets)
        parts = self._elementwise(outputs, _wide(targets))
        return self._weighed(parts, gradient, outputs, weights)

    def evaluate_net_input(
        self,
        net_input: FloatArray,
        outputs: FloatArray,
        targets: FloatArray,
        weights: FloatArray | None = None,
    ) -> tuple[float, FloatArray]:
        """Return `value_from_net_input` and `delta` likewise."""
        delta = self._elementwise_delta(outputs, targets)
        parts = self._elementwise_from_net_input(_wide(net_input), _wide(targets))
        return self._weighed(parts, delta, outputs, weights)

    def check_targets(self, targets: ArrayLike) -> None:
        """Refuse targets that this cost cannot be asked to reach.

        Parameters
        ----------
        targets : (n_examples, n_outputs) array_like

        Raises
        ------
        InvalidValueError
            If a target is not finite, or not one this cost is defined for; the message names
            its row and column.
        """
        self._finite_targets(targets)

    def __repr__(self) -> str:
        """Return the call that makes it, without settings that have their default."""
        values = ((one, getattr(self, one.name)) for one in fields(type(self)))
        told = ", ".join(f"{one.name}={value!r}" for one, value in values if value != one.default)
        return f"{type(self).__name__}({told})"

    @abstractmethod
    def _elementwise(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        """Return each output's part of the cost, in float64: the targets already are."""

    @abstractmethod
    def _elementwise_gradient(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        """Return the derivative of each part; both arrays have the dtype of the outputs."""

    def _elementwise_from_net_input(self, net_input: FloatArray, targets: FloatArray) -> FloatArray:
        raise self._unstable("value_from_net_input", "value")

    def _elementwise_delta(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        raise self._unstable("delta", "gradient")

    def _weighed(
        self,
        parts: FloatArray,
        gradient: FloatArray,
        outputs: FloatArray,
        weights: FloatArray | None,
    ) -> tuple[float, FloatArray]:
        if weights is None:
            return self._reduced(parts), self._shared(gradient, outputs.dtype, outputs.shape)
        total = float(weights.sum()) if self.reduction == "mean" else 1.0
        counts, divisor = weights[:, None] > 0, total or 1.0
        value = float(np.where(counts, parts * weights[:, None], 0.0).sum()) / divisor
        weighed = np.where(counts, gradient * (weights[:, None] / divisor), 0.0)
        return value, weighed.astype(outputs.dtype, copy=False).reshape(outputs.shape)

    def _reduced(self, parts: FloatArray) -> float:
        return float(parts.sum()) / self._divisor(len(parts))

    def _shared(self, gradient: FloatArray, dtype: DTypeLike, shape: tuple[int, ...]) -> FloatArray:
        shared = gradient / self._divisor(len(gradient)) if self.reduction == "mean" else gradient
        return shared.astype(dtype, copy=False).reshape(shape)

    def _divisor(self, n_examples: int) -> int:
        return 1 if self.reduction == "sum" else max(n_examples, 1)

    def _require_stable(self, method: str, instead: str) -> None:
        if self.stable_with is None:
            raise self._unstable(method, instead)

    def _unstable(self, method: str, instead: str) -> InvalidValueError:
        return InvalidValueError(
            f"{type(self).__name__}.{method}: this cost is computed from outputs only; "
            f"use {instead}(outputs, targets)"
        )

    def _matching(self, method: str, **arrays: ArrayLike) -> tuple[FloatArray, FloatArray]:
        where = f"{type(self).__name__}.{method}"
        (first, second), (a, b) = arrays, (_floats(where, *item) for item in arrays.items())
        if a.shape != b.shape or a.ndim not in (1, 2):
            raise InvalidValueError(
                f"{where}: {first} and {second} must have the same shape "
                f"(n_examples, n_outputs) (got {a.shape} and {b.shape})"
            )
        return _columns(a), _columns(b)

    def _finite_targets(self, targets: ArrayLike) -> FloatArray:
        where = f"{type(self).__name__}: targets"
        t = _floats(type(self).__name__, "targets", targets)
        return _columns(real_array(t, t.dtype, where))

    def _require_targets_in_unit_interval(self, targets: FloatArray) -> None:
        outside = np.argwhere((targets < 0) | (targets > 1))
        if len(outside):
            row, column = outside[0]
            raise InvalidValueError(
                f"{type(self).__name__}: targets must be in [0, 1] "
                f"(got {targets[row, column]} in row {row}, column {column})"
            )


@frozen(repr=False)
class SquaredError(Cost):
    """Half the squared error, ½ Σ (t − o)² over the outputs, averaged over the examples.

    It carries the ½, so that the gradient of an example is o − t without a factor 2. With
    ``reduction="sum"`` the examples are added up instead.

    Parameters
    ----------
    reduction : {"mean", "sum"}, optional

    References
    ----------
    T. M. Mitchell, *Machine Learning*, McGraw-Hill, 1997, equation 4.2.

    Examples
    --------
    ½ (1² + 2²) + ½ (0² + 1²) = 3, and half of it per example:

    >>> outputs, targets = [[1, 2], [3, 4]], [[0, 0], [3, 5]]
    >>> SquaredError().value(outputs, targets)
    1.5
    >>> lecture = SquaredError(reduction="sum")
    >>> lecture.value(outputs, targets)
    3.0
    >>> print(lecture.gradient(outputs, targets))
    [[ 1.  2.]
     [ 0. -1.]]
    """

    def _elementwise(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        parts: FloatArray = 0.5 * np.square(targets - outputs)
        return parts

    def _elementwise_gradient(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        gradient: FloatArray = outputs - targets
        return gradient


@frozen(repr=False)
class AbsoluteError(Cost):
    """The absolute error, Σ |t − o| over the outputs, averaged over the examples.

    There is no ½, and the gradient at 0 is taken as 0. With ``reduction="sum"`` the examples are
    added up.

    Parameters
    ----------
    reduction : {"mean", "sum"}, optional

    Examples
    --------
    >>> AbsoluteError().value([[1, 2]], [[0, 5]])
    4.0
    >>> print(AbsoluteError().gradient([[1, 2, 3]], [[0, 2, 5]]))
    [[ 1.  0. -1.]]
    """

    def _elementwise(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        parts: FloatArray = np.abs(targets - outputs)
        return parts

    def _elementwise_gradient(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        gradient: FloatArray = np.sign(outputs - targets)
        return gradient


@frozen(repr=False)
class Huber(Cost):
    """Squared for small errors, absolute for large ones, so that outliers pull less.

    With the error e = t − o and the threshold d, a part is ½ e² where |e| ≤ d and d (|e| − ½ d)
    beyond. It carries the ½, sums over outputs and averages over examples; with
    ``reduction="sum"`` the examples are added up.

    Parameters
    ----------
    threshold : float, optional
        Error at which the parabola becomes a line, > 0, in the units of the outputs.
    reduction : {"mean", "sum"}, optional

    References
    ----------
    P. J. Huber, "Robust estimation of a location parameter", *Annals of Mathematical
    Statistics* 35, 1964.

    Examples
    --------
    ½ 0.5² + 1 (3 − ½) = 2.625:

    >>> Huber().value([[0.5, 3]], [[0, 0]])
    2.625
    >>> print(Huber(threshold=2.0).gradient([[0.5, 3]], [[0, 0]]))
    [[0.5 2. ]]
    """

    threshold: float = field(default=1.0, converter=plain)

    @threshold.validator
    def _check_threshold(self, _: Attribute[float], value: float) -> None:
        if number(value, "Huber.threshold") <= 0:
            raise InvalidValueError(f"Huber.threshold must be > 0 (got {value!r})")

    def _elementwise(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        size = np.abs(targets - outputs)
        inner = np.minimum(size, self.threshold)
        parts: FloatArray = inner * (size - 0.5 * inner)
        return parts

    def _elementwise_gradient(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        gradient: FloatArray = np.clip(outputs - targets, -self.threshold, self.threshold)
        return gradient


@frozen(repr=False)
class BinaryCrossEntropy(Cost):
    """The cross-entropy of outputs that are probabilities of yes, each for itself.

    −Σ (t ln o + (1 − t) ln(1 − o)) over the outputs, without a ½, averaged over the examples; with
    ``reduction="sum"`` they are added up. Targets lie in [0, 1].

    Parameters
    ----------
    reduction : {"mean", "sum"}, optional

    Notes
    -----
    From the net input z of sigmoid neurons an example costs Σ max(z, 0) − t z + log1p(exp(−|z|)),
    and its delta is o − t, without a division. From outputs alone, o and 1 − o are kept off 0, so
    value and gradient are large but finite where a neuron is sure and wrong.

    References
    ----------
    C. M. Bishop, *Pattern Recognition and Machine Learning*, Springer, 2006, equation 4.90.

    Examples
    --------
    −ln ½ − ln(1 − ½) = 2 ln 2:

    >>> cost = BinaryCrossEntropy()
    >>> print(round(cost.value([[0.5, 0.5]], [[0, 1]]), 6))
    1.386294
    >>> cost.value_from_net_input([[1e4, 1e4]], [[1, 0]])
    10000.0
    """

    stable_with: ClassVar[str | None] = "sigmoid"
    needs_probability: ClassVar[bool] = True

    def check_targets(self, targets: ArrayLike) -> None:
        """Refuse targets that are not probabilities.

        Parameters
        ----------
        targets : (n_examples, n_outputs) array_like

        Raises
        ------
        InvalidValueError
            If a target is not in [0, 1]; the message names its row and column.
        """
        self._require_targets_in_unit_interval(self._finite_targets(targets))

    def _elementwise(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        yes, no = _logarithms_exist(outputs)
        parts: FloatArray = -targets * np.log(yes) - (1 - targets) * np.log(no)
        return parts

    def _elementwise_gradient(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        yes, no = _logarithms_exist(outputs)
        gradient: FloatArray = (1 - targets) / no - targets / yes
        return gradient

    def _elementwise_from_net_input(self, net_input: FloatArray, targets: FloatArray) -> FloatArray:
        # Both terms are >= 0, so nothing cancels: max(z, 0) - t z = |z| (1 - t or t).
        distance = np.abs(net_input)
        parts: FloatArray = distance * np.where(net_input > 0, 1 - targets, targets) + np.log1p(
            np.exp(-distance)
        )
        return parts

    def _elementwise_delta(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        delta: FloatArray = outputs - targets
        return delta


@frozen(repr=False)
class CategoricalCrossEntropy(Cost):
    """The cross-entropy of outputs that are the probabilities of classes, one of which is true.

    −Σ t ln o over the outputs, without a ½, averaged over the examples; with ``reduction="sum"``
    they are added up. The targets of each example lie in [0, 1] and sum to 1.

    Parameters
    ----------
    reduction : {"mean", "sum"}, optional

    Notes
    -----
    From the net inputs z of a softmax layer an example costs Σ t (ln Σ exp(z) − z), and its delta
    is o Σ t − t, without a division. From outputs alone, o is clipped to the smallest normal
    number, so value and gradient are large but finite where an output is sure and wrong.

    References
    ----------
    C. M. Bishop, *Pattern Recognition and Machine Learning*, Springer, 2006, equation 4.108.

    Examples
    --------
    −ln ¼ = 2 ln 2:

    >>> cost = CategoricalCrossEntropy()
    >>> print(round(cost.value([[0.25, 0.75]], [[1, 0]]), 6))
    1.386294
    >>> cost.value_from_net_input([[1e4, 0]], [[0, 1]])
    10000.0
    """

    stable_with: ClassVar[str | None] = "softmax"
    needs_probability: ClassVar[bool] = True

    def check_targets(self, targets: ArrayLike) -> None:
        """Refuse targets that are not probabilities of classes.

        Parameters
        ----------
        targets : (n_examples, n_outputs) array_like

        Raises
        ------
        InvalidValueError
            If a target is not in [0, 1] or those of an example do not sum to 1 (to 1e-6 in
            float64, 1e-3 in float32); the message names the row.
        """
        t = self._finite_targets(targets)
        self._require_targets_in_unit_interval(t)
        sums = t.sum(axis=1, dtype=np.float64)
        wrong = np.flatnonzero(np.abs(sums - 1) > (1e-6 if t.dtype == np.float64 else 1e-3))
        if len(wrong):
            raise InvalidValueError(
                f"{type(self).__name__}: the targets of an example must sum to 1, one column "
                f"per class (got {sums[wrong[0]]:g} in row {wrong[0]})"
            )

    def _elementwise(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        parts: FloatArray = -targets * np.log(_logarithms_exist(outputs)[0])
        return parts

    def _elementwise_gradient(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        gradient: FloatArray = -targets / _logarithms_exist(outputs)[0]
        return gradient

    def _elementwise_from_net_input(self, net_input: FloatArray, targets: FloatArray) -> FloatArray:
        highest = net_input.max(axis=1, keepdims=True, initial=-np.inf)
        # Finite, since a target of 0 times infinity is no number.
        below = np.maximum(net_input - highest, -np.finfo(np.float64).max)
        parts: FloatArray = targets * (np.log(np.exp(below).sum(axis=1, keepdims=True)) - below)
        return parts

    def _elementwise_delta(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        delta: FloatArray = outputs * targets.sum(axis=1, keepdims=True) - targets
        return delta


ALL: tuple[Cost, ...] = (
    SquaredError(),
    AbsoluteError(),
    Huber(),
    BinaryCrossEntropy(),
    CategoricalCrossEntropy(),
)
