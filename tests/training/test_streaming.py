"""Batches that come one by one, and examples that stay on disk."""

import gc
import itertools
import os
import re
import signal
import subprocess
import sys
import tracemalloc

import attrs
import numpy as np
import pytest

import neurosim as ns
from neurosim.engines.compiled.choice import Choice
from neurosim.engines.compiled.engine import NumbaEngine
from neurosim.errors import (
    DivergenceError,
    InvalidTypeError,
    InvalidValueError,
    NeurosimError,
    StaleProgramError,
    TrainingInterrupted,
)

ENGINES = ["reference", "numpy", "numba"]
RULE = ns.GradientDescent(0.3)
MOMENTUM = ns.GradientDescent(0.1, momentum=0.9)
GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=(50, 3))
Y = GENERATOR.uniform(size=(50, 2))


def make(dtype="float64", sizes=(3, 5, 2)):
    net = ns.topologies.layered(list(sizes), activation="sigmoid", dtype=dtype)
    net.initialize(ns.initializers.Normal(), seed=1)
    ns.compile(net)  # which puts the parameters into the order that they keep
    return net


def irregular():
    """A network whose parameters the walk takes in another order than they have."""
    net = ns.topologies.random_dag(
        30, activation="sigmoid", in_degree=4, n_inputs=3, n_outputs=2, seed=2
    )
    net.initialize(ns.initializers.LeCun(), seed=1)
    return net


def cut(size, X=X, y=Y):
    return [(X[i : i + size], y[i : i + size]) for i in range(0, len(X), size)]


def refuses(error, message):
    """The whole message, word by word."""
    return pytest.raises(error, match=f"^{re.escape(message)}$")


def assert_same(net, history, other, other_history):
    np.testing.assert_array_equal(net.parameters, other.parameters)
    assert dict(history) == dict(other_history)


def compare(make_net, engine, first, second, **arguments):
    """Two trainings that must end with the same bits, each given its own arguments on top."""
    results = []
    for own in (first, second):
        net = make_net()
        given = {**arguments, **own}
        data = given.pop("data")
        program = ns.compile(net, engine=engine)
        results += [net, ns.train(program, *data, **given)]
    assert_same(*results)
    return results[1]


class Anew:
    """Starts anew each time it is gone through, by a generator of its own."""

    def __init__(self, make):
        self.make, self.times = make, 0

    def __iter__(self):
        self.times += 1
        return self.make()


# -- the same as arrays --------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("rule", [RULE, MOMENTUM], ids=["plain", "momentum"])
@pytest.mark.parametrize("make_net", [make, lambda: make("float32"), irregular])
@pytest.mark.parametrize("reduction", ns.costs.REDUCTIONS)
def test_a_stream_of_the_same_batches_gives_the_bits_of_the_array(
    engine, rule, make_net, reduction
):
    history = compare(
        make_net, engine,
        {"data": (X, Y), "batch_size": 8, "shuffle": False}, {"data": (cut(8),)},
        epochs=4, rule=rule, cost=ns.SquaredError(reduction=reduction),
    )  # fmt: skip
    assert history["cost"][-1] < history["cost"][0]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("batch_size", [1, 4])
def test_a_chunk_that_is_cut_gives_the_bits_of_the_array_shuffled_or_not(engine, batch_size):
    for shuffle in (True, False):
        compare(
            make, engine, {"data": (X, Y)}, {"data": ([(X, Y)],)},
            epochs=3, batch_size=batch_size, shuffle=shuffle, seed=5, rule=MOMENTUM,
        )  # fmt: skip


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_chunks_are_cut_into_batches_each_with_a_shorter_last_one(engine):
    # chunks of 20, 20 and 10 in batches of 8: 8 8 4, 8 8 4, 8 2
    sizes = [8, 8, 4, 8, 8, 4, 8, 2]
    edges = np.cumsum([0, *sizes])
    batches = [(X[a:b], Y[a:b]) for a, b in itertools.pairwise(edges)]
    compare(
        make, engine, {"data": (cut(20),), "batch_size": 8, "shuffle": False},
        {"data": (batches,)}, epochs=3, rule=MOMENTUM,
    )  # fmt: skip


def test_the_cost_of_an_epoch_is_over_all_its_examples():
    # Nothing is learned in a step of 1e-300, so the mean is that of one pass over everything.
    net = make()
    history = ns.train(net, cut(16), rule=ns.GradientDescent(1e-300), epochs=2)
    expected = ns.SquaredError(reduction="mean").value(ns.compile(net).feedforward(X), Y)
    np.testing.assert_allclose(history["cost"], [expected, expected], rtol=1e-13)


@attrs.frozen
class Witness(ns.Rule):
    """Learns nothing, and notes which inputs each batch had."""

    seen: list = attrs.field(factory=list)

    def update(self, parameters, gradient, memory):
        self.seen.append(np.flatnonzero(gradient).tolist())


def test_shuffling_takes_each_chunk_in_a_new_order_and_leaves_the_chunks_in_theirs():
    net = ns.Network("one-hot")  # example i sets input i alone, so only weight i has a gradient
    net.connect(net.add_layer(12, role="input"), net.add_neuron(bias=None, role="output"))
    rule, chunks = Witness(), cut(6, np.eye(12), np.ones(12))
    ns.train(net, chunks, rule=rule, epochs=2, batch_size=1, seed=0)
    orders = [[i for (i,) in rule.seen[k : k + 6]] for k in (0, 6, 12, 18)]
    assert [sorted(order) for order in orders] == [[*range(6)], [*range(6, 12)]] * 2
    assert len({tuple(order) for order in (*orders, range(6), range(6, 12))}) == 6


def test_a_generator_of_random_numbers_is_left_as_after_the_chunks_that_came():
    left = []
    for engine in ("numpy", "numba"):
        generator = np.random.default_rng(4)
        program = ns.compile(make(), engine=engine)
        ns.train(program, cut(20), epochs=2, batch_size=3, seed=generator)
        left.append(generator.random())
    assert left[0] == left[1]


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_batches_may_have_any_sizes(engine):
    edges = [0, 1, 8, 9, 30, 31, 49, 50]
    batches = [(X[a:b], Y[a:b]) for a, b in itertools.pairwise(edges)]
    reference, net = make(), make()
    expected = ns.train(ns.compile(reference, engine="reference"), batches, rule=MOMENTUM, epochs=3)
    history = ns.train(ns.compile(net, engine=engine), batches, rule=MOMENTUM, epochs=3)
    np.testing.assert_allclose(net.parameters, reference.parameters, rtol=1e-11)
    np.testing.assert_allclose(history["cost"], expected["cost"], rtol=1e-12)


def ways_by_size(monkeypatch):
    """Have small batches walk, those from 10 on go by matrices, and those from 30 on walk again."""

    def choices(engine, n_examples, *, step):
        walk, matrices = Choice("walk", 8, 1, 0.0), Choice("matrices", 0, 0, 0.0)
        return [matrices, walk] if 10 <= n_examples < 30 else [walk, matrices]

    monkeypatch.setattr(NumbaEngine, "choices", choices)


def test_a_rule_remembers_across_the_ways_that_batches_of_different_sizes_go(monkeypatch):
    ways_by_size(monkeypatch)
    edges = [0, 4, 8, 20, 25, 30]
    batches = [(X[a:b], Y[a:b]) for a, b in itertools.pairwise(edges)] + [(X, Y)]
    reference, net = irregular(), irregular()
    for one, engine in ((reference, "reference"), (net, "numba")):
        history = ns.train(ns.compile(one, engine=engine), batches, rule=MOMENTUM, epochs=3)
        np.testing.assert_allclose(one.parameters, reference.parameters, rtol=1e-9, atol=1e-12)
    again = ns.train(ns.compile(irregular(), engine="reference"), batches, rule=MOMENTUM, epochs=3)
    np.testing.assert_allclose(history["cost"], again["cost"], rtol=1e-10)


@pytest.mark.parametrize("convert", [np.float32, np.int64, np.bool_, lambda a: a.tolist()])
def test_batches_are_cast_like_arrays(convert):
    whole = np.random.default_rng(0).integers(0, 2, size=(20, 3)), np.arange(20) % 2
    batches = [(convert(a), convert(b)) for a, b in cut(7, *whole)]
    compare(
        lambda: make(sizes=(3, 4, 1)), "auto",
        {"data": whole, "batch_size": 7, "shuffle": False}, {"data": (batches,)}, epochs=2,
    )  # fmt: skip


def test_a_batch_may_be_a_list_of_two_as_data_loaders_give_them():
    compare(make, "auto", {"data": (cut(9),)}, {"data": ([list(pair) for pair in cut(9)],)})


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_an_iterable_may_fill_the_same_arrays_again(engine):
    inputs, targets = np.empty((10, 3)), np.empty((10, 2))

    def refilled():
        for a, b in cut(10):
            inputs[:], targets[:] = a, b
            yield inputs, targets

    compare(
        make, engine, {"data": (cut(10),)}, {"data": (Anew(refilled),)}, epochs=3, rule=RULE
    )


@pytest.mark.parametrize("make_net", [make, irregular])
@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_the_iterable_sees_what_the_batch_before_taught(engine, make_net):
    net, seen = make_net(), []
    program = ns.compile(net, engine=engine)

    def watching():
        for pair in cut(25):
            seen.append(net.parameters.copy())
            yield pair

    ns.train(program, watching(), epochs=1, rule=RULE)
    stepped = make_net()
    ns.train(ns.compile(stepped, engine=engine), X[:25], Y[:25], epochs=1, rule=RULE)
    np.testing.assert_array_equal(seen[1], stepped.parameters)
    assert (seen[0] != seen[1]).any()


# -- rules ---------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_the_perceptron_rule_takes_a_stream_example_by_example(engine):
    corners, targets = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([-1, -1, -1, 1])
    history = compare(
        lambda: ns.topologies.layered([2, 1], activation="threshold"), engine,
        {"data": (corners, targets), "shuffle": False},
        {"data": (cut(2, corners, targets),), "shuffle": False}, rule=ns.PerceptronRule(),
    )  # fmt: skip
    assert history["errors"][-1] == 0
    assert {type(count) for count in history["errors"]} == {int}


@pytest.mark.parametrize("engine", ENGINES)
def test_the_delta_rule_takes_a_stream(engine):
    compare(
        lambda: ns.topologies.layered([3, 2], activation="identity"), engine,
        {"data": (X, Y), "batch_size": 10, "shuffle": False}, {"data": (cut(10),)},
        rule=ns.DeltaRule(0.05), epochs=5,
    )  # fmt: skip


def test_targets_are_checked_batch_by_batch():
    net = ns.topologies.layered([2, 1], activation="threshold")
    batches = [([[0, 0]], [-1]), ([[0, 1], [1, 0]], [1, 0])]
    message = (
        "batch 1 of epoch 0: PerceptronRule: targets of threshold neuron 'output[0]' must be -1 or "
        "1 (got 0 in row 1)"
    )
    with refuses(InvalidValueError, message):
        ns.train(net, batches, rule=ns.PerceptronRule())
    assert not net.parameters.any()


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_a_rule_of_the_users_own_takes_a_stream(engine):
    rule = Witness()
    ns.train(ns.compile(make(), engine=engine), cut(20), rule=rule, epochs=2)
    assert len(rule.seen) == 6


# -- going through an iterable ---------------------------------------------------------------


def test_an_iterable_is_gone_through_once_an_epoch():
    batches = Anew(lambda: iter(cut(10)))
    ns.train(make(), batches, epochs=4)
    assert batches.times == 4


def test_no_epochs_ask_for_no_batch():
    batches = Anew(lambda: iter(cut(10)))
    assert dict(ns.train(make(), batches, epochs=0)) == {"cost": []}
    assert batches.times == 0


def test_training_that_is_told_to_stop_asks_for_no_further_epoch():
    batches = Anew(lambda: iter(cut(10)))
    history = ns.train(make(), batches, stop_when=lambda history: history.epochs == 2)
    assert history.epochs == batches.times == 2


ONCE = (
    "X is an iterator ({}), which can be gone through once only (got epochs={}); pass epochs=1, or "
    "an iterable that starts anew each time: a list, or an object whose __iter__ makes a new "
    "iterator"
)


def test_an_iterator_is_gone_through_in_one_epoch():
    compare(make, "auto", {"data": (cut(10),)}, {"data": (iter(cut(10)),)}, epochs=1)
    ns.train(make(), (pair for pair in cut(10)), epochs=1)


@pytest.mark.parametrize(
    ("iterator", "name"),
    [
        (lambda: iter(cut(10)), "list_iterator"),
        (lambda: (pair for pair in cut(10)), "generator"),
        (lambda: zip(X[:, None], Y[:, None], strict=True), "zip"),
    ],
    ids=["iter", "generator", "zip"],
)
def test_an_iterator_is_refused_for_more_epochs_and_not_touched(iterator, name):
    batches = iterator()
    with refuses(InvalidValueError, ONCE.format(name, 100)):
        ns.train(make(), batches)
    assert len(list(batches)) in (5, 50)


def test_an_iterator_that_hides_its_nature_is_noticed_when_it_gives_nothing():
    net, once = make(), iter(cut(10))
    before = net.parameters.copy()
    message = (
        "the iterable gave no batch in epoch 1; an iterable for several epochs must start anew "
        "each time: its __iter__ has to make a new iterator"
    )
    with refuses(InvalidValueError, message):
        ns.train(net, Anew(lambda: once), epochs=3)
    np.testing.assert_array_equal(net.parameters, before)


@pytest.mark.parametrize("nothing", [list, set, lambda: iter(())], ids=["list", "set", "iter"])
def test_an_iterable_without_batches_is_refused(nothing):
    message = (
        "the iterable gave no batch in epoch 0; it must give at least one batch (X, y)"
    )
    with refuses(InvalidValueError, message):
        ns.train(make(), nothing(), epochs=1)


def test_a_class_with_next_that_starts_anew_is_no_iterator():
    class Loader:
        def __iter__(self):
            return iter(cut(10))

        def __next__(self):
            raise AssertionError("never asked")

    assert ns.train(make(), Loader(), epochs=2).epochs == 2


# -- what is refused at the door -----------------------------------------------------------


def assert_refused(error, message, *data, net=None, **arguments):
    net = make() if net is None else net
    before = net.synapses.weight, [neuron.bias for neuron in net.neurons]
    with refuses(error, message) as refusal:
        ns.train(net, *data, **arguments)
    assert isinstance(refusal.value, NeurosimError)
    np.testing.assert_array_equal(net.synapses.weight, before[0])
    assert [neuron.bias for neuron in net.neurons] == before[1]


@pytest.mark.parametrize(
    ("thing", "shown"),
    [(None, "None"), ("XOR", "'XOR'"), (b"", "b''"), ({"X": 1}, "{'X': 1}"), (3, "3")],
    ids=["None", "text", "bytes", "dict", "number"],
)
def test_what_cannot_be_batches_is_refused(thing, shown):
    message = (
        f"X must be an array, with y, or an iterable of batches (X, y), without (got {shown})"
    )
    assert_refused(InvalidTypeError, message, thing)


def test_an_array_without_targets_is_refused():
    message = (
        "y is missing: X is an array (of shape (50, 3)), which needs targets; without y, X is "
        "taken as an iterable of batches (X, y)"
    )
    assert_refused(InvalidTypeError, message, X)


@pytest.mark.parametrize("kind", [list, tuple, iter, lambda pairs: Anew(lambda: iter(pairs))])
def test_batches_with_targets_beside_them_are_refused(kind):
    batches = kind(cut(10))
    message = (
        f"X is an iterable of batches ({type(batches).__name__}), which brings its own targets; "
        "leave y out"
    )
    assert_refused(InvalidValueError, message, batches, Y)


def test_rows_of_two_inputs_in_lists_are_not_taken_for_batches():
    net = make(sizes=(2, 2, 1))
    zero, one = np.array(0.0), np.array(1.0)
    for rows in ([[0, 1], (1, 0), np.array([1, 1])], [[zero, one], [one, zero], [one, one]]):
        assert ns.train(net, rows, [0, 1, 1], epochs=2).epochs == 2


PAIR = (
    "batch 0 of epoch 0: a batch must be a pair (X, y) of arrays, or a triple with weights (got "
    "{}); arrays of all examples are given as train(net, X, y)"
)


@pytest.mark.parametrize(
    ("batch", "shown"),
    [
        (X, "an array of shape (50, 3)"),
        ((X, Y, Y, Y), "a tuple of 4"),
        ([X], "a list of 1"),
        ({"X": 1, "y": 2}, "{'X': 1, 'y': 2}"),
        (None, "None"),
        ("ab", "'ab'"),
    ],
    ids=["array", "four", "one", "dict", "None", "text"],
)
def test_a_batch_that_is_no_pair_is_refused(batch, shown):
    assert_refused(InvalidTypeError, PAIR.format(shown), [batch])


def test_a_pair_of_arrays_in_the_place_of_x_is_refused_with_the_remedy():
    assert_refused(InvalidTypeError, PAIR.format("an array of shape (50, 3)"), (X, Y))


def test_rows_without_targets_are_refused():
    message = (
        "batch 0 of epoch 0: X must have shape (n_examples, 2), one column per input neuron "
        "(got shape ())"
    )
    assert_refused(InvalidValueError, message, [[0, 1], [1, 0]], net=make(sizes=(2, 2, 1)))


# -- bad batches ---------------------------------------------------------------------------

SHAPE = "{} must have shape (n_examples, {}), one column per {} neuron (got shape {})"


@pytest.mark.parametrize("engine", ["numpy", "numba"])
@pytest.mark.parametrize(
    ("batch", "error", "message"),
    [
        ((X[:, :2], Y), InvalidValueError, SHAPE.format("X", 3, "input", "(50, 2)")),
        ((X, Y[:, :1]), InvalidValueError, SHAPE.format("y", 2, "output", "(50, 1)")),
        ((X, Y[:9]), InvalidValueError, "X and y must have as many rows (got 50 and 9)"),
        ((X[:0], Y[:0]), InvalidValueError, "X must hold at least one example (got none)"),
        (
            ([[0, 0, 0], [1, np.nan, 1]], [[0, 0], [1, 1]]),
            InvalidValueError,
            "X[1, 1] must be finite as float64 (got nan)",
        ),
        (
            ([[0, 0, 0]], [[0, -np.inf]]),
            InvalidValueError,
            "y[0, 1] must be finite as float64 (got -inf)",
        ),
        (
            (X.astype(str), Y),
            InvalidTypeError,
            "X must be an array of real numbers (got an array of dtype <U32)",
        ),
        (
            (X, Y * 1j),
            InvalidTypeError,
            "y must be an array of real numbers (got an array of dtype complex128)",
        ),
    ],
    ids=["columns", "targets", "rows", "none", "nan", "inf", "text", "complex"],
)  # fmt: skip
def test_a_bad_batch_is_named_and_the_training_undone(engine, batch, error, message):
    net, epochs = make(), []

    def batches():
        yield from cut(10)
        if epochs:
            yield batch

    with refuses(error, f"batch 5 of epoch 2: {message}"):
        ns.train(
            ns.compile(net, engine=engine), Anew(batches),
            callbacks=[lambda history: epochs.extend([1] * (history.epochs == 2))],
        )  # fmt: skip
    np.testing.assert_array_equal(net.parameters, make().parameters)
    assert sum(epochs) == 1


def test_an_array_like_that_breaks_is_the_users_own_error_with_a_note():
    class Broken:
        def __array__(self, dtype=None, copy=None):
            raise LookupError("mine")

    net = make()
    with pytest.raises(LookupError, match=r"^mine") as broken:
        ns.train(net, [*cut(10), (Broken(), Y)])
    assert broken.value.__notes__ == ["in batch 5 of epoch 0"]
    np.testing.assert_array_equal(net.parameters, make().parameters)


@pytest.mark.parametrize("make_net", [make, irregular])
@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_an_error_of_the_iterable_passes_through_and_what_was_learned_stays(engine, make_net):
    def failing():
        yield from cut(10)[:2]
        raise InvalidValueError("mine")  # not one of neurosim's own, though it looks like it

    net, taught = make_net(), make_net()
    with refuses(InvalidValueError, "mine") as failure:
        ns.train(ns.compile(net, engine=engine), failing(), epochs=1, rule=RULE)
    assert failure.value.__cause__ is None
    ns.train(ns.compile(taught, engine=engine), cut(10)[:2], epochs=1, rule=RULE)
    np.testing.assert_array_equal(net.parameters, taught.parameters)


def test_an_iterable_that_changes_the_structure_ends_the_training():
    net = make()

    def growing():
        yield X, Y
        net.add_neuron("late")
        yield X, Y

    with pytest.raises(StaleProgramError):
        ns.train(net, growing(), epochs=1)


# -- divergence and Ctrl-C -----------------------------------------------------------------


@pytest.mark.parametrize("engine", ["numpy", "numba"])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_stream_diverges_as_an_array_does(engine, chunked):
    stream = {"data": ([(X, Y)],), "batch_size": 10} if chunked else {"data": (cut(10),)}
    errors, nets = [], []
    cost = ns.SquaredError(reduction="sum")
    for given in ({"data": (X, Y), "batch_size": 10}, stream):
        net = ns.topologies.layered([3, 2], activation="identity")
        data = given.pop("data")
        with pytest.raises(DivergenceError) as error:
            ns.train(
                ns.compile(net, engine=engine), *data, rule=ns.GradientDescent(5.0), cost=cost,
                epochs=500, shuffle=False, **given,
            )  # fmt: skip
        errors.append(error.value)
        nets.append(net)
    assert str(errors[0]) == str(errors[1])
    assert_same(nets[0], errors[0].history, nets[1], errors[1].history)
    assert errors[1].history.epochs > 0


@pytest.mark.parametrize("engine", ["numpy", "numba"])
@pytest.mark.parametrize("batch_size", [None, 1])
def test_a_cost_that_is_no_number_before_the_first_step_is_told_apart(engine, batch_size):
    net = ns.topologies.layered([1, 1], activation="identity")
    net.synapses.weight = 1.0
    batches = [([[1e200], [1e200]], [0, 0])]
    with pytest.raises(DivergenceError, match="it was so before the first step"):
        ns.train(ns.compile(net, engine=engine), batches, batch_size=batch_size)
    assert net.synapses[0].weight == 1.0


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_infinite_parameters_are_noticed_at_the_end_of_the_epoch(engine):
    # As in test_divergence: σ(−inf) = 0 costs nothing, but is no way on.
    net = ns.topologies.layered([1, 1], activation="sigmoid", bias=None)
    rule = ns.GradientDescent(1e308)
    with pytest.raises(DivergenceError, match="epoch 0: a parameter is not finite"):
        ns.train(
            ns.compile(net, engine=engine), [([[1000.0]], [0.0])] * 2, rule=rule, epochs=3,
            cost=ns.SquaredError(reduction="sum"),
        )  # fmt: skip
    assert net.synapses[0].weight == 0.0


@pytest.fixture
def own_handler():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    alarm = signal.getsignal(getattr(signal, "SIGALRM", signal.SIGINT))
    yield
    signal.signal(signal.SIGINT, before)
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, alarm)


@pytest.mark.usefixtures("own_handler")
@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_ctrl_c_in_the_iterable_stops_before_the_next_step(engine):
    def pressing():
        yield from cut(10)[:2]
        signal.raise_signal(signal.SIGINT)
        yield from cut(10)[2:]

    net, taught = make(), make()
    with pytest.raises(TrainingInterrupted):
        ns.train(ns.compile(net, engine=engine), pressing(), epochs=1)
    ns.train(ns.compile(taught, engine=engine), cut(10)[:2], epochs=1)
    np.testing.assert_array_equal(net.parameters, taught.parameters)


@pytest.mark.usefixtures("own_handler")
@pytest.mark.skipif(os.name == "nt", reason="Windows has no interval timer")
def test_ctrl_c_stops_within_a_large_chunk():
    net, many = make(), (np.tile(X, (100_000, 1)), np.tile(Y, (100_000, 1)))
    program = ns.compile(net, engine="numba")
    ns.train(program, cut(10), batch_size=1, epochs=1)  # compiled by now
    signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))

    def chunks():
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        yield many
        pytest.fail("the chunk was trained on to its end")

    with pytest.raises(TrainingInterrupted):
        ns.train(program, chunks(), batch_size=1, epochs=1, shuffle=False)
    assert np.isfinite(net.parameters).all()


# -- validation, callbacks, progress -------------------------------------------------------


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_validation_on_batches_is_that_on_the_arrays(engine):
    costs = [
        ns.train(ns.compile(make(), engine=engine), cut(10), epochs=3, validation=validation)[
            "val_cost"
        ]
        for validation in ((X, Y), cut(7), Anew(lambda: iter(cut(50))), [X, Y])
    ]
    for one in costs[1:]:
        np.testing.assert_allclose(one, costs[0], rtol=1e-13)


def test_a_tuple_is_a_pair_of_arrays_and_a_list_of_two_pairs_is_two_batches():
    net = make()
    two = ns.train(net.copy(), X, Y, epochs=2, validation=[(X[:25], Y[:25]), (X[25:], Y[25:])])
    one = ns.train(net.copy(), X, Y, epochs=2, validation=(X, Y))
    np.testing.assert_allclose(two["val_cost"], one["val_cost"], rtol=1e-13)


def test_a_validation_that_can_be_gone_through_once_is_refused():
    message = (
        "validation is gone through after every epoch, which an iterator allows once only (got "
        "list_iterator); pass a list of batches, or an object whose __iter__ makes a new iterator"
    )
    assert_refused(InvalidTypeError, message, X, Y, validation=iter(cut(10)))


@pytest.mark.parametrize("thing", ["text", {"X": 1}, 3, X])
def test_what_can_be_no_validation_is_refused(thing):
    message = (
        "validation must be a pair (X, y) or an iterable of batches, such as a list of pairs "
        f"(got {type(thing).__name__})"
    )
    assert_refused(InvalidTypeError, message, cut(10), validation=thing)


def test_a_bad_batch_of_the_validation_undoes_the_training():
    message = "batch 1 of the validation of epoch 0: " + SHAPE.format("X", 3, "input", "(50, 1)")
    assert_refused(InvalidValueError, message, cut(10), validation=[(X, Y), (X[:, :1], Y)])


def test_an_empty_validation_is_refused():
    message = (
        "the iterable gave no batch in the validation of epoch 0; it must give at least one batch "
        "(X, y)"
    )
    assert_refused(InvalidValueError, message, cut(10), validation=[])


def test_callbacks_and_the_progress_bar_come_after_every_epoch(terminal):
    shown = terminal()
    seen = []
    ns.train(
        make(), cut(10), epochs=3, callbacks=[lambda h: seen.append(h.epochs)], progress=True
    )
    assert seen == [1, 2, 3]
    assert "3/3" in shown.getvalue()


# -- memory maps ---------------------------------------------------------------------------


def mapped(tmp_path, array, name="X", *, dtype=None, mode="r", order="C"):
    """The array in a file, mapped."""
    array = np.asarray(array, dtype)
    path = tmp_path / f"{name}.{np.dtype(array.dtype).str.strip('<>|=')}.{order}"
    whole = np.memmap(path, array.dtype, "w+", shape=array.shape, order=order)
    whole[:] = array
    whole.flush()
    return np.memmap(path, array.dtype, mode, shape=array.shape, order=order)


@pytest.mark.parametrize("engine", ["numpy", "numba"])
@pytest.mark.parametrize("mode", ["r", "r+", "c"])
@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize(
    "stored", ["float64 C", "float64 F", "float32 C", "int16 C", ">f8 C"]
)
def test_a_map_gives_the_bits_of_the_array(tmp_path, engine, mode, shuffle, stored):
    stored, order = stored.split()
    whole = np.rint(8 * X).astype(stored), Y.astype(np.float32)
    on_disk = (
        mapped(tmp_path, whole[0], "X", mode=mode, order=order), mapped(tmp_path, whole[1], "y")
    )  # fmt: skip
    compare(
        make, engine, {"data": whole}, {"data": on_disk},
        shuffle=shuffle, seed=1, epochs=3, batch_size=8, rule=MOMENTUM,
    )  # fmt: skip


@pytest.mark.parametrize("stored", ["float64", "float32"])
@pytest.mark.parametrize("batch_size", [None, 1, 50, 200])
def test_a_map_has_the_modes_of_arrays(tmp_path, stored, batch_size):
    on_disk = mapped(tmp_path, X, dtype=stored), mapped(tmp_path, Y, "y", dtype=stored)
    compare(
        lambda: make("float32"), "auto",
        {"data": (X.astype(stored), Y.astype(stored))}, {"data": on_disk},
        batch_size=batch_size, epochs=2, seed=0,
    )  # fmt: skip


def test_a_map_of_targets_alone_and_of_a_single_output(tmp_path):
    targets = mapped(tmp_path, np.arange(50) % 2, "y", dtype="uint8")
    compare(
        lambda: make(sizes=(3, 4, 1)), "auto",
        {"data": (X, np.arange(50) % 2)}, {"data": (X, targets)}, epochs=2, batch_size=7, seed=0,
    )  # fmt: skip


def test_a_map_is_cast_in_pieces_that_join_without_a_seam(tmp_path, monkeypatch):
    monkeypatch.setattr("neurosim.checks.PIECE", 64)
    monkeypatch.setattr("neurosim.training.mapped.PIECE", 64)
    on_disk = mapped(tmp_path, X, dtype="float32"), Y
    for engine in ("numpy", "numba"):
        compare(
            make, engine, {"data": (X.astype("float32"), Y)}, {"data": on_disk},
            epochs=3, batch_size=4, seed=1, validation=on_disk,
        )  # fmt: skip


@pytest.mark.parametrize("stored", ["float64", "float32"])
def test_a_map_is_checked_at_the_door(tmp_path, stored, monkeypatch):
    monkeypatch.setattr("neurosim.checks.PIECE", 30)
    spoilt = X.copy()
    spoilt[33, 2] = np.nan
    message = "X[33, 2] must be finite as float64 (got nan)"
    assert_refused(InvalidValueError, message, mapped(tmp_path, spoilt, dtype=stored), Y)
    wide = mapped(tmp_path, np.hstack([X, X]), "wide", dtype=stored)
    assert_refused(InvalidValueError, SHAPE.format("X", 3, "input", "(50, 6)"), wide, Y)
    rows = "X and y must have as many rows (got 49 and 50)"
    assert_refused(InvalidValueError, rows, mapped(tmp_path, X, dtype=stored)[:49], Y)
    none = "validation X must hold at least one example (got none)"
    validation = mapped(tmp_path, X, dtype=stored)[:0], Y[:0]
    assert_refused(InvalidValueError, none, X, Y, validation=validation)


def test_a_number_in_a_map_that_the_cast_makes_infinite_is_refused(tmp_path):
    large = X.copy()
    large[7, 0] = 1e300
    message = "X[7, 0] must be finite as float32 (got 1e+300)"
    net = make("float32")
    assert_refused(InvalidValueError, message, mapped(tmp_path, large), Y, net=net)


def test_complex_maps_are_refused(tmp_path):
    message = "X must be an array of real numbers (got an array of dtype complex128)"
    assert_refused(InvalidTypeError, message, mapped(tmp_path, X * 1j), Y)


@pytest.mark.parametrize("stored", ["float64", "float32"])
def test_targets_that_a_cost_refuses_are_named_with_their_piece(tmp_path, stored, monkeypatch):
    monkeypatch.setattr("neurosim.checks.PIECE", 40)
    targets = Y.copy()
    targets[33, 1] = 1.5
    message = (
        "y[20:40]: BinaryCrossEntropy: targets must be in [0, 1] (got 1.5 in row 13, column 1)"
    )
    on_disk = mapped(tmp_path, targets, "y", dtype=stored)
    assert_refused(InvalidValueError, message, X, on_disk, cost=ns.BinaryCrossEntropy())


@pytest.mark.parametrize(
    ("stored", "dtype"), [("float32", "float32"), ("float64", "float32"), ("uint8", "float64")]
)
def test_training_on_a_map_takes_little_memory(tmp_path, stored, dtype):
    n, width = 200_000, 50  # 10 million numbers
    path = tmp_path / "large"
    inputs = np.memmap(path, stored, "w+", shape=(n, width))
    inputs[:] = np.arange(width)
    targets = np.zeros(n, dtype)
    inputs.flush()
    on_disk = np.memmap(path, stored, "r", shape=(n, width))
    net = make(dtype, sizes=(width, 2, 1))
    program = ns.compile(net)
    ns.train(program, on_disk[:1000], targets[:1000], batch_size=100, epochs=1)  # compiled by now
    gc.collect()
    tracemalloc.start()
    ns.train(program, on_disk, targets, batch_size=100, epochs=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # The order of an epoch takes 12 bytes an example while it is drawn: 2.4 MB.
    assert peak < 8e6 < n * width * np.dtype(dtype).itemsize / 4


def test_the_check_of_an_array_makes_no_other_as_large():
    large = np.zeros((100_000, 50))
    program = ns.compile(make(sizes=(50, 2, 1)), engine="numba")
    targets = np.zeros(100_000)
    ns.train(program, large[:1000], targets[:1000], batch_size=100, epochs=1)
    tracemalloc.start()
    ns.train(program, large, targets, batch_size=100, epochs=1, shuffle=False)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < large.size / 2  # bytes: a truth value for each number would take more


RSS = """
import resource
import numpy as np
import neurosim as ns

net = ns.topologies.layered([100, 3, 1], activation="sigmoid", dtype="float32")
net.initialize(ns.initializers.Normal(), seed=0)


class Batches:
    def __iter__(self):
        generator = np.random.default_rng(0)
        for _ in range(200):
            X = generator.random((5000, 100))
            yield X, X.mean(axis=1)


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


ns.train(net, [next(iter(Batches()))] * 4, epochs=2, batch_size=50, seed=0)
before = peak()
history = ns.train(net, Batches(), epochs=1, batch_size=50, seed=0)
print(peak() - before)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no resource module")
def test_a_stream_far_larger_than_what_is_in_memory_at_a_time_takes_little_of_it():
    child = subprocess.run(
        [sys.executable, "-c", RSS], capture_output=True, text=True, check=True
    )
    # 200 batches of 4 MB are 800 MB; a few are there at a time.
    assert float(child.stdout) < 60
