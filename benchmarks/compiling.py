"""Measure compiling: of networks of every kind, again after one edit, and the memory it takes.

Prints one line per figure with the limit it must keep. Times are medians over several rounds of
this process's own time, with kernels that are compiled already; peak memory is that of a fresh
process. "Ready for the first step" is compiling and what the first of two training steps takes
longer than the second. A number of synapses as argument makes everything smaller or larger; the
limits are those of a million.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from statistics import median

import numpy as np

import neurosim as ns
from neurosim.compiler.build import make_plan

ROUNDS = 5
BATCH = 32
MILLION = 1_000_000
SECONDS, AGAIN, MEGABYTES = 0.5, 0.1, 2500

# -- networks of so many synapses --------------------------------------------------------------


def dense(n: int, dtype: str = "float64") -> ns.Network:
    """Return three layers, connected all to all."""
    side = max(2, round((n / 2) ** 0.5))
    return ns.topologies.layered([side] * 3, activation="sigmoid", dtype=dtype)


def skipping(n: int) -> ns.Network:
    """Return five layers, each connected to all later ones."""
    side = max(2, round((n / 10) ** 0.5))
    return ns.topologies.layered([side] * 5, activation="sigmoid", skips="all")


def sparse(n: int, density: float, dtype: str = "float64") -> ns.Network:
    """Return three layers with a random part of the synapses between neighbours."""
    side = max(3, round((n / 2 / density) ** 0.5))
    net, rng = ns.Network("sparse", dtype=dtype), np.random.default_rng(0)
    for role in ("input", "hidden", "output"):
        net.add_layer(side, role=role)
    for first in (0, side):
        pairs = np.flatnonzero(rng.random(side * side, np.float32) < density)
        net.connect_pairs(pairs // side + first, pairs % side + first + side)
    return net


def random_dag(n: int, dtype: str = "float64") -> ns.Network:
    """Return a random acyclic network of in-degree 10."""
    ends = max(1, n // 10_000)
    return ns.topologies.random_dag(
        max(30, n // 10), n_inputs=ends, n_outputs=ends, activation="sigmoid", seed=0, dtype=dtype
    )


def small_world(n: int) -> ns.Network:
    """Return a small world with a hundredth as many neurons as `n`, of in-degree about 8."""
    return ns.topologies.small_world(
        max(30, n // 100), n_inputs=2, n_outputs=2, neighbors=16, activation="sigmoid", seed=0
    )


KINDS: dict[str, Callable[[int], ns.Network]] = {
    "dense layers": dense,
    "layers with skip connections": skipping,
    "sparse layers, 1 %": lambda n: sparse(n, 0.01),
    "sparse layers, 5 %": lambda n: sparse(n, 0.05),
    "sparse layers, 20 %": lambda n: sparse(n, 0.2),
    "random DAG, in-degree 10": random_dag,
    "small world, in-degree 8": small_world,
}

# -- one small edit ----------------------------------------------------------------------------


def remove_synapse(net: ns.Network) -> None:
    """Remove one synapse."""
    net.remove(net.synapses[len(net.synapses) // 3])


def add_synapse(net: ns.Network) -> None:
    """Connect a neuron from the middle to the next that does not hear it: often of its level."""
    pre = len(net.neurons) // 2
    heard = set(net.neurons[pre].outgoing.post.tolist())
    post = next(i for i in range(pre + 1, len(net.neurons)) if i not in heard)
    net.connect(net.neurons[pre], net.neurons[post])


def add_neuron(net: ns.Network) -> None:
    """Add a neuron between the first input and the last output."""
    made = net.add_neuron(activation="tanh")
    net.connect(net.inputs[0], made)
    net.connect(made, net.outputs[-1])


def remove_neuron(net: ns.Network) -> None:
    """Remove a neuron from the middle, with its synapses."""
    net.remove(net.neurons[len(net.neurons) // 2])


EDITS = (remove_synapse, add_synapse, add_neuron, remove_neuron)

# -- measuring ---------------------------------------------------------------------------------


def initialized(net: ns.Network) -> ns.Network:
    """Return a network whose neurons differ, and do not saturate."""
    net.initialize(ns.initializers.LeCun(), seed=0)
    return net


def step(program: ns.Program) -> None:
    """Take one training step."""
    net = program.network
    X, y = (np.zeros((BATCH, len(ends)), net.dtype) for ends in (net.inputs, net.outputs))
    ns.train(program, X, y, epochs=1)


def seconds(action: Callable[..., object], *arguments: object) -> float:
    """Return how long one call keeps the processor."""
    start = time.process_time()
    action(*arguments)
    return time.process_time() - start


def until_ready(net: ns.Network) -> tuple[float, float]:
    """Return the seconds that compiling takes, and with what comes before the first step."""
    compiling = seconds(ns.compile, net)
    program = ns.compile(net)
    first, second = seconds(step, program), seconds(step, program)
    return compiling, compiling + max(0.0, first - second)


def rounds(base: ns.Network) -> Iterator[list[float]]:
    """Yield the seconds of compiling and of being ready, from nothing and after each edit."""
    for _ in range(ROUNDS):
        net = base.copy()
        times = [*until_ready(net)]
        for edit in EDITS:
            edit(net)
            times += until_ready(net)
        yield times


def measure(kind: str, n: int) -> None:
    """Print the figures of one kind of network."""
    net = initialized(KINDS[kind](n))
    until_ready(net.copy())  # compiles the kernels
    compiling, ready, *again = map(median, zip(*rounds(net), strict=True))
    print(f"{kind}: {len(net.synapses):,} synapses, {make_plan(net).n_levels:,} levels")
    show("  compiled from nothing", compiling, SECONDS)
    show("    and ready for the first step", ready, SECONDS)
    for edit, compiled, ready_again in zip(EDITS, again[::2], again[1::2], strict=True):
        show(f"  again after {edit.__name__.replace('_', ' ')}", compiled, AGAIN)
        print(f"{'    and ready for the first step':52} {ready_again:8.3f} s", flush=True)


def show(what: str, value: float, limit: float, unit: str = "s") -> None:
    """Print one figure beside its limit."""
    verdict = "" if value <= limit else "   <-- over"
    digits = 3 if unit == "s" else 0
    print(f"{what:52} {value:8.{digits}f} {unit:2}  (limit {limit:g} {unit}){verdict}", flush=True)


# -- memory ------------------------------------------------------------------------------------

LARGE: dict[str, Callable[[int], ns.Network]] = {
    "dense layers": lambda n: dense(n, "float32"),
    "sparse layers, 5 %": lambda n: sparse(n, 0.05, "float32"),
    "random DAG, in-degree 10": lambda n: random_dag(n, "float32"),
}

STAGES = ("building", "compiling", "the first training step", "the second")


def build_and_train(kind: str, n: int) -> None:
    """Print the synapses, the seconds of each stage, and this process's peak memory."""
    ns.compile(LARGE[kind](100))  # imports the engine
    start = time.process_time()
    net = LARGE[kind](n)
    built = time.process_time()
    program = ns.compile(net)
    compiled = time.process_time()
    initialized(net)
    steps = [seconds(step, program) for _ in range(2)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(len(net.synapses), built - start, compiled - built, *steps, peak)


def measure_memory(kind: str, n: int) -> None:
    """Print what building, compiling and two training steps take in a fresh process."""
    command = [sys.executable, __file__, str(n), kind]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    n_synapses, *stages, peak = map(float, result.stdout.split())
    print(f"{kind}, float32: {int(n_synapses):,} synapses in a fresh process")
    for stage, value in zip(STAGES, stages, strict=True):
        print(f"  {stage:50} {value:8.3f} s")
    show("  peak resident memory", peak, MEGABYTES, "MB")


def main() -> None:
    """Print all figures."""
    # Drawn networks may have ends without a path.
    warnings.simplefilter("ignore", ns.errors.NeurosimWarning)
    n = int(sys.argv[1]) if len(sys.argv) > 1 else MILLION
    if len(sys.argv) > 2:
        build_and_train(sys.argv[2], n)
        return
    for kind in LARGE:  # first: a process starts with the peak of the one that starts it
        measure_memory(kind, 10 * n)
    for kind in KINDS:
        measure(kind, n)


if __name__ == "__main__":
    main()
