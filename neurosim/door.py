"""The door: examples as people have them become arrays in a network's units, and outputs go back.

What comes in may be arrays, data frames or class labels; what is behind the door sees matrices of
the network's dtype. Whatever a call takes for X or y, it takes by this door.
"""

from __future__ import annotations

import reprlib
from typing import Any

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from neurosim.checks import FloatArray, IntArray, finite_array, require_columns
from neurosim.conversion import Origin, real_numbers
from neurosim.errors import InvalidTypeError, InvalidValueError, StructureError
from neurosim.inputs.frames import frame_numbers, is_frame, is_series, only_column
from neurosim.inputs.labels import (
    LabelColumn,
    Labels,
    class_array,
    is_categorical,
    known_classes,
    label_column,
    listed,
    one_hot,
    positions,
)
from neurosim.inputs.scaling import Scaler
from neurosim.model import Network, Neuron
from neurosim.model.units import require_fitting, require_one_each, wanted_columns

# What emits −1 to 1: its two classes are −1 and 1, where those of others are 0 and 1.
_SIGNED = ("threshold", "tanh")
UNITS = ("data", "network")
PLAIN = (np.ndarray, list, tuple)  # what has no names


def check_units(units: Any) -> None:
    """Refuse what does not say in which units X and y are."""
    if not isinstance(units, str) or units not in UNITS:
        raise InvalidValueError(f'units must be "data" or "network" (got {units!r})')


@frozen(eq=False)
class Given:
    """Real numbers in the units of the data, and what brings them into those of the network.

    Indexing gives rows as the network takes them.
    """

    values: NDArray[Any]
    scaler: Scaler | None
    dtype: np.dtype[Any]
    origin: Origin

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
        given = self.values if rows is None else self.values[rows]
        start = 0 if rows is None else rows.start
        if self.scaler is None:
            return finite_array(given, self.dtype, self.origin, start)
        return finite_array(self._scaled(given), self.dtype, self.origin, start, given)

    def _scaled(self, values: NDArray[Any]) -> NDArray[Any]:
        return values if self.scaler is None else self.scaler._transformed(values)


class Door:
    """What the examples of a network pass on their way in, and its outputs on their way out.

    Parameters
    ----------
    network : Network
    units : {"data", "network"}
        In which units numbers come and go. The network's are those behind its scalers, which are
        then left out.

    Attributes
    ----------
    classes : tuple or None
        The class labels that its outputs stand for, those found in the targets included, which
        the network itself has after `remember`.
    """

    def __init__(self, network: Network, units: str = "data") -> None:
        check_units(units)
        self.network, self.units = network, units
        self.classes = self._before = network.classes

    @property
    def input_scaler(self) -> Scaler | None:
        """What scales the inputs, if anything does."""
        return self.network.input_scaler if self.units == "data" else None

    @property
    def output_scaler(self) -> Scaler | None:
        """What scales the targets, and the outputs back, if anything does."""
        return self.network.output_scaler if self.units == "data" else None

    # -- in --------------------------------------------------------------------------------

    def inputs(self, X: Any, where: str = "X") -> FloatArray:
        """Return X, array_like or a data frame, as the network takes it, or refuse it."""
        return self.given_inputs(X, where).checked()

    def targets(self, y: Any, where: str = "y", *, learn: bool = False) -> FloatArray:
        """Return y, array_like, a data frame or class labels, as the network takes it.

        Only with `learn` may labels be new: the classes are those that are found.
        """
        return self.given_targets(y, where, learn=learn).checked()

    def example(self, x: Any, where: str = "x") -> FloatArray:
        """Return the inputs of a single example as a batch of one, or refuse it."""
        return self.inputs(_row(x, len(self.network.inputs), where, "input neuron"), where)

    def example_targets(self, target: Any, where: str = "target") -> FloatArray:
        """Return the targets of a single example, or its label, as a batch of one."""
        if isinstance(target, Labels):
            return self.targets(target, where, learn=True)
        if self.is_label(target):
            return self.targets([target], where, learn=True)
        return self.targets(_row(target, len(self.network.outputs), where, "output neuron"), where)

    def is_label(self, target: Any) -> bool:
        """Return whether the target of a single example is the label of a class."""
        return isinstance(target, (Labels, str, bytes, bool, np.bool_)) or (
            self.classes is not None and np.isscalar(target)
        )

    def given_inputs(self, X: Any, where: str = "X") -> Given:
        """Return X as real numbers, one column per input neuron, not yet known to be finite."""
        return self._given(X, "input", where)

    def given_targets(self, y: Any, where: str = "y", *, learn: bool = False) -> Given:
        """Return y as real numbers, not yet looked at; labels as the targets they stand for."""
        column = self.labels(y, where)
        if column is not None:
            encoded = self._encoded(column, learn)
            return Given(encoded, None, self.network.dtype, column.origin)
        return self._given(y, "output", where)

    def learns_labels(self, y: Any) -> bool:
        """Return whether `y` holds class labels, or the network has classes already."""
        return self.classes is not None or (y is not None and self.labels(y, "y") is not None)

    def _given(self, values: Any, role: str, where: str) -> Given:
        """Return values for the neurons of a role; by their names, if it is a frame."""
        network, unit = self.network, f"{role} neuron"
        is_input = role == "input"
        neurons = network.inputs if is_input else network.outputs
        scaler = self.input_scaler if is_input else self.output_scaler
        if is_frame(values) or is_series(values):
            own = network.input_scaler if is_input else network.output_scaler
            if role == "output" and len(neurons) == 1:
                column = only_column(values, [neurons[0].name])
                values = values if column is None else column
            if is_series(values) and len(neurons) != 1:
                raise InvalidValueError(
                    f"{where} must have shape (n_examples, {len(neurons)}), one column per {unit} "
                    f"(got a series, a single column of {len(values)} rows)"
                )
            numbers, origin = frame_numbers(values, wanted_columns(neurons, unit, own), where)
        else:
            numbers, origin = real_numbers(values, where), Origin(where)
        if role == "output" and numbers.ndim == len(neurons) == 1:
            numbers = numbers[:, None]
            origin = evolve(origin, is_flat=True)
        require_columns(numbers, len(neurons), where, unit)
        if scaler is not None:
            require_fitting(scaler, neurons, f"Network.{role}_scaler", unit)
        return Given(numbers, scaler, network.dtype, origin)

    def labels(self, y: Any, where: str = "y") -> LabelColumn | None:
        """Return y as class labels if it holds such.

        A column of anything is labels for several outputs. For a single one, numbers are targets,
        unless its classes are numbers too.
        """
        n_outputs = len(self.network.outputs)
        is_number = self.classes is not None and all(
            isinstance(one, (int, float)) for one in self.classes
        )
        is_plain = type(y) is np.ndarray and y.dtype.kind == "f"
        if is_plain and not is_number and (y.ndim != 1 or n_outputs == 1):  # nearly always
            return None
        forced = isinstance(y, Labels)
        values = only_column(y, [neuron.name for neuron in self.network.outputs])
        column = None if values is None else label_column(values, where)
        if forced and column is None:
            raise InvalidTypeError(
                f"{where}: Labels must hold one label per example, (n_examples,), text, numbers or "
                f"booleans (got {reprlib.repr(y.values)}); .astype(str) makes text of dates"
            )
        if column is None:
            return None
        if forced or is_number or n_outputs > 1 or not column.are_numbers or is_categorical(values):
            column.require(self.classes)
            return column
        return None

    def _encoded(self, column: LabelColumn, learn: bool) -> FloatArray:
        """Return the targets that labels stand for, (n_examples, n_outputs)."""
        network = self.network
        if self.output_scaler is not None:
            raise StructureError(
                f"{column.where} holds class labels, which the output_scaler of network "
                f"{network.name!r} cannot scale; set it to None"
            )
        classes = self._classes_for(column, learn)
        places = positions(column, classes, self._remedy(column, learn))
        self.classes = classes if learn else self.classes
        low = np.array([-1 if is_signed(one) else 0 for one in network.outputs], network.dtype)
        if len(low) == 1:
            return np.where(places, network.dtype.type(1), low)[:, None]
        return one_hot(places, low)

    def _classes_for(self, column: LabelColumn, learn: bool) -> tuple[Any, ...]:
        """Return the classes of the network, or those that the labels show."""
        outputs = self.network.outputs
        if self.classes is not None:
            require_one_each(self.classes, len(outputs), "Network.classes")
            return self.classes
        if column.labels.dtype.kind == "b" and len(outputs) == 1:
            return known_classes(column)  # whatever part of the data this is
        if not learn:
            raise InvalidValueError(
                f"{column.where} holds class labels, and network {self.network.name!r} has no "
                "classes yet; set Network.classes to the labels that its outputs stand for"
            )
        names = tuple(neuron.name for neuron in outputs)
        if len(names) > 1 and set(column.labels.tolist()).issubset(names):
            return names
        classes = known_classes(column)
        self._require_as_many(classes, column)
        return classes

    def _require_as_many(self, classes: tuple[Any, ...], column: LabelColumn) -> None:
        n_outputs = len(self.network.outputs)
        wanted = max(2, n_outputs)
        if len(classes) == wanted:
            return
        neurons = "1 output neuron" if n_outputs == 1 else f"{n_outputs} output neurons"
        remedy = "if it does not show all, set Network.classes"
        if len(classes) > wanted:
            remedy = f"the network needs {len(classes)} output neurons for as many classes"
            if column.are_numbers and n_outputs > 1:
                remedy += f", and numbers to learn {n_outputs} columns, (n_examples, {n_outputs})"
        raise InvalidValueError(
            f"{column.where} must hold labels of {wanted} classes for {neurons} (got "
            f"{len(classes)}: {listed(classes)}); {remedy}"
        )

    def _remedy(self, column: LabelColumn, learn: bool) -> str:
        """Return what helps labels that are of no known class, if anything does."""
        n_outputs = len(self.network.outputs)
        if n_outputs == 1 and column.are_numbers:
            return "; numbers to learn, and no classes, are given as a column, (n_examples, 1)"
        if learn and len(set(column.labels.tolist())) == max(2, n_outputs):
            return "; Network.classes = None has it learn these instead"
        return ""

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
        scaler = self.output_scaler
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


def _row(value: Any, count: int, where: str, unit: str) -> Any:
    """Return one example as a batch of one: an array of one dimension, or a row of a table."""
    if is_frame(value):
        if len(value) != 1:
            raise InvalidValueError(f"{where} must be one example (got {len(value)} rows)")
        return value
    if is_series(value) and hasattr(value, "iloc") and any(map(_is_text, value.index)):
        return value.to_frame().T  # a row of a table, which is called like its columns
    array = real_numbers(value, where)
    if array.shape == () and count == 1:
        return array.reshape(1, 1)
    if array.shape != (count,):
        hint = f"; of a batch take one row, {where}[0]" if array.ndim == 2 else ""
        raise InvalidValueError(
            f"{where} must be one example, shape ({count},), one number per {unit} "
            f"(got shape {array.shape}{hint})"
        )
    return finite_array(array, np.float64, where)[None]


def _is_text(name: Any) -> bool:
    return isinstance(name, str)
