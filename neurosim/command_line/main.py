"""The command ``neurosim`` and its exit codes."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Sequence
from typing import Any

import neurosim
from neurosim.command_line import convert, draw, info, predict, train, warmup
from neurosim.errors import NeurosimError

COMMANDS = (info, draw, convert, train, predict, warmup)

DONE, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130

_EPILOG = """\
examples:
  neurosim info wages.neurosim               what is in it
  neurosim draw wages.neurosim wages.svg     a picture of it
  neurosim convert wages.neurosim wages.graphml
  neurosim train wages.toml                  learn from a table as a recipe tells
  neurosim predict wages/network.neurosim people.csv

exit codes: 0 done; 1 it could not be done, and the last line on stderr says why; 2 it was asked
for in a way that is not understood; 130 Ctrl-C.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command line, and return its exit code."""
    asked = _parser().parse_args(arguments)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _warned
            asked.run(asked)
    except KeyboardInterrupt as stop:
        _say(str(stop) or "interrupted")
        return INTERRUPTED
    except BrokenPipeError:  # whoever read along has seen enough
        sys.stderr.close()
        return DONE
    except NeurosimError as error:
        _say(str(error))
        return FAILED
    except OSError as error:
        _say(f"{error.filename}: {error.strerror}" if error.filename else str(error))
        return FAILED
    return DONE


def _say(text: str) -> None:
    print(f"neurosim: {text}", file=sys.stderr)


def _warned(message: Any, *_: Any, **__: Any) -> None:
    _say(f"warning: {message}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="neurosim",
        description="Networks of explicit neurons and synapses, from the command line.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--version", action="version", version=f"neurosim {neurosim.__version__}"
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in COMMANDS:
        name = module.__name__.rpartition(".")[2]
        command = commands.add_parser(
            name,
            help=module.SHORT,
            description=module.LONG,
            epilog=module.EXAMPLES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return parser
