"""``neurosim info``: what is in a file, as a table."""

from __future__ import annotations

import argparse

from neurosim.command_line.files import network_from

SHORT = "say what is in a file"
LONG = "Print the hyperparameters and the parameters of a network, counted, and its units."
EXAMPLES = """\
examples:
  neurosim info wages.neurosim
  neurosim info brain.graphml      any format that neurosim reads, by its ending
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", metavar="FILE", help="a network")


def run(asked: argparse.Namespace) -> None:
    """Print it."""
    net = network_from(asked.file)
    print(net.summary())
    facts = {
        "input scaler": net.input_scaler,
        "output scaler": net.output_scaler,
        "classes": None if net.classes is None else ", ".join(map(str, net.classes)),
    }
    for name, value in facts.items():
        if value is not None:
            print(f"{name}: {value}")
