"""Settings that all tests share."""

import os

# Chosen before anything imports matplotlib: tests draw into memory, not on a screen.
os.environ["MPLBACKEND"] = "Agg"

# The ways that engines choose do not depend on the machine that runs the tests.
os.environ["NEUROSIM_CALIBRATE"] = "0"

from hypothesis import settings

# No deadline: the first example of a test pays for imports and caches.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")
