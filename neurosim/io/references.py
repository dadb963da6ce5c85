"""Which nodes the edges of a JSON text mean: by an identifier, or by their places in the list."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

from neurosim.errors import FormatError
from neurosim.wording import shown

# By what programs call a node, those that most have first.
SURE = ("id", "key")
DEEPEST = 9  # of tuples in tuples
KEYS = (*SURE, "name", "label")

Ends = tuple[Any, Any]
Places = Literal["never", "possible", "likely"]
# Returns the place of a node, or None.
Lookup = Callable[[Any], int | None]


def resolve(
    nodes: Sequence[dict[str, Any]], ends: Sequence[Ends], places: Places = "possible"
) -> tuple[list[Any], list[Ends]]:
    """Return what nodes are called, and the ends of all edges by these names.

    Parameters
    ----------
    nodes : list of dict
    ends : list of pairs
        What edges say: an identifier, a place in the list of nodes, or a node itself.
    places : {"never", "possible", "likely"}
        Whether ends may be places; if that is likely, identifiers that are whole numbers are not
        preferred to them.

    Raises
    ------
    FormatError
        For an end that is no node, and where identifiers and places would mean different nodes.

    Examples
    --------
    >>> resolve([{"id": "a"}, {"id": "b"}], [(0, 1)])
    (['a', 'b'], [('a', 'b')])
    """
    key = _key(nodes)
    ids = _identifiers(nodes, key) if key else list(range(len(nodes)))
    ends = [(_bare(pre, key), _bare(post, key)) for pre, post in ends]
    found = _found(nodes, ids, ends, places)
    return ids, [(ids[pre], ids[post]) for pre, post in found]


def _key(nodes: Sequence[dict[str, Any]]) -> str | None:
    """Return by what nodes are called; None if no names tell them apart, so that places do."""
    for key in KEYS:
        names = [node[key] for node in nodes if key in node]
        if names and key in SURE:
            return key
        is_text = all(isinstance(name, str) for name in names)
        if names and is_text and len(set(names)) == len(nodes):
            return key
    return None


def _identifiers(nodes: Sequence[dict[str, Any]], key: str) -> list[Any]:
    ids = [_identifier(node.get(key), f"{key} of node {i}") for i, node in enumerate(nodes)]
    twice = next((name for name, count in Counter(ids).items() if count > 1), None)
    if twice is not None:
        raise FormatError(f"node {shown(twice)} must be there once (got two)")
    return ids


def _identifier(value: Any, where: str, depth: int = 0) -> Any:
    """Return what may be an identifier; networkx has tuples, which are lists in JSON."""
    if isinstance(value, list) and depth < DEEPEST:
        return tuple(_identifier(one, where, depth + 1) for one in value)
    is_number = type(value) is int or (type(value) is float and math.isfinite(value))
    if not isinstance(value, str) and not is_number:
        raise FormatError(f"{where} must be a text or a number (got {shown(value)})")
    return value


def _bare(end: Any, key: str | None) -> Any:
    """Return the identifier of an end; D3 may have put the node itself in its place."""
    if isinstance(end, dict):
        end = end.get(key) if key else end.get("index")
    return _identifier(end, "an end of an edge")


def _found(
    nodes: Sequence[dict[str, Any]], ids: list[Any], ends: Sequence[Ends], places: Places
) -> list[tuple[int, int]]:
    """Return the places of the ends, by the first of the ways that finds all of them."""
    found: list[list[tuple[int, int]]] = []
    missing: Any = None
    by_place = places == "likely"
    for lookup, is_sure in _ways(nodes, ids, places):
        looked_up = [(lookup(pre), lookup(post)) for pre, post in ends]
        if all(None not in pair for pair in looked_up):
            found.append(looked_up)  # type: ignore[arg-type]
            if is_sure and not by_place:
                break
        elif any(place is not None for pair in looked_up for place in pair):
            first = next(i for i, pair in enumerate(looked_up) if None in pair)
            missing = missing or (ends[first], ends[first][looked_up[first].index(None)])
            if not by_place:
                break  # some are called so: the others are called nothing
    if not found:
        (pre, post), end = missing or (ends[0], ends[0][0])
        raise FormatError(f"edge {shown(pre)} -> {shown(post)}: there is no node {shown(end)}")
    if any(other != found[0] for other in found):
        pre, post = ends[0]
        raise FormatError(
            "the ends of edges could be the names of nodes or their places in the list "
            f"(got edge {shown(pre)} -> {shown(post)}, among others); write the names as texts"
        )
    return found[0]


def _ways(
    nodes: Sequence[dict[str, Any]], ids: list[Any], places: Places
) -> Iterator[tuple[Lookup, bool]]:
    """Yield how ends may be meant, and whether that is sure if all are found."""
    yield _by(ids).get, True
    yield _by_text(ids), False
    for key in KEYS:
        names = [node.get(key) for node in nodes]
        if all(isinstance(name, str) for name in names):
            yield _by(names).get, False
    count = 0 if places == "never" else len(nodes)
    yield lambda end: end if type(end) is int and 0 <= end < count else None, False


def _by(names: Sequence[Any]) -> dict[Any, int]:
    """Return the place of each name, but of those that two nodes share."""
    found: dict[Any, int] = {}
    for i, name in enumerate(names):
        found[name] = i if name not in found else -1
    return {name: i for name, i in found.items() if i >= 0}


def _by_text(ids: Sequence[Any]) -> Lookup:
    places = _by(list(map(str, ids)))
    return lambda end: places.get(str(end))
