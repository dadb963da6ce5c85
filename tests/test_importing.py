"""`import neurosim` is quick, takes along nothing that it can do without, and hides nothing."""

import subprocess
import sys

import pytest

import neurosim as ns

HEAVY = (
    "numba", "llvmlite", "matplotlib", "pandas", "polars", "tqdm", "scipy", "sklearn", "IPython",
)  # fmt: skip


def imported_by(script):
    """Return the modules that a fresh process has imported after a script."""
    command = [sys.executable, "-c", f"{script}; import sys; print(*sys.modules)"]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(result.stdout.split())


@pytest.mark.parametrize("script", ["import neurosim", "from neurosim import *"])
def test_no_optional_or_heavy_package_is_imported(script):
    assert not imported_by(script).intersection(HEAVY)


def test_what_runs_and_trains_networks_is_imported_when_it_is_asked_for():
    script = "import neurosim as ns; ns.Network().add_layer(2, role='input')"
    late = {"neurosim.inputs", "neurosim.program", "neurosim.training", "neurosim.engines"}
    assert not imported_by(script).intersection(late)
    assert imported_by(f"{script}; ns.compile, ns.train").issuperset(late)


@pytest.mark.parametrize("name", ["check_gradients", "Huber", "costs", "compile", "train"])
def test_any_public_name_may_be_the_first_that_is_asked_for(name):
    assert "neurosim" in imported_by(f"from neurosim import {name} as first; first.__doc__[0]")


def test_every_public_name_is_there_and_listed():
    assert all(hasattr(ns, name) for name in ns.__all__)
    assert set(ns.__all__) <= set(dir(ns))


def test_a_name_that_there_is_not_is_refused_as_by_any_module():
    with pytest.raises(AttributeError, match="module 'neurosim' has no attribute 'brain'"):
        _ = ns.brain
    with pytest.raises(ImportError, match="cannot import name 'brain'"):
        from neurosim import brain  # noqa: F401
