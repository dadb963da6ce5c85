"""A network under random changes, compared with a model of plain dicts that cannot go wrong."""

import copy
import pickle
from itertools import product

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

import neurosim as ns
from neurosim.compiler.build import make_plan
from neurosim.errors import StaleHandleError, StructureError, UnknownNameError
from neurosim.model import adjacency, columns

WEIGHTS = st.integers(-8, 8).map(lambda n: n / 4)
PICK = st.integers(0, 10**6)
FEW = st.lists(PICK, min_size=1, max_size=4)


class AgainstDicts(RuleBasedStateMachine):
    """The model: names to biases, pairs to weights, layers to names, in order of creation."""

    @initialize(
        dtype=st.sampled_from(["float32", "float64"]),
        tail=st.sampled_from([1, 3, 4096]),
        few_dead=st.sampled_from([0, 3, 1024]),
    )
    def start(self, dtype, tail, few_dead):
        adjacency._TAIL = tail  # so that few synapses meet merges, too
        columns._FEW_DEAD = few_dead  # and few removals a sweep
        self.net = ns.Network("n", dtype=dtype)
        self.bias: dict[str, float | None] = {}
        self.role: dict[str, str] = {}
        self.weight: dict[tuple[str, str], float] = {}
        self.layers: dict[str, list[str]] = {}
        self.alive: dict[object, tuple[str, str]] = {}
        self.gone: list[ns.Synapse] = []
        self.gone_neurons: list[ns.Neuron] = []
        self.windows: list[tuple[np.ndarray, object]] = []
        self.made = 0
        self.arranged_at = -1
        self.add_neuron(None, "input")
        self.add_layer([0.0, None, 1.0])
        self.add_neuron(0.5, "output")

    def teardown(self):
        adjacency._TAIL = 4096
        columns._FEW_DEAD = 1024

    # -- choosing ------------------------------------------------------------------------------

    def names(self, picks):
        return list(dict.fromkeys(list(self.bias)[i % len(self.bias)] for i in picks))

    def note(self, synapses, pairs, weights):
        assert [(s.pre.name, s.post.name) for s in synapses] == pairs
        self.weight.update(zip(pairs, weights, strict=True))
        self.alive.update(zip(synapses, pairs, strict=True))

    def allowed(self, pairs):
        return all(
            pair not in self.weight and pair[0] != pair[1] and self.role[pair[1]] != "input"
            for pair in pairs
        )

    # -- changing ------------------------------------------------------------------------------

    @rule(bias=st.none() | WEIGHTS, role=st.sampled_from(["input", "hidden", "output"]))
    def add_neuron(self, bias, role):
        self.made += 1
        name = f"n{self.made}"
        bias = None if role == "input" else bias
        self.net.add_neuron(name, bias=bias, role=role)
        self.bias[name], self.role[name] = bias, role

    @rule(biases=st.lists(st.none() | WEIGHTS, min_size=1, max_size=4))
    def add_layer(self, biases):
        self.made += 1
        layer = self.net.add_layer(len(biases), bias=biases, name=f"layer{self.made}")
        self.layers[layer.name] = [n.name for n in layer]
        for neuron, bias in zip(layer, biases, strict=True):
            self.bias[neuron.name], self.role[neuron.name] = bias, "hidden"

    @precondition(lambda self: self.bias)
    @rule(pre=PICK, post=PICK, weight=WEIGHTS)
    def connect_one(self, pre, post, weight):
        (pre,), (post,) = self.names([pre]), self.names([post])
        if self.allowed([(pre, post)]):
            self.note([self.net.connect(pre, post, weight=weight)], [(pre, post)], [weight])
        else:
            with pytest.raises(StructureError):
                self.net.connect(pre, post, weight=weight)

    @precondition(lambda self: self.bias)
    @rule(pre=FEW, post=FEW, weight=WEIGHTS)
    def connect_all_to_all(self, pre, post, weight):
        pre, post = self.names(pre), self.names(post)
        pairs = [(a, b) for a in pre for b in post]
        weights = [weight + i for i in range(len(pairs))]
        matrix = np.reshape(weights, (len(pre), len(post)))
        if self.allowed(pairs):
            self.note(self.net.connect(pre, post, weight=matrix), pairs, weights)
        else:
            with pytest.raises(StructureError):
                self.net.connect(pre, post, weight=matrix)

    @precondition(lambda self: self.bias)
    @rule(pairs=st.lists(st.tuples(PICK, PICK), max_size=5), weight=WEIGHTS)
    def connect_pairs(self, pairs, weight):
        names = [(*self.names([a]), *self.names([b])) for a, b in pairs]
        ends = [[a % len(self.bias) for a, _ in pairs], [b % len(self.bias) for _, b in pairs]]
        if self.allowed(names) and len(set(names)) == len(names):
            self.note(self.net.connect_pairs(*ends, weight=weight), names, [weight] * len(names))
        else:
            with pytest.raises(StructureError):
                self.net.connect_pairs(*ends, weight=weight)

    def lose(self, names, pairs):
        lost = [p for p in self.weight if p in pairs or p[0] in names or p[1] in names]
        self.gone += [s for s, pair in self.alive.items() if pair in lost]
        self.alive = {s: pair for s, pair in self.alive.items() if pair not in lost}
        for pair in lost:
            del self.weight[pair]
        for name in names:
            del self.bias[name], self.role[name]
        self.layers = {
            layer: left
            for layer, members in self.layers.items()
            if (left := [name for name in members if name not in names])
        }

    @precondition(lambda self: self.bias)
    @rule(picks=FEW)
    def remove_neurons(self, picks):
        names = self.names(picks)
        neurons = [self.net[name] for name in names]
        self.net.remove(*neurons)
        self.gone_neurons += neurons
        self.lose(names, [])

    @precondition(lambda self: self.layers)
    @rule(pick=PICK)
    def remove_layer(self, pick):
        layer = list(self.layers)[pick % len(self.layers)]
        self.gone_neurons += list(self.net[layer])
        self.net.remove(layer)
        self.lose(list(self.layers[layer]), [])

    @precondition(lambda self: self.weight)
    @rule(picks=FEW, as_group=st.booleans())
    def remove_synapses(self, picks, as_group):
        pairs = list(dict.fromkeys(list(self.weight)[i % len(self.weight)] for i in picks))
        places = [list(self.weight).index(pair) for pair in pairs]
        things = self.net.synapses[places]
        self.net.remove(things if as_group else list(things))
        self.lose([], pairs)
        for pair in pairs:  # before anything else brings the indexes up to date
            assert self.net.weights(*pair).tolist() == [[0.0]]
            with pytest.raises(UnknownNameError):
                self.net.synapse(*pair)

    @precondition(lambda self: self.weight)
    @rule(pick=PICK, weight=WEIGHTS)
    def set_a_weight(self, pick, weight):
        pair = list(self.weight)[pick % len(self.weight)]
        self.net.synapse(*pair).weight = weight
        self.weight[pair] = weight

    @rule(threshold=WEIGHTS, weight=WEIGHTS)
    def set_the_weights_of_a_group(self, threshold, weight):
        synapses = self.net.synapses
        synapses[synapses.weight < threshold].weight = weight
        self.weight = {p: weight if w < threshold else w for p, w in self.weight.items()}

    # -- windows on the parameters -------------------------------------------------------------

    def moment(self):
        """Return what changes with every structural change, and whenever parameters move."""
        return self.net, self.net._columns.version, self.net._columns.layout

    @rule()
    def take_a_window(self):
        window = self.net.parameters
        self.windows.append((window, self.moment()))

    @precondition(lambda self: self.windows)
    @rule(pick=PICK, place=PICK, value=WEIGHTS)
    def write_through_a_window(self, pick, place, value):
        window, moment = self.windows[pick % len(self.windows)]
        if not len(window):
            return
        place %= len(window)
        window[place] = value
        if moment != self.moment():
            return  # the invariants see whether anything has changed
        slots = self.net._columns
        for synapse, pair in self.alive.items():
            if slots.slot_at[synapse._id] == place:
                self.weight[pair] = value
        for neuron in self.net.neurons:
            if slots.bias_slot[neuron._id] == place:
                self.bias[neuron.name] = value

    # -- moving the data about -----------------------------------------------------------------

    @rule()
    def compile_it(self):
        try:
            make_plan(self.net)
        except StructureError:  # a cycle, or no output
            return
        self.arranged_at = self.net._columns.version

    @rule()
    def compact(self):
        expected = [*self.weight.values(), *(b for b in self.bias.values() if b is not None)]
        parameters = self.net.parameters.tolist()
        if self.arranged_at == self.net._columns.version:  # the order of the last compile holds
            parameters, expected = sorted(parameters), sorted(expected)
        assert parameters == expected

    @rule(seed=PICK)
    def arrange_as_compile_may(self, seed):
        columns, rng = self.net._columns, np.random.default_rng(seed)
        synapses, biases = columns.synapse_ids(), columns.biased_ids()
        columns.arrange(rng.permutation(synapses), rng.permutation(biases))
        self.arranged_at = columns.version

    @rule(way=st.sampled_from(["copy", "deepcopy", "pickle"]))
    def go_on_with_a_copy(self, way):
        handles = self.net, list(self.alive), self.gone, self.gone_neurons
        if way == "copy":
            twin = self.net.copy()
            alive, gone = ([ns.Synapse(twin, s._id) for s in part] for part in handles[1:3])
            handles = twin, alive, gone, []
        elif way == "deepcopy":
            handles = copy.deepcopy(handles)
        else:
            handles = pickle.loads(pickle.dumps(handles))
        self.net, alive, self.gone, self.gone_neurons = handles
        self.alive = dict(zip(alive, self.alive.values(), strict=True))

    # -- comparing -----------------------------------------------------------------------------

    @rule()
    def look_up_every_pair(self):
        for pair in product(self.bias, repeat=2):
            if pair in self.weight:
                assert self.alive[self.net.synapse(*pair)] == pair
            else:
                with pytest.raises(UnknownNameError):
                    self.net.synapse(*pair)

    @rule(pre=FEW, post=FEW)
    @precondition(lambda self: self.bias)
    def look_at_a_matrix(self, pre, post):
        pre, post = self.names(pre), self.names(post)
        expected = [[self.weight.get((a, b), 0.0) for b in post] for a in pre]
        assert self.net.weights(pre, post).tolist() == expected

    @rule()
    def look_at_every_neuron(self):
        order = list(self.bias)
        for name, neuron in zip(order, self.net.neurons, strict=True):
            outgoing = [(name, other) for other in order if (name, other) in self.weight]
            incoming = [(other, name) for other in order if (other, name) in self.weight]
            assert [self.alive[s] for s in neuron.outgoing] == outgoing
            assert [self.alive[s] for s in neuron.incoming] == incoming
            assert neuron.incoming.weight.tolist() == [self.weight[pair] for pair in incoming]

    @invariant()
    def neurons_and_layers_are_the_same(self):
        net = self.net
        assert {n.name: n.bias for n in net.neurons} == self.bias
        assert [n.name for n in net.neurons] == list(self.bias)
        assert {layer.name: [n.name for n in layer] for layer in net.layers} == self.layers
        for role, neurons in (("input", net.inputs), ("output", net.outputs)):
            assert [n.name for n in neurons] == [n for n, r in self.role.items() if r == role]
        assert set(net._names) == {*self.bias, *self.layers}

    @invariant()
    def synapses_and_weights_are_the_same(self):
        synapses, order = self.net.synapses, list(self.bias)
        ends = zip(synapses.pre.tolist(), synapses.post.tolist(), strict=True)
        assert [(order[a], order[b]) for a, b in ends] == list(self.weight)
        assert synapses.weight.tolist() == list(self.weight.values())
        biased = sum(b is not None for b in self.bias.values())
        assert self.net.n_parameters == len(self.weight) + biased

    @invariant()
    def rows_of_the_dead_do_not_outnumber_the_living(self):
        held = self.net._columns
        n_rows, n_living = held.n_neurons + held.n_synapses, len(self.bias) + len(self.weight)
        assert n_rows - n_living <= max(n_living, columns._FEW_DEAD)
        assert len(self.net._neurons) == held.n_neurons

    @invariant()
    def handles_stay_valid_as_long_as_their_synapse_is_there(self):
        for synapse, pair in self.alive.items():
            assert synapse.weight == self.weight[pair]
            assert (synapse.pre.name, synapse.post.name) == pair
            assert synapse in self.net
        for synapse in self.gone:
            assert synapse not in self.net
            with pytest.raises(StaleHandleError):
                _ = synapse.weight
        for neuron in self.gone_neurons:
            assert neuron not in self.net
            with pytest.raises(StaleHandleError):
                _ = neuron.bias
        ids = [synapse._id for synapse in (*self.gone, *self.alive)]
        assert len(set(ids)) == len(ids)


TestAgainstDicts = AgainstDicts.TestCase
TestAgainstDicts.settings = settings(
    max_examples=150, stateful_step_count=50, suppress_health_check=[HealthCheck.too_slow]
)
