"""Initializers: the first values of weights and biases, drawn from a seeded generator.

Each synapse is scaled by the true number of synapses that its two neurons have, so that sparse
and irregular networks start as well as layered ones.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TypeAlias

import numpy as np
from attrs import Attribute, field, frozen

from neurosim.checks import FloatArray, IntArray, number, plain
from neurosim.errors import InvalidTypeError, InvalidValueError
from neurosim.wording import shown

# As text: NumPy imports its random numbers when they are first asked for.
Generator: TypeAlias = "np.random.Generator | np.random.RandomState"
Seed: TypeAlias = "int | np.random.SeedSequence | Generator | None"

DISTRIBUTIONS = ("normal", "uniform")


def make_generator(seed: Seed) -> Generator:
    """Return the source of random numbers that `seed` stands for.

    Parameters
    ----------
    seed : int, SeedSequence, Generator, RandomState or None
        An int (>= 0) or a SeedSequence seeds `numpy.random.default_rng`; None takes fresh
        entropy from the system. A Generator or a RandomState is returned as it is, and goes on
        from where it stands.

    Raises
    ------
    InvalidTypeError
        If `seed` is anything else, a bool included.
    InvalidValueError
        If `seed` is a negative int.

    Examples
    --------
    >>> float(make_generator(1).random()) == float(np.random.default_rng(1).random())
    True
    """
    check_seed(seed)
    if isinstance(seed, (np.random.Generator, np.random.RandomState)):
        return seed
    return np.random.default_rng(seed)


def check_seed(seed: Seed) -> None:
    """Refuse what `make_generator` refuses, where no random numbers are needed after all."""
    if seed is None or isinstance(seed, (np.random.Generator, np.random.RandomState)):
        return
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer, np.random.SeedSequence)):
        raise InvalidTypeError(
            "seed must be an int, a SeedSequence, a Generator, a RandomState or None "
            f"(got {shown(seed)})"
        )
    if isinstance(seed, (int, np.integer)) and seed < 0:
        raise InvalidValueError(f"seed must be >= 0 (got {shown(int(seed))})")


def _finite(instance: Initializer, attribute: Attribute[float], value: float) -> None:
    number(value, f"{type(instance).__name__}.{attribute.name}")


def _not_negative(instance: Initializer, attribute: Attribute[float], value: float) -> None:
    if value < 0:
        name = f"{type(instance).__name__}.{attribute.name}"
        raise InvalidValueError(f"{name} must be >= 0 (got {shown(value)})")


def _known_distribution(instance: Initializer, attribute: Attribute[str], value: str) -> None:
    if value not in DISTRIBUTIONS:
        name = f"{type(instance).__name__}.{attribute.name}"
        raise InvalidValueError(f"{name} must be 'normal' or 'uniform' (got {shown(value)})")


class Initializer(ABC):
    """Base of the initializers."""

    __slots__ = ()

    @abstractmethod
    def draw(self, generator: Generator, fan_in: IntArray, fan_out: IntArray) -> FloatArray:
        """Return one value per synapse, drawn in their order.

        Parameters
        ----------
        generator : Generator or RandomState
            Moves on by exactly n values, or none if nothing is random.
        fan_in : (n,) int array
            Of each synapse, the number of synapses that end where it ends.
        fan_out : (n,) int array
            Of each synapse, the number of synapses that start where it starts.

        Returns
        -------
        (n,) float64 array
        """


@frozen
class Normal(Initializer):
    """Normally distributed values, whatever the number of synapses.

    Parameters
    ----------
    mean : float, optional
    std : float, optional
        Standard deviation, >= 0.

    Examples
    --------
    The numbers that `randn` gives, in their order:

    >>> fans = np.ones(3, dtype=int)
    >>> drawn = Normal().draw(np.random.RandomState(1), fans, fans)
    >>> bool((drawn == np.random.RandomState(1).randn(3)).all())
    True
    """

    mean: float = field(default=0.0, converter=plain, validator=_finite)
    std: float = field(default=1.0, converter=plain, validator=[_finite, _not_negative])

    def draw(self, generator: Generator, fan_in: IntArray, fan_out: IntArray) -> FloatArray:
        """Return one value per synapse: mean + std × a standard normal number."""
        return self.mean + self.std * generator.standard_normal(len(fan_in))


@frozen
class Uniform(Initializer):
    """Values equally likely anywhere from `low` to `high`, whatever the number of synapses.

    Parameters
    ----------
    low, high : float, optional
        The interval's ends, low <= high.

    Examples
    --------
    >>> fans = np.ones(1000, dtype=int)
    >>> drawn = Uniform(-0.5, 0.5).draw(make_generator(1), fans, fans)
    >>> bool((abs(drawn) <= 0.5).all())
    True
    """

    low: float = field(default=-1.0, converter=plain, validator=_finite)
    high: float = field(default=1.0, converter=plain, validator=_finite)

    def __attrs_post_init__(self) -> None:
        if self.low > self.high:
            raise InvalidValueError(
                f"Uniform.low must be <= high (got low={shown(self.low)}, high={self.high!r})"
            )
        number(self.high - self.low, "Uniform: high - low")

    def draw(self, generator: Generator, fan_in: IntArray, fan_out: IntArray) -> FloatArray:
        """Return one value per synapse: low + (high − low) × a number from [0, 1)."""
        return np.asarray(generator.uniform(self.low, self.high, len(fan_in)))


@frozen
class Constant(Initializer):
    """The same value everywhere; as weights, it leaves hidden neurons that cannot be told apart.

    Parameters
    ----------
    value : float, optional

    Examples
    --------
    >>> fans = np.ones(3, dtype=int)
    >>> print(Constant(0.5).draw(make_generator(1), fans, fans))
    [0.5 0.5 0.5]
    """

    value: float = field(default=0.0, converter=plain, validator=_finite)

    def draw(self, generator: Generator, fan_in: IntArray, fan_out: IntArray) -> FloatArray:
        """Return the value once per synapse."""
        return np.full(len(fan_in), self.value, dtype=np.float64)


@frozen
class _Scaled(Initializer):
    """Base of those whose spread follows from the number of synapses; 0 of them count as 1."""

    distribution: str = field(default="normal", validator=_known_distribution)
    gain: float = field(default=1.0, converter=plain, validator=[_finite, _not_negative])

    def draw(self, generator: Generator, fan_in: IntArray, fan_out: IntArray) -> FloatArray:
        """Return one value per synapse: its standard deviation × a number of variance 1."""
        std = np.sqrt(self._variance(np.maximum(fan_in, 1), np.maximum(fan_out, 1)))
        return self.gain * std * self._standard(generator, len(std))

    def _standard(self, generator: Generator, n: int) -> FloatArray:
        if self.distribution == "normal":
            return generator.standard_normal(n)
        # The uniform distribution of variance 1 ends at √3.
        return np.asarray(generator.uniform(-np.sqrt(3.0), np.sqrt(3.0), n))

    @abstractmethod
    def _variance(self, fan_in: IntArray, fan_out: IntArray) -> FloatArray:
        """Return the variance of each synapse's weight at gain 1."""


@frozen
class Glorot(_Scaled):
    """Variance gain² · 2 / (fan_in + fan_out): for tanh-like neurons, signals keep their size.

    Parameters
    ----------
    distribution : {"normal", "uniform"}, optional
        "uniform" reaches to gain · √(6 / (fan_in + fan_out)).
    gain : float, optional
        Factor on the standard deviation, >= 0.

    References
    ----------
    X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS, 2010.

    Examples
    --------
    >>> fans = np.full(10_000, 8)
    >>> print(Glorot().draw(make_generator(1), fans, fans).std().round(2), (2 / (8 + 8)) ** 0.5)
    0.35 0.3535533905932738
    """

    def _variance(self, fan_in: IntArray, fan_out: IntArray) -> FloatArray:
        return 2.0 / (fan_in + fan_out)


@frozen
class He(_Scaled):
    """Variance gain² · 2 / fan_in: for ReLU neurons, of which half are silent.

    Parameters
    ----------
    distribution : {"normal", "uniform"}, optional
        "uniform" reaches to gain · √(6 / fan_in).
    gain : float, optional
        Factor on the standard deviation, >= 0; the √2 of ReLU is already in.

    References
    ----------
    K. He, X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers: surpassing human-level
    performance on ImageNet classification", ICCV, 2015.

    Examples
    --------
    >>> fans = np.full(10_000, 8)
    >>> print(He("uniform").draw(make_generator(1), fans, fans).std().round(2), (2 / 8) ** 0.5)
    0.5 0.5
    """

    def _variance(self, fan_in: IntArray, fan_out: IntArray) -> FloatArray:
        return 2.0 / fan_in


@frozen
class LeCun(_Scaled):
    """Variance gain² / fan_in: net inputs start with the variance of what comes in.

    Parameters
    ----------
    distribution : {"normal", "uniform"}, optional
        "uniform" reaches to gain · √(3 / fan_in).
    gain : float, optional
        Factor on the standard deviation, >= 0.

    References
    ----------
    Y. LeCun, L. Bottou, G. B. Orr and K.-R. Müller, "Efficient BackProp", in *Neural Networks:
    Tricks of the Trade*, Springer, 1998, section 4.6.

    Examples
    --------
    >>> fans = np.full(10_000, 4)
    >>> print(LeCun().draw(make_generator(1), fans, fans).std().round(1), (1 / 4) ** 0.5)
    0.5 0.5
    """

    def _variance(self, fan_in: IntArray, fan_out: IntArray) -> FloatArray:
        return 1.0 / fan_in


ALL: tuple[Initializer, ...] = (
    Normal(),
    Uniform(),
    Constant(),
    Glorot(),
    He(),
    LeCun(),
)
