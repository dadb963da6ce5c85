"""A progress bar over the epochs, by tqdm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neurosim.errors import MissingExtraError


class Progress:
    """A bar that shows the last recorded values; silent unless asked for."""

    def __init__(self, epochs: int, *, show: bool) -> None:
        self._bar: Any = _bar(epochs) if show else None

    def step(self, history: Mapping[str, list[float]], epochs: int) -> None:
        """Count epochs, the last of which the history ends with."""
        if self._bar is not None and epochs:
            last = {name: f"{values[-1]:.5g}" for name, values in history.items()}
            self._bar.set_postfix(last, refresh=False)
            self._bar.update(epochs)

    def close(self) -> None:
        """Leave the bar as it is."""
        if self._bar is not None:
            self._bar.close()


def _bar(epochs: int) -> Any:
    try:
        from tqdm.auto import tqdm
    except ImportError as error:
        raise MissingExtraError(
            'train(progress=True) needs tqdm: pip install "neurosim[progress]"'
        ) from error
    return tqdm(total=epochs, unit="epoch")
