"""How much memory there is, so that what cannot fit is refused before any of it is taken."""

from __future__ import annotations

from pathlib import Path

from neurosim.errors import TooLargeError
from neurosim.wording import counted

# Less than this is not looked into: to ask the system takes a tenth of a millisecond.
FREE_TO_TAKE = 1 << 27
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
_MOST_BITS = 80  # that are written out
_MEMINFO = Path("/proc/meminfo")
_OWN_GROUP = Path("/proc/self/cgroup")
_GROUPS = Path("/sys/fs/cgroup")


def require_memory(n_bytes: int, what: str, remedy: str = "make it smaller") -> None:
    """Refuse what needs more memory than there is.

    Parameters
    ----------
    n_bytes : int
        What it takes for sure; an estimate has to stay below.
    what : str
        What the message begins with.
    remedy : str
        What it ends with.

    Raises
    ------
    TooLargeError
        Never where the system does not say how much memory is left.
    """
    if n_bytes <= FREE_TO_TAKE:
        return
    left = available_memory()
    if left is not None and n_bytes > left:
        raise TooLargeError(
            f"{what} would take at least {in_bytes(n_bytes)} of memory, and {in_bytes(left)} are "
            f"available; {remedy}"
        )


def in_bytes(count: int) -> str:
    """Return a number of bytes for people.

    Examples
    --------
    >>> in_bytes(512), in_bytes(3 << 30), in_bytes(1 << 200)
    ('512 bytes', '3,221,225,472 bytes (3.0 GiB)', 'more than 2**200 bytes')
    """
    power = min((count.bit_length() - 1) // 10, len(_UNITS) - 1)
    if power < 1 or count.bit_length() > _MOST_BITS:
        return f"{counted(count)} bytes"
    return f"{count:,} bytes ({count / (1 << 10 * power):,.1f} {_UNITS[power]})"


def available_memory() -> int | None:
    """Return how many bytes can still be taken, or None where the system does not say.

    That is what the machine has left, the room for swapping included, and no more than what the
    group of processes, as that of a container, may still take.
    """
    known = [left for left in (_left_in_machine(), *_left_in_groups()) if left is not None]
    return min(known, default=None)


def _left_in_machine() -> int | None:
    """Return what the kernel counts as available; Linux alone says it."""
    fields = _numbers(_MEMINFO)
    if "MemAvailable:" not in fields:
        return None
    return 1024 * (fields["MemAvailable:"] + fields.get("SwapFree:", 0))


def _left_in_groups() -> list[int | None]:
    """Return what each group of processes that this one is in may still take (cgroups 1 and 2)."""
    try:
        lines = _OWN_GROUP.read_text().splitlines()
    except OSError:
        return []
    result = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers in ("", "memory"):
            folder = _GROUPS / controllers
            own = folder / path.lstrip("/")
            parents = [one for one in own.parents if one.is_relative_to(folder)]
            result += [_left_in_group(one) for one in (own, *parents)]
    return result


def _left_in_group(folder: Path) -> int | None:
    names = ("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes")
    for limit, usage in names:
        most, taken = (_number(folder / name) for name in (limit, usage))
        if most is not None and taken is not None:
            held = _numbers(folder / "memory.stat")  # pages of files are given back when needed
            return most - taken + held.get("inactive_file", 0) + held.get("active_file", 0)
    return None


def _number(path: Path) -> int | None:
    """Return the number in a file; None where it is not there or says that there is no limit."""
    try:
        text = path.read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None


def _numbers(path: Path) -> dict[str, int]:
    """Return the number behind the first word of each line."""
    try:
        rows = [line.split() for line in path.read_text().splitlines()]
    except OSError:
        return {}
    return {row[0]: int(row[1]) for row in rows if len(row) > 1 and row[1].isdigit()}
