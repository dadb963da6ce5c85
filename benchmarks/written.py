"""Measure tiny networks as code of their own: a step by kernels, as code, and what compiling takes.

Sigmoid neurons, float32, plain gradient descent. Rounds alternate between the two; printed are
medians, and how many steps it takes until the code has saved the time to compile it, which is
taken once for each structure in a process. A number of rounds as argument makes it quicker or
steadier; a single one shows the first network only.
"""

from __future__ import annotations

import sys
import time
from statistics import median

import numpy as np

import neurosim as ns
from neurosim.engines.compiled import codes, written
from neurosim.engines.compiled.machine_code import MachineCode
from neurosim.engines.compiled.training_code import NAME, training_code

ROUNDS = 7
GROUPS = 100_000  # of up to eight examples: as long as a training is in a round
RULE = ns.GradientDescent(0.01)

NETWORKS = ((2, 3, 1), (3, 4, 2), (4, 6, 2))
# Examples, and how many of them a step takes.
BATCHES = ((4, 4), (1000, 1000), (1000, 10), (1000, 1))


def compiling(net: ns.Network, n_examples: int, batch: int) -> float:
    """Return the seconds that it takes to write the code for a network and compile it."""
    form = ns.compile(net, engine="numba").runner.form
    kinds, held = np.full(len(net.outputs), codes.SQUARED), np.zeros(0, int)
    wiring = written.wiring_of(form, kinds, held)
    recipe = written.recipe_of(wiring, net.dtype, codes.DESCENT, batch, n_examples)
    began = time.perf_counter()
    MachineCode(training_code(recipe), NAME)
    return time.perf_counter() - began


def stepping(net: ns.Network, n_examples: int, batch: int, *, as_code: bool) -> float:
    """Return the seconds of a step in a long training."""
    rng = np.random.default_rng(0)
    X = rng.uniform(0.15, 0.85, (n_examples, len(net.inputs)))
    y = np.repeat(X.mean(axis=1, keepdims=True), len(net.outputs), axis=1)
    n_batches = n_examples // batch
    epochs = max(1, GROUPS // (n_batches * -(-batch // 8)))
    net.initialize(ns.initializers.Normal(), seed=1)
    program = ns.compile(net, engine="numba")
    written.LEAST_STEPS = 0 if as_code else 10**12
    began = time.perf_counter()
    ns.train(program, X, y, rule=RULE, epochs=epochs, batch_size=batch, shuffle=False)
    return (time.perf_counter() - began) / (epochs * n_batches)


def main(rounds: int) -> None:
    """Print a line per network and size of batches."""
    for sizes in NETWORKS[: None if rounds > 1 else 1]:
        net = ns.topologies.layered(sizes, activation="sigmoid", dtype="float32")
        print(f"{'-'.join(map(str, sizes))}, {len(net.synapses)} synapses")
        for n_examples, batch in BATCHES:
            for as_code in (False, True):
                stepping(net, n_examples, batch, as_code=as_code)
            kernels, code, seconds = zip(
                *(
                    (
                        stepping(net, n_examples, batch, as_code=False),
                        stepping(net, n_examples, batch, as_code=True),
                        compiling(net, n_examples, batch),
                    )
                    for _ in range(rounds)
                ),
                strict=True,
            )
            ratio = median(a / b for a, b in zip(kernels, code, strict=True))
            saved = median(kernels) - median(code)
            paid = f"{median(seconds) / saved:,.0f} steps" if saved > 0 else "never"
            print(
                f"  batches of {batch}: {median(kernels) * 1e9:,.0f} ns by kernels, "
                f"{median(code) * 1e9:,.0f} ns as code ({ratio:.1f} times as fast); compiled in "
                f"{median(seconds) * 1e3:.0f} ms, which {paid} save"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
