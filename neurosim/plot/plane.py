"""A plane through the space of parameters, and what the cost comes to on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from attrs import frozen

from neurosim.checks import FloatArray, real_array
from neurosim.costs import Cost
from neurosim.door import Door
from neurosim.engines import State
from neurosim.errors import InvalidTypeError, InvalidValueError
from neurosim.model import Neuron, Synapse
from neurosim.program import Program
from neurosim.training.data import Examples
from neurosim.training.default_cost import chosen_cost
from neurosim.training.objective import CostObjective
from neurosim.training.rules import GradientDescent
from neurosim.training.shaping import slots_of

CostOf = Callable[[FloatArray], float]
ORDINALS = "first", "second"


@frozen(eq=False)
class Plane:
    """All vectors of parameters ``base + a · directions[0] + b · directions[1]``.

    Attributes
    ----------
    base : (n_parameters,) array
    directions : (2, n_parameters) array
    names : tuple of str
        What a and b are.
    """

    base: FloatArray
    directions: FloatArray
    names: tuple[str, ...]

    @classmethod
    def of(cls, program: Program, along: Any) -> Plane:
        """Return the plane on which a and b are two parameters, or steps along two vectors.

        All other parameters are what they are now.
        """
        try:
            first, second = along
        except (TypeError, ValueError):
            raise InvalidTypeError(
                "error_surface.along must be a pair of synapses, neurons or vectors "
                f"(got {along!r})"
            ) from None
        base = program.network.parameters.astype(np.float64)
        directions, names = np.zeros((2, len(base))), []
        for number, one in enumerate((first, second)):
            if isinstance(one, (Synapse, Neuron)):
                slot = _slot(program, one, f"error_surface.along[{number}]")
                directions[number, slot] = 1
                base[slot] = 0  # a and b are its value, and not a difference
            else:
                directions[number] = _vector(one, len(base), f"error_surface.along[{number}]")
            names.append(_name(one, number))
        if np.linalg.matrix_rank(directions) < 2:
            raise InvalidValueError(
                "error_surface.along must be two parameters or directions that differ "
                f"(got {along!r})"
            )
        return cls(base, directions, tuple(names))

    def parameters(self, a: float, b: float) -> FloatArray:
        """Return the parameters at a point, (n_parameters,)."""
        result: FloatArray = self.base + np.array([a, b]) @ self.directions
        return result

    def coordinates(self, parameters: FloatArray) -> FloatArray:
        """Return a and b, (n, 2), of the points that are nearest to some parameters."""
        away = (parameters - self.base).T
        result: FloatArray = np.linalg.lstsq(self.directions.T, away)[0].T
        return result


def _slot(program: Program, of: Synapse | Neuron, where: str) -> int:
    """Return the place of a weight or a bias among the parameters."""
    if isinstance(of, Synapse):
        return int(slots_of(program, of, where)[0])
    slots_of(program, of, where)  # refuses those of other networks
    if of.bias is None:
        raise InvalidValueError(f"{where} must have a bias (got {of!r})")
    return int(program.network._columns.bias_slot[of._id])


def _vector(value: Any, length: int, where: str) -> FloatArray:
    try:
        vector = real_array(value, np.float64, where)
    except InvalidTypeError:
        raise InvalidTypeError(
            f"{where} must be a synapse, a neuron or a vector of numbers (got {value!r})"
        ) from None
    if vector.shape != (length,):
        raise InvalidValueError(
            f"{where} must be a synapse, a neuron or a vector of {length} numbers, one for each "
            f"parameter (got shape {vector.shape})"
        )
    return vector


def _name(of: Any, number: int) -> str:
    if isinstance(of, Synapse):
        return f"weight {of.pre} → {of.post}"
    if isinstance(of, Neuron):
        return f"bias of {of}"
    return f"along the {ORDINALS[number]} direction"


@frozen(eq=False)
class Relief:
    """The cost on a part of a plane, and along a path.

    Attributes
    ----------
    a, b : (n_points,) array
        Where the cost was taken.
    height : (n_points, n_points) array
        The cost there; ``[i, j]`` is that at ``b[i]`` and ``a[j]``, NaN where it is not finite.
    way : (n, 3) array or None
        a, b and cost of each point of the path.
    """

    a: FloatArray
    b: FloatArray
    height: FloatArray
    way: FloatArray | None

    @classmethod
    def of(
        cls, plane: Plane, cost: CostOf, limits: FloatArray, count: int, path: FloatArray | None
    ) -> Relief:
        """Take the cost at so many values of each coordinate, and at each point of a path."""
        a, b = (np.linspace(low, high, count) for low, high in limits.tolist())
        height = np.array([[cost(plane.parameters(u, v)) for u in a] for v in b])
        height[~np.isfinite(height)] = np.nan
        if path is None:
            return cls(a, b, height, None)
        costs = [cost(parameters) for parameters in path]
        return cls(a, b, height, np.column_stack([plane.coordinates(path), costs]))


def cost_of(program: Program, X: Any, y: Any, cost: Cost | None, units: str = "data") -> CostOf:
    """Return a function: the cost of some examples, given (n_parameters,) parameters."""
    rule, door = GradientDescent(), Door(program.network, units)
    chosen = chosen_cost(cost, rule, program, door, y)
    objective = CostObjective(program.plan, chosen)
    examples = Examples.checked(door, X, y, learn=True)
    rule.check_targets(program, chosen, examples.targets)
    dtype = program.network.dtype
    state = State.forward(program.plan.n_neurons, len(examples), dtype)

    def value(parameters: FloatArray) -> float:
        with np.errstate(over="ignore"):
            program.runner.forward(parameters.astype(dtype), examples.X, state)
        return objective.value(state, examples.targets)

    return value
