"""Tiny networks as code of their own: the same as by the reference engine, sooner."""

import itertools
import signal
import threading

import numpy as np
import pytest

import neurosim as ns
from neurosim.activations import ALL
from neurosim.costs import BinaryCrossEntropy, SquaredError
from neurosim.engines.compiled import engine as engine_module
from neurosim.engines.compiled import written
from neurosim.errors import DivergenceError, TrainingInterrupted
from neurosim.training import compiled, hooks

TOLERANCE = {"float64": 1e-12, "float32": 1e-5}
DIFFERENTIABLE = [one.name for one in ALL if one.is_differentiable and one.name != "softmax"]
dtypes = pytest.mark.parametrize("dtype", ["float32", "float64"])


@pytest.fixture
def taken(monkeypatch):
    """Count the trainings that run as code of their own."""
    kernels, take = [], engine_module.way_of_code

    def way_of_code(kernel, dtype):
        kernels.append(kernel)
        return take(kernel, dtype)

    monkeypatch.setattr(engine_module, "way_of_code", way_of_code)
    return kernels


@pytest.fixture
def at_once(monkeypatch):
    """Short trainings count as long ones."""
    monkeypatch.setattr(written, "LEAST_STEPS", 1)


def random_net(seed, activations, *, dtype="float64", outputs=None, bias=True):
    """A random acyclic network: outputs may feed others, some neurons may hear nothing."""
    rng = np.random.default_rng(seed)
    net = ns.Network(dtype=dtype)
    neurons = [net.add_neuron(role="input") for _ in range(rng.integers(1, 4))]
    roles = [*["hidden"] * rng.integers(1, 5), *["output"] * rng.integers(1, 4)]
    for role in [*rng.permutation(roles[:-1]), "output"]:
        choices = outputs if outputs and role == "output" else activations
        neuron = net.add_neuron(
            role=str(role), activation=str(rng.choice(choices)),
            bias=0.0 if bias and rng.random() < 0.8 else None,
        )  # fmt: skip
        for other in neurons:
            if rng.random() < 0.6 and len(net.synapses) < written.MOST_SYNAPSES:
                net.connect(other, neuron)
        neurons.append(neuron)
    if len(net.synapses) == 0:
        net.connect(neurons[0], neurons[-1])
    net.initialize(ns.initializers.Normal(0, 0.7), biases=ns.initializers.Normal(0, 0.3), seed=seed)
    return net


def examples_for(net, n, seed=0, *, probabilities=False):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, len(net.inputs)))
    shape = n, len(net.outputs)
    return X, rng.uniform(size=shape) if probabilities else 0.5 * rng.normal(size=shape)


def assert_same_as_reference(net, X, y, **arguments):
    judge = net.copy()
    expected = ns.train(ns.compile(judge, engine="reference"), X, y, seed=2, **arguments)
    actual = ns.train(ns.compile(net, engine="numba"), X, y, seed=2, **arguments)
    tolerance = TOLERANCE[str(net.dtype)]
    for one, other in ((net.parameters, judge.parameters), (actual["cost"], expected["cost"])):
        largest = max(1.0, np.abs(other).max())
        np.testing.assert_allclose(one, other, rtol=0, atol=tolerance * largest)


BATCHES = {"4": (4, None), "5": (5, None), "100": (100, None), "last smaller": (23, 5),
           "wide": (44, 20), "incremental": (9, 1)}  # fmt: skip


@dtypes
@pytest.mark.parametrize("batches", BATCHES)
@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_any_small_graph_learns_as_by_the_reference_engine(
    dtype, batches, reduction, taken, at_once
):
    n, size = BATCHES[batches]
    for seed in range(8):
        net = random_net(seed, DIFFERENTIABLE, dtype=dtype, bias=seed % 2 == 0)
        X, y = examples_for(net, n, seed)
        assert_same_as_reference(
            net, X, y, cost=SquaredError(reduction=reduction), batch_size=size, epochs=4,
            rule=ns.GradientDescent(0.02), shuffle=seed % 3 > 0,
        )  # fmt: skip
        assert len(taken) == seed + 1


@dtypes
@pytest.mark.parametrize("activation", DIFFERENTIABLE)
@pytest.mark.parametrize("batch_size", [None, 1])
def test_every_activation_learns_as_by_the_reference_engine(
    dtype, activation, batch_size, taken, at_once
):
    net = ns.topologies.layered([2, 3, 1], activation=activation, dtype=dtype)
    net.initialize(ns.initializers.Normal(), seed=3)
    X, y = examples_for(net, 12)
    rule = ns.GradientDescent(0.02)
    assert_same_as_reference(net, 2 * X, y, rule=rule, batch_size=batch_size, epochs=5)
    assert len(taken) == 1


@dtypes
@pytest.mark.parametrize("batch_size", [None, 7, 1])
def test_cross_entropy_is_taken_from_the_net_input(dtype, batch_size, taken, at_once):
    for seed in range(4):
        net = random_net(seed, DIFFERENTIABLE, dtype=dtype, outputs=["sigmoid"])
        X, y = examples_for(net, 20, probabilities=True)
        assert_same_as_reference(
            net, X, y, cost=BinaryCrossEntropy(reduction="sum"), batch_size=batch_size, epochs=4,
            rule=ns.GradientDescent(0.05),
        )  # fmt: skip
    assert len(taken) == 4


@pytest.mark.parametrize("activation", ["identity", "threshold"])
def test_the_delta_rule_takes_the_error_on_the_net_input(activation, taken, at_once):
    net = ns.topologies.layered([3, 2], activation=activation)
    X, y = examples_for(net, 10)
    assert_same_as_reference(net, X, np.sign(y), rule=ns.DeltaRule(0.1), batch_size=1, epochs=4)
    assert len(taken) == 1


@pytest.mark.parametrize("by", ["step", "epoch"])
def test_each_step_has_its_learning_rate(by, taken, at_once):
    net = random_net(1, ["tanh"])
    X, y = examples_for(net, 20)
    rule = ns.GradientDescent(ns.schedules.Cosine(0.3, 12, by=by))
    assert_same_as_reference(net, X, y, rule=rule, batch_size=7, epochs=4)
    assert len(taken) == 1


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("batch_size", [None, 7, 1])
def test_momentum_keeps_a_velocity(nesterov, batch_size, taken, at_once):
    rate, momentum = ns.schedules.Cosine(0.05, 12), ns.schedules.Cosine(0.9, 9, by="step")
    rule = ns.GradientDescent(rate, momentum=momentum, nesterov=nesterov)
    for seed in range(4):
        net = random_net(seed, ["tanh", "sigmoid"])
        X, y = examples_for(net, 20)
        assert_same_as_reference(net, X, y, rule=rule, batch_size=batch_size, epochs=6)
    assert len(taken) == 4


@dtypes
def test_a_long_training_is_the_same_as_by_the_reference_engine(dtype, taken):
    net = ns.topologies.layered([2, 2, 1], activation="sigmoid", dtype=dtype)
    net.initialize(ns.initializers.Normal(), seed=1)
    X, y = examples_for(net, 400)
    epochs = written.LEAST_STEPS // 50
    assert_same_as_reference(net, X, y, rule=ns.GradientDescent(0.1), epochs=epochs)
    assert len(taken) == 1


# -- when it is taken -------------------------------------------------------------------------


def count_taken(taken, net, n=4, **arguments):
    X, y = examples_for(net, n)
    before = len(taken)
    ns.train(ns.compile(net, engine="numba"), X, np.abs(y) % 1, seed=0, **arguments)
    return len(taken) - before


def tiny(sizes=(2, 3, 1), activation="sigmoid", **arguments):
    net = ns.topologies.layered(list(sizes), activation=activation, **arguments)
    net.initialize(ns.initializers.Normal(), seed=0)
    return net


def test_what_counts_is_how_many_groups_of_eight_examples_were_asked_for(taken):
    most = written.LEAST_STEPS
    assert count_taken(taken, tiny(), epochs=most - 1) == 0
    assert count_taken(taken, tiny(), epochs=most) == 1
    assert count_taken(taken, tiny(), n=100, epochs=most // 13) == 0
    assert count_taken(taken, tiny(), n=100, epochs=most // 13 + 1) == 1
    assert count_taken(taken, tiny(), n=100, epochs=most // 100 - 1, batch_size=1) == 0
    assert count_taken(taken, tiny(), n=100, epochs=most // 100, batch_size=1) == 1


LONG = {"epochs": 20, "batch_size": 1, "n": 10}


@pytest.mark.parametrize(
    "arguments",
    [
        {"callbacks": [lambda history: None]},
        {"stop_when": lambda history: False},
        {"validation": ([[0.0, 1.0]], [[0.5]])},
        {"metrics": [ns.metrics.r2]},
    ],
    ids=lambda arguments: next(iter(arguments)),
)
def test_where_each_epoch_is_heard_of_it_has_to_be_long_itself(arguments, taken, monkeypatch):
    monkeypatch.setattr(written, "LEAST_STEPS", 20)
    assert count_taken(taken, tiny(), **LONG) == 1
    assert count_taken(taken, tiny(), **{**LONG, **arguments}) == 0
    assert count_taken(taken, tiny(), **{**LONG, **arguments, "n": 20}) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        {"rule": ns.Adam()},
        {"cost": ns.AbsoluteError(reduction="sum")},
        {"penalty": ns.L2(0.1)},
        {"clip": ns.ClipNorm(1.0)},
        {"max_norm": 1.0},
        {"learning_rates": {"hidden": 0.5}},
        {"dropout": 0.1},
        {"input_noise": 0.1},
        {"sample_weights": np.arange(10)},
    ],
    ids=lambda arguments: " ".join(f"{k} {type(v).__name__}" for k, v in arguments.items()),
)
def test_all_else_goes_other_ways(arguments, taken, at_once):
    net = tiny()
    if "learning_rates" in arguments:
        arguments = {"learning_rates": {net.layers[1]: 0.5}}
    assert count_taken(taken, net, **{**LONG, **arguments}) == 0


@pytest.mark.parametrize("sizes", [(4, 6, 1), (50, 1)])
def test_larger_networks_go_other_ways(sizes, taken, at_once):
    n_synapses = len(tiny(sizes).synapses)
    assert count_taken(taken, tiny(sizes), epochs=2) == (n_synapses <= written.MOST_SYNAPSES)


def test_softmax_and_activations_of_ones_own_go_other_ways(taken, at_once):
    softmax = tiny((2, 2), activation="softmax")
    assert count_taken(taken, softmax, epochs=2) == 0
    own = ns.activations.register("written_own", np.sin, np.cos, overwrite=True)
    assert count_taken(taken, tiny(activation=own), epochs=2) == 0


# -- what else is promised --------------------------------------------------------------------


def test_the_same_call_gives_the_same_bits(taken, at_once, monkeypatch):
    results = []
    for seconds in (0.05, 1e-6):  # calls of a millisecond take other steps together
        monkeypatch.setattr(compiled, "CALL_SECONDS", seconds)
        net = tiny(dtype="float32")
        X, y = examples_for(net, 50)
        history = ns.train(net, X, y, seed=4, epochs=40, batch_size=7)
        results.append((net.parameters.tobytes(), tuple(history["cost"])))
    assert results[0] == results[1]
    assert len(taken) == 2


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("batch_size", [None, 7, 1])
def test_what_was_broken_off_goes_on_with_the_same_bits(
    *, tmp_path, batch_size, momentum, taken, at_once, monkeypatch
):
    monkeypatch.setattr(hooks, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(compiled, "CALL_SECONDS", 1e-6)

    class CrashError(Exception):
        pass

    class Crash(ns.callbacks.Callback):
        order = 2

        def on_pause(self, run):
            if next(pauses) == 3:
                raise CrashError

    X, y = examples_for(tiny(), 20)
    rule = ns.GradientDescent(0.1, momentum=momentum)
    arguments = {"seed": 1, "epochs": 30, "batch_size": batch_size, "rule": rule}
    whole, broken = tiny(), tiny()
    expected = ns.train(whole, X, y, **arguments)
    checkpoint = ns.callbacks.Checkpoint(tmp_path / "c", seconds=0)
    for _ in range(2):
        pauses = itertools.count()
        with pytest.raises(CrashError):
            ns.train(broken, X, y, callbacks=[checkpoint, Crash()], **arguments)
        broken = tiny()
    history = ns.train(broken, X, y, callbacks=[checkpoint], **arguments)
    np.testing.assert_array_equal(broken.parameters, whole.parameters)
    assert dict(history) == dict(expected)
    assert len(taken) == 4


def single(weight=1.0, activation="identity"):
    """A single weight, without a bias."""
    net = ns.Network()
    x = net.add_neuron("x", role="input")
    y = net.add_neuron("y", activation=activation, bias=None, role="output")
    net.connect(x, y, weight=weight)
    return net


def test_a_cost_that_is_no_number_ends_it_as_by_other_ways(taken, at_once):
    # x = 1, t = 0: E = ½ w² and w ← w − η w, which is 1, −1e100, 1e200, and then E overflows.
    net = single()
    with pytest.raises(DivergenceError, match="in epoch 2: the cost became inf") as divergence:
        ns.train(net, [[1.0]], [0.0], cost=SquaredError(), rule=ns.GradientDescent(1e100))
    assert net.synapses[0].weight == pytest.approx(-1e100)
    np.testing.assert_allclose(divergence.value.history["cost"], [0.5, 0.5e200])
    assert len(taken) == 1


def test_a_parameter_that_is_no_number_ends_it_as_by_other_ways(taken, at_once):
    # (σ(0) − 0) ¼ 1000 = 125, and 125 times 1e308 is no number, while the cost was ½ 0.5².
    net = single(0.0, "sigmoid")
    rule = ns.GradientDescent(1e308)
    with pytest.raises(DivergenceError, match="in epoch 0: a parameter is not finite"):
        ns.train(net, [[1000.0]], [0.0], cost=SquaredError(reduction="sum"), rule=rule, epochs=1)
    assert net.synapses[0].weight == 0.0
    assert len(taken) == 1


def test_the_steps_of_a_half_done_epoch_are_undone(taken, at_once):
    net = single()
    rule = ns.GradientDescent(1e200)
    with pytest.raises(DivergenceError):
        ns.train(net, [[1.0]] * 2, [0.0] * 2, cost=SquaredError(), rule=rule, batch_size=1)
    assert net.synapses[0].weight == 1.0
    assert len(taken) == 1


def test_a_cost_that_was_no_number_before_the_first_step_is_told_so(taken, at_once):
    with pytest.raises(DivergenceError, match="it was so before the first step"):
        ns.train(single(0.75), [[1e200]], [0.0], cost=SquaredError(reduction="sum"))
    assert len(taken) == 1


def test_ctrl_c_is_heard_in_between(taken):
    net = tiny()
    X, y = examples_for(net, 4)
    threading.Timer(0.2, lambda: signal.raise_signal(signal.SIGINT)).start()
    with pytest.raises(TrainingInterrupted) as interruption:
        ns.train(net, X, y, epochs=10**9)
    assert 0 < interruption.value.history.epochs < 10**9
    assert np.isfinite(net.parameters).all()
    assert len(taken) == 1


def test_a_population_learns_as_its_networks_would_alone(taken, at_once):
    nets = [tiny(sizes) for sizes in ((2, 3, 1), (2, 1), (2, 2, 2, 1), (2, 3, 1))]
    X, y = examples_for(nets[0], 10)
    alone = [net.copy() for net in nets]
    ns.train(ns.compile(nets, engine="numba"), X, y, epochs=20, batch_size=3, seed=1)
    for net, other in zip(nets, alone, strict=True):
        ns.train(other, X, y, epochs=20, batch_size=3, seed=1)
        np.testing.assert_array_equal(net.parameters, other.parameters)
    assert len(taken) == 8


def test_equal_structures_are_compiled_once(taken, at_once):
    for _ in range(2):
        count_taken(taken, tiny((2, 4, 1)), epochs=2)
    count_taken(taken, tiny((2, 4, 1), dtype="float32"), epochs=2)
    first, second, third = (kernel.code for kernel in taken)
    assert first is second
    assert first is not third


def test_code_that_was_not_used_for_long_is_forgotten(monkeypatch):
    made = []
    monkeypatch.setattr(written, "training_code", lambda recipe: recipe)
    monkeypatch.setattr(written, "MachineCode", lambda recipe, _: made.append(recipe) or object())
    cache = written._Compiled()
    for recipe in [*range(written._KEPT), 0, "new", 0, 1]:
        cache.code(recipe)
    assert made == [*range(written._KEPT), "new", 1]


@dtypes
@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_functions_by_short_chains_are_exact(dtype, activation, taken, at_once):
    exact = {"sigmoid": lambda x: 1 / (1 + np.exp(-x)), "tanh": np.tanh}[activation]
    net = single(1.0, activation).copy(dtype=dtype)
    rule = ns.GradientDescent(1e-30)
    points = np.concatenate([np.linspace(-30, 30, 41), [-1e-4, 1e-3, 0.3, 0.6, -0.9]])
    for x in points.astype(dtype):
        # The first step leaves f(x) in the cost: ½ (f(x) − 0)².
        net.synapses.weight = 1.0
        history = ns.train(net, [[x]], [0.0], cost=SquaredError(), rule=rule, epochs=1)
        # A processor that rounds a product before it adds may be off as if x had been rounded.
        limit = float(4 * np.finfo(dtype).eps * max(1, abs(x) / 4))
        expected = abs(exact(np.float64(x)))
        assert np.sqrt(2 * history["cost"][0]) == pytest.approx(expected, rel=limit)
    assert len(taken) == len(points)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
@pytest.mark.parametrize("x", [1e30, -1e30])
def test_functions_by_short_chains_do_not_overflow(activation, x, taken, at_once):
    net = single(1.0, activation).copy(dtype="float32")
    history = ns.train(net, [[x]], [0.0], cost=SquaredError(reduction="sum"), epochs=1)
    expected = 0.0 if activation == "sigmoid" and x < 0 else 0.5
    assert history["cost"] == [pytest.approx(expected, abs=1e-70)]
    assert len(taken) == 1
