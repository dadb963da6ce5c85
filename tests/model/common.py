"""What the tests of the model share."""

from contextlib import contextmanager

import numpy as np
import pytest

import neurosim as ns


def lecture_net(**options):
    """Return the course's 2×3×1 network, connected input→hidden, then hidden→output."""
    net = ns.Network("lecture", **options)
    inputs = net.add_layer(["study", "experience"], role="input", name="input")
    hidden = net.add_layer(3, activation="sigmoid", bias=None, name="hidden")
    salary = net.add_neuron("salary", activation="sigmoid", bias=None, role="output")
    net.connect(inputs, hidden)
    net.connect(hidden, salary)
    return net


def state(net):
    """Return all that a refused call must leave as it was."""
    columns = net._columns
    return (
        net.name,
        columns.version,
        columns.layout,
        tuple((id(n), repr(n), str(n.layer)) for n in net.neurons),
        tuple((id(layer), layer.name, tuple(layer)) for layer in net.layers),
        tuple((s.pre.name, s.post.name, s.weight) for s in net.synapses),
        tuple(sorted(net._names)),
        len(net._activations),
        columns.values[: columns.n_values].tobytes(),
    )


@contextmanager
def refused(net, error, message):
    """Check that a call raises exactly this and leaves the network as it was."""
    before = state(net)
    with pytest.raises(error) as caught:
        yield
    assert str(caught.value) == message
    assert type(caught.value) is error
    assert state(net) == before
    assert np.isfinite(net._columns.values[: net._columns.n_values]).all()
