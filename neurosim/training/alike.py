"""Hidden neurons that cannot be told apart, and so would learn the same for ever."""

from __future__ import annotations

import warnings

import numpy as np

from neurosim.checks import BoolArray, FloatArray, IntArray
from neurosim.compiler.blocks import scrambled
from neurosim.compiler.plan import Plan
from neurosim.errors import NeurosimWarning
from neurosim.model.sorting import boundaries, mask_of
from neurosim.program import Program

_FEW = 1000  # weights that are sorted sooner than neurons are compared


def warn_if_alike(program: Program, stacklevel: int = 3) -> None:
    """Warn of two hidden neurons of one level, activation and bias that the weights do not part.

    They hear and feed the same neurons by the same weights; or all weights of the network are
    equal, as they are before `initialize`.
    """
    plan, parameters = program.plan, program.parameters()
    weights = parameters[: plan.n_weights]
    if not len(weights) or _all_differ(weights):
        return
    equal = bool((weights == weights[0]).all())
    alike = _alike(plan, parameters, equal)
    if len(alike):
        first, second = map(plan.name_of, alike.tolist())
        why = f"all weights are {weights[0]:g}" if equal else "their synapses are the same"
        warnings.warn(
            f"hidden neurons {first!r} and {second!r} of network {program.network.name!r} cannot "
            f"be told apart and learn the same, since {why}; call initialize first",
            NeurosimWarning,
            stacklevel=stacklevel,
        )


def _all_differ(weights: FloatArray) -> bool:
    """Return whether these are few weights, no two of them equal: then no neurons are alike."""
    if len(weights) > _FEW:
        return False
    ordered = np.sort(weights)
    return bool((ordered[1:] != ordered[:-1]).all())


def _alike(plan: Plan, parameters: FloatArray, equal: bool) -> IntArray:
    """Return the rows of two hidden neurons that are alike, or none; `equal` are all weights.

    What tells neurons apart is asked in the order of what it costs.
    """
    weights, first = parameters[: plan.n_weights], boundaries(plan.synapse_post)
    rows = _hidden(plan, plan.synapse_post[first])
    keys = [plan.level, plan.code, _biases(plan, parameters)]
    if not equal:
        keys.append(_sums(plan, weights, first))
    if not len(_first_two(rows, keys)):
        return rows[:0]
    rows = rows[mask_of(plan.synapse_pre, plan.n_neurons)[rows]]
    if not equal and len(_first_two(rows, keys)):
        keys += _wiring(plan, weights)
    return _first_two(rows, keys)


def _hidden(plan: Plan, hearing: IntArray) -> IntArray:
    """Return those of the rows `hearing` that hold hidden neurons, ascending."""
    hears = mask_of(hearing, plan.n_neurons)
    hears[plan.output_rows] = False
    return np.flatnonzero(hears & (plan.code >= 0))


def _sums(plan: Plan, weights: FloatArray, first: IntArray) -> FloatArray:
    """Return the sum of the weights into each row, given where those of another row begin."""
    with np.errstate(all="ignore"):
        sums = np.add.reduceat(weights, first, dtype=np.float64)
    return np.bincount(plan.synapse_post[first], sums, plan.n_neurons)


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
    rows = rows[_shared(_digests([key[rows] for key in keys]))]
    chosen = [key[rows] for key in keys]
    order = np.lexsort(chosen)
    same = np.logical_and.reduce([key[order][1:] == key[order][:-1] for key in chosen])
    first = np.flatnonzero(same)[:1]
    return np.sort(rows[order[np.concatenate([first, first + 1])]])


def _digests(keys: list[IntArray | FloatArray]) -> IntArray:
    """Return a number per place that stands for what the keys hold there."""
    digest: IntArray = np.zeros(len(keys[0]), np.uint64)
    for key in keys:
        bits = key if key.dtype.kind in "iu" else (key + 0.0).view(np.uint64)  # one 0, not two
        digest = scrambled(digest ^ bits.astype(np.uint64))
    return digest


def _shared(numbers: IntArray) -> BoolArray:
    """Return which of the numbers stand there more than once."""
    ordered = np.sort(numbers)
    shared: BoolArray = np.isin(numbers, ordered[1:][ordered[1:] == ordered[:-1]])
    return shared
