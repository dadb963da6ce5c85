"""Costs: contracts that hold for all of them, stable ways from the net input, and refusals."""

import copy
import math
import pickle
import re
import warnings

import mpmath
import numpy as np
import pytest

from neurosim import activations, costs
from neurosim.costs import (
    ALL,
    AbsoluteError,
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Cost,
    Huber,
    SquaredError,
)
from neurosim.errors import InvalidTypeError, InvalidValueError

STABLE = [cost for cost in ALL if cost.stable_with is not None]
PLAIN = [cost for cost in ALL if cost.stable_with is None]


def every(cases):
    return pytest.mark.parametrize("cost", cases, ids=lambda cost: type(cost).__name__)


every_dtype = pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["f64", "f32"])
every_reduction = pytest.mark.parametrize("reduction", ["sum", "mean"])


@pytest.fixture
def strict():
    """Any floating-point flag that gets out is an error."""
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def refusal(error, message):
    return pytest.raises(error, match=f"^{re.escape(message)}$")


def outputs_and_targets(seed=0, shape=(5, 3), dtype=np.float64):
    rng = np.random.default_rng(seed)
    outputs = rng.uniform(0.05, 0.95, shape)
    targets = rng.dirichlet(np.ones(shape[1]), shape[0])
    return outputs.astype(dtype), targets.astype(dtype)


def finite_differences(value, at, step=1e-6):
    result = np.empty_like(at)
    for place in np.ndindex(*at.shape):
        up, down = at.copy(), at.copy()
        up[place] += step
        down[place] -= step
        result[place] = (value(up) - value(down)) / (2 * step)
    return result


# --- contracts over the list of all costs ---


@every(ALL)
@every_reduction
def test_repr_evaluates_back_and_copies_are_equal(cost, reduction):
    cost = type(cost)(reduction=reduction)
    assert eval(repr(cost), vars(costs)) == cost
    assert pickle.loads(pickle.dumps(cost)) == cost
    assert copy.deepcopy(cost) == cost
    assert hash(cost) == hash(type(cost)(reduction=reduction))
    assert isinstance(cost, Cost)


@every(ALL)
def test_a_cost_averages_over_the_examples_by_default(cost):
    assert type(cost)() == type(cost)(reduction="mean")
    assert type(cost)() != type(cost)(reduction="sum")


@every(ALL)
def test_the_repr_shows_the_reduction_where_it_is_not_the_default(cost):
    name = type(cost).__name__
    assert repr(type(cost)()) == f"{name}()"
    assert repr(type(cost)(reduction="sum")) == f"{name}(reduction='sum')"


@every(ALL)
def test_a_cost_cannot_be_changed(cost):
    with pytest.raises(AttributeError):
        cost.reduction = "mean"


@every(ALL)
@pytest.mark.parametrize("wrong", ["avg", None, ["sum"]])
def test_an_unknown_reduction_is_refused(cost, wrong):
    name = type(cost).__name__
    with refusal(InvalidValueError, f"{name}.reduction must be 'mean' or 'sum' (got {wrong!r})"):
        type(cost)(reduction=wrong)


@every(ALL)
@every_reduction
def test_the_gradient_agrees_with_finite_differences(cost, reduction):
    cost = type(cost)(reduction=reduction)
    outputs, targets = outputs_and_targets()
    expected = finite_differences(lambda o: cost.value(o, targets), outputs)
    np.testing.assert_allclose(cost.gradient(outputs, targets), expected, atol=1e-7)


@every(ALL)
def test_the_mean_is_the_sum_divided_by_the_number_of_examples(cost):
    mean, cost = type(cost)(reduction="mean"), type(cost)(reduction="sum")
    outputs, targets = outputs_and_targets(shape=(4, 3))
    assert mean.value(outputs, targets) == cost.value(outputs, targets) / 4
    np.testing.assert_array_equal(
        mean.gradient(outputs, targets), cost.gradient(outputs, targets) / 4
    )
    if cost.stable_with:
        z = 10 * outputs
        assert mean.value_from_net_input(z, targets) == cost.value_from_net_input(z, targets) / 4
        np.testing.assert_array_equal(
            mean.delta(z, outputs, targets), cost.delta(z, outputs, targets) / 4
        )


@every(ALL)
def test_with_reduction_sum_the_cost_of_a_batch_is_the_sum_over_its_examples(cost):
    cost = type(cost)(reduction="sum")
    outputs, targets = outputs_and_targets()
    single = [cost.value(outputs[i : i + 1], targets[i : i + 1]) for i in range(len(outputs))]
    assert cost.value(outputs, targets) == pytest.approx(sum(single), rel=1e-14)


@every(ALL)
@every_reduction
def test_a_batch_without_examples_costs_nothing(cost, reduction, strict):
    cost = type(cost)(reduction=reduction)
    nothing = np.empty((0, 3))
    assert cost.value(nothing, nothing) == 0.0
    assert cost.gradient(nothing, nothing).shape == (0, 3)
    if cost.stable_with:
        assert cost.value_from_net_input(nothing, nothing) == 0.0
        assert cost.delta(nothing, nothing, nothing).shape == (0, 3)
    cost.check_targets(nothing)


@every(ALL)
@every_reduction
@every_dtype
def test_the_gradient_keeps_the_dtype_of_the_outputs_and_the_value_is_a_float(
    cost, reduction, dtype
):
    cost = type(cost)(reduction=reduction)
    outputs, targets = outputs_and_targets(dtype=dtype)
    for given in (targets, targets.astype(np.float64), np.eye(5, 3, dtype=int)):
        assert cost.gradient(outputs, given).dtype == dtype
        assert type(cost.value(outputs, given)) is float
        if cost.stable_with:
            assert cost.delta(outputs, outputs, given).dtype == dtype


@every(ALL)
def test_values_are_accumulated_in_float64(cost):
    cost = type(cost)(reduction="sum")
    outputs = np.full((200_000, 1), 0.1, dtype=np.float32)
    targets = np.ones_like(outputs)
    assert cost.value(outputs, targets) == pytest.approx(
        200_000 * cost.value(outputs[:1], targets[:1]), rel=1e-10
    )


@every(ALL)
def test_arguments_stay_as_they_were(cost):
    outputs, targets = outputs_and_targets()
    before = outputs.copy(), targets.copy()
    gradient = cost.gradient(outputs, targets)
    cost.value(outputs, targets)
    np.testing.assert_array_equal(outputs, before[0])
    np.testing.assert_array_equal(targets, before[1])
    assert not np.shares_memory(gradient, outputs)
    assert not np.shares_memory(gradient, targets)


@every(ALL)
def test_a_vector_is_taken_as_one_output(cost):
    outputs, targets = outputs_and_targets(shape=(4, 1))
    assert cost.value(outputs[:, 0], targets[:, 0]) == cost.value(outputs, targets)
    np.testing.assert_array_equal(
        cost.gradient(outputs[:, 0], targets[:, 0]), cost.gradient(outputs, targets)[:, 0]
    )


@every([cost for cost in ALL if not cost.needs_probability])
@every_dtype
def test_no_finite_output_warns_or_gives_what_is_no_number(cost, dtype, strict):
    limits = np.finfo(dtype)
    values = [0.0, -0.0, limits.smallest_subnormal, limits.tiny, 1.0, limits.max, -limits.max]
    outputs, targets = (a.reshape(-1, 1) for a in np.meshgrid(values, values))
    outputs, targets = outputs.astype(dtype), targets.astype(dtype)
    assert not np.isnan(cost.value(outputs, targets))
    assert not np.isnan(cost.gradient(outputs, targets)).any()


@every([cost for cost in ALL if cost.needs_probability])
@every_reduction
@every_dtype
def test_cross_entropies_are_finite_for_all_probabilities(cost, reduction, dtype, strict):
    limits = np.finfo(dtype)
    values = [0.0, limits.smallest_subnormal, limits.tiny, 0.5, 1 - limits.epsneg, 1.0]
    outputs, targets = (a.reshape(-1, 1) for a in np.meshgrid(values, [0.0, 0.5, 1.0]))
    cost = type(cost)(reduction=reduction)
    assert np.isfinite(cost.value(outputs.astype(dtype), targets.astype(dtype)))
    assert np.isfinite(cost.gradient(outputs.astype(dtype), targets.astype(dtype))).all()


@every(ALL)
def test_outputs_that_hit_their_targets_cost_nothing(cost):
    targets = np.eye(3)
    assert cost.value(targets, targets) == 0.0


@every(ALL)
def test_what_is_no_number_is_handed_on(cost):
    assert math.isnan(cost.value([[np.nan]], [[1.0]]))


@every(ALL)
@pytest.mark.parametrize(
    ("first", "second"), [((3, 2), (3, 1)), ((3,), (3, 1)), ((2, 3), (3, 2)), ((), ())]
)
def test_different_shapes_are_refused(cost, first, second):
    for method in ("value", "gradient"):
        with refusal(
            InvalidValueError,
            f"{type(cost).__name__}.{method}: outputs and targets must have the same shape "
            f"(n_examples, n_outputs) (got {first} and {second})",
        ):
            getattr(cost, method)(np.ones(first), np.ones(second))


@every(ALL)
def test_what_is_no_real_number_is_refused(cost):
    name = type(cost).__name__
    with refusal(InvalidTypeError, f"{name}.value: targets must be real numbers (got dtype <U1)"):
        cost.value([[1.0]], [["a"]])
    with pytest.raises(InvalidValueError, match=f"^{name}.gradient: outputs must be a regular arr"):
        cost.gradient([[1.0], [1.0, 2.0]], [[1.0]])


@every(ALL)
@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_targets_that_are_not_finite_are_refused(cost, wrong):
    targets = np.eye(3)
    targets[2, 1] = wrong
    with refusal(
        InvalidValueError,
        f"{type(cost).__name__}: targets[2, 1] must be finite as float64 (got {wrong})",
    ):
        cost.check_targets(targets)


@every(PLAIN)
def test_any_finite_targets_will_do_where_outputs_are_no_probabilities(cost):
    cost.check_targets([[1e300, -5], [0, 7]])


# --- the stable way ---


def test_cross_entropies_name_their_activation():
    assert BinaryCrossEntropy.stable_with == "sigmoid"
    assert CategoricalCrossEntropy.stable_with == "softmax"
    assert all(activations.get(cost.stable_with).is_probability for cost in STABLE)
    assert [cost.needs_probability for cost in ALL] == [False, False, False, True, True]


@every(PLAIN)
def test_a_cost_without_a_stable_way_says_so(cost):
    name, z = type(cost).__name__, np.ones((1, 1))
    with refusal(
        InvalidValueError,
        f"{name}.value_from_net_input: this cost is computed from outputs only; "
        "use value(outputs, targets)",
    ):
        cost.value_from_net_input(z, z)
    with refusal(
        InvalidValueError,
        f"{name}.delta: this cost is computed from outputs only; use gradient(outputs, targets)",
    ):
        cost.delta(z, z, z)


@every(STABLE)
def test_the_value_from_the_net_input_is_the_value_of_the_outputs(cost):
    z, targets = 4 * np.random.default_rng(0).normal(size=(6, 3)), outputs_and_targets(1, (6, 3))[1]
    outputs = activations.get(cost.stable_with)(z)
    assert cost.value_from_net_input(z, targets) == pytest.approx(
        cost.value(outputs, targets), rel=1e-12
    )


@every(STABLE)
@every_reduction
@pytest.mark.parametrize("total", [1.0, 1.7], ids=["sum is 1", "any sum"])
def test_delta_agrees_with_finite_differences(cost, reduction, total):
    cost = type(cost)(reduction=reduction)
    z = np.random.default_rng(0).normal(size=(4, 3))
    targets = total * outputs_and_targets(1, (4, 3))[1]
    expected = finite_differences(lambda z: cost.value_from_net_input(z, targets), z)
    outputs = activations.get(cost.stable_with)(z)
    np.testing.assert_allclose(cost.delta(z, outputs, targets), expected, atol=1e-8)


@every(STABLE)
def test_delta_is_the_gradient_carried_through_the_activation(cost):
    z, targets = np.random.default_rng(0).normal(size=(4, 3)), outputs_and_targets(1, (4, 3))[1]
    activation = activations.get(cost.stable_with)
    outputs = activation(z)
    gradient = cost.gradient(outputs, targets)
    if activation.over_layer:
        expected = activation.backward(outputs.T, gradient.T, np.empty((3, 4))).T
    else:
        expected = gradient * activation.derivative(z)
    np.testing.assert_allclose(cost.delta(z, outputs, targets), expected, rtol=1e-12, atol=1e-15)


@every_dtype
def test_binary_cross_entropy_is_right_where_sigmoid_is_rounded_to_0_or_1(dtype, strict):
    z = np.array([[1e4, 1e4, -1e4, -1e4]], dtype=dtype)
    t = np.array([[1, 0, 0, 1]], dtype=dtype)
    cost = BinaryCrossEntropy(reduction="sum")
    for column, expected in enumerate([0.0, 1e4, 0.0, 1e4]):
        one = slice(column, column + 1)
        assert cost.value_from_net_input(z[:, one], t[:, one]) == expected
    outputs = activations.get("sigmoid")(z)
    np.testing.assert_array_equal(cost.delta(z, outputs, t), [[0, 1, 0, -1]])


@every_dtype
def test_categorical_cross_entropy_is_right_where_softmax_is_rounded_to_0_or_1(dtype, strict):
    z = np.array([[1e4, 0.0], [1e4, 0.0], [-1e4, 1e4]], dtype=dtype)
    t = np.array([[1, 0], [0, 1], [1, 0]], dtype=dtype)
    cost = CategoricalCrossEntropy(reduction="sum")
    assert [cost.value_from_net_input(z[i : i + 1], t[i : i + 1]) for i in range(3)] == [
        0,
        1e4,
        2e4,
    ]
    outputs = activations.get("softmax")(z)
    np.testing.assert_array_equal(cost.delta(z, outputs, t), [[0, 0], [1, -1], [-1, 1]])


@every(STABLE)
@every_dtype
def test_the_stable_way_holds_at_the_largest_numbers(cost, dtype, strict):
    cost = type(cost)(reduction="sum")
    largest = np.finfo(dtype).max
    z = np.array([[largest, -largest], [0, largest], [-largest, 0]], dtype=dtype)
    outputs = activations.get(cost.stable_with)(z)
    right, wrong = np.array([[1, 0], [0, 1], [0, 1]]), np.array([[0, 1], [1, 0], [1, 0]])
    for targets in (right, wrong):
        assert not math.isnan(cost.value_from_net_input(z, targets))
        assert np.isfinite(cost.delta(z, outputs, targets)).all()
    expected = 0.0 if cost.stable_with == "softmax" else 2 * math.log(2)  # the zeros, at ½ each
    assert cost.value_from_net_input(z, right) == pytest.approx(expected)


def test_binary_cross_entropy_from_the_net_input_is_within_4_ulp():
    cost = BinaryCrossEntropy(reduction="sum")
    rng = np.random.default_rng(0)
    with mpmath.workprec(3000):
        for z in rng.uniform(-100, 100, 200):
            t = float(rng.choice([0.0, 0.25, 1.0]))
            exact = mpmath.log1p(mpmath.exp(mpmath.mpf(z))) - mpmath.mpf(t) * mpmath.mpf(z)
            got = cost.value_from_net_input([[z]], [[t]])
            assert abs(got - exact) <= 4 * np.spacing(float(exact))


@every(STABLE)
def test_the_stable_way_refuses_different_shapes(cost):
    name, z = type(cost).__name__, np.ones((3, 2))
    with refusal(
        InvalidValueError,
        f"{name}.value_from_net_input: net_input and targets must have the same shape "
        "(n_examples, n_outputs) (got (3, 2) and (3, 1))",
    ):
        cost.value_from_net_input(z, np.ones((3, 1)))
    with refusal(
        InvalidValueError,
        f"{name}.delta: outputs and net_input must have the same shape "
        "(n_examples, n_outputs) (got (3, 2) and (3, 1))",
    ):
        cost.delta(np.ones((3, 1)), z, z)
    with refusal(
        InvalidValueError,
        f"{name}.delta: outputs and targets must have the same shape "
        "(n_examples, n_outputs) (got (3, 2) and (2,))",
    ):
        cost.delta(z, z, np.ones(2))


# --- targets ---


@every(STABLE)
@pytest.mark.parametrize("wrong", [-0.25, 1.5])
def test_targets_outside_0_and_1_are_refused_by_cross_entropies(cost, wrong):
    targets = np.eye(3)
    targets[1, 2] = wrong
    with refusal(
        InvalidValueError,
        f"{type(cost).__name__}: targets must be in [0, 1] (got {wrong} in row 1, column 2)",
    ):
        cost.check_targets(targets)


def test_binary_targets_need_not_sum_to_1():
    BinaryCrossEntropy().check_targets([[1, 1, 0], [0, 0, 0], [0.5, 0.25, 1]])


def test_categorical_targets_that_do_not_sum_to_1_are_refused():
    with refusal(
        InvalidValueError,
        "CategoricalCrossEntropy: the targets of an example must sum to 1, one column per class "
        "(got 1.5 in row 2)",
    ):
        CategoricalCrossEntropy().check_targets([[1, 0], [0.25, 0.75], [1, 0.5], [0, 0]])


@every_dtype
def test_categorical_targets_may_miss_1_by_rounding(dtype):
    targets = np.random.default_rng(0).dirichlet(np.ones(100), 50).astype(dtype)
    CategoricalCrossEntropy().check_targets(targets)


# --- hand calculations ---


def test_squared_error_by_hand():
    # errors 0.5 and -1 and 2 and 0: ½ (0.25 + 1 + 4 + 0) = 2.625; over 2 examples: 1.3125
    outputs, targets = [[0.5, 1.0], [1.0, 3.0]], [[1.0, 0.0], [3.0, 3.0]]
    summed, mean = SquaredError(reduction="sum"), SquaredError()
    assert summed.value(outputs, targets) == 2.625
    assert mean.value(outputs, targets) == 1.3125
    np.testing.assert_array_equal(summed.gradient(outputs, targets), [[-0.5, 1], [-2, 0]])
    np.testing.assert_array_equal(mean.gradient(outputs, targets), [[-0.25, 0.5], [-1, 0]])


def test_absolute_error_by_hand():
    # |1 - 0.5| + |0 - 1| + |3 - 1| + |3 - 3| = 3.5, and the gradient at an error of 0 is 0
    outputs, targets = [[0.5, 1.0], [1.0, 3.0]], [[1.0, 0.0], [3.0, 3.0]]
    cost = AbsoluteError(reduction="sum")
    assert cost.value(outputs, targets) == 3.5
    np.testing.assert_array_equal(cost.gradient(outputs, targets), [[-1, 1], [-1, 0]])


def test_huber_by_hand():
    # threshold 2: ½ 1² = 0.5 inside, 2 (5 - 1) = 8 outside, ½ 2² = 2 at the seam from both sides
    cost = Huber(2.0, reduction="sum")
    assert cost.value([[1.0]], [[0.0]]) == 0.5
    assert cost.value([[0.0]], [[5.0]]) == 8.0
    assert cost.value([[2.0]], [[0.0]]) == 2.0
    np.testing.assert_array_equal(cost.gradient([[1, -5, 2]], [[0, 0, 0]]), [[1, -2, 2]])


def test_huber_with_a_large_threshold_is_the_squared_error():
    outputs, targets = outputs_and_targets()
    assert Huber(1e6, reduction="sum").value(outputs, targets) == pytest.approx(
        SquaredError(reduction="sum").value(outputs, targets), rel=1e-15
    )


def test_binary_cross_entropy_by_hand():
    # -ln 0.8 - ln(1 - 0.4) = -ln 0.48; gradients -1/0.8 and 1/0.6
    cost = BinaryCrossEntropy()  # of one example, whose mean is its sum
    assert cost.value([[0.8, 0.4]], [[1, 0]]) == pytest.approx(-math.log(0.48), rel=1e-15)
    np.testing.assert_allclose(
        cost.gradient([[0.8, 0.4]], [[1, 0]]), [[-1.25, 1 / 0.6]], rtol=1e-15
    )


def test_categorical_cross_entropy_by_hand():
    # -ln 0.5 - ½ ln 0.25 - ½ ln 0.25 = ln 2 + 2 ln 2 = 3 ln 2
    outputs, targets = [[0.5, 0.25, 0.25], [0.25, 0.25, 0.5]], [[1, 0, 0], [0.5, 0.5, 0]]
    cost = CategoricalCrossEntropy(reduction="sum")
    assert cost.value(outputs, targets) == pytest.approx(3 * math.log(2), rel=1e-15)
    np.testing.assert_array_equal(
        cost.gradient(outputs, targets), [[-2, 0, 0], [-2, -2, 0]]
    )


# --- Huber's own parameter ---


@pytest.mark.parametrize("wrong", [0, -1.5])
def test_a_threshold_that_is_not_positive_is_refused(wrong):
    with refusal(InvalidValueError, f"Huber.threshold must be > 0 (got {wrong})"):
        Huber(wrong)


@pytest.mark.parametrize("wrong", [np.inf, np.nan])
def test_a_threshold_that_is_not_finite_is_refused(wrong):
    with refusal(InvalidValueError, f"Huber.threshold must be a finite number (got {wrong})"):
        Huber(wrong)


@pytest.mark.parametrize("wrong", ["1", None, True, 1j])
def test_a_threshold_that_is_no_number_is_refused(wrong):
    with refusal(InvalidTypeError, f"Huber.threshold must be a finite number (got {wrong!r})"):
        Huber(wrong)


def test_numpy_numbers_leave_a_repr_that_evaluates_without_numpy():
    assert repr(Huber(np.float64(2.5))) == "Huber(threshold=2.5)"
    assert eval(repr(Huber(np.float32(2.5))), vars(costs)) == Huber(2.5)
