"""``neurosim draw``: a picture of a network."""

from __future__ import annotations

import argparse
from pathlib import Path

from neurosim.command_line.files import network_from, writing
from neurosim.command_line.pictures import new_axes, picture, require_plot
from neurosim.errors import InvalidValueError, NeurosimError
from neurosim.io.whole import write_whole

ENDINGS = (".png", ".svg", ".pdf")
SMALLEST, LARGEST = 2, 400  # inches: room for the margins, and the most pixels of a PNG

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
    path = Path(asked.picture)
    kind = path.suffix.lower()
    if kind not in ENDINGS:
        raise InvalidValueError(
            f"a picture ends in {', '.join(ENDINGS)} (got {asked.picture!r})"
        )
    for name, size in (("--width", asked.width), ("--height", asked.height)):
        if not SMALLEST <= size <= LARGEST:
            raise InvalidValueError(
                f"{name} must be from {SMALLEST} to {LARGEST} inches (got {size:g})"
            )
    net = network_from(asked.file)
    ax = new_axes((asked.width, asked.height))
    try:
        require_plot().network(net, layout=asked.layout, ax=ax)
    except NeurosimError as error:
        text = str(error).replace("plot.network.layout", "--layout")
        raise InvalidValueError(text) from error
    data = picture(ax, kind[1:])
    with writing(path):
        write_whole(path, lambda file: file.write(data))
    print(f"{path}: {net!r}")
