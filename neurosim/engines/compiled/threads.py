"""Several threads in one kernel: a barrier, and a pool that runs the same kernel on each.

Kernels hold no lock, so Python threads run them side by side. Numba's own parallel loops are not
used: their idle threads and those of BLAS take the processor from each other.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import cache
from threading import Lock, Thread
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from neurosim.engines.compiled.jit import inlined
from neurosim.engines.compiled.simd import INDEX, Arrays

_SPINS = 255  # between two offers of the processor to somebody else
_MOST_THREADS = 16


@cache
def available_threads() -> int:
    """Return how many threads kernels may use: NEUROSIM_THREADS, or the processors there are."""
    asked = os.environ.get("NEUROSIM_THREADS", "")
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    if hasattr(os, "sched_getaffinity"):
        return min(len(os.sched_getaffinity(0)), _MOST_THREADS)
    return min(os.cpu_count() or 1, _MOST_THREADS)


class _Worker:
    """A thread that sleeps until it is given a kernel; woken sooner than an executor's."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.kernel: Callable[[int], Any] | None = None
        self.error: BaseException | None = None
        self._go, self._done = Lock(), Lock()
        for lock in (self._go, self._done):
            lock.acquire()
        Thread(target=self._work, name=f"neurosim-{number}", daemon=True).start()

    def start(self, kernel: Callable[[int], Any]) -> None:
        self.kernel = kernel
        self._go.release()

    def finish(self) -> None:
        """Wait until the kernel has come to its end."""
        self._done.acquire()
        if self.error is not None:
            raise self.error

    def _work(self) -> None:
        while True:
            self._go.acquire()
            try:
                assert self.kernel is not None
                self.kernel(self.number)
            except BaseException as error:
                self.error = error
            self.kernel = None  # and whatever arrays it holds
            self._done.release()


@cache
def _pool(n_threads: int, process: int) -> tuple[list[_Worker], Lock]:
    return _workers(n_threads), Lock()


def _workers(n_threads: int) -> list[_Worker]:
    return [_Worker(number) for number in range(1, n_threads)]


def on_threads(n_threads: int, kernel: Callable[[int], Any]) -> Any:
    """Run ``kernel(thread)`` on each of `n_threads` and return what it gives on the first."""
    if n_threads == 1:
        return kernel(0)
    workers, lock = _pool(n_threads, os.getpid())  # a forked process has none of its parent's
    with lock:  # threads of two runs that wait for each other would share the pool's
        try:
            for worker in workers:
                worker.start(kernel)
            result = kernel(0)
            for worker in workers:
                worker.finish()
        except BaseException:  # a worker may be left at work, and is not to be given more
            workers[:] = _workers(n_threads)
            raise
    return result


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
