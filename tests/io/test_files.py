"""Every format holds all of a network, and what is damaged or lacks something is refused."""

import contextlib
import csv
import itertools
import json
import math
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurosim as ns
from neurosim.errors import FormatError, InvalidTypeError, InvalidValueError, NeurosimError
from neurosim.io import whole
from neurosim.io.files import FORMATS
from neurosim.io.spelling import restored, spelled, spelled_in_dot
from tests import strategies
from tests.io.same import assert_same

formats = pytest.mark.parametrize("name", list(FORMATS))
# One file each; CSV has three. That of neurosim itself has tests of its own.
TEXTS = [name for name in FORMATS if name not in ("neurosim", "csv")]

# Names that trip one format or another.
NAMES = (
    "\0", "bell\a", "a\rb", "a\nb\tc", "_x0000_", "_x0000\0", " ", "'\"", "\\", 'a\\"', "<&>",
    "]]>", "#1", "=1+1", "n0", "a,b;c", "é", "\u2028", "\ufffe", "\x85", "\U0001f9e0", "--", "{|}",
    "\\N", "NaN", "1", "true", "-->", "//", "/*",
)  # fmt: skip


def ending(name):
    return FORMATS[name].endings[0]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("files")


def again(net, name, folder):
    """Return a network after a way to a file and back."""
    path = folder / f"net{ending(name)}"
    ns.write(net, path)
    return ns.read(path)


def small():
    """Return a network that has some of everything."""
    net = ns.Network("small", dtype="float32")
    net.add_layer(["a", "b"], role="input", name="in")
    net.add_neuron("h", activation="tanh", bias=0.1)
    net.add_layer(2, activation="softmax", role="output", name="out", bias=None)
    net.connect("h", "out", weight=0.1)
    net.connect("in", "h", weight=[[1e-40], [-0.0]])
    net.input_scaler = ns.Scaler([1.0, 0.1], [2.0, 1e300], ["a", "b"])
    net.classes = ["yes", 2]
    return net


@st.composite
def whole_networks(draw):
    """Networks of any shape, with scalers and classes."""
    net = draw(strategies.networks(dtype=draw(st.sampled_from(("float32", "float64")))))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    if net.inputs and draw(st.booleans()):
        n = len(net.inputs)
        names = [neuron.name for neuron in net.inputs] if draw(st.booleans()) else None
        net.input_scaler = ns.Scaler(rng.normal(size=n), rng.random(n) + 0.1, names)
    kind = draw(st.sampled_from(("numbers", "text", "none")))
    n = max(2, len(net.outputs))
    if kind == "numbers":
        n = len(net.outputs)
        net.output_scaler = ns.Scaler(rng.normal(size=n), rng.random(n) + 0.1)
    elif kind == "text":
        net.classes = [draw(st.sampled_from((str, int, float)))(i) for i in range(n)]
    return net


# -- there and back ------------------------------------------------------------------------------


@formats
@given(net=whole_networks())
@settings(max_examples=8)
def test_a_network_comes_back_as_it_was(name, folder, net):
    assert_same(net, again(net, name, folder))


@formats
@given(
    names=st.lists(
        st.one_of(st.sampled_from(NAMES), st.text(min_size=1, max_size=5)),
        min_size=3,
        max_size=6,
        unique=True,
    )
)
@settings(max_examples=12)
def test_names_are_of_any_characters(name, folder, names):
    net = ns.Network(names[0])
    net.add_layer(names[1:-1], role="input", name=names[0])
    net.add_neuron(names[-1], role="output")
    net.connect(names[0], names[-1])
    assert_same(net, again(net, name, folder))


@formats
def test_each_of_the_names_that_trip_formats_is_kept(name, folder):
    net = ns.Network("names")
    net.add_layer(list(NAMES), role="input", name="in")
    assert_same(net, again(net, name, folder))


@formats
@pytest.mark.parametrize("width", [32, 64])
@given(data=st.data())
@settings(max_examples=8)
def test_weights_and_biases_keep_every_bit(name, width, folder, data):
    numbers = st.floats(allow_nan=False, allow_infinity=False, width=width)
    weights = data.draw(st.lists(numbers, min_size=1, max_size=4))
    net = ns.Network(dtype=f"float{width}")
    net.add_layer(len(weights), role="input", name="in")
    net.add_neuron("y", bias=data.draw(numbers), role="output")
    net.connect("in", "y", weight=np.reshape(weights, (-1, 1)))
    assert_same(net, again(net, name, folder))


@formats
def test_a_network_without_neurons_keeps_its_name(name, folder):
    net = ns.Network("empty", dtype="float32")
    assert_same(net, again(net, name, folder))


@formats
def test_the_same_network_makes_the_same_file(name, tmp_path):
    first, second = tmp_path / "a.x", tmp_path / "b.x"
    for path in (first, second):
        ns.write(small(), path, format=name)
    assert first.read_bytes() == second.read_bytes()


@given(text=st.text(max_size=12) | st.from_regex(r"\A(_|x|[0-9A-F]|\x00){0,16}\Z"))
def test_what_is_spelled_for_a_format_is_restored(text):
    assert restored(spelled(text)) == text
    assert restored(spelled_in_dot(text)) == text
    assert not set(spelled_in_dot(text)).intersection('\0\r"\\')


def rearranged_json(text):
    """Turn the order of nodes and edges around."""
    held = json.loads(text)
    return json.dumps({key: v[::-1] if isinstance(v, list) else v for key, v in held.items()})


def rearranged_graphml(text):
    """Put the second node of a GraphML document before the first."""
    head, first, *rest = text.split("<node ")
    return "<node ".join([head, rest[0], first, *rest[1:]])


@pytest.mark.parametrize(
    ("ending", "rearranged"), [(".json", rearranged_json), (".graphml", rearranged_graphml)]
)
def test_the_order_is_kept_when_a_program_has_arranged_a_file_anew(ending, rearranged, tmp_path):
    path, net = tmp_path / f"net{ending}", small()
    ns.write(net, path)
    before = path.read_text()
    path.write_text(rearranged(before))
    assert path.read_text() != before
    assert_same(net, ns.read(path))


def read_node_link(path):
    return nx.node_link_graph(json.loads(path.read_text()), edges="edges")


def write_node_link(graph, path):
    path.write_text(json.dumps(nx.node_link_data(graph, edges="links")))


@pytest.mark.parametrize(
    ("ending", "read", "write"),
    [
        (".graphml", nx.read_graphml, nx.write_graphml),
        (".json", read_node_link, write_node_link),
    ],
)
def test_a_network_comes_back_through_the_hands_of_networkx(ending, read, write, tmp_path):
    net = small()
    ns.write(net, tmp_path / f"net{ending}")
    write(read(tmp_path / f"net{ending}"), tmp_path / f"again{ending}")
    assert_same(net, ns.read(tmp_path / f"again{ending}"))


def test_gexf_written_anew_by_another_program_keeps_all_but_the_units_of_the_data(tmp_path):
    net = small()
    ns.write(net, tmp_path / "net.gexf")
    nx.write_gexf(nx.read_gexf(tmp_path / "net.gexf"), tmp_path / "again.gexf")
    again = ns.read(tmp_path / "again.gexf", dtype="float32", name="small")
    net.input_scaler = net.classes = None
    assert nx.utils.graphs_equal(net.to_networkx(), again.to_networkx())


def test_data_of_nothing_and_real_numbers_for_whole_ones_are_understood_as_igraph_writes_them(
    tmp_path,
):
    net, path = small(), tmp_path / "net.graphml"
    ns.write(net, path)
    graph = nx.read_graphml(path)
    for data in graph.nodes.values():
        data["order"] = float(data["order"])
        for key, nothing in (("layer", ""), ("activation", ""), ("bias", math.nan)):
            data.setdefault(key, nothing)
    nx.write_graphml(graph, path)
    assert "nan</data>" in path.read_text()
    assert_same(net, ns.read(path))


# -- the calls -----------------------------------------------------------------------------------


def test_the_format_is_told_by_the_ending_or_by_name(tmp_path):
    net = small()
    ns.write(net, tmp_path / "NET.GV", format="gexf")
    assert (tmp_path / "NET.GV").read_bytes().count(b"<gexf") == 1
    ns.write(net, str(tmp_path / "NET.GV"))
    assert_same(net, ns.read(tmp_path / "NET.GV"))
    with pytest.raises(InvalidValueError) as refusal:
        ns.write(net, "net.xls")
    assert str(refusal.value) == (
        "write.path must end in one of .neurosim, .graphml, .gexf, .json, .cyjs, .dot, .gv, .csv, "
        "or format= say what it is (got 'net.xls')"
    )
    with pytest.raises(InvalidValueError, match=r"read.format must be one of 'neurosim', .* 'xls'"):
        ns.read("net", format="xls")


def test_other_things_are_refused():
    with pytest.raises(InvalidTypeError, match=r"write.net must be a Network \(got 1\)"):
        ns.write(1, "net.json")
    with pytest.raises(InvalidTypeError, match=r"read.path must be a path \(got 1\)"):
        ns.read(1)


@formats
def test_what_neurosim_wrote_takes_no_arguments_that_fill_gaps(name, tmp_path):
    ns.write(small(), tmp_path / "net", format=name)
    with pytest.raises(InvalidTypeError, match="leaves nothing open; leave out activation"):
        ns.read(tmp_path / "net", format=name, activation="tanh")


@formats
def test_a_network_that_cannot_be_written_leaves_the_old_file(name, tmp_path):
    path = tmp_path / f"net{ending(name)}"
    ns.write(small(), path)
    old = path.read_bytes()
    broken = small()
    broken._columns.values[:] = np.nan
    with pytest.raises(InvalidValueError, match="must be finite"):
        ns.write(broken, path)
    assert path.read_bytes() == old


def test_a_name_that_is_too_long_for_csv_is_refused(tmp_path):
    net = ns.Network()
    net.add_neuron("\0" * 20_000)
    with pytest.raises(InvalidValueError, match="at most 131072 characters"):
        ns.write(net, tmp_path / "net.csv")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_draws_what_is_written_for_it(tmp_path):
    net = ns.Network("drawn")
    net.add_layer(list(NAMES), role="input", name="in")
    net.add_layer(2, role="output", name="out")
    net.connect("in", "out", weight=-1e-5)
    ns.write(net, tmp_path / "net.dot")
    command = ["dot", "-Tsvg", tmp_path / "net.dot"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.count('class="node"') == len(NAMES) + 2


# -- damage --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TEXTS)
def test_a_file_that_was_cut_off_is_refused(name, tmp_path):
    path = tmp_path / f"net{ending(name)}"
    ns.write(small(), path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(FormatError, match=str(path)):
        ns.read(path)


@pytest.mark.parametrize("name", TEXTS)
@given(data=st.data())
@settings(max_examples=20)
@pytest.mark.filterwarnings("ignore::neurosim.errors.NeurosimWarning")
def test_a_damaged_file_is_read_or_refused_and_nothing_else(name, folder, data):
    ns.write(small(), folder / "whole", format=name)
    held = bytearray((folder / "whole").read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(held) - 1))
        piece = data.draw(st.binary(max_size=2) | st.sampled_from([b"", b'"', b"0", b"-", b"n9"]))
        held[at : at + data.draw(st.integers(0, 9))] = piece
    (folder / "damaged").write_bytes(held)
    try:
        outcome = str(ns.read(folder / "damaged", format=name))
    except NeurosimError as error:
        outcome = str(error)
    assert outcome.startswith(("<Network ", str(folder / "damaged")))


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize(
    "content", [b"", b"\0", b"{}", b"[[", b"<a/>", b"digraph", b"\xff\xfe<", b'{"nodes": 1}']
)
def test_what_is_no_graph_at_all_is_refused(name, content, tmp_path):
    (tmp_path / "net").write_bytes(content)
    with pytest.raises(FormatError, match=str(tmp_path)):
        ns.read(tmp_path / "net", format=name)


def test_a_newer_version_is_refused(tmp_path):
    path = tmp_path / "net.json"
    ns.write(small(), path)
    path.write_text(path.read_text().replace('"format": 1', '"format": 2'))
    with pytest.raises(FormatError, match="version 2 of its format; this neurosim reads version 1"):
        ns.read(path)


LAUGHS = """<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><graph id="&b;"/></graphml>"""


@pytest.mark.parametrize("name", ["graphml", "gexf"])
def test_entities_are_refused_before_they_grow(name, tmp_path):
    (tmp_path / "net").write_text(LAUGHS)
    with pytest.raises(FormatError, match="must not declare entities of XML"):
        ns.read(tmp_path / "net", format=name)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("node-link", '{"nodes": ' + "[" * 200_000),
        ("cytoscape", '{"elements": ' + '{"a":' * 200_000),
        ("dot", "digraph " + "{" * 200_000),
        ("graphml", "<a>" * 200_000),
        ("gexf", "<a>" * 200_000),
    ],
)
def test_deep_nesting_is_refused(name, text, tmp_path):
    (tmp_path / "net").write_text(text)
    with pytest.raises(FormatError):
        ns.read(tmp_path / "net", format=name)


MANY = " ".join(f"{{0}}{i}" for i in range(2000))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("dot", "digraph {" + " " * 300_000 + "@"),
        ("dot", "digraph {" + "/**/ " * 60_000 + "/*"),
        ("dot", 'digraph { "' + "\\a" * 150_000),
        ("dot", "digraph { a [x=" + "1" * 300_000 + ".@"),
        ("dot", "digraph { a [" + "x" * 300_000 + "@"),
        ("dot", "digraph { a [b=" + "<" * 300_000),
        ("dot", f"digraph {{ {{{MANY.format('a')}}} -> {{{MANY.format('b')}}} }}"),
        ("csv", "#\n" * 150_000 + '"'),
        ("node-link", '{"nodes": ' + "[" + "{}," * 100_000),
    ],
    ids=range(9),
)
def test_what_is_long_is_refused_as_quickly_as_what_is_short(name, text, tmp_path):
    (tmp_path / "net").write_text(text)
    start = time.process_time()
    with pytest.raises(NeurosimError):
        ns.read(tmp_path / "net", format=name)
    assert time.process_time() - start < 5


def edited(path, **changes):
    """Change data of the first node in a node-link file; None takes them out."""
    held = json.loads(path.read_text())
    node = held["nodes"][changes.pop("node", 0)]
    node.update(changes)
    held["nodes"] = [{key: v for key, v in each.items() if v is not None} for each in held["nodes"]]
    path.write_text(json.dumps(held))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"order": None}, "node 'n0' must have a whole number as its order (got None)"),
        ({"role": "boss"}, 'role of neuron 0 must be "input", "hidden" or "output" (got \'boss\')'),
        ({"name": 1}, "name of neuron 0 must be a text (got 1)"),
        ({"name": "b"}, "the name 'b' must be that of one neuron or layer (got two)"),
        ({"node": 2, "bias": "high"}, "bias of neuron 2 must be a number (got 'high')"),
        ({"node": 2, "bias": True}, "bias of neuron 2 must be a finite number (got True)"),
        ({"node": 2, "activation": "sigmod"}, "no activation is called 'sigmod'. Did you mean"),
    ],
)
def test_what_a_neuron_lacks_is_named(changes, message, tmp_path):
    path = tmp_path / "net.json"
    ns.write(small(), path)
    edited(path, **changes)
    with pytest.raises(FormatError) as refusal:
        ns.read(path)
    assert str(refusal.value).startswith(f"{path}: {message}")


def test_a_network_with_a_cycle_can_be_shown_elsewhere_and_not_come_back(tmp_path):
    net = ns.Network()
    net.add_layer(["a", "b"], name="ab")
    net.connect("a", "b")
    net.connect("b", "a")
    ns.write(net, tmp_path / "net.dot")
    with pytest.raises(FormatError, match="a -> b -> a"):
        ns.read(tmp_path / "net.dot")


# -- CSV -----------------------------------------------------------------------------------------


def test_csv_is_an_edge_list_beside_a_list_of_neurons(tmp_path):
    net = small()
    ns.write(net, tmp_path / "net.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "net.csv",
        "net.network.json",
        "net.neurons.csv",
    ]
    digest = json.loads((tmp_path / "net.network.json").read_text())["digest"]
    assert (tmp_path / "net.csv").read_text().splitlines()[:2] == [
        f"source,target,weight,digest:{digest}",
        "h,out[0],0.10000000149011612,",
    ]
    assert (tmp_path / "net.neurons.csv").read_text().splitlines()[:4] == [
        f"id,role,layer,activation,bias,digest:{digest}",
        "a,input,in,,,",
        "b,input,in,,,",
        "h,hidden,,tanh,0.10000000149011612,",
    ]


CSV_FILES = ("net.csv", "net.neurons.csv", "net.network.json")


def another(number=0):
    net = small()
    net.synapses.weight = number
    return net


@pytest.mark.parametrize("mixed", ["100", "010", "001"])
def test_csv_files_that_were_not_written_together_are_refused(mixed, tmp_path):
    for folder, net in (("0", small()), ("1", another())):
        (tmp_path / folder).mkdir()
        ns.write(net, tmp_path / folder / "net.csv")
    for name, folder in zip(CSV_FILES, mixed, strict=True):
        shutil.copy(tmp_path / folder / name, tmp_path / name)
    digests = [
        json.loads((tmp_path / folder / "net.network.json").read_text())["digest"]
        for folder in mixed
    ]
    each = ", ".join(f"{name} {digest}" for name, digest in zip(CSV_FILES, digests, strict=True))
    with pytest.raises(FormatError) as refusal:
        ns.read(tmp_path / "net.csv")
    assert str(refusal.value) == (
        f"{tmp_path / 'net.csv'}: expected files that were written together, all with one digest "
        f"(got {each}); write the network again, or take the digest out of each if they belong "
        "together"
    )


@pytest.mark.parametrize(
    ("lost", "told"),
    [
        (CSV_FILES[1:], "net.neurons.csv is not there, net.network.json is not there"),
        (CSV_FILES[2:], "net.network.json is not there"),
    ],
)
def test_csv_files_of_which_some_are_lost_are_refused(lost, told, tmp_path):
    ns.write(small(), tmp_path / "net.csv")
    for name in lost:
        (tmp_path / name).unlink()
    with pytest.raises(FormatError, match=re.escape(told)):
        ns.read(tmp_path / "net.csv")


def test_an_edge_list_from_elsewhere_beside_the_files_of_a_network_is_refused(tmp_path):
    ns.write(small(), tmp_path / "net.csv")
    (tmp_path / "net.csv").write_text("source,target,weight\na,h,1\n")
    with pytest.raises(FormatError, match=r"net.csv has none, net.neurons.csv [0-9a-f]{32}, "):
        ns.read(tmp_path / "net.csv")


def test_csv_files_without_digests_or_that_went_through_a_spreadsheet_are_read(tmp_path):
    ns.write(small(), tmp_path / "net.csv")
    for name in CSV_FILES[:2]:  # other separators, quotes, lines in another order
        path = tmp_path / name
        head, *lines = csv.reader(path.read_text().splitlines())
        with path.open("w", newline="", encoding="utf-8-sig") as file:
            writer = csv.writer(file, delimiter=";", quoting=csv.QUOTE_ALL)
            writer.writerows([head, *lines])
    assert_same(small(), ns.read(tmp_path / "net.csv"))
    for name in CSV_FILES:
        path = tmp_path / name
        text = re.sub(r';"digest:\w+"| *"digest": "\w+",\n', "", path.read_text("utf-8-sig"))
        path.write_text(text)
        assert "digest" not in text
    assert_same(small(), ns.read(tmp_path / "net.csv"))


@pytest.mark.parametrize("failing", range(3))
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_csv_write_that_fails_leaves_the_old_network(call, failing, tmp_path, monkeypatch):
    ns.write(small(), tmp_path / "net.csv")
    function, calls = getattr(os, call), itertools.count()

    def fail_once(*arguments):
        if next(calls) == failing:
            raise OSError("the disk is full")
        return function(*arguments)

    monkeypatch.setattr(os, call, fail_once)
    with pytest.raises(OSError, match="the disk is full"):
        ns.write(another(), tmp_path / "net.csv")
    monkeypatch.undo()
    assert_same(small(), ns.read(tmp_path / "net.csv"))
    assert len(os.listdir(tmp_path)) == 3


@pytest.mark.parametrize("locks", [True, False])
def test_of_several_writers_of_csv_at_once_nobody_reads_a_mixture(locks, tmp_path, monkeypatch):
    if not locks:
        monkeypatch.setattr(whole, "fcntl", None)
    path = tmp_path / "net.csv"
    ns.write(another(0), path)

    def write_often(number):
        for _ in range(10):
            ns.write(another(number), path)

    with ThreadPoolExecutor(3) as threads:
        writers = [threads.submit(write_often, number) for number in (1, 2, 3)]
        while not all(writer.done() for writer in writers):
            with contextlib.suppress(FormatError):
                assert len(set(ns.read(path).synapses.weight.tolist())) == 1
        for writer in writers:
            writer.result()
    if locks:
        assert ns.read(path).synapses.weight[0] in (1, 2, 3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("source,target,weight\na,h\na,h\n", "line 3: expected 'a' -> 'h' once (got it again)"),
        ("source,target,weight\na,h,heavy", "line 2: weight must be a number (got 'heavy')"),
        ("source,target,weight\na,h,nan", "line 2: weight must be a finite number (got nan)"),
        ("source,target,weight\na,,1", "line 2: expected a target (got none)"),
        ('source,target,weight\na,"h', "line 2: expected CSV (got an error: unexpected end of"),
    ],
)
def test_a_wrong_line_of_an_edge_list_is_named(text, message, tmp_path):
    (tmp_path / "net.csv").write_text(text)
    with pytest.raises(FormatError) as refusal:
        ns.read(tmp_path / "net.csv")
    assert str(refusal.value).startswith(f"{tmp_path / 'net.csv'}: {message}")


def test_an_edge_of_a_neuron_that_is_not_listed_is_refused(tmp_path):
    ns.write(small(), tmp_path / "net.csv")
    with (tmp_path / "net.csv").open("a") as file:
        file.write("ghost,h,1\n")
    with pytest.raises(FormatError, match="'ghost' -> 'h': there is no neuron 'ghost'"):
        ns.read(tmp_path / "net.csv")


def test_a_list_of_neurons_that_was_lost_is_missed(tmp_path):
    ns.write(small(), tmp_path / "net.csv")
    (tmp_path / "net.neurons.csv").unlink()
    with pytest.raises(FileNotFoundError):
        ns.read(tmp_path / "net.csv")


def test_reading_needs_no_extra():
    script = (
        "import sys; sys.modules.update(dict.fromkeys(['scipy', 'pandas', 'lxml', 'pydot']))\n"
        "import neurosim as ns, tempfile, pathlib\n"
        "net = ns.topologies.layered([2, 1])\n"
        "with tempfile.TemporaryDirectory() as folder:\n"
        f"    for name in {list(FORMATS)!r}:\n"
        "        ns.write(net, pathlib.Path(folder) / 'x', format=name)\n"
        "        ns.read(pathlib.Path(folder) / 'x', format=name)\n"
        "for ask in (ns.to_sparse, ns.to_frames):\n"
        "    try: ask(net)\n"
        "    except ns.errors.MissingExtraError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [
        'to_sparse needs SciPy: pip install "neurosim[sparse]"',
        'to_frames needs pandas: pip install "neurosim[frames]"',
    ]
