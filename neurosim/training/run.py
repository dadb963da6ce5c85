"""One call of `train`: what it works with, checked, how far it is, and what it has recorded."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

from neurosim.checks import FloatArray, integer, require_kind
from neurosim.compiler.build import make_plan
from neurosim.compiler.doubts import warn_of_structure
from neurosim.costs import Cost
from neurosim.door import Door
from neurosim.engines import ENGINES
from neurosim.errors import DivergenceError, InvalidTypeError, InvalidValueError
from neurosim.initializers import Generator
from neurosim.model import Network
from neurosim.program import Program
from neurosim.training.alike import warn_if_alike
from neurosim.training.callbacks.base import Callback
from neurosim.training.damped import DampedSteps
from neurosim.training.data import Examples
from neurosim.training.default_cost import chosen_cost
from neurosim.training.history import History
from neurosim.training.hooks import Hooks, Listening, StoppedError
from neurosim.training.interrupt import Interrupt, Pauses
from neurosim.training.mapped import Mapped
from neurosim.training.measuring import Measuring, Metrics, checked_metrics
from neurosim.training.minimizing import Minimizing
from neurosim.training.noise import noise_of
from neurosim.training.pocket import PocketSteps
from neurosim.training.reach import Reach
from neurosim.training.resuming import state_of
from neurosim.training.rules import LevenbergMarquardt, Minimizer, PerceptronRule, Rule
from neurosim.training.shaping import Settings, shaping_of
from neurosim.training.sources import training_source, validation_source, weighed
from neurosim.training.steps import SPECIALIZED, Outcome, Steps, Task
from neurosim.training.stream import RefusedBatchError, Stream
from neurosim.training.weighing import Weighing

_ENDLESS = 1 << 40  # epochs
_WAYS: tuple[tuple[Any, type[Steps]], ...] = (
    (Minimizer, Minimizing),
    (LevenbergMarquardt, DampedSteps),
)


class Run:
    """A running training, as callbacks see it.

    Attributes
    ----------
    program : Program
        What is trained.
    door : Door
        What its examples came in by.
    rule, cost : Rule, Cost
    epochs : int
        How many it is to take in all.
    history : History
        What was recorded so far.
    stopped : str or None
        The reason why a callback has stopped it.
    is_ending : bool
        Whether no step follows a pause: after the last one, or when Ctrl-C was pressed.
    error : BaseException or None
        What ended it, if anything went wrong.
    kept : str
        Which parameters the network ends with, in words: what puts back others says so here.
    """

    def __init__(
        self,
        net_or_program: Any,
        X: Any,
        y: Any,
        *,
        rule: Rule,
        cost: Cost | None,
        settings: Settings,
        batch_size: int | None,
        validation: Any,
        metrics: Metrics,
        epochs: int,
        units: str = "data",
    ) -> None:
        require_kind(rule, Rule, "rule")
        asked = None if batch_size is None else integer(batch_size, "batch_size", minimum=1)
        self.rule, self.settings, self.epochs = rule, settings, epochs
        self.size = rule.batch_size(asked)
        self.program = _program(net_or_program)
        self.door = Door(self.program.network, units)
        self.cost = chosen_cost(cost, rule, self.program, self.door, y)
        self.generator: Generator | None = None
        self.way: Any = None
        self.stretch: int | None = None  # how many epochs at a time, if that is settled
        self.objective = rule.objective(self.program, self.cost)
        self.shaping = shaping_of(self.program, settings)
        self.noise = noise_of(self.program, settings)

        self.reach = Reach(self.program.plan, self.network)
        self._knows_reach = False  # a stream is warned of once

        def check(targets: FloatArray) -> None:
            rule.check_targets(self.program, self.cost, targets)

        def check_batch(targets: FloatArray) -> None:
            check(targets)
            if not self._knows_reach:
                self._knows_reach = self.reach.warn(targets, " of a batch", stacklevel=2)

        each = check_batch if y is None else check
        source = training_source(self.program, self.door, X, y, each)
        weighing = Weighing.checked(
            self.program, self.door.classes, settings.sample_weights, settings.class_weights
        )
        self.examples = weighed(source, weighing) if self.objective.weighs else source
        if isinstance(self.examples, Stream):
            self.examples.require_epochs(epochs)
        rule.check_use(self.program, settings, streams=isinstance(self.examples, Stream))
        self.validation = validation_source(self.program, self.door, validation, check)
        self._measure(metrics)
        self.began = time.perf_counter()
        self.stopped: str | None = None
        self.is_paused = self.is_ending = self.is_done = False
        self.callbacks: list[Callback] = []
        self.cost_before = self.network._cost
        self.before: FloatArray | None = None  # the parameters, before anything changed them
        self.error: BaseException | None = None
        self.kept = "those after the last whole step"

    def _measure(self, metrics: Metrics) -> None:
        """Make what takes the cost and the metrics, and the columns that they go to."""
        self.measuring = Measuring(
            self.program, self.objective, checked_metrics(metrics), self.door.output_scaler
        )
        self.is_measured = bool(self.measuring.metrics) and not isinstance(self.examples, Stream)
        columns = [self.objective.column]
        if self.validation is not None:
            columns.append(f"val_{self.objective.column}")
        for name in self.measuring.metrics:
            columns += [name] if self.is_measured else []
            columns += [f"val_{name}"] if self.validation is not None else []
        self.columns = tuple(columns)
        used = self.objective.cost
        self.history = History(
            columns,
            cost=None if used is None else repr(used),
            engine=self.program.engine,
            engine_reason=self.program.engine_reason,
        )
        watching = any(schedule.needs_history for schedule in self.rule.schedules().values())
        self.one_by_one = watching or self.is_measured or self.validation is not None

    def warn(self, *, stacklevel: int, in_population: bool = False) -> None:
        """Warn of what can be trained and probably makes no sense.

        Evolution draws structures by the thousand, so those of a population are its own affair.
        """
        if not in_population:
            warn_of_structure(self.program.plan, self.network.name, stacklevel=stacklevel + 1)
        if isinstance(self.examples, (Examples, Mapped)):  # batches are looked at when they come
            self.reach.warn(self.examples.targets, stacklevel=stacklevel + 1)
        warn_if_alike(self.program, stacklevel=stacklevel + 2)

    def draw_from(self, generator: Generator | None, *, shuffle: bool) -> None:
        """Let chance come from a generator: first the key of the noise, then all orders."""
        if self.noise is not None and generator is not None:
            self.noise = self.noise.keyed(generator)
        self.generator = generator if shuffle else None

    @property
    def network(self) -> Network:
        """The network that is trained."""
        return self.program.network

    @property
    def parameters(self) -> FloatArray:
        """All its weights and biases, as they are now: (n_parameters,)."""
        return self.program.parameters()

    @property
    def epoch(self) -> int:
        """How many epochs have ended."""
        return self.history.epochs

    @property
    def seconds(self) -> float:
        """How long it has been running."""
        return time.perf_counter() - self.began

    def stop(self, reason: str, *, for_now: bool = False) -> None:
        """End the training after this epoch, or at this pause.

        Parameters
        ----------
        reason : str
            What `stopped` tells.
        for_now : bool
            Whether it is to go on when it is taken up again from a checkpoint; otherwise there
            is nothing more to do.
        """
        self.stopped = str(reason)
        self.is_paused = for_now

    def train(self, hooks: Hooks, interrupt: Interrupt) -> None:
        """Take the epochs that are left, as long as nobody stops it."""
        if self.before is None:
            self.before = self.parameters.copy()
        self.begin(watched=hooks.any)
        pauses = Listening(self, hooks, interrupt)
        self.door.remember()
        try:
            while self.epoch < self.epochs and self.stopped is None and not self.is_done:
                most = 1 if hooks.any else self.epochs - self.epoch
                with self.program.guarded():
                    self.is_done = self.advance(most, pauses)
                hooks.epoch(self)
                self.program.check_fresh()
            pauses.last()
        except StoppedError:
            pass
        except RefusedBatchError as refused:
            self._undo()
            raise refused.error from refused.error.__cause__

    def _undo(self) -> None:
        """Have the network as it was before the training."""
        if self.before is not None:
            self.parameters[:] = self.before
            self.network._cost = self.cost_before
            self.door.forget()

    def state(self) -> dict[str, Any]:
        """Return all that the rest of it depends on: nested dicts of arrays, numbers and text."""
        return state_of(self, self.callbacks)

    def resume_as(self, recipe: Mapping[str, str]) -> None:
        """Take the engine and the strategy of a checkpoint: only these give the same bits.

        An engine that somebody asked for stays, and is refused later if it is another.
        """
        engine, strategy = recipe.get("engine", ""), recipe.get("strategy", "")
        now = self.program
        if engine in ENGINES and (engine == now.engine or now.is_automatic):
            if (engine, strategy) != (now.engine, now.runner.strategy):
                self.program = self.measuring.program = now.on_engine(engine, strategy)
            self.history.engine = self.program.engine
            self.history.engine_reason = "as the checkpoint was made"
        # Whether code is written for the network depends on the number of the epochs.
        is_specialized = SPECIALIZED in recipe.get("way through the epochs", "")
        self.stretch = _ENDLESS if is_specialized else 0

    def begin(self, *, alone: bool = False, watched: bool = True) -> None:
        """Make what takes the epochs, unless that is there; with `alone`, on one thread."""
        if self.way is not None:
            return
        task = Task(
            self.program, self.examples, self.rule, self.objective, self.size, self.generator,
            self.shaping, self.history, watched, self.noise,
            self.stretch if self.stretch is not None else self._epochs_in_one_go(watched),
        )  # fmt: skip
        self.way = way_of(task, alone=alone)

    def _epochs_in_one_go(self, watched: bool) -> int:
        """Return how many epochs are taken with nobody asking for anything in between."""
        return 1 if watched or self.one_by_one else self.epochs

    def advance(self, epochs: int, pauses: Pauses) -> bool:
        """Take up to so many epochs, at least one; return whether there is no more to learn."""
        outcome = self.way.advance(1 if self.one_by_one else epochs, pauses)
        self._record(outcome)
        return outcome.is_over or self.objective.reached(outcome.values[-1])

    def _record(self, outcome: Outcome) -> None:
        column, values = self.objective.column, outcome.values
        diverged = outcome.safe is not None
        try:
            measured = {} if diverged else self._measured()
        except (InvalidTypeError, InvalidValueError):
            if not self.epoch:  # a metric that never was one
                self._undo()
            raise
        self.history.extend(column, values[:-1] if diverged else values)
        self.network._cost = self.history.cost
        if diverged:
            raise self._diverged(outcome)
        for name, value in measured.items():
            self.history.extend(name, [value])

    def _measured(self) -> dict[str, float]:
        row: dict[str, float] = {}
        if self.is_measured:
            row |= self.measuring.row(self.examples, cost=False)
        if self.validation is not None:
            measured = self.measuring.row(self.validation, cost=True)
            row |= {f"val_{name}": value for name, value in measured.items()}
        return row

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
        return Program(net_or_program, make_plan(net_or_program), "auto")
    raise InvalidTypeError(
        f"train takes a Network, a Program or a Population (got {net_or_program!r})"
    )


def way_of(task: Task, *, alone: bool = False) -> Any:
    """Return what takes the epochs of a task: compiled calls where they can, else steps.

    With `alone`, one thread makes the calls. Some rules have a way of their own.
    """
    own = _way_of_its_own(task)
    if own is not None:
        return own(task)
    if task.program.engine == "numba":
        from neurosim.training.compiled import compiled_epochs
        from neurosim.training.compiled_steps import compiled_steps

        make = compiled_epochs if isinstance(task.examples, Examples) else compiled_steps
        compiled = make(task, alone=alone)
        if compiled is not None:
            return compiled
    return Steps(task)


def _way_of_its_own(task: Task) -> type[Steps] | None:
    """Return what takes the steps of a rule that are not made of a batch's gradient alone."""
    if isinstance(task.rule, PerceptronRule) and task.rule.pocket:
        return PocketSteps
    return next((way for kind, way in _WAYS if isinstance(task.rule, kind)), None)
