"""The numbers by which kernels know activations, costs and rules, and the fields of a tape."""

from __future__ import annotations

# -- activations -----------------------------------------------------------------------------

INPUT = -1
(
    IDENTITY,
    SIGMOID,
    TANH,
    RELU,
    LEAKY_RELU,
    SOFTPLUS,
    GAUSSIAN,
    SINE,
    THRESHOLD,
    STEP,
    SOFTMAX,
) = range(11)
OWN = 11  # an activation of the user's: its code is OWN plus its place among the addresses

ACTIVATIONS = {
    "identity": IDENTITY,
    "sigmoid": SIGMOID,
    "tanh": TANH,
    "relu": RELU,
    "leaky_relu": LEAKY_RELU,
    "softplus": SOFTPLUS,
    "gaussian": GAUSSIAN,
    "sine": SINE,
    "threshold": THRESHOLD,
    "step": STEP,
    "softmax": SOFTMAX,
}
# Their derivatives need the net input.
KEEP_NET_INPUT = frozenset({SOFTPLUS, GAUSSIAN, SINE})

# -- costs: what an output neuron is asked for -------------------------------------------------

(
    SQUARED,
    ABSOLUTE,
    HUBER,
    BINARY,
    CATEGORICAL,
    # From here on the error is given at the net input.
    BINARY_STABLE,
    CATEGORICAL_STABLE,
    ERRORS,
    NET_INPUT,
) = range(9)
FIRST_DIRECT = BINARY_STABLE
NEED_NET_INPUT = frozenset({BINARY_STABLE, CATEGORICAL_STABLE, NET_INPUT})

# -- rules -------------------------------------------------------------------------------------

DESCENT, MOMENTUM, NESTEROV, ADAGRAD, RMSPROP, ADAM, RPROP = range(7)
