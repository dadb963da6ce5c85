"""Compose neural topologies of neurons and synapses, see them as graphs, run them as matrices."""

from neurosim import activations, costs, errors, initializers, topologies
from neurosim.analysis import GradientCheck, check_gradients
from neurosim.compiling import compile
from neurosim.costs import (
    AbsoluteError,
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Huber,
    SquaredError,
)
from neurosim.model import Layer, Network, Neuron, Synapse, SynapseGroup
from neurosim.population import Population
from neurosim.program import Gradient, Program, Trace
from neurosim.training import DeltaRule, GradientDescent, History, PerceptronRule, Rule, train

__version__ = "0.1.0"

__all__ = [
    "AbsoluteError",
    "BinaryCrossEntropy",
    "CategoricalCrossEntropy",
    "DeltaRule",
    "Gradient",
    "GradientCheck",
    "GradientDescent",
    "History",
    "Huber",
    "Layer",
    "Network",
    "Neuron",
    "PerceptronRule",
    "Population",
    "Program",
    "Rule",
    "SquaredError",
    "Synapse",
    "SynapseGroup",
    "Trace",
    "activations",
    "check_gradients",
    "compile",
    "costs",
    "errors",
    "initializers",
    "topologies",
    "train",
]
