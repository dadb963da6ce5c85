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
