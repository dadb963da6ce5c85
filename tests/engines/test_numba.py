"""The numba engine: what it compiles, what it leaves to numpy, and that it repeats itself."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import neurosim as ns
from neurosim.engines.compiled import engine as engine_module
from neurosim.engines.compiled.choice import Choice
from neurosim.engines.compiled.threads import on_threads
from tests.engines.test_engines_agree import assert_close, irregular_network
from tests.strategies import examples_for


@pytest.fixture
def own_activations():
    known = dict(ns.activations.base.KNOWN)
    yield ns.activations.register
    ns.activations.base.KNOWN.clear()
    ns.activations.base.KNOWN.update(known)


def trained(engine, net, X, y, **arguments):
    history = ns.train(ns.compile(net, engine=engine), X, y, **arguments)
    return history["cost"], net.parameters.copy()


def small_net(activation, dtype="float64"):
    net = ns.topologies.layered([3, 5, 2], activation=activation, dtype=dtype)
    net.initialize(ns.initializers.Normal(), biases=ns.initializers.Normal(), seed=3)
    return net


def test_auto_picks_it():
    assert ns.compile(small_net("tanh")).engine == "numba"


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("from_output", [False, True])
def test_an_activation_of_the_users_own_is_compiled(own_activations, dtype, from_output):
    derivative = {"derivative_from_output": lambda a: 1 - a * a} if from_output else {}
    own_activations(
        "own_tanh", lambda z: np.sinh(z) / np.cosh(z), lambda z: 1 / np.cosh(z) ** 2, **derivative
    )
    net, builtin = small_net("own_tanh", dtype), small_net("tanh", dtype)
    program = ns.compile(net)
    assert program.engine == "numba"
    X, y = examples_for(net, 11, 0), examples_for(net, 11, 1)[:, :2]
    tolerance = 1e-12 if dtype == "float64" else 1e-5
    assert_close(program.feedforward(X), ns.compile(builtin).feedforward(X), tolerance)
    for one, other in zip(
        trained("numba", net, X, y, epochs=20), trained("numpy", builtin, X, y, epochs=20),
        strict=True,
    ):  # fmt: skip
        assert_close(np.array(one), np.array(other), tolerance)


@pytest.mark.parametrize("engine", ["auto", "numba"])
def test_what_numba_cannot_compile_numpy_runs_and_explain_says_so(own_activations, engine):
    table = {"slope": 2.0}
    own_activations("by_table", lambda z: table["slope"] * z, lambda z: 0 * z + table["slope"])
    program = ns.compile(small_net("by_table"), engine=engine)
    assert program.engine == "numpy"
    assert "engine 'numpy', since Numba cannot compile activation 'by_table'" in program.explain()
    program.feedforward(np.ones((2, 3)))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("n_examples", [1, 2])
def test_examples_that_are_not_finite_are_refused_one_by_one_too(dtype, value, n_examples):
    X = np.zeros((n_examples, 3), dtype)
    X[0, 1] = value
    with pytest.raises(ns.errors.InvalidValueError, match=r"X\[0, 1\] must be finite"):
        ns.compile(small_net("tanh", dtype)).feedforward(X)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("batch_size", [None, 1, 7, 64])
@pytest.mark.parametrize(
    "rule", [ns.GradientDescent(0.1), ns.GradientDescent(0.05, momentum=0.9)], ids=repr
)
def test_training_goes_the_way_of_the_numpy_engine(dtype, batch_size, rule):
    nets = [irregular_network() for _ in range(2)]
    X = examples_for(nets[0], 75, 0)
    y = np.random.default_rng(2).normal(size=(75, 3))
    results = [
        trained(
            engine, net.copy(dtype=dtype), X, y, rule=rule, epochs=3, batch_size=batch_size, seed=5
        )
        for engine, net in zip(["numba", "numpy"], nets, strict=True)
    ]
    for one, other in zip(*results, strict=True):
        assert_close(np.array(one), np.array(other), 1e-11 if dtype == "float64" else 1e-4)


@pytest.mark.parametrize("cost", ns.costs.ALL, ids=repr)
@pytest.mark.parametrize("reduction", ns.costs.REDUCTIONS)
def test_every_cost_is_the_cost_of_the_numpy_engine(cost, reduction):
    softmax = isinstance(cost, ns.CategoricalCrossEntropy)
    cost = type(cost)(reduction=reduction)
    results = []
    for engine in ("numba", "numpy"):
        net = ns.Network("costs")
        inputs = net.add_layer(3, role="input")
        outputs = net.add_layer(4, activation="softmax" if softmax else "sigmoid", role="output")
        net.connect(inputs, outputs)
        net.initialize(ns.initializers.Normal(0, 2), seed=1)
        X = examples_for(net, 70, 0)
        y = np.eye(4)[np.arange(70) % 4]
        rule = ns.GradientDescent(0.01)
        results.append(trained(engine, net, X, y, cost=cost, epochs=5, rule=rule))
    for one, other in zip(*results, strict=True):
        assert_close(np.array(one), np.array(other), 1e-12)


def walk_on(n_threads, monkeypatch):
    """Have every training walk on so many threads."""
    walk = Choice("walk", 8, n_threads, 0.0)
    monkeypatch.setattr(engine_module, "choices", lambda *_, **__: [walk])


@pytest.mark.parametrize("n_threads", [1, 2, 3])
def test_as_many_threads_give_the_same_bits_again(n_threads, monkeypatch):
    walk_on(n_threads, monkeypatch)
    results = []
    for _ in range(3):
        net = irregular_network()
        X = examples_for(net, 300, 0)
        y = np.random.default_rng(2).normal(size=(300, 3))
        results.append(trained("numba", net, X, y, epochs=4, batch_size=250, seed=1))
    for cost, parameters in results[1:]:
        assert cost == results[0][0]
        np.testing.assert_array_equal(parameters, results[0][1])


def test_threads_of_two_trainings_at_once_do_not_wait_for_each_other(monkeypatch):
    walk_on(3, monkeypatch)
    alone, together = irregular_network(), [irregular_network() for _ in range(4)]
    X, y = examples_for(alone, 300, 0), np.zeros((300, 3))
    expected = trained("numba", alone, X, y, epochs=5)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda net: trained("numba", net, X, y, epochs=5), together))
    for cost, parameters in results:
        assert cost == expected[0]
        np.testing.assert_array_equal(parameters, expected[1])


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_a_thread_that_fails_is_heard_of_and_the_next_kernel_runs(failing):
    def fail(thread):
        if thread == failing:
            raise LookupError(f"in thread {thread}")

    for _ in range(2):
        with pytest.raises(LookupError, match=f"^in thread {failing}$"):
            on_threads(3, fail)
        seen = []
        on_threads(3, seen.append)
        assert sorted(seen) == [0, 1, 2]


def test_a_generator_is_left_as_after_the_epochs_that_were_run():
    X, y = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), [-1, -1, -1, 1]
    left = []
    for engine in ("numba", "numpy"):
        generator = np.random.default_rng(4)
        net = ns.topologies.layered([2, 1], activation="threshold")
        program = ns.compile(net, engine=engine)
        history = ns.train(program, X, y, rule=ns.PerceptronRule(), seed=generator)
        assert history["errors"][-1] == 0
        left.append((history["errors"], generator.random()))
    assert left[0] == left[1]


SCRIPT = """
import neurosim as ns
net = ns.topologies.layered([2, 3, 1], activation="sigmoid")
net.initialize(ns.initializers.Constant(1.0))
print(ns.compile(net, engine="numba").feedforward([[0.0, 0.0]])[0, 0].round(8))
"""


def test_without_a_place_for_the_cache_it_still_works(tmp_path):
    nowhere = tmp_path / "nowhere"
    nowhere.write_text("a file, not a folder")
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(nowhere / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout == "0.81757448\n", done.stderr


def test_without_numba_the_message_names_the_extra(tmp_path):
    (tmp_path / "numba.py").write_text("raise ModuleNotFoundError(\"No module\", name=\"numba\")")
    paths = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", ""), os.getcwd()])
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env={**os.environ, "PYTHONPATH": paths},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert 'engine="numba" needs Numba: pip install "neurosim[fast]"' in done.stderr


def test_importing_neurosim_does_not_import_numba():
    code = "import sys, neurosim; print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
