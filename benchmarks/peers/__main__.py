"""The command line: measure comparisons, each in a process of its own, and write the page."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.peers import environment, page, results
from benchmarks.peers.catalogue import COMPARISONS
from benchmarks.peers.growth import KINDS
from benchmarks.peers.statistics import ratio, spread, three_digits

DOCS = Path(__file__).parents[2] / "docs"
NAMES = ("limits", *COMPARISONS, *KINDS)
PATIENCE = 600  # seconds for one comparison


def main() -> int:
    """Run the command line; return 1 if a comparison failed."""
    arguments = _arguments()
    if arguments.list:
        print("\n".join(NAMES))
        return 0
    chosen = select(arguments.names)
    failed = [] if arguments.page else [n for n in chosen if not _measure(n, arguments.quick)]
    if arguments.page or not (arguments.names or arguments.quick):
        write_page()
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("names", nargs="*", help="comparisons, or beginnings of names; all if none")
    parser.add_argument("--list", action="store_true", help="print the names")
    parser.add_argument("--quick", action="store_true", help="a few rounds; nothing is kept")
    parser.add_argument("--page", action="store_true", help="only write the page from what is kept")
    return parser.parse_args()


def select(asked: list[str]) -> list[str]:
    """Return the names that are asked for, or that begin as asked, in order; all if none is."""
    for name in asked:
        if not any(known.startswith(name) for known in NAMES):
            raise SystemExit(f"there is no comparison {name!r}; --list prints their names")
    return [known for known in NAMES if not asked or any(_means(a, known) for a in asked)]


def _means(asked: str, known: str) -> bool:
    """Return whether a name is meant: itself, or else its beginning."""
    return known == asked if asked in NAMES else known.startswith(asked)


def _measure(name: str, quick: bool) -> bool:
    """Measure one comparison in a process of its own, print it and keep it; say if it went well."""
    result = _in_a_process(name, quick)
    _show(name, result)
    if not quick:
        results.keep(name, result)
    return "failed" not in result


def _in_a_process(name: str, quick: bool) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.peers.one", name, *(["--quick"] if quick else [])]
    variables = {**os.environ, "JAX_PLATFORMS": "cpu"}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=PATIENCE, env=variables
        )
    except subprocess.TimeoutExpired:
        return {"failed": f"not done after {PATIENCE} seconds"}
    if done.returncode:
        sys.stderr.write(done.stderr)
        return {"failed": (done.stderr.strip().splitlines() or ["no word"])[-1]}
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if "missing" in result:
        result["missing"] = environment.why_missing(result["missing"])
    return result


def _show(name: str, result: dict[str, Any]) -> None:
    if page.trouble(result) or name not in COMPARISONS:
        print(f"{name:26} {page.trouble(result) or _summary(result)}", flush=True)
        return
    for row in COMPARISONS[name].rows:
        ours, theirs = result["rows"][row.key]
        reached = ratio(ours, theirs)
        mark = "" if page.is_reached(row, reached) else "  <-- below"
        wanted = "" if row.wanted is None else f" (wanted {row.wanted:g})"
        print(
            f"{name:26} {spread(ours)!s:28} {spread(theirs)!s:28} "
            f"{three_digits(reached):>7} ×{wanted}{mark}  {result['variant']}",
            flush=True,
        )


def _summary(result: dict[str, Any]) -> str:
    if "limits" in result:
        rates = result["limits"]
        return f"{rates['gemm'] / 1e9:.0f} GFLOP/s, {rates['memory'] / 1e9:.1f} GB/s"
    lines = [f"{who}: {page.points(result[who])}" for who in ("ours", "theirs")]
    return "; ".join(lines)


def write_page() -> None:
    """Write docs/benchmarks.md and its picture from the results that are kept."""
    from benchmarks.peers.plot import draw

    kept = results.kept()
    (DOCS / "benchmarks.md").write_text(page.page(COMPARISONS.values(), kept), encoding="utf-8")
    curves = [kept[name] for name in KINDS if not page.trouble(kept.get(name))]
    if curves:
        draw(curves, DOCS / "images" / "benchmarks.png")


if __name__ == "__main__":
    sys.exit(main())
