"""How activations, costs and their derivatives are written."""

from __future__ import annotations

from collections.abc import Callable

from neurosim.activations import Activation
from neurosim.analysis.walking.equations import Formula, Quantity
from neurosim.costs import (
    AbsoluteError,
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Cost,
    Huber,
    SquaredError,
)

# Of a net input z, and of a net input and an output a.
_OUTPUT: dict[str, Callable[[Quantity], Formula]] = {
    "identity": lambda z: (z,),
    "sigmoid": lambda z: ("σ(", z, ")"),
    "tanh": lambda z: ("tanh(", z, ")"),
    "relu": lambda z: ("max(0, ", z, ")"),
    "leaky_relu": lambda z: ("max(0.01 · ", z, ", ", z, ")"),
    "softplus": lambda z: ("ln(1 + exp(", z, "))"),
    "gaussian": lambda z: ("exp(−", z, "²)"),
    "sine": lambda z: ("sin(", z, ")"),
}
_SLOPE: dict[str, Callable[[Quantity, Quantity], Formula]] = {
    "identity": lambda *_: (),
    "sigmoid": lambda _, a: (a, " · (1 − ", a, ")"),
    "tanh": lambda _, a: ("(1 − ", a, ") · (1 + ", a, ")"),
    "softplus": lambda z, _: ("σ(", z, ")"),
    "gaussian": lambda z, a: ("−2 · ", z, " · ", a),
    "sine": lambda z, _: ("cos(", z, ")"),
}

_Pair = Callable[[Cost, Quantity, Quantity], Formula]


def output_of(
    activation: Activation, z: Quantity, layer: list[Quantity]
) -> tuple[Formula, Formula]:
    """Return how an output comes from net inputs, in symbols and, if that is more, in figures.

    Those of the whole layer count in softmax.
    """
    if activation.over_layer:
        terms = [part for other in layer for part in (") + exp(", other)][1:]
        return ("exp(", z, ") / Σ exp(z)"), ("exp(", z, ") / (exp(", *terms, "))")
    known = _OUTPUT.get(activation.name)
    return (known(z) if known else (f"{activation.name}(", z, ")")), ()


def slope_of(activation: Activation, z: Quantity, a: Quantity) -> Formula:
    """Return how the derivative comes from net input and output; nothing for the constant 1."""
    known = _SLOPE.get(activation.name)
    return known(z, a) if known else (f"{activation.name}′(", z, ")")


def part_of(cost: Cost, y: Quantity, o: Quantity) -> Formula:
    """Return an output's part of the cost, given the target and the output."""
    known = _PARTS.get(type(cost))
    return known(cost, y, o) if known else (f"{type(cost).__name__}(", o, ", ", y, ")")


def gradient_of(cost: Cost, y: Quantity, o: Quantity) -> Formula:
    """Return the derivative of that part with respect to the output."""
    known = _GRADIENTS.get(type(cost))
    return known(cost, y, o) if known else (f"{type(cost).__name__}′(", o, ", ", y, ")")


def surprise_of(targets: list[Quantity], outputs: list[Quantity]) -> Formula:
    """Return the categorical cross-entropy of a softmax layer in figures, without its zeros."""
    pairs = zip(targets, outputs, strict=True)
    terms = [part for y, o in pairs if y.value for part in (") + ", y, " · ln(", o)]
    return ("−(", *terms[1:], "))")


def delta_of(cost: Cost, y: Quantity, o: Quantity) -> Formula:
    """Return what comes of the two derivatives where the cost goes to the net input directly."""
    if type(cost) in (BinaryCrossEntropy, CategoricalCrossEntropy):
        return minus_error(cost, y, o)
    return (f"{type(cost).__name__}.delta(", o, ", ", y, ")")


def minus_error(_: Cost, y: Quantity, o: Quantity) -> Formula:
    """Return −(y − o)."""
    return ("−(", y, " − ", o, ")")


def _half_square(_: Cost, y: Quantity, o: Quantity) -> Formula:
    return ("½ · (", y, " − ", o, ")²")


def _magnitude(_: Cost, y: Quantity, o: Quantity) -> Formula:
    return ("|", y, " − ", o, "|")


def _huber(cost: Cost, y: Quantity, o: Quantity) -> Formula:
    d = _threshold(cost)
    if _is_small(y, o, d):
        return _half_square(cost, y, o)
    return (d, " · (|", y, " − ", o, "| − ½ · ", d, ")")


def _huber_gradient(cost: Cost, y: Quantity, o: Quantity) -> Formula:
    d = _threshold(cost)
    if _is_small(y, o, d):
        return minus_error(cost, y, o)
    return ("−", d, " · sign(", y, " − ", o, ")")


def _threshold(cost: Cost) -> Quantity:
    assert isinstance(cost, Huber)
    return Quantity("d", (), cost.threshold)


def _is_small(y: Quantity, o: Quantity, threshold: Quantity) -> bool:
    return abs(y.value - o.value) <= threshold.value


_PARTS: dict[type[Cost], _Pair] = {
    SquaredError: _half_square,
    AbsoluteError: _magnitude,
    Huber: _huber,
    BinaryCrossEntropy: lambda _, y, o: (
        "−", y, " · ln(", o, ") − (1 − ", y, ") · ln(1 − ", o, ")",
    ),
}  # fmt: skip
_GRADIENTS: dict[type[Cost], _Pair] = {
    SquaredError: minus_error,
    AbsoluteError: lambda _, y, o: ("−sign(", y, " − ", o, ")"),
    Huber: _huber_gradient,
    BinaryCrossEntropy: lambda _, y, o: ("(1 − ", y, ") / (1 − ", o, ") − ", y, " / ", o),
}  # fmt: skip
