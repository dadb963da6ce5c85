"""Where kernels are kept, and whom that folder is trusted to."""

import ast
import os
import stat
import sys
from pathlib import Path

import pytest

from neurosim.engines import kernel_folder as module
from neurosim.engines.kernel_folder import kernel_folder

PACKAGE = Path(module.__file__).parents[1]

posix = pytest.mark.skipif(sys.platform == "win32", reason="the modes of POSIX")


@pytest.fixture
def place(monkeypatch, tmp_path):
    """A cache folder that nobody has used yet."""
    tmp_path.chmod(0o700)
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("NEUROSIM_CACHE_DIR", str(tmp_path / "cache"))
    module._folder.cache_clear()
    yield tmp_path / "cache"
    module._folder.cache_clear()


def again():
    """What a new process would find."""
    module._folder.cache_clear()
    return kernel_folder()


def test_the_folder_is_made_and_is_its_users_alone(place):
    folder = kernel_folder()
    assert folder.refusal is None
    assert folder.path.parent == place / "kernels"
    assert not folder.path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)


def test_numbas_variable_is_heeded(place, monkeypatch, tmp_path):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "numba"))
    assert kernel_folder().path.parent == tmp_path / "numba" / "neurosim"


def test_a_dtype_is_ready_once_that_is_noted(place):
    assert not kernel_folder().is_ready("float32")
    kernel_folder().mark_ready("float32")
    assert again().is_ready("float32")
    assert not again().is_ready("float64")


def test_another_processor_has_another_folder(place, monkeypatch):
    here = kernel_folder().path
    monkeypatch.setenv("NUMBA_CPU_NAME", "generic")
    assert again().path != here


@posix
@pytest.mark.parametrize("mode", [0o707, 0o777, 0o1777])
def test_a_folder_that_others_can_write_to_is_refused(place, mode):
    kernel_folder().path.chmod(mode)
    folder = again()
    assert folder.refusal == f"others than its user can change {str(folder.path)!r}"
    folder.path.chmod(0o700)


@posix
def test_so_is_one_that_others_can_replace(place):
    path = kernel_folder().path
    place.chmod(0o777)
    assert again().refusal == f"others than its user can change {str(place)!r}"
    place.chmod(0o1777)  # like /tmp: what is in it is replaced by its owner alone
    assert again().refusal is None
    assert again().path == path


@posix
def test_so_is_a_kernel_that_others_can_write_to(place):
    kernel = kernel_folder().path / "some.kernel"
    kernel.touch()
    kernel.chmod(0o666)
    assert again().refusal == f"others than its user can change {str(kernel)!r}"


@posix
@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root gives away")
def test_so_is_what_belongs_to_somebody_else(place):
    kernel = kernel_folder().path / "some.kernel"
    kernel.touch()
    os.chown(kernel, 12345, 12345)
    assert again().refusal == f"others than its user can change {str(kernel)!r}"


def test_where_no_folder_can_be_made_the_reason_is_said(place):
    place.write_text("a file")
    assert again().refusal.startswith(f"the folder '{place}")
    assert "cannot be made" in again().refusal


def constants_of(path):
    """The modules of the package from which a module takes constants."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.ImportFrom) or not any(a.name.isupper() for a in node.names):
            continue
        if (node.module or "").startswith("neurosim."):
            yield node.module


def test_a_kept_kernel_is_stale_when_a_constant_in_it_changes():
    # Kernels hold the constants of the modules that they take them from, wherever these stand.
    sources = set(module.sources())
    for path in (PACKAGE / "engines" / "compiled").glob("**/*.py"):
        assert path in sources
        for name in constants_of(path):
            assert PACKAGE.joinpath(*name.split(".")[1:]).with_suffix(".py") in sources, name
