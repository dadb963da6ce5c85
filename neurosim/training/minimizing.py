"""Epochs that are the iterations of one of SciPy's minimizers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from attrs import frozen

from neurosim.checks import FloatArray
from neurosim.errors import MissingExtraError
from neurosim.memory import require_memory
from neurosim.training.interrupt import Pauses
from neurosim.training.rules import Minimizer
from neurosim.training.rules.minimizers import ENDLESS
from neurosim.training.steps import Outcome, Task
from neurosim.training.turns import Ask, Ended, Turns
from neurosim.training.whole_batch import Point, WholeBatch
from neurosim.wording import counted


@frozen(eq=False)
class _Arrived:
    """The minimizer has ended an iteration at `x`."""

    x: FloatArray


class Minimizing(WholeBatch):
    """Takes the epochs of a task by a minimizer, which stands still between two of them.

    The network holds the parameters of the last iteration, whatever is tried in the next. Where
    somebody has changed them in between, the minimizer begins anew.
    """

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        assert isinstance(task.rule, Minimizer)
        self.rule = task.rule
        self.minimize = _scipy_minimize(type(self.rule).__name__)
        self.turns: Turns | None = None
        steps = getattr(self.rule, "memory", 0)
        require_memory(
            8 * steps * (2 * len(self.task.parameters) + 11 * steps),
            f"LBFGS.memory: the last {counted(steps)} steps",
        )
        self.begin_anew()

    def begin_anew(self) -> None:
        """Start the minimizer where the network is."""
        if self.turns is not None:
            self.turns.close()
        self.start = self.task.parameters.copy()
        self.here = self.evaluate(self.start[self.free].astype(np.float64))
        options = {**self.rule.options(self.start.dtype), "maxiter": ENDLESS}
        self.turns = Turns(
            partial(_minimized, self.minimize, self.here.x.copy(), self.rule.method, options)
        )

    def advance(self, epochs: int, pauses: Pauses) -> Outcome:
        """Take one iteration."""
        if not np.array_equal(self.task.parameters, self.start):
            self.begin_anew()
        here = self.here
        if not here.is_finite:
            return self.not_started(here.cost)
        if here.steepness <= self.rule.tolerance:
            return Outcome([here.cost], is_over=True)
        there = self._iterated(pauses)
        if isinstance(there, Ended):
            return self.given_up(here.cost, here.steepness, _reason(there))
        self.here, self.start = there, self.parameters_at(there.x)
        self.task.parameters[:] = self.start
        self.epochs += 1
        self.taken += 1
        return Outcome([here.cost])

    def _iterated(self, pauses: Pauses) -> Point | Ended:
        """Return where the next iteration leads, or that there is none."""
        assert self.turns is not None
        last = self.here
        answer: Any = None
        try:
            while True:
                asked = self.turns.send(answer)
                if isinstance(asked, Ended):
                    return asked
                if isinstance(asked, _Arrived):
                    there = self._evaluated(asked.x, last)
                    return there if there.is_finite else Ended()
                pauses.check()
                last = self._evaluated(asked, last)
                answer = self._told(last)
        except BaseException:
            self.turns.close()
            raise

    def _told(self, point: Point) -> tuple[float, FloatArray]:
        """Return the value and the gradient that the minimizer is told.

        Where they are no numbers, it is told of a slope that goes up as it goes down here: line
        searches turn back from that, and get lost in infinities.
        """
        if point.is_finite:
            return point.value, point.gradient.copy()
        here = self.here
        with np.errstate(all="ignore"):
            return here.value + abs(float(here.gradient @ (point.x - here.x))), -here.gradient

    def _evaluated(self, x: FloatArray, last: Point) -> Point:
        """Return the point at `x`, which is often the last one that was looked at."""
        return last if np.array_equal(last.x, x) else self.evaluate(x)


def _minimized(
    minimize: Callable[..., Any], x: FloatArray, method: str, options: dict[str, Any], ask: Ask
) -> str:
    """Minimize by asking for values and gradients, and telling where each iteration ends.

    Returns why there are no more.
    """

    def arrived(x: FloatArray) -> None:
        ask(_Arrived(x.copy()))

    with np.errstate(all="ignore"):  # which holds for this thread alone
        found = minimize(ask, x, jac=True, method=method, callback=arrived, options=options)
    return str(found.message)


def _reason(ended: Ended) -> str:
    """Return in brackets what SciPy says, if anything; raise if that was an error."""
    if ended.error is not None:
        raise ended.error
    said = str(ended.value or "").removeprefix("Warning: ").strip(" .:")
    return f" (SciPy: {said})" if said else ""


def _scipy_minimize(rule: str) -> Any:
    try:
        from scipy.optimize import minimize
    except ImportError as error:
        raise MissingExtraError(f'{rule} needs SciPy: pip install "neurosim[minimize]"') from error
    return minimize
