"""The error surface: the cost over two parameters, and the path that training took on it."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm, Normalize
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from neurosim.checks import FloatArray, integer, real_array
from neurosim.compiling import compile
from neurosim.costs import Cost
from neurosim.errors import InvalidTypeError, InvalidValueError
from neurosim.memory import require_memory
from neurosim.model import Network, Neuron, Synapse
from neurosim.plot.canvas import axes
from neurosim.plot.curves import DECADES
from neurosim.plot.plane import Plane, Relief, cost_of
from neurosim.program import Program
from neurosim.training.callbacks import Snapshots
from neurosim.wording import counted

KINDS = "contour", "surface"
COLOURS = "Blues"  # the higher, the darker
ENDS = ("start", 0, "o", "white"), ("end", -1, "D", "red")
LEVELS = 21
MARGIN = 0.3  # of what the path spans, on each side


def error_surface(
    net_or_program: Network | Program,
    X: Any,
    y: Any,
    along: tuple[Synapse | Neuron | ArrayLike, Synapse | Neuron | ArrayLike],
    *,
    cost: Cost | None = None,
    path: Snapshots | ArrayLike | None = None,
    kind: str = "contour",
    limits: ArrayLike | None = None,
    points: int = 61,
    units: str = "data",
    ax: Axes | None = None,
) -> Axes:
    """Draw the cost over two parameters, the others being what they are now.

    Colours and lines of equal cost are on a logarithmic scale where the cost spans more than two
    decades.

    Parameters
    ----------
    net_or_program : Network or Program
        It is left as it is.
    X : (n_examples, n_inputs) array_like
    y : (n_examples, n_outputs) array_like
        Both in any of the forms that `train` takes, but for streams.
    along : pair of Synapse, Neuron or (n_parameters,) array_like
        A synapse stands for its weight and a neuron for its bias. A vector is a direction from
        where the network is, in the order of ``Network.parameters``.
    cost : Cost, optional
        By default that of `train`.
    path : Snapshots or (n_points, n_parameters) array_like, optional
        Parameters to mark, one after the other: at the points of the plane that are nearest to
        them and, on a surface, at the height of their own cost. They lie off the surface where
        other parameters changed too.
    kind : {"contour", "surface"}
        Seen from above, or in three dimensions.
    limits : (2, 2) array_like, optional
        From where to where to draw: ``((low, high), (low, high))``. By default around the path;
        without one, around where the network is.
    points : int
        At how many values of each of the two the cost is taken.
    units : {"data", "network"}
        In which units X and y are; ``"network"`` leaves out the scalers of the network.
    ax : Axes, optional
        Where to draw, with ``projection="3d"`` for a surface; a new figure otherwise.

    Returns
    -------
    Axes

    Raises
    ------
    InvalidTypeError, InvalidValueError
        For what cannot be drawn: examples that do not fit, two directions that are one.

    References
    ----------
    T. M. Mitchell, *Machine Learning*, McGraw-Hill, 1997, figure 4.4, for the surface of a linear
    neuron.

    H. Li et al., "Visualizing the Loss Landscape of Neural Nets", NeurIPS 2018, for directions.

    Examples
    --------
    >>> import neurosim as ns
    >>> from neurosim import plot
    >>> net = ns.topologies.layered([1, 1], activation="identity")
    >>> X, y = [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]
    >>> snapshots = ns.callbacks.Snapshots()
    >>> history = ns.train(net, X, y, epochs=50, callbacks=[snapshots])
    >>> ax = plot.error_surface(net, X, y, (net.synapses[0], net.outputs[0]), path=snapshots)
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('weight input[0] → output[0]', 'bias of output[0]')
    """
    program = _program(net_or_program)
    if kind not in KINDS:
        raise InvalidValueError(f'error_surface.kind must be "contour" or "surface" (got {kind!r})')
    count = integer(points, "error_surface.points", minimum=2)
    require_memory(8 * count * count, f"error_surface.points: {counted(count)} squared costs")
    plane = Plane.of(program, along)
    taken = _path(path, program.plan.n_parameters)
    ends = _limits(limits, plane, taken, program.network.parameters)
    relief = Relief.of(plane, cost_of(program, X, y, cost, units), ends, count, taken)
    colours = _colours(relief.height)

    ax = axes(ax, (6.4, 4.8), "3d" if kind == "surface" else None)
    draw = _surface if kind == "surface" else _contour
    draw(ax, relief, colours)
    ax.set_xlabel(plane.names[0], parse_math=False)
    ax.set_ylabel(plane.names[1], parse_math=False)
    return ax


# -- arguments -----------------------------------------------------------------------------


def _program(net_or_program: Any) -> Program:
    if isinstance(net_or_program, Program):
        net_or_program.check_fresh()
        return net_or_program
    if isinstance(net_or_program, Network):
        return compile(net_or_program)
    raise InvalidTypeError(f"error_surface takes a Network or a Program (got {net_or_program!r})")


def _path(path: Any, n_parameters: int) -> FloatArray | None:
    if path is None:
        return None
    given = path.parameters if isinstance(path, Snapshots) else path
    taken = real_array(given, np.float64, "error_surface.path")
    if taken.ndim != 2 or taken.shape[1] != n_parameters or not len(taken):
        raise InvalidValueError(
            "error_surface.path must be Snapshots of a training of this network, or have shape "
            f"(n_points, {n_parameters}), one column per parameter (got shape {taken.shape})"
        )
    return taken


def _limits(limits: Any, plane: Plane, taken: FloatArray | None, now: FloatArray) -> FloatArray:
    """Return low and high of both directions, (2, 2)."""
    if limits is not None:
        return _checked(limits)
    if taken is None:
        middle = plane.coordinates(now[None, :])[0]
        margin = 2 * np.maximum(1, np.abs(middle))
        return np.column_stack([middle - margin, middle + margin])
    places = plane.coordinates(taken)
    low, high = places.min(axis=0), places.max(axis=0)
    margin = np.where(high > low, MARGIN * (high - low), 1)
    return np.column_stack([low - margin, high + margin])


def _checked(limits: Any) -> FloatArray:
    ends = real_array(limits, np.float64, "error_surface.limits")
    if ends.shape != (2, 2) or not (ends[:, 0] < ends[:, 1]).all():
        raise InvalidValueError(
            "error_surface.limits must be ((low, high), (low, high)), each low below its high "
            f"(got {limits!r})"
        )
    return ends


# -- pictures ------------------------------------------------------------------------------


def _colours(height: FloatArray) -> ScalarMappable:
    """Return a scale of the costs, logarithmic beyond two decades."""
    finite = height[np.isfinite(height)]
    if not len(finite):
        raise InvalidValueError(
            "the cost is finite nowhere within the limits of the error surface; draw nearer to 0"
        )
    low, high = float(finite.min()), float(finite.max())
    if low > 0 and high / low > DECADES:
        return ScalarMappable(LogNorm(low, high), COLOURS)
    return ScalarMappable(Normalize(low, high if high > low else low + 1), COLOURS)


def _contour(ax: Axes, relief: Relief, colours: ScalarMappable) -> None:
    norm: Any = colours.norm
    spaced: Any = np.geomspace if isinstance(norm, LogNorm) else np.linspace
    levels = spaced(norm.vmin, norm.vmax, LEVELS)
    where = relief.a, relief.b, np.ma.masked_invalid(relief.height)
    ax.contourf(*where, levels, norm=norm, cmap=COLOURS, extend="both")
    ax.contour(*where, levels[1:-1], colors="grey", linewidths=0.4)
    if relief.way is not None:
        _draw_path(ax, relief.way[:, :2])
    bar = ax.figure.colorbar(colours, ax=ax, label="cost")
    bar.outline.set_visible(False)


def _surface(ax: Any, relief: Relief, colours: ScalarMappable) -> None:
    ax.computed_zorder = False  # so that a path is seen through the hills before it
    norm: Any = colours.norm
    shade = colormaps[COLOURS](norm(np.ma.masked_invalid(relief.height)))
    u, v = np.meshgrid(relief.a, relief.b)
    every = {"rcount": len(relief.b), "ccount": len(relief.a)}
    ax.plot_surface(u, v, relief.height, facecolors=shade, linewidth=0, zorder=1, **every)
    if relief.way is not None:
        _draw_path(ax, relief.way)
    for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
        axis.labelpad = 9  # off the numbers
        axis.set_major_locator(MaxNLocator(5))
    ax.set_zlabel("cost")
    ax.set_box_aspect(None, zoom=0.85)  # leaves room for the labels


def _draw_path(ax: Any, way: FloatArray) -> None:
    """Draw a path in two or three dimensions, and mark its ends."""
    ax.plot(*way.T, color="black", linewidth=1.4, zorder=3)
    for label, point, marker, colour in ENDS:
        ax.plot(
            *way[point][:, None],
            linestyle="",
            marker=marker,
            markersize=8,
            markeredgecolor="black",
            markerfacecolor=colour,
            label=label,
            zorder=4,
        )
    ax.legend()
