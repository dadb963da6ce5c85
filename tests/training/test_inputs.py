"""Every kind of data trains a network to the same bits as the arrays it stands for."""

import re

import numpy as np
import pandas as pd
import polars as pl
import pytest

import neurosim as ns
from neurosim.errors import InvalidTypeError, InvalidValueError, StructureError

ENGINES = ["reference", "numpy", "numba"]
GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal([12.0, 20.0], [3.0, 10.0], size=(30, 2))
WAGE = X @ [0.5, 0.1] + 1.0
JOBS = np.array(["clerk", "nurse", "smith"])[np.arange(30) % 3]
ONE_HOT = np.eye(3)[np.arange(30) % 3]
RULE = ns.GradientDescent(0.1, momentum=0.5)


def make(n_outputs=1, dtype="float64", activation="sigmoid"):
    net = ns.Network("people", dtype=dtype)
    inputs = net.add_layer(["educ", "exper"], role="input")
    hidden = net.add_layer(4, activation="tanh")
    names = ["wage"] if n_outputs == 1 else [f"out{i}" for i in range(n_outputs)]
    outputs = net.add_layer(names, activation=activation, role="output")
    net.connect(inputs, hidden)
    net.connect(hidden, outputs)
    net.initialize(ns.initializers.LeCun(), seed=1)
    ns.compile(net)
    return net


def frame_of(kind, X):
    return kind.DataFrame({"exper": X[:, 1], "who": ["x"] * len(X), "educ": X[:, 0]})


FRAMES = {
    "pandas": lambda X: frame_of(pd, X),
    "polars": lambda X: frame_of(pl, X),
}


def trained(net, X, y, engine="auto", **arguments):
    arguments = {"rule": RULE, "epochs": 3, "batch_size": 7, "seed": 0, **arguments}
    history = ns.train(ns.compile(net, engine=engine), X, y, **arguments)
    return net.parameters.copy(), dict(history)


def assert_same(one, other):
    np.testing.assert_array_equal(one[0], other[0])
    assert one[1] == other[1]


# -- the same bits -------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_frames_train_like_arrays(engine, frame):
    expected = trained(make(), X, WAGE, engine, validation=(X[:5], WAGE[:5]))
    for y in (pd.Series(WAGE), pl.Series("pay", WAGE), pd.DataFrame({"wage": WAGE, "more": 0})):
        given = trained(make(), frame(X), y, engine, validation=(frame(X[:5]), y[:5]))
        assert_same(given, expected)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_scalers_train_like_data_scaled_before(engine, dtype):
    net = make(dtype=dtype)
    net.input_scaler, net.output_scaler = ns.standardize(X), ns.rescale(WAGE, 0.1, 0.9)
    Z, t = net.input_scaler.transform(X), net.output_scaler.transform(WAGE)
    expected = trained(make(dtype=dtype), Z, t, engine, validation=(Z[:9], t[:9]))
    assert_same(trained(net, X, WAGE, engine, validation=(X[:9], WAGE[:9])), expected)


LABELS = {
    "array": JOBS,
    "list": JOBS.tolist(),
    "pandas": pd.Series(JOBS),
    "categories": pd.Series(pd.Categorical(JOBS)),
    "polars": pl.Series(JOBS),
    "frame": pd.DataFrame({"job": JOBS}),
    "ints": np.arange(30) % 3,
    "int list": (np.arange(30) % 3).tolist(),
}


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
@pytest.mark.parametrize("activation", ["sigmoid", "softmax"])
def test_labels_train_like_one_hot_targets(labels, activation):
    how, net = {"cost": ns.SquaredError()}, make(3, activation=activation)
    expected = trained(net.copy(), X, ONE_HOT, validation=(X[:9], ONE_HOT[:9]), **how)
    assert_same(trained(net, X, labels, validation=(X[:9], labels[:9]), **how), expected)
    assert net.classes in (("clerk", "nurse", "smith"), (0, 1, 2))
    assert set(ns.compile(net).predict(X)) <= set(net.classes)


@pytest.mark.parametrize(("activation", "low"), [("sigmoid", 0), ("tanh", -1)])
def test_two_classes_train_one_output(activation, low):
    labels, targets = np.where(WAGE > 9, "rich", "poor"), np.where(WAGE > 9, 1, low)
    net = make(activation=activation)
    cost = ns.SquaredError()
    expected = trained(make(activation=activation), X, targets[:, None], cost=cost)
    # "poor" and "rich" in alphabetical order
    assert_same(trained(net, X, labels, cost=cost), expected)
    assert net.classes == ("poor", "rich")


@pytest.mark.parametrize("engine", ENGINES)
def test_perceptrons_learn_labels(engine):
    corners = [[0, 0], [0, 1], [1, 0], [1, 1]]
    net = ns.topologies.layered([2, 1], activation="threshold")
    program = ns.compile(net, engine=engine)
    history = ns.train(
        program, corners, ["no", "no", "no", "yes"], rule=ns.PerceptronRule(), seed=0
    )
    assert history["errors"][-1] == 0
    assert program.predict(corners).tolist() == ["no", "no", "no", "yes"]
    several = ns.topologies.layered([2, 2], activation="threshold")
    ns.train(several, corners, ["no", "no", "no", "yes"], rule=ns.PerceptronRule(), seed=0)
    assert ns.compile(several).predict(corners).tolist() == ["no", "no", "no", "yes"]


def mapped(array, path):
    np.asarray(array).tofile(path)
    return np.memmap(path, array.dtype, "r", shape=array.shape)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_memory_maps_are_scaled_piece_by_piece_to_the_same_bits(dtype, tmp_path, monkeypatch):
    monkeypatch.setattr("neurosim.training.mapped.PIECE", 40)
    monkeypatch.setattr("neurosim.checks.PIECE", 40)
    nets = make(dtype=dtype), make(dtype=dtype)
    for net in nets:
        net.input_scaler, net.output_scaler = ns.standardize(X), ns.rescale(WAGE)
    expected = trained(nets[0], X, WAGE)
    given = trained(nets[1], mapped(X, tmp_path / "X"), mapped(WAGE, tmp_path / "y"))
    np.testing.assert_array_equal(given[0], expected[0])
    np.testing.assert_allclose(given[1]["cost"], expected[1]["cost"], rtol=1e-6)


def test_labels_in_a_memory_map_train_like_those_in_memory(tmp_path):
    numbers = np.arange(30, dtype=np.uint8) % 3
    cost = ns.BinaryCrossEntropy()
    expected = trained(make(3), X, ONE_HOT, cost=cost)
    given = trained(make(3), X, mapped(numbers, tmp_path / "y"))
    np.testing.assert_array_equal(given[0], expected[0])


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_streams_scale_and_match_and_encode_each_batch(engine):
    def prepared():
        net = make(3)
        net.input_scaler, net.classes = ns.standardize(X), ("clerk", "nurse", "smith")
        return net

    arrays = [(X[:20], ONE_HOT[:20]), (X[20:], ONE_HOT[20:])]
    frames = [
        (frame_of(pd, X[:20]), pd.Series(JOBS[:20])),
        [frame_of(pl, X[20:]), JOBS[20:].tolist()],
    ]
    expected = trained(prepared(), arrays, None, engine, validation=arrays)
    assert_same(trained(prepared(), frames, None, engine, validation=frames), expected)


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_the_networks_of_a_population_train_as_each_alone(engine):
    def prepared():
        nets = [make(3), make(3), make(3)]
        nets[1].input_scaler = ns.standardize(X)
        nets[2].classes = ["smith", "nurse", "clerk"]
        return nets

    frame = frame_of(pd, X)
    for x, y in ((frame, JOBS), (X, pd.Series(JOBS)), ([frame, X, frame], JOBS.tolist())):
        alone, together = prepared(), prepared()
        for net in alone:
            trained(net, X, JOBS, engine)
        population = ns.compile(together, engine=engine)
        ns.train(
            population, x, y, rule=RULE, epochs=3, batch_size=7, seed=0, validation=(frame, JOBS)
        )
        for one, other in zip(alone, together, strict=True):
            np.testing.assert_array_equal(one.parameters, other.parameters)
            assert one.classes == other.classes


def test_the_networks_of_a_population_may_have_frames_of_their_own():
    alone, together = [make(), make()], [make(), make()]
    frames, targets = [frame_of(pl, X), frame_of(pl, X + 1)], [pl.Series(WAGE), pl.Series(WAGE + 1)]
    for net, frame, y in zip(alone, frames, targets, strict=True):
        trained(net, frame, y)
    ns.train(ns.compile(together), frames, targets, rule=RULE, epochs=3, batch_size=7, seed=0)
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one.parameters, other.parameters)


def test_gradients_are_checked_on_frames_and_labels():
    net = make(3, activation="softmax")
    net.input_scaler = ns.standardize(X)
    cost = ns.CategoricalCrossEntropy(reduction="sum")
    check = ns.check_gradients(net, frame_of(pd, X), JOBS, cost=cost)
    assert check.ok
    assert check == ns.check_gradients(net, X, ONE_HOT, cost=cost)
    assert net.classes is None


# -- predictions in the units of the data ----------------------------------------------------


def test_a_linear_neuron_on_scaled_columns_predicts_in_the_units_of_the_data():
    net = ns.Network("line")
    inputs = net.add_layer(["educ", "exper"], role="input")
    net.connect(inputs, net.add_neuron("wage", role="output"))
    net.input_scaler, net.output_scaler = ns.standardize(X), ns.standardize(WAGE)
    ns.train(net, X, WAGE, rule=ns.GradientDescent(0.5), epochs=500)
    np.testing.assert_allclose(ns.compile(net).predict(X)[:, 0], WAGE, rtol=1e-9)


# -- a failed call leaves the network as it was --------------------------------------------


def refuses(error, message):
    return pytest.raises(error, match=f"^{re.escape(message)}")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"validation": (X[:2], ["clerk", "clown"])}, InvalidValueError,
         "validation y must hold classes of the network, 'clerk', 'nurse', 'smith' (got 'clown' in "
         "row 1)"),
        ({"validation": (frame_of(pd, X)[["educ"]], JOBS)}, InvalidValueError,
         "validation X has no column 'exper'"),
        ({"epochs": -1}, InvalidValueError, "epochs must be >= 0"),
        ({"seed": -1}, InvalidValueError, "seed must be >= 0"),
        ({"callbacks": 3}, InvalidTypeError, "callbacks must be"),
        ({"cost": ns.BinaryCrossEntropy(reduction="sum")}, StructureError, "BinaryCrossEntropy"),
        ({"rule": ns.PerceptronRule()}, StructureError, "PerceptronRule"),
    ],
)  # fmt: skip
def test_refused_training_leaves_no_classes_behind(arguments, error, message):
    net = make(3, activation="identity")
    with refuses(error, message):
        ns.train(net, X, JOBS, **arguments)
    assert net.classes is None
    np.testing.assert_array_equal(net.parameters, make(3, activation="identity").parameters)


def test_a_refused_batch_of_the_validation_has_the_classes_forgotten():
    net, batches = make(3), [(X, JOBS), (X[:1], ["clown"])]
    message = (
        "batch 1 of the validation of epoch 0: y must hold classes of the network, 'clerk', "
        "'nurse', 'smith' (got 'clown' in row 0)"
    )
    with refuses(InvalidValueError, message):
        ns.train(net, X, JOBS, validation=batches)
    assert net.classes is None
    np.testing.assert_array_equal(net.parameters, make(3).parameters)


def test_labels_in_a_stream_need_classes():
    net = make(3)
    message = "batch 0 of epoch 0: y holds class labels, and network 'people' has no classes yet"
    with refuses(InvalidValueError, message):
        ns.train(net, [(X, JOBS)])
    assert net.classes is None


def test_no_network_of_a_population_learns_classes_if_one_is_refused():
    nets = [make(3), make(2)]
    message = "networks[1]: y must hold labels of 2 classes for 2 output neurons (got 3"
    with refuses(InvalidValueError, message):
        ns.train(ns.compile(nets), X, JOBS)
    assert nets[0].classes is nets[1].classes is None


def test_classes_stay_from_one_training_to_the_next():
    net = make(3)
    ns.train(net, X, JOBS, epochs=1)
    ns.train(net, X[:2], JOBS[:2], epochs=1)  # the third class need not occur again
    assert net.classes == ("clerk", "nurse", "smith")
    with refuses(InvalidValueError, "y must hold classes of the network"):
        ns.train(net, X[:1], ["clown"])
    ns.train(net, X, ONE_HOT, epochs=1)
    assert net.classes == ("clerk", "nurse", "smith")
    net.classes = None
    ns.train(net, X, np.char.upper(JOBS), epochs=1)
    assert net.classes == ("CLERK", "NURSE", "SMITH")


def test_columns_and_rows_of_frames_are_named_when_they_are_refused():
    frame = frame_of(pd, X)
    message = "y column 'wage' has no value in row 2; fill in what is missing"
    with refuses(InvalidValueError, message):
        ns.train(make(), frame, pd.DataFrame({"wage": [1.0, 2.0, None] * 10}))
    with refuses(InvalidTypeError, "X column 'educ' must hold real numbers (got 'x' in row 0"):
        ns.train(make(), frame.assign(educ="x"), WAGE)
    with refuses(InvalidValueError, "X and y must have as many rows (got 30 and 2)"):
        ns.train(make(), frame, pl.Series([1.0, 2.0]))


def test_metrics_are_taken_in_the_units_of_the_data():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 2)), 1000 + 100 * rng.normal(size=30)
    net = ns.topologies.layered([2, 3, 1], activation=["tanh", "identity"])
    net.initialize(ns.initializers.LeCun(), seed=0)
    net.output_scaler = ns.standardize(y)
    history = ns.train(
        net, X, y, epochs=2, metrics=[ns.metrics.mean_absolute_error], validation=(X, y)
    )
    expected = np.abs(ns.compile(net).predict(X)[:, 0] - y).mean()
    for column in ("mean_absolute_error", "val_mean_absolute_error"):
        assert history[column][-1] == pytest.approx(expected, rel=1e-12)
