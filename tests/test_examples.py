"""Every script in examples/ runs, in a quick setting, and says something."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
SECONDS = 300


def run(script, folder):
    """Run a script in an empty folder, with warnings as errors."""
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {
        "NEUROSIM_QUICK": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(
        [sys.executable, "-W", "error", str(script), "--output", str(folder / "output")],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )


def test_there_are_examples():
    assert EXAMPLES, "examples/ holds no script"


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda script: script.name)
def test_example_runs_and_prints(script, tmp_path):
    done = run(script, tmp_path)

    assert done.returncode == 0, f"{script.name} failed:\n{done.stdout}\n{done.stderr}"
    assert done.stdout.strip(), f"{script.name} printed nothing"
    # An error in a finalizer, such as a file left open, does not reach the exit status.
    assert "Exception ignored" not in done.stderr, done.stderr
    written = {path.name for path in tmp_path.iterdir()}
    assert written <= {"output"}, f"{script.name} wrote outside its --output folder: {written}"
