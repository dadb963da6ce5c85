"""The order of computation: levels on index arrays, and the cycle that stands in the way of one."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

import numpy as np

from neurosim.checks import BoolArray, IntArray
from neurosim.model.adjacency import gather
from neurosim.model.sorting import Places, distinct, offsets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# A frontier with fewer units and edges than this is walked in Python: a step of NumPy costs more.
NARROW_UNITS, NARROW_EDGES = 32, 128


def levels(n_units: int, pre: IntArray, post: IntArray) -> IntArray:
    """Return the length of the longest path to each unit, -1 where a cycle stands before it.

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
    return longest_paths(offsets(pre, n_units), post)


def longest_paths(start: IntArray, post: IntArray) -> IntArray:
    """Return the same of edges where those of unit i are ``post[start[i] : start[i + 1]]``."""
    return _Kahn(start, post).levels()


class _Kahn:
    """Kahn's algorithm: a unit enters the frontier when the last of its predecessors left it.

    A wide frontier takes a step of NumPy; a narrow one is walked in plain Python, because deep
    graphs have thousands of frontiers of a few units.
    """

    def __init__(self, start: IntArray, post: IntArray) -> None:
        self.start, self.post = start, post
        self.waiting = np.bincount(post, minlength=len(start) - 1)
        self.level = np.full(len(self.waiting), -1, np.int32)
        self.depth = 0

    def levels(self) -> IntArray:
        """Return the level of each unit, -1 where a cycle stands before it."""
        frontier: IntArray = np.flatnonzero(self.waiting == 0)
        while len(frontier):
            step = self._narrow_steps if self._is_narrow(frontier) else self._wide_step
            frontier = step(frontier)
        return self.level

    def _is_narrow(self, frontier: IntArray) -> bool:
        if len(frontier) > NARROW_UNITS:
            return False
        n_edges = (self.start[frontier + 1] - self.start[frontier]).sum()
        return bool(n_edges <= NARROW_EDGES)

    def _wide_step(self, frontier: IntArray) -> IntArray:
        self.level[frontier] = self.depth
        self.depth += 1
        waiting, reached = self.waiting, self.post[self._edges_of(frontier)]
        if len(reached) > len(waiting):
            counts = np.bincount(reached, minlength=len(waiting))
            waiting -= counts
            return np.flatnonzero((counts > 0) & (waiting == 0))
        np.subtract.at(waiting, reached, 1)
        return distinct(reached[waiting[reached] == 0])

    def _edges_of(self, units: IntArray) -> Places:
        """Return the places of the edges of units that ascend."""
        first, last = int(units[0]), int(units[-1])
        if last - first + 1 == len(units):
            return slice(int(self.start[first]), int(self.start[last + 1]))
        return gather(self.start, units)

    def _narrow_steps(self, frontier: IntArray) -> IntArray:
        """Go on until the frontier is wide again."""
        # Memoryviews give and take single items twice as fast as arrays.
        start, post, waiting, level = (
            array.data for array in (self.start, self.post, self.waiting, self.level)
        )
        here, n_edges = frontier.tolist(), 0
        while here and len(here) <= NARROW_UNITS and n_edges <= 2 * NARROW_EDGES:
            reached, n_edges = [], 0
            for unit in here:
                level[unit] = self.depth
                low, high = start[unit], start[unit + 1]
                n_edges += high - low
                for other in post[low:high]:
                    left = waiting[other] - 1
                    waiting[other] = left
                    if not left:
                        reached.append(other)
            here = reached
            self.depth += 1
        return np.array(sorted(here), np.int64)


def update_levels(
    level: IntArray,
    seeds: Iterable[int],
    befores: Callable[[int], IntArray],
    afters: Callable[[int], IntArray],
    most: int,
) -> bool:
    """Bring the levels of units up to date, in place, after edges into `seeds` have changed.

    Parameters
    ----------
    level : (n_units,) int array
        As they were; -1 for units that are new.
    seeds : ints
    befores, afters : functions
        Give the neighbours of a unit along incoming and outgoing edges.
    most : int
        So many units are looked at, and no more.

    Returns
    -------
    bool
        Whether that was enough. It never is where there is a cycle.
    """
    queued = set(seeds)
    queue = [(int(level[unit]), unit) for unit in queued]
    heapify(queue)
    for _ in range(most):
        if not queue:
            break
        _, unit = heappop(queue)
        queued.discard(unit)
        old = int(level[unit])
        new = int(level[befores(unit)].max(initial=-1)) + 1
        if new == old:
            continue
        level[unit] = new
        posts = afters(unit)
        at = level[posts]
        for other in posts[(at <= new) | (at == old + 1)].tolist():
            if other not in queued:
                queued.add(other)
                heappush(queue, (int(level[other]), other))
    return not queue


def find_cycle(pre: IntArray, post: IntArray, level: IntArray) -> list[int]:
    """Return edge numbers that form a cycle among the units without a level, in order.

    Every unit that Kahn's algorithm leaves over has a predecessor that is left over too, so
    walking backwards must come round.
    """
    left = np.flatnonzero((level[pre] < 0) & (level[post] < 0))
    edge_into = np.full(len(level), -1)
    edge_into[post[left]] = left
    unit = int((edge_into >= 0).argmax())
    path: list[int] = []
    seen: dict[int, int] = {}
    while unit not in seen:
        seen[unit] = len(path)
        path.append(edge_into.item(unit))
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
