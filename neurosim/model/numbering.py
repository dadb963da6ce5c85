"""Ids of synapses: numbers of rows until rows are swept, then looked up in a sorted column."""

from __future__ import annotations

from bisect import bisect_left

import numpy as np
from attrs import field, frozen

from neurosim.checks import IntArray

GONE = -1
_BEYOND = np.iinfo(np.int64).max  # stands behind the ids, so that every search ends at one


def _no_ids() -> IntArray:
    return np.array([_BEYOND])


@frozen(eq=False)
class Numbering:
    """Which row holds the synapse of an id.

    Synapses are numbered as they are made, and a number is never used again, while the rows of
    removed synapses are swept. Only what was there at the last sweep has to be looked up: the ids
    of newer synapses are ahead of their rows by the number of rows swept so far.

    Attributes
    ----------
    kept : (n_kept + 1,) int64 array
        The ids of the rows that the last sweep left, ascending, and what is beyond all ids.
    swept : int
        How many rows were swept in all.

    Examples
    --------
    >>> import numpy as np
    >>> numbering = Numbering().after_sweep(np.array([0, 3]), 4)  # of four rows, two are left
    >>> numbering.id_of(1), numbering.id_of(2), numbering.row_of(3), numbering.row_of(2)
    (3, 4, 1, -1)
    """

    kept: IntArray = field(factory=_no_ids, repr=False)
    swept: int = 0

    @property
    def first_new(self) -> int:
        """The id from which on ids are rows plus `swept`."""
        return len(self.kept) - 1 + self.swept

    def id_of(self, row: int) -> int:
        """Return the id of the synapse in a row."""
        return row + self.swept if row >= len(self.kept) - 1 else self.kept.item(row)

    def ids_of(self, rows: IntArray) -> IntArray:
        """Return the ids of the synapses in some rows."""
        if not self.swept:
            return rows
        n_kept = len(self.kept) - 1
        ids: IntArray = self.kept[np.minimum(rows, n_kept)]
        return np.where(rows < n_kept, ids, rows.astype(np.int64) + self.swept)

    def row_of(self, number: int) -> int:
        """Return the row of the synapse with an id, or `GONE` if it was swept."""
        if number >= self.first_new:
            return number - self.swept
        row = bisect_left(self.kept.data, number)
        return row if self.kept.item(row) == number else GONE

    def rows_of(self, ids: IntArray) -> IntArray:
        """Return the rows of the synapses with some ids, `GONE` for those that were swept."""
        if not self.swept:
            return ids
        place = np.searchsorted(self.kept, ids)
        old = np.where(self.kept[place] == ids, place, GONE)
        return np.where(ids >= self.first_new, ids - self.swept, old)

    def after_sweep(self, rows: IntArray, n_rows: int) -> Numbering:
        """Return the numbering when of `n_rows` rows only `rows`, ascending, are left."""
        kept = np.append(self.ids_of(rows.astype(np.int64)), _BEYOND)
        return Numbering(kept, self.swept + n_rows - len(rows))
