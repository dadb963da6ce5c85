"""Files are written whole or not at all."""

import contextlib
import os
import stat

import numpy as np
import pytest

from neurosim.errors import FormatError, InvalidTypeError
from neurosim.io.tree import read_tree, write_tree
from neurosim.io.whole import file_path, write_whole

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


def test_what_a_killed_write_has_left_is_in_nobodys_way(tmp_path):
    (tmp_path / "file.part").write_bytes(b"half")
    write_whole(tmp_path / "file", lambda file: file.write(b"new"))
    assert (tmp_path / "file").read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["file"]


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "file")
    write_whole(tmp_path / "link", lambda file: file.write(b"new"))
    assert (tmp_path / "link").is_symlink()
    assert stat.S_ISREG((tmp_path / "file").stat().st_mode)


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "no" / "file", lambda file: None)


def test_what_is_no_path_is_refused():
    with pytest.raises(InvalidTypeError, match=r"^Log\.path must be a path \(got 3\)$"):
        file_path(3, "Log.path")


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
