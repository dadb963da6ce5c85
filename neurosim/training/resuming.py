"""What a training has to know to go on later as if nothing had happened."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from neurosim.checks import pieces
from neurosim.compiler.plan import Plan
from neurosim.errors import FormatError, InvalidValueError
from neurosim.training.callbacks.base import Callback
from neurosim.training.data import Examples, Source
from neurosim.training.expected import (
    LARGEST,
    Anything,
    Array,
    Expected,
    Fields,
    Flag,
    ListOf,
    Maybe,
    Text,
    Whole,
    counted,
)
from neurosim.training.mapped import Mapped
from neurosim.training.stream import Stream
from neurosim.wording import shown

if TYPE_CHECKING:
    from neurosim.training.run import Run

_LOOKED_AT = 1 << 24  # bytes of the data: enough to tell two sets apart
_MOST_NOISE = (1 << 64) - 1  # the largest key
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def recipe_of(run: Run) -> dict[str, str]:
    """Return what must be the same for a training to go on, as text by name."""
    settings = {
        one.name: _text(getattr(run.settings, one.name)) for one in attrs.fields(type(run.settings))
    }
    return {
        "structure of the network": _structure(run.program.plan),
        "dtype": str(run.network.dtype),
        "engine": run.program.engine,
        "strategy": run.program.runner.strategy,
        "way through the epochs": run.way.called,
        "rule": _text(run.rule),
        "cost": _text(run.cost),
        "batch_size": str(run.size),
        "generator": type(getattr(run.generator, "bit_generator", run.generator)).__name__,
        "examples": _data(run.examples),
        "columns of the history": ", ".join(run.columns),
        **settings,
    }


def state_of(run: Run, callbacks: Sequence[Callback]) -> dict[str, Any]:
    """Return all that the rest of a training depends on, between two steps."""
    return {
        "recipe": recipe_of(run),
        "parameters": run.parameters,
        "history": {name: np.asarray(values) for name, values in run.history.items()},
        "way": run.way.state(),
        "stopped": None if run.is_paused else run.stopped,
        "is_done": bool(run.is_done),
        "noise": None if run.noise is None else run.noise.key,
        "callbacks": [
            {"kind": type(one).__name__, "state": dict(one.state())}
            for one in remembering(callbacks)
        ],
    }


# What is not in every state, as text by name: of what is there, a checkpoint knows it all.
OPTIONAL: dict[str, Expected] = {}


def require_state(state: Any) -> None:
    """Refuse what is no state of any training, before the one at hand is looked at."""
    named = Fields({"kind": Text(), "state": Anything()})
    expected = {
        "recipe": Fields({}, others=Text()),
        "parameters": Anything(),
        "history": Fields({}, others=Anything()),
        "way": Anything(),
        "stopped": Maybe(Text()),
        "is_done": Flag(),
        "noise": Maybe(Whole(0, _MOST_NOISE)),
        "callbacks": ListOf(named),
    }
    Fields(expected, OPTIONAL).check(state, "")


def require_fitting(run: Run, state: dict[str, Any], callbacks: Sequence[Callback]) -> None:
    """Refuse a state of a training like this one that it cannot have been in; touch nothing."""
    counted(run.parameters).check(state["parameters"], "parameters")
    epochs = _require_history(run, state["history"])
    if (run.noise is None) != (state["noise"] is None):
        raise FormatError(f"noise must fit the training's (got {state['noise']})")
    run.way.check(state["way"], "way", epochs, is_done=state["is_done"])
    for callback, held in zip(remembering(callbacks), state["callbacks"], strict=True):
        callback.expected(run).check(held["state"], f"the state of {type(callback).__name__}")


def _require_history(run: Run, history: dict[str, Any]) -> int:
    """Refuse what no history of this training can hold; return the number of its epochs."""
    first, *others = run.columns
    for name in run.columns:
        if name not in history:
            raise FormatError(f"history must have {', '.join(run.columns)} (got no {name!r})")
    for name, values in history.items():
        is_column = isinstance(values, np.ndarray) and values.ndim == 1
        if not is_column or values.dtype not in (np.float64, np.int64):
            raise FormatError(f"history.{name} must be a column of numbers (got {shown(values)})")
        wanted = len(history[first])
        if len(values) > wanted or (name in others and len(values) < wanted):
            raise FormatError(
                f"history.{name} must have {wanted} epochs, as {first} (got {len(values)})"
            )
    if not np.isfinite(history[first]).all():
        raise FormatError(f"history.{first} must be finite")
    if len(history[first]) and run.objective.number is int:
        Array((wanted,), np.int64, 0, LARGEST).check(history[first], f"history.{first}")
    return len(history[first])


def take_key(run: Run, state: dict[str, Any]) -> None:
    """Let the noise be that of a state; what takes the epochs is made after that."""
    if run.noise is not None and state["noise"] is not None:
        run.noise = attrs.evolve(run.noise, key=state["noise"])


def restore(run: Run, state: dict[str, Any]) -> None:
    """Let a run that has not begun go on from a state of its like."""
    run.before = run.parameters.copy()
    run.parameters[:] = state["parameters"]
    for name, values in state["history"].items():
        run.history.add_column(name)
        run.history.extend(name, values.tolist())
    for source in (run.examples, run.validation):
        if isinstance(source, Stream):
            source.epoch = run.history.epochs
    run.stopped, run.is_done = state["stopped"], state["is_done"]
    run.way.restore(state["way"])


def require_same(run: Run, state: dict[str, Any], callbacks: Sequence[Callback], path: Any) -> None:
    """Refuse to go on from the state of another training."""
    now, then = recipe_of(run), state["recipe"]
    kinds = [type(one).__name__ for one in remembering(callbacks)]
    now["callbacks that remember"] = ", ".join(kinds)
    then["callbacks that remember"] = ", ".join(one["kind"] for one in state["callbacks"])
    for name in sorted({*now, *then}):
        if now.get(name) != then.get(name):
            raise InvalidValueError(
                f"{path} is the checkpoint of another training: its {name} is {then.get(name)} "
                f"(got {now.get(name)}); give the same, or another path, or delete the file, or "
                "pass resume=False to begin anew"
            )


def remembering(callbacks: Sequence[Callback]) -> list[Callback]:
    """Return the callbacks that have a state."""
    return [one for one in callbacks if type(one).state is not Callback.state]


def _text(value: Any) -> str:
    """Return a repr that is the same in another process."""
    if isinstance(value, np.ndarray):
        return f"{value.shape} ({_crc(value, 0):08x})"
    kind: Any = type(value)
    if kind.__repr__ is object.__repr__:
        return str(kind.__qualname__)
    return _ADDRESS.sub("", repr(value))


def _structure(plan: Plan) -> str:
    names = [activation.name for activation in plan.activations if activation is not None]
    crc = zlib.crc32(" ".join(names).encode())
    rows = (plan.input_rows, plan.output_rows, plan.bias_rows)
    indices = [np.arange(plan.n_neurons)[each] for each in rows]
    for array in (plan.synapse_pre, plan.synapse_post, plan.unit, *indices):
        crc = _crc(array, crc)
    return f"{plan.n_neurons} neurons, {plan.n_weights} synapses ({crc:08x})"


def _crc(array: NDArray[Any], crc: int) -> int:
    return zlib.crc32(np.ascontiguousarray(array).data, crc)


def _data(source: Source) -> str:
    if isinstance(source, Examples):
        crc = 0
        for array in (source.X, source.targets):
            for rows in pieces(array):
                if rows.start * array[:1].nbytes > _LOOKED_AT:
                    break
                crc = _crc(array[rows], crc)
        return f"{source.X.shape} and {source.targets.shape} ({crc:08x})"
    if isinstance(source, Mapped):
        return f"{source.X.values.shape} and {source.targets.values.shape} in a file"
    return "batches"
