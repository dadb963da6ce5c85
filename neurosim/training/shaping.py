"""What shapes a step besides the rule: penalties, clipping, rates of its own, a limit of norms.

A step is a pipeline over the free parameters, those that are not held by a factor of 0: the
gradient of the penalties is added, the gradient is clipped, the rule takes its step, which is
multiplied by the factor of each parameter, and weights that have grown too long are cut back. What
is held is left out of all of it, whatever its gradient: nothing is multiplied by 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import Attribute, field, frozen

from neurosim.checks import BoolArray, FloatArray, IntArray, number, plain
from neurosim.compiler.plan import Rows, as_rows
from neurosim.errors import InvalidTypeError, InvalidValueError, UnknownNameError
from neurosim.model import Layer, Neuron, Synapse, SynapseGroup
from neurosim.wording import shown

if TYPE_CHECKING:
    from neurosim.program import Program


def _positive(value_object: Any, attribute: Attribute[float], value: Any) -> None:
    where = f"{type(value_object).__name__}.{attribute.name}"
    if number(value, where) <= 0:
        raise InvalidValueError(f"{where} must be > 0 (got {value!r})")


def _flag(value_object: Any, attribute: Attribute[bool], value: Any) -> None:
    if not isinstance(value, (bool, np.bool_)):
        where = f"{type(value_object).__name__}.{attribute.name}"
        raise InvalidTypeError(f"{where} must be a bool (got {value!r})")


@frozen
class L1:
    """A penalty of ``strength`` · Σ |w|, which drives weights to 0.

    Parameters
    ----------
    strength : float
        > 0.
    biases : bool
        Whether biases are penalised too.

    Notes
    -----
    Its gradient, strength · sign(w), is added to that of each batch; the history records the cost
    without it.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.topologies.layered([2, 1], activation="identity")
    >>> X, y = [[1, 0], [0, 1], [1, 1]], [1, 0.01, 1.01]
    >>> history = ns.train(net, X, y, penalty=ns.L1(0.05), epochs=500)
    >>> abs(net.synapses[1].weight) < 0.02
    True
    """

    strength: float = field(converter=plain, validator=_positive)
    biases: bool = field(default=False, validator=_flag, kw_only=True)


@frozen
class L2:
    """A penalty of ``strength`` · ½ Σ w², also called weight decay.

    Parameters
    ----------
    strength : float
        > 0.
    biases : bool
        Whether biases are penalised too.

    Notes
    -----
    Its gradient, strength · w, is added to that of each batch; the history records the cost without
    it. `AdamW` has a weight decay of another kind, beside the gradient.
    """

    strength: float = field(converter=plain, validator=_positive)
    biases: bool = field(default=False, validator=_flag, kw_only=True)


@frozen
class ClipValue:
    """Each number of a gradient is kept within ± ``limit``."""

    limit: float = field(converter=plain, validator=_positive)


@frozen
class ClipNorm:
    """A gradient longer than ``limit``, √Σ g² over all parameters, is shown to that.

    References
    ----------
    R. Pascanu, T. Mikolov, Y. Bengio, "On the difficulty of training recurrent neural networks",
    ICML 2013.
    """

    limit: float = field(converter=plain, validator=_positive)


Penalty = L1 | L2
Clip = ClipValue | ClipNorm


@frozen
class Settings:
    """What `train` was asked for, checked as far as it can be without a network."""

    penalties: tuple[Penalty, ...] = ()
    clips: tuple[Clip, ...] = ()
    max_norm: float | None = None
    learning_rates: tuple[tuple[Any, float], ...] = ()
    sample_weights: Any = None
    class_weights: Any = None
    dropout: Any = None
    input_noise: Any = None

    @property
    def given(self) -> list[str]:
        """The arguments that change what is learned from an example, as far as there are any."""
        names = ("sample_weights", "class_weights", "dropout", "input_noise")
        return [name for name in names if getattr(self, name) is not None]

    @classmethod
    def checked(
        cls, penalty: Any, clip: Any, max_norm: Any, learning_rates: Any, **others: Any
    ) -> Settings:
        """Return the settings, or refuse them."""
        limit = None
        if max_norm is not None:
            limit = number(max_norm, "max_norm")
            if limit <= 0:
                raise InvalidValueError(f"max_norm must be > 0 (got {max_norm!r})")
        clips = _several(clip, (ClipValue, ClipNorm), "clip", "ClipValue(...) or ClipNorm(...)")
        penalties = _several(penalty, (L1, L2), "penalty", "L1(...) or L2(...)")
        return cls(penalties, clips, limit, _pairs(learning_rates), **others)


def _several(value: Any, kinds: tuple[type, ...], where: str, what: str) -> tuple[Any, ...]:
    """Return one value object, or several, as a tuple."""
    if value is None:
        return ()
    values = (value,) if isinstance(value, kinds) else value
    if not isinstance(values, Iterable) or isinstance(values, (str, bytes)):
        raise InvalidTypeError(
            f"{where} must be {what}, or a list of them (got {shown(value)})"
        )
    result = tuple(values)
    for each in result:
        if not isinstance(each, kinds):
            raise InvalidTypeError(f"{where} must be {what}, or a list of them (got {each!r})")
    return result


def _pairs(learning_rates: Any) -> tuple[tuple[Any, float], ...]:
    """Return a dict, or a list of pairs for groups, which are no keys, as pairs."""
    if learning_rates is None:
        return ()
    pairs = learning_rates.items() if isinstance(learning_rates, Mapping) else learning_rates
    try:
        return tuple((of, factor) for of, factor in pairs)
    except (TypeError, ValueError):
        raise InvalidTypeError(
            "learning_rates must be a dict {layer, neuron, synapse or name: factor}, or a list of "
            f"such pairs (got {shown(learning_rates)})"
        ) from None


@frozen(eq=False)
class Shaping:
    """The same, for the parameters of one program that are free: all arrays are of these alone.

    Attributes
    ----------
    n_parameters : int
        Of the program.
    free : slice or (n_free,) int array
        The places of the parameters that are trained; the others are held.
    l1, l2 : (n_free,) array or None
        The strength of the penalties.
    factors : (n_free,) array or None
        What the rule's step is multiplied by.
    clip_value, clip_norm, max_norm : float
        Infinite where there is no limit.
    start, slots : (n_neurons + 1,) and (n_free_weights,) int arrays
        Where in `slots` the free incoming weights of each neuron begin, which are places among the
        free parameters; empty without a `max_norm`.
    """

    n_parameters: int
    free: Rows
    l1: FloatArray | None
    l2: FloatArray | None
    factors: FloatArray | None
    clip_value: float
    clip_norm: float
    max_norm: float
    start: IntArray
    slots: IntArray

    @property
    def is_bare(self) -> bool:
        """Whether the rule alone makes the step of what is free."""
        arrays = (self.l1, self.l2, self.factors)
        limits = (self.clip_value, self.clip_norm, self.max_norm)
        return all(a is None for a in arrays) and all(np.isinf(limit) for limit in limits)

    @cached_property
    def is_plain(self) -> bool:
        """Whether the rule alone makes the step, and nothing is held."""
        return self.is_bare and not self.holds

    @property
    def holds(self) -> bool:
        """Whether any parameters are held."""
        return not (isinstance(self.free, slice) and self.free == slice(None))

    @property
    def n_free(self) -> int:
        """How many parameters are trained."""
        return self.n_parameters - len(self.held)

    @cached_property
    def held(self) -> IntArray:
        """The places of the parameters that keep their bits."""
        is_held = np.full(self.n_parameters, self.holds)
        is_held[self.free] = False
        return np.flatnonzero(is_held)

    def everywhere(self, of_free: FloatArray) -> FloatArray:
        """Return numbers of the free parameters as those of all, 0 for what is held."""
        if not self.holds:
            return of_free
        result = np.zeros(self.n_parameters, of_free.dtype)
        result[self.free] = of_free
        return result

    def before(self, parameters: FloatArray, gradient: FloatArray) -> None:
        """Change the gradient of a batch, in place, into what the rule is given."""
        if self.l2 is not None:
            gradient += self.l2 * parameters
        if self.l1 is not None:
            gradient += self.l1 * np.sign(parameters)
        if np.isfinite(self.clip_norm):
            norm = float(np.sqrt(np.square(gradient, dtype=np.float64).sum()))
            if norm > self.clip_norm:
                gradient *= self.clip_norm / norm
        if np.isfinite(self.clip_value):
            np.clip(gradient, -self.clip_value, self.clip_value, out=gradient)

    def penalty(self, parameters: FloatArray) -> float:
        """Return what the penalties come to, in float64."""
        total, wide = 0.0, parameters.astype(np.float64)
        if self.l2 is not None:
            total += 0.5 * float(self.l2 @ (wide * wide))
        if self.l1 is not None:
            total += float(self.l1 @ np.abs(wide))
        return total

    def after(self, before: FloatArray, parameters: FloatArray) -> None:
        """Change parameters, which the rule has changed from those `before`, in place."""
        if self.factors is not None:
            parameters -= before
            parameters *= self.factors
            parameters += before
        if np.isfinite(self.max_norm):
            self._limit_norms(parameters)

    def _limit_norms(self, parameters: FloatArray) -> None:
        counts = np.diff(self.start)
        post = np.repeat(np.arange(len(counts)), counts)
        squares = np.square(parameters[self.slots], dtype=np.float64)
        norms = np.sqrt(np.bincount(post, squares, len(counts)))
        scale = self.max_norm / np.maximum(norms, self.max_norm)
        parameters[self.slots] *= scale[post].astype(parameters.dtype)


def shaping_of(program: Program, settings: Settings) -> Shaping:
    """Return what settings mean for a program's parameters."""
    n, n_weights = program.plan.n_parameters, program.plan.n_weights
    dtype = program.network.dtype
    limits = {ClipValue: np.inf, ClipNorm: np.inf}
    for clip in settings.clips:
        limits[type(clip)] = min(limits[type(clip)], clip.limit)
    free, factors = _free(_factors(program, settings.learning_rates))
    start: IntArray = np.zeros(1, np.int64)
    slots: IntArray = np.zeros(0, np.int64)
    if settings.max_norm is not None:
        start, slots = _incoming(program, free)
    l1, l2 = (_strengths(settings.penalties, kind, n, n_weights, dtype) for kind in (L1, L2))
    return Shaping(
        n,
        free,
        None if l1 is None else l1[free],
        None if l2 is None else l2[free],
        factors,
        limits[ClipValue],
        limits[ClipNorm],
        np.inf if settings.max_norm is None else settings.max_norm,
        start,
        slots,
    )


def is_bias(program: Program) -> BoolArray:
    """Return which parameters are biases: they stand behind the weights."""
    result: BoolArray = np.arange(program.plan.n_parameters) >= program.plan.n_weights
    return result


def _strengths(
    penalties: tuple[Penalty, ...], kind: type, n: int, n_weights: int, dtype: Any
) -> FloatArray | None:
    found = [penalty for penalty in penalties if isinstance(penalty, kind)]
    if not found:
        return None
    result = np.zeros(n, dtype)
    for penalty in found:
        number(penalty.strength, f"{kind.__name__}.strength", float(np.finfo(dtype).max))
        result[: n if penalty.biases else n_weights] += penalty.strength
    return result


def _incoming(program: Program, free: Rows) -> tuple[IntArray, IntArray]:
    """Return where each neuron's free weights begin, and their places among all that is free."""
    plan = program.plan
    places: IntArray = np.arange(plan.n_parameters)[free]
    post = plan.synapse_post[places[places < plan.n_weights]]
    counts = np.bincount(post, minlength=plan.n_neurons)
    return np.concatenate([[0], np.cumsum(counts)]), np.argsort(post, kind="stable")


def _free(factors: FloatArray | None) -> tuple[Rows, FloatArray | None]:
    """Return the places of what has a factor other than 0, and the factors there, if not all 1."""
    if factors is None:
        return slice(None), None
    places: IntArray = np.flatnonzero(factors)
    free = slice(None) if len(places) == len(factors) else as_rows(places)
    return free, None if (factors[free] == 1).all() else factors[free]


def _factors(
    program: Program, learning_rates: tuple[tuple[Any, float], ...]
) -> FloatArray | None:
    if not learning_rates:
        return None
    result = np.ones(program.plan.n_parameters, program.network.dtype)
    for of, factor in learning_rates:
        where = f"learning_rates[{of!r}]"
        value = number(factor, where, float(np.finfo(result.dtype).max))
        if value < 0:
            raise InvalidValueError(f"{where} must be >= 0 (got {factor!r})")
        if value and not result.dtype.type(value):
            raise InvalidValueError(
                f"{where} must be 0, or large enough for {result.dtype} (got {factor!r})"
            )
        result[slots_of(program, of, where)] = value
    return result


def slots_of(program: Program, of: Any, where: str) -> IntArray:
    """Return the places of a synapse's weight, or of all that a neuron or a layer learns."""
    network = program.network
    if isinstance(of, str):
        of = network[of]
    if getattr(of, "network", network) is not network:
        raise UnknownNameError(f"{where}: {of!r} is not of network {network.name!r}")
    columns = network._columns
    if isinstance(of, Synapse):
        return columns.slot[[of._row()]]
    if isinstance(of, SynapseGroup):
        return of._slots()
    if not isinstance(of, (Neuron, Layer)):
        raise InvalidTypeError(
            f"{where} must be of a layer, a neuron, a synapse, a group of synapses, or a name "
            f"(got {of!r})"
        )
    rows = np.atleast_1d(program._rows(of))
    weights = np.flatnonzero(np.isin(program.plan.synapse_post, rows))
    ids = [of._id] if isinstance(of, Neuron) else of._alive()
    biases = columns.bias_slot[ids]
    return np.concatenate([weights, biases[biases >= 0]])
