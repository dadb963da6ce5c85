"""Networks that files of older versions of the format hold, and the way to make these files.

``python -m tests.io.kept`` writes the files of the present version, once, when there is a new one.
"""

from pathlib import Path

import numpy as np

import neurosim as ns
from neurosim.io import native

DATA = Path(__file__).parent / "data"


def mixed():
    """Return a network in float64 with all kinds of neurons and layers, and scalers."""
    net = ns.Network("mixed «ß»")
    net.add_layer(["study", "experience π"], role="input", name="input")
    gone = net.add_layer(2, activation="relu", name="gone")
    hidden = net.add_layer(
        4, activation=["tanh", "sigmoid", "gaussian", "sine"], bias=[0.1, None, -0.0, 1e-310]
    )
    net.add_neuron("lone", activation="leaky_relu", bias=None)
    net.add_neuron("luck", role="input")
    outputs = net.add_layer(2, activation="identity", role="output", name="output")
    net.connect("lone", outputs, weight=[[np.pi, -1e300]])
    net.connect("input", hidden, weight=np.linspace(-1, 1, 8).reshape(2, 4))
    net.connect(gone, outputs)
    net.connect(hidden, "lone", weight=1 / 3)
    net.connect("luck", hidden[0], weight=-0.0)
    net.remove(gone, hidden[2])
    net.input_scaler = ns.Scaler([10, 0.1, 0], [2, 3, 0.7], ["study", "experience π", "luck"])
    net.output_scaler = ns.Scaler([0.0, 1e5], [1.0, 1e-5])
    return net


def classifier():
    """Return a network in float32 with a softmax layer and classes."""
    net = ns.topologies.layered([4, 3], activation="softmax", name="classifier", dtype="float32")
    net.synapses.weight = np.linspace(-1, 1, 12) ** 3
    net.classes = ["setosa", "", "2"]
    return net


NETWORKS = {"mixed": mixed, "classifier": classifier}


def main():
    for name, make in NETWORKS.items():
        ns.save(make(), DATA / f"{name}-{native.VERSION}.neurosim")


if __name__ == "__main__":
    main()
