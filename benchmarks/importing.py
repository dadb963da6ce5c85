"""Measure what `import neurosim` adds to importing NumPy, attrs and networkx.

Prints one line per figure with the limit it must keep: medians over pairs of fresh processes, one
that imports those three alone and one that imports neurosim too, of the difference in the
process's own time. With the byte code that Python keeps of a package, and without, as the first
time ever; and with all public names, most of which are imported when they are first asked for. A
number of pairs as argument makes it more or less exact.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

PACKAGE = Path(__file__).parent.parent / "neurosim"
PAIRS = 25
SECONDS = 0.05

ALONE = "import numpy, attrs, networkx"
WITH = f"{ALONE}, neurosim"
ALL = f"{ALONE}; from neurosim import *"


def seconds(script: str, folder: Path, **environment: str) -> float:
    """Return how long a script keeps a fresh process that finds neurosim in `folder`."""
    command = [sys.executable, "-c", f"{script}; import time; print(time.process_time())"]
    variables = {**os.environ, "PYTHONPATH": str(folder), **environment}
    run = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=folder, env=variables
    )
    return float(run.stdout)


def added(script: str, n_pairs: int, folder: Path, **environment: str) -> float:
    """Return the seconds that neurosim adds."""
    seconds(script, folder, **environment)  # the first run warms the disk's cache
    pairs = (
        (seconds(ALONE, folder, **environment), seconds(script, folder, **environment))
        for _ in range(n_pairs)
    )
    return median(with_it - without for without, with_it in pairs)


def show(what: str, value: float, limit: float | None = None) -> None:
    """Print one figure, beside its limit if it has one."""
    verdict = "" if limit is None or value <= limit else "   <-- over"
    kept = "" if limit is None else f"  (limit {limit:g} s)"
    print(f"{what:52} {value:8.3f} s {kept}{verdict}", flush=True)


def main() -> None:
    """Print all figures."""
    n_pairs = int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(
            PACKAGE, folder / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__")
        )
        print("on top of importing numpy, attrs and networkx")
        for when, kept in (("the first time, without byte code", "1"), ("ever after", "")):
            for script, what, limit in (
                (WITH, f"import neurosim, {when}", SECONDS),
                (ALL, "  with all public names", None),
            ):
                value = added(script, n_pairs, folder, PYTHONDONTWRITEBYTECODE=kept)
                show(what, value, limit)


if __name__ == "__main__":
    main()
