"""The training loop: epochs of batches, with what can go wrong on the way."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypedDict, Unpack, overload

from neurosim.checks import FloatArray, integer, require_kind
from neurosim.compiling import compile
from neurosim.costs import Cost
from neurosim.engines.state import PIECE, State
from neurosim.errors import (
    DivergenceError,
    InvalidTypeError,
    TrainingInterrupted,
)
from neurosim.initializers import Seed, check_seed, make_generator
from neurosim.model import Network
from neurosim.population import Population
from neurosim.program import Program
from neurosim.training.alike import warn_if_alike
from neurosim.training.data import Examples, Source
from neurosim.training.history import History
from neurosim.training.interrupt import Interrupt
from neurosim.training.progress import Progress
from neurosim.training.rules import DEFAULT_COST, DEFAULT_RULE, Rule
from neurosim.training.shaping import Clip, Penalty, Settings, shaping_of
from neurosim.training.sources import training_source, validation_source
from neurosim.training.steps import Outcome, Steps, Task
from neurosim.training.stream import RefusedBatchError, Stream


class Arguments(TypedDict, total=False):
    """What else `train` takes."""

    rule: Rule
    cost: Cost
    penalty: Penalty | Iterable[Penalty] | None
    clip: Clip | Iterable[Clip] | None
    max_norm: float | None
    learning_rates: Mapping[Any, float] | Iterable[tuple[Any, float]] | None
    epochs: int
    batch_size: int | None
    shuffle: bool
    seed: Seed
    validation: tuple[Any, Any] | Iterable[Any] | None
    callbacks: Iterable[Callable[[Any], Any]]
    stop_when: Callable[[Any], bool] | None
    progress: bool


@overload
def train(
    net_or_program: Network | Program, X: Any, y: Any = None, **arguments: Unpack[Arguments]
) -> History: ...
@overload
def train(
    net_or_program: Population, X: Any, y: Any, **arguments: Unpack[Arguments]
) -> list[History]: ...


def train(
    net_or_program: Network | Program | Population,
    X: Any,
    y: Any = None,
    *,
    rule: Rule = DEFAULT_RULE,
    cost: Cost = DEFAULT_COST,
    penalty: Penalty | Iterable[Penalty] | None = None,
    clip: Clip | Iterable[Clip] | None = None,
    max_norm: float | None = None,
    learning_rates: Mapping[Any, float] | Iterable[tuple[Any, float]] | None = None,
    epochs: int = 100,
    batch_size: int | None = None,
    shuffle: bool = True,
    seed: Seed = None,
    validation: tuple[Any, Any] | Iterable[Any] | None = None,
    callbacks: Iterable[Callable[[Any], Any]] = (),
    stop_when: Callable[[Any], bool] | None = None,
    progress: bool = False,
) -> History | list[History]:
    """Train a network on examples, or each network of a population: arrays, maps, or a stream.

    Parameters
    ----------
    net_or_program : Network, Program or Population
        A network is compiled first; a program trains the network it was made from, a population
        all its networks side by side, each as it would be trained alone on one thread.
    X : (n_examples, n_inputs) array_like, or iterable of batches
        An array if there is a `y`. Without one, an iterable of pairs (X, y) of arrays, such as a
        list, a data loader or a generator: the data need not fit in memory. An iterator can be
        gone through in one epoch only; any other iterable is, once in each. A memory map
        (`numpy.memmap`) of any real dtype is never read whole. For a population also a list of
        arrays or a 3-d array, with one for each network; it takes no iterable of batches.
    y : (n_examples, n_outputs) array_like, optional
        The targets; (n_examples,) will do for one output. For a population likewise. Left out
        where `X` brings its own.
    rule : Rule
        `GradientDescent`, `Adam`, `RMSProp`, …: how parameters change. The numbers of a rule may be
        schedules (`neurosim.schedules`).
    cost : Cost
        What gradient descent goes down.
    penalty : L1 or L2, or several, optional
        What is gone down besides. The history has the cost without it.
    clip : ClipNorm or ClipValue, or both, optional
        How large the gradient of a batch may be, that of the penalty included.
    max_norm : float, optional
        How long the vector of a neuron's incoming weights, √Σ w², may be; a longer one is cut back
        after each step.
    learning_rates : dict or list of pairs, optional
        ``{layer, neuron, synapse, or name: factor}``: by how much the steps of these parameters are
        multiplied; 0 keeps them as they are. Of a neuron, those are its incoming weights and its
        bias, of a layer those of its neurons. Later entries win. A group of synapses is no key of a
        dict, but may stand in a pair ``(group, factor)``.
    epochs : int
        How many times to go through the examples, at most.
    batch_size : int or None
        None: one step an epoch on all examples (batch mode); 1: a step per example (incremental
        mode); k: a step per k examples. A shorter last batch is kept. Each batch of an iterable
        counts as all examples here: None takes it in one step, k cuts it into batches of k.
    shuffle : bool
        Whether every epoch takes the examples in a new order; those of an iterable within each
        batch that is cut, while the batches come as they are delivered.
    seed : int, SeedSequence, Generator, RandomState or None
        The source of that order. The same seed gives the same bits. Each network of a population
        has a generator of its own, all made from this seed or copied from it.
    validation : (Xv, yv) or iterable of batches, optional
        Examples on which the cost is taken after each epoch, without learning from them. A tuple
        is a pair of arrays; an iterable must be one that can be gone through again.
    callbacks : iterable of callables
        Each is called with the history after every epoch; for a population with the list of
        histories, after every epoch of all networks.
    stop_when : callable, optional
        Called with the same; training ends when it returns true.
    progress : bool
        Show a progress bar (extra ``progress``).

    Returns
    -------
    History, or for a population a list with one for each network
        ``history["cost"][k]`` is the cost of epoch k over its batches, each before its update;
        ``history["val_cost"]`` is taken after the epoch.

    Raises
    ------
    StructureError
        For a network that the rule or the cost cannot train; the neuron is named.
    DivergenceError
        If the cost or a parameter is no longer finite. The network gets back the parameters from
        the start of the last epoch whose cost was finite; the error has the ``history``. The
        other networks of a population are trained to the end; then the error names those that
        diverged, and has the list of histories.
    TrainingInterrupted
        After Ctrl-C, at the next step; it is a `KeyboardInterrupt` and has the ``history``, or the
        list of them.
    InvalidValueError, InvalidTypeError
        For arguments that cannot be used. If it is a batch of an iterable, the message names the
        epoch and the batch, and the network gets back the parameters from before the call.

    Notes
    -----
    A batch of an iterable is asked for when the one before has been trained on. What the iterable
    itself raises passes through unchanged; the parameters are then those after the last step.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.topologies.layered([2, 3, 1])
    >>> net.initialize(ns.initializers.Normal(), seed=1)
    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    >>> rule = ns.GradientDescent(learning_rate=2.0, momentum=0.9)
    >>> history = ns.train(net, X, y, rule=rule, epochs=500)
    >>> ns.compile(net).feedforward(X).round().ravel()
    array([0., 1., 1., 0.])
    """
    settings = Settings.checked(penalty, clip, max_norm, learning_rates)
    if isinstance(net_or_program, Population):
        from neurosim.training.population import train_population

        return train_population(
            net_or_program, X, y, rule=rule, cost=cost, settings=settings, batch_size=batch_size,
            epochs=epochs, shuffle=shuffle, seed=seed, validation=validation, callbacks=callbacks,
            stop_when=stop_when, progress=progress,
        )  # fmt: skip
    run = Run(
        net_or_program, X, y, rule=rule, cost=cost, settings=settings, batch_size=batch_size,
        validation=validation,
    )  # fmt: skip
    hooks = Hooks(callbacks, stop_when)
    n_epochs = integer(epochs, "epochs", minimum=0)
    if isinstance(run.examples, Stream):
        run.examples.require_epochs(n_epochs)
    check_seed(seed)
    generator = make_generator(seed) if shuffle else None  # to make one takes its time
    warn_if_alike(run.program)
    bar = Progress(n_epochs, show=progress)
    before = run.parameters.copy()
    try:
        with Interrupt() as interrupt:
            run.train(n_epochs, generator, hooks, bar, interrupt)
    except RefusedBatchError as refused:
        run.parameters[:] = before
        raise refused.error from refused.error.__cause__
    except KeyboardInterrupt as stop:
        raise TrainingInterrupted(
            f"training was interrupted in epoch {run.history.epochs}; the parameters are those "
            "after the last whole step",
            run.history,
        ) from stop
    finally:
        bar.close()
    return run.history


class Hooks:
    """What the caller wants to be told, and asked, after every epoch."""

    def __init__(self, callbacks: Any, stop_when: Any) -> None:
        if not isinstance(callbacks, Iterable):
            raise InvalidTypeError(
                f"callbacks must be a list of functions of the history (got {callbacks!r})"
            )
        self.callbacks = tuple(callbacks)
        self.stop_when = stop_when
        self.any = bool(self.callbacks) or stop_when is not None
        for hook in (*self.callbacks, *([] if stop_when is None else [stop_when])):
            if not callable(hook):
                raise InvalidTypeError(
                    f"callbacks and stop_when must be functions of the history (got {hook!r})"
                )

    def stop(self, history: History | list[History]) -> bool:
        """Tell what there is so far; return whether to stop there."""
        for callback in self.callbacks:
            callback(history)
        return self.stop_when is not None and bool(self.stop_when(history))


class Run:
    """One call of `train`: what it works with, checked, and what it has recorded."""

    def __init__(
        self,
        net_or_program: Any,
        X: Any,
        y: Any,
        *,
        rule: Rule,
        cost: Cost,
        settings: Settings,
        batch_size: int | None,
        validation: Any,
    ) -> None:
        require_kind(rule, Rule, "rule")
        require_kind(cost, Cost, "cost")
        asked = None if batch_size is None else integer(batch_size, "batch_size", minimum=1)
        self.rule = rule
        self.size = rule.batch_size(asked)
        self.program = _program(net_or_program)
        self.engine = self.program.runner
        self.seen: State | None = None
        self.way: Any = None
        self.objective = rule.objective(self.program, cost)
        self.shaping = shaping_of(self.program, settings)

        def check(targets: FloatArray) -> None:
            rule.check_targets(self.program, cost, targets)

        self.examples = training_source(self.program, X, y, check)
        self.validation = validation_source(self.program, validation, check)
        watching = any(schedule.needs_history for schedule in rule.schedules().values())
        self.one_by_one = watching or self.validation is not None
        columns = [self.objective.column]
        if self.validation is not None:
            columns.append(f"val_{self.objective.column}")
        self.history = History(columns)
        self.parameters = self.program.network.parameters

    def train(
        self,
        epochs: int,
        generator: Any,
        hooks: Hooks,
        bar: Progress,
        interrupt: Interrupt,
    ) -> None:
        """Take up to so many epochs, and say so after each if somebody listens."""
        self.begin(generator, watched=hooks.any)
        while self.history.epochs < epochs:
            most = 1 if hooks.any else epochs - self.history.epochs
            reached = self.advance(most, bar, interrupt)
            done = hooks.stop(self.history) or reached
            self.program.check_fresh()
            if done:
                break

    def begin(self, generator: Any, *, alone: bool = False, watched: bool = True) -> None:
        """Make what takes the epochs; with `alone`, on one thread."""
        task = Task(
            self.program, self.examples, self.rule, self.objective, self.size, generator,
            self.shaping, self.history, watched,
        )  # fmt: skip
        self.way = way_of(task, alone=alone)

    def advance(self, epochs: int, bar: Progress, interrupt: Interrupt) -> bool:
        """Take up to so many epochs, at least one; return whether there is no more to learn."""
        outcome = self.way.advance(1 if self.one_by_one else epochs, interrupt)
        self._record(outcome, bar)
        return self.objective.reached(outcome.values[-1])

    def _record(self, outcome: Outcome, bar: Progress) -> None:
        column, values = self.objective.column, outcome.values
        diverged = outcome.safe is not None
        self.history.extend(column, values[:-1] if diverged else values)
        if diverged:
            raise self._diverged(outcome)
        if self.validation is not None:
            self.history.extend(f"val_{column}", [self._validate(self.validation)])
        bar.step(self.history, len(values))

    def _validate(self, examples: Source) -> float:
        """Return the value over the validation examples, piece by piece."""
        total: float = 0
        n_examples = 0
        for chunk in examples.chunks(max(1, PIECE // max(1, self.program.plan.n_neurons)), None):
            for X, targets in chunk.batches():
                state = self._passed(len(X))
                self.engine.forward(self.parameters, X, state)
                value = self.objective.value(state, targets)
                total += value * len(X) if self.objective.averages else value
            n_examples += len(chunk)
        return total / n_examples if self.objective.averages else total

    def _passed(self, n_examples: int) -> State:
        if self.seen is None or self.seen.n_examples != n_examples:
            dtype = self.parameters.dtype
            self.seen = State.forward(self.program.plan.n_neurons, n_examples, dtype)
        return self.seen

    def _diverged(self, outcome: Outcome) -> DivergenceError:
        self.parameters[:] = outcome.safe
        epoch, value, column = self.history.epochs, outcome.values[-1], self.objective.column
        what = f"the {column} became {value}"
        when = f"the start of the last epoch with a finite {column}"
        if math.isfinite(value):
            what = "a parameter is not finite"
        if not epoch:
            when = "what they were before the training"
        remedy = f"try a smaller learning rate (the rule is {self.rule!r})"
        if outcome.unstepped:
            remedy = "it was so before the first step: look at the weights and the activations"
        return DivergenceError(
            f"training diverged in epoch {epoch}: {what}; the parameters were put back to {when}; "
            f"{remedy}",
            self.history,
        )


def _program(net_or_program: Any) -> Program:
    if isinstance(net_or_program, Program):
        net_or_program.check_fresh()
        return net_or_program
    if isinstance(net_or_program, Network):
        return compile(net_or_program)
    raise InvalidTypeError(
        f"train takes a Network, a Program or a Population (got {net_or_program!r})"
    )


def way_of(task: Task, *, alone: bool = False) -> Any:
    """Return what takes the epochs of a task: compiled calls where they can, else steps.

    With `alone`, one thread makes the calls.
    """
    if task.program.engine == "numba":
        from neurosim.training.compiled import compiled_epochs
        from neurosim.training.compiled_steps import compiled_steps

        make = compiled_epochs if isinstance(task.examples, Examples) else compiled_steps
        compiled = make(task, alone=alone)
        if compiled is not None:
            return compiled
    return Steps(task)
