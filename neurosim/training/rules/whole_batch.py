"""What rules have in common that find a step by the cost of all examples at several places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from attrs import frozen

from neurosim.checks import FloatArray
from neurosim.errors import InvalidTypeError, InvalidValueError
from neurosim.training.expected import Expected
from neurosim.training.rules.base import Memory, Rule, remembered

if TYPE_CHECKING:
    from neurosim.program import Program
    from neurosim.training.shaping import Settings


@frozen
class WholeBatchRule(Rule):
    """Base of the rules whose step is no function of one gradient.

    An epoch is one step on all examples. Each has a `tolerance`, the largest |∂E/∂w| at which the
    training ends; the last epoch then takes no step, so that its cost is that of the parameters.
    """

    def expected(self, memory: Memory) -> Expected:
        """Return that nothing is remembered."""
        return remembered(memory)

    def update(self, parameters: FloatArray, gradient: FloatArray, memory: Memory) -> NoReturn:
        """Refuse: a gradient alone does not make a step."""
        raise InvalidTypeError(
            f"{type(self).__name__} takes no step by a gradient alone, it asks for the cost at "
            "several places; train with it by train(..., rule=...)"
        )

    def batch_size(self, asked: int | None) -> int | None:
        """Return None, the full batch."""
        if asked is not None:
            raise InvalidValueError(
                f"{type(self).__name__} takes all examples at once: batch_size must be None "
                f"(got {asked}); use Adam or GradientDescent for batches"
            )
        return None

    def check_use(self, program: Program, settings: Settings, *, streams: bool) -> None:
        """Refuse batches that come one by one, and what would bend the steps."""
        name = type(self).__name__
        if streams:
            raise InvalidTypeError(
                f"{name} takes all examples at once: X and y must be arrays (got an iterable of "
                "batches); use Adam or GradientDescent for batches"
            )
        bending = {"clip": settings.clips, "max_norm": settings.max_norm}
        for argument, value in bending.items():
            if value not in (None, ()):
                raise InvalidValueError(
                    f"{name} finds the length of its steps itself: {argument} would undo that "
                    f"(got {argument}={_shown(value)}); leave it out"
                )
        for argument in ("dropout", "input_noise"):
            if argument in settings.given:
                raise InvalidValueError(
                    f"{name} compares the cost at several places, and {argument} would make it "
                    "another one at each; leave it out"
                )
        for of, factor in settings.learning_rates:
            if factor not in (0, 1):
                raise InvalidValueError(
                    f"{name} finds the length of its steps itself: learning_rates[{of!r}] must be "
                    f"0, which keeps the parameters as they are, or 1 (got {factor!r})"
                )


def _shown(value: Any) -> str:
    return repr(value[0] if isinstance(value, tuple) and len(value) == 1 else value)
