"""What a plan is made of: blocks, ways back, segments, and the stages that hold them."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from attrs import field, frozen

from neurosim.activations import Activation
from neurosim.checks import FloatArray, IntArray
from neurosim.model.sorting import sorted_by

Rows = slice | IntArray

FULL, HOLED, GATHERED = KINDS = ("full", "holed", "gathered")


def as_rows(rows: IntArray) -> Rows:
    """Return `rows` as a slice where they are neighbours, which makes their selection a view."""
    if len(rows) and (np.diff(rows) == 1).all():
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return rows


def ascending_rows(rows: IntArray, first: int, last: int) -> Rows:
    """Return the same for rows that are known to ascend, given the first and the last of them."""
    return slice(first, last + 1) if last - first + 1 == len(rows) else rows


@frozen(eq=False)
class Block:
    """Synapses that are computed together.

    Attributes
    ----------
    kind : "full", "holed" or "gathered"
        *full*: every neuron of `pre` is connected to every neuron of `post`, so that the weights
        are a matrix (n_post, n_pre). *holed*: nearly so; `place` says where in that matrix each
        synapse stands. *gathered*: every neuron of `post` has its own equally long list of pre
        neurons, `pre` is a matrix (n_post, fan_in), and so are the weights.
    pre, post : rows
        As slices where they are neighbours.
    start, stop : int
        The window of the parameter vector that holds the weights.
    level : int
        The level of the post neurons.
    pre_level : int
        The level of the pre neurons; -1 in a gathered block, where they may differ.
    """

    kind: str
    pre: Rows
    post: Rows
    n_pre: int
    n_post: int
    start: int
    stop: int
    level: int
    pre_level: int
    _ends: tuple[IntArray, IntArray] = field(repr=False)

    @cached_property
    def place(self) -> IntArray | None:
        """Index into the flattened (n_post, n_pre) matrix of a holed block, (n_synapses,)."""
        if self.kind != HOLED:
            return None
        pre, post = (end[self.start : self.stop] for end in self._ends)
        place: IntArray = _ranks(self.post, post)
        place *= self.n_pre
        place += _ranks(self.pre, pre)
        return place

    @property
    def n_synapses(self) -> int:
        """The number of synapses."""
        return self.stop - self.start

    @property
    def matrix_shape(self) -> tuple[int, int]:
        """(n_post, n_pre), or (n_post, fan_in) where the pre neurons are gathered."""
        return self.n_post, self.n_pre

    def weights(self, parameters: FloatArray) -> FloatArray:
        """Return the weights as a view: a matrix, or flat in the case of a holed block."""
        window = parameters[self.start : self.stop]
        return window if self.kind == HOLED else window.reshape(self.matrix_shape)


def _ranks(rows: Rows, among: IntArray) -> IntArray:
    """Return the place of each of `among` in `rows`, which ascend."""
    if isinstance(rows, slice):
        places: IntArray = among.astype(np.int64) - rows.start
        return places
    first = int(rows[0])
    rank = np.empty(int(rows[-1]) - first + 1, np.int64)
    rank[rows - first] = np.arange(len(rows))
    result: IntArray = rank[among - first]
    return result


@frozen(eq=False)
class WayBack:
    """The gathered synapses of a plan sorted by (pre, post), for the way back over them.

    Attributes
    ----------
    synapse_pre, synapse_post : (n_weights,) int arrays
        The rows of the ends of each weight.
    gathered : (n_gathered,) int array
        The places of the gathered weights in the parameter vector, ascending.
    """

    synapse_pre: IntArray
    synapse_post: IntArray
    gathered: IntArray

    @cached_property
    def place(self) -> IntArray:
        """The places of the gathered weights, (n_gathered,), sorted by the rows of their ends."""
        pre, post = self.synapse_pre[self.gathered], self.synapse_post[self.gathered]
        place: IntArray = self.gathered[sorted_by(pre, post)]
        return place


@frozen(eq=False)
class Return:
    """The way back over gathered synapses: neurons of one level with equally many of them.

    Attributes
    ----------
    pre : rows
        The neurons that receive ∂E/∂output.
    start : (n_pre,) int array
        Where the synapses of each begin in `WayBack.place`.
    fan_out : int
        How many synapses each has.
    """

    pre: Rows
    start: IntArray = field(repr=False)
    fan_out: int
    _way: WayBack = field(repr=False)

    @cached_property
    def place(self) -> IntArray:
        """Where in the parameter vector the weights stand, (n_pre, fan_out)."""
        place: IntArray = self._way.place[self.start[:, None] + np.arange(self.fan_out)]
        return place

    @cached_property
    def post(self) -> IntArray:
        """The rows they hand their output to, (n_pre, fan_out)."""
        post: IntArray = self._way.synapse_post[self.place]
        return post


@frozen(eq=False)
class Segment:
    """Rows of one level that share an activation; for softmax, the rows of one layer."""

    activation: Activation
    rows: Rows


@frozen(eq=False)
class Stage:
    """One level: its rows, the blocks that end in it, those that start in it, its activations."""

    rows: slice
    incoming: tuple[Block, ...]
    outgoing: tuple[Block, ...]
    returns: tuple[Return, ...]
    segments: tuple[Segment, ...]
