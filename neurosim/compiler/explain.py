"""What a plan does, in words and numbers, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neurosim.compiler.plan import FULL, GATHERED, HOLED, Block, Plan

if TYPE_CHECKING:
    from neurosim.checks import BoolArray
    from neurosim.model.network import Network

_HOW = {
    FULL: "dense: a matrix, the window {window} of the parameters",
    HOLED: "dense with holes: a scratch matrix filled from the parameters",
    GATHERED: "sparse: gathered",
}
_MOST_LINES = 40
_MOST_NAMES = 8


def explain(plan: Plan, network: Network, engine: str, why: str, ways: list[str]) -> str:
    """Return the explanation of a plan run by an engine.

    `why` says why it is that engine, `ways` what that has chosen.
    """
    lines = [
        f"network {network.name!r}: {_counted(plan.n_neurons, 'neuron')} in "
        f"{_counted(plan.n_levels, 'level')}, {_counted(plan.n_weights, 'synapse')}, "
        f"{_counted(plan.n_parameters, 'parameter')}, {network.dtype}",
        f"engine {engine!r}, {why}",
        *_blocks(plan),
        *_work(plan, network.dtype.itemsize),
        *ways,
        *_listed("hear no input", plan, ~plan.hears_input),
        *_listed("reach no output", plan, ~plan.reaches_output),
    ]
    return "\n".join(lines)


def _blocks(plan: Plan) -> list[str]:
    lines = [
        f"level {k}: {_counted(stage.rows.stop - stage.rows.start, 'neuron')}"
        + f", {_activations(plan, k)}"
        + "".join(f"\n  {_block(block)}" for block in stage.incoming)
        for k, stage in enumerate(plan.stages)
    ]
    hidden = len(lines) - _MOST_LINES
    return lines if hidden <= 0 else [*lines[:_MOST_LINES], f"… and {hidden} more levels"]


def _activations(plan: Plan, level: int) -> str:
    stage = plan.stages[level]
    inputs = any(activation is None for activation in plan.activations[stage.rows])
    names = sorted({str(segment.activation) for segment in stage.segments})
    return ", ".join(["inputs"] * inputs + names)


def _block(block: Block) -> str:
    shape = f"{block.n_pre} -> {block.n_post}"
    if block.kind == GATHERED:
        shape = f"{_counted(block.n_post, 'neuron')} × {_counted(block.n_pre, 'synapse')}"
    density = ""
    if block.kind == HOLED:
        density = f", {block.n_synapses / (block.n_pre * block.n_post):.0%} filled"
    source = f" from level {block.pre_level}" if block.pre_level >= 0 else ""
    how = _HOW[block.kind].format(window=f"{block.start}:{block.stop}")
    return f"{shape}{source}, {_counted(block.n_synapses, 'synapse')}{density}; {how}"


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _work(plan: Plan, itemsize: int) -> list[str]:
    products = sum(
        block.n_pre * block.n_post if block.kind == HOLED else block.n_synapses
        for block in plan.blocks
    )
    dense = sum(b.n_synapses for b in plan.blocks if b.kind != GATHERED)
    return [
        f"dense: {dense} synapses, sparse: {plan.n_weights - dense} synapses",
        f"operations per example: {2 * products} forward, {4 * products} backward",
        f"bytes: {plan.n_parameters * itemsize} of parameters, "
        f"{2 * plan.n_neurons * itemsize} per example traced",
    ]


def _listed(what: str, plan: Plan, mask: BoolArray) -> list[str]:
    names = [plan.names[row] for row in plan.row.tolist() if mask[row]]  # in order of creation
    if not names:
        return []
    more = f", … {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return [f"neurons that {what}: {', '.join(names[:_MOST_NAMES])}{more}"]
