"""Many networks in one call: their tapes one behind the other, their parameters where they are.

A tape of each network is charted from its columns, and kernels read the parameters through their
addresses: nothing is copied together, and a weight that is set is seen by the next call. A network
is walked through all examples before the next one, in a tile that stays in the nearest cache.
Threads share out the tiles.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import frozen
from numba import types
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array

from neurosim.activations import Activation
from neurosim.checks import FloatArray, IntArray
from neurosim.compiler.build import make_plan
from neurosim.engines.compiled import codes
from neurosim.engines.compiled.chart import FAILED, chart, most_ints, room_for
from neurosim.engines.compiled.choice import START, walk_seconds
from neurosim.engines.compiled.explaining import EXAMPLES, time_text
from neurosim.engines.compiled.feed import feed
from neurosim.engines.compiled.jit import compiled
from neurosim.engines.compiled.own import OwnActivation, own_activation
from neurosim.engines.compiled.rates import rates, tiles_of
from neurosim.engines.compiled.single import feed_one
from neurosim.engines.compiled.threads import available_threads, on_threads
from neurosim.errors import StaleProgramError, about
from neurosim.model import Network
from neurosim.model.columns import GONE

# Of the columns of the table; in front stands what `chart` writes.
_TAPE, _SLOTS, _END, _ROWS, _PLACE, _N_VALUES = range(6)
_WORTH_A_THREAD = 2 * START


@frozen(eq=False)
class Load:
    """How a call is shared out.

    Attributes
    ----------
    members : (n_members,) int32 array
        The networks that are run.
    bounds : (n_threads + 1,) int array
        Where the share of each thread begins, counted in tiles, network by network.
    lanes : int
        Examples in a tile, if there are several.
    seconds : float
        How long one thread is expected to take.
    """

    members: IntArray
    bounds: IntArray
    lanes: int
    seconds: float

    @property
    def n_threads(self) -> int:
        """How many threads take part."""
        return len(self.bounds) - 1


@frozen(eq=False)
class Charts:
    """The tapes of all networks, and where their parameters are.

    Attributes
    ----------
    tapes : (n_ints,) int32 array
        A tape and the slots of its parameters, network by network.
    table : (n_networks, 6) int array
        Where in `tapes` a tape begins, where its slots do, and where these end; the number of
        rows; the address of the parameters, and their number.
    layouts : list of int
        The layouts of the networks at the time.
    values : list of arrays
        The parameters: who holds these may read at their addresses.
    """

    tapes: IntArray
    table: IntArray
    layouts: list[int]
    values: list[FloatArray]

    def header(self, number: int) -> IntArray:
        """Return one of the numbers in front of each tape."""
        found: IntArray = self.tapes[self.table[:, _TAPE] + number]
        return found


class Union:
    """Several networks of one dtype, ready to be run together.

    Parameters
    ----------
    networks : sequence of Network
    own, foreign : dict
        From `own_activations`. A network that needs what cannot be compiled is charted, but must
        not be run.

    Raises
    ------
    StructureError
        If a network has a cycle or no output.
    """

    def __init__(
        self,
        networks: Sequence[Network],
        own: dict[Activation, OwnActivation],
        foreign: dict[int, str],
    ) -> None:
        self.networks, self.foreign = networks, foreign
        self.columns = [network._columns for network in networks]
        self.versions = [one.version for one in self.columns]
        self.counts = [(one.n_neurons, one.n_synapses) for one in self.columns]
        self.dtype = networks[0].dtype
        self.addresses = _addresses(own)
        self.codes = [_codes(network, own) for network in networks]
        self.charts = self._charts()
        self.n_outputs: list[int] = self.charts.header(3).tolist()
        self.n_inputs: list[int] = self.charts.header(6).tolist()
        table = self.charts.table
        self.most_slots = int((table[:, _END] - table[:, _SLOTS]).max())
        self.most_rows = int(table[:, _ROWS].max())
        self._spare: list[tuple[FloatArray, FloatArray]] = []

    def _charts(self) -> Charts:
        """Chart all networks."""
        made = self.counts
        tapes = np.empty(sum(most_ints(*counts) for counts in made), np.int32)
        room = np.empty(max(room_for(*counts) for counts in made), np.int32)
        table = np.zeros((len(made), 6), np.int64)
        end = 0
        layouts, values = [], []
        for number, c in enumerate(self.columns):
            with c.lock:
                self._check_fresh(number)
                end = chart(
                    c.role, c.activation, c.bias_slot, c.layer, c.pre, c.post, c.slot, c.n_neurons,
                    c.n_synapses, self.codes[number], tapes, end, table[number], room,
                )  # fmt: skip
                c.lent = True  # whoever changes the structure leaves this buffer as it is
                layouts.append(c.layout)
                values.append(c.values)
            if end == FAILED:
                with about(f"networks[{number}]"):
                    make_plan(self.networks[number])  # which says what is wrong
                raise AssertionError(f"networks[{number}] has a plan, but no chart")
        table[:, _PLACE] = [array.ctypes.data for array in values]
        table[:, _N_VALUES] = [len(array) for array in values]
        return Charts(tapes[:end].copy(), table, layouts, values)

    def _check_fresh(self, number: int) -> None:
        network = self.networks[number]
        if network._columns.version != self.versions[number]:
            raise StaleProgramError(
                f"the structure of networks[{number}], {network.name!r}, has changed since this "
                "population was made; compile the networks again"
            )

    def fresh_charts(self) -> Charts:
        """Return the charts, anew where parameters have been moved.

        Compiling a network by itself does that. Other threads may be reading the old charts.
        """
        if [one.layout for one in self.columns] != self.charts.layouts:
            self.charts = self._charts()
        return self.charts

    def load(self, n_examples: int, members: IntArray) -> Load:
        """Return how some of the networks are run on so many examples."""
        tiles = tiles_of(self.dtype)
        seconds = {lanes: self._seconds(members, n_examples, lanes) for lanes in tiles}
        lanes = min(tiles, key=lambda lanes: float(seconds[lanes].sum()))
        n_tiles = -(-n_examples // lanes)
        ends = np.cumsum(seconds[lanes])
        worth = min(len(members) * n_tiles, 1 + int(ends[-1] / _WORTH_A_THREAD))
        n_threads = max(1, min(available_threads(), worth))
        shares = ends[-1] * np.arange(n_threads + 1) / n_threads
        places = np.interp(shares, [0.0, *ends], n_tiles * np.arange(len(members) + 1))
        return Load(members, places.round().astype(np.int64), lanes, float(ends[-1]))

    def _seconds(self, members: IntArray, n_examples: int, lanes: int) -> FloatArray:
        """Return how long each network is expected to take."""
        charts = self.charts
        n_rows, n_weights = charts.table[members, _ROWS], charts.header(1)[members]
        known, most = rates(self.dtype.name), int(n_rows.max())
        tile = walk_seconds(known, most, n_weights, n_rows, lanes, step=False)
        seconds: FloatArray = tile * -(-n_examples // lanes)
        return seconds

    def explained(self) -> list[str]:
        """Return, in lines for people, how the networks are run."""
        walked = np.array([i for i in range(len(self.networks)) if i not in self.foreign])
        lines = [
            f"networks[{number}] is run by engine 'numpy', since Numba cannot compile activation "
            f"{activation!r}"
            for number, activation in self.foreign.items()
        ]
        lines.append("walks, with the time that a forward pass is expected to take:")
        for n_examples in EXAMPLES:
            load = self.load(n_examples, walked)
            how = "number by number" if n_examples == 1 else f"in tiles of {load.lanes}"
            threads = f" on {load.n_threads} threads" if load.n_threads > 1 else ""
            lines.append(
                f"  {n_examples} example{'s' * (n_examples > 1)}: {how}{threads}, "
                f"{time_text(load.seconds / load.n_threads)}"
            )
        return lines

    def outputs(self, X: FloatArray, result: FloatArray, load: Load) -> bool:
        """Write the outputs of networks into `result`; return whether a single X is finite.

        Parameters
        ----------
        X : (n_networks or 1, n_examples, at least n_inputs) array
            Several examples are known to be finite.
        result : (n_networks, n_examples, at least n_outputs) array
        load : Load
        """
        charts, n_examples = self.fresh_charts(), X.shape[1]
        lanes = 1 if n_examples == 1 else load.lanes
        rows = np.arange(n_examples, dtype=np.int32)
        room = self._room(load.n_threads, lanes)
        finite = [True] * load.n_threads

        def run(thread: int) -> None:
            finite[thread] = feed_each(
                charts.tapes, charts.table, self.addresses, X, rows, load.members, load.bounds,
                lanes, result, *room, thread,
            )  # fmt: skip

        on_threads(load.n_threads, run)
        self._spare = [room]
        return all(finite)

    def _room(self, n_threads: int, lanes: int) -> tuple[FloatArray, FloatArray]:
        """Return room for the parameters of a network and for a tile, for each thread."""
        shapes = (n_threads, self.most_slots), (n_threads, self.most_rows * lanes)
        try:
            room = self._spare.pop()
        except IndexError:  # the first pass, or another thread is in one
            room = None
        if room is not None and (room[0].shape, room[1].shape) == shapes:
            return room
        return np.empty(shapes[0], self.dtype), np.empty(shapes[1], self.dtype)


def own_activations(
    networks: Sequence[Network],
) -> tuple[dict[Activation, OwnActivation], dict[int, str]]:
    """Return the users' activations compiled, and which networks need one that cannot be."""
    own: dict[Activation, OwnActivation] = {}
    foreign: dict[int, str] = {}
    for number, network in enumerate(networks):
        for code, activation in enumerate(network._activations):
            if activation.name in codes.ACTIVATIONS or not _occurs(network, code):
                continue
            made = own_activation(activation, network.dtype)
            if made is None:
                foreign[number] = activation.name
            else:
                own[activation] = made
    return own, foreign


def _occurs(network: Network, code: int) -> bool:
    columns = network._columns
    has_it = columns.activation[: columns.n_neurons] == code
    return bool((has_it & (columns.role[: columns.n_neurons] != GONE)).any())


def _codes(network: Network, own: dict[Activation, OwnActivation]) -> IntArray:
    """Return the number by which kernels know each activation of a network, then that of inputs.

    One that cannot be compiled has any: no kernel is asked to run it.
    """
    known = [codes.ACTIVATIONS.get(one.name, codes.IDENTITY) for one in network._activations]
    for number, activation in enumerate(own):
        if activation in network._codes:
            known[network._codes[activation]] = codes.OWN + number
    return np.array([*known, codes.INPUT], np.int32)


def _addresses(own: dict[Activation, OwnActivation]) -> IntArray:
    pairs = [one.addresses for one in own.values()]
    return np.array(pairs, np.int64).reshape(len(pairs), 2)


# -- kernels -----------------------------------------------------------------------------------


@intrinsic
def _numbers_at(typing, address, count, like):
    """Return the numbers at an address as an array, of the dtype of another."""
    kind = types.Array(like.dtype, 1, "C")

    def write(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array = context.make_array(kind)(context, builder)
        size = context.get_constant(types.intp, like.dtype.bitwidth // 8)
        place = builder.inttoptr(args[0], array.data.type)
        populate_array(array, place, [args[1]], [size], size, None)
        return array._getvalue()

    return kind(types.intp, types.intp, like), write


@compiled
def feed_each(
    tapes, table, addresses, X, rows, members, bounds, lanes, result, thetas, tiles, thread
):
    """Write the outputs of the networks that are a thread's; return whether a single X is finite.

    With one lane there is a single example, which is taken number by number.
    """
    n_tiles = -(-X.shape[1] // lanes)
    begin, end = bounds[thread], bounds[thread + 1]
    while begin < end:
        p = members[begin // n_tiles]
        one = table[p]
        n_rows = one[_ROWS]
        tape, slots = tapes[one[_TAPE] : one[_SLOTS]], tapes[one[_SLOTS] : one[_END]]
        parameters: Any = _numbers_at(one[_PLACE], one[_N_VALUES], X)
        first = begin % n_tiles
        last = min(n_tiles, first + end - begin)
        begin += last - first
        examples = X[min(p, X.shape[0] - 1), first * lanes : last * lanes]
        answers = result[p, first * lanes : last * lanes]
        if lanes == 1:
            output = tiles[thread, :n_rows].reshape(n_rows, 1)
            if not feed_one(
                tape, slots, parameters, addresses, examples, False, output, output, answers
            ):
                return False
            continue
        theta = thetas[thread, : slots.shape[0]]
        for i in range(slots.shape[0]):
            theta[i] = parameters[slots[i]]
        tile = tiles[thread, : n_rows * lanes].reshape(1, n_rows, lanes)
        feed(tape, theta, addresses, examples, rows, answers, tile, tile, 0, 1)
    return True
