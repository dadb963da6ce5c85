"""Backpropagation equals PyTorch's autograd, which knows nothing of plans, blocks and engines."""

import os

import networkx as nx
import numpy as np
import pytest
from hypothesis import assume, given, settings

import neurosim as ns
from neurosim.engines import ENGINES
from tests.strategies import SOFTMAX, problems, saturated

try:
    import torch
    from torch.nn import functional
except ImportError:
    if os.environ.get("NEUROSIM_REQUIRE_TORCH") == "1":
        raise
    pytest.skip(
        "PyTorch is not installed, so gradients are not compared with its autograd "
        "(NEUROSIM_REQUIRE_TORCH=1 makes this a failure)",
        allow_module_level=True,
    )

TOLERANCE = 1e-10

ACTIVATION = {
    "identity": lambda z: z,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": functional.relu,
    "leaky_relu": lambda z: functional.leaky_relu(z, 0.01),
    "softplus": lambda z: functional.softplus(z, threshold=1000),
    "gaussian": lambda z: torch.exp(-z * z),
    "sine": torch.sin,
    "tests_arctan": torch.atan,
    "tests_unit": lambda z: (1 + torch.tanh(z)) / 2,
}


class TorchNetwork:
    """A network computed by PyTorch, neuron by neuron along `net.synapses`."""

    def __init__(self, net, X):
        self.X = torch.tensor(X, requires_grad=True)
        self.weight = torch.tensor(net.synapses.weight.copy(), requires_grad=True)
        self.bias = {
            neuron: torch.tensor(neuron.bias, dtype=torch.float64, requires_grad=True)
            for neuron in net.neurons
            if neuron.bias is not None
        }
        self.heard = {neuron: [] for neuron in net.neurons}
        for number, synapse in enumerate(net.synapses):
            self.heard[synapse.post].append((number, synapse.pre))
        self.output = dict(zip(net.inputs, self.X.T, strict=True))
        self.net_input = {}
        for unit in units_in_order(net):
            self.compute(unit)
        self.outputs = torch.stack([self.output[neuron] for neuron in net.outputs], dim=1)

    def compute(self, unit):
        for neuron in unit:
            z = self.X.new_zeros(len(self.X)) + self.bias.get(neuron, 0.0)
            for number, pre in self.heard[neuron]:
                z = z + self.weight[number] * self.output[pre]
            z.retain_grad() if z.requires_grad else z.requires_grad_()
            self.net_input[neuron] = z
        if unit[0].activation == SOFTMAX:
            probabilities = torch.softmax(torch.stack([self.net_input[n] for n in unit]), dim=0)
            self.output.update(zip(unit, probabilities, strict=True))
        else:
            (neuron,) = unit
            self.output[neuron] = ACTIVATION[neuron.activation.name](self.net_input[neuron])


def units_in_order(net):
    """Neurons in topological order, those of a softmax layer together."""
    unit = {n: (n,) for n in net.neurons}
    for layer in net.layers:
        if layer.activation == SOFTMAX:
            unit.update(dict.fromkeys(layer, tuple(layer)))
    graph = nx.DiGraph((unit[s.pre], unit[s.post]) for s in net.synapses)
    graph.add_nodes_from(unit.values())
    return [u for u in nx.topological_sort(graph) if u[0].role != "input"]


def torch_cost(cost, outputs, targets):
    """The cost by PyTorch's own functions, where it has one."""
    t = torch.tensor(targets)
    divisor = len(targets) if cost.reduction == "mean" else 1
    match cost:
        case ns.SquaredError():
            total = functional.mse_loss(outputs, t, reduction="sum") / 2
        case ns.AbsoluteError():
            total = functional.l1_loss(outputs, t, reduction="sum")
        case ns.Huber(threshold=threshold):
            total = functional.huber_loss(outputs, t, reduction="sum", delta=threshold)
        case ns.BinaryCrossEntropy():
            total = functional.binary_cross_entropy(outputs, t, reduction="sum")
        case ns.CategoricalCrossEntropy():
            total = -(t * torch.log(outputs)).sum()
    return total / divisor


def torch_cost_of_net_inputs(cost, net_inputs, targets):
    """Cross-entropy by PyTorch's functions that take logits."""
    t = torch.tensor(targets)
    if isinstance(cost, ns.BinaryCrossEntropy):
        total = functional.binary_cross_entropy_with_logits(net_inputs, t, reduction="sum")
    else:
        total = functional.cross_entropy(net_inputs, t, reduction="sum")
    return total / (len(targets) if cost.reduction == "mean" else 1)


def assert_close(actual, expected):
    """Equal within the tolerance times max(1, largest magnitude)."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape
    scale = max(1.0, float(np.abs(expected).max(initial=0.0)))
    assert np.abs(actual - expected).max(initial=0.0) <= TOLERANCE * scale


def grad(tensor):
    return np.zeros(tensor.shape) if tensor.grad is None else tensor.grad.numpy()


def assert_same_gradients(net, gradient, theirs):
    assert_close([gradient[synapse] for synapse in net.synapses], grad(theirs.weight))
    assert_close([gradient[n] for n in theirs.bias], [grad(b) for b in theirs.bias.values()])
    assert_close(gradient.inputs, grad(theirs.X))
    for neuron, z in theirs.net_input.items():
        assert_close(gradient.delta(neuron), grad(z))


@pytest.mark.parametrize("engine", ENGINES)
def test_gradients_through_the_outputs_are_those_of_autograd(engine):
    @settings(max_examples=50)
    @given(problems())
    def check(problem):
        net, cost = problem.net, problem.cost
        program = ns.compile(net, engine=engine)
        trace = program.trace(problem.X)
        assume(not saturated(problem, trace))
        theirs = TorchNetwork(net, problem.X)
        value = torch_cost(cost, theirs.outputs, problem.targets)
        value.backward()

        assert_close(trace.outputs, theirs.outputs.detach())
        assert_close(cost.value(trace.outputs, problem.targets), value.detach())
        by_outputs = cost.gradient(trace.outputs, problem.targets)
        assert_same_gradients(net, program.backpropagate(trace, by_outputs), theirs)

    check()


@pytest.mark.parametrize("engine", ENGINES)
def test_gradients_through_the_net_inputs_are_those_of_autograd_on_logits(engine):
    @settings(max_examples=30)
    @given(problems().filter(has_stable_way))
    def check(problem):
        net, cost = problem.net, problem.cost
        program = ns.compile(net, engine=engine)
        trace = program.trace(problem.X)
        theirs = TorchNetwork(net, problem.X)
        logits = torch.stack([theirs.net_input[neuron] for neuron in net.outputs], dim=1)
        value = torch_cost_of_net_inputs(cost, logits, problem.targets)
        value.backward()

        ours = cost.value_from_net_input(trace.net_inputs, problem.targets)
        assert_close(ours, value.detach())
        delta = cost.delta(trace.net_inputs, trace.outputs, problem.targets)
        assert_same_gradients(net, program.backpropagate(trace, output_delta=delta), theirs)

    check()


def has_stable_way(problem):
    return {neuron.activation for neuron in problem.net.outputs} == {problem.cost.stable_with}
