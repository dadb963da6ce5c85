"""All comparisons, in the order of the table."""

from __future__ import annotations

from benchmarks.peers import evolved, graphs, layered, tiny
from benchmarks.peers.sides import Comparison

COMPARISONS: dict[str, Comparison] = {
    comparison.name: comparison
    for module in (tiny, layered, graphs, evolved)
    for comparison in module.COMPARISONS
}
