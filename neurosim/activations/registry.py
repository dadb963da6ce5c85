"""Activation functions of the user's own: function and derivative, by one call."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from attrs import field, frozen

from neurosim.activations.base import KNOWN, Activation
from neurosim.activations.functions import ALL
from neurosim.checks import FloatArray
from neurosim.errors import InvalidTypeError, InvalidValueError

Function = Callable[[Any], Any]


@frozen(eq=False, repr=False)
class Registered(Activation):
    """An activation function of your own; made by `register`, found again by `get`."""

    name: str
    user_function: Function
    user_derivative: Function | None = None
    user_derivative_from_output: Function | None = None
    is_probability: bool = False
    is_differentiable: bool = field(init=False)
    has_output_derivative: bool = field(init=False)

    @property
    def output_range(self) -> tuple[float, float]:  # type: ignore[override]
        """From 0 to 1 for probabilities; of any other, nothing is known."""
        return (0.0, 1.0) if self.is_probability else (-math.inf, math.inf)

    @is_differentiable.default
    def _has_any_derivative(self) -> bool:
        return not (self.user_derivative is None and self.user_derivative_from_output is None)

    @has_output_derivative.default
    def _has_derivative_from_output(self) -> bool:
        return self.user_derivative_from_output is not None

    def function(self, net_input: FloatArray, out: FloatArray) -> FloatArray:
        """Write what the user's function returns."""
        return self._apply("function", self.user_function, net_input, out)

    def _slope_from_net_input(self, net_input: FloatArray, out: FloatArray) -> FloatArray:
        if self.user_derivative is None:
            return self._slope_from_output(self.function(net_input, out), out)
        return self._apply("derivative", self.user_derivative, net_input, out)

    def _slope_from_output(self, output: FloatArray, out: FloatArray) -> FloatArray:
        return self._apply("derivative_from_output", self.user_derivative_from_output, output, out)

    def _apply(
        self, role: str, function: Function | None, values: FloatArray, out: FloatArray
    ) -> FloatArray:
        assert function is not None  # asked of is_differentiable and has_output_derivative before
        guarded = values.view()
        guarded.setflags(write=False)  # a function that works in place would spoil a trace
        result = np.asarray(function(guarded))
        if result.shape != out.shape:
            raise InvalidValueError(
                f"the {role} of activation {self.name!r} must return one value for each it gets, "
                f"shape {out.shape} (got shape {result.shape})"
            )
        if result.dtype.kind not in "biuf":
            raise InvalidTypeError(
                f"the {role} of activation {self.name!r} must return real numbers "
                f"(got dtype {result.dtype})"
            )
        np.copyto(out, result, casting="same_kind")
        return out

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Registered):
            return self._identity() == other._identity()
        return super().__eq__(other)

    __hash__ = Activation.__hash__

    def _identity(self) -> tuple[object, ...]:
        derivatives = self.user_derivative, self.user_derivative_from_output
        return self.name, self.user_function, derivatives, self.is_probability

    def __repr__(self) -> str:
        return f"get({self.name!r})"


def register(
    name: str,
    function: Function,
    derivative: Function | None = None,
    *,
    derivative_from_output: Function | None = None,
    is_probability: bool = False,
    overwrite: bool = False,
) -> Activation:
    """Add an activation function of your own, to be used by its name.

    Networks that already use an overwritten activation keep the old one; what is unpickled or
    loaded afterwards gets the new one. A process that unpickles or loads it must have
    registered it first.

    Parameters
    ----------
    name : str
        An identifier.
    function : callable
        Maps an array of net inputs to an array of outputs of the same shape, element by element.
    derivative : callable, optional
        Maps an array of net inputs to an array of derivatives. Without any derivative the
        activation can be run but not trained by gradients.
    derivative_from_output : callable, optional
        Maps an array of outputs to an array of derivatives; backpropagation prefers it.
    is_probability : bool, optional
        Whether its outputs lie in [0, 1], so that cross-entropy makes sense for them.
    overwrite : bool, optional
        Whether to replace one of your own that has this name already.

    Returns
    -------
    Activation

    Raises
    ------
    InvalidValueError
        If the name is no identifier or is taken, or a function fails on a small array.
    InvalidTypeError
        If an argument is of the wrong type, or a function returns something other than numbers.

    Examples
    --------
    >>> square = register("square", lambda z: z * z, lambda z: 2 * z)
    >>> square, square == "square"
    (get('square'), True)
    >>> print(square([1, 2, 3]), square.derivative([1, 2, 3]))
    [1. 4. 9.] [2. 4. 6.]
    """
    _check_name(name, overwrite)
    functions = {
        "function": function,
        "derivative": derivative,
        "derivative_from_output": derivative_from_output,
    }
    activation = Registered(name, function, derivative, derivative_from_output, is_probability)
    for role, candidate in functions.items():
        if candidate is not None or role == "function":
            _probe(activation, role, candidate)
    KNOWN[name] = activation
    return activation


def _check_name(name: str, overwrite: bool) -> None:
    where = "activations.register: name"
    if not isinstance(name, str):
        raise InvalidTypeError(f"{where} must be a str (got {name!r})")
    if not name.isidentifier():
        raise InvalidValueError(f"{where} must be an identifier such as 'my_bell' (got {name!r})")
    if name in (activation.name for activation in ALL):
        raise InvalidValueError(
            f"{where} {name!r} is built in and cannot be replaced; choose another"
        )
    if name in KNOWN and not overwrite:
        raise InvalidValueError(
            f"{where} {name!r} is already registered; pass overwrite=True to replace it"
        )


def _probe(activation: Registered, role: str, function: Function | None) -> None:
    """Try a user's function on a small array, so that a mistake shows here and not in a run."""
    where = f"activations.register: the {role} of {activation.name!r}"
    if not callable(function):
        raise InvalidTypeError(f"{where} must be callable (got {function!r})")
    values = np.array([[-1.0, -0.5, 0.0], [0.25, 0.5, 1.0]])
    corner = values[:1, :1]
    with np.errstate(all="ignore"):
        try:
            whole = activation._apply(role, function, values, np.empty_like(values))
            alone = activation._apply(role, function, corner, np.empty_like(corner))
        except (InvalidTypeError, InvalidValueError):
            raise
        except Exception as error:
            raise InvalidValueError(
                f"{where} must take an array and leave it as it is; on an array of shape "
                f"{values.shape} it raised {type(error).__name__}: {error}"
            ) from error
    if not np.allclose(whole[:1, :1], alone, equal_nan=True):
        raise InvalidValueError(
            f"{where} must work element by element: the value for one net input depends on the "
            "others"
        )
