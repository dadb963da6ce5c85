"""Activations: contracts that hold for all of them, accuracy, and the registry."""

import copy
import math
import pickle
import re
import warnings

import mpmath
import numpy as np
import pytest

from neurosim import activations
from neurosim.activations import (
    ALL,
    Activation,
    Gaussian,
    Identity,
    LeakyReLU,
    Registered,
    ReLU,
    Sigmoid,
    Sine,
    Softmax,
    Softplus,
    Step,
    Tanh,
    Threshold,
)
from neurosim.activations.base import KNOWN
from neurosim.errors import InvalidTypeError, InvalidValueError, UnknownNameError
from neurosim.topologies import layered

DTYPES = [np.float64, np.float32]
ELEMENTWISE = [a for a in ALL if not a.over_layer]
DIFFERENTIABLE = [a for a in ELEMENTWISE if a.is_differentiable]
WITH_OUTPUT_DERIVATIVE = [a for a in DIFFERENTIABLE if a.has_output_derivative]
# Net inputs at which a derivative is one of two, so that differences cannot judge it.
KINKS = {"relu", "leaky_relu"}


def every(cases):
    return pytest.mark.parametrize("activation", cases, ids=str)


every_dtype = pytest.mark.parametrize("dtype", DTYPES, ids=["float64", "float32"])


@pytest.fixture(autouse=True)
def own_registry():
    """Let every test start with the built-in activations only."""
    before = dict(KNOWN)
    KNOWN.clear()
    KNOWN.update((activation.name, activation) for activation in ALL)
    yield
    KNOWN.clear()
    KNOWN.update(before)


@pytest.fixture
def strict():
    """Any floating-point flag that gets out is an error."""
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def extremes(dtype):
    limits = np.finfo(dtype)
    sizes = [0.0, limits.smallest_subnormal, limits.tiny, limits.eps, 0.5, 1.0, 16.0, 27.0, 40.0]
    sizes += [87.0, 88.0, 89.0, 104.0, 708.0, 710.0, 745.0, 746.0, 1e4, limits.max / 2, limits.max]
    return np.array([sign * size for size in sizes for sign in (1, -1)], dtype=dtype)


def worst_ulps(got, exact, net_input):
    """Return the largest distance of `got` from the exact values, in units of the last place."""
    worst = 0.0
    with mpmath.workprec(2300):  # enough for the sine of the largest float64
        for value, z in zip(got, net_input, strict=True):
            truth = exact(mpmath.mpf(float(z)))
            unit = float(np.spacing(np.abs(got.dtype.type(float(truth)))))
            worst = max(worst, float(abs((mpmath.mpf(float(value)) - truth) / mpmath.mpf(unit))))
    return worst


# --- contracts over the list of all activations ---


def test_the_list_holds_every_built_in_name_once_and_in_order():
    assert [a.name for a in ALL] == [
        "identity", "sigmoid", "tanh", "relu", "leaky_relu", "softplus", "gaussian", "sine",
        "threshold", "step", "softmax",
    ]  # fmt: skip
    assert activations.names() == tuple(a.name for a in ALL)


@every(ALL)
def test_the_name_finds_the_activation(activation):
    assert activations.get(activation.name) == activation
    assert activations.get(activation) is activation


@every(ALL)
def test_repr_evaluates_back_and_str_is_the_name(activation):
    assert eval(repr(activation), vars(activations)) == activation
    assert str(activation) == activation.name


@every(ALL)
def test_an_activation_equals_its_name_and_hashes_like_it(activation):
    assert activation == activation.name
    assert activation.name == activation
    assert hash(activation) == hash(activation.name)
    assert type(activation)() == activation
    assert [other for other in ALL if other == activation] == [activation]
    assert activation != 1
    assert activation != activation.name.upper()


@every(ALL)
def test_pickles_and_copies_are_equal(activation):
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(activation, protocol)) == activation
    assert copy.copy(activation) is activation
    assert copy.deepcopy([activation])[0] is activation


@every(ALL)
def test_an_activation_cannot_be_changed(activation):
    with pytest.raises(AttributeError):
        activation.name = "another"


@every(ALL)
@every_dtype
def test_no_finite_value_overflows_or_warns(activation, dtype, strict):
    z = extremes(dtype)
    layers = [z] if not activation.over_layer else [z, z.reshape(-1, 2), z.reshape(4, -1)]
    for values in layers:
        output = activation(values)
        assert np.isfinite(output).all()
        assert output.dtype == dtype
        if activation.is_differentiable:
            assert np.isfinite(activation.derivative(values)).all()
        if activation.is_differentiable and activation.has_output_derivative:
            assert np.isfinite(activation.derivative_from_output(output)).all()


@every(DIFFERENTIABLE)
@every_dtype
def test_the_raw_slope_is_finite_at_every_finite_value(activation, dtype):
    z = extremes(dtype)
    with np.errstate(all="ignore"):
        slope = activation.slope(z, activation(z), np.empty_like(z))
    assert np.isfinite(slope).all()


@every(ALL)
@every_dtype
def test_the_raw_function_may_write_over_its_argument(activation, dtype):
    z = np.linspace(-3, 3, 12, dtype=dtype).reshape(3, 4)
    apart, together = np.empty_like(z), z.copy()
    assert activation.function(z, apart) is apart
    assert activation.function(together, together) is together
    np.testing.assert_array_equal(apart, together)
    assert apart.dtype == dtype


@every(ALL)
@every_dtype
def test_the_raw_function_takes_strided_arrays(activation, dtype):
    z = np.linspace(-120, 120, 48, dtype=dtype).reshape(6, 8)
    wide = np.full((6, 8), 7, dtype=dtype)
    with np.errstate(all="ignore"):
        expected = activation.function(z[:, ::2].copy(), np.empty((6, 4), dtype))
        activation.function(z[:, ::2], wide[:, ::2])
    np.testing.assert_allclose(wide[:, ::2], expected, rtol=4 * np.finfo(dtype).eps)
    assert (wide[:, 1::2] == 7).all()


@every(ALL)
@every_dtype
def test_calling_leaves_the_argument_alone_and_returns_a_new_array(activation, dtype):
    z = np.array([[-100.0, 0.0, 2.0]], dtype=dtype)
    before = z.copy()
    output = activation(z)
    np.testing.assert_array_equal(z, before)
    assert not np.shares_memory(z, output)


@every(ALL)
def test_lists_integers_and_booleans_become_float64(activation):
    for values in ([[1, 0, 2]], np.array([[1, 0, 2]], dtype=np.int8), [[True, False, True]]):
        output = activation(values)
        assert output.dtype == np.float64
        assert output.shape == (1, 3)
        np.testing.assert_array_equal(output, activation(np.asarray(values, dtype=float)))


@every(ALL)
def test_empty_arrays_stay_empty(activation):
    for shape in ((0,), (0, 3), (3, 0)):
        assert activation(np.empty(shape)).shape == shape


@every(ELEMENTWISE)
def test_a_single_number_gives_an_array_without_axes(activation):
    assert activation(2).shape == ()
    assert float(activation(2)) == activation([2])[0]


@every(ALL)
@pytest.mark.parametrize(
    "values", [["a"], [1j], [None], [object()]], ids=["text", "complex", "nothing", "an object"]
)
def test_what_is_no_real_number_is_refused(activation, values):
    with pytest.raises(InvalidTypeError, match=r"\(\): expected real numbers \(got dtype "):
        activation(values)


@every(ALL)
def test_a_ragged_list_is_refused(activation):
    with pytest.raises(InvalidValueError, match=r"\(\): expected an array \("):
        activation([[1], [1, 2]])


@every([a for a in ALL if a.is_probability])
@every_dtype
def test_probabilities_lie_between_0_and_1(activation, dtype):
    output = activation(extremes(dtype))
    assert ((output >= 0) & (output <= 1)).all()


@every(ALL)
def test_no_number_stays_no_number(activation):
    assert np.isnan(activation([np.nan, np.nan])).all()


# --- derivatives ---


@every(DIFFERENTIABLE)
def test_the_derivative_agrees_with_finite_differences(activation):
    z = np.linspace(-4, 4, 81)
    z = z[np.abs(z) > 1e-3] if activation.name in KINKS else z
    step = 1e-5
    expected = (activation(z + step) - activation(z - step)) / (2 * step)
    np.testing.assert_allclose(activation.derivative(z), expected, atol=1e-9)


@every(WITH_OUTPUT_DERIVATIVE)
@every_dtype
def test_both_derivatives_agree(activation, dtype):
    z = np.linspace(-8, 8, 65, dtype=dtype)
    from_output = activation.derivative_from_output(activation(z))
    assert from_output.dtype == activation.derivative(z).dtype == dtype
    np.testing.assert_allclose(from_output, activation.derivative(z), atol=2 * np.finfo(dtype).eps)


@every(DIFFERENTIABLE)
@every_dtype
def test_the_raw_slope_is_the_derivative(activation, dtype):
    z = np.linspace(-8, 8, 66, dtype=dtype).reshape(6, 11)
    output, out = activation(z), np.empty_like(z)
    assert activation.slope(z, output, out) is out
    np.testing.assert_allclose(out, activation.derivative(z), atol=2 * np.finfo(dtype).eps)


@every([a for a in ALL if not a.is_differentiable])
def test_what_has_no_derivative_says_so(activation):
    message = f"{activation!r} has no derivative, so gradients cannot pass through it"
    z = np.zeros(1)
    for ask in (
        lambda: activation.derivative(z),
        lambda: activation.derivative_from_output(z),
        lambda: activation.slope(z, z, z),
    ):
        with pytest.raises(InvalidValueError, match=f"^{re.escape(message)}$"):
            ask()


@every([a for a in DIFFERENTIABLE if not a.has_output_derivative])
def test_what_has_no_derivative_from_the_output_says_so(activation):
    message = (
        f"{activation!r}.derivative_from_output: the output does not determine the derivative; "
        "use derivative(net_input)"
    )
    with pytest.raises(InvalidValueError, match=f"^{re.escape(message)}$"):
        activation.derivative_from_output([0.5])


# --- accuracy ---


def sigma(z):
    return 1 / (1 + mpmath.exp(-z))


@every_dtype
def test_sigmoid_is_within_3_ulp_in_float64_and_4_in_float32(dtype):
    z = np.random.default_rng(0).uniform(-40, 40, 2000).astype(dtype)
    assert worst_ulps(Sigmoid()(z), sigma, z) <= (3 if dtype == np.float64 else 4)


@every_dtype
def test_sigmoid_is_exact_down_to_the_subnormal_numbers(dtype):
    z = np.linspace(-750, -40, 400).astype(dtype)
    assert worst_ulps(Sigmoid()(z), sigma, z) <= 4
    assert Sigmoid()(dtype(-103)) > 0
    assert Sigmoid()(dtype(-800)) == 0


@every_dtype
@pytest.mark.parametrize(
    ("activation", "exact", "exact_derivative", "reach"),
    [
        (Sigmoid(), sigma, lambda z: sigma(z) * sigma(-z), 100),
        (Tanh(), mpmath.tanh, lambda z: mpmath.sech(z) ** 2, 40),
        (Softplus(), lambda z: mpmath.log1p(mpmath.exp(z)), sigma, 100),
        (
            Gaussian(),
            lambda z: mpmath.exp(-z * z),
            lambda z: -2 * z * mpmath.exp(-z * z),
            # beyond, the bell is a subnormal number, and has few digits to give to its slope
            {np.float64: 26.6, np.float32: 9.3},
        ),
        (Sine(), mpmath.sin, mpmath.cos, 1e4),
    ],
    ids=["sigmoid", "tanh", "softplus", "gaussian", "sine"],
)
def test_function_and_derivative_are_accurate(activation, exact, exact_derivative, reach, dtype):
    reach = reach[dtype] if isinstance(reach, dict) else reach
    z = np.random.default_rng(1).uniform(-reach, reach, 400).astype(dtype)
    assert worst_ulps(activation(z), exact, z) <= 4
    assert worst_ulps(activation.derivative(z), exact_derivative, z) <= 5


@every_dtype
def test_the_gaussian_is_within_4_ulp_where_it_is_subnormal(dtype):
    z = np.linspace(9, 28, 400).astype(dtype)
    assert worst_ulps(Gaussian()(z), lambda x: mpmath.exp(-x * x), z) <= 4


@every_dtype
def test_the_sine_of_the_largest_number_is_accurate(dtype):
    z = np.array([np.finfo(dtype).max], dtype=dtype)
    assert worst_ulps(Sine()(z), mpmath.sin, z) <= 4


def test_softmax_is_as_accurate_as_the_difference_to_the_largest_net_input():
    z = np.random.default_rng(2).normal(scale=10, size=(20, 5))
    with mpmath.workprec(200):
        for row, output in zip(z, Softmax()(z), strict=True):
            powers = [mpmath.exp(mpmath.mpf(float(x))) for x in row]
            truths = np.array([float(power / mpmath.fsum(powers)) for power in powers])
            # z - max(z) is rounded, to half an ulp of itself, and exp multiplies by its size
            ulps = 4 + (row.max() - row)
            assert (np.abs(output - truths) <= ulps * np.spacing(truths)).all()


# --- hand calculations ---


def test_sigmoid_of_ln_3_is_three_quarters():
    # 1 / (1 + exp(-ln 3)) = 1 / (1 + 1/3) = 3/4, and 3/4 (1 - 3/4) = 3/16
    assert float(Sigmoid()(math.log(3))) == pytest.approx(3 / 4, abs=1e-15)
    assert float(Sigmoid().derivative(math.log(3))) == pytest.approx(3 / 16, abs=1e-15)
    assert float(Sigmoid().derivative_from_output(0.75)) == 3 / 16


def test_the_functions_take_their_textbook_values():
    z = [-2, -0.0, 0, 3]
    expected = {
        Identity(): [-2, 0, 0, 3],
        ReLU(): [0, 0, 0, 3],
        LeakyReLU(): [-0.02, 0, 0, 3],
        Threshold(): [-1, -1, -1, 1],
        Step(): [0, 0, 0, 1],
        Tanh(): [math.tanh(-2), 0, 0, math.tanh(3)],
        Softplus(): [math.log1p(math.exp(-2)), math.log(2), math.log(2), math.log1p(math.exp(3))],
        Gaussian(): [math.exp(-4), 1, 1, math.exp(-9)],
        Sine(): [math.sin(-2), 0, 0, math.sin(3)],
    }
    for activation, outputs in expected.items():
        np.testing.assert_allclose(activation(z), outputs, rtol=1e-15, atol=1e-300)


def test_derivatives_at_the_kinks_are_those_of_the_left_side():
    np.testing.assert_array_equal(ReLU().derivative([-1, 0, 1]), [0, 0, 1])
    np.testing.assert_array_equal(LeakyReLU().derivative([-1, 0, 1]), [0.01, 0.01, 1])


# --- softmax ---


def test_softmax_sums_to_1_over_the_last_axis():
    z = np.random.default_rng(0).normal(size=(2, 3, 4))
    output = Softmax()(z)
    np.testing.assert_allclose(output.sum(axis=-1), 1, rtol=1e-15)
    np.testing.assert_allclose(output, np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True))


def test_the_raw_softmax_sums_over_the_first_axis():
    z = np.random.default_rng(0).normal(size=(4, 3))
    raw = Softmax().function(z, np.empty_like(z))
    np.testing.assert_allclose(raw, Softmax()(z.T).T, rtol=1e-15)


@every_dtype
def test_softmax_does_not_change_when_all_net_inputs_shift(dtype):
    z = np.array([1, 2, 4], dtype=dtype)
    np.testing.assert_array_equal(Softmax()(z), Softmax()(z + 1024))


def test_the_softmax_derivative_is_the_jacobian():
    z, step = np.array([0.3, -1.2, 0.8]), 1e-6
    jacobian = Softmax().derivative([z, z])
    assert jacobian.shape == (2, 3, 3)
    for j, direction in enumerate(np.eye(3)):
        expected = (Softmax()(z + step * direction) - Softmax()(z - step * direction)) / (2 * step)
        np.testing.assert_allclose(jacobian[1, :, j], expected, atol=1e-9)
    np.testing.assert_array_equal(Softmax().derivative_from_output(Softmax()([z, z])), jacobian)


@every_dtype
def test_softmax_backward_multiplies_by_the_jacobian(dtype):
    rng = np.random.default_rng(0)
    z, gradient = rng.normal(size=(2, 4, 3)).astype(dtype)
    output, out = Softmax()(z.T).T, np.empty((4, 3), dtype)
    assert Softmax().backward(output, gradient, out) is out
    for example in range(3):
        expected = Softmax().derivative(z[:, example]) @ gradient[:, example]
        np.testing.assert_allclose(out[:, example], expected, atol=4 * np.finfo(dtype).eps)


def test_a_softmax_neuron_has_no_slope_of_its_own():
    message = (
        "Softmax().slope: a neuron of a softmax layer has no derivative of its own, "
        "each output depends on the whole layer; use backward"
    )
    z = np.zeros((2, 1))
    with pytest.raises(InvalidValueError, match=f"^{re.escape(message)}$"):
        Softmax().slope(z, z, z)


def test_softmax_of_a_single_number_is_refused():
    message = "Softmax(): expected the values of a layer, shape (..., n_neurons) (got one number)"
    with pytest.raises(InvalidValueError, match=f"^{re.escape(message)}$"):
        Softmax()(3.0)


# --- your own ---


def swish(z):
    return z / (1 + np.exp(-z))


def swish_slope(z):
    s = 1 / (1 + np.exp(-z))
    return s * (1 + z * (1 - s))


def tanh_slope_from_output(o):
    return 1 - o * o


def test_a_registered_activation_works_like_a_built_in_one():
    own = activations.register("swish", swish, swish_slope)
    z = np.linspace(-3, 3, 7)
    np.testing.assert_array_equal(own(z), swish(z))
    np.testing.assert_array_equal(own.derivative(z), swish_slope(z))
    np.testing.assert_array_equal(own.slope(z, own(z), np.empty_like(z)), swish_slope(z))
    assert isinstance(own, Activation)
    assert own == "swish"
    assert hash(own) == hash("swish")
    assert str(own) == "swish"
    assert repr(own) == "get('swish')"
    assert eval(repr(own), vars(activations)) is own
    assert activations.names()[-1] == "swish"
    assert own.is_differentiable
    assert (own.has_output_derivative, own.is_probability, own.over_layer) == (False,) * 3


def test_a_registered_activation_keeps_the_dtype_and_may_write_over_its_argument():
    own = activations.register("widening", lambda z: np.tanh(z).astype(np.float64))
    z = np.array([[0.5, -0.5]], dtype=np.float32)
    assert own(z).dtype == np.float32
    together = z.copy()
    assert own.function(together, together) is together
    np.testing.assert_array_equal(together, own(z))


def test_a_function_that_returns_integers_or_booleans_is_cast():
    own = activations.register("fires", lambda z: z > 0)
    np.testing.assert_array_equal(own([-1, 2]), [0.0, 1.0])
    assert own([-1, 2]).dtype == np.float64


def test_without_a_derivative_it_can_be_run_but_not_differentiated():
    own = activations.register("floor", np.floor)
    assert not own.is_differentiable
    message = "get('floor') has no derivative, so gradients cannot pass through it"
    with pytest.raises(InvalidValueError, match=f"^{re.escape(message)}$"):
        own.derivative([1.0])


def test_a_derivative_from_the_output_alone_is_enough():
    own = activations.register("tanh2", np.tanh, derivative_from_output=tanh_slope_from_output)
    z = np.linspace(-2, 2, 5)
    assert own.is_differentiable
    assert own.has_output_derivative
    np.testing.assert_allclose(own.derivative(z), Tanh().derivative(z), rtol=1e-14)
    np.testing.assert_allclose(own.slope(z, own(z), np.empty_like(z)), own.derivative(z))


def test_a_probability_is_declared():
    own = activations.register("half", lambda z: np.full_like(z, 0.5), is_probability=True)
    assert own.is_probability


def test_registered_activations_are_equal_if_their_functions_are():
    first = activations.register("swish", swish, swish_slope)
    again = activations.register("swish", swish, swish_slope, overwrite=True)
    other = activations.register("swish", swish, overwrite=True)
    assert first == again
    assert first != other
    assert other == "swish"
    assert Sigmoid() != first


def test_pickles_find_a_registered_activation_by_its_name():
    own = activations.register("swish", swish, swish_slope)
    assert pickle.loads(pickle.dumps(own)) is own


def test_a_copy_keeps_its_functions_when_the_name_is_overwritten():
    own = activations.register("swish", swish, swish_slope)
    activations.register("swish", np.tanh, overwrite=True)
    assert copy.deepcopy(own) is own
    np.testing.assert_array_equal(copy.copy(own)([1.0]), swish(np.array([1.0])))


def test_unpickling_an_unknown_activation_says_to_register_it_first(monkeypatch):
    pickled = pickle.dumps(activations.register("my_bell", np.tanh))
    monkeypatch.delitem(KNOWN, "my_bell")
    message = (
        "no activation is called 'my_bell'. Known are identity, sigmoid, tanh, relu, leaky_relu, "
        "softplus, gaussian, sine, threshold, step, softmax; one of your own must be registered "
        "first: activations.register('my_bell', function, derivative)"
    )
    with pytest.raises(UnknownNameError, match=f"^{re.escape(message)}$"):
        pickle.loads(pickled)


@pytest.mark.parametrize(
    ("name", "close"),
    [("Sigmoid", "sigmoid"), ("sigmiod", "sigmoid"), ("ReLu", "relu"), ("soft_max", "softmax")],
)
def test_a_misspelt_name_is_answered_with_the_closest_one(name, close):
    with pytest.raises(
        UnknownNameError, match=f"^no activation is called '{name}'. Did you mean '{close}'\\? "
    ):
        activations.get(name)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("linear", "identity"),
        ("purelin", "identity"),
        ("sign", "threshold"),
        ("sgn", "threshold"),
        ("logistic", "sigmoid"),
        ("expit", "sigmoid"),
        ("heaviside", "step"),
        ("Heaviside step function", "step"),
        ("unit-step", "step"),
        ("tansig", "tanh"),
        ("rectifier", "relu"),
        ("LeakyReLU", "leaky_relu"),
        ("sin", "sine"),
        ("rbf", "gaussian"),
    ],
)
def test_a_name_that_others_give_an_activation_is_answered_with_ours(name, meant):
    with pytest.raises(UnknownNameError) as refusal:
        layered([1, 1], activation=name)
    assert str(refusal.value).startswith(
        f"no activation is called {name!r}. Did you mean {meant!r}? Known are identity, sigmoid,"
    )


@pytest.mark.parametrize("wrong", [None, 3, Sigmoid, np.tanh], ids=repr)
def test_what_is_no_name_and_no_activation_is_refused(wrong):
    message = f"activations.get: expected a name or an activation (got {wrong!r})"
    with pytest.raises(InvalidTypeError, match=f"^{re.escape(message)}$"):
        activations.get(wrong)


@every(ALL)
def test_built_in_names_cannot_be_replaced(activation):
    message = (
        f"activations.register: name '{activation}' is built in and cannot be replaced; "
        "choose another"
    )
    for overwrite in (False, True):
        with pytest.raises(InvalidValueError, match=f"^{re.escape(message)}$"):
            activations.register(activation.name, np.tanh, overwrite=overwrite)


def test_an_own_name_is_replaced_only_on_request():
    activations.register("swish", swish)
    message = (
        "activations.register: name 'swish' is already registered; pass overwrite=True to "
        "replace it"
    )
    with pytest.raises(InvalidValueError, match=f"^{re.escape(message)}$"):
        activations.register("swish", np.tanh)
    assert activations.get("swish").user_function is swish


@pytest.mark.parametrize("name", ["", " ", "my act", "1st", "a-b"])
def test_a_name_that_is_no_identifier_is_refused(name):
    message = f"activations.register: name must be an identifier such as 'my_bell' (got {name!r})"
    with pytest.raises(InvalidValueError, match=f"^{re.escape(message)}$"):
        activations.register(name, np.tanh)


def test_a_name_that_is_no_text_is_refused():
    message = "activations.register: name must be a str (got 3)"
    with pytest.raises(InvalidTypeError, match=f"^{re.escape(message)}$"):
        activations.register(3, np.tanh)


def spoil(z):
    z *= 2
    return z


REFUSED_FUNCTIONS = {
    "one_number_only": (
        math.sin,
        InvalidValueError,
        "activations.register: the function of 'own' must take an array and leave it as it is; "
        "on an array of shape (2, 3) it raised TypeError: ",
    ),
    "branches_on_an_array": (
        lambda z: 1 if z > 0 else 0,
        InvalidValueError,
        "activations.register: the function of 'own' must take an array and leave it as it is; "
        "on an array of shape (2, 3) it raised ValueError: ",
    ),
    "works_in_place": (
        spoil,
        InvalidValueError,
        "activations.register: the function of 'own' must take an array and leave it as it is; "
        "on an array of shape (2, 3) it raised ValueError: ",
    ),
    "loses_the_shape": (
        np.sum,
        InvalidValueError,
        "the function of activation 'own' must return one value for each it gets, "
        "shape (2, 3) (got shape ())",
    ),
    "returns_complex_numbers": (
        lambda z: z + 1j,
        InvalidTypeError,
        "the function of activation 'own' must return real numbers (got dtype complex128)",
    ),
    "returns_text": (
        lambda z: z.astype(str),
        InvalidTypeError,
        "the function of activation 'own' must return real numbers (got dtype <U32)",
    ),
    "mixes_elements": (
        lambda z: z - z.mean(),
        InvalidValueError,
        "activations.register: the function of 'own' must work element by element: the value for "
        "one net input depends on the others",
    ),
    "no_function": (
        3,
        InvalidTypeError,
        "activations.register: the function of 'own' must be callable (got 3)",
    ),
    "nothing": (
        None,
        InvalidTypeError,
        "activations.register: the function of 'own' must be callable (got None)",
    ),
}


@pytest.mark.parametrize("case", REFUSED_FUNCTIONS)
def test_a_function_that_does_not_work_on_arrays_is_refused_at_once(case):
    function, error, message = REFUSED_FUNCTIONS[case]
    with pytest.raises(error, match=f"^{re.escape(message)}"):
        activations.register("own", function)
    assert "own" not in activations.names()


@pytest.mark.parametrize("role", ["derivative", "derivative_from_output"])
def test_derivatives_are_tried_out_as_well(role):
    message = (
        f"the {role} of activation 'own' must return one value for each it gets, "
        "shape (2, 3) (got shape ())"
    )
    with pytest.raises(InvalidValueError, match=f"^{re.escape(message)}$"):
        activations.register("own", np.positive, **{role: lambda z: 1.0})
    assert "own" not in activations.names()


def test_a_function_that_misbehaves_later_is_named():
    own = activations.register("own", lambda z: z if z.size < 10 else z[:1])
    message = (
        "the function of activation 'own' must return one value for each it gets, "
        "shape (12,) (got shape (1,))"
    )
    with pytest.raises(InvalidValueError, match=f"^{re.escape(message)}$"):
        own(np.zeros(12))


def test_registered_is_frozen():
    own = activations.register("swish", swish)
    assert isinstance(own, Registered)
    with pytest.raises(AttributeError):
        own.name = "another"
