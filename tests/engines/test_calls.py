"""What a call of feedforward is given, and what it must see, whichever way it takes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import neurosim as ns

pytest.importorskip("numba")

N_INPUTS = 4


@pytest.fixture
def program():
    net = ns.topologies.random_dag(
        20, n_inputs=N_INPUTS, n_outputs=2, in_degree=3, activation="sigmoid", seed=0
    )
    net.initialize(ns.initializers.Normal(), biases=ns.initializers.Normal(), seed=0)
    return ns.compile(net, engine="numba")


def inputs(count):
    return np.random.default_rng(0).standard_normal((count, N_INPUTS))


def expected(program, X):
    return ns.compile(program.network.copy(), engine="reference").feedforward(X)


@pytest.mark.parametrize("count", [0, 1, 2, 15, 16, 17, 64, 100])
def test_any_number_of_examples_is_answered(program, count):
    X = inputs(count)
    np.testing.assert_allclose(program.feedforward(X), expected(program, X), rtol=1e-12)


def test_a_call_with_fewer_examples_sees_nothing_of_one_with_more(program):
    X = inputs(100)
    whole = program.feedforward(X)
    for count in (3, 100, 40, 1):
        np.testing.assert_allclose(program.feedforward(X[:count]), whole[:count], rtol=1e-12)


def _read_only(X):
    X = X.copy()
    X.setflags(write=False)
    return X


FORMS = {
    "read-only": _read_only,
    "Fortran-ordered": np.asfortranarray,
    "strided": lambda X: np.repeat(np.repeat(X, 2, axis=0), 2, axis=1)[::2, ::2],
    "backwards": lambda X: X[::-1].copy()[::-1],
    "swapped bytes": lambda X: X.astype(">f8"),
    "list": lambda X: X.tolist(),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("count", [1, 64])
def test_the_same_numbers_in_another_form_give_the_same(program, form, count):
    X = inputs(count)
    np.testing.assert_array_equal(program.feedforward(FORMS[form](X)), program.feedforward(X))


def test_ints_and_single_precision_are_cast(program):
    X = np.arange(64 * N_INPUTS).reshape(64, N_INPUTS) % 5 - 2
    wanted = program.feedforward(X.astype(float))
    np.testing.assert_array_equal(program.feedforward(X), wanted)
    np.testing.assert_array_equal(program.feedforward(X.astype(np.float32)), wanted)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [(0, 0), (33, 2), (63, 3)])
def test_what_is_not_finite_is_refused_wherever_it_stands(program, value, place):
    X = inputs(64)
    before = program.feedforward(X)
    wrong = X.copy()
    wrong[place] = value
    expected = rf"^X\[{place[0]}, {place[1]}\] must be finite"
    with pytest.raises(ns.errors.NeurosimError, match=expected):
        program.feedforward(wrong)
    np.testing.assert_array_equal(program.feedforward(X), before)


@pytest.mark.parametrize("shape", [(64, 3), (64, 5), (4,), (2, 64, 4)])
def test_another_shape_is_refused(program, shape):
    with pytest.raises(ns.errors.NeurosimError, match=r"^X must have shape \(n_examples, 4\)"):
        program.feedforward(np.zeros(shape))


def test_parameters_set_between_two_calls_are_seen_by_the_next(program):
    X, parameters = inputs(64), program.network.parameters
    for change in (2.0, 0.5, 0.0):
        parameters *= change
        np.testing.assert_allclose(program.feedforward(X), expected(program, X), rtol=1e-12)


def test_a_structure_changed_after_compiling_is_refused(program):
    program.network.remove(program.network.synapses[0])
    with pytest.raises(ns.errors.StaleProgramError):
        program.feedforward(inputs(64))


def test_the_answer_belongs_to_the_caller(program):
    X = inputs(64)
    first = program.feedforward(X)
    kept = first.copy()
    program.feedforward(-X)
    np.testing.assert_array_equal(first, kept)


@pytest.mark.parametrize("count", [1, 64])
def test_threads_that_call_one_program_at_once_do_not_mix_their_examples(program, count):
    several = [inputs(count) * scale for scale in (1.0, -1.0, 0.5, 2.0)]
    wanted = [program.feedforward(X) for X in several]

    def differs(number):
        own = number % len(several)
        return any(
            (program.feedforward(several[own]) != wanted[own]).any() for _ in range(500)
        )

    with ThreadPoolExecutor(4) as pool:
        assert not any(pool.map(differs, range(4)))
