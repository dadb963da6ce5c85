import pytest

from benchmarks.peers import page
from benchmarks.peers.catalogue import COMPARISONS
from benchmarks.peers.sides import Comparison, Row

LIMITS = {
    "machine": {"processor": "Fast", "processors": "2"},
    "versions": {"neurosim": "1.0", "numpy": "2.0"},
    "limits": {"gemm": 2e11, "memory": 3e10},
}


def comparison(name, wanted=2.0):
    return Comparison(name, "torch", None, (Row(f"work of {name}", "Peer", wanted),))


def result(ours, theirs, flops=0.0, n_bytes=0.0, variant=""):
    return {
        "rows": {"run": [ours, theirs]},
        "variant": variant,
        "tolerance": 1e-5,
        "effort": {"flops": flops, "bytes": n_bytes},
    }


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def line_of(found, **results):
    table = page.table([comparison("one")], {"limits": LIMITS, "one": found, **results})
    return cells(table.splitlines()[2])


def test_a_line_has_both_times_the_ratio_and_what_is_wanted():
    assert line_of(result([1e-6] * 3, [4e-6] * 3, variant="2 threads")) == [
        "work of one",
        "Peer (2 threads)",
        "1.00 µs (1.00–1.00) per step",
        "4.00 µs (4.00–4.00)",
        "**4.00**",
        "2",
        "–",
    ]


def test_a_ratio_below_what_is_wanted_is_marked():
    *_, ratio, wanted, _ = line_of(result([2e-6] * 3, [3e-6] * 3))
    assert (ratio, wanted) == ("**1.50**", "2, **not reached**")


def test_a_peer_that_is_missing_is_shown_with_the_reason():
    assert line_of({"missing": "it is built by gfortran, which is not installed"}) == [
        "work of one",
        "Peer",
        "–",
        "missing: it is built by gfortran, which is not installed",
        "–",
        "2",
        "–",
    ]


def test_a_comparison_that_failed_or_was_not_measured_is_shown_as_such():
    assert line_of({"failed": "a | b"})[3] == "failed: a / b"
    assert cells(page.table([comparison("one")], {}).splitlines()[2])[3] == "not measured"


def test_the_share_of_the_limit_is_the_work_by_the_time_by_the_rate():
    # 1e11 operations and 9e9 bytes in 1 s, of 2e11 and 3e10 a second
    found = line_of(result([1.0] * 3, [2.0] * 3, flops=1e11, n_bytes=9e9))
    assert found[-1] == "products 50 %, memory 30 %"


def test_the_verdict_counts_what_is_reached_missed_and_without_a_figure():
    all_of_them = [comparison(name) for name in "abcd"] + [comparison("free", wanted=None)]
    results = {
        "a": result([1.0], [2.0]),
        "b": result([1.0], [5.0]),
        "c": result([1.0], [1.0]),
        "d": {"missing": "not installed"},
        "free": result([1.0], [0.5]),
    }
    text = page.verdict(all_of_them, results)
    assert text == "Of the wanted ratios 2 are reached, 1 are not, 1 not measured.\n"


def test_the_page_has_the_machine_its_limits_the_table_and_the_curves():
    curve = {
        "kind": "rings",
        "peer": "Peer",
        "ours": [[1000, 2e-9], [10_000, 3e-9]],
        "theirs": [],
    }
    results = {"limits": LIMITS, "a": result([1.0], [2.0]), "growth-rings": curve}
    text = page.page([comparison("a")], results)
    assert "| processor | Fast |" in text
    assert "| matrix products (float32) | 200 GFLOP/s |" in text
    assert "| reading memory | 30.0 GB/s |" in text
    assert "Versions: neurosim 1.0, numpy 2.0." in text
    assert "within 1e-05 times" in text
    assert "| work of a |" in text
    assert "| rings | neurosim | 1,000: 2.00 ns, 10,000: 3.00 ns | – |" in text
    assert "images/benchmarks.png" in text


@pytest.mark.parametrize(("last", "growth"), [(6e-9, "3.00"), (10e-9, "5.00, **too much**")])
def test_growth_is_from_ten_thousand_to_ten_million_synapses(last, growth):
    ours = [[1000, 9e-9], [9900, 2e-9], [10_000_000, last]]
    curve = {"kind": "rings", "peer": "Peer", "ours": ours, "theirs": []}
    text = page.page([], {"growth-rings": curve})
    (line,) = (line for line in text.splitlines() if "rings" in line)
    assert cells(line)[-1] == growth


def test_a_page_without_results_says_so_everywhere():
    text = page.page(COMPARISONS.values(), {})
    rows = sum(len(comparison.rows) for comparison in COMPARISONS.values())
    assert text.count("| not measured |") == rows
    assert text.count("Not measured.") == 2


@pytest.mark.parametrize("name", COMPARISONS)
def test_every_comparison_says_what_it_wants_or_that_it_wants_nothing(name):
    for row in COMPARISONS[name].rows:
        assert row.work
        assert row.against
        assert row.wanted is None or row.wanted >= 1
