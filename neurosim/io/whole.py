"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from neurosim.errors import InvalidTypeError


def file_path(path: Any, where: str) -> Path:
    """Return what is given as the path of a file, or refuse it."""
    if not isinstance(path, (str, os.PathLike)):
        raise InvalidTypeError(f"{where} must be a path (got {path!r})")
    return Path(path)


def write_whole(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a file by `write`; until all of it is on disk, the old one stays as it is.

    Parameters
    ----------
    path : Path
        What a link leads to is replaced, not the link.
    write : callable
        Is given a new file, open for writing. It lies beside the old one, under the same name with
        ``.part`` at the end, which one that was interrupted leaves to the next.
    """
    target = Path(os.path.realpath(path))
    part = target.with_name(target.name + ".part")
    try:
        with part.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all, in UTF-8."""
    write_whole(path, lambda file: file.write(text.encode()))


def _sync_folder(folder: Path) -> None:
    """Have the new name on disk as well, where folders can be synced."""
    try:
        number = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(number)
    except OSError:
        pass
    finally:
        os.close(number)
