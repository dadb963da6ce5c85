"""One step of training on one example, with every number that an engine and a rule make of it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from attrs import frozen

from neurosim.checks import FloatArray, IntArray, require_kind
from neurosim.compiler.plan import Plan
from neurosim.compiling import compile
from neurosim.costs import Cost
from neurosim.door import Door
from neurosim.engines import State
from neurosim.errors import InvalidTypeError
from neurosim.inputs.labels import Labels
from neurosim.model import Network
from neurosim.program import Program
from neurosim.training.data import Examples
from neurosim.training.default_cost import chosen_cost
from neurosim.training.history import History
from neurosim.training.objective import CostObjective, Objective
from neurosim.training.rules import GradientDescent, Rule
from neurosim.training.rules.one_layer import DeltaRule, PerceptronRule
from neurosim.training.rules.whole_batch import WholeBatchRule
from neurosim.training.schedules import Clock
from neurosim.training.shaping import Settings, shaping_of
from neurosim.training.steps import Task


@frozen(eq=False, slots=False)
class OneStep:
    """The numbers of one step.

    Attributes
    ----------
    program : Program
        Of a copy of the network, whose parameters are those after the step.
    rule : Rule
        With the numbers that its schedules have at the first step.
    cost : Cost
    objective : Objective
    state : State
        Net inputs, outputs and deltas, (n_neurons, 1), in the rows of the plan.
    targets : (n_outputs,) array
    value : float
        The cost, or the count of errors.
    seed : (n_outputs,) array
        ∂E/∂output; 0 where the cost goes to the net input directly.
    before, gradient, adjustment, after : (n_parameters,) arrays
        In the order of the plan.
    """

    program: Program
    rule: Rule
    cost: Cost
    objective: Objective
    state: State
    targets: FloatArray
    value: float
    seed: FloatArray
    before: FloatArray
    gradient: FloatArray
    adjustment: FloatArray
    after: FloatArray

    @property
    def plan(self) -> Plan:
        """The plan of the program."""
        return self.program.plan

    @property
    def learning_rate(self) -> float:
        """η, of a rule that has one."""
        return float(self.rule.learning_rate)  # type: ignore[attr-defined]

    @cached_property
    def products(self) -> FloatArray:
        """What each synapse hands on, (n_weights,)."""
        return self._weighted(self.state.output, self.plan.synapse_pre)

    @cached_property
    def handed_back(self) -> FloatArray:
        """What each synapse hands back, (n_weights,): the weight times the delta of its end."""
        return self._weighted(self.state.delta, self.plan.synapse_post)

    def _weighted(self, values: FloatArray, rows: IntArray) -> FloatArray:
        with np.errstate(all="ignore"):
            product: FloatArray = self.before[: self.plan.n_weights] * values[rows, 0]
        return product

    @cached_property
    def arriving(self) -> FloatArray:
        """∂E/∂output of each row, (n_neurons,), but for what goes to the net input directly."""
        result = np.zeros(self.plan.n_neurons, self.before.dtype)
        result[self.plan.output_rows] = self.seed
        with np.errstate(all="ignore"):
            np.add.at(result, self.plan.synapse_pre, self.handed_back)
        return result

    @cached_property
    def direct(self) -> frozenset[int]:
        """The output rows at which the cost goes to the net input directly."""
        rows = self.plan.output_index
        if isinstance(self.objective, CostObjective):
            heads = [head.columns for head in self.objective.heads if head.stable]
            return frozenset(row for columns in heads for row in rows[columns].tolist())
        return frozenset(rows.tolist())


def one_step(
    net_or_program: Network | Program,
    x: Any,
    target: Any,
    rule: Rule,
    cost: Cost | None,
    *,
    units: str = "data",
) -> OneStep:
    """Take one step on a copy of a network, and keep its numbers."""
    require_kind(rule, Rule, "rule")
    if isinstance(rule, WholeBatchRule):
        raise InvalidTypeError(
            "a walk-through shows a step that the gradient of one example leads to, and "
            f"{type(rule).__name__} asks for the cost at several places; use GradientDescent, say"
        )
    program = _on_a_copy(net_or_program)
    rule.batch_size(1)
    door = Door(program.network, units)
    labels = None
    if door.is_label(target):
        labels = target if isinstance(target, Labels) else [target]
    chosen = chosen_cost(cost, rule, program, door, labels)
    objective = rule.objective(program, chosen)
    example = Examples(
        np.ascontiguousarray(door.example(x)), np.ascontiguousarray(door.example_targets(target))
    )
    rule.check_targets(program, chosen, example.targets)
    before = program.parameters().copy()
    state, value, seed, gradient = _passes(program, objective, example)
    settled = _update(program, example, rule, objective, gradient)
    after = program.parameters()
    adjustment = _adjustment(settled, before, gradient, after)
    return OneStep(
        program, settled, chosen, objective, state, example.targets[0], value, seed, before,
        gradient, adjustment, after,
    )  # fmt: skip


def _on_a_copy(net_or_program: Any) -> Program:
    """Return a program of a copy; the engine that teaches runs a network of its own accord."""
    if isinstance(net_or_program, Network):
        return compile(net_or_program.copy(), engine="reference")
    if not isinstance(net_or_program, Program):
        raise InvalidTypeError(f"walkthrough takes a Network or a Program (got {net_or_program!r})")
    net_or_program.check_fresh()
    return compile(net_or_program.network.copy(), engine=net_or_program.engine)


def _passes(
    program: Program, objective: Objective, example: Examples
) -> tuple[State, float, FloatArray, FloatArray]:
    """Go forward and back; return the state, the cost, ∂E/∂output and ∂E/∂parameters."""
    parameters = program.parameters()
    state = State.empty(program.plan.n_neurons, 1, parameters.dtype)
    program.runner.forward(parameters, example.X, state)
    value, output_gradient, output_delta = objective.seeds(state, example.targets)
    gradient = np.zeros_like(parameters)
    program.runner.backward(
        parameters,
        state,
        gradient,
        output_gradient=output_gradient,
        output_delta=output_delta,
    )
    seed = np.zeros(program.plan.n_outputs, parameters.dtype)
    if output_gradient is not None:
        seed[:] = output_gradient[:, 0]
    return state, value, seed, gradient


def _update(
    program: Program, example: Examples, rule: Rule, objective: Objective, gradient: FloatArray
) -> Rule:
    """Change the parameters as training would; return the rule as it is at the first step."""
    history = History([objective.column])
    plain = shaping_of(program, Settings())
    task = Task(program, example, rule, objective, 1, None, plain, history)
    settled: Rule = rule.at(Clock(0, 0, history))
    with np.errstate(all="ignore"):
        settled.update(program.parameters(), gradient.copy(), task.memory())
    return settled


@np.errstate(all="ignore")
def _adjustment(
    rule: Rule, before: FloatArray, gradient: FloatArray, after: FloatArray
) -> FloatArray:
    """Return Δw: by its formula where that is known, else what the step has changed."""
    if not steps_down(rule):
        changed: FloatArray = after - before
        return changed
    eta: float = rule.learning_rate  # type: ignore[attr-defined]
    step = gradient.copy()
    step *= eta
    return 0 - step  # which has no −0


def steps_down(rule: Rule) -> bool:
    """Return whether the first step is −η times the gradient: a velocity is 0 before it."""
    if type(rule) is GradientDescent:
        return not rule.nesterov
    return type(rule) in (PerceptronRule, DeltaRule)
