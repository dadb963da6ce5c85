"""Finding matrices in a graph: which synapses together make a block, by what is there.

The synapses into a level that come from one level are looked at together. Post neurons that hear
exactly the same neurons of that level form a *full* block. What is left over of a pair of levels
and still covers a good part of its matrix forms a *holed* block. The rest is gathered, the post
neurons with equally many such synapses together. Nothing depends on how the network was built.
"""

from __future__ import annotations

import numpy as np
from attrs import frozen

from neurosim.checks import BoolArray, IntArray
from neurosim.model.sorting import distinct, runs

# A full block of fewer synapses than this costs more as a matrix of its own than gathered.
MIN_FULL = 16
# Levels with at most this many groups of synapses are not worth gathering at all, ...
FEW_GROUPS = 2
# ... nor with this many, where a single post neuron hears at least so many others.
SOME_GROUPS, MIN_SINGLE = 8, 64
# Gathering takes longer than multiplying the zeros of a matrix that is filled at least this much.
MIN_HOLED, MIN_DENSITY = 256, 0.1


@frozen(eq=False)
class Edges:
    """Synapses by the positions of their ends, sorted by (post, level of pre, pre)."""

    pre: IntArray
    post: IntArray
    level_pre: IntArray
    level_post: IntArray

    def __getitem__(self, index: IntArray) -> Edges:
        return Edges(
            self.pre[index], self.post[index], self.level_pre[index], self.level_post[index]
        )

    def __len__(self) -> int:
        return len(self.pre)


@frozen(eq=False)
class Parts:
    """The synapses of one post neuron that come from one level, as stretches of `Edges`.

    The digest stands for the set of the pre neurons and the two levels.
    """

    start: IntArray
    count: IntArray
    digest: IntArray

    @classmethod
    def of(cls, edges: Edges) -> Parts:
        """Cut `edges` into parts."""
        levels = int(edges.level_post.max(initial=0)) + 1
        place = edges.post.astype(np.int64) * levels + edges.level_pre
        _, start, count = runs(place)
        if not len(start):
            return cls(start, count, start)
        ends = edges.level_pre[start].astype(np.int64) << 32 | edges.level_post[start]
        digest = np.add.reduceat(scrambled(edges.pre), start) ^ scrambled(~ends)
        return cls(start, count, digest)


def scrambled(numbers: IntArray) -> IntArray:
    """Return 64 well-mixed bits per number (splitmix64), whose sums tell sets apart."""
    x = numbers.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def full_blocks(edges: Edges) -> list[IntArray]:
    """Return the full blocks, each as a matrix (n_post, n_pre) of indices into `edges`.

    Within one, posts ascend by position from row to row, and pres from column to column.
    """
    parts = Parts.of(edges)
    if not len(parts.start):
        return []
    # Stable, and parts are sorted by post: so are the members of each group.
    order = np.argsort(parts.digest, kind="stable")
    _, begin, size = runs(parts.digest[order])
    leaders = order[begin]
    level = edges.level_post[parts.start[leaders]]
    worth = _worth_a_matrix(size, parts.count[leaders], np.bincount(level)[level])
    groups = zip(begin[worth].tolist(), size[worth].tolist(), strict=True)
    blocks = (_matrix(edges, parts, order[start : start + n_post]) for start, n_post in groups)
    return [block for block in blocks if block is not None]


def _matrix(edges: Edges, parts: Parts, members: IntArray) -> IntArray | None:
    """Return the parts as rows of a matrix, or None if they only share their digest."""
    count = parts.count[members[0]]
    if (parts.count[members] != count).any():
        return None
    block: IntArray = parts.start[members][:, None] + np.arange(count)
    alike = all(
        (column[block] == column[block[0]]).all()
        for column in (edges.pre, edges.level_pre, edges.level_post)
    )
    return block if alike else None


def _worth_a_matrix(n_post: IntArray, n_pre: IntArray, groups_of_level: IntArray) -> BoolArray:
    """Return which groups make full blocks."""
    large = (n_post > 1) & (n_post * n_pre >= MIN_FULL)
    single = (n_pre >= MIN_SINGLE) & (groups_of_level <= SOME_GROUPS)
    return large | single | (groups_of_level <= FEW_GROUPS)


def holed_blocks(edges: Edges, rest: IntArray) -> list[IntArray]:
    """Return the pairs of levels whose leftover synapses nearly fill a matrix, as index arrays.

    `rest` holds the indices into `edges` that are in no full block, ascending.
    """
    if len(rest) < MIN_HOLED:
        return []
    left = edges[rest]
    pair = left.level_post.astype(np.int64) << 32 | left.level_pre
    order = np.argsort(pair, kind="stable")
    _, start, total = runs(pair[order])
    group = np.empty(len(rest), np.int64)
    group[order] = np.repeat(np.arange(len(start)), total)
    n_post = _distinct(group, left.post, len(start))
    n_pre = _distinct(group, left.pre, len(start))
    dense = (total >= MIN_HOLED) & (total >= MIN_DENSITY * n_pre * n_post)
    return [rest[order[start[i] : start[i] + total[i]]] for i in np.flatnonzero(dense).tolist()]


def _distinct(group: IntArray, member: IntArray, n_groups: int) -> IntArray:
    """Return the number of different members of each group."""
    keys = distinct(group.astype(np.int64) << 32 | member)
    return np.bincount(keys >> 32, minlength=n_groups)
