"""The command that compiles kernels beforehand."""

import os
import subprocess
import sys

import pytest

from neurosim.command_line import main
from neurosim.engines import kernel_folder as module
from neurosim.engines.kernel_folder import kernel_folder


def test_afterwards_the_kernels_are_ready(capsys):
    assert main(["warmup", "--dtype", "float64", "--no-rates"]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("ready after ")
    assert printed.out.endswith(f" s: {kernel_folder().path}\n")
    told = [line.partition(" s  ")[2] for line in printed.err.splitlines()]
    assert told[0] == "float64: feedforward"
    assert told[-1] == "float64: train in layers"
    assert kernel_folder().is_ready("float64")


@pytest.mark.skipif(sys.platform == "win32", reason="the modes of POSIX")
def test_a_folder_that_others_can_write_to_is_refused(cold, capsys):
    kernel_folder().path.chmod(0o777)
    module._folder.cache_clear()
    assert main(["warmup"]) == 1
    assert "others than its user can change" in capsys.readouterr().err
    kernel_folder().path.chmod(0o700)


def test_without_numba_the_extra_is_named(tmp_path):
    (tmp_path / "numba.py").write_text("raise ModuleNotFoundError(\"No module\", name=\"numba\")")
    paths = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", ""), os.getcwd()])
    done = subprocess.run(
        [sys.executable, "-m", "neurosim", "warmup"], env={**os.environ, "PYTHONPATH": paths},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert 'needs Numba: pip install "neurosim[fast]"' in done.stderr
