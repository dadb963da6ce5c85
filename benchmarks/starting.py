"""Measure how long somebody waits: from a script's first line to a network that has learned.

Prints, for the README's first network in a fresh process, the seconds on the clock until it has
imported, compiled, answered and learned: on a machine that has never run a kernel, and once the
kernels are there, for which it waits. Then the processor's own seconds that a start takes beyond
importing Numba. A number of runs as argument makes the latter more or less exact: they are medians.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from neurosim.engines.background import is_running

RUNS = 7
ANSWER, LEARNED = 3.0, 5.0  # seconds on the clock, on a first start
SECONDS = 0.5  # of the processor, beyond importing Numba, ever after

SCRIPT = """
import sys, time
clock = time.{clock}
zero = float(sys.argv[1])
import neurosim as ns
times = [clock() - zero]
net = ns.Network("xor", dtype={dtype!r})
inputs = net.add_layer(["a", "b"], role="input", name="inputs")
hidden = net.add_layer(3, activation="tanh", name="hidden")
output = net.add_neuron("xor", activation="sigmoid", role="output")
net.connect(inputs, hidden)
net.connect(hidden, output)
net.connect(inputs, output)
net.initialize(ns.initializers.Normal(), seed=1)
X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
rule, cost = ns.GradientDescent(1.0, momentum=0.9), ns.BinaryCrossEntropy(reduction="mean")
program = ns.compile(net, engine={engine!r})
times.append(clock() - zero)
program.feedforward(X)
times.append(clock() - zero)
ns.train(ns.compile(net, engine={engine!r}), X, y, rule=rule, cost=cost, epochs=200)
times.append(clock() - zero)
print(ns.compile(net, engine={engine!r}).engine, *times)
"""
STAGES = ("imported", "compiled", "answered", "learned")
NUMBA = "import time, numpy, attrs, networkx, numba; print(time.process_time())"


def run(script: str, folder: Path, zero: float = 0.0) -> list[str]:
    """Return what a script prints in a fresh process that keeps its kernels in a folder."""
    own = {"NEUROSIM_CACHE_DIR": str(folder), "NEUROSIM_WARMUP": "1", "NUMBA_CACHE_DIR": ""}
    command = [sys.executable, "-c", script, repr(zero)]
    result = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, **own}
    )
    sys.stdout.write(result.stderr)
    return result.stdout.split()


def on_the_clock(dtype: str, engine: str, folder: Path) -> tuple[str, list[float]]:
    """Return the engine, and the seconds on the clock until each stage is reached."""
    script = SCRIPT.format(dtype=dtype, engine=engine, clock="monotonic")
    taken, *times = run(script, folder, time.monotonic())
    return taken, [float(each) for each in times]


def show(when: str, engine: str, times: list[float], *, limited: bool = False) -> None:
    """Print the seconds until each stage is reached."""
    stages = ", ".join(f"{what} {t:.2f}" for what, t in zip(STAGES, times, strict=True))
    limits = ""
    if limited:
        over = times[2] > ANSWER or times[3] > LEARNED
        limits = f"  (limits {ANSWER:g} and {LEARNED:g} s){'   <-- over' if over else ''}"
    print(f"  {when:18} {stages} s, engine {engine!r}{limits}", flush=True)


def wait_for_kernels(dtype: str, folder: Path) -> float:
    """Return how long the work in the background takes until the kernels are there."""
    began = time.monotonic()
    while not list(folder.glob(f"kernels/*/ready-{dtype}")):
        if list(folder.glob(f"kernels/*/failed-{dtype}")):
            raise RuntimeError((next(folder.glob("kernels/*/log.txt"))).read_text())
        time.sleep(0.1)
    return time.monotonic() - began


def wait_for_the_end(folder: Path) -> float:
    """Return how long it goes on with kernels that few trainings need."""
    began = time.monotonic()
    (kernels,) = folder.glob("kernels/*")
    while is_running(kernels):
        time.sleep(0.1)
    return time.monotonic() - began


def measure(dtype: str, n_runs: int, folder: Path) -> None:
    """Print all figures of one dtype."""
    print(f"{dtype}, seconds on the clock:")
    engine, times = on_the_clock(dtype, "auto", folder / "own")
    show("the first start", engine, times, limited=True)
    waited, more = wait_for_kernels(dtype, folder / "own"), wait_for_the_end(folder / "own")
    print(f"  kernels there after {waited + times[-1]:.0f} s, rarer ones {more:.0f} s later")
    show("ever after", *on_the_clock(dtype, "auto", folder / "own"), limited=True)
    engine, times = on_the_clock(dtype, "numba", folder / "waiting")
    show('engine="numba"', engine, times)
    script = SCRIPT.format(dtype=dtype, engine="auto", clock="process_time")
    ours = [run(script, folder / "own")[1:] for _ in range(n_runs)]
    numbas = [float(run(NUMBA, folder / "own")[0]) for _ in range(n_runs)]
    times = [median(float(one[stage]) for one in ours) for stage in range(len(STAGES))]
    beyond = times[-1] - median(numbas)
    verdict = "" if beyond <= SECONDS else "   <-- over"
    print("seconds of the processor:")
    show("ever after", "numba", times)
    print(f"  beyond importing Numba {beyond:.2f} s  (limit {SECONDS:g} s){verdict}", flush=True)


def main() -> None:
    """Print all figures."""
    n_runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    for dtype in ("float64", "float32"):
        with tempfile.TemporaryDirectory() as folder:
            measure(dtype, n_runs, Path(folder))


if __name__ == "__main__":
    main()
