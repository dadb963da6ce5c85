"""Which way is the fastest for a plan and a number of examples, by the rates of the machine.

The estimates are simple: work divided by rates, and what each call, level or meeting of threads
costs. They only have to tell apart what differs by a good part. Nothing is timed here, so that
the choice, and with it every bit of the result, is the same in every run on a machine.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from attrs import frozen

from neurosim.compiler.layout import FULL, GATHERED
from neurosim.compiler.plan import Plan
from neurosim.engines.compiled.rates import LANES, SIZES, Rates, Table

ONE_BY_ONE, WALK, LAYERS, MATRICES = "one by one", "walk", "layers", "matrices"

# Seconds: threads meeting once; starting them in a pass; a neuron's activation for one example.
MEETING, START, ACTIVATION = 1e-6, 4e-5, 8e-10
# A parameter's step.
PARAMETER = 1.5e-9
_LOG_SIZES = [math.log(size) for size in SIZES]
# A number taken alone costs about as much as so many lanes of a tile.
_ALONE = 4


@frozen
class Choice:
    """A way to run some examples.

    Attributes
    ----------
    way : str
        "one by one", "walk", "layers" or "matrices".
    lanes : int
        Examples in a tile of a walk.
    n_threads : int
    seconds : float
        How long a step, or a forward pass, is expected to take.
    """

    way: str
    lanes: int
    n_threads: int
    seconds: float


def choices(
    plan: Plan,
    n_examples: int,
    rates: Rates,
    most_threads: int,
    *,
    layered: bool,
    step: bool,
    tiles: tuple[int, ...] = LANES,
) -> list[Choice]:
    """Return the ways to take a training step, or a forward pass, the fastest first.

    `tiles` are the numbers of lanes that a walk may have.
    """
    found = [_matrices(plan, n_examples, rates, step)]
    if n_examples == 1:
        found.append(_one_by_one(plan, rates, step))
    else:
        found += _walks(plan, n_examples, rates, most_threads, step, tiles)
    if layered and step:
        found += _layers(plan, n_examples, rates, most_threads)
    return sorted(found, key=lambda choice: choice.seconds)


def walk_rate(table: Table, n_neurons: int, lanes: int) -> float:
    """Return how many synapses times lanes a walk takes per second, between the sizes measured."""
    column = LANES.index(lanes)
    known = [math.log(row[column]) for row in table]
    return math.exp(np.interp(math.log(max(n_neurons, 1)), _LOG_SIZES, known))


def walk_seconds(
    rates: Rates, n_neurons: int, n_weights: Any, n_rows: Any, lanes: int, *, step: bool
) -> Any:
    """Return how long a tile takes in a walk, of one network or of several at once.

    `n_neurons` tells how large the tile is; `n_weights` and `n_rows` may be arrays.
    """
    rate = walk_rate(rates.steps if step else rates.passes, n_neurons, lanes)
    return lanes * (n_weights / rate + (2 if step else 1) * ACTIVATION * n_rows)


def _walks(
    plan: Plan, n: int, rates: Rates, most_threads: int, step: bool, tiles: tuple[int, ...]
) -> list[Choice]:
    result = []
    for lanes in tiles:
        if lanes > tiles[0] and lanes >= 2 * n:
            continue
        n_tiles = -(-n // lanes)
        tile = walk_seconds(
            rates, plan.n_neurons, plan.n_weights, plan.n_neurons, lanes, step=step
        )
        for n_threads in range(1, min(most_threads, n_tiles) + 1):
            meetings = _meetings(n_threads, 2 if step else 0)
            seconds = -(-n_tiles // n_threads) * tile + meetings
            seconds += (START if n_threads > 1 and not step else 0.0)
            seconds += step * plan.n_parameters * PARAMETER / n_threads
            result.append(Choice(WALK, lanes, n_threads, seconds))
    return result


def _meetings(n_threads: int, count: int) -> float:
    return count * MEETING if n_threads > 1 else 0.0


def _one_by_one(plan: Plan, rates: Rates, step: bool) -> Choice:
    tile = walk_seconds(rates, plan.n_neurons, plan.n_weights, plan.n_neurons, 8, step=step)
    return Choice(ONE_BY_ONE, 1, 1, tile * _ALONE / 8)


def _layers(plan: Plan, n: int, rates: Rates, most_threads: int) -> list[Choice]:
    """Return dense layers on one thread, two, …; a narrow level leaves some without work."""
    products = _dense_products(plan)
    result = []
    for n_threads in range(1, most_threads + 1):
        seconds = _meetings(n_threads, 2 * plan.n_levels)
        seconds += n * products / rates.layers / n_threads
        # Rows shorter than a few registers are taken in pieces, and each block has its edges.
        seconds += n * 3 * plan.n_neurons * ACTIVATION / n_threads + 1e-7 * plan.n_levels
        seconds += sum(_edges(block.n_pre, block.n_post, n) for block in plan.blocks) / n_threads
        result.append(Choice(LAYERS, 1, n_threads, seconds))
    return result


def _edges(n_pre: int, n_post: int, n: int) -> float:
    """Return the seconds lost where rows do not fill blocks of registers."""
    return 2e-9 * (n * n_post + n_pre * 0.25 * (n_post + n))


def _dense_products(plan: Plan) -> int:
    """Return the products of a step for one example: inputs need no deltas."""
    return sum((2 if b.pre_level == 0 else 3) * b.n_synapses for b in plan.blocks)


def _matrices(plan: Plan, n: int, rates: Rates, step: bool) -> Choice:
    times, blocks = 3 if step else 1, plan.block_table
    # Few examples leave a product waiting for its weights.
    waiting = np.where(blocks.kind == FULL, 4e-10, 2e-9)
    products = np.where(
        blocks.kind == GATHERED,
        n * blocks.size / rates.gathered,
        n * blocks.n_pre * blocks.n_post / rates.matrices + waiting * blocks.size,
    )
    seconds = times * (float(products.sum()) + len(blocks.size) * 3 * rates.call)
    seconds += plan.n_levels * times * 4 * rates.call
    seconds += n * plan.n_neurons * times * 2e-9
    if step:
        seconds += 20 * rates.call + 1e-9 * plan.n_parameters
    return Choice(MATRICES, 0, 0, seconds)
