"""A population: many networks of any structure, evaluated together in one call."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from neurosim.checks import FloatArray, example_matrix, finite_array, per_network
from neurosim.compiler.build import make_plan
from neurosim.conversion import real_numbers
from neurosim.door import Door, check_units
from neurosim.engines import make_union
from neurosim.errors import (
    InvalidTypeError,
    InvalidValueError,
    StaleProgramError,
    StructureError,
    about,
)
from neurosim.inputs.frames import is_frame, is_series
from neurosim.memory import require_memory
from neurosim.model import Network
from neurosim.program import Program
from neurosim.wording import shown

if TYPE_CHECKING:
    from neurosim.engines.compiled.union import Load

# With so many synapses a call of its own costs next to nothing, and a program has more ways.
_LARGE = 100_000
_MOST_LINES = 20


class Population:
    """Compiled networks that are run together, made by `compile` from a list of networks.

    Each keeps its own parameters, and the order of these: a weight that is set is seen by the next
    call. After a structural change of a member the population refuses; `compile` makes a new one,
    which takes a few microseconds a network.

    Examples
    --------
    >>> import neurosim as ns
    >>> nets = [ns.topologies.layered([2, n_hidden, 1]) for n_hidden in (1, 2, 3)]
    >>> for net in nets:
    ...     net.initialize(ns.initializers.Constant(1.0))
    >>> population = ns.compile(nets, engine="numpy")
    >>> population
    <Population of 3 networks: 15 neurons, 18 synapses, engine 'numpy'>
    >>> population.feedforward([[0.0, 0.0], [1.0, 1.0]]).shape
    (3, 2, 1)
    """

    def __init__(self, networks: Iterable[Network], engine: str) -> None:
        self._networks = _checked(networks)
        self._dtype = self._networks[0].dtype
        self._columns = [network._columns for network in self._networks]
        self._versions = [columns.version for columns in self._columns]
        self._programs: dict[int, Program] = {}
        self._shares: dict[int, tuple[Load | None, list[int]]] = {}
        self._union, self._engine, self._why = make_union(engine, self._networks)
        if self._union is not None:
            self._n_inputs, self._n_outputs = self._union.n_inputs, self._union.n_outputs
        else:
            plans = [program.plan for program in self.programs]
            self._n_inputs = [plan.n_inputs for plan in plans]
            self._n_outputs = [plan.n_outputs for plan in plans]
        self._hear_alike = len(set(self._n_inputs)) == 1
        self._answer_alike = len(set(self._n_outputs)) == 1

    @property
    def networks(self) -> tuple[Network, ...]:
        """The networks, in the order in which they were given."""
        return self._networks

    @property
    def engine(self) -> str:
        """The name of the engine that runs them."""
        return self._engine

    @property
    def programs(self) -> tuple[Program, ...]:
        """A program for each network, to look into it; each is made on the first request."""
        self.check_fresh()
        return tuple(map(self._program, range(len(self))))

    def _program(self, number: int) -> Program:
        made = self._programs.get(number)
        if made is None:
            network = self._networks[number]
            with about(f"networks[{number}]"):
                made = Program(network, make_plan(network), self._engine)
            self._programs[number] = made
        return made

    def feedforward(self, X: Any, *, units: str = "data") -> FloatArray | list[FloatArray]:
        """Return the outputs of each network for each example.

        Parameters
        ----------
        X : (n_examples, n_inputs) or (n_networks, n_examples, n_inputs) array_like
            The same examples for all networks, or for each its own; or a list with a matrix for
            each, where the numbers of inputs may differ. They are in the units of the data: each
            network applies its own `input_scaler`. Data frames will do, by the names of columns.
        units : {"data", "network"}
            In which units X is; ``"network"`` leaves out the scalers.

        Returns
        -------
        (n_networks, n_examples, n_outputs) array
            In the units of the networks; a list of arrays, (n_examples, n_outputs), if the numbers
            of outputs differ.
        """
        self.check_fresh()
        self._require_room(X)
        check_units(units)
        scalers = [network._input_scaler for network in self._networks]
        scales = units == "data" and scalers.count(None) < len(scalers)
        outputs = None
        if not scales and self._takes_one(X):
            outputs = self._outputs(X if X.ndim == 3 else X[None])
        if outputs is None:
            outputs = self._outputs(self._examples(self._scaled(X, units, scales=scales)))
            assert outputs is not None  # what goes in has been checked
        if self._answer_alike:
            return outputs
        return [
            one[:, :n].copy() for one, n in zip(outputs, self._n_outputs, strict=True)
        ]

    def _require_room(self, X: Any) -> None:
        """Refuse more examples than there is memory for their outputs."""
        n_examples = X.shape[-2] if getattr(X, "ndim", 0) > 1 else 0
        size = len(self) * n_examples * max(self._n_outputs)
        require_memory(
            size * self._dtype.itemsize,
            f"the outputs of {n_examples:,} examples",
            "pass fewer examples at once",
        )

    def predict(self, X: Any, *, units: str = "data") -> list[NDArray[Any]]:
        """Return what each network says of each example, in the units of the data.

        Parameters
        ----------
        X : (n_examples, n_inputs) array_like or data frame
            Or a list with one for each network, or a 3-d array. Each network applies its own
            `input_scaler` to it.
        units : {"data", "network"}
            In which units X is, and the outputs are; ``"network"`` leaves out the scalers.

        Returns
        -------
        list of (n_examples, n_outputs) arrays, or of (n_examples,) labels
            For each network what `Program.predict` returns.
        """
        outputs = self.feedforward(X, units=units)
        doors = [Door(network, units) for network in self._networks]
        return [door.outputs(one) for door, one in zip(doors, outputs, strict=True)]

    def _scaled(self, X: Any, units: str, *, scales: bool) -> Any:
        """Return X as each network takes it; numbers that none of them scales as they are."""
        each = per_network(X, len(self), "X") or [X] * len(self)
        if not scales and not any(is_frame(one) or is_series(one) for one in each):
            return X
        result = []
        for number, (network, one) in enumerate(zip(self._networks, each, strict=True)):
            with about(f"networks[{number}]"):
                result.append(Door(network, units).inputs(one))
        return result

    def _outputs(self, X: FloatArray) -> FloatArray | None:
        """Return the outputs, filled up to the largest number; None if a single X is not finite."""
        load, alone = self._share(X.shape[1])
        result = np.empty((len(self), X.shape[1], max(self._n_outputs)), self._dtype)
        if load is not None:
            assert self._union is not None
            if not self._union.outputs(X, result, load):
                return None
        for number in alone:
            own = X[min(number, len(X) - 1), :, : self._n_inputs[number]]
            program = self._program(number)
            with program.guarded():
                outputs = program.runner.outputs(program.parameters(), own)
            result[number, :, : self._n_outputs[number]] = outputs
        return result

    def _share(self, n_examples: int) -> tuple[Load | None, list[int]]:
        """Return how networks are run together on so many examples, and those that are not."""
        if n_examples not in self._shares:
            alone = [i for i in range(len(self)) if self._runs_alone(i)]
            together = np.delete(np.arange(len(self), dtype=np.int32), alone)
            load = None
            if self._union is not None and len(together):
                load = self._union.load(n_examples, together)
            self._shares[n_examples] = load, alone
        return self._shares[n_examples]

    def _runs_alone(self, number: int) -> bool:
        return (
            self._union is None
            or number in self._union.foreign
            or self._columns[number].n_alive >= _LARGE
        )

    # -- what is asked for ---------------------------------------------------------------------

    def _takes_one(self, X: Any) -> bool:
        """Return whether X is one example as kernels want it, but for finite numbers."""
        n = self._n_inputs[0]
        return (
            type(X) is np.ndarray
            and X.shape in ((1, n), (len(self), 1, n))
            and X.dtype == self._dtype
            and X.flags.carray
            and self._hear_alike
            and not self._share(1)[1]
        )

    def _examples(self, X: Any) -> FloatArray:
        """Return X as (n_networks or 1, n_examples, most inputs), checked."""
        each = per_network(X, len(self), "X")
        if each is None:
            return np.require(self._shared(X)[None], requirements=["C", "A", "W"])
        if self._hear_alike and isinstance(X, np.ndarray) and X.shape[2] == self._n_inputs[0]:
            numbers = finite_array(real_numbers(X, "X"), self._dtype, "X")
            return np.require(numbers, requirements=["C", "A", "W"])
        return self._filled([
            example_matrix(one, n, self._dtype, f"X[{i}]", "input neuron")
            for i, (one, n) in enumerate(zip(each, self._n_inputs, strict=True))
        ])

    def _shared(self, X: Any) -> FloatArray:
        n = self._n_inputs[0]
        if not self._hear_alike:
            other = next(i for i, count in enumerate(self._n_inputs) if count != n)
            raise InvalidValueError(
                f"X must be a list with a matrix for each network, since networks[0] has {n} "
                f"inputs and networks[{other}] has {self._n_inputs[other]}"
            )
        return example_matrix(X, n, self._dtype, "X", "input neuron")

    def _filled(self, each: list[FloatArray]) -> FloatArray:
        """Return matrices as one array, with zeros where some have fewer columns."""
        n_examples = len(each[0])
        result = np.zeros((len(each), n_examples, max(self._n_inputs)), self._dtype)
        for number, own in enumerate(each):
            if len(own) != n_examples:
                raise InvalidValueError(
                    f"X must hold as many examples for each network (got {n_examples} for "
                    f"networks[0] and {len(own)} for networks[{number}])"
                )
            result[number, :, : own.shape[1]] = own
        return result

    def is_fresh(self) -> bool:
        """Return whether all networks still have the structures they were compiled with."""
        return [columns.version for columns in self._columns] == self._versions

    def check_fresh(self) -> None:
        """Raise `StaleProgramError` if the structure of a network has changed."""
        if self.is_fresh():
            return
        pairs = zip(self._columns, self._versions, strict=True)
        number = next(i for i, (one, version) in enumerate(pairs) if one.version != version)
        raise StaleProgramError(
            f"the structure of networks[{number}], {self._networks[number].name!r}, has changed "
            "since this population was made; compile the networks again"
        )

    # -- for people ----------------------------------------------------------------------------

    def explain(self) -> str:
        """Return a text that says what there is, and how it is run."""
        self.check_fresh()
        lines = [
            f"population of {_counted(len(self), 'network')}: {self._sizes()}, {self._dtype}",
            f"engine {self._engine!r}, {self._why}",
            *(self._union.explained() if self._union is not None else ["one by one"]),
            *map(self._line, range(min(len(self), _MOST_LINES))),
        ]
        if len(self) > _MOST_LINES:
            lines.append(f"… and {len(self) - _MOST_LINES} more networks")
        return "\n".join(lines)

    def _line(self, number: int) -> str:
        network, columns = self._networks[number], self._columns[number]
        return (
            f"networks[{number}] {network.name!r}: {len(network.neurons)} neurons, "
            f"{_counted(columns.n_alive, 'synapse')}, {self._n_inputs[number]} -> "
            f"{self._n_outputs[number]}"
        )

    def _sizes(self) -> str:
        n_neurons = sum(len(columns.neuron_ids()) for columns in self._columns)
        n_synapses = sum(columns.n_alive for columns in self._columns)
        return f"{_counted(n_neurons, 'neuron')}, {_counted(n_synapses, 'synapse')}"

    def __len__(self) -> int:
        return len(self._networks)

    def __repr__(self) -> str:
        return (
            f"<Population of {_counted(len(self), 'network')}: {self._sizes()}, engine "
            f"{self._engine!r}{'' if self.is_fresh() else ' (stale)'}>"
        )


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _checked(networks: Iterable[Network]) -> tuple[Network, ...]:
    """Return the networks, or refuse those that cannot be a population."""
    members = tuple(networks)
    if not members:
        raise InvalidValueError("compile needs at least one network (got an empty list)")
    seen: dict[int, int] = {}
    for number, member in enumerate(members):
        if not isinstance(member, Network):
            raise InvalidTypeError(
                f"networks[{number}] must be a Network (got {shown(member)})"
            )
        first = seen.setdefault(id(member), number)
        if first != number:
            raise StructureError(
                f"networks[{number}] is networks[{first}] once more, {member.name!r}; a network "
                "is in a population once, copy() makes another"
            )
        if member.dtype != members[0].dtype:
            raise InvalidValueError(
                f"the networks of a population must have one dtype (got {members[0].dtype} for "
                f"networks[0] and {member.dtype} for networks[{number}]); copy(dtype=...) casts"
            )
    return members
