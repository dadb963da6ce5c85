"""The page docs/benchmarks.md, from results alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from benchmarks.peers.sides import Comparison, Row
from benchmarks.peers.statistics import Spread, ratio, spread, three_digits

Results = dict[str, Any]
GROWS, MOST_GROWTH = (10_000, 10_000_000), 4

INTRO = """# Benchmarks

neurosim beside what one would otherwise use, each at its best. This page is written by
`make bench`; no number in it was typed.

Each comparison has a process of its own. There both sides first do a little of the work from the
same start and have to come to the same outputs or parameters, within {tolerances} times the
largest magnitude. Then they are warmed up and run by turns. Times are medians with quartiles in
parentheses; a ratio is the median, over the rounds, of the peer's time divided by neurosim's in the
same round. Numbers are float32 where nothing else is said.

Everything goes through neurosim's public calls, `train` and `feedforward`, on a compiled program,
with all their checks. Peers run in the best form that was found: JAX with the whole loop inside
one jitted call, PyTorch on one thread or all and without a graph for the error itself, NumPy in
place; where a peer came in several variants the fastest counts, and is named. Training is plain
gradient descent on the squared error, in the order of the examples, of sigmoid neurons (beside
scikit-learn, with linear outputs).
"""

SHARES = """The last column is the share of the machine's limit that neurosim reaches.

- *products*: the multiplications and additions of the matrix products, forward, back and for the
  gradient, against the rate of NumPy's matrix products, which is not always the most that the
  processor can do. Of sparse parts only synapses that are there count.
- *memory*: the bytes of a sparse part that have to be touched at least once, against the rate of
  reading memory. A training step touches 32 a synapse: the weight read forward and back, and read
  and written by the update; its gradient written and read; the number of the pre neuron read
  forward and back. Forward only it is 8. The outputs of neurons, which are read again for every
  synapse, are not counted; what stays in the caches can bring the share above 100 %.
"""

AGAIN = """## Again

```sh
make bench          # all of it, and this page
```

That makes an environment of its own, `.venv-bench`, and installs the peers one by one. One that
cannot be installed is missing in the table, with the reason. Then, with that environment's Python:

```sh
.venv-bench/bin/python -m benchmarks.peers --list        # the names of the comparisons
.venv-bench/bin/python -m benchmarks.peers dag tiny-4    # those that begin so: printed and kept
.venv-bench/bin/python -m benchmarks.peers --quick dag   # a glance: printed only
.venv-bench/bin/python -m benchmarks.peers --page        # the page, from what was kept
```

What was measured is kept in `benchmarks/results`.
"""

GROWTH = """## Time per synapse

A training step on a batch of 32, float32, divided by the number of synapses. Peers are shown as far
as they get in reasonable time. Growth is that of the time per synapse from 10⁴ to 10⁷ synapses; at
most 4 times is wanted.

![Time per synapse against the number of synapses](images/benchmarks.png)

{table}
"""


def page(comparisons: Iterable[Comparison], results: Results) -> str:
    """Return the page as Markdown."""
    comparisons = list(comparisons)
    tolerances = _tolerances(comparisons, results)
    parts = [
        INTRO.format(tolerances=tolerances),
        "## The machine\n\n" + _machine(results.get("limits")),
        "## Side by side\n\n" + table(comparisons, results),
        verdict(comparisons, results),
        SHARES,
        GROWTH.format(table=_curves(results)),
        AGAIN,
    ]
    return "\n".join(part if part.endswith("\n") else part + "\n" for part in parts)


def _tolerances(comparisons: list[Comparison], results: Results) -> str:
    found = {results.get(c.name, {}).get("tolerance") for c in comparisons} - {None}
    return " or ".join(f"{value:g}" for value in sorted(found)) or "a tolerance"


def _machine(found: dict[str, Any] | None) -> str:
    if found is None:
        return "Not measured.\n"
    facts = {
        **found["machine"],
        "matrix products (float32)": f"{three_digits(found['limits']['gemm'] / 1e9)} GFLOP/s",
        "reading memory": f"{three_digits(found['limits']['memory'] / 1e9)} GB/s",
    }
    lines = ["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in facts.items())]
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    return "\n".join([*lines, "", f"Versions: {versions}.", ""])


# -- the table ---------------------------------------------------------------------------------

HEAD = (
    "| work | peer | neurosim | the peer | ratio | wanted | share of the limit |\n"
    "|---|---|---|---|---|---|---|"
)


def table(comparisons: Iterable[Comparison], results: Results) -> str:
    """Return a line for every row of every comparison."""
    limits = results.get("limits", {}).get("limits")
    lines = [
        _line(row, results.get(comparison.name), limits)
        for comparison in comparisons
        for row in comparison.rows
    ]
    return "\n".join([HEAD, *lines, ""])


def _line(row: Row, result: dict[str, Any] | None, limits: dict[str, float] | None) -> str:
    why = trouble(result)
    wanted = "–" if row.wanted is None else f"{row.wanted:g}"
    if why:
        return _cells(row.work, row.against, "–", why, "–", wanted, "–")
    assert result is not None
    ours, theirs = result["rows"][row.key]
    reached = ratio(ours, theirs)
    return _cells(
        row.work,
        " ".join(part for part in (row.against, _variant(result)) if part),
        f"{spread(ours)} per {row.unit}",
        str(spread(theirs)),
        f"**{three_digits(reached)}**",
        wanted if is_reached(row, reached) else f"{wanted}, **not reached**",
        share(result, spread(ours), limits) if row.key == "run" else "–",
    )


def _cells(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _variant(result: dict[str, Any]) -> str:
    return f"({result['variant']})" if result.get("variant") else ""


def trouble(result: dict[str, Any] | None) -> str:
    """Return why there are no times, or nothing."""
    if result is None:
        return "not measured"
    for kind in ("missing", "failed"):
        if kind in result:
            return f"{kind}: {result[kind]}"
    return ""


def is_reached(row: Row, reached: float) -> bool:
    """Return whether a ratio is what is wanted, or nothing is."""
    return row.wanted is None or reached >= row.wanted


def share(result: dict[str, Any], ours: Spread, limits: dict[str, float] | None) -> str:
    """Return how much of the machine's rates is reached, where that has a meaning."""
    effort = result["effort"]
    shares = []
    for what, rate, amount in (
        ("products", "gemm", effort["flops"]),
        ("memory", "memory", effort["bytes"]),
    ):
        if limits and amount:
            shares.append(f"{what} {amount / ours.median / limits[rate]:.0%}".replace("%", " %"))
    return ", ".join(shares) or "–"


def verdict(comparisons: Iterable[Comparison], results: Results) -> str:
    """Return how many of the wanted ratios are reached."""
    reached, missed, without = 0, 0, 0
    for comparison in comparisons:
        result = results.get(comparison.name)
        for row in comparison.rows:
            if row.wanted is None:
                continue
            if trouble(result):
                without += 1
            elif is_reached(row, ratio(*result["rows"][row.key])):
                reached += 1
            else:
                missed += 1
    return (
        f"Of the wanted ratios {reached} are reached, {missed} are not, {without} not measured.\n"
    )


# -- the curves --------------------------------------------------------------------------------


def _curves(results: Results) -> str:
    curves = [result for name, result in results.items() if name.startswith("growth-")]
    curves = [curve for curve in curves if not trouble(curve)]
    if not curves:
        return "Not measured.\n"
    head = "| network | by | time per synapse, at so many synapses | growth |\n|---|---|---|---|"
    lines = [
        _cells(curve["kind"], who, points(found), _growth(found, judged=who == "neurosim"))
        for curve in curves
        for who, found in (("neurosim", curve["ours"]), (curve["peer"], curve["theirs"]))
        if found
    ]
    return "\n".join([head, *lines])


def _growth(curve: list[list[float]], *, judged: bool) -> str:
    """Return by how much the time per synapse grows, if both sizes are there."""
    first, last = ([t for n, t in curve if 0.8 < n / size < 1.25] for size in GROWS)
    if not first or not last:
        return "–"
    times = last[0] / first[0]
    return three_digits(times) + (", **too much**" if judged and times > MOST_GROWTH else "")


def points(curve: list[list[float]]) -> str:
    """Return a curve as text."""
    return ", ".join(
        f"{int(count):,}: {three_digits(seconds * 1e9)} ns" for count, seconds in curve
    )
