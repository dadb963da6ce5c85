"""Where compiled kernels are kept: a folder that nobody else can write to.

Kernels are machine code that is run as it is read, so what others could have put there is never
taken. This module does not import Numba: whether kernels are there is asked before Numba is needed.
"""

from __future__ import annotations

import hashlib
import os
import platform
import stat
import sys
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path

from attrs import frozen

_PACKAGE = Path(__file__).parents[1]
# What kernels are made of: a kept kernel is stale when any of it changes.
_SOURCES = ("engines/**/*.py", "compiler/*.py", "model/columns.py")
_MARK = "ready-"


@frozen
class KernelFolder:
    """The folder of the kernels for this processor, made by these sources.

    Attributes
    ----------
    path : Path
    refusal : str or None
        Why kernels can neither be kept there nor taken from there.
    """

    path: Path
    refusal: str | None

    def is_ready(self, dtype: str) -> bool:
        """Return whether all everyday kernels of a dtype have been compiled."""
        return self.refusal is None and (self.path / (_MARK + dtype)).exists()

    def mark_ready(self, dtype: str) -> None:
        """Note that all everyday kernels of a dtype have been compiled."""
        (self.path / (_MARK + dtype)).touch()


def kernel_folder() -> KernelFolder:
    """Return the folder of the kernels, which is made if it is not there."""
    numbas = os.environ.get("NUMBA_CACHE_DIR")
    base = Path(numbas) / "neurosim" if numbas else cache_folder() / "kernels"
    processor = (os.environ.get(f"NUMBA_CPU_{what}") for what in ("NAME", "FEATURES"))
    return _folder(base.absolute(), *processor)


def cache_folder() -> Path:
    """Return the folder of all that is kept: ``NEUROSIM_CACHE_DIR``, or the user's cache folder."""
    asked = os.environ.get("NEUROSIM_CACHE_DIR")
    if asked:
        return Path(asked)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", tempfile.gettempdir())) / "neurosim"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "neurosim"
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "neurosim"


@cache
def _folder(base: Path, cpu_name: str | None, cpu_features: str | None) -> KernelFolder:
    path = base / _key(cpu_name, cpu_features)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(path, os.W_OK):
            return KernelFolder(path, f"the folder {str(path)!r} cannot be written to")
        stranger = _others_can_change(path.resolve())
    except OSError as error:
        return KernelFolder(path, f"the folder {str(path)!r} cannot be made ({error.strerror})")
    if stranger is not None:
        return KernelFolder(path, f"others than its user can change {str(stranger)!r}")
    return KernelFolder(path, None)


def _key(cpu_name: str | None, cpu_features: str | None) -> str:
    """Return a short name for the sources, the processor and who compiles."""
    from llvmlite import binding  # a tenth of the time that Numba takes to import

    facts = (
        source_digest(), sys.implementation.cache_tag, version("numba"), platform.machine(),
        cpu_name or binding.get_host_cpu_name(),
        cpu_features or binding.get_host_cpu_features().flatten(),
    )  # fmt: skip
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


@cache
def source_digest() -> str:
    """Return a digest of all that kernels are made of."""
    digest = hashlib.sha256()
    for path in sources():
        digest.update(path.read_bytes())
    return digest.hexdigest()


def sources() -> list[Path]:
    """Return the modules that kernels are made of, and take constants from."""
    return sorted(path for pattern in _SOURCES for path in _PACKAGE.glob(pattern))


def _others_can_change(path: Path) -> Path | None:
    """Return what another user could change or replace to get code of theirs run, if anything."""
    if sys.platform == "win32":  # a user's folders are the user's own there
        return None
    for parent in path.parents:
        mode = parent.stat().st_mode
        if _is_strange(parent) or (_is_shared(parent) and not mode & stat.S_ISVTX):
            return parent
    for each in (path, *path.iterdir()):
        if _is_strange(each) or _is_shared(each):
            return each
    return None


def _is_strange(path: Path) -> bool:
    return path.stat().st_uid not in (0, os.getuid())


def _is_shared(path: Path) -> bool:
    """Return whether others may write; a group of one's own, as many systems have it, is nobody."""
    found = path.stat()
    if found.st_mode & stat.S_IWOTH:
        return True
    return bool(found.st_mode & stat.S_IWGRP) and not _is_own_group(found.st_gid)


@cache
def _is_own_group(gid: int) -> bool:
    import grp
    import pwd

    try:
        own, group = pwd.getpwuid(os.getuid()), grp.getgrgid(gid)
    except KeyError:
        return False
    return own.pw_gid == gid and set(group.gr_mem) <= {own.pw_name}
