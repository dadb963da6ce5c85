"""Files are written whole or not at all."""

import contextlib
import os
import shutil
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count, product
from pathlib import Path

import numpy as np
import pytest

import neurosim as ns
from neurosim.errors import FormatError, InvalidTypeError, InvalidValueError
from neurosim.io import read_idx, whole
from neurosim.io.tree import read_tree, write_tree
from neurosim.io.whole import file_path, write_all, write_whole
from neurosim.wording import shown

TREE = {
    "array": np.arange(6.0).reshape(2, 3),
    "none": None,
    "numbers": [1, -0.1, True, 2**100, float("inf")],
    "text": "π",
    "nested": {"array": np.float32(0.1), "dict": {"dict": []}},
}


def assert_same(a, b):
    assert type(a) is type(b) or isinstance(a, np.generic)
    if isinstance(a, dict):
        assert list(a) == list(b)
        for key in a:
            assert_same(a[key], b[key])
    elif isinstance(a, (np.ndarray, np.generic)):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)
    else:
        assert a == b


def test_a_tree_comes_back(tmp_path):
    write_tree(tmp_path / "file", TREE, 1)
    assert_same(TREE, read_tree(tmp_path / "file", 1))
    assert os.listdir(tmp_path) == ["file"]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail(file):
        file.write(b"new")
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        write_whole(path, fail)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


# A file that is to have no name at first gets a name in another way where that fails.
STEPS = list(product(("write", "chmod", "sync", "rename"), (True, False)))


@pytest.mark.parametrize(("step", "unnamed"), [*STEPS, ("name", False)])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_whatever_fails_the_old_file_stays_and_nothing_else(
    tmp_path, monkeypatch, step, error, unnamed
):
    if not unnamed:
        monkeypatch.setattr(whole, "_UNNAMED", 0)
    (tmp_path / "file").write_bytes(b"old")

    def fail(*arguments, **options):
        raise error

    calls = {"chmod": "fchmod", "sync": "fsync", "name": "open", "rename": "replace"}
    if step in calls:
        monkeypatch.setattr(whole.os, calls[step], fail)
    with pytest.raises(type(error)):
        write_whole(tmp_path / "file", fail if step == "write" else lambda f: f.write(b"new"))
    monkeypatch.undo()
    assert (tmp_path / "file").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_where_a_file_without_a_name_gets_none_its_bytes_are_copied(tmp_path, monkeypatch):
    def refuse(*arguments, **options):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(whole.os, "link", refuse)
    write_whole(tmp_path / "file", lambda file: file.write(b"new"))
    assert (tmp_path / "file").read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.skipif(not whole._UNNAMED, reason="files always have names here")
def test_a_killed_write_leaves_nothing(tmp_path):
    (tmp_path / "file").write_bytes(b"old")
    process = os.fork()
    if not process:
        write_whole(tmp_path / "file", lambda file: (file.write(b"new"), os._exit(9)))
    os.waitpid(process, 0)
    assert (tmp_path / "file").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("unnamed", [True, False])
def test_files_of_others_are_never_touched(tmp_path, monkeypatch, unnamed):
    """Not even those with the names that come to mind, or a link with the next name to be drawn."""
    if not unnamed:
        monkeypatch.setattr(whole, "_UNNAMED", 0)
    names = iter(["aa", "bb", "cc", "dd"])
    monkeypatch.setattr(whole.secrets, "token_hex", lambda size: next(names))
    theirs = tmp_path / "theirs"
    theirs.write_bytes(b"theirs")
    (tmp_path / "file.part").symlink_to(theirs)
    (tmp_path / ".neurosim-aa.part").symlink_to(theirs)
    (tmp_path / ".neurosim-bb.part").write_bytes(b"another")
    write_whole(tmp_path / "file", lambda file: file.write(b"new"))
    assert (tmp_path / "file").read_bytes() == b"new"
    assert theirs.read_bytes() == b"theirs"
    assert (tmp_path / ".neurosim-bb.part").read_bytes() == b"another"
    assert len(os.listdir(tmp_path)) == 5


@pytest.mark.parametrize("unnamed", [True, False])
def test_a_new_file_has_the_usual_mode_and_one_that_is_replaced_keeps_its_own(
    tmp_path, monkeypatch, unnamed
):
    if not unnamed:
        monkeypatch.setattr(whole, "_UNNAMED", 0)
    usual = tmp_path / "usual"
    usual.touch()
    write_whole(tmp_path / "file", lambda file: file.write(b"new"))
    assert (tmp_path / "file").stat().st_mode == usual.stat().st_mode
    for mode in (0o600, 0o664, 0o640):
        (tmp_path / "file").chmod(mode)
        write_whole(tmp_path / "file", lambda file: file.write(b"newer"))
        assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == mode


def test_of_several_writers_at_once_the_last_one_wins_and_none_dies(tmp_path):
    path = tmp_path / "file"
    texts = [bytes([65 + k]) * 100_000 for k in range(8)]

    def write_often(text):
        for _ in range(20):
            write_whole(path, lambda file: file.write(text))
            assert path.read_bytes() in texts

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write_often, texts))
    assert os.listdir(tmp_path) == ["file"]


def test_a_name_of_any_length_that_can_be_is_written(tmp_path):
    path = tmp_path / ("n" * 255)
    write_whole(path, lambda file: file.write(b"new"))
    assert path.read_bytes() == b"new"


def test_a_device_is_written_to_and_stays_one():
    before = os.stat(os.devnull)
    write_whole(Path(os.devnull), lambda file: file.write(b"new"))
    assert os.stat(os.devnull).st_mode == before.st_mode


def test_a_folder_is_not_replaced(tmp_path):
    with pytest.raises(IsADirectoryError):
        write_whole(tmp_path, lambda file: file.write(b"new"))


def test_a_disk_that_is_full_leaves_the_old_file(tmp_path):
    """On a file system of 64 KB, where that may be mounted."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", tmp_path]
    if shutil.which("mount") is None or subprocess.run(mount, check=False).returncode:
        pytest.skip("no file system may be mounted here")
    try:
        net = ns.topologies.layered([2, 2])
        ns.save(net, tmp_path / "net")
        before = (tmp_path / "net").read_bytes()
        for save in (ns.save, *(partial(ns.write, format=name) for name in ("dot", "csv"))):
            with pytest.raises(OSError, match="No space left on device"):
                save(ns.topologies.layered([200, 200]), tmp_path / "net")
            assert (tmp_path / "net").read_bytes() == before
            assert os.listdir(tmp_path) == ["net"]
    finally:
        subprocess.run(["umount", tmp_path], check=True)


# -- several that belong together ----------------------------------------------------------


NEW = {name: (lambda file, name=name: file.write(b"new " + name.encode())) for name in "abc"}


def write_three(folder, files=NEW):
    write_all({folder / name: write for name, write in files.items()})


def held(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("there", ["", "b", "abc"])
@pytest.mark.parametrize("failing", range(3))
@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_of_several_files_all_are_written_or_none(tmp_path, monkeypatch, call, failing, there):
    for name in there:
        (tmp_path / name).write_bytes(b"old")
    before, calls = held(tmp_path), count()

    def fail_once(function):
        def called(*arguments):
            if next(calls) == failing:
                raise OSError("the disk is full")
            return function(*arguments)

        return called

    files = NEW
    if call == "write":
        files = {name: fail_once(write) for name, write in NEW.items()}
    else:
        monkeypatch.setattr(whole.os, call, fail_once(getattr(os, call)))
    with pytest.raises(OSError, match="the disk is full"):
        write_three(tmp_path, files)
    monkeypatch.undo()
    assert held(tmp_path) == before
    write_three(tmp_path)
    assert held(tmp_path) == {name: b"new " + name.encode() for name in "abc"}


def test_where_files_have_one_name_only_old_ones_are_put_back_from_copies(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(b"old")
    replace, calls = os.replace, count()

    def fail_once(*arguments):
        if next(calls) == 1:
            raise OSError("the disk is full")
        replace(*arguments)

    def refuse(*arguments, **options):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(whole.os, "link", refuse)
    monkeypatch.setattr(whole.os, "replace", fail_once)
    with pytest.raises(OSError, match="the disk is full"):
        write_three(tmp_path)
    assert held(tmp_path) == {"a": b"old"}


# -- paths ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "a\0b", "\ud800", "n" * 256, "n" * 256 + "/a", Path("a\0b")])
def test_what_names_no_file_is_refused_before_anything_is_tried(path):
    message = (
        "net must be the path of a file: text that is not empty, has no NUL, and no name of more "
        f"than 255 bytes (got {shown(os.fspath(path))})"
    )
    with pytest.raises(InvalidValueError) as refusal:
        file_path(path, "net")
    assert str(refusal.value) == message
    net = ns.topologies.layered([1, 1])
    for call in (
        lambda: ns.save(net, path), lambda: ns.load(path), lambda: ns.read(path, format="dot"),
        lambda: ns.write(net, path, format="csv"), lambda: ns.callbacks.Checkpoint(path),
        lambda: ns.History(["cost"]).save(path), lambda: ns.History.load(path),
        lambda: ns.callbacks.CSVLog(path), lambda: read_idx(path),
    ):  # fmt: skip
        with pytest.raises(InvalidValueError, match="path must be the path of a file"):
            call()


@pytest.mark.parametrize("path", [3, None, b"file", ["file"]])
def test_what_is_no_path_is_refused(path):
    with pytest.raises(InvalidTypeError) as refusal:
        file_path(path, "Log.path")
    assert str(refusal.value) == f"Log.path must be a path (got {path!r})"


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "file")
    write_whole(tmp_path / "link", lambda file: file.write(b"new"))
    assert (tmp_path / "link").is_symlink()
    assert stat.S_ISREG((tmp_path / "file").stat().st_mode)


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError) as refusal:
        write_whole(tmp_path / "no" / "file", lambda file: None)
    assert refusal.value.filename == str(tmp_path / "no" / "file")


@pytest.mark.parametrize("leaf", [object(), {1, 2}, np.array([object()])])
def test_what_no_file_can_hold_is_refused_by_its_place(tmp_path, leaf):
    with pytest.raises(InvalidTypeError, match=r"^\.a\[1\]\.b must "):
        write_tree(tmp_path / "file", {"a": [0, {"b": leaf}]}, 1)
    assert not os.listdir(tmp_path)


def test_a_file_of_another_version_is_refused(tmp_path):
    write_tree(tmp_path / "file", TREE, 2)
    with pytest.raises(FormatError, match=r"has version 2 of its format; this neurosim reads ver"):
        read_tree(tmp_path / "file", 1)


def test_a_damaged_file_is_refused_wherever_it_was_hit(tmp_path):
    path = tmp_path / "file"
    write_tree(path, TREE, 1)
    good = path.read_bytes()
    rng = np.random.default_rng(0)
    for cut in [0, 1, 50, *rng.integers(len(good), size=40)]:
        path.write_bytes(good[:cut])
        with pytest.raises(FormatError, match="is damaged, or was not written by neurosim"):
            read_tree(path, 1)
    for place in rng.integers(len(good), size=200):
        bad = bytearray(good)
        bad[place] ^= 1 << rng.integers(8)
        path.write_bytes(bad)
        with contextlib.suppress(FormatError):  # bits that nobody reads do no harm
            read_tree(path, 1)
