import pytest

from benchmarks.peers.statistics import ratio, spread, three_digits


def test_a_ratio_is_taken_round_by_round_before_the_median():
    # 2/1, 2/2, 40/4; the medians of the times, 2 and 2, would give 1
    assert ratio([1.0, 2.0, 4.0], [2.0, 2.0, 40.0]) == 2.0


def test_the_spread_is_the_median_and_its_quartiles():
    # of 1, 2, 3, 4, 5: a quarter of the way from first to last is 2, three quarters are 4
    found = spread([5.0, 1.0, 4.0, 2.0, 3.0])
    assert (found.low, found.median, found.high) == (2.0, 3.0, 4.0)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (2.5e-9, "2.50 ns (2.50–2.50)"),
        (31e-6, "31.0 µs (31.0–31.0)"),
        (0.25, "250 ms (250–250)"),
        (40.2, "40.2 s (40.2–40.2)"),
    ],
)
def test_times_are_written_in_a_unit_that_suits_the_median(seconds, text):
    assert str(spread([seconds] * 3)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.01234, "0.0123"), (1.2345, "1.23"), (12.345, "12.3"), (1234.5, "1,230")],
)
def test_numbers_have_three_digits_that_count(value, text):
    assert three_digits(value) == text
