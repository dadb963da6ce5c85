"""The errors neurosim raises: one family, each also the matching builtin."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import networkx as nx

from neurosim.wording import fitted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Recorded = Mapping[str, Any] | Sequence[Mapping[str, Any]]


class NeurosimError(Exception):
    """Base of every error raised on purpose by neurosim.

    A message that is too long to be read, because a value or a name in it is, loses its middle.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*map(fitted, args))


class InvalidValueError(NeurosimError, ValueError):
    """An argument has the right type but a value that cannot be used."""


class InvalidTypeError(NeurosimError, TypeError):
    """An argument is of a type that cannot be used."""


class TooLargeError(InvalidValueError, MemoryError):
    """A request would take more memory than there is; nothing has been taken."""


class OutOfRangeError(NeurosimError, IndexError):
    """An index beyond the neurons or synapses there are."""


class StructureError(NeurosimError, ValueError):
    """A change or a use of a network that its structure does not allow."""


class CycleError(StructureError):
    """A feedforward network was asked of a graph that has a cycle."""


class UnknownNameError(NeurosimError, KeyError):
    """A name, or a pair of neurons, that the network does not have."""

    def __str__(self) -> str:  # KeyError would show the repr of the message
        return str(self.args[0]) if self.args else ""


class StaleHandleError(NeurosimError, RuntimeError):
    """A neuron, layer or synapse was used after it had been removed."""


class StaleProgramError(NeurosimError, RuntimeError):
    """A program, trace or gradient was used after its network's structure had changed."""


class ReadOnlyGraphError(NeurosimError, nx.NetworkXError):
    """A live graph was asked to change itself."""


class FormatError(NeurosimError, ValueError):
    """A file is not what its format says it should be."""


class MissingExtraError(NeurosimError, ImportError):
    """An optional dependency is not installed."""


class DivergenceError(NeurosimError, ArithmeticError):
    """Training left the finite numbers; the parameters were put back.

    Attributes
    ----------
    history : History, or for a population a list with one for each network
        What was recorded before the epoch that diverged.
    """

    def __init__(self, message: str, history: Recorded | None = None) -> None:
        super().__init__(message)
        self.history = history


class TrainingInterrupted(KeyboardInterrupt):
    """Ctrl-C stopped the training between two steps; the parameters are whole.

    It is a `KeyboardInterrupt` and no `NeurosimError`, so that ``except Exception``
    does not swallow a wish to stop.

    Attributes
    ----------
    history : History, or for a population a list with one for each network
        What was recorded up to the interruption.
    """

    def __init__(self, message: str, history: Recorded | None = None) -> None:
        super().__init__(message)
        self.history = history


class NeurosimWarning(UserWarning):
    """Something allowed that is probably not what was meant."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*map(fitted, args))


@contextmanager
def about(where: str) -> Iterator[None]:
    """Have what goes wrong in here say where: its message begins with that."""
    try:
        yield
    except NeurosimError as error:
        error.args = (f"{where}: {error}", *error.args[1:])
        raise
