"""Training rules: how parameters change, given a gradient or an error."""

from neurosim.training.rules.adaptive import Adagrad, Adam, AdamW, RMSProp
from neurosim.training.rules.base import Memory, Rule
from neurosim.training.rules.descent import DEFAULT_RULE, GradientDescent
from neurosim.training.rules.marquardt import LevenbergMarquardt
from neurosim.training.rules.minimizers import LBFGS, ConjugateGradient, Minimizer, NewtonCG
from neurosim.training.rules.one_layer import DeltaRule, PerceptronRule
from neurosim.training.rules.resilient import Rprop
from neurosim.training.rules.whole_batch import WholeBatchRule

# All of them, each with its defaults: a new one is tested as soon as it stands here.
RULES: tuple[type[Rule], ...] = (
    GradientDescent, Adagrad, RMSProp, Adam, AdamW, Rprop, PerceptronRule, DeltaRule,
    LBFGS, ConjugateGradient, NewtonCG, LevenbergMarquardt,
)  # fmt: skip

__all__ = [
    "DEFAULT_RULE",
    "LBFGS",
    "RULES",
    "Adagrad",
    "Adam",
    "AdamW",
    "ConjugateGradient",
    "DeltaRule",
    "GradientDescent",
    "LevenbergMarquardt",
    "Memory",
    "Minimizer",
    "NewtonCG",
    "PerceptronRule",
    "RMSProp",
    "Rprop",
    "Rule",
    "WholeBatchRule",
]
