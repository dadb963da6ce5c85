"""A progress bar over the epochs, by tqdm."""

from __future__ import annotations

from typing import Any

from neurosim.errors import MissingExtraError


class Progress:
    """A bar that shows the last recorded values; silent unless asked for."""

    def __init__(self, epochs: int, *, show: bool) -> None:
        self._bar: Any = _bar(epochs) if show else None

    def step(self, row: dict[str, float]) -> None:
        """Count an epoch."""
        if self._bar is not None:
            self._bar.set_postfix({k: f"{v:.5g}" for k, v in row.items()}, refresh=False)
            self._bar.update()

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
