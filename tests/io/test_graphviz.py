"""Graphviz is asked for a picture, where it is installed."""

import os
import shutil
import stat

import pytest

import neurosim as ns
from neurosim.errors import InvalidTypeError, InvalidValueError, MissingExtraError


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """Install a program called dot, which answers with what it was given."""

    def install(script):
        program = tmp_path / "bin" / "dot"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")

    return install


@pytest.mark.skipif(os.name == "nt", reason="the stand-in is a shell script")
def test_dot_is_given_the_network_and_the_kind_of_picture(stand_in, tmp_path):
    stand_in('echo "$@"; cat')
    net = ns.topologies.layered([2, 1])
    ns.graphviz(net, tmp_path / "net.SVG")
    ns.write(net, tmp_path / "net.dot")
    assert (tmp_path / "net.SVG").read_text() == "-Tsvg\n" + (tmp_path / "net.dot").read_text()


@pytest.mark.skipif(os.name == "nt", reason="the stand-in is a shell script")
def test_what_dot_says_is_passed_on_and_nothing_is_written(stand_in, tmp_path):
    stand_in("cat > /dev/null; echo 'Format: \"abc\" not recognized' >&2; exit 1")
    with pytest.raises(InvalidValueError, match='dot has drawn no abc: Format: "abc" not'):
        ns.graphviz(ns.topologies.layered([2, 1]), tmp_path / "net.abc")
    assert not (tmp_path / "net.abc").exists()


def test_a_missing_dot_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingExtraError, match="graphviz needs the program 'dot' of Graphviz"):
        ns.graphviz(ns.topologies.layered([2, 1]), tmp_path / "net.svg")


def test_other_things_are_refused():
    with pytest.raises(InvalidTypeError, match=r"graphviz.net must be a Network"):
        ns.graphviz(1, "net.svg")
    with pytest.raises(InvalidValueError, match=r"must have an ending .* \(got 'net'\)"):
        ns.graphviz(ns.Network(), "net")


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_draws_every_neuron_and_every_synapse(tmp_path):
    net = ns.topologies.layered([2, 3, 1])
    net.initialize(ns.initializers.Normal(), seed=1)
    ns.graphviz(net, tmp_path / "net.svg")
    drawn = (tmp_path / "net.svg").read_text()
    assert (drawn.count('class="node"'), drawn.count('class="edge"')) == (6, 9)
