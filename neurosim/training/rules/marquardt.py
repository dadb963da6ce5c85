"""The Levenberg–Marquardt method: least squares by the Jacobian of all outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

from neurosim.checks import plain
from neurosim.costs import Cost, SquaredError
from neurosim.errors import InvalidValueError, StructureError
from neurosim.training.objective import Objective
from neurosim.training.rules.base import above_one, at_least_one, not_negative, positive
from neurosim.training.rules.whole_batch import WholeBatchRule
from neurosim.training.shaping import L1, shaping_of

if TYPE_CHECKING:
    from neurosim.compiler.plan import Plan
    from neurosim.program import Program
    from neurosim.training.shaping import Settings


@frozen
class LevenbergMarquardt(WholeBatchRule):
    """Steps between gradient descent and the Gauss–Newton method, for the squared error.

    The fastest there is for a small network that is to fit a function closely. An epoch is one
    accepted step.

    Parameters
    ----------
    damping : float
        μ > 0 at the start: how much of gradient descent is in the first step.
    factor : float
        > 1: what μ is divided by after a step that lowers the cost, and multiplied by before
        another try after one that does not.
    most : float
        The training ends when μ becomes larger.
    tolerance : float
        The training ends when no |∂E/∂w| is larger; with 0, when the cost gets no lower.
    most_bytes : int
        Networks are refused whose matrix JᵀJ, n × n for n parameters that are not held, in float64
        and taken twice, needs more.

    Raises
    ------
    InvalidValueError
        From `train`, for a cost other than `SquaredError`, and for a penalty of `L1`.
    StructureError
        From `train`, for a network of too many parameters.

    Notes
    -----
    (JᵀJ + μ I) d = −Jᵀe and w ← w + d, with the errors e = o − t of all examples and outputs and
    their Jacobian J = ∂o/∂w. Whether the cost sums or averages changes no step. A penalty of `L2`
    is part of what is minimized.

    References
    ----------
    M. T. Hagan and M. B. Menhaj, "Training Feedforward Networks with the Marquardt Algorithm", IEEE
    Transactions on Neural Networks 5, 1994.

    J. Nocedal and S. J. Wright, *Numerical Optimization*, 2nd edition, Springer, 2006, section
    10.3.

    Examples
    --------
    >>> import numpy as np
    >>> import neurosim as ns
    >>> net = ns.topologies.layered([1, 5, 1], activation=["tanh", "identity"])
    >>> net.initialize(ns.initializers.Normal(), seed=0)
    >>> X = np.linspace(-2, 2, 41)[:, None]
    >>> history = ns.train(net, X, np.sin(X), rule=ns.LevenbergMarquardt(), epochs=30)
    >>> history["cost"][-1] < 1e-4
    True
    """

    damping: float = field(default=1e-3, converter=plain, validator=positive)
    factor: float = field(default=10.0, converter=plain, validator=above_one, kw_only=True)
    most: float = field(default=1e10, converter=plain, validator=positive, kw_only=True)
    tolerance: float = field(default=1e-7, converter=plain, validator=not_negative, kw_only=True)
    most_bytes: int = field(default=2**30, converter=plain, validator=at_least_one, kw_only=True)

    def default_cost(self, plan: Plan, *, labels: bool) -> Cost:
        """Return the squared error, which is all that this rule can minimize."""
        return SquaredError()

    def objective(self, program: Program, cost: Cost) -> Objective:
        """Return the squared error."""
        if not isinstance(cost, SquaredError):
            raise InvalidValueError(
                f"LevenbergMarquardt minimizes the squared error (got cost={cost!r}); use "
                "SquaredError, or LBFGS for another cost"
            )
        return super().objective(program, cost)

    def check_use(self, program: Program, settings: Settings, *, streams: bool) -> None:
        """Refuse too many parameters too, and a penalty that is no square."""
        super().check_use(program, settings, streams=streams)
        n = shaping_of(program, settings).n_free
        if 2 * 8 * n * n > self.most_bytes:
            raise StructureError(
                f"LevenbergMarquardt would need {2 * 8 * n * n:,} bytes for two matrices of "
                f"{n:,} × {n:,} parameters of network {program.network.name!r}, and most_bytes is "
                f"{self.most_bytes:,}; use LBFGS, or allow for more"
            )
        for penalty in settings.penalties:
            if isinstance(penalty, L1):
                raise InvalidValueError(
                    f"LevenbergMarquardt minimizes a sum of squares (got penalty={penalty!r}); use "
                    "L2, or LBFGS"
                )
