"""``neurosim info``: what is in a file, as a table."""

from __future__ import annotations

import argparse

from neurosim.command_line.files import network_from
from neurosim.inputs import Scaler

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
    for scaler, neurons in ((net.input_scaler, net.inputs), (net.output_scaler, net.outputs)):
        if scaler is not None:
            print(f"\nunits of the {neurons[0].role}s: the network sees (value - shift) / scale")
            for line in _units(scaler, [neuron.name for neuron in neurons]):
                print(f"  {line}")
    if net.classes is not None:
        print("\nclasses:", ", ".join(map(str, net.classes)))


def _units(scaler: Scaler, names: list[str]) -> list[str]:
    """Return the lines of a table of what scales each column."""
    width = max(map(len, (*names, "column")))
    columns = zip(names, scaler.shift, scaler.scale, strict=True)
    return [
        f"{'column':{width}}  {'shift':>12}  {'scale':>12}",
        *(f"{name:{width}}  {shift:12.6g}  {scale:12.6g}" for name, shift, scale in columns),
    ]
