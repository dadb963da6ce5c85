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
from neurosim.checks import BoolArray, IntArray
from neurosim.compiler.layout import Blocks
from neurosim.compiler.ordering import reachable
from neurosim.compiler.pieces import (
    FULL,
    GATHERED,
    HOLED,
    Block,
    Return,
    Rows,
    Segment,
    Stage,
    as_rows,
)
from neurosim.compiler.staging import make_blocks, make_stages
from neurosim.model.sorting import distinct, sorted_by

__all__ = [
    "FULL",
    "GATHERED",
    "HOLED",
    "Block",
    "Plan",
    "Return",
    "Rows",
    "Segment",
    "Stage",
    "as_rows",
]


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
    n_inputs, n_outputs : int
    n_weights, n_parameters : int
    bias_rows : rows
        The neurons with a bias; their biases stand behind the weights, in this order.
    synapse_pre, synapse_post : (n_weights,) int arrays
        The rows of the two ends of each weight of the parameter vector.
    code : (n_neurons,) int array
        Which of `kinds` each row has.
    kinds : tuple of Activation or None
        The last is None, which stands for inputs, whose code is -1; some may not occur.
    unit : (n_neurons,) int array
        The row that stands for each row: the first of a softmax layer, otherwise itself.
    block_table : Blocks
        The blocks as columns, of which there may be many thousands.

    Notes
    -----
    What not every engine needs is made on the first request.
    """

    row: IntArray
    level: IntArray
    input_rows: Rows
    output_rows: Rows
    n_inputs: int
    n_outputs: int
    n_weights: int
    n_parameters: int
    bias_rows: Rows
    synapse_pre: IntArray
    synapse_post: IntArray
    _names: tuple[str, ...] = field(repr=False)
    code: IntArray = field(repr=False)
    kinds: tuple[Activation | None, ...] = field(repr=False)
    unit: IntArray = field(repr=False)
    block_table: Blocks = field(repr=False)

    def __attrs_post_init__(self) -> None:
        # One plan serves all programs of a network.
        for array in (self.row, self.level, self.synapse_pre, self.synapse_post):
            array.setflags(write=False)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Per row, the neuron's name."""
        return tuple(map(self._names.__getitem__, self._position.tolist()))

    def name_of(self, row: int) -> str:
        """Return the name of the neuron in a row, without making those of all others."""
        return self._names[self._position.item(row)]

    def activation_of(self, row: int) -> Activation | None:
        """Return the activation of a row, None for an input."""
        return self.kinds[self.code.item(row)]

    @cached_property
    def _position(self) -> IntArray:
        """Per row, the neuron's position in `Network.neurons`."""
        position = np.empty(self.n_neurons, np.int32)
        position[self.row] = np.arange(self.n_neurons, dtype=np.int32)
        return position

    @cached_property
    def present(self) -> tuple[Activation, ...]:
        """The activations that occur."""
        found = (self.kinds[code] for code in np.unique(self.code).tolist())
        return tuple(activation for activation in found if activation is not None)

    @cached_property
    def activations(self) -> tuple[Activation | None, ...]:
        """Per row, the activation; None for inputs."""
        return tuple(map(self.kinds.__getitem__, self.code.tolist()))

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """The stages, level by level."""
        return make_stages(self)

    @cached_property
    def output_units(self) -> tuple[tuple[int, ...], ...]:
        """The columns of y that belong together: those of a softmax layer, or single ones."""
        units: dict[int, list[int]] = {}
        for column, unit in enumerate(self.unit[self.output_rows].tolist()):
            units.setdefault(unit, []).append(column)
        return tuple(map(tuple, units.values()))

    @cached_property
    def hears_input(self) -> BoolArray:
        """Per row, whether there is a path from an input."""
        return self._reached(self.input_rows, self.synapse_pre, self.synapse_post)

    @cached_property
    def reaches_output(self) -> BoolArray:
        """Per row, whether there is a path to an output."""
        return self._reached(self.output_rows, self.synapse_post, self.synapse_pre)

    def _reached(self, rows: Rows, pre: IntArray, post: IntArray) -> BoolArray:
        """Return, per row, whether a path along edges between units leads there from `rows`.

        What one neuron of a softmax layer hears changes the outputs of all of them.
        """
        pre, post = self.unit[pre], self.unit[post]
        order = sorted_by(pre, post)
        units = distinct(self.unit[rows])
        reached = reachable(self.n_neurons, units, pre[order], post[order])
        return reached[self.unit]

    @cached_property
    def output_index(self) -> IntArray:
        """The rows of the output neurons as an array."""
        return np.arange(self.n_neurons)[self.output_rows]

    @property
    def n_neurons(self) -> int:
        """The number of neurons, that is, of rows."""
        return len(self.row)

    @property
    def n_levels(self) -> int:
        """The number of levels, inputs included."""
        return int(self.level[-1]) + 1 if self.n_neurons else 0

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """All blocks in the order of the parameter vector."""
        return make_blocks(self)

    @cached_property
    def hard_rows(self) -> tuple[int, ...]:
        """The rows without a derivative that a gradient would have to pass from behind."""
        hard = self._hard()
        if not hard.any():
            return ()
        feeds = np.zeros(self.n_neurons, bool)
        feeds[self.synapse_pre[self.reaches_output[self.synapse_post]]] = True
        return tuple(np.flatnonzero(hard & feeds).tolist())

    @cached_property
    def hard_outputs(self) -> tuple[int, ...]:
        """The output rows without a derivative."""
        rows = self.output_index
        return tuple(rows[self._hard()[rows]].tolist())

    def _hard(self) -> BoolArray:
        hard = [one is not None and not one.is_differentiable for one in self.kinds]
        return np.array(hard, bool)[self.code]
