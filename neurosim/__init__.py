"""Compose neural topologies of neurons and synapses, see them as graphs, run them as matrices."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from neurosim import activations, errors, initializers
from neurosim.model import Layer, Network, Neuron, Synapse, SynapseGroup

if TYPE_CHECKING:
    from neurosim import costs, metrics, topologies
    from neurosim.analysis import (
        GradientCheck,
        Walkthrough,
        check_gradients,
        jacobian,
        walkthrough,
    )
    from neurosim.compiling import compile
    from neurosim.costs import (
        AbsoluteError,
        BinaryCrossEntropy,
        CategoricalCrossEntropy,
        Huber,
        SquaredError,
    )
    from neurosim.inputs import Labels, Scaler, rescale, split, standardize
    from neurosim.io.files import read, write
    from neurosim.io.frames import from_frames, to_frames
    from neurosim.io.graphviz import graphviz
    from neurosim.io.native import load, save
    from neurosim.io.sparse import from_sparse, to_sparse
    from neurosim.population import Population
    from neurosim.program import Gradient, Program, Trace
    from neurosim.training import (
        L1,
        L2,
        LBFGS,
        Adagrad,
        Adam,
        AdamW,
        ClipNorm,
        ClipValue,
        ConjugateGradient,
        DeltaRule,
        GradientDescent,
        History,
        LevenbergMarquardt,
        NewtonCG,
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
    "LBFGS",
    "AbsoluteError",
    "Adagrad",
    "Adam",
    "AdamW",
    "BinaryCrossEntropy",
    "CategoricalCrossEntropy",
    "ClipNorm",
    "ClipValue",
    "ConjugateGradient",
    "DeltaRule",
    "Gradient",
    "GradientCheck",
    "GradientDescent",
    "History",
    "Huber",
    "Labels",
    "Layer",
    "LevenbergMarquardt",
    "Network",
    "Neuron",
    "NewtonCG",
    "PerceptronRule",
    "Population",
    "Program",
    "RMSProp",
    "Rprop",
    "Rule",
    "Scaler",
    "SquaredError",
    "Synapse",
    "SynapseGroup",
    "Trace",
    "Walkthrough",
    "activations",
    "callbacks",
    "check_gradients",
    "compile",
    "costs",
    "errors",
    "from_frames",
    "from_sparse",
    "graphviz",
    "initializers",
    "jacobian",
    "load",
    "metrics",
    "read",
    "rescale",
    "save",
    "schedules",
    "split",
    "standardize",
    "to_frames",
    "to_sparse",
    "topologies",
    "train",
    "walkthrough",
    "write",
]

# What building a network does not need is imported when it is first asked for: the modules, and
# the public names that come from them.
_LATE = {
    "analysis": ("GradientCheck", "Walkthrough", "check_gradients", "jacobian", "walkthrough"),
    "costs": (
        "AbsoluteError",
        "BinaryCrossEntropy",
        "CategoricalCrossEntropy",
        "Huber",
        "SquaredError",
    ),
    "compiling": ("compile",),
    "inputs": ("Labels", "Scaler", "rescale", "split", "standardize"),
    "io.files": ("read", "write"),
    "io.frames": ("from_frames", "to_frames"),
    "io.graphviz": ("graphviz",),
    "io.native": ("load", "save"),
    "io.sparse": ("from_sparse", "to_sparse"),
    "metrics": (),
    "population": ("Population",),
    "program": ("Gradient", "Program", "Trace"),
    "topologies": (),
    "training": (
        "L1",
        "L2",
        "LBFGS",
        "Adagrad",
        "Adam",
        "AdamW",
        "ClipNorm",
        "ClipValue",
        "ConjugateGradient",
        "DeltaRule",
        "GradientDescent",
        "History",
        "LevenbergMarquardt",
        "NewtonCG",
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
