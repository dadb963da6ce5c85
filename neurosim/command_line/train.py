"""``neurosim train``: learn from a table, as a recipe tells."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

import neurosim as ns
from neurosim.command_line.networks import (
    given_network,
    learn_classes,
    neuron_names,
    new_classes,
    new_network,
    scale,
)
from neurosim.command_line.outputs import output_folder, write_outputs
from neurosim.command_line.recipe import (
    Data,
    Recipe,
    cost_of,
    metrics_of,
    recipe_from,
    rule_of,
    shaping_of,
)
from neurosim.command_line.tables import COUNTED, Table, table_from
from neurosim.door import Door
from neurosim.errors import InvalidValueError, NeurosimError, TrainingInterrupted, about
from neurosim.frames import require_pandas
from neurosim.training.default_cost import chosen_cost

SHORT = "train a network on a CSV table, as a TOML recipe tells"
LONG = """\
Train a network on a table. The folder NAME, called like the recipe NAME.toml, gets the trained
network (network.neurosim), what was recorded (history.csv), its curves (history.png) and a copy of
the recipe. After Ctrl-C it gets them, too: the network is then that of the last whole step, or of
the best epoch where the recipe has a patience."""
EXAMPLES = """\
a recipe, wages.toml:
  [data]
  file = "wages.csv"                # beside the recipe; or give one on the command line
  inputs = ["educ", "exper"]
  outputs = ["wage"]                # numbers; for classes: label = "species"
  test = 0.25                       # the share of the rows that is kept to validate on, or 0

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


@frozen(eq=False)
class Examples:
    """What is learned from a table: frames, or an array of labels as y."""

    X: Any
    y: Any
    labels: NDArray[Any] | None
    rows: NDArray[np.int64]


@frozen(eq=False)
class Problem:
    """The rows to train on, and those to validate on, if any are kept."""

    X: Any
    y: Any
    validation: tuple[Any, Any] | None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("recipe", metavar="RECIPE", help="a TOML file")
    parser.add_argument("table", metavar="TABLE", nargs="?", help="a CSV file")
    parser.add_argument("--output", metavar="FOLDER", help="where to write; NAME by default")
    parser.add_argument("--quiet", action="store_true", help="no progress bar, no report")


def run(asked: argparse.Namespace) -> None:
    """Train, write, and tell."""
    recipe = recipe_from(asked.recipe)
    text = Path(asked.recipe).read_bytes()
    folder = output_folder(asked.recipe, asked.output)
    net, examples = _examples(recipe, _table(recipe, asked.table))
    problem = _problem(recipe.data, examples)
    stopping = _stopping(recipe)
    try:
        with about(asked.recipe):
            numbers = None if examples.labels is not None else problem.y
            scale(net, recipe.network, problem.X, numbers)
            cost = cost_of(recipe.train)
            _require_targets(net, recipe, cost, examples)
            history = _trained(recipe, net, problem, cost, stopping, progress=not asked.quiet)
    except TrainingInterrupted as stop:
        written = write_outputs(folder, text, net, stop.history)
        raise KeyboardInterrupt(f"{stop}; written: {', '.join(map(str, written))}") from stop
    written = write_outputs(folder, text, net, history)
    if not asked.quiet:
        _report(net, problem, history, stopping)
        print("written:", ", ".join(map(str, written)))


# -- data --------------------------------------------------------------------------------------


def _table(recipe: Recipe, given: str | None) -> Table:
    data = recipe.data
    require_pandas("neurosim train")
    if given is None and data.file is None:
        raise InvalidValueError(
            "there is no table to learn from; give one after the recipe, or as [data] file"
        )
    path = Path(given) if given is not None else recipe.folder / str(data.file)
    return table_from(path, [*data.inputs, *data.outputs], data.label)


def _examples(recipe: Recipe, table: Table) -> tuple[ns.Network, Examples]:
    """Return the network that is trained, and what it learns, its columns called like neurons."""
    data, is_new = recipe.data, recipe.network.file is None
    n_inputs = len(data.inputs)
    if data.label is None:
        net = new_network(recipe, None) if is_new else given_network(recipe)
        if net.classes is not None:
            raise InvalidValueError(
                "[data] outputs: the outputs of the network stand for classes; name the column "
                'of classes as label = "..."'
            )
        numbers, labels = table.numbers[:, n_inputs:], None
        y = _frame(numbers, net.outputs, data.outputs, "[data] outputs", is_new)
    else:
        classes = new_classes(table, data.label) if is_new else None
        net = new_network(recipe, classes) if is_new else given_network(recipe)
        found = table.labels() if is_new else learn_classes(net, table, data.label)
        y = labels = np.array(found)
    numbers = table.numbers[:, :n_inputs]
    X = _frame(numbers, net.inputs, data.inputs, "[data] inputs", is_new)
    return net, Examples(X, y, labels, table.rows)


def _frame(numbers: Any, neurons: Any, columns: list[str], where: str, is_new: bool) -> Any:
    """Return columns as a frame in which they are called like neurons."""
    names = [neuron.name for neuron in neurons]  # of a new network, in the order of the columns
    if not is_new:
        names = neuron_names(neurons, columns, where)
    return require_pandas("neurosim train").DataFrame(numbers, columns=names)


def _problem(data: Data, examples: Examples) -> Problem:
    X, y, n = examples.X, examples.y, len(examples.rows)
    if not data.test:
        return Problem(X, y, None)
    kept = data.test if isinstance(data.test, int) else round(data.test * n)
    if not 0 < kept < n:
        raise InvalidValueError(
            f"[data] test must keep at least one of {n} rows, and leave one to train on (got "
            f"{data.test}, which keeps {kept})"
        )
    X, X_test, y, y_test = ns.split(
        X, y, test=int(kept), seed=data.seed, stratify=examples.labels
    )
    return Problem(X, y, (X_test, y_test))


def _require_targets(net: ns.Network, recipe: Recipe, cost: Any, examples: Examples) -> None:
    """Refuse targets that cannot be reached while the rows still stand as in the table."""
    rule, door = rule_of(recipe.train), Door(net)
    program = ns.compile(net, engine="numpy")
    chosen = chosen_cost(cost, rule, program, door, examples.y)
    targets = door.targets(examples.y)
    try:
        rule.check_targets(program, chosen, targets)
    except NeurosimError as error:
        rows = re.sub(r"\brow (\d+)", lambda at: f"row {examples.rows[int(at[1])]}", str(error))
        names = [neuron.name for neuron in net.outputs]
        text = re.sub(r"\bcolumn (\d+)", lambda at: f"column {names[int(at[1])]!r}", rows)
        units = "" if net.output_scaler is None else "; the recipe scales what it is given"
        remedy = "say another [train] cost, or another output_activation in [network]"
        remedy = "" if _is_for_one_layer(rule) else f"; {remedy}"
        raise InvalidValueError(f"{text}{units}; {COUNTED}{remedy}") from error


# -- training ----------------------------------------------------------------------------------


def _is_for_one_layer(rule: Any) -> bool:
    return isinstance(rule, (ns.PerceptronRule, ns.DeltaRule))


def _stopping(recipe: Recipe) -> Any:
    train = recipe.train
    if train.patience is None:
        return None
    counts_errors = isinstance(rule_of(train), ns.PerceptronRule)
    return ns.callbacks.EarlyStopping("val_errors" if counts_errors else "val_cost", train.patience)


def _trained(
    recipe: Recipe, net: ns.Network, problem: Problem, cost: Any, stopping: Any, *, progress: bool
) -> ns.History:
    train = recipe.train
    history: ns.History = ns.train(
        net,
        problem.X,
        problem.y,
        rule=rule_of(train),
        cost=cost,
        epochs=train.epochs,
        batch_size=train.batch_size,
        seed=train.seed,
        validation=problem.validation,
        metrics={metric.__name__: _naming_itself(metric) for metric in metrics_of(train)},
        callbacks=[] if stopping is None else [stopping],
        progress=progress,
        **shaping_of(train),
    )
    return history


def _naming_itself(metric: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Return a metric whose refusals say which one it is."""

    def measure(targets: Any, outputs: Any) -> Any:
        with about(f"[train] metrics: {metric.__name__}"):
            return metric(targets, outputs)

    return measure


def _report(net: ns.Network, problem: Problem, history: ns.History, stopping: Any) -> None:
    """Print what was trained, and how good the network is that was kept."""
    kept = "none" if problem.validation is None else len(problem.validation[0])
    print(f"{net!r}, {len(problem.X)} rows to train on, {kept} to validate on")
    row = history.last()
    if not history.epochs:
        print("0 epochs")
    elif stopping is None:
        print(f"{history.epochs} epochs, the last of them:")
    else:
        best = stopping.best_epoch
        row = {name: values[best] for name, values in history.items()}
        print(f"{history.epochs} epochs; the network is that of epoch {best}, the best of them:")
    width = max(map(len, history))
    for name, value in row.items():
        print(f"  {name:{width}}  {value:.6g}")
