"""The symbols of a network's equations: what each neuron and synapse has, by row and place."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from neurosim.activations import Activation
from neurosim.analysis.walking.equations import Quantity
from neurosim.analysis.walking.one_step import OneStep
from neurosim.checks import FloatArray, IntArray
from neurosim.training.rules import DeltaRule, PerceptronRule


class Symbols:
    """The quantities of one step, with the letters that they have on the slides.

    Rows are those of the plan, places those of the parameter vector.

    Attributes
    ----------
    units : list of lists of int
        The rows, level by level in the order of creation, those of a softmax layer together.
    incoming, outgoing : dict of lists of int
        The places of each row's synapses, in the order of the neurons at the other end.
    is_one_layer : bool
        Whether the rule steps by the error itself, with the letters t and o.
    """

    def __init__(self, step: OneStep) -> None:
        self.step, self.plan = step, step.plan
        self.is_one_layer = isinstance(step.rule, (PerceptronRule, DeltaRule))
        position = np.argsort(self.plan.row)
        order = np.lexsort((position, self.plan.level)).tolist()
        units: dict[int, list[int]] = {}
        for row in order:
            units.setdefault(self.plan.unit.item(row), []).append(row)
        self.units = list(units.values())
        rank = {row: i for i, row in enumerate(order)}
        self.incoming = _places(self.plan.synapse_post, self.plan.synapse_pre, rank)
        self.outgoing = _places(self.plan.synapse_pre, self.plan.synapse_post, rank)
        biased = np.arange(self.plan.n_neurons)[self.plan.bias_rows].tolist()
        self._bias_place = {row: self.plan.n_weights + i for i, row in enumerate(biased)}
        self._column = {row: i for i, row in enumerate(self.plan.output_index.tolist())}

    # -- neurons ---------------------------------------------------------------------------

    def name(self, row: int) -> str:
        """Return the neuron's name."""
        return self.plan.name_of(row)

    def group(self, row: int) -> str:
        """Return the name of what is computed at once: the neuron, or its softmax layer."""
        activation = self.plan.activation_of(row)
        layer = self.step.program.network[self.name(row)].layer
        return str(layer) if activation is not None and activation.over_layer else self.name(row)

    def is_input(self, row: int) -> bool:
        """Return whether the neuron emits its number of the example."""
        return self.plan.activation_of(row) is None

    def is_output(self, row: int) -> bool:
        """Return whether there is a target for the neuron."""
        return row in self._column

    def activation(self, row: int) -> Activation:
        """Return the activation of a neuron that is no input."""
        found = self.plan.activation_of(row)
        assert found is not None
        return found

    def letter(self, row: int) -> str:
        """Return what an output is called: x, a, or at the end ŷ."""
        if self.is_output(row):
            return "o" if self.is_one_layer else "ŷ"
        return "x" if self.is_input(row) else "a"

    def output(self, row: int) -> Quantity:
        """Return what the neuron emits."""
        return self._of_row(self.letter(row), row, self.step.state.output[:, 0])

    def net_input(self, row: int) -> Quantity:
        """Return z."""
        return self._of_row("z", row, self.step.state.net_input[:, 0])

    def delta(self, row: int) -> Quantity:
        """Return ∂E/∂z."""
        return self._of_row("δ", row, self.step.state.delta[:, 0])

    def arriving(self, row: int) -> Quantity:
        """Return ∂E/∂a."""
        return self._of_row(f"∂E/∂{self.letter(row)}", row, self.step.arriving)

    def slope(self, row: int) -> Quantity:
        """Return f′(z)."""
        value = self.activation(row).derivative(self.step.state.net_input[[row], 0])
        return Quantity("f′(z)", (self.name(row),), float(value[0]))

    def target(self, row: int) -> Quantity:
        """Return what is desired of an output."""
        value = self.step.targets[self._column[row]]
        return Quantity("t" if self.is_one_layer else "y", (self.name(row),), float(value))

    def seed(self, row: int) -> Quantity:
        """Return what the cost itself contributes to ∂E/∂ŷ."""
        return Quantity("", (self.name(row),), float(self.step.seed[self._column[row]]))

    def compared(self, row: int) -> Quantity:
        """Return what is compared with the target: the delta rule takes the net input."""
        if isinstance(self.step.rule, DeltaRule):
            return self.net_input(row)
        return self.output(row)

    # -- parameters ------------------------------------------------------------------------

    def parameters(self, row: int) -> list[int]:
        """Return the places of what the neuron learns: its weights and its bias."""
        bias = self._bias_place.get(row)
        return [*self.incoming[row], *([] if bias is None else [bias])]

    def is_bias(self, place: int) -> bool:
        """Return whether a parameter is a bias: they stand behind the weights."""
        return place >= self.plan.n_weights

    def bias(self, row: int) -> Quantity | None:
        """Return b, where there is one."""
        return self.before(self._bias_place[row], row) if row in self._bias_place else None

    def before(self, place: int, row: int) -> Quantity:
        """Return w or b of the neuron in a row, before the step."""
        return self._of_place("", place, row, self.step.before)

    def gradient(self, place: int, row: int) -> Quantity:
        """Return ∂E/∂w or ∂E/∂b."""
        return self._of_place("∂E/∂", place, row, self.step.gradient)

    def adjustment(self, place: int, row: int) -> Quantity:
        """Return Δw or Δb."""
        return self._of_place("Δ", place, row, self.step.adjustment)

    def after(self, place: int, row: int) -> Quantity:
        """Return w or b after the step."""
        return self._of_place("", place, row, self.step.after)

    def pre(self, place: int) -> int:
        """Return the row of the neuron that a synapse hears."""
        return self.plan.synapse_pre.item(place)

    def post(self, place: int) -> int:
        """Return the row of the neuron that a synapse feeds."""
        return self.plan.synapse_post.item(place)

    def _of_row(self, letter: str, row: int, values: FloatArray) -> Quantity:
        return Quantity(letter, (self.name(row),), float(values[row]))

    def _of_place(self, prefix: str, place: int, row: int, values: FloatArray) -> Quantity:
        if self.is_bias(place):
            return Quantity(f"{prefix}b", (self.name(row),), float(values[place]))
        ends = self.name(self.pre(place)), self.name(row)
        return Quantity(f"{prefix}w", ends, float(values[place]))


def _places(of: IntArray, other: IntArray, rank: dict[int, int]) -> defaultdict[int, list[int]]:
    """Return the places of each row's synapses, in the order of the rows at the other end."""
    result: defaultdict[int, list[int]] = defaultdict(list)
    for place in sorted(range(len(of)), key=lambda place: rank[other.item(place)]):
        result[of.item(place)].append(place)
    return result
