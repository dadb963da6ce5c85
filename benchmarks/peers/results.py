"""Results on disk: a JSON file for each comparison, so that one can be measured again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "results"


def keep(name: str, result: dict[str, Any], folder: Path = FOLDER) -> None:
    """Write a result."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(result), encoding="utf-8")


def kept(folder: Path = FOLDER) -> dict[str, Any]:
    """Return all results by name."""
    return {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.json"))
    }
