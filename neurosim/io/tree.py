"""Nested dicts and lists of arrays, numbers and strings in one file, without pickle.

The file is NumPy's ``npz``: each array on its own, and as ``tree`` the JSON of all the rest, in
which ``{"array": k}`` stands for array k.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurosim.errors import FormatError, InvalidTypeError
from neurosim.io.whole import write_whole

KIND = "neurosim"


def write_tree(path: Path, tree: Any, version: int) -> None:
    """Write nested dicts and lists whose leaves are arrays, numbers, strings, bools or None."""
    arrays: list[NDArray[Any]] = []
    text = json.dumps({KIND: version, "tree": _packed(tree, arrays, "")})
    named = {str(k): array for k, array in enumerate(arrays)}
    header = np.frombuffer(text.encode(), np.uint8)
    write_whole(path, lambda file: np.savez(file, allow_pickle=False, tree=header, **named))


def read_tree(path: Path, version: int) -> Any:
    """Return what `write_tree` wrote; refuse a file that is something else, or damaged."""
    with path.open("rb") as file:
        try:
            with np.load(file, allow_pickle=False) as arrays:
                held = json.loads(arrays["tree"].tobytes())
                found = held[KIND]
                tree = _unpacked(held["tree"], arrays) if found == version else None
        except Exception as error:  # of the many modules that look at a file's bytes
            raise FormatError(
                f"{path} is damaged, or was not written by neurosim: {error}"
            ) from error
    if found != version:
        raise FormatError(
            f"{path} has version {found} of its format; this neurosim reads version {version}"
        )
    return tree


def _packed(node: Any, arrays: list[NDArray[Any]], where: str) -> Any:
    if isinstance(node, (np.ndarray, np.generic)):
        if node.dtype.kind not in "biufcSU":
            raise InvalidTypeError(f"{where} must hold numbers or text (got {node.dtype} values)")
        arrays.append(np.asarray(node))
        return {"array": len(arrays) - 1}
    if isinstance(node, dict):
        packed = {key: _packed(each, arrays, f"{where}.{key}") for key, each in node.items()}
        return {"dict": packed}
    if isinstance(node, (list, tuple)):
        return [_packed(each, arrays, f"{where}[{k}]") for k, each in enumerate(node)]
    if node is None or isinstance(node, (bool, int, float, str)):
        return node
    raise InvalidTypeError(
        f"{where} must be an array, a number, a string, or a dict or list of them (got {node!r})"
    )


def _unpacked(node: Any, arrays: Any) -> Any:
    if isinstance(node, dict):
        if "array" in node:
            return arrays[str(node["array"])]
        return {key: _unpacked(each, arrays) for key, each in node["dict"].items()}
    if isinstance(node, list):
        return [_unpacked(each, arrays) for each in node]
    return node
