"""Penalties, clipping, norms and rates of their own: by hand, and alike on every engine."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import neurosim as ns
from neurosim.engines import ENGINES
from neurosim.errors import InvalidTypeError, InvalidValueError, UnknownNameError
from neurosim.training.rules import RULES, WholeBatchRule
from neurosim.training.shaping import Settings, shaping_of

DESCENDING = [
    rule
    for rule in RULES
    if rule not in (ns.PerceptronRule, ns.DeltaRule) and not issubclass(rule, WholeBatchRule)
]


HELD = "the weight"


def one_weight(weight=2.0, bias=1.0):
    """o = w·x + b of one neuron."""
    net = ns.Network("one")
    x = net.add_neuron("x", role="input")
    y = net.add_neuron("y", bias=bias, role="output")
    net.connect(x, y, weight=weight)
    return net


def stepped(engine, **arguments):
    """Weight and bias after one step from (2, 1) on x = 3, t = 8: o − t = −1."""
    net = one_weight()
    rule = ns.GradientDescent(0.1)
    if arguments.get("learning_rates") == HELD:
        arguments = {**arguments, "learning_rates": {net.synapses[0]: 0.0}}
    ns.train(ns.compile(net, engine=engine), [[3.0]], [8.0], rule=rule, epochs=1, **arguments)
    return [net.synapses[0].weight, net["y"].bias]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        # ∂E/∂w = −1·3 = −3, ∂E/∂b = −1, η = 0.1
        ({}, [2.3, 1.1]),
        # − 0.1 (−3 + 0.5·2); the bias is not penalised
        ({"penalty": ns.L2(0.5)}, [2.2, 1.1]),
        # − 0.1 (−1 + 0.5·1)
        ({"penalty": ns.L2(0.5, biases=True)}, [2.2, 1.05]),
        # − 0.1 (−3 + 0.5)
        ({"penalty": ns.L1(0.5)}, [2.25, 1.1]),
        ({"penalty": [ns.L1(0.5), ns.L2(0.5)]}, [2.15, 1.1]),
        ({"clip": ns.ClipValue(2.0)}, [2.2, 1.1]),
        # |(−3, −1)| = √10, shown to 1
        ({"clip": ns.ClipNorm(1.0)}, [2 + 0.3 / 10**0.5, 1 + 0.1 / 10**0.5]),
        ({"clip": ns.ClipNorm(100.0)}, [2.3, 1.1]),
        # the penalty is part of what is clipped: (−3 + 2, −1)
        ({"penalty": ns.L2(1.0), "clip": ns.ClipValue(0.5)}, [2.05, 1.05]),
        ({"max_norm": 1.5}, [1.5, 1.1]),
        ({"learning_rates": {"y": 0.5}}, [2.15, 1.05]),
        ({"learning_rates": {"y": 0.0}}, [2.0, 1.0]),
        # the weight is held: no limit counts it, and the bias has the whole of the norm
        ({"learning_rates": HELD, "max_norm": 1.5}, [2.0, 1.1]),
        ({"learning_rates": HELD, "clip": ns.ClipNorm(0.5)}, [2.0, 1.05]),
        ({"learning_rates": HELD, "penalty": ns.L2(0.5, biases=True)}, [2.0, 1.05]),
    ],
    ids=str,
)
def test_a_step_by_hand(engine, arguments, expected):
    assert stepped(engine, **arguments) == pytest.approx(expected, abs=1e-14)


def test_a_rate_may_be_that_of_a_synapse_a_group_a_neuron_or_a_layer():
    def changed(of):
        net = ns.topologies.layered([2, 2, 1], activation="sigmoid")
        net.initialize(ns.initializers.Normal(), seed=0)
        program = ns.compile(net)  # which puts the parameters in order
        before = net.parameters.copy()
        rates = of(net)
        ns.train(program, [[1.0, 2.0]], [1.0], epochs=1, learning_rates=rates)
        return (net.parameters != before).tolist()

    # six weights, three biases
    assert changed(lambda net: {net.synapses[0]: 0}) == [False] + [True] * 8
    assert changed(lambda net: [(net.synapses[:4], 0)]) == [False] * 4 + [True] * 5
    hidden = changed(lambda net: {net["hidden"]: 0})
    assert hidden == [False] * 4 + [True] * 2 + [False] * 2 + [True]
    first = changed(lambda net: {net["hidden"][0]: 0})
    assert first.count(False) == 3
    assert not first[6]
    mixed = changed(lambda net: {"hidden": 0, net["hidden"][0]: 1})
    assert mixed.count(False) == 3
    assert mixed[6]


def problem(kind, dtype):
    if kind == "layers":
        net = ns.topologies.layered([5, 9, 4], activation="tanh", dtype=dtype)
    else:
        net = ns.topologies.random_dag(
            30, n_inputs=5, n_outputs=4, in_degree=4, activation="tanh", seed=1, dtype=dtype
        )
    net.initialize(ns.initializers.Normal(), biases=ns.initializers.Normal(), seed=2)
    rng = np.random.default_rng(3)
    return net, rng.normal(size=(40, 5)), rng.normal(size=(40, 4))


# ε is large where a division by small numbers would make rounding errors grow.
SETTINGS = {
    kind: {"epsilon": 0.1} for kind in (ns.Adagrad, ns.RMSProp, ns.Adam, ns.AdamW)
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("batch_size", [None, 1, 8])
@pytest.mark.parametrize("kind", ["layers", "dag"])
@pytest.mark.parametrize("rule", DESCENDING, ids=lambda rule: rule.__name__)
def test_engines_agree_on_all_of_it_at_once(rule, kind, batch_size, dtype):
    if rule is ns.Rprop and dtype == "float32" and batch_size == 1:
        pytest.skip("where a gradient is about 0, its sign is a matter of rounding")
    results = []
    for engine in ("numba", "numpy"):
        net, X, y = problem(kind, dtype)
        out, held = net.outputs[0], net.synapses[0]
        before = held.weight
        history = ns.train(
            ns.compile(net, engine=engine), X, y, rule=rule(0.01, **SETTINGS.get(rule, {})),
            epochs=2, batch_size=batch_size, seed=4, penalty=[ns.L1(0.01), ns.L2(0.02)],
            clip=[ns.ClipNorm(2.0), ns.ClipValue(0.8)], max_norm=1.1,
            learning_rates={out: 0.5, held: 0.0},
        )  # fmt: skip
        assert held.weight == before
        for neuron in net.neurons:
            free = [one.weight for one in net.synapses if one.post is neuron and one != held]
            assert np.linalg.norm(free) <= 1.1 * (1 + 1e-6)
        results.append((net.parameters, history["cost"]))
    tolerance = 1e-12 if dtype == "float64" else 2e-5
    for ours, theirs in zip(*results, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


def test_a_weight_vector_is_as_long_as_it_may_be_and_no_longer():
    net, X, y = problem("dag", "float64")
    ns.train(net, X, y, epochs=20, max_norm=0.7, batch_size=8, seed=0)
    norms = [
        np.linalg.norm([synapse.weight for synapse in neuron.incoming])
        for neuron in net.neurons
        if len(list(neuron.incoming))
    ]
    assert max(norms) == pytest.approx(0.7, abs=1e-12)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"penalty": 0.1}, InvalidTypeError, r"penalty must be L1\(...\) or L2\(...\)"),
        ({"penalty": [ns.L1(0.1), "l2"]}, InvalidTypeError, "got 'l2'"),
        ({"clip": ns.L1(0.1)}, InvalidTypeError, "clip must be ClipValue"),
        ({"max_norm": 0}, InvalidValueError, "max_norm must be > 0"),
        ({"learning_rates": 0.1}, InvalidTypeError, "learning_rates must be a dict"),
        ({"learning_rates": {"y": -1}}, InvalidValueError, "must be >= 0"),
        ({"learning_rates": {"z": 1}}, UnknownNameError, "'z'"),
        ({"learning_rates": {3: 1}}, InvalidTypeError, "must be of a layer"),
    ],
)
def test_what_cannot_shape_a_step_is_refused(arguments, error, message):
    net = one_weight()
    with pytest.raises(error, match=message):
        ns.train(net, [[1.0]], [1.0], **arguments)
    assert net.parameters.tolist() == [2.0, 1.0]


def test_a_neuron_of_another_network_has_no_rate_here():
    with pytest.raises(UnknownNameError, match="is not of network 'one'"):
        ns.train(one_weight(), [[1.0]], [1.0], learning_rates={one_weight()["y"]: 1})


@pytest.mark.parametrize("value", [0, -1.0, float("nan")])
def test_a_strength_or_a_limit_is_a_finite_number_above_0(value):
    for kind in (ns.L1, ns.L2, ns.ClipValue, ns.ClipNorm):
        with pytest.raises(InvalidValueError, match=kind.__name__):
            kind(value)


# -- each stage by itself, on what is free -------------------------------------------------


def shaping(**asked):
    """What is asked for, for a network of two neurons of three weights each and no biases."""
    net = ns.topologies.layered([3, 2], activation="identity", bias=None)
    program = ns.compile(net)
    given = {"penalty": None, "clip": None, "max_norm": None, "learning_rates": None}
    rates = [(net.synapses[:2], 0)] if asked.pop("holds", False) else []
    rates += asked.pop("rates", [])
    return shaping_of(program, Settings.checked(**{**given, "learning_rates": rates, **asked}))


numbers = st.lists(st.floats(-1e3, 1e3), min_size=6, max_size=6).map(np.array)
limits = st.floats(1e-3, 1e3)


@given(numbers, numbers, limits, st.booleans())
def test_a_penalty_adds_its_derivative_to_what_is_free(parameters, gradient, strength, holds):
    for kind, slope in ((ns.L1, np.sign), (ns.L2, np.asarray)):
        stage = shaping(penalty=kind(strength), holds=holds)
        w, g = parameters[stage.free].copy(), gradient[stage.free].copy()
        expected = g + strength * slope(w)
        stage.before(w, g)
        np.testing.assert_array_equal(g, expected)
        assert len(g) == 6 - 2 * holds


@given(numbers, limits, st.booleans())
def test_a_clipped_gradient_keeps_its_direction_and_is_no_longer_than_it_may(g, limit, holds):
    stage = shaping(clip=ns.ClipNorm(limit), holds=holds)
    before = g[stage.free].copy()
    after = before.copy()
    stage.before(np.zeros_like(after), after)
    norm = np.linalg.norm(before)
    np.testing.assert_allclose(after, before * min(1, limit / max(norm, limit)), rtol=1e-12)
    stage = shaping(clip=ns.ClipValue(limit), holds=holds)
    after = before.copy()
    stage.before(np.zeros_like(after), after)
    assert after.tolist() == [min(max(one, -limit), limit) for one in before]


@given(numbers, numbers, st.floats(0.01, 10))
def test_a_factor_multiplies_the_step_that_the_rule_has_taken(before, step, factor):
    net = ns.topologies.layered([3, 2], activation="identity", bias=None)
    stage = shaping_of(
        ns.compile(net),
        Settings.checked(None, None, None, [(net.outputs[1], factor)]),
    )
    after = before + step
    stage.after(before, after)
    assert stage.factors is None or sorted(stage.factors) == sorted([1.0] * 3 + [factor] * 3)
    factors = np.ones(6) if stage.factors is None else stage.factors
    np.testing.assert_allclose(after, before + factors * step, rtol=1e-9, atol=1e-9)


@given(numbers, limits, st.booleans())
def test_weights_that_are_too_long_are_cut_back_neuron_by_neuron(w, limit, holds):
    stage = shaping(max_norm=limit, holds=holds)
    before = w[stage.free].copy()
    after = before.copy()
    stage.after(before, after)
    assert sorted(stage.slots) == list(range(len(before)))
    for first, last in zip(stage.start[:-1], stage.start[1:], strict=True):
        own = stage.slots[first:last]
        norm = np.linalg.norm(before[own])
        expected = before[own] * min(1, limit / max(norm, limit))
        np.testing.assert_allclose(after[own], expected, rtol=1e-12)
