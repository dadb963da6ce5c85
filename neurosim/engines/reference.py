"""The engine that teaches and judges: neuron by neuron through the objects, as on the slides.

It is slow on purpose: no matrices and no blocks, only the definitions, so that it can be read in
one sitting and the other engines can be compared with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neurosim.checks import FloatArray
from neurosim.compiler.plan import Plan
from neurosim.engines.state import State, outputs_by_states

if TYPE_CHECKING:
    from neurosim.model.network import Network
    from neurosim.model.neuron import Neuron
    from neurosim.model.synapse import Synapse


class ReferenceEngine:
    """Runs a network by walking its neurons in topological order.

    Parameters
    ----------
    plan : Plan
        Only the order of the neurons and of the parameter vector is taken from it.
    network : Network
    """

    name = "reference"
    strategy = ""  # there is nothing to choose

    def __init__(self, plan: Plan, network: Network) -> None:
        self.plan = plan
        self.columns = network._columns
        self.row = dict(zip(network.neurons, plan.row.tolist(), strict=True))
        self.units = _units(sorted(network.neurons, key=self.row.__getitem__))
        self.incoming = {neuron: list(neuron.incoming) for neuron in self.row}
        self.outgoing = {neuron: list(neuron.outgoing) for neuron in self.row}
        self.input_column = {neuron: i for i, neuron in enumerate(network.inputs)}
        self.output_column = {neuron: i for i, neuron in enumerate(network.outputs)}

    def outputs(self, parameters: FloatArray, X: FloatArray) -> FloatArray:
        """Return the outputs of the network, (n_examples, n_outputs)."""
        return outputs_by_states(self, parameters, X)

    def explained(self) -> list[str]:
        """Return nothing: there is nothing to choose."""
        return []

    def outputs_if_finite(self, parameters: FloatArray, X: FloatArray) -> FloatArray | None:
        """Return None: what goes in is checked before."""
        return None

    @np.errstate(all="ignore")
    def forward(self, parameters: FloatArray, X: FloatArray, state: State) -> None:
        """Push `X`, (n_examples, n_inputs), through; write net inputs and outputs into `state`."""
        for unit in self.units:
            rows = [self.row[neuron] for neuron in unit]
            for neuron, row in zip(unit, rows, strict=True):
                state.net_input[row] = self._net_input(neuron, parameters, X, state)
            activation = unit[0].activation
            if activation is None:  # an input neuron passes its column through
                state.output[rows] = state.net_input[rows]
            else:  # a softmax layer has its neurons along the last axis
                state.output[rows] = activation(state.net_input[rows].T).T
            state.emit(rows)

    def _net_input(
        self, neuron: Neuron, parameters: FloatArray, X: FloatArray, state: State
    ) -> FloatArray:
        """Return the weighted sum of what the neuron hears, plus its bias."""
        if neuron in self.input_column:
            return X[:, self.input_column[neuron]]
        total = np.full(len(X), self._bias(neuron, parameters), X.dtype)
        for synapse in self.incoming[neuron]:
            total += self._weight(synapse, parameters) * state.emitted[self.row[synapse.pre]]
        return total

    @np.errstate(all="ignore")
    def backward(
        self,
        parameters: FloatArray,
        state: State,
        gradient: FloatArray,
        *,
        output_gradient: FloatArray | None = None,
        output_delta: FloatArray | None = None,
        inputs: bool = True,
    ) -> None:
        """Write the deltas into `state` and the gradient into `gradient`, (n_parameters,)."""
        for unit in reversed(self.units):
            arriving = [self._arriving(n, parameters, state, output_gradient) for n in unit]
            deltas = self._deltas(unit, np.array(arriving), state)
            for neuron, delta in zip(unit, deltas, strict=True):
                state.delta[self.row[neuron]] = delta
                if output_delta is not None and neuron in self.output_column:
                    state.delta[self.row[neuron]] += output_delta[self.output_column[neuron]]
                self._write_gradient(neuron, state, gradient)

    def _arriving(
        self,
        neuron: Neuron,
        parameters: FloatArray,
        state: State,
        output_gradient: FloatArray | None,
    ) -> FloatArray:
        """Return ∂E/∂output: what the cost and the neurons that hear this one send back."""
        total = np.zeros(state.n_examples, state.output.dtype)
        if output_gradient is not None and neuron in self.output_column:
            total += output_gradient[self.output_column[neuron]]
        for synapse in self.outgoing[neuron]:
            total += self._weight(synapse, parameters) * state.delta[self.row[synapse.post]]
        return state.passed(total, self.row[neuron])

    def _deltas(self, unit: list[Neuron], arriving: FloatArray, state: State) -> FloatArray:
        """Return ∂E/∂net_input of the neurons of a unit, given ∂E/∂output."""
        rows = [self.row[neuron] for neuron in unit]
        activation = unit[0].activation
        if activation is None:
            return arriving
        if not activation.is_differentiable:
            return np.zeros_like(arriving)
        output, net_input = state.output[rows], state.net_input[rows]
        delta: FloatArray
        if activation.over_layer:
            delta = output * (arriving - (output * arriving).sum(axis=0))
        else:
            delta = state.kept(activation.derivative(net_input) * arriving, rows)
        return delta

    def _write_gradient(self, neuron: Neuron, state: State, gradient: FloatArray) -> None:
        """Write delta times what each synapse takes, summed over the examples."""
        delta = state.delta[self.row[neuron]]
        for synapse in self.incoming[neuron]:
            place = self.columns.slot_at[synapse._id]
            gradient[place] = (delta * state.emitted[self.row[synapse.pre]]).sum()
        place = self.columns.bias_slot[neuron._id]
        if place >= 0:
            gradient[place] = delta.sum()

    def _weight(self, synapse: Synapse, parameters: FloatArray) -> FloatArray:
        return parameters[self.columns.slot_at[synapse._id]]  # type: ignore[no-any-return]

    def _bias(self, neuron: Neuron, parameters: FloatArray) -> float:
        place = self.columns.bias_slot[neuron._id]
        return 0.0 if place < 0 else float(parameters[place])


def _units(order: list[Neuron]) -> list[list[Neuron]]:
    """Return the neurons in order, those of a softmax layer together."""
    units: list[list[Neuron]] = []
    of_layer: dict[object, list[Neuron]] = {}
    for neuron in order:
        if not neuron._over_layer:
            units.append([neuron])
        elif neuron.layer in of_layer:
            of_layer[neuron.layer].append(neuron)
        else:
            units.append([neuron])
            of_layer[neuron.layer] = units[-1]
    return units
