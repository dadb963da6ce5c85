"""The built-in activation functions, each side by side with its derivatives."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from attrs import frozen
from numpy.typing import ArrayLike

from neurosim.activations.base import KNOWN, Activation, as_floats
from neurosim.checks import FloatArray
from neurosim.errors import InvalidValueError

# Below this net input 1 + exp(-z) is exp(-z) in either dtype, and soon overflows.
_SIGMOID_TAIL = -87.0
# exp(-z²) is 0 beyond, in either dtype, and a square up to here cannot overflow.
_GAUSSIAN_REACH = 32.0
# Multiples of 1/128 up to 32 have exact squares, also in float32.
_GAUSSIAN_GRID = 128.0


@frozen(eq=False, repr=False)
class Identity(Activation):
    """The net input itself: a simple linear unit.

    Examples
    --------
    >>> print(Identity()([-2, 3]))
    [-2.  3.]
    """

    name = "identity"
    has_output_derivative = True

    def function(self, net_input: FloatArray, out: FloatArray) -> FloatArray:
        """Write z itself."""
        np.copyto(out, net_input)
        return out

    def _slope_from_net_input(self, net_input: FloatArray, out: FloatArray) -> FloatArray:
        return self._slope_from_output(net_input, out)

    def _slope_from_output(self, output: FloatArray, out: FloatArray) -> FloatArray:
        out.fill(1.0)
        return out


@frozen(eq=False, repr=False)
class Sigmoid(Activation):
    """The logistic function, σ(z) = 1 / (1 + exp(−z)).

    Notes
    -----
    The derivative is σ(z) σ(−z), which is o (1 − o) in terms of the output o. The first keeps
    its relative accuracy for large z too, the second is cheaper; neither is an approximation.

    References
    ----------
    T. M. Mitchell, *Machine Learning*, McGraw-Hill, 1997, section 4.5.1.

    Examples
    --------
    >>> print(Sigmoid()([0.0, 1e4]), Sigmoid().derivative(0), Sigmoid().derivative_from_output(0.5))
    [0.5 1. ] 0.25 0.25
    """

    name = "sigmoid"
    output_range = (0.0, 1.0)
    has_output_derivative = True
    is_probability = True

    def function(self, net_input: FloatArray, out: FloatArray) -> FloatArray:
        """Write σ(z)."""
        return _sigmoid(net_input, out)

    def _slope_from_net_input(self, net_input: FloatArray, out: FloatArray) -> FloatArray:
        return _sigmoid_slope(net_input, out)

    def _slope_from_output(self, output: FloatArray, out: FloatArray) -> FloatArray:
        np.subtract(1.0, output, out=out)
        np.multiply(out, output, out=out)
        return out


@frozen(eq=False, repr=False)
class Tanh(Activation):
    """The hyperbolic tangent.

    Notes
    -----
    The derivative is 1 / cosh²(z) = 4 σ(2z) σ(−2z), or (1 − o)(1 + o) from the output o.

    Examples
    --------
    >>> print(Tanh()([0, 1e4]), Tanh().derivative(0))
    [0. 1.] 1.0
    """

    name = "tanh"
    output_range = (-1.0, 1.0)
    has_output_derivative = True

    def function(self, net_input: FloatArray, out: FloatArray) -> FloatArray:
        """Write tanh(z)."""
        np.tanh(net_input, out=out)
        return out

    def _slope_from_net_input(self, net_input: FloatArray, out: FloatArray) -> FloatArray:
        np.multiply(net_input, 2.0, out=out)
        _sigmoid_slope(out, out)
        np.multiply(out, 4.0, out=out)
        return out

    def _slope_from_output(self, output: FloatArray, out: FloatArray) -> FloatArray:
        np.subtract(1.0, output, out=out)
        np.multiply(out, 1.0 + output, out=out)
        return out


@frozen(eq=False, repr=False)
class ReLU(Activation):
    """The rectified linear unit, max(0, z); its derivative at 0 is taken as 0.

    References
    ----------
    V. Nair and G. E. Hinton, "Rectified linear units improve restricted Boltzmann machines",
    ICML, 2010.

    Examples
    --------
    >>> print(ReLU()([-2, 3]), ReLU().derivative([-2, 0, 3]))
    [0. 3.] [0. 0. 1.]
    """

    name = "relu"
    output_range = (0.0, math.inf)
    has_output_derivative = True

    def function(self, net_input: FloatArray, out: FloatArray) -> FloatArray:
        """Write max(0, z)."""
        np.maximum(net_input, 0.0, out=out)
        return out

    def _slope_from_net_input(self, net_input: FloatArray, out: FloatArray) -> FloatArray:
        return self._slope_from_output(net_input, out)

    def _slope_from_output(self, output: FloatArray, out: FloatArray) -> FloatArray:
        np.greater(output, 0.0, out=out)
        return out


@frozen(eq=False, repr=False)
class LeakyReLU(Activation):
    """The leaky rectified linear unit: z above 0, 0.01 z below; its derivative at 0 is 0.01.

    References
    ----------
    A. L. Maas, A. Y. Hannun and A. Y. Ng, "Rectifier nonlinearities improve neural network
    acoustic models", ICML, 2013.

    Examples
    --------
    >>> print(LeakyReLU()([-2, 3]), LeakyReLU().derivative([-2, 0, 3]))
    [-0.02  3.  ] [0.01 0.01 1.  ]
    """

    leak: ClassVar[float] = 0.01

    name = "leaky_relu"
    has_output_derivative = True

    def function(self, net_input: FloatArray, out: FloatArray) -> FloatArray:
        """Write max(0.01 z, z)."""
        np.maximum(net_input, self.leak * net_input, out=out)
        return out

    def _slope_from_net_input(self, net_input: FloatArray, out: FloatArray) -> FloatArray:
        return self._slope_from_output(net_input, out)

    def _slope_from_output(self, output: FloatArray, out: FloatArray) -> FloatArray:
        np.greater(output, 0.0, out=out)
        np.maximum(out, self.leak, out=out)
        return out


@frozen(eq=False, repr=False)
class Softplus(Activation):
    """The smooth rectifier, log(1 + exp(z)).

    Notes
    -----
    Computed as max(0, z) + log1p(exp(−|z|)), in which nothing can overflow. The derivative is
    σ(z), or 1 − exp(−o) from the output o.

    References
    ----------
    C. Dugas et al., "Incorporating second-order functional knowledge for better option
    pricing", NIPS, 2000.

    Examples
    --------
    >>> print(Softplus()([-1e4, 1e4]), Softplus().derivative(0))
    [    0. 10000.] 0.5
    """

    name = "softplus"
    output_range = (0.0, math.inf)
    has_output_derivative = True

    def function(self, net_input: FloatArray, out: FloatArray) -> FloatArray:
        """Write log(1 + exp(z))."""
        above = np.maximum(net_input, 0.0)
        np.abs(net_input, out=out)
        np.negative(out, out=out)
        np.exp(out, out=out)
        np.log1p(out, out=out)
        np.add(out, above, out=out)
        return out

    def slope(self, net_input: FloatArray, output: FloatArray, out: FloatArray) -> FloatArray:
        """Write σ(z), which is faster from the net input than from the output."""
        return _sigmoid(net_input, out)

    def _slope_from_net_input(self, net_input: FloatArray, out: FloatArray) -> FloatArray:
        return _sigmoid(net_input, out)

    def _slope_from_output(self, output: FloatArray, out: FloatArray) -> FloatArray:
        np.negative(output, out=out)
        np.expm1(out, out=out)
        np.negative(out, out=out)
        return out


@frozen(eq=False, repr=False)
class Gaussian(Activation):
    """The bell exp(−z²), whose derivative is −2 z exp(−z²).

    Notes
    -----
    Rounding z² would cost up to 9 bits where z² is large. So z is split into a number h with
    few digits, whose square is exact, and a small rest: exp(−z²) = exp(−h²) exp((h − z)(h + z)).

    Examples
    --------
    >>> print(Gaussian()([0, 1e200]), Gaussian().derivative([0, 1e200]))
    [1. 0.] [-0. -0.]
    """

    name = "gaussian"
    output_range = (0.0, 1.0)

    def function(self, net_input: FloatArray, out: FloatArray) -> FloatArray:
        """Write exp(−z²)."""
        np.abs(net_input, out=out)
        np.minimum(out, _GAUSSIAN_REACH, out=out)
        coarse = np.rint(out * _GAUSSIAN_GRID) / _GAUSSIAN_GRID
        rest = coarse - out
        np.add(out, coarse, out=out)
        np.multiply(out, rest, out=out)
        np.exp(out, out=out)
        np.multiply(out, np.exp(-coarse * coarse), out=out)
        return out

    def slope(self, net_input: FloatArray, output: FloatArray, out: FloatArray) -> FloatArray:
        """Write −2 z exp(−z²), with the bell taken from the output."""
        # First by the output: 2 z alone could overflow, and infinity times 0 is no number.
        np.multiply(net_input, output, out=out)
        np.multiply(out, -2.0, out=out)
        return out

    def _slope_from_net_input(self, net_input: FloatArray, out: FloatArray) -> FloatArray:
        return self.slope(net_input, self.function(net_input, np.empty_like(net_input)), out)


@frozen(eq=False, repr=False)
class Sine(Activation):
    """The sine; its derivative, the cosine, is not determined by the output (its sign is lost).

    Examples
    --------
    >>> print(Sine()(0), Sine().derivative(0))
    0.0 1.0
    """

    name = "sine"
    output_range = (-1.0, 1.0)

    def function(self, net_input: FloatArray, out: FloatArray) -> FloatArray:
        """Write sin(z)."""
        np.sin(net_input, out=out)
        return out

    def _slope_from_net_input(self, net_input: FloatArray, out: FloatArray) -> FloatArray:
        np.cos(net_input, out=out)
        return out


@frozen(eq=False, repr=False)
class Threshold(Activation):
    """The perceptron's function: +1 where the net input is above 0, else −1; no derivative.

    References
    ----------
    T. M. Mitchell, *Machine Learning*, McGraw-Hill, 1997, section 4.4.

    Examples
    --------
    >>> print(Threshold()([-0.5, 0, 0.5]))
    [-1. -1.  1.]
    """

    name = "threshold"
    output_range = levels = (-1.0, 1.0)
    is_differentiable = False

    def function(self, net_input: FloatArray, out: FloatArray) -> FloatArray:
        """Write +1 or −1."""
        _step(net_input, out)
        np.multiply(out, 2.0, out=out)
        np.subtract(out, 1.0, out=out)
        return out


@frozen(eq=False, repr=False)
class Step(Activation):
    """1 where the net input is above 0, else 0; no derivative.

    Examples
    --------
    >>> print(Step()([-0.5, 0, 0.5]))
    [0. 0. 1.]
    """

    name = "step"
    output_range = levels = (0.0, 1.0)
    is_differentiable = False

    def function(self, net_input: FloatArray, out: FloatArray) -> FloatArray:
        """Write 1 or 0."""
        return _step(net_input, out)


@frozen(eq=False, repr=False)
class Softmax(Activation):
    """The outputs of a layer as probabilities: exp(z) divided by its sum over the layer.

    The public face sums over the last axis, as in ``(n_examples, n_neurons)``. The raw one
    sums over the first: engines hold a layer as ``(n_neurons, n_examples)``.

    Notes
    -----
    Each output depends on every net input of the layer, so the derivative is a matrix for each
    example: ∂o_i/∂z_j = o_i (1 if i = j else 0) − o_i o_j. In place of `slope` there is
    `backward`, which multiplies by that matrix without making it.

    References
    ----------
    J. S. Bridle, "Probabilistic interpretation of feedforward classification network outputs",
    in *Neurocomputing*, Springer, 1990.

    Examples
    --------
    >>> print(Softmax()([[0, 0, 0, 0], [0, 1e4, 0, 0]]))
    [[0.25 0.25 0.25 0.25]
     [0.   1.   0.   0.  ]]
    """

    name = "softmax"
    output_range = (0.0, 1.0)
    has_output_derivative = True
    is_probability = True
    over_layer = True

    def __call__(self, net_input: ArrayLike) -> FloatArray:
        """Return the outputs of a layer for its net inputs.

        Parameters
        ----------
        net_input : (..., n_neurons) array_like
            float32 stays float32; integers and booleans become float64.

        Returns
        -------
        (..., n_neurons) array
            A new array; it sums to 1 over the last axis.

        Raises
        ------
        InvalidValueError
            If `net_input` is a single number, not a layer.
        """
        layer_first = np.moveaxis(_as_layer(net_input), -1, 0)
        return np.moveaxis(self._fresh(self.function, layer_first), 0, -1)

    def derivative(self, net_input: ArrayLike) -> FloatArray:
        """Return the matrix ∂output_i/∂net_input_j of each example.

        Parameters
        ----------
        net_input : (..., n_neurons) array_like

        Returns
        -------
        (..., n_neurons, n_neurons) array
        """
        return self.derivative_from_output(self(net_input))

    def derivative_from_output(self, output: ArrayLike) -> FloatArray:
        """Return the same matrices, computed from the layer's outputs.

        Parameters
        ----------
        output : (..., n_neurons) array_like

        Returns
        -------
        (..., n_neurons, n_neurons) array
        """
        checked = _as_layer(output)
        with np.errstate(all="ignore"):
            row, column = checked[..., None, :], checked[..., :, None]
            jacobian: FloatArray = column * (np.eye(checked.shape[-1], dtype=checked.dtype) - row)
        return jacobian

    def function(self, net_input: FloatArray, out: FloatArray) -> FloatArray:
        """Write the probabilities of each column: the sum runs over the first axis."""
        np.subtract(net_input, net_input.max(axis=0, initial=-np.inf), out=out)
        np.exp(out, out=out)
        np.divide(out, out.sum(axis=0), out=out)
        return out

    def slope(self, *_: FloatArray) -> FloatArray:
        """Refuse: a neuron of a softmax layer has no derivative of its own."""
        raise InvalidValueError(
            "Softmax().slope: a neuron of a softmax layer has no derivative of its own, "
            "each output depends on the whole layer; use backward"
        )

    def backward(
        self, output: FloatArray, output_gradient: FloatArray, out: FloatArray
    ) -> FloatArray:
        """Write the layer's deltas, ∂E/∂net_input, into `out` and return it.

        Parameters
        ----------
        output : (n_neurons, n_examples) array
        output_gradient : (n_neurons, n_examples) array
            ∂E/∂output.
        out : (n_neurons, n_examples) array
            None of the other arguments.
        """
        np.multiply(output, output_gradient, out=out)
        np.subtract(output_gradient, out.sum(axis=0), out=out)
        np.multiply(out, output, out=out)
        return out


def _as_layer(values: ArrayLike) -> FloatArray:
    checked = as_floats(values, "Softmax()")
    if checked.ndim == 0:
        raise InvalidValueError(
            "Softmax(): expected the values of a layer, shape (..., n_neurons) (got one number)"
        )
    return checked


def _step(net_input: FloatArray, out: FloatArray) -> FloatArray:
    # Unlike a comparison this hands on what is no number, and it is faster than np.heaviside.
    np.sign(net_input, out=out)
    np.maximum(out, 0.0, out=out)
    return out


def _sigmoid(net_input: FloatArray, out: FloatArray) -> FloatArray:
    in_tail = net_input < _SIGMOID_TAIL
    tail = np.exp(net_input[in_tail])
    np.negative(net_input, out=out)
    np.exp(out, out=out)
    np.add(out, 1.0, out=out)
    np.reciprocal(out, out=out)
    out[in_tail] = tail
    return out


def _sigmoid_slope(net_input: FloatArray, out: FloatArray) -> FloatArray:
    np.abs(net_input, out=out)
    np.negative(out, out=out)
    np.exp(out, out=out)
    np.divide(out, np.square(1.0 + out), out=out)
    return out


ALL: tuple[Activation, ...] = (
    Identity(),
    Sigmoid(),
    Tanh(),
    ReLU(),
    LeakyReLU(),
    Softplus(),
    Gaussian(),
    Sine(),
    Threshold(),
    Step(),
    Softmax(),
)

KNOWN.update((activation.name, activation) for activation in ALL)
