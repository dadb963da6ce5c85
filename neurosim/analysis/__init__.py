"""Looking into networks: whether gradients are right."""

from neurosim.analysis.gradients import GradientCheck, check_gradients

__all__ = ["GradientCheck", "check_gradients"]
