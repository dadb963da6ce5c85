"""Backpropagation judged by the slow way: one parameter at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen

from neurosim.checks import FloatArray, number
from neurosim.compiling import compile
from neurosim.costs import Cost
from neurosim.door import Door
from neurosim.engines import State
from neurosim.errors import InvalidTypeError
from neurosim.model import Network
from neurosim.program import Program
from neurosim.training.data import Examples
from neurosim.training.default_cost import chosen_cost
from neurosim.training.objective import Objective
from neurosim.training.rules import GradientDescent
from neurosim.wording import shown

# The step that balances the two errors of a central difference: curvature and rounding.
STEP = float(np.finfo(np.float64).eps) ** (1 / 3)


@frozen
class GradientCheck:
    """The outcome of `check_gradients`.

    Attributes
    ----------
    ok : bool
        Whether `error` is within `tolerance`.
    error : float
        The largest difference between the two gradients, divided by max(1, largest magnitude).
    worst : str
        The synapse or bias where it occurs.
    backpropagated, differenced : float
        The two values there.
    tolerance : float
    """

    ok: bool
    error: float
    worst: str
    backpropagated: float
    differenced: float
    tolerance: float

    def __str__(self) -> str:
        verdict = "gradients agree" if self.ok else "GRADIENTS DIFFER"
        return (
            f"{verdict}: worst at {self.worst}, backpropagation {self.backpropagated:.12g}, "
            f"finite difference {self.differenced:.12g}, error {self.error:.2e} "
            f"(tolerance {self.tolerance:.0e})"
        )


def check_gradients(
    net_or_program: Network | Program,
    X: Any,
    y: Any,
    *,
    cost: Cost | None = None,
    tolerance: float = 1e-6,
    units: str = "data",
) -> GradientCheck:
    """Compare backpropagation with finite differences, one weight at a time.

    It works on a copy of the network in float64 and takes two forward passes per parameter: the
    curse of dimensionality on purpose, as the judge of backpropagation. A neuron whose net input
    lies on a kink (as ReLU has at 0) makes the two differ.

    Parameters
    ----------
    net_or_program : Network or Program
        Of a program, its engine is judged.
    X : (n_examples, n_inputs) array_like
    y : (n_examples, n_outputs) array_like
        Both in any of the forms that `train` takes, but for streams.
    cost : Cost, optional
        By default that of `train`.
    tolerance : float
        How large `GradientCheck.error` may be.
    units : {"data", "network"}
        In which units X and y are; ``"network"`` leaves out the scalers of the network.

    Returns
    -------
    GradientCheck

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.topologies.layered([2, 3, 1])
    >>> net.initialize(ns.initializers.Normal(), seed=1)
    >>> ns.check_gradients(net, [[0.5, -1.0]], [1.0]).ok
    True
    """
    if not isinstance(net_or_program, (Network, Program)):
        raise InvalidTypeError(
            f"check_gradients takes a Network or a Program (got {shown(net_or_program)})"
        )
    limit = number(tolerance, "tolerance")
    program = _float64(net_or_program)
    rule, door = GradientDescent(), Door(program.network, units)
    chosen = chosen_cost(cost, rule, program, door, y)
    objective = rule.objective(program, chosen)
    examples = Examples.checked(door, X, y, learn=True)
    rule.check_targets(program, chosen, examples.targets)
    parameters = program.parameters()
    ours = _backpropagated(program, objective, examples, parameters)
    theirs = _differenced(program, objective, examples, parameters)
    return _compared(program, ours, theirs, limit)


def _float64(net_or_program: Network | Program) -> Program:
    if isinstance(net_or_program, Network):
        return compile(net_or_program.copy(dtype="float64"))
    net_or_program.check_fresh()
    return compile(net_or_program.network.copy(dtype="float64"), engine=net_or_program.engine)


def _backpropagated(
    program: Program, objective: Objective, examples: Examples, parameters: FloatArray
) -> FloatArray:
    state = State.empty(program.plan.n_neurons, len(examples), parameters.dtype)
    program.runner.forward(parameters, examples.X, state)
    _, gradient, delta = objective.seeds(state, examples.targets)
    result = np.zeros_like(parameters)
    program.runner.backward(
        parameters, state, result, output_gradient=gradient, output_delta=delta
    )
    return result


def _differenced(
    program: Program, objective: Objective, examples: Examples, parameters: FloatArray
) -> FloatArray:
    state = State.empty(program.plan.n_neurons, len(examples), parameters.dtype)
    result = np.empty_like(parameters)
    for i, value in enumerate(parameters.tolist()):
        step = STEP * max(1.0, abs(value))
        costs = []
        for sign in (1, -1):
            parameters[i] = value + sign * step
            program.runner.forward(parameters, examples.X, state)
            costs.append(objective.value(state, examples.targets))
        parameters[i] = value
        result[i] = (costs[0] - costs[1]) / (2 * step)
    return result


def _compared(
    program: Program, ours: FloatArray, theirs: FloatArray, tolerance: float
) -> GradientCheck:
    if not len(ours):
        return GradientCheck(True, 0.0, "(no parameters)", 0.0, 0.0, tolerance)
    difference = np.abs(ours - theirs) / max(1.0, float(np.abs(theirs).max()))
    worst = int(np.argmax(difference))
    error = float(difference[worst])
    return GradientCheck(
        ok=error <= tolerance,
        error=error,
        worst=_parameter_name(program, worst),
        backpropagated=float(ours[worst]),
        differenced=float(theirs[worst]),
        tolerance=tolerance,
    )


def _parameter_name(program: Program, place: int) -> str:
    plan = program.plan
    if place < plan.n_weights:
        pre, post = plan.synapse_pre[place], plan.synapse_post[place]
        return f"synapse {plan.names[pre]!r} -> {plan.names[post]!r}"
    row = np.arange(plan.n_neurons)[plan.bias_rows][place - plan.n_weights]
    return f"bias of {plan.names[row]!r}"
