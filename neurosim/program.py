"""A program: a network's plan bound to an engine, ready to run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from neurosim.checks import FloatArray, IntArray, example_matrix, real_array
from neurosim.compiler.build import version_of
from neurosim.compiler.explain import explain
from neurosim.compiler.plan import Plan
from neurosim.door import PLAIN, Door
from neurosim.engines import Engine, State, make_engine
from neurosim.errors import (
    InvalidTypeError,
    InvalidValueError,
    StaleProgramError,
    StructureError,
    UnknownNameError,
)
from neurosim.memory import require_memory
from neurosim.model import Layer, Network, Neuron, Synapse
from neurosim.wording import shown

_MANY_EXAMPLES = 1 << 20

# What goes wrong where arrays and lists are read while another thread replaces them.
_CAN_COME_OF_IT = (
    LookupError, ValueError, TypeError, AttributeError, RuntimeError, AssertionError,
)  # fmt: skip


class Program:
    """A compiled network, made by `compile`.

    It reads the network's parameters where they are: a weight that is set is seen by the next
    call. After a structural change of the network it refuses, and `compile` makes a new one.
    """

    def __init__(
        self, network: Network, plan: Plan, engine: str, strategy: str | None = None
    ) -> None:
        self._network = network
        self._plan = plan
        self._version = version_of(network, plan)
        self._asked = engine
        with self.guarded():
            self._engine, self._why = make_engine(engine, plan, network, strategy)
        self._dtype, self._n_inputs = network.dtype, plan.n_inputs
        self._n_parameters = plan.n_parameters

    @property
    def network(self) -> Network:
        """The network it runs."""
        return self._network

    @property
    def plan(self) -> Plan:
        """The plan: rows in topological order, synapses in blocks."""
        return self._plan

    @property
    def engine(self) -> str:
        """The name of the engine that runs it."""
        return self._engine.name

    @property
    def engine_reason(self) -> str:
        """Why it is that engine."""
        return self._why

    @property
    def is_automatic(self) -> bool:
        """Whether the engine was left to "auto"."""
        return self._asked == "auto"

    def on_engine(self, engine: str, strategy: str) -> Program:
        """Return the same program on an engine, with the strategy of another of that name."""
        return Program(self._network, self._plan, engine, strategy)

    @property
    def runner(self) -> Engine:
        """The engine itself, which works on arrays in the plan's order."""
        return self._engine

    def feedforward(self, X: Any, *, units: str = "data") -> FloatArray:
        """Return the outputs for each example, as the neurons emit them.

        Parameters
        ----------
        X : (n_examples, n_inputs) array_like or data frame
            One column per input neuron, in order of creation, in the units of the data: the
            network's `input_scaler`, if it has one, is applied. The columns of a frame are found
            by the names of the input neurons.
        units : {"data", "network"}
            In which units X is; ``"network"`` leaves out the scaler.

        Returns
        -------
        (n_examples, n_outputs) array
            In the units of the network.

        Raises
        ------
        InvalidValueError, InvalidTypeError
            For examples that cannot be used; the column, the row or the cell is named.

        See Also
        --------
        predict : The outputs in the units of the data, or the labels.

        Examples
        --------
        >>> import neurosim as ns
        >>> net = ns.topologies.layered([1, 1], activation="identity")
        >>> net.synapses.weight = 1.0
        >>> net.input_scaler = ns.Scaler([10.0], [5.0])
        >>> program = ns.compile(net)
        >>> program.feedforward([[20.0]]), program.feedforward([[2.0]], units="network")
        (array([[2.]]), array([[2.]]))
        """
        # X as the network takes it, but for finite numbers, is seen faster than anything about
        # arrays in general: a small network takes as long.
        if (
            type(X) is np.ndarray
            and X.ndim == 2
            and X.shape[1] == self._n_inputs
            and X.dtype == self._dtype
            and (self._network._input_scaler is None if units == "data" else units == "network")
            and len(X) <= _MANY_EXAMPLES
        ):
            outputs = self._engine.outputs_if_finite(self.parameters(), X)
            if outputs is not None:
                return outputs
        with self.guarded():
            return self._engine.outputs(self.parameters(), self._examples(X, units))

    def predict(self, X: Any, *, units: str = "data") -> NDArray[Any]:
        """Return what the network says of each example, in the units of the data.

        Parameters
        ----------
        X : (n_examples, n_inputs) array_like or data frame
            In the units of the data: the network's `input_scaler`, if it has one, is applied. The
            columns of a frame are found by the names of the input neurons; by position where
            nobody gave these names.
        units : {"data", "network"}
            In which units X is, and the outputs are; ``"network"`` leaves out the scalers.

        Returns
        -------
        (n_examples, n_outputs) array, or (n_examples,) labels
            The outputs, scaled back by the network's `output_scaler`. For a network with `classes`
            the label of the strongest output; a single output above 0.5 stands for the second of
            two, or above 0 if it is that of a threshold or tanh neuron.

        Raises
        ------
        InvalidValueError, InvalidTypeError
            For missing columns, missing values and what is not a number; the column, the row or the
            cell is named.

        See Also
        --------
        feedforward : The outputs as the neurons emit them.

        Examples
        --------
        >>> import neurosim as ns
        >>> net = ns.topologies.layered([1, 1])
        >>> net.classes = ["low", "high"]
        >>> net.input_scaler = ns.standardize([[10.0], [20.0]])
        >>> net.synapses.weight = 1.0
        >>> ns.compile(net).predict([[11.0], [19.0]])
        array(['low', 'high'], dtype='<U4')
        """
        with self.guarded():
            outputs = self._engine.outputs(self.parameters(), self._examples(X, units))
            return Door(self._network, units).outputs(outputs)

    def trace(self, X: Any, *, units: str = "data") -> Trace:
        """Push examples through and keep every net input and output.

        Parameters
        ----------
        X : (n_examples, n_inputs) array_like or data frame
            As for `feedforward`; what the trace has is in the units of the network.
        units : {"data", "network"}
            In which units X is.

        Returns
        -------
        Trace
        """
        with self.guarded():
            examples = self._examples(X, units)
            state = self._state(len(examples))
            parameters = self.parameters().copy()
            self._engine.forward(parameters, examples, state)
        return Trace(self, state, parameters)

    def backpropagate(
        self, trace: Trace, output_gradient: Any = None, *, output_delta: Any = None
    ) -> Gradient:
        """Send an error back through the network, at the parameters of the trace.

        Parameters
        ----------
        trace : Trace
            From this program's `trace`.
        output_gradient : (n_examples, n_outputs) array_like
            ∂E/∂output, for example ``cost.gradient(trace.outputs, targets)``.
        output_delta : (n_examples, n_outputs) array_like
            ∂E/∂net_input of the output neurons, where there is a direct way to it. If both are
            given, both count.

        Returns
        -------
        Gradient

        Raises
        ------
        StructureError
            If the error would pass through a neuron without a derivative.
        """
        if not isinstance(trace, Trace) or trace._program is not self:
            raise InvalidTypeError(
                f"backpropagate.trace must come from this program's trace (got {shown(trace)})"
            )
        self.check_fresh()
        if output_gradient is None and output_delta is None:
            raise InvalidValueError("backpropagate needs output_gradient or output_delta")
        self.check_differentiable(direct=output_gradient is None)
        forward = trace._state
        state = State(forward.net_input, forward.output, np.empty_like(forward.output))
        gradient = np.zeros(self._plan.n_parameters, self._network.dtype)
        with self.guarded():
            self._engine.backward(
                trace._parameters,
                state,
                gradient,
                output_gradient=self._seed(output_gradient, "output_gradient", trace),
                output_delta=self._seed(output_delta, "output_delta", trace),
            )
        return Gradient(self, gradient, state.delta)

    def explain(self) -> str:
        """Return a text that shows levels, blocks, the work, and which ways are taken and why."""
        self.check_fresh()
        engine = self._engine
        return explain(self._plan, self._network, engine.name, self._why, engine.explained())

    def __repr__(self) -> str:
        return (
            f"<Program of network {self._network.name!r}: {self._plan.n_neurons} neurons in "
            f"{self._plan.n_levels} levels, engine {self._engine.name!r}"
            f"{'' if self.is_fresh() else ' (stale)'}>"
        )

    # -- checks ----------------------------------------------------------------------------

    def is_fresh(self) -> bool:
        """Return whether the network still has the structure this program was made from."""
        return self._version == self._network._columns.version

    def check_fresh(self) -> None:
        """Raise `StaleProgramError` if the structure of the network has changed."""
        if not self.is_fresh():
            raise self._stale()

    def _stale(self) -> StaleProgramError:
        return StaleProgramError(
            f"the structure of network {self._network.name!r} has changed since this program "
            "was made; compile the network again"
        )

    def parameters(self) -> FloatArray:
        """Return the parameters of the network, a window, in the order of the plan.

        Raises
        ------
        StaleProgramError
            If the structure of the network has changed. The check comes last, so that whatever
            another thread does meanwhile, the window fits the plan.
        """
        columns = self._network._columns
        columns.lent = True
        window: FloatArray = columns.values[: self._n_parameters]
        if self._version != columns.version:
            raise self._stale()
        return window

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Refuse what comes out of this if another thread has changed the structure meanwhile.

        What it reads may then not belong together, so that it fails somewhere, or not at all.
        """
        try:
            yield
        except _CAN_COME_OF_IT as error:
            if self.is_fresh() or isinstance(error, StaleProgramError):
                raise
            raise self._stale() from error
        self.check_fresh()

    def _examples(self, X: Any, units: str) -> FloatArray:
        self.check_fresh()
        self._require_room(X)
        network = self._network
        if units == "data" and network._input_scaler is None and type(X) in PLAIN:
            # What the door does with these, in fewer calls: a small network takes as long.
            return example_matrix(X, self._n_inputs, self._dtype, "X", "input neuron")
        return Door(network, units).inputs(X)

    def _seed(self, value: Any, where: str, trace: Trace) -> FloatArray | None:
        if value is None:
            return None
        expected = (trace._state.n_examples, self._plan.n_outputs)
        result = real_array(value, self._network.dtype, where)
        if result.shape != expected:
            raise InvalidValueError(
                f"{where} must have shape (n_examples, n_outputs) = {expected} "
                f"(got {result.shape})"
            )
        return result.T

    def check_differentiable(self, *, direct: bool) -> None:
        """Refuse if a gradient would have to pass through a threshold.

        With `direct`, deltas are given at the output neurons and need no derivative there.
        """
        plan = self._plan
        rows = plan.hard_rows if direct else (*plan.hard_rows, *plan.hard_outputs)
        if rows:
            name, activation = plan.name_of(rows[0]), plan.activation_of(rows[0])
            raise StructureError(
                f"neuron {name!r} has activation {activation}, which "
                "has no derivative, so no gradient passes through it; use another activation, or "
                "PerceptronRule or DeltaRule for a single layer"
            )

    def _require_room(self, X: Any) -> None:
        """Refuse more examples than there is memory for their outputs."""
        shape = getattr(X, "shape", None) or (0,)
        require_memory(
            shape[0] * self._plan.n_outputs * self._dtype.itemsize,
            f"the outputs of {shape[0]:,} examples",
            "pass fewer examples at once",
        )

    def _state(self, n_examples: int) -> State:
        return State.empty(self._plan.n_neurons, n_examples, self._network.dtype)

    def _rows(self, of: Any) -> int | IntArray:
        """Return the row of a neuron, or the rows of a layer."""
        network = self._network
        self.check_fresh()
        if isinstance(of, str):
            of = network[of]
        if not isinstance(of, (Neuron, Layer)):
            raise InvalidTypeError(
                f"expected a neuron or a layer of this network (got {shown(of)})"
            )
        if of.network is not network:
            raise UnknownNameError(f"{of!r} is not of network {network.name!r}")
        position = network._positions()
        if isinstance(of, Neuron):
            of._alive()
            return int(self._plan.row[position[of._id]])
        return self._plan.row[position[of._alive()]]


@frozen(eq=False)
class Pass:
    """What went through a neuron, (n_examples,), or a layer, (n_examples, n_neurons)."""

    net_input: FloatArray
    output: FloatArray


@frozen(eq=False)
class Handed:
    """What a synapse handed on, (n_examples,): the pre neuron's output times the weight."""

    output: FloatArray


class Trace:
    """Every net input and output of one forward pass, made by `Program.trace`.

    ``trace[neuron]`` and ``trace[layer]`` have ``net_input`` and ``output`` (an input neuron has
    its column of X, scaled, as both), ``trace[synapse].output`` is what the synapse handed on.
    Arrays belong to the caller. After a structural change of the network, reading it is refused.
    """

    def __init__(self, program: Program, state: State, parameters: FloatArray) -> None:
        self._program = program
        self._state = state
        self._parameters = parameters

    @property
    def outputs(self) -> FloatArray:
        """The outputs of the network, (n_examples, n_outputs)."""
        self._program.check_fresh()
        return self._state.output[self._program.plan.output_rows].T.copy()

    @property
    def net_inputs(self) -> FloatArray:
        """The net inputs of the output neurons, (n_examples, n_outputs)."""
        self._program.check_fresh()
        return self._state.net_input[self._program.plan.output_rows].T.copy()

    def __getitem__(self, of: Any) -> Any:
        """Return what went through a neuron, a layer, or a synapse."""
        if isinstance(of, Synapse):
            weight = self._parameters[_slot(self._program, of)]
            with np.errstate(all="ignore"):
                return Handed(self._state.output[self._program._rows(of.pre)] * weight)
        rows = self._program._rows(of)
        return Pass(self._state.net_input[rows].T.copy(), self._state.output[rows].T.copy())

    def __repr__(self) -> str:
        return f"<Trace of {self._state.n_examples} examples through {self._program!r}>"


class Gradient:
    """Sums over the examples of ∂E/∂parameter, and every delta, made by `Program.backpropagate`.

    The slides' adjustments and deltas have the opposite sign: ``-gradient.weights(...)`` and
    ``-gradient.delta(...)``.
    """

    def __init__(self, program: Program, values: FloatArray, delta: FloatArray) -> None:
        self._program = program
        self._values = values
        self._delta = delta

    @property
    def parameters(self) -> FloatArray:
        """The gradient as a flat vector in the order of ``Network.parameters``."""
        self._program.check_fresh()
        return self._values.copy()

    @property
    def inputs(self) -> FloatArray:
        """∂E/∂input, (n_examples, n_inputs), by the inputs in the units of the network."""
        self._program.check_fresh()
        return self._delta[self._program.plan.input_rows].T.copy()

    def delta(self, of: Any) -> FloatArray:
        """Return ∂E/∂net_input of a neuron, (n_examples,), or a layer, (n_examples, n_neurons)."""
        return self._delta[self._program._rows(of)].T.copy()

    def weights(self, pre: Any, post: Any) -> FloatArray:
        """Return the gradient of the weights from `pre` to `post`, (n_pre, n_post); 0 at gaps."""
        self._program.check_fresh()
        network = self._program.network
        return network._matrix(pre, post, self._values)

    def __getitem__(self, of: Any) -> float:
        """Return the gradient of a synapse's weight, or of a neuron's bias."""
        return float(self._values[_slot(self._program, of)])

    def __repr__(self) -> str:
        return f"<Gradient of {len(self._values)} parameters of {self._program.network!r}>"


def _slot(program: Program, of: Any) -> int:
    """Return the place in the parameter vector of a synapse's weight or a neuron's bias."""
    program.check_fresh()
    network = program.network
    if not isinstance(of, (Synapse, Neuron)):
        raise InvalidTypeError(f"expected a synapse or a neuron (got {shown(of)})")
    if of.network is not network:
        raise UnknownNameError(f"{of!r} is not of network {network.name!r}")
    if isinstance(of, Synapse):
        return network._columns.slot.item(of._row())
    of._alive()
    slot = network._columns.bias_slot.item(of._id)
    if slot < 0:
        raise StructureError(f"neuron {of.name!r} has no bias, so there is no gradient for one")
    return int(slot)
