"""Networks and tables that a command is given the names of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import neurosim as ns
from neurosim.errors import FormatError, InvalidValueError
from neurosim.frames import require_pandas


def network_from(path: str) -> ns.Network:
    """Return the network in a file, in the format of its ending."""
    return ns.read(path)


def network_to(network: ns.Network, path: str) -> None:
    """Write a network to a file, in the format of its ending."""
    ns.write(network, path)


def table_from(path: str | Path) -> Any:
    """Return the table in a CSV file as a pandas DataFrame."""
    pandas = require_pandas("a CSV table")
    try:
        table = pandas.read_csv(path)
    except (ValueError, UnicodeDecodeError) as error:  # pandas' own errors among them
        raise FormatError(
            f"{path} is no CSV file with a line of column names: {str(error).strip()}"
        ) from error
    if not len(table):
        raise InvalidValueError(f"{path} holds no rows")
    return table


def columns_of(table: Any, names: list[str], path: str | Path) -> Any:
    """Return some columns of a table, or refuse names that it has not."""
    missing = [name for name in names if name not in table.columns]
    if missing:
        raise InvalidValueError(
            f"{path} has no column {missing[0]!r}; it has {', '.join(map(str, table.columns))}"
        )
    return table[names]
