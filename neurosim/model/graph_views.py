"""The mappings that a live graph shows networkx: windows on the columns that refuse to be written.

networkx asks a graph for its nodes, and for the successors and the predecessors of each. Rows of
neighbours are kept as long as the structure stays, and every weight is read when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterable, Iterator, Mapping, ValuesView
from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from networkx.classes.reportviews import (
    InEdgeDataView,
    InEdgeView,
    OutEdgeDataView,
    OutEdgeView,
)

from neurosim.checks import IntArray
from neurosim.errors import ReadOnlyGraphError
from neurosim.model.columns import GONE
from neurosim.model.neuron import Neuron
from neurosim.model.synapse import Synapse

if TYPE_CHECKING:
    from neurosim.model.adjacency import SortedIndex
    from neurosim.model.network import Network


def refusal(network_name: str) -> ReadOnlyGraphError:
    """Return the error for a change through networkx; it names the ways to change a network."""
    return ReadOnlyGraphError(
        f"the graph of network {network_name!r} is a live view and cannot be changed through "
        "networkx: change the network by connect, remove, add_neuron and add_layer, its "
        "parameters by synapse.weight and neuron.bias; or change a copy, net.to_networkx()"
    )


class Attributes(dict[str, Any]):
    """The attributes of a live graph: a real dict, as writers of JSON want one."""

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise refusal(self["name"])

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)


class _View(Mapping[Any, Any]):
    """Base of the windows on a network: mappings that refuse to be written."""

    __slots__ = ()

    _network: Network

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise refusal(self._network.name)

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def copy(self) -> dict[Any, Any]:
        """Return the content as it is now, as plain dicts."""
        return {
            key: value.copy() if isinstance(value, _View) else value for key, value in self.items()
        }

    def __copy__(self) -> dict[Any, Any]:
        return self.copy()

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[Any, Any]:
        """Return the same: the copies of a graph are graphs of the same neurons."""
        return self.copy()

    def __repr__(self) -> str:
        return repr(self.copy())


class Nodes(_View):
    """Node data per neuron."""

    __slots__ = ("_network",)

    def __init__(self, network: Network) -> None:
        self._network = network

    def __getitem__(self, neuron: Any) -> NodeData:
        if not _has(self._network, neuron):
            raise KeyError(neuron)
        return NodeData(neuron)

    def __contains__(self, neuron: object) -> bool:
        return _has(self._network, neuron)

    def __iter__(self) -> Iterator[Neuron]:
        return iter(self._network.neurons)

    def __len__(self) -> int:
        return len(self._network.neurons)


def _has(network: Network, item: object) -> bool:
    """Tell whether `item` is one of the neurons that `network` has now."""
    return (
        isinstance(item, Neuron)
        and item._network is network
        and item._id != GONE
    )


_NODE_DATA: dict[str, Callable[[Neuron], Any]] = {
    "name": lambda neuron: neuron.name,
    "layer": lambda neuron: neuron.layer and neuron.layer.name,
    "role": lambda neuron: neuron.role,
    "activation": lambda neuron: neuron.activation and neuron.activation.name,
    "bias": lambda neuron: neuron.bias,
}


class NodeData(_View):
    """What one neuron is, as plain values."""

    __slots__ = ("_neuron",)

    def __init__(self, neuron: Neuron) -> None:
        self._neuron = neuron

    @property
    def _network(self) -> Network:  # type: ignore[override]
        return self._neuron._network

    def __getitem__(self, key: str) -> Any:
        return _NODE_DATA[key](self._neuron)

    def __contains__(self, key: object) -> bool:
        return key in _NODE_DATA

    def __iter__(self) -> Iterator[str]:
        return iter(_NODE_DATA)

    def __len__(self) -> int:
        return len(_NODE_DATA)


_EDGE_DATA = ("weight", "synapse")


class _EdgeData(_View):
    """The weight of one synapse as it is now, and its handle."""

    __slots__ = ("_id", "_network")

    def __init__(self, network: Network, number: int) -> None:
        self._network = network
        self._id = number

    def __getitem__(self, key: str) -> Any:
        if key == "weight":
            columns = self._network._columns
            slot = columns.slot_at[self._id]
            if slot >= 0:
                return columns.value_at[slot]
            raise Synapse(self._network, self._id)._gone()
        if key == "synapse":
            return Synapse(self._network, self._id)
        raise KeyError(key)

    def copy(self) -> dict[str, float]:
        """Return the weight as it is now, without the handle.

        networkx copies data deeply, edge by edge; each handle would take its network along.
        """
        return {"weight": self["weight"]}

    def __repr__(self) -> str:
        return repr(dict(self))

    def __contains__(self, key: object) -> bool:
        return key in _EDGE_DATA

    def __iter__(self) -> Iterator[str]:
        return iter(_EDGE_DATA)

    def __len__(self) -> int:
        return len(_EDGE_DATA)


class Rows(_View):
    """The neighbours of every neuron: its successors or its predecessors.

    Rows are kept as long as the structure stays, so that algorithms that come back to a neuron
    find its row ready.
    """

    __slots__ = ("_filled", "_forward", "_kept", "_network", "_version")

    def __init__(self, network: Network, *, forward: bool) -> None:
        self._network = network
        self._forward = forward
        self._kept: dict[Neuron, _Row] = {}
        self._version = self._filled = GONE

    def __getitem__(self, neuron: Any) -> _Row:
        version = self._network._columns.version
        if self._version != version:
            self._kept, self._version = {}, version
        row = self._kept.get(neuron)
        return self._row(neuron) if row is None else row

    def _row(self, neuron: Any) -> _Row:
        """Return a row that is asked for the first time."""
        if not _has(self._network, neuron):
            raise KeyError(neuron)
        if len(self._kept) == len(self) >> 4:  # who walks this far goes on
            self._load()
        return self._kept.setdefault(neuron, _Row(self, neuron))

    def __contains__(self, neuron: object) -> bool:
        return _has(self._network, neuron)

    def __iter__(self) -> Iterator[Neuron]:
        return iter(self._network.neurons)

    def __len__(self) -> int:
        return len(self._network.neurons)

    def items(self) -> ItemsView[Neuron, _Row]:
        """Return the pairs (neuron, row)."""
        return _RowsItems(self)

    def _index(self) -> SortedIndex:
        """Return the synapses sorted by the neuron that a row belongs to."""
        adjacency = self._network._adjacency
        return adjacency.outgoing if self._forward else adjacency.incoming

    def _neighbours(self, synapses: IntArray) -> list[Neuron]:
        """Return the neurons at the far ends of `synapses`."""
        columns = self._network._columns
        ends = columns.post if self._forward else columns.pre
        return _neurons_at(self._network, ends[synapses])

    def _load(self) -> None:
        """Fill all rows at once, which costs less than one by one."""
        index, version = self._index(), self._network._columns.version
        if self._filled == version:
            return
        index.refresh()
        neighbours, starts = self._neighbours(index.order), index.start.tolist()
        self._kept = {neuron: _Row(self, neuron) for neuron in self._network.neurons}
        for neuron, row in self._kept.items():
            row._neighbours = neighbours[starts[neuron._id] : starts[neuron._id + 1]]
            row._version = version
        self._filled = self._version = version


def _neurons_at(network: Network, numbers: IntArray) -> list[Neuron]:
    """Return the neurons with these numbers."""
    return network._cached("by number", partial(_as_array, network))[numbers].tolist()  # type: ignore[no-any-return]


def _as_array(network: Network) -> Any:
    """Return the neurons as an array of objects, indexed by number."""
    result = np.empty(network._columns.n_neurons, object)
    result[:] = network._neurons
    return result


class _Row(_View):
    """The neighbours of one neuron on one side, in order of creation."""

    __slots__ = ("_data", "_neighbours", "_network", "_neuron", "_rows", "_version", "_walked")

    def __init__(self, rows: Rows, neuron: Neuron) -> None:
        self._network = rows._network
        self._rows = rows
        self._neuron = neuron
        self._version = GONE
        self._neighbours: list[Neuron] = []
        self._data: list[_EdgeData] | None = None
        self._walked = False

    def __getitem__(self, neuron: Any) -> _EdgeData:
        synapse = self._find(neuron)
        if synapse == GONE:
            raise KeyError(neuron)
        return _EdgeData(self._network, self._network._columns.numbering.id_of(synapse))

    def __contains__(self, neuron: object) -> bool:
        return self._find(neuron) != GONE

    def __iter__(self) -> Iterator[Neuron]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())

    def items(self) -> ItemsView[Neuron, _EdgeData]:
        """Return the pairs (neighbour, edge data)."""
        return _RowItems(self)

    def values(self) -> ValuesView[_EdgeData]:
        """Return the edge data."""
        return _RowValues(self)

    def _find(self, neuron: object) -> int:
        """Return the row of the synapse shared with `neuron`, or `GONE`."""
        if not _has(self._network, neuron):
            return GONE
        ends = (self._neuron._id, neuron._id)  # type: ignore[attr-defined]
        return self._network._adjacency.find(*(ends if self._rows._forward else ends[::-1]))

    def _synapses(self) -> IntArray:
        return self._rows._index().row(self._neuron._id)

    def _now(self) -> list[Neuron]:
        """Return the neighbours of now."""
        version = self._network._columns.version
        if self._version != version:
            self._neighbours, self._data = self._rows._neighbours(self._synapses()), None
            self._version, self._walked = version, False
        return self._neighbours

    def _data_now(self) -> Iterable[_EdgeData]:
        """Return the data of the edges to the neighbours of now.

        They are kept from the second walk on: a single pass over a large graph then costs no
        memory, and an algorithm that comes back pays for them once.
        """
        self._now()
        if self._data is not None:
            return self._data
        ids = self._network._columns.numbering.ids_of(self._synapses())
        fresh = map(_EdgeData, repeat(self._network), ids.tolist())
        if not self._walked:
            self._walked = True
            return fresh
        self._data = list(fresh)
        return self._data


class _RowsItems(ItemsView[Any, Any]):
    """The items of all rows, made ready in one go."""

    __slots__ = ()
    _mapping: Rows

    def __iter__(self) -> Iterator[tuple[Neuron, _Row]]:
        rows = self._mapping
        rows._load()
        return zip(rows, map(rows.__getitem__, rows), strict=True)


class _RowItems(ItemsView[Any, Any]):
    """The items of a row, walked without looking each of them up."""

    __slots__ = ()
    _mapping: _Row

    def __iter__(self) -> Iterator[tuple[Neuron, _EdgeData]]:
        return zip(self._mapping._now(), self._mapping._data_now(), strict=True)


class _RowValues(ValuesView[Any]):
    """The values of a row, walked without looking each of them up."""

    __slots__ = ()
    _mapping: _Row

    def __iter__(self) -> Iterator[_EdgeData]:
        return iter(self._mapping._data_now())


class _EdgeTriples(OutEdgeDataView):
    """Edges with their data, read from whole columns."""

    __slots__ = ()

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        if self._data not in (*_EDGE_DATA, True, False):
            return super().__iter__()  # type: ignore[no-any-return]
        return _walk(self._adjdict, self._nbunch, self._data)


class _InEdgeTriples(InEdgeDataView):
    """Likewise, sorted by the `post` neurons."""

    __slots__ = ()

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        if self._data not in (*_EDGE_DATA, True, False):
            return super().__iter__()  # type: ignore[no-any-return]
        return _walk(self._adjdict, self._nbunch, self._data)


class Edges(OutEdgeView):
    """Edges sorted by (pre, post), read from whole columns."""

    __slots__ = ()
    dataview = _EdgeTriples

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return _walk(self._adjdict)


class InEdges(InEdgeView):
    """Edges sorted by (post, pre), read from whole columns."""

    __slots__ = ()
    dataview = _InEdgeTriples

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return _walk(self._adjdict)


def _walk(
    rows: Rows, some: Iterable[Neuron] | None = None, data: bool | str = False
) -> Iterator[tuple[Any, ...]]:
    """Walk (pre, post), or (pre, post, data), over the edges of all rows or of some."""
    network, index = rows._network, rows._index()
    if some is None:
        index.refresh()
        order = index.order
    else:
        order = index.rows(np.array([neuron._id for neuron in some], np.int32))
    columns = network._columns
    ends = [_neurons_at(network, column[order]) for column in (columns.pre, columns.post)]
    if data is False:
        return zip(*ends, strict=True)
    if data == "weight":
        return zip(*ends, columns.values[columns.slot[order]].tolist(), strict=True)
    handle = Synapse if data == "synapse" else _EdgeData
    ids = columns.numbering.ids_of(order).tolist()
    return zip(*ends, map(handle, repeat(network), ids), strict=True)
