"""How each output of each example changes with each parameter, by backpropagation.

One backward pass per output neuron, for all examples together: what a pass sums over the examples
to make a gradient is here left apart.
"""

from __future__ import annotations

from math import prod

import numpy as np

from neurosim.checks import FloatArray
from neurosim.engines import Engine, State
from neurosim.memory import require_memory


def jacobian_of(engine: Engine, parameters: FloatArray, state: State) -> FloatArray:
    """Return ∂output/∂parameter of examples that were pushed through.

    Parameters
    ----------
    engine : Engine
    parameters : (n_parameters,) array
        Those of the forward pass.
    state : State
        Of a forward pass; its deltas are written.

    Returns
    -------
    (n_examples, n_outputs, n_parameters) array
    """
    plan = engine.plan
    shape = (state.n_examples, plan.n_outputs, plan.n_parameters)
    require_memory(
        (prod(shape) + shape[0] * plan.n_weights) * parameters.itemsize,
        f"the Jacobian of {shape[0]:,} examples, {shape[1]:,} outputs and {shape[2]:,} parameters",
        "take fewer examples at once",
    )
    result = np.empty(shape, parameters.dtype)
    heard = state.output.T[:, plan.synapse_pre]
    sums = np.empty_like(parameters)
    seed = np.zeros((plan.n_outputs, state.n_examples), parameters.dtype)
    for k in range(plan.n_outputs):
        seed[k] = 1
        engine.backward(parameters, state, sums, output_gradient=seed, inputs=False)
        seed[k] = 0
        with np.errstate(all="ignore"):
            delta = state.delta.T[:, plan.synapse_post]
            np.multiply(delta, heard, out=result[:, k, : plan.n_weights])
        result[:, k, plan.n_weights :] = state.delta[plan.bias_rows].T
    return result
