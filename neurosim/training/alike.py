"""Hidden neurons that cannot be told apart, and so would learn the same for ever."""

from __future__ import annotations

import warnings

import numpy as np

from neurosim.checks import FloatArray, IntArray
from neurosim.compiler.blocks import scrambled
from neurosim.compiler.plan import Plan
from neurosim.errors import NeurosimWarning
from neurosim.program import Program


def warn_if_alike(program: Program, stacklevel: int = 3) -> None:
    """Warn of two hidden neurons of one level, activation and bias that the weights do not part.

    They hear and feed the same neurons by the same weights; or all weights of the network are
    equal, as they are before `initialize`.
    """
    plan, parameters = program.plan, program.network.parameters
    weights = parameters[: plan.n_weights]
    rows = _hidden(plan)
    if len(rows) < 2 or not len(weights):
        return
    equal = bool((weights == weights[0]).all())
    keys = [plan.level, _kinds(plan), _biases(plan, parameters)]
    alike = _first_two(rows, keys)
    # Sums of weights come cheap, and nearly always tell all neurons apart.
    if len(alike) and not equal:
        keys.append(np.bincount(plan.synapse_post, weights, plan.n_neurons))
        alike = _first_two(rows, keys)
        if len(alike):
            alike = _first_two(rows, [*keys, *_wiring(plan, weights)])
    if len(alike):
        first, second = (plan.names[row] for row in alike.tolist())
        why = f"all weights are {weights[0]:g}" if equal else "their synapses are the same"
        warnings.warn(
            f"hidden neurons {first!r} and {second!r} of network {program.network.name!r} cannot "
            f"be told apart and learn the same, since {why}; call initialize first",
            NeurosimWarning,
            stacklevel=stacklevel,
        )


def _hidden(plan: Plan) -> IntArray:
    """Return the rows of hidden neurons that hear others and are heard."""
    hidden = np.array([activation is not None for activation in plan.activations], bool)
    hidden[plan.output_rows] = False
    hears, feeds = np.zeros_like(hidden), np.zeros_like(hidden)
    hears[plan.synapse_post] = True
    feeds[plan.synapse_pre] = True
    return np.flatnonzero(hidden & hears & feeds)


def _kinds(plan: Plan) -> IntArray:
    """Return a number per activation, for each row."""
    numbers = {activation: i for i, activation in enumerate(dict.fromkeys(plan.activations))}
    return np.array([numbers[activation] for activation in plan.activations])


def _biases(plan: Plan, parameters: FloatArray) -> FloatArray:
    """Return the bias of each row, infinite where there is none."""
    result = np.full(plan.n_neurons, np.inf)
    result[plan.bias_rows] = parameters[plan.n_weights :]
    return result


def _wiring(plan: Plan, weights: FloatArray) -> tuple[IntArray, IntArray]:
    """Return digests of each row's incoming and outgoing synapses, ends and weights."""
    bits = scrambled((weights.astype(np.float64) + 0.0).view(np.int64))  # one 0, not two
    result = []
    for own, other in (
        (plan.synapse_post, plan.synapse_pre),
        (plan.synapse_pre, plan.synapse_post),
    ):
        digest = np.zeros(plan.n_neurons, np.uint64)
        np.add.at(digest, own, scrambled(bits ^ scrambled(other)))
        result.append(digest)
    return result[0], result[1]


def _first_two(rows: IntArray, keys: list[IntArray | FloatArray]) -> IntArray:
    """Return the first two of `rows` that agree in all keys, which are given per row, or none."""
    chosen = [key[rows] for key in keys]
    order = np.lexsort(chosen)
    same = np.logical_and.reduce([key[order][1:] == key[order][:-1] for key in chosen])
    first = np.flatnonzero(same)[:1]
    return np.sort(rows[order[np.concatenate([first, first + 1])]])
