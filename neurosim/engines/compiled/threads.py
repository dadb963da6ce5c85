"""Several threads in one kernel: a barrier, and a pool that runs the same kernel on each.

Kernels hold no lock, so Python threads run them side by side. Numba's own parallel loops are not
used: their idle threads and those of BLAS take the processor from each other.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from threading import Lock, Thread
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from neurosim.engines.compiled.jit import inlined
from neurosim.engines.compiled.simd import INDEX, Arrays
from neurosim.errors import InvalidValueError
from neurosim.wording import shown

_SPINS = 255  # between two offers of the processor to somebody else
_MOST_THREADS = 16  # by default
_MOST_ASKED = 1024
# Seconds. An exception that comes so soon may have come before the kernel; and so long workers may
# take in that case before it is clear that they are waiting for the kernel that never began.
_SOON, _LONG = 1e-3, 0.2


@cache
def available_threads() -> int:
    """Return how many threads kernels may use: NEUROSIM_THREADS, or the processors there are.

    Raises
    ------
    InvalidValueError
        If NEUROSIM_THREADS is not a whole number from 1 to 1024. Empty is the same as not set.
    """
    asked = os.environ.get("NEUROSIM_THREADS", "").strip()
    if asked:
        return _checked(asked)
    if hasattr(os, "sched_getaffinity"):
        return min(len(os.sched_getaffinity(0)), _MOST_THREADS)
    return min(os.cpu_count() or 1, _MOST_THREADS)


def _checked(asked: str) -> int:
    is_number = asked.isascii() and asked.isdigit() and len(asked) <= len(str(_MOST_ASKED))
    if not is_number or not 1 <= int(asked) <= _MOST_ASKED:
        raise InvalidValueError(
            f"the environment variable NEUROSIM_THREADS must be a whole number from 1 to "
            f"{_MOST_ASKED} (got {shown(asked)}); leave it empty for one thread per processor"
        )
    return int(asked)


class _Worker:
    """A thread that sleeps until it is given a kernel; woken sooner than an executor's.

    An exception may come between any two lines of those who give it work, so that `start` and
    `finish` may be called again for the same call, which has a number.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.kernel: Callable[[int], Any] | None = None
        self.error: BaseException | None = None
        self.started = self.finished = 0  # the number of the call that was
        self.is_dismissed = False
        self._go, self._done = Lock(), Lock()
        for lock in (self._go, self._done):
            lock.acquire()
        Thread(target=self._work, name=f"neurosim-{number}", daemon=True).start()

    def start(self, call: int, kernel: Callable[[int], Any]) -> None:
        """Have it run a kernel."""
        if self.started != call:
            self.kernel, self.error = kernel, None
            self.started = call
        _open(self._go)

    def finish(self, call: int, most: float = -1.0) -> bool:
        """Wait until the kernel has come to its end, or for so many seconds."""
        while self.finished != call:
            if not self._done.acquire(timeout=most):
                return False
        return True

    def dismiss(self) -> None:
        """Have the thread end when it comes out of what it is doing."""
        self.is_dismissed = True
        _open(self._go)

    def _work(self) -> None:
        while not self.is_dismissed:
            self._go.acquire()
            call = self.started
            if call == self.finished:  # it was woken once more for the same call
                continue
            try:
                assert self.kernel is not None
                self.kernel(self.number)
            except BaseException as error:
                self.error = error
            self.kernel = None  # and whatever arrays it holds
            self.finished = call
            _open(self._done)


def _open(lock: Any) -> None:
    with suppress(RuntimeError):  # it is open
        lock.release()


class _Own:
    """What the calling thread does of a call, once, whatever exceptions come in between."""

    def __init__(self, kernel: Callable[[int], Any]) -> None:
        self._kernel = kernel
        self.result: Any = None
        self._has_begun = False
        self.is_in_doubt = False  # whether it may not have begun, so that others wait for it
        self.doubts = 0

    def run(self) -> None:
        """Run the kernel, if it has not been run."""
        if self._has_begun:
            return
        self._has_begun, began = True, time.perf_counter()
        try:
            self.result = self._kernel(0)
        except BaseException:
            self.is_in_doubt = time.perf_counter() - began < _SOON
            raise

    def run_again(self) -> None:
        """Have the next `run` run it once more."""
        self.doubts += 1
        self.is_in_doubt = self._has_begun = False


class _Pool:
    """The threads of this process. A call takes as many as it needs."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.workers: list[_Worker] = []
        self.calls = 0

    def run(self, n_threads: int, kernel: Callable[[int], Any]) -> Any:
        """Run a kernel on each of so many threads; an exception is raised when all have ended.

        Otherwise a worker would be left at work, perhaps waiting for others for ever.
        """
        while len(self.workers) < n_threads - 1:
            self.workers.append(_Worker(len(self.workers) + 1))
        for worker in self.workers:
            worker.finish(worker.started)  # of a call that was left in the middle of an exception
        self.calls += 1
        own, workers = _Own(kernel), self.workers[: n_threads - 1]
        error: BaseException | None = None
        has_ended = False
        while not has_ended:
            try:
                has_ended = self._go_on(own, workers, kernel)
            except BaseException as raised:
                error = error or raised
        error = error or next((one.error for one in workers if one.error is not None), None)
        if error is not None:
            raise error
        return own.result

    def _go_on(self, own: _Own, workers: list[_Worker], kernel: Callable[[int], Any]) -> bool:
        """Do what is still to be done of a call; return whether all has come to an end."""
        for worker in workers:
            worker.start(self.calls, kernel)
        own.run()
        for worker in workers:
            if worker.finish(self.calls, _LONG if own.is_in_doubt else -1.0):
                continue
            if own.doubts:  # the kernel fails again and again: others wait for it in vain
                self._dismiss()
                return True
            own.run_again()
            return False
        return True

    def _dismiss(self) -> None:
        for worker in self.workers:
            worker.dismiss()
        self.workers = []


_pool = _Pool()


def _renew() -> None:
    global _pool  # noqa: PLW0603 - a forked process has none of its parent's threads
    _pool = _Pool()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)


def on_threads(n_threads: int, kernel: Callable[[int], Any]) -> Any:
    """Run ``kernel(thread)`` on each of `n_threads` and return what it gives on the first."""
    if n_threads == 1:
        return kernel(0)
    pool = _pool
    with pool.lock:  # threads of two runs that wait for each other would share the pool's
        return pool.run(n_threads, kernel)


@intrinsic
def wait_for_all(typing, arrived, count):
    """Add one to ``arrived[0]`` and wait until it is at least `count`."""

    def write(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        (place, count) = Arrays(context, builder, signature, args).values
        builder.atomic_rmw("add", place, INDEX(1), "seq_cst")
        spins = cgutils.alloca_once_value(builder, INDEX(0))
        check, spin, done = (builder.append_basic_block(name) for name in ("check", "spin", "done"))
        builder.branch(check)
        builder.position_at_end(check)
        now = builder.load_atomic(place, "seq_cst", 8)
        builder.cbranch(builder.icmp_signed("<", now, count), spin, done)
        builder.position_at_end(spin)
        number = builder.add(builder.load(spins), INDEX(1))
        builder.store(number, spins)
        _offer_the_processor(builder, number)
        builder.branch(check)
        builder.position_at_end(done)
        return context.get_dummy_value()

    return types.void(arrived, types.intp), write


def _offer_the_processor(builder: Any, number: Any) -> None:
    if sys.platform == "win32":
        return
    kind = ir.FunctionType(ir.IntType(32), [])
    offer = cgutils.get_or_insert_function(builder.module, kind, "sched_yield")
    often = builder.icmp_signed("==", builder.and_(number, INDEX(_SPINS)), INDEX(0))
    with builder.if_then(often, likely=False):
        builder.call(offer, [])


@inlined
def meet(arrived, meetings, n_threads):
    """Wait for all threads; return how many arrivals that makes in all."""
    if n_threads == 1:
        return meetings
    wait_for_all(arrived, meetings + n_threads)
    return meetings + n_threads
