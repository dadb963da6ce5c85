"""In a notebook a network shows itself as a picture, and a history as a curve."""

import subprocess
import sys

import pytest
from matplotlib import pyplot as plt

import neurosim as ns
from neurosim.plot import notebook

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def net():
    net = ns.topologies.layered([2, 3, 1])
    net.initialize(ns.initializers.Normal(), seed=0)
    return net


def test_a_network_is_shown_as_a_picture_that_pyplot_knows_nothing_of(net):
    assert net._repr_png_().startswith(PNG)
    assert not plt.get_fignums()


def test_a_history_is_shown_as_a_curve(net):
    history = ns.train(net, [[0, 1]], [0], epochs=3, validation=([[1, 0]], [0]))

    assert history._repr_png_().startswith(PNG)
    assert not plt.get_fignums()


def test_what_is_empty_or_large_is_shown_as_text(net):
    assert ns.Network()._repr_png_() is None
    assert ns.topologies.layered([784, 30, 10])._repr_png_() is None
    assert ns.train(net, [[0, 1]], [0], epochs=0)._repr_png_() is None


def test_letters_that_the_font_does_not_have_do_no_harm():
    net = ns.Network("神経")
    net.add_neuron("ニューロン", role="input")

    assert net._repr_png_().startswith(PNG)


def test_a_picture_that_fails_leaves_the_text(net, monkeypatch):
    monkeypatch.setattr(notebook, "network", lambda *given, **settings: 1 / 0)

    assert net._repr_png_() is None


def test_without_matplotlib_there_is_only_the_text():
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "import neurosim as ns\n"
        "net = ns.topologies.layered([2, 1])\n"
        "assert net._repr_png_() is None\n"
        "assert ns.train(net, [[0, 1]], [0], epochs=1)._repr_png_() is None\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
