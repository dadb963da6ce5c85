"""Files that are written whole or not at all, one alone or several that belong together."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from neurosim.errors import InvalidTypeError, InvalidValueError
from neurosim.wording import shown

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

LONGEST = 255  # bytes of a file's name, on nearly all file systems
_UNNAMED: int = getattr(os, "O_TMPFILE", 0)
_BINARY: int = getattr(os, "O_BINARY", 0)
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | _BINARY

Write = Callable[[BinaryIO], object]


def file_path(path: Any, where: str) -> Path:
    """Return what is given as the path of a file, or refuse it."""
    if not isinstance(path, (str, os.PathLike)) or isinstance(os.fspath(path), bytes):
        raise InvalidTypeError(f"{where} must be a path (got {shown(path)})")
    text = os.fspath(path)
    try:
        raw = os.fsencode(text)
    except UnicodeEncodeError:
        raw = b""
    names = raw.replace(b"\\", b"/").split(b"/") if os.name == "nt" else raw.split(b"/")
    if not raw or b"\0" in raw or (os.name == "posix" and max(map(len, names)) > LONGEST):
        raise InvalidValueError(
            f"{where} must be the path of a file: text that is not empty, has no NUL, and no name "
            f"of more than {LONGEST} bytes (got {shown(text)})"
        )
    return Path(text)


def write_whole(path: Path, write: Write) -> None:
    """Write a file by `write`; until all of it is on disk, the old one stays as it is.

    Of several writers at once, the one that ends last has its file there.

    Parameters
    ----------
    path : Path
        What a link leads to is replaced, not the link. The new file has the mode of the old one,
        and where that is allowed its owner. A device or a pipe is written to.
    write : callable
        Is given a new file, open for writing. Where the system can do that it has no name, so that
        a process that is killed leaves nothing; otherwise one that nobody can foresee.

    Raises
    ------
    OSError
        If it cannot be written. The old file is there then, and nothing else.
    """
    write_all({path: write})


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all, in UTF-8."""
    write_whole(path, lambda file: file.write(text.encode()))


def write_all(files: Mapping[Path, Write]) -> None:
    """Write several files that belong together, as `write_whole` writes one: all of them or none.

    All are on disk before the first gets its name. What a power failure in between those moments
    leaves, and what somebody sees who reads in between, is of both: let the files tell that they
    belong together.
    """
    with ExitStack() as ends:
        ends.enter_context(_taking_turns(files))
        written = [ends.enter_context(_written(path, write)) for path, write in files.items()]
        parts = [part for part in written if part is not None]
        with _put_back_after_errors(parts):
            for part in parts:
                part.publish()
    for folder in {part.target.parent for part in parts}:
        _sync_folder(folder)


class _Part:
    """A new file in the folder of the one that it will replace, with no name at first."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.name: Path | None = None
        self.is_published = False
        self.file = self._unnamed() or self._named()

    def _unnamed(self) -> BinaryIO | None:
        if not _UNNAMED or not os.path.isdir("/proc/self/fd"):
            return None
        try:
            number = os.open(self.target.parent, _UNNAMED | os.O_RDWR, 0o666)
        except OSError:  # not on this file system, or not at all: the other way will tell
            return None
        return os.fdopen(number, "w+b")

    def _named(self) -> BinaryIO:
        while True:
            name = _fresh_name(self.target)
            try:
                number = os.open(name, _NEW, 0o666)
            except FileExistsError:
                continue
            except OSError as error:
                error.filename = str(self.target)  # which is what was asked for
                raise
            self.name = name
            return os.fdopen(number, "w+b")

    def finish(self) -> None:
        """Have all of it on disk."""
        self.file.flush()
        _make_like(self.file.fileno(), self.target)
        os.fsync(self.file.fileno())

    def publish(self) -> None:
        """Let it take the place of the old file."""
        if self.name is None:
            self._give_name()
        self.file.close()
        assert self.name is not None
        os.replace(self.name, self.target)
        self.is_published = True

    def _give_name(self) -> None:
        name = _fresh_name(self.target)
        folder = os.open(self.target.parent, os.O_RDONLY)
        try:  # only with a folder does it take the file that the link in /proc leads to
            os.link(f"/proc/self/fd/{self.file.fileno()}", name.name, dst_dir_fd=folder)
        except OSError:  # some file systems promise more than they keep
            unnamed, self.file = self.file, self._named()
            with unnamed:
                unnamed.seek(0)
                shutil.copyfileobj(unnamed, self.file)
            self.finish()
        else:
            self.name = name
        finally:
            os.close(folder)

    def clear(self) -> None:
        """Leave nothing behind but what was published."""
        with suppress(OSError):
            self.file.close()
        if self.name is not None and not self.is_published:
            with suppress(OSError):
                self.name.unlink()


def _fresh_name(target: Path) -> Path:
    """Return a name in the folder of a file: of its own length, however long that of the file."""
    return target.with_name(f".neurosim-{secrets.token_hex(8)}.part")


@contextmanager
def _written(path: Path, write: Write) -> Iterator[_Part | None]:
    """Write a file beside the one that it will replace; None stands for what is no such file."""
    target = Path(os.path.realpath(path))
    if _is_replaceable(target):
        part = _Part(target)
        try:
            write(part.file)
            part.finish()
            yield part
        finally:
            part.clear()
    else:
        buffer = BytesIO()
        write(buffer)
        target.write_bytes(buffer.getvalue())
        yield None


def _is_replaceable(target: Path) -> bool:
    """Return whether a file may take this place; refuse folders, and files that are read-only."""
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return True
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(target))
    return stat.S_ISREG(mode)


def _make_like(number: int, target: Path) -> None:
    """Give a new file the mode, and if possible the owner, of the one that it replaces."""
    try:
        old = target.stat()
    except FileNotFoundError:
        return
    if hasattr(os, "fchown"):
        with suppress(OSError):
            os.fchown(number, old.st_uid, old.st_gid)
        os.fchmod(number, stat.S_IMODE(old.st_mode))


@contextmanager
def _put_back_after_errors(parts: list[_Part]) -> Iterator[None]:
    """Have the old files in their places again if not all new ones come to theirs."""
    if len(parts) < 2:
        yield
        return
    old = [(part, _second_name(part.target)) for part in parts]
    try:
        yield
    except BaseException:
        for part, kept in old:
            with suppress(OSError):
                if part.is_published and kept is None:
                    part.target.unlink()
                elif part.is_published and kept is not None:
                    os.replace(kept, part.target)
        raise
    finally:
        for _, kept in old:
            if kept is not None:
                kept.unlink(missing_ok=True)


def _second_name(target: Path) -> Path | None:
    """Return another name for a file, or for a copy where files have but one; None for no file."""
    if not target.exists():
        return None
    name = _fresh_name(target)
    try:
        os.link(target, name)
    except OSError:
        shutil.copy2(target, name)
    return name


@contextmanager
def _taking_turns(files: Mapping[Path, Write]) -> Iterator[None]:
    """Let writers of several files come one after the other, where folders can be locked."""
    if len(files) < 2 or fcntl is None:
        yield
        return
    number = os.open(next(iter(files)).parent, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)


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
