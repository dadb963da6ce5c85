"""Watching neurons and synapses while they learn, and raising the alarm when they no longer do."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from attrs import frozen

from neurosim.activations import Activation
from neurosim.checks import BoolArray, FloatArray, IntArray, integer
from neurosim.compiler.plan import Plan
from neurosim.engines import State
from neurosim.errors import InvalidTypeError, InvalidValueError, NeurosimWarning
from neurosim.model import Layer, Neuron, Synapse, SynapseGroup
from neurosim.training.callbacks.base import Callback
from neurosim.training.expected import (
    Anything,
    Expected,
    Fields,
    ListOf,
    Text,
    Whole,
    counted,
)
from neurosim.training.shaping import slots_of
from neurosim.training.stream import Stream

if TYPE_CHECKING:
    from neurosim.training.run import Run

FLAT = 0.01  # of an activation's largest slope: less is saturation
OFTEN = 0.95  # of the examples
_NAMED = 5


@frozen
class Alarm:
    """Neurons that learn no more: after which epoch it was seen, what is wrong, their names."""

    epoch: int
    kind: str
    neurons: tuple[str, ...]


@frozen(eq=False)
class _Watched:
    """A neuron or a synapse whose records are columns of the history.

    Attributes
    ----------
    row : int or None
        Of a neuron.
    slots : int array
        The places of its parameters: a neuron's are its incoming weights and its bias.
    """

    name: str
    row: int | None
    slots: IntArray


@frozen(eq=False)
class _AlarmOf(Expected):
    """An alarm as a list: the epoch, its kind, and names of neurons."""

    run: Run

    def check(self, value: Any, where: str) -> None:
        """Refuse anything else."""
        names = Text(tuple(neuron.name for neuron in self.run.network.neurons))
        expected = (Whole(), Text(("dead", "saturated")), ListOf(names))
        ListOf(Anything(), len(expected)).check(value, where)
        for place, (one, part) in enumerate(zip(expected, value, strict=True)):
            one.check(part, f"{where}[{place}]")


class Watch(Callback):
    """Adds to the history how well the gradient passes, and warns of neurons that learn no more.

    Columns for the whole network: ``gradient_norm``, √Σ (∂E/∂w)² over all parameters;
    ``update_ratio``, the length of what the epoch added to the parameters over that of the
    parameters; ``saturated``, how often the slope of a hidden sigmoid, tanh or the like is below
    1 % of its largest; ``dead``, how many hidden neurons have slope 0 everywhere.

    Parameters
    ----------
    *what : neurons, layers, synapses, groups of synapses, or names
        For each neuron come the columns ``NAME.mean_output``, ``NAME.saturated``,
        ``NAME.gradient_norm`` and ``NAME.update_ratio``, the last two over its incoming weights and
        its bias; for each synapse ``PRE->POST.weight``, ``.gradient_norm`` and ``.update_ratio``.
    examples : int
        At how many examples to look, from the first on: those learned from, or those of the
        validation where the former come as an iterable.

    Attributes
    ----------
    alarms : list of Alarm
        Each a ``NeurosimWarning`` too: of hidden neurons that are ``"dead"``, or ``"saturated"`` at
        95 % of the examples; once for each neuron.

    Notes
    -----
    All is taken after an epoch, at its last parameters, by a forward and a backward pass. The
    gradient is that of the cost, without penalties.

    References
    ----------
    X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS 2010.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.topologies.layered([1, 1], activation="sigmoid")
    >>> watch = ns.callbacks.Watch("output")
    >>> history = ns.train(net, [[1.0], [-1.0]], [1.0, 0.0], epochs=2, callbacks=[watch])
    >>> [name for name in history if name.startswith("output[0]")]
    ['output[0].mean_output', 'output[0].saturated', 'output[0].gradient_norm',
    'output[0].update_ratio']
    >>> [round(value, 6) for value in history["output[0].mean_output"]]
    [0.5, 0.5]
    """

    order: ClassVar[int] = -1

    def __init__(self, *what: Any, examples: int = 1000) -> None:
        self.what = what
        self.examples = integer(examples, "Watch.examples", minimum=1)
        self.alarms: list[Alarm] = []

    def on_begin(self, run: Run) -> None:
        """Find what is to be watched, and make the columns."""
        self.alarms = []
        self._X, self._targets = self._looked_at(run)
        plan = run.program.plan
        self._state = State.empty(plan.n_neurons, len(self._X), self._X.dtype)
        self._gradient = np.zeros_like(run.parameters)
        self._limit = _limits(plan)
        self._hidden = _hidden(plan)
        self._bounded = self._hidden & (self._limit > 0)
        self._watched = list(_watched(run, self.what))
        self._before = run.parameters.copy()
        for name in self._row(run):
            run.history.add_column(name)

    def on_epoch(self, run: Run) -> None:
        """Record a row."""
        row = self._row(run)
        run.history.append(**row)
        self._before = run.parameters.copy()
        self._warn(run)

    def state(self) -> Mapping[str, Any]:
        """Return the alarms, and the parameters after the last epoch."""
        alarms = [[alarm.epoch, alarm.kind, list(alarm.neurons)] for alarm in self.alarms]
        return {"alarms": alarms, "before": self._before}

    def expected(self, run: Run) -> Expected:
        """Return what they may be."""
        return Fields({"alarms": ListOf(_AlarmOf(run)), "before": counted(run.parameters)})

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take them over."""
        self._before = state["before"]
        self.alarms = [Alarm(epoch, kind, tuple(names)) for epoch, kind, names in state["alarms"]]

    def _looked_at(self, run: Run) -> tuple[FloatArray, FloatArray]:
        for source in (run.examples, run.validation):
            if source is not None and not isinstance(source, Stream):
                X, targets, _ = next(next(source.chunks(self.examples, None)).batches())
                return X, targets
        raise InvalidValueError(
            "Watch looks at the same examples after each epoch, and there are only iterables of "
            "batches; pass validation=(X, y), of arrays"
        )

    def _row(self, run: Run) -> dict[str, float]:
        """Return what comes to the history."""
        flat = self._passed(run)
        after, before, gradient = run.parameters, self._before, self._gradient
        row = {
            "gradient_norm": _length(gradient),
            "update_ratio": _ratio(after, before),
            "saturated": float(flat[self._bounded].mean()) if self._bounded.any() else 0.0,
            "dead": int(self._dead.sum()),
        }
        for one in self._watched:
            name, slots = one.name, one.slots
            if one.row is None:
                row[f"{name}.weight"] = float(after[slots[0]])
            else:
                row[f"{name}.mean_output"] = float(self._state.output[one.row].mean())
                row[f"{name}.saturated"] = float(flat[one.row])
            row[f"{name}.gradient_norm"] = _length(gradient[slots])
            row[f"{name}.update_ratio"] = _ratio(after[slots], before[slots])
        return row

    def _passed(self, run: Run) -> FloatArray:
        """Push the examples forward and back; return per row how often it is saturated."""
        engine, state = run.program.runner, self._state
        engine.forward(run.parameters, self._X, state)
        _, gradient, delta = run.objective.seeds(state, self._targets)
        engine.backward(
            run.parameters, state, self._gradient, output_gradient=gradient, output_delta=delta,
            inputs=False,
        )  # fmt: skip
        slope = np.abs(_slopes(run.program.plan, state))
        self._dead: BoolArray = self._hidden & (slope == 0).all(axis=1)
        flat: FloatArray = (slope < self._limit[:, None]).mean(axis=1)
        self._flat = flat
        return flat

    def _warn(self, run: Run) -> None:
        saturated = self._hidden & ~self._dead & (self._flat >= OFTEN)
        for kind, rows in (("dead", self._dead), ("saturated", saturated)):
            known = {name for one in self.alarms if one.kind == kind for name in one.neurons}
            names = map(run.program.plan.name_of, np.flatnonzero(rows).tolist())
            new = tuple(name for name in names if name not in known)
            if new:
                self.alarms.append(Alarm(run.epoch - 1, kind, new))
                warnings.warn(_told(self.alarms[-1]), NeurosimWarning, stacklevel=2)


def _told(alarm: Alarm) -> str:
    names = ", ".join(alarm.neurons[:_NAMED])
    more = len(alarm.neurons) - _NAMED
    what = f"saturated at {OFTEN:.0%} of the examples or more"
    if alarm.kind == "dead":
        what = "dead, with slope 0 at every example"
    return (
        f"hidden neurons hardly learn any more after epoch {alarm.epoch}, {what}: "
        f"{names}{f' and {more} more' if more > 0 else ''}"
    )


def _length(vector: FloatArray) -> float:
    return float(np.linalg.norm(vector.astype(np.float64)))


def _ratio(after: FloatArray, before: FloatArray) -> float:
    change, size = _length(after - before), _length(before)
    if size:
        return change / size
    return np.inf if change else 0.0


# -- slopes ------------------------------------------------------------------------------------


def _slopes(plan: Plan, state: State) -> FloatArray:
    """Return the slope of each row at each example; 1 where there is none to speak of."""
    slope = np.ones_like(state.output)
    with np.errstate(all="ignore"):
        for activation in plan.present:
            if activation.is_differentiable:
                rows = plan.code == plan.kinds.index(activation)
                net_input, output = state.net_input[rows], state.output[rows]
                slope[rows] = _slope(activation, net_input, output)
    return slope


def _slope(activation: Activation, net_input: FloatArray, output: FloatArray) -> FloatArray:
    if activation.over_layer:
        slope: FloatArray = output * (1 - output)
        return slope
    return activation.slope(net_input, output, np.empty_like(output))


def _limits(plan: Plan) -> FloatArray:
    """Return per row the slope below which it is saturated; 0 for what never is."""
    limits = np.zeros(plan.n_neurons)
    for activation in plan.present:
        limits[plan.code == plan.kinds.index(activation)] = _limit(activation)
    return limits


def _limit(activation: Activation) -> float:
    """Return 1 % of the largest slope, where it is flat at both ends."""
    if activation.over_layer:
        return FLAT / 4
    if not activation.is_differentiable:
        return 0.0
    slope = np.abs(activation.derivative(np.linspace(-20, 20, 4001)))
    is_flat = max(slope[0], slope[-1]) < FLAT * slope.max()
    return float(FLAT * slope.max()) if is_flat else 0.0


def _hidden(plan: Plan) -> BoolArray:
    hidden = np.ones(plan.n_neurons, bool)
    hidden[plan.input_rows] = hidden[plan.output_rows] = False
    return hidden


# -- what is watched ---------------------------------------------------------------------------


def _watched(run: Run, what: tuple[Any, ...]) -> Iterator[_Watched]:
    for one in what:
        found = run.network[one] if isinstance(one, str) else one
        several = found if isinstance(found, (Layer, SynapseGroup)) else [found]
        for each in several:
            yield _watched_one(run, each)


def _watched_one(run: Run, one: Any) -> _Watched:
    if not isinstance(one, (Neuron, Synapse)):
        raise InvalidTypeError(
            f"Watch takes neurons, layers, synapses, groups of synapses, or names (got {one!r})"
        )
    slots = slots_of(run.program, one, "Watch")
    if isinstance(one, Synapse):
        return _Watched(f"{one.pre.name}->{one.post.name}", None, slots)
    if one.role == "input":
        raise InvalidValueError(f"Watch has nothing to record of input neuron {one.name!r}")
    return _Watched(one.name, int(run.program._rows(one)), slots)
