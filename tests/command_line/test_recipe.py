"""Recipes: what a TOML file may say, and what it is told when it does not make sense."""

import re
from pathlib import Path

import pytest

import neurosim as ns
from neurosim.command_line import recipe as recipes
from neurosim.errors import FormatError, NeurosimError

DATA = '[data]\ninputs = ["a", "b"]\noutputs = ["c"]\n'


def written(tmp_path, text):
    path = tmp_path / "r.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_the_least_that_a_recipe_says_is_its_columns(tmp_path):
    found = recipes.recipe_from(written(tmp_path, DATA))
    assert found.data.inputs == ["a", "b"]
    assert recipes.rule_of(found.train) == ns.Adam()
    assert recipes.cost_of(found.train) is None  # train chooses
    assert recipes.initializer_of(found.network) == ns.initializers.LeCun()


SETTINGS = """
[network]
initializer = { name = "Normal", std = 0.5 }
[train]
cost = { name = "Huber", threshold = 2.0 }
penalty = { name = "L2", strength = 1e-4 }
clip = { name = "ClipNorm", limit = 1.0 }
metrics = ["r2"]
[train.rule]
name = "GradientDescent"
momentum = 0.9
learning_rate = { schedule = "WarmUp", length = 3, then = { schedule = "Cosine", start = 0.1, length = 5 } }
"""  # noqa: E501 - a table of TOML's stands on one line


def test_rules_costs_and_schedules_are_made_by_name(tmp_path):
    found = recipes.recipe_from(written(tmp_path, DATA + SETTINGS))
    schedule = ns.schedules.WarmUp(3, ns.schedules.Cosine(0.1, 5))
    assert recipes.rule_of(found.train) == ns.GradientDescent(schedule, momentum=0.9)
    assert recipes.cost_of(found.train) == ns.Huber(2.0, reduction="mean")
    assert recipes.shaping_of(found.train)["penalty"] == ns.L2(1e-4)
    assert recipes.shaping_of(found.train)["clip"] == ns.ClipNorm(1.0)
    assert recipes.metrics_of(found.train) == [ns.metrics.r2]
    assert recipes.initializer_of(found.network) == ns.initializers.Normal(std=0.5)


def test_the_settings_on_the_page_stand_for_what_they_say(tmp_path):
    page = Path(__file__).resolve().parents[2] / "docs" / "command-line.md"
    text = page.read_text(encoding="utf-8")
    lines = re.search(r"```toml\n(rule = .*?)```", text, re.DOTALL)[1].splitlines()
    keys = {line.split(" = ")[0]: line for line in lines}
    train, network = f"{keys['rule']}\n{keys['penalty']}", keys["initializer"]
    found = recipes.recipe_from(
        written(tmp_path, f"{DATA}[train]\n{train}\n[network]\n{network}\n")
    )
    cosine = ns.schedules.Cosine(start=0.1, length=100)
    assert recipes.rule_of(found.train) == ns.GradientDescent(cosine, momentum=0.9)
    assert recipes.shaping_of(found.train)["penalty"] == ns.L2(1e-4)
    assert recipes.initializer_of(found.network) == ns.initializers.Normal(std=0.5)


def test_a_recipe_may_begin_with_the_mark_that_editors_put_there(tmp_path):
    path = tmp_path / "r.toml"
    path.write_bytes(DATA.replace("\n", "\r\n").encode("utf-8-sig"))
    assert recipes.recipe_from(str(path)).data.outputs == ["c"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = " + "[" * 10_000, " is not a recipe: it is nested too deeply"),
        ("x = " + "9" * 5000, " has a number of 5000 digits in line 1"),
        (f"\nx = 0x{'f' * 5000}", ": x must lie within the 64 bits of a whole number"),
        (f"{DATA}a{'.a' * 20} = 1", f": data{'.a' * 16}… is nested more than 16 deep"),
    ],
    ids=["brackets", "digits", "hexadecimal", "dots"],
)
def test_what_no_recipe_needs_is_refused(tmp_path, text, message):
    path = written(tmp_path, text)
    with pytest.raises(FormatError, match=f"^{re.escape(path + message)}$"):
        recipes.recipe_from(path)


@pytest.mark.parametrize(
    ("train", "message"),
    [
        ({"metrics": ["acc"]}, "[train] metrics: there is no 'acc'; did you mean 'accuracy'?"),
        (
            {"rule": {"name": "Adam", "lr": 0.1}},
            "[train] rule Adam has no 'lr'; there are learning_rate, beta1, beta2, epsilon",
        ),
        (
            {"rule": {"name": "Adam", "learning_rate": {"schedule": "Cosine", "start": 1.0}}},
            "[train] rule learning_rate Cosine must have length = ...",
        ),
        (
            {"rule": {"name": "Adam", "learning_rate": {"start": 1.0}}},
            "[train] rule learning_rate must be a value, or a schedule such as { schedule = "
            '"Cosine", start = 0.1, length = 100 } (got { start = 1.0 })',
        ),
        (
            {"rule": {"name": "Adam", "learning_rate": "fast"}},
            "[train] rule: Adam.learning_rate must be a finite number (got 'fast')",
        ),
    ],
)
def test_settings_that_nothing_has_are_refused_by_their_key(train, message):
    training = recipes.Training(**train)
    with pytest.raises(NeurosimError, match=f"^{re.escape(message)}$"):
        recipes.rule_of(training), recipes.metrics_of(training)


@pytest.mark.parametrize("kind", recipes._RULES.values())
def test_every_rule_has_its_name(kind):
    assert recipes.rule_of(recipes.Training(rule=kind.__name__)) == kind()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[dat]", "the recipe has no 'dat'; did you mean 'data'?"),
        ("[data]", "[data] must have inputs = [...]"),
        ("data = 3", "[data] must be a table (got 3)"),
        (
            '[data]\ninputs = "a"',
            '[data] inputs must be a list of different columns, such as ["a", "b"] (got "a")',
        ),
        ('[data]\ninputs = ["a"]\ninput = 3', "[data] has no 'input'; did you mean 'inputs'?"),
        (
            '[data]\ninputs = ["a"]',
            "[data] must name the columns of numbers to learn as outputs = [...], or the column "
            'of classes as label = "..."',
        ),
        (DATA + 'label = "d"', "[data] must name the columns of numbers to learn as outputs"),
        (
            DATA + "[network]\nhidden = [3.5]",
            "[network] hidden must be a list of whole numbers >= 1, such as [8, 4] (got [3.5])",
        ),
        (
            DATA + '[network]\nskips = "some"',
            '[network] skips must be "none" or "all" (got "some")',
        ),
    ],
)
def test_a_recipe_that_makes_no_sense_is_told_where(tmp_path, text, message):
    path = written(tmp_path, text)
    with pytest.raises(NeurosimError, match=f"^{re.escape(path)}: {re.escape(message)}"):
        recipes.recipe_from(path)


def test_what_is_no_toml_is_refused(tmp_path):
    path = written(tmp_path, "[data")
    with pytest.raises(FormatError, match=f"^{re.escape(path)} is not a TOML file: "):
        recipes.recipe_from(path)


@pytest.mark.parametrize(
    ("train", "message"),
    [
        ({"rule": "Adm"}, "[train] rule: there is no 'Adm'; did you mean 'Adam'?"),
        ({"rule": 3}, '[train] rule must be a name such as "GradientDescent", or a table such as'),
        (
            {"rule": {"name": "Adam", "rate": 1}},
            "[train] rule Adam has no 'rate'; did you mean 'learning_rate'?",
        ),
        (
            {"rule": {"name": "Adam", "learning_rate": -1}},
            "[train] rule: Adam.learning_rate must be > 0 (got -1)",
        ),
    ],
)
def test_what_is_no_rule_is_refused(train, message):
    with pytest.raises(NeurosimError, match=re.escape(message)):
        recipes.rule_of(recipes.Training(**train))
