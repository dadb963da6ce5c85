"""Eight patterns pass through three hidden neurons, which invent a code for them.

The network of Mitchell's textbook (section 4.6.4): eight inputs of which one is 1, three hidden
sigmoid neurons, and eight outputs that are to repeat the inputs. Three neurons in the middle cannot
hand on eight values; what helps is to number the patterns in binary, and nobody tells them to. The
settings are the book's: incremental gradient descent, η = 0.3, no momentum, first weights and
biases uniform between −0.1 and 0.1, targets 0.1 and 0.9, 5,000 epochs.

T. M. Mitchell, "Machine Learning", McGraw-Hill, 1997, section 4.6.4, figures 4.7 and 4.8.
"""

import argparse
import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import neurosim as ns

QUICK = os.environ.get("NEUROSIM_QUICK") == "1"
EPOCHS = 5000
DRAWN = 2500  # epochs, as in the book's figure
EVERY = 50 if QUICK else 10  # epochs from one snapshot to the next
STARTS = range(5 if QUICK else 100)
START = 20  # the one that is shown: its codes are the furthest from ½
SMALL = ns.initializers.Uniform(-0.1, 0.1)
RULE = ns.GradientDescent(learning_rate=0.3)

X = np.eye(8)
TARGETS = 0.1 + 0.8 * X
WATCHED = 1  # the pattern 01000000, as in the book's figure


def learn(seed, callbacks=()):
    net = ns.topologies.layered([8, 3, 8], activation="sigmoid", name="encoder")
    net.initialize(SMALL, biases=SMALL, seed=seed)
    ns.train(
        net, X, TARGETS, rule=RULE, epochs=EPOCHS, batch_size=1, seed=seed, callbacks=callbacks,
    )  # fmt: skip
    return net


def codes_of(net):
    """Return what the hidden neurons say to each pattern, (8, 3)."""
    return ns.compile(net).trace(X)["hidden"].output


def rounded(codes):
    return codes.round().astype(int)


def told_apart(codes):
    """Count the different codes that are left when each value is rounded to 0 or 1."""
    return len(np.unique(rounded(codes), axis=0))


def show_codes(net):
    codes, outputs = codes_of(net), ns.compile(net).feedforward(X)
    print(f"After {EPOCHS:,} epochs, start {START}:\n")
    print("  input        hidden values     rounded    output of its own, the largest other")
    for pattern, code, bits, given in zip(X, codes, rounded(codes), outputs, strict=True):
        own, other = given[pattern == 1][0], given[pattern == 0].max()
        print(
            f"  {written(pattern)} → {'  '.join(f'{value:.2f}' for value in code)} → "
            f"{written(bits)}        → {own:.2f}, {other:.2f}"
        )
    margin = np.abs(codes - 0.5).min()
    print(f"\nAll eight codes are different. No hidden value is nearer to ½ than by {margin:.2f}.")
    assert told_apart(codes) == len(X)
    assert margin > 0.25
    assert repeats(net)


def written(bits):
    return "".join(f"{int(bit)}" for bit in bits)


def many_starts():
    """Ask of how many starts the same is true."""
    nets = [learn(seed) for seed in STARTS]
    binary = sum(told_apart(codes_of(net)) == len(X) for net in nets)
    right = sum(repeats(net) for net in nets)
    print(f"\nOf {len(nets)} starts, {right} end with every pattern's own output the strongest,")
    print(f"and {binary} with codes that differ when rounded; others use values in between, too.")


def repeats(net):
    """Return whether the strongest output is that of the input, for all patterns."""
    return (ns.compile(net).feedforward(X).argmax(axis=1) == X.argmax(axis=1)).all()


def draw(net, snapshots):
    """Draw what the book draws: errors, hidden values and weights on their way."""
    program, epochs = ns.compile(net), snapshots.epochs
    errors, values, weights = [], [], []
    for _ in snapshots.replay():
        trace = program.trace(X)
        errors.append(((TARGETS - trace.outputs) ** 2).sum(axis=0))
        values.append(trace["hidden"].output[WATCHED])
        weights.append([*net.weights("input", net["hidden"][0])[:, 0], net["hidden"][0].bias])

    figure, (top, middle, bottom) = plt.subplots(
        3, 1, figsize=(8, 9), sharex=True, layout="constrained"
    )
    numbers = range(1, len(X) + 1)
    top.plot(epochs, errors, label=[f"output {number}" for number in numbers])
    top.set(title="Sum of squared errors of each output", ylim=(0, None))
    middle.plot(epochs, values, label=[f"hidden {number}" for number in (1, 2, 3)])
    middle.set(title=f"Hidden values for input {written(X[WATCHED])}", ylim=(0, 1))
    labels = [*(f"input {number}" for number in numbers), "bias"]
    *_, bias = bottom.plot(epochs, weights, label=labels)
    bias.set(color="black", linestyle="--")
    bottom.set(title="Weights and bias of hidden neuron 1", xlabel="epoch", xlim=(0, DRAWN))
    for ax in (top, middle, bottom):
        ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
        ax.grid(alpha=0.3)
        ax.spines[["top", "right"]].set_visible(False)
    return figure


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(__file__).parent / "output"
    parser.add_argument("--output", type=Path, default=default, help="folder for the results")
    output = parser.parse_args().output
    output.mkdir(parents=True, exist_ok=True)

    snapshots = ns.callbacks.Snapshots(every=EVERY)
    net = learn(START, callbacks=[snapshots])
    show_codes(net)
    many_starts()
    draw(net, snapshots).savefig(output / "encoder.png", dpi=150)
    print(f"\nWritten to {output}:\n  encoder.png  errors, hidden values and weights on their way")


if __name__ == "__main__":
    main()
