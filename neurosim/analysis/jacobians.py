"""The Jacobian of a network: how its outputs change with its parameters."""

from __future__ import annotations

from typing import Any

from neurosim.checks import FloatArray
from neurosim.compiling import compile
from neurosim.door import Door
from neurosim.engines import State
from neurosim.errors import InvalidTypeError
from neurosim.model import Network
from neurosim.program import Program
from neurosim.training.jacobian import jacobian_of
from neurosim.wording import shown


def jacobian(net_or_program: Network | Program, X: Any, *, units: str = "data") -> FloatArray:
    """Return ∂output/∂parameter for each example, each output and each parameter.

    Parameters
    ----------
    net_or_program : Network or Program
        A network is compiled first.
    X : (n_examples, n_inputs) array_like or data frame
        In the units of the data: the network's `input_scaler`, if it has one, is applied.
    units : {"data", "network"}
        In which units X is; ``"network"`` leaves out the scaler.

    Returns
    -------
    (n_examples, n_outputs, n_parameters) array
        In the network's dtype, of its outputs before any scaling back; the parameters stand in the
        order of ``Network.parameters``.

    Raises
    ------
    StructureError
        If a gradient would have to pass through a neuron without a derivative.
    InvalidValueError, InvalidTypeError
        For examples that cannot be used.

    See Also
    --------
    Program.backpropagate : ∂E/∂parameter, summed over the examples.

    Notes
    -----
    It takes a forward pass and a backward pass per output. The gradient of a cost is the sum over
    examples and outputs of ∂E/∂output times the Jacobian, and the gradients of single examples are
    that without the sum over them.

    References
    ----------
    M. T. Hagan and M. B. Menhaj, "Training Feedforward Networks with the Marquardt Algorithm", IEEE
    Transactions on Neural Networks 5, 1994.

    Examples
    --------
    o = w₁x₁ + w₂x₂ + b changes by x₁, x₂ and 1 with w₁, w₂ and b:

    >>> import neurosim as ns
    >>> net = ns.topologies.layered([2, 1], activation="identity")
    >>> ns.jacobian(net, [[3.0, 4.0], [5.0, 6.0]])
    array([[[3., 4., 1.]],
           [[5., 6., 1.]]])
    """
    program = _program(net_or_program)
    program.check_differentiable(direct=False)
    plan, network = program.plan, program.network
    examples = Door(network, units).inputs(X)
    state = State.empty(plan.n_neurons, len(examples), network.dtype)
    parameters = program.parameters().copy()
    program.runner.forward(parameters, examples, state)
    return jacobian_of(program.runner, parameters, state)


def _program(net_or_program: Any) -> Program:
    if isinstance(net_or_program, Program):
        net_or_program.check_fresh()
        return net_or_program
    if isinstance(net_or_program, Network):
        return compile(net_or_program)
    raise InvalidTypeError(
        f"jacobian takes a Network or a Program (got {shown(net_or_program)})"
    )
