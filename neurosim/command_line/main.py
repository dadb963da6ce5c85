"""The command ``neurosim`` and its exit codes."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import neurosim
from neurosim.command_line import convert, draw, info, predict, train, warmup
from neurosim.errors import NeurosimError, NeurosimWarning
from neurosim.io.whole import file_path

COMMANDS = (info, draw, convert, train, predict, warmup)
# The arguments of all commands that are paths, and what they are called there.
PATHS = {
    "file": "FILE", "new": "NEW", "output": "--output", "picture": "PICTURE", "recipe": "RECIPE",
    "table": "TABLE",
}  # fmt: skip

DONE, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130

_EPILOG = """\
examples:
  neurosim info wages.neurosim               what is in it
  neurosim draw wages.neurosim wages.svg     a picture of it
  neurosim convert wages.neurosim wages.graphml
  neurosim train wages.toml                  learn from a table as a recipe tells
  neurosim predict wages/network.neurosim people.csv

exit codes: 0 done; 1 it could not be done, and the last line on stderr says why; 2 bad
command-line arguments; 130 Ctrl-C.
"""


LONGEST = 2000  # characters of a line on stderr
# What would break a line, or tell a terminal what to do.
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))}


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command line, and return its exit code."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    code = _carried_out(given)
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:  # whoever read along has seen enough
        _let_go_of_stdout()
    except OSError as error:
        _let_go_of_stdout()
        _say(f"stdout: {error.strerror}")
        return FAILED
    return code


def _carried_out(given: list[str]) -> int:
    asked = _parser().parse_args(given)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _warned
            warnings.simplefilter("always", NeurosimWarning)
            for name, said in PATHS.items():
                if getattr(asked, name, None) is not None:
                    file_path(getattr(asked, name), said)
            asked.run(asked)
    except KeyboardInterrupt as stop:
        _say(str(stop) or "interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        _let_go_of_stdout()
        return DONE
    except Exception as error:
        if sys.flags.dev_mode:
            raise
        _say(_in_words(error))
        return FAILED
    return DONE


def _in_words(error: Exception) -> str:
    """Return what to say of an error: a traceback helps developers only, who ask for it."""
    if isinstance(error, NeurosimError):
        return str(error)
    if isinstance(error, UnicodeEncodeError):
        return f"stdout cannot show {error.object[error.start : error.end]!r} in {error.encoding}"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    if isinstance(error, MemoryError):
        return "there is not enough memory"
    if isinstance(error, RecursionError):
        return "the file is nested too deeply"
    where = "python -X dev -m neurosim shows where"
    return f"internal error, please report it: {type(error).__name__}: {error} ({where})"


def _let_go_of_stdout() -> None:
    """Let what is still to be written go nowhere, or Python would complain of it at its end."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(text: str) -> None:
    line = text.translate(_CONTROL)
    line = line if len(line) <= LONGEST else f"{line[:LONGEST]}…"
    with suppress(OSError):
        print(f"neurosim: {line}", file=sys.stderr)


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
