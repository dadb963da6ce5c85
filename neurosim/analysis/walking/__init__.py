"""The walk-through: one step of training on one example, equation by equation."""

from __future__ import annotations

from typing import Any

from neurosim.analysis.walking.one_step import one_step
from neurosim.analysis.walking.passes import equations
from neurosim.analysis.walking.showing import Walkthrough
from neurosim.analysis.walking.symbols import Symbols
from neurosim.costs import Cost
from neurosim.model import Network
from neurosim.program import Program
from neurosim.training.rules import DEFAULT_RULE, PerceptronRule, Rule

__all__ = ["Walkthrough", "walkthrough"]


def walkthrough(
    net_or_program: Network | Program,
    x: Any,
    target: Any,
    *,
    rule: Rule = DEFAULT_RULE,
    cost: Cost | None = None,
    units: str = "data",
) -> Walkthrough:
    """Show one step of training on one example: every equation, with its numbers.

    The step is that of ``train(net, [x], [target], epochs=1)``, taken on a copy: the network is
    not changed. Print the result, or see it in a notebook.

    Parameters
    ----------
    net_or_program : Network or Program
        Of a program, its engine runs the step; a network is run by the engine ``"reference"``.
    x : (n_inputs,) array_like, or a row of a data frame
        One example, in the units of the data; a number will do for one input.
    target : (n_outputs,) array_like, or a class label
        What is desired of the outputs; a number will do for one output.
    rule : Rule
        Its first step is taken.
    cost : Cost, optional
        The cost function to minimize; by default that of `train`.
    units : {"data", "network"}
        In which units x and target are; ``"network"`` leaves out the scalers of the network. What
        is shown are the numbers of the network.

    Returns
    -------
    Walkthrough
        ``str(...)`` is the text, ``.to_latex()`` the equations for a paper, ``.rows`` the same as
        data, ``.to_frame()`` a table.

    Raises
    ------
    StructureError
        For a network that the rule or the cost cannot train; the neuron is named.
    StaleProgramError
        For a program whose network has changed in structure.
    InvalidValueError, InvalidTypeError
        For arguments that cannot be used, among them a batch in the place of one example.

    Notes
    -----
    Inputs are x, hidden neurons emit a, output neurons ŷ, and their target is y. δ is ∂E/∂z, so
    with the squared error it is −(y − ŷ) f′(z) at an output; code that computes (y − ŷ) f′(z) has
    the opposite sign, and adds the adjustment that it makes of that. In a softmax layer
    δ = a (∂E/∂a − m) with the mean m = Σ a ∂E/∂a. Where the cost goes to the net input directly, as
    cross-entropy does, δ = −(y − ŷ). `PerceptronRule` and `DeltaRule` are shown with the letters t
    and o, and have no backward pass.

    References
    ----------
    T. M. Mitchell, *Machine Learning*, McGraw-Hill, 1997, sections 4.4 and 4.5.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network("wage")
    >>> study = net.add_neuron("study", role="input")
    >>> wage = net.add_neuron("wage", activation="sigmoid", role="output")
    >>> synapse = net.connect(study, wage, weight=0.5)
    >>> walk = ns.walkthrough(net, 1.0, 0.8, rule=ns.GradientDescent(10.0))
    >>> print(walk.to_text(section="Update"))
    Update
    ──────
      wage
        ∂E/∂w_study→wage = x_study · δ_wage  = 1 · (−0.04172)    = −0.04172
        Δw_study→wage    = −η · ∂E/∂w        = −10 · (−0.04172)  =  0.4172
        w_study→wage     ← w + Δw            = 0.5 + 0.4172      =  0.9172
        ∂E/∂b_wage       = δ                                     = −0.04172
        Δb_wage          = −η · ∂E/∂b        = −10 · (−0.04172)  =  0.4172
        b_wage           ← b + Δb            = 0 + 0.4172        =  0.4172
    """
    step = one_step(net_or_program, x, target, rule, cost, units=units)
    has_cost = not isinstance(rule, PerceptronRule)
    rows = tuple(equations(Symbols(step)))
    return Walkthrough(step.program.network.name, rule, step.cost if has_cost else None, rows)
