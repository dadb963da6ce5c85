"""Training: rules, the loop that applies them, and the history it leaves."""

from neurosim.training.history import History
from neurosim.training.loop import train
from neurosim.training.rules import DeltaRule, GradientDescent, PerceptronRule, Rule

__all__ = ["DeltaRule", "GradientDescent", "History", "PerceptronRule", "Rule", "train"]
