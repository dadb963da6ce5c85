"""What the machine can do at most: its rate of matrix products, and of reading memory."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

SIZES = (1024, 2048, 4096)
READ_BYTES = 1 << 29
ROUNDS = 7


def limits(*, sizes: tuple[int, ...] = SIZES, n_bytes: int = READ_BYTES) -> dict[str, float]:
    """Return operations per second of float32 products, and bytes read per second."""
    return {"gemm": max(_gemm_rates(sizes)), "memory": max(_memory_rates(n_bytes))}


def _gemm_rates(sizes: tuple[int, ...]) -> Iterator[float]:
    for size in sizes:
        a = np.random.default_rng(0).standard_normal((size, size), np.float32)
        out = np.empty_like(a)
        for product in [lambda a=a, out=out: np.matmul(a, a, out=out), *_torch_product(a)]:
            yield 2 * size**3 / _shortest(product)


def _torch_product(a: np.ndarray) -> list[Callable[[], Any]]:
    """Return the same product by PyTorch, if it is there: the better one is the limit."""
    try:
        import torch
    except ImportError:
        return []
    matrix, out = torch.from_numpy(a), torch.empty(a.shape)
    return [lambda: torch.mm(matrix, matrix, out=out)]


def _memory_rates(n_bytes: int) -> Iterator[float]:
    array = np.ones(n_bytes // 4, np.float32)
    for n_threads in {1, os.cpu_count() or 1}:
        parts = np.array_split(array, n_threads)
        with ThreadPoolExecutor(n_threads) as pool:
            for reader in (_dot, np.max):
                read = lambda reader=reader, parts=parts, pool=pool: list(pool.map(reader, parts))  # noqa: E731
                yield n_bytes / _shortest(read)


def _dot(part: np.ndarray) -> float:
    return float(part @ part)


def _shortest(call: Callable[[], Any]) -> float:
    call()
    return min(_elapsed(call) for _ in range(ROUNDS))


def _elapsed(call: Callable[[], Any]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began
