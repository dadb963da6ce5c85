"""Measure the formats of other programs: how long a network of 100,000 synapses takes each way.

Prints one line per format with the limit it must keep, in seconds of the processor, and the size of
the file. A number of synapses as argument makes the network smaller.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import neurosim as ns
from neurosim.io.files import FORMATS

SYNAPSES = 100_000
SECONDS = 5.0


def layered(n_synapses: int) -> ns.Network:
    """Return a network of three layers, connected all to all."""
    side = max(1, int((n_synapses / 2) ** 0.5))
    net = ns.topologies.layered([side, side, side], activation="sigmoid")
    net.initialize(ns.initializers.Normal(), seed=1)
    return net


def seconds(action: Callable[..., Any], *args: Any) -> float:
    """Return the processor time of one call."""
    start = time.process_time()
    action(*args)
    return time.process_time() - start


def show(what: str, there: float, back: float, size: str) -> None:
    """Print the times of one format beside their limit."""
    verdict = "" if max(there, back) <= SECONDS else "   <-- over"
    print(
        f"{what:24} write {there:6.2f} s   read {back:6.2f} s   (limit {SECONDS:g} s)"
        f"{size:>12}{verdict}",
        flush=True,
    )


def measure(net: ns.Network, folder: Path) -> None:
    """Print the figures of all formats."""
    for name, one in FORMATS.items():
        path = folder / f"net{one.endings[0]}"
        there, back = seconds(ns.write, net, path), seconds(ns.read, path)
        show(name, there, back, f"{path.stat().st_size / 1e6:.1f} MB")
    frames = ns.to_frames(net)
    show("pandas frames", seconds(ns.to_frames, net), seconds(ns.from_frames, *frames), "")
    matrix = ns.to_sparse(net)
    back = seconds(lambda: ns.from_sparse(matrix, like=net))
    show("SciPy sparse matrix", seconds(ns.to_sparse, net), back, "")


def main() -> None:
    """Measure a network of the size that is asked for."""
    net = layered(int(sys.argv[1]) if len(sys.argv) > 1 else SYNAPSES)
    print(f"{len(net.synapses):,} synapses, {len(net.neurons):,} neurons")
    with tempfile.TemporaryDirectory() as folder:
        measure(net, Path(folder))


if __name__ == "__main__":
    main()
