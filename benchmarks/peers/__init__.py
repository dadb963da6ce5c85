"""neurosim beside its peers: each does the same work, in one process, by turns.

``python -m benchmarks.peers`` measures all comparisons and writes docs/benchmarks.md. The peers
live in an environment of their own, which ``make bench`` makes; neurosim and its tests never need
it. `tiny`, `layered`, `graphs` and `evolved` hold the comparisons, `ours` neurosim's side of them,
and ``in_…`` the peers' sides, each imported only where its peer is there.
"""
