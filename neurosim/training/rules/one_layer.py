"""The textbook's rules for one layer: the perceptron rule and the delta rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

from neurosim.checks import FloatArray
from neurosim.costs import Cost, SquaredError
from neurosim.errors import InvalidTypeError, InvalidValueError, StructureError
from neurosim.training.default_cost import DEFAULT_COST
from neurosim.training.expected import Expected
from neurosim.training.objective import (
    ErrorCount,
    NetInputObjective,
    Objective,
    output_activations,
    require_binary_targets,
)
from neurosim.training.rules.base import Memory, Rule, Setting, flag, rate, remembered
from neurosim.training.rules.descent import descend

if TYPE_CHECKING:
    from neurosim.program import Program
    from neurosim.training.shaping import Settings


@frozen
class _OneLayerRule(Rule):
    """What the rules for one layer share: a step by η times the error times the input."""

    learning_rate: Setting = rate(0.1)

    def expected(self, memory: Memory) -> Expected:
        """Return that nothing is remembered."""
        return remembered(memory)

    def update(self, parameters: FloatArray, gradient: FloatArray, memory: Memory) -> None:
        """Step against the gradient, which is made of the rule's own error in place of a delta."""
        descend(parameters, gradient, self.learning_rate)


@frozen
class PerceptronRule(_OneLayerRule):
    """The perceptron training rule: w ← w + η (t − o) x, one example at a time.

    For one layer of `threshold` neurons (targets −1/+1) or `step` neurons (targets 0/1). There is
    no cost; the history counts ``errors`` per epoch, and an epoch without one ends the training.

    Parameters
    ----------
    learning_rate : float or Schedule
        η > 0.
    pocket : bool
        Whether each neuron keeps the best weights so far "in the pocket", which are those that the
        network has after every epoch: the pocket algorithm, for examples that no line separates.
        ``errors`` then counts those that they make on all examples after the epoch.

    Notes
    -----
    The pocket algorithm is that with the ratchet: weights take the place of those in the pocket
    when they have been right about more examples in a row, and are right about more of all
    examples. It takes a step at a time from Python and, for each such candidate, a forward pass of
    all examples; X and y must be arrays. Where Gallant draws each example at random, an epoch takes
    each once, in a new order.

    References
    ----------
    T. M. Mitchell, *Machine Learning*, McGraw-Hill, 1997, section 4.4.2.

    S. I. Gallant, "Perceptron-Based Learning Algorithms", IEEE Transactions on Neural Networks 1,
    1990 (the pocket algorithm with ratchet).

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.topologies.layered([2, 1], activation="threshold")
    >>> X = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> history = ns.train(net, X, [-1, -1, -1, 1], rule=ns.PerceptronRule(), seed=0)
    >>> history["errors"][-1]
    0
    >>> ns.compile(net).feedforward(X).ravel()
    array([-1., -1., -1.,  1.])

    No line separates XOR, and none is right about more than three of the four:

    >>> rule = ns.PerceptronRule(pocket=True)
    >>> ns.train(net, X, [-1, 1, 1, -1], rule=rule, epochs=100, seed=0)["errors"][-1]
    1
    """

    pocket: bool = field(default=False, validator=flag, kw_only=True)

    def objective(self, program: Program, cost: Cost) -> Objective:
        """Return the count of errors."""
        if cost != DEFAULT_COST:
            raise InvalidValueError(
                f"PerceptronRule counts errors and uses no cost (got cost={cost!r}); leave it out"
            )
        _require_one_layer(program, "PerceptronRule", ("threshold", "step"))
        return ErrorCount(program.plan)

    def check_targets(self, program: Program, cost: Cost, targets: FloatArray) -> None:
        """Refuse targets that the neurons cannot emit."""
        require_binary_targets(program.plan, targets, "PerceptronRule")

    def check_use(self, program: Program, settings: Settings, *, streams: bool) -> None:
        """Refuse what would change an example or how much it counts; for the pocket, a stream."""
        if settings.given:
            raise InvalidValueError(
                "PerceptronRule counts errors on the examples as they are (got "
                f"{settings.given[0]}); leave it out, or use DeltaRule"
            )
        if streams and self.pocket:
            raise InvalidTypeError(
                "PerceptronRule(pocket=True) counts the errors on all examples: X and y must be "
                "arrays (got an iterable of batches)"
            )

    def batch_size(self, asked: int | None) -> int | None:
        """Return 1: the rule is incremental."""
        if asked not in (None, 1):
            raise InvalidValueError(
                f"PerceptronRule takes one example at a time: batch_size must be None or 1 "
                f"(got {asked})"
            )
        return 1


@frozen
class DeltaRule(_OneLayerRule):
    """The delta rule (LMS, Widrow–Hoff): w ← w + η (t − w·x) x, the error on the net input.

    For one layer of linear neurons, or of `threshold` neurons (targets −1/+1), which are then
    trained as if they were linear: unlike the perceptron rule it settles when no weights classify
    every example. Batch, incremental or mini-batch by `batch_size`.

    Parameters
    ----------
    learning_rate : float or Schedule
        η > 0.

    Notes
    -----
    That is the step for one example. A batch steps by the sum over its examples, divided by their
    number with `train`'s default cost, ``SquaredError()``.

    References
    ----------
    T. M. Mitchell, *Machine Learning*, McGraw-Hill, 1997, section 4.4.3.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.topologies.layered([2, 1], activation="threshold")
    >>> X = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> history = ns.train(net, X, [-1, 1, 1, 1], rule=ns.DeltaRule(0.1), epochs=200)
    >>> ns.compile(net).feedforward(X).ravel()
    array([-1.,  1.,  1.,  1.])
    """

    def objective(self, program: Program, cost: Cost) -> Objective:
        """Return the squared error of the net inputs."""
        if not isinstance(cost, SquaredError):
            raise InvalidValueError(
                f"DeltaRule descends on the squared error (got cost={cost!r}); use "
                "SquaredError, or GradientDescent for another cost"
            )
        _require_one_layer(program, "DeltaRule", ("identity", "threshold"))
        return NetInputObjective(program.plan, cost)

    def check_targets(self, program: Program, cost: Cost, targets: FloatArray) -> None:
        """Refuse targets that threshold neurons cannot emit."""
        require_binary_targets(program.plan, targets, "DeltaRule")


def _require_one_layer(program: Program, rule: str, allowed: tuple[str, ...]) -> None:
    """Refuse all but one layer of neurons with an allowed activation that hear only inputs."""
    plan = program.plan
    for name, activation in output_activations(plan):
        if activation not in allowed:
            raise StructureError(
                f"{rule} trains neurons with activation {' or '.join(allowed)} "
                f"(output neuron {name!r} has {activation})"
            )
    outputs = set(plan.output_index.tolist())
    for row, activation in enumerate(plan.activations):
        if activation is not None and row not in outputs:
            raise StructureError(
                f"{rule} trains one layer of neurons that hear only inputs (neuron "
                f"{plan.names[row]!r} is hidden); use GradientDescent"
            )
    between = [row for row in plan.synapse_pre.tolist() if plan.activations[row] is not None]
    if between:
        raise StructureError(
            f"{rule} trains one layer of neurons that hear only inputs (neuron "
            f"{plan.names[between[0]]!r} feeds another); use GradientDescent"
        )
