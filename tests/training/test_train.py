"""The loop: epochs, batches, shuffling, validation, history, callbacks, progress."""

import copy
import pickle
import re
import sys
import threading

import attrs
import numpy as np
import pytest

import neurosim as ns
from neurosim.engines import ENGINES
from neurosim.errors import MissingExtraError, NeurosimWarning, StaleProgramError

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.5, 0.2]])
XOR = np.array([0.0, 1.0, 1.0, 0.0, 0.3])
RULE = ns.GradientDescent(0.5)


def make(seed=1, dtype="float64", activation="sigmoid"):
    net = ns.topologies.layered([2, 3, 1], activation=activation, dtype=dtype)
    net.initialize(ns.initializers.Normal(), seed=seed)
    return net


def refuses(error, message):
    """The whole message, word by word."""
    return pytest.raises(error, match=f"^{re.escape(message)}$")


@attrs.frozen
class Witness(ns.Rule):
    """Learns nothing, and notes which inputs each batch had."""

    seen: list = attrs.field(factory=list)

    def update(self, parameters, gradient, memory):
        self.seen.append(np.flatnonzero(gradient).tolist())


def batches(n_examples, epochs=1, **arguments):
    """The numbers of the examples in each batch of a training."""
    net = ns.Network("one-hot")  # example i sets input i alone, so only weight i has a gradient
    net.connect(net.add_layer(n_examples, role="input"), net.add_neuron(bias=None, role="output"))
    rule = Witness()
    ns.train(net, np.eye(n_examples), np.ones(n_examples), rule=rule, epochs=epochs, **arguments)
    return rule.seen


# -- batches and their order ---------------------------------------------------------------


def test_without_a_batch_size_a_batch_is_all_examples():
    assert batches(4, epochs=2) == [[0, 1, 2, 3]] * 2


def test_a_batch_size_beyond_the_examples_is_all_of_them():
    assert batches(3, batch_size=10) == [[0, 1, 2]]


def test_without_shuffling_examples_come_in_their_order_and_a_shorter_last_batch_is_kept():
    assert batches(5, epochs=2, batch_size=2, shuffle=False) == [[0, 1], [2, 3], [4]] * 2


def test_shuffling_takes_every_example_once_an_epoch_in_a_new_order():
    seen = batches(12, epochs=3, batch_size=1, seed=0)
    orders = [[i for (i,) in seen[k : k + 12]] for k in (0, 12, 24)]
    assert [sorted(order) for order in orders] == [list(range(12))] * 3
    assert len({tuple(order) for order in (*orders, range(12))}) == 4


def test_shuffled_batches_have_their_sizes():
    assert sorted(map(len, batches(5, batch_size=2, seed=0))) == [1, 2, 2]


@pytest.mark.parametrize("make_seed", [int, np.random.SeedSequence, np.random.RandomState])
def test_the_same_seed_gives_the_same_order_and_another_another(make_seed):
    first, again, other = (
        batches(12, epochs=2, batch_size=1, seed=make_seed(n)) for n in (7, 7, 8)
    )
    assert first == again != other


def test_a_generator_goes_on_from_where_it_stands():
    generator = np.random.default_rng(3)
    first = batches(12, batch_size=1, seed=generator)
    second = batches(12, batch_size=1, seed=generator)
    assert first + second == batches(12, epochs=2, batch_size=1, seed=3)


def test_the_global_random_state_is_left_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002 (the legacy state is what is tested)
    batches(5, batch_size=1)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_same_seed_gives_the_same_bits(dtype):
    first, second = make(dtype=dtype), make(dtype=dtype)
    histories = [
        ns.train(net, X, XOR, rule=RULE, epochs=20, batch_size=2, seed=4) for net in (first, second)
    ]
    np.testing.assert_array_equal(first.parameters, second.parameters)
    assert dict(histories[0]) == dict(histories[1])


# -- what is trained -----------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_training_lowers_the_cost_in_both_dtypes(dtype):
    net = make(dtype=dtype)
    rule = ns.GradientDescent(2.0, momentum=0.9)
    history = ns.train(net, X[:4], XOR[:4], rule=rule, epochs=1000)
    outputs = ns.compile(net).feedforward(X[:4])
    assert outputs.dtype == net.parameters.dtype == dtype
    np.testing.assert_array_equal(outputs.round()[:, 0], XOR[:4])
    assert history["cost"][-1] < 0.01 < history["cost"][0]


def test_a_network_and_its_program_train_to_the_same_bits():
    net, other = make(), make()
    program = ns.compile(other)
    first = ns.train(net, X, XOR, rule=RULE, epochs=9, batch_size=2, seed=0)
    second = ns.train(program, X, XOR, rule=RULE, epochs=9, batch_size=2, seed=0)
    np.testing.assert_array_equal(net.parameters, other.parameters)
    assert dict(first) == dict(second)


@pytest.mark.parametrize("engine", [name for name in ENGINES if name != "reference"])
def test_every_engine_trains_to_what_the_reference_trains_to(engine):
    nets = [make(activation="tanh"), make(activation="tanh")]
    for net, name in zip(nets, ("reference", engine), strict=True):
        ns.train(
            ns.compile(net, engine=name), X, XOR, rule=ns.GradientDescent(0.3, momentum=0.5),
            epochs=20, batch_size=2, seed=0,
        )  # fmt: skip
    np.testing.assert_allclose(nets[1].parameters, nets[0].parameters, rtol=1e-10)


def test_the_program_and_the_handles_see_the_training():
    net = make()
    program, synapse = ns.compile(net), net.synapses[0]
    before, outputs = synapse.weight, program.feedforward(X)
    seen = []
    ns.train(
        net, X, XOR, rule=RULE, epochs=2, callbacks=[lambda history: seen.append(synapse.weight)]
    )
    assert len({before, *seen}) == 3
    assert synapse.weight == seen[-1]
    assert (program.feedforward(X) != outputs).all()


def test_a_stale_program_is_refused_with_the_remedy():
    net = make()
    program = ns.compile(net)
    net.connect(net.inputs[0], net.outputs[0])
    message = (
        "the structure of network 'layered' has changed since this program was made; "
        "compile the network again"
    )
    with refuses(StaleProgramError, message):
        ns.train(program, X, XOR)


@pytest.mark.parametrize("stops", [False, True])
def test_a_callback_that_changes_the_structure_ends_the_training(stops):
    net = make()
    with pytest.raises(StaleProgramError):
        ns.train(
            net, X, XOR, callbacks=[lambda history: net.add_neuron()],
            stop_when=lambda history: stops,
        )  # fmt: skip


@pytest.mark.parametrize("duplicate", [ns.Network.copy, copy.copy, copy.deepcopy])
def test_copies_train_independently(duplicate):
    net = make()
    other = duplicate(net)
    before = net.parameters.copy()
    ns.train(other, X, XOR, rule=RULE, epochs=3)
    np.testing.assert_array_equal(net.parameters, before)
    ns.train(net, X, XOR, rule=RULE, epochs=3)
    np.testing.assert_array_equal(net.parameters, other.parameters)


@pytest.mark.parametrize("compiled_before", [False, True])
def test_a_pickled_network_trains_to_the_same_bits(compiled_before):
    net = make()
    net.connect(net.inputs[0], net.outputs[0], weight=0.3)
    if compiled_before:
        ns.compile(net)
    other = pickle.loads(pickle.dumps(net))
    for one in (net, other):
        ns.train(one, X, XOR, rule=RULE, epochs=5, batch_size=2, seed=3)
    np.testing.assert_array_equal(net.parameters, other.parameters)
    assert [s.weight for s in net.synapses] == [s.weight for s in other.synapses]


def test_a_vector_of_targets_will_do_for_one_output():
    nets = [make(), make()]
    for net, targets in zip(nets, (XOR, XOR[:, None]), strict=True):
        ns.train(net, X, targets, rule=RULE, epochs=3)
    np.testing.assert_array_equal(nets[0].parameters, nets[1].parameters)


def test_examples_are_left_as_they_are_and_may_be_read_only():
    examples, targets = X.copy(), XOR.copy()
    for array in (examples, targets):
        array.setflags(write=False)
    ns.train(make(), examples, targets, epochs=2, batch_size=2)
    ns.train(make(), examples, targets, epochs=2, validation=(examples, targets))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_two_softmax_layers_each_have_classes_of_their_own(dtype):
    net = ns.Network("two heads", dtype=dtype)
    inputs = net.add_layer(2, role="input")
    for name in ("first", "second"):
        net.connect(inputs, net.add_layer(2, activation="softmax", role="output", name=name))
    net.initialize(ns.initializers.Normal(), seed=0)
    targets = np.array([[0, 1, 1, 0], [1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 0, 1]])
    cost = ns.CategoricalCrossEntropy(reduction="sum")
    history = ns.train(net, X[:4], targets, rule=ns.GradientDescent(0.5), cost=cost, epochs=200)
    assert ns.check_gradients(net, X[:4], targets, cost=cost).ok
    assert history["cost"][-1] < history["cost"][0] / 5
    np.testing.assert_array_equal(ns.compile(net).feedforward(X[:4]).round(), targets)


def test_cross_entropy_learns_from_a_neuron_that_is_sure_and_wrong():
    # From the output, 1 − o = 0 and the gradient would be lost; from the net input it is o − t = 1.
    net = ns.Network("sure")
    x = net.add_neuron("x", role="input")
    net.connect(x, net.add_neuron("y", activation="sigmoid", role="output"))
    net.synapses.weight = 1000.0
    rule = ns.GradientDescent(1.0)
    history = ns.train(net, [[1.0]], [0.0], rule=rule, cost=ns.BinaryCrossEntropy(), epochs=2)
    # E = z: 1000, then w and b have come down by 1 each
    assert history["cost"] == [1000.0, 998.0]
    assert net["y"].bias == -2.0


# -- the history ---------------------------------------------------------------------------


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_the_cost_of_an_epoch_is_taken_before_its_update(reduction):
    net, cost = make(), ns.SquaredError(reduction=reduction)
    program, expected = ns.compile(net), []
    for _ in range(3):
        expected.append(cost.value(program.feedforward(X), XOR[:, None]))
        history = ns.train(net, X, XOR, rule=RULE, cost=cost, epochs=1)
        assert history["cost"] == [pytest.approx(expected[-1], rel=1e-13)]
    history = ns.train(make(), X, XOR, rule=RULE, cost=cost, epochs=3)
    np.testing.assert_allclose(history["cost"], expected, rtol=1e-13)


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_over_batches_the_costs_before_each_update_are_summed_or_averaged(reduction):
    cost = ns.SquaredError(reduction=reduction)
    steps, net = [], make()
    for start in (0, 2, 4):
        part = slice(start, start + 2)
        (value,) = ns.train(net, X[part], XOR[part], rule=RULE, cost=cost, epochs=1)["cost"]
        steps.append(value)
    whole = make()
    history = ns.train(whole, X, XOR, rule=RULE, cost=cost, epochs=1, batch_size=2, shuffle=False)
    weights = {"sum": [1, 1, 1], "mean": [2 / 5, 2 / 5, 1 / 5]}[reduction]
    np.testing.assert_allclose(history["cost"], [np.dot(weights, steps)], rtol=1e-13)
    # Not to the bit: a batch of one alone need not be summed in the order of a shorter last batch.
    np.testing.assert_allclose(whole.parameters, net.parameters, rtol=1e-13, atol=1e-15)


def test_costs_are_python_floats_in_float64_also_for_a_float32_network():
    net = make(dtype="float32")
    history = ns.train(net, X, XOR, epochs=2, validation=(X, XOR))
    assert {type(value) for column in history.values() for value in column} == {float}
    first = ns.SquaredError(reduction="mean").value(
        ns.compile(make(dtype="float32")).feedforward(X), np.float32(XOR)[:, None]
    )
    assert history["cost"][0] == pytest.approx(first, rel=1e-12)


def test_the_validation_cost_is_taken_after_the_epoch():
    net, Xv, yv = make(), [[0.3, 0.3], [0.9, 0.1]], [0.0, 1.0]
    after = []
    cost = ns.SquaredError(reduction="mean")

    def note(history):
        outputs = ns.compile(net).feedforward(Xv)
        after.append(cost.value(outputs, np.array(yv)[:, None]))

    history = ns.train(
        net, X, XOR, rule=RULE, epochs=4, batch_size=2, seed=0, validation=(Xv, yv),
        callbacks=[note],
    )  # fmt: skip
    np.testing.assert_allclose(history["val_cost"], after, rtol=1e-13)
    assert list(history) == ["cost", "val_cost"]


def test_validation_teaches_nothing():
    with_validation, without = make(), make()
    ns.train(with_validation, X, XOR, rule=RULE, epochs=3, validation=([[9.0, 9.0]], [5.0]))
    ns.train(without, X, XOR, rule=RULE, epochs=3)
    np.testing.assert_array_equal(with_validation.parameters, without.parameters)


def test_no_epochs_give_an_empty_history_and_change_nothing():
    net = make()
    before = net.synapses.weight
    history = ns.train(net, X, XOR, epochs=0, validation=(X, XOR))
    assert dict(history) == {"cost": [], "val_cost": []}
    assert history.epochs == 0
    np.testing.assert_array_equal(net.synapses.weight, before)


def test_a_network_without_parameters_can_be_trained_in_vain():
    net = ns.Network("fixed")
    net.add_neuron(role="input")
    net.add_neuron("y", bias=None, role="output")
    history = ns.train(net, [[1.0]], [2.0], cost=ns.SquaredError(reduction="sum"), epochs=2)
    assert history["cost"] == [2.0, 2.0]


# -- callbacks and stopping ----------------------------------------------------------------


def test_callbacks_come_in_their_order_after_every_epoch_and_then_stop_when():
    events = []

    def listener(name):
        return lambda history: events.append((name, history.epochs))

    ns.train(
        make(), X, XOR, epochs=2, callbacks=(listener("a"), listener("b")),
        stop_when=listener("stop"),
    )  # fmt: skip
    assert events == [(name, epoch) for epoch in (1, 2) for name in ("a", "b", "stop")]


def test_callbacks_get_the_history_that_is_returned():
    seen = []
    history = ns.train(make(), X, XOR, epochs=2, callbacks=[seen.append])
    assert all(one is history for one in seen)
    assert len(seen) == 2


def test_callbacks_may_be_any_iterable():
    seen = []
    ns.train(make(), X, XOR, epochs=2, callbacks=(f for f in [seen.append]))
    assert len(seen) == 2


def test_training_stops_when_it_is_told_to():
    whole = ns.train(make(), X, XOR, rule=RULE, epochs=20)["cost"]
    history = ns.train(
        make(), X, XOR, rule=RULE, epochs=20,
        stop_when=lambda history: history["cost"][-1] <= whole[7],
    )  # fmt: skip
    assert history["cost"] == whole[:8]


def test_stop_when_may_return_a_numpy_bool():
    history = ns.train(make(), X, XOR, stop_when=lambda history: np.True_)
    assert history.epochs == 1


def test_an_error_in_a_callback_passes_through_and_what_was_learned_stays():
    net, taught = make(), make()

    def fail(history):
        raise LookupError("mine")

    with pytest.raises(LookupError, match=r"^mine$"):
        ns.train(net, X, XOR, rule=RULE, callbacks=[fail])
    ns.train(taught, X, XOR, rule=RULE, epochs=1)
    np.testing.assert_array_equal(net.parameters, taught.parameters)


# -- progress ------------------------------------------------------------------------------


def test_training_is_quiet_unless_asked(capfd):
    ns.train(make(), X, XOR, epochs=3)
    assert capfd.readouterr() == ("", "")


def test_the_progress_bar_goes_to_stderr_with_the_last_values(terminal):
    shown = terminal()
    history = ns.train(make(), X, XOR, epochs=3, progress=True, validation=(X, XOR))
    assert "3/3" in shown.getvalue()
    assert f"cost={history['cost'][-1]:.5g}" in shown.getvalue()
    assert f"val_cost={history['val_cost'][-1]:.5g}" in shown.getvalue()


def test_a_pipe_gets_no_progress_bar(capfd):
    ns.train(make(), X, XOR, epochs=3, progress=True)
    assert capfd.readouterr() == ("", "")


def test_the_progress_bar_is_closed_when_training_fails(terminal):
    shown = terminal()
    net = make()
    with pytest.raises(ns.errors.DivergenceError):
        ns.train(net, 1e200 * X, 1e200 * XOR, epochs=3, progress=True)
    assert shown.getvalue().endswith("\n")


def test_without_tqdm_the_extra_is_named_before_anything_is_learned(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    net = make()
    before = net.synapses.weight
    message = 'a progress bar needs tqdm: pip install "neurosim[progress]"'
    with refuses(MissingExtraError, message):
        ns.train(net, X, XOR, progress=True)
    np.testing.assert_array_equal(net.synapses.weight, before)
    ns.train(net, X, XOR, epochs=1)


# -- threads, warnings ---------------------------------------------------------------------


def test_training_works_outside_the_main_thread():
    net, other = make(), make()
    result = []
    thread = threading.Thread(
        target=lambda: result.append(ns.train(net, X, XOR, rule=RULE, epochs=5))
    )
    thread.start()
    thread.join()
    expected = ns.train(other, X, XOR, rule=RULE, epochs=5)
    assert dict(result[0]) == dict(expected)
    np.testing.assert_array_equal(net.parameters, other.parameters)


@pytest.mark.parametrize("weight", [0.0, 0.5])
def test_equal_weights_are_warned_about_at_the_callers_line_naming_initialize(weight):
    net = ns.topologies.layered([2, 3, 1], activation="sigmoid")
    net.synapses.weight = weight
    message = (
        "hidden neurons 'hidden[0]' and 'hidden[1]' of network 'layered' cannot be told apart and "
        f"learn the same, since all weights are {weight:g}; call initialize first"
    )
    with pytest.warns(NeurosimWarning, match=f"^{re.escape(message)}$") as caught:
        ns.train(net, X, XOR, epochs=1)
    assert [warning.filename for warning in caught] == [__file__]


@pytest.mark.parametrize("sizes", [[2, 1], [2, 3], [2, 1, 1]], ids=str)
def test_where_no_hidden_neurons_are_alike_equal_weights_are_no_reason_to_warn(sizes):
    ns.train(ns.topologies.layered(sizes), X, np.zeros((5, sizes[-1])), epochs=1)


def test_different_weights_are_no_reason_to_warn():
    net = ns.topologies.layered([2, 3, 1], activation="sigmoid")
    net.synapses.weight = np.linspace(0.1, 0.9, 9)
    ns.train(net, X, XOR, epochs=1)


def test_two_hidden_neurons_with_the_same_synapses_are_warned_about_whatever_the_others_weigh():
    net = ns.topologies.layered([2, 3, 1], activation="sigmoid", skips="all")
    net.synapse("input[0]", "output[0]").weight = 0.5
    net.synapse("input[1]", "hidden[1]").weight = 0.7
    with pytest.warns(NeurosimWarning, match=r"'hidden\[0\]' and 'hidden\[2\]' .* call initialize"):
        ns.train(net, X, XOR, epochs=1)


@pytest.mark.parametrize(
    "kind", [{"activation": ["tanh", "sigmoid"]}, {"bias": [0.1, 0.2]}], ids=["activation", "bias"]
)
def test_hidden_neurons_that_differ_in_themselves_may_have_equal_weights(kind):
    net = ns.Network("apart")
    inputs = net.add_layer(2, role="input")
    hidden = net.add_layer(2, **kind)
    net.connect(inputs, hidden, weight=0.5)
    net.connect(hidden, net.add_neuron(role="output"), weight=0.5)
    ns.train(net, X, XOR, epochs=1)

