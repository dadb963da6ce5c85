"""CSV tables: what is read, and where a refusal says a bad cell is."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurosim as ns
from neurosim.command_line import main
from neurosim.command_line.tables import CHUNK, table_from
from neurosim.errors import NeurosimError

ROWS = [[1.0, 2.5, -3e-7], [4.0, 0.0, 1e300]]
TEXT = "a,b,c\n1,2.5,-3e-7\n4,0,1e300\n"
COUNTED = "rows are counted as in a spreadsheet, the column names too"


def written(tmp_path, data):
    path = tmp_path / "t.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


@pytest.mark.parametrize(
    "data",
    [
        TEXT,
        TEXT.replace(",", ";"),
        TEXT.replace(",", "\t"),
        TEXT.replace(",", ", "),
        TEXT.replace("\n", "\r\n"),
        TEXT.replace("\n", "\r"),
        TEXT.strip(),
        "\n" + TEXT.replace("\n", "\n\n"),
        re.sub(r"[^,\n]+", r'"\g<0>"', TEXT),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
    ],
)
def test_tables_are_read_as_spreadsheets_write_them(tmp_path, data):
    table = table_from(written(tmp_path, data), ["a", "b", "c"])
    np.testing.assert_array_equal(table.numbers, ROWS)
    assert table.numbers.dtype == np.float64


def test_columns_are_found_by_name_and_the_others_are_not_looked_at(tmp_path):
    path = written(tmp_path, "note,b,,a\nhello,2,x,1\n,4,,3\n")
    np.testing.assert_array_equal(table_from(path, ["a", "b"]).numbers, [[1, 2], [3, 4]])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("", "is not a CSV file: it has no line of column names"),
        ("\n \n", "is not a CSV file: it has no line of column names"),
        ("a,b\n", "has no rows below the column names in row 1"),
        ("a,c\n1,2\n", "has no column 'b'; it has 'a', 'c'"),
        ("a,b,a\n1,2,3\n", "must have one column called 'a' (got 2)"),
        (
            "a,b\n1,2\n3\n",
            f": row 3 must have a cell for each of 2 columns (got 1; {COUNTED})",
        ),
        (
            "a,b\n1,2\n3,4,5\n",
            f": row 3 must have a cell for each of 2 columns (got 3; {COUNTED})",
        ),
        (
            "a,b\n1,2\n\n3,\n",
            f": row 4 of column 'b' is empty; fill it in, or leave the row out ({COUNTED})",
        ),
        (
            'a,b,note\n1,2,"two\nlines"\nNA,2,\n',
            f": row 3 of column 'a' must be a finite number (got \"NA\"; {COUNTED})",
        ),
        ("a,b\n1,1_0\n", f": row 2 of column 'b' must be a finite number (got \"1_0\"; {COUNTED})"),
        ("a,b\n1,٣\n", f": row 2 of column 'b' must be a finite number (got \"٣\"; {COUNTED})"),
        ("a,b\n1,inf\n", f": row 2 of column 'b' must be a finite number (got \"inf\"; {COUNTED})"),
        (
            "a,b\n1,1e400\n",
            f": row 2 of column 'b' must be a finite number (got \"1e400\"; {COUNTED})",
        ),
        (
            "a;b\n1;2,5\n",
            ": row 2 of column 'b' must be a finite number (got \"2,5\"; the decimals of a number "
            f"stand after a point, not a comma; {COUNTED})",
        ),
        ('a,b\n1,"2\n3,4\n', "is not a CSV file: unexpected end of data"),
        ("a,b\n1,2\n3,\0\n", "is not a CSV file in UTF-8: it holds bytes that are 0"),
        (
            "a,b,é\n1,2,é\n".encode("latin-1"),
            "is not a CSV file in UTF-8 (byte 0xe9 in line 1); save it as CSV UTF-8",
        ),
        (
            TEXT.encode("utf-16") + b"\0",
            "is not a CSV file in UTF-8 or whole UTF-16; save it as CSV UTF-8",
        ),
    ],
)
def test_a_bad_table_is_refused_naming_the_row_and_the_column(tmp_path, data, message):
    path = written(tmp_path, data)
    with pytest.raises(NeurosimError) as refusal:
        table_from(path, ["a", "b"])
    expected = f"{path}{message}" if message.startswith(":") else f"{path} {message}"
    assert str(refusal.value) == expected


def test_where_there_is_one_column_a_blank_line_is_an_empty_cell_but_at_the_end(tmp_path):
    assert len(table_from(written(tmp_path, "\na\n1\n2\n\n"), ["a"])) == 2
    with pytest.raises(NeurosimError, match=r": row 3 of column 'a' is empty; "):
        table_from(written(tmp_path, "a\n1\n\n2\n"), ["a"])


def test_a_row_is_named_in_a_long_table_too(tmp_path):
    lines = ["a", *map(str, range(3 * CHUNK))]
    lines[2 * CHUNK + 5] = "?"
    message = rf": row {2 * CHUNK + 6} of column 'a' must be a finite number \(got \"\?\""
    with pytest.raises(NeurosimError, match=message):
        table_from(written(tmp_path, "\n".join(lines)), ["a"])


@settings(max_examples=60)
@given(
    values=st.lists(
        st.tuples(*[st.floats(allow_nan=False, allow_infinity=False, width=64)] * 3), min_size=1
    ),
    separator=st.sampled_from(",;\t"),
)
def test_numbers_are_read_as_pandas_writes_them(tmp_path_factory, values, separator):
    path = tmp_path_factory.mktemp("t") / "t.csv"
    frame = pd.DataFrame(values, columns=["a", "b", "c"])
    frame.to_csv(path, index=False, sep=separator)
    np.testing.assert_array_equal(table_from(path, ["a", "b", "c"]).numbers, frame.to_numpy())


@pytest.mark.parametrize(
    ("cells", "labels"),
    [
        (["NA", "None", "nan", "true"], ["NA", "None", "nan", "true"]),
        (["1", "-2", "0"], [1, -2, 0]),
        (["1", "2", "x"], ["1", "2", "x"]),
        (["01", "2"], ["01", "2"]),
        (["1.0", "2.0"], ["1.0", "2.0"]),
        ([" a ", "a"], ["a", "a"]),
        (["9" * 30], ["9" * 30]),
    ],
)
def test_labels_are_text_unless_all_are_whole_numbers(tmp_path, cells, labels):
    path = written(tmp_path, "x,kind\n" + "".join(f"1,{cell}\n" for cell in cells))
    assert table_from(path, ["x"], "kind").labels() == labels


def test_a_missing_label_is_refused_naming_the_row(tmp_path):
    path = written(tmp_path, "x,kind\n1,a\n2, \n")
    with pytest.raises(NeurosimError, match=r": row 3 of column 'kind' is empty; fill it in"):
        table_from(path, ["x"], "kind")


# -- on the command line -----------------------------------------------------------------------


def called(line):
    return main(line.split())


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a table of 40 rows, one of them with a gap, recipes and a network."""
    monkeypatch.chdir(tmp_path)
    lines = ["x,z,y,kind", *(f"{i},{i % 3},{i % 5},{'ab'[i % 2]}" for i in range(40))]
    for name, column in (("x", 0), ("y", 2), ("kind", 3)):
        cells = lines[20].split(",")
        cells[column] = ""
        gap = [*lines[:20], ",".join(cells), *lines[21:]]
        (tmp_path / f"{name}.csv").write_text("\n".join(gap))
    (tmp_path / "whole.csv").write_text("\n".join(lines))
    head = '[data]\ninputs = ["x", "z"]\n'
    (tmp_path / "r.toml").write_text(f'{head}outputs = ["y"]\n[train]\nepochs = 1\n')
    (tmp_path / "k.toml").write_text(f'{head}label = "kind"\n[train]\nepochs = 1\n')
    net = ns.Network("n")
    inputs = net.add_layer(["x", "z"], role="input", name="in")
    net.connect(inputs, net.add_neuron("y", activation="identity", role="output"))
    ns.save(net, "net.neurosim")
    return tmp_path


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("train r.toml x.csv", "x"),
        ("train r.toml y.csv", "y"),
        ("train k.toml kind.csv", "kind"),
        ("predict net.neurosim x.csv", "x"),
    ],
)
def test_an_empty_cell_is_named_by_its_row_in_the_file(folder, capsys, line, column):
    assert called(line) == 1
    assert capsys.readouterr().err == (
        f"neurosim: {column}.csv: row 21 of column {column!r} is empty; fill it in, or leave the "
        f"row out ({COUNTED})\n"
    )
    assert not (folder / "r").exists()


def test_classes_called_na_and_none_are_learned_as_text(folder, capsys):
    text = (folder / "whole.csv").read_text() + "\n"
    (folder / "na.csv").write_text(text.replace(",a\n", ",NA\n").replace(",b\n", ",None\n"))
    assert called("train k.toml na.csv --quiet") == 0
    assert called("predict k/network.neurosim na.csv") == 0
    answers = capsys.readouterr().out.split()
    assert answers[0] == "class"
    assert {*answers[1:]} <= {"NA", "None"}
    assert ns.load("k/network.neurosim").classes == ("NA", "None")


def test_targets_that_a_cost_cannot_reach_are_named_by_their_row_in_the_file(folder, capsys):
    (folder / "c.toml").write_text(
        '[data]\ninputs = ["x"]\noutputs = ["z"]\n'
        '[network]\noutput_activation = "sigmoid"\nscale_outputs = "none"\n'
        '[train]\ncost = "BinaryCrossEntropy"\n'
    )
    assert called("train c.toml whole.csv") == 1
    assert capsys.readouterr().err == (
        "neurosim: c.toml: BinaryCrossEntropy: targets must be in [0, 1] (got 2.0 in row 4, column "
        f"'z'); {COUNTED}; say another [train] cost, or another output_activation in [network]\n"
    )


def test_a_table_of_other_columns_is_refused(folder, capsys):
    (folder / "other.csv").write_text("p,q\n1,2\n")
    assert called("predict net.neurosim other.csv") == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (
        "neurosim: other.csv has no column 'x'; it has 'p', 'q'; the inputs of net.neurosim are "
        "'x', 'z', --columns names what else stands for them\n"
    )


def test_columns_of_other_names_are_taken_in_the_order_in_which_they_are_named(folder, capsys):
    net = ns.load("net.neurosim")
    net.synapse("x", "y").weight, net.synapse("z", "y").weight = 10.0, 1.0
    ns.save(net, "net.neurosim")
    (folder / "other.csv").write_text("p,q\n1,2\n")
    assert called("predict net.neurosim other.csv --columns q p") == 0
    assert capsys.readouterr().out == "y\n21.0\n"
    assert called("predict net.neurosim other.csv --columns q") == 1
    assert capsys.readouterr().err == (
        "neurosim: --columns must name a column for each of the inputs 'x', 'z' (got 'q')\n"
    )
    assert called("predict net.neurosim other.csv --columns q r") == 1
    assert capsys.readouterr().err == "neurosim: other.csv has no column 'r'; it has 'p', 'q'\n"


def test_answers_do_not_take_the_place_of_the_table(folder, capsys):
    before = (folder / "whole.csv").read_bytes()
    assert called("predict net.neurosim whole.csv --output ./whole.csv") == 1
    assert capsys.readouterr().err == (
        "neurosim: --output must be another file than whole.csv, which is read\n"
    )
    assert (folder / "whole.csv").read_bytes() == before
