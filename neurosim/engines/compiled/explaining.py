"""What the compiled engine chose and why, in lines for people."""

from __future__ import annotations

from collections.abc import Callable

from neurosim.compiler.plan import FULL, GATHERED, HOLED, Block, Plan
from neurosim.engines.compiled.choice import LAYERS, MATRICES, WALK, Choice
from neurosim.engines.compiled.written import LEAST_STEPS

# The numbers of examples that a step is explained for; the last one stage by stage.
EXAMPLES = (1, 10, 128)
# What an activation and its slope take, in operations.
_PER_NEURON = 40
_MOST_STAGES = 20


def explained(
    plan: Plan, itemsize: int, choices: Callable[[int], list[Choice]], *, written: bool
) -> list[str]:
    """Return the ways that are taken, with the expected times, and the stages of a step.

    `written` says whether long trainings run as code that is written for the network.
    """
    lines = ["ways, with the time that a training step is expected to take:"]
    for n in EXAMPLES:
        best, *others = _best_of_each_way(choices(n))
        against = ", ".join(f"{_named(one)} {time_text(one.seconds)}" for one in others)
        lines.append(
            f"  {n} example{'s' * (n > 1)}: {_named(best)}, {time_text(best.seconds)}"
            + (f" (not {against})" if against else "")
        )
    if written:
        lines.append(
            f"  {LEAST_STEPS:,} steps and more of gradient descent in one go: code written for this"
            " network"
        )
    chosen = choices(EXAMPLES[-1])[0]
    stages = _stages(plan, chosen.way, itemsize)
    lines.append(f"stages of a step on {EXAMPLES[-1]} examples:")
    lines += [f"  {stage}" for stage in stages[:_MOST_STAGES]]
    if len(stages) > _MOST_STAGES:
        lines.append(f"  … and {len(stages) - _MOST_STAGES} more")
    return lines


def _best_of_each_way(found: list[Choice]) -> list[Choice]:
    """Return the fastest choice of each way, the fastest way first."""
    best: dict[str, Choice] = {}
    for choice in found:
        best.setdefault(choice.way, choice)
    return list(best.values())


def _named(choice: Choice) -> str:
    threads = f" on {choice.n_threads} threads" if choice.n_threads > 1 else ""
    return {
        WALK: f"a walk in tiles of {choice.lanes}",
        LAYERS: "dense layers",
        MATRICES: "NumPy's matrix products",
    }.get(choice.way, choice.way) + threads


def time_text(seconds: float) -> str:
    """Return a time in the unit that fits."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            number = seconds / size
            return f"{number:.0f} {unit}" if number >= 10 else f"{number:.1f} {unit}"
    return f"{seconds / 1e-9:.0f} ns"


def _stages(plan: Plan, way: str, itemsize: int) -> list[str]:
    """Return a line for each stage: what it is, its operations and bytes, its share."""
    n_inputs = plan.n_inputs
    if way not in (LAYERS, MATRICES):
        depth = int(plan.level[-1]) if len(plan.level) else 0
        neurons = plan.n_neurons - n_inputs
        work = _work(plan.n_weights, neurons)
        what = f"levels 1 to {depth} in one walk" if depth > 1 else "one walk"
        return [_stage(what, plan.n_weights, work, 1.0, itemsize)]
    parts = []
    for k, stage in enumerate(plan.stages):
        neurons = stage.rows.stop - stage.rows.start - (n_inputs if k == 0 else 0)
        synapses = sum(block.n_synapses for block in stage.incoming)
        products = sum(_products(block) for block in stage.incoming)
        if neurons:
            how = {_how(block, way) for block in stage.incoming} or {"activations alone"}
            parts.append((f"level {k}, {' and '.join(sorted(how))}", synapses,
                          _work(products, neurons)))  # fmt: skip
    total = sum(work for _, _, work in parts) or 1
    return [
        _stage(what, synapses, work, work / total, itemsize) for what, synapses, work in parts
    ]


def _products(block: Block) -> int:
    return block.n_pre * block.n_post if block.kind == HOLED else block.n_synapses


def _how(block: Block, way: str) -> str:
    if way == LAYERS:
        return "a dense layer"
    return {
        FULL: "a matrix product",
        HOLED: "a matrix product with holes",
        GATHERED: "gathered rows",
    }[block.kind]


def _work(products: int, neurons: int) -> int:
    """Return the operations of a step for one example: three products a synapse, and back."""
    return 6 * products + _PER_NEURON * neurons


def _stage(what: str, synapses: int, work: int, share: float, itemsize: int) -> str:
    return (
        f"{what}: {synapses} synapse{'s' * (synapses != 1)}, {work} operations an example, "
        f"{synapses * itemsize} bytes, {share:.0%} of the time"
    )
