"""Measure how long a script takes to get going: from the first import to a network that learns.

Prints, for a small network in a fresh process, the process's own seconds until it has imported,
compiled, fed forward and trained for the first time: on a machine that runs it for the first time
ever, on one whose rates are known but where the kernels have to be compiled, and as it is ever
after. A number of runs as argument makes it more or less exact: those that start warm are medians.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

RUNS = 7
SECONDS = 1.0  # beyond importing Numba

SCRIPT = """
import time
import numpy as np
import neurosim as ns
times = [time.process_time()]
net = ns.topologies.layered([2, 3, 1], dtype={dtype!r})
net.initialize(ns.initializers.Normal(), seed=1)
X, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
for act in (
    lambda: ns.compile(net),
    lambda: ns.compile(net).feedforward(X),
    lambda: ns.train(net, X, y, rule=ns.GradientDescent(2.0, momentum=0.9), epochs=1000),
):
    act()
    times.append(time.process_time())
print(*times)
"""
STAGES = ("imported", "compiled", "fed forward", "trained")
NUMBA = "import time, numpy, attrs, networkx, numba; print(time.process_time())"


def run(script: str, kernels: Path, rates: Path) -> list[float]:
    """Return what a script prints in a fresh process that keeps things in two folders."""
    folders = {"NUMBA_CACHE_DIR": str(kernels), "NEUROSIM_CACHE_DIR": str(rates)}
    variables = {**os.environ, "NEUROSIM_CALIBRATE": "1", **folders}
    command = [sys.executable, "-c", script]
    result = subprocess.run(command, capture_output=True, text=True, check=True, env=variables)
    return [float(number) for number in result.stdout.split()]


def show(when: str, times: list[float]) -> None:
    """Print the seconds until each stage is reached."""
    stages = ", ".join(f"{what} {t:.2f}" for what, t in zip(STAGES, times, strict=True))
    print(f"{when:32} {stages} s", flush=True)


def measure(dtype: str, n_runs: int, folder: Path) -> None:
    """Print all figures of one dtype."""
    script, rates = SCRIPT.format(dtype=dtype), folder / "rates"
    show(f"{dtype}: the first time ever", run(script, folder / "first", rates))
    kernels = folder / "kernels"
    show("  kernels to be compiled", run(script, kernels, rates))
    runs = [(run(script, kernels, rates), run(NUMBA, kernels, rates)[0]) for _ in range(n_runs)]
    show("  ever after", [median(times) for times in zip(*(ours for ours, _ in runs), strict=True)])
    beyond = median(ours[-1] - numba for ours, numba in runs)
    verdict = "" if beyond <= SECONDS else "   <-- over"
    print(f"    beyond importing Numba {beyond:.2f} s  (limit {SECONDS:g} s){verdict}", flush=True)


def main() -> None:
    """Print all figures."""
    n_runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    for dtype in ("float64", "float32"):
        with tempfile.TemporaryDirectory() as folder:
            measure(dtype, n_runs, Path(folder))


if __name__ == "__main__":
    main()
