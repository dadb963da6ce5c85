"""The network that a recipe speaks of: a new one, or one from a file with what the recipe changes.

Columns and classes keep their names; layers get names that none of these has.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import neurosim as ns
from neurosim.command_line.files import network_from
from neurosim.command_line.recipe import (
    Recipe,
    Shape,
    initializer_of,
    rule_of,
    scaler_by,
    scaler_of,
)
from neurosim.command_line.tables import Table, listed, number_in
from neurosim.command_line.values import as_toml
from neurosim.errors import InvalidValueError, about

# Where targets are brought to for each activation; for others they are standardized.
REACH = {
    "sigmoid": (0.05, 0.95),
    "tanh": (-0.9, 0.9),
    "sine": (-0.9, 0.9),
    "gaussian": (0.05, 0.95),
    "relu": (0.0, 1.0),
    "softplus": (0.05, 1.0),
}
UNSCALED = ("threshold", "step", "softmax")  # whose targets mean what they are


# -- new networks ------------------------------------------------------------------------------


def new_network(recipe: Recipe, classes: list[Any] | None) -> ns.Network:
    """Return a network in layers, with its first weights."""
    shape, data = recipe.network, recipe.data
    outputs = data.outputs if classes is None else [str(one) for one in classes]
    activation = shape.output_activation or _output_activation(recipe, classes)
    net = _layers(shape, data.inputs, outputs, activation)
    net.initialize(initializer_of(shape), seed=shape.seed)
    if classes is not None:
        net.classes = classes
    return net


def _output_activation(recipe: Recipe, classes: list[Any] | None) -> str:
    """Return what output neurons are unless the recipe says it: what its rule can train."""
    rule = rule_of(recipe.train)
    counts_errors = isinstance(rule, ns.PerceptronRule)
    if counts_errors or (classes is not None and isinstance(rule, ns.DeltaRule)):
        return "threshold"
    return "identity" if classes is None else "softmax"


def _layers(shape: Shape, inputs: list[str], outputs: list[str], activation: str) -> ns.Network:
    net = ns.Network(shape.name, shape.dtype)
    names = _output_names(outputs, inputs)
    taken = {*inputs, *names}
    layers = [net.add_layer(inputs, role="input", name=_free("inputs", taken))]
    for number, size in enumerate(shape.hidden):
        several = isinstance(shape.activation, list)
        of_hidden = shape.activation[number] if several else shape.activation
        name = f"hidden{number + 1}" if len(shape.hidden) > 1 else "hidden"
        layers.append(net.add_layer(size, activation=of_hidden, name=_free(name, taken)))
    name = _free("outputs", taken)
    layers.append(net.add_layer(names, activation=activation, role="output", name=name))
    for number, post in enumerate(layers[1:]):
        skipped = layers[:number] if shape.skips == "all" else []
        for pre in (*skipped, layers[number]):
            net.connect(pre, post)
    return net


def _output_names(outputs: list[str], inputs: list[str]) -> list[str]:
    """Return names of the output neurons: those of the columns, but for what is an input, too."""
    taken, names = {*inputs, *outputs}, []
    for name in outputs:
        names.append(_free(f"{name} (output)", taken) if name in inputs else name)
        taken.add(names[-1])
    return names


def _free(name: str, taken: Iterable[str]) -> str:
    """Return a name that neither it nor, with a number behind it, a neuron of its layer shares."""
    while any(one == name or one.startswith(f"{name}[") for one in taken):
        name += "_"
    return name


# -- networks from files -----------------------------------------------------------------------


def given_network(recipe: Recipe) -> ns.Network:
    """Return the network in the recipe's file; what the recipe says besides is applied to it."""
    shape = recipe.network
    path = recipe.folder / str(shape.file)
    net = network_from(path)
    with about(f"[network] file {path}"):
        for neurons, role in ((net.inputs, "input"), (net.outputs, "output")):
            if not neurons:
                raise InvalidValueError(f"the network has no {role} neurons")
        net = _changed(net, shape)
        if "initializer" in shape.written:
            net.initialize(initializer_of(shape), seed=shape.seed)
        elif len(net.synapses) and not net.synapses.weight.any() and _has_hidden(net):
            raise InvalidValueError(
                "all weights are 0, from which hidden neurons learn nothing; say initializer = "
                '"LeCun", or another, which draws the first weights'
            )
    return net


def _has_hidden(net: ns.Network) -> bool:
    return any(neuron.role == "hidden" for neuron in net.neurons)


def _changed(net: ns.Network, shape: Shape) -> ns.Network:
    """Return a network with the name, the dtype and the activations that a recipe names."""
    if "name" in shape.written:
        net.name = shape.name
    if "dtype" in shape.written:
        net = net.copy(dtype=shape.dtype)
    wanted = {
        role: getattr(shape, one)
        for role, one in (("hidden", "activation"), ("output", "output_activation"))
        if one in shape.written
    }
    return _activated(net, wanted) if wanted else net


def _activated(net: ns.Network, wanted: dict[str, str]) -> ns.Network:
    """Return a network whose neurons of some roles have other activations."""
    graph = net.to_networkx()
    for neuron in net.neurons:
        if neuron.role in wanted:
            graph.nodes[neuron.name]["activation"] = wanted[neuron.role]
    order = list(graph)
    layers = {neuron.layer for neuron in net.outputs}
    if wanted.get("output") == "softmax" and (len(layers) > 1 or None in layers):
        last = [neuron.name for neuron in net.outputs]  # softmax belongs to a layer
        order = [*(name for name in order if name not in {*last}), *last]
        title = _free("outputs", order + [layer.name for layer in net.layers])
        for name in last:
            graph.nodes[name]["layer"] = title
    result = ns.topologies.from_networkx(graph, order=order, name=net.name, dtype=net.dtype)
    result.input_scaler, result.output_scaler = net.input_scaler, net.output_scaler
    result.classes = net.classes
    return result


def neuron_names(neurons: Sequence[Any], columns: list[str], where: str) -> list[str]:
    """Return which neuron each column belongs to: that of its name, or if none has it, in order.

    The latter is said, since nobody can see it; a part of the names without the others is refused.
    """
    names = [neuron.name for neuron in neurons]
    if {*names} == {*columns}:
        return columns
    unit = f"{neurons[0].role} neurons"
    if len(names) != len(columns) or {*names} & {*columns}:
        raise InvalidValueError(
            f"{where} must be the columns that the network's {unit} are called like, "
            f"{listed(names)} (got {listed(columns)})"
        )
    warnings.warn(
        f"{where}: the columns {listed(columns)} go to the {unit} {listed(names)}, in this order, "
        "since none is called like one",
        ns.errors.NeurosimWarning,
        stacklevel=2,
    )
    return names


# -- units and classes -------------------------------------------------------------------------


def scale(net: ns.Network, shape: Shape, X: Any, y: Any | None) -> None:
    """Give a network the scalers of a recipe, from columns to learn from; y only if numbers.

    A network from a file keeps its own where the recipe names none.
    """
    is_new = shape.file is None
    if is_new or "scale_inputs" in shape.written:
        net.input_scaler = scaler_of(shape.scale_inputs, X, "[network] scale_inputs")
    if y is not None and "scale_outputs" in shape.written:
        net.output_scaler = scaler_of(str(shape.scale_outputs), y, "[network] scale_outputs")
    elif y is not None and is_new:
        net.output_scaler = _output_scaler(y, str(net.outputs[0].activation))


def _output_scaler(y: Any, activation: str) -> Any:
    """Return what brings numbers into the reach of the output neurons."""
    if activation in UNSCALED:
        return None
    reach = REACH.get(activation)
    make = ns.standardize if reach is None else partial(ns.rescale, low=reach[0], high=reach[1])
    return scaler_by(make, y, "[network] scale_outputs")


def new_classes(table: Table, column: str) -> list[Any]:
    """Return the sorted classes of a table's labels."""
    labels = table.labels()
    classes = sorted({*labels})
    if len(classes) < 2:
        raise InvalidValueError(
            f"{table.path}: column {column!r} must hold two classes or more (got {listed(classes)})"
        )
    if isinstance(classes[0], str) and None not in map(number_in, classes):
        warnings.warn(
            f"{table.path}: column {column!r} holds numbers, of which each of {len(classes)} is a "
            "class of its own; numbers to learn are named in [data] outputs",
            ns.errors.NeurosimWarning,
            stacklevel=2,
        )
    return classes


def learn_classes(net: ns.Network, table: Table, column: str) -> list[Any]:
    """Return the labels of a table for a network from a file, which has their classes then."""
    if net.output_scaler is not None:
        raise InvalidValueError(
            "[data] label: the outputs of the network are numbers with units; name the columns "
            "to learn as outputs = [...]"
        )
    labels = table.labels(as_text=any(isinstance(one, str) for one in net.classes or ()))
    if net.classes is None:
        net.classes = _classes_for(net, labels, column)
    for row, label in zip(table.rows.tolist(), labels, strict=True):
        if label not in net.classes:
            raise InvalidValueError(
                f"{table.path}: row {row} of column {column!r} must be one of the network's "
                f"classes, {listed(net.classes)} (got {as_toml(label)})"
            )
    return labels


def _classes_for(net: ns.Network, labels: list[Any], column: str) -> list[Any]:
    """Return classes for the outputs of a network: those that they are called like, or sorted."""
    names, classes = [neuron.name for neuron in net.outputs], sorted({*labels})
    by_name = {str(one): one for one in classes}
    if len(names) > 1 and {*by_name} <= {*names}:
        if {*by_name} == {*names}:
            return [by_name[name] for name in names]
        if isinstance(classes[0], str):
            return names
    if len(classes) != max(2, len(names)):
        raise InvalidValueError(
            f"[data] label: the network has outputs for {max(2, len(names))} classes, and column "
            f"{column!r} holds {len(classes)}: {listed(classes)}"
        )
    return classes
