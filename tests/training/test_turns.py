"""A function turned round: its questions come out one by one."""

import gc
import threading
import time

import pytest

from neurosim.training.turns import Ended, Turns


def ask_three_times(ask):
    total = 0
    for question in ("one", "two", "three"):
        total += ask(question)
    return total


def wait_for_no_thread():
    deadline = time.monotonic() + 10
    while any(thread.name == "neurosim-turns" for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_questions_come_in_order_and_then_the_end():
    turns = Turns(ask_three_times)
    assert [turns.send(), turns.send(1), turns.send(2)] == ["one", "two", "three"]
    end = turns.send(3)
    assert isinstance(end, Ended)
    assert (end.value, end.error) == (6, None)
    wait_for_no_thread()


def test_an_error_of_the_function_is_handed_out():
    def fail(ask):
        raise ZeroDivisionError(ask("why?"))

    turns = Turns(fail)
    assert turns.send() == "why?"
    error = turns.send("because").error
    assert isinstance(error, ZeroDivisionError)
    assert error.args == ("because",)


def test_the_function_runs_only_while_it_is_waited_for():
    events = []

    def function(ask):
        for number in range(3):
            events.append(number)
            ask(number)

    turns = Turns(function)
    for number in range(3):
        assert events == list(range(number))
        turns.send()
    turns.close()


@pytest.mark.parametrize("sent", [0, 1, 2])
def test_closing_ends_the_function_where_it_stands(sent):
    left = []

    def function(ask):
        try:
            ask_three_times(ask)
        finally:
            left.append(True)

    turns = Turns(function)
    for _ in range(sent):
        turns.send(1)
    turns.close()
    turns.close()
    assert left == [True] * bool(sent)
    wait_for_no_thread()


def test_the_thread_ends_when_nobody_can_ask_any_more():
    turns = Turns(ask_three_times)
    turns.send()
    del turns
    gc.collect()
    wait_for_no_thread()
