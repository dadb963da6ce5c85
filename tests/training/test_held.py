"""What is held keeps its bits and counts for nothing, whatever else is asked for of a training."""

import warnings
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import neurosim as ns
from neurosim.engines import ENGINES
from neurosim.engines.compiled.choice import LAYERS, ONE_BY_ONE, WALK, Choice
from neurosim.engines.compiled.ways import way_of
from neurosim.training.rules import RULES, WholeBatchRule
from tests.strategies import problems


class Normalised(ns.Rule):
    """A rule of the user's own, which looks at the norm of all that it is given."""

    def init(self, parameters):
        return {"mean": np.zeros_like(parameters)}

    def update(self, parameters, gradient, memory):
        memory["mean"] += 0.1 * (gradient - memory["mean"])
        norm = np.linalg.norm(memory["mean"]) + np.linalg.norm(parameters)
        parameters -= 0.01 * memory["mean"] / max(norm, 1e-3)

    def __repr__(self):
        return "Normalised()"


DESCENDING = (
    ns.GradientDescent(0.01),
    ns.GradientDescent(ns.schedules.Exponential(0.02, 0.9), momentum=0.8),
    ns.GradientDescent(0.01, momentum=0.5, nesterov=True),
    ns.Adagrad(0.01),
    ns.RMSProp(0.01),
    ns.RMSProp(0.01, momentum=0.5, centered=True),
    ns.Adam(0.01),
    ns.AdamW(0.01, weight_decay=0.1, biases=True),
    ns.AdamW(ns.schedules.Exponential(0.02, 0.9), weight_decay=0.1),
    ns.Rprop(0.01),
    Normalised(),
)
WHOLE = tuple(
    rule() for rule in RULES if issubclass(rule, WholeBatchRule) and rule != ns.LevenbergMarquardt
)
# How the numba engine takes the steps; None is as it chooses.
WAYS = (None, Choice(LAYERS, 1, 1, 0.0), Choice(LAYERS, 1, 2, 0.0), Choice(WALK, 8, 1, 0.0),
        Choice(WALK, 16, 2, 0.0), Choice(ONE_BY_ONE, 1, 1, 0.0))  # fmt: skip


@st.composite
def arguments(draw):
    """All that may shape a step, in any combination that a rule can have."""
    is_whole = draw(st.integers(0, 4)) == 0
    chosen = {
        "rule": draw(st.sampled_from(WHOLE if is_whole else DESCENDING)),
        "penalty": draw(
            st.sampled_from(
                ((), ns.L2(0.1, biases=True), [ns.L1(0.05), ns.L2(0.05)], ns.L1(0.1, biases=True))
            )
        ),
        "epochs": draw(st.integers(1, 3)),
        "seed": draw(st.integers(0, 99)),
    }
    if not is_whole:
        chosen |= {
            "clip": draw(
                st.sampled_from(
                    ((), ns.ClipNorm(0.5), ns.ClipValue(0.2), [ns.ClipNorm(1.0), ns.ClipValue(0.3)])
                )
            ),
            "max_norm": draw(st.sampled_from((None, 0.5, 1.5))),
            "batch_size": draw(st.sampled_from((None, 1, 2))),
            "dropout": draw(st.booleans()),
        }
    return chosen


def with_inputs_that_are_held(net, wild, idle):
    """Add an input of weights `wild`, and one of weights `idle`, to a copy; return all those."""
    net = net.copy()
    hearing = [neuron for neuron in net.neurons if neuron.role != "input"]
    held = []
    for name, weight in (("wild", wild), ("idle", idle)):
        added = net.add_neuron(name, role="input")
        held += [net.connect(added, neuron, weight=weight) for neuron in hearing]
    return net, held


def slot_of(synapse):
    """Return the place of a synapse's weight in the parameters."""
    return int(synapse.network._columns.slot[synapse._row()])


def can_be(choice, form, batch_size):
    """Return whether steps can be taken in a way."""
    if choice.way == LAYERS:
        return form.sheet is not None
    return choice.way != ONE_BY_ONE or batch_size == 1


def trained(net, held, X, targets, *, engine, choice, **others):
    """Return the parameters that are free, those that are held, and the costs."""
    hidden = [neuron for neuron in net.neurons if neuron.role == "hidden"]
    others["dropout"] = dict.fromkeys(hidden, 0.3) if others.pop("dropout", False) else None
    program = ns.compile(net, engine=engine)
    form = getattr(program.runner, "form", None)
    if choice is not None and form is not None and can_be(choice, form, others.get("batch_size")):
        program.runner.training_way = lambda batch, alone=False: way_of(choice, form, batch)
    is_held = np.zeros(len(net.parameters), bool)
    is_held[[slot_of(synapse) for synapse in held]] = True
    history = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ns.errors.NeurosimWarning)
            history = ns.train(
                program, X, targets, learning_rates=[(synapse, 0) for synapse in held], **others
            )
    except ns.errors.DivergenceError as error:
        history = error.history
    return net.parameters[~is_held], net.parameters[is_held], np.array(history["cost"])


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(
    problems(min_examples=2),
    arguments(),
    st.sampled_from([*((engine, None) for engine in ENGINES), *product(["numba"], WAYS)]),
    st.data(),
)
def test_a_training_is_the_same_whatever_the_gradients_and_the_weights_are_that_are_held(
    problem, others, how, data
):
    """The held weights are −0 with inputs of 10³⁰⁸, and of 10¹⁰⁰ with inputs that are 0."""
    engine, choice = how
    n = len(problem.X)
    if others["rule"] in DESCENDING and data.draw(st.booleans()):
        weights = data.draw(
            st.lists(st.sampled_from((0.0, 0.5, 1.0, 3.0)), min_size=n, max_size=n).filter(any)
        )
        others = {**others, "sample_weights": weights}
    signs = np.where(np.arange(n) % 2, 1.7e308, -1.7e308)[:, None]
    nothing = np.zeros((n, 1))
    results = []
    for wild, idle, column in ((-0.0, 1e100, signs), (0.0, 0.0, nothing)):
        net, held = with_inputs_that_are_held(problem.net, wild, idle)
        X = np.hstack([problem.X, column, nothing])
        results.append(
            trained(net, held, X, problem.targets, engine=engine, choice=choice,
                    cost=problem.cost, **others)
        )  # fmt: skip
    (free, kept, costs), (expected, still, expected_costs) = results
    assert np.sort(kept.view(np.uint64)).tolist() == sorted(
        np.repeat([-0.0, 1e100], len(kept) // 2).view(np.uint64).tolist()
    )
    assert still.view(np.uint64).tolist() == [0] * len(still)
    np.testing.assert_array_equal(free, expected)
    np.testing.assert_array_equal(costs, expected_costs)


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(
    problems(dtype="float32"), arguments(), st.sampled_from(ENGINES), st.integers(0, 2**32 - 1)
)
def test_any_parameters_that_are_held_keep_their_bits(problem, others, engine, seed):
    net, rng, others = problem.net, np.random.default_rng(seed), dict(others)
    hidden = [neuron for neuron in net.neurons if neuron.role == "hidden"]
    others["dropout"] = dict.fromkeys(hidden, 0.3) if others.pop("dropout", False) else None
    program = ns.compile(net, engine=engine)
    neurons = [neuron for neuron in net.neurons if neuron.role != "input" and rng.random() < 0.3]
    chosen = [synapse for synapse in net.synapses if rng.random() < 0.5]
    odd = np.array([-0.0, 1e-45, -1e-40, 0.0], np.float32)
    for synapse in chosen[::2]:
        synapse.weight = float(rng.choice(odd))
    rates = [(one, 0) for one in (*neurons, *chosen)]
    held = set(map(slot_of, chosen))
    for neuron in neurons:
        held |= set(map(slot_of, neuron.incoming))
        held |= {net._columns.bias_slot[neuron._id]} - {-1}
    held, before = sorted(held), net.parameters.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ns.errors.NeurosimWarning)
        try:
            ns.train(program, problem.X, problem.targets, cost=problem.cost,
                     learning_rates=rates, **others)  # fmt: skip
        except ns.errors.DivergenceError:
            return
    assert net.parameters[held].tobytes() == before[held].tobytes()


# -- what has a way of its own -------------------------------------------------------------


def small(weight=-0.0, activation="tanh", outputs="identity"):
    """Three inputs, the first of them wild; its weights are held."""
    net = ns.topologies.layered([3, 4, 2], activation=[activation, outputs])
    net.initialize(ns.initializers.Normal(), biases=ns.initializers.Normal(), seed=1)
    held = [synapse for synapse in net.synapses if synapse.pre is net.inputs[0]]
    for synapse in held:
        synapse.weight = weight
    return net, held


RNG = np.random.default_rng(0)
X = np.hstack([np.where(np.arange(8) % 2, 1e300, -1e300)[:, None], RNG.normal(size=(8, 2))])
TAME = X * [0, 1, 1]
Y = RNG.normal(size=(8, 2))


def compared(engine="numba", **others):
    """Assert that a training does not see what is held; return its parameters."""
    results = []
    for inputs in (X, TAME):
        net, held = small()
        results.append(
            trained(net, held, inputs, Y, engine=engine, choice=None,
                    cost=ns.SquaredError(reduction="mean"), **others)
        )  # fmt: skip
    for ours, theirs in zip(*results, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert np.signbit(results[0][1]).all()
    return results[0][0]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("penalty", [(), ns.L2(0.01, biases=True)])
def test_levenberg_marquardt_solves_for_what_is_free(engine, penalty):
    compared(engine, rule=ns.LevenbergMarquardt(), penalty=penalty, epochs=5)


def test_levenberg_marquardt_needs_memory_for_what_is_free_only():
    net, held = small()  # 20 weights and 6 biases, of which 4 are held
    rule = ns.LevenbergMarquardt(most_bytes=2 * 8 * 22**2)
    rates = dict.fromkeys(held, 0)
    ns.train(net, TAME, Y, rule=rule, epochs=1, learning_rates=rates)
    with pytest.raises(ns.errors.StructureError, match="two matrices of 26 × 26 parameters"):
        ns.train(net, TAME, Y, rule=rule, epochs=1)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("batch_size", [None, 3])
def test_a_tiny_network_as_code_leaves_out_what_is_held(momentum, batch_size):
    rule = ns.GradientDescent(1e-4, momentum=momentum)
    arguments = {"rule": rule, "batch_size": batch_size, "epochs": 60_000, "seed": 0}
    as_code = compared(**arguments)
    by_kernels = compared(**arguments, clip=ns.ClipValue(1e300))  # for which no code is written
    np.testing.assert_allclose(as_code, by_kernels, rtol=1e-9)
    net, held = small()
    program = ns.compile(net, engine="numba")
    ns.train(program, TAME, Y, learning_rates=dict.fromkeys(held, 0), **arguments)
    assert program.runner._written is not None


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("pocket", [False, True])
def test_the_perceptron_rule_holds(engine, pocket):
    rng = np.random.default_rng(3)
    X = np.hstack([np.full((10, 1), 1e308), rng.normal(size=(10, 2))])
    targets = np.where(rng.random(10) < 0.5, -1.0, 1.0)
    results = []
    for inputs in (X, X * [0, 1, 1]):
        net = ns.topologies.layered([3, 1], activation="threshold")
        first = net.synapses[0]
        first.weight = -0.0
        program = ns.compile(net, engine=engine)
        ns.train(program, inputs, targets, rule=ns.PerceptronRule(pocket=pocket), epochs=5,
                 learning_rates={first: 0}, seed=0)  # fmt: skip
        assert np.signbit(first.weight)
        results.append(net.parameters)
    np.testing.assert_array_equal(results[0][1:], results[1][1:])
    assert results[0][1:].any()


@pytest.mark.parametrize("engine", ENGINES)
def test_the_delta_rule_holds(engine):
    X = np.array([[1e308, 1.0], [1e308, 2.0]])
    net = ns.topologies.layered([2, 1], activation="identity")
    ns.compile(net)
    ns.train(
        ns.compile(net, engine=engine), X, [1.0, 2.0], rule=ns.DeltaRule(0.1), epochs=2000,
        cost=ns.SquaredError(reduction="sum"), learning_rates={net.synapses[0]: 0},
    )  # fmt: skip
    assert net.synapses.weight[0] == 0
    assert net.synapses.weight[1] == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("rule", [*DESCENDING[:-1], ns.LBFGS(), ns.LevenbergMarquardt()])
def test_a_training_that_holds_everything_records_the_cost_and_moves_nothing(engine, rule):
    net, _ = small()
    before = net.parameters.tobytes() if ns.compile(net) else b""
    history = ns.train(
        ns.compile(net, engine=engine), X, Y, rule=rule, epochs=2,
        cost=ns.SquaredError(reduction="mean"),
        learning_rates={neuron: 0 for neuron in net.neurons if neuron.role != "input"},
    )  # fmt: skip
    assert net.parameters.tobytes() == before
    assert np.isfinite(history["cost"]).all()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("rule", [ns.Adam(0.01), ns.Rprop(0.01), Normalised()])
def test_a_training_that_holds_is_taken_up_again_where_it_was(engine, rule, tmp_path):
    def trained(epochs, callbacks=()):
        ns.train(ns.compile(net, engine=engine), X, Y, rule=rule, batch_size=3, seed=0,
                 cost=ns.SquaredError(reduction="mean"), epochs=epochs, callbacks=callbacks,
                 learning_rates=rates, clip=ns.ClipNorm(0.5), max_norm=1.0)  # fmt: skip

    net, held = small()
    rates = [("hidden", 0.5), *((synapse, 0) for synapse in held)]
    trained(6)
    expected = net.parameters.copy()
    path = tmp_path / "half.checkpoint"
    net, held = small()
    rates = [("hidden", 0.5), *((synapse, 0) for synapse in held)]

    def stop(history):
        if history.epochs == 3:
            raise KeyboardInterrupt

    with pytest.raises(ns.errors.TrainingInterrupted):
        trained(6, [ns.callbacks.Checkpoint(path), stop])
    net, held = small()
    rates = [("hidden", 0.5), *((synapse, 0) for synapse in held)]
    trained(6, [ns.callbacks.Checkpoint(path), lambda history: None])
    np.testing.assert_array_equal(net.parameters, expected)


@pytest.mark.parametrize("engine", ENGINES)
def test_streams_and_populations_hold(engine):
    alone = compared(engine, rule=ns.Adam(0.01), epochs=2, shuffle=False, batch_size=4)
    nets = [small()[0] for _ in range(2)]
    net, synapses = small()
    rates = [(synapse, 0) for synapse in synapses]
    ns.train(ns.compile(net, engine=engine), [(X[:4], Y[:4]), (X[4:], Y[4:])], rule=ns.Adam(0.01),
             cost=ns.SquaredError(reduction="mean"), epochs=2, learning_rates=rates)  # fmt: skip
    is_held = net.parameters == 0
    assert np.signbit(net.parameters[is_held]).all()
    np.testing.assert_array_equal(net.parameters[~is_held], alone)
    program = ns.compile(nets, engine=engine)
    ns.train(program, X, Y, rule=ns.Adam(0.01), cost=ns.SquaredError(reduction="mean"), epochs=2,
             shuffle=False, batch_size=4, learning_rates={"hidden": 0})  # fmt: skip
    for one in nets:
        fresh = small()[0]
        held, before = one.weights("input", "hidden"), fresh.weights("input", "hidden")
        assert held.tobytes() == before.tobytes()
        assert (one.weights("hidden", "output") != fresh.weights("hidden", "output")).all()
