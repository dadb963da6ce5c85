"""What one neuron can learn, and what it takes more for: AND and OR, then XOR.

A perceptron fires (+1) when its weighted inputs and its bias add up to more than 0, and says −1
otherwise. The perceptron rule finds weights for AND and for OR in a few passes. For XOR it never
settles: no straight line has (0, 1) and (1, 0) on one side and (0, 0) and (1, 1) on the other. The
delta rule does settle on XOR, on the least-squares answer, which is of no use. Two hidden sigmoid
neurons and backpropagation solve it.
"""

import argparse
import itertools
import os
from pathlib import Path

import numpy as np

import neurosim as ns

QUICK = os.environ.get("NEUROSIM_QUICK") == "1"
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
AND, OR, XOR = [-1, -1, -1, 1], [-1, 1, 1, 1], [-1, 1, 1, -1]


def perceptron():
    net = ns.Network("perceptron")
    inputs = net.add_layer(["a", "b"], role="input")
    neuron = net.add_neuron("fires", activation="threshold", role="output")
    net.connect(inputs, neuron)
    return net


def learn(targets, epochs=100):
    """Train a perceptron; η = ½ makes every step one whole input, so the weights are integers."""
    net = perceptron()
    history = ns.train(net, X, targets, rule=ns.PerceptronRule(0.5), epochs=epochs, seed=0)
    return net, [int(count) for count in history["errors"]]


def one_line():
    print("The perceptron rule, w ← w + η (t − o) x:\n")
    for name, targets in (("AND", AND), ("OR", OR)):
        net, errors = learn(targets)
        w1, w2 = net.synapses.weight
        w0 = net["fires"].bias
        print(f"{name:4} learned in {len(errors)} epochs; errors in each: {listed(errors)}")
        print(f"     fires where {w1:+g}·a {w2:+g}·b {w0:+g} > 0:  {spoken(net)}\n")
        assert errors[-1] == 0


def listed(values):
    return ", ".join(map(str, values))


def spoken(net):
    """Say what the network makes of each pair of inputs."""
    outputs = ns.compile(net).feedforward(X)[:, 0]
    return "  ".join(f"{a}{b} → {out:+g}" for (a, b), out in zip(X, outputs, strict=True))


def no_line():
    epochs = 100 if QUICK else 1000
    _, errors = learn(XOR, epochs)
    print(f"XOR  not learned in {epochs} epochs; errors in each: {listed(errors[:15])}, …")
    counts = [errors.count(number) for number in range(5)]
    print(f"     epochs with 0, 1, 2, 3, 4 errors: {listed(counts)}")
    assert min(errors) > 0

    print("\n     Why: XOR asks for")
    print("         00 → -1:            w0 ≤ 0         01 → +1:  w2 + w0 > 0")
    print("         11 → -1:  w1 + w2 + w0 ≤ 0         10 → +1:  w1 + w0 > 0")
    print("     The left adds up to w1 + w2 + 2 w0 ≤ 0, the right to w1 + w2 + 2 w0 > 0.")
    print("     No weights do both: no line parts the plane that way.")
    functions = list(itertools.product((-1, 1), repeat=4))
    learned = [f for f in functions if learn(f)[1][-1] == 0]
    missed = [" ".join(f"{out:+d}" for out in f) for f in functions if f not in learned]
    print(f"     Of the {len(functions)} functions of two bits a perceptron learns {len(learned)},")
    print(f"     all but {' and '.join(missed)}: XOR and its opposite.")


def least_squares():
    net = perceptron()
    net.initialize(ns.initializers.Normal(), seed=1)
    before = net.parameters.copy()
    history = ns.train(net, X, XOR, rule=ns.DeltaRule(0.5), epochs=100 if QUICK else 500)
    best = np.linalg.lstsq(np.column_stack([X, np.ones(4)]), XOR, rcond=None)[0]
    first, *_, last = history["cost"]
    print("\nThe delta rule on XOR, w ← w + η (t − w·x) x, settles on the least squared error:\n")
    print(f"     ½ error², on average: {first:.3f} at first, {last:.3f} at last")
    for name, values in (("start", before), ("learned", net.parameters), ("least squares", best)):
        print(f"     {name:14} w1, w2, w0 = {listed(f'{v + 0:.3f}' for v in values.round(3))}")
    print("     The best a line can do is to say 0, neither yes nor no, to everything.")
    assert np.allclose(net.parameters, best, atol=1e-2)


def two_layers(seed):
    net = ns.Network("XOR")
    inputs = net.add_layer(["a", "b"], role="input")
    hidden = net.add_layer(["h1", "h2"], activation="sigmoid")
    output = net.add_neuron("XOR", activation="sigmoid", role="output")
    net.connect(inputs, hidden)
    net.connect(hidden, output)
    net.initialize(ns.initializers.Normal(), biases=ns.initializers.Normal(), seed=seed)
    rule = ns.GradientDescent(learning_rate=2.0, momentum=0.9)
    ns.train(net, X, [0, 1, 1, 0], rule=rule, epochs=500 if QUICK else 2000)
    return net


def hidden_layer():
    net = two_layers(seed=3)
    trace = ns.compile(net).trace(X)
    print("\nTwo hidden sigmoid neurons, gradient descent with momentum:\n")
    for neuron in net.neurons[2:]:
        terms = " ".join(f"{s.weight:+.1f}·{s.pre.name}" for s in neuron.incoming)
        print(f"     {neuron.name:3} = σ({terms} {neuron.bias:+.1f})")
    print("\n     a  b     h1     h2    XOR")
    columns = [trace[neuron].output for neuron in net.neurons[2:]]
    for (a, b), *values in zip(X, *columns, strict=True):
        print(f"     {a}  {b}" + "".join(f"{value:7.2f}" for value in values))
    assert (trace.outputs.round().ravel() == [0, 1, 1, 0]).all()
    print("     h1 has become AND, h2 NOR, and XOR is neither of the two.")

    starts = range(3 if QUICK else 20)
    solved = [
        (ns.compile(two_layers(seed)).feedforward(X).round().ravel() == [0, 1, 1, 0]).all()
        for seed in starts
    ]
    print(f"     Not every start leads there: {sum(solved)} of {len(starts)} do; the others stay")
    print("     where the cost hardly falls, in a local minimum or on a plateau.")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, help="for results; this example has none")
    parser.parse_args()
    one_line()
    no_line()
    least_squares()
    hidden_layer()


if __name__ == "__main__":
    main()
