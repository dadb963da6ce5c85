"""`neurosim train`: networks that a recipe makes or takes, and what is left of a training."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import neurosim as ns
from neurosim.command_line import main
from neurosim.io import whole

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a table of numbers and classes."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 60))
    kinds = np.where(a + b > 0, "up", "down")
    sign = np.where(a + b > 0, 1, -1)
    table = {"a": a, "b": b, "c": 3 + 10 * np.tanh(a - b), "sign": sign, "kind": kinds}
    pd.DataFrame(table).to_csv("t.csv", index=False)
    return tmp_path


def trained(capsys, data, network="", train="", options=""):
    """Write a recipe and train by it; return the network and what was printed."""
    Path("r.toml").write_text(
        f"[data]\nfile = 't.csv'\n{data}\n[network]\n{network}\n[train]\n{train}\n"
    )
    code = main(["train", "r.toml", *options.split()])
    said = capsys.readouterr()
    assert code == 0, said.err
    return ns.load("r/network.neurosim"), said


def refused(capsys, data, network="", train=""):
    """Write a recipe that is refused; return the line that says so."""
    Path("r.toml").write_text(
        f"[data]\nfile = 't.csv'\n{data}\n[network]\n{network}\n[train]\n{train}\n"
    )
    assert main(["train", "r.toml"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert not Path("r").exists()
    return said.err


NUMBERS = 'inputs = ["a", "b"]\noutputs = ["c"]'
CLASSES = 'inputs = ["a", "b"]\nlabel = "kind"'

# -- names -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["inputs", "hidden", "outputs", "hidden[0]", "c (output)"])
def test_columns_may_be_called_as_layers_are(folder, capsys, name):
    table = pd.read_csv("t.csv").rename(columns={"a": name})
    table.to_csv("t.csv", index=False)
    net, _ = trained(
        capsys, f'inputs = ["{name}", "b", "c"]\noutputs = ["c"]', "hidden = [2]", "epochs = 1"
    )
    assert [one.name for one in net.inputs] == [name, "b", "c"]
    assert main(["predict", "r/network.neurosim", "t.csv"]) == 0
    assert capsys.readouterr().out.startswith("c (output)")


def test_classes_may_be_called_as_layers_are(folder, capsys):
    table = pd.read_csv("t.csv")
    table["kind"] = np.resize(["inputs", "hidden", "outputs", "a"], len(table))
    table.to_csv("t.csv", index=False)
    net, _ = trained(capsys, CLASSES, "hidden = [2]", "epochs = 1")
    assert net.classes == ("a", "hidden", "inputs", "outputs")
    assert [one.name for one in net.outputs] == ["a (output)", "hidden", "inputs", "outputs"]
    assert [layer.name for layer in net.layers] == ["inputs_", "hidden_", "outputs_"]


def test_layers_keep_their_names_where_nobody_else_has_them(folder, capsys):
    net, _ = trained(capsys, NUMBERS, "hidden = [2, 3]", "epochs = 1")
    assert [layer.name for layer in net.layers] == ["inputs", "hidden1", "hidden2", "outputs"]


def test_a_class_that_only_the_test_rows_have_is_one_of_the_classes(folder, capsys):
    table = pd.read_csv("t.csv")
    table.loc[7, "kind"] = "once"
    table.to_csv("t.csv", index=False)
    net, _ = trained(capsys, f"{CLASSES}\ntest = 30", "", "epochs = 1")
    assert net.classes == ("down", "once", "up")


def test_one_class_is_refused(folder, capsys):
    Path("t.csv").write_text("a,b,kind\n1,2,x\n3,4,x\n")
    assert refused(capsys, CLASSES) == (
        "neurosim: t.csv: column 'kind' must hold two classes or more (got 'x')\n"
    )


def test_numbers_that_become_classes_are_said(folder, capsys):
    _, said = trained(capsys, 'inputs = ["a", "b"]\nlabel = "c"\ntest = 0', "", "epochs = 1")
    assert said.err == (
        "neurosim: warning: t.csv: column 'c' holds numbers, of which each of 60 is a class of its "
        "own; numbers to learn are named in [data] outputs\n"
    )
    _, said = trained(capsys, 'inputs = ["a", "b"]\nlabel = "sign"\ntest = 0', "", "epochs = 1")
    assert "holds numbers" not in said.err


# -- rules without a cost ----------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["PerceptronRule", "DeltaRule"])
def test_the_rules_for_one_layer_need_no_cost(folder, capsys, rule):
    net, said = trained(capsys, CLASSES, "", f'rule = "{rule}"\nmetrics = ["accuracy"]')
    assert {str(one.activation) for one in net.outputs} == {"threshold"}
    assert float(re.search(r"  accuracy +([\d.]+)", said.out)[1]) > 0.9
    numbers = 'inputs = ["a", "b"]\noutputs = ["sign"]'
    net, said = trained(
        capsys, numbers, 'output_activation = "threshold"', f'rule = "{rule}"', "--output r"
    )
    X, y = pd.read_csv("t.csv")[["a", "b"]], pd.read_csv("t.csv")["sign"]
    assert np.mean(ns.compile(net).predict(X)[:, 0] == y) > 0.9


def test_the_perceptron_rule_stops_early_by_its_errors(folder, capsys):
    train = 'rule = "PerceptronRule"\npatience = 3\nepochs = 1000'
    _, said = trained(capsys, CLASSES, "", train)
    assert "val_errors" in said.out


def test_a_cost_beside_the_perceptron_rule_is_refused(folder, capsys):
    train = 'rule = "PerceptronRule"\ncost = "SquaredError"'
    assert refused(capsys, CLASSES, "", train) == (
        "neurosim: r.toml: [train] cost has no effect with PerceptronRule, which counts errors; "
        "leave it out\n"
    )


# -- networks from files -----------------------------------------------------------------------

EDGES = "source,target\na,h\nb,h\nb,g\nh,c\ng,c\na,c\n"


def test_a_topology_from_a_file_gets_all_that_the_recipe_says(folder, capsys):
    Path("topo.csv").write_text(EDGES)
    net, said = trained(
        capsys,
        NUMBERS,
        'file = "topo.csv"\nname = "mine"\ndtype = "float32"\nactivation = "tanh"\n'
        'output_activation = "identity"\ninitializer = { name = "Normal", std = 0.5 }\nseed = 3\n'
        'scale_inputs = "rescale"\nscale_outputs = "standardize"',
        'rule = { name = "Adam", learning_rate = 0.02 }\nepochs = 300\nmetrics = ["r2"]',
    )
    assert said.err == ""
    assert (net.name, str(net.dtype)) == ("mine", "float32")
    assert {(one.name, str(one.activation)) for one in net.neurons if one.role != "input"} == {
        ("h", "tanh"), ("g", "tanh"), ("c", "identity"),
    }  # fmt: skip
    edges = {(one.pre.name, one.post.name) for one in net.synapses}
    assert edges == {tuple(line.split(",")) for line in EDGES.split()[1:]}
    assert None not in (net.input_scaler, net.output_scaler)
    assert float(re.search(r"  val_r2 +([\d.]+)", said.out)[1]) > 0.8


def test_the_initializer_draws_the_weights_of_a_network_from_a_file(folder, capsys):
    Path("topo.csv").write_text(EDGES)
    expected = ns.read("topo.csv")
    expected.initialize(ns.initializers.Normal(std=0.5), seed=3)
    shape = 'file = "topo.csv"\ninitializer = { name = "Normal", std = 0.5 }\nseed = 3'
    net, _ = trained(capsys, NUMBERS, shape, "epochs = 0")
    np.testing.assert_array_equal(net.synapses.weight, expected.synapses.weight)


def test_outputs_of_a_graph_become_a_softmax_layer_for_classes(folder, capsys):
    Path("topo.csv").write_text("source,target\na,up\na,h\nb,h\nh,up\nh,down\nb,down\n")
    net, said = trained(
        capsys,
        CLASSES,
        'file = "topo.csv"\ninitializer = "LeCun"\noutput_activation = "softmax"',
        'rule = { name = "Adam", learning_rate = 0.05 }\nepochs = 200\nmetrics = ["accuracy"]',
    )
    assert {str(one.activation) for one in net.outputs} == {"softmax"}
    assert net.classes == tuple(one.name for one in net.outputs)
    assert float(re.search(r"  val_accuracy +([\d.]+)", said.out)[1]) > 0.8


def test_what_a_recipe_does_not_name_stays_as_the_file_has_it(folder, capsys):
    first, _ = trained(capsys, NUMBERS, "hidden = [3]", "epochs = 3")
    Path("r").rename("first")
    shape = 'file = "first/network.neurosim"'
    net, _ = trained(capsys, NUMBERS, shape, "epochs = 0")
    np.testing.assert_array_equal(net.synapses.weight, first.synapses.weight)
    assert (net.input_scaler, net.output_scaler) == (first.input_scaler, first.output_scaler)


def test_weights_that_are_all_0_are_refused_unless_they_are_drawn(folder, capsys):
    Path("topo.csv").write_text(EDGES)
    assert refused(capsys, NUMBERS, 'file = "topo.csv"') == (
        "neurosim: [network] file topo.csv: all weights are 0, from which hidden neurons learn "
        'nothing; say initializer = "LeCun", or another, which draws the first weights\n'
    )


def test_columns_that_no_neuron_is_called_like_go_in_order_which_is_said(folder, capsys):
    net = ns.topologies.layered([2, 1], activation="identity")
    ns.save(net, "net.neurosim")
    _, said = trained(capsys, NUMBERS, 'file = "net.neurosim"', "epochs = 1")
    assert said.err == (
        "neurosim: warning: [data] outputs: the columns 'c' go to the output neurons 'output[0]', "
        "in this order, since none is called like one\n"
        "neurosim: warning: [data] inputs: the columns 'a', 'b' go to the input neurons "
        "'input[0]', 'input[1]', in this order, since none is called like one\n"
    )


def test_columns_that_some_neurons_are_called_like_are_refused(folder, capsys):
    Path("topo.csv").write_text(EDGES.replace("b", "z"))
    shape = 'file = "topo.csv"\ninitializer = "Normal"'
    assert refused(capsys, NUMBERS, shape) == (
        "neurosim: [data] inputs must be the columns that the network's input neurons are called "
        "like, 'a', 'z' (got 'a', 'b')\n"
    )


def test_labels_that_a_network_does_not_know_are_named_by_their_row(folder, capsys):
    trained(capsys, CLASSES, "", "epochs = 1")
    Path("r").rename("first")
    lines = Path("t.csv").read_text().splitlines()
    lines[4] = re.sub(r"\w+$", "sideways", lines[4])
    Path("t.csv").write_text("\n".join(lines))
    assert refused(capsys, CLASSES, 'file = "first/network.neurosim"') == (
        "neurosim: t.csv: row 5 of column 'kind' must be one of the network's classes, 'down', "
        "'up' (got \"sideways\")\n"
    )


@pytest.mark.parametrize(
    ("data", "network", "message"),
    [
        (
            NUMBERS, 'file = "topo.csv"\nhidden = [3]',
            "[network] hidden has no effect on a network from a file; leave it out, or leave out "
            "file",
        ),
        (
            NUMBERS, 'file = "topo.csv"\nseed = 3',
            "[network] seed has no effect on the weights of a network from a file; leave it out, "
            "or say initializer, which draws new ones",
        ),
        (
            NUMBERS, 'file = "topo.csv"\nactivation = ["tanh"]',
            "[network] activation must be one name for all hidden neurons of a network from a "
            'file (got ["tanh"])',
        ),
        (
            NUMBERS, 'activation = "tanh"',
            "[network] activation has no effect without hidden layers; leave it out, or say "
            "hidden = [...]",
        ),
        (
            CLASSES, 'scale_outputs = "rescale"',
            "[network] scale_outputs has no effect on classes; leave it out",
        ),
        (
            f"{NUMBERS}\ntest = 0\nseed = 1", "",
            "[data] seed has no effect with test = 0, which keeps no rows; leave it out",
        ),
        (
            'inputs = ["a", "kind"]\nlabel = "kind"', "",
            '[data] label must not be one of the inputs (got "kind")',
        ),
    ],
)  # fmt: skip
def test_keys_that_would_change_nothing_are_refused(folder, capsys, data, network, message):
    assert refused(capsys, data, network) == f"neurosim: r.toml: {message}\n"


# -- rows that are kept ------------------------------------------------------------------------


@pytest.mark.parametrize("test", ["0", "0.0"])
def test_without_test_rows_all_rows_are_trained_on(folder, capsys, test):
    _, said = trained(capsys, f"{NUMBERS}\ntest = {test}", "", "epochs = 2")
    assert "60 rows to train on, none to validate on" in said.out
    assert list(pd.read_csv("r/history.csv")) == ["epoch", "cost"]


@pytest.mark.parametrize(("test", "kept"), [("60", 60), ("0.001", 0)])
def test_test_rows_that_leave_nothing_are_refused(folder, capsys, test, kept):
    assert refused(capsys, f"{NUMBERS}\ntest = {test}") == (
        "neurosim: [data] test must keep at least one of 60 rows, and leave one to train on (got "
        f"{test}, which keeps {kept})\n"
    )


# -- what is left ------------------------------------------------------------------------------


def test_the_report_is_about_the_network_that_is_kept(folder, capsys):
    train = 'patience = 5\nepochs = 1000\nrule = { name = "Adam", learning_rate = 0.1 }'
    _, said = trained(capsys, NUMBERS, "hidden = [8]", train)
    history = pd.read_csv("r/history.csv", index_col="epoch")
    best = history["val_cost"].idxmin()
    assert best < len(history) - 1
    epochs = f"{len(history)} epochs; the network is that of epoch {best}, the best of them:"
    assert epochs in said.out
    assert f"  val_cost  {history['val_cost'][best]:.6g}\n" in said.out


def test_what_another_recipe_made_is_not_replaced_without_a_word(folder, capsys):
    _, said = trained(capsys, NUMBERS, "", "epochs = 1")
    assert said.err == ""
    assert Path("r/recipe.toml").read_bytes() == Path("r.toml").read_bytes()
    _, said = trained(capsys, NUMBERS, "", "epochs = 1")
    assert said.err == ""
    _, said = trained(capsys, NUMBERS, "", "epochs = 2")
    assert said.err == (
        "neurosim: warning: r/network.neurosim was not made by this recipe as it is now, and will "
        "be replaced; --output names another folder\n"
    )
    Path("r/recipe.toml").unlink()
    _, said = trained(capsys, NUMBERS, "", "epochs = 2", "--quiet")
    assert "was not made by this recipe" in said.err


@pytest.mark.parametrize("is_new", [True, False])
def test_files_are_written_together_or_not_at_all(folder, capsys, monkeypatch, is_new):
    if not is_new:
        trained(capsys, NUMBERS, "", "epochs = 1")
    before = {path.name: path.read_bytes() for path in Path("r").glob("*")}
    Path("r.toml").write_text(f"[data]\nfile = 't.csv'\n{NUMBERS}\n[train]\nepochs = 2\n")
    replace, calls = os.replace, []

    def full(source, target):
        calls.append(target)
        if Path(target).name == "history.png":
            raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(whole.os, "replace", full)
    assert main(["train", "r.toml"]) == 1
    assert len(calls) > 2
    assert capsys.readouterr().err.splitlines()[-1] == "neurosim: r: No space left on device"
    assert {path.name: path.read_bytes() for path in Path("r").glob("*")} == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--output t.csv", "t.csv: is a file, not a folder; name another by --output"),
        ("--output t.csv/x", "t.csv: is a file, not a folder; name another by --output"),
        ("--output full", "full/history.csv: Is a directory"),
    ],
)
def test_a_place_that_nothing_can_be_written_to_is_refused_before_training(
    folder, capsys, options, message
):
    Path("full/history.csv").mkdir(parents=True)
    Path("r.toml").write_text(f"[data]\nfile = 'nothing.csv'\n{NUMBERS}\n")
    assert main(["train", "r.toml", *options.split()]) == 1
    said = capsys.readouterr().err.replace(f"{folder}{os.sep}", "")
    assert said == f"neurosim: {message}\n"


# -- Ctrl-C ------------------------------------------------------------------------------------

PRESSED = """
import signal, sys
import neurosim as ns
from neurosim.command_line import main

signal.signal(signal.SIGINT, signal.default_int_handler)
train = ns.train

def telling(*arguments, callbacks, **more):
    def tell(history):
        if history.epochs == 5:
            print("training", flush=True)
    return train(*arguments, callbacks=[*callbacks, tell], **more)

ns.train = telling
sys.exit(main(["train", "r.toml"]))
"""


def pressed(folder):
    """Press Ctrl-C while a process trains; return its exit code and what it said on stderr."""
    child = subprocess.Popen(
        [sys.executable, "-c", PRESSED], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:
        assert child.stdout.readline() == "training\n"
        child.send_signal(signal.SIGINT)
        out, complaints = child.communicate(timeout=60)
    finally:
        child.kill()
        child.wait()
    assert out == ""
    return child.returncode, complaints


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C to whole process groups")
@pytest.mark.parametrize("patience", ["", "patience = 1000000000"])
def test_ctrl_c_leaves_what_was_learned(folder, patience):
    rule = 'rule = { name = "Adam", learning_rate = 0.5 }'
    Path("r.toml").write_text(
        f"[data]\nfile = 't.csv'\n{NUMBERS}\n[network]\nhidden = [4]\n"
        f"[train]\nepochs = 1000000000\n{rule}\n{patience}\n"
    )
    code, said = pressed(folder)
    files = "r/network.neurosim, r/history.csv, r/history.png, r/recipe.toml"
    found = re.fullmatch(
        r"neurosim: training was interrupted in epoch (\d+); the parameters are "
        rf"(those of epoch (\d+), the best by val_cost|those after the last whole step); "
        rf"written: {files}\n",
        said,
    )
    assert code == 130
    assert found is not None, said
    history = pd.read_csv("r/history.csv", index_col="epoch")
    assert len(history) == int(found[1]) >= 5
    table = pd.read_csv("t.csv")
    _, X, _, y = ns.split(table[["a", "b"]], table[["c"]])
    net = ns.load("r/network.neurosim")
    outputs, targets = map(net.output_scaler.transform, (ns.compile(net).predict(X), y))
    error = ns.SquaredError(reduction="mean").value(outputs, targets)
    if patience:
        assert int(found[3]) == history["val_cost"].idxmin()
        assert error == pytest.approx(history["val_cost"].min(), rel=1e-9)
    else:
        assert found[2] == "those after the last whole step"
        assert np.isfinite(error)
