"""What cannot fit into memory is refused before anything is taken, with the bytes it would take."""

import re
import time
import tracemalloc

import numpy as np
import pytest

import neurosim as ns
from neurosim import memory
from neurosim.errors import InvalidValueError, NeurosimError, TooLargeError
from neurosim.memory import available_memory, in_bytes, require_memory

FAR = 10**12
MANY = np.broadcast_to(np.zeros((1, 2)), (FAR, 2))  # a trillion examples that take no memory


def program(engine="numpy"):
    net = ns.topologies.layered([2, 3, 1], activation="sigmoid")
    return ns.compile(net, engine=engine)


CALLS = {
    "layered": lambda: ns.topologies.layered([1, 10**11, 1]),
    "layered, its synapses": lambda: ns.topologies.layered([10**6, 10**7, 1]),
    "layered, any int": lambda: ns.topologies.layered([1, 10**5000, 1]),
    "layered, skips": lambda: ns.topologies.layered([10**6, 1, 10**7], skips="all"),
    "random_dag": lambda: ns.topologies.random_dag(10**11),
    "random_dag, its synapses": lambda: ns.topologies.random_dag(10**7, in_degree=10**6),
    "small_world": lambda: ns.topologies.small_world(10**11),
    "small_world, its synapses": lambda: ns.topologies.small_world(10**7, neighbors=10**6),
    "add_layer": lambda: ns.Network().add_layer(FAR),
    "add_layer, any int": lambda: ns.Network().add_layer(10**5000),
    "feedforward, numpy": lambda: program("numpy").feedforward(MANY),
    "feedforward, numba": lambda: program("numba").feedforward(MANY),
    "feedforward, reference": lambda: program("reference").feedforward(MANY),
    "trace": lambda: program().trace(MANY),
    "predict": lambda: program().predict(MANY),
    "population": lambda: ns.compile([program().network], engine="numpy").feedforward(MANY),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_what_cannot_fit_is_refused_at_once_with_the_bytes_it_would_take(call):
    program("numba")  # which may compile
    tracemalloc.start()
    began = time.perf_counter()
    try:
        with pytest.raises(TooLargeError) as caught:
            call()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.perf_counter() - began < 5
    assert peak < 50e6
    assert re.search(
        r" would take at least [\w ,*]+ bytes.* of memory, and [\d,]+ bytes .*are available; ",
        str(caught.value),
    )
    assert len(str(caught.value)) < 300


def test_the_message_says_what_and_how_much():
    with pytest.raises(TooLargeError) as caught:
        ns.topologies.layered([1, 10**11, 1], dtype="float32")
    assert str(caught.value).startswith(
        "layered: 100,000,000,002 neurons and 200,000,000,000 synapses would take at least "
        "24,800,000,000,400 bytes (22.6 TiB) of memory, and "
    )
    assert str(caught.value).endswith(" are available; ask for fewer")


def test_the_error_is_one_of_the_family_and_a_memory_error():
    assert issubclass(TooLargeError, (NeurosimError, InvalidValueError))
    assert issubclass(TooLargeError, MemoryError)


@pytest.fixture
def little(tmp_path, monkeypatch):
    """A machine that has 300 MB left."""
    (tmp_path / "meminfo").write_text("MemTotal: 9000000 kB\nMemAvailable: 250000 kB\n"
                                      "SwapFree: 50000 kB\nHugePages_Total: 0\n")
    monkeypatch.setattr(memory, "_MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "_OWN_GROUP", tmp_path / "none")
    return tmp_path


def test_matrices_and_synapses_that_do_not_fit_are_refused_and_change_nothing(little):
    net = ns.Network("wide")
    inputs = net.add_layer(10_000, role="input", name="in")
    outputs = net.add_layer(10_000, role="output", activation="identity", name="out")
    version = net._columns.version
    with pytest.raises(TooLargeError, match=r"^connect: 100,000,000 synapses would take at least "):
        net.connect(inputs, outputs)
    with pytest.raises(TooLargeError, match=r"^weights: a matrix of 10,000 × 10,000 numbers would"):
        net.weights(inputs, outputs)
    assert net._columns.version == version
    assert len(net.synapses) == 0


def test_jacobians_and_curvatures_that_do_not_fit_are_refused(little):
    net = ns.topologies.layered([100, 100, 10], activation="tanh")
    net.initialize(ns.initializers.Normal(), seed=0)
    before = net.synapses.weight.tolist()
    with pytest.raises(TooLargeError, match=r"^the Jacobian of 1,000 examples, 10 outputs and "):
        ns.jacobian(ns.compile(net, engine="numpy"), np.zeros((1000, 100)))
    with pytest.raises(TooLargeError, match=r"^LevenbergMarquardt: two matrices of 11,110 × "):
        ns.train(
            ns.compile(net, engine="numpy"), np.zeros((2, 100)), np.zeros((2, 10)), epochs=1,
            rule=ns.LevenbergMarquardt(most_bytes=1 << 40), cost=ns.SquaredError(reduction="sum"),
        )  # fmt: skip
    assert net.synapses.weight.tolist() == before


def test_what_fits_is_taken(little):
    net = ns.topologies.layered([1000, 1000, 1], activation="tanh")
    assert len(net.synapses) == 1_001_000
    assert net.weights("input", "hidden").shape == (1000, 1000)


def test_the_machine_says_what_is_left(little):
    assert available_memory() == 300_000 * 1024


@pytest.mark.parametrize("version", [1, 2])
def test_the_limit_of_a_group_counts_without_the_pages_of_files(little, version, monkeypatch):
    groups = little / "groups"
    limit, usage = {
        1: ("memory.limit_in_bytes", "memory.usage_in_bytes"), 2: ("memory.max", "memory.current")
    }[version]  # fmt: skip
    own = groups / ("memory" if version == 1 else "") / "outer" / "inner"
    own.mkdir(parents=True)
    (little / "own").write_text(f"{'4:memory' if version == 1 else '0:'}:/outer/inner\n")
    for folder, most in ((own, "max"), (own.parent, "200000000")):
        (folder / limit).write_text(f"{most}\n")
        (folder / usage).write_text("150000000\n")
        (folder / "memory.stat").write_text("anon 1\ninactive_file 30000000\nactive_file 5\n")
    monkeypatch.setattr(memory, "_GROUPS", groups)
    monkeypatch.setattr(memory, "_OWN_GROUP", little / "own")
    assert available_memory() == 80_000_005


def test_nothing_is_refused_where_the_system_does_not_say(little, monkeypatch):
    monkeypatch.setattr(memory, "_MEMINFO", little / "none")
    assert available_memory() is None
    require_memory(10**30, "this")


def test_bytes_are_worded_for_people():
    assert in_bytes(1023) == "1,023 bytes"
    assert in_bytes(1 << 20) == "1,048,576 bytes (1.0 MiB)"
    assert in_bytes(10**22) == "10,000,000,000,000,000,000,000 bytes (8,673.6 EiB)"
