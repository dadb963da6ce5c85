"""``neurosim train``: learn from a table, as a recipe tells."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from attrs import frozen

import neurosim as ns
from neurosim.command_line.files import columns_of, network_from, table_from
from neurosim.command_line.recipe import (
    Recipe,
    Shape,
    cost_of,
    initializer_of,
    metrics_of,
    recipe_from,
    rule_of,
    scaler_of,
    shaping_of,
)
from neurosim.errors import InvalidValueError
from neurosim.io.whole import write_text, write_whole

SHORT = "train a network on a CSV table, as a TOML recipe tells"
LONG = """\
Train a network on a table. The folder NAME, called like the recipe NAME.toml, gets the trained
network (network.neurosim), what was recorded (history.csv) and its curves (history.png)."""
EXAMPLES = """\
a recipe, wages.toml:
  [data]
  file = "wages.csv"                # beside the recipe; or give one on the command line
  inputs = ["educ", "exper"]
  outputs = ["wage"]                # numbers; for classes: label = "species"
  test = 0.25                       # the share of the rows that is kept to validate on

  [network]
  hidden = [8, 4]
  activation = "tanh"

  [train]
  rule = { name = "Adam", learning_rate = 0.01 }
  epochs = 500
  patience = 20                     # early stopping

examples:
  neurosim train wages.toml
  neurosim train wages.toml people.csv --output trained

All that a recipe can say is in docs/command-line.md.
"""


@frozen
class Problem:
    """What is learned: the rows to train on, and those to validate on."""

    X: Any
    y: Any
    X_test: Any
    y_test: Any


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("recipe", metavar="RECIPE", help="a TOML file")
    parser.add_argument("table", metavar="TABLE", nargs="?", help="a CSV file")
    parser.add_argument("--output", metavar="FOLDER", help="where to write; NAME unless told")
    parser.add_argument("--quiet", action="store_true", help="no progress bar, no report")


def run(asked: argparse.Namespace) -> None:
    """Train, write, and tell."""
    recipe = recipe_from(asked.recipe)
    problem = _problem(recipe, asked.table)
    net = _network(recipe, problem)
    history = _trained(recipe, net, problem, progress=not asked.quiet)
    folder = Path(asked.output or Path(asked.recipe).with_suffix(""))
    folder.mkdir(parents=True, exist_ok=True)
    written = _write(folder, net, history)
    if not asked.quiet:
        print(f"{net!r}, {len(problem.X)} rows to train on, {len(problem.X_test)} to validate on")
        print(f"{history.epochs} epochs, the last of them:")
        width = max(map(len, history))
        for name, value in history.last().items():
            print(f"  {name:{width}}  {value:.6g}")
        print("written:", ", ".join(map(str, written)))


def _problem(recipe: Recipe, table: str | None) -> Problem:
    data = recipe.data
    if table is None and data.file is None:
        raise InvalidValueError(
            "there is no table to learn from; give one after the recipe, or as [data] file"
        )
    path = Path(table) if table is not None else recipe.folder / str(data.file)
    rows = table_from(path)
    X = columns_of(rows, data.inputs, path)
    if data.label is None:
        y, labels = columns_of(rows, data.outputs, path), None
    else:
        y = labels = columns_of(rows, [data.label], path)[data.label].to_numpy()
    X, X_test, y, y_test = ns.split(X, y, test=data.test, seed=data.seed, stratify=labels)
    return Problem(X, y, X_test, y_test)


def _network(recipe: Recipe, problem: Problem) -> ns.Network:
    """Return the network that is trained: from a file, or a new one."""
    shape, data = recipe.network, recipe.data
    if shape.file is not None:
        return network_from(str(recipe.folder / shape.file))
    classes = None if data.label is None else np.unique(problem.y).tolist()
    outputs = data.outputs if classes is None else [str(one) for one in classes]
    activation = shape.output_activation or ("identity" if classes is None else "softmax")
    net = _layers(shape, data.inputs, outputs, activation)
    net.initialize(initializer_of(shape), seed=shape.seed)
    net.input_scaler = scaler_of(shape.scale_inputs, problem.X, "scale_inputs")
    if classes is None:
        net.output_scaler = _output_scaler(shape, problem.y, activation)
    else:
        net.classes = classes
    return net


def _layers(shape: Shape, inputs: list[str], outputs: list[str], activation: str) -> ns.Network:
    net = ns.Network(shape.name, shape.dtype)
    layers = [net.add_layer(inputs, role="input", name="inputs")]
    for number, size in enumerate(shape.hidden):
        of_hidden = shape.activation
        if isinstance(of_hidden, list):
            if len(of_hidden) != len(shape.hidden):
                raise InvalidValueError(
                    f"[network] activation must be one, or one for each of {len(shape.hidden)} "
                    f"hidden layers (got {len(of_hidden)})"
                )
            of_hidden = of_hidden[number]
        name = f"hidden{number + 1}" if len(shape.hidden) > 1 else "hidden"
        layers.append(net.add_layer(size, activation=of_hidden, name=name))
    taken = {name for name in outputs if name in net}
    names = [f"{name} (output)" if name in taken else name for name in outputs]
    layers.append(net.add_layer(names, activation=activation, role="output", name="outputs"))
    for number, post in enumerate(layers[1:]):
        skipped = layers[:number] if shape.skips == "all" else []
        for pre in (*skipped, layers[number]):
            net.connect(pre, post)
    return net


def _output_scaler(shape: Shape, y: Any, activation: str) -> Any:
    """Return what brings numbers into the reach of the output neurons."""
    if shape.scale_outputs is not None:
        return scaler_of(shape.scale_outputs, y, "scale_outputs")
    reach = {"sigmoid": (0.05, 0.95), "tanh": (-0.9, 0.9)}.get(activation)
    return ns.standardize(y) if reach is None else ns.rescale(y, *reach)


def _trained(
    recipe: Recipe, net: ns.Network, problem: Problem, *, progress: bool
) -> ns.History:
    train = recipe.train
    callbacks = []
    if train.patience is not None:
        callbacks.append(ns.callbacks.EarlyStopping("val_cost", train.patience))
    history: ns.History = ns.train(
        net,
        problem.X,
        problem.y,
        rule=rule_of(train),
        cost=cost_of(train, has_classes=recipe.data.label is not None),
        epochs=train.epochs,
        batch_size=train.batch_size,
        seed=train.seed,
        validation=(problem.X_test, problem.y_test),
        metrics=metrics_of(train),
        callbacks=callbacks,
        progress=progress,
        **shaping_of(train),
    )
    return history


def _write(folder: Path, net: ns.Network, history: ns.History) -> list[Path]:
    from neurosim import plot

    paths = [folder / name for name in ("network.neurosim", "history.csv", "history.png")]
    ns.save(net, paths[0])
    write_text(paths[1], history.to_frame().to_csv())
    figure: Any = plot.training_curve(history).get_figure()
    write_whole(
        paths[2], lambda file: figure.savefig(file, format="png", bbox_inches="tight", dpi=150)
    )
    return paths
