"""Training rules: how parameters change, given a gradient or an error."""

from neurosim.training.rules.adaptive import Adagrad, Adam, AdamW, RMSProp
from neurosim.training.rules.base import DEFAULT_COST, Memory, Rule
from neurosim.training.rules.descent import DEFAULT_RULE, GradientDescent
from neurosim.training.rules.one_layer import DeltaRule, PerceptronRule
from neurosim.training.rules.resilient import Rprop

# All of them, each with its defaults: a new one is tested as soon as it stands here.
RULES: tuple[type[Rule], ...] = (
    GradientDescent, Adagrad, RMSProp, Adam, AdamW, Rprop, PerceptronRule, DeltaRule,
)  # fmt: skip

__all__ = [
    "DEFAULT_COST",
    "DEFAULT_RULE",
    "RULES",
    "Adagrad",
    "Adam",
    "AdamW",
    "DeltaRule",
    "GradientDescent",
    "Memory",
    "PerceptronRule",
    "RMSProp",
    "Rprop",
    "Rule",
]
