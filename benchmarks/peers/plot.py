"""The picture docs/images/benchmarks.png: time per synapse against size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

COLORS = ("#1b6ca8", "#c8553d", "#3a7d44")


def draw(curves: list[dict[str, Any]], path: Path) -> None:
    """Draw the curves of all kinds: neurosim's whole, the peers' dashed, in one colour a kind."""
    figure, axes = plt.subplots(figsize=(9, 5.5), layout="constrained")
    for color, curve in zip(COLORS, curves, strict=False):
        _line(axes, curve["ours"], f"{curve['kind']}: neurosim", color=color, marker="o")
        _line(
            axes, curve["theirs"], f"{curve['kind']}: {curve['peer']}",
            color=color, marker="s", linestyle="--", alpha=0.65,
        )  # fmt: skip
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="synapses",
        ylabel="time per synapse (ns)",
        title="A training step on a batch of 32, float32",
    )
    axes.grid(which="major", color="0.85")
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def _line(axes: Any, points: list[list[float]], label: str, **style: Any) -> None:
    if points:
        counts, seconds = zip(*points, strict=True)
        axes.plot(counts, [value * 1e9 for value in seconds], label=label, **style)
