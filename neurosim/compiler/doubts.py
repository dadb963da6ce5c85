"""Warnings of a structure that can be run and is probably not what was meant."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np

from neurosim.checks import IntArray
from neurosim.compiler.plan import Plan
from neurosim.errors import NeurosimWarning

_NAMED = 5  # neurons of a message, at most


def warn_of_structure(plan: Plan, name: str, *, stacklevel: int) -> None:
    """Warn of outputs that no input reaches, inputs that reach no output, and softmax of one."""
    for doubt in _doubts(plan, name):
        warnings.warn(doubt, NeurosimWarning, stacklevel=stacklevel + 1)


def _doubts(plan: Plan, name: str) -> Iterator[str]:
    rows = np.arange(plan.n_neurons)
    inputs, outputs = rows[plan.input_rows], plan.output_index
    if _any_without(plan.synapse_post, plan, inputs):
        unreached = outputs[~plan.hears_input[outputs]]
        if len(unreached):
            it = "it" if len(unreached) == 1 else "them"
            yield (
                f"no input reaches {_named(plan, unreached, 'output neuron')} of network {name!r}: "
                f"what is emitted there is the same for every example; connect {it}, or remove {it}"
            )
    if _any_without(plan.synapse_pre, plan, outputs):
        without_effect = inputs[~plan.reaches_output[inputs]]
        if len(without_effect):
            one = len(without_effect) == 1
            said = "reaches no output: its column" if one else "reach no output: their columns"
            does, it = ("changes", "it") if one else ("change", "them")
            yield (
                f"{_named(plan, without_effect, 'input neuron')} of network {name!r} {said} of X "
                f"{does} nothing; connect {it}, or remove {it}"
            )
    alone = _alone(plan)
    if len(alone):
        said = "is a softmax layer of one" if len(alone) == 1 else "are softmax layers of one"
        yield (
            f"{_named(plan, alone, 'neuron')} of network {name!r} {said}, which always emits 1; "
            "give the layer a neuron for each class, or take sigmoid for a single one"
        )


def _any_without(ends: IntArray, plan: Plan, exempt: IntArray) -> bool:
    """Return whether a neuron other than those exempt is at no synapse's end.

    If none is, every path goes on until it comes to one of the exempt, and nobody has to look.
    """
    found = np.zeros(plan.n_neurons, bool)
    found[ends] = True
    found[exempt] = True
    return not found.all()


def _alone(plan: Plan) -> IntArray:
    """Return the rows of softmax layers of one neuron."""
    over = np.array([one is not None and one.over_layer for one in plan.kinds], bool)
    if not over.any():
        return np.empty(0, np.intp)
    sizes = np.bincount(plan.unit, minlength=plan.n_neurons)
    return np.flatnonzero(over[plan.code] & (sizes[plan.unit] == 1))


def _named(plan: Plan, rows: IntArray, what: str) -> str:
    names = ", ".join(repr(plan.name_of(row)) for row in rows[:_NAMED].tolist())
    more = f" and {len(rows) - _NAMED:,} more" if len(rows) > _NAMED else ""
    return f"{what}{'s' * (len(rows) > 1)} {names}{more}"
