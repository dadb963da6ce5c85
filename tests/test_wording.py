"""Messages stay short, whatever is handed over or named in them."""

import warnings

import networkx as nx
import numpy as np
import pytest

import neurosim as ns
from neurosim.errors import CycleError, InvalidValueError, NeurosimError, NeurosimWarning
from neurosim.wording import chained, listed, shown


class Unsaid:
    def __repr__(self):
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "'a'"),
        (0.5, "0.5"),
        (True, "True"),
        (None, "None"),
        (np.zeros(3), "array([0., 0., 0.])"),
        (np.zeros((100, 3)), "an array of shape (100, 3) and dtype float64"),
        ({"a": 1, "b": [2]}, "{'a': 1, 'b': [2]}"),
        (list(range(11)), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ...]"),
        (range(10**9), "range(0, 1000000000)"),
        (10**5000, "an int of 16,610 bits"),
        ([10**5000], "[an int of 16,610 bits]"),
        ({"a": 10**5000}, "{'a': an int of 16,610 bits}"),
        (Unsaid(), "<Unsaid instance at 0x"),
    ],
    ids=lambda _: "",
)
def test_a_value_is_shown_as_far_as_it_says_what_it_is(value, text):
    assert shown(value).startswith(text) if text[0] == "<" else shown(value) == text


@pytest.mark.parametrize(
    "value",
    ["x" * 10**6, ["x" * 10**6] * 5, [[0] * 10**5] * 10, dict.fromkeys(range(99), "x" * 999),
     b"x" * 10**6, np.full((1000, 1000), 0.1), set(range(10**5)), type("X" * 5000, (), {})()],
    ids=["text", "texts", "lists", "dict", "bytes", "array", "set", "object"],
)  # fmt: skip
def test_a_large_value_is_shortened(value):
    assert len(shown(value)) < 1300


def test_a_list_that_holds_itself_is_shortened():
    held = []
    held.append(held)
    assert shown(held) in ("[[...]]", "a list")


def test_names_beyond_the_first_are_counted():
    assert listed([f"n{i}" for i in range(2000)], most=3) == "n0, n1, n2, … (1,997 more)"
    assert listed(["a", "b"]) == "a, b"
    assert chained("ab") == "a -> b"


RING = (
    "n0 -> n1 -> n2 -> n3 -> n4 -> n5 -> n6 -> n7 -> n8 -> n9 -> … (49,989 more) -> n49999 -> n0"
)


def test_a_ring_of_very_many_neurons_is_shown_by_its_ends():
    graph = nx.relabel_nodes(nx.cycle_graph(50_000, create_using=nx.DiGraph), "n{}".format)
    with pytest.raises(CycleError) as caught:
        ns.topologies.from_networkx(graph)
    assert str(caught.value) == (
        f"from_networkx.graph must have no cycle (got {RING}); remove an edge of it"
    )


def test_compiling_a_ring_of_very_many_neurons_shows_its_ends():
    net = ns.Network("ring")
    net.add_layer([f"n{i}" for i in range(50_000)], activation="identity")
    net.add_neuron("out", role="output", activation="identity")
    net.connect_pairs(np.arange(50_000), (np.arange(50_000) + 1) % 50_000)
    with pytest.raises(CycleError, match=r"49,989 more") as caught:
        ns.compile(net, engine="numpy")
    assert len(str(caught.value)) < 400


def test_no_error_or_warning_is_too_long_to_be_read():
    for long in ("x" * 10**6, f"{'x' * 10**6}; do this"):
        error = InvalidValueError(f"where: {long}")
        assert len(str(error)) < 2000
        assert str(error).startswith("where: xxx")
        assert isinstance(error, NeurosimError)
        assert error.args == (str(error),)
    assert str(error).endswith("; do this")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.warn("x" * 10**6, NeurosimWarning, stacklevel=1)
    assert len(str(caught[0].message)) < 2000


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda: ns.Network().add_layer(-(10**5000)), "an int of 16,610 bits"),
        (lambda: ns.Network()[["x"] * 10**6], "of length 1,000,000"),
        (lambda: ns.Network().remove(np.zeros(10**6)), "an array of shape (1000000,)"),
        (lambda: ns.topologies.layered("5" * 10**6), "of length 1,000,000"),
        (lambda: ns.Network()["x" * 10**6], "characters left out"),
    ],
)
def test_what_came_is_named_in_few_words(call, expected):
    with pytest.raises(NeurosimError) as caught:
        call()
    assert expected in str(caught.value)
    assert len(str(caught.value)) < 2000


HUGE = {
    "int": 10**5000,
    "negative int": -(10**5000),
    "text": "x" * 10**6,
    "list": ["x"] * 10**6,
    "array": np.zeros((2000, 20)),
    "dict": {"a": [0] * 10**6},
}
TAKERS = {
    "engine": lambda value: ns.compile(ns.topologies.layered([1, 1]), engine=value),
    "compile": ns.compile,
    "activation": ns.activations.get,
    "role": lambda value: ns.Network().add_layer(1, role=value),
    "skips": lambda value: ns.topologies.layered([1, 1, 1], skips=value),
    "rewire": lambda value: ns.topologies.small_world(9, rewire=value),
    "neighbors": lambda value: ns.topologies.small_world(9, neighbors=value),
    "layer index": lambda value: ns.topologies.layered([1, 1])["input"][value],
    "synapse index": lambda value: ns.topologies.layered([1, 1]).synapses[value],
    "connect": lambda value: ns.topologies.layered([1, 1]).connect(value, "output"),
    "initialize": lambda value: ns.topologies.layered([1, 1]).initialize(value),
    "trace": lambda value: ns.compile(ns.topologies.layered([1, 1])).backpropagate(value),
    "jacobian": lambda value: ns.jacobian(value, [[0.0]]),
    "learning rate": ns.GradientDescent,
    "metrics": lambda value: ns.train(
        ns.topologies.layered([1, 1]), [[0.0]], [[0.0]], rule=ns.Adam(0.1), metrics=value
    ),
}


@pytest.mark.parametrize("value", HUGE.values(), ids=HUGE)
@pytest.mark.parametrize("take", TAKERS.values(), ids=TAKERS)
def test_every_call_refuses_what_is_huge_in_few_words(take, value):
    with pytest.raises(NeurosimError) as caught:
        take(value)
    assert len(str(caught.value)) < 2000
