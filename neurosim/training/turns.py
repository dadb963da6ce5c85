"""A function that calls back, turned round: its questions come out one by one, as they are asked.

A minimizer calls the function that it minimizes until it is done. Training wants it the other way
round, one iteration at a time, with whatever else happens in between.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any

from attrs import frozen

Ask = Callable[[Any], Any]

_LEAVE = object()


class _Left(BaseException):
    """Nobody will answer any more."""


@frozen(eq=False)
class Ended:
    """What comes after the last question.

    Attributes
    ----------
    value : object
        What the function returned.
    error : BaseException or None
        What it raised.
    """

    value: Any = None
    error: BaseException | None = None


class Turns:
    """Runs a function that asks, and stands still wherever it waits for an answer.

    The function has a thread of its own, but the two never run at the same time. It must hold no
    reference to this object: when that is gone, the thread ends.

    Parameters
    ----------
    function : callable
        It is given ``ask``, which takes a question and returns the answer.

    Examples
    --------
    >>> turns = Turns(lambda ask: ask("how many?") + ask("and then?"))
    >>> turns.send()
    'how many?'
    >>> turns.send(2)
    'and then?'
    >>> turns.send(3)
    Ended(value=5, error=None)
    """

    def __init__(self, function: Callable[[Ask], object]) -> None:
        self._asked: SimpleQueue[Any] = SimpleQueue()
        self._answers: SimpleQueue[Any] = SimpleQueue()
        arguments = (function, self._asked, self._answers)
        self._thread = Thread(target=_run, args=arguments, name="neurosim-turns", daemon=True)
        self._leave = weakref.finalize(self, self._answers.put, _LEAVE)

    def send(self, answer: Any = None) -> Any:
        """Answer the last question, if there was one, and return the next, or `Ended`."""
        if self._thread.ident is None:
            self._thread.start()
        else:
            self._answers.put(answer)
        return self._asked.get()

    def close(self) -> None:
        """End the function where it stands."""
        self._leave()
        if self._thread.ident is not None:
            self._thread.join()


def _run(
    function: Callable[[Ask], object], asked: SimpleQueue[Any], answers: SimpleQueue[Any]
) -> None:
    def ask(question: Any) -> Any:
        asked.put(question)
        answer = answers.get()
        if answer is _LEAVE:
            raise _Left
        return answer

    try:
        value = function(ask)
    except _Left:
        return
    except BaseException as error:
        asked.put(Ended(error=error))
    else:
        asked.put(Ended(value))
