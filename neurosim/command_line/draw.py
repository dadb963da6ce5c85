"""``neurosim draw``: a picture of a network."""

from __future__ import annotations

import argparse
from pathlib import Path

from neurosim.command_line.files import network_from
from neurosim.errors import InvalidValueError
from neurosim.io.whole import write_whole

ENDINGS = (".png", ".svg", ".pdf")

SHORT = "draw a network to PNG, SVG or PDF"
LONG = "Draw a network: weights by colour and thickness, biases by shade."
EXAMPLES = """\
examples:
  neurosim draw wages.neurosim wages.png
  neurosim draw wages.neurosim wages.svg --width 10 --height 6
  neurosim draw brain.graphml brain.png --layout kamada_kawai
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", metavar="FILE", help="a network")
    parser.add_argument("picture", metavar="PICTURE", help=f"ends in {', '.join(ENDINGS)}")
    parser.add_argument(
        "--layout",
        default="levels",
        help="levels (the default), layers, or a layout of networkx, such as spring",
    )
    parser.add_argument("--width", type=float, default=7.0, metavar="INCHES", help="default 7")
    parser.add_argument("--height", type=float, default=5.0, metavar="INCHES", help="default 5")


def run(asked: argparse.Namespace) -> None:
    """Draw it."""
    picture = Path(asked.picture)
    if picture.suffix not in ENDINGS:
        raise InvalidValueError(
            f"a picture ends in {', '.join(ENDINGS)} (got {asked.picture!r})"
        )
    net = network_from(asked.file)
    from matplotlib.figure import Figure

    from neurosim import plot  # says what is missing, if it is

    figure = Figure(figsize=(asked.width, asked.height))
    plot.network(net, layout=asked.layout, ax=figure.add_subplot())
    kind = picture.suffix[1:]
    write_whole(
        picture, lambda file: figure.savefig(file, format=kind, bbox_inches="tight", dpi=150)
    )
    print(f"{picture}: {net!r}")
