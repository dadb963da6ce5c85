"""The order of computation: levels on index arrays, and the cycle that stands in the way of one."""

from __future__ import annotations

import numpy as np

from neurosim.checks import BoolArray, IntArray
from neurosim.model.adjacency import gather
from neurosim.model.sorting import distinct, offsets


def levels(n_units: int, pre: IntArray, post: IntArray) -> IntArray:
    """Return the length of the longest path to each unit, -1 where a cycle stands before it.

    Kahn's algorithm, a frontier at a time: a unit enters the frontier when the last of its
    predecessors has left it.

    Parameters
    ----------
    n_units : int
    pre, post : (n_edges,) int arrays
        Edges, sorted by `pre`.

    Examples
    --------
    >>> import numpy as np
    >>> levels(4, np.array([0, 0, 1]), np.array([1, 2, 2])).tolist()
    [0, 1, 2, 0]
    """
    start = offsets(pre, n_units)
    waiting = np.bincount(post, minlength=n_units)
    result = np.full(n_units, -1, np.int32)
    frontier: IntArray = np.flatnonzero(waiting == 0)
    depth = 0
    while len(frontier):
        result[frontier] = depth
        reached = post[gather(start, frontier)]
        np.subtract.at(waiting, reached, 1)
        frontier = distinct(reached[waiting[reached] == 0])
        depth += 1
    return result


def find_cycle(pre: IntArray, post: IntArray, level: IntArray) -> list[int]:
    """Return edge numbers that form a cycle among the units without a level, in order.

    Every unit that Kahn's algorithm leaves over has a predecessor that is left over too, so
    walking backwards must come round.
    """
    left = np.flatnonzero((level[pre] < 0) & (level[post] < 0))
    edge_into = dict(zip(post[left].tolist(), left.tolist(), strict=True))
    unit = min(edge_into)
    path: list[int] = []
    seen: dict[int, int] = {}
    while unit not in seen:
        seen[unit] = len(path)
        path.append(edge_into[unit])
        unit = int(pre[path[-1]])
    return path[seen[unit] :][::-1]


def reachable(n_units: int, start_units: IntArray, pre: IntArray, post: IntArray) -> BoolArray:
    """Return a mask of the units reached from `start_units` along edges sorted by `pre`."""
    start = offsets(pre, n_units)
    reached = np.zeros(n_units, bool)
    reached[start_units] = True
    frontier = np.asarray(start_units)
    while len(frontier):
        found = distinct(post[gather(start, frontier)])
        frontier = found[~reached[found]]
        reached[frontier] = True
    return reached
