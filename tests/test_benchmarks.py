"""The accuracy figures can be printed; the timings are no tests."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_accuracy_figures_are_printed():
    command = [sys.executable, "-W", "error", ROOT / "benchmarks" / "accuracy.py", "8"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    result = subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, env=environment
    )
    assert result.returncode == 0, result.stderr
    rows = [line for line in result.stdout.splitlines() if line.startswith(("numpy", "back"))]
    assert len(rows) == 3
    assert all(float(row.split()[-1]) <= 8 for row in rows)
