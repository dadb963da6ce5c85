"""Training many networks side by side: threads share out the networks.

Each network is trained by its own compiled epochs on one thread, so no thread waits for another
within an epoch, and what comes out does not depend on how many there are.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

import numpy as np
from attrs import evolve

from neurosim.checks import finite_array, integer, per_network
from neurosim.conversion import real_numbers
from neurosim.door import Door
from neurosim.errors import (
    DivergenceError,
    InvalidTypeError,
    InvalidValueError,
    TrainingInterrupted,
    about,
)
from neurosim.initializers import Generator, Seed, make_generator
from neurosim.inputs.frames import is_frame, is_series
from neurosim.population import Population
from neurosim.training.callbacks import Callback
from neurosim.training.callbacks.progress import advance, progress_bar
from neurosim.training.history import History
from neurosim.training.hooks import checked
from neurosim.training.interrupt import Interrupt
from neurosim.training.run import Run
from neurosim.training.shaping import Settings
from neurosim.training.steps import Steps

Doors = Sequence[Door]


def train_population(
    population: Population,
    X: Any,
    y: Any,
    *,
    settings: Settings,
    epochs: int,
    shuffle: bool,
    seed: Seed,
    validation: Any,
    callbacks: Any,
    stop_when: Any,
    progress: bool,
    units: str,
    **how: Any,
) -> list[History]:
    """Train the networks of a population, as `train` tells; `how` is the rest of its arguments."""
    population.check_fresh()
    if y is None:
        raise InvalidTypeError(
            "train of a population needs y: it takes arrays, no iterable of batches; train its "
            "networks one by one on that"
        )
    n_epochs = integer(epochs, "epochs", minimum=0)
    runs = _runs(
        population, X, y, settings=settings, validation=validation, units=units, epochs=n_epochs,
        **how,
    )
    functions = _functions(callbacks, stop_when)
    generators = [_generator_of_its_own(seed) for _ in runs]
    for run in runs:
        run.warn(stacklevel=3, in_population=True)
    for run, generator in zip(runs, generators, strict=True):
        run.draw_from(generator, shuffle=shuffle)
    members = [_Member(number, run) for number, run in enumerate(runs)]
    histories = [run.history for run in runs]
    is_heard = bool(functions) or stop_when is not None
    bar = _SharedBar(n_epochs * len(runs), show=progress)
    for run in runs:
        run.door.remember()
    try:
        with Interrupt() as interrupt, _Crew(_n_threads(population), bar, interrupt) as crew:
            for epoch in range(1, n_epochs + 1) if is_heard else [n_epochs]:
                crew_members = [m for m in members if not m.done]
                if not crew.train(crew_members, epoch, watched=is_heard):
                    break
                for function in functions:
                    function(histories)
                done = stop_when is not None and stop_when(histories)
                population.check_fresh()
                if done:
                    break
    except KeyboardInterrupt as stop:
        raise TrainingInterrupted(
            "training of a population was interrupted; the parameters of each network are those "
            "after its last whole step",
            histories,
        ) from stop
    finally:
        bar.close()
        for run in runs:
            run.way = None
    if any(member.error is not None for member in members):
        raise _diverged(members, histories)
    return histories


class _Member:
    """A network in training, and how far it is."""

    def __init__(self, number: int, run: Run) -> None:
        self.number, self.run = number, run
        self.done = False
        self.error: DivergenceError | None = None

    @property
    def is_python(self) -> bool:
        """Whether its steps are taken from Python: threads would only stand in each other's way."""
        return isinstance(self.run.way, Steps)

    def go_on(self, epochs: int, bar: _SharedBar, interrupt: Interrupt) -> None:
        """Train up to so many epochs in all."""
        run = self.run
        try:
            while not self.done and run.epoch < epochs:
                before = run.epoch
                with run.program.guarded():
                    self.done = run.advance(epochs - before, interrupt)
                bar.step(run.history, run.epoch - before)
        except DivergenceError as error:
            self.error, self.done = error, True
        if self.done or epochs == run.epochs:
            run.way = None  # with all that it works in


class _Crew:
    """Threads that share out the members, the calling one among them.

    Not the kernels' own pool, whose threads a training would keep from everybody else for long.
    """

    def __init__(self, n_threads: int, bar: _SharedBar, interrupt: Interrupt) -> None:
        self.n_threads, self.bar, self.interrupt = n_threads, bar, interrupt
        self.pool = ThreadPoolExecutor(max(1, n_threads - 1), "neurosim-training")

    def __enter__(self) -> _Crew:
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.shutdown()  # waits for all

    def train(self, members: Sequence[_Member], epochs: int, *, watched: bool) -> bool:
        """Train members up to so many epochs in all; return whether there were any."""
        for member in members:
            member.run.begin(alone=True, watched=watched)
        python = [member for member in members if member.is_python]
        compiled = [member for member in members if not member.is_python]
        waiting = iter(compiled)
        try:
            others = [
                self.pool.submit(self._work, waiting, epochs)
                for _ in range(min(self.n_threads, len(compiled)) - 1)
            ]
            errors = [self._work(waiting, epochs), *(other.result() for other in others)]
            errors.append(self._work(iter(python), epochs))
        except BaseException:
            self.interrupt.requested = True  # the threads need not go on
            raise
        _raise_any(errors)
        return len(members) > 0

    def _work(self, waiting: Iterator[_Member], epochs: int) -> BaseException | None:
        """Train whichever member is next, as long as there are any; return what went wrong."""
        try:
            for member in waiting:  # each is handed out once, to whoever asks
                member.go_on(epochs, self.bar, self.interrupt)
        except BaseException as error:
            self.interrupt.requested = True  # nor need the others
            return error
        return None


def _raise_any(errors: list[BaseException | None]) -> None:
    """Raise what went wrong, if anything did; one error interrupts the other threads."""
    found = [error for error in errors if error is not None]
    for error in sorted(found, key=lambda error: isinstance(error, KeyboardInterrupt)):
        raise error


class _SharedBar:
    """A bar that threads move along, one at a time."""

    def __init__(self, epochs: int, *, show: bool) -> None:
        self._bar = progress_bar(epochs) if show else None
        self._lock = Lock()

    def step(self, history: History, epochs: int) -> None:
        """Count epochs of one network."""
        if self._bar is not None:
            with self._lock:
                advance(self._bar, history.last(), epochs)

    def close(self) -> None:
        """Leave the bar as it is."""
        if self._bar is not None:
            self._bar.close()


def _functions(callbacks: Any, stop_when: Any) -> list[Any]:
    """Return what is called with the histories; a callback of one training has no place here."""
    found = checked(callbacks, stop_when)
    for one in found:
        if isinstance(one, Callback):
            raise InvalidTypeError(
                "the callbacks of a population must be functions of its histories "
                f"(got {one!r}); train its networks one by one with it"
            )
    return found


def _n_threads(population: Population) -> int:
    if population.engine != "numba":
        return 1
    from neurosim.engines.compiled.threads import available_threads

    return available_threads()


def _generator_of_its_own(seed: Seed) -> Generator:
    """Return what shuffles one network's examples; one that is handed in is not advanced."""
    generator = make_generator(seed)
    return copy.deepcopy(generator) if generator is seed else generator


# -- what is learned from ----------------------------------------------------------------------


def _runs(
    population: Population,
    X: Any,
    y: Any,
    *,
    settings: Settings,
    validation: Any,
    units: str,
    **how: Any,
) -> list[Run]:
    """Return a checked run for each network."""
    doors = [Door(network, units) for network in population.networks]
    inputs, targets = _inputs_for_each(X, doors), _targets_for_each(y, doors)
    checks, each = _validations(validation, doors), _settings(settings, len(doors))
    runs = []
    for number, program in enumerate(population.programs):
        with about(f"networks[{number}]"):
            runs.append(
                Run(
                    program,
                    inputs[number],
                    targets[number],
                    validation=checks[number],
                    settings=each[number],
                    units=units,
                    **how,
                )
            )
    return runs


def _inputs_for_each(X: Any, doors: Doors, where: str = "X") -> list[Any]:
    are_own = any(door.input_scaler is not None for door in doors)
    return _for_each(X, doors, where, are_own=are_own)


def _targets_for_each(y: Any, doors: Doors, where: str = "y") -> list[Any]:
    are_own = any(door.output_scaler is not None for door in doors)
    if per_network(y, len(doors), where) is None:
        kinds = {(len(door.network.outputs), door.classes): door for door in doors}
        are_own = are_own or any(door.labels(y, where) is not None for door in kinds.values())
    return _for_each(y, doors, where, are_own=are_own)


def _for_each(value: Any, doors: Doors, where: str, *, are_own: bool) -> list[Any]:
    """Return what each network is given; numbers that all take alike are cast once."""
    n, dtype = len(doors), doors[0].network.dtype
    each = per_network(value, n, where)
    if each is not None:
        return each
    if are_own or is_frame(value) or is_series(value):
        return [value] * n
    numbers = finite_array(real_numbers(value, where), dtype, where)
    return [np.ascontiguousarray(numbers)] * n


def _settings(settings: Settings, n: int) -> list[Settings]:
    """Return the settings of each network, which may have sample weights of its own."""
    weights = settings.sample_weights
    is_list = isinstance(weights, (list, tuple)) and len(weights) > 0 and np.ndim(weights[0]) == 1
    if not is_list and getattr(weights, "ndim", 0) != 2:
        return [settings] * n
    if len(weights) != n:
        raise InvalidValueError(
            f"sample_weights must be one array for all networks, or hold one for each of {n} "
            f"(got {len(weights)})"
        )
    return [evolve(settings, sample_weights=one) for one in weights]


def _validations(pair: Any, doors: Doors) -> list[Any]:
    """Return the validation examples of each network."""
    if pair is None:
        return [None] * len(doors)
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise InvalidTypeError(f"validation must be a pair (X, y) (got {type(pair).__name__})")
    inputs = _inputs_for_each(pair[0], doors, "validation X")
    targets = _targets_for_each(pair[1], doors, "validation y")
    return list(zip(inputs, targets, strict=True))


# -- what went wrong ---------------------------------------------------------------------------


def _diverged(members: list[_Member], histories: list[History]) -> DivergenceError:
    failed = [member for member in members if member.error is not None]
    named = ", ".join(
        f"networks[{member.number}] {member.run.program.network.name!r} in epoch "
        f"{member.run.history.epochs}"
        for member in failed
    )
    first = failed[0]
    return DivergenceError(
        f"training of {len(failed)} of {len(members)} networks diverged, that of the others went "
        f"on: {named}; of networks[{first.number}]: {first.error}",
        histories,
    )
