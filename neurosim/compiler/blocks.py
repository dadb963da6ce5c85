"""Finding matrices in a graph: which synapses together make a block, by what is there.

The synapses into one post neuron that come from one level are a *part*. Post neurons of a level
that hear exactly the same neurons of another have equal parts, and these form a *full* block. What
is left over of a pair of levels and still covers a good part of its matrix forms a *holed* block.
The rest is gathered, the post neurons with equally many such synapses together. Nothing depends on
how the network was built, and nothing on other post levels than the one a block ends in.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from attrs import frozen

from neurosim.checks import BoolArray, IntArray
from neurosim.model.adjacency import SortedIndex, gather
from neurosim.model.sorting import (
    boundaries,
    distinct,
    lengths,
    mask_of,
    order_by,
    starts,
    stretches,
)

# A full block of fewer synapses than this costs more as a matrix of its own than gathered.
MIN_FULL = 16
# Levels with at most this many groups of synapses are not worth gathering at all, ...
FEW_GROUPS = 2
# ... nor with this many, where a single post neuron hears at least so many others.
SOME_GROUPS, MIN_SINGLE = 8, 64
# Gathering takes longer than multiplying the zeros of a matrix that is filled at least this much.
MIN_HOLED, MIN_DENSITY = 256, 0.1
# Marks of so many neurons per synapse are set and counted faster than the synapses are sorted.
_ROOM = 8
# So many post neurons of a pair of levels are looked at before all of them are.
_GLANCE = 64


@frozen(eq=False)
class Parts:
    """Synapses sorted by (post, level of pre, pre), and the parts they are cut into.

    Attributes
    ----------
    synapse, pre : (n_synapses,) int arrays
        The numbers of the synapses and of their pre neurons.
    start, count : (n_parts,) int arrays
        Which stretch of these each part is.
    post, level, pre_level : (n_parts,) int arrays
        The post neuron of each part, its level, and the level of the pre neurons.
    """

    synapse: IntArray
    pre: IntArray
    start: IntArray
    count: IntArray
    post: IntArray
    level: IntArray
    pre_level: IntArray

    @classmethod
    def of(cls, posts: IntArray, incoming: SortedIndex, level: IntArray) -> Parts:
        """Return the parts of `posts`, which ascend; `level` is that of each neuron."""
        places = gather(incoming.start, posts)
        synapse, pre = incoming.order[places], incoming.other[places]
        fan_in = incoming.start[posts + 1] - incoming.start[posts]
        which = np.repeat(np.arange(len(posts), dtype=np.int32), fan_in)
        pre_level = level[pre]
        order = order_by(which, pre_level)
        if not isinstance(order, slice):  # `which` is in order before and after
            synapse, pre, pre_level = synapse[order], pre[order], pre_level[order]
        start = boundaries(which, pre_level)
        post = posts[which[start]]
        return cls(
            synapse, pre, start, lengths(start, len(pre)), post, level[post], pre_level[start]
        )

    def __len__(self) -> int:
        return len(self.start)

    def places(self, parts: IntArray) -> slice | IntArray:
        """Return the places of the synapses of some parts, one part after the other."""
        return stretches(self.start[parts], self.count[parts])


@frozen(eq=False)
class Groups:
    """Parts that belong together: the `member` parts, group by group, `size` of them in each."""

    member: IntArray
    size: IntArray

    @property
    def begin(self) -> IntArray:
        """Where in `member` each group begins."""
        return np.cumsum(self.size) - self.size

    @property
    def leader(self) -> IntArray:
        """The first part of each group."""
        return self.member[self.begin]

    def beginnings(self, most: int) -> Groups:
        """Return the first members of each group, `most` of them or all there are."""
        size = np.minimum(self.size, most)
        return Groups(self.member[stretches(self.begin, size)], size)

    def chosen(self, mask: BoolArray) -> Groups:
        """Return only the groups of a mask."""
        if mask.all():
            return self
        return Groups(self.member[np.repeat(mask, self.size)], self.size[mask])


def scrambled(numbers: IntArray) -> IntArray:
    """Return 64 well-mixed bits per number (splitmix64), whose sums tell sets apart."""
    x = numbers.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


# -- full blocks -------------------------------------------------------------------------------


def full_groups(parts: Parts) -> Groups:
    """Return the full blocks as groups of parts, each by ascending post, in no certain order."""
    if not len(parts):
        return Groups(parts.start, parts.count)
    order, begin = _sorted_digests(_digests(parts))
    leader, size = order[begin], lengths(begin, len(order))
    level = parts.level[leader]
    worth = _worth_a_matrix(size, parts.count[leader], np.bincount(level)[level])
    return _verified(parts, Groups(order, size).chosen(worth))


def _digests(parts: Parts) -> IntArray:
    """Return a number per part that stands for its pre neurons and the level of its post."""
    bits = scrambled(np.arange(int(parts.pre.max()) + 1))
    of_level = scrambled(~np.arange(int(parts.level.max()) + 1))
    digest: IntArray = np.add.reduceat(bits[parts.pre], parts.start)
    digest ^= of_level[parts.level]
    return digest


def _sorted_digests(digest: IntArray) -> tuple[IntArray, IntArray]:
    """Return the stable order of the digests, and where in it each different one begins."""
    bits = len(digest).bit_length()
    packed = digest >> np.uint64(bits)
    packed <<= np.uint64(bits)
    packed |= np.arange(len(digest), dtype=np.uint64)
    packed.sort()
    order = (packed & np.uint64((1 << bits) - 1)).view(np.int64)
    begin = boundaries(digest[order])
    packed >>= np.uint64(bits)
    high = packed[begin]
    # Digests that differ in their lowest bits only stand in any order as yet: that is rare.
    mixed = high[1:][high[1:] == high[:-1]]
    if len(mixed):
        places = np.flatnonzero(np.isin(packed, mixed))
        loose = order[places]
        order[places] = loose[np.lexsort((loose, digest[loose]))]
        begin = boundaries(digest[order])
    return order, begin


def _worth_a_matrix(n_post: IntArray, n_pre: IntArray, groups_of_level: IntArray) -> BoolArray:
    """Return which groups make full blocks."""
    large = (n_post > 1) & (n_post * n_pre >= MIN_FULL)
    single = (n_pre >= MIN_SINGLE) & (groups_of_level <= SOME_GROUPS)
    return large | single | (groups_of_level <= FEW_GROUPS)


def _verified(parts: Parts, groups: Groups) -> Groups:
    """Return the groups whose members are alike, and do not only share their digest."""
    if not len(groups.size):
        return groups
    leader = np.repeat(groups.leader, groups.size)
    alike = parts.count[groups.member] == parts.count[leader]
    alike &= parts.level[groups.member] == parts.level[leader]
    whole = np.logical_and.reduceat(alike, groups.begin)
    if not whole.all():
        return _verified(parts, groups.chosen(whole))
    same = parts.pre[parts.places(groups.member)] == parts.pre[parts.places(leader)]
    first = np.cumsum(parts.count[groups.member]) - parts.count[groups.member]
    whole = np.logical_and.reduceat(same, first[groups.begin])
    return groups if whole.all() else groups.chosen(whole)


# -- holed blocks ------------------------------------------------------------------------------


def holed_groups(parts: Parts, rest: IntArray) -> tuple[Groups, IntArray]:
    """Return the pairs of levels whose leftover synapses nearly fill a matrix, by ascending post.

    `rest` holds the parts that are in no full block, ascending. The second result is the number of
    pre neurons of each.
    """
    rest = rest[_roomy(parts, rest)]
    order = order_by(parts.level[rest], parts.pre_level[rest])
    member = rest[order]
    begin = boundaries(parts.level[member], parts.pre_level[member])
    if not len(member):
        return Groups(member, member), member
    groups = Groups(member, lengths(begin, len(member)))
    total = np.add.reduceat(parts.count[member], begin)
    groups, total = groups.chosen(total >= MIN_HOLED), total[total >= MIN_HOLED]
    # Mostly a few post neurons hear too many different pres already.
    n_pre = _distinct_pres(parts, groups.beginnings(_GLANCE))
    dense = total >= MIN_DENSITY * n_pre * groups.size
    groups, total = groups.chosen(dense), total[dense]
    n_pre = _distinct_pres(parts, groups)
    dense = total >= MIN_DENSITY * n_pre * groups.size
    return groups.chosen(dense), n_pre[dense]


def _roomy(parts: Parts, rest: IntArray) -> BoolArray:
    """Return which of the parts are of a pair of levels that may have enough synapses."""
    place = parts.level[rest]
    n_levels = int(place.max(initial=0)) + 1
    if n_levels**2 <= len(rest):  # there is room to count by pairs
        place = place * n_levels + parts.pre_level[rest]
    return np.bincount(place, parts.count[rest])[place] >= MIN_HOLED


def _distinct_pres(parts: Parts, groups: Groups) -> IntArray:
    """Return how many different pre neurons the parts of each group have."""
    pre = parts.pre[parts.places(groups.member)]
    count = parts.count[groups.member]
    if not len(pre):
        return groups.size
    n_neurons, total = int(pre.max()) + 1, np.add.reduceat(count, groups.begin)
    if len(total) * n_neurons <= len(pre) * _ROOM:
        bounds = starts(total).tolist()
        windows = (pre[start:stop] for start, stop in pairwise(bounds))
        return np.array([np.count_nonzero(mask_of(one, n_neurons)) for one in windows])
    keys = distinct(np.repeat(np.arange(len(total)) << 32, total) | pre)
    return np.bincount(keys >> 32, minlength=len(total))
