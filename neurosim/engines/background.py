"""One process in the background that compiles kernels: asked for, started and watched from here.

It only fills the folder of the kernels, in which each is a file that is there whole or not at all,
so that it can be killed at any moment; its lock goes with it. `neurosim.warmup` is what it runs.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from neurosim.engines.kernel_folder import KernelFolder
from neurosim.engines.notices import say

# From the start until all everyday kernels of a dtype are there; benchmarks/starting.py prints it.
ABOUT_SECONDS = 60
_WANTED, _FAILED, _LOCK, _LOG = "wanted-", "failed-", "lock", "log.txt"
_CODE = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from neurosim.warmup import fill; fill(sys.argv[2])"
)

_answers: dict[tuple[str, Path], str] = {}
_started: list[int] = []  # processes to be asked for their ends
_imported_by = os.getpid()  # another in a process that was forked later


def compile_kernels(dtype: str, folder: KernelFolder) -> str:
    """Have the kernels of a dtype compiled in the background; return what happens, as a reason."""
    _reap()
    path = folder.path
    if (path / (_FAILED + dtype)).exists():
        return f"compiling kernels has failed ({path / _LOG}; `neurosim warmup` tries again)"
    if (dtype, path) not in _answers:
        _answers[dtype, path] = _asked_for(dtype, path)
    return _answers[dtype, path]


def _asked_for(dtype: str, path: Path) -> str:
    if _is_worker():
        return "workers start no compiling of kernels (`neurosim warmup` compiles them)"
    python = sys.executable or ""
    if not Path(python).name.lower().startswith("python"):  # an application that embeds it
        return "no Python is found that could compile kernels in the background"
    try:
        (path / (_WANTED + dtype)).touch()
        if not is_running(path):
            _start(python, path)
    except OSError as error:
        return f"compiling kernels in the background could not start ({error})"
    say(
        f"the first start with {dtype}: kernels are being compiled in the background, once, for "
        f"about {ABOUT_SECONDS} s; until then the engine is 'numpy'"
    )
    return "the kernels were still being compiled in the background; compile again for 'numba'"


def _is_worker() -> bool:
    """Return whether this process works for another one of the same program."""
    module = sys.modules.get("multiprocessing.process")  # who has none is no worker of it
    return os.getpid() != _imported_by or (
        module is not None and module.parent_process() is not None
    )


def _start(python: str, path: Path) -> None:
    """Start the process: it has no terminal, and outlives this one."""
    arguments = [python, "-P", "-c", _CODE, json.dumps([each for each in sys.path if each])]
    arguments.append(str(path))
    # It compiles in its foreground, whatever its parent does.
    environment = {**os.environ, "NEUROSIM_WARMUP": "0", "PYTHONWARNINGS": "ignore"}
    if sys.platform == "win32":
        import subprocess

        flags = subprocess.DETACHED_PROCESS | subprocess.IDLE_PRIORITY_CLASS
        with (path / _LOG).open("wb") as log:
            subprocess.Popen(
                arguments, env=environment, stdout=log, stderr=log, creationflags=flags
            )
        return
    # Popen would warn, at the end of this process, that the other one is still there.
    write = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    files = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(path / _LOG), write, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    _started.append(os.posix_spawn(python, arguments, environment, file_actions=files, setsid=True))


def _reap() -> None:
    """Let processes that have ended go."""
    for process in tuple(_started):
        with suppress(ChildProcessError):
            if os.waitpid(process, os.WNOHANG) == (0, 0):
                continue
        _started.remove(process)


# -- the other side ----------------------------------------------------------------------------


@contextmanager
def only_one(path: Path) -> Iterator[bool]:
    """Hold the lock of a folder; gives whether nobody else does."""
    with (path / _LOCK).open("ab") as file:
        yield _lock(file)  # closing the file releases it, and so does any end of the process


def is_running(path: Path) -> bool:
    """Return whether some process fills the folder."""
    with only_one(path) as is_free:
        return not is_free


def _lock(file: IO[bytes]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except PermissionError:
        if sys.platform != "win32":
            raise
        return False
    return True


def wanted(path: Path) -> list[str]:
    """Return the dtypes whose kernels somebody waits for."""
    return sorted(each.name.removeprefix(_WANTED) for each in path.glob(f"{_WANTED}*"))


def settle(dtype: str, path: Path, *, failed: bool = False) -> None:
    """Note that nobody has to wait for a dtype any more."""
    failure = path / (_FAILED + dtype)
    if failed:
        failure.touch()
    else:
        failure.unlink(missing_ok=True)
    (path / (_WANTED + dtype)).unlink(missing_ok=True)
