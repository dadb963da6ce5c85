"""Looking into networks: whether gradients are right, and how outputs change with parameters."""

from neurosim.analysis.gradients import GradientCheck, check_gradients
from neurosim.analysis.jacobians import jacobian

__all__ = ["GradientCheck", "check_gradients", "jacobian"]
