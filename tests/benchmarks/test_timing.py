import time

import numpy as np
import pytest

from benchmarks.peers.sides import Pair, Side
from benchmarks.peers.timing import Budget, DifferentError, by_turns, check, fastest, measure


def side(outcome=0.0, run=lambda: None, **more):
    return Side(run, lambda: [np.full(3, outcome)], **more)


def test_sides_that_come_to_the_same_say_how_far_apart_they_lie():
    assert check(Pair(side(1.0), [side(1.0), side(1.0 + 1e-6)])) == pytest.approx(1e-6)


def test_the_tolerance_grows_with_the_magnitude():
    assert check(Pair(side(1000.0), [side(1000.001)], tolerance=1e-5)) == pytest.approx(1e-6)


@pytest.mark.parametrize("theirs", [1.1, np.nan])
def test_sides_that_compute_something_else_are_refused(theirs):
    with pytest.raises(DifferentError, match="they do not compute the same thing"):
        check(Pair(side(1.0), [side(1.0), side(theirs)]))


def test_outcomes_of_other_shapes_are_refused():
    other = Side(lambda: None, lambda: [np.zeros(4)])
    with pytest.raises(DifferentError, match=r"\[\(4,\)\] where neurosim gives \[\(3,\)\]"):
        check(Pair(side(), [other]))


def test_sides_run_by_turns_after_a_warm_up():
    calls = []
    ours, theirs = (side(run=lambda name=name: calls.append(name)) for name in "AB")
    times = by_turns(ours, theirs, Budget(fewest=3, most=3, seconds=0))
    assert "".join(calls) == "AB" * 4
    assert [len(kept) for kept in times] == [3, 3]


def test_a_budget_ends_the_rounds_once_there_are_enough():
    times, _ = by_turns(side(), side(), Budget(fewest=2, most=1000, seconds=0.05))
    assert 2 <= len(times) < 1000


def test_of_several_variants_the_fastest_per_unit_counts():
    slow = side(run=lambda: time.sleep(0.02), label="slow")
    fast = side(run=lambda: time.sleep(0.03), units=100, label="fast")
    chosen, tried = fastest([slow, fast])
    assert chosen is fast
    assert tried["fast"] < tried["slow"]


def test_a_measurement_holds_the_times_and_what_was_taken_before():
    pair = Pair(side(), [side(label="only")], before={"ready": ([1.0], [2.0])})
    result = measure(pair, Budget(fewest=2, most=2, seconds=0))
    assert result["rows"]["ready"] == [[1.0], [2.0]]
    assert [len(times) for times in result["rows"]["run"]] == [2, 2]
    assert result["variant"] == "only"
