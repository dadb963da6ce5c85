"""Each rule goes step for step where PyTorch's optimizer of that name goes, on every engine."""

import os

import networkx as nx
import numpy as np
import pytest

import neurosim as ns
from neurosim.engines import ENGINES
from neurosim.training.rules import RULES, WholeBatchRule

try:
    import torch
except ImportError:
    if os.environ.get("NEUROSIM_REQUIRE_TORCH") == "1":
        raise
    pytest.skip("PyTorch is not installed, so rules are not compared", allow_module_level=True)

STEPS, EXAMPLES = 200, 12

# Rules that divide by the size of small gradients make rounding errors grow, in PyTorch as here: an
# ε as large as those gradients keeps 200 steps comparable to the tenth digit.
PAIRS = {
    "descent": (ns.GradientDescent(0.1), lambda p: torch.optim.SGD(p, lr=0.1)),
    "momentum": (
        ns.GradientDescent(0.05, momentum=0.9),
        lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
    ),
    "nesterov": (
        ns.GradientDescent(0.05, momentum=0.9, nesterov=True),
        lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
    ),
    "adagrad": (
        ns.Adagrad(0.02, epsilon=1e-2),
        lambda p: torch.optim.Adagrad(p, lr=0.02, eps=1e-2),
    ),
    "rmsprop": (
        ns.RMSProp(0.002, epsilon=1e-2),
        lambda p: torch.optim.RMSprop(p, lr=0.002, eps=1e-2),
    ),
    "rmsprop-all": (
        ns.RMSProp(0.001, decay=0.9, momentum=0.8, centered=True, epsilon=1e-6),
        lambda p: torch.optim.RMSprop(
            p, lr=0.001, alpha=0.9, momentum=0.8, centered=True, eps=1e-6
        ),
    ),
    "adam": (ns.Adam(0.02), lambda p: torch.optim.Adam(p, lr=0.02)),
    "adam-betas": (
        ns.Adam(0.005, beta1=0.8, beta2=0.95, epsilon=1e-4),
        lambda p: torch.optim.Adam(p, lr=0.005, betas=(0.8, 0.95), eps=1e-4),
    ),
    "adamw": (
        ns.AdamW(0.02, weight_decay=0.1, biases=True),
        lambda p: torch.optim.AdamW(p, lr=0.02, weight_decay=0.1),
    ),
    "adamw-weights": (
        ns.AdamW(0.02, weight_decay=0.1),
        lambda p: torch.optim.AdamW(
            [{"params": p[:1]}, {"params": p[1:], "weight_decay": 0.0}], lr=0.02, weight_decay=0.1
        ),
    ),
    "rprop": (ns.Rprop(0.01), lambda p: torch.optim.Rprop(p, lr=0.01)),
}


def problem():
    """A random DAG with a bias everywhere, and examples."""
    net = ns.topologies.random_dag(
        20, n_inputs=4, n_outputs=2, in_degree=5, activation="tanh", seed=3
    )
    net.initialize(ns.initializers.Normal(std=0.3), biases=ns.initializers.Normal(std=0.1), seed=1)
    rng = np.random.default_rng(0)
    return net, rng.normal(size=(EXAMPLES, 4)), 0.5 * rng.normal(size=(EXAMPLES, 2))


def outputs_by_pytorch(net, weight, bias, X):
    """Neuron by neuron, in topological order."""
    heard = {neuron: [] for neuron in net.neurons}
    for number, synapse in enumerate(net.synapses):
        heard[synapse.post].append((number, synapse.pre))
    place = {neuron: k for k, neuron in enumerate(n for n in net.neurons if n.bias is not None)}
    output = dict(zip(net.inputs, torch.tensor(X).T, strict=True))
    for neuron in nx.topological_sort(net.graph):
        if neuron not in output:
            z = bias[place[neuron]]
            for number, pre in heard[neuron]:
                z = z + weight[number] * output[pre]
            output[neuron] = torch.tanh(z) if neuron.activation == "tanh" else z
    return torch.stack([output[neuron] for neuron in net.outputs], dim=1)


@pytest.fixture(scope="module")
def trained_by_pytorch():
    known = {}

    def trained(name, make, *, change=lambda weight, bias: None):
        if name not in known:
            net, X, y = problem()
            weight = torch.tensor(net.synapses.weight.copy(), requires_grad=True)
            biases = [neuron.bias for neuron in net.neurons if neuron.bias is not None]
            bias = torch.tensor(biases, dtype=torch.float64, requires_grad=True)
            optimizer = make([weight, bias])
            for _ in range(STEPS):
                optimizer.zero_grad()
                error = outputs_by_pytorch(net, weight, bias, X) - torch.tensor(y)
                (0.5 * (error**2).sum() / EXAMPLES).backward()
                change(weight, bias)
                optimizer.step()
            known[name] = weight.detach().numpy(), bias.detach().numpy()
        return known[name]

    return trained


def trained_here(engine, rule, **arguments):
    net, X, y = problem()
    program = ns.compile(net, engine=engine)
    ns.train(program, X, y, rule=rule, epochs=STEPS, **arguments)
    return net.synapses.weight, [n.bias for n in net.neurons if n.bias is not None]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", PAIRS)
def test_a_rule_goes_where_pytorch_goes(name, engine, trained_by_pytorch):
    rule, make = PAIRS[name]
    for ours, theirs in zip(
        trained_here(engine, rule), trained_by_pytorch(name, make), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-10)


LIMIT = 0.05  # shorter than most of the gradients below

# Gradients are smaller here, and some of them go on to be rounding errors: ε is larger, and the
# steps of Rprop, which follow the signs, stay small.
CLIPPED_PAIRS = {
    **PAIRS,
    "adam": (ns.Adam(0.02, epsilon=1e-2), lambda p: torch.optim.Adam(p, lr=0.02, eps=1e-2)),
    "adam-betas": (
        ns.Adam(0.005, beta1=0.8, beta2=0.95, epsilon=1e-2),
        lambda p: torch.optim.Adam(p, lr=0.005, betas=(0.8, 0.95), eps=1e-2),
    ),
    "rprop": (
        ns.Rprop(0.01, most=0.02),
        lambda p: torch.optim.Rprop(p, lr=0.01, step_sizes=(1e-6, 0.02)),
    ),
}


def held_in(net):
    """Return the synapses that are held below, every third, and the biases, every fourth."""
    hearing = [neuron for neuron in net.neurons if neuron.bias is not None]
    return list(net.synapses)[::3], hearing[::4]


def held_by_pytorch(make):
    """Train with clipped gradients the parts of the parameters that require one."""
    net, X, y = problem()
    weight = torch.tensor(net.synapses.weight.copy())
    biases = [neuron.bias for neuron in net.neurons if neuron.bias is not None]
    bias = torch.tensor(biases, dtype=torch.float64)
    free = [torch.arange(len(weight)) % 3 > 0, torch.arange(len(bias)) % 4 > 0]
    parts = [
        whole[chosen].clone().requires_grad_()
        for whole, chosen in zip((weight, bias), free, strict=True)
    ]
    optimizer = make(parts)

    def wholes():
        pairs = zip((weight, bias), free, parts, strict=True)
        return [whole.masked_scatter(chosen, part) for whole, chosen, part in pairs]

    for _ in range(STEPS):
        optimizer.zero_grad()
        error = outputs_by_pytorch(net, *wholes(), X) - torch.tensor(y)
        (0.5 * (error**2).sum() / EXAMPLES).backward()
        norm = torch.nn.utils.clip_grad_norm_(parts, torch.inf)  # which adds 1e-6 to a norm
        for part in parts:
            part.grad *= min(1.0, LIMIT / norm)
        optimizer.step()
    return [whole.detach().numpy() for whole in wholes()]


@pytest.fixture(scope="module")
def known():
    return {}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", CLIPPED_PAIRS)
def test_what_is_held_is_to_pytorch_what_requires_no_gradient(name, engine, known):
    rule, make = CLIPPED_PAIRS[name]
    if name not in known:
        known[name] = held_by_pytorch(make)
    net, X, y = problem()
    synapses, neurons = held_in(net)
    program = ns.compile(net, engine=engine)
    # That of a neuron holds its weights too, and a later entry wins.
    rates = [(neuron, 0) for neuron in neurons]
    rates += [(synapse, 1) for synapse in net.synapses] + [(synapse, 0) for synapse in synapses]
    before = net.synapses.weight.copy(), [n.bias for n in net.neurons if n.bias is not None]
    ns.train(
        program, X, y, rule=rule, cost=ns.SquaredError(reduction="mean"), epochs=STEPS,
        clip=ns.ClipNorm(LIMIT), learning_rates=rates,
    )  # fmt: skip
    after = net.synapses.weight, [n.bias for n in net.neurons if n.bias is not None]
    for ours, theirs in zip(after, known[name], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-10)
    assert after[0][::3].tolist() == before[0][::3].tolist()
    assert after[1][::4] == before[1][::4]
    assert (after[0] != before[0]).sum() > len(synapses)


DEFAULTS = {
    ns.GradientDescent: torch.optim.SGD,
    ns.Adagrad: torch.optim.Adagrad,
    ns.RMSProp: torch.optim.RMSprop,
    ns.Adam: torch.optim.Adam,
    ns.AdamW: torch.optim.AdamW,
    ns.Rprop: torch.optim.Rprop,
}


@pytest.mark.parametrize("kind", DEFAULTS)
def test_the_defaults_are_those_of_pytorch(kind):
    rng = np.random.default_rng(2)
    start = rng.normal(size=50)
    rule, parameters = kind(0.01), start.copy()
    memory = rule.init(parameters)
    theirs = torch.tensor(start.copy(), requires_grad=True)
    optimizer = DEFAULTS[kind]([theirs], lr=0.01)
    for _ in range(STEPS):
        gradient = rng.normal(size=50) * 10.0 ** rng.integers(-9, 3, size=50)
        theirs.grad = torch.tensor(gradient)
        optimizer.step()
        rule.update(parameters, gradient.copy(), memory)
    np.testing.assert_allclose(parameters, theirs.detach().numpy(), rtol=0, atol=1e-12)


def test_every_rule_that_descends_is_compared():
    compared = {type(rule) for rule, _ in PAIRS.values()}
    others = {ns.PerceptronRule, ns.DeltaRule}  # which PyTorch has not
    rules = {one for one in RULES if not issubclass(one, WholeBatchRule)}
    assert compared == rules - others
