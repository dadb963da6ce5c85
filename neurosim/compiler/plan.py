"""The plan: a network's neurons as rows in topological order, its synapses as blocks of matrices.

Engines work on arrays of shape (n_neurons, n_examples) whose rows stand in the order of the plan:
level by level, and within a level so that the neurons of a full block are neighbours. The weights
of a block are a window of the parameter vector, post neuron by post neuron.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from attrs import field, frozen

from neurosim.activations import Activation
from neurosim.checks import BoolArray, FloatArray, IntArray
from neurosim.model.sorting import offsets, sorted_by

Rows = slice | IntArray

FULL, HOLED, GATHERED = "full", "holed", "gathered"


def as_rows(rows: IntArray) -> Rows:
    """Return `rows` as a slice where they are neighbours, which makes their selection a view."""
    if len(rows) and (np.diff(rows) == 1).all():
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return rows


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
    place : (n_synapses,) int array or None
        Index into the flattened (n_post, n_pre) matrix of a holed block.
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
    pre_level: int = -1
    place: IntArray | None = None

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


@frozen(eq=False)
class Return:
    """The way back over gathered synapses: neurons of one level with equally many of them.

    Attributes
    ----------
    pre : rows
        The neurons that receive ∂E/∂output.
    post : (n_pre, fan_out) int array
        The rows they hand their output to.
    place : (n_pre, fan_out) int array
        Where in the parameter vector the weights stand.
    """

    pre: Rows
    post: IntArray
    place: IntArray


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


@frozen(eq=False)
class Plan:
    """All that an engine needs to know of a network, except its parameters.

    Attributes
    ----------
    names : tuple of str
        Per row, the neuron's name.
    row : (n_neurons,) int array
        The row of each neuron, by its position in `Network.neurons`.
    level : (n_neurons,) int array
        The level of each row.
    input_rows, output_rows : rows
        In the order of the columns of X and y.
    stages : tuple of Stage
        Level by level.
    output_units : tuple of tuples of int
        The columns of y that belong together: those of a softmax layer, or single ones.
    n_weights, n_parameters : int
    bias_rows : rows
        The neurons with a bias; their biases stand behind the weights, in this order.
    synapse_pre, synapse_post : (n_weights,) int arrays
        The rows of the two ends of each weight of the parameter vector.
    hears_input, reaches_output : (n_neurons,) bool arrays
        Per row, whether there is a path from an input, and to an output.
    """

    names: tuple[str, ...]
    row: IntArray
    level: IntArray
    input_rows: Rows
    output_rows: Rows
    n_inputs: int
    n_outputs: int
    output_units: tuple[tuple[int, ...], ...]
    stages: tuple[Stage, ...]
    n_weights: int
    n_parameters: int
    bias_rows: Rows
    synapse_pre: IntArray
    synapse_post: IntArray
    activations: tuple[Activation | None, ...] = field(repr=False)
    hears_input: BoolArray
    reaches_output: BoolArray

    def __attrs_post_init__(self) -> None:
        # One plan serves all programs of a network.
        for array in (self.row, self.level, self.synapse_pre, self.synapse_post):
            array.setflags(write=False)

    @cached_property
    def output_index(self) -> IntArray:
        """The rows of the output neurons as an array."""
        return np.arange(self.n_neurons)[self.output_rows]

    @property
    def n_neurons(self) -> int:
        """The number of neurons, that is, of rows."""
        return len(self.names)

    @property
    def blocks(self) -> tuple[Block, ...]:
        """All blocks in the order of the parameter vector."""
        return tuple(block for stage in self.stages for block in stage.incoming)

    @cached_property
    def hard_rows(self) -> tuple[int, ...]:
        """The rows without a derivative that a gradient would have to pass from behind."""
        hard = self._hard()
        feeds = np.zeros(self.n_neurons, bool)
        feeds[self.synapse_pre[self.reaches_output[self.synapse_post]]] = True
        return tuple(np.flatnonzero(hard & feeds).tolist())

    @cached_property
    def hard_outputs(self) -> tuple[int, ...]:
        """The output rows without a derivative."""
        rows = self.output_index
        return tuple(rows[self._hard()[rows]].tolist())

    def _hard(self) -> BoolArray:
        return np.array(
            [one is not None and not one.is_differentiable for one in self.activations], bool
        )

    @cached_property
    def walk(self) -> tuple[IntArray, IntArray, IntArray]:
        """The synapses for a walk in topological order: (start, pre row, place of the weight).

        ``start[row] : start[row + 1]`` are the incoming synapses of a row, their pre rows
        ascending. Made on the first request.
        """
        order = sorted_by(self.synapse_post, self.synapse_pre)
        start = offsets(self.synapse_post, self.n_neurons).astype(np.int32)
        return start, self.synapse_pre[order].astype(np.int32), order.astype(np.int32)
