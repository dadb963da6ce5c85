"""The course's first network, by hand and by neurosim: the same numbers.

Two inputs (years of study, years of experience), three hidden sigmoid neurons, one output (the
salary), no biases. The slides train it with a dozen lines of NumPy, 10,000 times over four people.
This script runs those lines, builds the same network out of neurons and synapses, trains it from
the same start, and compares: one pass forward and back, symbol by symbol, then the weights at the
end. Last, it shows by numbers where the slides slip.
"""

import argparse
import os
import textwrap
from pathlib import Path

import numpy as np

import neurosim as ns

ITERATIONS = 200 if os.environ.get("NEUROSIM_QUICK") == "1" else 10_000

X = np.array([[3, 5], [5, 1], [10, 2], [6, 1.5]])  # years of study, years of experience
y = np.array([[75], [82], [93], [70]])  # salary in thousands
X = X / X.max(axis=0)
y = y / 100  # a sigmoid neuron cannot say more than 1


def f(z):
    return 1 / (1 + np.exp(-z))


def train_3_layer_nn(W1, W2, iterations):
    """The slides' loop, with their symbols."""
    for _ in range(iterations):
        Z2 = X @ W1
        a2 = f(Z2)
        Z3 = a2 @ W2
        Y_hat = f(Z3)

        error = y - Y_hat
        delta3 = error * Y_hat * (1 - Y_hat)
        delta2 = (delta3 @ W2.T) * a2 * (1 - a2)

        dW2, dW1 = a2.T @ delta3, X.T @ delta2
        W2 += dW2
        W1 += dW1
    return {"Z2": Z2, "a2": a2, "Z3": Z3, "Ŷ": Y_hat, "δ3": delta3, "δ2": delta2}, dW1, dW2


def first_weights():
    random = np.random.RandomState(1)  # as np.random.seed(1), without touching the global state
    return random.randn(2, 3), random.randn(3, 1)


def build():
    net = ns.Network("lecture")
    inputs = net.add_layer(["study", "experience"], role="input", name="input")
    hidden = net.add_layer(3, activation="sigmoid", bias=None, name="hidden")
    salary = net.add_neuron("salary", activation="sigmoid", bias=None, role="output")
    net.connect(inputs, hidden)
    net.connect(hidden, salary)
    net.initialize(ns.initializers.Normal(), seed=np.random.RandomState(1))
    return net


def one_pass(net):
    """Compare a single pass, forward and back, symbol by symbol."""
    by_hand, dW1, dW2 = train_3_layer_nn(*first_weights(), iterations=1)
    program, cost = ns.compile(net), ns.SquaredError(reduction="sum")
    trace = program.trace(X)
    gradient = program.backpropagate(trace, cost.gradient(trace.outputs, y))
    rows = [
        ("Z2", by_hand["Z2"], 'trace["hidden"].net_input', trace["hidden"].net_input),
        ("a2", by_hand["a2"], 'trace["hidden"].output', trace["hidden"].output),
        ("Z3", by_hand["Z3"], "trace.net_inputs", trace.net_inputs),
        ("Ŷ", by_hand["Ŷ"], "trace.outputs", trace.outputs),
        ("δ3", by_hand["δ3"], '-gradient.delta("salary")', -gradient.delta("salary")[:, None]),
        ("δ2", by_hand["δ2"], '-gradient.delta("hidden")', -gradient.delta("hidden")),
        ("a2ᵀ δ3", dW2, '-gradient.weights("hidden", "salary")',
         -gradient.weights("hidden", "salary")),
        ("Xᵀ δ2", dW1, '-gradient.weights("input", "hidden")',
         -gradient.weights("input", "hidden")),
    ]
    print("One pass, the first number of each:\n")
    print(f"{'slides':8}{'by hand':>10}   {'neurosim':39}{'':10}  {'shape':7}  difference")
    for symbol, ours, name, theirs in rows:
        difference = np.abs(ours - theirs).max()
        print(
            f"{symbol:8}{ours.flat[0]:10.6f}   {name:39}{theirs.flat[0]:10.6f}  "
            f"{theirs.shape!s:7}  {difference:.0e}"
        )
        assert ours.shape == theirs.shape
        assert difference < 1e-12


def same_weights(net):
    """Train both ways, and compare what was learned."""
    W1, W2 = first_weights()
    by_hand, _, _ = train_3_layer_nn(W1, W2, ITERATIONS)
    cost = ns.SquaredError(reduction="sum")  # the slides add the examples up
    ns.train(net, X, y, rule=ns.GradientDescent(1.0), cost=cost, epochs=ITERATIONS)
    ours = net.weights("input", "hidden"), net.weights("hidden", "salary")

    print(f"\nAfter {ITERATIONS:,} iterations:\n")
    for name, hand, neurosim in zip(("W1", "W2"), (W1, W2), ours, strict=True):
        print(f"{name} by hand\n{hand}\n{name} by neurosim\n{neurosim}")
    difference = max(np.abs(W1 - ours[0]).max(), np.abs(W2 - ours[1]).max())
    print(f"largest difference: {difference:.1e}")
    assert difference < 1e-9
    print("salaries", *(f"{v:.1f}" for v in 100 * y[:, 0]), sep="\t")
    print("learned ", *(f"{v:.1f}" for v in 100 * by_hand["Ŷ"][:, 0]), sep="\t")


def slips(net):
    """Show where the slides and their code part ways, or say less than is true."""
    print("\nWhere the slides slip:\n")
    random = np.random.RandomState(1)
    uniform, normal = random.rand(10_000), random.randn(10_000)
    say(
        "1. The text calls rand's numbers normally distributed. They are uniform: 10,000 of them "
        f"lie in [{uniform.min():.2f}, {uniform.max():.2f}], all positive; randn's, which the code "
        f"draws, in [{normal.min():.2f}, {normal.max():.2f}]."
    )
    z, h = 0.7, 1e-6
    say(
        f"2. x(1 − x) is no approximation of σ'. At z = {z} the slope of σ is "
        f"{(f(z + h) - f(z - h)) / (2 * h):.6f}; with the output x = σ(z), x(1 − x) is "
        f"{f(z) * (1 - f(z)):.6f}, exactly. Only with the net input in the place of x would it be "
        f"wrong: {z * (1 - z):.6f}."
    )
    W1, W2 = first_weights()
    _, dW1, dW2 = train_3_layer_nn(W1.copy(), W2.copy(), 1)
    start, added, replaced = (
        ((y - f(f(X @ a) @ b)) ** 2).sum() / 2
        for a, b in ((W1, W2), (W1 + dW1, W2 + dW2), (dW1, dW2))
    )
    say(
        '3. "W = aᵀδ" means "W += aᵀδ": an adjustment is added. The error is '
        f"{start:.4f} at the start, {added:.4f} after +=, {replaced:.4f} after =, which throws "
        "away what was there."
    )
    net.initialize(ns.initializers.Normal(), seed=np.random.RandomState(1))
    program = ns.compile(net)
    passed_on = np.array_equal(program.trace(X)["input"].output, X)
    say(f"4. Input neurons have no activation function, they pass X on as it is: {passed_on}.")
    synapse = net.synapse("hidden[0]", "salary")
    weight, errors = synapse.weight, []
    for step in (-h, h):
        synapse.weight = weight + step
        errors.append(((y - program.feedforward(X)) ** 2).sum())
    slope = (errors[1] - errors[0]) / (2 * h)
    say(
        "5. The adjustments are those of ½ Σ (y − ŷ)². Without the ½, moving only the first weight "
        f"of W2, the error falls by {-slope:.6f} per unit; half of that, {-slope / 2:.6f}, is the "
        f"adjustment, {dW2[0, 0]:.6f}."
    )


def say(text):
    print(textwrap.fill(text, width=92, subsequent_indent="   "))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, help="for results; this example has none")
    parser.parse_args()
    net = build()
    one_pass(net)
    same_weights(net)
    slips(net)


if __name__ == "__main__":
    main()
