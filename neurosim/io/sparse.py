"""The adjacency of a network as a sparse matrix of SciPy, and back (extra ``sparse``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
from attrs import evolve

from neurosim.checks import require_kind
from neurosim.errors import InvalidTypeError, InvalidValueError, MissingExtraError, about
from neurosim.io.foreign import foreign_network
from neurosim.io.graphs import refuse_options
from neurosim.io.parts import network_of, parts_of, refuse_cycle
from neurosim.model import Network

if TYPE_CHECKING:
    import scipy.sparse


def to_sparse(net: Network) -> scipy.sparse.coo_array:
    """Return the weights of a network as a sparse matrix (extra ``sparse``).

    A matrix holds synapses and their weights. It does not hold neurons: their names, roles, layers,
    activations and biases, and the units of the data, stay behind; `from_sparse` takes them from a
    network.

    Parameters
    ----------
    net : Network

    Returns
    -------
    (n_neurons, n_neurons) scipy.sparse.coo_array
        ``[i, j]`` is the weight of the synapse i→j between positions in ``net.neurons``. There is
        an entry for each synapse, in order of creation, those of weight 0 included.

    See Also
    --------
    from_sparse : the way back
    Network.weights : a dense matrix of a part

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.topologies.layered([1, 1])
    >>> net.synapses.weight = 0.5
    >>> matrix = ns.to_sparse(net)
    >>> matrix.toarray()
    array([[0. , 0.5],
           [0. , 0. ]])
    >>> ns.from_sparse(2 * matrix, like=net).synapses.weight
    array([1.])
    """
    require_kind(net, Network, "to_sparse.net")
    try:
        from scipy.sparse import coo_array
    except ImportError as error:
        raise MissingExtraError('to_sparse needs SciPy: pip install "neurosim[sparse]"') from error
    parts = parts_of(net)
    shape = len(parts.neurons), len(parts.neurons)
    return coo_array((parts.weight, (parts.pre, parts.post)), shape=shape)


def from_sparse(matrix: Any, *, like: Network | None = None, **options: Any) -> Network:
    """Return a network with the synapses that a sparse matrix holds.

    Parameters
    ----------
    matrix : (n_neurons, n_neurons) sparse matrix or array of SciPy
        Every entry is a synapse, also one of 0; those of a ``coo_array`` are made in its order.
    like : Network, optional
        Has the neurons, their layers and biases, and whatever else is no synapse.
    **options
        Without `like`: what to make of neurons called ``0``, ``1``, …, as in
        `topologies.from_networkx`.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        For a matrix that is not sparse, not square, of another size than `like`, or that holds what
        is no finite number.
    StructureError
        For entries that make no network, such as one on the diagonal, or one that is there twice.
    """
    pre, post, weights = _entries(matrix)
    with about("from_sparse"):
        if like is None:
            kind = matrix.dtype if matrix.dtype == np.float32 else np.float64
            graph = _graph(matrix.shape[0], pre, post, weights)
            return foreign_network(graph, {"dtype": kind, **options})
        refuse_options(options)
        return _alike(like, matrix.shape[0], pre, post, weights)


def _entries(matrix: Any) -> tuple[Any, Any, Any]:
    if not hasattr(matrix, "tocoo") or matrix.ndim != 2:
        raise InvalidTypeError(
            f"from_sparse.matrix must be a sparse matrix of SciPy (got {matrix!r})"
        )
    if matrix.shape[0] != matrix.shape[1]:
        raise InvalidValueError(f"from_sparse.matrix must be square (got shape {matrix.shape})")
    entries = matrix.tocoo()
    return *entries.coords, entries.data


def _graph(n_neurons: int, pre: Any, post: Any, weights: Any) -> nx.DiGraph:
    graph = nx.MultiDiGraph()  # which from_networkx refuses if it has to
    graph.add_nodes_from(range(n_neurons))
    entries = enumerate(zip(pre.tolist(), post.tolist(), weights.tolist(), strict=True))
    graph.add_edges_from((*ends, {"weight": w, "order": i}) for i, (*ends, w) in entries)
    return graph


def _alike(like: Any, n_neurons: int, pre: Any, post: Any, weights: Any) -> Network:
    require_kind(like, Network, "like")
    parts = parts_of(like)
    if n_neurons != len(parts.neurons):
        raise InvalidValueError(
            f"matrix must have a row for each of {len(parts.neurons)} neurons (got {n_neurons})"
        )
    none = slice(0, 0)
    bare = evolve(parts, pre=parts.pre[none], post=parts.post[none], weight=parts.weight[none])
    net = network_of(bare)
    net.connect_pairs(pre, post, weight=weights)
    refuse_cycle(net)
    return net
