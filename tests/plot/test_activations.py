"""Activation functions are drawn with their derivatives."""

import numpy as np
import pytest

import neurosim as ns
from neurosim import plot
from tests.strategies import ACTIVATIONS


def curves(ax):
    """Return the curves by their names, without the lines that only guide the eye."""
    return {line.get_label(): line.get_data() for line in ax.lines if line.get_label()[0] != "_"}


def test_function_and_derivative_are_drawn_over_the_net_input():
    ax = plot.activation("sigmoid", reach=4)

    drawn = curves(ax)
    assert set(drawn) == {"sigmoid", "sigmoid′"}
    z, output = drawn["sigmoid"]
    assert (z[0], z[len(z) // 2], z[-1]) == (-4, 0, 4)
    assert output == pytest.approx(1 / (1 + np.exp(-z)))
    assert drawn["sigmoid′"][1] == pytest.approx(output * (1 - output))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("net input", "sigmoid")


@pytest.mark.parametrize("one", [one for one in ACTIVATIONS if not one.over_layer], ids=str)
def test_every_activation_can_be_drawn(one):
    ax = plot.activation(one)
    ax.figure.canvas.draw()

    assert len(curves(ax)) == 1 + one.is_differentiable


def test_several_activations_each_have_a_colour():
    ax = plot.activation("tanh", "relu", "tanh")

    assert set(curves(ax)) == {"tanh", "tanh′", "relu", "relu′"}
    colours = {line.get_label()[:4]: line.get_color() for line in ax.lines}
    assert colours["tanh"] != colours["relu"]


def test_neurons_and_layers_stand_for_their_activations():
    net = ns.Network()
    hidden = net.add_layer(2, activation=["sine", "gaussian"])

    assert "sine" in curves(plot.activation(hidden[0]))
    assert {"sine", "gaussian"} <= set(curves(plot.activation(hidden)))


def test_what_is_no_curve_is_refused():
    net = ns.Network()
    x = net.add_neuron("x", role="input")
    with pytest.raises(ns.errors.StructureError, match=r"^softmax cannot be drawn as a curve"):
        plot.activation("softmax")
    with pytest.raises(ns.errors.StructureError, match="'x': input> has no activation to draw"):
        plot.activation(x)
    with pytest.raises(ns.errors.UnknownNameError, match="no activation is called 'sigmoyd'"):
        plot.activation("sigmoyd")
    with pytest.raises(ns.errors.InvalidValueError, match=r"at least one activation \(got none\)"):
        plot.activation()
    with pytest.raises(ns.errors.InvalidValueError, match=r"reach must be > 0 \(got -1\)$"):
        plot.activation("tanh", reach=-1)
