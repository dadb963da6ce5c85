"""Compiled kernels on disk: taken again, never damaged ones, never those of another signature."""

import numba
import numpy as np
import pytest

from neurosim.engines.compiled.kernel_cache import KernelCache


def double(x):
    """What is compiled."""
    return 2 * x


def fresh(folder):
    """The kernel as a new process has it."""
    kernel = numba.njit(double)
    kernel._cache = KernelCache("test.double", folder)
    return kernel


def test_a_kernel_is_compiled_once_for_each_signature(tmp_path):
    first = fresh(tmp_path)
    assert first(1) == 2
    assert first(1.5) == 3.0
    assert len(list(tmp_path.iterdir())) == 2
    second = fresh(tmp_path)
    assert (second(1), second(1.5)) == (2, 3.0)
    assert sum(second.stats.cache_hits.values()) == 2
    assert not second.stats.cache_misses


def test_two_that_compile_at_once_keep_both_kernels(tmp_path):
    # Each has looked before the other has kept anything.
    one, other = fresh(tmp_path), fresh(tmp_path)
    one(1)
    other(1.5)
    later = fresh(tmp_path)
    assert (later(3), later(3.5)) == (6, 7.0)
    assert not later.stats.cache_misses


@pytest.mark.parametrize("damage", ["empty", "cut", "one bit", "other bytes"])
def test_a_damaged_kernel_is_compiled_anew(tmp_path, damage):
    fresh(tmp_path)(1)
    (path,) = tmp_path.iterdir()
    content = path.read_bytes()
    flipped = bytearray(content)
    flipped[len(content) // 2] ^= 1
    path.write_bytes(
        {"empty": b"", "cut": content[:-10], "one bit": bytes(flipped), "other bytes": b"x" * 99}[
            damage
        ]
    )
    kernel = fresh(tmp_path)
    assert kernel(1) == 2
    assert sum(kernel.stats.cache_misses.values()) == 1
    assert not sum(fresh(tmp_path).stats.cache_misses.values())


def test_where_nothing_can_be_written_the_kernel_runs_all_the_same(tmp_path):
    kernel = fresh(tmp_path / "nowhere")
    assert kernel(np.float32(1.5)) == 3.0
    assert not (tmp_path / "nowhere").exists()
