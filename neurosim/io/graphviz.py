"""Pictures of networks drawn by Graphviz, where that is installed."""

from __future__ import annotations

import os
import shutil
import subprocess

from neurosim.checks import require_kind
from neurosim.errors import InvalidValueError, MissingExtraError
from neurosim.io import dot
from neurosim.io.parts import parts_of
from neurosim.io.whole import file_path, write_whole
from neurosim.model import Network

PROGRAM = "dot"


def graphviz(net: Network, path: str | os.PathLike[str]) -> None:
    """Have Graphviz draw a network from left to right, the neurons of a layer in one rank.

    Parameters
    ----------
    net : Network
    path : str or path-like
        The ending says what is made: ``.svg``, ``.png``, ``.pdf``, or whatever else Graphviz knows.

    Raises
    ------
    MissingExtraError
        If Graphviz, which is no Python package, is not installed.
    InvalidValueError
        If it does not know the ending, or says that it cannot draw.

    See Also
    --------
    write : writes the DOT file that Graphviz draws
    plot.network : a picture by matplotlib

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.topologies.layered([2, 3, 1])
    >>> ns.graphviz(net, "network.svg")  # doctest: +SKIP
    """
    require_kind(net, Network, "graphviz.net")
    target = file_path(path, "graphviz.path")
    kind = target.suffix[1:].lower()
    if not kind.isalnum():
        raise InvalidValueError(
            f"graphviz.path must have an ending that says what to make, such as .svg (got {path!r})"
        )
    picture = _drawn(dot.encode(parts_of(net)), kind)
    write_whole(target, lambda file: file.write(picture))


def _drawn(text: bytes, kind: str) -> bytes:
    program = shutil.which(PROGRAM)
    if program is None:
        raise MissingExtraError(
            f"graphviz needs the program {PROGRAM!r} of Graphviz, see https://graphviz.org/download"
        )
    done = subprocess.run([program, f"-T{kind}"], input=text, capture_output=True, check=False)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise InvalidValueError(f"graphviz: {PROGRAM} has drawn no {kind}: {said[:500]}")
    return done.stdout
