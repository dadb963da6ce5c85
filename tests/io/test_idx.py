"""The reader of IDX files, and what it makes of files that lie."""

import gzip
import struct
import tracemalloc
import zlib
from math import prod
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim.errors import FormatError, InvalidTypeError, InvalidValueError
from neurosim.io import read_idx

CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}
MEGABYTE = 1 << 20


def header(code, *shape):
    return struct.pack(f">HBB{len(shape)}I", 0, code, len(shape), *shape)


def idx(array):
    big_endian = array.astype(array.dtype.newbyteorder(">"))
    return header(CODES[array.dtype.str[1:]], *array.shape) + big_endian.tobytes()


def random_array(dtype, shape=(3, 4, 5)):
    dtype = np.dtype(dtype)
    bits = np.random.default_rng(0).bytes(prod(shape) * dtype.itemsize)
    values = np.frombuffer(bits, dtype).reshape(shape).copy()
    if dtype.kind == "f":
        values[~np.isfinite(values)] = 0.5
    return values


@pytest.fixture
def file(tmp_path):
    return tmp_path / "images-idx3-ubyte"


def refusal(file, data, **options):
    file.write_bytes(data)
    with pytest.raises(FormatError) as refused:
        read_idx(file, **options)
    return str(refused.value).removeprefix(str(file))


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzipped"])
@pytest.mark.parametrize("dtype", CODES)
def test_an_array_comes_back_as_it_was_written(dtype, pack, file):
    written = random_array(dtype)
    file.write_bytes(pack(idx(written)))

    read = read_idx(file)

    np.testing.assert_array_equal(read, written, strict=True)
    assert read.dtype.isnative
    assert read.flags.writeable
    assert read.flags.owndata
    assert read.flags.c_contiguous


def test_a_file_written_by_hand_reads_as_its_numbers(file):
    # two zero bytes, int16, two dimensions, 2 × 3; then 1, 256, −1, 0, 2, −256, high byte first
    file.write_bytes(
        bytes.fromhex("00 00 0b 02  00 00 00 02  00 00 00 03")
        + bytes.fromhex("00 01 01 00 ff ff 00 00 00 02 ff 00")
    )

    np.testing.assert_array_equal(read_idx(file), [[1, 256, -1], [0, 2, -256]])


def test_gzip_is_told_from_the_bytes_and_not_from_the_name(tmp_path):
    labels = random_array("u1", (7,))
    (tmp_path / "plain.gz").write_bytes(idx(labels))
    (tmp_path / "packed").write_bytes(gzip.compress(idx(labels)))

    np.testing.assert_array_equal(read_idx(tmp_path / "plain.gz"), labels)
    np.testing.assert_array_equal(read_idx(str(tmp_path / "packed")), labels)


def test_a_gzip_file_of_several_members_is_one_stream(file):
    data = idx(random_array("f4"))
    file.write_bytes(gzip.compress(data[:50]) + gzip.compress(data[50:]))

    np.testing.assert_array_equal(read_idx(file), random_array("f4"))


@pytest.mark.parametrize("shape", [(0,), (0, 28, 28), (28, 0)])
def test_an_array_may_be_empty(shape, file):
    file.write_bytes(header(0x0D, *shape))

    assert read_idx(file).shape == shape


def test_arrays_larger_than_a_piece_are_put_together(file):
    written = random_array("i4", (300, 1000))
    file.write_bytes(gzip.compress(idx(written), compresslevel=1))

    np.testing.assert_array_equal(read_idx(file), written)


def test_as_many_dimensions_as_numpy_has_are_read(file):
    file.write_bytes(header(0x08, *[1] * 64) + b"\x07")

    assert read_idx(file).shape == (1,) * 64


SIXTY = header(0x08, 3, 4, 5)

REFUSED = {
    "empty": (b"", ", byte 0: expected 4 bytes of header (got only 0)"),
    "short": (b"\0\0\x08", ", byte 0: expected 4 bytes of header (got only 3)"),
    "text": (
        b"P5 28 28",
        ", byte 0: expected the two zero bytes that open an IDX file (got 0x5035)",
    ),
    "unknown type": (
        header(0x0A, 1) + b"\0",
        ", byte 2: expected one of the types 0x08, 0x09, 0x0b, 0x0c, 0x0d, 0x0e (got 0x0a)",
    ),
    "no dimension": (header(0x08) + b"\0", ", byte 3: expected 1 to 64 dimensions (got 0)"),
    "65 dimensions": (
        header(0x08, *[1] * 65) + b"\0",
        ", byte 3: expected 1 to 64 dimensions (got 65)",
    ),
    "sizes cut off": (SIXTY[:-1], ", byte 4: expected 12 bytes of sizes (got only 11)"),
    "data cut off": (SIXTY + bytes(59), ", byte 16: expected 60 bytes of data (got only 59)"),
    "no data": (SIXTY, ", byte 16: expected 60 bytes of data (got only 0)"),
    "trailing byte": (
        SIXTY + bytes(61),
        ", byte 76: expected the end of the file (got more bytes)",
    ),
    "trailing byte of an empty array": (
        header(0x08, 0) + b"\0",
        ", byte 8: expected the end of the file (got more bytes)",
    ),
}


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzipped"])
@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_file_is_refused_with_the_place_and_what_was_expected(case, pack, file):
    data, message = REFUSED[case]

    assert refusal(file, pack(data)) == message


@pytest.mark.parametrize("shape", [(2**32 - 1,) * 64, (2**32 - 1,) * 2, (0, 2**32 - 1, 2**32 - 1)])
def test_sizes_beyond_the_limit_are_refused(shape, file):
    sizes = " × ".join(map(str, shape))

    assert refusal(file, header(0x0E, *shape)) == (
        ", byte 4: expected sizes for at most 1073741824 bytes of data, which max_bytes= can raise "
        f"(got {sizes} values of 8 bytes)"
    )


def test_the_limit_can_be_moved(file):
    data = idx(random_array("i2", (50,)))

    assert "at most 99 bytes" in refusal(file, data, max_bytes=99)
    assert len(read_idx(file, max_bytes=100)) == 50


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(lambda packed: packed[:2], id="magic only"),
        pytest.param(lambda packed: packed[:-1], id="last byte missing"),
        pytest.param(lambda packed: packed[: len(packed) // 2], id="half"),
        pytest.param(lambda packed: packed[:-5] + b"\0" + packed[-4:], id="checksum"),
        pytest.param(lambda packed: packed[:10] + b"\xff" * 9 + packed[19:], id="deflate"),
        pytest.param(lambda packed: packed[:2] + b"\x07" + packed[3:], id="method"),
        pytest.param(lambda packed: packed + b"junk", id="junk behind"),
    ],
)
def test_a_broken_gzip_stream_is_refused(broken, file):
    message = refusal(file, broken(gzip.compress(idx(random_array("f8")), mtime=0)))

    assert message.startswith(": expected a whole gzip stream (got a broken one: ")


def peak_while_refused(file, data):
    file.write_bytes(data)
    del data
    tracemalloc.start()
    try:
        with pytest.raises(FormatError):
            read_idx(file)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_promise_of_a_gigabyte_allocates_only_what_the_file_holds(file):
    assert peak_while_refused(file, header(0x08, 1 << 30) + bytes(1000)) < MEGABYTE


def test_a_gzip_bomb_is_unpacked_no_further_than_its_header_says(file):
    packer = zlib.compressobj(9, wbits=31)
    bomb = packer.compress(header(0x08, 1000))
    bomb += b"".join(packer.compress(bytes(MEGABYTE)) for _ in range(100)) + packer.flush()
    assert len(bomb) < MEGABYTE

    assert peak_while_refused(file, bomb) < MEGABYTE


def test_what_is_no_file_is_the_usual_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_idx(tmp_path / "missing")
    with pytest.raises(OSError, match=r"directory|denied"):
        read_idx(tmp_path)


def test_a_wrong_argument_is_refused_by_name(file):
    file.write_bytes(SIXTY + bytes(60))
    with pytest.raises(InvalidTypeError, match=r"^read_idx\.path must be a path \(got"):
        read_idx(0)
    with pytest.raises(InvalidValueError, match=r"^read_idx\.max_bytes must be >= 0 \(got -1\)$"):
        read_idx(file, max_bytes=-1)


WHOLE = [
    pack(idx(random_array(dtype, shape)))
    for pack in (bytes, lambda data: gzip.compress(data, mtime=0))
    for dtype, shape in (("u1", (4, 5)), ("f8", (3,)), ("i4", (2, 1, 3)))
]


@st.composite
def damaged(draw):
    """A good file with bytes changed, put in, taken out, cut off or added."""
    data = bytearray(draw(st.sampled_from(WHOLE)))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(data)))
        keep = draw(st.integers(0, 4))
        data[at : at + keep] = draw(st.binary(max_size=4))
    return bytes(data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data)


@pytest.fixture(scope="module")
def shared_file(tmp_path_factory):
    return tmp_path_factory.mktemp("idx") / "damaged"


@given(data=st.one_of(damaged(), st.binary(max_size=100)))
def test_a_damaged_file_gives_an_array_or_a_refusal(data, shared_file):
    outcome, peak = attempt(shared_file, data)

    assert isinstance(outcome, (np.ndarray, FormatError))
    assert peak < MEGABYTE


@pytest.mark.parametrize("number", range(len(WHOLE)))
def test_every_cut_is_refused_and_every_flipped_bit_gives_an_array_or_a_refusal(
    number, shared_file
):
    whole = WHOLE[number]
    for end in range(len(whole)):
        assert isinstance(attempt(shared_file, whole[:end])[0], FormatError)
    for place in range(8 * len(whole)):
        flipped = bytearray(whole)
        flipped[place // 8] ^= 1 << place % 8
        assert isinstance(attempt(shared_file, flipped)[0], (np.ndarray, FormatError))


def attempt(file: Path, data):
    """Return the array or the refusal, and the most memory it took."""
    file.write_bytes(data)
    tracemalloc.start()
    try:
        try:
            outcome = read_idx(file)
        except FormatError as refused:
            outcome = refused
        return outcome, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
