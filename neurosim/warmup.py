"""Compiling all kernels beforehand, by using them once; in the background, or on request."""

from __future__ import annotations

import os
import signal
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from neurosim.compiling import compile
from neurosim.engines import background
from neurosim.engines.kernel_folder import kernel_folder
from neurosim.engines.notices import say
from neurosim.errors import NeurosimError
from neurosim.initializers import Normal
from neurosim.model import Network
from neurosim.program import Program
from neurosim.topologies import layered, random_dag
from neurosim.training import train

DTYPES = ("float64", "float32")
_LONGEST = 1800.0  # seconds until the process in the background ends, come what may

Report = Callable[[str], Any]


def _quiet(what: str) -> None:
    """Tell nobody."""


def require_numba() -> None:
    """Raise `MissingExtraError`, which names the extra, if there is no Numba."""
    import neurosim.engines.compiled.jit  # noqa: F401


def compile_kernels(dtype: str, report: Report = _quiet) -> None:
    """Compile the kernels of a dtype that are not there yet: the everyday ones, then the others.

    Parameters
    ----------
    dtype : "float64" or "float32"
    report : callable
        Is told, in a word, what is compiled next.
    """
    folder = kernel_folder()
    with warnings.catch_warnings(action="ignore"):  # of networks that are to learn nothing
        _use(_everyday(dtype), report)
        if folder.refusal is None:
            folder.mark_ready(dtype)
            background.settle(dtype, folder.path)
        _use(_rarer(dtype), report)


def _use(uses: Iterator[tuple[str, Callable[[], Any]]], report: Report) -> None:
    for what, use in uses:
        report(what)
        use()


def measure(dtype: str) -> None:
    """Measure how fast this machine is, and keep it for the choice of the fastest way.

    Parameters
    ----------
    dtype : "float64" or "float32"
    """
    from neurosim.engines.compiled.rates import keep_measured

    keep_measured(dtype)


def _everyday(dtype: str) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield, for each kernel that most networks need, its name and a use of it."""
    dense, irregular = _networks(dtype)
    X, y = _examples(irregular, 20)
    program = compile(irregular, engine="numba")
    yield "feedforward", lambda: [program.feedforward(X), program.feedforward(X[:1])]
    yield "feedforward on threads", lambda: program.feedforward(np.asfortranarray(X))
    yield "trace", lambda: [program.trace(X), program.trace(X[:1])]
    trace = program.trace(X)
    yield "backpropagate", lambda: program.backpropagate(trace, trace.outputs, output_delta=y)
    yield from _trainings(dense, program)
    population = compile([dense, irregular], engine="numba")
    yield "populations", lambda: [population.feedforward(X), train(population, X, y, epochs=1)]


def _rarer(dtype: str) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield the same for kernels that few trainings need."""
    dense, irregular = _networks(dtype)
    noise = {"dropout": 0.5, "input_noise": 0.1}
    yield from _trainings(dense, compile(irregular, engine="numba"), **noise)


def _trainings(
    dense: Network, irregular: Program, **settings: Any
) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield a training by each of the kernels that take steps, whatever would be the fastest."""
    from neurosim.engines.compiled.choice import LAYERS, ONE_BY_ONE, WALK, Choice

    layers = compile(dense, engine="numba")
    for what, program, batch, choice in (
        ("train in tiles", irregular, 20, Choice(WALK, 16, 1, 0.0)),
        ("train one by one", irregular, 1, Choice(ONE_BY_ONE, 1, 1, 0.0)),
        ("train in layers", layers, 20, Choice(LAYERS, 1, 1, 0.0)),
    ):
        engine: Any = program.runner
        engine.prefer(choice, batch, step=True)
        X, y = _examples(program.network, 20)
        yield what, partial(train, program, X, y, epochs=1, batch_size=batch, seed=0, **settings)


def _networks(dtype: str) -> tuple[Network, Network]:
    """Return a network of dense layers, and one without."""
    made = (
        layered([40, 30, 10], activation="tanh", dtype=dtype),
        random_dag(100, n_inputs=40, n_outputs=10, activation="tanh", seed=0, dtype=dtype),
    )
    for net in made:
        net.initialize(Normal(), seed=0)
    return made


def _examples(net: Network, n_examples: int) -> tuple[Any, Any]:
    shapes = (n_examples, len(net.inputs)), (n_examples, len(net.outputs))
    X, y = (np.full(shape, 0.5, net.dtype) for shape in shapes)
    return X, y


# -- in the background -------------------------------------------------------------------------


def fill(folder: str) -> None:
    """Compile what is wanted in the folder of the kernels, unless another process is at it.

    This is all that the process in the background does; it has no terminal, and gives way.
    """
    path = Path(folder)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    watchdog = threading.Timer(_LONGEST, os._exit, [1])
    watchdog.daemon = True
    watchdog.start()
    os.chdir(path)  # whatever folder it was started from may go away
    with suppress(AttributeError, OSError):
        os.nice(10)
    with background.only_one(path) as is_alone:
        while is_alone and (dtypes := background.wanted(path)):
            _compile_or_note(dtypes[0], path)


def _compile_or_note(dtype: str, path: Path) -> None:
    try:
        if dtype not in DTYPES or kernel_folder().path != path:
            raise NeurosimError(f"kernels for {dtype!r} are not made by these sources in {path}")
        compile_kernels(dtype, lambda what: say(f"{dtype}: {what}"))
        background.settle(dtype, path)
    except Exception:
        traceback.print_exc()  # to the log
        background.settle(dtype, path, failed=True)
