"""The rules of connecting: who may be connected, checked before anything changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.checks import FloatArray, IntArray, number, one_or_each, real_array
from neurosim.errors import InvalidValueError, StructureError, TooLargeError
from neurosim.model.columns import GONE, INPUT
from neurosim.model.ends import neuron_ids, require_own
from neurosim.model.limits import MOST_ROWS, require_size
from neurosim.model.neuron import Neuron
from neurosim.model.synapse import Synapse, SynapseGroup

if TYPE_CHECKING:
    from neurosim.model.network import Network

_MANY = 1 << 20  # fewer synapses fit in any case


def connect(network: Network, pre: Any, post: Any, weight: Any) -> Synapse | SynapseGroup:
    """Connect every neuron of `pre` to every neuron of `post`."""
    if isinstance(pre, Neuron) and isinstance(post, Neuron):
        return _connect_pair(network, pre, post, weight)
    if isinstance(pre, str) or isinstance(post, str):
        pre, post = (network[end] if isinstance(end, str) else end for end in (pre, post))
        return connect(network, pre, post, weight)
    pre_ids = neuron_ids(network, pre, "connect.pre")
    post_ids = neuron_ids(network, post, "connect.post")
    n_pairs = len(pre_ids) * len(post_ids)
    if n_pairs > _MANY:
        require_size("connect", synapses=n_pairs, dtype=network.dtype)
    weights = _weight_matrix(network, weight, len(pre_ids), len(post_ids))
    _check_all_to_all(network, pre_ids, post_ids)
    every_pre, every_post = np.repeat(pre_ids, len(post_ids)), np.tile(post_ids, len(pre_ids))
    return _add(network, every_pre, every_post, weights)


def connect_pairs(network: Network, pre: IntArray, post: IntArray, weight: Any) -> SynapseGroup:
    """Connect `pre[i]` to `post[i]`, neurons given by their numbers."""
    weights = 0.0 if weight is None else one_or_each(weight, len(pre), network.dtype, "weight")
    _check_pairs(network, pre, post)
    return _add(network, pre, post, weights)


def _add(
    network: Network, pre: IntArray, post: IntArray, weight: FloatArray | float
) -> SynapseGroup:
    if network._columns.n_values + len(pre) > MOST_ROWS:
        raise TooLargeError(
            f"connect: a network holds at most {MOST_ROWS:,} weights and biases (got "
            f"{network._columns.n_values + len(pre):,})"
        )
    added = network._columns.add_synapses(pre, post, weight) if len(pre) else range(0)
    network._adjacency.note_many(added)
    return network._group(np.arange(added.start, added.stop, dtype=np.int32))


def _connect_pair(network: Network, pre: Neuron, post: Neuron, weight: Any) -> Synapse:
    columns, adjacency = network._columns, network._adjacency
    a, b = pre._id, post._id
    if pre._network is not network or post._network is not network:
        require_own(network, pre, "connect.pre")
        require_own(network, post, "connect.post")
    if GONE in (a, b) or columns.role.item(b) == INPUT:
        pre._alive(), post._alive()
        raise _into_input(network, a, b)
    if a == b:
        raise _self_loop(network, a)
    if adjacency.find(a, b) != GONE:
        raise _duplicate(network, a, b)
    value = 0.0 if weight is None else _one_weight(network, weight)
    added = columns.add_synapse(a, b, value)
    adjacency.note(a, b, added)
    return Synapse(network, columns.numbering.id_of(added))


def _one_weight(network: Network, weight: Any) -> float:
    if type(weight) is not float and isinstance(weight, (list, tuple, np.ndarray)):
        return float(np.ravel(_weight_matrix(network, weight, 1, 1))[0])
    return number(weight, "weight", network._columns.limit)


def _weight_matrix(network: Network, weight: Any, n_pre: int, n_post: int) -> FloatArray | float:
    """Return the weights row by row, or the one weight of all."""
    if weight is None:
        return 0.0
    weights = real_array(weight, network.dtype, "weight")
    if weights.ndim == 0:
        return float(weights)
    if weights.shape != (n_pre, n_post):
        raise InvalidValueError(
            f"weight must be a scalar or have shape (n_pre, n_post) = ({n_pre}, {n_post}) "
            f"(got shape {weights.shape})"
        )
    return weights.ravel()


def _check_all_to_all(network: Network, pre: IntArray, post: IntArray) -> None:
    columns = network._columns
    inputs = post[columns.role[post] == INPUT]
    if len(inputs):
        raise _into_input(network, int(pre[0]), int(inputs[0]))
    both = np.intersect1d(pre, post)
    if len(both):
        raise _self_loop(network, int(both[0]))
    existing = network._adjacency.existing(pre, post)
    if len(existing):
        raise _duplicate(network, columns.pre.item(existing[0]), columns.post.item(existing[0]))


def _check_pairs(network: Network, pre: IntArray, post: IntArray) -> None:
    columns = network._columns
    into_input = np.flatnonzero(columns.role[post] == INPUT)
    if len(into_input):
        raise _into_input(network, int(pre[into_input[0]]), int(post[into_input[0]]))
    loops = np.flatnonzero(pre == post)
    if len(loops):
        raise _self_loop(network, int(pre[loops[0]]))
    keys = np.sort(pre.astype(np.int64) << 32 | post)
    twice = np.flatnonzero(keys[1:] == keys[:-1])
    if len(twice):
        key = int(keys[twice[0]])
        raise _duplicate(network, key >> 32, key & 0xFFFFFFFF)
    existing = network._adjacency.existing_pairs(pre, post)
    if len(existing):
        raise _duplicate(network, columns.pre.item(existing[0]), columns.post.item(existing[0]))


def _pair(network: Network, pre: int, post: int) -> str:
    return f"{network._neuron_name(pre)!r} to {network._neuron_name(post)!r}"


def _into_input(network: Network, pre: int, post: int) -> StructureError:
    return StructureError(
        f"cannot connect {_pair(network, pre, post)}: an input neuron emits its column of the "
        f"examples and takes no synapse; give {network._neuron_name(post)!r} another role"
    )


def _self_loop(network: Network, neuron: int) -> StructureError:
    return StructureError(
        f"cannot connect {network._neuron_name(neuron)!r} to itself: a feedforward network "
        "has no self-loops"
    )


def _duplicate(network: Network, pre: int, post: int) -> StructureError:
    return StructureError(
        f"cannot connect {_pair(network, pre, post)} twice: there is one synapse per ordered "
        "pair; set the weight of the one that is there"
    )
