"""Awkward files, arguments and surroundings: an exit code and one line, never a traceback."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import neurosim as ns
from neurosim.command_line import main

ROOT = Path(__file__).resolve().parents[2]
FILES = {
    "empty": b"",
    "line": b"\n",
    "zeros": bytes(100),
    "binary": bytes(range(256)) * 20,
    "text": "ä€𝄞 <>&\"'\\ \x1b[31m\x07".encode(),
    "latin": "ä,ö\n".encode("latin-1"),
    "utf16": "a,b\n1,2\n".encode("utf-16"),
    "bracket": b"[" * 100_000,
    "brace": b'{"a":' * 100_000,
    "xml": b"<graphml>" * 1000,
    "number": b"1" * 10_000,
    "quote": b'"' * 999,
    "json": b'{"nodes": [], "links": []}',
}
ENDINGS = ("csv", "toml", "neurosim", "graphml", "gexf", "json", "cyjs", "dot")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a network, a recipe and a table."""
    monkeypatch.chdir(tmp_path)
    net = ns.Network("n")
    inputs = net.add_layer(["x"], role="input", name="in")
    net.connect(inputs, net.add_neuron("y", activation="identity", role="output"))
    ns.save(net, "net.neurosim")
    Path("t.csv").write_text("x,y\n1,2\n3,4\n5,6\n7,8\n")
    Path("r.toml").write_text('[data]\ninputs = ["x"]\noutputs = ["y"]\n[train]\nepochs = 1\n')
    return tmp_path


def called(capsys, *arguments):
    """Call a command; return its exit code and the lines that it said on stderr."""
    code = main(arguments)
    said = capsys.readouterr()
    lines = said.err.split("\n")
    assert lines.pop() == ""
    assert all(line.startswith("neurosim: ") and line.isprintable() for line in lines)
    assert code in (0, 1)
    assert len([line for line in lines if ": warning: " not in line]) == code
    assert "internal error" not in said.err
    return code, lines


@pytest.mark.parametrize("content", FILES)
@pytest.mark.parametrize("ending", ENDINGS)
def test_any_file_in_any_place_is_taken_or_refused_in_a_line(folder, capsys, content, ending):
    name = f"awkward.{ending}"
    Path(name).write_bytes(FILES[content])
    Path("file.toml").write_text(Path("r.toml").read_text() + f"[network]\nfile = '{name}'\n")
    for arguments in (
        ("info", name),
        ("draw", name, "a.png"),
        ("convert", name, "a.graphml"),
        ("train", name, "t.csv"),
        ("train", "r.toml", name),
        ("train", "file.toml", "t.csv"),
        ("predict", name, "t.csv"),
        ("predict", "net.neurosim", name),
    ):
        code, lines = called(capsys, *arguments)
        assert code == 0 or lines


@pytest.mark.parametrize("name", ["folder.neurosim", "folder.csv", "t.csv/net.csv", "x" * 300])
def test_what_is_no_file_is_refused_in_a_line(folder, capsys, name):
    Path("folder.neurosim").mkdir()
    Path("folder.csv").mkdir()
    for arguments in (
        ("info", name), ("draw", name, "a.png"), ("train", "r.toml", "t.csv", "--output", "t.csv"),
        ("convert", name, "a.dot"), ("convert", "net.neurosim", name), ("train", name),
        ("train", "r.toml", name), ("predict", name, "t.csv"), ("predict", "net.neurosim", name),
        ("predict", "net.neurosim", "t.csv", "--output", name),
    ):  # fmt: skip
        assert called(capsys, *arguments)[0] == 1


@pytest.mark.parametrize("path", ["", "a\0b.neurosim"])
@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        (["info", "?"], "FILE"),
        (["draw", "net.neurosim", "?"], "PICTURE"),
        (["convert", "net.neurosim", "?"], "NEW"),
        (["train", "?"], "RECIPE"),
        (["train", "r.toml", "?"], "TABLE"),
        (["train", "r.toml", "t.csv", "--output", "?"], "--output"),
        (["predict", "net.neurosim", "t.csv", "--output", "?"], "--output"),
    ],
)
def test_what_can_be_no_path_is_refused_by_the_name_of_the_argument(
    folder, capsys, path, arguments, argument
):
    code, lines = called(capsys, *(path if one == "?" else one for one in arguments))
    assert code == 1
    assert lines[0].startswith(f"neurosim: {argument} must be the path of a file: ")


@pytest.mark.parametrize("size", ["-3", "0", "nan", "inf", "1e9"])
@pytest.mark.parametrize("side", ["--width", "--height"])
def test_sizes_of_no_picture_are_refused(folder, capsys, side, size):
    assert called(capsys, "draw", "net.neurosim", "a.png", side, size) == (
        1, [f"neurosim: {side} must be from 2 to 400 inches (got {float(size):g})"],
    )  # fmt: skip
    assert not Path("a.png").exists()


def test_a_layout_that_is_none_or_not_for_this_network_is_refused(folder, capsys):
    assert called(capsys, "draw", "net.neurosim", "a.png", "--layout", "sprung") == (
        1,
        ["neurosim: --layout must be 'levels' or 'layers', or a layout of networkx such as "
         "'spring' or 'circular' (got 'sprung')"],
    )  # fmt: skip
    complete = ns.topologies.layered([5, 5, 5])
    ns.save(complete, "complete.neurosim")
    assert called(capsys, "draw", "complete.neurosim", "a.png", "--layout", "planar") == (
        1,
        ["neurosim: --layout 'planar' cannot place this network (NetworkXException: G is not "
         "planar.); choose another, such as 'spring'"],
    )  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    [
        ("convert", "net.neurosim", "nowhere/a.graphml"),
        ("draw", "net.neurosim", "nowhere/a.png"),
        ("predict", "net.neurosim", "t.csv", "--output", "nowhere/a.csv"),
    ],
)
def test_a_place_that_is_not_there_is_called_as_it_was_typed(folder, capsys, arguments):
    assert called(capsys, *arguments) == (
        1, [f"neurosim: {arguments[-1]}: No such file or directory"],
    )  # fmt: skip


def test_what_would_break_a_line_is_escaped(folder, capsys):
    _, lines = called(capsys, "info", "no\nsuch\x1b[31mfile.neurosim")
    assert lines == [r"neurosim: no\x0asuch\x1b[31mfile.neurosim: No such file or directory"]


def test_the_columns_of_a_scaler_are_told_in_the_order_of_the_neurons(folder, capsys):
    net = ns.topologies.layered([2, 1], activation="identity")
    names = [one.name for one in net.inputs]
    net.input_scaler = ns.Scaler([1.0, 2.0], [3.0, 4.0], names[::-1])
    ns.save(net, "two.neurosim")
    assert main(["info", "two.neurosim"]) == 0
    out = capsys.readouterr().out
    told = [line.split() for line in out.splitlines()]
    assert [names[0], "2", "4"] in told
    assert [names[1], "1", "3"] in told


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (MemoryError(), "there is not enough memory"),
        (RecursionError(), "the file is nested too deeply"),
        (OSError(5, "Input/output error"), "Input/output error"),
        (
            ZeroDivisionError("by\n0"),
            r"internal error, please report it: ZeroDivisionError: by\x0a0 (python -X dev -m "
            "neurosim shows where)",
        ),
    ],
)
def test_what_nobody_has_thought_of_is_a_line_too(folder, capsys, monkeypatch, error, line):
    def failing(path):
        raise error

    monkeypatch.setattr(ns, "read", failing)
    assert main(["info", "net.neurosim"]) == 1
    assert capsys.readouterr().err == f"neurosim: {line}\n"


# -- surroundings ------------------------------------------------------------------------------

RUN = [sys.executable, "-m", "neurosim"]


def environment(**more):
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_at_stdout_is_said(folder):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*RUN, "info", "net.neurosim"], stdout=full, stderr=subprocess.PIPE, text=True,
            check=False, env=environment(),
        )  # fmt: skip
    assert done.returncode == 1  # at a print, or when what was printed is flushed
    assert re.fullmatch(r"neurosim: (stdout: )?No space left on device\n", done.stderr)


@pytest.mark.skipif(os.name == "nt", reason="needs pipes of POSIX")
def test_a_reader_that_has_seen_enough_is_no_error(folder):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as pipe:
        done = subprocess.run(
            [*RUN, "predict", "net.neurosim", "t.csv"], stdout=pipe, stderr=subprocess.PIPE,
            text=True, check=False, env=environment(),
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_what_stdout_cannot_show_is_said(folder):
    net = ns.load("net.neurosim")
    net.name = "größer"
    ns.save(net, "net.neurosim")
    done = subprocess.run(
        [*RUN, "info", "net.neurosim"], capture_output=True, text=True, check=False,
        env=environment(PYTHONIOENCODING="ascii"),
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == r"neurosim: stdout cannot show '\xf6\xdf' in ascii" + "\n"


@pytest.mark.skipif(not Path("/dev/stdin").exists(), reason="needs a file that stands for stdin")
def test_a_table_may_come_through_a_pipe(folder):
    done = subprocess.run(
        [*RUN, "predict", "net.neurosim", "/dev/stdin"], capture_output=True, text=True,
        check=False, env=environment(), input="x\n1\n2\n",
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "y\n0.0\n0.0\n", "")
