"""A checkpoint may be anybody's: each array and number in it is looked at before anything is."""

import copy
import io
import re
import tracemalloc
import zipfile

import numpy as np
import pytest

import neurosim as ns
from neurosim.errors import FormatError, NeurosimError
from neurosim.io.tree import read_tree, write_tree
from neurosim.training import resuming
from neurosim.training.callbacks.checkpoint import VERSION
from neurosim.training.expected import Text
from tests.io import fuzzing_states
from tests.io.fuzzing_states import CASES, Report, checkpoint_of, quick_pauses, train


def leaves(node, place=()):
    """Yield the place and the value of each array, number, text and empty container."""
    inside = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in inside:
        if isinstance(value, (dict, list)) and value:
            yield from leaves(value, (*place, key))
        else:
            yield (*place, key), value


def dicts(node, place=()):
    """Yield the place of each dict."""
    if isinstance(node, dict):
        yield place
    inside = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in inside:
        if isinstance(value, (dict, list)):
            yield from dicts(value, (*place, key))


def at(tree, place):
    for key in place:
        tree = tree[key]
    return tree


def with_leaf(tree, place, value):
    changed = copy.deepcopy(tree)
    at(changed, place[:-1])[place[-1]] = value
    return changed


def is_own(name, tree, place):
    """Return whether something is of the user's own rule or callback, who looks at it himself."""
    if name == "own rule" and place[:2] == ("way", "memory"):
        return True
    if place[:1] != ("callbacks",) or len(place) < 3:
        return False
    return tree["callbacks"][place[1]]["kind"] == "Own" and place[2] == "state"


def forged(value):
    """Yield what can never be in the place of a value, each with what it is."""
    yield "nothing", None if value is not None else {}
    yield "a dict", {"x": 1}
    yield "text", np.array(["text"])
    yield "complex", np.array([1j])
    if isinstance(value, np.ndarray):
        yield from forged_arrays(value)
    elif isinstance(value, bool):
        yield "a number", 1
    elif isinstance(value, (int, float)):
        yield "true", True
        yield "NaN", float("nan")
        yield "a digit", "1"
        yield "an array", np.array([1.0])
        if isinstance(value, int):
            yield "negative", -2
            yield "far too large", 1 << 130
            yield "a fraction", value + 0.5


def forged_arrays(array):
    yield "longer", np.resize(array, (1000, *array.shape[1:]))
    yield "one more dimension", array[None]
    yield "a number in its place", 1.5
    other = np.float32 if array.dtype == np.float64 else np.float64
    yield "of another type", np.zeros(array.shape, other)
    if array.ndim:
        yield "empty", array[:0]
        yield "shorter", array[: len(array) // 2] if len(array) > 1 else array[:0]
    if array.dtype.kind == "f":
        yield "NaN", np.full_like(array, np.nan)


def is_allowed(place, what):
    """Return whether some places may hold what others may not."""
    if place[0] == "history" and place[1] not in ("cost", "errors"):
        is_known = place[1].split("_")[0] in ("r", "val")  # of which there is one for each epoch
        if what in ("NaN", "of another type"):
            return True
        return what in ("empty", "shorter") and not is_known
    if place[-1] in ("sums", "parameters") and len(place) > 1:  # where there may be none
        return what == "nothing"
    is_sum = place in {("way", "total"), ("way", "earlier")}  # of a cost, which may be any number
    return is_sum and what in ("negative", "far too large", "a fraction")


class Looking(ns.callbacks.Callback):
    """Has states looked at as those of the training that goes on here."""

    order = -9

    def __init__(self):
        self.accepts = None

    def on_begin(self, run):
        way = run.way

        def accepts(tree):
            run.way = way  # which the end of the training takes away
            try:
                resuming.require_state(tree)
                resuming.require_same(run, copy.deepcopy(tree), run.callbacks, "c")
                resuming.require_fitting(run, tree, run.callbacks)
            except NeurosimError:
                return False
            return True

        self.accepts = accepts


def good_state(name, folder):
    checkpoint_of(name, folder / "good")
    return read_tree(folder / "good", VERSION)


def looker(name, folder):
    """Return what tells whether a state is accepted by a training of a case."""
    looking = Looking()
    with quick_pauses():
        train(name, folder / "good", looking)
    return looking.accepts


@pytest.mark.parametrize("name", CASES)
def test_every_entry_is_checked(name, tmp_path):
    tree = good_state(name, tmp_path)
    accepts = looker(name, tmp_path)
    assert accepts(tree)
    accepted = [
        (place, what)
        for place, value in leaves(tree)
        for what, other in forged(value)
        if not is_own(name, tree, place) and accepts(with_leaf(tree, place, other))
    ]
    assert [each for each in accepted if not is_allowed(*each)] == []


@pytest.mark.parametrize("name", CASES)
def test_no_entry_is_missing_and_none_is_unknown(name, tmp_path):
    tree = good_state(name, tmp_path)
    accepts = looker(name, tmp_path)
    accepted = []
    for place in dicts(tree):
        if is_own(name, tree, place):
            continue
        for key in at(tree, place):
            changed = copy.deepcopy(tree)
            del at(changed, place)[key]
            if accepts(changed):
                accepted.append((*place, key))
        if place != ("history",) and accepts(with_leaf(tree, (*place, "unknown"), "x")):
            accepted.append(place)
    # what others than the training have added to a history may be missing
    assert [place for place in accepted if place[0] != "history" or len(tree["history"]) < 3] == []


def test_texts_that_are_optional_are_taken_where_they_are_known(tmp_path, monkeypatch):
    tree = good_state("adam, numpy", tmp_path)
    accepts = looker("adam, numpy", tmp_path)
    assert not accepts({**tree, "strategy": "one by one"})
    monkeypatch.setitem(resuming.OPTIONAL, "strategy", Text())
    assert accepts({**tree, "strategy": "one by one"})
    assert not accepts({**tree, "strategy": 3})


@pytest.mark.parametrize(
    ("name", "place", "value", "message"),
    [
        (
            "adam, numba", ("way", "memory", "mean"), np.zeros(1000),
            "way.memory.mean must be a float64 array of shape (26,) (got float64, (1000,))",
        ),
        (
            "adam, numba", ("way", "order"), np.full(13, 10**9, np.int32),
            "way.order must hold numbers from 0 to 12 (got 1000000000)",
        ),
        (
            "adam, numba", ("way", "order"), np.zeros(13, np.int32),
            "way.order must hold each number once",
        ),
        (
            "in order, numba", ("way", "order"), np.arange(13, dtype=np.int32)[::-1],
            "way.order must be what it was at the start of the training",
        ),
        (
            "adam, numba", ("way", "number"), 3,
            "way.number must be a whole number from 0 to 2 (got 3)",
        ),
        (
            "adam, numpy", ("way", "taken"), 10**9,
            "way.taken must be the number of steps in 2 epochs and 1 steps (got 1000000000)",
        ),
        (
            "adam, numba", ("way", "memory", "square"), np.full(26, -1.0),
            "way.memory.square must hold numbers from 0 to inf (got -1.0)",
        ),
        (
            "adamw, numba", ("way", "memory", "decays"), np.ones(26),
            "way.memory.decays must be what it was at the start of the training",
        ),
        (
            "stream, numba", ("way", "largest"), 10**12,
            "way.largest must be a whole number from 0 to 2 (got 1000000000000)",
        ),
        (
            "Mersenne", ("way", "generator", "state", "pos"), 625,
            "way.generator.state.pos must be a whole number from 0 to 624 (got 625)",
        ),
        (
            "Philox", ("way", "generator", "buffer_pos"), 5,
            "way.generator.buffer_pos must be a whole number from 0 to 4 (got 5)",
        ),
        (
            "adam, numba", ("way", "generator", "state", "inc"), 4,
            "way.generator.state.inc must be odd (got 4)",
        ),
        (
            "pocket", ("way", "right"), np.array([14, 0]),
            "way.right must hold numbers from 0 to 13 (got 14)",
        ),
        (
            "damped", ("way", "damping"), float("nan"),
            "way.damping must be a number from 0 to inf (got nan)",
        ),
        (
            "callbacks, numba", ("callbacks", 1, "state", "parameters"), np.zeros(3),
            "the state of EarlyStopping.parameters must be a float64 array of "
            "shape (26,) (got float64, (3,))",
        ),
        (
            "callbacks, numba", ("callbacks", 2, "state", "epochs"), [0, 0, 1],
            "the state of Snapshots.epochs must rise, and be one for each of 3 snapshots "
            "(got [0, 0, 1])",
        ),
        (
            "callbacks, numba", ("callbacks", 0, "state", "alarms"), [[0, "dead", ["ghost"]]],
            "the state of Watch.alarms[0][2][0] must be one of ['input[0]', 'input[1]', ",
        ),
        (
            "callbacks, numba", ("callbacks", 3, "state"), {"epochs": "x"},
            "cannot take over the state that is in the checkpoint: ValueError: invalid literal",
        ),
        (
            "adam, numba", ("history", "cost"), np.zeros(3),
            "way.epochs must be a whole number from 3 to 3 (got 2)",
        ),
    ],
)  # fmt: skip
def test_what_is_refused_is_named_and_leaves_network_and_callbacks_as_they_were(
    name, place, value, message, tmp_path
):
    name = "in order" if name == "in order, numba" else name
    tree, path = good_state(name, tmp_path), tmp_path / "forged"
    write_tree(path, with_leaf(tree, place, value), VERSION)
    net, callbacks = CASES[name]["make"](), CASES[name]["callbacks"]()
    before = [dict(vars(one)) for one in callbacks]
    ns.compile(net)
    parameters = net.parameters.copy()
    with quick_pauses(), pytest.raises(FormatError) as refusal:
        train(name, path, make=lambda: net, callbacks=lambda: callbacks)
    assert str(refusal.value).startswith(f"{path}: ")
    assert message in str(refusal.value)
    np.testing.assert_array_equal(net.parameters, parameters)
    assert [dict(vars(one)) for one in callbacks] == before


class Late(ns.callbacks.EarlyStopping):
    """Remembers nothing, so that the checkpoint is one of the same callbacks."""

    state = ns.callbacks.Callback.state


def test_a_start_that_fails_after_a_checkpoint_was_taken_over_puts_all_back(tmp_path):
    path = tmp_path / "good"
    good_state("Mersenne", tmp_path)
    net, generator = CASES["Mersenne"]["make"](), np.random.RandomState(3)
    parameters, place = np.sort(net.parameters), generator.get_state(legacy=False)
    program = ns.compile(net, engine="numba")
    with pytest.raises(ns.errors.UnknownNameError, match=r"^EarlyStopping.watch is 'nothing'"):
        ns.train(
            program, fuzzing_states.X, fuzzing_states.Y, epochs=6, batch_size=5, seed=generator,
            callbacks=[Late("nothing"), ns.callbacks.Checkpoint(path)],
        )  # fmt: skip
    np.testing.assert_array_equal(np.sort(net.parameters), parameters)
    np.testing.assert_equal(generator.get_state(legacy=False), place)


# -- memory ----------------------------------------------------------------------------------


def peak_of(path):
    tracemalloc.start()
    try:
        with pytest.raises(FormatError) as refusal:
            read_tree(path, VERSION)
        return str(refusal.value), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def archive(path, text, arrays, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as file:
        members = {"tree": np.frombuffer(text.encode(), np.uint8), **arrays}
        for name, array in members.items():
            data = io.BytesIO()
            np.save(data, array)
            file.writestr(f"{name}.npy", data.getvalue())


def test_an_array_is_listed_once(tmp_path):
    tree = '{"neurosim": 2, "tree": [' + '{"array": 0},' * 2999 + '{"array": 0}]}'
    archive(tmp_path / "c", tree, {"0": np.zeros(100_000)})
    message, peak = peak_of(tmp_path / "c")
    assert message.endswith("tree must list each array once (got 0)")
    assert peak < 10 * (tmp_path / "c").stat().st_size + (64 << 20)


def test_what_is_packed_is_not_unpacked(tmp_path):
    archive(
        tmp_path / "c", '{"neurosim": 2, "tree": {"array": 0}}', {"0": np.zeros(25_000_000)},
        zipfile.ZIP_DEFLATED,
    )  # fmt: skip
    message, peak = peak_of(tmp_path / "c")
    assert "must be stored as it is, neither compressed nor encrypted" in message
    assert peak < 10 * (tmp_path / "c").stat().st_size + (64 << 20)


@pytest.mark.parametrize(
    ("tree", "arrays", "message"),
    [
        ("[" * 100_000, {}, "recursion"),
        ('{"neurosim": 2, "tree": ' + "[" * 60 + "]" * 60 + "}", {}, "at most 50 levels deep"),
        ('{"neurosim": 2, "tree": {"dict": {"a": 1, "a": 2}}}', {}, "the key 'a' once"),
        ('{"neurosim": 2, "tree": NaN}', {}, "expected finite numbers (got NaN)"),
        ('{"neurosim": 2, "tree": {"float": "1"}}', {}, "must hold dicts, arrays and floats"),
        ('{"neurosim": 2, "tree": {"array": 0}}', {}, "must list each array once (got 0)"),
        ('{"neurosim": 2, "tree": {"array": true}}', {"True": np.zeros(1)}, "each array once"),
        ('{"neurosim": 2, "tree": 0}', {"0": np.zeros(1)}, "must list each array (got no '0.npy')"),
        (
            '{"neurosim": 2, "tree": {"array": 0}}', {"0": np.array([np.inf])},
            "0.npy must hold finite numbers",
        ),
        (
            '{"neurosim": 2, "tree": {"array": 0, "special": 1}}',
            {"0": np.zeros(2), "1": np.zeros(3, np.uint8)},
            "what is special of an array must be one of its places",
        ),
        ("[]", {}, "tree must have the keys neurosim and tree"),
    ],
)  # fmt: skip
def test_a_tree_that_could_not_be_written_is_refused(tree, arrays, message, tmp_path):
    archive(tmp_path / "c", tree, arrays)
    with pytest.raises(FormatError, match=re.escape(message)):
        read_tree(tmp_path / "c", VERSION)


# -- what is written ---------------------------------------------------------------------------


def test_what_overflows_without_harm_is_taken_up_again(tmp_path):
    """Squares of large gradients are infinite in float32, steps by them 0, and all goes on."""
    def train(*callbacks, epochs):
        net = ns.topologies.layered([1, 1], activation="identity", dtype="float32")
        net.initialize(ns.initializers.Constant(1.0))
        history = ns.train(
            ns.compile(net, engine="numpy"), [[1.0], [1e-3]], [1e18, 0.0], rule=ns.Adagrad(0.1),
            cost=ns.Huber(threshold=1e30, reduction="sum"), batch_size=1, shuffle=False,
            epochs=epochs, callbacks=list(callbacks),
        )  # fmt: skip
        return net.parameters.copy(), dict(history)

    expected = train(epochs=4)
    for epochs in (1, 4):
        found = train(ns.callbacks.Checkpoint(tmp_path / "c"), epochs=epochs)
    np.testing.assert_array_equal(found[0], expected[0])
    assert found[1] == expected[1]


# -- many at random ----------------------------------------------------------------------------


def test_forged_states_are_refused_or_taken_over(tmp_path):
    names = ("adam, numba", "pocket", "stream, numba", "noise", "callbacks, numpy")
    report = Report().fuzz(600, seed=1, folder=tmp_path, cases=names)
    assert not report.wrong, str(report)
    counts = {kind: 0 for _, kind in report.counts}
    for (_, kind), count in report.counts.items():
        counts[kind] += count
    assert counts["loaded"] > 10
    assert counts["FormatError"] > 300


def test_the_fuzzer_notices_any_other_outcome(tmp_path, monkeypatch):
    with quick_pauses():
        good = checkpoint_of("adam, numpy", tmp_path / "good")
        assert fuzzing_states.outcome("adam, numpy", good, tmp_path) == "loaded"
        monkeypatch.setattr(resuming, "require_fitting", None)
        from neurosim.training import hooks

        monkeypatch.setattr(hooks, "require_fitting", lambda *arguments: 1 / 0)
        found = fuzzing_states.outcome("adam, numpy", good, tmp_path)
    assert found == "ZeroDivisionError: division by zero"
