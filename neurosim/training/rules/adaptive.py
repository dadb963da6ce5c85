"""Rules with a step of its own for each parameter, by the size of its gradients so far.

All formulas are those of PyTorch's optimizers of the same names, with the same defaults.
"""

from __future__ import annotations

import numpy as np
from attrs import field, frozen

from neurosim.checks import FloatArray
from neurosim.training.expected import LARGEST, Expected, Fields, Same
from neurosim.training.rules.base import (
    Memory,
    Rule,
    Setting,
    flag,
    fraction,
    not_negative,
    positive,
    rate,
    remembered,
    setting,
)


@frozen
class Adagrad(Rule):
    """Steps that shrink as gradients add up, the sooner the larger they are.

    Parameters
    ----------
    learning_rate : float or Schedule
        η > 0.
    epsilon : float
        Keeps the division away from 0.

    Notes
    -----
    s ← s + g² and w ← w − η g / (√s + ε), with g = ∂E/∂w, starting with s = 0.

    References
    ----------
    J. Duchi, E. Hazan, Y. Singer, "Adaptive Subgradient Methods for Online Learning and Stochastic
    Optimization", JMLR 12, 2011.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.topologies.layered([1, 1], activation="identity")
    >>> history = ns.train(net, [[0.0], [1.0]], [1.0, 3.0], rule=ns.Adagrad(0.5), epochs=500)
    >>> round(net.outputs[0].bias, 3), round(net.synapses[0].weight, 3)
    (1.0, 2.0)
    """

    learning_rate: Setting = rate(0.01)
    epsilon: float = setting(1e-10, positive)

    def init(self, parameters: FloatArray) -> Memory:
        """Return the sum of squares, 0 at the start."""
        return {"square": np.zeros_like(parameters)}

    def expected(self, memory: Memory) -> Expected:
        """Return what the memory may be: squares that overflow only make steps of 0."""
        return remembered(memory, square=(0, np.inf))

    def update(self, parameters: FloatArray, gradient: FloatArray, memory: Memory) -> None:
        """Step against the gradient."""
        square = memory["square"]
        square += gradient * gradient
        parameters -= self.learning_rate * gradient / (np.sqrt(square) + self.epsilon)


@frozen
class RMSProp(Rule):
    """Steps by the gradient over the root of its mean square.

    Parameters
    ----------
    learning_rate : float or Schedule
        η > 0.
    decay : float or Schedule
        How much of the mean square goes on from step to step, in [0, 1).
    epsilon : float
        Keeps the division away from 0.
    momentum : float or Schedule
        How much of the last step goes on, in [0, 1).
    centered : bool
        Whether the square of the mean gradient is taken off, which leaves the variance.

    Notes
    -----
    s ← decay · s + (1 − decay) g² and w ← w − η g / (√s + ε), with g = ∂E/∂w. With `momentum`,
    v ← momentum · v + g / (√s + ε) and w ← w − η v.

    References
    ----------
    G. Hinton, *Neural Networks for Machine Learning*, lecture 6e, 2012; centered: A. Graves,
    "Generating Sequences With Recurrent Neural Networks", 2013.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.topologies.layered([1, 1], activation="identity")
    >>> rule = ns.RMSProp(ns.schedules.Exponential(0.1, 0.98))
    >>> history = ns.train(net, [[0.0], [1.0]], [1.0, 3.0], rule=rule, epochs=500)
    >>> round(net.outputs[0].bias, 2), round(net.synapses[0].weight, 2)
    (1.0, 2.0)
    """

    learning_rate: Setting = rate(0.01)
    decay: Setting = setting(0.99, fraction)
    epsilon: float = setting(1e-8, positive)
    momentum: Setting = setting(0.0, fraction)
    centered: bool = field(default=False, validator=flag, kw_only=True)

    def init(self, parameters: FloatArray) -> Memory:
        """Return the mean square and what else is asked for, 0 at the start."""
        names = ["square", *["mean"] * bool(self.centered), *["velocity"] * bool(self.momentum)]
        return {name: np.zeros_like(parameters) for name in names}

    def expected(self, memory: Memory) -> Expected:
        """Return what the memory may be: squares that overflow only make steps of 0."""
        return remembered(memory, square=(0, np.inf))

    def update(self, parameters: FloatArray, gradient: FloatArray, memory: Memory) -> None:
        """Step against the gradient."""
        decay = self.decay
        square = memory["square"]
        square *= decay
        square += (1 - decay) * gradient * gradient
        spread = square
        if self.centered:
            mean = memory["mean"]
            mean += (1 - decay) * (gradient - mean)
            spread = square - mean * mean
        step = gradient / (np.sqrt(spread) + self.epsilon)
        if "velocity" in memory:
            velocity = memory["velocity"]
            velocity *= self.momentum
            velocity += step
            step = velocity
        parameters -= self.learning_rate * step


@frozen
class Adam(Rule):
    """Steps by the mean gradient over the root of its mean square, both freed of their bias.

    Parameters
    ----------
    learning_rate : float or Schedule
        η > 0.
    beta1, beta2 : float or Schedule
        How much of the mean, and of the mean square, goes on from step to step, in [0, 1).
    epsilon : float
        Keeps the division away from 0.

    Notes
    -----
    m ← β₁ m + (1 − β₁) g and s ← β₂ s + (1 − β₂) g², with g = ∂E/∂w; at step t,
    w ← w − η (m / (1 − β₁ᵗ)) / (√(s / (1 − β₂ᵗ)) + ε).

    References
    ----------
    D. P. Kingma and J. Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.topologies.layered([1, 1], activation="identity")
    >>> history = ns.train(net, [[0.0], [1.0]], [1.0, 3.0], rule=ns.Adam(0.1), epochs=500)
    >>> round(net.outputs[0].bias, 3), round(net.synapses[0].weight, 3)
    (1.0, 2.0)
    """

    learning_rate: Setting = rate(0.001)
    beta1: Setting = setting(0.9, fraction)
    beta2: Setting = setting(0.999, fraction)
    epsilon: float = setting(1e-8, positive)

    def init(self, parameters: FloatArray) -> Memory:
        """Return the mean and the mean square, 0 at the start, and the number of steps."""
        return {
            "mean": np.zeros_like(parameters),
            "square": np.zeros_like(parameters),
            "steps": np.zeros((), np.int64),
        }

    def expected(self, memory: Memory) -> Expected:
        """Return what the memory may be: squares that overflow only make steps of 0."""
        return remembered(memory, square=(0, np.inf), steps=(0, LARGEST))

    def update(self, parameters: FloatArray, gradient: FloatArray, memory: Memory) -> None:
        """Step against the gradient."""
        beta1 = self.beta1
        beta2 = self.beta2
        eta = self.learning_rate
        mean, square, steps = memory["mean"], memory["square"], memory["steps"]
        steps += 1
        mean *= beta1
        mean += (1 - beta1) * gradient
        square *= beta2
        square += (1 - beta2) * gradient * gradient
        t = int(steps)
        root = np.sqrt(square) / np.sqrt(1 - beta2**t) + self.epsilon
        parameters -= eta / (1 - beta1**t) * mean / root


@frozen
class AdamW(Adam):
    """Adam with weights that decay by themselves, whatever the size of their steps.

    Parameters
    ----------
    learning_rate, beta1, beta2, epsilon
        As for `Adam`.
    weight_decay : float or Schedule
        λ ≥ 0: by which share, times η, each weight shrinks at each step.
    biases : bool
        Whether biases decay too.

    Notes
    -----
    w ← w − η λ w, then the step of Adam.

    References
    ----------
    I. Loshchilov and F. Hutter, "Decoupled Weight Decay Regularization", ICLR 2019.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.topologies.layered([1, 1], activation="identity")
    >>> rule = ns.AdamW(0.1, weight_decay=0.1)
    >>> history = ns.train(net, [[0.0], [1.0]], [1.0, 3.0], rule=rule, epochs=500)
    >>> net.synapses[0].weight < 2.0
    True
    """

    weight_decay: Setting = setting(0.01, not_negative)
    biases: bool = field(default=False, validator=flag, kw_only=True)

    def init(self, parameters: FloatArray) -> Memory:
        """Return what Adam remembers, and which parameters decay: the loop takes out biases."""
        return {**super().init(parameters), "decays": np.ones_like(parameters)}

    def expected(self, memory: Memory) -> Expected:
        """Return what the memory may be; which parameters decay does not change."""
        found = remembered(memory, square=(0, np.inf), steps=(0, LARGEST))
        return Fields({**found.required, "decays": Same(memory["decays"])})

    def update(self, parameters: FloatArray, gradient: FloatArray, memory: Memory) -> None:
        """Step against the gradient."""
        decay = self.learning_rate * self.weight_decay
        parameters *= 1 - decay * memory["decays"]
        super().update(parameters, gradient, memory)
