"""The `numba` engine: compiled walks over tiles of examples."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from attrs import frozen

from neurosim.activations import Activation
from neurosim.checks import BoolArray, FloatArray, IntArray
from neurosim.compiler.plan import Plan
from neurosim.engines.compiled import codes, feed
from neurosim.engines.compiled.layers import sheet_of, train_layers
from neurosim.engines.compiled.matrices import PACK
from neurosim.engines.compiled.own import OwnActivation, own_activation
from neurosim.engines.compiled.single import feed_one, train_single
from neurosim.engines.compiled.tape import Tape, make_tape
from neurosim.engines.compiled.threads import available_threads, on_threads
from neurosim.engines.compiled.train import train
from neurosim.engines.state import State

# A thread gets work only if there are at least this many products for it to take.
SHARE = 1 << 16
# Dense layers pay from so many products a step.
DENSE = 1 << 12


@frozen(eq=False)
class Tiles:
    """What the threads of one pass work in, (n_threads, n_rows, lanes)."""

    net_inputs: FloatArray
    outputs: FloatArray
    deltas: FloatArray
    directs: FloatArray


@frozen(eq=False)
class TrainingWay:
    """How the steps of a training are taken: what a kernel needs for it.

    Attributes
    ----------
    name : str
    kernel : callable
        `train`, `train_layers` or `train_single`.
    program : (n,) int32 array
        What the kernel reads: a tape, or the sheet of dense layers.
    order : (n_parameters,) int array or None
        The place in the parameter vector of each parameter of the way; None if the same.
    buffers : four arrays
        Net inputs, outputs, deltas and what the cost says of deltas.
    own_rows : (batch,) int array
        0, 1, 2, …
    packs : (n_threads, n) array
        Room for what `matrices` copies.
    """

    name: str
    kernel: Any
    program: IntArray
    order: IntArray | None
    n_threads: int
    buffers: tuple[FloatArray, ...]
    own_rows: IntArray
    packs: FloatArray

    def theta(self, parameters: FloatArray) -> FloatArray:
        """Return parameters in the order of the way."""
        return parameters if self.order is None else parameters[self.order]

    def put(self, theta: FloatArray, parameters: FloatArray) -> None:
        """Write parameters in the order of the way where they belong."""
        parameters[slice(None) if self.order is None else self.order] = theta


class NumbaEngine:
    """Runs a plan in compiled kernels.

    Parameters
    ----------
    plan : Plan
    dtype : float32 or float64
    own : dict
        The compiled form of each activation of the user's, from `compiled_activations`.
    """

    name = "numba"

    def __init__(
        self, plan: Plan, dtype: np.dtype[Any], own: dict[Activation, OwnActivation]
    ) -> None:
        self.plan = plan
        self.dtype = dtype
        self.own = own
        self._spare: list[tuple[tuple[int, ...], Tiles]] = []
        self._columns: list[tuple[FloatArray, FloatArray]] = []

    # -- what is prepared once -------------------------------------------------------------

    @cached_property
    def code_of(self) -> dict[Activation, int]:
        """The number by which kernels know each activation."""
        own = {activation: codes.OWN + i for i, activation in enumerate(self.own)}
        present = {a for a in self.plan.activations if a is not None}
        return {a: own[a] if a in own else codes.ACTIVATIONS[a.name] for a in present}

    @cached_property
    def addresses(self) -> IntArray:
        """Where the machine code of the user's activations is."""
        pairs = [one.addresses for one in self.own.values()]
        return np.array(pairs, np.int64).reshape(len(pairs), 2)

    @cached_property
    def keep(self) -> BoolArray:
        """The rows whose net input is kept: the way back needs it, or the cost may."""
        kept = {
            activation
            for activation, code in self.code_of.items()
            if code in codes.KEEP_NET_INPUT
            or (activation in self.own and self.own[activation].keep_net_input)
        }
        keep = np.array([a in kept for a in self.plan.activations], bool)
        keep[self.plan.output_index] = True
        return keep

    @cached_property
    def tape(self) -> Tape:
        """The plan as kernels read it."""
        return make_tape(self.plan, self.code_of, self.keep)

    def lanes(self, n_examples: int) -> int:
        """Return how many examples a tile holds."""
        widest = 64 if self.dtype == np.float32 else 32
        lanes = 8
        while lanes < widest and lanes < n_examples:
            lanes *= 2
        return lanes

    def n_threads(self, n_examples: int, lanes: int) -> int:
        """Return how many threads share the tiles of a pass."""
        n_tiles = -(-n_examples // lanes)
        work = self.tape.n_synapses * n_examples
        return max(1, min(available_threads(), n_tiles, work // SHARE))

    def tiles(self, n_threads: int, lanes: int, *, net_input: bool, backward: bool) -> Tiles:
        """Return tiles, those of an earlier pass if there are any of that size."""
        n, n_outputs = self.tape.n_neurons, self.tape.n_outputs
        sizes = (n if net_input else 1, n, n if backward else 1, n_outputs if backward else 1)
        wanted = (n_threads, lanes, *sizes)
        for i, (key, _) in enumerate(self._spare):
            if key == wanted:
                return self._spare.pop(i)[1]
        return Tiles(*(np.empty((n_threads, size, lanes), self.dtype) for size in sizes))

    def hand_in(self, tiles: Tiles) -> None:
        """Keep tiles for the next pass."""
        sizes = [a.shape[1] for a in (tiles.net_inputs, tiles.outputs, tiles.deltas, tiles.directs)]
        n_threads, _, lanes = tiles.outputs.shape
        self._spare[:] = [((n_threads, lanes, *sizes), tiles), *self._spare[:2]]

    def theta(self, parameters: FloatArray) -> FloatArray:
        """Return the parameters in the order of the tape."""
        return parameters if self.tape.in_order else parameters[self.tape.order]

    @cached_property
    def sheet(self) -> IntArray | None:
        """The plan as dense layers, if it is that."""
        return sheet_of(self.plan, self.code_of, self.keep)

    def training_way(self, batch: int) -> TrainingWay:
        """Return how batches of so many examples are trained on."""
        if self.sheet is not None and self.plan.n_weights * batch >= DENSE:
            return self._layered_way(self.sheet, batch)
        lanes = self.lanes(batch) if batch > 1 else 1
        n_threads = self.n_threads(batch, lanes)
        tiles = self.tiles(n_threads, lanes, net_input=True, backward=True)
        buffers = (tiles.net_inputs, tiles.outputs, tiles.deltas, tiles.directs)
        order = None if self.tape.in_order else self.tape.order
        name, kernel = ("one by one", train_single) if batch == 1 else ("walk", train)
        own_rows, packs = np.zeros(0, np.int32), np.zeros((n_threads, 0), self.dtype)
        return TrainingWay(
            name, kernel, self.tape.array, order, n_threads, buffers, own_rows, packs
        )

    def _layered_way(self, sheet: IntArray, batch: int) -> TrainingWay:
        width = int(sheet[3])
        shapes = [(1, batch, width)] * 3 + [(1, self.plan.n_outputs, batch)]
        buffers = tuple(np.zeros(shape, self.dtype) for shape in shapes)
        work = self.plan.n_weights * batch
        n_threads = max(1, min(available_threads(), work // SHARE))
        own_rows = np.arange(batch, dtype=np.int32)
        packs = np.empty((n_threads, PACK), self.dtype)
        return TrainingWay(
            "layers", train_layers, sheet, None, n_threads, buffers, own_rows, packs
        )

    # -- passes ----------------------------------------------------------------------------

    def outputs(self, parameters: FloatArray, X: FloatArray) -> FloatArray:
        """Return the outputs of the network, (n_examples, n_outputs)."""
        if len(X) == 1:
            one = self.outputs_of_one(parameters, X)
            assert one is not None  # it was checked before
            return one
        lanes = self.lanes(len(X))
        n_threads = self.n_threads(len(X), lanes)
        theta, rows = self.theta(parameters), np.arange(len(X), dtype=np.int32)
        result = np.empty((len(X), self.plan.n_outputs), self.dtype)
        tiles = self.tiles(n_threads, lanes, net_input=bool(self.keep.any()), backward=False)
        on_threads(
            n_threads,
            lambda thread: feed.feed(
                self.tape.array, theta, self.addresses, X, rows, result, tiles.net_inputs,
                tiles.outputs, thread, n_threads,
            ),
        )  # fmt: skip
        self.hand_in(tiles)
        return result

    def outputs_of_one(self, parameters: FloatArray, X: FloatArray) -> FloatArray | None:
        """Return the outputs for the one example in `X`; None if that is not finite."""
        tape, result = self.tape, np.empty((1, self.plan.n_outputs), self.dtype)
        column = self._columns.pop() if self._columns else self._column()
        finite = feed_one(
            tape.array, tape.order, parameters, self.addresses, X, False, *column, result
        )
        self._columns.append(column)
        return result if finite else None

    def _column(self) -> tuple[FloatArray, FloatArray]:
        """Return room for what goes through the neurons for one example."""
        shape = (self.plan.n_neurons, 1)
        return np.empty(shape, self.dtype), np.empty(shape, self.dtype)

    def _forward_one(self, parameters: FloatArray, X: FloatArray, state: State) -> None:
        tape, result = self.tape, np.empty((1, self.plan.n_outputs), self.dtype)
        net_input, output = self._column()
        feed_one(
            tape.array, tape.order, parameters, self.addresses, X, True, net_input, output, result
        )
        state.net_input[:], state.output[:] = net_input, output

    def forward(self, parameters: FloatArray, X: FloatArray, state: State) -> None:
        """Push `X`, (n_examples, n_inputs), through; write net inputs and outputs into `state`."""
        if len(X) == 1:
            self._forward_one(parameters, X, state)
            return
        lanes = self.lanes(len(X))
        n_threads = self.n_threads(len(X), lanes)
        theta, rows = self.theta(parameters), np.arange(len(X), dtype=np.int32)
        tiles = self.tiles(n_threads, lanes, net_input=True, backward=False)
        on_threads(
            n_threads,
            lambda thread: feed.trace(
                self.tape.array, theta, self.addresses, X, rows, state.net_input, state.output,
                tiles.net_inputs, tiles.outputs, thread, n_threads,
            ),
        )  # fmt: skip
        self.hand_in(tiles)

    def backward(
        self,
        parameters: FloatArray,
        state: State,
        gradient: FloatArray,
        *,
        output_gradient: FloatArray | None = None,
        output_delta: FloatArray | None = None,
        inputs: bool = True,
    ) -> None:
        """Write the deltas into `state` and the gradient into `gradient`, (n_parameters,).

        Parameters
        ----------
        output_gradient, output_delta : (n_outputs, n_examples) arrays, optional
            ∂E/∂output and ∂E/∂net_input of the output neurons, as far as the cost goes directly;
            what output neurons hand on to others comes on top.
        inputs : bool
            Whether the deltas of the input neurons are wanted.
        """
        lanes = self.lanes(state.n_examples)
        n_threads = self.n_threads(state.n_examples, lanes)
        theta = self.theta(parameters)
        none = np.zeros((self.plan.n_outputs, state.n_examples), self.dtype)
        seeds = [
            none if seed is None else np.ascontiguousarray(seed)
            for seed in (output_gradient, output_delta)
        ]
        kind = codes.SQUARED if output_delta is None else codes.FIRST_DIRECT
        kinds = np.full(self.plan.n_outputs, kind, np.int32)
        gradients = np.zeros((n_threads, self.plan.n_parameters), self.dtype)
        tiles = self.tiles(n_threads, lanes, net_input=True, backward=True)
        on_threads(
            n_threads,
            lambda thread: feed.back(
                self.tape.array, theta, self.addresses, state.net_input, state.output, state.delta,
                *seeds, kinds, gradients, inputs, tiles.net_inputs, tiles.outputs,
                tiles.deltas, tiles.directs, thread, n_threads,
            ),
        )  # fmt: skip
        self.hand_in(tiles)
        gradient[self.tape.order] = gradients.sum(axis=0)


def compiled_activations(
    plan: Plan, dtype: np.dtype[Any]
) -> tuple[dict[Activation, OwnActivation], str | None]:
    """Return the user's activations compiled, and the name of one that cannot be, if any."""
    own: dict[Activation, OwnActivation] = {}
    for activation in dict.fromkeys(plan.activations):
        if activation is None or activation.name in codes.ACTIVATIONS:
            continue
        compiled = own_activation(activation, dtype)
        if compiled is None:
            return {}, activation.name
        own[activation] = compiled
    return own, None
