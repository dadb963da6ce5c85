"""Who is connected to whom: sorted indexes over the synapse columns, refreshed when asked.

One index lists the synapses by (pre, post), which answers "what leaves this neuron" and "is this
pair connected"; the other by (post, pre). Synapses added one at a time wait in a small dictionary
until there are enough of them to make merging worth its while, so that each costs the same at the
millionth as at the first and an index costs eight bytes per synapse.
"""

from __future__ import annotations

from bisect import bisect_left

import numpy as np

from neurosim.checks import IntArray
from neurosim.model.columns import GONE, Columns
from neurosim.model.sorting import Places, order_by, starts, stretches, with_inserted, without

_EMPTY: IntArray = np.empty(0, np.int32)
_SEARCH = 16  # searching for a pair takes as long as looking at so many synapses of a row
_FEW = 2048  # so few synapses are put in and taken out singly
_TAIL = 4096  # a dictionary of this size takes half a megabyte; merging it, half a millisecond


class SortedIndex:
    """The numbers of the existing synapses sorted by one end, then by the other.

    Attributes
    ----------
    order : (n_synapses,) int32 array
        The numbers of the synapses, sorted. Replaced, never written into.
    other : (n_synapses,) int32 array
        The neuron at the second end of each.
    start : (n_neurons + 1,) int32 array
        Where in `order` the synapses of each neuron begin.
    """

    def __init__(self, columns: Columns, *, by: str) -> None:
        self.columns = columns
        self.by = by
        self.order = self.other = _EMPTY
        self.start: IntArray = np.zeros(1, np.int32)
        self.covered = 0
        self._buried = columns.n_removed
        self._look()

    def ends(self) -> tuple[IntArray, IntArray]:
        """Return the columns (first, second) that this index sorts by."""
        columns = self.columns
        return (columns.pre, columns.post) if self.by == "pre" else (columns.post, columns.pre)

    def refresh(self) -> None:
        """Take in what was added and drop what was removed since the last time."""
        if not self._is_fresh():
            with self.columns.lock:
                self._refresh()

    def _is_fresh(self) -> bool:
        columns = self.columns
        return (
            self.covered == columns.n_synapses
            and self._buried == columns.n_removed
            and len(self.start) == columns.n_neurons + 1
        )

    def _refresh(self) -> None:
        columns = self.columns
        if self._buried != columns.n_removed:
            self._drop(columns.removed[self._buried : columns.n_removed])
        missing = columns.n_neurons + 1 - len(self.start)
        if missing:
            self.start = np.pad(self.start, (0, missing), mode="edge")
            self._look()
        if self.covered != columns.n_synapses:
            self._take_in(np.arange(self.covered, columns.n_synapses, dtype=np.int32))

    def _look(self) -> None:
        # Single items are read twice as fast through a memoryview as from an array.
        self._starts, self._others = self.start.data, self.other.data

    def _drop(self, removed: IntArray) -> None:
        self._buried = self.columns.n_removed
        removed = removed[removed < self.covered]
        if len(removed) > _FEW:
            kept = self.columns.slot[self.order] != GONE
            self.order, self.other = self.order[kept], self.other[kept]
            self.start = starts(kept)[self.start].astype(np.int32)
        else:
            pairs = [end[removed].tolist() for end in self.ends()]
            places = sorted(self._place(*pair) for pair in zip(*pairs, strict=True))
            self.order, self.other = without(self.order, places), without(self.other, places)
            self._count(removed, -1)
        self._look()

    def _take_in(self, added: IntArray) -> None:
        columns = self.columns
        self.covered = columns.n_synapses
        added = added[columns.slot[added] != GONE]
        if not len(self.order):
            self._sort(added)
        elif len(added) > _FEW:
            self._merge(added)
        else:
            self._insert(added)
        self._count(added, 1)
        self._look()

    def _sort(self, added: IntArray) -> None:
        first, second = self.ends()
        by_pair = order_by(first[added], second[added])
        self.order = added[by_pair]
        self.other = second[self.order]

    def _merge(self, added: IntArray) -> None:
        first, second = (end[added] for end in self.ends())
        by_pair = order_by(first, second)
        added, first, second = added[by_pair], first[by_pair], second[by_pair]
        rows = np.repeat(np.arange(len(self.start) - 1, dtype=np.int32), np.diff(self.start))
        place = np.searchsorted(_keys(rows, self.other), _keys(first, second))
        self.order = np.insert(self.order, place, added)
        self.other = np.insert(self.other, place, second)

    def _insert(self, added: IntArray) -> None:
        columns = [end[added].tolist() for end in self.ends()]
        rows = sorted(zip(*columns, added.tolist(), strict=True))
        places = [self._place(first, second) for first, second, _ in rows]
        self.order = with_inserted(self.order, places, [synapse for *_, synapse in rows])
        self.other = with_inserted(self.other, places, [second for _, second, _ in rows])

    def _count(self, synapses: IntArray, sign: int) -> None:
        """Move the starts by what `synapses` add to the rows or take from them."""
        counts = np.bincount(self.ends()[0][synapses], minlength=len(self.start) - 1)
        self.start = self.start + (sign * starts(counts)).astype(np.int32)

    def _place(self, first: int, second: int) -> int:
        """Return where in its row the synapse of a pair stands or would stand."""
        return bisect_left(self._others, second, self._starts[first], self._starts[first + 1])

    def find(self, first: int, second: int) -> int:
        """Return the existing synapse of a pair, or `GONE`, as of the last refresh."""
        try:
            place = self._place(first, second)
        except IndexError:  # the neuron is newer than that
            return GONE
        if place == self._starts[first + 1] or self._others[place] != second:
            return GONE
        found = self.order.item(place)
        return GONE if self.columns.slot.item(found) == GONE else found  # removed since then

    def row(self, neuron: int) -> IntArray:
        """Return the synapses of one neuron, sorted by their other end."""
        self.refresh()
        return self.order[self.start[neuron] : self.start[neuron + 1]]

    def rows(self, neurons: IntArray) -> IntArray:
        """Return the synapses of several neurons, one neuron after the other."""
        self.refresh()
        return self.order[self.places(neurons)]

    def places(self, neurons: IntArray) -> Places:
        """Return the places of the same in `order` as of the last refresh."""
        return gather(self.start, self._known(neurons))

    def _known(self, neurons: IntArray) -> IntArray:
        """Return those of `neurons` that there were at the last refresh."""
        return neurons[neurons + 1 < len(self.start)]

    def size(self, neurons: IntArray) -> int:
        """Return the number of synapses of several neurons as of the last refresh."""
        neurons = self._known(neurons)
        return int((self.start[neurons + 1] - self.start[neurons]).sum())

    def pairs(self, first: IntArray, second: IntArray) -> IntArray:
        """Return the synapses among the pairs (`first[i]`, `second[i]`) as of the last refresh.

        One binary search for all pairs at once, each in the row of its own neuron.
        """
        known = first + 1 < len(self.start)
        first, second = first[known], second[known]
        low, end = self.start[first], self.start[first + 1]
        high = end
        while (open_ := low < high).any():
            middle = (low + high) // 2
            less = open_.copy()
            less[open_] = self.other[middle[open_]] < second[open_]
            low, high = np.where(less, middle + 1, low), np.where(open_ & ~less, middle, high)
        inside = np.flatnonzero(low < end)
        place = low[inside]
        found: IntArray = self.order[place[self.other[place] == second[inside]]]
        return found

    def degrees(self) -> IntArray:
        """Return the number of synapses per neuron ever made."""
        self.refresh()
        return np.diff(self.start)


class Adjacency:
    """Both indexes of a network, and the look-up of a pair."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.outgoing = SortedIndex(columns, by="pre")
        self.incoming = SortedIndex(columns, by="post")
        self._tail: dict[int, int] = {}
        self._room = _TAIL
        self._reach = 0  # synapses below this number are in `outgoing` or in the tail

    def find(self, pre: int, post: int) -> int:
        """Return the row of the synapse pre→post, or `GONE`."""
        columns = self.columns
        if self._reach != columns.n_synapses:
            self._merge()
        waiting = self._tail.get(pre << 32 | post)
        if waiting is not None and columns.slot.item(waiting) != GONE:
            return waiting
        return self.outgoing.find(pre, post)

    def note(self, pre: int, post: int, synapse: int) -> None:
        """Take in the synapse that was just appended after a `find` of its pair."""
        self._tail[pre << 32 | post] = synapse
        self._reach = synapse + 1
        if len(self._tail) >= self._room:
            self._merge()

    def note_many(self, synapses: range) -> None:
        """Take in synapses that were just appended; large numbers are merged when next asked."""
        if self._reach == synapses.start and len(synapses) + len(self._tail) < self._room:
            columns, part = self.columns, slice(synapses.start, synapses.stop)
            keys = _keys(columns.pre[part], columns.post[part])
            self._tail.update(zip(keys.tolist(), synapses, strict=True))
            self._reach = synapses.stop

    def existing(self, pre: IntArray, post: IntArray) -> IntArray:
        """Return the existing synapses from any of `pre` to any of `post`."""
        if self.columns.n_alive == 0:
            return _EMPTY
        waiting, index = self._waiting(pre, post), self.outgoing
        n_pairs = len(pre) * len(post)
        if n_pairs * _SEARCH < index.size(pre):  # few pairs of neurons with long rows
            known = index.pairs(np.repeat(pre, len(post)), np.tile(post, len(pre)))
        else:
            wanted = np.zeros(self.columns.n_neurons, bool)
            wanted[post] = True
            places = index.places(pre)
            known = index.order[places][wanted[index.other[places]]]
        found = np.concatenate([known, waiting])
        existing: IntArray = found[self.columns.slot[found] != GONE]
        return existing

    def existing_pairs(self, pre: IntArray, post: IntArray) -> IntArray:
        """Return the existing synapses among the pairs (`pre[i]`, `post[i]`)."""
        self._merge()
        return self.outgoing.pairs(pre, post)

    def _waiting(self, pre: IntArray, post: IntArray) -> IntArray:
        """Return those of the tail, merging it first where that is the smaller work."""
        if self._reach != self.columns.n_synapses or len(pre) * len(post) > _TAIL:
            self._merge()
        if not self._tail:
            return _EMPTY
        keys = _keys(pre[:, None], post).ravel().tolist()
        return np.array([self._tail[key] for key in keys if key in self._tail], np.int32)

    def _merge(self) -> None:
        with self.columns.lock:
            self.outgoing.refresh()
            self._tail.clear()
            self._reach = self.columns.n_synapses
            self._room = max(_TAIL, self._reach >> 5)  # it walks all synapses: wait for a share


def gather(start: IntArray, groups: IntArray) -> Places:
    """Return the places of all members of `groups`, one group after the other."""
    if len(groups) == 1:
        return slice(int(start[groups[0]]), int(start[groups[0] + 1]))
    begin = start[groups]
    return stretches(begin, start[groups + 1] - begin)


def _keys(first: IntArray, second: IntArray) -> IntArray:
    """Return one number per pair that sorts as the pairs do."""
    keys: IntArray = first.astype(np.int64) << 32 | second
    return keys
