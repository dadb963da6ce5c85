"""Who is told of a training while it runs, and when."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from attrs import frozen

from neurosim.errors import FormatError, InvalidTypeError, NeurosimError, about
from neurosim.training.callbacks.base import Callback
from neurosim.training.callbacks.checkpoint import only_checkpoint
from neurosim.training.drawing import go_to, place_of
from neurosim.training.interrupt import Interrupt
from neurosim.training.resuming import (
    remembering,
    require_fitting,
    require_same,
    require_state,
    restore,
    take_key,
)
from neurosim.wording import shown

if TYPE_CHECKING:
    from neurosim.training.run import Run

PAUSE_SECONDS = 0.05


class StoppedError(Exception):
    """A callback has stopped the training at a pause."""


@frozen(eq=False)
class Told(Callback):
    """A function of the user's that is called with the history after every epoch."""

    function: Callable[[Any], Any]

    def on_epoch(self, run: Run) -> None:
        """Call it."""
        self.function(run.history)


@frozen(eq=False)
class Asked(Callback):
    """A function of the user's that tells from the history whether to stop."""

    function: Callable[[Any], Any]

    def on_epoch(self, run: Run) -> None:
        """Stop if it says so."""
        if self.function(run.history):
            run.stop("stop_when")


def checked(callbacks: Any, stop_when: Any) -> list[Any]:
    """Return the callbacks as a list, or refuse what cannot be called."""
    if isinstance(callbacks, Callback) or not isinstance(callbacks, Iterable):
        raise InvalidTypeError(
            "callbacks must be a list of callbacks or functions of the history "
            f"(got {shown(callbacks)})"
        )
    found = list(callbacks)
    for one in found:
        if isinstance(one, type) and issubclass(one, Callback):
            raise InvalidTypeError(
                f"callbacks holds the class {one.__name__}; pass an object, {one.__name__}(...)"
            )
    functions = [one for one in found if not isinstance(one, Callback)]
    for hook in (*functions, *([] if stop_when is None else [stop_when])):
        if not callable(hook):
            raise InvalidTypeError(
                f"callbacks and stop_when must be functions of the history (got {shown(hook)})"
            )
    return found


class Hooks:
    """The callbacks of a training, in the order in which they are called.

    Attributes
    ----------
    callbacks : list of Callback
    any : bool
        Whether somebody wants to be told of each epoch.
    """

    def __init__(self, callbacks: Any, stop_when: Any, *own: Callback) -> None:
        given = [
            one if isinstance(one, Callback) else Told(one)
            for one in checked(callbacks, stop_when)
        ]
        asked = [] if stop_when is None else [Asked(stop_when)]
        self.callbacks = sorted([*given, *asked, *own], key=lambda one: one.order)
        self.checkpoint = only_checkpoint(self.callbacks)
        self.hearing = self._overriding("on_epoch")
        self.pausing = self._overriding("on_pause")
        self.any = bool(self.hearing)

    def _overriding(self, hook: str) -> list[Callback]:
        base = getattr(Callback, hook)
        return [one for one in self.callbacks if getattr(type(one), hook) is not base]

    @contextmanager
    def accompany(self, run: Run) -> Iterator[None]:
        """Tell all that a training begins, or goes on, and in any case that it has ended."""
        run.callbacks = self.callbacks
        state = self._looked_at(run)
        before = _Before(run, self.callbacks)
        try:
            with ExitStack() as ends:
                self._begin(run, state, ends)
                before.is_past = True
                yield
        except BaseException:
            before.put_back()
            raise

    def _begin(self, run: Run, state: dict[str, Any] | None, ends: ExitStack) -> None:
        if state is not None:
            restore(run, state)
        for callback in reversed(self.callbacks):
            ends.callback(callback.on_end, run)
        ends.enter_context(_Noting(run))
        for callback in self.callbacks:
            callback.on_begin(run)
        if state is not None:
            for callback, held in zip(remembering(self.callbacks), state["callbacks"], strict=True):
                self._restore(callback, held["state"])

    def _restore(self, callback: Callback, state: Any) -> None:
        """Let a callback take over its state; one of the user's own may find that it cannot."""
        assert self.checkpoint is not None
        try:
            callback.restore(state)
        except NeurosimError:
            raise
        except Exception as error:
            raise FormatError(
                f"{self.checkpoint.path}: {callback!r} cannot take over the state that is in the "
                f"checkpoint: {type(error).__name__}: {error}"
            ) from error

    def _looked_at(self, run: Run) -> dict[str, Any] | None:
        """Return what a checkpoint holds, if there is one, checked in every respect."""
        if self.checkpoint is None:
            return None
        state = self.checkpoint.read()
        if state is None:
            return None
        with about(str(self.checkpoint.path)):
            require_state(state)
            run.resume_as(state["recipe"])
        take_key(run, state)
        run.begin(watched=self.any)
        require_same(run, state, self.callbacks, self.checkpoint.path)
        with about(str(self.checkpoint.path)):
            require_fitting(run, state, self.callbacks)
        return state

    def epoch(self, run: Run) -> None:
        """Tell those who want to know that an epoch has ended."""
        for callback in self.hearing:
            callback.on_epoch(run)


class _Noting:
    """Lets callbacks know at the end what went wrong."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        self.run.error = error


class _Before:
    """The network, the generator and the callbacks as they were before a training began.

    Attributes
    ----------
    is_past : bool
        Whether it has begun: what happens from then on stays.
    """

    def __init__(self, run: Run, callbacks: list[Callback]) -> None:
        self.run = run
        self.parameters, self.place = run.parameters.copy(), place_of(run.generator)
        self.callbacks = [(callback, dict(vars(callback))) for callback in callbacks]
        self.is_past = False

    def put_back(self) -> None:
        """Have all of it again, unless that is past."""
        if self.is_past:
            return
        self.run.parameters[:] = self.parameters
        go_to(self.run.generator, self.place)
        for callback, attributes in self.callbacks:
            vars(callback).clear()
            vars(callback).update(attributes)


class Listening:
    """The moments at which a training can be looked at, and left: its parameters are whole."""

    def __init__(self, run: Run, hooks: Hooks, interrupt: Interrupt) -> None:
        self.run, self.callbacks, self.interrupt = run, hooks.pausing, interrupt
        self.due = 0.0

    def check(self) -> None:
        """Call the callbacks if it is time; raise if the training is to end here."""
        if self.callbacks:
            self._pause()
        self.interrupt.check()

    def _pause(self) -> None:
        if time.perf_counter() < self.due and not self.interrupt.requested:
            return
        self.run.is_ending = self.interrupt.requested
        self.tell()
        self.due = time.perf_counter() + PAUSE_SECONDS
        if self.run.stopped is not None:
            raise StoppedError

    def last(self) -> None:
        """Call the callbacks at the end, after which no step is taken."""
        self.run.is_ending = True
        self.tell()

    def tell(self) -> None:
        """Call the callbacks."""
        for callback in self.callbacks:
            callback.on_pause(self.run)
