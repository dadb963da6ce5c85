"""What the keys of a recipe take: kinds of values, in words, and values as TOML writes them."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs
from attrs import frozen

from neurosim.errors import FormatError, InvalidValueError

LONGEST = 80  # characters of a value that a message shows
DEEPEST = 16  # tables and lists in each other


@frozen
class Kind:
    """A kind of value.

    Attributes
    ----------
    words : str
        What it is, after "must be".
    holds : callable
        Tells of a value whether it is one.
    """

    words: str
    holds: Callable[[Any], bool]


def key(kind: Kind, default: Any = attrs.NOTHING) -> Any:
    """Return the field of a key that takes values of a kind."""
    return attrs.field(default=default, metadata={"kind": kind})


def keys_of(section: Any) -> dict[str, Kind]:
    """Return the keys of a section, and what each takes."""
    fields = attrs.fields(section)
    return {one.name: one.metadata["kind"] for one in fields if "kind" in one.metadata}


# -- kinds -------------------------------------------------------------------------------------


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value.strip() != "" and "\0" not in value


def _is_whole(value: Any) -> bool:
    return type(value) is int  # True is an int, too


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _are_different_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value)) and len({*value}) == len(value)


def whole(minimum: int) -> Kind:
    """Return the kind of whole numbers from a minimum on."""
    words = f"a whole number >= {minimum}"
    return Kind(words, lambda value: _is_whole(value) and value >= minimum)


def number(words: str, holds: Callable[[float], bool]) -> Kind:
    """Return the kind of finite numbers of which something holds."""
    return Kind(words, lambda value: _is_number(value) and holds(value))


def one_of(names: Iterable[str]) -> Kind:
    """Return the kind of certain names."""
    known = tuple(names)
    *most, last = map(as_toml, known)
    return Kind(f"{', '.join(most)} or {last}", lambda value: value in known)


def made_by(names: Mapping[str, Any]) -> Kind:
    """Return the kind of what a name stands for, or a table with the name and settings."""
    example = as_toml(next(iter(names)))
    return Kind(
        f"a name such as {example}, or a table such as {{ name = {example} }}",
        lambda value: isinstance(value, str) or _has_name(value),
    )


def _has_name(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("name"), str)


def _is_share_or_count(value: Any) -> bool:
    return _is_number(value) and (value >= 0 if _is_whole(value) else 0 <= value < 1)


TEXT = Kind("text that is not empty", _is_text)
FILE = Kind("the name of a file", _is_text)
COLUMNS = Kind(
    'a list of different columns, such as ["a", "b"]',
    lambda value: _are_different_texts(value) and len(value) > 0,
)
NAMES = Kind('a list of different names, such as ["a", "b"]', _are_different_texts)
SIZES = Kind(
    "a list of whole numbers >= 1, such as [8, 4]",
    lambda value: isinstance(value, list) and all(_is_whole(one) and one >= 1 for one in value),
)
NAME_OR_NAMES = Kind(
    "a name, or a list of names",
    lambda value: _is_text(value) or (isinstance(value, list) and all(map(_is_text, value))),
)
SHARE_OR_COUNT = Kind(
    "a share >= 0 and < 1 of the rows, or a whole number of rows", _is_share_or_count
)


# -- refusals ----------------------------------------------------------------------------------


def require_kind_of(value: Any, kind: Kind, where: str) -> None:
    """Refuse a value that is not of a kind."""
    if not kind.holds(value):
        raise InvalidValueError(f"{where} must be {kind.words} (got {as_toml(value)})")


def require_known(values: Iterable[str], known: Iterable[str], where: str) -> None:
    """Refuse names that are not among those known."""
    names = list(known)
    for name in values:
        if name not in names:
            raise InvalidValueError(f"{where} has no {name!r}{meant(name, names)}")


def meant(name: str, known: list[str]) -> str:
    """Return the end of a message about an unknown name: what was meant, or all that there is."""
    begun = [one for one in known if name and one.lower().startswith(name.lower())]
    close = begun or difflib.get_close_matches(name, known, n=1)
    close = close or [one for one in known if name and name.lower() in one.lower()]
    return f"; did you mean {close[0]!r}?" if close else f"; there are {', '.join(known)}"


def require_sane(tables: Mapping[str, Any]) -> None:
    """Refuse what TOML has no room for, and nesting that no recipe needs."""
    left: list[tuple[Any, str, int]] = [(tables, "", 0)]
    while left:
        value, where, depth = left.pop()
        if depth > DEEPEST:
            raise FormatError(f"{where[:LONGEST]}… is nested more than {DEEPEST} deep")
        if _is_whole(value) and not -(2**63) <= value < 2**63:
            raise FormatError(f"{where} must lie within the 64 bits of a whole number")
        if isinstance(value, dict):
            left += [
                (one, f"{where}.{name}" if where else name, depth + 1)
                for name, one in value.items()
            ]
        elif isinstance(value, list):
            left += [(one, f"{where}[{i}]", depth + 1) for i, one in enumerate(value)]


def as_toml(value: Any) -> str:
    """Return a value as a recipe writes it, the rest of a long one left out."""
    text = _spelled(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _spelled(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return f"[{', '.join(map(_spelled, value))}]"
    if isinstance(value, dict):
        inside = ", ".join(f"{name} = {_spelled(one)}" for name, one in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    return value.isoformat() if hasattr(value, "isoformat") else repr(value)
