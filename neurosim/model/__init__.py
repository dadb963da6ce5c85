"""The object model: networks of explicit neurons, synapses and layers over columns of data."""

from neurosim.model.layer import Layer
from neurosim.model.network import Network
from neurosim.model.neuron import Neuron
from neurosim.model.synapse import Synapse, SynapseGroup

__all__ = ["Layer", "Network", "Neuron", "Synapse", "SynapseGroup"]
