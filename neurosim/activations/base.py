"""What an activation function is, and how one is found by its name."""

from __future__ import annotations

import difflib
import math
from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from neurosim.checks import FLOAT_DTYPES, FloatArray
from neurosim.errors import InvalidTypeError, InvalidValueError, UnknownNameError
from neurosim.wording import shown


class Activation(ABC):
    """Base of the activation functions: what a neuron makes of its net input.

    Two activations are equal if they have one name; an activation also equals its name.

    Attributes
    ----------
    name : str
        What the registry, files and `repr` call it.
    is_differentiable : bool
        Whether there is a derivative, so that a network with it can be trained by gradients.
    has_output_derivative : bool
        Whether the output alone determines the derivative.
    is_probability : bool
        Whether outputs lie in [0, 1] and may be read as probabilities.
    output_range : (float, float)
        The least and the greatest that it emits, or comes as close to as one likes; infinite
        where there is no limit.
    levels : tuple of float or None
        All that it emits, if that is a few values.
    over_layer : bool
        Whether the outputs of a whole layer depend on each other, as those of softmax do.

    Examples
    --------
    >>> import neurosim as ns
    >>> sigmoid = ns.activations.Sigmoid()
    >>> sigmoid == "sigmoid"
    True
    >>> print(sigmoid([-1000, 0, 1000]))
    [0.  0.5 1. ]
    """

    __slots__ = ()

    name: str
    is_differentiable: bool = True
    has_output_derivative: bool = False
    is_probability: bool = False
    output_range: tuple[float, float] = (-math.inf, math.inf)
    levels: tuple[float, ...] | None = None
    over_layer: bool = False

    def __call__(self, net_input: ArrayLike) -> FloatArray:
        """Return the output for each net input.

        Parameters
        ----------
        net_input : array_like, any shape
            float32 stays float32; integers and booleans become float64.

        Returns
        -------
        array, the shape of `net_input`
            A new array.

        Raises
        ------
        InvalidTypeError
            If `net_input` does not hold real numbers.
        """
        return self._fresh(self.function, net_input)

    def derivative(self, net_input: ArrayLike) -> FloatArray:
        """Return the derivative of the output with respect to the net input, at `net_input`.

        Parameters
        ----------
        net_input : array_like, any shape

        Returns
        -------
        array, the shape of `net_input`
            A new array.

        Raises
        ------
        InvalidValueError
            If this activation has no derivative.
        """
        self._require_derivative()
        return self._fresh(self._slope_from_net_input, net_input)

    def derivative_from_output(self, output: ArrayLike) -> FloatArray:
        """Return the same derivative, computed from the neuron's output.

        Parameters
        ----------
        output : array_like, any shape

        Returns
        -------
        array, the shape of `output`
            A new array.

        Raises
        ------
        InvalidValueError
            If this activation has no derivative, or its output does not determine it.
        """
        self._require_derivative()
        if not self.has_output_derivative:
            raise InvalidValueError(
                f"{self!r}.derivative_from_output: the output does not determine the derivative; "
                "use derivative(net_input)"
            )
        return self._fresh(self._slope_from_output, output)

    @abstractmethod
    def function(self, net_input: FloatArray, out: FloatArray) -> FloatArray:
        """Write the outputs into `out`, which may be `net_input` itself, and return it."""

    def slope(self, net_input: FloatArray, output: FloatArray, out: FloatArray) -> FloatArray:
        """Write the derivative into `out` (no other argument) by the cheaper way; return it."""
        self._require_derivative()
        if self.has_output_derivative:
            return self._slope_from_output(output, out)
        return self._slope_from_net_input(net_input, out)

    def _slope_from_net_input(self, net_input: FloatArray, out: FloatArray) -> FloatArray:
        raise self._no_derivative()

    def _slope_from_output(self, output: FloatArray, out: FloatArray) -> FloatArray:
        raise self._no_derivative()

    def _fresh(self, kernel: Callable[..., FloatArray], values: ArrayLike) -> FloatArray:
        checked = as_floats(values, repr(self))
        with np.errstate(all="ignore"):
            return kernel(checked, np.empty_like(checked))

    def _require_derivative(self) -> None:
        if not self.is_differentiable:
            raise self._no_derivative()

    def _no_derivative(self) -> InvalidValueError:
        return InvalidValueError(f"{self!r} has no derivative, so gradients cannot pass through it")

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            return self.name == other
        return isinstance(other, type(self)) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def __str__(self) -> str:
        return self.name

    def __reduce__(self) -> tuple[Callable[..., Activation], tuple[str]]:
        return get, (self.name,)

    # Nothing in an activation can change, so a copy is itself: it also outlives an overwriting.
    def __copy__(self) -> Activation:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Activation:
        return self


# What activations are called in other programs and in books, without signs.
ELSEWHERE = {
    "identity": "linear lin purelin none id passthrough affine",
    "sigmoid": "logistic logsig sigm sig sigmoidal expit fermi",
    "tanh": "tansig tanhyperbolic hyperbolictangent th htan",
    "relu": "rectifier rectified rectifiedlinear rect ramp poslin positivelinear",
    "leaky_relu": "lrelu leakyrectifier",
    "softplus": "smoothrelu",
    "gaussian": "gauss rbf radbas bell normal",
    "sine": "sin sinus sinusoid",
    "threshold": "sign sgn signum bipolar hardlims bipolarstep perceptron",
    "step": "heaviside heavisidestep binary binarystep unitstep hardlim stepfunction theta",
    "softmax": "softargmax normalizedexponential",
}
LETTERS = 60  # of a name that is compared with others
# All activations by name: the built-in ones, then the user's own.
KNOWN: dict[str, Activation] = {}


def names() -> tuple[str, ...]:
    """Return the names of all activations: the built-in ones, then your own.

    Examples
    --------
    >>> import neurosim as ns
    >>> ns.activations.names()[:3]
    ('identity', 'sigmoid', 'tanh')
    """
    return tuple(KNOWN)


def get(activation: str | Activation) -> Activation:
    """Return the activation of that name; an activation is returned as it is.

    Parameters
    ----------
    activation : str or Activation

    Raises
    ------
    UnknownNameError
        If no activation has that name.
    InvalidTypeError
        If it is neither a name nor an activation.

    Examples
    --------
    >>> import neurosim as ns
    >>> ns.activations.get("sigmoid")
    Sigmoid()
    """
    if isinstance(activation, Activation):
        return activation
    if not isinstance(activation, str):
        raise InvalidTypeError(
            f"activations.get: expected a name or an activation (got {shown(activation)})"
        )
    found = KNOWN.get(activation)
    if found is None:
        raise UnknownNameError(_unknown(activation))
    return found


def _unknown(name: str) -> str:
    meant = _meant(name)
    hint = f" Did you mean {meant!r}?" if meant else ""
    return (
        f"no activation is called {shown(name)}.{hint} Known are {', '.join(names())}; one of "
        "your own "
        f"must be registered first: activations.register({shown(name)}, function, derivative)"
    )


def _meant(name: str) -> str | None:
    """Return the activation that goes by that name elsewhere, or has one like it."""
    words = "".join(filter(str.isalnum, name.lower())).removesuffix("function")
    called = {"".join(filter(str.isalnum, one.lower())): one for one in names()}
    for own, others in ELSEWHERE.items():
        if words in others.split():
            return own
    for word in (words, words.removesuffix("activation")):
        if word in called:
            return called[word]
    close = difflib.get_close_matches(words[:LETTERS], called, n=1)
    return called[close[0]] if close else None


def as_floats(values: ArrayLike, where: str) -> FloatArray:
    """Return `values` as float32 or float64, finite or not."""
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise InvalidValueError(f"{where}: expected an array ({error})") from error
    if array.dtype.kind not in "biuf":
        raise InvalidTypeError(f"{where}: expected real numbers (got dtype {array.dtype})")
    return array if array.dtype in FLOAT_DTYPES else array.astype(np.float64)
