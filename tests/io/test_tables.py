"""Networks as data frames and as sparse matrices."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse
from hypothesis import given, settings

import neurosim as ns
from neurosim.errors import (
    CycleError,
    FormatError,
    InvalidTypeError,
    InvalidValueError,
    StructureError,
)
from tests import strategies
from tests.io.same import assert_same


def small():
    net = ns.Network("small", dtype="float32")
    net.add_layer(["a", "b"], role="input", name="in")
    net.add_neuron("y", activation="tanh", role="output", bias=0.1)
    net.connect("b", "y", weight=0.1)
    net.connect("a", "y", weight=-1.0)
    net.output_scaler = ns.Scaler([1.0], [2.0])
    return net


# -- frames --------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@given(data=strategies.st.data())
@settings(max_examples=15)
def test_a_network_comes_back_from_its_frames_as_it_was(dtype, data):
    net = data.draw(strategies.networks(dtype=dtype))
    assert_same(net, ns.from_frames(*ns.to_frames(net)))


def test_frames_have_a_row_for_each_neuron_and_each_synapse():
    neurons, synapses = ns.to_frames(small())
    assert neurons.columns.tolist() == ["name", "role", "layer", "activation", "bias"]
    assert neurons["layer"].isna().tolist() == [False, False, True]
    assert synapses.values.tolist() == [["b", "y", np.float32(0.1)], ["a", "y", -1.0]]
    assert synapses["weight"].dtype == np.float32


def test_frames_that_were_changed_make_another_network():
    neurons, synapses = ns.to_frames(small())
    synapses = synapses[synapses["weight"] > 0]
    neurons.loc[neurons["name"] == "y", "activation"] = "relu"
    net = ns.from_frames(neurons, synapses)
    assert [(str(s.pre), str(s.post)) for s in net.synapses] == [("b", "y")]
    assert net["y"].activation == "relu"
    assert net.output_scaler == ns.Scaler([1.0], [2.0])


def test_frames_of_polars_and_of_files_are_taken_without_the_units_of_the_data():
    neurons, synapses = ns.to_frames(small())
    neurons = neurons.astype(object).where(neurons.notna(), None)
    frames = [pl.DataFrame(one.to_dict("list")) for one in (neurons, synapses)]
    net = ns.from_frames(*frames, dtype="float32")
    assert (net.name, net.output_scaler, net["y"].bias) == ("network", None, np.float32(0.1))
    assert sorted(net.synapses.weight.tolist()) == [-1.0, np.float32(0.1)]


def test_synapses_alone_make_a_network():
    _, synapses = ns.to_frames(small())
    net = ns.from_frames(None, synapses[["pre", "post"]], name="alone")
    assert (net.name, len(net.inputs), net["y"].activation) == ("alone", 2, "identity")
    assert net.synapses.weight.tolist() == [0.0, 0.0]
    assert ns.from_frames(None, synapses).dtype == np.float32


def _from_frames(**how):
    synapses = pd.DataFrame({"pre": ["x", "h"], "post": ["h", "y"]})
    return ns.from_frames(None, synapses, **how)


def _from_sparse(**how):
    return ns.from_sparse(coo([(0, 1, 1.0), (1, 2, 1.0)]), **how)


@pytest.mark.parametrize("build", [_from_frames, _from_sparse])
def test_a_hidden_neuron_is_a_sigmoid_neuron_by_default_and_an_output_a_linear_unit(build):
    assert [str(neuron.activation) for neuron in build().neurons[1:]] == ["sigmoid", "identity"]
    net = build(activation="tanh")
    assert [str(neuron.activation) for neuron in net.neurons[1:]] == ["tanh", "tanh"]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda n, s: (n, s.drop(columns="pre")), FormatError, "synapses must have a column 'pre'"),
        (
            lambda n, s: (n.drop(columns="name"), s),
            FormatError,
            "neurons must have a column 'name'",
        ),
        (lambda n, s: (n[1:], s), FormatError, "'a' -> 'y': there is no neuron 'a'"),
        (lambda n, s: (n, s.assign(weight="x")), FormatError, "weight of synapse 0 must be"),
        (lambda n, s: (n, s.assign(weight=np.nan)), FormatError, r"weight\[0\] must be finite"),
        (lambda n, s: (n.assign(role="chief"), s), FormatError, "role of neuron 0 must be"),
        (lambda n, s: (n.assign(name="a"), s), FormatError, "each of the neurons must have a name"),
        (lambda n, s: (None, s.iloc[[0, 0]]), StructureError, "parallel edges"),
        (lambda n, s: (1, s), InvalidTypeError, "from_frames.neurons must be a data frame"),
        (lambda n, s: (n, None), InvalidTypeError, "from_frames.synapses must be a data frame"),
    ],
)
def test_frames_that_make_no_network_are_refused(change, error, message):
    with pytest.raises(error, match=message):
        ns.from_frames(*change(*ns.to_frames(small())))


# -- sparse matrices -----------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@given(data=strategies.st.data())
@settings(max_examples=15)
def test_a_network_comes_back_from_its_sparse_matrix_as_it_was(dtype, data):
    net = data.draw(strategies.networks(dtype=dtype))
    assert_same(net, ns.from_sparse(ns.to_sparse(net), like=net))


def test_a_synapse_of_weight_0_is_an_entry_like_any_other():
    net = ns.topologies.layered([2, 2])
    matrix = ns.to_sparse(net)
    assert (matrix.nnz, matrix.shape, matrix.dtype) == (4, (4, 4), np.float64)
    assert len(ns.from_sparse(matrix.tocsr(), like=net).synapses) == 4


def test_a_matrix_alone_makes_neurons_called_by_their_numbers():
    matrix = scipy.sparse.csr_array(np.array([[0, 0, 2], [0, 0, 3], [0, 0, 0]], np.float32))
    net = ns.from_sparse(matrix, activation="relu", name="numbers")
    assert [neuron.name for neuron in net.inputs] == ["0", "1"]
    assert (net["2"].activation, net.dtype, net.name) == ("relu", np.float32, "numbers")
    assert net.weights(["0", "1"], "2").tolist() == [[2.0], [3.0]]


def coo(entries, n=3):
    pre, post, weight = zip(*entries, strict=True)
    return scipy.sparse.coo_array((np.array(weight, float), (pre, post)), shape=(n, n))


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize(
    ("matrix", "error", "message"),
    [
        (np.zeros((3, 3)), InvalidTypeError, "from_sparse.matrix must be a sparse matrix"),
        (scipy.sparse.csr_array((3, 4)), InvalidValueError, r"square \(got shape \(3, 4\)\)"),
        (coo([(2, 2, 1.0)]), StructureError, "itself|cycle"),
        (coo([(0, 2, 1.0), (0, 2, 1.0)]), StructureError, "parallel|already|twice"),
        (coo([(0, 2, np.inf)]), InvalidValueError, "finite"),
    ],
)
def test_a_matrix_that_makes_no_network_is_refused(own, matrix, error, message):
    like = small() if own else None
    with pytest.raises(
        (error, FormatError) if error is InvalidValueError else error, match=message
    ):
        ns.from_sparse(matrix, like=like)


def test_a_matrix_has_to_fit_the_network_that_it_is_like():
    net = ns.topologies.layered([1, 2, 1])
    with pytest.raises(InvalidValueError, match=r"a row for each of 4 neurons \(got 3\)"):
        ns.from_sparse(coo([(0, 1, 1.0)]), like=net)
    with pytest.raises(CycleError):
        ns.from_sparse(coo([(1, 2, 1.0), (2, 1, 1.0)], 4), like=net)
    with pytest.raises(InvalidTypeError, match="leave out activation"):
        ns.from_sparse(ns.to_sparse(net), like=net, activation="tanh")
