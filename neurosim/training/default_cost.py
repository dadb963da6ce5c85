"""Which cost is minimized: the one that is asked for, or the one that fits what is learned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neurosim.checks import require_kind
from neurosim.compiler.plan import Plan
from neurosim.costs import BinaryCrossEntropy, CategoricalCrossEntropy, Cost, SquaredError
from neurosim.door import Door
from neurosim.training.objective import output_activations

if TYPE_CHECKING:
    from neurosim.program import Program
    from neurosim.training.rules.base import Rule

DEFAULT_COST = SquaredError()


def chosen_cost(cost: Any, rule: Rule, program: Program, door: Door, y: Any) -> Cost:
    """Return `cost`, or where it is None the default of the rule for what `y` holds.

    Without a `y`, as for a stream, labels are learned by a network that has classes.
    """
    if cost is not None:
        require_kind(cost, Cost, "cost")
        return cost  # type: ignore[no-any-return]
    return rule.default_cost(program.plan, labels=door.learns_labels(y))


def default_cost(plan: Plan, *, labels: bool) -> Cost:
    """Return the cost for outputs that learn class labels, or numbers.

    Labels are learned by cross-entropy if the outputs are one softmax layer or all sigmoid; all
    else by the squared error.
    """
    kinds = {str(activation) for _, activation in output_activations(plan)}
    if labels and kinds == {"sigmoid"}:
        return BinaryCrossEntropy()
    is_one_layer = len(plan.output_units) == 1 < plan.n_outputs
    if labels and kinds == {"softmax"} and is_one_layer:
        return CategoricalCrossEntropy()
    return DEFAULT_COST
