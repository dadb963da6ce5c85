"""Dropout and noise on inputs in training: by hand, alike on every engine, and nowhere else."""

import numpy as np
import pytest

import neurosim as ns
from neurosim.engines import ENGINES
from neurosim.engines.compiled.choice import LAYERS, ONE_BY_ONE, WALK, Choice
from neurosim.engines.compiled.ways import way_of
from neurosim.errors import InvalidTypeError, InvalidValueError, UnknownNameError

SUM = ns.SquaredError(reduction="sum")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 5))
Y = RNG.normal(size=(12, 4))
NOISE = {"dropout": 0.4, "input_noise": 0.3}

every_engine = pytest.mark.parametrize("engine", ENGINES)


def make(kind="layers", dtype="float64", name="net"):
    """Dense layers, two of them with a softmax layer inside, or an irregular network."""
    if kind == "dag":
        net = ns.topologies.random_dag(
            30, n_inputs=5, n_outputs=4, in_degree=4, activation="tanh", seed=1, dtype=dtype
        )
    else:
        hidden = {"layers": ["tanh", "sine"], "softmax": ["sigmoid", "softmax"]}[kind]
        net = ns.topologies.layered([5, 18, 10, 4], activation=[*hidden, "sigmoid"], dtype=dtype)
    net.initialize(ns.initializers.Normal(), seed=2)
    return net


def partly(net):
    """Noise on some neurons of each kind."""
    hidden = [neuron for neuron in net.neurons if neuron.role == "hidden"]
    rates = dict.fromkeys(hidden[::2], 0.3) | {net.inputs[1]: 0.5}
    return {"dropout": rates, "input_noise": {net.inputs[0]: 0.5, net.inputs[1]: 0.1}}


def trained(net, *data, engine="auto", choice=None, epochs=3, seed=5, **arguments):
    """The parameters and the costs that a training leaves."""
    program = ns.compile(net, engine=engine)
    if choice is not None:
        form = program.runner.form
        program.runner.training_way = lambda batch, alone=False: way_of(choice, form, batch)
    data = data or (X, Y)
    arguments = {"rule": ns.GradientDescent(0.05), "cost": SUM, **arguments}
    history = ns.train(program, *data, epochs=epochs, seed=seed, **arguments)
    return np.append(net.parameters, history["cost"])


def assert_close(ours, theirs, tolerance=1e-12):
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


# -- what it does --------------------------------------------------------------------------


def chain(weight=3.0):
    """x → h → y, all linear and without biases, so that y = 3·5·x."""
    net = ns.Network("chain")
    x = net.add_neuron("x", role="input")
    h = net.add_neuron("h", activation="identity", bias=None)
    y = net.add_neuron("y", activation="identity", bias=None, role="output")
    net.connect(x, h, weight=weight)
    net.connect(h, y, weight=5.0)
    return net


@every_engine
def test_a_step_by_hand(engine):
    seen = set()
    for seed in range(12):
        net = chain()
        history = ns.train(
            ns.compile(net, engine=engine), [[2.0]], [10.0], dropout=0.5, seed=seed, epochs=1,
            rule=ns.GradientDescent(0.001), cost=SUM,
        )  # fmt: skip
        weights = (net.synapse(net["x"], net["h"]).weight, net.synapse(net["h"], net["y"]).weight)
        seen.add((*history["cost"], *np.round(weights, 12).tolist()))
    # Dropped, y = 0, E = ½ 10², and there is nothing to learn from. Otherwise h hands on
    # 2·6 = 12, so y = 60, E = ½ 50², δ = 50; ∂E/∂w₂ = 50·12, ∂E/∂w₁ = 2·50·5·2.
    assert seen == {(50.0, 3.0, 5.0), (1250.0, 3.0 - 1.0, 5.0 - 0.6)}


@every_engine
def test_a_dropped_input_teaches_nothing_to_its_synapses(engine):
    net = ns.topologies.layered([2, 1], activation="identity")
    program = ns.compile(net, engine=engine)
    rule = ns.GradientDescent(0.1)
    ns.train(program, [[1.0, 1.0]], [1.0], rule=rule, epochs=1, dropout={net.inputs[0]: 0.999})
    assert net.synapses.weight.tolist() == [0.0, 0.1]


@every_engine
def test_noise_moves_the_inputs_that_it_is_for(engine):
    net = ns.topologies.layered([2, 1], activation="identity")
    program = ns.compile(net, engine=engine)
    cost, rule = SUM, ns.GradientDescent(1.0)
    noise = {net.inputs[1]: 0.5}
    ns.train(program, np.zeros((400, 2)), -np.ones(400), rule=rule, cost=cost, epochs=1,
             input_noise=noise, seed=0)  # fmt: skip
    # o = 0 and δ = 1, so that the step is minus the sum of the inputs.
    still, moved = net.synapses.weight.tolist()
    assert still == 0.0
    assert 0 < abs(moved) < 4 * 0.5 * np.sqrt(400)


def test_noise_on_inputs_is_a_penalty_of_weights():
    # Bishop: for a linear neuron, ½ σ² Σ w² is added to the squared error on average, so that
    # w = 1 / (1 + σ²) of inputs with mean square 1.
    net = ns.topologies.layered([1, 1], activation="identity")
    x = np.repeat([-1.0, 1.0], 2000)
    ns.train(net, x[:, None], x, rule=ns.GradientDescent(0.1), epochs=300, input_noise=1.0, seed=0)
    assert net.synapses[0].weight == pytest.approx(0.5, abs=0.02)


@every_engine
def test_nothing_is_dropped_where_the_network_is_only_used(engine):
    net = make()
    program = ns.compile(net, engine=engine)
    history = ns.train(
        program, X, Y, cost=SUM, epochs=2, validation=(X, Y), seed=0, **NOISE
    )
    outputs = program.feedforward(X)
    assert history["val_cost"][-1] == pytest.approx(SUM.value(outputs, Y))
    np.testing.assert_array_equal(program.trace(X).outputs, program.feedforward(X))


def test_of_rate_0_there_is_no_noise():
    plain = trained(make(), batch_size=5)
    zero = trained(make(), batch_size=5, dropout=0.0, input_noise={"input": 0})
    np.testing.assert_array_equal(zero, plain)


# -- the same bits, on every engine --------------------------------------------------------


def assert_engines_agree(kind, batch_size, dtype, tolerance):
    results = []
    for engine in ENGINES:
        net = make(kind, dtype)
        results.append(trained(net, engine=engine, batch_size=batch_size, **partly(net)))
    for result in results[1:]:
        assert_close(result, results[0], tolerance)


@pytest.mark.parametrize("batch_size", [None, 1, 5])
@pytest.mark.parametrize("kind", ["layers", "softmax", "dag"])
def test_engines_agree(kind, batch_size):
    assert_engines_agree(kind, batch_size, "float64", 1e-12)


def test_engines_agree_in_float32():
    assert_engines_agree("dag", 5, "float32", 1e-4)


@pytest.mark.parametrize(
    "choice",
    [
        Choice(LAYERS, 1, 1, 0.0),
        Choice(LAYERS, 1, 2, 0.0),
        Choice(WALK, 8, 1, 0.0),
        Choice(WALK, 8, 2, 0.0),
        Choice(WALK, 32, 1, 0.0),
        Choice(ONE_BY_ONE, 1, 1, 0.0),
    ],
    ids=lambda choice: f"{choice.way}-{choice.lanes}-{choice.n_threads}",
)
@pytest.mark.parametrize("kind", ["layers", "softmax"])
def test_all_ways_of_the_kernels_agree(kind, choice):
    batch_size = 1 if choice.way == ONE_BY_ONE else 11
    net, other = make(kind), make(kind)
    ours = trained(net, engine="numba", choice=choice, batch_size=batch_size, **partly(net))
    assert_close(ours, trained(other, engine="numpy", batch_size=batch_size, **partly(other)))


@every_engine
@pytest.mark.parametrize("kind", ["layers", "dag"])
def test_the_same_seed_gives_the_same_bits_and_another_others(engine, kind):
    results = [
        trained(make(kind), engine=engine, seed=seed, shuffle=False, **NOISE) for seed in (3, 3, 4)
    ]
    np.testing.assert_array_equal(results[0], results[1])
    assert (results[0][-3:] != results[2][-3:]).all()


@pytest.mark.parametrize("make_seed", [np.random.default_rng, np.random.RandomState])
def test_a_generator_goes_on_so_that_the_next_training_has_noise_of_its_own(make_seed):
    seed = make_seed(1)
    first, second = (trained(make(), seed=seed, shuffle=False, **NOISE) for _ in range(2))
    assert (first != second).any()
    np.testing.assert_array_equal(trained(make(), seed=make_seed(1), shuffle=False, **NOISE), first)


@pytest.mark.parametrize("batch_size", [None, 1, 5])
def test_epochs_one_by_one_are_those_of_one_call(batch_size):
    watched = trained(make(), batch_size=batch_size, callbacks=[lambda _: None], **NOISE)
    assert_close(watched, trained(make(), batch_size=batch_size, **NOISE), 0)


@every_engine
@pytest.mark.parametrize("batch_size", [None, 1, 4])
def test_a_stream_has_the_noise_of_the_array(engine, batch_size):
    arguments = {"engine": engine, "shuffle": False, **NOISE}
    chunks = [(X[i : i + 4], Y[i : i + 4]) for i in range(0, 12, 4)]
    streamed = trained(make(), chunks, batch_size=batch_size, **arguments)
    assert_close(streamed, trained(make(), batch_size=batch_size or 4, **arguments))


def test_a_rule_of_ones_own_has_the_noise_of_the_kernels():
    class Own(ns.Rule):
        def update(self, parameters, gradient, memory):
            parameters -= 0.05 * gradient

    for kind in ("layers", "dag"):
        own = trained(make(kind), engine="numba", rule=Own(), batch_size=5, **NOISE)
        assert_close(own, trained(make(kind), engine="numba", batch_size=5, **NOISE))


@every_engine
def test_each_network_of_a_population_has_the_noise_it_has_alone(engine):
    nets = [make() for _ in range(3)]
    alone = [trained(make(), engine=engine, batch_size=5, **NOISE)[:-3] for _ in nets]
    ns.train(
        ns.compile(nets, engine=engine), X, Y, batch_size=5, epochs=3, seed=5,
        rule=ns.GradientDescent(0.05), cost=SUM, **NOISE,
    )  # fmt: skip
    for net, expected in zip(nets, alone, strict=True):
        assert_close(net.parameters, expected)


def test_later_entries_win_and_names_are_taken():
    net = make()
    hidden = [layer for layer in net.layers if layer.role == "hidden"]
    single = trained(net, dropout={hidden[0].name: 0.9, hidden[1]: 0.4, hidden[0]: 0.4})
    assert_close(trained(make(), dropout=0.4), single, 0)


# -- refusals ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"dropout": 1.0}, InvalidValueError, "dropout must be >= 0 and < 1 (got 1)"),
        ({"dropout": -0.1}, InvalidValueError, "dropout must be >= 0 and < 1 (got -0.1)"),
        ({"dropout": float("nan")}, InvalidValueError, "dropout must be a finite number"),
        ({"dropout": True}, InvalidTypeError, "dropout must be a finite number"),
        ({"dropout": [0.5]}, InvalidTypeError, "dropout must be a number, or a dict"),
        ({"dropout": {"cat": 0.5}}, UnknownNameError, "dropout['cat']: "),
        ({"dropout": {3: 0.5}}, InvalidTypeError, "dropout[3]: expected a neuron or a layer"),
        ({"dropout": {"output": 0.5}}, InvalidValueError, "'output[0]' is an output neuron"),
        ({"input_noise": -1}, InvalidValueError, "input_noise must be >= 0 (got -1)"),
        ({"input_noise": "much"}, InvalidTypeError, "input_noise must be a number, or a dict"),
        ({"input_noise": {"output": 1}}, InvalidValueError, "'output[0]' is no input neuron"),
    ],
)  # fmt: skip
def test_noise_that_makes_no_sense_is_refused(arguments, error, message):
    net = ns.topologies.layered([5, 3, 4], activation="sigmoid")
    before = net.parameters.copy()
    with pytest.raises(error) as caught:
        ns.train(net, X, Y, **arguments)
    assert message in str(caught.value)
    np.testing.assert_array_equal(net.parameters, before)


def test_dropout_for_all_hidden_neurons_needs_one():
    with pytest.raises(InvalidValueError, match="network 'layered' has none; name input neurons"):
        ns.train(ns.topologies.layered([5, 4], activation="sigmoid"), X, Y, dropout=0.5)


@pytest.mark.parametrize("arguments", [{"dropout": {"input": 0.5}}, {"input_noise": 0.1}])
def test_the_perceptron_rule_has_no_use_for_noise(arguments):
    net = ns.topologies.layered([5, 4], activation="threshold")
    with pytest.raises(InvalidValueError, match=f"as they are .got {next(iter(arguments))}."):
        ns.train(net, X, np.sign(Y), rule=ns.PerceptronRule(), **arguments)
