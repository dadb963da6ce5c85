"""``neurosim convert``: a network from one format into another."""

from __future__ import annotations

import argparse

from neurosim.command_line.files import network_from, network_to

SHORT = "convert a network between formats"
LONG = "Read a network, and write it in the format that the ending of the new file stands for."
EXAMPLES = """\
examples:
  neurosim convert wages.neurosim wages.graphml     for yEd, Gephi, igraph, Cytoscape
  neurosim convert drawn.graphml net.neurosim
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", metavar="FILE", help="a network")
    parser.add_argument("new", metavar="NEW", help="the file to write")


def run(asked: argparse.Namespace) -> None:
    """Convert it."""
    net = network_from(asked.file)
    network_to(net, asked.new)
    print(f"{asked.new}: {net!r}")
