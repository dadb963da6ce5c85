"""The walk-through: each of its numbers is the engine's, and each equation is true."""

import math
import re

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import neurosim as ns
from neurosim.analysis.walking.equations import in_figures
from neurosim.engines import ENGINES
from neurosim.errors import (
    InvalidTypeError,
    InvalidValueError,
    StaleProgramError,
    StructureError,
)
from neurosim.training.rules import RULES
from neurosim.training.rules.whole_batch import WholeBatchRule
from tests.strategies import (
    DIFFERENTIABLE,
    OWN,
    SOFTMAX,
    networks,
    problems,
    saturated,
)

ONE_LAYER = (ns.PerceptronRule, ns.DeltaRule)
DESCENTS = [r for r in RULES if r not in ONE_LAYER and not issubclass(r, WholeBatchRule)]

# How the functions that appear in equations are computed by hand.
BY_HAND = {
    "exp": math.exp,
    "ln": math.log,
    "tanh": math.tanh,
    "sin": math.sin,
    "cos": math.cos,
    "max": max,
    "abs": abs,
    "sign": np.sign,
    "σ": lambda z: 1 / (1 + math.exp(-z)),
    "relu_slope": lambda z: float(z > 0),
    "leaky_relu_slope": lambda z: 1 if z > 0 else 0.01,
    "threshold": lambda z: 1 if z > 0 else -1,
    "step": lambda z: float(z > 0),
    **{own.name: own for own in OWN},
    **{f"{own.name}_slope": own.derivative for own in OWN},
}


def lecture(bias=None):
    """The course's network with the weights that its code draws."""
    net = ns.Network("lecture")
    inputs = net.add_layer(["study", "experience"], role="input", name="input")
    hidden = net.add_layer(3, activation="sigmoid", bias=bias, name="hidden")
    salary = net.add_neuron("salary", activation="sigmoid", bias=bias, role="output")
    net.connect(inputs, hidden)
    net.connect(hidden, salary)
    net.initialize(ns.initializers.Normal(), seed=np.random.RandomState(1))
    return net


def values(walk, quantity):
    """The values of one kind, by neuron or by the two ends of a synapse."""
    return {row.of: row.value for row in walk.rows if row.quantity == quantity}


def by_name(synapse):
    return synapse.pre.name, synapse.post.name


def evaluated(row):
    """Compute the right side of an equation from its figures, as a pupil would."""
    text = in_figures(row.figures or row.formula, 17)
    for shown, meant in {"−": "-", "·": "*", "½": "0.5", "²": "**2", "′": "_slope"}.items():
        text = text.replace(shown, meant)
    text = re.sub(r"\|([^|]*)\|", r"abs(\1)", text)
    return float(eval(text, {"__builtins__": {}}, BY_HAND))


def is_true(row, tolerance):
    """Whether the two sides are equal, as far as the size of what is added up allows."""
    parts = row.figures or row.formula
    sizes = [abs(part.value) for part in parts if not isinstance(part, str)]
    return math.isclose(
        evaluated(row), row.value, rel_tol=tolerance, abs_tol=tolerance * max([1, *sizes])
    )


def assert_numbers_of(walk, program, trace, gradient):
    net = program.network
    for neuron in net.neurons:
        of = (neuron.name,)
        output = "input" if neuron.role == "input" else "output"
        assert values(walk, output)[of] == trace[neuron].output[0]
        if neuron.role == "input":
            continue
        assert values(walk, "net_input")[of] == trace[neuron].net_input[0]
        assert values(walk, "delta")[of] == gradient.delta(neuron)[0]
        if neuron.bias is not None:
            assert values(walk, "gradient")[of] == gradient[neuron]
    for synapse in net.synapses:
        assert values(walk, "product")[by_name(synapse)] == trace[synapse].output[0]
        assert values(walk, "gradient")[by_name(synapse)] == gradient[synapse]


def new_parameters(walk, net):
    """The parameters after the step, as a walk-through shows them, in the network's order."""
    shown = values(walk, "parameter")
    net = net.copy()
    for synapse in net.synapses:
        synapse.weight = shown[by_name(synapse)]
    for neuron in net.neurons:
        if neuron.bias is not None:
            neuron.bias = shown[(neuron.name,)]
    return net.parameters


def trained(net, x, target, *, engine="reference", **arguments):
    program = ns.compile(net.copy(), engine=engine)
    ns.train(program, [x], [target], epochs=1, batch_size=1, **arguments)
    return program.network.parameters


# -- the numbers ---------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("engine", ["reference", "numpy"])
@given(data=st.data())
@settings(max_examples=10)
def test_every_number_is_the_engines_to_the_last_bit(engine, dtype, data):
    problem = data.draw(problems(dtype=dtype))
    net, x, target, cost = problem.net, problem.X[0], problem.targets[0], problem.cost
    program = ns.compile(net, engine=engine)
    walk = ns.walkthrough(program, x, target, rule=ns.GradientDescent(0.5), cost=cost)
    trace = program.trace(x[None])
    objective = ns.GradientDescent().objective(program, cost)
    value, gradient, delta = objective.seeds(trace._state, target[None])
    seeds = {"output_gradient": gradient, "output_delta": delta}
    seeds = {name: None if seed is None else seed.T for name, seed in seeds.items()}
    assert_numbers_of(walk, program, trace, program.backpropagate(trace, **seeds))
    assert values(walk, "cost")[()] == value
    after = trained(net, x, target, engine=engine, rule=ns.GradientDescent(0.5), cost=cost)
    assert new_parameters(walk, net).tobytes() == after.tobytes()


def test_a_program_is_walked_through_with_its_own_engine():
    net, x, target = lecture(bias=0.1), [0.3, 1.0], 0.75
    program = ns.compile(net, engine="numba")
    walk = ns.walkthrough(program, x, target)
    trace = program.trace([x])
    gradient = program.backpropagate(trace, trace.outputs - target)
    assert_numbers_of(walk, program, trace, gradient)
    after = trained(net, x, target, engine="numba")
    np.testing.assert_allclose(new_parameters(walk, net), after, rtol=0, atol=1e-15)


@given(problem=problems())
@settings(max_examples=20)
def test_every_equation_is_true(problem):
    net, x, target = problem.net, problem.X[0], problem.targets[0]
    trace = ns.compile(net).trace(x[None])
    assume(not saturated(problem, trace))
    assume(all(np.abs(trace[neuron].net_input[0]) < 30 for neuron in net.neurons))
    walk = ns.walkthrough(net, x, target, cost=problem.cost)
    untrue = [row for row in walk.rows if row.formula and not is_true(row, 1e-9)]
    assert not untrue


@pytest.mark.parametrize("cost", ns.costs.ALL, ids=lambda cost: type(cost).__name__)
def test_the_equations_of_every_activation_and_cost_are_true(cost):
    fitting = [one for one in DIFFERENTIABLE if one.is_probability or not cost.needs_probability]
    for activation in [SOFTMAX] if cost.stable_with == "softmax" else fitting:
        net = all_sorts(activation)
        for target in ([0.0, 1.0], [0.25, 0.75]):
            walk = ns.walkthrough(net, [0.5, -1.5], target, cost=cost)
            untrue = [row for row in walk.rows if row.formula and not is_true(row, 1e-12)]
            assert not untrue
            assert {"slope", "mean", "handed_back"} <= {row.quantity for row in walk.rows}


def all_sorts(activation):
    """Hidden neurons of every activation, and outputs that feed each other unless of one layer."""
    net = ns.Network("all sorts")
    inputs = net.add_layer(2, role="input", name="in")
    single = [one for one in DIFFERENTIABLE if one != SOFTMAX]
    hidden = net.add_layer(len(single), activation=single, name="hidden")
    probable = net.add_layer(3, activation="softmax", bias=None, name="probable")
    outputs = net.add_layer(2, activation=activation, role="output", name="out")
    net.connect(inputs, hidden)
    net.connect(hidden, probable)
    net.connect([inputs[0], *hidden, *probable], outputs)
    if not activation.over_layer:
        net.connect(outputs[0], outputs[1])
    net.initialize(ns.initializers.Normal(0, 0.5), biases=ns.initializers.Normal(), seed=3)
    return net


@given(net=networks(outputs=DIFFERENTIABLE), seed=st.integers(0, 9))
@settings(max_examples=20)
def test_neurons_without_a_derivative_may_stand_where_no_gradient_passes(net, seed):
    assume(not ns.compile(net).plan.hard_rows)
    before = net.parameters.copy()
    rng = np.random.default_rng(seed)
    x, target = rng.normal(size=len(net.inputs)), rng.normal(size=len(net.outputs))
    walk = ns.walkthrough(net, x, target)
    assert len(values(walk, "delta")) == len(net.neurons) - len(net.inputs)
    assert len(values(walk, "parameter")) == net.n_parameters
    assert net.parameters.tobytes() == before.tobytes()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("rule", DESCENTS)
def test_the_update_of_any_rule_is_the_first_step_of_training(rule, engine):
    net, x, target = lecture(bias=0.1), [0.3, 1.0], 0.75
    ns.compile(net)  # arranges its parameters as those of the copies
    walk = ns.walkthrough(net, x, target, rule=rule())
    after = trained(net, x, target, engine=engine, rule=rule())
    np.testing.assert_allclose(new_parameters(walk, net), after, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    "rule",
    [
        ns.GradientDescent(0.5, momentum=0.9),
        ns.GradientDescent(0.5, momentum=0.9, nesterov=True),
        ns.GradientDescent(ns.schedules.Step(0.5, every=10, factor=0.1)),
        ns.Adam(ns.schedules.WarmUp(4, ns.schedules.Constant(0.1))),
        ns.AdamW(0.1, weight_decay=0.1),
    ],
)
def test_the_first_step_has_the_settings_of_the_first_step(rule):
    net, x, target = lecture(bias=0.1), [0.3, 1.0], 0.75
    ns.compile(net)
    walk = ns.walkthrough(net, x, target, rule=rule)
    after = trained(net, x, target, rule=rule)
    assert new_parameters(walk, net).tobytes() == after.tobytes()
    if not isinstance(rule, ns.Adam) and not rule.nesterov:
        assert all(is_true(row, 1e-12) for row in walk.rows if row.formula)


@pytest.mark.parametrize("rule", ONE_LAYER)
@pytest.mark.parametrize("activation", ["threshold", "step", "identity"])
def test_a_rule_for_one_layer_is_shown_as_in_the_textbook(rule, activation):
    if (rule, activation) in [(ns.PerceptronRule, "identity"), (ns.DeltaRule, "step")]:
        return
    net = ns.Network("textbook")
    net.add_layer(["a", "b"], role="input", name="inputs")
    net.add_layer(["p", "q"], activation=activation, bias=[0.5, None], role="output", name="out")
    net.connect("inputs", "out", weight=[[0.25, -0.5], [-1.0, 2.0]])
    ns.compile(net)
    walk = ns.walkthrough(net, [1.0, 0.5], [1, 1], rule=rule(0.1))
    assert (
        new_parameters(walk, net).tobytes()
        == trained(net, [1.0, 0.5], [1, 1], rule=rule(0.1)).tobytes()
    )
    assert all(is_true(row, 1e-12) for row in walk.rows if row.formula)
    assert {row.section for row in walk.rows} == {"Forward", "Error", "Update"}
    assert bool(values(walk, "cost")) == (rule is ns.DeltaRule)


def test_the_lectures_network_is_worked_out_by_hand():
    net = lecture()
    x, y = [0.3, 1.0], 0.75
    walk = ns.walkthrough(net, x, y, rule=ns.GradientDescent(1.0), cost=ns.SquaredError())
    # W1 and W2 are the first nine normal numbers of the seed 1.
    W1 = np.array([[1.62434536, -0.61175641, -0.52817175], [-1.07296862, 0.86540763, -2.3015387]])
    W2 = np.array([[1.74481176], [-0.7612069], [0.3190391]])
    # Z2 = x W1, a2 = σ(Z2), Z3 = a2 W2, ŷ = σ(Z3)
    a2 = 1 / (1 + np.exp(-(x @ W1)))
    y_hat = 1 / (1 + np.exp(-(a2 @ W2)))
    # δ3 = −(y − ŷ) ŷ (1 − ŷ), δ2 = δ3 W2ᵀ a2 (1 − a2)
    delta3 = -(y - y_hat) * y_hat * (1 - y_hat)
    delta2 = delta3 @ W2.T * a2 * (1 - a2)
    # W2 ← W2 − η a2ᵀ δ3, W1 ← W1 − η xᵀ δ2
    W2, W1 = W2 - np.outer(a2, delta3), W1 - np.outer(x, delta2)

    new = values(walk, "parameter")
    for j in range(3):
        assert values(walk, "output")[(f"hidden[{j}]",)] == pytest.approx(a2[j], abs=1e-8)
        assert values(walk, "delta")[(f"hidden[{j}]",)] == pytest.approx(delta2[j], abs=1e-8)
        assert new[f"hidden[{j}]", "salary"] == pytest.approx(W2[j, 0], abs=1e-8)
        assert new["study", f"hidden[{j}]"] == pytest.approx(W1[0, j], abs=1e-8)
    assert values(walk, "delta")[("salary",)] == pytest.approx(delta3[0], abs=1e-8)
    assert values(walk, "error") == {("salary",): pytest.approx(y - y_hat[0], abs=1e-8)}


def test_numbers_that_leave_the_finite_ones_are_shown_as_they_are():
    net = ns.topologies.layered([1, 1], activation="identity")
    net.synapses.weight = 1e200
    walk = ns.walkthrough(net, 1e200, 0.0)
    assert values(walk, "net_input")[("output[0]",)] == math.inf
    assert "= inf" in str(walk)
    assert r"\infty" in walk.to_latex()


def test_a_rule_and_a_cost_of_ones_own_are_shown_by_their_names():
    class SignDescent(ns.Rule):
        def update(self, parameters, gradient, memory):
            parameters -= 0.01 * np.sign(gradient)

    class Quartic(ns.costs.Cost):
        def _elementwise(self, outputs, targets):
            return (outputs - targets) ** 4

        def _elementwise_gradient(self, outputs, targets):
            return 4 * (outputs - targets) ** 3

    net = lecture()
    walk = ns.walkthrough(net, [0.3, 1.0], 0.75, rule=SignDescent(), cost=Quartic())
    text = str(walk)
    assert "E        = Quartic(ŷ_salary, y_salary)" in text
    assert "∂E/∂ŷ_salary    = Quartic′(ŷ, y)" in text
    assert "= SignDescent(w, ∂E/∂w)" in text
    # The first weight rises or falls by 0.01.
    moved = values(walk, "adjustment")["study", "hidden[0]"]
    assert abs(moved) == pytest.approx(0.01, abs=1e-15)


def test_a_cost_of_ones_own_that_goes_to_the_net_input_directly_is_shown_by_its_name():
    class Doubled(ns.BinaryCrossEntropy):
        def _elementwise_delta(self, outputs, targets):
            return 2 * super()._elementwise_delta(outputs, targets)

    walk = ns.walkthrough(lecture(), [0.3, 1.0], 0.75, cost=Doubled())
    assert "δ_salary        = Doubled.delta(ŷ, y)" in str(walk)
    assert r"&= \operatorname{Doubled}.\operatorname{delta}(\hat{y}, y)" in walk.to_latex()
    assert values(walk, "slope").keys() == {("hidden[0]",), ("hidden[1]",), ("hidden[2]",)}


# -- the door ------------------------------------------------------------------------------------


def test_the_network_is_not_changed_nor_its_parameters_rearranged():
    net = lecture(bias=0.1)
    before = net.parameters.copy()
    ns.walkthrough(net, [0.3, 1.0], 0.75)
    assert net.parameters.tobytes() == before.tobytes()


def test_the_first_layer_of_a_network_of_one_input_and_one_output_takes_plain_numbers():
    net = ns.topologies.layered([1, 1], activation="identity")
    walk = ns.walkthrough(net, 2, np.float32(1))
    assert values(walk, "input") == {("input[0]",): 2.0}


@pytest.mark.parametrize(
    ("x", "target", "message"),
    [
        (
            [0.3],
            0.75,
            "x must be one example, shape (2,), one number per input neuron (got shape (1,))",
        ),
        (
            [[0.3, 1.0], [0.5, 0.2]],
            0.75,
            "x must be one example, shape (2,), one number per input neuron (got shape (2, 2); of "
            "a batch take one row, x[0])",
        ),
        (
            [0.3, 1.0],
            [0.75, 0.5],
            "target must be one example, shape (1,), one number per output neuron (got shape (2,))",
        ),
        ([0.3, math.nan], 0.75, "x[1] must be finite as float64 (got nan)"),
        ([0.3, 1.0], [math.inf], "target[0] must be finite as float64 (got inf)"),
    ],
)
def test_what_is_not_one_example_is_refused(x, target, message):
    with pytest.raises(InvalidValueError) as refused:
        ns.walkthrough(lecture(), x, target)
    assert str(refused.value) == message


def test_what_cannot_be_walked_through_is_refused():
    net = lecture()
    with pytest.raises(InvalidTypeError, match="takes a Network or a Program"):
        ns.walkthrough("salary", [0.3, 1.0], 0.75)
    with pytest.raises(InvalidTypeError, match="rule must be a Rule"):
        ns.walkthrough(net, [0.3, 1.0], 0.75, rule="adam")
    with pytest.raises(InvalidTypeError, match="cost must be a Cost"):
        ns.walkthrough(net, [0.3, 1.0], 0.75, cost="mse")
    with pytest.raises(InvalidTypeError, match="x must be an array of real numbers"):
        ns.walkthrough(net, ["much", "little"], 0.75)
    with pytest.raises(InvalidValueError, match=r"targets must be in \[0, 1\]"):
        ns.walkthrough(net, [0.3, 1.0], 75, cost=ns.BinaryCrossEntropy(reduction="sum"))
    with pytest.raises(StructureError, match=r"neuron 'hidden\[0\]' is hidden"):
        ns.walkthrough(_perceptrons(), [0.3, 1.0], 1, rule=ns.PerceptronRule())
    with pytest.raises(StructureError, match="has no derivative"):
        ns.walkthrough(_perceptrons(), [0.3, 1.0], 1)


def _perceptrons():
    return ns.topologies.layered([2, 2, 1], activation="threshold")


def test_a_rule_that_takes_no_step_by_a_gradient_is_refused():
    net = ns.topologies.layered([1, 1])
    message = (
        "a walk-through shows a step that the gradient of one example leads to, and LBFGS asks "
        "for the cost at several places; use GradientDescent, say"
    )
    with pytest.raises(InvalidTypeError) as refused:
        ns.walkthrough(net, [1.0], [1.0], rule=ns.LBFGS())
    assert str(refused.value) == message


def test_a_program_whose_network_has_changed_is_refused():
    net = lecture()
    program = ns.compile(net)
    net.remove(net.synapse("study", "hidden[0]"))
    with pytest.raises(StaleProgramError):
        ns.walkthrough(program, [0.3, 1.0], 0.75)
