"""Tables as pandas DataFrames, for those who have pandas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from neurosim.errors import MissingExtraError

if TYPE_CHECKING:
    import pandas as pd


def data_frame(columns: Mapping[str, Any], asked: str, index: str | None = None) -> pd.DataFrame:
    """Return a DataFrame of these columns (extra ``frames``); `asked` is who wants one."""
    frame: pd.DataFrame = require_pandas(asked).DataFrame(dict(columns))
    frame.index.name = index
    return frame


def require_pandas(asked: str) -> Any:
    """Return pandas, or say to whom it is missing."""
    try:
        import pandas as pd
    except ImportError as error:
        raise MissingExtraError(f'{asked} needs pandas: pip install "neurosim[frames]"') from error
    return pd
