"""Removing neurons, layers and synapses: everything is checked, then everything goes at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.checks import IntArray
from neurosim.errors import InvalidTypeError, StructureError
from neurosim.model.columns import GONE, NO_LAYER
from neurosim.model.ends import require_own
from neurosim.model.layer import Layer
from neurosim.model.neuron import Neuron
from neurosim.model.synapse import Synapse, SynapseGroup
from neurosim.wording import shown

if TYPE_CHECKING:
    from neurosim.model.network import Network


def remove(network: Network, things: Any) -> None:
    """Remove what `things` names, or nothing."""
    neurons: set[int] = set()
    synapses: list[IntArray] = []
    _collect(network, things, neurons, synapses)
    gone = np.array(sorted(neurons), np.int32)
    _check_units(network, gone)
    if len(gone):
        synapses += [network._adjacency.outgoing.rows(gone), network._adjacency.incoming.rows(gone)]
    lost = np.unique(np.concatenate([np.empty(0, np.int32), *synapses]))
    if len(gone) or len(lost):
        network._columns.begin_change(neurons=len(gone) > 0)
        network._columns.remove(gone, lost)
        _forget_names(network, gone)
        network._columns.end_change(neurons=len(gone) > 0)


def sweep(network: Network) -> None:
    """Drop the rows of all that was removed; every handle stays valid."""
    columns = network._columns
    columns.begin_change(neurons=True)
    row = columns.sweep()
    for layer in network._layers:
        layer._members = row[layer._members]
    network._layers = [layer for layer in network._layers if len(layer)]
    place = np.full(max(columns.layer.max(initial=0), 0) + 2, NO_LAYER, np.int32)
    for number, layer in enumerate(network._layers):
        place[layer._id] = number
        layer._id = number
    columns.layer = place[columns.layer]
    network._neurons = [neuron for neuron in network._neurons if neuron is not None]
    for number, neuron in enumerate(network.neurons):
        neuron._id = number
    network._forget()
    columns.end_change(neurons=True)


def _collect(network: Network, thing: Any, neurons: set[int], synapses: list[IntArray]) -> None:
    if isinstance(thing, str):
        thing = network[thing]
    if isinstance(thing, (list, tuple)):
        for one in thing:
            _collect(network, one, neurons, synapses)
        return
    if not isinstance(thing, (Neuron, Layer, Synapse, SynapseGroup)):
        raise InvalidTypeError(
            f"remove takes neurons, layers, synapses, groups, or lists of these "
            f"(got {shown(thing)})"
        )
    require_own(network, thing, "remove")
    if isinstance(thing, Neuron):
        thing._alive()
        neurons.add(thing._id)
    elif isinstance(thing, Layer):
        neurons.update(thing._alive().tolist())
    elif isinstance(thing, SynapseGroup):
        thing._slots()
        synapses.append(network._columns.numbering.rows_of(thing._ids))
    else:
        synapses.append(np.array([thing._row()], np.int32))


def _check_units(network: Network, gone: IntArray) -> None:
    """Refuse to take a part of a softmax layer: its members share one sum."""
    layers = np.unique(network._columns.layer[gone])
    for layer in (network._layers[i] for i in layers[layers != NO_LAYER].tolist()):
        if layer[0]._over_layer and not np.isin(layer._members, gone).all():
            raise StructureError(
                f"the neurons of {layer[0].activation} layer {layer.name!r} cannot be removed "
                "singly; remove the layer"
            )


def _forget_names(network: Network, gone: IntArray) -> None:
    for number in gone.tolist():
        neuron = network._neurons[number]
        assert neuron is not None
        del network._names[neuron.name]
        network._neurons[number] = None
        neuron._id = GONE
    touched = np.unique(network._columns.layer[gone])
    for layer in (network._layers[i] for i in touched[touched != NO_LAYER].tolist()):
        layer._members = layer._members[~np.isin(layer._members, gone)]
        if not len(layer._members):
            del network._names[layer.name]
