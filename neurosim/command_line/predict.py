"""``neurosim predict``: what a network says of the rows of a table."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import neurosim as ns
from neurosim.command_line.files import network_from, table_from
from neurosim.frames import data_frame
from neurosim.io.whole import write_text

SHORT = "ask a network about the rows of a CSV table"
LONG = (
    "Print a CSV table with a column for each output of a network, or with the class, for each "
    "row of a table. Columns are found by the names of the input neurons, or if it has none of "
    "these by their position."
)
EXAMPLES = """\
examples:
  neurosim predict wages/network.neurosim people.csv
  neurosim predict wages/network.neurosim people.csv --output answers.csv
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", metavar="FILE", help="a network")
    parser.add_argument("table", metavar="TABLE", help="a CSV file with a line of column names")
    parser.add_argument("--output", metavar="CSV", help="where to write the answers, not stdout")


def run(asked: argparse.Namespace) -> None:
    """Ask, and answer."""
    net, table = network_from(asked.file), table_from(asked.table)
    text = _answers(net, ns.compile(net).predict(table)).to_csv(index=False)
    if asked.output is None:
        sys.stdout.write(text)
        return
    write_text(Path(asked.output), text)
    print(f"{asked.output}: {len(table)} rows")


def _answers(net: ns.Network, predicted: Any) -> Any:
    columns = {"class": predicted}
    if net.classes is None:
        columns = {neuron.name: predicted[:, k] for k, neuron in enumerate(net.outputs)}
    return data_frame(columns, "neurosim predict")
