"""Watching neurons and synapses: the records, against what Trace and Gradient say; the alarms."""

import re

import numpy as np
import pytest

import neurosim as ns
from neurosim.errors import InvalidTypeError, InvalidValueError, NeurosimWarning

Watch = ns.callbacks.Watch
rng = np.random.default_rng(1)
X, Y = rng.normal(size=(40, 3)), rng.uniform(size=(40, 2))
COST = ns.SquaredError(reduction="sum")


def make(activation="tanh"):
    net = ns.topologies.layered([3, 4, 2], activation=[activation, "sigmoid"])
    net.initialize(ns.initializers.Normal(), seed=2)
    return net


@pytest.mark.parametrize("engine", ["reference", "numpy", "numba"])
def test_the_records_are_what_trace_and_gradient_say(engine):
    net = make()
    program = ns.compile(net, engine=engine)
    neuron, synapse = net["hidden"][1], net.synapses[2]
    history = ns.train(
        program, X, Y, cost=COST, epochs=1, rule=ns.GradientDescent(0.01),
        callbacks=[Watch("hidden", synapse)],
    )  # fmt: skip
    before = make()
    ns.compile(before)
    trace = program.trace(X)
    gradient = program.backpropagate(trace, COST.gradient(trace.outputs, Y))
    name, pair = neuron.name, f"{synapse.pre.name}->{synapse.post.name}"
    incoming = [*(gradient[s] for s in neuron.incoming), gradient[neuron]]
    assert history[f"{name}.mean_output"] == [pytest.approx(trace[neuron].output.mean())]
    assert history[f"{name}.gradient_norm"] == [pytest.approx(np.linalg.norm(incoming))]
    assert history[f"{pair}.gradient_norm"] == [pytest.approx(abs(gradient[synapse]))]
    assert history["gradient_norm"] == [pytest.approx(np.linalg.norm(gradient.parameters))]
    old = before.synapses[2].weight
    assert history[f"{pair}.weight"] == [synapse.weight]
    assert history[f"{pair}.update_ratio"] == [pytest.approx(abs(synapse.weight / old - 1))]
    change = np.linalg.norm(net.parameters - before.parameters)
    assert history["update_ratio"] == [pytest.approx(change / np.linalg.norm(before.parameters))]


def test_saturation_is_the_share_of_examples_at_which_the_slope_is_below_one_percent():
    # tanh' = 1 - o² < 0.01 where abs(o) > 0.995; here at net inputs of 0, 1, 4 and -4
    net = ns.Network()
    x = net.add_neuron("x", role="input")
    hidden = net.add_neuron("h", activation="tanh", bias=None)
    net.connect(x, hidden, weight=1.0)
    net.connect(hidden, net.add_neuron("o", bias=None, role="output"), weight=1.0)
    history = ns.train(
        net, [[0.0], [1.0], [4.0], [-4.0]], [0.0] * 4, rule=ns.GradientDescent(1e-9), epochs=1,
        callbacks=[Watch("h", "o")],
    )  # fmt: skip
    assert history["h.saturated"] == [0.5]
    assert history["o.saturated"] == [0.0]  # the identity never is
    assert history["saturated"] == [0.5]
    assert history["dead"] == [0]


def test_dead_neurons_are_named_once():
    net = make("relu")
    net["hidden"][1].bias = net["hidden"][3].bias = -1e3
    watch = Watch()
    with pytest.warns(NeurosimWarning) as told:
        history = ns.train(net, X, Y, epochs=3, callbacks=[watch])
    message = (
        "hidden neurons hardly learn any more after epoch 0, dead, with slope 0 at every example: "
        "hidden[1], hidden[3]"
    )
    assert [str(one.message) for one in told] == [message]
    assert history["dead"] == [2, 2, 2]
    (alarm,) = watch.alarms
    assert (alarm.epoch, alarm.kind, alarm.neurons) == (0, "dead", ("hidden[1]", "hidden[3]"))


def test_saturated_neurons_are_named():
    net = make("sigmoid")
    net["hidden"][2].bias = 30.0
    message = r"saturated at 95% of the examples or more: hidden\[2\]$"
    with pytest.warns(NeurosimWarning, match=message):
        ns.train(net, X, Y, epochs=2, callbacks=[Watch()])


def test_of_many_neurons_a_few_are_named():
    net = ns.topologies.layered([3, 9, 2], activation=["relu", "sigmoid"])
    net.initialize(ns.initializers.Normal(), biases=ns.initializers.Constant(-99.0), seed=0)
    with pytest.warns(NeurosimWarning, match=r"hidden\[4\] and 4 more$"):
        ns.train(net, X, Y, epochs=1, callbacks=[Watch()])


def test_a_layer_a_group_and_names_may_be_watched():
    net = make()
    group = net.synapses[net.synapses.weight > 0]
    history = ns.train(net, X, Y, epochs=1, callbacks=[Watch(net["hidden"], group, "output[0]")])
    assert sum(name.endswith(".mean_output") for name in history) == 5
    assert sum(name.endswith(".weight") for name in history) == len(group)


def test_a_watched_column_may_stop_a_training():
    history = ns.train(
        make(), X, Y, epochs=50, rule=ns.GradientDescent(1e-9),
        callbacks=[ns.callbacks.EarlyStopping("gradient_norm", 3, min_delta=1.0), Watch()],
    )  # fmt: skip
    assert history.epochs == 4


def test_for_the_perceptron_rule_the_gradient_is_what_it_steps_against():
    net = ns.Network()
    net.connect(
        net.add_layer(2, role="input"),
        net.add_neuron("p", activation="threshold", role="output"),
    )
    history = ns.train(
        net, [[0, 1], [1, 0]], [-1, 1], rule=ns.PerceptronRule(), callbacks=[Watch()]
    )
    assert history["errors"][-1] == history["gradient_norm"][-1] == 0


def test_where_batches_are_delivered_the_validation_is_looked_at():
    batches = [(X[:20], Y[:20]), (X[20:], Y[20:])]
    watch = Watch(examples=7)
    history = ns.train(make(), batches, epochs=2, validation=(X, Y), callbacks=[watch])
    assert len(history["gradient_norm"]) == 2
    message = (
        "Watch looks at the same examples after each epoch, and there are only iterables of "
        "batches; pass validation=(X, y), of arrays"
    )
    with pytest.raises(InvalidValueError, match=f"^{re.escape(message)}$"):
        ns.train(make(), batches, epochs=2, callbacks=[Watch()])


@pytest.mark.parametrize(
    ("what", "error", "message"),
    [
        ("input[0]", InvalidValueError, "Watch has nothing to record of input neuron 'input[0]'"),
        (3, InvalidTypeError,
         "Watch takes neurons, layers, synapses, groups of synapses, or names (got 3)"),
        ("nobody", ns.errors.UnknownNameError, "network 'layered' has no"),
    ],
)  # fmt: skip
def test_what_cannot_be_watched_is_refused_before_anything_is_learned(what, error, message):
    program = ns.compile(make())
    before = program.network.parameters.copy()
    with pytest.raises(error, match=f"^{re.escape(message)}"):
        ns.train(program, X, Y, callbacks=[Watch(what)])
    np.testing.assert_array_equal(program.network.parameters, before)
