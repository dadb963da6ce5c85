"""How the steps of a training are taken: a kernel, what it reads, and what it works in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from attrs import frozen

from neurosim.checks import FloatArray, IntArray
from neurosim.engines.compiled.choice import LAYERS, ONE_BY_ONE, Choice
from neurosim.engines.compiled.form import Form
from neurosim.engines.compiled.layers import levels_with, train_layers
from neurosim.engines.compiled.matrices import PACK
from neurosim.engines.compiled.moving import gather, scatter
from neurosim.engines.compiled.single import train_single
from neurosim.engines.compiled.threads import on_threads
from neurosim.engines.compiled.train import train
from neurosim.engines.noise import Noise

WRITTEN = "written"  # never weighed against others: see `written`

# Parameters in the order in which they are changed, and in the order of the way forward.
Vectors = tuple[FloatArray, FloatArray]


@frozen(eq=False)
class Way:
    """What a kernel is called with for each step of a training.

    Attributes
    ----------
    choice : Choice
    kernel : callable
        `train`, `train_layers`, `train_single` or code of the network's own.
    program, way_back : (n,) int32 arrays
        What the kernel reads: the tapes of both ways, or one, or the sheet of dense layers.
    order, order_ahead : (n_parameters,) int array or None
        The place in the parameter vector of each parameter the kernel changes, and of each that it
        keeps in another order for the way forward; None if the same, and if there are none.
    buffers : four arrays
        Net inputs, outputs, deltas and what the cost says of deltas.
    own_rows : (batch,) int array
        0, 1, 2, …
    packs : (n_threads, n) array
        Room for what `matrices` copies.
    """

    choice: Choice
    kernel: Callable[..., int]
    program: IntArray
    way_back: IntArray
    order: IntArray | None
    order_ahead: IntArray | None
    buffers: tuple[FloatArray, ...]
    own_rows: IntArray
    packs: FloatArray

    @property
    def n_threads(self) -> int:
        """How many threads take part."""
        return self.choice.n_threads

    def theta(self, parameters: FloatArray) -> FloatArray:
        """Return parameters in the order of the program."""
        return _in_order(self.order, parameters)

    def put(self, theta: FloatArray, parameters: FloatArray) -> None:
        """Write parameters in the order of the program where they belong."""
        _put(theta, self.order, parameters)

    def vectors(self, parameters: FloatArray) -> Vectors:
        """Return the parameters that the kernel works on, in each order that it wants."""
        if self.order_ahead is None:
            return self.theta(parameters), parameters[:0]
        return self.theta(parameters), _in_order(self.order_ahead, parameters)

    def show(self, vectors: Vectors, parameters: FloatArray) -> None:
        """Write the parameters that the kernel has worked on where they belong."""
        theta, ahead = vectors
        if self.order_ahead is not None:  # it is more like the order of the parameters
            _put(ahead, self.order_ahead, parameters)
        elif theta is not parameters:
            self.put(theta, parameters)

    def noise(self, noise: Noise | None) -> Callable[[int], Any]:
        """Return noise as kernels take it, given the number of the first step of a call."""
        if noise is None:
            return lambda step: None
        dtype, (places, *shape) = self.packs.dtype, self.buffers[1].shape
        drop = noise.rates > 0
        if self.choice.way == LAYERS:
            drop, places = levels_with(self.program, drop), 1  # threads share the columns
        drop = drop if drop.any() else drop[:0]
        room = np.zeros((places, 2, *(shape if len(drop) else (0, 0))), dtype)
        spreads = noise.spreads if noise.spreads.any() else noise.spreads[:0]
        parts = (
            np.uint64(noise.key), drop.astype(np.int32), noise.limits, noise.scales.astype(dtype),
            spreads, room,
        )  # fmt: skip
        return lambda step: (step, *parts)

    def run(
        self,
        vectors: Vectors,
        how: tuple[Any, ...],
        examples: tuple[FloatArray, FloatArray, FloatArray, IntArray, int],
        position: IntArray,
        n_steps: int,
        sums: FloatArray,
        kept: FloatArray,
        gradients: FloatArray,
    ) -> int:
        """Take up to `n_steps` steps on all threads; return how it ended.

        The arguments are those of `train`: `how` are those from the addresses to the noise,
        `examples` those from X to the batch.
        """
        arrived = np.zeros(1, np.int64)
        ended: int = on_threads(
            self.n_threads,
            lambda thread: self.kernel(
                self.program, self.way_back, *vectors, *how, *examples, position, n_steps, sums,
                kept, gradients, *self.buffers, self.own_rows, self.packs, arrived, thread,
            ),
        )  # fmt: skip
        return ended


def _in_order(order: IntArray | None, parameters: FloatArray) -> FloatArray:
    if order is None:
        return parameters
    result = np.empty_like(parameters)
    gather(parameters, order, result)
    return result


def _put(values: FloatArray, order: IntArray | None, parameters: FloatArray) -> None:
    if order is None:
        parameters[:] = values
    else:
        scatter(values, order, parameters)


_NOTHING: IntArray = np.zeros(0, np.int32)


def way_of(choice: Choice, form: Form, batch: int) -> Way:
    """Return the way to take the steps that was chosen for batches of so many examples."""
    if choice.way == LAYERS:
        return _layered(choice, form, batch)
    n = form.plan.n_neurons
    shapes = [(choice.n_threads, size, choice.lanes) for size in (n, n, n, form.plan.n_outputs)]
    buffers = tuple(np.empty(shape, form.dtype) for shape in shapes)
    packs, tape = np.zeros((choice.n_threads, 0), form.dtype), form.tape
    if choice.way == ONE_BY_ONE:
        return Way(choice, train_single, tape.array, _NOTHING, tape.order, None, buffers, _NOTHING,
                   packs)  # fmt: skip
    back = form.way_back
    return Way(choice, train, tape.array, back.array, back.order, tape.order, buffers, _NOTHING,
               packs)  # fmt: skip


def way_of_code(kernel: Callable[..., int], dtype: np.dtype[Any]) -> Way:
    """Return the way by a kernel that knows its network, and works in registers."""
    empty = np.zeros((1, 0), dtype)
    return Way(Choice(WRITTEN, 1, 1, 0.0), kernel, _NOTHING, _NOTHING, None, None, (empty,) * 4,
               _NOTHING, empty)  # fmt: skip


def _layered(choice: Choice, form: Form, batch: int) -> Way:
    assert form.sheet is not None
    width, dtype = int(form.sheet[3]), form.dtype
    n_outputs = form.plan.n_outputs
    shapes = [(1, batch, width), (2, batch, width), (1, batch, width), (1, n_outputs, batch)]
    return Way(
        choice,
        train_layers,
        form.sheet,
        _NOTHING,
        None,
        None,
        tuple(np.zeros(shape, dtype) for shape in shapes),
        np.arange(batch, dtype=np.int32),
        np.empty((choice.n_threads, PACK), dtype),
    )
