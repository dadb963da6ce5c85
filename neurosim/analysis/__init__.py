"""Looking into networks: whether gradients are right, and what a step of training computes."""

from neurosim.analysis.gradients import GradientCheck, check_gradients
from neurosim.analysis.walking import Walkthrough, walkthrough

__all__ = ["GradientCheck", "Walkthrough", "check_gradients", "walkthrough"]
