"""The table behind `Network.summary`: hyperparameters and parameters, counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neurosim.checks import IntArray
from neurosim.model.columns import NO_LAYER, NO_SLOT, ROLES

if TYPE_CHECKING:
    from neurosim.model.network import Network

_HEAD = ("layer or neuron", "role", "neurons", "activation", "biases", "incoming")
_MOST_ROWS = 30


def summary(network: Network) -> str:
    """Return the summary of `network` as lines of text."""
    lines = [f"Network {network.name!r} ({network.dtype})", "", "hyperparameters"]
    return "\n".join([*lines, *_table(_rows(network)), *_totals(network)])


def _rows(network: Network) -> list[tuple[str, ...]]:
    """Return a row per layer and per single neuron; what is too much shares the last one."""
    ids = network._columns.neuron_ids()
    single = ids[network._columns.layer[ids] == NO_LAYER]
    groups = [(layer.name, layer._members) for layer in network.layers[: _MOST_ROWS + 1]]
    groups += [(network._neuron_name(i), np.array([i])) for i in single[: _MOST_ROWS + 1].tolist()]
    n_groups = len(network.layers) + len(single)
    if n_groups > _MOST_ROWS:
        groups = groups[: _MOST_ROWS - 1]
        rest = np.setdiff1d(ids, np.concatenate([members for _, members in groups]))
        groups.append((f"… and {n_groups - len(groups):,} more", rest))
    degrees = network._adjacency.incoming.degrees()
    return [_row(network, name, members, degrees) for name, members in groups]


def _row(network: Network, name: str, members: IntArray, degrees: IntArray) -> tuple[str, ...]:
    columns = network._columns
    kinds = [
        (str(network._activation_of(int(members[first])) or "-"), count)
        for first, count in zip(*_distinct(columns.activation[members]), strict=True)
    ]
    activation = " ".join(f"{kind}×{n}" if len(kinds) > 1 else kind for kind, n in kinds)
    roles = " ".join(ROLES[number] for number in np.unique(columns.role[members]))
    biases = np.count_nonzero(columns.bias_slot[members] != NO_SLOT)
    counts = len(members), activation, biases, degrees[members].sum()
    return name, roles, *map(str, counts)


def _distinct(codes: IntArray) -> tuple[IntArray, IntArray]:
    """Return where each distinct code first stands and how often it does, in that order."""
    _, first, count = np.unique(codes, return_index=True, return_counts=True)
    order = np.argsort(first)
    return first[order], count[order]


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(_HEAD, *rows, strict=True)]
    head, *body = (
        "".join(f"  {cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (_HEAD, *rows)
    )
    return [head, "  " + "-" * (sum(widths) + 2 * len(widths) - 2), *body]


def _totals(network: Network) -> list[str]:
    columns = network._columns
    weights, biases = columns.n_alive, len(columns.biased_ids())
    trained = [] if network._cost is None else [f"  trained by {network._cost}"]
    return [
        f"  {len(network.neurons)} neurons in {len(network.layers)} layers, {weights} synapses",
        *trained,
        "",
        "parameters",
        f"  {weights} weights + {biases} biases = {weights + biases}",
    ]
