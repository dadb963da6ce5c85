"""A network as plain columns, which every file format writes, and a network from such columns.

Neurons are counted in the order in which they were made, without gaps, and so are layers and
synapses. What is read from a file is checked here, whatever the format.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from neurosim import activations
from neurosim.activations import Activation
from neurosim.checks import FloatArray, IntArray, float_dtype
from neurosim.compiler.wiring import Wiring
from neurosim.errors import FormatError, InvalidTypeError, InvalidValueError, NeurosimError
from neurosim.model import Network, units
from neurosim.model.columns import INPUT, NO_ACTIVATION, NO_LAYER, NO_SLOT, ROLES, Columns
from neurosim.model.sorting import boundaries, lengths
from neurosim.wording import shown

if TYPE_CHECKING:
    from neurosim.inputs.scaling import Scaler

LABELS = (str, bool, int, float)
LABEL_BITS = 64  # of a whole number that is a class
LETTERS = 1 << 16  # of a name


@frozen(eq=False)
class Parts:
    """All that a network holds.

    Attributes
    ----------
    name : str
    dtype : dtype
        float32 or float64.
    neurons : (n_neurons,) tuple of str
        Their names.
    role : (n_neurons,) int array
        0 for input, 1 for hidden, 2 for output, as in `ROLES`.
    activation : (n_neurons,) int array
        A position in `activations`, -1 for an input neuron.
    bias : (n_neurons,) float array
        NaN where there is none.
    layer : (n_neurons,) int array
        A position in `layers`, -1 for a neuron of its own. The neurons of a layer follow each
        other and share one role, and layers come in the order of their neurons.
    activations : tuple of str
        The names of the activations that occur, each once, in the order in which they do.
    layers : tuple of str
        Their names.
    pre, post : (n_synapses,) int arrays
        Positions in `neurons`.
    weight : (n_synapses,) float array
    input_scaler, output_scaler : Scaler or None
    classes : tuple of str, int, float or bool, or None
    """

    name: str
    dtype: np.dtype[Any]
    neurons: tuple[str, ...]
    role: IntArray
    activation: IntArray
    bias: FloatArray
    layer: IntArray
    activations: tuple[str, ...]
    layers: tuple[str, ...]
    pre: IntArray
    post: IntArray
    weight: FloatArray
    input_scaler: Scaler | None = None
    output_scaler: Scaler | None = None
    classes: tuple[Any, ...] | None = None


# -- from a network ----------------------------------------------------------------------------


def parts_of(network: Network) -> Parts:
    """Return all that a network holds, as columns of their own.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        Where it holds what `network_of` would refuse: parameters that are not finite, a scaler or
        classes that do not fit its neurons any more, classes that are neither text nor numbers,
        names that are no Unicode text.
    """
    columns = network._columns
    ids, synapses = columns.neuron_ids(), columns.synapse_ids()
    code, used = _activation_codes(network, ids)
    parts = Parts(
        name=network.name,
        dtype=network.dtype,
        neurons=network._neuron_names(),
        role=columns.role[ids],
        activation=code,
        bias=_biases(network, ids),
        layer=_layer_numbers(network, ids),
        activations=used,
        layers=tuple(layer.name for layer in network.layers),
        pre=network.synapses.pre,
        post=network.synapses.post,
        weight=columns.values[columns.slot[synapses]],
        **_fitting_units(network),
    )
    _check_text(parts, InvalidValueError)
    _check_weights(network, parts.weight)
    return parts


def refuse_cycle(network: Network) -> None:
    """Raise a `CycleError` that names the neurons of a cycle, if there is one."""
    if not len(network.synapses):
        return
    wiring = Wiring.of(network)
    level = wiring.levels()
    if level[wiring.alive].min() < 0:
        raise wiring.cycle(network, level)


def _activation_codes(network: Network, ids: IntArray) -> tuple[IntArray, tuple[str, ...]]:
    """Return the activation of each neuron as a position among those that occur, and these."""
    codes = network._columns.activation[ids]
    found, first = np.unique(codes, return_index=True)
    position: dict[str, int] = {}
    place = np.full(len(network._activations) + 1, NO_ACTIVATION, np.int32)
    for code in found[np.argsort(first)].tolist():
        if code != NO_ACTIVATION:
            # One of your own that was registered anew has the name of its predecessor.
            place[code] = position.setdefault(network._activations[code].name, len(position))
    return place[codes], tuple(position)


def _biases(network: Network, ids: IntArray) -> FloatArray:
    columns = network._columns
    slots = columns.bias_slot[ids]
    biased = np.flatnonzero(slots != NO_SLOT)
    values = columns.values[slots[biased]]
    wrong = np.flatnonzero(~np.isfinite(values))
    if len(wrong):
        neuron = network.neurons[int(biased[wrong[0]])]
        raise InvalidValueError(
            f"bias of neuron {neuron.name!r} must be finite (got {values[wrong[0]]})"
        )
    result = np.full(len(ids), np.nan, columns.dtype)
    result[biased] = values
    return result


def _layer_numbers(network: Network, ids: IntArray) -> IntArray:
    place = np.full(len(network._layers) + 1, NO_LAYER, np.int32)
    place[[layer._id for layer in network.layers]] = np.arange(len(network.layers))
    return place[network._columns.layer[ids]]


def _check_weights(network: Network, weights: FloatArray) -> None:
    wrong = np.flatnonzero(~np.isfinite(weights))
    if len(wrong):
        synapse = network.synapses[int(wrong[0])]
        raise InvalidValueError(
            f"weight of the synapse from {synapse.pre.name!r} to {synapse.post.name!r} must be "
            f"finite (got {weights[wrong[0]]})"
        )


def _fitting_units(network: Network) -> dict[str, Any]:
    """Return scalers and classes, unless the neurons have changed since they were set."""
    where = f"network {network.name!r}: "
    scalers = {
        "input_scaler": (network.input_scaler, network.inputs, "input neuron"),
        "output_scaler": (network.output_scaler, network.outputs, "output neuron"),
    }
    fitting: dict[str, Any] = {
        key: units.checked_scaler(scaler, neurons, where + key, unit)
        for key, (scaler, neurons, unit) in scalers.items()
    }
    classes = units.checked_classes(network.classes, len(network.outputs), where + "classes")
    if classes is not None:
        fitting["classes"] = tuple(_label(label, where + "classes") for label in classes)
    return fitting


def _label(label: Any, where: str) -> Any:
    """Return a class label as what a file can hold, or refuse it."""
    if isinstance(label, (np.bool_, np.integer, np.floating, np.str_)):
        label = label.item()
    if type(label) not in LABELS:
        raise InvalidTypeError(
            f"{where} must be text, numbers or bools to go into a file (got {label!r})"
        )
    if isinstance(label, float) and not np.isfinite(label):
        raise InvalidValueError(f"{where} must be finite (got {label!r})")
    if isinstance(label, int) and label.bit_length() > LABEL_BITS:
        raise InvalidValueError(
            f"{where} must have {LABEL_BITS} bits at most (got {label.bit_length()} bits)"
        )
    return label


# -- and back ----------------------------------------------------------------------------------


def network_of(parts: Parts) -> Network:
    """Return the network that has these parts, checked in every respect.

    Its `Network.parameters` are in order of creation.

    Raises
    ------
    FormatError
        Where the parts do not make a network: columns of another length or kind, numbers out of
        range, values that are not finite, a name twice, an activation that is not known, an input
        neuron with an activation, a bias or a synapse into it, a layer that is no stretch of
        neurons of one role, a part of a softmax layer, a pair connected twice or to itself, a
        cycle, scalers and classes that do not fit. The neuron, synapse or layer is named.
    """
    known = _checked(parts)
    with _refused():
        network = _with_neurons(parts, known)
        network.connect_pairs(parts.pre, parts.post, weight=parts.weight)
        refuse_cycle(network)
        network.input_scaler = parts.input_scaler
        network.output_scaler = parts.output_scaler
        if parts.classes is not None:
            network.classes = [_label(label, "classes") for label in parts.classes]
    return network


def _with_neurons(parts: Parts, known: list[Activation]) -> Network:
    columns = Columns(float_dtype(parts.dtype, "dtype"))
    columns.add_neurons(parts.role, parts.layer, parts.activation, parts.bias)  # type: ignore[arg-type]
    network = Network(parts.name, columns.dtype)
    network.__setstate__(
        {
            "name": parts.name,
            "columns": columns,
            "activations": known,
            "neurons": parts.neurons,
            "layers": list(zip(parts.layers, _members(parts), strict=True)),
            "units": (None, None, None),
        }
    )
    return network


def _members(parts: Parts) -> Iterator[IntArray]:
    """Yield the numbers of the neurons of each layer."""
    numbers, start = np.arange(len(parts.layer), dtype=np.int32), _starts(parts)
    end = start + lengths(start, len(numbers))
    inside = parts.layer[start] != NO_LAYER
    for first, last in zip(start[inside].tolist(), end[inside].tolist(), strict=True):
        yield numbers[first:last]


@contextmanager
def _refused() -> Iterator[None]:
    """Have what the model refuses be an error of the file."""
    try:
        yield
    except NeurosimError as error:
        raise FormatError(str(error)) from error


# -- what is checked before there is a network ---------------------------------------------------


def _checked(parts: Parts) -> list[Activation]:
    """Refuse neurons and layers that cannot be; return the activations."""
    _check_names(parts)
    with _refused():
        limit = float(np.finfo(float_dtype(parts.dtype, "dtype")).max)
        known = [activations.get(name) for name in parts.activations]
    _check_columns(parts)
    _check_ranges(parts)
    _check_inputs(parts)
    _check_biases(parts, limit)
    _check_layers(parts)
    _check_over_layer(parts, known)
    return known


def _check_names(parts: Parts) -> None:
    names = [*parts.neurons, *parts.layers]
    for name in (parts.name, *names, *parts.activations):
        if not isinstance(name, str) or not name:
            raise FormatError(f"names must be texts, and not empty (got {shown(name)})")
    _check_text(parts, FormatError)
    if len(set(names)) != len(names):
        twice = Counter(names).most_common(1)[0][0]
        raise FormatError(f"the name {twice!r} must be that of one neuron or layer (got two)")
    if len(set(parts.activations)) != len(parts.activations):
        raise FormatError(f"activations must be listed once each (got {shown(parts.activations)})")


def _check_text(parts: Parts, error: type[NeurosimError]) -> None:
    """Refuse halves of surrogate pairs, which Python strings may hold and no encoding can.

    Messages repeat names, so they must not be too long either.
    """
    labels = [label for label in parts.classes or () if isinstance(label, str)]
    for texts in ((parts.name,), parts.neurons, parts.layers, parts.activations, labels):
        wrong = [text for text in texts if len(text) > LETTERS]
        if not is_unicode("".join(texts)):
            wrong = [text for text in texts if not is_unicode(text)]
        if wrong:
            raise error(
                f"names and classes must be Unicode text of at most {LETTERS} letters "
                f"to go into a file (got {shown(wrong[0])})"
            )


def is_unicode(text: str) -> bool:
    """Return whether a text holds no half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_columns(parts: Parts) -> None:
    n_neurons, n_synapses = len(parts.neurons), parts.pre.size
    for name in ("role", "activation", "layer"):
        _check_column(getattr(parts, name), name, n_neurons, "neuron", "iu")
    for name in ("pre", "post"):
        _check_column(getattr(parts, name), name, n_synapses, "synapse", "iu")
    _check_column(parts.bias, "bias", n_neurons, "neuron", "f")
    _check_column(parts.weight, "weight", n_synapses, "synapse", "f")


def _check_column(array: Any, name: str, count: int, unit: str, kinds: str) -> None:
    if array.shape != (count,) or array.dtype.kind not in kinds:
        kind = "whole numbers" if kinds == "iu" else "floats"
        raise FormatError(
            f"{name} must be {count} {kind}, one per {unit} (got shape {array.shape} and dtype "
            f"{array.dtype})"
        )


def _check_ranges(parts: Parts) -> None:
    def check(name: str, low: int, count: int, at: Callable[[int], str]) -> None:
        column = getattr(parts, name)
        wrong = np.flatnonzero((column < low) | (column >= count))
        if len(wrong):
            raise FormatError(
                f"{at(int(wrong[0]))}: {name} must be from {low} to {count - 1} "
                f"(got {column[wrong[0]]})"
            )

    neuron = partial(_at, parts)
    check("role", 0, len(ROLES), neuron)
    check("activation", NO_ACTIVATION, len(parts.activations), neuron)
    check("layer", NO_LAYER, len(parts.layers), neuron)
    check("pre", 0, len(parts.neurons), "synapse {}".format)
    check("post", 0, len(parts.neurons), "synapse {}".format)


def _at(parts: Parts, neuron: Any) -> str:
    return f"neuron {neuron} {parts.neurons[int(neuron)]!r}"


def _check_inputs(parts: Parts) -> None:
    is_input = parts.role == INPUT
    for what, given in (
        ("activation", parts.activation != NO_ACTIVATION),
        ("bias", ~np.isnan(parts.bias)),
    ):
        wrong = np.flatnonzero(is_input & given)
        if len(wrong):
            raise FormatError(f"{_at(parts, wrong[0])} is an input neuron and has no {what}")
    wrong = np.flatnonzero(~is_input & (parts.activation == NO_ACTIVATION))
    if len(wrong):
        raise FormatError(f"{_at(parts, wrong[0])} is no input neuron and must have an activation")


def _check_biases(parts: Parts, limit: float) -> None:
    wrong = np.flatnonzero(np.abs(parts.bias) > limit)  # no bias is NaN, and never larger
    if len(wrong):
        raise FormatError(
            f"{_at(parts, wrong[0])}: bias must be finite as {np.dtype(parts.dtype)} "
            f"(got {parts.bias[wrong[0]]})"
        )


def _check_layers(parts: Parts) -> None:
    """Refuse layers that are no stretches of neurons of one role, each after the last."""
    runs = parts.layer[_starts(parts)]
    runs = runs[runs != NO_LAYER]
    n_layers = len(parts.layers)
    if len(runs) != n_layers or (runs != np.arange(n_layers)).any():
        wrong = next((i for i, run in enumerate(runs.tolist()) if run != i), len(runs))
        name = parts.layers[min(wrong, n_layers - 1)]
        raise FormatError(
            f"layer {name!r} must hold neurons that follow each other, at least one, and begin "
            "after the layer before it"
        )
    same = (parts.layer[1:] == parts.layer[:-1]) & (parts.layer[1:] != NO_LAYER)
    wrong_role = np.flatnonzero(same & (parts.role[1:] != parts.role[:-1]))
    if len(wrong_role):
        layer = parts.layers[int(parts.layer[wrong_role[0]])]
        raise FormatError(
            f"{_at(parts, wrong_role[0] + 1)} must have the role of its layer {layer!r}"
        )


def _starts(parts: Parts) -> IntArray:
    """Return where stretches of neurons of one layer, or of none, begin."""
    return boundaries(parts.layer) if len(parts.layer) else np.empty(0, np.intp)


def _check_over_layer(parts: Parts, known: Sequence[Activation]) -> None:
    """Refuse a softmax that is not that of a whole layer."""
    over = np.array([*(one.over_layer for one in known), False])[parts.activation]
    alone = np.flatnonzero(over & (parts.layer == NO_LAYER))
    if len(alone):
        kind = parts.activations[int(parts.activation[alone[0]])]
        raise FormatError(f"{_at(parts, alone[0])}: {kind} belongs to a whole layer (got none)")
    same = (parts.layer[1:] == parts.layer[:-1]) & (over[1:] | over[:-1])
    mixed = np.flatnonzero(same & (parts.activation[1:] != parts.activation[:-1]))
    if len(mixed):
        layer = parts.layers[int(parts.layer[mixed[0]])]
        raise FormatError(
            f"{_at(parts, mixed[0] + 1)}: softmax belongs to a whole layer, and layer {layer!r} "
            "mixes it with others"
        )
