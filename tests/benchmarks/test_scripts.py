"""The accuracy figures can be printed; the timings are no tests."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def printed_by(script, *arguments):
    """Return the lines that a benchmark prints."""
    command = [sys.executable, "-W", "error", ROOT / "benchmarks" / script, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    result = subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, env=environment
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


def test_the_accuracy_figures_are_printed():
    rows = [line for line in printed_by("accuracy.py", "8") if line.startswith(("numpy", "back"))]
    assert len(rows) == 3
    assert all(float(row.split()[-1]) <= 8 for row in rows)


def test_the_figures_of_compiling_are_printed_for_every_kind_of_network():
    lines = printed_by("compiling.py", "2000")
    assert sum("  compiled from nothing" in line for line in lines) == 7
    assert sum("  again after " in line for line in lines) == 7 * 4
    assert sum("    and ready for the first step" in line for line in lines) == 7 * 5
    assert sum("  the first training step" in line for line in lines) == 3
    assert sum("peak resident memory" in line for line in lines) == 3


def test_the_figures_of_rules_are_printed():
    lines = printed_by("rules.py", "1")
    assert lines[0].startswith("784-30-10, batches of 10: plain descent ")
    assert sum(" times that (limit 1.3)" in line for line in lines) == len(lines) - 1 == 7


def test_the_figures_of_tiny_networks_as_code_are_printed():
    lines = printed_by("written.py", "1")
    assert lines[0] == "2-3-1, 9 synapses"
    assert sum(" ns by kernels, " in line for line in lines) == len(lines) - 1 == 4


def test_the_figures_of_files_are_printed():
    lines = printed_by("files.py", "2000")
    assert len(lines) == 6
    assert sum("synapses, " in line and "saved to" in line for line in lines) == 2


def test_the_figures_of_every_format_are_printed():
    lines = printed_by("formats.py", "200")
    assert lines[0] == "200 synapses, 30 neurons"
    assert sum(" write " in line and " read " in line for line in lines) == len(lines) - 1 == 9


def test_a_start_passes_all_its_stages():
    script = runpy.run_path(str(ROOT / "benchmarks" / "starting.py"))
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NEUROSIM_CALIBRATE": "0"}
    code = script["SCRIPT"].format(dtype="float64", engine="auto", clock="process_time")
    command = [sys.executable, "-W", "error", "-c", code, "0.0"]
    result = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    engine, *numbers = result.stdout.split()
    times = [float(number) for number in numbers]
    assert engine == "numba"
    assert len(times) == len(script["STAGES"])
    assert times == sorted(times)
