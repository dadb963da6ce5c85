"""How the steps of a training are taken: a kernel, what it reads, and what it works in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from attrs import frozen

from neurosim.checks import FloatArray, IntArray
from neurosim.engines.compiled.choice import LAYERS, ONE_BY_ONE, Choice
from neurosim.engines.compiled.form import Form
from neurosim.engines.compiled.layers import train_layers
from neurosim.engines.compiled.matrices import PACK
from neurosim.engines.compiled.single import train_single
from neurosim.engines.compiled.threads import on_threads
from neurosim.engines.compiled.train import train


@frozen(eq=False)
class Way:
    """What a kernel is called with for each step of a training.

    Attributes
    ----------
    choice : Choice
    kernel : callable
        `train`, `train_layers` or `train_single`.
    program : (n,) int32 array
        What the kernel reads: a tape, or the sheet of dense layers.
    order : (n_parameters,) int array or None
        The place in the parameter vector of each parameter of the program; None if the same.
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
    order: IntArray | None
    buffers: tuple[FloatArray, ...]
    own_rows: IntArray
    packs: FloatArray

    @property
    def n_threads(self) -> int:
        """How many threads take part."""
        return self.choice.n_threads

    def theta(self, parameters: FloatArray) -> FloatArray:
        """Return parameters in the order of the program."""
        return parameters if self.order is None else parameters[self.order]

    def put(self, theta: FloatArray, parameters: FloatArray) -> None:
        """Write parameters in the order of the program where they belong."""
        parameters[slice(None) if self.order is None else self.order] = theta

    def run(
        self,
        theta: FloatArray,
        how: tuple[Any, ...],
        examples: tuple[FloatArray, FloatArray, IntArray, int],
        position: IntArray,
        n_steps: int,
        sums: FloatArray,
        kept: FloatArray,
        gradients: FloatArray,
    ) -> int:
        """Take up to `n_steps` steps on all threads; return how it ended.

        The arguments are those of `train`: `how` are those from the addresses to the memory,
        `examples` those from X to the batch.
        """
        arrived = np.zeros(1, np.int64)
        ended: int = on_threads(
            self.n_threads,
            lambda thread: self.kernel(
                self.program, theta, *how, *examples, position, n_steps, sums, kept, gradients,
                *self.buffers, self.own_rows, self.packs, arrived, thread,
            ),
        )  # fmt: skip
        return ended


def way_of(choice: Choice, form: Form, batch: int) -> Way:
    """Return the way to take the steps that was chosen for batches of so many examples."""
    return _layered(choice, form, batch) if choice.way == LAYERS else _walking(choice, form)


def _walking(choice: Choice, form: Form) -> Way:
    tape, dtype = form.tape, form.dtype
    sizes = (tape.n_neurons, tape.n_neurons, tape.n_neurons, tape.n_outputs)
    shapes = [(choice.n_threads, size, choice.lanes) for size in sizes]
    return Way(
        choice,
        train_single if choice.way == ONE_BY_ONE else train,
        tape.array,
        None if tape.in_order else tape.order,
        tuple(np.empty(shape, dtype) for shape in shapes),
        np.zeros(0, np.int32),
        np.zeros((choice.n_threads, 0), dtype),
    )


def _layered(choice: Choice, form: Form, batch: int) -> Way:
    assert form.sheet is not None
    width, dtype = int(form.sheet[3]), form.dtype
    shapes = [(1, batch, width)] * 3 + [(1, form.plan.n_outputs, batch)]
    return Way(
        choice,
        train_layers,
        form.sheet,
        None,
        tuple(np.zeros(shape, dtype) for shape in shapes),
        np.arange(batch, dtype=np.int32),
        np.empty((choice.n_threads, PACK), dtype),
    )
