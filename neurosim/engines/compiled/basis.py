"""What the compiled engine chooses its strategies by, as text that a checkpoint can hold."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from attrs import asdict, frozen

from neurosim.engines.compiled.rates import Rates, rates, rates_from
from neurosim.engines.compiled.threads import available_threads
from neurosim.errors import FormatError
from neurosim.wording import shown

_MOST_THREADS = 1024


@frozen
class Basis:
    """The rates of a machine, and how many threads there are: the same basis, the same choices.

    Attributes
    ----------
    rates : Rates
    n_threads : int
    """

    rates: Rates
    n_threads: int

    @classmethod
    def here(cls, dtype: np.dtype[Any]) -> Basis:
        """Return that of this machine."""
        return cls(rates(dtype.name), available_threads())

    def to_text(self) -> str:
        """Return it as text that `from_text` reads."""
        return json.dumps({"rates": asdict(self.rates), "n_threads": self.n_threads})

    @classmethod
    def from_text(cls, text: str) -> Basis:
        """Return the basis that `to_text` wrote.

        Raises
        ------
        FormatError
            If that is something else.
        """
        try:
            found = json.loads(text)
            if not isinstance(found, dict) or found.keys() != {"rates", "n_threads"}:
                raise ValueError("not the basis of any choice")
            n_threads = found["n_threads"]
            if type(n_threads) is not int or not 1 <= n_threads <= _MOST_THREADS:
                raise ValueError("not a number of threads")
            return cls(rates_from(found["rates"]), n_threads)
        except (ValueError, RecursionError) as error:
            raise FormatError(
                f"the strategy must be the rates of a machine and a number of threads (got "
                f"{shown(text)})"
            ) from error
