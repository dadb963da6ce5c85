import pytest

from benchmarks.peers import __main__ as command_line
from benchmarks.peers import environment, results


def test_no_names_means_all():
    assert command_line.select([]) == list(command_line.NAMES)


def test_a_name_means_itself_only():
    assert command_line.select(["evolved-20"]) == ["evolved-20"]


def test_the_beginning_of_names_means_all_of_them():
    assert command_line.select(["growth", "population"]) == [
        "population-1",
        "population-64",
        "growth-dag",
        "growth-sparse",
        "growth-dense",
    ]


def test_an_unknown_name_is_refused():
    with pytest.raises(SystemExit, match="there is no comparison 'nothing'"):
        command_line.select(["tiny", "nothing"])


def test_results_are_kept_one_by_one(tmp_path):
    results.keep("a", {"rows": {"run": [[1.0], [2.0]]}}, tmp_path / "results")
    results.keep("b", {"missing": "not installed"}, tmp_path / "results")
    results.keep("a", {"failed": "later"}, tmp_path / "results")
    assert results.kept(tmp_path / "results") == {
        "a": {"failed": "later"},
        "b": {"missing": "not installed"},
    }


def test_a_peer_without_its_compiler_says_so(monkeypatch):
    monkeypatch.setattr(environment.shutil, "which", lambda name: None)
    said = "ERROR: Failed building wheel for ffnet"
    assert environment._reason("ffnet", said) == "it is built by gfortran, which is not installed"


def test_a_peer_that_pip_refuses_has_its_last_error_as_the_reason():
    said = "Collecting jax\nERROR: first\n  ERROR: no version for this Python\nhint"
    assert environment._reason("jax", said) == "ERROR: no version for this Python"


def test_a_peer_that_cannot_be_installed_does_not_stop_the_others(monkeypatch, tmp_path):
    asked = []

    def install(requirement):
        asked.append(requirement)
        return "ERROR: no" if requirement == "first" else ""

    monkeypatch.setattr(environment, "PEERS", {"no_such_a": "first", "no_such_b": "second"})
    monkeypatch.setattr(environment, "REASONS", tmp_path / "reasons.json")
    monkeypatch.setattr(environment, "_install", install)
    environment.install()
    assert asked == ["first", "second"]
    assert environment.why_missing("no_such_a") == "ERROR: no"
    assert environment.why_missing("no_such_b") == "not installed"
