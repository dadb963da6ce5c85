"""``neurosim predict``: what a network says of the rows of a table."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import neurosim as ns
from neurosim.command_line.files import network_from, writing
from neurosim.command_line.tables import listed, table_from
from neurosim.errors import InvalidValueError
from neurosim.frames import data_frame, require_pandas
from neurosim.io.whole import write_text

SHORT = "predict for the rows of a CSV table"
LONG = (
    "Print a CSV table with a column for each output of a network, or with the class, for each "
    "row of a table. Its columns are found by the names of the input neurons; where they are "
    "called otherwise, --columns names them in the order of the inputs, and where nobody gave "
    "these names, they are found by their position."
)
EXAMPLES = """\
examples:
  neurosim predict wages/network.neurosim people.csv
  neurosim predict wages/network.neurosim people.csv --output answers.csv
  neurosim predict wages/network.neurosim people.csv --columns school years tenure
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", metavar="FILE", help="a network")
    parser.add_argument("table", metavar="TABLE", help="a CSV file with a line of column names")
    parser.add_argument("--output", metavar="CSV", help="where to write the answers, not stdout")
    parser.add_argument(
        "--columns", metavar="NAME", nargs="+", help="the columns for the inputs, in their order"
    )


def run(asked: argparse.Namespace) -> None:
    """Predict, and write."""
    pandas = require_pandas("neurosim predict")
    for given in (asked.file, asked.table):
        if asked.output is not None and Path(given).resolve() == Path(asked.output).resolve():
            raise InvalidValueError(f"--output must be another file than {given}, which is read")
    net = network_from(asked.file)
    names = [neuron.name for neuron in net.inputs]
    table = table_from(asked.table, _columns(net, asked), remedy=_remedy(net, asked))
    X = pandas.DataFrame(table.numbers, columns=names)
    text = _answers(net, ns.compile(net).predict(X)).to_csv(index=False)
    if asked.output is None:
        print(text, end="")
        return
    with writing(asked.output):
        write_text(Path(asked.output), text)
    print(f"{asked.output}: {len(table)} rows")


def _columns(net: ns.Network, asked: argparse.Namespace) -> list[str]:
    """Return the columns to read, those of the inputs in their order."""
    names = [neuron.name for neuron in net.inputs]
    if not names:
        raise InvalidValueError(f"{asked.file} has no input neurons")
    columns: list[str] = names if asked.columns is None else asked.columns
    if len(columns) != len(names):
        raise InvalidValueError(
            f"--columns must name a column for each of the inputs {listed(names)} (got "
            f"{listed(columns)})"
        )
    return columns


def _remedy(net: ns.Network, asked: argparse.Namespace) -> str:
    """Return what to do where the columns of a table are not those of this network."""
    if asked.columns is not None:
        return ""
    names = listed([neuron.name for neuron in net.inputs])
    return f"; the inputs of {asked.file} are {names}, --columns names what else stands for them"


def _answers(net: ns.Network, predicted: Any) -> Any:
    columns = {"class": predicted}
    if net.classes is None:
        columns = {neuron.name: predicted[:, k] for k, neuron in enumerate(net.outputs)}
    return data_frame(columns, "neurosim predict")
