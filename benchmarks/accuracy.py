"""Print how far engines and gradients agree, measured on many random graphs.

Each difference is divided by max(1, the largest magnitude), in float64:

- the `numpy` engine against the `reference` engine (net inputs, outputs, deltas, gradients);
- backpropagation against finite differences, away from kinks;
- backpropagation against PyTorch's autograd, where PyTorch is installed.

Usage: python benchmarks/accuracy.py [number of graphs]
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import neurosim as ns

ACTIVATIONS = [a.name for a in ns.activations.ALL if a.is_differentiable and not a.over_layer]
KINKS = ("relu", "leaky_relu")


def random_network(seed: int) -> ns.Network:
    """Return a random DAG with mixed activations, some neurons without a bias."""
    rng = np.random.default_rng(seed)
    net = ns.Network(f"graph {seed}")
    n_inputs, n_hidden, n_outputs = rng.integers(1, 6), rng.integers(0, 30), rng.integers(1, 5)
    net.add_layer(int(n_inputs), role="input")
    for kind, count in (("hidden", n_hidden), ("output", n_outputs)):
        for _ in range(count):
            activation = str(rng.choice(ACTIVATIONS))
            net.add_neuron(activation=activation, bias=rng.choice([0.0, None]), role=kind)
    size = len(net.neurons)
    pre, post = np.triu_indices(size, k=1)
    keep = (post >= n_inputs) & (rng.random(len(pre)) < rng.uniform(0.1, 0.9))
    net.connect_pairs(pre[keep], post[keep])
    he_like = ns.initializers.LeCun()
    net.initialize(he_like, biases=ns.initializers.Normal(std=0.5), seed=seed)
    return net


def difference(a: Any, b: Any) -> float:
    """Return the largest difference, divided by max(1, the largest magnitude)."""
    a, b = np.asarray(a), np.asarray(b)
    if not a.size:
        return 0.0
    return float(np.abs(a - b).max() / max(1.0, np.abs(b).max()))


def engines_differ_by(net: ns.Network, X: np.ndarray, seeds: np.ndarray) -> float:
    """Return how far `numpy` is from `reference` in anything it computes."""
    passes = []
    for engine in ("numpy", "reference"):
        program = ns.compile(net, engine=engine)
        trace = program.trace(X)
        gradient = program.backpropagate(trace, seeds)
        passes.append((trace, gradient))
    (a, g), (b, h) = passes
    worst = [difference(g.parameters, h.parameters), difference(g.inputs, h.inputs)]
    for neuron in net.neurons:
        worst.append(difference(a[neuron].net_input, b[neuron].net_input))
        worst.append(difference(a[neuron].output, b[neuron].output))
        worst.append(difference(g.delta(neuron), h.delta(neuron)))
    return max(worst)


def near_a_kink(net: ns.Network, X: np.ndarray) -> bool:
    """Return whether a finite difference might step over a kink."""
    trace = ns.compile(net).trace(X)
    kinked = [n for n in net.neurons if str(n.activation) in KINKS]
    return any(np.abs(trace[neuron].net_input).min() < 1e-3 for neuron in kinked)


def autograd_differs_by(net: ns.Network, X: np.ndarray, seeds: np.ndarray) -> float:
    """Return how far backpropagation is from PyTorch's autograd."""
    import torch

    functions: dict[str, Callable[[Any], Any]] = {
        "identity": lambda z: z,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "relu": torch.relu,
        "leaky_relu": lambda z: torch.nn.functional.leaky_relu(z, 0.01),
        "softplus": torch.nn.functional.softplus,
        "gaussian": lambda z: torch.exp(-z * z),
        "sine": torch.sin,
    }
    program = ns.compile(net)
    gradient = program.backpropagate(program.trace(X), seeds)
    columns = torch.tensor(X, requires_grad=True)
    weights, biases, outputs = {}, {}, {}
    for column, neuron in enumerate(net.inputs):
        outputs[neuron] = columns[:, column]
    for neuron in net.neurons:  # made in topological order
        if neuron.role == "input":
            continue
        z = torch.zeros(len(X), dtype=torch.float64)
        for synapse in neuron.incoming:
            weight = weights[synapse] = torch.tensor(synapse.weight, dtype=torch.float64)
            z = z + weight.requires_grad_() * outputs[synapse.pre]
        if neuron.bias is not None:
            biases[neuron] = torch.tensor(neuron.bias, dtype=torch.float64).requires_grad_()
            z = z + biases[neuron]
        outputs[neuron] = functions[str(neuron.activation)](z)
    stacked = torch.stack([outputs[neuron] for neuron in net.outputs], dim=1)
    if stacked.requires_grad:  # not where the outputs hear nothing and have no bias
        (stacked * torch.tensor(seeds)).sum().backward()
    leaves = {**weights, **biases}
    theirs = [0.0 if leaf.grad is None else leaf.grad.item() for leaf in leaves.values()]
    inputs = columns.grad if columns.grad is not None else torch.zeros_like(columns)
    return max(
        difference([gradient[leaf] for leaf in leaves], theirs),
        difference(gradient.inputs, inputs.detach().numpy()),
    )


def main() -> None:
    """Measure and print."""
    # Drawn networks may have ends without a path.
    warnings.simplefilter("ignore", ns.errors.NeurosimWarning)
    n_graphs = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    try:
        import torch  # noqa: F401
    except ImportError:
        has_torch = False
    else:
        has_torch = True
    found: dict[str, list[float]] = {"engines": [], "differences": [], "autograd": []}
    for seed in range(n_graphs):
        net, rng = random_network(seed), np.random.default_rng([seed, 1])
        X = rng.normal(size=(6, len(net.inputs)))
        y = rng.normal(size=(6, len(net.outputs)))
        found["engines"].append(engines_differ_by(net, X, y))
        if has_torch:
            found["autograd"].append(autograd_differs_by(net, X, y))
        if not near_a_kink(net, X):
            found["differences"].append(ns.check_gradients(net, X, y).error)
    print(f"{'compared':42} {'limit':>7} {'largest':>9} {'graphs':>7}")
    for title, limit, key in (
        ("numpy engine with reference engine", "1e-12", "engines"),
        ("backpropagation with finite differences", "1e-6", "differences"),
        ("backpropagation with PyTorch's autograd", "1e-10", "autograd"),
    ):
        values = found[key]
        largest = f"{max(values):.1e}" if values else "missing"
        print(f"{title:42} {limit:>7} {largest:>9} {len(values):>7}")
    if not has_torch:
        print("PyTorch is not installed, so it was not compared with.")


if __name__ == "__main__":
    main()
