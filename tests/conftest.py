"""Settings that all tests share."""

import io
import os
import sys

# Chosen before anything imports matplotlib: tests draw into memory, not on a screen.
os.environ["MPLBACKEND"] = "Agg"

# The ways that engines choose do not depend on the machine that runs the tests.
os.environ["NEUROSIM_CALIBRATE"] = "0"

# Engines are those that are asked for, from the first test on.
os.environ["NEUROSIM_WARMUP"] = "0"

import pytest
from hypothesis import settings

# No deadline: the first example of a test pays for imports and caches.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


class _Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    """Return what lets stderr be a terminal, and returns that."""

    def begin():  # in the test: before it, pytest puts its own stderr back
        monkeypatch.setattr(sys, "stderr", _Terminal())
        return sys.stderr

    return begin


@pytest.fixture
def cold(monkeypatch, tmp_path):
    """A machine that has never run a kernel; lists what would be started to compile some."""
    from neurosim.engines import background, kernel_folder

    tmp_path.chmod(0o700)
    monkeypatch.setenv("NEUROSIM_WARMUP", "1")
    monkeypatch.setenv("NEUROSIM_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    started = []
    monkeypatch.setattr(background, "_answers", {})
    monkeypatch.setattr(background, "_start", lambda python, path: started.append(path))
    kernel_folder._folder.cache_clear()
    yield started
    kernel_folder._folder.cache_clear()
