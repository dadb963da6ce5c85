"""The environment of a run: the machine, the versions, and the peers, installed one by one."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

# What is imported -> what is asked of pip. connex after JAX, so that it fits in with it.
PEERS = {
    "torch": "torch==2.13.0",
    "jax": "jax",
    "sklearn": "scikit-learn",
    "neat": "neat-python",
    "connex": "connex",
    "ffnet": "ffnet",
}
COMPILERS = {"ffnet": "gfortran"}
TOOLS = ("neurosim", "numpy", "scipy", "numba", "networkx", "jaxlib", "equinox", "matplotlib")
REASONS = Path(sys.prefix) / "missing-peers.json"


def install() -> None:
    """Install every peer that is not there; keep the reasons of those that cannot be."""
    reasons = {}
    for module, requirement in PEERS.items():
        if find_spec(module) is None:
            print(f"Installing {requirement}", flush=True)
            failed = _install(requirement)
            if failed:
                reasons[module] = _reason(module, failed)
                print(f"  not installed: {reasons[module]}", flush=True)
    REASONS.write_text(json.dumps(reasons))


def _install(requirement: str) -> str:
    """Return what pip says if it fails, or nothing."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", requirement]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.stdout + result.stderr if result.returncode else ""


def _reason(module: str, said: str) -> str:
    compiler = COMPILERS.get(module)
    if compiler and shutil.which(compiler) is None:
        return f"it is built by {compiler}, which is not installed"
    errors = [line.strip() for line in said.splitlines() if "ERROR" in line]
    return errors[-1] if errors else "pip failed without a word"


def why_missing(module: str) -> str:
    """Return why a peer is not there."""
    known = json.loads(REASONS.read_text()) if REASONS.exists() else {}
    return str(known.get(module, "not installed"))


def machine() -> dict[str, str]:
    """Return what there is to know of the machine: no names."""
    return {
        "processor": _processor(),
        "processors": str(os.cpu_count()),
        "memory": f"{_memory() / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _memory() -> int:
    if not hasattr(os, "sysconf"):
        return 0
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def versions() -> dict[str, str]:
    """Return the versions of neurosim, of what it stands on, and of the peers."""
    names = [*TOOLS, *(name.split("==")[0] for name in PEERS.values())]
    return {name: version for name in names if (version := _version(name))}


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


if __name__ == "__main__":
    install()
