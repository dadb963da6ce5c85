"""The pool of threads: it does not grow with use, with Ctrl-C, or with the numbers of threads."""

import itertools
import os
import signal
import sys
import threading
import time

import numpy as np
import pytest

import neurosim as ns
from neurosim.engines.compiled import engine as engine_module
from neurosim.engines.compiled.threads import available_threads, on_threads
from neurosim.errors import InvalidValueError


def workers():
    return {one for one in threading.enumerate() if one.name.startswith("neurosim-")}


def interrupt_after(seconds):
    """Have Ctrl-C pressed in a moment."""
    threading.Timer(seconds, lambda: signal.raise_signal(signal.SIGINT)).start()


def test_calls_of_every_number_of_threads_share_one_pool():
    on_threads(4, lambda thread: thread)
    before = workers()
    for n_threads in (2, 3, 4, 2, 1):
        seen = []
        on_threads(n_threads, seen.append)
        assert sorted(seen) == list(range(n_threads))
    assert workers() == before


@pytest.mark.parametrize("slow", [0, 1, 2], ids=["the caller", "one", "another"])
def test_ctrl_c_is_raised_when_all_have_ended_and_leaves_the_same_threads(slow):
    on_threads(3, lambda thread: thread)
    before = workers()

    def work(thread):
        until = time.monotonic() + (0.1 if thread == slow else 0.0)
        while time.monotonic() < until:
            time.sleep(0.001)
        ended.append(thread)

    for _ in range(8):
        ended = []
        interrupt_after(0.03)
        with pytest.raises(KeyboardInterrupt):
            on_threads(3, work)
        assert {*ended, 0} == {0, 1, 2}
    assert workers() == before
    ended = []
    on_threads(3, work)
    assert sorted(ended) == [0, 1, 2]


def test_an_exception_at_any_line_leaves_a_pool_that_works():
    """Raise once between any two calls of the lines that give out work and wait for it."""
    def raise_at(step):
        left = step

        def tracer(frame, event, _):
            nonlocal left
            if not frame.f_code.co_filename.endswith("threads.py") or frame.f_code.co_name == (
                "_work"
            ):
                return None
            left -= 1
            if left == 0:
                sys.settrace(None)
                raise KeyboardInterrupt
            return tracer

        return tracer

    on_threads(3, lambda thread: thread)
    before, interrupted = workers(), 0
    for step in range(1, 80):
        meeting = threading.Barrier(3)  # whoever is missing is waited for
        ran = []

        def work(thread, meeting=meeting, ran=ran):
            meeting.wait(5)
            ran.append(thread)

        sys.settrace(raise_at(step))
        try:
            on_threads(3, work)
        except KeyboardInterrupt:
            interrupted += 1
        finally:
            sys.settrace(None)
        seen = []
        on_threads(3, seen.append)
        assert sorted(seen) == [0, 1, 2], step
    assert interrupted > 20
    assert workers() == before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_child_has_a_pool_of_its_own():
    on_threads(3, lambda thread: thread)
    pid = os.fork()
    if not pid:
        seen = []
        on_threads(3, seen.append)
        os._exit(0 if sorted(seen) == [0, 1, 2] else 1)
    assert os.waitpid(pid, 0)[1] == 0


def test_a_program_answers_right_after_ctrl_c(monkeypatch):
    walk = engine_module.Choice("walk", 8, 2, 0.0)
    monkeypatch.setattr(engine_module, "choices", lambda *_, **__: [walk])
    net = ns.topologies.layered([20, 50, 50, 5], activation="sigmoid")
    net.initialize(ns.initializers.Normal(), seed=0)
    X = np.random.default_rng(0).normal(size=(20_000, 20))
    program = ns.compile(net, engine="numba")
    expected = program.feedforward(X)
    before = workers()
    for _ in range(8):
        interrupt_after(0.02)
        with pytest.raises(KeyboardInterrupt):
            [program.feedforward(X) for _ in itertools.count()]
    assert workers() == before
    np.testing.assert_array_equal(program.feedforward(X), expected)


@pytest.mark.parametrize("asked", ["²", "0", "-1", "abc", "1.5", "+2", "1_0", "٣", "1e1", "99999"])
def test_a_number_of_threads_that_is_none_is_refused(asked, monkeypatch):
    monkeypatch.setenv("NEUROSIM_THREADS", asked)
    available_threads.cache_clear()
    try:
        with pytest.raises(InvalidValueError) as caught:
            available_threads()
    finally:
        available_threads.cache_clear()
    assert str(caught.value) == (
        "the environment variable NEUROSIM_THREADS must be a whole number from 1 to 1024 "
        f"(got {asked!r}); leave it empty for one thread per processor"
    )


@pytest.mark.parametrize(("asked", "expected"), [("3", 3), (" 2 ", 2), ("1024", 1024)])
def test_a_number_of_threads_is_taken(asked, expected, monkeypatch):
    monkeypatch.setenv("NEUROSIM_THREADS", asked)
    available_threads.cache_clear()
    assert available_threads() == expected
    monkeypatch.setenv("NEUROSIM_THREADS", "")
    available_threads.cache_clear()
    by_default = available_threads()
    monkeypatch.delenv("NEUROSIM_THREADS")
    available_threads.cache_clear()
    assert available_threads() == by_default >= 1
