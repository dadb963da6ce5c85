"""The engines: several ways to run one plan, with one answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from neurosim.checks import FloatArray
from neurosim.compiler.plan import Plan
from neurosim.engines.automatic import pick_engine, refuse_without_compiler
from neurosim.engines.numpy_engine import NumpyEngine
from neurosim.engines.reference import ReferenceEngine
from neurosim.engines.state import State
from neurosim.errors import InvalidValueError
from neurosim.wording import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neurosim.engines.compiled.union import Union
    from neurosim.model.network import Network

__all__ = [
    "ENGINES",
    "Engine",
    "NumpyEngine",
    "ReferenceEngine",
    "State",
    "check_engine",
    "make_engine",
    "make_union",
    "refuse_without_compiler",
]

ENGINES = ("numba", "numpy", "reference")


class Engine(Protocol):
    """What an engine does: a forward and a backward pass over arrays in the plan's order.

    An engine holds nothing that changes from pass to pass, so that threads can share it; what a
    pass needs to keep goes into its `State`.
    """

    name: str
    plan: Plan

    @property
    def strategy(self) -> str:
        """What the choices of the engine depend on, as text: the same text, the same bits."""

    def explained(self) -> list[str]:
        """Return, in lines for people, what the engine chose among several ways, and why."""

    def outputs(self, parameters: FloatArray, X: FloatArray) -> FloatArray:
        """Return the outputs of the network, (n_examples, n_outputs).

        Parameters
        ----------
        parameters : (n_parameters,) array
            In the order of the plan: the weights block by block, then the biases.
        X : (n_examples, n_inputs) array
            Checked, and of the network's dtype.
        """

    def outputs_if_finite(self, parameters: FloatArray, X: FloatArray) -> FloatArray | None:
        """Return the outputs, (n_examples, n_outputs), with as little ado as possible.

        `X`, (n_examples, n_inputs), has the network's dtype but may not be finite: then None is
        returned. None is also the answer of an engine that has no such way for so many examples.
        """

    def forward(self, parameters: FloatArray, X: FloatArray, state: State) -> None:
        """Write net inputs and outputs of all neurons into `state`.

        Parameters
        ----------
        parameters : (n_parameters,) array
            In the order of the plan: the weights block by block, then the biases.
        X : (n_examples, n_inputs) array
            Checked, and of the network's dtype.
        state : State
            Its `net_input` and `output`, (n_neurons, n_examples), are written; an input neuron
            passes its column of X through as both. Other neurons hear the outputs times its `mask`,
            if it has one.
        """

    def backward(
        self,
        parameters: FloatArray,
        state: State,
        gradient: FloatArray,
        *,
        output_gradient: FloatArray | None = None,
        output_delta: FloatArray | None = None,
        inputs: bool = True,
    ) -> None:
        """Write the deltas into `state` and the gradient into `gradient`.

        Parameters
        ----------
        parameters : (n_parameters,) array
            Those of the forward pass.
        state : State
            Of a forward pass; its `delta`, (n_neurons, n_examples), is written.
        gradient : (n_parameters,) array
            Written: the sums over the examples of ∂E/∂parameter.
        output_gradient, output_delta : (n_outputs, n_examples) arrays, optional
            ∂E/∂output and ∂E/∂net_input of the output neurons, as far as the cost goes directly;
            at least one is given, and both count. Where a neuron has no derivative, its delta is
            what `output_delta` says.
        inputs : bool
            Whether the deltas of the input neurons are wanted; if not, they may be left unwritten.
        """


def check_engine(name: str) -> None:
    """Refuse an engine that there is none of, before anything is compiled for it."""
    if not isinstance(name, str) or name not in ("auto", *ENGINES):
        known = ", ".join(map(repr, ("auto", *ENGINES)))
        raise InvalidValueError(f"engine must be one of {known} (got {shown(name)})")


def make_engine(
    name: str, plan: Plan, network: Network, strategy: str | None = None
) -> tuple[Engine, str]:
    """Return the engine called `name` for a plan, and why it is that one.

    "auto" picks the fastest that can answer at once. What Numba cannot compile, `numpy` runs. With
    the `strategy` of another engine of that name, it chooses as that one does.
    """
    name, why = _picked(name, network)
    if name == "reference":
        return ReferenceEngine(plan, network), why
    if name == "numba":
        from neurosim.engines.compiled import NumbaEngine, compiled_activations

        own, foreign = compiled_activations(plan, network.dtype)
        if foreign is None:
            return NumbaEngine(plan, network.dtype, own, strategy), why
        why = _cannot(foreign)
    return NumpyEngine(plan, network.dtype), why


def make_union(name: str, networks: Sequence[Network]) -> tuple[Union | None, str, str]:
    """Return what runs several networks together, which engine they have, and why that one.

    Engines other than `numba` run them one by one; then there is None.

    Raises
    ------
    StructureError
        If a network has a cycle or no output; a union notices at once.
    """
    name, why = _picked(name, networks[0])
    if name != "numba":
        return None, name, why
    from neurosim.engines.compiled.union import Union, own_activations

    own, foreign = own_activations(networks)
    if len(foreign) == len(networks):
        return None, "numpy", _cannot(foreign[0])
    return Union(networks, own, foreign), "numba", why


def _picked(name: str, network: Network) -> tuple[str, str]:
    """Return the engine that a name stands for, and why."""
    if name == "auto":
        return pick_engine(network.dtype.name)
    if name == "numba":
        refuse_without_compiler()
    return name, "as asked"


def _cannot(foreign: str) -> str:
    return f"since Numba cannot compile activation {foreign!r}"
