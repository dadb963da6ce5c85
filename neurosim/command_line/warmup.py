"""``neurosim warmup``: compile all kernels now, and measure how fast this machine is."""

from __future__ import annotations

import argparse
import time
from functools import partial

from neurosim import warmup
from neurosim.engines import refuse_without_compiler
from neurosim.engines.kernel_folder import kernel_folder
from neurosim.engines.notices import say
from neurosim.errors import NeurosimError

SHORT = "compile all kernels now, and measure this machine"
LONG = """\
Compile all kernels of the 'numba' engine that are not there yet, and measure how fast this machine
runs them, so that each network is run in the fastest way. Without it, kernels are compiled in the
background when they are first needed, and a table by kind of processor says what is fast.
"""
EXAMPLES = """\
examples:
  neurosim warmup
  neurosim warmup --dtype float32 --no-rates
"""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    command.add_argument(
        "--dtype", choices=warmup.DTYPES, help="of these networks alone, instead of both"
    )
    command.add_argument(
        "--no-rates", action="store_true", help="leave the table by kind of processor in force"
    )


def run(asked: argparse.Namespace) -> None:
    """Carry out the command."""
    refuse_without_compiler()
    warmup.require_numba()
    folder = kernel_folder()
    if folder.refusal is not None:
        raise NeurosimError(
            f"kernels cannot be kept: {folder.refusal}; set NEUROSIM_CACHE_DIR to a folder of yours"
        )
    began = time.monotonic()
    for dtype in [asked.dtype] if asked.dtype else warmup.DTYPES:
        warmup.compile_kernels(dtype, partial(_tell, began, dtype))
        if not asked.no_rates:
            _tell(began, dtype, "measuring")
            warmup.measure(dtype)
    print(f"ready after {time.monotonic() - began:.0f} s: {folder.path}")


def _tell(began: float, dtype: str, what: str) -> None:
    say(f"{time.monotonic() - began:4.0f} s  {dtype}: {what}")
