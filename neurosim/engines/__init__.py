"""The engines: several ways to run one plan, with one answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from neurosim.checks import FloatArray
from neurosim.compiler.plan import Plan
from neurosim.engines.numpy_engine import NumpyEngine
from neurosim.engines.reference import ReferenceEngine
from neurosim.engines.state import State
from neurosim.errors import InvalidValueError

if TYPE_CHECKING:
    from neurosim.model.network import Network

__all__ = [
    "ENGINES",
    "Engine",
    "NumpyEngine",
    "ReferenceEngine",
    "State",
    "check_engine",
    "make_engine",
]

ENGINES = ("numpy", "reference")


class Engine(Protocol):
    """What an engine does: a forward and a backward pass over arrays in the plan's order."""

    name: str
    plan: Plan

    def forward(self, parameters: FloatArray, X: FloatArray, state: State) -> None:
        """Write net inputs and outputs of all neurons into `state`."""

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
        """Write the deltas into `state` and the gradient into `gradient`."""


def check_engine(name: str) -> None:
    """Refuse an engine that there is none of, before anything is compiled for it."""
    if name not in ("auto", *ENGINES):
        known = ", ".join(map(repr, ("auto", *ENGINES)))
        raise InvalidValueError(f"engine must be one of {known} (got {name!r})")


def make_engine(name: str, plan: Plan, network: Network) -> Engine:
    """Return the engine called `name` for a plan; "auto" picks the fastest that is installed."""
    if name == "reference":
        return ReferenceEngine(plan, network)
    return NumpyEngine(plan, network.dtype)
