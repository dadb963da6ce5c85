"""The engine that runs a plan with NumPy: dense blocks as matrix products, sparse ones gathered.

A forward pass goes through the stages in order. Each block of a stage computes the weighted sums
of its post neurons, W @ A[pre]; the first to reach a row writes there, later ones add. A backward
pass goes the other way round: what a level hands to later levels brings back ∂E/∂output, the slope
of the activation makes it the delta, and delta times output is the gradient of a block's weights.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from attrs import frozen

from neurosim.checks import FloatArray, IntArray
from neurosim.compiler.plan import GATHERED, HOLED, Block, Plan, Return, Rows, Stage, as_rows
from neurosim.engines.state import State, outputs_by_states

# Gathered values are worked on in pieces of this many numbers, which stay in the cache.
PIECE = 1 << 18


@frozen(eq=False)
class _Schedule:
    """In which way each of several contributions reaches the rows of a stage.

    A contribution that is the first to reach its rows, and whose rows are a view, writes there
    directly; `blank` are the rows of the stage that none writes and that must be cleared.
    """

    direct: tuple[bool, ...]
    blank: Rows | None

    @classmethod
    def of(cls, stage: slice, contributions: Sequence[Rows]) -> _Schedule:
        n_rows, first_row = stage.stop - stage.start, stage.start
        reached, written = np.zeros(n_rows, bool), np.zeros(n_rows, bool)
        direct = []
        for rows in contributions:
            if isinstance(rows, slice):
                here: Rows = slice(rows.start - first_row, rows.stop - first_row)
                first = not reached[here].any()
            else:
                here, first = rows - first_row, False
            reached[here] = True
            written[here] |= first
            direct.append(first)
        blank = first_row + np.flatnonzero(~written)
        return cls(tuple(direct), as_rows(blank) if len(blank) else None)


@frozen(eq=False)
class _Step:
    """A stage with its schedules, and the outputs of the network that lie in it."""

    stage: Stage
    forward: _Schedule
    backward: _Schedule
    outputs: tuple[Rows, Rows] | None
    only_inputs: bool


class NumpyEngine:
    """Runs a plan with NumPy.

    Parameters
    ----------
    plan : Plan
    dtype : float32 or float64
    """

    name = "numpy"
    strategy = ""  # there is nothing to choose

    def __init__(self, plan: Plan, dtype: np.dtype[Any]) -> None:
        self.plan = plan
        self.dtype = dtype
        rows = plan.output_index
        columns = np.argsort(rows)
        self._outputs = rows[columns], columns
        self.steps = [self._step(stage) for stage in plan.stages]

    def _step(self, stage: Stage) -> _Step:
        n_inputs = sum(one is None for one in self.plan.activations[stage.rows])
        computed = slice(stage.rows.start + n_inputs, stage.rows.stop)  # inputs come first
        returned = [*(b.pre for b in stage.outgoing), *(r.pre for r in stage.returns)]
        return _Step(
            stage,
            _Schedule.of(computed, [block.post for block in stage.incoming]),
            _Schedule.of(stage.rows, returned),
            self._outputs_in(stage),
            only_inputs=computed.start == computed.stop,
        )

    def _outputs_in(self, stage: Stage) -> tuple[Rows, Rows] | None:
        rows, columns = self._outputs
        first, last = np.searchsorted(rows, (stage.rows.start, stage.rows.stop)).tolist()
        if first == last:
            return None
        return as_rows(rows[first:last]), as_rows(columns[first:last])

    # -- forward ---------------------------------------------------------------------------

    def outputs(self, parameters: FloatArray, X: FloatArray) -> FloatArray:
        """Return the outputs of the network, (n_examples, n_outputs)."""
        return outputs_by_states(self, parameters, X)

    def explained(self) -> list[str]:
        """Return nothing: there is nothing to choose."""
        return []

    def outputs_if_finite(self, parameters: FloatArray, X: FloatArray) -> FloatArray | None:
        """Return None: what goes in is checked before."""
        return None

    def forward(self, parameters: FloatArray, X: FloatArray, state: State) -> None:
        """Push `X`, (n_examples, n_inputs), through; write net inputs and outputs into `state`."""
        net_input, output = state.net_input, state.output
        bias = self._bias(parameters, state)
        output[self.plan.input_rows] = X.T
        net_input[self.plan.input_rows] = output[self.plan.input_rows]
        state.emit(self.plan.input_rows)
        with np.errstate(all="ignore"):
            for step in self.steps:
                if step.only_inputs:
                    continue
                if step.forward.blank is not None:
                    net_input[step.forward.blank] = 0.0
                for block, direct in zip(step.stage.incoming, step.forward.direct, strict=True):
                    self._push(block, parameters, state, direct)
                net_input[step.stage.rows] += bias[step.stage.rows]
                for segment in step.stage.segments:
                    part = segment.rows
                    if isinstance(part, slice):
                        segment.activation.function(net_input[part], output[part])
                    else:
                        picked = net_input[part]
                        output[part] = segment.activation.function(picked, picked)
                state.emit(step.stage.rows)

    def _bias(self, parameters: FloatArray, state: State) -> FloatArray:
        """Return a column with the bias of every row, 0 where there is none."""
        held = state.scratch.get("bias")
        if held is None:
            held = state.scratch["bias"] = np.zeros((self.plan.n_neurons, 1), self.dtype)
        held[self.plan.bias_rows, 0] = parameters[self.plan.n_weights :]
        return held

    def _push(self, block: Block, parameters: FloatArray, state: State, direct: bool) -> None:
        """Add the weighted sums of a block to the net inputs of its post neurons."""
        target = state.net_input[block.post] if direct else None
        if target is None:
            target = state.buffer("product", (block.n_post, state.n_examples))
        if block.kind == GATHERED:
            weights = block.weights(parameters)
            for piece, picked in _pieces(block.pre, state.emitted, state):
                np.matmul(weights[piece, None, :], picked, out=target[piece, None, :])
        else:
            np.matmul(self._matrix(block, parameters, state), state.emitted[block.pre], out=target)
        if not direct:
            state.net_input[block.post] += target

    def _matrix(self, block: Block, parameters: FloatArray, state: State) -> FloatArray:
        """Return the weights of a full or holed block as a matrix."""
        weights = block.weights(parameters)
        if block.kind != HOLED:
            return weights
        matrix = state.buffer("matrix", block.matrix_shape)
        matrix.fill(0.0)
        matrix.ravel()[block.place] = weights
        return matrix

    # -- backward --------------------------------------------------------------------------

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
        with np.errstate(all="ignore"):
            for step in reversed(self.steps):
                if step.only_inputs and not inputs:
                    continue
                self._pull(step, parameters, state, output_gradient)
                self._make_delta(step, state)
                if output_delta is not None and step.outputs is not None:
                    rows, columns = step.outputs
                    state.delta[rows] += output_delta[columns]
                for block in step.stage.incoming:
                    self._weight_gradient(block, state, gradient)
            biases = state.delta[self.plan.bias_rows]
            np.sum(biases, axis=1, out=gradient[self.plan.n_weights :])

    def _pull(
        self, step: _Step, parameters: FloatArray, state: State, output_gradient: FloatArray | None
    ) -> None:
        """Bring ∂E/∂output of the rows of a stage into `state.delta`."""
        stage, schedule, delta = step.stage, step.backward, state.delta
        if schedule.blank is not None:
            delta[schedule.blank] = 0.0
        n_blocks = len(stage.outgoing)
        for block, direct in zip(stage.outgoing, schedule.direct[:n_blocks], strict=True):
            target = self._target(block.pre, block.n_pre, state, direct)
            np.matmul(
                self._matrix(block, parameters, state).T, delta[block.post], out=target
            )
            if not direct:
                delta[block.pre] += target
        for back, direct in zip(stage.returns, schedule.direct[n_blocks:], strict=True):
            target = self._target(back.pre, len(back.post), state, direct)
            _pull_gathered(back, parameters, state, target)
            if not direct:
                delta[back.pre] += target
        if output_gradient is not None and step.outputs is not None:
            rows, columns = step.outputs
            delta[rows] += output_gradient[columns]

    def _target(self, rows: Rows, n_rows: int, state: State, direct: bool) -> FloatArray:
        if direct:
            return state.delta[rows]
        return state.buffer("product", (n_rows, state.n_examples))

    def _make_delta(self, step: _Step, state: State) -> None:
        """Turn ∂E/∂output into ∂E/∂net_input, in place."""
        if state.mask is not None:  # so far it is that of what is handed on
            own = step.stage.rows
            state.delta[own] = state.passed(state.delta[own], own)
        for segment in step.stage.segments:
            rows, activation = segment.rows, segment.activation
            if not activation.is_differentiable:
                state.delta[rows] = 0.0
                continue
            output, delta = state.output[rows], state.delta[rows]
            slope = state.buffer("slope", output.shape)
            if activation.over_layer:
                state.delta[rows] = activation.backward(output, delta, slope)  # type: ignore[attr-defined]
                continue
            activation.slope(state.net_input[rows], output, slope)
            if state.mask is not None:
                state.delta[rows] = state.kept(delta * slope, rows)
            elif isinstance(rows, slice):
                delta *= slope
            else:
                state.delta[rows] = delta * slope

    def _weight_gradient(self, block: Block, state: State, gradient: FloatArray) -> None:
        """Write the sums over the examples of delta times output for the weights of a block."""
        delta, output = state.delta[block.post], state.emitted
        into = block.weights(gradient)
        if block.kind == GATHERED:
            for piece, picked in _pieces(block.pre, output, state):
                np.matmul(picked, delta[piece, :, None], out=into[piece, :, None])
        elif block.kind == HOLED:
            matrix = state.buffer("matrix", block.matrix_shape)
            np.matmul(delta, output[block.pre].T, out=matrix)
            into[:] = matrix.ravel()[block.place]
        else:
            np.matmul(delta, output[block.pre].T, out=into)


def _pull_gathered(back: Return, parameters: FloatArray, state: State, target: FloatArray) -> None:
    for piece, picked in _pieces(back.post, state.delta, state):
        weights = parameters[back.place[piece]]
        np.matmul(weights[:, None, :], picked, out=target[piece, None, :])


def _pieces(rows: Any, values: FloatArray, state: State) -> Iterator[tuple[slice, FloatArray]]:
    """Gather `values[rows]` for a matrix of rows, a cacheful at a time."""
    n, fan = rows.shape
    step = max(1, PIECE // max(1, fan * state.n_examples))
    for start in range(0, n, step):
        piece = slice(start, min(start + step, n))
        index: IntArray = rows[piece]
        picked = state.buffer("gathered", (*index.shape, state.n_examples))
        # "clip" spares a copy of the output that "raise" needs; the rows are known to exist
        np.take(values, index, axis=0, out=picked, mode="clip")
        yield piece, picked
