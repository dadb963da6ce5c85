"""Compose neural topologies of neurons and synapses, see them as graphs, run them as matrices."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from neurosim import activations, errors, initializers
from neurosim.model import Layer, Network, Neuron, Synapse, SynapseGroup

if TYPE_CHECKING:
    from neurosim import costs, topologies
    from neurosim.analysis import GradientCheck, check_gradients
    from neurosim.compiling import compile
    from neurosim.costs import (
        AbsoluteError,
        BinaryCrossEntropy,
        CategoricalCrossEntropy,
        Huber,
        SquaredError,
    )
    from neurosim.population import Population
    from neurosim.program import Gradient, Program, Trace
    from neurosim.training import (
        L1,
        L2,
        Adagrad,
        Adam,
        AdamW,
        ClipNorm,
        ClipValue,
        DeltaRule,
        GradientDescent,
        History,
        PerceptronRule,
        RMSProp,
        Rprop,
        Rule,
        callbacks,
        schedules,
        train,
    )

__version__ = "0.1.0"

__all__ = [
    "L1",
    "L2",
    "AbsoluteError",
    "Adagrad",
    "Adam",
    "AdamW",
    "BinaryCrossEntropy",
    "CategoricalCrossEntropy",
    "ClipNorm",
    "ClipValue",
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
    "RMSProp",
    "Rprop",
    "Rule",
    "SquaredError",
    "Synapse",
    "SynapseGroup",
    "Trace",
    "activations",
    "callbacks",
    "check_gradients",
    "compile",
    "costs",
    "errors",
    "initializers",
    "schedules",
    "topologies",
    "train",
]

# What building a network does not need is imported when it is first asked for: the modules, and
# the public names that come from them.
_LATE = {
    "analysis": ("GradientCheck", "check_gradients"),
    "costs": (
        "AbsoluteError",
        "BinaryCrossEntropy",
        "CategoricalCrossEntropy",
        "Huber",
        "SquaredError",
    ),
    "compiling": ("compile",),
    "population": ("Population",),
    "program": ("Gradient", "Program", "Trace"),
    "topologies": (),
    "training": (
        "L1",
        "L2",
        "Adagrad",
        "Adam",
        "AdamW",
        "ClipNorm",
        "ClipValue",
        "DeltaRule",
        "GradientDescent",
        "History",
        "PerceptronRule",
        "RMSProp",
        "Rprop",
        "Rule",
        "callbacks",
        "schedules",
        "train",
    ),
}


def __getattr__(name: str) -> Any:
    """Import what is asked for, with all that comes from the same module."""
    for module, names in _LATE.items():
        if name == module or name in names:
            found = import_module(f"{__name__}.{module}")
            globals().update((each, getattr(found, each)) for each in names)
            return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
