"""The command line: measure comparisons, each in a process of its own, and write the page."""

from __future__ import annotations

import sys
from statistics import median

from benchmarks.peers.catalogue import COMPARISONS
from benchmarks.peers.timing import QUICK, Budget, measure

if __name__ == "__main__":
    names = [a for a in sys.argv[1:] if not a.startswith("-")]
    for name in names:
        c = COMPARISONS[name]
        r = measure(c.build(), QUICK if "--quick" in sys.argv else Budget())
        for row in c.rows:
            o, t = r["rows"][row.key]
            print(f"{name:28} {median(o)*1e6:10.2f} µs {median(t)*1e6:10.2f} µs  ratio {median([b/a for a,b in zip(o,t)]):.2f} wanted {row.wanted}  {r['variant']} diff {r['difference']:.1e}", flush=True)
