"""Recipes: what to learn from which table, by which network, as a TOML file tells."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

import neurosim as ns
from neurosim.errors import FormatError, InvalidTypeError, InvalidValueError, NeurosimError, about

Kinds = Mapping[str, Any]

_RULES = {rule.__name__: rule for rule in ns.training.rules.RULES}
_COSTS = {
    name: getattr(ns, name)
    for name in (
        "SquaredError", "AbsoluteError", "Huber", "BinaryCrossEntropy", "CategoricalCrossEntropy",
    )
}  # fmt: skip
_PENALTIES = {"L1": ns.L1, "L2": ns.L2}
_CLIPS = {"ClipNorm": ns.ClipNorm, "ClipValue": ns.ClipValue}
_INITIALIZERS = {
    name: getattr(ns.initializers, name)
    for name in ("Normal", "Uniform", "Constant", "Glorot", "He", "LeCun")
}
_SCHEDULES = {
    name: getattr(ns.schedules, name)
    for name in (
        "Constant", "Step", "Exponential", "Cosine", "WarmUp", "Sequence", "OneCycle", "OnPlateau",
    )
}  # fmt: skip
_METRICS = {
    name: getattr(ns.metrics, name)
    for name in (
        "accuracy", "mean_squared_error", "mean_absolute_error", "r2", "log_loss", "auc",
    )
}  # fmt: skip
SCALERS = {"standardize": ns.standardize, "rescale": ns.rescale, "none": None}


@frozen(kw_only=True)
class Data:
    """The table ``[data]``: which columns are what, and what is kept to test with."""

    inputs: list[str]
    outputs: list[str] = field(factory=list)
    label: str | None = None
    file: str | None = None
    test: float = 0.25
    seed: int = 0


@frozen(kw_only=True)
class Shape:
    """The table ``[network]``: what is made, unless there is a file."""

    file: str | None = None
    name: str = "network"
    dtype: str = "float64"
    hidden: list[int] = field(factory=list)
    activation: Any = "tanh"
    output_activation: str | None = None
    skips: str = "none"
    initializer: Any = "LeCun"
    seed: int = 0
    scale_inputs: str = "standardize"
    scale_outputs: str | None = None


@frozen(kw_only=True)
class Training:
    """The table ``[train]``: the arguments of `train`, and the patience of early stopping."""

    rule: Any = "Adam"
    cost: Any = None
    penalty: Any = None
    clip: Any = None
    max_norm: float | None = None
    dropout: float | None = None
    input_noise: float | None = None
    epochs: int = 100
    batch_size: int | None = None
    seed: int = 0
    metrics: list[str] = field(factory=list)
    patience: int | None = None


@frozen
class Recipe:
    """A recipe, read and looked at."""

    folder: Path
    data: Data
    network: Shape
    train: Training


def recipe_from(path: str) -> Recipe:
    """Return the recipe in a TOML file, or refuse it, saying where."""
    where = Path(path)
    with where.open("rb") as file:
        try:
            tables = tomllib.load(file)
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise FormatError(f"{path} is no TOML file: {error}") from error
    with about(path):
        _require_known(tables, ("data", "network", "train"), "the recipe")
        parts = [
            _table(kind, tables.get(name, {}), name)
            for name, kind in (("data", Data), ("network", Shape), ("train", Training))
        ]
        recipe = Recipe(where.parent, *parts)
        if recipe.network.skips not in ("none", "all"):
            raise InvalidValueError(
                f"[network] skips must be \"none\" or \"all\" (got {recipe.network.skips!r})"
            )
        if bool(recipe.data.outputs) == bool(recipe.data.label):
            raise InvalidValueError(
                "[data] must name the columns of numbers to learn as outputs = [...], or the "
                "column of classes as label = \"...\""
            )
    return recipe


def _table(kind: Any, values: Any, name: str) -> Any:
    if not isinstance(values, dict):
        raise InvalidTypeError(f"[{name}] must be a table (got {values!r})")
    fields = kind.__attrs_attrs__
    _require_known(values, [one.name for one in fields], f"[{name}]")
    missing = [one.name for one in fields if one.name == "inputs" and one.name not in values]
    if missing:
        raise InvalidValueError(f"[{name}] must have {missing[0]} = [...]")
    for one in fields:
        if one.name in ("inputs", "outputs", "hidden", "metrics") and one.name in values:
            _require_list(values[one.name], int if one.name == "hidden" else str, name, one.name)
    return kind(**values)


def _require_list(value: Any, kind: type, table: str, name: str) -> None:
    is_list = isinstance(value, list) and all(type(each) is kind for each in value)
    if not is_list:
        what = "whole numbers" if kind is int else "text"
        raise InvalidTypeError(f"[{table}] {name} must be a list of {what} (got {value!r})")


def _require_known(values: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    names = list(known)
    for name in values:
        if name not in names:
            raise InvalidValueError(f"{where} has no {name!r}{_meant(name, names)}")


def _meant(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; there are {', '.join(known)}"


# -- objects by their names --------------------------------------------------------------------


def rule_of(train: Training) -> Any:
    """Return the rule of a recipe."""
    return _made(train.rule, _RULES, "rule")


def cost_of(train: Training, *, has_classes: bool) -> Any:
    """Return the cost; left out, the squared error for numbers, cross-entropy for classes."""
    default = "CategoricalCrossEntropy" if has_classes else "SquaredError"
    return _made(train.cost or default, _COSTS, "cost", reduction="mean")


def shaping_of(train: Training) -> dict[str, Any]:
    """Return the other arguments that shape a step."""
    penalty = None if train.penalty is None else _made(train.penalty, _PENALTIES, "penalty")
    clip = None if train.clip is None else _made(train.clip, _CLIPS, "clip")
    return {
        "penalty": penalty,
        "clip": clip,
        "max_norm": train.max_norm,
        "dropout": train.dropout,
        "input_noise": train.input_noise,
    }


def metrics_of(train: Training) -> list[Any]:
    """Return the metrics."""
    return [_found(name, _METRICS, "metrics") for name in train.metrics]


def initializer_of(shape: Shape) -> Any:
    """Return what draws the first weights."""
    return _made(shape.initializer, _INITIALIZERS, "initializer")


def scaler_of(name: str, columns: Any, where: str) -> Any:
    """Return a scaler for columns, or None."""
    make = _found(name, SCALERS, where)
    return None if make is None else make(columns)


def _made(value: Any, kinds: Kinds, where: str, **defaults: Any) -> Any:
    """Return the object that a name, or a table with a ``name`` and settings, stands for."""
    if isinstance(value, str):
        value = {"name": value}
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        raise InvalidTypeError(
            f'{where} must be a name, or a table such as {{ name = "{next(iter(kinds))}" }} '
            f"(got {value!r})"
        )
    settings = {**defaults, **{name: _setting(each) for name, each in value.items()}}
    name = settings.pop("name")
    kind = _found(name, kinds, where)
    try:
        return kind(**settings)
    except TypeError as error:
        if isinstance(error, NeurosimError):
            raise
        raise InvalidValueError(f"{where} {name}: {error}".replace(".__init__()", "")) from None


def _setting(value: Any) -> Any:
    """Return a setting, in which a table with a ``schedule`` stands for one."""
    if isinstance(value, list):
        return [_setting(each) for each in value]
    if not isinstance(value, dict):
        return value
    renamed = {("name" if name == "schedule" else name): each for name, each in value.items()}
    return _made(renamed, _SCHEDULES, "schedule")


def _found(name: Any, kinds: Kinds, where: str) -> Any:
    if name not in kinds:
        raise InvalidValueError(f"{where}: there is no {name!r}{_meant(str(name), list(kinds))}")
    return kinds[name]
