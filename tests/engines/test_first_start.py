"""The first start on a machine: an answer at once, and kernels compiled in the background."""

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import neurosim as ns
from neurosim.engines import background
from neurosim.engines import kernel_folder as module
from neurosim.engines.kernel_folder import KernelFolder, kernel_folder
from neurosim.errors import InvalidValueError

X = np.array([[0.0, 0.0], [0.0, 1.0]])

SCRIPT = """
import neurosim as ns
net = ns.topologies.layered([2, 3, 1], activation="sigmoid")
net.initialize(ns.initializers.Normal(), seed=1)
program = ns.compile(net)
print(program.engine)
program.feedforward([[0.0, 1.0]])
history = ns.train(net, [[0, 0], [0, 1]], [0, 1], epochs=5)
print(program.explain().splitlines()[1])
"""


def run(script=SCRIPT, **variables):
    """Run a script in a process that has the background work it may want."""
    environment = {
        **os.environ, "NEUROSIM_WARMUP": "1", "CI": "", **{k: str(v) for k, v in variables.items()}
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done


def wait_until(what, seconds=300.0):
    """Wait for something that comes true by itself."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.2)


def small(dtype="float64"):
    net = ns.topologies.layered([2, 3, 1], activation="sigmoid", dtype=dtype)
    net.initialize(ns.initializers.Constant(1.0))
    return net


def test_numpy_answers_while_one_process_compiles(cold, capsys):
    program = ns.compile(small())
    assert program.engine == "numpy"
    assert program.feedforward(X)[0, 0] == pytest.approx(0.81757448)
    assert ns.compile(small()).engine == "numpy"
    assert cold == [kernel_folder().path]
    assert background.wanted(kernel_folder().path) == ["float64"]
    assert capsys.readouterr().err == (
        "neurosim: the first start with float64: kernels are being compiled in the background, "
        f"once, for about {background.ABOUT_SECONDS} s; until then the engine is 'numpy'\n"
    )
    assert program.explain().splitlines()[1] == (
        "engine 'numpy', picked by 'auto', since the kernels were still being compiled in the "
        "background; compile again for 'numba'"
    )


def test_each_dtype_is_asked_for_by_itself(cold):
    ns.compile(small())
    ns.compile(small("float32"))
    assert background.wanted(kernel_folder().path) == ["float32", "float64"]


def test_populations_are_run_by_numpy_as_well(cold):
    population = ns.compile([small(), small()])
    assert population.engine == "numpy"
    assert population.feedforward(X).shape == (2, 2, 1)


def test_kernels_that_are_ready_are_taken(cold, capsys):
    kernel_folder().mark_ready("float64")
    assert ns.compile(small()).engine == "numba"
    assert ns.compile(small("float32")).engine == "numpy"
    assert len(cold) == 1


def test_a_program_stays_with_its_engine(cold):
    net = small()
    net.initialize(ns.initializers.Normal(), seed=1)
    program = ns.compile(net)
    kernel_folder().mark_ready("float64")
    assert program.engine == "numpy"
    assert ns.train(program, X, [0, 1], epochs=1).epochs == 1
    assert program.engine == "numpy"


def test_nothing_is_started_while_another_process_compiles(cold):
    folder = kernel_folder().path
    with background.only_one(folder) as is_alone:
        assert is_alone
        assert ns.compile(small()).engine == "numpy"
    assert cold == []
    assert background.wanted(folder) == ["float64"]  # the other one sees to it


@pytest.mark.parametrize(
    ("variables", "engine"),
    [({"NEUROSIM_WARMUP": "0"}, "numba"), ({"NEUROSIM_WARMUP": "off"}, "numba"),
     ({"NEUROSIM_WARMUP": None, "CI": "true"}, "numba"), ({"CI": "true"}, "numpy"),
     ({"NEUROSIM_WARMUP": None, "CI": ""}, "numpy"), ({"NUMBA_DISABLE_JIT": "1"}, "numpy")],
)  # fmt: skip
def test_the_environment_decides_whether_there_is_background_work(
    cold, monkeypatch, variables, engine
):
    for name, value in variables.items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    assert ns.compile(small()).engine == engine
    expected = engine == "numpy" and "NUMBA_DISABLE_JIT" not in variables
    assert len(cold) == expected


def test_with_compiling_switched_off_numpy_runs_and_says_why(monkeypatch):
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    assert ns.compile(small()).explain().splitlines()[1] == (
        "engine 'numpy', picked by 'auto', since NUMBA_DISABLE_JIT switches compiling off"
    )
    with pytest.raises(InvalidValueError) as caught:
        ns.compile(small(), engine="numba")
    assert str(caught.value) == (
        'engine must be "auto", "numpy" or "reference" where NUMBA_DISABLE_JIT switches compiling '
        'off (got "numba"); unset it, or pass another engine'
    )


@pytest.mark.parametrize("switch", ["1", "0"])
def test_a_fresh_process_heeds_numbas_own_switch(switch):
    done = run(NUMBA_DISABLE_JIT=switch, NEUROSIM_WARMUP="0")
    assert done.stdout.splitlines()[0] == {"1": "numpy", "0": "numba"}[switch]


def test_a_numba_that_cannot_be_imported_is_done_without(tmp_path):
    (tmp_path / "numba.py").write_text("raise ImportError('Numba needs NumPy 1.0 or less')")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", ""), os.getcwd()])
    done = run(PYTHONPATH=path, NEUROSIM_WARMUP="0")
    assert done.stdout.splitlines()[1] == (
        "engine 'numpy', picked by 'auto', since Numba cannot be imported: Numba needs NumPy 1.0 "
        "or less"
    )


def test_a_folder_that_cannot_be_trusted_gets_no_kernels(cold):
    kernel_folder().path.chmod(0o777)
    module._folder.cache_clear()
    program = ns.compile(small())
    assert program.engine == "numpy"
    assert cold == []
    assert "others than its user can change" in program.explain()
    kernel_folder().path.chmod(0o700)


def compiled_by_a_worker(queue):
    """What happens in a process of a pool."""
    queue.put((ns.compile(small()).engine, len(background.wanted(kernel_folder().path))))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing is forked there")
def test_a_worker_starts_nothing(cold, capfd):
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    worker = context.Process(target=compiled_by_a_worker, args=(queue,))
    worker.start()
    assert queue.get(timeout=60) == ("numpy", 0)
    worker.join()
    assert capfd.readouterr().err == ""


def test_a_failure_is_not_tried_again_and_again(cold):
    folder = kernel_folder().path
    background.settle("float64", folder, failed=True)
    program = ns.compile(small())
    assert cold == []
    assert "compiling kernels has failed" in program.explain()
    assert "neurosim warmup" in program.explain()
    background.settle("float64", folder)
    ns.compile(small())
    assert cold == [folder]


def test_what_is_wanted_of_other_sources_is_noted_as_failed(tmp_path):
    (tmp_path / "wanted-float64").touch()
    code = f"from neurosim.warmup import fill; fill({str(tmp_path)!r})"
    done = run(code)
    assert "are not made by these sources" in done.stderr
    assert (tmp_path / "failed-float64").exists()
    assert background.wanted(tmp_path) == []


def with_kernels_of_the_tests(cache):
    """Put the kernels that other tests have compiled where they are compiled otherwise."""
    code = "from neurosim.engines.kernel_folder import kernel_folder; print(kernel_folder().path)"
    target = run(code, NEUROSIM_CACHE_DIR=cache).stdout.strip()
    for kernel in kernel_folder().path.glob("*.kernel"):
        shutil.copy(kernel, target)
    return KernelFolder(module.Path(target), None)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_from_a_first_start_through_a_kill_to_kernels(tmp_path):
    tmp_path.chmod(0o700)
    folder = with_kernels_of_the_tests(tmp_path)
    first = run(NEUROSIM_CACHE_DIR=tmp_path)
    assert first.stdout.splitlines()[0] == "numpy"
    assert first.stderr.count("\n") == 1

    def process():  # the one that holds the lock
        found = subprocess.run(
            ["pgrep", "-f", f"neurosim.warmup.*{folder.path}"], capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        return [int(number) for number in found.stdout.split()]

    wait_until(lambda: process() or folder.is_ready("float64"))
    for number in process():
        os.kill(number, signal.SIGKILL)
    wait_until(lambda: not background.is_running(folder.path))
    if not folder.is_ready("float64"):  # what was killed is begun again, by two at once
        command = [sys.executable, "-c", SCRIPT]
        variables = {"NEUROSIM_WARMUP": "1", "NEUROSIM_CACHE_DIR": str(tmp_path)}
        both = [subprocess.Popen(command, env={**os.environ, **variables}) for _ in range(2)]
        assert [one.wait() for one in both] == [0, 0]
    wait_until(lambda: folder.is_ready("float64"))
    later = run(NEUROSIM_CACHE_DIR=tmp_path)
    assert later.stdout.splitlines()[0] == "numba"
    assert later.stderr == ""  # everything was there
    assert background.wanted(folder.path) == []
    assert not list(folder.path.glob("failed-*"))
    for number in process():  # it is at kernels that few trainings need
        os.kill(number, signal.SIGKILL)
