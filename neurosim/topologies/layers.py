"""Networks of layers, each fully connected to the next, with any skips."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from numpy.typing import DTypeLike

from neurosim.checks import integer
from neurosim.errors import InvalidTypeError, InvalidValueError
from neurosim.model import Network
from neurosim.model.limits import require_size
from neurosim.wording import shown


def layered(
    sizes: Sequence[int],
    *,
    activation: Any = None,
    bias: Any = 0.0,
    skips: Iterable[tuple[int, int]] | str = (),
    name: str = "layered",
    dtype: DTypeLike = "float64",
) -> Network:
    """Return a network of layers, each fully connected to the next.

    All weights are 0 until `Network.initialize`.

    Parameters
    ----------
    sizes : sequence of int
        Neurons per layer, the input layer first. The layers are called ``input``, ``hidden`` (or
        ``hidden1``, ``hidden2``, … if there are several) and ``output``.
    activation, bias : one for all layers but the input, or a list of one per such layer
        As in `Network.add_layer`: by default hidden neurons are sigmoid neurons and outputs are
        linear units. One `activation` for all is that of the outputs, too.
    skips : iterable of (int, int) or "all"
        Pairs of layer numbers, the input being 0, to connect besides; "all" means every pair.
        They are connected last, so that the other weights are drawn as they are without skips.
    name, dtype
        As in `Network`.

    Examples
    --------
    >>> import neurosim as ns
    >>> ns.topologies.layered([784, 30, 10])
    <Network 'layered': 824 neurons, 23820 synapses, float64>
    >>> ns.topologies.layered([2, 3, 1], skips=[(0, 2)])
    <Network 'layered': 6 neurons, 11 synapses, float64>
    """
    counts = _layer_sizes(sizes)
    activations = _per_layer(activation, len(counts) - 1, "activation")
    biases = _per_layer(bias, len(counts) - 1, "bias")
    pairs = [*pairwise(range(len(counts))), *_skips(skips, len(counts))]
    net = Network(name, dtype)
    n_synapses = sum(counts[pre] * counts[post] for pre, post in pairs)
    require_size("layered", neurons=sum(counts), synapses=n_synapses, dtype=net.dtype)
    layers = [net.add_layer(counts[0], role="input", name="input")]
    for i, count in enumerate(counts[1:]):
        title, role = _title_and_role(i, len(counts))
        layers.append(
            net.add_layer(count, activation=activations[i], bias=biases[i], role=role, name=title)
        )
    for pre, post in pairs:
        net.connect(layers[pre], layers[post])
    return net


def _layer_sizes(sizes: Any) -> list[int]:
    if isinstance(sizes, (str, bytes)) or not isinstance(sizes, Iterable):
        raise InvalidTypeError(f"layered.sizes must be a list of ints (got {shown(sizes)})")
    counts = [integer(size, f"layered.sizes[{i}]", minimum=1) for i, size in enumerate(sizes)]
    if len(counts) < 2:
        raise InvalidValueError(
            f"layered.sizes must hold at least an input and an output layer "
            f"(got {shown(sizes)})"
        )
    return counts


def _per_layer(value: Any, count: int, what: str) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        return [value] * count
    if len(value) != count:
        raise InvalidValueError(
            f"layered.{what} must be one, or one per layer behind the input: {count} "
            f"(got {len(value)})"
        )
    return list(value)


def _title_and_role(index: int, n_layers: int) -> tuple[str, str]:
    if index == n_layers - 2:
        return "output", "output"
    return ("hidden" if n_layers == 3 else f"hidden{index + 1}"), "hidden"


def _skips(skips: Any, n_layers: int) -> list[tuple[int, int]]:
    if isinstance(skips, str):
        if skips != "all":
            raise InvalidValueError(
                f'layered.skips must be pairs or "all" (got {shown(skips)})'
            )
        return [(i, j) for i in range(n_layers) for j in range(i + 2, n_layers)]
    if not isinstance(skips, Iterable):
        raise InvalidTypeError(f'layered.skips must be pairs or "all" (got {shown(skips)})')
    pairs = [_skip(pair, n_layers) for pair in skips]
    if len(set(pairs)) != len(pairs):
        twice = next(pair for pair in pairs if pairs.count(pair) > 1)
        raise InvalidValueError(f"layered.skips must hold each pair once (got {twice} twice)")
    return pairs


def _skip(pair: Any, n_layers: int) -> tuple[int, int]:
    try:
        pre, post = (integer(end, "layered.skips", minimum=0) for end in pair)
    except (TypeError, ValueError) as error:
        raise InvalidTypeError(
            f'layered.skips must be pairs of layer numbers or "all" (got {shown(pair)})'
        ) from error
    if not pre + 1 < post < n_layers:
        raise InvalidValueError(
            f"layered.skips must be pairs (i, j) with i + 1 < j < {n_layers} "
            f"(got {shown(pair)})"
        )
    return pre, post
