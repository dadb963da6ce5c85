"""What a picture is asked to show: networks, programs, neurons and layers, or their names."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurosim.checks import FloatArray
from neurosim.compiling import compile
from neurosim.door import Door
from neurosim.errors import InvalidTypeError, InvalidValueError
from neurosim.model import Network, Neuron
from neurosim.model.ends import neuron_ids
from neurosim.program import Program


def network_of(value: Any, where: str) -> Network:
    """Return a network, or that of a program."""
    if isinstance(value, Program):
        return value.network
    if not isinstance(value, Network):
        raise InvalidTypeError(f"{where} draws a Network (got {value!r})")
    return value


def program_of(value: Any, where: str) -> Program:
    """Return a program, or a new one of a network."""
    return value if isinstance(value, Program) else compile(network_of(value, where))


def neurons_of(net: Network, of: Any, where: str) -> list[Neuron]:
    """Return the neurons that are meant by a neuron, a layer, a name, or a list of these."""
    found = (net._neurons[number] for number in neuron_ids(net, of, where).tolist())
    return [neuron for neuron in found if neuron is not None]


def examples_of(door: Door, X: Any) -> FloatArray:
    """Return examples in the units of a door, (n_examples, n_inputs), or refuse them."""
    if not len(door.inputs(X)):
        raise InvalidValueError("X must hold at least one example (got none)")
    return np.asarray(door.given_inputs(X).values, float)


def title_of(net: Network, of: Any) -> str:
    """Return what a neuron, a layer or a list of these is called."""
    if isinstance(of, str):
        return of
    if isinstance(of, (list, tuple)):
        return ", ".join(title_of(net, one) for one in of)
    return str(of.name)
