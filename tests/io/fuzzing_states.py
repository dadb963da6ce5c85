"""Checkpoints, histories, scalers and recipes damaged and forged, and what reading them leads to.

``python -m tests.io.fuzzing_states 10000`` (or ``make fuzz``) reads so many mutants of good files.
Each must be refused by a `NeurosimError`, and then leave everything as it was, or be taken over:
the training goes on from it, the history can be saved again, the scaler scales.
"""

import argparse
import contextlib
import copy
import io
import itertools
import json
import re
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

import neurosim as ns
from neurosim.command_line import recipe as recipes
from neurosim.errors import DivergenceError, FormatError, NeurosimError, NeurosimWarning
from neurosim.io.tree import read_tree, write_tree
from neurosim.training.callbacks.checkpoint import VERSION
from tests.io import fuzzing
from tests.io.fuzzing import LOADED, REFUSED

COUNT = 10_000
SECONDS = 10.0  # in which a mutant must be dealt with

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(13, 3)), rng.uniform(size=(13, 2))
LABELS = np.where(Y > 0.5, 1.0, -1.0)
BATCHES = [(X[:5], Y[:5]), (X[5:9], Y[5:9]), (X[9:], Y[9:])]


class Averaged(ns.Rule):
    """A rule of somebody's own, which remembers an array."""

    def init(self, parameters):
        return {"mean": np.zeros_like(parameters)}

    def update(self, parameters, gradient, memory):
        memory["mean"] += 0.2 * (gradient - memory["mean"])
        parameters -= 0.1 * memory["mean"]


class Own(ns.callbacks.Callback):
    """A callback of somebody's own, which looks at nothing that it is given."""

    def __init__(self):
        self.seen = {}

    def on_epoch(self, run):
        self.seen = {"epochs": [run.epoch], "last": run.parameters[:2].copy(), "name": "own"}

    def state(self):
        return self.seen

    def restore(self, state):
        self.seen = {"epochs": [int(state["epochs"][0])], "last": state["last"] + 0.0}


class CrashError(Exception):
    """Ends a training in the middle."""


class CrashAt(ns.callbacks.Callback):
    """Ends a training after so many pauses, behind a checkpoint."""

    order = 2

    def __init__(self, pauses):
        self.left = pauses

    def on_pause(self, run):
        self.left -= 1
        if self.left < 0:
            raise CrashError


def layers(dtype="float64"):
    net = ns.topologies.layered([3, 4, 2], activation=["tanh", "sigmoid"], dtype=dtype)
    net.initialize(ns.initializers.Normal(), seed=0)
    return net


def thresholds():
    return ns.topologies.layered([3, 2], activation="threshold")


def all_callbacks():
    return [
        ns.callbacks.EarlyStopping("cost", patience=50), ns.callbacks.Snapshots(),
        ns.callbacks.Watch("output"), Own(),
    ]  # fmt: skip


def case(  # noqa: PLR0917 - as rows of a table
    engine, rule=None, make=layers, data=(X, Y), callbacks=list, pauses=7, **arguments
):
    """Return what makes a training, and after how many pauses it is to crash."""
    arguments = {"epochs": 6, "batch_size": 5, "seed": 3, **arguments}
    if rule is not None:
        arguments["rule"] = rule
    return {
        "engine": engine, "make": make, "data": data, "callbacks": callbacks, "pauses": pauses,
        "arguments": arguments,
    }  # fmt: skip


RULES = {
    "descent": ns.GradientDescent(0.1),
    "momentum": ns.GradientDescent(0.1, momentum=0.9),
    "adagrad": ns.Adagrad(0.1),
    "rmsprop": ns.RMSProp(0.01, momentum=0.5, centered=True),
    "adam": ns.Adam(ns.schedules.Cosine(0.1, 60, by="step")),
    "adamw": ns.AdamW(ns.schedules.OnPlateau(0.1, 0.5, 1, watch="cost")),
    "rprop": ns.Rprop(0.01),
}
LONE = {"rprop"}  # rules for full batches
FULL = {"batch_size": None, "pauses": 3}
CASES = {
    **{
        f"{name}, {engine}": case(engine, rule, **(FULL if name in LONE else {}))
        for (name, rule), engine in itertools.product(RULES.items(), ("numpy", "numba"))
    },
    "reference": case("reference", ns.Adam(0.1)),
    "float32": case("numba", ns.Adam(0.1), make=lambda: layers("float32"), pauses=9),
    "own rule": case("numba", Averaged()),
    "full batches": case("numba", ns.Adam(0.1), **FULL),
    "perceptron": case(
        "numba", ns.PerceptronRule(0.1), thresholds, (X, LABELS), batch_size=1, pauses=20
    ),
    "pocket": case(
        "numpy", ns.PerceptronRule(0.1, pocket=True), thresholds, (X, LABELS), batch_size=1,
        pauses=30,
    ),
    "damped": case("numpy", ns.LevenbergMarquardt(), batch_size=None, pauses=8),
    "stream, numpy": case("numpy", ns.Adam(0.1), data=(BATCHES,), batch_size=2),
    "stream, numba": case("numba", ns.Adam(0.1), data=(BATCHES,), batch_size=2, pauses=9),
    "whole batches of a stream": case("numba", ns.Adam(0.1), data=(BATCHES,), batch_size=None),
    "Mersenne": case("numba", seed=lambda: np.random.RandomState(3)),
    "Philox": case("numpy", seed=lambda: np.random.Generator(np.random.Philox(3))),
    "SFC": case("numba", seed=lambda: np.random.Generator(np.random.SFC64(3))),
    "in order": case("numba", shuffle=False),
    "noise": case("numba", dropout=0.3, input_noise=0.1, sample_weights=np.linspace(0, 2, 13)),
    "callbacks, numpy": case(
        "numpy", callbacks=all_callbacks, validation=(X, Y), metrics={"r": ns.metrics.r2}
    ),
    "callbacks, numba": case("numba", callbacks=all_callbacks, penalty=ns.L2(0.1), max_norm=3.0),
}


def train(name, path, *added, make=None, callbacks=None):
    """Train a case with a checkpoint, to the end or until it crashes."""
    given = CASES[name]
    arguments = dict(given["arguments"])
    if callable(arguments["seed"]):
        arguments["seed"] = arguments["seed"]()
    program = ns.compile((make or given["make"])(), engine=given["engine"])
    callbacks = [*(callbacks or given["callbacks"])(), *added]
    checkpoint = ns.callbacks.Checkpoint(path, seconds=0)
    with contextlib.suppress(CrashError):
        ns.train(program, *given["data"], callbacks=[*callbacks, checkpoint], **arguments)


def checkpoint_of(name, path):
    """Return the bytes of a good checkpoint, from the middle of a training."""
    path.unlink(missing_ok=True)
    with quick_pauses(), warnings.catch_warnings(action="ignore"):
        train(name, path, CrashAt(CASES[name]["pauses"]))
    return path.read_bytes()


@contextlib.contextmanager
def quick_pauses():
    """Have a training be looked at between all steps, which else happens every 50 ms."""
    from neurosim.training import compiled, compiled_steps, hooks

    seconds = [(hooks, "PAUSE_SECONDS")]
    seconds += [(module, "CALL_SECONDS") for module in (compiled, compiled_steps)]
    before = [getattr(*place) for place in seconds]
    try:
        for place in seconds:
            setattr(*place, 0.0)
        yield
    finally:
        for place, value in zip(seconds, before, strict=True):
            setattr(*place, value)


# -- what reading leads to -------------------------------------------------------------------


def outcome_of_checkpoint(name, path):
    """Return what going on from a checkpoint leads to: LOADED, REFUSED, or what is wrong."""
    net = CASES[name]["make"]()
    ns.compile(net)  # which arranges the parameters
    before, known = net.parameters.copy(), {}

    class Note(ns.callbacks.Callback):
        order = -9

        def on_begin(self, run):
            known["begun"] = True

    try:
        with warnings.catch_warnings(action="ignore"):
            train(name, path, Note(), make=lambda: net)
    except DivergenceError:
        return LOADED if known else "diverged before it began"
    except NeurosimError as error:
        if not np.array_equal(net.parameters, before):
            return f"refused, but the network has changed: {error}"
        return REFUSED if str(path) in str(error) else f"a message without place: {error}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    is_whole = np.isfinite(net.parameters).all()
    return LOADED if is_whole else "parameters that are not finite"


def outcome_of_history(path):
    """Return what loading a history leads to."""
    try:
        history = ns.History.load(path)
    except FormatError as error:
        return REFUSED if str(error).startswith(str(path)) else f"without place: {error}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    try:
        repr(history), history.last(), history.epochs
        history.save(path)
        again = ns.History.load(path)
        same = list(again) == list(history) and all(
            np.array_equal(again[name], history[name], equal_nan=True) for name in history
        )
    except Exception as error:
        return f"not saved again: {type(error).__name__}: {error}"
    return LOADED if same else "another history"


def outcome_of_scaler(text):
    """Return what making a scaler of what a file may hold leads to."""
    try:
        fields = json.loads(text)
        scaler = ns.Scaler(**fields) if isinstance(fields, dict) else ns.Scaler(fields, fields)
    except NeurosimError:
        return REFUSED
    except (ValueError, RecursionError):  # no JSON at all
        return REFUSED
    except TypeError as error:  # arguments of other names
        return REFUSED if "argument" in str(error) else f"TypeError: {error}"
    try:
        with warnings.catch_warnings(action="error"):
            scaler.transform(np.zeros((1, len(scaler))))
    except NeurosimError:
        pass
    except Exception as error:
        return f"not used: {type(error).__name__}: {error}"
    return LOADED


def outcome_of_recipe(path):
    """Return what reading a recipe, and making what it names, leads to."""
    try:
        with warnings.catch_warnings(action="ignore"):
            recipe = recipes.recipe_from(str(path))
            train, shape = recipe.train, recipe.network
            recipes.rule_of(train), recipes.shaping_of(train), recipes.metrics_of(train)
            recipes.cost_of(train)
            recipes.initializer_of(shape)
            recipes.scaler_of(shape.scale_inputs, X, "scale_inputs")
            ns.Network(shape.name, shape.dtype)
    except (NeurosimError, OSError):
        return REFUSED
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return LOADED


# -- mutants ---------------------------------------------------------------------------------


RECIPE = """\
[data]
inputs = ["study", "luck"]
outputs = ["wage"]
test = 0.25
seed = 1

[network]
name = "wages"
dtype = "float32"
hidden = [4, 3]
activation = ["tanh", "sigmoid"]
skips = "all"
initializer = { name = "Normal", std = 0.5 }
scale_inputs = "standardize"

[train]
rule = { name = "Adam", learning_rate = { schedule = "Cosine", start = 0.1, length = 10 } }
cost = { name = "Huber", threshold = 1.0 }
penalty = { name = "L2", strength = 0.1 }
clip = { name = "ClipNorm", limit = 1.0 }
max_norm = 2.0
epochs = 5
batch_size = 10
metrics = ["r2", "accuracy"]
patience = 3
"""
HISTORY = {
    "history": 1,
    "columns": {"cost": [0.5, 0.25, "inf"], "errors": [3, 2, 1], "r": ["nan", -0.5, 1e-300]},
}
SCALER = {"shift": [0.0, 1.5], "scale": [1.0, 1e-3], "names": ["a", "b"]}
WORDS = (
    '"a\\u0000b"', "true", "1e999", "-1", "inf", "nan", "[]", "{}", "[[1]]", '""', "9" * 30,
    "1979-05-27", "{ name = 3 }", '{ name = "Cosine" }', '","', "0", '"none"', "[1, 2]", "-0.5",
)  # fmt: skip
LEAVES = (
    None, True, -1, 0, 1, 2**31, 2**53, 2**63, 2**127, 10**39, 0.5, -0.0, 1e308, float("inf"),
    float("nan"), "", "PCG64", "\ud800", [], {}, [0], np.zeros(0), np.zeros(3), np.zeros((1, 1)),
    np.array(7), np.array(["a"]), np.array([True]), np.full(2, np.nan), np.zeros(1000),
)  # fmt: skip


class Mutator(fuzzing.Mutator):
    """Makes mutants of good states, each by one of the methods below: a kind, a name, bytes."""

    def __init__(self, seed, folder, cases=tuple(CASES)):
        self.rng = np.random.default_rng(seed)
        self.folder = folder
        self.checkpoints = {name: checkpoint_of(name, folder / "good") for name in cases}
        self.good = list(self.checkpoints.values())
        self.ways = {
            name: getattr(self, name)
            for name in vars(type(self))
            if not name.startswith("_") and name not in ("mutant", "good_ones")
        }

    # -- checkpoints -----------------------------------------------------------------------

    def checkpoint_bytes(self):
        name = self._one_of(list(self.checkpoints))
        data = self.checkpoints[name]
        kind = self._below(4)
        if kind == 0:
            return name, data[: self._below(len(data))]
        if kind == 1:
            return name, self._with_number(data, self._below)
        return name, self._flipped(data) if kind == 2 else self._one_of(self.good)

    def checkpoint_arrays(self):
        """Forge an array as `numpy.savez` writes it."""
        name = self._one_of(list(self.checkpoints))
        with np.load(io.BytesIO(self.checkpoints[name])) as file:
            arrays = dict(file)
        for _ in range(1 + self._below(2)):
            key = self._one_of(list(arrays))
            arrays[key] = self._forged(arrays[key])
        if self._seldom():
            arrays[self._one_of(["x", "1000", "tree"])] = np.zeros(3)
        file = io.BytesIO()
        (np.savez_compressed if self._seldom() else np.savez)(file, **arrays)
        return name, file.getvalue()

    def checkpoint_text(self):
        """Change the JSON of a checkpoint, with right checksums."""
        name = self._one_of(list(self.checkpoints))
        with np.load(io.BytesIO(self.checkpoints[name])) as file:
            arrays = dict(file)
        text = arrays["tree"].tobytes()
        for _ in range(1 + self._below(3)):
            first = self._below(len(text) + 1)
            last = first + self._below(20)
            token = self._one_of(fuzzing.TOKENS).encode("utf-8", "surrogatepass")
            text = text[:first] + token + text[last if self._coin() else first :]
        arrays["tree"] = np.frombuffer(text, np.uint8)
        file = io.BytesIO()
        np.savez(file, **arrays)
        return name, file.getvalue()

    def checkpoint_values(self):
        """Change leaves and keys of a checkpoint, which stays one in its form."""
        name = self._one_of(list(self.checkpoints))
        path = self.folder / "tree"
        path.write_bytes(self.checkpoints[name])
        tree = read_tree(path, VERSION)
        for _ in range(1 + self._below(3)):
            self._change_leaf(tree)
        write_tree(path, tree, VERSION)
        return name, path.read_bytes()

    # -- the rest --------------------------------------------------------------------------

    def history_values(self):
        tree = copy.deepcopy(HISTORY)
        for _ in range(1 + self._below(3)):
            self._change(tree)
        return "history", json.dumps(tree).encode()

    def history_text(self):
        return "history", self._retold(json.dumps(HISTORY).encode())

    def scaler_values(self):
        tree = copy.deepcopy(SCALER)
        for _ in range(1 + self._below(2)):
            self._change(tree)
        return "scaler", json.dumps(tree).encode()

    def scaler_text(self):
        return "scaler", self._retold(json.dumps(SCALER).encode())

    def recipe_values(self):
        """Change what stands behind an equals sign."""
        lines = RECIPE.splitlines()
        for _ in range(1 + self._below(3)):
            at = self._below(len(lines))
            key, sign, value = lines[at].partition(" = ")
            if sign and self._coin():
                lines[at] = f"{key} = {self._one_of(WORDS)}"
            elif sign:
                parts = re.split(r"(?<=[ ,\[=])", value)
                parts[self._below(len(parts))] = self._one_of(WORDS)
                lines[at] = f"{key} = {''.join(parts)}"
            else:
                lines[at] = self._one_of(["", "[data]", "[x]", "x = 1", "[[train]]"])
        return "recipe", "\n".join(lines).encode("utf-8", "surrogatepass")

    def recipe_text(self):
        return "recipe", self._retold(RECIPE.encode())

    # -- what they are made of -------------------------------------------------------------

    def _retold(self, text):
        for _ in range(1 + self._below(3)):
            first = self._below(len(text) + 1)
            last = first + self._below(20)
            if self._coin():
                text = self._flipped(text or b" ")
            else:
                token = self._one_of(fuzzing.TOKENS).encode("utf-8", "surrogatepass")
                text = text[:first] + token + text[last if self._coin() else first :]
        return text

    def _forged(self, array):
        """Return another array in the place of one."""
        kind = self._below(8)
        flat = array.ravel()
        if kind == 0:
            return np.resize(flat, self._one_of([0, 1, max(len(flat) - 1, 0), len(flat) + 1, 1000]))
        if kind == 1:
            types = ("f2", "f4", "f8", "i1", "i4", "i8", "u8", "?", "c16", "U3", ">f8", "S0")
            with warnings.catch_warnings(action="ignore"):  # of what does not fit
                return flat.astype(self._one_of(types)).reshape(array.shape)
        if kind == 2:
            return array.reshape(self._one_of([(1, *array.shape), (*array.shape, 1), -1]))
        if kind == 3:
            return np.asfortranarray(np.stack([array, array]))
        if not array.size:
            return np.zeros(self._below(3))
        forged = array.copy()
        place = tuple(self._below(size) for size in array.shape)
        with np.errstate(over="ignore"):
            forged[place] = self._value(array.dtype)
        return forged

    def _value(self, dtype):
        if dtype.kind == "f":
            return self._one_of([np.nan, np.inf, -np.inf, -1.0, 0.0, 1e300, 1e-300, 7.5])
        if dtype.kind in "iu":
            limit = np.iinfo(dtype)
            return self._one_of([limit.min, limit.max, 0, 1, 13, 10**9 % int(limit.max), 255])
        return dtype.type(1)

    def _change_leaf(self, node):
        """Change something within nested dicts and lists."""
        places = list(node) if isinstance(node, dict) else range(len(node))
        if not places:
            return
        place = self._one_of(places)
        if isinstance(node[place], (dict, list)) and self._below(9):
            self._change_leaf(node[place])
            return
        kind = self._below(8)
        if kind == 0:
            del node[place]
        elif kind == 1 and isinstance(node, dict):
            node[self._one_of(["", "x", "engine", "order"])] = node[place]
        elif isinstance(node[place], np.ndarray) and kind < 6:
            node[place] = self._tree_array(self._forged(node[place]))
        else:
            node[place] = copy.deepcopy(self._one_of(LEAVES))

    def _tree_array(self, array):
        return array if array.dtype.str not in ("|S0", "<U0") else np.zeros(1)


def outcome(name, data, folder):
    """Return what reading a mutant leads to."""
    path = folder / "mutant"
    path.write_bytes(data)
    start = time.perf_counter()
    if name == "history":
        result = outcome_of_history(path)
    elif name == "scaler":
        result = outcome_of_scaler(data)
    elif name == "recipe":
        result = outcome_of_recipe(path)
    else:
        result = outcome_of_checkpoint(name, path)
    return result if time.perf_counter() - start < SECONDS else f"more than {SECONDS} s"


class Report(fuzzing.Report):
    """Counts outcomes; keeps the mutants that led to any other than the two expected."""

    def fuzz(self, count, seed, folder, cases=tuple(CASES)):
        """Read `count` mutants."""
        mutator = Mutator(seed, folder, cases)
        ways = itertools.cycle(mutator.ways)
        with quick_pauses():
            for number, way in zip(range(count), ways, strict=False):
                name, data = mutator.ways[way]()
                result = outcome(name, data, folder)
                self.counts[way, result if result in (LOADED, REFUSED) else "other"] += 1
                if result not in (LOADED, REFUSED):
                    self.wrong.append((f"{way} ({name})", number, result, data))
        return self


def main():
    parser = argparse.ArgumentParser(description="Read damaged and forged states.")
    parser.add_argument("count", nargs="?", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="a folder for the mutants that did otherwise")
    given = parser.parse_args()
    warnings.simplefilter("ignore", NeurosimWarning)
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        report = Report().fuzz(given.count, given.seed, Path(folder))
    print(f"{given.count} mutants, seed {given.seed}, {time.perf_counter() - start:.0f} s")
    print(report)
    for way, number, _, data in report.wrong if given.keep else ():
        given.keep.mkdir(parents=True, exist_ok=True)
        (given.keep / f"{way}-{number}").write_bytes(data)
    return bool(report.wrong)


if __name__ == "__main__":
    sys.exit(main())
