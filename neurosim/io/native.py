"""Networks in files: a zip archive of the structure as JSON and the columns as NumPy arrays."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from os import PathLike
from typing import Any, BinaryIO

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from neurosim.checks import require_kind
from neurosim.errors import FormatError, NeurosimError, about
from neurosim.inputs.scaling import Scaler
from neurosim.io.cautious import read_json
from neurosim.io.npy import decoded, header
from neurosim.io.parts import LABELS, Parts, network_of, parts_of, refuse_cycle
from neurosim.io.stored import Archive, write_stored
from neurosim.io.whole import file_path, write_whole
from neurosim.model import Network
from neurosim.model.columns import INPUT, OUTPUT
from neurosim.wording import shown

FORMAT = "neurosim network"
VERSION = 1
STRUCTURE = "network.json"
FLOAT = "float"  # stands for the type of the network's parameters
COLUMNS = {
    "role": "|i1",
    "activation": "<i4",
    "bias": FLOAT,
    "layer": "<i4",
    "pre": "<i4",
    "post": "<i4",
    "weight": FLOAT,
}
KEYS = (
    "format",
    "version",
    "name",
    "dtype",
    "activations",
    "input_scaler",
    "output_scaler",
    "classes",
    "layers",
    "neurons",
)
DTYPES = {"float32": "<f4", "float64": "<f8"}
# The memory that reading the structure may take: so many times the file, and so much besides.
TIMES, BESIDES = 9, 32 << 20


def save(network: Network, path: str | PathLike[str]) -> None:
    """Write a network to a file, from which `load` makes it again.

    The file holds all that the network does: structure, names and layers in the order in which
    they were made, weights and biases to the last bit, activations by their names, scalers and
    classes. It is written whole or not at all, and is the same, byte for byte, for the same
    network.

    Parameters
    ----------
    network : Network
    path : path
        Its ending is yours to choose; ``.neurosim`` says what is in the file.

    Raises
    ------
    CycleError
        If the network has a cycle; its neurons are named.
    InvalidValueError, InvalidTypeError
        If parameters are not finite, scalers or classes do not fit the neurons any more, or
        classes are neither text nor numbers.
    OSError
        If the file cannot be written.

    See Also
    --------
    load

    Notes
    -----
    The file is a zip archive of ``network.json`` and of a NumPy array for each column, stored
    without compression: other programs can read it, too. Activations of your own are known by name
    only; who loads the network must have registered them.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> import neurosim as ns
    >>> net = ns.topologies.layered([2, 3, 1])
    >>> net.initialize(ns.initializers.Normal(), seed=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "xor.neurosim")
    ...     ns.save(net, path)
    ...     again = ns.load(path)
    >>> again, bool((again.parameters == net.parameters).all())
    (<Network 'layered': 6 neurons, 9 synapses, float64>, True)
    """
    require_kind(network, Network, "save.network")
    target = file_path(path, "save.path")
    members = list(_members(network))  # all of it, before anything is written
    write_whole(target, lambda file: write_stored(file, members))


def load(path: str | PathLike[str]) -> Network:
    """Return the network in a file that `save` wrote.

    A file from anywhere can be loaded: nothing in it is run, and what is no network is refused.

    Parameters
    ----------
    path : path

    Returns
    -------
    Network
        With its parameters in order of creation, as in a network never compiled.

    Raises
    ------
    FormatError
        If the file is damaged or no network, or is written by a newer neurosim, or if an
        activation of your own is not registered; the message says where and what.
    OSError
        If the file cannot be read.

    See Also
    --------
    save

    Notes
    -----
    Reading takes no more memory than ten times the size of the file and 64 MB besides, or else what
    the network itself takes.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> import neurosim as ns
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "xor.neurosim")
    ...     ns.save(ns.topologies.layered([2, 3, 1]), path)
    ...     ns.load(path)
    <Network 'layered': 6 neurons, 9 synapses, float64>
    """
    with file_path(path, "load.path").open("rb") as file, about(str(path)):
        return read(file)


def write(network: Network, file: BinaryIO) -> None:
    """Write a network to an open file, as `save` does."""
    write_stored(file, list(_members(network)))


def read(file: BinaryIO) -> Network:
    """Return the network in an open file, as `load` does."""
    return network_of(_parts(_upgraded(_held(Archive(file)))))


# -- writing -----------------------------------------------------------------------------------


def _members(network: Network) -> Iterator[tuple[str, list[Any]]]:
    parts = parts_of(network)
    refuse_cycle(network)
    yield STRUCTURE, [_structure(parts).encode()]
    for name, dtype in _column_dtypes(parts.dtype.name).items():
        column = np.ascontiguousarray(getattr(parts, name), dtype)
        yield f"{name}.npy", [header(dtype, column.shape), column.data]


def _column_dtypes(dtype: str) -> dict[str, str]:
    return {name: DTYPES[dtype] if kind == FLOAT else kind for name, kind in COLUMNS.items()}


def _structure(parts: Parts) -> str:
    held = {
        "format": FORMAT,
        "version": VERSION,
        "name": parts.name,
        "dtype": parts.dtype.name,
        "activations": parts.activations,
        "input_scaler": _scaler_fields(parts.input_scaler),
        "output_scaler": _scaler_fields(parts.output_scaler),
        "classes": parts.classes,
        "layers": parts.layers,
        "neurons": parts.neurons,
    }
    return _json(held) + "\n"


def _json(value: Any, margin: str = "\n") -> str:
    """Return a value as JSON, with a line for each item of a list or a dictionary."""
    inner = margin + "  "
    if isinstance(value, dict):
        items = (f'{inner}"{key}": {_json(each, inner)}' for key, each in value.items())
        return "{" + ",".join(items) + margin + "}"
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=("," + inner, ": "))
    return f"[{inner}{text[1:-1]}{margin}]" if isinstance(value, tuple) and value else text


def _scaler_fields(scaler: Scaler | None) -> dict[str, Any] | None:
    """Return a scaler, whose names, where it has any, are those of the neurons."""
    if scaler is None:
        return None
    return {"shift": scaler.shift, "scale": scaler.scale, "named": scaler.names is not None}


# -- reading -----------------------------------------------------------------------------------


@frozen
class Held:
    """What a file holds: the structure as it is written, and the arrays by their names."""

    structure: dict[str, Any]
    columns: dict[str, NDArray[Any]]


# What makes of a file of each older version one of the next.
UPGRADES: dict[int, Callable[[Held], Held]] = {}


def _held(archive: Archive) -> Held:
    budget = TIMES * archive.size + BESIDES
    structure = read_json(archive.read(STRUCTURE), budget, STRUCTURE)
    if not isinstance(structure, dict) or structure.get("format") != FORMAT:
        raise FormatError(f'{STRUCTURE} must be an object with the "format" {FORMAT!r}')
    _check_version(structure.get("version"))
    names = [name for name in archive.members if name != STRUCTURE]
    return Held(structure, {name: _array(archive, name) for name in names})


def _check_version(version: Any) -> None:
    if type(version) is not int or version < 1:
        raise FormatError(
            f"{STRUCTURE}: version must be a whole number from 1 (got {shown(version)})"
        )
    if version > VERSION:
        raise FormatError(
            f"the file has version {version} of the format, and this neurosim knows those up to "
            f"{VERSION}; a newer neurosim opens it"
        )


def _array(archive: Archive, name: str) -> NDArray[Any]:
    """Return the column in an NPY file."""
    if not name.endswith(".npy"):
        raise FormatError(f"expected no member but {STRUCTURE} and NumPy arrays (got {name!r})")
    return decoded(archive.read(name), name, vector=True)


def _upgraded(held: Held) -> Held:
    for version in range(held.structure["version"], VERSION):
        held = UPGRADES[version](held)
    return held


def _parts(held: Held) -> Parts:
    """Return what a file of this version holds as the parts of a network."""
    structure, columns = held.structure, held.columns
    _check_keys(structure, KEYS, STRUCTURE)
    _check_columns(columns, structure["dtype"])
    fields: dict[str, Any] = {name: columns[f"{name}.npy"] for name in COLUMNS}
    for key in ("neurons", "activations", "layers"):
        fields[key] = _list_of((str,), structure[key], key)
    (name,) = _list_of((str,), [structure["name"]], "name")
    parts = Parts(name=name, dtype=np.dtype(structure["dtype"]), **fields)
    return evolve(parts, **_units(structure, parts))


def _check_keys(found: Any, expected: Sequence[str], where: str) -> None:
    if not isinstance(found, dict) or found.keys() != set(expected):
        keys = list(found) if isinstance(found, dict) else found
        raise FormatError(f"{where} must have the keys {', '.join(expected)} (got {shown(keys)})")


def _check_columns(columns: dict[str, NDArray[Any]], dtype: Any) -> None:
    """Refuse members that are missing, that nobody expects, or that hold another type."""
    if dtype not in list(DTYPES):
        raise FormatError(f'{STRUCTURE}: dtype must be "float32" or "float64" (got {shown(dtype)})')
    expected = {f"{name}.npy": descr for name, descr in _column_dtypes(dtype).items()}
    if columns.keys() != expected.keys():
        raise FormatError(
            f"expected the members {', '.join([STRUCTURE, *expected])} (got {STRUCTURE}, "
            f"{', '.join(columns)})"
        )
    for name, column in columns.items():
        if column.dtype != expected[name]:
            raise FormatError(f"{name} must hold {np.dtype(expected[name])} (got {column.dtype})")


def _list_of(kinds: tuple[type, ...], value: Any, where: str) -> tuple[Any, ...]:
    wrong = [value]
    if isinstance(value, list):
        wrong = [one for one in value if type(one) not in kinds]
    if wrong:
        names = " or ".join(kind.__name__ for kind in kinds)
        raise FormatError(f"{STRUCTURE}: {where} must hold {names} (got {shown(wrong[0])})")
    return tuple(value)


def _units(structure: dict[str, Any], parts: Parts) -> dict[str, Any]:
    """Return the scalers and the classes."""
    classes = structure["classes"]
    return {
        "input_scaler": _scaler(structure["input_scaler"], parts, INPUT, "input_scaler"),
        "output_scaler": _scaler(structure["output_scaler"], parts, OUTPUT, "output_scaler"),
        "classes": None if classes is None else _list_of(LABELS, classes, "classes"),
    }


def _scaler(fields: Any, parts: Parts, role: int, where: str) -> Scaler | None:
    if fields is None:
        return None
    _check_keys(fields, ("shift", "scale", "named"), f"{STRUCTURE}: {where}")
    shift, scale = (
        _list_of((int, float), fields[key], f"{where}.{key}") for key in ("shift", "scale")
    )
    (named,) = _list_of((bool,), [fields["named"]], f"{where}.named")
    names = [name for name, own in zip(parts.neurons, parts.role, strict=False) if own == role]
    try:
        return Scaler(shift, scale, names if named else None)
    except NeurosimError as error:
        raise FormatError(f"{STRUCTURE}: {where}: {error}") from error
