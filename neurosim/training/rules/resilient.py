"""Resilient backpropagation: only the signs of gradients count."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen

from neurosim.checks import FloatArray, plain
from neurosim.training.expected import Expected
from neurosim.training.rules.base import Memory, Rule, above_one, fraction, positive, remembered


def _setting(default: float, check: Any) -> Any:
    return field(default=default, converter=plain, validator=check, kw_only=True)


@frozen
class Rprop(Rule):
    """Each parameter has a step size, which grows while its gradient keeps its sign.

    Made for full batches. A step after which the sign has changed is not taken back, but the next
    is left out.

    Parameters
    ----------
    learning_rate : float
        The size of the first step, > 0.
    shrink, grow : float
        What a step size is multiplied by when the sign changes (< 1), and when it does not (> 1).
    least, most : float
        The limits of the step sizes.

    References
    ----------
    M. Riedmiller and H. Braun, "A direct adaptive method for faster backpropagation learning: The
    RPROP algorithm", 1993.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.topologies.layered([1, 1], activation="identity")
    >>> history = ns.train(net, [[0.0], [1.0]], [1.0, 3.0], rule=ns.Rprop(0.1), epochs=100)
    >>> round(net.outputs[0].bias, 3), round(net.synapses[0].weight, 3)
    (1.0, 2.0)
    """

    learning_rate: float = field(default=0.01, converter=plain, validator=positive)
    shrink: float = _setting(0.5, fraction)
    grow: float = _setting(1.2, above_one)
    least: float = _setting(1e-6, positive)
    most: float = _setting(50.0, positive)

    def init(self, parameters: FloatArray) -> Memory:
        """Return the gradient of the last step, and the step sizes."""
        return {
            "gradient": np.zeros_like(parameters),
            "size": np.full_like(parameters, self.learning_rate),
        }

    def expected(self, memory: Memory) -> Expected:
        """Return what the memory may be: of a gradient, only the sign counts."""
        return remembered(memory, gradient=(-np.inf, np.inf), size=(0, np.inf))

    def update(self, parameters: FloatArray, gradient: FloatArray, memory: Memory) -> None:
        """Step against the sign of the gradient."""
        last, size = memory["gradient"], memory["size"]
        agreement = gradient * last
        size *= np.where(agreement > 0, self.grow, np.where(agreement < 0, self.shrink, 1))
        np.clip(size, self.least, self.most, out=size)
        gradient[agreement < 0] = 0
        parameters -= np.sign(gradient) * size
        last[:] = gradient
