"""Minimizers by SciPy: an epoch is one of their iterations, on all examples."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np
from attrs import field, frozen

from neurosim.checks import plain
from neurosim.training.rules.base import at_least_one, not_negative
from neurosim.training.rules.whole_batch import WholeBatchRule

# No limit of SciPy's own: `train` counts the epochs.
ENDLESS = 2**31 - 1


@frozen
class Minimizer(WholeBatchRule):
    """Base of the rules that `scipy.optimize.minimize` carries out (extra ``minimize``).

    Attributes
    ----------
    method : str
        SciPy's name.
    """

    method: ClassVar[str]

    tolerance: float = field(default=1e-5, converter=plain, validator=not_negative)

    @property
    def can_resume(self) -> bool:
        """False: what SciPy has learned of the cost's curvature stays with it."""
        return False

    @abstractmethod
    def options(self, dtype: np.dtype[Any]) -> dict[str, Any]:
        """Return SciPy's options, with which it goes on as long as it gets any lower.

        `dtype` is that of the network: how exact gradients are.
        """


@frozen
class LBFGS(Minimizer):
    """The limited-memory BFGS method: steps by a curvature learned from the last few gradients.

    Often the best for a network of up to some ten thousand parameters and examples that fit into
    one batch. Extra ``minimize`` (SciPy).

    Parameters
    ----------
    tolerance : float
        The training ends when no |∂E/∂w| is larger; with 0, when the cost gets no lower.
    memory : int
        From how many steps the curvature is learned.

    Notes
    -----
    The step goes along −H ∂E/∂w, where H stands for the inverse of the matrix of second
    derivatives and is made of the last `memory` steps and of how they changed the gradient. How far
    it goes is found by a line search, which takes a forward and a backward pass per trial.
    Penalties are part of what is minimized; the history has the cost without them.

    References
    ----------
    J. Nocedal and S. J. Wright, *Numerical Optimization*, 2nd edition, Springer, 2006, section 7.2.

    R. H. Byrd, P. Lu, J. Nocedal, C. Zhu, "A Limited Memory Algorithm for Bound Constrained
    Optimization", SIAM Journal on Scientific Computing 16, 1995.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.topologies.layered([2, 3, 1])
    >>> net.initialize(ns.initializers.Normal(), seed=1)
    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    >>> history = ns.train(net, X, y, rule=ns.LBFGS(), epochs=100)
    >>> history["cost"][-1] < 1e-4
    True
    """

    method: ClassVar[str] = "L-BFGS-B"

    memory: int = field(default=10, converter=plain, validator=at_least_one, kw_only=True)

    def options(self, dtype: np.dtype[Any]) -> dict[str, Any]:
        """Return SciPy's options."""
        return {"maxcor": self.memory, "gtol": 0.0, "ftol": 0.0, "maxfun": ENDLESS}


@frozen
class ConjugateGradient(Minimizer):
    """The nonlinear conjugate gradient method of Polak and Ribière, with a line search.

    It keeps no more than the last direction, for networks of very many parameters. Extra
    ``minimize`` (SciPy).

    Parameters
    ----------
    tolerance : float
        The training ends when no |∂E/∂w| is larger; with 0, when the cost gets no lower.

    Notes
    -----
    The direction is p ← −g + β p with β = max(0, g·(g − h) / h·h), where g = ∂E/∂w and h is what
    it was before the last step; along it, a line search looks for a place that meets the Wolfe
    conditions.

    References
    ----------
    J. Nocedal and S. J. Wright, *Numerical Optimization*, 2nd edition, Springer, 2006, section 5.2.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.topologies.layered([1, 1], activation="identity")
    >>> X, y = [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]
    >>> history = ns.train(net, X, y, rule=ns.ConjugateGradient())
    >>> round(net.outputs[0].bias, 3), round(net.synapses[0].weight, 3)
    (1.0, 2.0)
    """

    method: ClassVar[str] = "CG"

    def options(self, dtype: np.dtype[Any]) -> dict[str, Any]:
        """Return SciPy's options."""
        return {"gtol": 0.0}


@frozen
class NewtonCG(Minimizer):
    """Newton's method, whose equations are solved by (linear) conjugate gradients.

    Few steps, each of which takes many gradients. In a narrow valley of the cost, where the
    equations have no clear solution, it ends sooner than the others. Extra ``minimize`` (SciPy).

    Parameters
    ----------
    tolerance : float
        The training ends when no |∂E/∂w| is larger; with 0, when the cost gets no lower.

    Notes
    -----
    The step solves H p = −∂E/∂w as exactly as it pays, H being the matrix of second derivatives.
    Only products H v are needed, and they are differences of gradients,
    (g(w + ε v) − g(w)) / ε, with ε the root of the rounding error of the network's dtype.

    References
    ----------
    J. Nocedal and S. J. Wright, *Numerical Optimization*, 2nd edition, Springer, 2006, section 7.1.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.topologies.layered([1, 1], activation="identity")
    >>> X, y = [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]
    >>> history = ns.train(net, X, y, rule=ns.NewtonCG())
    >>> round(net.outputs[0].bias, 3), round(net.synapses[0].weight, 3)
    (1.0, 2.0)
    """

    method: ClassVar[str] = "Newton-CG"

    def options(self, dtype: np.dtype[Any]) -> dict[str, Any]:
        """Return SciPy's options."""
        return {"xtol": 0.0, "eps": float(np.finfo(dtype).eps) ** 0.5}
