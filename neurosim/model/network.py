"""The network: neurons, synapses and layers over one set of columns, and the names they go by."""

from __future__ import annotations

import difflib
import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike

from neurosim import activations
from neurosim.activations import Activation
from neurosim.checks import (
    FloatArray,
    IntArray,
    float_dtype,
    number,
    one_or_each,
    real_array,
)
from neurosim.errors import (
    InvalidTypeError,
    InvalidValueError,
    StructureError,
    UnknownNameError,
)
from neurosim.initializers import Generator, Initializer, Seed, make_generator
from neurosim.memory import require_memory
from neurosim.model import building, connecting, removing, units
from neurosim.model.adjacency import Adjacency
from neurosim.model.building import UNSET
from neurosim.model.columns import GONE, INPUT, NO_ACTIVATION, NO_LAYER, OUTPUT, Columns
from neurosim.model.ends import neuron_ids, require_own
from neurosim.model.graph import LiveGraph, detached_graph
from neurosim.model.layer import Layer
from neurosim.model.neuron import Neuron
from neurosim.model.summary import summary
from neurosim.model.synapse import Synapse, SynapseGroup
from neurosim.wording import shown

if TYPE_CHECKING:
    import networkx as nx

    from neurosim.inputs.scaling import Scaler


class Network:
    """A feedforward network composed of explicit neurons, synapses and layers.

    Parameters
    ----------
    name : str
        What the network is called in messages and files.
    dtype : "float64" or "float32"
        The type of every weight, bias and computed value.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network("salary")
    >>> inputs = net.add_layer(["study", "experience"], role="input", name="input")
    >>> hidden = net.add_layer(3, activation="sigmoid", name="hidden")
    >>> salary = net.add_neuron("salary", activation="sigmoid", role="output")
    >>> net.connect(inputs, hidden)
    <SynapseGroup: 6 synapses of network 'salary'>
    >>> net.connect(hidden, salary)
    <SynapseGroup: 3 synapses of network 'salary'>
    >>> net.connect(inputs[0], salary, weight=0.5)
    <Synapse 'study' -> 'salary': weight 0.5>
    >>> net
    <Network 'salary': 6 neurons, 10 synapses, float64>
    """

    def __init__(self, name: str = "network", dtype: DTypeLike = "float64") -> None:
        self.name = name
        self._columns = Columns(float_dtype(dtype, "Network.dtype"))
        self._activations: list[Activation] = []
        self._codes: dict[Activation, int] = {}
        self._neurons: list[Neuron | None] = []
        self._layers: list[Layer] = []
        self._n_layers_made = 0
        self._names: dict[str, Neuron | Layer] = {}
        self._input_scaler: Scaler | None = None
        self._output_scaler: Scaler | None = None
        self._classes: tuple[Any, ...] | None = None
        self._cost: str | None = None  # that it was last trained by, for the summary
        self._forget()

    def _forget(self) -> None:
        """Start afresh with everything that is derived from the columns."""
        self._adjacency = Adjacency(self._columns)
        self._graph: LiveGraph | None = None
        self._cache: dict[str, tuple[int, Any]] = {}

    # -- what is there ---------------------------------------------------------------------

    @property
    def name(self) -> str:
        """What the network is called in messages and files; can be set."""
        return self._name

    @name.setter
    def name(self, value: str) -> None:
        self._name = building.check_name(value, "Network.name")

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of every parameter and every computed value."""
        return self._columns.dtype

    @property
    def neurons(self) -> tuple[Neuron, ...]:
        """All neurons in order of creation."""
        return self._cached(  # type: ignore[no-any-return]
            "neurons", lambda: tuple([n for n in self._neurons if n is not None])
        )

    @property
    def layers(self) -> tuple[Layer, ...]:
        """All layers in order of creation."""
        return tuple(layer for layer in self._layers if len(layer))

    @property
    def inputs(self) -> tuple[Neuron, ...]:
        """The input neurons in order of creation, which is the order of the columns of X."""
        return self._cached("inputs", lambda: self._with_role(INPUT))  # type: ignore[no-any-return]

    @property
    def outputs(self) -> tuple[Neuron, ...]:
        """The output neurons in order of creation, which is the order of the columns of y."""
        return self._cached("outputs", lambda: self._with_role(OUTPUT))  # type: ignore[no-any-return]

    @property
    def synapses(self) -> SynapseGroup:
        """All synapses in order of creation, as a group."""
        return self._group(self._columns.synapse_ids())

    @property
    def n_parameters(self) -> int:
        """The number of weights and biases."""
        return self._columns.n_alive + len(self._columns.biased_ids())

    @property
    def parameters(self) -> FloatArray:
        """All weights and biases as one flat vector, (n_parameters,), a writable window.

        The order is that of creation, weights before biases, until `compile` arranges it so that
        every full weight matrix is one contiguous block. A window shows the parameters until the
        next structural change, or the compilation after it; from then on it is a vector of its
        own, and writing into it changes nothing else. Assigning copies a checked vector in.

        Examples
        --------
        >>> import neurosim as ns
        >>> net = ns.topologies.layered([1, 1])
        >>> window = net.parameters
        >>> window[:] = [0.5, -1.0]
        >>> net.synapses.weight
        array([0.5])
        >>> neuron = net.add_neuron("new")
        >>> window[:] = 7.0
        >>> net.synapses.weight
        array([0.5])
        """
        return self._columns.parameters()

    @parameters.setter
    def parameters(self, value: Any) -> None:
        values = real_array(value, self.dtype, "Network.parameters")
        if values.shape != (self.n_parameters,):
            raise InvalidValueError(
                f"Network.parameters must have shape ({self.n_parameters},), one number for each "
                f"weight and bias, in the order of net.parameters (got {values.shape}); one for "
                "all is net.parameters[:] = number"
            )
        self._columns.vector()[:] = values

    # -- the data's units ------------------------------------------------------------------

    @property
    def input_scaler(self) -> Scaler | None:
        """What scales X where `train` and `Program.predict` take it; None leaves it as it is.

        It goes with the network into copies, pickles and files, and is no part of its structure.
        The columns of a scaler with names are those of the input neurons of these names.
        """
        return self._input_scaler

    @input_scaler.setter
    def input_scaler(self, value: Scaler | None) -> None:
        self._input_scaler = units.checked_scaler(
            value, self.inputs, "Network.input_scaler", "input neuron"
        )

    @property
    def output_scaler(self) -> Scaler | None:
        """What scales y where `train` takes it, and back what `Program.predict` returns."""
        return self._output_scaler

    @output_scaler.setter
    def output_scaler(self, value: Scaler | None) -> None:
        scaler = units.checked_scaler(value, self.outputs, "Network.output_scaler", "output neuron")
        if scaler is not None and self._classes is not None:
            raise StructureError(
                "Network.output_scaler is for numbers, and this network has classes; set classes "
                "to None first"
            )
        self._output_scaler = scaler

    @property
    def classes(self) -> tuple[Any, ...] | None:
        """The class labels that the outputs stand for, one each, or two for a single output.

        `train` sets them when y holds labels. None is forgetting them.
        """
        return self._classes

    @classes.setter
    def classes(self, value: Any) -> None:
        classes = units.checked_classes(value, len(self.outputs), "Network.classes")
        if classes is not None and self._output_scaler is not None:
            raise StructureError(
                "Network.classes are for labels, and this network has an output_scaler, which is "
                "for numbers; set output_scaler to None first"
            )
        self._classes = classes

    @property
    def graph(self) -> LiveGraph:
        """The network as a live, read-only `networkx.DiGraph`.

        Nodes are the neurons; edge data hold the ``weight`` as it is now and the ``synapse``.

        Examples
        --------
        >>> import networkx as nx
        >>> import neurosim as ns
        >>> net = ns.topologies.layered([2, 1])
        >>> a, b = net.inputs
        >>> (y,) = net.outputs
        >>> net.synapse(a, y).weight = 0.25
        >>> net.graph[a][y]["weight"], nx.has_path(net.graph, b, y)
        (0.25, True)
        """
        if self._graph is None:
            self._graph = LiveGraph.of(self)
        return self._graph

    def to_networkx(self) -> nx.DiGraph:
        """Return a plain, detached `networkx.DiGraph`: names as nodes, Python values as data.

        What a neuron does not have (a layer, an activation, a bias) is left out, since most file
        formats have no way to say None. The ``order`` of edges is that in which they were made.
        """
        return detached_graph(self)

    def __getitem__(self, name: str) -> Any:
        """Return the neuron or layer called `name`."""
        if not isinstance(name, str):
            raise InvalidTypeError(
                f"neurons and layers are looked up by name (got {shown(name)})"
            )
        try:
            return self._names[name]
        except KeyError:
            known = itertools.islice(self._names, 1000)  # comparing more takes seconds
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise UnknownNameError(
                f"network {self.name!r} has no neuron or layer {name!r}{hint}"
            ) from None

    def __contains__(self, item: object) -> bool:
        if isinstance(item, str):
            return item in self._names
        if isinstance(item, Synapse):
            return item.network is self and self._columns.slot_at[item._id] != GONE
        return isinstance(item, (Neuron, Layer)) and self._names.get(item.name) is item

    __iter__ = None  # `for x in net` would be ambiguous: walk net.neurons or net.synapses

    def synapse(self, pre: Neuron | str, post: Neuron | str) -> Synapse:
        """Return the synapse from `pre` to `post`.

        Raises
        ------
        UnknownNameError
            If the pair is not connected.
        """
        ends = [self._neuron(pre, "synapse.pre"), self._neuron(post, "synapse.post")]
        found = self._adjacency.find(ends[0]._id, ends[1]._id)
        if found == GONE:
            raise UnknownNameError(
                f"network {self.name!r} has no synapse from {ends[0].name!r} to {ends[1].name!r}; "
                "connect makes one"
            )
        return Synapse(self, self._columns.numbering.id_of(found))

    def weights(self, pre: Any, post: Any) -> FloatArray:
        """Return the weights from `pre` to `post` as a matrix, 0 where there is no synapse.

        Parameters
        ----------
        pre, post : Neuron, Layer, name, or a list of these

        Returns
        -------
        (n_pre, n_post) array
            A copy: ``[i, j]`` belongs to the synapse i→j, as in Z = XW.
        """
        return self._matrix(pre, post, self._columns.values)

    def summary(self) -> str:
        """Return a table of the hyperparameters and the parameters, counted.

        After a training it names the cost, which copies and pickles keep and files do not.
        """
        return summary(self)

    # -- building --------------------------------------------------------------------------

    def add_layer(
        self,
        count_or_names: Any,
        *,
        activation: Any = None,
        bias: Any = UNSET,
        role: str = "hidden",
        name: str | None = None,
    ) -> Layer:
        """Add an ordered group of neurons.

        Parameters
        ----------
        count_or_names : int or list of str
            How many neurons, or their names; by default they are called ``name[0]``, ….
        activation : str, Activation, or a list of one per neuron
            The activation function; by default ``"sigmoid"`` for hidden neurons and
            ``"identity"`` (a linear unit) for output neurons.
        bias : float, None, or a list of one per neuron
            A number is a trainable bias that starts there, None is no bias.
        role : "input", "hidden" or "output"
            Input neurons have neither activation nor bias.
        name : str, optional
            By default ``layer1``, ``layer2``, ….

        Returns
        -------
        Layer
        """
        with self._columns.lock:
            name = self._new_name(name, "layer", self._n_layers_made + 1)
            names = building.layer_names(count_or_names, name)
            self._check_new_names([*names, name])
            number = len(self._layers)
            ids = self._append(names, activation, bias, role, number)
            layer = Layer(self, number, name, np.arange(ids.start, ids.stop, dtype=np.int32))
            self._layers.append(layer)
            self._n_layers_made += 1
            self._names[name] = layer
            return layer

    def add_neuron(
        self,
        name: str | None = None,
        *,
        activation: Any = None,
        bias: Any = UNSET,
        role: str = "hidden",
    ) -> Neuron:
        """Add one neuron that belongs to no layer.

        Parameters
        ----------
        name : str, optional
            By default ``neuron`` and its number in the order of creation.
        activation : str or Activation
            The activation function; by default ``"sigmoid"`` for a hidden neuron and
            ``"identity"`` (a linear unit) for an output neuron.
        bias : float or None
            A number is a trainable bias that starts there, None is no bias.
        role : "input", "hidden" or "output"
            Input neurons have neither activation nor bias.
        """
        if activation is not None and activations.get(activation).over_layer:
            raise StructureError(
                f"{activation} belongs to a whole layer; use add_layer(..., activation="
                f'"{activation}")'
            )
        if bias is not UNSET and bias is not None:
            bias = number(bias, "bias", self._columns.limit)
        with self._columns.lock:
            made_before = self._columns.n_swept_neurons + len(self._neurons)
            name = self._new_name(name, "neuron", made_before + 1)
            self._check_new_names([name])
            ids = self._append([name], activation, bias, role, NO_LAYER)
            return self._neurons[ids.start]  # type: ignore[return-value]

    def _append(
        self, names: list[str], activation: Any, bias: Any, role: str, layer: int
    ) -> range:
        role_number = building.role_number(role)
        chosen: list[Activation] = []
        if role_number == INPUT:
            building.refuse_for_input(activation, bias)
            bias = None
        else:
            chosen = building.activation_list(activation, len(names), role_number)
        biases = building.bias_column(bias, len(names), self._columns.limit)
        codes = [self._code(one) for one in chosen] or NO_ACTIVATION
        made = [Neuron(self, row, name) for row, name in enumerate(names, self._columns.n_neurons)]
        self._columns.begin_change(neurons=True)
        rows = self._columns.add_neurons(role_number, layer, codes, biases)
        self._neurons.extend(made)
        self._names.update(zip(names, made, strict=True))
        self._columns.end_change(neurons=True)
        return rows

    def connect(self, pre: Any, post: Any, *, weight: Any = None) -> Any:
        """Connect every neuron of `pre` to every neuron of `post`.

        Parameters
        ----------
        pre, post : Neuron, Layer, name, or a list of these
        weight : float or (n_pre, n_post) array_like, optional
            0 until `initialize` if not given. A 0 in a matrix makes a synapse of weight 0.

        Returns
        -------
        Synapse or SynapseGroup
            The synapse if both ends are single neurons, otherwise the group of new synapses in
            (pre, post) order.

        Raises
        ------
        StructureError
            For a pair that is connected already, a self-loop, a synapse into an input neuron, or
            a neuron of another network. One bad pair refuses the whole call.
        """
        with self._columns.lock:
            return connecting.connect(self, pre, post, weight)

    def connect_pairs(self, pre: Any, post: Any, *, weight: Any = None) -> SynapseGroup:
        """Connect ``pre[i]`` to ``post[i]``, for wiring from an edge list.

        Parameters
        ----------
        pre, post : (n_synapses,) array_like of int
            Positions in `neurons`.
        weight : float or (n_synapses,) array_like, optional

        Returns
        -------
        SynapseGroup
            The new synapses in the order given; refused pairs as in `connect`.
        """
        with self._columns.lock:
            pre_ids, post_ids = self._ids_at(pre, "pre"), self._ids_at(post, "post")
            if len(pre_ids) != len(post_ids):
                raise InvalidValueError(
                    f"connect_pairs.pre and .post must be equally long (got {len(pre_ids)} and "
                    f"{len(post_ids)})"
                )
            return connecting.connect_pairs(self, pre_ids, post_ids, weight)

    def remove(self, *things: Any) -> None:
        """Remove synapses, neurons, layers, groups, or lists of these, all or none of them.

        A neuron takes its synapses along. All other handles stay valid.

        Raises
        ------
        StructureError
            For a thing of another network, or for a part of a softmax layer.
        StaleHandleError
            For a thing that was removed before.
        """
        with self._columns.lock:
            removing.remove(self, things)
            if self._columns.is_worth_a_sweep():
                removing.sweep(self)

    def initialize(
        self, weights: Initializer, *, biases: Initializer | None = None, seed: Seed = None
    ) -> None:
        """Redraw every weight, in the order the synapses were made.

        Parameters
        ----------
        weights : Initializer
            For example ``initializers.Normal()``.
        biases : Initializer, optional
            Drawn after all weights; without it the biases keep their values.
        seed : int, SeedSequence, Generator, RandomState or None
            The source of randomness; an int means ``numpy.random.default_rng(seed)``.
        """
        columns, generator = self._columns, make_generator(seed)
        synapses, biased = columns.synapse_ids(), columns.biased_ids()
        new_weights = self._drawn("weights", weights, generator, synapses)
        if biases is not None:  # drawn before anything is written: all or nothing
            columns.values[columns.bias_slot[biased]] = self._drawn(
                "biases", biases, generator, biased
            )
        columns.values[columns.slot[synapses]] = new_weights

    def _drawn(
        self, which: str, initializer: Any, generator: Generator, rows: IntArray
    ) -> FloatArray:
        """Return checked first values of the weights of synapses, or the biases of neurons."""
        if not isinstance(initializer, Initializer):
            raise InvalidTypeError(
                f"initialize.{which} must be an Initializer such as initializers.Normal() "
                f"(got {shown(initializer)})"
            )
        pre, post = rows, rows
        if which == "weights":
            pre, post = self._columns.pre[rows], self._columns.post[rows]
        fan_in = self._adjacency.incoming.degrees()[post]
        fan_out = self._adjacency.outgoing.degrees()[pre]
        drawn = initializer.draw(generator, fan_in, fan_out)
        return one_or_each(drawn, len(rows), self.dtype, f"what {initializer!r} draws")

    # -- copies ----------------------------------------------------------------------------

    def copy(self, name: str | None = None, *, dtype: DTypeLike | None = None) -> Network:
        """Return an independent network, equal in structure, parameters and names.

        Parameters
        ----------
        name : str, optional
            Another name.
        dtype : "float64" or "float32", optional
            Another type; the parameters are cast.
        """
        result = type(self).__new__(type(self))
        result.__setstate__(self.__getstate__())
        if name is not None:
            result.name = name
        if dtype is not None:
            result._columns.cast(float_dtype(dtype, "Network.dtype"))
        return result

    __copy__ = copy

    def __getstate__(self) -> dict[str, Any]:
        """Return what lives: the rows of what was removed stay behind."""
        with self._columns.lock:
            return self._living()

    def _living(self) -> dict[str, Any]:
        position, layers = self._positions(), self.layers
        columns = self._columns.copy()
        number = np.full(len(self._layers) + 1, NO_LAYER, np.int32)  # the last is for "no layer"
        number[[layer._id for layer in layers]] = np.arange(len(layers))
        columns.layer = number[columns.layer]
        return {
            "name": self.name,
            "columns": columns,
            "activations": list(self._activations),
            "neurons": self._neuron_names(),
            "layers": [(layer.name, position[layer._members]) for layer in layers],
            "n_layers_made": self._n_layers_made,
            "units": (self._input_scaler, self._output_scaler, self._classes),
            "cost": self._cost,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.name = state["name"]
        self._columns = state["columns"]
        self._activations = list(state["activations"])
        self._codes = {activation: code for code, activation in enumerate(self._activations)}
        self._neurons = [Neuron(self, row, name) for row, name in enumerate(state["neurons"])]
        self._layers = [
            Layer(self, i, name, members) for i, (name, members) in enumerate(state["layers"])
        ]
        self._n_layers_made = state.get("n_layers_made", len(self._layers))
        self._input_scaler, self._output_scaler, self._classes = state["units"]
        self._cost = state.get("cost")
        self._names = {n._name: n for n in self._neurons if n is not None}
        self._names.update({layer.name: layer for layer in self._layers})
        self._forget()

    def __repr__(self) -> str:
        return (
            f"<Network {self.name!r}: {len(self.neurons)} neurons, {self._columns.n_alive} "
            f"synapses, {self.dtype}>"
        )

    def _repr_png_(self) -> bytes | None:
        """Return a picture, which a notebook shows, if it is not large and matplotlib is there."""
        try:
            from neurosim.plot.notebook import network_png
        except ImportError:
            return None
        return network_png(self)

    # -- for the modules of the model ------------------------------------------------------

    def _cached(self, key: str, make: Any) -> Any:
        """Return what `make` gave since neurons were last added or removed."""
        version, value = self._cache.get(key, (-1, None))
        now = self._columns.neuron_version
        if version != now:
            with self._columns.lock:
                now, value = self._columns.neuron_version, make()
                self._cache[key] = (now, value)
        return value

    def _with_role(self, role: int) -> tuple[Neuron | None, ...]:
        found = np.flatnonzero(self._columns.role[: self._columns.n_neurons] == role)
        return tuple(self._neurons[i] for i in found.tolist())

    def _positions(self) -> IntArray:
        return self._cached("positions", self._columns.positions)  # type: ignore[no-any-return]

    def _neuron_names(self) -> tuple[str, ...]:
        return self._cached(  # type: ignore[no-any-return]
            "names", lambda: tuple([n._name for n in self._neurons if n is not None])
        )

    def _group(self, rows: IntArray) -> SynapseGroup:
        return SynapseGroup(self, self._columns.numbering.ids_of(rows))

    def _neuron_name(self, row: int) -> str:
        neuron = self._neurons[row]
        number = row + self._columns.n_swept_neurons
        return f"(removed neuron {number})" if neuron is None else neuron.name

    def _neuron(self, neuron: Any, where: str) -> Neuron:
        if isinstance(neuron, str):
            neuron = self[neuron]
        if not isinstance(neuron, Neuron):
            raise InvalidTypeError(
                f"{where} must be a neuron or its name (got {shown(neuron)})"
            )
        require_own(self, neuron, where)
        neuron._alive()
        return neuron

    def _activation_of(self, number: int) -> Activation | None:
        code = self._columns.activation.item(number)
        return None if code == NO_ACTIVATION else self._activations[code]

    def _code(self, activation: Activation) -> int:
        code = self._codes.setdefault(activation, len(self._activations))
        if code == len(self._activations):
            self._activations.append(activation)
        return code

    def _new_name(self, name: Any, prefix: str, number: int) -> str:
        if name is not None:
            return building.check_name(name, f"{prefix} name")
        while f"{prefix}{number}" in self._names:
            number += 1
        return f"{prefix}{number}"

    def _check_new_names(self, names: list[str]) -> None:
        for name in names:
            building.check_name(name, "name of a neuron")
        if len(set(names)) == len(names) and self._names.keys().isdisjoint(names):
            return
        seen: set[str] = set(self._names)
        for name in names:
            if name in seen:
                raise StructureError(
                    f"the name {name!r} is taken: names are unique over the neurons and layers "
                    f"of network {self.name!r}"
                )
            seen.add(name)

    def _ids_at(self, positions: Any, where: str) -> IntArray:
        array = np.asarray(positions)
        if array.ndim != 1 or (array.dtype.kind not in "iu" and array.size):
            raise InvalidTypeError(
                f"connect_pairs.{where} must be a 1-D array of positions in net.neurons "
                f"(got an array of shape {array.shape} and dtype {array.dtype})"
            )
        ids = self._columns.neuron_ids()
        if array.size and not (0 <= array.min() and array.max() < len(ids)):
            raise InvalidValueError(
                f"connect_pairs.{where} must hold positions from 0 to {len(ids) - 1} "
                f"(got {array.min()} to {array.max()})"
            )
        return ids[array.astype(np.intp)]

    def _matrix(self, pre: Any, post: Any, values: FloatArray) -> FloatArray:
        """Return `values` at the slots of the synapses from `pre` to `post`, as a matrix."""
        pre_ids = neuron_ids(self, pre, "weights.pre")
        post_ids = neuron_ids(self, post, "weights.post")
        shape = len(pre_ids), len(post_ids)
        require_memory(
            shape[0] * shape[1] * values.itemsize,
            f"weights: a matrix of {shape[0]:,} × {shape[1]:,} numbers",
            "take it in pieces, or net.synapses.weight",
        )
        row = np.zeros(self._columns.n_neurons, np.int32)
        column = np.zeros(self._columns.n_neurons, np.int32)
        row[pre_ids] = np.arange(len(pre_ids))
        column[post_ids] = np.arange(len(post_ids))
        found = self._adjacency.existing(pre_ids, post_ids)
        result = np.zeros(shape, values.dtype)
        places = row[self._columns.pre[found]], column[self._columns.post[found]]
        result[places] = values[self._columns.slot[found]]
        return result
