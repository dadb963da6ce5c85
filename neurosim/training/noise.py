"""What `train` was asked for of dropout and of noise on the inputs, for one program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.checks import FloatArray, IntArray, number
from neurosim.engines.noise import Noise
from neurosim.errors import InvalidTypeError, InvalidValueError, about
from neurosim.training.shaping import Settings

if TYPE_CHECKING:
    from neurosim.program import Program


def noise_of(program: Program, settings: Settings) -> Noise | None:
    """Return the noise, as yet without a key, or refuse it; None if there is none."""
    if settings.dropout is None and settings.input_noise is None:
        return None
    plan = program.plan
    inputs = np.arange(plan.n_neurons)[plan.input_rows]
    rates = _rates(program, settings.dropout)
    spreads = _spreads(program, settings.input_noise, inputs)
    return Noise(rates, spreads, inputs) if rates.any() or spreads.any() else None


def _rates(program: Program, dropout: Any) -> FloatArray:
    """Return how likely the neuron of each row is dropped."""
    plan = program.plan
    hidden = np.setdiff1d(np.flatnonzero(plan.code >= 0), plan.output_index)
    rates = np.zeros(plan.n_neurons)
    for rows, rate, where in _each(program, dropout, hidden, "dropout"):
        if not 0 <= rate < 1:
            raise InvalidValueError(f"{where} must be >= 0 and < 1 (got {rate:g})")
        outputs = np.intersect1d(rows, plan.output_index)
        if len(outputs):
            raise InvalidValueError(
                f"{where}: {plan.name_of(outputs[0])!r} is an output neuron, which is never "
                "dropped; name hidden or input neurons"
            )
        if rate and not len(rows):
            raise InvalidValueError(
                f"{where} is for hidden neurons, of which network {program.network.name!r} has "
                "none; name input neurons: {input: rate}"
            )
        rates[rows] = rate
    return rates


def _spreads(program: Program, input_noise: Any, inputs: IntArray) -> FloatArray:
    """Return the standard deviation of the noise on each input, whose rows are `inputs`."""
    plan = program.plan
    spreads = np.zeros(plan.n_neurons)
    for rows, spread, where in _each(program, input_noise, inputs, "input_noise"):
        if spread < 0:
            raise InvalidValueError(f"{where} must be >= 0 (got {spread:g})")
        others = np.setdiff1d(rows, inputs)
        if len(others):
            raise InvalidValueError(
                f"{where}: {plan.name_of(others[0])!r} is no input neuron; name those, or use "
                "dropout"
            )
        spreads[rows] = spread
    return spreads[inputs]


def _each(
    program: Program, value: Any, rows: IntArray, name: str
) -> list[tuple[IntArray, float, str]]:
    """Return the rows, the number and what to call it, of each entry, or of one for all `rows`."""
    if value is None:
        return []
    if not isinstance(value, Mapping):
        if not hasattr(value, "__float__") or np.ndim(value):
            raise InvalidTypeError(
                f"{name} must be a number, or a dict {{layer, neuron or name: number}} "
                f"(got {value!r})"
            )
        return [(rows, number(value, name), name)]
    result = []
    for of, one in value.items():
        where = f"{name}[{of!r}]"
        with about(where):
            found = np.atleast_1d(program._rows(of))
        result.append((found, number(one, where), where))
    return result
