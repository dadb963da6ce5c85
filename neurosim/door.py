"""The door: examples as people have them become arrays in a network's units, and outputs go back.

What comes in may be arrays, data frames or class labels; what is behind the door sees matrices of
the network's dtype.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from neurosim.checks import FloatArray, IntArray, finite_array, real_numbers, require_columns
from neurosim.errors import InvalidValueError, StructureError
from neurosim.inputs.frames import frame_numbers, is_frame, is_series, only_column
from neurosim.inputs.labels import (
    class_array,
    is_text,
    known_classes,
    label_vector,
    one_hot,
    positions,
)
from neurosim.inputs.scaling import Scaler
from neurosim.model import Network, Neuron
from neurosim.model.units import require_fitting, require_one_each

# What emits −1 to 1: its two classes are −1 and 1, where those of others are 0 and 1.
_SIGNED = ("threshold", "tanh")


@frozen(eq=False)
class Given:
    """Real numbers in the units of the data, and what brings them into those of the network.

    Indexing gives rows as the network takes them.
    """

    values: NDArray[Any]
    scaler: Scaler | None
    dtype: np.dtype[Any]
    where: str

    def __len__(self) -> int:
        return len(self.values)

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return int(self.values.size)

    def __getitem__(self, rows: Any) -> FloatArray:
        with np.errstate(over="ignore", under="ignore"):
            return np.ascontiguousarray(self._scaled(self.values[rows]), self.dtype)

    def checked(self, rows: slice | None = None) -> FloatArray:
        """Return rows as the network takes them, or refuse a number that is not finite."""
        if rows is None:
            return finite_array(self._scaled(self.values), self.dtype, self.where)
        return finite_array(self._scaled(self.values[rows]), self.dtype, self.where, rows.start)

    def _scaled(self, values: NDArray[Any]) -> NDArray[Any]:
        return values if self.scaler is None else self.scaler._transformed(values)


class Door:
    """What the examples of a network pass on their way in, and its outputs on their way out.

    Attributes
    ----------
    network : Network
    classes : tuple or None
        The class labels that its outputs stand for, those found in the targets included, which
        the network itself has after `remember`.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.classes = self._before = network.classes

    # -- in --------------------------------------------------------------------------------

    def inputs(self, X: Any, where: str = "X") -> FloatArray:
        """Return X, array_like or a data frame, as the network takes it, or refuse it."""
        given = self.given_inputs(X, where)
        result = given.checked()
        require_columns(result, len(self.network.inputs), where, "input neuron")
        return result

    def targets(self, y: Any, where: str = "y", *, learn: bool = False) -> FloatArray:
        """Return y, array_like, a data frame or class labels, as the network takes it.

        Only with `learn` may labels be new: the classes are those that are found.
        """
        given = self.given_targets(y, where, learn=learn)
        result = given.checked()
        require_columns(result, len(self.network.outputs), where, "output neuron")
        return result

    def given_inputs(self, X: Any, where: str = "X") -> Given:
        """Return X as real numbers, not yet looked at."""
        return self._given(X, "input", where)

    def given_targets(self, y: Any, where: str = "y", *, learn: bool = False) -> Given:
        """Return y as real numbers, not yet looked at; labels as the targets they stand for."""
        labels = self._labels(y, where)
        if labels is not None:
            encoded = self._encoded(labels, where, learn)
            return Given(encoded, None, self.network.dtype, where)
        return self._given(y, "output", where)

    def _given(self, values: Any, role: str, where: str) -> Given:
        """Return values for the neurons of a role; by their names, if it is a frame."""
        network, unit = self.network, f"{role} neuron"
        neurons = network.inputs if role == "input" else network.outputs
        scaler = network.input_scaler if role == "input" else network.output_scaler
        if is_frame(values) or is_series(values):
            values = frame_numbers(values, [neuron.name for neuron in neurons], where, unit)
        numbers = real_numbers(values, where)
        if role == "output" and numbers.ndim == len(neurons) == 1:
            numbers = numbers[:, None]
        if scaler is not None:
            require_fitting(scaler, neurons, f"Network.{role}_scaler", unit)
            require_columns(numbers, len(neurons), where, unit)
        return Given(numbers, scaler, network.dtype, where)

    def _labels(self, y: Any, where: str) -> NDArray[Any] | None:
        """Return y as class labels if it holds such.

        Whole numbers are labels for several outputs; for a single one they are targets, unless
        its classes are known to be numbers.
        """
        if type(y) is np.ndarray and y.dtype.kind == "f":  # nearly always, and then at once
            return None
        outputs = self.network.outputs
        column = only_column(y, [neuron.name for neuron in outputs])
        labels = None if column is None else label_vector(column, where)
        if labels is None or len(outputs) > 1 or is_text(labels):
            return labels
        numbered = self.classes is not None and all(isinstance(one, int) for one in self.classes)
        return labels if numbered else None

    def _encoded(self, labels: NDArray[Any], where: str, learn: bool) -> FloatArray:
        """Return the targets that labels stand for, (n_examples, n_outputs)."""
        network = self.network
        if network.output_scaler is not None:
            raise StructureError(
                f"{where} holds class labels, which the output_scaler of network "
                f"{network.name!r} cannot scale; set it to None"
            )
        classes = self._classes_for(labels, where, learn)
        places = positions(labels, classes, where)
        self.classes = classes
        low = np.array([-1 if is_signed(one) else 0 for one in network.outputs], network.dtype)
        if len(low) == 1:
            return np.where(places, network.dtype.type(1), low)[:, None]
        return one_hot(places, low)

    def _classes_for(self, labels: NDArray[Any], where: str, learn: bool) -> tuple[Any, ...]:
        """Return the classes of the network, or those that the labels show."""
        outputs = self.network.outputs
        if self.classes is not None:
            require_one_each(self.classes, len(outputs), "Network.classes")
            return self.classes
        if not learn:
            raise InvalidValueError(
                f"{where} holds class labels, and network {self.network.name!r} has no classes "
                "yet; set Network.classes to the labels that its outputs stand for"
            )
        names = tuple(neuron.name for neuron in outputs)
        if len(names) > 1 and set(labels.tolist()).issubset(names):
            return names
        classes = known_classes(labels, where)
        self._require_as_many(classes, where)
        return classes

    def _require_as_many(self, classes: tuple[Any, ...], where: str) -> None:
        n_outputs = len(self.network.outputs)
        if len(classes) != max(2, n_outputs):
            neurons = "1 output neuron" if n_outputs == 1 else f"{n_outputs} output neurons"
            raise InvalidValueError(
                f"{where} must hold labels of {max(2, n_outputs)} classes for {neurons} (got "
                f"{len(classes)}: {', '.join(map(repr, classes[:10]))}"
                f"{', …' if len(classes) > 10 else ''}); if it does not show all, set "
                "Network.classes"
            )

    # -- out -------------------------------------------------------------------------------

    def outputs(self, outputs: FloatArray) -> NDArray[Any]:
        """Return outputs in the units of the data, (n_examples, n_outputs), or as class labels.

        The label is that of the strongest output; of a single one, whichever of the two is nearer.
        """
        network = self.network
        if self.classes is not None:
            require_one_each(self.classes, len(network.outputs), "Network.classes")
            labels: NDArray[Any] = class_array(self.classes)[self._places(outputs)]
            return labels
        scaler = network.output_scaler
        if scaler is None:
            return outputs
        require_fitting(scaler, network.outputs, "Network.output_scaler", "output neuron")
        with np.errstate(over="ignore", under="ignore"):
            return np.asarray(scaler._inverted(outputs), network.dtype)

    def _places(self, outputs: FloatArray) -> IntArray:
        if outputs.shape[1] > 1:
            return np.asarray(outputs.argmax(axis=1), np.intp)
        middle = 0.0 if is_signed(self.network.outputs[0]) else 0.5
        return np.asarray(outputs[:, 0] > middle, np.intp)

    # -- classes ---------------------------------------------------------------------------

    def remember(self) -> None:
        """Have the network know the classes that the targets have shown."""
        if self.classes is not self._before:
            self.network.classes = self.classes

    def forget(self) -> None:
        """Have the network know what it knew before."""
        if self.classes is not self._before:
            self.network.classes = self._before


def is_signed(neuron: Neuron) -> bool:
    """Return whether a neuron emits −1 to 1, so that its two classes are −1 and 1."""
    return neuron.activation in _SIGNED
