"""What `add_neuron` and `add_layer` are given, checked and turned into columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from typing import Any, Final

import numpy as np

from neurosim import activations
from neurosim.activations import Activation
from neurosim.checks import FloatArray, integer, number
from neurosim.errors import InvalidTypeError, InvalidValueError, StructureError
from neurosim.model.columns import HIDDEN, OUTPUT, ROLES
from neurosim.model.limits import require_size
from neurosim.wording import shown


class _Unset:
    """The default of an argument whose absence means something else than any value."""

    def __repr__(self) -> str:
        return "0.0"  # what it stands for in a signature: a trainable bias that starts at 0


UNSET: Final = _Unset()

# The activation of a neuron that is given none, by its role.
DEFAULT_ACTIVATIONS: Final = {HIDDEN: "sigmoid", OUTPUT: "identity"}


def _is_list(value: Any) -> bool:
    """Whether `value` holds one thing per neuron, in an order."""
    unordered = isinstance(value, (str, bytes, Set, Mapping)) or getattr(value, "ndim", 1) == 0
    return isinstance(value, Iterable) and not unordered


def role_number(role: Any) -> int:
    """Return the number of a role's name."""
    if not isinstance(role, str) or role not in ROLES:
        raise InvalidValueError(
            f'role must be "input", "hidden" or "output" (got {shown(role)})'
        )
    return ROLES.index(role)


def layer_names(count_or_names: Any, layer_name: str) -> list[str]:
    """Return the names of a new layer's neurons."""
    if isinstance(count_or_names, str):
        raise InvalidTypeError(
            f"add_layer takes a count or a list of names (got the str {shown(count_or_names)}; "
            f"one neuron is [{count_or_names!r}])"
        )
    if _is_list(count_or_names):
        names = list(count_or_names)
        if not names:
            raise InvalidValueError("a layer must have at least one neuron (got no names)")
        return names
    count = integer(count_or_names, "number of neurons of a layer", minimum=1)
    require_size(f"layer {layer_name!r}", neurons=count)
    return [f"{layer_name}[{i}]" for i in range(count)]


def check_name(name: Any, where: str) -> str:
    """Return `name` if it is a usable name."""
    if not isinstance(name, str):
        raise InvalidTypeError(f"{where} must be a str (got {shown(name)})")
    if not name:
        raise InvalidValueError(f"{where} must not be empty")
    return name


def refuse_for_input(activation: Any, bias: Any) -> None:
    """Refuse what an input neuron cannot have."""
    if activation is not None:
        raise StructureError(
            "an input neuron emits its column of the examples and has no activation "
            f"(got activation={shown(activation)}); leave it out"
        )
    if bias is not UNSET and bias is not None:
        raise StructureError(
            "an input neuron emits its column of the examples and has no bias "
            f"(got bias={shown(bias)}); leave it out"
        )


def activation_list(activation: Any, count: int, role: int) -> list[Activation]:
    """Return one activation per neuron, or a list of one that holds for all of them.

    None stands for the default of the role, also in a list.
    """
    default = DEFAULT_ACTIVATIONS[role]
    if activation is None:
        return [activations.get(default)]
    if isinstance(activation, (str, Activation)):
        return [activations.get(activation)]
    if not _is_list(activation):
        raise InvalidTypeError(
            "activation must be a name, an Activation, or a list of one per neuron "
            f"(got {shown(activation)})"
        )
    result = [activations.get(default if one is None else one) for one in activation]
    if len(result) != count:
        raise InvalidValueError(
            f"activation must be one, or one per neuron: {count} (got {len(result)})"
        )
    if any(one.over_layer for one in result) and len(set(result)) > 1:
        raise StructureError(
            "softmax belongs to a whole layer (got a list that mixes it with others)"
        )
    return result


def bias_column(bias: Any, count: int, limit: float) -> FloatArray:
    """Return one float64 bias per neuron, NaN where there is none."""
    if bias is UNSET:
        return np.zeros(count)
    if bias is None:
        return np.full(count, np.nan)
    if not _is_list(bias):
        return np.full(count, number(bias, "bias", limit))
    values = list(bias)
    if len(values) != count:
        raise InvalidValueError(f"bias must be one, or one per neuron: {count} (got {len(values)})")
    return np.array(
        [
            np.nan if one is None else number(one, f"bias[{i}]", limit)
            for i, one in enumerate(values)
        ]
    )
