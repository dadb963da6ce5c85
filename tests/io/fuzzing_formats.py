"""Graph files damaged and forged in every way there is, and what reading them leads to.

``python -m tests.io.fuzzing_formats 20000`` reads so many mutants of good files in all formats but
the native one. Each must be refused by a `NeurosimError` that begins with the path, or be read as a
network that can be written and read again; time and memory are limited.
"""

import argparse
import collections
import copy
import json
import re
import sys
import tempfile
import time
import tracemalloc
import warnings
from pathlib import Path

import numpy as np

import neurosim as ns
from neurosim.errors import NeurosimError
from neurosim.io.files import FORMATS
from tests.io import dialects
from tests.io.fuzzing import SEEDS, limit_memory

COUNT = 20_000
SECONDS = 5.0  # in which a file of a few kilobytes must be dealt with
TIMES, BESIDES = 200, 64 << 20  # the memory that it may take
TRACED = 20  # one in so many mutants is read with its memory traced, which is slow
READ, REFUSED = "read", "refused"

NODES = [
    ("study", {"role": "input"}),
    ("luck", {}),
    ("h", {"activation": "tanh", "bias": 0.5, "layer": "hidden"}),
    ("salary", {"activation": "identity", "label": "salary"}),
]
EDGES = [
    ("study", "h", {"weight": 0.5, "order": 1}),
    ("luck", "h", {"weight": -2, "order": 0}),
    ("h", "salary", {"weight": 1e-3, "order": 2, "label": "x"}),
]
WORDS = (
    "0", "1", "-1", "1_0", "1e999", "nan", "inf", "9" * 30, "9" * 5000, "\u0661", "", " ", "null",
    "true", "[]", "{}", '"', "'", "\\", "\x00", "\ufeff", "\ud7ff", "é", "<", ">", "&lt;", "&#0;",
    "]]>", "<!--", "->", "--", "{", "}", "[", "]", ";", ",", "\t", "\n", "\r", "#", "%", "//", "/*",
    "source", "target", "weight", "type", "Undirected", "id", "label", "name", "role", "input",
    "output", "hidden", "activation", "softmax", "sigmoid", "linear", "bias", "layer", "order",
    "neurosim", "parent", "key", "from", "to", "n0", "study", "salary", "strict", "graph",
    "digraph", "subgraph", "node", "edge", "style=invis", "directed", "undirected", "mutual",
    "edgedefault", "default", "double", "liststring", "int", "[" * 3000, "{" * 3000, "<a>" * 3000,
    "(" * 3000, "a" * 70_000, ";" * 3000, "\n" * 3000, '"' * 3001,
)  # fmt: skip
VALUES = (
    None, True, False, 0, 1, -1, 1.5, 2**70, 1e300, float("nan"), float("inf"), "", "a", "0",
    "study", "sigmoid", "x" * 70_000, [], {}, [0], [None], [[]], ["a", "a"], [["a", 1]], {"id": 1},
    {"id": "study"}, {"a": {}}, [1, 2, 3],
)  # fmt: skip


class Mutator:
    """Makes mutants of good files, each by one of the methods below."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.good = [*self._own(), *self._foreign()]
        self.ways = {
            name: getattr(self, name)
            for name in vars(type(self))
            if not name.startswith("_") and name != "mutant"
        }

    def mutant(self):
        """Return the name of a way, a format, and texts by the ends of their files' names."""
        name = self._one_of(list(self.ways))
        kind, texts = self._one_of(self.good)
        if name in ("json_values", "json_keys") and not self._is_json(texts[""]):
            kind, texts = self._one_of([one for one in self.good if self._is_json(one[1][""])])
        end = self._one_of(list(texts))
        if name in ("json_values", "json_keys") and not self._is_json(texts[end]):
            end = ""
        return name, kind, {**texts, end: self.ways[name](texts[end])}

    def _own(self):
        """Yield the files that neurosim writes."""
        with tempfile.TemporaryDirectory() as folder:
            for i, make in enumerate(SEEDS.values()):
                for kind in FORMATS:
                    if kind == "neurosim":
                        continue
                    place = Path(folder, f"{i}{kind}")
                    place.mkdir()
                    ns.write(make(), place / "net", format=kind)
                    files = {path.name[3:]: path.read_text() for path in place.iterdir()}
                    if sum(map(len, files.values())) < 30_000:
                        yield kind, files

    def _foreign(self):
        """Yield the files that other programs write."""
        for kind, make in dialects.ALL:
            text = make(NODES, EDGES)
            parts = text if isinstance(text, tuple) else (text,)
            yield kind, dict(zip(("", ".neurons.csv"), parts, strict=False))

    # -- the text ------------------------------------------------------------------------------

    def cut(self, text):
        first, last = sorted(self.rng.integers(len(text) + 1, size=2))
        return text[:first] if self._coin() else text[:first] + text[last:]

    def inserted(self, text):
        for _ in range(1 + self._below(3)):
            at = self._below(len(text) + 1)
            text = text[:at] + self._one_of(WORDS) + text[at:]
        return text

    def spliced(self, text):
        other = self._one_of(list(self._one_of(self.good)[1].values()))
        first, last = sorted(self.rng.integers(len(text) + 1, size=2))
        start, end = sorted(self.rng.integers(len(other) + 1, size=2))
        return text[:first] + other[start:end] + text[last:]

    def words(self, text):
        """Exchange words for others, of the text itself or of the list."""
        found = list(re.finditer(r"\w+", text))
        for _ in range(1 + self._below(3)):
            if found:
                one = self._one_of(found)
                fresh = self._one_of(WORDS) if self._coin() else self._one_of(found)[0]
                text = text[: one.start()] + fresh + text[one.end() :]
                found = list(re.finditer(r"\w+", text))
        return text

    def lines(self, text):
        """Leave pieces out, have them twice, in another order."""
        pieces = re.split(r"(?<=[>}\n])", text)
        for _ in range(1 + self._below(3)):
            at, to = self._below(len(pieces)), self._below(len(pieces))
            kind = self._below(3)
            if kind == 0 and len(pieces) > 1:
                del pieces[at]
            elif kind == 1:
                pieces.insert(to, pieces[at])
            else:
                pieces[at], pieces[to] = pieces[to], pieces[at]
        return "".join(pieces)

    def repeated(self, text):
        first = self._below(len(text) + 1)
        piece = text[first : first + 1 + self._below(60)]
        return text[:first] + piece * (1 + self._below(2000)) + text[first:]

    def noise(self, text):
        return self.rng.bytes(self._below(2000)).decode("latin-1")

    # -- what a JSON text holds ----------------------------------------------------------------

    def json_values(self, text):
        held = self._held(text)
        for _ in range(1 + self._below(3)):
            container, key = self._place(held)
            if container is not None:
                container[key] = copy.deepcopy(self._one_of(VALUES))
        return json.dumps(held)

    def json_keys(self, text):
        """Leave out or rename keys, have members of lists twice."""
        held = self._held(text)
        for _ in range(1 + self._below(3)):
            container, key = self._place(held)
            if isinstance(container, dict):
                value = container.pop(key)
                if self._coin():
                    container[self._one_of([*WORDS[:1], *container, *WORDS[38:60]])] = value
            elif isinstance(container, list):
                container.append(copy.deepcopy(container[key]))
        return json.dumps(held)

    # -- what they are made of -----------------------------------------------------------------

    def _is_json(self, text):
        return text.startswith("{")

    def _held(self, text):
        return json.loads(text)

    def _place(self, held):
        """Return somewhere in what a text holds: a list or a dictionary, and an index or a key."""
        container, key = None, None
        while isinstance(held, (dict, list)) and held:
            container = held
            key = self._one_of(list(held)) if isinstance(held, dict) else self._below(len(held))
            held = container[key]
            if self._below(4) == 0:
                break
        return container, key

    def _below(self, count):
        return int(self.rng.integers(count))

    def _coin(self):
        return self.rng.random() < 0.5

    def _one_of(self, things):
        return things[self._below(len(things))]


def outcome(kind, texts, path):
    """Return what reading files of these texts leads to: READ, REFUSED, or what is wrong."""
    for end in ("", ".neurons.csv", ".network.json"):
        file = path.with_name(path.name + end)
        file.unlink(missing_ok=True)
        if end in texts:
            file.write_bytes(texts[end].encode(errors="replace"))
    start = time.perf_counter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", ns.errors.NeurosimWarning)
            network = ns.read(path, format=kind)
        result = READ
    except NeurosimError as error:
        result = REFUSED if str(error).startswith(str(path)) else f"no place: {error}"
        if len(str(error)) > 3000 + len(str(path)):
            result = f"a message of {len(str(error))} characters: {str(error)[:200]}"
    except FileNotFoundError:
        return REFUSED if ".network.json" in texts else "FileNotFoundError"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    if time.perf_counter() - start > SECONDS:
        return f"more than {SECONDS} s"
    return _checked(network, path) if result == READ else result


def _checked(network, path):
    """Return READ if a network that was read is one that can be written, and stays the same."""
    try:
        for kind in ("node-link", "dot"):
            again = path.with_name("again")
            ns.write(network, again, format=kind)
            first = again.read_bytes()
            ns.write(ns.read(again, format=kind), again, format=kind)
            if again.read_bytes() != first:
                return f"another network after {kind}"
    except Exception as error:
        return f"not written again: {type(error).__name__}: {error}"
    return READ


def traced_outcome(kind, texts, path):
    """Return the same, and how many bytes of memory reading took beyond what it may take."""
    tracemalloc.start()
    try:
        result = outcome(kind, texts, path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return result, peak - TIMES * sum(map(len, texts.values()))


class Report:
    """Counts outcomes; keeps the mutants that led to any other than the two expected."""

    def __init__(self):
        self.counts = collections.Counter()
        self.wrong = []
        self.most_memory = 0

    def fuzz(self, count, seed, path, traced=TRACED):
        """Read `count` mutants, one in `traced` of them with its memory traced."""
        mutator = Mutator(seed)
        for number in range(count):
            way, kind, texts = mutator.mutant()
            if number % traced:
                result = outcome(kind, texts, path)
            else:
                result, memory = traced_outcome(kind, texts, path)
                self.most_memory = max(self.most_memory, memory)
                if memory > BESIDES:
                    result = f"{memory} bytes beyond {TIMES} times the file"
            self.counts[kind, result if result in (READ, REFUSED) else "other"] += 1
            if result not in (READ, REFUSED):
                self.wrong.append((way, kind, number, result, texts))
        return self

    def __str__(self):
        kinds = sorted({kind for kind, _ in self.counts})
        ends = (READ, REFUSED, "other")
        rows = [("", *ends), *((kind, *(self.counts[kind, end] for end in ends)) for kind in kinds)]
        rows += [("all", *(sum(self.counts[kind, end] for kind in kinds) for end in ends))]
        table = "\n".join(
            f"{row[0]:12}" + "".join(f"{cell:>10}" for cell in row[1:]) for row in rows
        )
        memory = f"memory beyond {TIMES} times the file, at most: {self.most_memory / 1e6:.2f} MB"
        wrong = [f"{way} {kind} {number}: {what}" for way, kind, number, what, _ in self.wrong[:20]]
        return "\n".join([table, memory, *wrong])


def main():
    parser = argparse.ArgumentParser(description="Read damaged and forged graph files.")
    parser.add_argument("count", nargs="?", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="a folder for the mutants that did otherwise")
    given = parser.parse_args()
    limit_memory(1 << 30)
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        report = Report().fuzz(given.count, given.seed, Path(folder, "mutant"))
    print(f"{given.count} mutants, seed {given.seed}, {time.perf_counter() - start:.0f} s")
    print(report)
    for way, kind, number, _, texts in report.wrong if given.keep else ():
        given.keep.mkdir(parents=True, exist_ok=True)
        for end, text in texts.items():
            (given.keep / f"{way}-{kind}-{number}{end}").write_bytes(text.encode(errors="replace"))
    return bool(report.wrong)


if __name__ == "__main__":
    sys.exit(main())
