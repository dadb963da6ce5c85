"""Gradient descent, with and without momentum."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import Attribute, field, frozen

from neurosim.checks import FloatArray
from neurosim.errors import InvalidTypeError, InvalidValueError
from neurosim.training.expected import Expected
from neurosim.training.rules.base import (
    Memory,
    Rule,
    Setting,
    fraction,
    rate,
    remembered,
    setting,
)


def descend(parameters: FloatArray, gradient: FloatArray, rate: float) -> None:
    """Step by −η times the gradient, whose memory is used as scratch space."""
    gradient *= rate
    parameters -= gradient


@frozen
class GradientDescent(Rule):
    """Step against the gradient of the cost: batch, incremental or mini-batch by `batch_size`.

    Parameters
    ----------
    learning_rate : float or Schedule
        η > 0. What it means depends on the cost, which averages over the examples of a batch by
        default, or adds them up.
    momentum : float or Schedule
        How much of the last step goes on, in [0, 1).
    nesterov : bool
        Whether the gradient is taken, in effect, where the momentum leads (Nesterov momentum).

    Notes
    -----
    v ← momentum · v + ∂E/∂w and w ← w − η v, starting with v = 0; with `nesterov`
    w ← w − η (∂E/∂w + momentum · v).

    References
    ----------
    T. M. Mitchell, *Machine Learning*, McGraw-Hill, 1997, sections 4.4.3 and 4.5.2.1.

    I. Sutskever et al., "On the importance of initialization and momentum in deep learning",
    ICML 2013.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.topologies.layered([1, 1], activation="identity")
    >>> rule = ns.GradientDescent(learning_rate=0.1)
    >>> history = ns.train(net, [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0], rule=rule, epochs=500)
    >>> round(net.outputs[0].bias, 3), round(net.synapses[0].weight, 3)
    (1.0, 2.0)
    """

    learning_rate: Setting = rate(0.1)
    momentum: Setting = setting(0.0, fraction)
    nesterov: bool = field(default=False, kw_only=True)

    @nesterov.validator
    def _needs_momentum(self, _: Attribute[bool], value: Any) -> None:
        if not isinstance(value, (bool, np.bool_)):
            raise InvalidTypeError(f"GradientDescent.nesterov must be a bool (got {value!r})")
        if value and not self.momentum:
            raise InvalidValueError(
                "GradientDescent.nesterov needs a momentum > 0 (got momentum=0.0)"
            )

    def init(self, parameters: FloatArray) -> Memory:
        """Return the velocity, 0 at the start."""
        return {"velocity": np.zeros_like(parameters)} if self.momentum else {}

    def expected(self, memory: Memory) -> Expected:
        """Return what the memory may be."""
        return remembered(memory)

    def update(self, parameters: FloatArray, gradient: FloatArray, memory: Memory) -> None:
        """Step against the gradient; `gradient` is used as scratch space."""
        if "velocity" in memory:
            velocity = memory["velocity"]
            velocity *= self.momentum
            velocity += gradient
            if self.nesterov:
                gradient += self.momentum * velocity
            else:
                np.copyto(gradient, velocity)
        descend(parameters, gradient, self.learning_rate)


DEFAULT_RULE = GradientDescent(0.1)
