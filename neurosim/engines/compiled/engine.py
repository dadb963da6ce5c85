"""The `numba` engine: compiled walks over tiles of examples."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from attrs import frozen

from neurosim.activations import Activation
from neurosim.checks import FloatArray, IntArray
from neurosim.compiler.plan import Plan
from neurosim.engines.compiled import codes, feed, written
from neurosim.engines.compiled.basis import Basis
from neurosim.engines.compiled.choice import MATRICES, WALK, Choice, choices
from neurosim.engines.compiled.explaining import explained
from neurosim.engines.compiled.form import Form
from neurosim.engines.compiled.own import OwnActivation, own_activation
from neurosim.engines.compiled.rates import tiles_of
from neurosim.engines.compiled.single import feed_one
from neurosim.engines.compiled.threads import on_threads
from neurosim.engines.compiled.ways import Way, way_of, way_of_code
from neurosim.engines.numpy_engine import NumpyEngine
from neurosim.engines.state import State


@frozen(eq=False)
class Tiles:
    """What the threads of one pass work in, (n_threads, n_rows, lanes)."""

    net_inputs: FloatArray
    outputs: FloatArray
    deltas: FloatArray
    directs: FloatArray


class NumbaEngine:
    """Runs a plan in compiled kernels.

    Parameters
    ----------
    plan : Plan
    dtype : float32 or float64
    own : dict
        The compiled form of each activation of the user's, from `compiled_activations`.
    strategy : str, optional
        That of another engine, which chooses as this one is to choose.
    """

    name = "numba"

    def __init__(
        self,
        plan: Plan,
        dtype: np.dtype[Any],
        own: dict[Activation, OwnActivation],
        strategy: str | None = None,
    ) -> None:
        self.plan = plan
        self.dtype = dtype
        self.basis = Basis.here(dtype) if strategy is None else Basis.from_text(strategy)
        self.form = Form(plan, dtype, own)
        self._spare: list[tuple[tuple[int, ...], Tiles]] = []
        self._columns: list[tuple[FloatArray, FloatArray]] = []
        self._rooms: list[FloatArray] = []
        self._chosen: dict[tuple[int, bool], Choice] = {}
        self._written: tuple[Any, written.Written] | None = None  # the last, and what it is for

    @cached_property
    def matrices(self) -> NumpyEngine:
        """The engine for passes in which matrix products are the fastest."""
        return NumpyEngine(self.plan, self.dtype)

    @property
    def strategy(self) -> str:
        """What the choices depend on, beside the plan and what is asked for."""
        return self.basis.to_text()

    def choice(self, n_examples: int, *, step: bool) -> Choice:
        """Return how so many examples are run, in a training step or forward only."""
        key = n_examples, step
        if key not in self._chosen:
            self._chosen[key] = self.choices(n_examples, step=step)[0]
        return self._chosen[key]

    def prefer(self, choice: Choice, n_examples: int, *, step: bool) -> None:
        """Run so many examples this way from now on, whether it is the fastest or not."""
        self._chosen[n_examples, step] = choice

    def choices(self, n_examples: int, *, step: bool) -> list[Choice]:
        """Return all ways to run so many examples, the fastest first."""
        return choices(
            self.plan, n_examples, self.basis.rates, self.basis.n_threads,
            layered=self.form.sheet is not None, step=step, tiles=tiles_of(self.dtype),
        )  # fmt: skip

    def explained(self) -> list[str]:
        """Return, in lines for people, which ways are taken and why."""
        return explained(
            self.plan, self.dtype.itemsize, lambda n: self.choices(n, step=True),
            written=written.is_tiny(self.form),
        )  # fmt: skip

    def training_way(self, batch: int, *, alone: bool = False) -> Way | None:
        """Return how batches of so many examples are trained on in compiled calls, if they are.

        With `alone`, by one thread: other threads have other networks.
        """
        choice = self.choice(batch, step=True)
        if alone and choice.n_threads > 1:
            choice = next(c for c in self.choices(batch, step=True) if c.n_threads <= 1)
        return None if choice.way == MATRICES else way_of(choice, self.form, batch)

    def written_way(
        self,
        rule: int,
        kinds: IntArray,
        batch: int,
        n_examples: int,
        n_epochs: int,
        held: IntArray,
    ) -> Way | None:
        """Return how so many epochs run as code that is written for the network, if they do.

        It depends on what is asked for alone, not on what was compiled before. Nothing but the rule
        shapes the steps, which leave out the parameters that are `held`.
        """
        if not written.pays(self.form, rule, kinds, batch, n_examples, n_epochs):
            return None
        asked = rule, kinds.tobytes(), batch, n_examples, held.tobytes()
        if self._written is None or self._written[0] != asked:
            kernel = written.kernel_of(self.form, rule, kinds, batch, n_examples, held)
            self._written = asked, kernel
        return way_of_code(self._written[1], self.dtype)

    def tiles(self, choice: Choice, *, net_input: bool, backward: bool) -> Tiles:
        """Return tiles, those of an earlier pass if there are any of that size."""
        n, n_outputs = self.plan.n_neurons, self.plan.n_outputs
        sizes = (n if net_input else 1, n, n if backward else 1, n_outputs if backward else 1)
        wanted = (choice.n_threads, choice.lanes, *sizes)
        for i, (key, _) in enumerate(self._spare):
            if key == wanted:
                return self._spare.pop(i)[1]
        shapes = ((choice.n_threads, size, choice.lanes) for size in sizes)
        return Tiles(*(np.empty(shape, self.dtype) for shape in shapes))

    def hand_in(self, tiles: Tiles) -> None:
        """Keep tiles for the next pass."""
        sizes = [a.shape[1] for a in (tiles.net_inputs, tiles.outputs, tiles.deltas, tiles.directs)]
        n_threads, _, lanes = tiles.outputs.shape
        self._spare[:] = [((n_threads, lanes, *sizes), tiles), *self._spare[:2]]

    # -- passes ----------------------------------------------------------------------------

    def outputs(self, parameters: FloatArray, X: FloatArray) -> FloatArray:
        """Return the outputs of the network, (n_examples, n_outputs)."""
        if len(X) == 1:
            X = np.array(X)
        found = self.outputs_if_finite(parameters, X)
        if found is not None:
            return found
        choice = self.choice(len(X), step=False)
        if choice.way == MATRICES:
            return self.matrices.outputs(parameters, X)
        X, n_threads = read_only(X), choice.n_threads
        theta, rows = parameters[self.form.tape.order], np.arange(len(X), dtype=np.int32)
        result = np.empty((len(X), self.plan.n_outputs), self.dtype)
        tiles = self.tiles(choice, net_input=bool(self.form.keep.any()), backward=False)
        on_threads(
            n_threads,
            lambda thread: feed.feed(
                self.form.tape.array, theta, self.form.addresses, X, rows, result, tiles.net_inputs,
                tiles.outputs, thread, n_threads,
            ),
        )  # fmt: skip
        self.hand_in(tiles)
        return result

    def outputs_if_finite(self, parameters: FloatArray, X: FloatArray) -> FloatArray | None:
        """Return the outputs, if X is finite and one thread walks through all examples."""
        n_examples, flags = len(X), X.flags
        if not (flags.c_contiguous and flags.writeable):  # kernels are compiled for those that are
            return None
        if n_examples == 1:
            return self._outputs_of_one(parameters, X)
        choice = self.choice(n_examples, step=False)
        if choice.way != WALK or choice.n_threads > 1:
            return None
        tape, lanes = self.form.tape, choice.lanes
        result = np.empty((n_examples, self.plan.n_outputs), self.dtype)
        room = self._room(self.plan.n_neurons * lanes + self.plan.n_parameters)
        finite = feed.feed_alone(
            tape.array, tape.order, parameters, self.form.addresses, X, lanes, room, result
        )
        self._rooms.append(room)
        return result if finite else None

    def _room(self, size: int) -> FloatArray:
        """Return room for so many numbers, that of an earlier pass if it is free and enough."""
        try:
            room = self._rooms.pop()
        except IndexError:  # the first pass, or another thread is in one
            return np.empty(size, self.dtype)
        return room if len(room) >= size else np.empty(size, self.dtype)

    def _outputs_of_one(self, parameters: FloatArray, X: FloatArray) -> FloatArray | None:
        tape, result = self.form.tape, np.empty((1, self.plan.n_outputs), self.dtype)
        try:
            column = self._columns.pop()
        except IndexError:  # the first pass, or another thread is in one
            column = self._column()
        finite = feed_one(
            tape.array, tape.order, parameters, self.form.addresses, X, False, *column, result
        )
        self._columns.append(column)
        return result if finite else None

    def _column(self) -> tuple[FloatArray, FloatArray]:
        """Return room for what goes through the neurons for one example."""
        shape = (self.plan.n_neurons, 1)
        return np.empty(shape, self.dtype), np.empty(shape, self.dtype)

    def _forward_one(self, parameters: FloatArray, X: FloatArray, state: State) -> None:
        tape, result = self.form.tape, np.empty((1, self.plan.n_outputs), self.dtype)
        net_input, output = self._column()
        feed_one(
            tape.array, tape.order, parameters, self.form.addresses, X.copy(), True, net_input,
            output, result,
        )  # fmt: skip
        state.net_input[:], state.output[:] = net_input, output

    def forward(self, parameters: FloatArray, X: FloatArray, state: State) -> None:
        """Push `X`, (n_examples, n_inputs), through; write net inputs and outputs into `state`."""
        if state.mask is not None:
            self.matrices.forward(parameters, X, state)
            return
        if len(X) == 1:
            self._forward_one(parameters, X, state)
            return
        choice = self.choice(len(X), step=False)
        if choice.way == MATRICES:
            self.matrices.forward(parameters, X, state)
            return
        X, n_threads = read_only(X), choice.n_threads
        theta, rows = parameters[self.form.tape.order], np.arange(len(X), dtype=np.int32)
        tiles = self.tiles(choice, net_input=True, backward=False)
        on_threads(
            n_threads,
            lambda thread: feed.trace(
                self.form.tape.array, theta, self.form.addresses, X, rows, state.net_input,
                state.output, tiles.net_inputs, tiles.outputs, thread, n_threads,
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
        n_examples = max(state.n_examples, 2)  # a single one is walked as a tile
        ways = self.choices(n_examples, step=True)
        choice = next(one for one in ways if one.way in (WALK, MATRICES))
        if choice.way == MATRICES or state.mask is not None:
            self.matrices.backward(
                parameters, state, gradient, output_gradient=output_gradient,
                output_delta=output_delta, inputs=inputs,
            )  # fmt: skip
            return
        n_threads = choice.n_threads
        theta = parameters[self.form.way_back.order]
        none = np.zeros((self.plan.n_outputs, state.n_examples), self.dtype)
        seeds = [
            read_only(none if seed is None else seed)
            for seed in (output_gradient, output_delta)
        ]
        kind = codes.SQUARED if output_delta is None else codes.FIRST_DIRECT
        kinds = np.full(self.plan.n_outputs, kind, np.int32)
        gradients = np.zeros((n_threads, self.plan.n_parameters), self.dtype)
        tiles = self.tiles(choice, net_input=True, backward=True)
        on_threads(
            n_threads,
            lambda thread: feed.back(
                self.form.tape.array, self.form.way_back.array, theta, self.form.addresses,
                state.net_input, state.output, state.delta, *seeds, kinds, gradients, inputs,
                tiles.net_inputs, tiles.outputs, tiles.deltas, tiles.directs, thread, n_threads,
            ),
        )  # fmt: skip
        self.hand_in(tiles)
        gradient[self.form.way_back.order] = gradients.sum(axis=0)


def read_only(array: FloatArray) -> FloatArray:
    """Return an array as kernels take what they do not change: they are compiled for that alone."""
    view: FloatArray = np.ascontiguousarray(array).view(np.ndarray)
    view.flags.writeable = False
    return view


def compiled_activations(
    plan: Plan, dtype: np.dtype[Any]
) -> tuple[dict[Activation, OwnActivation], str | None]:
    """Return the user's activations compiled, and the name of one that cannot be, if any."""
    own: dict[Activation, OwnActivation] = {}
    for activation in plan.present:
        if activation.name in codes.ACTIVATIONS:
            continue
        compiled = own_activation(activation, dtype)
        if compiled is None:
            return {}, activation.name
        own[activation] = compiled
    return own, None
