"""The training loop: epochs of batches, with what can go wrong on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypedDict, Unpack, overload

from neurosim.checks import integer
from neurosim.costs import Cost
from neurosim.errors import TrainingInterrupted
from neurosim.initializers import Seed, check_seed, make_generator
from neurosim.model import Network
from neurosim.population import Population
from neurosim.program import Program
from neurosim.training.callbacks.base import Callback
from neurosim.training.callbacks.progress import Progress
from neurosim.training.history import History
from neurosim.training.hooks import Hooks
from neurosim.training.interrupt import Interrupt
from neurosim.training.measuring import Metrics
from neurosim.training.rules import DEFAULT_RULE, Rule
from neurosim.training.run import Run
from neurosim.training.shaping import Clip, Penalty, Settings


class Arguments(TypedDict, total=False):
    """What else `train` takes."""

    rule: Rule
    cost: Cost | None
    penalty: Penalty | Iterable[Penalty] | None
    clip: Clip | Iterable[Clip] | None
    max_norm: float | None
    learning_rates: Mapping[Any, float] | Iterable[tuple[Any, float]] | None
    sample_weights: Any
    class_weights: Mapping[Any, float] | Sequence[float] | None
    dropout: float | Mapping[Any, float] | None
    input_noise: float | Mapping[Any, float] | None
    epochs: int
    batch_size: int | None
    shuffle: bool
    seed: Seed
    validation: tuple[Any, Any] | Iterable[Any] | None
    metrics: Metrics
    callbacks: Iterable[Callback | Callable[[Any], Any]]
    stop_when: Callable[[Any], bool] | None
    progress: bool
    units: str


@overload
def train(
    net_or_program: Network | Program, X: Any, y: Any = None, **arguments: Unpack[Arguments]
) -> History: ...
@overload
def train(
    net_or_program: Population, X: Any, y: Any, **arguments: Unpack[Arguments]
) -> list[History]: ...


def train(
    net_or_program: Network | Program | Population,
    X: Any,
    y: Any = None,
    *,
    rule: Rule = DEFAULT_RULE,
    cost: Cost | None = None,
    penalty: Penalty | Iterable[Penalty] | None = None,
    clip: Clip | Iterable[Clip] | None = None,
    max_norm: float | None = None,
    learning_rates: Mapping[Any, float] | Iterable[tuple[Any, float]] | None = None,
    sample_weights: Any = None,
    class_weights: Mapping[Any, float] | Sequence[float] | None = None,
    dropout: float | Mapping[Any, float] | None = None,
    input_noise: float | Mapping[Any, float] | None = None,
    epochs: int = 100,
    batch_size: int | None = None,
    shuffle: bool = True,
    seed: Seed = None,
    validation: tuple[Any, Any] | Iterable[Any] | None = None,
    metrics: Metrics = (),
    callbacks: Iterable[Callback | Callable[[Any], Any]] = (),
    stop_when: Callable[[Any], bool] | None = None,
    progress: bool = False,
    units: str = "data",
) -> History | list[History]:
    """Train a network on examples, or each network of a population: arrays, maps, or a stream.

    Parameters
    ----------
    net_or_program : Network, Program or Population
        A network is compiled first; a program trains the network it was made from, a population
        all its networks side by side, each as it would be trained alone on one thread.
    X : (n_examples, n_inputs) array_like or data frame, or iterable of batches
        An array or a frame (pandas, polars) if there is a `y`; the columns of a frame are found
        by the names of the input neurons; by position where nobody gave these names. The network's
        `input_scaler`, if it has one, is applied. Without a `y`, an iterable of pairs (X, y) of
        these, or of triples (X, y, weights), such as a list, a data loader or a generator: the data
        need not fit in memory. An
        iterator can be gone through in one epoch only; any other iterable is, once in each. A
        memory map (`numpy.memmap`) of any real dtype is never read whole. For a population also a
        list of arrays or frames, or a 3-d array, with one for each network; it takes no iterable
        of batches.
    y : (n_examples, n_outputs) array_like, data frame, or (n_examples,) class labels, optional
        The targets, which the network's `output_scaler`, if it has one, is applied to;
        (n_examples,) or a series will do for one output. One label for each example, for several
        outputs of any kind, for a single one text, bools, categories or `Labels`: they become 1 in
        the column of their class and 0 elsewhere (−1 for a threshold or tanh neuron), for a single
        output 1 for the second of two classes.
        The sorted classes are kept in `Network.classes`, if there are none yet; labels that are
        names of output neurons belong to these. For a population likewise. Left out where `X`
        brings its own; labels in batches need `Network.classes`.
    rule : Rule
        `GradientDescent`, `Adam`, `RMSProp`, …: how parameters change. The numbers of a rule may be
        schedules (`neurosim.schedules`).
    cost : Cost, optional
        The cost function to minimize. By default class labels are learned by cross-entropy where
        the outputs are one softmax layer (`CategoricalCrossEntropy`) or all sigmoid neurons
        (`BinaryCrossEntropy`), and all else by `SquaredError`: numbers, and labels on any other
        outputs. A network with `Network.classes` learns labels, also where they come one-hot or
        in a stream. Each network of a population has its own. `History.cost` and
        `Network.summary` say which cost it was.
    penalty : L1 or L2, or several, optional
        What is gone down besides. The history has the cost without it.
    clip : ClipNorm or ClipValue, or both, optional
        How large the gradient of a batch may be, that of the penalty included. What is held (see
        `learning_rates`) does not count.
    max_norm : float, optional
        How long the vector of a neuron's incoming weights, √Σ w², may be; a longer one is cut back
        after each step. Weights that are held do not count: the limit is for the others.
    learning_rates : dict or list of pairs, optional
        ``{layer, neuron, synapse, or name: factor}``: by how much the steps of these parameters are
        multiplied. What has the factor 0 is held for this call: it is left out of every step, keeps
        its bits whatever its gradient is, and counts in no penalty and no norm. Of a neuron, those
        are its incoming weights and its bias, of a layer those of its neurons. Later entries win. A
        group of synapses is not a key of a dict, but may stand in a pair ``(group, factor)``.
    sample_weights : (n_examples,) array_like, optional
        What each example's share of the cost, and so of the gradient, is multiplied by, >= 0: 2 is
        the example twice. A cost that averages divides by the sum of the weights of a batch, as
        PyTorch does. Examples of weight 0 are left out before batches are cut: the training is the
        same as without their rows, whatever stands there. For a population also one for each
        network, (n_networks, n_examples). The batches of an iterable bring their own; one whose
        weights are all 0 is skipped. Otherwise validation and metrics count all examples alike.
    class_weights : dict or sequence, optional
        The same for all examples of a class, beside their own weights: ``{output: factor}``, by the
        name or the column of the output neuron whose target is 1, or a factor for each output. One
        output has two classes, ``{0: factor, 1: factor}`` by the target, or -1 and 1. Classes that
        are left out have weight 1.
    dropout : float or dict, optional
        How likely a neuron is dropped from a step, for each example on its own: its output is then
        0, and otherwise divided by 1 − rate, so that nothing changes when the network is used
        [1]_. A number is for all hidden neurons, ``{layer, neuron or name: rate}`` for those, which
        may be inputs; later entries win.
    input_noise : float or dict, optional
        The standard deviation of normally distributed noise that each step adds to the inputs of
        each example [2]_: of all, or ``{input layer, neuron or name: deviation}``.
    epochs : int
        How many times to go through the examples, at most.
    batch_size : int or None
        None: one step an epoch on all examples (batch mode); 1: a step per example (incremental
        mode); k: a step per k examples. A shorter last batch is kept. Each batch of an iterable
        counts as all examples here: None takes it in one step, k cuts it into batches of k.
    shuffle : bool
        Whether every epoch takes the examples in a new order; those of an iterable within each
        batch that is cut, while the batches come as they are delivered.
    seed : int, SeedSequence, Generator, RandomState or None
        The source of that order, of dropout and of noise. The same seed gives the same bits. Each
        network of a population has a generator of its own, all made from this seed or copied from
        it.
    validation : (Xv, yv) or iterable of batches, optional
        Examples on which the cost is taken after each epoch, without learning from them. A tuple
        is a pair of arrays; an iterable must be one that can be gone through again.
    metrics : list of functions, or dict of them by name, optional
        Each is called with the targets and the outputs, (n_examples, n_outputs), in the units of
        the data where the network has an ``output_scaler``, after every epoch, and gives a column
        of the history: `neurosim.metrics.accuracy` the columns ``accuracy``, over the examples
        learned from (unless they come as an iterable), and ``val_accuracy``, over those of the
        validation. That takes a forward pass more, and memory for all outputs.
    callbacks : iterable of callbacks or functions
        See `neurosim.callbacks`. A function is called with the history after every epoch; for a
        population, which takes functions only, with the list of histories, after every epoch of
        all networks.
    stop_when : callable, optional
        Called with the same; training ends when it returns true.
    progress : bool
        Show a progress bar: cost, validation cost, speed and time left, in a terminal or in a
        notebook; nothing in a pipe (extra ``progress``).
    units : {"data", "network"}
        In which units X and y are, those of the validation too; ``"network"`` leaves out the
        scalers of the network.

    Returns
    -------
    History, or for a population a list with one for each network
        ``history["cost"][k]`` is the cost of epoch k over its batches, each before its update;
        ``history["val_cost"]`` is taken after the epoch.

    Raises
    ------
    StructureError
        For a network that the rule or the cost cannot train; the neuron is named.
    DivergenceError
        If the cost or a parameter is no longer finite. The network gets back the parameters from
        the start of the last epoch whose cost was finite; the error has the ``history``. The
        other networks of a population are trained to the end; then the error names those that
        diverged, and has the list of histories.
    TrainingInterrupted
        After Ctrl-C, at the next step; it is a `KeyboardInterrupt` and has the ``history``, or the
        list of them. The parameters are those after the last whole step, or where an
        `EarlyStopping` goes back to the best epoch, those of that; the message says which.
    InvalidValueError, InvalidTypeError
        For arguments that cannot be used. If it is a batch of an iterable, the message names the
        epoch and the batch, and the network gets back the parameters from before the call.

    Warns
    -----
    NeurosimWarning
        Of targets that an output cannot emit, outputs that no input reaches, inputs that reach no
        output, a softmax layer of one neuron, and hidden neurons that cannot be told apart.

    Notes
    -----
    A batch of an iterable is asked for when the one before has been trained on. What the iterable
    itself raises passes through unchanged; the parameters are then those after the last step.

    References
    ----------
    .. [1] N. Srivastava et al., "Dropout: a simple way to prevent neural networks from
       overfitting", *JMLR* 15, 2014.
    .. [2] C. M. Bishop, "Training with noise is equivalent to Tikhonov regularization", *Neural
       Computation* 7, 1995.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.topologies.layered([2, 3, 1], activation="sigmoid")
    >>> net.initialize(ns.initializers.Normal(), seed=1)
    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    >>> rule = ns.GradientDescent(learning_rate=2.0, momentum=0.9)
    >>> history = ns.train(net, X, y, rule=rule, epochs=500)
    >>> ns.compile(net).feedforward(X).round().ravel()
    array([0., 1., 1., 0.])
    """
    settings = Settings.checked(
        penalty, clip, max_norm, learning_rates, sample_weights=sample_weights,
        class_weights=class_weights, dropout=dropout, input_noise=input_noise,
    )  # fmt: skip
    if isinstance(net_or_program, Population):
        from neurosim.training.population import train_population

        return train_population(
            net_or_program, X, y, rule=rule, cost=cost, settings=settings, batch_size=batch_size,
            epochs=epochs, shuffle=shuffle, seed=seed, validation=validation, metrics=metrics,
            callbacks=callbacks, stop_when=stop_when, progress=progress, units=units,
        )  # fmt: skip
    run = Run(
        net_or_program, X, y, rule=rule, cost=cost, settings=settings, batch_size=batch_size,
        validation=validation, metrics=metrics, epochs=integer(epochs, "epochs", minimum=0),
        units=units,
    )  # fmt: skip
    check_seed(seed)
    needs_chance = shuffle or run.noise is not None  # to make a generator takes its time
    run.draw_from(make_generator(seed) if needs_chance else None, shuffle=shuffle)
    hooks = Hooks(callbacks, stop_when, *([Progress()] if progress else []))
    run.warn(stacklevel=2)
    try:
        with Interrupt() as interrupt, hooks.accompany(run):
            run.train(hooks, interrupt)
    except KeyboardInterrupt as stop:
        raise TrainingInterrupted(
            f"training was interrupted in epoch {run.history.epochs}; the parameters are "
            f"{run.kept}",
            run.history,
        ) from stop
    finally:
        run.way = None  # with all that it works in
    return run.history
