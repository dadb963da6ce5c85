"""compile(): from networks to what runs them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import overload

from neurosim.compiler.build import make_plan
from neurosim.compiler.doubts import warn_of_structure
from neurosim.engines import check_engine
from neurosim.errors import InvalidTypeError
from neurosim.model import Network
from neurosim.population import Population
from neurosim.program import Program
from neurosim.wording import shown


@overload
def compile(network: Network, *, engine: str = "auto") -> Program: ...
@overload
def compile(network: Iterable[Network], *, engine: str = "auto") -> Population: ...


def compile(
    network: Network | Iterable[Network], *, engine: str = "auto"
) -> Program | Population:
    """Make a network ready to run, or a population of them.

    Parameters
    ----------
    network : Network, or a list of these
        The parameter vector of a single one is arranged so that every full weight matrix is one
        contiguous block; compiling an unchanged network moves nothing. Several, of any mix of
        structures but of one dtype, are made a population, which runs them together.
    engine : "auto", "numba", "numpy" or "reference"
        Which engine runs it. All give the same answer. "auto" is the fastest that can answer at
        once: until kernels are compiled, in the background, on a machine's first start, that is
        "numpy". "numba" waits for them.

    Returns
    -------
    Program, or Population for a list

    Raises
    ------
    CycleError
        If the graph has a cycle; its neurons are named in order.
    StructureError
        If there is no output neuron, or if a list holds a network twice.
    InvalidValueError
        For an empty list, and for networks of different dtypes.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.topologies.layered([2, 3, 1], activation="sigmoid")
    >>> net.initialize(ns.initializers.Constant(1.0))
    >>> ns.compile(net).feedforward([[0.0, 0.0]])
    array([[0.81757448]])
    >>> ns.compile([net, ns.topologies.layered([2, 1])]).feedforward([[0.0, 0.0]])
    array([[[0.81757448]],
    <BLANKLINE>
           [[0.        ]]])
    """
    check_engine(engine)
    if isinstance(network, Network):
        program = Program(network, make_plan(network), engine)
        warn_of_structure(program.plan, network.name, stacklevel=2)
        return program
    if isinstance(network, str) or not isinstance(network, Iterable):
        raise InvalidTypeError(
            f"compile takes a Network or a list of networks (got {shown(network)})"
        )
    return Population(network, engine)
