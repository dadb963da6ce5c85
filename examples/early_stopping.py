"""When to stop: what is learned by heart does not help with examples not seen before.

Two networks learn to tell kinds of iris from four lengths, and handwritten digits from 8×8 pixels.
Each set is dealt out in three parts. From the first one the network learns; the cost on the second,
the validation, falls at first and rises again while that on the first goes on falling, and tells
when to stop; the third is asked once, at the end. The same training without a stop shows what that
is good for: outputs that are more honest about what they do not know, and the time saved; seldom a
larger share of right answers.

T. M. Mitchell, "Machine Learning", McGraw-Hill, 1997, section 4.6.5, on overfitting.

L. Prechelt, "Early stopping - but when?", in: Neural Networks: Tricks of the Trade, 1998.
"""

import argparse
import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits, load_iris

import neurosim as ns

QUICK = os.environ.get("NEUROSIM_QUICK") == "1"
COST = ns.CategoricalCrossEntropy()


class Task:
    """A set of examples in three parts, and how a network learns from the first."""

    def __init__(self, name, X, labels, *, hidden, patience, epochs, val, test):
        self.name, self.hidden, self.patience, self.epochs = name, hidden, patience, epochs
        X, self.X_test, y, self.y_test = ns.split(X, labels, test=test, seed=0, stratify=labels)
        self.X, self.X_val, self.y, self.y_val = ns.split(X, y, test=val, seed=0, stratify=y)

    def network(self):
        sizes = [self.X.shape[1], self.hidden, len(set(self.y))]
        net = ns.topologies.layered(sizes, activation=["tanh", "softmax"], name=self.name)
        net.initialize(ns.initializers.LeCun(), seed=0)
        net.input_scaler = ns.standardize(self.X)
        return net

    def train(self, callbacks=()):
        net = self.network()
        history = ns.train(
            net, self.X, self.y, rule=ns.Adam(0.01), cost=COST, epochs=self.epochs, batch_size=16,
            seed=0, validation=(self.X_val, self.y_val), metrics=[ns.metrics.accuracy],
            callbacks=callbacks,
        )  # fmt: skip
        return net, history

    def judged(self, net):
        """Return what a network makes of the test part: accuracy and cost."""
        program = ns.compile(net)
        right = ns.metrics.accuracy(self.y_test, program.predict(self.X_test))
        outputs = program.feedforward(self.X_test)
        targets = np.array(net.classes) == np.array(self.y_test)[:, None]
        return right, COST.value(outputs, targets.astype(float))


def tasks():
    iris, digits = load_iris(as_frame=True), load_digits()
    kinds = iris.target_names[iris.target]
    iris_epochs, digits_epochs = (120, 30) if QUICK else (600, 150)
    yield Task("iris", iris.data, kinds, hidden=8, patience=50, epochs=iris_epochs, val=40, test=40)
    yield Task(
        "digits", digits.data, digits.target, hidden=32, patience=10, epochs=digits_epochs,
        val=500, test=797,
    )  # fmt: skip


def compare(task):
    """Train with an early stop and without; return the stop, and the history without."""
    stopping = ns.callbacks.EarlyStopping("val_cost", patience=task.patience)
    net, history = task.train([stopping])
    longer, whole = task.train()
    print(f"\n{task.name}: {len(task.y)} examples to learn from, {len(task.y_val)} to validate on, "
          f"{len(task.y_test)} to test with")  # fmt: skip
    print(f"stopped after {history.epochs} epochs; the best was epoch {stopping.best_epoch}\n")
    print(f"  {'on the test part':24}{'right':>8}{'cost':>8}")
    for when, network in (
        (f"of epoch {stopping.best_epoch}", net),
        (f"after {whole.epochs} epochs", longer),
    ):
        right, cost = task.judged(network)
        print(f"  {when:24}{right:8.1%}{cost:8.3f}")
    assert history["val_cost"] == whole["val_cost"][: history.epochs]
    assert task.judged(net)[0] > 0.9
    assert task.judged(net)[1] < task.judged(longer)[1]
    return net, stopping, history.epochs, whole


def confusion(task, net):
    """Print of which class the test examples are, and which they are taken for."""
    matrix = ns.metrics.confusion_matrix(task.y_test, ns.compile(net).predict(task.X_test))
    names = [str(label) for label in net.classes]
    width = max(map(len, names)) + 2
    print(f"\n  {'taken for':>{width}}" + "".join(f"{name:>{width}}" for name in names))
    for name, row in zip(names, matrix, strict=True):
        print(f"  {name:>{width}}" + "".join(f"{count:{width}d}" for count in row))
    return matrix


# -- pictures ------------------------------------------------------------------------------


def draw_curves(ax, history, column, stopping, stopped):
    history.plot(column, ax=ax)
    for epoch, style, label in (
        (stopping.best_epoch, "-", f"best, epoch {stopping.best_epoch}"),
        (stopped - 1, ":", f"stopped after {stopped} epochs"),
    ):
        ax.axvline(epoch, color="black", linewidth=1, linestyle=style, label=label)
    ax.legend()


def draw_matrix(ax, matrix, classes):
    ax.imshow(matrix, cmap="Blues", vmax=matrix.max() * 1.3)
    for (row, column), count in np.ndenumerate(matrix):
        if count:
            ax.text(column, row, count, ha="center", va="center", fontsize=8)
    places = range(len(classes))
    ax.set_xticks(places, classes)
    ax.set_yticks(places, classes)
    ax.set(xlabel="taken for", ylabel="is", title="test part")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(__file__).parent / "output"
    parser.add_argument("--output", type=Path, default=default, help="folder for the results")
    output = parser.parse_args().output
    output.mkdir(parents=True, exist_ok=True)

    figure, axes = plt.subplots(2, 3, figsize=(15, 8.4), layout="constrained")
    for row, task in zip(axes, tasks(), strict=True):
        net, stopping, stopped, whole = compare(task)
        draw_curves(row[0], whole, "cost", stopping, stopped)
        draw_curves(row[1], whole, "accuracy", stopping, stopped)
        draw_matrix(row[2], confusion(task, net), net.classes)
        row[0].set_title(task.name)
        row[1].set_title(task.name)
    figure.savefig(output / "early_stopping.png", dpi=130)
    print(f"\nWritten to {output}:\n  early_stopping.png  the curves, and where they were stopped")


if __name__ == "__main__":
    main()
