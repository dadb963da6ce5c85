"""Initializers: contracts that hold for all of them, their spread, and seeds."""

import copy
import pickle
import re

import numpy as np
import pytest

from neurosim import initializers
from neurosim.errors import InvalidTypeError, InvalidValueError
from neurosim.initializers import (
    ALL,
    Constant,
    Glorot,
    He,
    Initializer,
    LeCun,
    Normal,
    Uniform,
    make_generator,
)

SCALED = [Glorot, He, LeCun]
N = 20_000


def every(cases):
    return pytest.mark.parametrize("initializer", cases, ids=lambda one: type(one).__name__)


every_scaled = pytest.mark.parametrize("kind", SCALED)
every_distribution = pytest.mark.parametrize("distribution", ["normal", "uniform"])
every_source = pytest.mark.parametrize(
    "source", [np.random.default_rng, np.random.RandomState], ids=["Generator", "RandomState"]
)


def refusal(error, message):
    return pytest.raises(error, match=f"^{re.escape(message)}$")


def fans(fan_in, fan_out, n=N):
    return np.full(n, fan_in), np.full(n, fan_out)


# --- contracts over the list of all initializers ---


@every(ALL)
def test_repr_evaluates_back_and_copies_are_equal(initializer):
    assert eval(repr(initializer), vars(initializers)) == initializer
    assert pickle.loads(pickle.dumps(initializer)) == initializer
    assert copy.deepcopy(initializer) == initializer
    assert hash(initializer) == hash(type(initializer)())
    assert isinstance(initializer, Initializer)


@every(ALL)
def test_an_initializer_cannot_be_changed(initializer):
    with pytest.raises(AttributeError):
        initializer.gain = 2.0


@every(ALL)
@every_source
def test_one_float64_per_synapse_is_drawn(initializer, source):
    drawn = initializer.draw(source(0), *fans(3, 4, 7))
    assert drawn.shape == (7,)
    assert drawn.dtype == np.float64
    assert np.isfinite(drawn).all()
    assert drawn.flags.writeable


@every(ALL)
@every_source
def test_the_same_seed_draws_the_same_numbers(initializer, source):
    first, again = (initializer.draw(source(5), *fans(3, 4, 50)) for _ in range(2))
    np.testing.assert_array_equal(first, again)


@every(ALL)
@every_source
def test_two_draws_in_a_row_continue_the_sequence(initializer, source):
    # so that drawing connect call by connect call is drawing all at once
    generator = source(5)
    parts = [initializer.draw(generator, *fans(3, 4, n)) for n in (3, 4)]
    whole = initializer.draw(source(5), *fans(3, 4, 7))
    np.testing.assert_array_equal(np.concatenate(parts), whole)


@every(ALL)
def test_no_synapses_draw_nothing(initializer):
    generator = np.random.default_rng(0)
    assert initializer.draw(generator, *fans(1, 1, 0)).shape == (0,)
    assert generator.random() == np.random.default_rng(0).random()


@every(ALL)
def test_a_count_of_zero_is_taken_as_one(initializer):
    none = initializer.draw(np.random.default_rng(0), *fans(0, 0, 9))
    one = initializer.draw(np.random.default_rng(0), *fans(1, 1, 9))
    np.testing.assert_array_equal(none, one)


@every(ALL)
def test_the_counts_are_left_alone(initializer):
    fan_in, fan_out = np.array([0, 1, 2]), np.array([3, 0, 1])
    initializer.draw(np.random.default_rng(0), fan_in, fan_out)
    np.testing.assert_array_equal(fan_in, [0, 1, 2])
    np.testing.assert_array_equal(fan_out, [3, 0, 1])


# --- the numbers themselves ---


def test_normal_with_random_state_1_gives_the_numbers_of_randn_in_order():
    generator, lecture = np.random.RandomState(1), np.random.RandomState(1)
    first = Normal().draw(generator, *fans(2, 3, 6))
    second = Normal().draw(generator, *fans(3, 1, 3))
    np.testing.assert_array_equal(first.reshape(2, 3), lecture.randn(2, 3))
    np.testing.assert_array_equal(second.reshape(3, 1), lecture.randn(3, 1))
    assert first[0] == 1.6243453636632417


def test_uniform_with_random_state_1_gives_the_numbers_of_rand_in_order():
    drawn = Uniform(0.0, 1.0).draw(np.random.RandomState(1), *fans(2, 3, 6))
    np.testing.assert_array_equal(drawn, np.random.RandomState(1).rand(6))


@every_source
def test_normal_has_its_mean_and_standard_deviation(source):
    drawn = Normal(3.0, 0.5).draw(source(0), *fans(1, 1))
    assert drawn.mean() == pytest.approx(3.0, abs=0.02)
    assert drawn.std() == pytest.approx(0.5, abs=0.02)


@every_source
def test_uniform_fills_its_interval(source):
    drawn = Uniform(-2.0, 6.0).draw(source(0), *fans(1, 1))
    assert -2.0 <= drawn.min() < -1.99
    assert 5.99 < drawn.max() <= 6.0
    assert drawn.mean() == pytest.approx(2.0, abs=0.1)


def test_constant_is_the_same_everywhere_and_uses_no_random_numbers():
    generator = np.random.default_rng(0)
    np.testing.assert_array_equal(Constant(0.25).draw(generator, *fans(1, 1, 4)), [0.25] * 4)
    assert generator.random() == np.random.default_rng(0).random()


@every_source
@every_distribution
@pytest.mark.parametrize(
    ("kind", "variance"),
    # 12 synapses in, 4 out
    [(Glorot, 2 / (12 + 4)), (He, 2 / 12), (LeCun, 1 / 12)],
)
def test_scaled_weights_have_the_variance_of_their_paper(kind, variance, distribution, source):
    drawn = kind(distribution, gain=3.0).draw(source(0), *fans(12, 4))
    assert drawn.mean() == pytest.approx(0.0, abs=0.03)
    assert drawn.std() == pytest.approx(3.0 * variance**0.5, rel=0.02)


@pytest.mark.parametrize(("kind", "limit"), [(Glorot, 6 / 16), (He, 6 / 12), (LeCun, 3 / 12)])
def test_uniform_scaled_weights_stay_inside_their_limit(kind, limit):
    drawn = kind("uniform").draw(np.random.default_rng(0), *fans(12, 4))
    assert np.abs(drawn).max() <= limit**0.5
    assert np.abs(drawn).max() > 0.99 * limit**0.5


@every_scaled
@every_distribution
def test_every_synapse_is_scaled_by_its_own_neurons(kind, distribution):
    fan_in, fan_out = np.array([1, 4, 100]), np.array([2, 2, 50])
    together = kind(distribution).draw(np.random.default_rng(0), fan_in, fan_out)
    for i in range(3):
        alone = kind(distribution).draw(
            np.random.default_rng(0), np.full(3, fan_in[i]), np.full(3, fan_out[i])
        )
        assert together[i] == alone[i]


def test_a_sparse_network_keeps_the_size_of_its_signals():
    # each neuron hears 5 of 2,000 others; counted as a full layer, signals would shrink 20-fold
    rng = np.random.default_rng(0)
    weights = LeCun().draw(rng, *fans(5, 5, 2_000 * 5)).reshape(2_000, 5)
    signals = rng.standard_normal(2_000)
    net_input = (weights * signals[rng.integers(2_000, size=(2_000, 5))]).sum(axis=1)
    assert net_input.std() == pytest.approx(1.0, abs=0.1)


# --- refusals ---


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Normal(std=-1), "Normal.std must be >= 0 (got -1)"),
        (lambda: Normal(std=-0.5), "Normal.std must be >= 0 (got -0.5)"),
        (lambda: Normal(mean=np.inf), "Normal.mean must be a finite number (got inf)"),
        (lambda: Uniform(low=np.nan), "Uniform.low must be a finite number (got nan)"),
        (lambda: Uniform(2, 1), "Uniform.low must be <= high (got low=2, high=1)"),
        (lambda: Uniform(-1e308, 1e308), "Uniform: high - low must be a finite number (got inf)"),
        (lambda: Constant(-np.inf), "Constant.value must be a finite number (got -inf)"),
        (lambda: Glorot(gain=-2), "Glorot.gain must be >= 0 (got -2)"),
        (lambda: He("gauss"), "He.distribution must be 'normal' or 'uniform' (got 'gauss')"),
        (lambda: LeCun(None), "LeCun.distribution must be 'normal' or 'uniform' (got None)"),
    ],
)
def test_values_that_make_no_sense_are_refused(make, message):
    with refusal(InvalidValueError, message):
        make()


@pytest.mark.parametrize("wrong", ["1", None, True, 1j, [1.0, 2.0]], ids=repr)
def test_what_is_no_number_is_refused(wrong):
    with refusal(InvalidTypeError, f"Normal.std must be a finite number (got {wrong!r})"):
        Normal(std=wrong)
    with refusal(InvalidTypeError, f"He.gain must be a finite number (got {wrong!r})"):
        He(gain=wrong)


def test_numpy_numbers_leave_a_repr_that_evaluates_without_numpy():
    assert repr(Normal(std=np.float64(0.1))) == "Normal(mean=0.0, std=0.1)"
    assert repr(Constant(np.int64(2))) == "Constant(value=2)"


# --- seeds ---


@pytest.mark.parametrize("seed", [0, 7, np.int64(7), np.random.SeedSequence(7)], ids=repr)
def test_a_number_seeds_the_default_generator(seed):
    generator = make_generator(seed)
    assert isinstance(generator, np.random.Generator)
    assert generator.random() == np.random.default_rng(seed).random()


def test_without_a_seed_every_generator_is_another():
    assert make_generator(None).random() != make_generator(None).random()


@every_source
def test_a_generator_is_passed_through(source):
    generator = source(0)
    assert make_generator(generator) is generator


@pytest.mark.parametrize("wrong", [True, np.True_, 1.0, "1", [1, 2], np.random], ids=str)
def test_what_is_no_seed_is_refused(wrong):
    message = (
        f"seed must be an int, a SeedSequence, a Generator, a RandomState or None (got {wrong!r})"
    )
    with refusal(InvalidTypeError, message):
        make_generator(wrong)


def test_a_negative_seed_is_refused():
    with refusal(InvalidValueError, "seed must be >= 0 (got -1)"):
        make_generator(-1)
