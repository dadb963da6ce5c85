"""Measuring the rates of a machine, on networks made for it; some seconds, once."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from neurosim.compiler.build import make_plan
from neurosim.engines.compiled import codes
from neurosim.engines.compiled.choice import LAYERS, WALK, Choice
from neurosim.engines.compiled.feed import feed
from neurosim.engines.compiled.form import Form
from neurosim.engines.compiled.rates import LANES, SIZES, Rates, tiles_of
from neurosim.engines.compiled.shapes import shape_of
from neurosim.engines.compiled.ways import Way, way_of
from neurosim.initializers import LeCun
from neurosim.model import Network
from neurosim.topologies import layered, random_dag

_FAN_IN, _BATCH = 10, 64
_TILES = 2  # of a batch, so that the step itself counts for little
_AT_LEAST, _REPEATS, _LONG = 0.004, 5, 0.03  # seconds of a round, how many rounds, a long one


def measure(dtype: np.dtype[Any]) -> Rates:
    """Return the rates of this machine."""
    walks = [_walks(size, dtype) for size in SIZES]
    side = np.ones((512, 512), dtype)
    few, product = np.ones((512, 128), dtype), np.empty((512, 128), dtype)
    index = np.random.default_rng(0).integers(0, 512, (512, 8))
    picked, weights = np.empty((512, 8, 128), dtype), np.ones((512, 1, 8), dtype)

    def gather() -> None:
        np.take(few, index, axis=0, out=picked, mode="clip")
        np.matmul(weights, picked, out=product[:, None, :])

    small = np.ones(8, dtype)
    return Rates(
        steps=tuple(steps for steps, _ in walks),
        passes=tuple(passes for _, passes in walks),
        layers=_layers(dtype),
        matrices=512 * 512 * 128 / seconds(lambda: np.matmul(side, few, out=product)),
        gathered=index.size * 128 / seconds(gather),
        call=seconds(lambda: np.negative(small, out=small)),
    )


def seconds(call: Callable[[], Any]) -> float:
    """Return how long a call takes: the median of some rounds of calls."""
    call()
    count = 1
    while _elapsed(call, count) < _AT_LEAST:
        count *= 2
    repeats = _REPEATS if _elapsed(call, count) < _LONG else 2
    return float(np.median([_elapsed(call, count) for _ in range(repeats)])) / count


def _elapsed(call: Callable[[], Any], count: int) -> float:
    began = time.perf_counter()
    for _ in range(count):
        call()
    return time.perf_counter() - began


def _walks(
    n_neurons: int, dtype: np.dtype[Any]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the synapses times lanes that a walk takes per second, for all numbers of lanes.

    First in a step, then in a forward pass. Neurons are linear: activations are counted apart.
    """
    net = random_dag(
        n_neurons, in_degree=_FAN_IN, n_inputs=50, n_outputs=10, activation="identity", seed=0,
        dtype=dtype.name,
    )  # fmt: skip
    form, found = _form(net), {}
    tiles = tiles_of(dtype)
    for lanes in tiles:
        work = form.plan.n_weights * lanes * _TILES
        way = way_of(Choice(WALK, lanes, 1, 0.0), form, lanes)
        batch = lanes * _TILES
        found[lanes] = work / _step(way, net, batch), work / _pass(way, net, batch)
    # Narrower tiles are never taken; the table has a place for them.
    steps, passes = zip(*(found[max(lanes, tiles[0])] for lanes in LANES), strict=True)
    return steps, passes


def _pass(way: Way, net: Network, batch: int) -> float:
    """Return the seconds that a forward pass takes on one thread."""
    X = np.full((batch, len(net.inputs)), 0.1, net.dtype)
    result = np.empty((batch, len(net.outputs)), net.dtype)
    _, ahead = way.vectors(net.parameters)
    rows, none = np.arange(batch, dtype=np.int32), np.zeros((0, 2), np.int64)
    tiles = way.buffers[:2]
    return seconds(
        lambda: feed(way.program, ahead, none, X, rows, result, *tiles, 0, 1)
    )


def _layers(dtype: np.dtype[Any]) -> float:
    net = layered([256, 128, 10], activation="sigmoid", dtype=dtype.name)
    form = _form(net)
    way = way_of(Choice(LAYERS, 1, 1, 0.0), form, _BATCH)
    products = 2 * 256 * 128 + 3 * 128 * 10
    return products * _BATCH / _step(way, net, _BATCH)


def _form(net: Network) -> Form:
    net.initialize(LeCun(), seed=0)
    return Form(make_plan(net), net.dtype, {})


def _step(way: Way, net: Network, batch: int) -> float:
    """Return the seconds that a training step takes on one thread."""
    n_inputs, n_outputs, dtype = len(net.inputs), len(net.outputs), net.dtype
    parameters, ahead = way.vectors(net.parameters.copy())
    kinds = np.full(n_outputs, codes.SQUARED, np.int32)
    X, Y = np.full((batch, n_inputs), 0.1, dtype), np.full((batch, n_outputs), 0.5, dtype)
    kept = np.empty((2, len(parameters)), dtype)
    gradients = np.zeros((1, len(parameters)), dtype)
    shape = shape_of([[0.01]], dtype, 1)

    def step() -> None:
        way.kernel(
            way.program, way.way_back, parameters, ahead, np.zeros((0, 2), np.int64), kinds,
            np.zeros_like(kinds), np.array([0.0, 1.0]), codes.DESCENT,
            shape, gradients[:0], None, X, Y, np.zeros(0),
            np.arange(batch, dtype=np.int32)[None], batch, np.zeros((1, 4), np.int64), 1,
            np.zeros((1, 1, 1)), kept, gradients, *way.buffers, way.own_rows, way.packs,
            np.zeros(1, np.int64), 0,
        )  # fmt: skip

    return seconds(step)
