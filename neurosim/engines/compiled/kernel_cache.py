"""Compiled kernels on disk: a file each, written whole, checked before it is taken.

Numba's own cache keeps an index beside the kernels. Two processes that compile at once can leave an
index that names the kernel of another signature, which would then be called with the wrong
arguments. Here the name of the file is the signature.
"""

from __future__ import annotations

import hashlib
import os
import pickle
from pathlib import Path
from typing import Any

from numba.core.caching import _Cache
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps

_DIGEST = 32  # bytes


class KernelCache(_Cache):
    """The kept variants of one kernel.

    Parameters
    ----------
    name : str
        Of the kernel; another for each in the folder.
    folder : Path
        Trusted, and for these sources and this processor alone.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self._name, self._folder = name, folder

    @property
    def cache_path(self) -> str:
        """The folder, as Numba asks for it."""
        return str(self._folder)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the kernel for a signature, or None if there is none, or a damaged one.

        What Numba knows of NumPy is not loaded for it, as Numba's own cache would do: that takes
        longer than the kernel, and is done by whatever is compiled first.
        """
        try:
            content = self._path(sig, target_context.codegen()).read_bytes()
            if hashlib.sha256(content[_DIGEST:]).digest() != content[:_DIGEST]:
                return None
            return CompileResult._rebuild(target_context, *pickle.loads(content[_DIGEST:]))
        except OSError:
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep a kernel; where that fails, it is compiled again next time."""
        if data.lifted or data.library.has_dynamic_globals:
            return
        content = dumps(data._reduce())
        path = self._path(sig, data.codegen)
        own = path.with_suffix(f".{os.urandom(8).hex()}")
        try:
            own.write_bytes(hashlib.sha256(content).digest() + content)
            own.replace(path)
        except OSError:
            own.unlink(missing_ok=True)

    def _path(self, sig: Any, codegen: Any) -> Path:
        key = hashlib.sha256(repr((sig, codegen.magic_tuple())).encode()).hexdigest()
        return self._folder / f"{self._name}-{key[:32]}.kernel"

    def enable(self) -> None:
        """Do nothing: it is never off."""

    def disable(self) -> None:
        """Do nothing: it is never off."""

    def flush(self) -> None:
        """Do nothing: stale kernels lie in another folder."""
