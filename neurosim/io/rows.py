"""A network's neurons as rows, and what belongs to none of them as JSON: what formats share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from attrs import asdict

from neurosim.checks import FloatArray, IntArray, float_dtype, number
from neurosim.errors import FormatError, InvalidTypeError, InvalidValueError
from neurosim.inputs.scaling import Scaler
from neurosim.io.parts import Parts
from neurosim.model.columns import ROLES
from neurosim.wording import shown

VERSION = 1

# Blanks around it, ASCII digits, and the words by which programs write what is no number.
_NUMBER = re.compile(
    r"\s*+[+-]?(?:(?:\d++(?:\.\d*+)?|\.\d++)(?:e[+-]?\d++)?|inf(?:inity)?|nan)\s*+",
    re.ASCII | re.IGNORECASE,
)

Row = Mapping[str, Any]
Spell = Callable[[str], str]


def neuron_rows(parts: Parts, spell: Spell = str) -> list[dict[str, Any]]:
    """Return what each neuron is, without what it does not have.

    Parameters
    ----------
    parts : Parts
    spell : callable
        Makes of a name what a format can hold.
    """
    layers = [*map(spell, parts.layers), None]
    activations = [*parts.activations, None]
    columns = {
        "name": [spell(name) for name in parts.neurons],
        "role": [ROLES[role] for role in parts.role.tolist()],
        "layer": [layers[layer] for layer in parts.layer.tolist()],
        "activation": [activations[code] for code in parts.activation.tolist()],
        "bias": [None if np.isnan(bias) else bias for bias in parts.bias.tolist()],
    }
    return [
        {key: value for key, value in zip(columns, row, strict=True) if value is not None}
        for row in zip(*columns.values(), strict=True)
    ]


def description(parts: Parts) -> dict[str, Any]:
    """Return what belongs to the network and to none of its neurons, as JSON has it."""
    scalers = {"input_scaler": parts.input_scaler, "output_scaler": parts.output_scaler}
    return {
        "format": VERSION,
        "name": parts.name,
        "dtype": parts.dtype.name,
        **{key: asdict(scaler) for key, scaler in scalers.items() if scaler is not None},
        **({} if parts.classes is None else {"classes": parts.classes}),
    }


def parts_from(
    described: Any,
    neurons: Mapping[Any, Row],
    synapses: Sequence[tuple[Any, Any]],
    weights: FloatArray,
    restore: Spell = str,
) -> Parts:
    """Return the parts of which `neuron_rows` and `description` were made.

    Parameters
    ----------
    described : Any
        What may be a description.
    neurons : dict
        In order of creation: what the format calls a neuron, and what may be its row.
    synapses : list of (pre, post)
        By these keys.
    weights : (n_synapses,) array
    restore : callable
        Makes a name of what the format has held.

    Raises
    ------
    FormatError
        For what is missing, of another type, or of a newer version.
    """
    rows = list(neurons.values())
    layers = [restore(name) if name else "" for name in _texts(rows, "layer")]
    activations = _texts(rows, "activation")
    pre, post = _places(neurons, synapses)
    return Parts(
        neurons=tuple(map(restore, _texts(rows, "name"))),
        role=np.array([_role(name, i) for i, name in enumerate(_texts(rows, "role"))], np.int8),
        activation=_numbered(activations),
        bias=np.array(_biases(rows), np.float64),
        layer=_numbered(layers),
        activations=_distinct(activations),
        layers=_distinct(layers),
        pre=pre,
        post=post,
        weight=weights,
        **_checked(described),
    )


def _places(keys: Iterable[Any], pairs: Sequence[tuple[Any, Any]]) -> tuple[IntArray, IntArray]:
    place = {key: i for i, key in enumerate(keys)}
    for pair in pairs:
        for end in pair:
            if end not in place:
                raise FormatError(
                    f"{shown(pair[0])} -> {shown(pair[1])}: there is no neuron {shown(end)}"
                )
    places = np.array([(place[pre], place[post]) for pre, post in pairs], np.int32)
    return places.reshape(-1, 2)[:, 0], places.reshape(-1, 2)[:, 1]


def _texts(rows: Sequence[Row], key: str) -> list[str]:
    """Return a column of texts, empty where there is none."""
    column = [row.get(key, "") for row in rows]
    for i, value in enumerate(column):
        if not isinstance(value, str):
            raise FormatError(f"{key} of neuron {i} must be a text (got {shown(value)})")
    return column


def _biases(rows: Sequence[Row]) -> list[float]:
    return [
        read_number(row["bias"], f"bias of neuron {i}") if "bias" in row else np.nan
        for i, row in enumerate(rows)
    ]


def read_number(value: Any, where: str) -> float:
    """Return a finite number that a file holds as such, or as text."""
    if type(value) is str:
        found = number_in(value)
        if found is None:
            raise FormatError(f"{where} must be a number (got {shown(value)})")
        value = found
    with _refused():
        return number(value, where)


def number_in(text: str) -> float | None:
    """Return what a text says if it is a number as files hold it, finite or not.

    Python reads more than that: ``1_0`` and the digits of all scripts.

    Examples
    --------
    >>> number_in(" -1.5e3 "), number_in("1_0"), number_in("\u0661"), number_in("1,5")
    (-1500.0, None, None, None)
    """
    return float(text) if _NUMBER.fullmatch(text) else None


def _role(name: str, neuron: int) -> int:
    if name not in ROLES:
        raise FormatError(
            f'role of neuron {neuron} must be "input", "hidden" or "output" (got {shown(name)})'
        )
    return ROLES.index(name)


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """Return each name once, in the order in which they come first."""
    return tuple(dict.fromkeys(name for name in names if name))


def _numbered(names: Sequence[str]) -> IntArray:
    """Return each name's position among the distinct ones, -1 for none."""
    place = {"": -1, **{name: i for i, name in enumerate(_distinct(names))}}
    return np.array([place[name] for name in names], np.int32)


def _checked(described: Any) -> dict[str, Any]:
    """Return what a description says, as `Parts` has it."""
    if not isinstance(described, Mapping) or "format" not in described:
        raise FormatError(
            f"what neurosim says of the network must have a format (got {shown(described)})"
        )
    if described["format"] != VERSION:
        raise FormatError(
            f"the file has version {shown(described['format'])} of its format; this neurosim reads "
            f"version {VERSION}"
        )
    name, dtype = described.get("name"), described.get("dtype")
    if not isinstance(name, str) or not isinstance(dtype, str):
        raise FormatError(
            f"name and dtype of the network must be texts (got {shown(name)} and {shown(dtype)})"
        )
    if dtype not in ("float32", "float64"):
        raise FormatError(f'dtype must be "float32" or "float64" (got {shown(dtype)})')
    with _refused():
        return {
            "name": name,
            "dtype": float_dtype(dtype, "dtype"),
            "input_scaler": _scaler(described.get("input_scaler"), "input_scaler"),
            "output_scaler": _scaler(described.get("output_scaler"), "output_scaler"),
            "classes": _classes(described.get("classes")),
        }


def _scaler(value: Any, where: str) -> Scaler | None:
    if value is None:
        return None
    if not isinstance(value, Mapping) or set(value) != {"shift", "scale", "names"}:
        raise FormatError(f"{where} must have shift, scale and names (got {shown(value)})")
    return Scaler(**value)


def _classes(value: Any) -> tuple[Any, ...] | None:
    if value is not None and not isinstance(value, (list, tuple)):
        raise FormatError(f"classes must be a list (got {shown(value)})")
    return None if value is None else tuple(value)


@contextmanager
def _refused() -> Iterator[None]:
    """Have what a scaler refuses be an error of the file."""
    try:
        yield
    except (InvalidTypeError, InvalidValueError) as error:
        raise FormatError(str(error)) from error
