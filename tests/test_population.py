"""A population: many networks in one call, and the answers of each by itself."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import neurosim as ns
from neurosim import population as population_module
from neurosim.engines import ENGINES
from neurosim.engines.compiled import union as union_module
from neurosim.errors import (
    CycleError,
    InvalidTypeError,
    InvalidValueError,
    StaleProgramError,
    StructureError,
)
from tests.engines.test_engines_agree import TOLERANCE, assert_close, every_dtype
from tests.strategies import examples_for, near_jump, networks

every_engine = pytest.mark.parametrize("engine", ENGINES)


def layered(*sizes, seed=0, dtype="float64", activation="tanh"):
    net = ns.topologies.layered(list(sizes), activation=activation, dtype=dtype)
    net.initialize(ns.initializers.Normal(), biases=ns.initializers.Normal(), seed=seed)
    return net


def three(**arguments):
    return [layered(2, n, 1, seed=n, **arguments) for n in (1, 4, 3)]


def one_by_one(nets, inputs):
    return [
        ns.compile(net.copy(), engine="reference").feedforward(X)
        for net, X in zip(nets, inputs, strict=True)
    ]


# -- the same answers ----------------------------------------------------------------------


@every_engine
@every_dtype
def test_each_network_answers_as_it_does_alone(engine, dtype):
    @settings(max_examples=40)
    @given(
        st.lists(networks(dtype=dtype), min_size=1, max_size=4),
        st.sampled_from((0, 1, 2, 9, 33)),
        st.integers(0, 99),
    )
    def check(nets, n_examples, seed):
        inputs = [examples_for(net, n_examples, seed + i) for i, net in enumerate(nets)]
        for net, X in zip(nets, inputs, strict=True):
            judge = net.copy()  # so that the network itself has never been compiled
            trace = ns.compile(judge, engine="reference").trace(X)
            assume(not near_jump(judge, trace, 1e-3 if dtype == "float32" else 1e-9))
        outputs = ns.compile(nets, engine=engine).feedforward(inputs)
        for actual, expected in zip(outputs, one_by_one(nets, inputs), strict=True):
            assert_close(actual, expected, TOLERANCE[dtype])

    check()


@every_engine
@pytest.mark.parametrize("n_examples", [1, 2, 20])
def test_examples_are_for_all_networks_or_for_each_its_own(engine, n_examples):
    nets = three()
    population = ns.compile(nets, engine=engine)
    own = np.random.default_rng(0).normal(size=(3, n_examples, 2))
    shared = population.feedforward(own[0])
    assert shared.shape == (3, n_examples, 1)
    assert_close(shared, np.array(one_by_one(nets, [own[0]] * 3)), 1e-12)
    expected = np.array(one_by_one(nets, own))
    for each in (own, list(own), own.tolist(), np.asfortranarray(own)):
        assert_close(population.feedforward(each), expected, 1e-12)
    assert_close(population.feedforward(own[0].tolist()), shared, 1e-12)


@every_engine
def test_networks_may_differ_in_inputs_and_outputs(engine):
    nets = [layered(2, 3, 1), layered(5, 2), layered(1, 4, 4, 3)]
    inputs = [np.random.default_rng(i).normal(size=(7, n)) for i, n in enumerate((2, 5, 1))]
    outputs = ns.compile(nets, engine=engine).feedforward(inputs)
    assert [one.shape for one in outputs] == [(7, 1), (7, 2), (7, 3)]
    for actual, expected in zip(outputs, one_by_one(nets, inputs), strict=True):
        assert_close(actual, expected, 1e-12)
        assert actual.flags.owndata


@pytest.mark.parametrize("n_examples", [1, 70, 300])
@pytest.mark.parametrize("n_threads", [1, 2, 3, 5, 16])
def test_the_number_of_threads_changes_no_bit(n_threads, n_examples, monkeypatch):
    nets = [layered(3, n, 2, seed=n) for n in (1, 9, 4, 30, 2)]
    X = np.random.default_rng(0).normal(size=(n_examples, 3))
    monkeypatch.setattr(union_module, "available_threads", lambda: 1)
    expected = ns.compile(nets).feedforward(X)
    monkeypatch.setattr(union_module, "available_threads", lambda: n_threads)
    monkeypatch.setattr(union_module, "_WORTH_A_THREAD", 1e-12)
    np.testing.assert_array_equal(ns.compile(nets).feedforward(X), expected)


@pytest.mark.parametrize("n_examples", [1, 12])
def test_large_networks_run_by_themselves_beside_small_ones(n_examples, monkeypatch):
    monkeypatch.setattr(population_module, "_LARGE", 20)
    nets = [layered(2, 3, 1), layered(2, 9, 1), layered(2, 2, 1)]
    X = np.random.default_rng(0).normal(size=(3, n_examples, 2))
    population = ns.compile(nets, engine="numba")
    assert_close(population.feedforward(X), np.array(one_by_one(nets, X)), 1e-12)
    assert population._share(n_examples)[1] == [1]


def test_an_activation_of_ones_own_is_compiled_and_shared():
    ns.activations.register("population_cube", lambda z: z**3, lambda z: 3 * z**2, overwrite=True)
    nets = [layered(2, 3, 1, activation=name) for name in ("tanh", "population_cube", "sine")]
    population = ns.compile(nets)
    X = np.random.default_rng(0).normal(size=(5, 2))
    assert population.engine == "numba"
    assert_close(population.feedforward(X), np.array(one_by_one(nets, [X] * 3)), 1e-12)


@pytest.mark.parametrize("n_examples", [1, 5])
@pytest.mark.parametrize("names", [["tanh", "table", "tanh"], ["table", "table"]])
def test_what_numba_cannot_compile_numpy_runs_and_explain_says_so(names, n_examples):
    table = {"slope": 2.0}
    ns.activations.register(
        "table", lambda z: table["slope"] * z, lambda z: 0 * z + table["slope"], overwrite=True
    )
    nets = [layered(2, 3, 1, activation=name) for name in names]
    population = ns.compile(nets)
    mixed = "tanh" in names
    assert population.engine == ("numba" if mixed else "numpy")
    assert {program.engine for program in population.programs} == {"numba", "numpy"} - (
        set() if mixed else {"numba"}
    )
    assert "since Numba cannot compile activation 'table'" in population.explain()
    X = np.random.default_rng(0).normal(size=(n_examples, 2))
    assert_close(population.feedforward(X), np.array(one_by_one(nets, [X] * len(nets))), 1e-12)


def test_an_activation_that_is_gone_does_not_matter():
    ns.activations.register("population_gone", lambda z: [*z], lambda z: z, overwrite=True)
    net = layered(2, 1)
    net.remove(net.add_neuron("gone", activation="population_gone"))
    assert ns.compile([net]).engine == "numba"


# -- one memory ----------------------------------------------------------------------------


@every_engine
def test_a_weight_that_is_set_is_seen_by_the_next_call(engine):
    nets = three()
    population = ns.compile(nets, engine=engine)
    X = np.array([[0.5, -1.0]])
    population.feedforward(X)
    nets[1].synapses[0].weight = 3.0
    nets[2].parameters = np.linspace(-1, 1, nets[2].n_parameters)
    assert_close(population.feedforward(X), np.array(one_by_one(nets, [X] * 3)), 1e-12)


@every_engine
def test_compiling_a_member_by_itself_moves_parameters_and_is_no_harm(engine):
    nets = [ns.topologies.random_dag(30, n_inputs=2, n_outputs=1, seed=i) for i in range(3)]
    for i, net in enumerate(nets):
        net.initialize(ns.initializers.Normal(), biases=ns.initializers.Normal(), seed=i)
        net.remove(net.synapses[::7])
    X = np.random.default_rng(0).normal(size=(4, 2))
    population = ns.compile(nets, engine=engine)
    expected = np.array(one_by_one(nets, [X] * 3))
    ns.compile(nets[1], engine="numpy")
    _ = nets[2].parameters
    assert_close(population.feedforward(X), expected, 1e-12)
    nets[1].synapses[3].weight = -2.0
    assert_close(population.feedforward(X), np.array(one_by_one(nets, [X] * 3)), 1e-12)


def test_a_network_may_be_in_several_populations():
    nets = three()
    first, second = ns.compile(nets), ns.compile(nets[::-1])
    X = np.ones((2, 2))
    nets[0].synapses[0].weight = 0.125
    np.testing.assert_array_equal(first.feedforward(X), second.feedforward(X)[::-1])


def test_outputs_belong_to_the_caller():
    population = ns.compile(three())
    first = population.feedforward(np.ones((1, 2)))
    kept = first.copy()
    population.feedforward(np.zeros((1, 2)))
    np.testing.assert_array_equal(first, kept)


@pytest.mark.parametrize("n_examples", [1, 3])
def test_inputs_that_must_not_be_written_are_only_read(n_examples):
    population = ns.compile(three())
    X = np.ones((n_examples, 2))
    expected = population.feedforward(X.copy())
    X.setflags(write=False)
    np.testing.assert_array_equal(population.feedforward(X), expected)


# -- what it says --------------------------------------------------------------------------


@every_engine
def test_it_tells_what_it_holds(engine):
    nets = three()
    population = ns.compile(iter(nets), engine=engine)
    assert population.networks == tuple(nets)
    assert len(population) == 3
    assert population.engine == engine
    assert repr(population) == (
        f"<Population of 3 networks: 17 neurons, 24 synapses, engine {engine!r}>"
    )
    lines = population.explain().splitlines()
    assert lines[0] == "population of 3 networks: 17 neurons, 24 synapses, float64"
    assert lines[1] == f"engine {engine!r}, as asked"
    if engine == "numba":
        assert lines[2] == "walks, with the time that a forward pass is expected to take:"
        assert lines[3].startswith("  1 example: number by number, ")
        assert lines[4].startswith("  10 examples: in tiles of ")
    else:
        assert lines[2] == "one by one"
    assert lines[-1] == "networks[2] 'layered': 6 neurons, 9 synapses, 2 -> 1"


def test_explain_lists_the_first_of_many():
    population = ns.compile([layered(1, 1) for _ in range(25)])
    assert population.explain().endswith("networks[19] 'layered': 2 neurons, 1 synapse, 1 -> 1\n"
                                         "… and 5 more networks")  # fmt: skip


def test_its_programs_look_into_each_network():
    nets = three()
    population = ns.compile(nets)
    X = np.ones((2, 2))
    traces = [program.trace(X) for program in population.programs]
    outputs = np.array([trace.outputs for trace in traces])
    assert_close(population.feedforward(X), outputs, 1e-12)
    assert population.programs[1] is population.programs[1]


# -- what it refuses -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("networks", "error", "message"),
    [
        ([], InvalidValueError, "compile needs at least one network (got an empty list)"),
        (3, InvalidTypeError, "compile takes a Network or a list of networks (got 3)"),
        ([layered(1, 1), "net"], InvalidTypeError, "networks[1] must be a Network (got 'net')"),
    ],
)
def test_what_is_no_list_of_networks_is_refused(networks, error, message):
    with pytest.raises(error) as refusal:
        ns.compile(networks)
    assert str(refusal.value) == message


def test_the_same_network_twice_is_refused():
    a, b = layered(1, 1), layered(1, 1)
    with pytest.raises(StructureError) as refusal:
        ns.compile([a, b, a])
    assert str(refusal.value) == (
        "networks[2] is networks[0] once more, 'layered'; a network is in a population once, "
        "copy() makes another"
    )


def test_different_dtypes_are_refused():
    with pytest.raises(InvalidValueError) as refusal:
        ns.compile([layered(1, 1), layered(1, 1, dtype="float32")])
    assert str(refusal.value) == (
        "the networks of a population must have one dtype (got float64 for networks[0] and "
        "float32 for networks[1]); copy(dtype=...) casts"
    )


@every_engine
def test_a_cycle_is_refused_and_the_network_named(engine):
    net = layered(1, 2, 1)
    hidden = net["hidden"]
    net.connect(hidden[0], hidden[1])
    net.connect(hidden[1], hidden[0])
    with pytest.raises(CycleError, match=r"^networks\[1\]: network 'layered' has a cycle: hidden"):
        ns.compile([layered(1, 1), net], engine=engine)


@every_engine
def test_a_synapse_within_a_softmax_layer_is_a_cycle(engine):
    net = ns.Network()
    inputs = net.add_layer(2, role="input")
    classes = net.add_layer(3, activation="softmax", role="output")
    net.connect(inputs, classes)
    net.connect(classes[0], classes[2])
    with pytest.raises(CycleError, match=r"^networks\[0\]: .* the neurons of a softmax layer"):
        ns.compile([net], engine=engine)


@every_engine
def test_a_network_without_outputs_is_refused(engine):
    net = ns.Network("mute")
    net.add_neuron(role="input")
    with pytest.raises(StructureError, match=r"networks\[0\]: network 'mute' has no output"):
        ns.compile([net, layered(1, 1)], engine=engine)


@every_engine
def test_after_a_structural_change_it_names_the_network(engine):
    nets = three()
    population = ns.compile(nets, engine=engine)
    nets[1].remove(nets[1].synapses[0])
    for use in (
        lambda: population.feedforward(np.ones((1, 2))),
        population.explain,
        lambda: population.programs,
    ):
        with pytest.raises(StaleProgramError) as refusal:
            use()
        assert str(refusal.value) == (
            "the structure of networks[1], 'layered', has changed since this population was made; "
            "compile the networks again"
        )
    assert repr(population).endswith("(stale)>")
    assert ns.compile(nets, engine=engine).feedforward(np.ones((1, 2))).shape == (3, 1, 1)


X2 = np.zeros((4, 2))


@every_engine
@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.zeros(2), r"^X must have shape \(n_examples, 2\).* \(got shape \(2,\)"),
        (np.zeros((4, 3)), r"^X must have shape \(n_examples, 2\).* \(got shape \(4, 3\)\)"),
        ([X2, X2], r"^X must be one matrix for all networks, or hold one for each of 3 \(got 2\)"),
        (np.zeros((2, 4, 2)), r"or hold one for each of 3 \(got 2\)"),
        (np.zeros((3, 4, 5)), r"^X\[0\] must have shape \(n_examples, 2\)"),
        ([X2, X2, np.zeros((4, 5))], r"^X\[2\] must have shape \(n_examples, 2\)"),
        ([X2, X2[:3], X2], r"^X must hold as many examples for each network \(got 4 for networks"),
        ([X2, X2, X2 + np.nan], r"^X\[2\]\[0, 0\] must be finite"),
        (np.full((3, 1, 2), np.inf), r"^X\[0, 0, 0\] must be finite"),
        (np.full((1, 2), np.nan), r"^X\[0, 0\] must be finite"),
        ([[0.0, 1.0], [2.0]], "^X must be a regular array of numbers"),
        ([[[0.0, 1.0], [2.0]]], "^X must be a regular array of numbers"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(engine, X, message):
    with pytest.raises(InvalidValueError, match=message):
        ns.compile(three(), engine=engine).feedforward(X)


@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.parametrize("number", [0, 4])
def test_a_single_example_of_any_network_that_is_not_finite_is_refused(
    number, n_threads, monkeypatch
):
    monkeypatch.setattr(union_module, "available_threads", lambda: n_threads)
    monkeypatch.setattr(union_module, "_WORTH_A_THREAD", 1e-12)
    X = np.zeros((5, 1, 2))
    X[number, 0, 1] = np.inf
    with pytest.raises(InvalidValueError, match=rf"^X\[{number}, 0, 1\] must be finite"):
        ns.compile([layered(2, 3, 1) for _ in range(5)]).feedforward(X)


def test_one_matrix_for_networks_with_different_inputs_is_refused():
    population = ns.compile([layered(2, 1), layered(3, 1)])
    with pytest.raises(InvalidValueError) as refusal:
        population.feedforward(X2)
    assert str(refusal.value) == (
        "X must be a list with a matrix for each network, since networks[0] has 2 inputs and "
        "networks[1] has 3"
    )
