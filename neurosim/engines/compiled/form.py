"""A plan in the form that kernels read: codes, addresses, the tape, the sheet."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from neurosim.activations import Activation
from neurosim.checks import BoolArray, IntArray
from neurosim.compiler.layout import FULL
from neurosim.compiler.plan import Plan
from neurosim.engines.compiled import codes
from neurosim.engines.compiled.layers import sheet_of
from neurosim.engines.compiled.own import OwnActivation
from neurosim.engines.compiled.tape import Tape, back_tape, forward_tape


class Form:
    """What kernels need to know of a plan, each part made when it is first needed.

    Parameters
    ----------
    plan : Plan
    dtype : float32 or float64
    own : dict
        The compiled form of each activation of the user's.
    """

    def __init__(
        self, plan: Plan, dtype: np.dtype[Any], own: dict[Activation, OwnActivation]
    ) -> None:
        self.plan, self.dtype, self.own = plan, dtype, own

    @cached_property
    def code_of(self) -> dict[Activation, int]:
        """The number by which kernels know each activation."""
        own = {activation: codes.OWN + i for i, activation in enumerate(self.own)}
        return {
            a: own[a] if a in own else codes.ACTIVATIONS[a.name] for a in self.plan.present
        }

    @cached_property
    def code(self) -> IntArray:
        """The same for each row; inputs have a code of their own."""
        known = [codes.INPUT if a is None else self.code_of.get(a, 0) for a in self.plan.kinds]
        return np.array(known, np.int32)[self.plan.code]

    @cached_property
    def addresses(self) -> IntArray:
        """Where the machine code of the user's activations is."""
        pairs = [one.addresses for one in self.own.values()]
        return np.array(pairs, np.int64).reshape(len(pairs), 2)

    @cached_property
    def keep(self) -> BoolArray:
        """The rows whose net input is kept: the way back needs it, or the cost may."""
        kept = [
            code
            for activation, code in self.code_of.items()
            if code in codes.KEEP_NET_INPUT
            or (activation in self.own and self.own[activation].keep_net_input)
        ]
        keep: BoolArray = np.isin(self.code, kept)
        keep[self.plan.output_index] = True
        return keep

    @cached_property
    def tape(self) -> Tape:
        """The plan for a walk forward."""
        return forward_tape(self.plan, self.code, self.keep)

    @cached_property
    def way_back(self) -> Tape:
        """The plan for a walk back."""
        return back_tape(self.plan, self.code, self.tape)

    @cached_property
    def sheet(self) -> IntArray | None:
        """The plan as dense layers, if it is that."""
        if (self.plan.block_table.kind != FULL).any():
            return None  # at once: the stages of a large irregular network take long to make
        return sheet_of(self.plan, self.code, self.keep)
