"""Weights of examples and classes: by hand, against examples that stand there twice, and alike."""

import os

import numpy as np
import pytest

import neurosim as ns
from neurosim.engines import ENGINES
from neurosim.errors import InvalidTypeError, InvalidValueError, UnknownNameError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 5))
Y = RNG.normal(size=(12, 4))
WEIGHTS = RNG.integers(0, 3, 12).astype(float)
CLASSES = np.eye(4)[RNG.integers(0, 4, 12)]
FACTORS = [0.5, 2.0, 0.0, 1.5]

SQUARED, MEAN = ns.SquaredError(reduction="sum"), ns.SquaredError(reduction="mean")
CROSS = ns.CategoricalCrossEntropy(reduction="sum")

every_engine = pytest.mark.parametrize("engine", ENGINES)


def make(kind="layers", activation="tanh", outputs="identity", dtype="float64"):
    """A network in dense layers, or an irregular one, which is walked."""
    if kind == "layers":
        net = ns.topologies.layered([5, 8, 4], activation=[activation, outputs], dtype=dtype)
    else:
        net = ns.topologies.random_dag(
            20, n_inputs=5, n_outputs=4, in_degree=3, activation=activation, seed=1, dtype=dtype
        )
    net.initialize(ns.initializers.Normal(), seed=2)
    return net


def trained(*data, engine="auto", net=None, cost=SQUARED, epochs=3, **arguments):
    """The parameters and the costs that a training leaves."""
    net = make() if net is None else net
    program = ns.compile(net, engine=engine)
    rule = ns.GradientDescent(0.02)
    history = ns.train(program, *data, cost=cost, rule=rule, epochs=epochs, **arguments)
    return net.parameters.copy(), history["cost"]


def assert_same(ours, theirs, tolerance=1e-12):
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


@every_engine
@pytest.mark.parametrize(
    ("cost", "expected", "bias"),
    [
        # o − t is −1 and 1 for the examples 1 → 3 and 2 → 4 of o = 3x − 1:
        # E = ½ (2·1² + 4·1²) = 3, ∂E/∂b = 2·(−1) + 4·1 = 2, η = 0.1
        (SQUARED, 3.0, -1.2),
        # Both divided by the sum of the weights, 6.
        (MEAN, 0.5, -1 - 0.2 / 6),
    ],
    ids=["sum", "mean"],
)
def test_a_weighted_step_by_hand(engine, cost, expected, bias):
    net = ns.Network("one")
    x, y = net.add_neuron("x", role="input"), net.add_neuron("y", bias=-1.0, role="output")
    net.connect(x, y, weight=3.0)
    history = ns.train(
        ns.compile(net, engine=engine), [[1.0], [2.0]], [3.0, 4.0], sample_weights=[2, 4],
        rule=ns.GradientDescent(0.1), cost=cost, epochs=1,
    )  # fmt: skip
    assert history["cost"] == pytest.approx([expected], abs=1e-15)
    assert net["y"].bias == pytest.approx(bias, abs=1e-15)


@every_engine
@pytest.mark.parametrize("kind", ["layers", "dag"])
def test_weight_2_is_the_example_twice_and_weight_0_is_none(engine, kind):
    twice = np.repeat(np.arange(12), WEIGHTS.astype(int))
    weighted = trained(X, Y, engine=engine, net=make(kind), sample_weights=WEIGHTS)
    assert_same(weighted, trained(X[twice], Y[twice], engine=engine, net=make(kind)))


@every_engine
@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("batch_size", [None, 1, 5])
@pytest.mark.parametrize("kind", ["layers", "dag"])
def test_rows_of_weight_0_are_left_out_whatever_stands_there(engine, kind, batch_size, reduction):
    counts = WEIGHTS > 0
    absurd = np.where(counts[:, None], X, 1e308), np.where(counts[:, None], Y, 1e200)
    how = {
        "cost": ns.SquaredError(reduction=reduction), "batch_size": batch_size, "engine": engine,
        "seed": 0,
    }  # fmt: skip
    ours = trained(*absurd, net=make(kind), sample_weights=WEIGHTS, **how)
    rest = X[counts], Y[counts]
    theirs = trained(*rest, net=make(kind), sample_weights=WEIGHTS[counts], **how)
    assert_same(ours, theirs, 0)
    ours = trained(*absurd, net=make(kind), sample_weights=counts.astype(float), **how)
    assert_same(ours, trained(*rest, net=make(kind), **how), 0)


@every_engine
def test_a_batch_of_weight_0_is_skipped_and_nothing_but_those_is_refused(engine):
    batches = [(X[:7], Y[:7], WEIGHTS[:7]), (X[7:], 1e200 * Y[7:], np.zeros(5))]
    assert_same(trained(batches, engine=engine), trained(batches[:1], engine=engine), 0)
    message = (
        "no example counts in epoch 0: all weights of all its batches are 0; give at least one "
        "example a weight > 0"
    )
    with pytest.raises(InvalidValueError) as caught:
        trained(batches[1:], engine=engine)
    assert str(caught.value) == message


@every_engine
def test_weights_that_are_all_0_are_refused(engine):
    with pytest.raises(InvalidValueError) as caught:
        trained(X, Y, engine=engine, sample_weights=np.zeros(12))
    assert str(caught.value) == (
        "no example counts: by sample_weights and class_weights all weights are 0; give at least "
        "one example a weight > 0"
    )


@every_engine
def test_weights_go_with_their_examples_through_every_order(engine):
    arguments = {"batch_size": 5, "seed": 3, "engine": engine}
    order, weights = np.random.default_rng(3).permutation(12), WEIGHTS + 0.5
    shuffled = trained(X, Y, epochs=1, sample_weights=weights, **arguments)
    sorted_before = trained(
        X[order], Y[order], epochs=1, sample_weights=weights[order], shuffle=False, **arguments
    )
    assert_same(shuffled, sorted_before)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("batch_size", [None, 1, 5])
@pytest.mark.parametrize(
    ("kind", "outputs"),
    [
        ("layers", "sigmoid"), ("layers", "softmax"), ("layers", "identity"),
        ("dag", "sigmoid"), ("dag", "identity"),
    ],
)  # fmt: skip
def test_engines_agree_on_weights(kind, outputs, batch_size, dtype):
    cost, targets = {
        "sigmoid": (ns.BinaryCrossEntropy(reduction="sum"), CLASSES),
        "softmax": (CROSS, CLASSES),
        "identity": (ns.Huber(0.5, reduction="sum"), Y),
    }[outputs]
    arguments = {
        "cost": cost, "batch_size": batch_size, "seed": 0, "sample_weights": WEIGHTS,
        "class_weights": FACTORS if targets is CLASSES else None,
    }  # fmt: skip
    activation = "sigmoid" if kind == "dag" and outputs == "sigmoid" else "tanh"
    results = [
        trained(X, targets, engine=engine, net=make(kind, activation, outputs, dtype), **arguments)
        for engine in ENGINES
    ]
    for result in results[1:]:
        assert_same(result, results[0], 1e-12 if dtype == "float64" else 2e-5)


# -- classes -------------------------------------------------------------------------------


@every_engine
@pytest.mark.parametrize(
    "given",
    [
        FACTORS,
        np.array(FACTORS),
        {0: 0.5, 1: 2.0, 2: 0.0, np.int64(3): 1.5},
        {f"output[{i}]": factor for i, factor in enumerate(FACTORS)},
    ],
    ids=["list", "array", "columns", "names"],
)
def test_class_weights_are_the_weights_of_their_examples(engine, given):
    by_hand = [FACTORS[row.argmax()] for row in CLASSES]
    arguments = {"cost": CROSS, "engine": engine, "batch_size": 5, "seed": 0}
    ours = trained(X, CLASSES, net=make(outputs="softmax"), class_weights=given, **arguments)
    theirs = trained(X, CLASSES, net=make(outputs="softmax"), sample_weights=by_hand, **arguments)
    assert_same(ours, theirs, 0)


@pytest.mark.parametrize("low", [0, -1])
@pytest.mark.parametrize("as_list", [False, True])
def test_one_output_has_two_classes(low, as_list):
    def one():
        return ns.topologies.layered([5, 1], activation="tanh")

    targets = np.where(Y[:, 0] > 0, 1, low)
    by_hand = np.where(Y[:, 0] > 0, 3.0, 0.5)
    given = [0.5, 3.0] if as_list else {low: 0.5, 1: 3.0}
    ours = trained(X, targets, net=one(), class_weights=given)
    assert_same(ours, trained(X, targets, net=one(), sample_weights=by_hand), 0)
    half = trained(X, targets, net=one(), class_weights={1: 3.0})
    assert_same(half, trained(X, targets, net=one(), sample_weights=np.maximum(by_hand, 1)), 0)


def test_class_weights_and_sample_weights_are_multiplied():
    by_hand = WEIGHTS * [FACTORS[row.argmax()] for row in CLASSES]
    ours = trained(X, CLASSES, sample_weights=WEIGHTS, class_weights=FACTORS)
    assert_same(ours, trained(X, CLASSES, sample_weights=by_hand), 0)


@every_engine
def test_a_weighted_step_is_that_of_pytorch(engine):
    if os.environ.get("NEUROSIM_REQUIRE_TORCH") == "1":
        import torch
    else:
        torch = pytest.importorskip("torch")
    net = ns.topologies.layered([5, 4], activation="softmax")
    net.initialize(ns.initializers.Normal(), seed=2)
    weight = net.weights("input", "output")
    theirs = torch.nn.Linear(5, 4, dtype=torch.float64)
    with torch.no_grad():
        theirs.weight.copy_(torch.tensor(weight.T))
        theirs.bias.zero_()
    loss = torch.nn.CrossEntropyLoss(weight=torch.tensor(FACTORS).double(), reduction="sum")
    value = loss(theirs(torch.tensor(X)), torch.tensor(CLASSES.argmax(axis=1)))
    value.backward()
    _, costs = trained(
        X, CLASSES, net=net, engine=engine, cost=CROSS, epochs=1, class_weights=FACTORS
    )
    assert costs == pytest.approx([value.item()], rel=1e-13)
    step = (weight - net.weights("input", "output")).T / 0.02
    np.testing.assert_allclose(step, theirs.weight.grad.numpy(), atol=1e-12)


# -- streams, maps, populations ------------------------------------------------------------


@every_engine
def test_batches_of_a_stream_bring_their_weights(engine):
    triples = [(X[:7], CLASSES[:7], WEIGHTS[:7]), (X[7:], CLASSES[7:], None)]
    weights = np.append(WEIGHTS[:7], np.ones(5))
    arguments = {"engine": engine, "class_weights": FACTORS}
    streamed = trained(triples, **arguments)
    parts = (slice(0, 7), slice(7, 12))
    net, costs = make(), []
    for _ in range(3):
        costs.append(0.0)
        for rows in parts:
            costs[-1] += trained(
                X[rows], CLASSES[rows], net=net, epochs=1, sample_weights=weights[rows], **arguments
            )[1][0]
    assert_same(streamed, (net.parameters, costs))


@every_engine
@pytest.mark.parametrize("shuffle", [True, False])
def test_weights_of_a_memory_map_are_those_of_the_array(engine, shuffle, tmp_path):
    stored = np.memmap(tmp_path / "X", "float32", "w+", shape=X.shape)
    stored[:] = X
    arguments = {
        "engine": engine, "sample_weights": WEIGHTS, "class_weights": FACTORS, "batch_size": 5,
        "seed": 1, "shuffle": shuffle,
    }  # fmt: skip
    array = trained(np.array(stored), CLASSES, **arguments)
    assert_same(trained(stored, CLASSES, **arguments), array)


@pytest.mark.parametrize("own", [False, True])
def test_networks_of_a_population_have_weights_in_common_or_their_own(own):
    nets, each = [make() for _ in range(3)], RNG.random((3, 12))
    alone = [trained(X, Y, sample_weights=each[number if own else 0])[0] for number in range(3)]
    ns.train(
        ns.compile(nets), X, Y, sample_weights=each if own else each[0], cost=SQUARED, epochs=3,
        rule=ns.GradientDescent(0.02),
    )  # fmt: skip
    for net, expected in zip(nets, alone, strict=True):
        np.testing.assert_allclose(net.parameters, expected, rtol=1e-12)


def test_validation_and_metrics_count_all_alike_that_are_not_left_out():
    def spread(targets, outputs):
        return float(np.square(targets - outputs).sum())

    net, weights = make(), np.append(np.full(8, 1e-30), np.zeros(4))
    history = ns.train(
        net, X, Y, cost=SQUARED, epochs=1, sample_weights=weights, validation=(X[:8], Y[:8]),
        metrics=[spread],
    )  # fmt: skip
    assert history["cost"][0] < 1e-20
    assert history["val_cost"][0] == pytest.approx(history["spread"][0] / 2)
    assert history["val_cost"][0] > 1


# -- refusals ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"sample_weights": [1.0] * 11}, InvalidValueError, "for each of 12 examples (got 11)"),
        ({"sample_weights": -np.ones(12)}, InvalidValueError, "sample_weights[0] must be >= 0"),
        ({"sample_weights": [np.nan] * 12}, InvalidValueError, "sample_weights[0] must be finite"),
        ({"sample_weights": np.ones((12, 1))}, InvalidValueError, "must have shape (n_examples,)"),
        ({"sample_weights": "even"}, InvalidTypeError, "sample_weights must be an array"),
        ({"class_weights": [1, 2]}, InvalidValueError, "for each of 4 classes (got 2)"),
        ({"class_weights": "balanced"}, InvalidTypeError, "a dict {class: factor}"),
        ({"class_weights": 2.0}, InvalidTypeError, "a dict {class: factor}"),
        ({"class_weights": {4: 1.0}}, InvalidValueError, "a column from 0 to 3"),
        ({"class_weights": {"dog": 1.0}}, UnknownNameError, "has no such output neuron"),
        ({"class_weights": {0: -1.0}}, InvalidValueError, "class_weights[0] must be >= 0"),
    ],
)  # fmt: skip
def test_weights_that_make_no_sense_are_refused(arguments, error, message):
    net = make()
    program = ns.compile(net)  # which puts the parameters in order
    before = net.parameters.copy()
    with pytest.raises(error) as caught:
        ns.train(program, X, CLASSES, **arguments)
    assert message in str(caught.value)
    np.testing.assert_array_equal(net.parameters, before)


def test_targets_of_no_class_cannot_be_weighed_by_class():
    with pytest.raises(InvalidValueError, match=r"a single 1 among zeros.* in row 0"):
        ns.train(make(), X, Y, class_weights=FACTORS)
    net = ns.topologies.layered([5, 1], activation="sigmoid")
    with pytest.raises(InvalidValueError, match=r"0 or 1, or -1 or 1 \(got \[0.5\] in row 1"):
        ns.train(net, X[:2], [1, 0.5], class_weights=[1, 2])
    with pytest.raises(InvalidValueError, match="must be of a target: 0 or 1"):
        ns.train(net, X[:2], [1, 0], class_weights={2: 1})


def test_an_iterable_takes_no_sample_weights_and_names_a_batch_whose_weights_are_wrong():
    with pytest.raises(InvalidTypeError, match=r"as triples \(X, y, weights\)"):
        ns.train(make(), [(X, Y)], sample_weights=WEIGHTS)
    with pytest.raises(InvalidValueError, match="batch 0 of epoch 0: weights must hold one for"):
        ns.train(make(), [(X, Y, WEIGHTS[1:])])


def test_a_validation_has_no_weights():
    with pytest.raises(InvalidTypeError, match="a batch must be a pair"):
        ns.train(make(), X, Y, validation=[(X, Y, WEIGHTS)])


def test_the_perceptron_rule_has_no_use_for_weights():
    net = ns.topologies.layered([5, 4], activation="threshold")
    targets = 2 * CLASSES - 1
    with pytest.raises(InvalidValueError, match=r"PerceptronRule counts errors .* sample_weights"):
        ns.train(net, X, targets, rule=ns.PerceptronRule(), sample_weights=WEIGHTS)
    with pytest.raises(InvalidTypeError, match=r"a pair \(X, y\) of arrays \(got a tuple of 3"):
        ns.train(net, [(X, targets, WEIGHTS)], rule=ns.PerceptronRule(), epochs=1)


@every_engine
def test_the_delta_rule_takes_weights(engine):
    net = ns.topologies.layered([5, 4], activation="identity")
    arguments = {"rule": ns.DeltaRule(0.02), "epochs": 1, "cost": SQUARED}
    ns.train(ns.compile(net, engine=engine), X, Y, sample_weights=WEIGHTS, **arguments)
    step = 0.02 * (X * WEIGHTS[:, None]).T @ Y
    np.testing.assert_allclose(net.weights("input", "output"), step, rtol=1e-12, atol=1e-14)


def test_classes_are_weighed_by_their_labels():
    rng = np.random.default_rng(0)
    X, labels = rng.normal(size=(20, 2)), rng.choice(["cat", "cow", "dog"], size=20)

    def trained(**weights):
        net = ns.topologies.layered([2, 3], activation="softmax")
        cost = ns.CategoricalCrossEntropy(reduction="mean")
        ns.train(net, X, labels, cost=cost, epochs=5, **weights)
        return net.parameters

    by_label = trained(class_weights={"dog": 3.0, "cow": 0.5})
    by_hand = trained(sample_weights=[{"cat": 1.0, "cow": 0.5, "dog": 3.0}[one] for one in labels])
    np.testing.assert_array_equal(by_label, by_hand)


@pytest.mark.parametrize("rule", [ns.LevenbergMarquardt(), ns.LBFGS(tolerance=1e-9)])
def test_rules_on_all_examples_weigh_them(rule):
    rng = np.random.default_rng(1)
    X = rng.normal(size=(15, 2))
    y = np.sin(X[:, 0]) + 0.1 * rng.normal(size=15)
    counts = rng.integers(0, 4, size=15)

    def trained(*data, **weights):
        net = ns.topologies.layered([2, 2, 1], activation=["tanh", "identity"])
        net.initialize(ns.initializers.LeCun(), seed=0)
        ns.train(net, *data, rule=rule, cost=ns.SquaredError(reduction="sum"), epochs=5, **weights)
        return net.parameters

    repeated = trained(np.repeat(X, counts, axis=0), np.repeat(y, counts))
    np.testing.assert_allclose(trained(X, y, sample_weights=counts), repeated, rtol=1e-6)


@pytest.mark.parametrize("argument", ["dropout", "input_noise"])
def test_rules_on_all_examples_refuse_noise(argument):
    net = ns.topologies.layered([2, 2, 1], activation="sigmoid")
    net.initialize(ns.initializers.Normal(), seed=0)
    message = (
        "LevenbergMarquardt compares the cost at several places, and "
        f"{argument} would make it another one at each; leave it out"
    )
    with pytest.raises(InvalidValueError, match=f"^{message}$"):
        ns.train(net, [[0, 0]], [1], rule=ns.LevenbergMarquardt(), **{argument: 0.1})
