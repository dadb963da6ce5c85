"""Every call that takes X or y takes the same, and refuses the rest in the same words."""

import io
import re
from decimal import Decimal

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse
from hypothesis import given as drawn
from hypothesis import strategies as st

import neurosim as ns
from neurosim import plot
from neurosim.command_line import main
from neurosim.errors import InvalidTypeError, InvalidValueError, NeurosimError

X = np.array([[8.0, 1.0], [12.0, 3.0], [16.0, 2.0]])
Y = np.array([0.1, 0.9, 0.4])
FILL_IN = "fill in what is missing, or leave such rows out"


def make(n_outputs=1):
    net = ns.Network("people")
    inputs = net.add_layer(["educ", "exper"], role="input")
    names = ["wage"] if n_outputs == 1 else ["clerk", "nurse", "smith"]
    outputs = net.add_layer(names, activation="sigmoid", role="output")
    net.connect(inputs, outputs)
    net.initialize(ns.initializers.Normal(), seed=1)
    net.input_scaler = ns.standardize(X)
    return net


COST = ns.SquaredError(reduction="sum")
HOW = {"rule": ns.GradientDescent(0.1), "cost": COST, "epochs": 1}


def trained(net, *data, **more):
    ns.train(net, *data, **HOW, **more)
    return net.parameters.copy()


def validated(net, validation):
    """Train on examples of its own, in the network's units, so that all validate alike."""
    own = [[1.0, 2.0], [0.0, -1.0], [-1.0, 0.5]]
    if net.input_scaler is not None:
        own = net.input_scaler.inverse(own)
    y = Y if len(net.outputs) == 1 else ["clerk", "nurse", "smith"]
    return [ns.train(net, own, y, validation=validation, **HOW)["val_cost"][0]]


def both(net):
    """The same network twice, as a population."""
    return ns.compile([net, net.copy()], engine="numpy")


def surface(net, X, y):
    ax = plot.error_surface(net, X, y, (net.synapses[0], net.synapses[1]), cost=COST, points=3)
    return [ax.get_xlim(), ax.get_ylim()]


def points(ax):
    return [path.get_offsets().data.tolist() for path in ax.collections if len(path.get_offsets())]


def program(net):
    return ns.compile(net, engine="numpy")


# What each call makes of X and y; the numbers are compared.
CALLS = {
    "train": trained,
    "validation": lambda net, X, y: validated(net, (X, y)),
    "stream": lambda net, X, y: trained(net, [(X, y)]),
    "stream of validation": lambda net, X, y: validated(net, [(X, y)]),
    "predict": lambda net, X, y: program(net).predict(X),
    "feedforward": lambda net, X, y: program(net).feedforward(X),
    "trace": lambda net, X, y: program(net).trace(X).net_inputs,
    "jacobian": lambda net, X, y: ns.jacobian(net, X),
    "check_gradients": lambda net, X, y: [ns.check_gradients(net, X, y, cost=COST).differenced],
    "decision_boundary": lambda net, X, y: np.concatenate(points(plot.decision_boundary(net, X))),
    "response": lambda net, X, y: plot.response(net, inputs="educ", X=X).lines[0].get_ydata(),
    "confusion_matrix": lambda net, X, y: [
        plot.confusion_matrix(net, X, [0, 1, 0] if len(net.outputs) == 1 else y).get_title()
    ],
    "error_surface": surface,
    "population.feedforward": lambda net, X, y: both(net).feedforward(X),
    "population.predict": lambda net, X, y: np.array(both(net).predict(X)),
    "population.train": lambda net, X, y: [
        history["cost"][0] for history in ns.train(both(net), X, y, **HOW)
    ],
    "population, each its own": lambda net, X, y: both(net).feedforward([X, X]),
}  # fmt: skip
@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)

# -- what is taken -------------------------------------------------------------------------

NAMED = pd.DataFrame({"exper": X[:, 1], "age": ["x", "y", None], "educ": X[:, 0]})
TAKEN = {
    "a list": X.tolist(),
    "a mask that hides nothing": np.ma.array(X, mask=np.zeros((3, 2), bool)),
    "objects": X.astype(object),
    "decimals": [[Decimal(str(one)) for one in row] for row in X.tolist()],
    "whole numbers": X.astype(int),
    "longdoubles": X.astype(np.longdouble),
    "another order in memory": np.asfortranarray(X),
    "columns by name": NAMED,
    "polars": pl.DataFrame(NAMED.to_dict("list"), strict=False),
    "an object column": NAMED.astype({"educ": object}),
    "nullable columns": NAMED.astype({"educ": "Int64", "exper": "Float64"}),
    "an index": NAMED.set_index(pd.Index(["p", "q", "r"])),
    "other columns twice": pd.concat([NAMED, NAMED[["age"]]], axis=1),
    "a column whose name is a number": NAMED.rename(columns={"age": 7}),
}


@every_call
def test_all_forms_of_the_same_numbers_are_taken_alike(call):
    expected = call(make(), X, Y)
    for name, given in TAKEN.items():
        np.testing.assert_allclose(call(make(), given, Y), expected, rtol=1e-12, err_msg=name) if (
            np.asarray(expected).dtype.kind == "f"
        ) else np.testing.assert_array_equal(call(make(), given, Y), expected, err_msg=name)


@every_call
def test_x_is_in_the_units_of_the_data_but_for_units_network(call):
    net = make()
    bare = make()
    bare.input_scaler = None
    if call in (CALLS["decision_boundary"], CALLS["response"]):
        return  # what is drawn is in the units that are given
    scaled = call(bare, net.input_scaler.transform(X), Y)
    given = call(net, X, Y)
    if np.asarray(given).dtype.kind == "f":
        np.testing.assert_allclose(given, scaled, rtol=1e-12)
    else:
        np.testing.assert_array_equal(given, scaled)


UNITS = {
    "train": lambda net, X, **how: trained(net, X, Y, **how),
    "predict": lambda net, X, **how: program(net).predict(X, **how),
    "feedforward": lambda net, X, **how: program(net).feedforward(X, **how),
    "trace": lambda net, X, **how: program(net).trace(X, **how).outputs,
    "jacobian": ns.jacobian,
    "check_gradients": lambda net, X, **how: [
        ns.check_gradients(net, X, Y, cost=COST, **how).differenced
    ],
    "walkthrough": lambda net, X, **how: ns.walkthrough(net, X[0], Y[0], **how).to_text(),
    "confusion_matrix": lambda net, X, **how: plot.confusion_matrix(
        net, X, [0, 1, 0], **how
    ).get_title(),
    "decision_boundary": lambda net, X, **how: np.concatenate(
        points(plot.decision_boundary(net, X, **how))
    ),
    "response": lambda net, X, **how: plot.response(
        net, inputs="educ", X=X, **how
    ).lines[0].get_ydata(),
    "error_surface": lambda net, X, **how: plot.error_surface(
        net, X, Y, (net.synapses[0], net.synapses[1]), cost=COST, points=3, **how
    ).get_xlim(),
    "population.feedforward": lambda net, X, **how: both(net).feedforward(X, **how),
    "population.predict": lambda net, X, **how: np.array(both(net).predict(X, **how)),
    "population.train": lambda net, X, **how: [
        history["cost"][0] for history in ns.train(both(net), X, Y, **HOW, **how)
    ],
}


@pytest.mark.parametrize("call", UNITS.values(), ids=UNITS)
def test_units_network_leaves_the_scalers_out_and_other_units_are_refused(call):
    bare = make()
    bare.input_scaler = None
    Z = make().input_scaler.transform(X)
    net = make()
    net.output_scaler = None
    expected, given = call(bare, Z), call(net, Z, units="network")
    if isinstance(expected, str):
        assert given == expected
    else:
        np.testing.assert_array_equal(given, expected)
    for units in ("Data", None, 3, ["data"]):
        message = f'units must be "data" or "network" (got {units!r})'
        with pytest.raises(InvalidValueError, match=f"^{re.escape(message)}$"):
            call(make(), X, units=units)


# -- what is refused -----------------------------------------------------------------------

SHAPE = "X must have shape (n_examples, 2), one column per input neuron (got {})"
DTYPE = "X must be an array of real numbers (got an array of dtype {})"
HIDDEN = np.ma.array(X, mask=[[0, 0], [0, 1], [0, 0]])
OTHERS = (
    "X must have the columns 'educ', 'exper', one per input neuron (got the columns {}); rename "
    "them, or use .to_numpy() to have them taken in this order"
)


def column(**columns):
    return pd.DataFrame({"educ": X[:, 0], "exper": X[:, 1]}).assign(**columns)


REFUSED = {
    "a masked array": (HIDDEN, f"X[1, 1] has no value (it is masked); {FILL_IN}"),
    "masked rows in a list": (
        [*X[:2].tolist(), np.ma.array([1, 2], mask=[1, 0])],
        f"X[2, 0] has no value (it is masked); {FILL_IN}"),
    "a masked value in a list": (
        [[1, 2], [3, np.ma.masked], [5, 6]], f"X[1, 1] has no value (it is masked); {FILL_IN}"),
    "None in a list": ([[1, 2], [None, 4], [5, 6]], f"X[1, 0] has no value (got None); {FILL_IN}"),
    "NA in an array": (
        np.array([[1, 2], [3, 4], [5, pd.NA]], object),
        f"X[2, 1] has no value (got <NA>); {FILL_IN}"),
    "NaN in an array": (
        [[1, 2], [3, 4], [np.nan, 6]], "X[2, 0] must be finite as float64 (got nan)"),
    "NaN among objects": (
        np.array([[1, 2], [np.nan, 4], [5, 6]], object),
        "X[1, 0] must be finite as float64 (got nan)"),
    "a number beyond floats": (
        [[1, 2], [3, 10**400], [5, 6]],
        f"X[1, 1] must be finite as float64 (got 1{'0' * 27}...{'0' * 29})"),
    "a longdouble beyond floats": (
        np.array([[1, 2], [3, 4], [5, np.longdouble("1e4000")]]),
        "X[2, 1] must be finite as float64 (got 1e+4000)"),
    "a question mark": (
        [[1.0, 2.0], [3.0, "?"], [5.0, 6.0]],
        "X must be an array of real numbers (got '?' in X[1, 1])"),
    "a question mark among objects": (
        np.array([[1.0, 2.0], [3.0, 4.0], ["?", 6.0]], object),
        "X must be an array of real numbers (got '?' in X[2, 0])"),
    "text": ([["1", "2"], ["3", "4"], ["5", "6"]], DTYPE.format("<U1")),
    "bytes": (X.astype("S4"), DTYPE.format("|S4")),
    "complex numbers": (X + 0j, DTYPE.format("complex128")),
    "dates": (X.astype("datetime64[D]"), DTYPE.format("datetime64[D]")),
    "durations": (X.astype("timedelta64[s]"), DTYPE.format("timedelta64[s]")),
    "a structured array": (
        np.zeros(3, [("educ", float), ("exper", float)]),
        "X must be an array of real numbers (got a structured array with the fields 'educ', "
        "'exper'); pandas.DataFrame(...) of it is taken, by the names of its columns"),
    "three dimensions": (np.zeros((2, 3, 2)), SHAPE.format("shape (2, 3, 2)")),
    "another number of columns": (X[:, :1], SHAPE.format("shape (3, 1)")),
    "ragged rows": ([[1, 2], [3], [5, 6]], "X must be a regular array of numbers: "),
    "a sparse matrix": (
        scipy.sparse.csr_matrix(X),
        "X must be a dense array (got a sparse one, csr_matrix of shape (3, 2)); pass what its "
        ".toarray() returns"),
    "a sparse array": (
        scipy.sparse.coo_array(X),
        "X must be a dense array (got a sparse one, coo_array of shape (3, 2)); pass what its "
        ".toarray() returns"),
    "a series": (pd.Series([1.0, 2.0, 3.0]), SHAPE.format("a series, a single column of 3 rows")),
    "other columns": (
        pd.DataFrame(X, columns=["a", "b"]), OTHERS.format("'a', 'b'")),
    "polars with other columns": (
        pl.DataFrame(X, schema=["a", "b"]), OTHERS.format("'a', 'b'")),
    "numbered columns": (pd.DataFrame(X), OTHERS.format("0, 1")),
    "some of the columns": (
        pd.DataFrame(X, columns=["educ", "b"]),
        "X has no column 'exper', while others are called like input neurons (got the columns "
        "'educ', 'b')"),
    "a column twice": (
        pd.concat([column(), column()[["educ"]]], axis=1),
        "X must have one column called 'educ' (got 2)"),
    "a gap": (column(exper=[1.0, None, 2.0]), f"X column 'exper' has no value in row 1; {FILL_IN}"),
    "a gap in a part of a table": (
        column(exper=[1.0, None, 2.0]).iloc[[2, 0, 1]],
        f"X column 'exper' has no value in row 2 (index 1); {FILL_IN}"),
    "NA": (
        column(educ=pd.array([1, 2, None], dtype="Int64")),
        f"X column 'educ' has no value in row 2; {FILL_IN}"),
    "null of polars": (
        pl.DataFrame({"educ": [1, 2, None], "exper": [1, 2, 3]}),
        f"X column 'educ' has no value in row 2; {FILL_IN}"),
    "NaN of polars": (
        pl.DataFrame({"educ": [1.0, float("nan"), 2.0], "exper": [1, 2, 3]}),
        f"X column 'educ' has no value in row 1; {FILL_IN}"),
    "a question mark in a column": (
        column(educ=["8", "?", "16"]), "X column 'educ' must hold real numbers (got '?' in row 1)"),
    "a column of text": (
        column(educ=["8", "12", "16"]),
        "X column 'educ' must hold real numbers (got '8' in row 0)"),
    "a column of dates": (
        column(educ=pd.to_datetime(["2020-01-01"] * 3).astype("datetime64[s]")),
        "X column 'educ' must hold real numbers (got datetime64[s])"),
    "dates of polars": (
        pl.DataFrame({"educ": pl.Series([1, 2, 3]).cast(pl.Date), "exper": [1, 2, 3]}),
        "X column 'educ' must hold real numbers (got Date)"),
    "an infinite number in a column": (
        column(exper=[1.0, np.inf, 2.0]),
        "X column 'exper' must be finite as float64 (got inf in row 1)"),
}  # fmt: skip


def message_of(call, *arguments):
    """What a call says of its arguments, without the place where batches and networks are named."""
    with pytest.raises(NeurosimError) as caught:
        call(*arguments)
    assert isinstance(caught.value, (InvalidTypeError, InvalidValueError))
    prefixes = r"(batch 0 of (the validation of )?epoch 0: |networks\[0\]: )?(validation )?"
    return re.sub(f"^{prefixes}", "", str(caught.value)).replace(" in validation ", " in ")


@pytest.mark.parametrize(("given", "message"), REFUSED.values(), ids=REFUSED)
def test_every_call_refuses_an_x_in_the_same_words(given, message):
    is_table = hasattr(given, "columns")
    for name, call in CALLS.items():
        if getattr(given, "ndim", 0) == 3 and name.startswith("population"):
            continue  # where it holds a matrix for each network
        net = make()
        before = net.parameters.copy()
        said = message_of(call, net, given, Y)
        if name.startswith("population") and not is_table:
            said = re.sub(r"^X\[[01]\]( must have| must be a (reg|dense)|)", r"X\1", said)
        assert (said[: len(message)] if message.endswith(": ") else said) == message, name
        np.testing.assert_array_equal(net.parameters, before)


ROWS = {
    "a masked array": (np.ma.array(X, mask=[[0, 0], [0, 1], [0, 0]]), "X[1, 1]"),
    "a sparse matrix": (scipy.sparse.csr_matrix(X), "X must be a dense array"),
    "None": ([[1, 2], [None, 4]], "X[1, 0] has no value (got None)"),
    "a gap": (column(exper=[1.0, None, 2.0]), "X column 'exper' has no value in row 1"),
    "a question mark": ([[1.0, "?"]], "X must be an array of real numbers (got '?' in X[0, 1])"),
    "dates": (X.astype("datetime64[D]"), DTYPE.format("datetime64[D]")),
}


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize(
    "call", [ns.standardize, ns.rescale, ns.Scaler([0, 0], [1, 1]).transform],
    ids=["standardize", "rescale", "transform"],
)  # fmt: skip
def test_scalers_refuse_in_the_same_words(call, name):
    given, message = ROWS[name]
    with pytest.raises((InvalidTypeError, InvalidValueError), match=f"^{re.escape(message)}"):
        call(given)


def test_a_scaler_with_names_refuses_other_columns():
    scaler = ns.standardize(column())
    message = "X must have the columns 'educ', 'exper', one per column (got the columns 'a', 'b')"
    with pytest.raises(InvalidValueError, match=f"^{re.escape(message)}"):
        scaler.transform(pd.DataFrame(X, columns=["a", "b"]))


def test_a_walkthrough_takes_a_row_of_a_table_by_name():
    net = make()
    expected = ns.walkthrough(net, X[1], Y[1]).to_text()
    row = column().assign(age="x")[["exper", "age", "educ"]]
    for given in (row.iloc[1], row.iloc[[1]], pl.DataFrame(row[1:2].to_dict("list")), [12, 3]):
        assert ns.walkthrough(net, given, Y[1]).to_text() == expected
    message = "x must be one example (got 3 rows)"
    with pytest.raises(InvalidValueError, match=f"^{re.escape(message)}$"):
        ns.walkthrough(net, row, Y[1])
    for given, message in [
        (row.iloc[1].drop("educ"), "x has no column 'educ', while others are called like"),
        (np.ma.array([1, 2], mask=[0, 1]), "x[1] has no value (it is masked)"),
        ([1, None], "x[1] has no value (got None)"),
    ]:
        with pytest.raises(InvalidValueError, match=f"^{re.escape(message)}"):
            ns.walkthrough(net, given, Y[1])


def test_a_walkthrough_takes_a_label():
    net, cost = make(3), ns.BinaryCrossEntropy()
    expected = ns.walkthrough(net, X[0], [0, 1, 0], cost=cost).to_text()
    assert ns.walkthrough(net, X[0], "nurse").to_text() == expected
    net.classes = [7, 8, 9]
    assert ns.walkthrough(net, X[0], 8).to_text() == expected
    assert net.classes == (7, 8, 9)


# -- targets -------------------------------------------------------------------------------

WITH_Y = {
    name: CALLS[name]
    for name in (
        "train", "validation", "stream", "stream of validation", "check_gradients",
        "error_surface", "population.train",
    )
}  # fmt: skip
TARGETS = {
    "a masked array": (
        np.ma.array(Y, mask=[0, 0, 1]), f"y[2] has no value (it is masked); {FILL_IN}"),
    "None": ([0.1, None, 0.4], f"y[1] has no value (got None); {FILL_IN}"),
    "a gap": (
        pd.Series([0.1, None, 0.4], name="wage", index=[5, 6, 7]),
        f"y column 'wage' has no value in row 1 (index 6); {FILL_IN}"),
    "a gap in a table": (
        pd.DataFrame({"pay": [0.1, None, 0.4]}),
        f"y column 'pay' has no value in row 1; {FILL_IN}"),
    "a sparse matrix": (
        scipy.sparse.csr_matrix(Y[:, None]),
        "y must be a dense array (got a sparse one, csr_matrix of shape (3, 1)); pass what its "
        ".toarray() returns"),
    "dates": (
        Y.astype("datetime64[D]"),
        "y must be an array of real numbers (got an array of dtype datetime64[D])"),
    "complex numbers": (
        Y + 0j, "y must be an array of real numbers (got an array of dtype complex128)"),
    "infinite": ([0.1, 0.2, np.inf], "y[2] must be finite as float64 (got inf)"),
    "a question mark in a column": (
        [[0.1], ["?"], [0.2]], "y must be an array of real numbers (got '?' in y[1, 0])"),
}  # fmt: skip


@pytest.mark.parametrize(("given", "message"), TARGETS.values(), ids=TARGETS)
def test_every_call_refuses_a_y_in_the_same_words(given, message):
    for name, call in WITH_Y.items():
        assert message_of(call, make(), X, given) == message, name


LABELS = {
    "an empty label": (["a", "", "c"], f"y has no label in row 1 (got ''); {FILL_IN}"),
    "NaN among labels": (
        np.array(["a", "b", np.nan], object), f"y has no label in row 2 (got nan); {FILL_IN}"),
    "None among labels": (["a", None, "c"], f"y has no label in row 1 (got None); {FILL_IN}"),
    "NaN among numbers": ([0.0, np.nan, 2.0], f"y has no label in row 1 (got nan); {FILL_IN}"),
    "a masked label": (
        np.ma.array(["a", "b", "c"], mask=[0, 1, 0]),
        f"y[1] has no value (it is masked); {FILL_IN}"),
}  # fmt: skip


@pytest.mark.parametrize(("given", "message"), LABELS.values(), ids=LABELS)
def test_every_call_refuses_a_label_in_the_same_words(given, message):
    calls = {**WITH_Y, "split": lambda net, X, y: ns.split(X, X, test=1, stratify=y)}
    for name, call in calls.items():
        said = message_of(call, make(3), X, given).replace("split.stratify", "y")
        assert said == message, name


@pytest.mark.parametrize("labels", [["NA", "None", "nan"], [0.0, 1.0, 2.0], [0.5, -1.0, 7.25]])
def test_text_and_numbers_of_all_kinds_are_labels(labels):
    for given in (labels, np.array(labels), pd.Series(labels), pl.Series(labels)):
        net = make(3)
        ns.train(net, X, given, validation=(X, given), **HOW)
        assert net.classes == tuple(sorted(labels))
        assert set(program(net).predict(X).tolist()) <= set(labels)
    assert sorted(ns.split(X, labels, test=1, stratify=labels)[2]) != []


@pytest.mark.parametrize("where", ["X", "y"])
def test_split_refuses_what_hides_values(where):
    for given, message in [
        (HIDDEN, f"split.{where}[1, 1] has no value (it is masked); {FILL_IN}"),
        (scipy.sparse.csr_array(X),
         f"split.{where} must be a dense array (got a sparse one, csr_array of shape (3, 2)); pass "
         "what its .toarray() returns"),
    ]:  # fmt: skip
        with pytest.raises((InvalidTypeError, InvalidValueError), match=f"^{re.escape(message)}$"):
            ns.split(**{"X": X, "y": Y, where: given})


def test_the_row_of_the_table_is_named_after_a_split():
    table = column(exper=np.where(np.arange(3) == 1, np.nan, 1.0)).set_index(pd.Index([10, 11, 12]))
    X_train, X_test, y_train, y_test = ns.split(table, pd.Series(Y), test=1, seed=0)
    part, y = (X_train, y_train) if 11 in X_train.index else (X_test, y_test)
    with pytest.raises(InvalidValueError, match=r"has no value in row \d \(index 11\)"):
        ns.train(make(), part, y, **HOW)


@drawn(st.data())
def test_a_message_names_the_cell_that_was_handed_over(data):
    rows = data.draw(st.permutations(range(6)))
    columns = data.draw(st.permutations(["educ", "exper", "age", "name"]))
    row, name = data.draw(st.integers(0, 5)), data.draw(st.sampled_from(["educ", "exper"]))
    cell, said = data.draw(
        st.sampled_from([(None, "has no value in"), ("?", "must hold real numbers (got '?' in")])
    )
    table = pd.DataFrame({one: np.arange(6.0) for one in columns}, dtype=object)
    table.loc[row, name] = cell
    part = table.iloc[rows]
    place = f"row {rows.index(row)}"
    if rows.index(row) != row:
        place += f" (index {row})"
    message = f"X column '{name}' {said} {place}"
    with pytest.raises((InvalidTypeError, InvalidValueError), match=f"^{re.escape(message)}"):
        program(make()).feedforward(part)
    numbers = part[["educ", "exper"]].to_numpy()
    spot = f"X[{rows.index(row)}, {['educ', 'exper'].index(name)}]"
    with pytest.raises((InvalidTypeError, InvalidValueError), match=re.escape(spot)):
        program(make()).feedforward(numbers)


def test_labels_are_dealt_out_as_such():
    labels = ns.Labels([3, 7, 3, 7])
    y_train, y_test = ns.split(X[[0, 1, 2, 0]], labels, test=2, seed=0, stratify=labels)[2:]
    assert sorted([*y_train.values, *y_test.values]) == [3, 3, 7, 7]
    net = make()
    ns.train(net, X[:2], y_train, validation=(X[:2], y_test), **HOW)
    assert net.classes == (3, 7)


@pytest.mark.parametrize("call", ["feedforward", "predict", "trace"])
def test_no_examples_have_no_outputs(call):
    for given in (np.empty((0, 2)), column()[:0], column()[:0].astype(object)):
        outputs = getattr(program(make()), call)(given)
        assert getattr(outputs, "outputs", outputs).shape == (0, 1)


def test_the_command_line_finds_columns_by_name_as_well(tmp_path, capsys):
    ns.save(make(), tmp_path / "people.neurosim")
    NAMED.drop(columns="age").to_csv(tmp_path / "people.csv", index=False)
    assert not main(["predict", str(tmp_path / "people.neurosim"), str(tmp_path / "people.csv")])
    printed = pd.read_csv(io.StringIO(capsys.readouterr().out))["wage"]
    np.testing.assert_allclose(printed, program(make()).predict(X)[:, 0], rtol=1e-12)
