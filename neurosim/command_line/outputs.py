"""What a training leaves: a folder with the network, its history, the curves and the recipe."""

from __future__ import annotations

import errno
import os
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import neurosim as ns
from neurosim.command_line.files import writing
from neurosim.command_line.pictures import new_axes, picture
from neurosim.errors import MissingExtraError
from neurosim.io.whole import write_all

NETWORK, HISTORY, CURVES, RECIPE = NAMES = (
    "network.neurosim", "history.csv", "history.png", "recipe.toml",
)  # fmt: skip
SIZE = 5.5, 3.6  # of the curves, in inches


def output_folder(recipe: str, asked: str | None) -> Path:
    """Return where to write, or refuse a place where that cannot be done.

    It is made when there is something to write. What lies there from another recipe, or an older
    state of this one, is going to be replaced, which is said.
    """
    folder = Path(recipe).with_suffix("") if asked is None else Path(asked)
    above = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    if not above.is_dir():
        raise NotADirectoryError(
            errno.ENOTDIR, "is a file, not a folder; name another by --output", str(above)
        )
    if not os.access(above, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(above))
    for name in NAMES:
        if (folder / name).is_dir():
            raise IsADirectoryError(
                errno.EISDIR, os.strerror(errno.EISDIR), str(folder / name)
            )
    if (folder / NETWORK).exists() and not _is_of(recipe, folder):
        warnings.warn(
            f"{folder / NETWORK} was not made by this recipe as it is now, and will be replaced; "
            "--output names another folder",
            ns.errors.NeurosimWarning,
            stacklevel=2,
        )
    return folder


def _is_of(recipe: str, folder: Path) -> bool:
    kept = folder / RECIPE
    return kept.is_file() and kept.read_bytes() == Path(recipe).read_bytes()


def write_outputs(folder: Path, recipe: bytes, net: ns.Network, history: Any) -> list[Path]:
    """Write all files, or none; return their paths. All are made before the first is written."""
    contents = {
        NETWORK: _network(net),
        HISTORY: history.to_frame().to_csv().encode(),
        CURVES: _curves(history),
        RECIPE: recipe,
    }
    made = {folder / name: data for name, data in contents.items() if data is not None}
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        write_all({path: _writer(data) for path, data in made.items()})
    return list(made)


def _writer(data: bytes) -> Callable[[BinaryIO], object]:
    return lambda file: file.write(data)


def _network(net: ns.Network) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, NETWORK)
        ns.save(net, path)
        return path.read_bytes()


def _curves(history: ns.History) -> bytes | None:
    try:
        ax = new_axes(SIZE)
    except MissingExtraError as error:
        warnings.warn(f"no {CURVES}: {error}", ns.errors.NeurosimWarning, stacklevel=2)
        return None
    return picture(history.plot(ax=ax), "png")
