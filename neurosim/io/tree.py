"""Nested dicts and lists of arrays, numbers and strings in one file, without pickle.

The file is a zip archive as NumPy's ``savez`` writes it, of members stored as they are: each array
on its own, and as ``tree`` the JSON of all the rest. There, ``{"array": k}`` stands for array k,
``{"dict": …}`` for a dict, and ``{"float": "inf"}`` for what JSON has no number for. Arrays of
floats are finite; one that was not is ``{"array": k, "special": j}``, of which j holds where.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurosim.errors import FormatError, InvalidTypeError
from neurosim.io.cautious import DIGITS, read_json
from neurosim.io.npy import decoded, encoded, is_encodable
from neurosim.io.stored import Archive, write_stored
from neurosim.io.whole import write_whole
from neurosim.wording import shown

KIND = "neurosim"
TREE = "tree"
DEEPEST = 50
# The memory that reading may take: so many times the file, and so much besides.
TIMES, BESIDES = 9, 32 << 20
# What an array's place has in the array of those that are not finite.
SPECIAL = np.array([0.0, np.inf, -np.inf, np.nan])


def write_tree(path: Path, tree: Any, version: int) -> None:
    """Write nested dicts and lists whose leaves are arrays, numbers, strings, bools or None."""
    arrays: list[NDArray[Any]] = []
    text = json.dumps({KIND: version, TREE: _packed(tree, arrays, "")}, allow_nan=False)
    head = np.frombuffer(text.encode(), np.uint8)
    named = {TREE: head, **{str(k): array for k, array in enumerate(arrays)}}
    members = [(f"{name}.npy", encoded(array)) for name, array in named.items()]
    write_whole(path, lambda file: write_stored(file, members))


def read_tree(path: Path, version: int) -> Any:
    """Return what `write_tree` wrote; refuse a file that is something else, or damaged.

    Its arrays are of the file's own size together: none is listed twice or packed. They can be
    written to.
    """
    with path.open("rb") as file:
        try:
            archive = Archive(file, directory=None)
            held = _head(archive)
            if held[KIND] == version:
                return _Unpacker(archive).tree(held[TREE])
        except FormatError as error:
            raise FormatError(
                f"{path} is damaged, or was not written by neurosim: {error}"
            ) from error
    raise FormatError(
        f"{path} has version {shown(held[KIND])} of its format; this neurosim reads version "
        f"{version}"
    )


# -- writing -----------------------------------------------------------------------------------


def _packed(node: Any, arrays: list[NDArray[Any]], where: str) -> Any:
    if isinstance(node, (np.ndarray, np.generic)):
        return _packed_array(np.asarray(node), arrays, where)
    if isinstance(node, dict):
        for key in node:
            if not isinstance(key, str):
                raise InvalidTypeError(f"{where} must have keys that are text (got {shown(key)})")
        packed = {key: _packed(each, arrays, f"{where}.{key}") for key, each in node.items()}
        return {"dict": packed}
    if isinstance(node, (list, tuple)):
        return [_packed(each, arrays, f"{where}[{k}]") for k, each in enumerate(node)]
    if isinstance(node, float) and not math.isfinite(node):
        return {"float": repr(float(node))}
    if isinstance(node, int) and abs(node) >= 10**DIGITS:
        raise InvalidTypeError(
            f"{where} must be a whole number of {DIGITS} digits at most (got {shown(node)})"
        )
    if node is None or isinstance(node, (bool, int, float, str)):
        return node
    raise InvalidTypeError(
        f"{where} must be an array, a number, a string, or a dict or list of them "
        f"(got {shown(node)})"
    )


def _packed_array(array: NDArray[Any], arrays: list[NDArray[Any]], where: str) -> dict[str, int]:
    if not is_encodable(array.dtype):
        raise InvalidTypeError(f"{where} must hold numbers or text (got {array.dtype} values)")
    place = {"array": len(arrays)}
    if array.dtype.kind != "f" or np.isfinite(array).all():
        arrays.append(array)
        return place
    kinds = [np.isposinf(array), np.isneginf(array), np.isnan(array)]
    special = np.select(kinds, [1, 2, 3], 0).astype(np.uint8)
    arrays += [np.where(special > 0, array.dtype.type(0), array), special]
    return {**place, "special": place["array"] + 1}


# -- reading -----------------------------------------------------------------------------------


def _head(archive: Archive) -> dict[str, Any]:
    """Return the JSON, in which the version is one, whatever that may be."""
    text = decoded(archive.read(f"{TREE}.npy"), TREE)
    if text.dtype != np.uint8 or text.ndim != 1:
        raise FormatError(f"{TREE} must be the bytes of a text (got {text.dtype} values)")
    held = read_json(text.tobytes(), TIMES * archive.size + BESIDES, TREE)
    if not isinstance(held, dict) or held.keys() != {KIND, TREE}:
        raise FormatError(f"{TREE} must have the keys {KIND} and {TREE}")
    return held


class _Unpacker:
    """Makes nested dicts and lists of JSON and arrays, each array in its one place."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.left = dict.fromkeys(archive.members)
        del self.left[f"{TREE}.npy"]

    def tree(self, node: Any) -> Any:
        """Return all of it; refuse arrays that are listed nowhere."""
        found = self._unpacked(node, 0)
        if self.left:
            raise FormatError(f"{TREE} must list each array (got no {next(iter(self.left))!r})")
        return found

    def _unpacked(self, node: Any, depth: int) -> Any:
        if depth > DEEPEST:
            raise FormatError(f"{TREE} must be at most {DEEPEST} levels deep")
        if isinstance(node, list):
            return [self._unpacked(each, depth + 1) for each in node]
        if not isinstance(node, dict):
            return node
        if node.keys() == {"dict"} and isinstance(node["dict"], dict):
            return {key: self._unpacked(each, depth + 1) for key, each in node["dict"].items()}
        if node.keys() == {"float"} and node["float"] in ("inf", "-inf", "nan"):
            return float(node["float"])
        if node.keys() == {"array"}:
            return self._array(node["array"])
        if node.keys() == {"array", "special"}:
            return _with_special(self._array(node["array"]), self._array(node["special"]))
        raise FormatError(f"{TREE} must hold dicts, arrays and floats (got {shown(node)})")

    def _array(self, number: Any) -> NDArray[Any]:
        name = f"{number}.npy"
        if type(number) is not int or name not in self.left:
            raise FormatError(f"{TREE} must list each array once (got {shown(number)})")
        del self.left[name]
        array = decoded(self.archive.read(name), name)
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise FormatError(f"{name} must hold finite numbers")
        return array.copy()


def _with_special(array: NDArray[Any], special: NDArray[Any]) -> NDArray[Any]:
    """Put what is not finite in its places."""
    is_fitting = array.dtype.kind == "f" and special.dtype == np.uint8
    if not is_fitting or special.shape != array.shape or (special >= len(SPECIAL)).any():
        raise FormatError(f"{TREE}: what is special of an array must be one of its places")
    places = special > 0
    array[places] = SPECIAL[special[places]]
    return array
