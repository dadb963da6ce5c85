"""A recipe with any value in any place: it trains, or one line says which key is wrong, and how."""

import inspect
import math
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neurosim.command_line import main, recipe

TABLE = "a,b,c,kind\n" + "".join(
    f"{i % 5},{i % 3},{(i * i) % 7},{'xy'[i % 2]}\n" for i in range(24)
)
EDGES = "source,target\na,h\nb,h\nb,g\nh,c\ng,c\n"
KEYS = {
    name: [one.name for one in kind.__attrs_attrs__ if one.name != "written"]
    for name, kind in (
        ("data", recipe.Data), ("network", recipe.Shape), ("train", recipe.Training),
    )
}  # fmt: skip
KINDS = {
    ("train", "rule"): recipe._RULES,
    ("train", "cost"): recipe._COSTS,
    ("train", "penalty"): recipe._PENALTIES,
    ("train", "clip"): recipe._CLIPS,
    ("network", "initializer"): recipe._INITIALIZERS,
}
PLACES = [("", section) for section in KEYS] + [
    (section, key) for section, keys in KEYS.items() for key in keys
]


SCALERS = ["standardize", "rescale", "none"]
LIKELY = {
    ("data", "inputs"): [["a"], ["b", "a"], ["a", "c"], ["kind"]],
    ("data", "outputs"): [["c"], ["a", "c"], ["kind"]],
    ("data", "label"): ["kind", "c"],
    ("data", "test"): [0, 0.0, 5, 0.1, 24, 0.999],
    ("network", "hidden"): [[], [1], [2, 3]],
    ("network", "activation"): ["relu", ["sine"], ["tanh", "relu"], "threshold"],
    ("network", "output_activation"): ["sigmoid", "softmax", "relu", "step", "threshold"],
    ("network", "dtype"): ["float32"],
    ("network", "skips"): ["all"],
    ("network", "scale_inputs"): SCALERS,
    ("network", "scale_outputs"): SCALERS,
    ("network", "file"): ["topo.csv"],
    ("train", "metrics"): [["r2"], ["accuracy"], ["auc"], ["log_loss", "r2"]],
    ("train", "patience"): [1],
    ("train", "dropout"): [0.5],
    ("train", "max_norm"): [0.5],
}


class Raw(str):
    """A value that TOML writes without quotes."""


def spelled(value):
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(one):08x}" for one in value) + '"'
    if isinstance(value, list):
        return "[" + ", ".join(map(spelled, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{spelled(k)} = {spelled(v)}" for k, v in value.items()) + "}"
    return repr(value) if not isinstance(value, float) or math.isfinite(value) else str(value)


beyond = st.sampled_from([2**63, -(2**63) - 1, Raw("0x" + "f" * 5000), Raw("1" + "0" * 5000)])
plain = st.one_of(
    st.booleans(),
    st.integers(-3, 6),
    st.floats(-2, 2),
    st.sampled_from([math.nan, math.inf, -math.inf, 1e308, -0.0]),
    st.sampled_from(
        ["", " ", "a", "b", "c", "kind", "none", "all", "tanh", "softmax", "float32", "topo.csv",
         "Adam", "Normal", "L2", "r2", "standardize", "a\0b", "a\nb", "\x1b[31m", "é", "[", "."]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
    st.sampled_from(
        [Raw("1979-05-27"), Raw("07:32:00"), Raw("1979-05-27T07:32:00Z")]
    ),
)  # fmt: skip
names = st.sampled_from(
    ["name", "schedule", "learning_rate", "std", "strength", "limit", "start", "length", "file"]
)
nested = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=5,
)


def made_of(kinds):
    """A table with the name of something that there is, and with some of its settings."""

    def settings_of(name):
        known = list(inspect.signature(kinds[name]).parameters)
        some = st.dictionaries(st.sampled_from(known), nested, max_size=3) if known else st.just({})
        return some.map(lambda found: {"name": name, **found})

    return st.sampled_from(sorted(kinds)).flatmap(settings_of)


def schedules():
    return made_of(recipe._SCHEDULES).map(
        lambda found: {("schedule" if key == "name" else key): one for key, one in found.items()}
    )


@st.composite
def changes(draw):
    """One or two places of a recipe, and what is written there."""
    found = {}
    hollow = draw(st.integers(0, 20)) == 0
    for place in draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=2, unique=True)):
        values = beyond if hollow else nested
        if place in KINDS:
            values |= made_of(KINDS[place]) | st.sampled_from(sorted(KINDS[place]))
        if place == ("train", "rule"):
            values |= schedules().map(lambda one: {"name": "Adam", "learning_rate": one})
        if place in LIKELY:
            values |= st.sampled_from(LIKELY[place])
        found[place] = draw(values)
    return found


def text_of(changed, base):
    sections = {name: dict(keys) for name, keys in base.items()}
    whole = {}
    for (section, key), value in changed.items():
        if section:
            sections[section][key] = value
        else:
            whole[key] = value
    lines = [f"{name} = {spelled(value)}" for name, value in whole.items()]
    for name, keys in sections.items():
        if name not in whole:
            lines += [f"[{name}]", *(f"{key} = {spelled(value)}" for key, value in keys.items())]
    return "\n".join(lines) + "\n"


NUMBERS = {
    "data": {"file": "t.csv", "inputs": ["a", "b"], "outputs": ["c"]},
    "network": {"hidden": [2]},
    "train": {"epochs": 2},
}
CLASSES = {**NUMBERS, "data": {"file": "t.csv", "inputs": ["a", "b"], "label": "kind"}}
GRAPH = {**NUMBERS, "network": {"file": "topo.csv", "initializer": "Normal"}}


@pytest.mark.parametrize("base", [NUMBERS, CLASSES, GRAPH], ids=["numbers", "classes", "graph"])
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changed=changes())
def test_a_value_of_any_type_in_any_place_trains_or_is_refused_in_a_line(base, changed, capsys):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "t.csv").write_text(TABLE)
        (folder / "topo.csv").write_text(EDGES)
        (folder / "r.toml").write_text(text_of(changed, base), encoding="utf-8")
        if changed.get(("train", "epochs"), 0) in range(7):  # no training for ever
            code = main(["train", str(folder / "r.toml")])
        else:
            code = main(["train", str(folder / "r.toml"), "nothing.csv"])
        said = capsys.readouterr()
    assert "internal error" not in said.err
    if code == 0:
        assert "written: " in said.out
    else:
        assert (code, said.out) == (1, "")
        *warnings, last = said.err.splitlines()
        assert all(line.startswith("neurosim: warning: ") for line in warnings)
        assert last.startswith("neurosim: ")
        assert "nothing.csv" in last or names_what_was_changed(last.replace(name, ""), changed)


def names_what_was_changed(line, changed):
    """Whether a message has a key that was changed, or what is written there."""
    words = {key for _, key in changed} | set(words_of([*changed.values()]))
    return any(word in line for word in words if word) or "digits in line" in line


def words_of(value):
    if isinstance(value, str):
        yield value
    for one in value if isinstance(value, (list, dict)) else ():
        yield from words_of(one)
        yield from words_of(value[one]) if isinstance(value, dict) else ()
