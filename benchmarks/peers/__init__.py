"""neurosim beside its peers: each does the same work, in one process, by turns.

``python -m benchmarks.peers`` measures all comparisons and writes docs/benchmarks.md. The peers live
in an environment of their own, which ``make bench`` makes; neurosim and its tests never need it.
"""
