"""Training: rules, the loop that applies them, and the history it leaves."""

from neurosim.training import callbacks, schedules
from neurosim.training.history import History
from neurosim.training.loop import train
from neurosim.training.rules import (
    LBFGS,
    Adagrad,
    Adam,
    AdamW,
    ConjugateGradient,
    DeltaRule,
    GradientDescent,
    LevenbergMarquardt,
    NewtonCG,
    PerceptronRule,
    RMSProp,
    Rprop,
    Rule,
)
from neurosim.training.shaping import L1, L2, ClipNorm, ClipValue

__all__ = [
    "L1",
    "L2",
    "LBFGS",
    "Adagrad",
    "Adam",
    "AdamW",
    "ClipNorm",
    "ClipValue",
    "ConjugateGradient",
    "DeltaRule",
    "GradientDescent",
    "History",
    "LevenbergMarquardt",
    "NewtonCG",
    "PerceptronRule",
    "RMSProp",
    "Rprop",
    "Rule",
    "callbacks",
    "schedules",
    "train",
]
