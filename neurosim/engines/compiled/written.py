"""The way of tiny networks: a long training runs as code that is written for the network.

Kernels read a network as data, which takes longer than the work of a handful of synapses. Here
the network itself becomes code, as a compiler of array programs would have it; compiling that takes
some milliseconds, so it is for long trainings only.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import cached_property
from threading import Lock
from typing import Any

import numpy as np

from neurosim.checks import FloatArray, IntArray
from neurosim.engines.compiled import codes
from neurosim.engines.compiled.form import Form
from neurosim.engines.compiled.machine_code import MachineCode
from neurosim.engines.compiled.network_code import Wiring
from neurosim.engines.compiled.simd import REGISTER
from neurosim.engines.compiled.training_code import NAME, RULES, Recipe, training_code

# The measurements behind these numbers: `python benchmarks/written.py`.
# Compiling takes the longer, the more synapses there are: 15 to 70 ms up to here, which is about
# as long as a call of a kernel.
MOST_SYNAPSES = 40
# Larger batches are shared out among threads.
MOST_EXAMPLES = 4096
# What counts is how many groups of up to eight examples are taken, since it is about these that
# kernels lose the same time. It takes 100,000 to 400,000 of them to save the time to compile. Yet
# trainings of this length come in series, and only the first of a structure compiles: from here on
# that one may take up to four times as long, and all others take a half to a fifth of the time.
LEAST_STEPS = 50_000
GROUP = 8
_COSTS = {codes.SQUARED, codes.NET_INPUT, codes.BINARY_STABLE}
# Examples that are gathered number by number need as many instructions for each.
_MOST_GATHERED = 8
# Structures whose code is kept.
_KEPT = 64


def is_tiny(form: Form) -> bool:
    """Return whether code is written for a network at all, for trainings that are long enough."""
    plan = form.plan
    return (
        0 < plan.n_weights <= MOST_SYNAPSES
        and plan.n_inputs > 0
        and plan.n_neurons <= 2 * MOST_SYNAPSES
        and not (form.code >= codes.SOFTMAX).any()  # nor an activation of the user's
    )


def pays(
    form: Form, rule: int, kinds: IntArray, batch: int, n_examples: int, n_epochs: int
) -> bool:
    """Return whether code is written for so many epochs."""
    n_groups = n_epochs * -(-n_examples // batch) * -(-batch // GROUP)
    return (
        n_groups >= LEAST_STEPS
        and batch <= MOST_EXAMPLES
        and is_tiny(form)
        and rule in RULES
        and set(kinds.tolist()) <= _COSTS
    )


class _Compiled:
    """Code that was compiled in this process, the latest used last."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._codes: OrderedDict[Recipe, MachineCode] = OrderedDict()

    def code(self, recipe: Recipe) -> MachineCode:
        """Return the code of a recipe; the same again if it was asked for before."""
        with self._lock:
            found = self._codes.pop(recipe, None) or MachineCode(training_code(recipe), NAME)
            self._codes[recipe] = found
            if len(self._codes) > _KEPT:
                self._codes.popitem(last=False)
            return found


_COMPILED = _Compiled()


def wiring_of(form: Form, kinds: IntArray, held: IntArray) -> Wiring:
    """Return a network as far as its code depends on it, with the parameters that are held."""
    plan = form.plan
    rows = np.arange(plan.n_neurons)
    bias = np.full(plan.n_neurons, -1)
    bias_rows = rows[plan.bias_rows]
    bias[bias_rows] = plan.n_weights + np.arange(len(bias_rows))
    columns = np.empty(plan.n_inputs, int)
    columns[rows[plan.input_rows]] = np.arange(plan.n_inputs)
    return Wiring(
        tuple(zip(plan.synapse_pre.tolist(), plan.synapse_post.tolist(), strict=True)),
        tuple(form.code.tolist()),
        tuple(bias.tolist()),
        tuple(columns.tolist()),
        tuple(plan.output_index.tolist()),
        tuple(kinds.tolist()),
        plan.n_parameters,
        tuple(held.tolist()),
    )


def recipe_of(
    wiring: Wiring, dtype: np.dtype[Any], rule: int, batch: int, n_examples: int
) -> Recipe:
    """Return what the code for batches of so many of the examples depends on."""
    in_tiles = batch == n_examples
    most = REGISTER // dtype.itemsize
    if not in_tiles:
        most = min(most, _MOST_GATHERED)
    lanes = 1
    while lanes < min(batch, most):
        lanes *= 2
    is_full = batch % lanes == 0 and n_examples % batch % lanes == 0
    return Recipe(wiring, dtype == np.float64, rule, lanes, in_tiles, batch <= lanes, is_full)


class Written:
    """The kernel of a way: called with the arguments of `train`, for one thread.

    Parameters
    ----------
    recipe : Recipe
        What the code depends on; it is compiled when it is first called.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe

    @cached_property
    def code(self) -> MachineCode:
        """The code; networks of a population are compiled when it is their turn."""
        return _COMPILED.code(self.recipe)

    def __call__(
        self, tape: IntArray, way_back: IntArray, theta: FloatArray, ahead: FloatArray,
        addresses: IntArray, kinds: IntArray, group: IntArray, cost: FloatArray, rule: int,
        shape: Any, memory: FloatArray, noise: None, X: FloatArray, Y: FloatArray,
        weights: FloatArray, order: IntArray, batch: int, position: IntArray, n_steps: int,
        sums: FloatArray, kept: FloatArray, *rest: Any,
    ) -> int:  # fmt: skip
        """Take up to `n_steps` steps; return how it ended."""
        n, dtype = order.shape[1], theta.dtype
        X, Y = np.ascontiguousarray(X, dtype), np.ascontiguousarray(Y, dtype)
        data = self._tiles(X, Y, order[0]) if self.recipe.in_tiles else X
        averaged = [min(batch, n), n % batch or batch] if cost[1] > 0 else [1, 1]
        scales = 1 / np.array(averaged, dtype)
        numbers = shape[0]
        arguments = np.array(
            [
                *map(_address, (theta, data, Y, order)), order.shape[0], n, batch,
                _address(numbers), *numbers.shape, *map(_address, (scales, position)), n_steps,
                _address(sums), sums.shape[1], _address(kept), _address(memory),
            ],
            np.int64,
        )  # fmt: skip
        return self.code.call(_address(arguments))

    def _tiles(self, X: FloatArray, Y: FloatArray, taken: IntArray) -> FloatArray:
        """Return inputs and targets as (n_tiles, n_inputs + n_outputs, lanes)."""
        lanes, n = self.recipe.lanes, len(taken)
        rows = taken[np.minimum(np.arange(-(-n // lanes) * lanes), n - 1)]
        table = np.hstack([X[:, list(self.recipe.wiring.columns)], Y])[rows]
        return np.ascontiguousarray(table.reshape(-1, lanes, table.shape[1]).swapaxes(1, 2))


def kernel_of(
    form: Form, rule: int, kinds: IntArray, batch: int, n_examples: int, held: IntArray
) -> Written:
    """Return the kernel for a network, a rule, what outputs are asked for, and batches."""
    return Written(recipe_of(wiring_of(form, kinds, held), form.dtype, rule, batch, n_examples))


def _address(array: Any) -> int:
    address: int = array.__array_interface__["data"][0]
    return address
