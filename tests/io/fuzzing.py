"""Files damaged and forged in every way there is, and what loading them leads to.

``python -m tests.io.fuzzing 100000`` (or ``make fuzz``) loads so many mutants of good files. Each
must be refused by a `FormatError`, or load as a network that can be saved and loaded again; the
memory that it takes is limited, and so is the time.
"""

import argparse
import collections
import copy
import io
import json
import struct
import sys
import tempfile
import time
import tracemalloc
import warnings
import zipfile
from pathlib import Path

import numpy as np

import neurosim as ns
from neurosim.errors import FormatError
from neurosim.io import native
from neurosim.io.stored import END, LOCAL, Archive, write_stored
from tests.io import kept

COUNT = 100_000
SECONDS = 5.0  # in which a file of a few kilobytes must be dealt with
TIMES, BESIDES = 10, 64 << 20  # the memory that it may take
TRACED = 20  # one in so many mutants is loaded with its memory traced, which is slow
LOADED, REFUSED = "loaded", "FormatError"

NUMBERS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 1 << 20, 0x7FFFFFFF, 0xFFFFFFFF, 1 << 62)
TOKENS = (
    "NaN", "-Infinity", "1e999", "1e-999", "-0.0", "null", "true", "-1", "0", "2147483648",
    "9" * 30, "9" * 5000, '""', '"a"', '"sigmoid"', '"softmax"', '"\\ud800"', '"\\u0000"',
    "[]", "{}", "[" * 3000, '{"a":' * 3000, '{"a": 1, "a": 2}', "[[0]]", ",", ":", '"', "\\",
    "\x00", "\ufeff", "é", "/*", "'",
)  # fmt: skip
VALUES = (
    None, True, False, 0, 1, -1, 1.5, 2**31, 2**70, 1e300, "", "a", "sigmoid", "softmax",
    "float32", "study", "output", "../../etc/passwd", "\ud800", "x" * 70_000,
    [], {}, [0], [None], [[]], ["a", "a"], [0.0] * 9,
    {"shift": [0.0], "scale": [1.0], "named": True}, {"shift": [], "scale": [], "named": False},
)  # fmt: skip
SMALL = [value for value in VALUES if len(str(value)) < 99]
PATHS = ("../../evil", "/etc/passwd", "C:\\evil", "a/b.npy", "weight.npy/", "evil.py", "é.npy")
HEADERS = (
    "'|O'", "'|S8'", "'<U4'", "'<f2'", "'>f8'", "'<c16'", "'<i8'", "'|V8'", "'<M8[s]'", "",
    "[('a', '<f8')]", "__import__('os').abort()", "'<f8'" * 3,
)  # fmt: skip
SHAPES = (
    "()", "(1,)", "(-1,)", "(9, 1)", "(1000000000000,)", "(99999999999999999999,)", "(2.0,)", "0"
)  # fmt: skip


def small():
    """Return a network of two neurons, in which most positions are of consequence."""
    net = ns.Network("small", dtype="float32")
    net.connect(net.add_neuron("a", role="input"), net.add_neuron("b", role="output"), weight=1.0)
    return net


def random_graph():
    """Return a network with some hundred synapses in no particular order."""
    net = ns.topologies.random_dag(30, n_inputs=4, n_outputs=3, seed=1)
    net.initialize(ns.initializers.Normal(), seed=1)
    return net


SEEDS = {**kept.NETWORKS, "empty": ns.Network, "small": small, "random graph": random_graph}


def file_of(network):
    """Return the bytes that a network is saved as."""
    file = io.BytesIO()
    native.write(network, file)
    return file.getvalue()


def members_of(data):
    """Return the members of a good file by their names."""
    archive = Archive(io.BytesIO(data))
    return {name: archive.read(name) for name in archive.members}


def archive_of(members):
    """Return an archive, with right checksums, of members as (name, bytes)."""
    file = io.BytesIO()
    with warnings.catch_warnings(action="ignore"):  # of names that come twice
        write_stored(file, [(name, [data]) for name, data in members])
    return file.getvalue()


class Mutator:
    """Makes mutants of good files, each by one of the methods below."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.good = [file_of(make()) for make in SEEDS.values()]
        self.members = [members_of(data) for data in self.good]
        self.ways = {
            name: getattr(self, name)
            for name in vars(type(self))
            if not name.startswith("_") and name != "mutant"
        }

    def mutant(self):
        """Return the name of a way, and a file that was changed that way."""
        name = self._one_of(list(self.ways))
        return name, self.ways[name]()

    # -- the file as bytes ---------------------------------------------------------------------

    def flipped_bits(self):
        return self._flipped(self._one_of(self.good))

    def cut(self):
        data = self._one_of(self.good)
        first, last = sorted(self.rng.integers(len(data) + 1, size=2))
        return data[:first] if self._coin() else data[:first] + data[last:]

    def spliced(self):
        data = self._one_of(self.good)
        first, last = sorted(self.rng.integers(len(data) + 1, size=2))
        return data[:first] + self._piece() + data[last if self._coin() else first :]

    def numbers(self):
        return self._with_number(self._one_of(self.good), self._below)

    def noise(self):
        return self.rng.bytes(self._below(3000))

    # -- the archive, in its own structures ----------------------------------------------------

    def directory(self):
        """Change fields of the directory or the end: sizes, places, methods, flags, counts."""
        data = self._one_of(self.good)
        start = data.index(b"PK\x01\x02")
        return self._with_number(data, lambda size: start + self._below(size - start))

    def directory_sizes(self):
        """Lie about the size or the place of a member."""
        data = bytearray(self._one_of(self.good))
        found = self._places(data, b"PK\x01\x02")
        at = self._one_of(found) + self._one_of([20, 24, 42])  # packed size, size, place
        lie = self._one_of([*NUMBERS[:-1], *self._places(data, b"PK\x03\x04")])
        data[at : at + 4] = struct.pack("<L", lie)
        if self._coin():  # and both sizes alike
            data[at + 4 : at + 8] = data[at : at + 4]
        return bytes(data)

    def local_headers(self):
        data = bytearray(self._one_of(self.good))
        at = self._one_of(self._places(data, b"PK\x03\x04")) + self._below(LOCAL.size)
        data[at] = self._below(256)
        return bytes(data)

    def members_listed(self):
        """Leave members out, have them twice, in another order, under other names."""
        members = list(self._one_of(self.members).items())
        for _ in range(1 + self._below(2)):
            at = self._below(len(members))
            name, data = members[at]
            kind = self._below(5)
            if kind == 0 and len(members) > 1:
                del members[at]
            elif kind == 1:
                members.append((name, data))
            elif kind == 2:
                members[at] = (self._one_of([*PATHS, *dict(members)]), data)
            elif kind == 3:
                members.append((self._one_of(PATHS), self._piece()))
            else:
                self.rng.shuffle(members)
        return archive_of(members)

    def zipped(self):
        """Have another writer pack members, with comments, extra fields and something before."""
        file = io.BytesIO()
        file.write(self.rng.bytes(30 * self._seldom()))
        with zipfile.ZipFile(file, "w") as archive:
            packed = self._one_of([8, 8, 12, 14]) if self._seldom() else 0
            for name, data in self._one_of(self.members).items():
                info = zipfile.ZipInfo(name)
                info.compress_type = packed
                if self._seldom():
                    info.extra = struct.pack("<2H", self._one_of([1, 7, 0x7075]), 8) + b"\xff" * 8
                archive.writestr(info, data + b"\0" * (1 << 18) if packed else data)
            archive.comment = self.rng.bytes(9 * self._seldom())
        return file.getvalue()

    def large(self):
        """Use the records for large archives, with numbers of all sizes."""
        data = bytearray(self._one_of(self.good))
        end = END.unpack_from(data, len(data) - END.size)
        fields = [end[4], end[5], end[6]]
        if self._coin():
            fields[self._below(3)] = self._one_of(NUMBERS)
        at = len(data) - END.size
        record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, fields[0], *fields)
        locator = struct.pack(
            "<4sLQL", b"PK\x06\x07", 0, at if self._coin() else self._below(at), 1
        )
        last = END.pack(b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
        return bytes(data[:at]) + record + locator + last

    # -- the structure, with right checksums ---------------------------------------------------

    def text(self):
        """Change the JSON as a text."""
        members = dict(self._one_of(self.members))
        text = members[native.STRUCTURE]
        for _ in range(1 + self._below(3)):
            first = self._below(len(text) + 1)
            last = first + self._below(20)
            kind = self._below(3)
            if kind == 0:
                text = self._flipped(text or b" ")
            else:
                token = self._one_of(TOKENS).encode("utf-8", "surrogatepass")
                text = text[:first] + token * (kind == 1) + text[last if self._coin() else first :]
        return self._with(members, native.STRUCTURE, text)

    def values(self):
        """Change values, keys and items of the JSON, which stays JSON."""
        members = dict(self._one_of(self.members))
        tree = json.loads(members[native.STRUCTURE])
        for _ in range(1 + self._below(3)):
            self._change(tree)
        return self._with(members, native.STRUCTURE, json.dumps(tree).encode())

    def keys_twice(self):
        members = dict(self._one_of(self.members))
        text = members[native.STRUCTURE].decode()
        key = self._one_of(native.KEYS)
        value = json.dumps(self._one_of(VALUES))
        return self._with(members, native.STRUCTURE, f'{{"{key}": {value},{text[1:]}'.encode())

    def stretched(self):
        """Have thousands of something where a few were."""
        members = dict(self._one_of(self.members))
        tree = json.loads(members[native.STRUCTURE])
        item = self._one_of([*SMALL, "n{}", "n{}", "n{}"])
        times = 1 + self._below(5000)
        fresh = [item.format(k) if item == "n{}" else item for k in range(times)]
        tree[self._one_of(native.KEYS)] = fresh
        return self._with(members, native.STRUCTURE, json.dumps(tree).encode())

    # -- the columns, with right checksums -----------------------------------------------------

    def column_headers(self):
        members, name = self._column()
        data = members[name]
        descr = self._one_of(HEADERS) if self._coin() else "'<f8'"
        order = self._one_of(["True", "False", "0", "False, 'a': 1"])
        head = f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {self._one_of(SHAPES)}, }}"
        size = self._one_of([118, len(head), 0, 65535])
        head = head.encode().ljust(118)
        return self._with(members, name, data[:8] + struct.pack("<H", size) + head + data[128:])

    def column_bytes(self):
        members, name = self._column()
        data = members[name]
        kind = self._below(3)
        if kind == 0:
            data = self._flipped(data)
        elif kind == 1:
            data = data[: self._below(len(data) + 1)]
        else:
            data += self._piece()
        return self._with(members, name, data)

    def column_values(self):
        """Change some numbers, so that they point elsewhere, to nothing, or are no numbers."""
        members, name = self._column()
        array = np.load(io.BytesIO(members[name]))
        for _ in range(1 + self._below(4)):
            if len(array):
                array[self._below(len(array))] = self._number(array)
        return self._with(members, name, self._npy(array))

    def column_lengths(self):
        members, name = self._column()
        array = np.load(io.BytesIO(members[name]))
        size = self._one_of([0, max(len(array) - 1, 0), len(array) + 1, 2 * len(array), 3000])
        return self._with(members, name, self._npy(np.resize(array, size)))

    def synapses(self):
        """Wire at random: with cycles, loops, pairs twice, and synapses into inputs."""
        members = dict(self._one_of(self.members))
        count = self._below(40)
        n_neurons = len(json.loads(members[native.STRUCTURE])["neurons"])
        for name in ("pre.npy", "post.npy"):
            ends = self.rng.integers(max(n_neurons, 1), size=count).astype("<i4")
            members[name] = self._npy(ends)
        weight = np.load(io.BytesIO(members["weight.npy"]))
        members["weight.npy"] = self._npy(np.resize(np.append(weight, weight.dtype.type(1)), count))
        return archive_of(members.items())

    def neurons(self):
        """Give neurons other roles, activations, layers and biases at random."""
        members = dict(self._one_of(self.members))
        for name, low, high in (("role", 0, 3), ("activation", -1, 3), ("layer", -1, 3)):
            array = np.load(io.BytesIO(members[f"{name}.npy"]))
            if len(array) and self._coin():
                at = self._below(len(array))
                array[at : at + 1 + self._below(3)] = self.rng.integers(low, high)
                members[f"{name}.npy"] = self._npy(array)
        return archive_of(members.items())

    def exchanged(self):
        """Exchange a member for that of another file, or for another one."""
        members, name = self._column()
        other = self._one_of(self.members)
        return self._with(members, name, other[name if self._coin() else self._one_of(list(other))])

    # -- what they are made of -----------------------------------------------------------------

    def _below(self, count):
        return int(self.rng.integers(count))

    def _coin(self):
        return self.rng.random() < 0.5

    def _seldom(self):
        return self.rng.random() < 0.2

    def _one_of(self, things):
        return things[self._below(len(things))]

    def _piece(self):
        data = self._one_of(self.good)
        first, last = sorted(self.rng.integers(len(data) + 1, size=2))
        return data[first:last]

    def _flipped(self, data):
        changed = bytearray(data)
        for _ in range(1 + self._below(4)):
            changed[self._below(len(data))] ^= 1 << self._below(8)
        return bytes(changed)

    def _with_number(self, data, place):
        changed = bytearray(data)
        size = self._one_of([1, 2, 4, 8])
        for _ in range(1 + self._below(2)):
            at = place(len(data) - size)
            number = self._one_of(NUMBERS) & ((1 << 8 * size) - 1)
            changed[at : at + size] = number.to_bytes(size, self._one_of(["little", "big"]))
        return bytes(changed)

    def _places(self, data, mark):
        places, at = [], data.find(mark)
        while at >= 0:
            places.append(at)
            at = data.find(mark, at + 1)
        return places

    def _with(self, members, name, data):
        return archive_of({**members, name: data}.items())

    def _column(self):
        return dict(self._one_of(self.members)), f"{self._one_of(list(native.COLUMNS))}.npy"

    def _npy(self, array):
        file = io.BytesIO()
        np.save(file, array)
        return file.getvalue()

    def _number(self, array):
        if array.dtype.kind == "f":
            return self._one_of([np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-40, 3e38, 1.0])
        limit = np.iinfo(array.dtype)
        return self._one_of([-2, -1, 0, 1, 2, 3, 9, len(array) - 1, limit.min, limit.max])

    def _change(self, node):
        """Change something within a list or a dictionary."""
        places = list(node) if isinstance(node, dict) else range(len(node))
        if not places:
            return
        place = self._one_of(places)
        if isinstance(node[place], (dict, list)) and self._below(3):
            self._change(node[place])
            return
        kind = self._below(6)
        if kind == 0:
            del node[place]
        elif kind == 1 and isinstance(node, dict):
            node[self._one_of(["", "x", "version", "neurons"])] = node.pop(place)
        elif kind == 1:
            node.insert(place, copy.deepcopy(node[self._below(len(node))]))
        else:
            node[place] = copy.deepcopy(self._one_of(VALUES))


def outcome(data, path):
    """Return what loading a file of these bytes leads to: LOADED, REFUSED, or what is wrong."""
    path.write_bytes(data)
    try:
        with warnings.catch_warnings(action="error"):
            start = time.perf_counter()
            network = ns.load(path)
            result = LOADED
    except FormatError as error:
        result = (
            REFUSED if str(error).startswith(str(path)) else f"a message without place: {error}"
        )
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    if time.perf_counter() - start > SECONDS:
        return f"more than {SECONDS} s"
    return _checked(network) if result == LOADED else result


def _checked(network):
    """Return LOADED if a network that was loaded is one that can be saved, and stays the same."""
    try:
        first = file_of(network)
        return LOADED if file_of(native.read(io.BytesIO(first))) == first else "another network"
    except Exception as error:
        return f"not saved again: {type(error).__name__}: {error}"


def traced_outcome(data, path):
    """Return the same, and how many bytes of memory loading took beyond what it may take."""
    tracemalloc.start()
    try:
        result = outcome(data, path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return result, peak - TIMES * len(data)


class Report:
    """Counts outcomes; keeps the mutants that led to any other than the two expected."""

    def __init__(self):
        self.counts = collections.Counter()
        self.wrong = []
        self.most_memory = 0

    def fuzz(self, count, seed, path, traced=TRACED):
        """Load `count` mutants, one in `traced` of them with its memory traced."""
        mutator = Mutator(seed)
        for number in range(count):
            way, data = mutator.mutant()
            if number % traced:
                result = outcome(data, path)
            else:
                result, memory = traced_outcome(data, path)
                self.most_memory = max(self.most_memory, memory)
                if memory > BESIDES:
                    result = f"{memory} bytes beyond {TIMES} times the file"
            self.counts[way, result if result in (LOADED, REFUSED) else "other"] += 1
            if result not in (LOADED, REFUSED):
                self.wrong.append((way, number, result, data))
        return self

    def __str__(self):
        ways = sorted({way for way, _ in self.counts})
        kinds = (LOADED, REFUSED, "other")
        rows = [("", *kinds)]
        rows += [(way, *(self.counts[way, kind] for kind in kinds)) for way in ways]
        rows += [("all", *(sum(self.counts[way, kind] for way in ways) for kind in kinds))]
        table = "\n".join(
            f"{row[0]:18}" + "".join(f"{cell:>14}" for cell in row[1:]) for row in rows
        )
        memory = f"memory beyond {TIMES} times the file, at most: {self.most_memory / 1e6:.2f} MB"
        wrong = [f"{way} {number}: {result}" for way, number, result, _ in self.wrong[:20]]
        return "\n".join([table, memory, *wrong])


def limit_memory(beyond):
    """Let the process have so many bytes more than it has now, where the system can do that."""
    try:
        import resource
    except ImportError:
        return
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + beyond
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def main():
    parser = argparse.ArgumentParser(description="Load damaged and forged files.")
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
    for way, number, _, data in report.wrong if given.keep else ():
        given.keep.mkdir(parents=True, exist_ok=True)
        (given.keep / f"{way}-{number}").write_bytes(data)
    return bool(report.wrong)


if __name__ == "__main__":
    sys.exit(main())
