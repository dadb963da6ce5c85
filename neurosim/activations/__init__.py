"""Activation functions, each side by side with its derivatives, and a registry for your own.

Every activation has two faces. The public one (calling it, ``derivative``,
``derivative_from_output``) takes anything array-like, returns a new array, and never warns or
overflows at a finite value. The raw one (``function``, ``slope``) writes into arrays that an
engine brings, and leaves floating-point flags to the engine.

An activation is fully identified by its name: there is nothing else to set.
"""

from neurosim.activations.base import Activation, get, names
from neurosim.activations.functions import (
    ALL,
    Gaussian,
    Identity,
    LeakyReLU,
    ReLU,
    Sigmoid,
    Sine,
    Softmax,
    Softplus,
    Step,
    Tanh,
    Threshold,
)
from neurosim.activations.registry import Registered, register

__all__ = [
    "ALL",
    "Activation",
    "Gaussian",
    "Identity",
    "LeakyReLU",
    "ReLU",
    "Registered",
    "Sigmoid",
    "Sine",
    "Softmax",
    "Softplus",
    "Step",
    "Tanh",
    "Threshold",
    "get",
    "names",
    "register",
]
