"""Trains, is killed, goes on: prints what became of it. Run by `test_resuming`, as a program.

It forks for each training, since a process of its own would take much longer to start.
"""

import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import neurosim as ns
from neurosim.training import compiled, compiled_steps, hooks

KILLS = 10  # of each case
LONGEST = 0.1  # seconds that a training is left alive

# Whatever happens about every 50 ms, here does more often.
hooks.PAUSE_SECONDS = compiled.CALL_SECONDS = compiled_steps.CALL_SECONDS = 0.01

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(300, 5)), rng.uniform(size=(300, 2))
BATCHES = [(X[k : k + 60], Y[k : k + 60]) for k in range(0, 300, 60)]

# name: (engine, data, arguments of train); each lasts for about a second
CASES = {
    "reference": ("reference", (X, Y), {"epochs": 4, "batch_size": 7, "rule": ns.Adam(0.01)}),
    "numpy": ("numpy", (X, Y), {"epochs": 140, "batch_size": 10, "rule": ns.RMSProp(0.01)}),
    "stream": ("numba", (BATCHES,), {"epochs": 3000, "batch_size": 7, "rule": ns.AdamW(0.01)}),
    "epochs": ("numba", (X, Y), {"epochs": 6000, "batch_size": 10, "rule": ns.Adam(1e-4)}),
    "full batches": (
        "numba", (X, Y),
        {"epochs": 20_000, "rule": ns.GradientDescent(0.05, momentum=0.9), "penalty": ns.L2(1e-4)},
    ),
}  # fmt: skip


class Begun(ns.callbacks.Callback):
    """Notes in a file whether the training goes on from a checkpoint."""

    def __init__(self, path):
        self.path = path

    def on_begin(self, run):
        with self.path.open("a") as file:
            print(int(run.way is not None), file=file)


def train(case, folder, *callbacks):
    """Train to the end, and leave the parameters and the costs in a file."""
    engine, data, arguments = CASES[case]
    net = ns.topologies.layered([5, 8, 2], activation="sigmoid")
    net.initialize(ns.initializers.Normal(), seed=0)
    program = ns.compile(net, engine=engine)
    history = ns.train(program, *data, seed=3, callbacks=callbacks, **arguments)
    np.savez(folder / "result.part.npz", net.parameters, np.array(history["cost"]))
    (folder / "result.part.npz").rename(folder / "result.npz")


def fork(case, folder, *callbacks):
    """Train in another process; return its number."""
    process = os.fork()
    if process:
        return process
    train(case, folder, *callbacks)
    os._exit(0)


def ended_well(process, *, wait):
    """Return whether a process has come to its end."""
    found, status = os.waitpid(process, 0 if wait else os.WNOHANG)
    if found and status:
        sys.exit(f"a training failed with status {status}")
    return found != 0


def train_to_the_end(case, folder):
    """Kill trainings at random moments, until one comes to its end; return how many."""
    checkpoint, kills = ns.callbacks.Checkpoint(folder / "checkpoint", seconds=0), 0
    while kills < KILLS:
        process = fork(case, folder, Begun(folder / "begun"), checkpoint)
        time.sleep(random.uniform(0, LONGEST))
        if ended_well(process, wait=False):
            return kills
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        kills += 1
    ended_well(fork(case, folder, Begun(folder / "begun"), checkpoint), wait=True)
    return kills


def results(folder):
    """Return what a training has left."""
    with np.load(folder / "result.npz") as file:
        return file["arr_0"], file["arr_1"]


def main():
    """Print for each case: its name, the kills, how often it went on, whether all came out."""
    for case in CASES:
        kills = went_on = 0
        all_equal = True
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            train(case, folder)  # here, so that kernels are there when it is forked
            expected = results(folder)
            while kills < KILLS:
                (folder / "checkpoint").unlink(missing_ok=True)
                kills += train_to_the_end(case, folder)
                pairs = zip(results(folder), expected, strict=True)
                all_equal = all_equal and all(np.array_equal(a, b) for a, b in pairs)
            went_on = (folder / "begun").read_text().count("1")
        print(case, kills, went_on, all_equal, sep="\t", flush=True)


if __name__ == "__main__":
    main()
