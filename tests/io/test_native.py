"""Networks come back from files as they were, and no file does harm."""

import io
import json
import os
import pickle
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import neurosim as ns
from neurosim.errors import CycleError, FormatError, InvalidTypeError, InvalidValueError
from neurosim.io import native, stored
from neurosim.io.cautious import read_json
from tests import strategies
from tests.io import fuzzing, kept
from tests.io.fuzzing import archive_of, file_of, members_of
from tests.io.same import assert_same

FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)


def read(data):
    return native.read(io.BytesIO(data))


def refusal(data):
    """Return what is said of a file."""
    with pytest.raises(FormatError) as caught:
        read(data)
    return str(caught.value)


# -- there and back ------------------------------------------------------------------------------


@given(net=st.sampled_from(["float64", "float32"]).flatmap(lambda d: strategies.networks(dtype=d)))
def test_a_network_comes_back_as_it_was(net):
    data = file_of(net)
    again = read(data)
    assert_same(net, again)
    assert file_of(again) == data


@pytest.mark.parametrize("name", kept.NETWORKS)
def test_a_file_is_saved_and_loaded_by_its_path(name, tmp_path):
    net = kept.NETWORKS[name]()
    for path in (tmp_path / "net.neurosim", str(tmp_path / "any ending π")):
        ns.save(net, path)
        assert_same(net, ns.load(path))
    assert len(os.listdir(tmp_path)) == 2


@given(name=st.text(min_size=1).filter(str.isprintable), weight=FLOATS)
def test_any_name_and_any_finite_weight_comes_back(name, weight):
    net = ns.Network(name, dtype="float32")
    net.connect(
        net.add_neuron(name, role="input"), net.add_layer(1, name=f"{name} 2"), weight=weight
    )
    assert_same(net, read(file_of(net)))


def test_control_characters_quotes_and_other_planes_come_back():
    net = ns.Network('"\\\n\0')
    net.add_layer(["'", "\\u0041", "\u2028", "😀", "\x7f", "a,[{:"], role="input", name="{}")
    net.input_scaler = ns.Scaler([0.1] * 6, [1e-300] * 6, [n.name for n in net.inputs])
    assert_same(net, read(file_of(net)))


def test_the_same_network_gives_the_same_bytes_whatever_it_went_through(tmp_path):
    net = kept.mixed()
    data = file_of(net)
    ns.compile(net)
    detour = net.copy()
    detour.remove(detour.add_layer(2, activation="softplus"), detour.add_neuron())
    for other in (net, kept.mixed(), detour, pickle.loads(pickle.dumps(net))):
        assert file_of(other) == data
    ns.save(net, tmp_path / "net")
    assert (tmp_path / "net").read_bytes() == data


def test_loading_leaves_the_network_free_to_change():
    net = read(file_of(kept.mixed()))
    net.connect("luck", "lone", weight=1.0)
    net.remove("study")
    net.add_layer(2, activation="relu")
    net.synapses.weight = 0.5
    outputs = ns.compile(net).feedforward(np.ones((1, 2)), units="network")  # the scaler has 3
    assert outputs.shape == (1, 2)


def test_other_programs_can_read_the_file():
    net = kept.classifier()
    with zipfile.ZipFile(io.BytesIO(file_of(net))) as archive:
        structure = json.loads(archive.read("network.json"))
        weight = np.load(io.BytesIO(archive.read("weight.npy")), allow_pickle=False)
        assert archive.testzip() is None
    assert structure["classes"] == ["setosa", "", "2"]
    np.testing.assert_array_equal(weight, net.synapses.weight)


def test_other_programs_can_write_the_file():
    net, file = kept.mixed(), io.BytesIO()
    members = members_of(file_of(net))
    members["network.json"] = json.dumps(json.loads(members["network.json"])).encode()
    with zipfile.ZipFile(file, "w") as archive:
        for name in reversed(members):
            archive.writestr(name, members[name])
    assert_same(net, read(file.getvalue()))


def test_records_for_large_archives_are_understood(monkeypatch):
    net = kept.mixed()
    plain = file_of(net)
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 10)
    data = file_of(net)
    assert data != plain
    assert_same(net, read(data))


# -- what is not written ---------------------------------------------------------------------------


def test_what_could_not_be_loaded_is_not_saved_and_the_old_file_stays(tmp_path):
    path = tmp_path / "net"
    ns.save(kept.mixed(), path)
    before = path.read_bytes()
    net = kept.mixed()
    net.connect("lone", "layer3[0]")
    with pytest.raises(CycleError, match=r"has a cycle: .*lone -> layer3\[0\]"):
        ns.save(net, path)
    net = kept.mixed()
    net.parameters[0] = np.nan
    with pytest.raises(InvalidValueError, match=r"to 'output\[0\]' must be finite \(got nan\)"):
        ns.save(net, path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["net"]


def test_only_networks_are_saved_and_only_at_paths(tmp_path):
    with pytest.raises(InvalidTypeError, match=r"save.network must be a Network \(got 'net'\)"):
        ns.save("net", tmp_path / "net")
    with pytest.raises(InvalidTypeError, match=r"save.path must be a path \(got 3\)"):
        ns.save(ns.Network(), 3)
    with pytest.raises(InvalidTypeError, match=r"load.path must be a path \(got None\)"):
        ns.load(None)
    for missing in (tmp_path / "none", tmp_path / "no" / "folder"):
        with pytest.raises(FileNotFoundError):
            ns.load(missing)
    with pytest.raises(FileNotFoundError):
        ns.save(ns.Network(), tmp_path / "no" / "folder")


# -- versions --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", kept.NETWORKS)
def test_files_of_every_version_open(name):
    files = sorted(kept.DATA.glob(f"{name}-*.neurosim"))
    assert len(files) == native.VERSION
    for path in files:
        assert_same(kept.NETWORKS[name](), ns.load(path))


@pytest.mark.parametrize("name", kept.NETWORKS)
def test_the_bytes_are_those_of_the_day_the_format_was_fixed(name):
    path = kept.DATA / f"{name}-{native.VERSION}.neurosim"
    assert file_of(kept.NETWORKS[name]()) == path.read_bytes()


def with_structure(net, **changes):
    members = members_of(file_of(net))
    structure = {**json.loads(members["network.json"]), **changes}
    members["network.json"] = json.dumps(structure).encode()
    return archive_of(members.items())


def test_a_file_of_a_newer_version_is_refused_with_the_reason(tmp_path):
    data = with_structure(kept.mixed(), version=2, more={"of": "this"})
    assert refusal(data) == (
        "the file has version 2 of the format, and this neurosim knows those up to 1; a newer "
        "neurosim opens it"
    )
    path = tmp_path / "newer"
    path.write_bytes(data)
    with pytest.raises(FormatError, match=r"newer: the file has version 2 of the format"):
        ns.load(path)


@pytest.mark.parametrize("version", [0, -1, 1.0, True, "1", None, [1]])
def test_a_version_is_a_whole_number(version):
    said = refusal(with_structure(kept.mixed(), version=version))
    assert said.startswith("network.json: version must be a whole number from 1 (got ")


def test_an_older_file_is_brought_up_to_date_step_by_step(monkeypatch):
    steps = []

    def step(version):
        def upgrade(held):
            steps.append(version)
            return native.Held({**held.structure, "name": f"step {version}"}, held.columns)

        return upgrade

    monkeypatch.setattr(native, "UPGRADES", {version: step(version) for version in (1, 2)})
    monkeypatch.setattr(native, "VERSION", 3)
    assert read(with_structure(kept.mixed(), version=1)).name == "step 2"
    assert read(with_structure(kept.mixed(), version=3)).name == "mixed «ß»"
    assert steps == [1, 2]


# -- activations -----------------------------------------------------------------------------------


def test_an_unknown_activation_is_named_and_never_replaced():
    net = ns.Network()
    net.add_layer(2, activation="sigmoid")
    said = refusal(with_structure(net, activations=["sigmoidal"]))
    assert said.startswith("no activation is called 'sigmoidal'. Did you mean 'sigmoid'?")
    assert "must be registered first: activations.register('sigmoidal', function, " in said


def test_an_activation_of_ones_own_is_found_by_its_name():
    ns.activations.register("tests_native", np.arctan, overwrite=True)
    net = ns.Network()
    net.add_layer(2, activation="tests_native")
    data = file_of(net)
    newer = ns.activations.register("tests_native", np.tanh, overwrite=True)
    assert read(data).neurons[0].activation is newer


# -- what is refused -------------------------------------------------------------------------------

GOOD = members_of(file_of(kept.mixed()))


def with_member(name, data):
    return archive_of({**GOOD, name: data}.items())


def npy(array):
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def test_every_cut_of_a_file_is_refused():
    data = file_of(kept.classifier())
    for size in range(len(data)):
        refusal(data[:size])


def test_every_byte_counts_or_does_no_harm():
    net = kept.classifier()
    data = file_of(net)
    for place in range(len(data)):
        bad = bytearray(data)
        bad[place] ^= 0xFF
        try:
            again = read(bytes(bad))
        except FormatError:
            continue
        assert_same(net, again)  # dates and the like, which nobody reads


@pytest.mark.parametrize("data", [b"", b"PK", b"not a network" * 9, pickle.dumps({}), b"\0" * 99])
def test_what_is_no_archive_is_refused(data):
    assert "the end of a zip archive" in refusal(data)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "network.json: Expecting value"),
        ("[]", "must be an object with the \"format\" 'neurosim network'"),
        ('{"format": "other"}', "must be an object with the"),
        ('{"format": 1, "format": 2}', "expected the key 'format' once (got it twice)"),
        ("[NaN]", "expected finite numbers (got NaN)"),
        ("[-Infinity]", "expected finite numbers (got -Infinity)"),
        ("[1e999]", "expected finite numbers (got 1e999)"),
        ("9" * 9999, "expected whole numbers of 40 digits at most (got 9999)"),
        ("[" * 200_000 + "]" * 200_000, "recursion"),
        ("\x00", "network.json: Expecting value"),
        ("\ufeff{}", "BOM"),
    ],
)
def test_json_is_read_with_distrust(text, message):
    assert message in refusal(with_member("network.json", text.encode()))


def test_text_that_is_no_utf8_is_refused():
    assert "'utf-8' codec can't decode" in refusal(with_member("network.json", b'"\xff"'))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"extra": 1}, "network.json must have the keys format, version, name"),
        ({"name": 3}, "network.json: name must hold str (got 3)"),
        ({"name": ""}, "names must be texts, and not empty"),
        ({"name": "\ud800"}, "names and classes must be Unicode text"),
        ({"dtype": "float16"}, 'dtype must be "float32" or "float64" (got \'float16\')'),
        ({"dtype": ["float64"]}, 'dtype must be "float32" or "float64"'),
        ({"dtype": "float32"}, "bias.npy must hold float32 (got float64)"),
        ({"neurons": "abc"}, "neurons must hold str (got 'abc')"),
        ({"neurons": {"a": 1}}, "neurons must hold str (got {'a': 1})"),
        ({"neurons": ["a", 1]}, "neurons must hold str (got 1)"),
        ({"neurons": ["a", "b"]}, "input_scaler: Scaler.names must be one for each of 3 columns"),
        (
            {"neurons": ["a", "a"], "input_scaler": None},
            "the name 'a' must be that of one neuron or layer (got two)",
        ),
        (
            {"neurons": ["a"], "input_scaler": None},
            "role must be 1 whole numbers, one per neuron (got shape (9,)",
        ),
        ({"layers": []}, "layer must be from -1 to -1"),
        ({"layers": ["input", "layer3", "output", "study"]}, "the name 'study' must be that of"),
        ({"activations": []}, "activation must be from -1 to -1"),
        ({"activations": [["tanh"]]}, "activations must hold str (got ['tanh'])"),
        ({"input_scaler": 1}, "input_scaler must have the keys shift, scale, named (got 1)"),
        ({"input_scaler": {"shift": []}}, "must have the keys shift, scale, named (got ['shift'])"),
        (
            {"input_scaler": {"shift": [0, 0, 0], "scale": [1, 1, 0], "named": True}},
            "input_scaler: Scaler.scale[2] must be > 0 (got 0.0)",
        ),
        (
            {"input_scaler": {"shift": ["0"], "scale": [1], "named": True}},
            "input_scaler.shift must hold int or float (got '0')",
        ),
        (
            {"input_scaler": {"shift": [0], "scale": [1], "named": 1}},
            "input_scaler.named must hold bool (got 1)",
        ),
        (
            {"input_scaler": {"shift": [0], "scale": [1], "named": False}},
            "Network.input_scaler must have 3 columns, one per input neuron (got 1)",
        ),
        ({"classes": ["a", "b"]}, "this network has an output_scaler, which is for numbers"),
        ({"classes": {}}, "classes must hold str or bool or int or float (got {})"),
        ({"classes": ["a", None]}, "classes must hold str or bool or int or float (got None)"),
        ({"classes": ["a", "a"], "output_scaler": None}, "must be distinct (got 'a' twice)"),
        ({"classes": [], "output_scaler": None}, "Network.classes must be 2 labels"),
    ],
)
def test_a_structure_of_other_kinds_and_sizes_is_refused(changes, message):
    assert message in refusal(with_structure(kept.mixed(), **changes))


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("role.npy", npy(np.zeros(9)), "role.npy must hold int8 (got float64)"),
        ("pre.npy", npy(np.zeros((9, 1), "<i4")), "pre.npy must be a NumPy array of one dimension"),
        ("pre.npy", npy(np.zeros((), "<i4")), "pre.npy must be a NumPy array of one dimension"),
        ("pre.npy", npy(np.zeros(9, ">i4")), "pre.npy must be a NumPy array of one dimension"),
        ("pre.npy", npy(np.zeros(9, "O")), "pre.npy must be a NumPy array of one dimension"),
        ("pre.npy", b"\x93NUMPY\x02\x00" + npy(np.zeros(9, "<i4"))[8:], "must be a NumPy array"),
        ("pre.npy", b"", "pre.npy must be a NumPy array of one dimension"),
        ("pre.npy", npy(np.zeros(9, "<i4"))[:-1], "must hold 9 values of 4 bytes, as it says (got"),
        ("pre.npy", npy(np.zeros(9, "<i4")) + b"\0", "must hold 9 values of 4 bytes, as it says"),
        ("pre.npy", npy(np.zeros(8, "<i4")), "must be 8 whole numbers, one per synapse"),
        ("evil.npy", npy(np.zeros(8, "<i4")), "expected the members network.json, role.npy"),
        ("../../evil", b"", "no member but network.json and NumPy arrays (got '../../evil')"),
        ("é.npy", npy(np.zeros(1)), "expected the members network.json, role.npy"),
    ],
)
def test_columns_that_are_no_plain_numbers_are_refused(name, data, message):
    assert message in refusal(with_member(name, data))


def test_a_shape_that_lies_makes_no_array():
    good = npy(np.zeros(9, "<i4"))
    for lie in (b"(999999999999,)", b"(99999999999999999999,)", b"(-9,)"):
        head = good[10:128].replace(b"(9,)", lie).rstrip() + b"\n"
        assert refusal(with_member("pre.npy", good[:10] + head.rjust(118) + good[128:]))
        padded = head[:-1].ljust(117) + b"\n"
        assert "pre.npy must" in refusal(with_member("pre.npy", good[:10] + padded + good[128:]))


def test_a_member_that_is_missing_or_comes_twice_is_refused():
    members = list(GOOD.items())
    for left_out in GOOD:
        said = refusal(archive_of([each for each in members if each[0] != left_out]))
        assert said.startswith(
            "expected a member 'network.json' (got role.npy"
            if left_out == "network.json"
            else "expected the members network.json, role.npy"
        )
        assert refusal(archive_of([*members, (left_out, GOOD[left_out])])).startswith(
            f"expected one member {left_out!r} (got two)"
        )
    assert "got an empty archive" in refusal(archive_of([]))


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packed_members_are_refused_so_that_no_bomb_is_unpacked(method):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("network.json", b" " * (1 << 24))
    assert len(file.getvalue()) < 1 << 17
    assert "member 'network.json' must be stored as it is, neither" in refusal(file.getvalue())


def test_a_comment_and_something_before_the_archive_are_refused():
    data = file_of(kept.mixed())
    file = io.BytesIO(data)
    with zipfile.ZipFile(file, "a") as archive:
        archive.comment = b"a comment"
    assert "the end of a zip archive" in refusal(file.getvalue())
    assert refusal(b"#!" + data)


def directory(data, changes):
    """Return an archive with numbers of the directory changed: {(member, offset, form): value}."""
    data, at = bytearray(data), data.index(b"PK\x01\x02")
    places = [at]
    while (at := data.find(b"PK\x01\x02", at + 1)) >= 0:
        places.append(at)
    for (member, offset, form), value in changes.items():
        struct.pack_into(form, data, places[member] + offset, value)
    return bytes(data)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({(1, 20, "<L"): 9}, "(got method 0, flags 0, 9 bytes for 137)"),
        ({(1, 20, "<L"): 9, (1, 24, "<L"): 9}, "member 'role.npy' is damaged"),
        ({(7, 20, "<L"): 1 << 30, (7, 24, "<L"): 1 << 30}, "it is cut short"),
        ({(1, 20, "<L"): 9999, (1, 24, "<L"): 9999}, "overlaps another"),
        ({(1, 42, "<L"): 0}, "overlaps another"),
        ({(7, 42, "<L"): 1 << 31}, "cut short"),
        ({(7, 42, "<L"): 3}, "overlaps another"),
        ({(1, 42, "<L"): 0xFFFFFFFF}, "leaves out the size or the place of a member"),
        ({(1, 8, "<H"): 1}, "neither compressed nor encrypted (got method 0, flags 1, "),
        ({(1, 16, "<L"): 1}, "member 'role.npy' is damaged: its bytes do not have their checksum"),
        ({(1, 28, "<H"): 60000}, "the directory is cut short"),
        ({(1, 46, "<B"): ord("R")}, "expected the name 'Role.npy' that the directory has"),
        ({(1, 0, "<B"): 0}, "expected a member in the directory"),
    ],
)
def test_a_directory_that_lies_is_refused(changes, message):
    assert message in refusal(directory(file_of(kept.mixed()), changes))


@pytest.mark.parametrize(
    ("offset", "form", "value", "message"),
    [
        (10, "<H", 3, "the directory does not list as many members as it says"),
        (12, "<L", 1 << 20, "expected a directory of at most 65536 bytes (got 1048576)"),
        (12, "<L", 60000, "of the directory at byte"),
        (16, "<L", 1 << 30, "of the directory at byte 1073741824 (the file has"),
        (16, "<L", 0xFFFFFFFF, "expected the end of a zip archive"),
        (20, "<H", 7, "expected no comment (got one of 7 bytes)"),
    ],
)
def test_an_end_that_lies_is_refused(offset, form, value, message):
    data = bytearray(file_of(kept.mixed()))
    struct.pack_into(form, data, len(data) - stored.END.size + offset, value)
    assert message in refusal(bytes(data))


def test_a_file_that_is_cut_short_while_it_is_read_is_refused():
    class Shrinking(io.BytesIO):
        def read(self, size=-1):
            return super().read(size)[:-1]

    with pytest.raises(FormatError, match=r"^expected 22 bytes of the end of a zip archive"):
        native.read(Shrinking(file_of(kept.mixed())))


def test_a_directory_of_many_members_is_refused_unread():
    data = archive_of([(f"{k}.npy", b"") for k in range(2000)])
    assert "expected a directory of at most 65536 bytes (got" in refusal(data)


# -- memory ----------------------------------------------------------------------------------------

SIZE = 1 << 20
HEAD = b'{"format": "neurosim network", "version": 1, "name": '
BOMBS = {
    "lists": HEAD + b"[" + b"[]," * (SIZE // 3) + b"0]}",
    "lists in lists": HEAD + b"[" + b"[0]," * (SIZE // 4) + b"0]}",
    "dictionaries": HEAD + b"[" + b"{}," * (SIZE // 3) + b"0]}",
    "dictionaries of one": HEAD + b"[" + b'{"":0},' * (SIZE // 7) + b"0]}",
    "keys": b"{" + b",".join(b'"%x":0' % k for k in range(SIZE // 8)) + b"}",
    "numbers": HEAD + b"[" + b"1e9," * (SIZE // 4) + b"0]}",
    "texts": HEAD + b"[" + b'"ab",' * (SIZE // 5) + b"0]}",
    "depth": HEAD + b"[" * SIZE,
    "digits": HEAD + b"1" * SIZE + b"}",
    "one text": HEAD + b'"' + b"\x7f" * SIZE + b'"}',
    "one wide text": HEAD + b'"' + b"a" * SIZE + "😀".encode() + b'"}',
    "one escaped text": HEAD + b'"' + b"\\u0001" * (SIZE // 6) + b'\\ud83d\\ude00"}',
    "names": with_structure(kept.mixed(), neurons=[f"{k}" for k in range(SIZE // 8)]),
}


@pytest.mark.parametrize("kind", BOMBS)
@pytest.mark.parametrize("besides", [native.BESIDES, 1 << 16], ids=["as it is", "strict"])
def test_no_file_takes_much_more_memory_than_it_is_large(kind, besides, monkeypatch):
    monkeypatch.setattr(native, "BESIDES", besides)
    data = BOMBS[kind]
    if not data.startswith(b"PK"):
        data = archive_of([("network.json", data)])
    file = io.BytesIO(data)
    tracemalloc.start()
    try:
        with pytest.raises(FormatError):
            native.read(file)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak <= 10 * len(data) + 2 * besides


def test_what_json_needs_is_counted_outside_of_texts():
    text = json.dumps({"a\\": ['"[{,:\\"', "[" * 1000]})
    assert read_json(text.encode(), 20_000, "here") == json.loads(text)
    with pytest.raises(FormatError, match=r"^here: expected values that take 2000 bytes at most"):
        read_json(text.encode(), 2000, "here")


# -- mutants ---------------------------------------------------------------------------------------


def test_damaged_and_forged_files_are_refused_or_load_as_networks(tmp_path):
    report = fuzzing.Report().fuzz(2000, seed=1, path=tmp_path / "mutant", traced=50)
    print(report)
    assert not report.wrong
    assert {way for way, _ in report.counts} == set(fuzzing.Mutator(0).ways)
    assert sum(report.counts.values()) == 2000


def test_the_fuzzer_notices_any_other_outcome(tmp_path, monkeypatch):
    path = tmp_path / "mutant"
    good = file_of(kept.mixed())
    assert fuzzing.outcome(good, path) == fuzzing.LOADED
    monkeypatch.setattr(fuzzing, "SECONDS", 0.0)
    assert fuzzing.outcome(good, path) == "more than 0.0 s"
    for error in (ValueError("no"), FormatError("no place"), MemoryError("")):

        def fail(path, error=error):
            raise error

        monkeypatch.setattr(ns, "load", fail)
        assert fuzzing.outcome(good, path) not in (fuzzing.LOADED, fuzzing.REFUSED)
