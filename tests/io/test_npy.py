"""Arrays as bytes: NumPy reads what is written, what NumPy writes is read, all else is refused."""

import io
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from neurosim.errors import FormatError
from neurosim.io import npy
from neurosim.io.tree import read_tree, write_tree

DTYPES = st.sampled_from([*npy.NUMBERS, "<U3", "|S5", ">f8", ">i4", ">U2"])
SHAPES = st_numpy.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3)
ARRAYS = DTYPES.flatmap(lambda dtype: st_numpy.arrays(dtype, SHAPES))


def saved(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


@given(array=ARRAYS, transposed=st.booleans())
def test_an_array_comes_back_from_here_to_numpy_and_the_other_way(array, transposed):
    array = array.T if transposed else array
    data = b"".join(bytes(memoryview(part)) for part in npy.encoded(array))
    little = array.dtype.newbyteorder("<")
    for again in (np.load(io.BytesIO(data)), npy.decoded(data, "array")):
        assert again.dtype == little
        np.testing.assert_array_equal(again, array)
    ordered = np.asarray(array, little, order="C")
    np.testing.assert_array_equal(npy.decoded(saved(ordered), "array"), array)


@given(array=ARRAYS)
def test_a_tree_holds_arrays_whatever_is_special_of_their_values(array, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "tree"
    write_tree(path, {"array": array}, 1)
    again = read_tree(path, 1)["array"]
    assert again.flags.writeable
    np.testing.assert_array_equal(again, array)
    if array.dtype.kind == "f":
        np.testing.assert_array_equal(np.signbit(again[again == 0]), np.signbit(array[array == 0]))
        with np.load(path) as file:
            assert all(np.isfinite(file[name]).all() for name in file.files)


GOOD = saved(np.arange(6, dtype="<i4").reshape(2, 3))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "must be a NumPy array of numbers or text, in C order"),
        (saved(np.zeros(2, "O")), "must be a NumPy array of numbers or text, in C order"),
        (saved(np.zeros(2, "<M8[s]")), "must be a NumPy array of numbers or text, in C order"),
        (saved(np.asfortranarray(np.ones((2, 2)))), "of numbers or text, in C order"),
        (npy.header("|S0", [2]), "must be a NumPy array of numbers or text, in C order"),
        (GOOD[:-1], "must hold 6 values of 4 bytes, as it says (got 23 bytes)"),
        (GOOD + b"x", "must hold 6 values of 4 bytes, as it says (got 25 bytes)"),
        (GOOD.replace(b"(2, 3)", b"(-2,3)"), "must be a NumPy array of numbers or text"),
        (npy.header("<f8", [0] + [10**17] * 3), "must be an array that NumPy can hold"),
        (npy.header("<f8", [0] * 99), "must be an array that NumPy can hold"),
        (npy.header("|b1", [1]) + b"\x02", "must hold 0 and 1 for false and true"),
        (npy.header("<U1", [1]) + b"\xff\xff\xff\xff", "must hold Unicode text"),
    ],
)
def test_what_is_no_array_of_numbers_or_text_is_refused(data, message):
    with pytest.raises(FormatError, match=f"^it {re.escape(message)}|{re.escape(message)}$"):
        npy.decoded(data, "it")
