"""Numbers drawn by counting: as often, as far and as independent as they should be."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import neurosim as ns
from neurosim.compiler.build import make_plan
from neurosim.engines import ENGINES, State, make_engine
from neurosim.engines.noise import Noise, _counted, _mixed
from neurosim.training.objective import CostObjective
from tests import strategies

ROWS, EXAMPLES = 40, 1000
# Finite differences cannot judge where a derivative jumps.
SMOOTH = [one for one in strategies.DIFFERENTIABLE if one.name not in strategies.KINKED]


def noise_of(rate=0.3, spread=2.0, key=7):
    return Noise(np.full(ROWS, rate), np.full(ROWS, spread), np.arange(ROWS), key)


def mask_of(noise, step=0):
    state = State.empty(ROWS, EXAMPLES, np.dtype(np.float64))
    noise.enter(state, step)
    return state.mask


def disturbance(noise, step=0):
    return noise.disturbed(np.zeros((EXAMPLES, ROWS)), step)


def correlation(one, other):
    return abs(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def test_the_hash_is_that_of_splitmix64():
    # The first numbers of its reference implementation from seed 0 on.
    expected = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    assert _mixed(_counted(np.arange(3))).tolist() == expected


@pytest.mark.parametrize("rate", [0.01, 0.3, 0.5, 0.95])
def test_a_neuron_is_dropped_as_often_as_asked_for(rate):
    mask = mask_of(noise_of(rate))
    assert np.unique(mask).tolist() == [0.0, 1 / (1 - rate)]
    spread = np.sqrt(rate * (1 - rate) / mask.size)
    assert np.mean(mask == 0) == pytest.approx(rate, abs=4 * spread)
    for axis in (0, 1):  # none more often than others, neither neurons nor examples
        n = mask.shape[axis]
        variance = np.var(np.mean(mask == 0, axis=axis))
        assert variance == pytest.approx(rate * (1 - rate) / n, rel=1.0)


def test_rows_that_are_not_to_be_dropped_hand_on_what_they_emit():
    rates = np.zeros(ROWS)
    rates[3] = 0.5
    mask = mask_of(Noise(rates, np.zeros(0), np.arange(0)))
    np.testing.assert_array_equal(np.delete(mask, 3, axis=0), 1.0)
    assert np.unique(mask[3]).tolist() == [0.0, 2.0]


def test_noise_is_normally_distributed():
    values = disturbance(noise_of(spread=2.0)) / 2.0
    n = values.size
    assert values.mean() == pytest.approx(0, abs=4 / np.sqrt(n))
    assert (values**2).mean() == pytest.approx(1, abs=4 * np.sqrt(2 / n))
    assert (values**3).mean() == pytest.approx(0, abs=4 * np.sqrt(15 / n))
    assert (values**4).mean() == pytest.approx(3, abs=4 * np.sqrt(96 / n))
    assert np.mean(np.abs(values) < 1) == pytest.approx(0.6827, abs=0.01)


@pytest.mark.parametrize("draw", [mask_of, disturbance])
def test_the_same_is_drawn_again_and_other_steps_and_keys_draw_something_else(draw):
    first = draw(noise_of())
    np.testing.assert_array_equal(draw(noise_of()), first)
    for other in (draw(noise_of(), 1), draw(noise_of(key=8)), draw(noise_of(key=2**64 - 1))):
        assert correlation(first, other) < 4 / np.sqrt(first.size)


def test_neurons_and_neighbouring_examples_are_independent():
    mask, values = mask_of(noise_of(0.5)), disturbance(noise_of()).T
    for drawn in (mask, values):
        limit = 4 / np.sqrt(drawn.size)
        assert correlation(drawn[1:], drawn[:-1]) < limit
        assert correlation(drawn[:, 1:], drawn[:, :-1]) < limit
    assert correlation(mask, values) < limit
    next_step = mask_of(noise_of(0.5), 1)
    assert correlation(mask[1:], next_step[:-1]) < limit


def test_more_examples_draw_the_same_for_those_that_were_there():
    noise, few = noise_of(), State.empty(ROWS, 10, np.dtype(np.float64))
    noise.enter(few, 5)
    np.testing.assert_array_equal(few.mask, mask_of(noise, 5)[:, :10])


@pytest.mark.parametrize("engine", ENGINES)
@given(net=strategies.networks(hidden=SMOOTH, outputs=SMOOTH))
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_the_gradient_under_a_mask_is_that_of_finite_differences(engine, net):
    plan = make_plan(net)
    runner, _ = make_engine(engine, plan, net)
    rng = np.random.default_rng(0)
    X, targets = rng.normal(size=(4, plan.n_inputs)), rng.normal(size=(4, plan.n_outputs))
    objective = CostObjective(plan, ns.SquaredError(reduction="sum"))
    state = State.empty(plan.n_neurons, 4, net.dtype)
    state.mask = rng.choice([0.0, 2.0], size=(plan.n_neurons, 4))
    state.mask[plan.output_rows] = 1.0

    def value(parameters):
        runner.forward(parameters, X, state)
        return objective.value(state, targets)

    parameters = net.parameters.copy()
    runner.forward(parameters, X, state)
    _, gradient, delta = objective.seeds(state, targets)
    result = np.zeros_like(parameters)
    runner.backward(parameters, state, result, output_gradient=gradient, output_delta=delta)
    some = rng.permutation(len(parameters))[:12]
    slopes = []
    for place in some:
        step = np.zeros_like(parameters)
        step[place] = 1e-6
        slopes.append((value(parameters + step) - value(parameters - step)) / 2e-6)
    scale = max(1.0, np.abs(result).max(initial=0))
    np.testing.assert_allclose(result[some], slopes, rtol=2e-4, atol=2e-5 * scale)


def test_an_example_may_be_pushed_through_without_its_inputs():
    net = ns.topologies.layered([2, 1], activation="identity")
    net.synapses.weight = [3.0, 5.0]
    plan = make_plan(net)
    for engine in ENGINES:
        runner, _ = make_engine(engine, plan, net)
        state = State.empty(3, 1, net.dtype)
        state.mask = np.array([[0.0], [2.0], [1.0]])
        runner.forward(net.parameters, np.array([[7.0, 1.0]]), state)
        assert state.output[:, 0].tolist() == [7.0, 1.0, 10.0]  # 0·3·7 + 2·5·1
