"""A walk-through as text, as LaTeX and as a table."""

import pickle
import re
import sys

import numpy as np
import pytest
from matplotlib.mathtext import MathTextParser

import neurosim as ns
from neurosim.analysis.walking.equations import Quantity, figure, in_figures, shortened
from neurosim.errors import InvalidTypeError, InvalidValueError, MissingExtraError
from tests.strategies import DIFFERENTIABLE, SOFTMAX


@pytest.fixture
def walk():
    """By hand: z = 2 · 0.5 − 1 · 0.25 + 0.25 = 1, o = 1, e = 3 − 1 = 2, E = ½ 2² = 2, δ = −2."""
    net = ns.Network("tiny")
    inputs = net.add_layer(["a", "b"], role="input", name="in")
    y = net.add_neuron("y", bias=0.25, role="output")
    net.connect(inputs, y, weight=[[0.5], [0.25]])
    return ns.walkthrough(net, [2.0, -1.0], 3.0)


def salary():
    net = ns.Network("salary")
    inputs = net.add_layer(["study", "experience"], role="input", name="input")
    hidden = net.add_layer(3, activation="sigmoid", name="hidden")
    salary = net.add_neuron("salary", activation="sigmoid", role="output")
    net.connect(inputs, hidden)
    net.connect(hidden, salary)
    net.initialize(ns.initializers.Normal(), seed=np.random.RandomState(1))
    return ns.walkthrough(net, [0.3, 1.0], 0.75)


def test_the_text_is_what_one_writes_by_hand(walk):
    text = """\
One step of network 'tiny' on one example
rule GradientDescent(learning_rate=0.1, momentum=0.0, nesterov=False)
cost SquaredError()

Forward
───────
  x_a                                   =  2
  x_b                                   = −1
  y
    w_a→y · x_a      = 0.5 · 2          =  1
    w_b→y · x_b      = 0.25 · (−1)      = −0.25
    z_y = Σ w·x + b  = 1 − 0.25 + 0.25  =  1
    ŷ_y = z                             =  1

Error
─────
  e_y = y − ŷ             = 3 − 1         = 2
  E   = ½ · (y_y − ŷ_y)²  = ½ · (3 − 1)²  = 2

Backward
────────
  y
    ∂E/∂ŷ_y = −(y − ŷ)       = −(3 − 1)  = −2
    f′(z_y)                              =  1
    δ_y     = ∂E/∂ŷ · f′(z)  = −2 · 1    = −2

Update
──────
  y
    ∂E/∂w_a→y = x_a · δ_y   = 2 · (−2)     = −4
    Δw_a→y    = −η · ∂E/∂w  = −0.1 · (−4)  =  0.4
    w_a→y     ← w + Δw      = 0.5 + 0.4    =  0.9
    ∂E/∂w_b→y = x_b · δ_y   = −1 · (−2)    =  2
    Δw_b→y    = −η · ∂E/∂w  = −0.1 · 2     = −0.2
    w_b→y     ← w + Δw      = 0.25 − 0.2   =  0.05
    ∂E/∂b_y   = δ                          = −2
    Δb_y      = −η · ∂E/∂b  = −0.1 · (−2)  =  0.2
    b_y       ← b + Δb      = 0.25 + 0.2   =  0.45"""
    assert str(walk) == text


def test_the_text_of_the_courses_network_fits_a_terminal():
    lines = str(salary()).splitlines()
    assert max(map(len, lines)) <= 100
    assert all(line == line.rstrip() for line in lines)


def test_one_section_can_be_asked_for(walk):
    assert walk.to_text(section="Error").startswith("Error\n─────\n")
    assert walk.to_latex(section="Update").count(r"\paragraph") == 1
    sections = [walk.to_text(section=name) for name in ("Forward", "Error", "Backward", "Update")]
    assert str(walk).endswith("\n\n".join(sections))
    with pytest.raises(
        InvalidValueError, match=r"section must be one of 'Forward', .*got 'Sideways'"
    ):
        walk.to_text(section="Sideways")


def test_numbers_have_as_many_digits_as_asked_for(walk):
    assert "0.25 − 0.2 " in walk.to_text(digits=15)
    assert "0.20000000000000001" in walk.to_text(digits=17)
    assert "1.62435" in salary().to_text(digits=5)
    assert "1.62435" in salary().to_latex(digits=5)
    with pytest.raises(InvalidValueError, match=r"digits must be >= 1 \(got 0\)"):
        walk.to_text(digits=0)
    with pytest.raises(InvalidTypeError, match="digits must be an int"):
        walk.to_latex(digits=2.5)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (3.0, "3"),
        (-0.123456, "−0.1235"),
        (1.98768, "1.9877"),
        (12345.67891, "12345.6789"),
        (0.000123456, "0.0001235"),
        (-0.0000123456, "−1.235e−05"),
        (123456789.0, "1.235e+08"),
        (float("inf"), "inf"),
        (float("nan"), "nan"),
    ],
)
def test_a_number_has_decimals_or_significant_digits(value, shown):
    assert figure(value, 4) == shown


def test_negative_numbers_stand_in_parentheses_where_they_need_them():
    a, b = Quantity("a", (), -2.0), Quantity("b", (), 1e-6)
    assert in_figures((a, " + ", a, " · ", a), 4) == "−2 − 2 · (−2)"
    assert in_figures(("|", a, "| + max(0, ", a, ") − ", a), 4) == "|−2| + max(0, −2) − (−2)"
    assert in_figures(("exp(−", b, "²) + ", b), 4) == "exp(−(1e−06)²) + 1e−06"


def test_a_long_sum_is_shortened_but_for_its_ends():
    terms = [Quantity("a", (), float(i)) for i in range(9)]
    parts = tuple(part for term in terms for part in (" + ", term))[1:]
    assert in_figures(shortened(parts), 4) == "0 + 1 + … + 8"
    assert in_figures(shortened(parts[:7]), 4) == "0 + 1 + 2 + 3"
    logarithms = ("−(1 · ln(", *[p for t in terms for p in (t, ") + 1 · ln(")][:-1], "))")
    assert in_figures(shortened(logarithms), 4) == "−(1 · ln(0) + 1 · ln(1) + … + 1 · ln(8))"


def test_the_latex_is_made_of_aligned_equations(walk):
    latex = walk.to_latex()
    assert latex.startswith(
        "\\begingroup\\allowdisplaybreaks\n\\paragraph{Forward}\n\\begin{align*}\n"
    )
    assert r"w_{\text{a} \to \text{y}} \cdot x_{\text{a}} &= 0.5 \cdot 2 = 1 \\" in latex
    assert r"z_{\text{y}} &= \sum w\cdot x + b = 1 - 0.25 + 0.25 = 1 \\" in latex
    assert r"E &= \tfrac{1}{2} \cdot (y_{\text{y}} - \hat{y}_{\text{y}})^2" in latex
    assert r"\frac{\partial E}{\partial w_{\text{a} \to \text{y}}} &= x_{\text{a}}" in latex
    assert r"\Delta b_{\text{y}} &= -\eta \cdot \frac{\partial E}{\partial b} = -0.1" in latex
    assert latex.count(r"\begin{align*}") == latex.count(r"\end{align*}") == 4
    assert latex.isascii()
    assert walk._repr_latex_() == latex


def test_names_open_no_tag_no_link_and_no_paragraph_where_markdown_is_shown():
    net = ns.Network()
    name = "<img src=x onerror=alert(1)>\n\n[here](https://example.org)"
    net.connect(net.add_neuron(name, role="input"), net.add_neuron("h[0]", role="output"))
    walk = ns.walkthrough(net, 1.0, 1.0, cost=ns.SquaredError(reduction="sum"))
    for shown in (walk._repr_markdown_(), walk.to_latex()):
        assert r"{<}\text{img src=x onerror=alert(1)}{>}\text{ [here}{]}\text{(https" in shown
        assert r"\text{h[0]}" in shown
        assert "<img" not in shown
        assert "](" not in shown
    assert "\n\n" not in walk._repr_markdown_().split("$$")[1]


def test_every_equation_of_the_latex_can_be_set():
    net = ns.Network("names")
    odd = net.add_neuron("a_b% #$-'", role="input")
    y = net.add_neuron("y", activation="gaussian", role="output")
    net.connect(odd, y, weight=1e-7)
    kinds = [one for one in DIFFERENTIABLE if one != SOFTMAX]
    layer = net.add_layer(len(kinds), activation=kinds, name="layer")
    classes = net.add_layer(5, activation="softmax", name="classes")
    net.connect(odd, layer)
    net.connect(layer, classes)
    net.connect(classes, y)
    walk = ns.walkthrough(net, 1e-3, 1e12, rule=ns.RMSProp(), cost=ns.Huber())
    parse = MathTextParser("path").parse
    equations = re.findall(r"^.*&.*$", walk.to_latex(), re.MULTILINE)
    assert len(equations) == len(walk.rows)
    for equation in {re.sub(r"\d+", "1", equation) for equation in equations}:
        line = re.sub(r" \\\\(\[1pt\])?$", "", equation).replace(r"\tfrac", r"\frac")
        left, right = re.split(r"(?<!\\)&", line)
        parse(f"${left}{right}$")


def test_what_is_special_in_a_name_is_escaped():
    net = ns.Network("names")
    net.connect(
        net.add_neuron("_%#$&{}\\^~", role="input"), net.add_neuron("två-a' b", role="output")
    )
    latex = ns.walkthrough(net, 1.0, 1.0).to_latex()
    assert r"x_{\_\%\#\$\&\{\}\backslash \hat{}\sim } &= 1" in latex
    assert r"\hat{y}_{\text{två-a' b}} &= z" in latex


def test_a_notebook_shows_the_equations(walk):
    markdown = walk._repr_markdown_()
    assert markdown.count("$$\n\\begin{aligned}\n") == markdown.count("\n\\end{aligned}\n$$") == 4
    assert markdown.startswith("**Forward**\n\n$$")


def test_the_table_has_a_row_per_equation(walk):
    frame = walk.to_frame()
    columns = ["section", "quantity", "pre", "neuron", "equation", "figures", "value"]
    assert list(frame.columns) == columns
    assert len(frame) == len(walk.rows)
    assert frame.iloc[2].tolist() == ["Forward", "product", "a", "y", "w_a→y · x_a", "0.5 · 2", 1.0]
    cost = frame[frame.quantity == "cost"].iloc[0]
    assert cost.tolist() == ["Error", "cost", "", "", "E = ½ · (y_y − ŷ_y)²", "½ · (3 − 1)²", 2.0]
    new = frame[frame.quantity == "parameter"].set_index(["pre", "neuron"])["value"]
    assert new.round(9).to_dict() == {("a", "y"): 0.9, ("b", "y"): 0.05, ("", "y"): 0.45}


def test_without_pandas_the_extra_is_named(walk, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingExtraError) as refusal:
        walk.to_frame()
    assert str(refusal.value) == 'Walkthrough.to_frame needs pandas: pip install "neurosim[frames]"'


def test_it_is_a_value_that_can_be_kept(walk):
    assert pickle.loads(pickle.dumps(walk)) == walk
    assert repr(walk) == "<Walkthrough of network 'tiny': 20 equations>"
    with pytest.raises(AttributeError):
        walk.rows = ()
