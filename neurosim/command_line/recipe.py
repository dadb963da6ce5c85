"""Recipes: what to learn from which table, by which network, as a TOML file tells."""

from __future__ import annotations

import inspect
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from attrs import Factory, frozen

import neurosim as ns
from neurosim.command_line.values import (
    COLUMNS,
    FILE,
    NAME_OR_NAMES,
    NAMES,
    SHARE_OR_COUNT,
    SIZES,
    TEXT,
    as_toml,
    key,
    keys_of,
    made_by,
    meant,
    number,
    one_of,
    require_kind_of,
    require_known,
    require_sane,
    whole,
)
from neurosim.errors import FormatError, InvalidValueError, NeurosimError, about

_DIGITS = re.compile(rb"[0-9_]{1000,}")  # more than Python makes a number of

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
# What a network from a file brings itself, so that the recipe cannot say it besides.
_OF_NEW_NETWORKS = ("hidden", "skips")


@frozen(kw_only=True)
class Data:
    """The table ``[data]``: which columns are what, and what is kept to test with."""

    inputs: list[str] = key(COLUMNS)
    outputs: list[str] = key(COLUMNS, Factory(list))
    label: str | None = key(TEXT, None)
    file: str | None = key(FILE, None)
    test: float = key(SHARE_OR_COUNT, 0.25)
    seed: int = key(whole(0), 0)
    written: frozenset[str] = frozenset()


@frozen(kw_only=True)
class Shape:
    """The table ``[network]``: what is made, or what changes in a network from a file.

    Attributes
    ----------
    written : frozenset of str
        The keys that the recipe has; the others are defaults.
    """

    file: str | None = key(FILE, None)
    name: str = key(TEXT, "network")
    dtype: str = key(one_of(("float64", "float32")), "float64")
    hidden: list[int] = key(SIZES, Factory(list))
    activation: Any = key(NAME_OR_NAMES, None)
    output_activation: str | None = key(TEXT, None)
    skips: str = key(one_of(("none", "all")), "none")
    initializer: Any = key(made_by(_INITIALIZERS), "LeCun")
    seed: int = key(whole(0), 0)
    scale_inputs: str = key(one_of(SCALERS), "standardize")
    scale_outputs: str | None = key(one_of(SCALERS), None)
    written: frozenset[str] = frozenset()


@frozen(kw_only=True)
class Training:
    """The table ``[train]``: the arguments of `train`, and the patience of early stopping."""

    rule: Any = key(made_by(_RULES), "Adam")
    cost: Any = key(made_by(_COSTS), None)
    penalty: Any = key(made_by(_PENALTIES), None)
    clip: Any = key(made_by(_CLIPS), None)
    max_norm: float | None = key(number("a number > 0", lambda value: value > 0), None)
    dropout: float | None = key(
        number("a number >= 0 and < 1", lambda value: 0 <= value < 1), None
    )
    input_noise: float | None = key(number("a number >= 0", lambda value: value >= 0), None)
    epochs: int = key(whole(0), 100)
    batch_size: int | None = key(whole(1), None)
    seed: int = key(whole(0), 0)
    metrics: list[str] = key(NAMES, Factory(list))
    patience: int | None = key(whole(1), None)
    written: frozenset[str] = frozenset()


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
    tables = _toml(where)
    with about(path):
        require_sane(tables)
        require_known(tables, ("data", "network", "train"), "the recipe")
        parts = [
            _section(kind, tables.get(name, {}), name)
            for name, kind in (("data", Data), ("network", Shape), ("train", Training))
        ]
        recipe = Recipe(where.parent, *parts)
        _require_objects(recipe)
        _require_effect(recipe)
    return recipe


def _toml(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    long = _DIGITS.search(data)
    if long:
        line = data.count(b"\n", 0, long.start()) + 1
        raise FormatError(f"{path} has a number of {len(long[0])} digits in line {line}")
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except RecursionError as error:
        raise FormatError(f"{path} is not a recipe: it is nested too deeply") from error
    except ValueError as error:  # of TOML and of UTF-8
        raise FormatError(f"{path} is not a TOML file: {error}") from error


def _section(kind: Any, values: Any, name: str) -> Any:
    if not isinstance(values, dict):
        raise InvalidValueError(f"[{name}] must be a table (got {as_toml(values)})")
    keys = keys_of(kind)
    require_known(values, keys, f"[{name}]")
    if "inputs" in keys and "inputs" not in values:
        raise InvalidValueError(f"[{name}] must have inputs = [...]")
    for one, value in values.items():
        require_kind_of(value, keys[one], f"[{name}] {one}")
    return kind(**values, written=frozenset(values))


def _require_objects(recipe: Recipe) -> None:
    """Refuse names and settings that stand for nothing, before any work is done."""
    shape, train = recipe.network, recipe.train
    rule_of(train)
    if train.cost is not None:
        cost_of(train)
    shaping_of(train)
    metrics_of(train)
    initializer_of(shape)
    for one in ("activation", "output_activation"):
        value = getattr(shape, one)
        for name in value if isinstance(value, list) else [value]:
            if name is not None:
                with about(f"[network] {one}"):
                    ns.activations.get(name)


def _require_effect(recipe: Recipe) -> None:
    """Refuse keys that would change nothing beside the others that are there."""
    for is_so, message in (*_of_data(recipe.data), *_of_network(recipe), *_of_training(recipe)):
        if is_so:
            raise InvalidValueError(message)


Refusals = list[tuple[bool, str]]


def _of_data(data: Data) -> Refusals:
    return [
        (
            bool(data.outputs) == bool(data.label),
            "[data] must name the columns of numbers to learn as outputs = [...], or the column "
            'of classes as label = "...", and not both',
        ),
        (
            data.label in data.inputs,
            f"[data] label must not be one of the inputs (got {as_toml(data.label)})",
        ),
        (
            "seed" in data.written and not data.test,
            "[data] seed has no effect with test = 0, which keeps no rows; leave it out",
        ),
    ]


def _of_network(recipe: Recipe) -> Refusals:
    shape, data = recipe.network, recipe.data
    is_new, written = shape.file is None, shape.written
    several = shape.activation if isinstance(shape.activation, list) else None
    unused = [one for one in _OF_NEW_NETWORKS if one in written and not is_new]
    needing = [one for one in ("activation", "skips") if one in written]
    return [
        (
            bool(unused),
            f"[network] {', '.join(unused)} has no effect on a network from a file; leave it out, "
            "or leave out file",
        ),
        (
            not is_new and several is not None,
            "[network] activation must be one name for all hidden neurons of a network from a "
            f"file (got {as_toml(several)})",
        ),
        (
            not is_new and "seed" in written and "initializer" not in written,
            "[network] seed has no effect on the weights of a network from a file; leave it out, "
            "or say initializer, which draws new ones",
        ),
        (
            is_new and bool(needing) and not shape.hidden,
            f"[network] {' and '.join(needing)} has no effect without hidden layers; leave it "
            "out, or say hidden = [...]",
        ),
        (
            is_new and several is not None and len(several) != len(shape.hidden),
            f"[network] activation must be one, or one for each of {len(shape.hidden)} hidden "
            f"layers (got {len(several or ())})",
        ),
        (
            data.label is not None and shape.scale_outputs not in (None, "none"),
            "[network] scale_outputs has no effect on classes; leave it out",
        ),
    ]


def _of_training(recipe: Recipe) -> Refusals:
    train = recipe.train
    counts_errors = isinstance(rule_of(train), ns.PerceptronRule)
    return [
        (
            train.patience is not None and not recipe.data.test,
            "[train] patience needs rows to validate on (got [data] test = 0)",
        ),
        (
            counts_errors and train.cost is not None,
            "[train] cost has no effect with PerceptronRule, which counts errors; leave it out",
        ),
    ]


# -- objects by their names --------------------------------------------------------------------


def rule_of(train: Training) -> Any:
    """Return the rule of a recipe."""
    return _made(train.rule, _RULES, "[train] rule")


def cost_of(train: Training) -> Any:
    """Return the cost, or None, with which `train` chooses it by what is learned."""
    return None if train.cost is None else _made(train.cost, _COSTS, "[train] cost")


def shaping_of(train: Training) -> dict[str, Any]:
    """Return the other arguments that shape a step."""
    penalty = None if train.penalty is None else _made(train.penalty, _PENALTIES, "[train] penalty")
    clip = None if train.clip is None else _made(train.clip, _CLIPS, "[train] clip")
    return {
        "penalty": penalty,
        "clip": clip,
        "max_norm": train.max_norm,
        "dropout": train.dropout,
        "input_noise": train.input_noise,
    }


def metrics_of(train: Training) -> list[Any]:
    """Return the metrics."""
    return [_found(name, _METRICS, "[train] metrics") for name in train.metrics]


def initializer_of(shape: Shape) -> Any:
    """Return what draws the first weights."""
    return _made(shape.initializer, _INITIALIZERS, "[network] initializer")


def scaler_of(name: str, columns: Any, where: str) -> Any:
    """Return a scaler for columns, or None."""
    make = _found(name, SCALERS, where)
    return None if make is None else scaler_by(make, columns, where)


def scaler_by(make: Callable[[Any], Any], columns: Any, where: str) -> Any:
    """Return what a function makes of a frame; a refusal names the column and the key."""
    try:
        return make(columns)
    except NeurosimError as error:
        text = re.sub(
            r"\bcolumn (\d+)\b", lambda at: f"column {columns.columns[int(at[1])]!r}", str(error)
        )
        raise InvalidValueError(f"{where}: {text}; say \"none\", or look at the values") from error


def _made(value: Any, kinds: Kinds, where: str) -> Any:
    """Return the object that a name, or a table with a ``name`` and settings, stands for."""
    if isinstance(value, str):
        value = {"name": value}
    require_kind_of(value, made_by(kinds), where)
    settings = {name: _setting(each, f"{where} {name}") for name, each in value.items()}
    name = settings.pop("name")
    kind = _found(name, kinds, where)
    _require_settings(kind, settings, f"{where} {name}")
    try:
        with about(where):
            return kind(**settings)
    except NeurosimError:
        raise
    except (TypeError, ValueError, ArithmeticError) as error:  # of what does not check itself
        raise InvalidValueError(f"{where} {name}: {error}") from error


def _require_settings(kind: Any, settings: Mapping[str, Any], where: str) -> None:
    """Refuse settings that an object has not, and the lack of one that it needs."""
    parameters = inspect.signature(kind).parameters
    require_known(settings, parameters, where)
    for name, one in parameters.items():
        if one.default is one.empty and name not in settings:
            raise InvalidValueError(f"{where} must have {name} = ...")


def _setting(value: Any, where: str) -> Any:
    """Return a setting, in which a table with a ``schedule`` stands for one."""
    if isinstance(value, list):
        return [_setting(each, where) for each in value]
    if not isinstance(value, dict):
        return value
    if not isinstance(value.get("schedule"), str) or "name" in value:
        example = '{ schedule = "Cosine", start = 0.1, length = 100 }'
        raise InvalidValueError(
            f"{where} must be a value, or a schedule such as {example} (got {as_toml(value)})"
        )
    renamed = {("name" if name == "schedule" else name): each for name, each in value.items()}
    return _made(renamed, _SCHEDULES, where)


def _found(name: str, kinds: Kinds, where: str) -> Any:
    if name not in kinds:
        raise InvalidValueError(
            f"{where}: there is no {name!r}{meant(name, list(kinds))}"
        )
    return kinds[name]
