"""One step of training, equation by equation: the course's network on its first example.

Two inputs (years of study, years of experience), three hidden sigmoid neurons, one output (the
salary), no biases, and the weights that the slides draw. The script shows the step as text, writes
it as a LaTeX document, and takes the same step by the slides' matrices and by `train`.
"""

import argparse
from pathlib import Path

import numpy as np

import neurosim as ns

STUDY, EXPERIENCE, SALARY = [3, 5, 10, 6], [5, 1, 2, 1.5], [75, 82, 93, 70]
X = np.array([STUDY, EXPERIENCE]).T / [max(STUDY), max(EXPERIENCE)]
y = np.array(SALARY) / 100  # a sigmoid neuron cannot say more than 1

DOCUMENT = r"""\documentclass{article}
\usepackage[utf8]{inputenc}
\usepackage{amsmath}
\usepackage[margin=2cm]{geometry}
\begin{document}
%s
\end{document}
"""


def build():
    net = ns.Network("salary")
    inputs = net.add_layer(["study", "experience"], role="input", name="input")
    hidden = net.add_layer(3, activation="sigmoid", bias=None, name="hidden")
    salary = net.add_neuron("salary", activation="sigmoid", bias=None, role="output")
    net.connect(inputs, hidden)
    net.connect(hidden, salary)
    net.initialize(ns.initializers.Normal(), seed=np.random.RandomState(1))
    return net


def by_matrices(net, x, target):
    """The step as the slides take it, with their symbols and η = 1."""
    W1, W2 = net.weights("input", "hidden"), net.weights("hidden", "salary")
    a2 = 1 / (1 + np.exp(-(x @ W1)))
    y_hat = 1 / (1 + np.exp(-(a2 @ W2)))
    delta3 = -(target - y_hat) * y_hat * (1 - y_hat)
    delta2 = (delta3 @ W2.T) * a2 * (1 - a2)
    return W1 - np.outer(x, delta2), W2 - np.outer(a2, delta3)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(__file__).parent / "output"
    parser.add_argument("--output", type=Path, default=default, help="folder for the results")
    output = parser.parse_args().output
    output.mkdir(parents=True, exist_ok=True)

    net, rule, cost = build(), ns.GradientDescent(1.0), ns.SquaredError()
    walk = ns.walkthrough(net, X[0], y[0], rule=rule, cost=cost)
    print(walk)

    (output / "walkthrough.tex").write_text(DOCUMENT % walk.to_latex(), encoding="utf-8")
    print(f"\nAs equations, to be typeset: {output / 'walkthrough.tex'}")

    W1, W2 = by_matrices(net, X[0], y[0])
    before = ns.compile(net).feedforward(X[:1]).item()
    history = ns.train(net, X[:1], y[:1], rule=rule, cost=cost, epochs=1)
    after = ns.compile(net).feedforward(X[:1]).item()
    weights = {row.of: row.value for row in walk.rows if row.quantity == "parameter"}
    shown = np.array([weights[synapse.pre.name, synapse.post.name] for synapse in net.synapses])
    differences = {
        "the slides' matrices": np.abs(shown - np.concatenate([W1.ravel(), W2.ravel()])).max(),
        "train": np.abs(shown - net.synapses.weight).max(),
    }
    print("\nThe new weights differ by at most")
    for name, difference in differences.items():
        print(f"  {difference:.0g} from those of {name}")
        assert difference < 1e-12
    print(f"The cost was {history['cost'][0]:.5f}. The output goes from {before:.4f}")
    print(f"to {after:.4f}, its target is {y[0]:.4f}.")


if __name__ == "__main__":
    main()
