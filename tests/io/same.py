"""What it means that a network has come back from a file as it was."""

import numpy as np


def creation_order(net):
    """Return all parameters in the order in which files hold them: weights, then biases."""
    biases = [neuron.bias for neuron in net.neurons if neuron.bias is not None]
    return np.concatenate([net.synapses.weight, np.array(biases, net.dtype)])


def portrait(net):
    """Return all that a network holds but its parameters."""
    neurons = [
        (n.name, n.role, n.activation, n.bias is None, n.layer and n.layer.name)
        for n in net.neurons
    ]
    return {
        "name": net.name,
        "dtype": net.dtype,
        "neurons": neurons,
        "layers": [(layer.name, [n.name for n in layer]) for layer in net.layers],
        "inputs": [n.name for n in net.inputs],
        "outputs": [n.name for n in net.outputs],
        "pre": net.synapses.pre.tolist(),
        "post": net.synapses.post.tolist(),
        "input_scaler": net.input_scaler,
        "output_scaler": net.output_scaler,
        "classes": [(type(label), label) for label in net.classes or ()],
    }


def assert_same(a, b):
    """Check that two networks hold the same, to the last bit, in the same order of creation."""
    assert portrait(a) == portrait(b)
    assert creation_order(a).tobytes() == creation_order(b).tobytes()
