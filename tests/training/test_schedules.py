"""Schedules: their values against PyTorch's and by hand, composed, and in a training."""

import os
import re

import numpy as np
import pytest

import neurosim as ns
from neurosim.engines import ENGINES
from neurosim.errors import (
    DivergenceError,
    InvalidTypeError,
    InvalidValueError,
    UnknownNameError,
)
from neurosim.training.schedules import Clock

schedules = ns.schedules
LENGTH = 12


def by_pytorch(make, lr=0.5):
    torch = pytest.importorskip("torch")
    if os.environ.get("NEUROSIM_REQUIRE_TORCH") == "1":
        assert torch.__version__
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=lr)
    scheduler = make(torch.optim.lr_scheduler, optimizer)
    values = []
    for _ in range(LENGTH):
        values.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return values


@pytest.mark.parametrize(
    ("schedule", "make"),
    [
        (schedules.Step(0.5, 3, 0.2), lambda s, o: s.StepLR(o, 3, 0.2)),
        (schedules.Exponential(0.5, 0.9), lambda s, o: s.ExponentialLR(o, 0.9)),
        (schedules.Cosine(0.5, LENGTH, 0.1), lambda s, o: s.CosineAnnealingLR(o, LENGTH, 0.1)),
        (
            schedules.WarmUp(4, schedules.Constant(0.5), share=0.25),
            lambda s, o: s.LinearLR(o, 0.25, total_iters=4),
        ),
        (
            schedules.OneCycle(0.5, LENGTH, by="epoch"),
            lambda s, o: s.OneCycleLR(o, 0.5, total_steps=LENGTH + 1, cycle_momentum=False),
        ),
        (
            schedules.Sequence([schedules.Constant(0.5), schedules.Exponential(0.5, 0.8)], [5]),
            lambda s, o: s.SequentialLR(
                o, [s.ConstantLR(o, 1.0), s.ExponentialLR(o, 0.8)], [5]
            ),
        ),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.filterwarnings("ignore")
def test_a_schedule_has_the_values_of_pytorch_s(schedule, make):
    if isinstance(schedule, schedules.OneCycle):
        schedule = schedules.OneCycle(0.5, LENGTH + 1, by="epoch")
    np.testing.assert_allclose(schedule.values(LENGTH), by_pytorch(make), rtol=1e-12)


@pytest.mark.parametrize("maximize", [False, True])
def test_a_plateau_is_left_as_in_pytorch(maximize):
    torch = pytest.importorskip("torch")
    values = [5, 4, 4, 4.1, 3.9999, 3, 3, 3, 3, 3, 2, 2.5, 2.5, 2.5, 1, 1, 1, 1, 1, 1, 1]
    if maximize:
        values = [10 - value for value in values]
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    theirs = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, "max" if maximize else "min", 0.5, 2, cooldown=1, min_lr=0.2
    )
    ours = schedules.OnPlateau(
        1.0, 0.5, 2, watch="cost", cooldown=1, least=0.2, maximize=maximize
    )
    for count in range(1, len(values) + 1):
        theirs.step(values[count - 1])
        clock = Clock(0, count, {"cost": values[:count]})
        assert ours.at(clock) == optimizer.param_groups[0]["lr"], count


def test_a_product_multiplies_and_a_number_is_a_constant():
    schedule = 2 * schedules.Exponential(1.0, 0.5) * schedules.Step(1.0, 2, 0.1)
    np.testing.assert_allclose(schedule.values(4), [2, 1, 0.05, 0.025])
    assert eval(repr(schedule), vars(schedules)) == schedule


def test_a_warm_up_by_steps_leads_into_a_schedule_by_epochs():
    # share ½: steps 0 and 1 give ½ and ¾ of 0.8; then epoch 0 of the schedule goes on.
    schedule = schedules.WarmUp(2, schedules.Step(0.8, 1, 0.5), share=0.5, by="step")
    clock = Clock(np.arange(6), np.arange(6) // 3, {})
    np.testing.assert_allclose(schedule.at(clock), [0.4, 0.6, 0.8, 0.4, 0.4, 0.4])


def trained(engine, rule, **arguments):
    net = ns.topologies.layered([2, 3, 1], activation="tanh")
    net.initialize(ns.initializers.Normal(), seed=0)
    X = np.random.default_rng(1).normal(size=(7, 2))
    y = X[:, 0] * X[:, 1]
    history = ns.train(ns.compile(net, engine=engine), X, y, rule=rule, seed=2, **arguments)
    return net.parameters.copy(), history


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("batch_size", [None, 1, 3])
def test_a_training_by_a_schedule_is_the_trainings_by_its_numbers(engine, batch_size):
    # Incremental and batch steps alike: epoch by epoch at 0.2, 0.1, 0.05.
    net = ns.topologies.layered([2, 3, 1], activation="tanh")
    net.initialize(ns.initializers.Normal(), seed=0)
    X = np.random.default_rng(1).normal(size=(7, 2))
    generator = np.random.default_rng(2)
    for rate in (0.2, 0.1, 0.05):
        ns.train(
            ns.compile(net, engine=engine), X, X[:, 0] * X[:, 1], epochs=1, seed=generator,
            rule=ns.GradientDescent(rate), batch_size=batch_size,
        )  # fmt: skip
    rule = ns.GradientDescent(schedules.Step(0.2, 1, 0.5))
    parameters, _ = trained(engine, rule, epochs=3, batch_size=batch_size)
    np.testing.assert_allclose(parameters, net.parameters, rtol=0, atol=1e-14)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_schedule_by_steps_counts_through_the_epochs(engine):
    seen = []

    def rate(step):
        seen.append(step)
        return 0.1

    by_number, _ = trained(engine, ns.Adam(0.1), epochs=3, batch_size=3)
    by_function, _ = trained(
        engine, ns.Adam(schedules.Custom(rate, by="step")), epochs=3, batch_size=3
    )
    assert np.array_equal(by_number, by_function)
    assert sorted(set(seen)) == list(range(9))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_plateau_is_watched_while_training(engine):
    rule = ns.GradientDescent(schedules.OnPlateau(1e-9, 0.5, 1, watch="cost", threshold=0.1))
    _, history = trained(engine, rule, epochs=8)
    assert rule.at(Clock(0, 8, history)).learning_rate == 1e-9 / 2**3


def test_what_cannot_be_a_schedule_is_refused():
    with pytest.raises(InvalidValueError, match="by must be 'epoch' or 'step'"):
        schedules.Step(0.1, 3, by="batch")
    with pytest.raises(InvalidValueError, match="milestones must rise"):
        schedules.Sequence([schedules.Constant(1), schedules.Constant(2)], [3, 3])
    with pytest.raises(InvalidTypeError, match="then must be a schedule"):
        schedules.WarmUp(3, 0.1)
    with pytest.raises(InvalidValueError, match="at epoch 0, must return a number >= 0"):
        schedules.Custom(lambda epoch: -1.0).values(1)
    with pytest.raises(InvalidTypeError, match="learning_rate must be a finite number"):
        ns.Adam("cosine")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"watch": 3}, "OnPlateau.watch must be a str (got 3)"),
        ({"maximize": "no"}, "OnPlateau.maximize must be a bool (got 'no')"),
    ],
)
def test_settings_of_a_plateau_are_not_taken_for_what_they_are_not(settings, message):
    with pytest.raises(InvalidTypeError, match=f"^{re.escape(message)}$"):
        schedules.OnPlateau(0.1, **settings)


def test_a_plateau_of_a_column_that_is_not_recorded_is_refused_before_training():
    net = ns.topologies.layered([1, 1], activation="identity")
    rule = ns.GradientDescent(schedules.OnPlateau(0.1))
    with pytest.raises(UnknownNameError, match="pass validation="):
        ns.train(net, [[1.0]], [1.0], rule=rule)
    assert not net.parameters.any()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: schedules.Sequence(3, []), "schedules must be a list of schedules (got 3)"),
        (
            lambda: schedules.Sequence([schedules.Constant(1)], 5),
            "milestones must be a list of whole numbers (got 5)",
        ),
        (lambda: schedules.Product("ab"), "schedules must be a list of schedules (got 'ab')"),
    ],
)
def test_what_is_no_list_is_refused_before_it_is_made_one(make, message):
    with pytest.raises(InvalidTypeError, match=rf"^(Sequence|Product)\.{re.escape(message)}$"):
        make()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "schedule", [schedules.Exponential(0.1, 1e200), schedules.Step(0.1, every=1, factor=1e200)]
)
def test_one_that_grows_without_bounds_ends_as_any_rate_that_is_too_large(schedule, engine):
    net = ns.topologies.layered([1, 1], activation="identity")
    program, rule = ns.compile(net, engine=engine), ns.GradientDescent(schedule)
    with pytest.raises(DivergenceError, match=r"^training diverged in epoch [23]: "):
        ns.train(program, [[1.0]], [0.5], rule=rule, epochs=9)
