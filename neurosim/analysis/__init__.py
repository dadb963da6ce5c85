"""Looking into networks: their gradients, their Jacobian, and what a step of training computes."""

from neurosim.analysis.gradients import GradientCheck, check_gradients
from neurosim.analysis.jacobians import jacobian
from neurosim.analysis.walking import Walkthrough, walkthrough

__all__ = ["GradientCheck", "Walkthrough", "check_gradients", "jacobian", "walkthrough"]
