"""A short round of the fuzzer of graph files, and what it once found."""

import pytest

from tests.io.fuzzing_formats import READ, REFUSED, Mutator, Report, outcome


def test_damaged_and_forged_graph_files_are_read_or_refused_and_nothing_else(tmp_path):
    report = Report().fuzz(400, seed=11, path=tmp_path / "mutant", traced=100)
    assert not report.wrong, str(report)
    kinds = {kind for kind, _ in report.counts}
    assert kinds == {"csv", "cytoscape", "dot", "gexf", "graphml", "node-link"}
    assert sum(report.counts[kind, READ] for kind in kinds) > 20
    assert sum(report.counts[kind, REFUSED] for kind in kinds) > 200


def test_a_seed_gives_the_same_mutants_again():
    one, other = Mutator(3), Mutator(3)
    assert [one.mutant() for _ in range(20)] == [other.mutant() for _ in range(20)]


def test_what_was_not_damaged_is_read(tmp_path):
    for kind, texts in Mutator(0).good:
        assert outcome(kind, texts, tmp_path / "good") == READ, texts


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("gexf", '<gexf><graph><nodes><node id="a"><viz:size/></node></nodes></graph></gexf>'),
        ("node-link", '{"nodes": [{"id": "\\ud800"}], "links": []}'),
        ("node-link", '{"nodes": [{"id": NaN}], "links": [{"source": NaN, "target": NaN}]}'),
        ("node-link", '{"graph": {"name": "' + "x" * 70_000 + '"}, "nodes": [], "links": []}'),
        ("node-link", '{"nodes": [{"id": "a", "activation": "' + "{" * 3000 + '"}], "links": []}'),
        ("node-link", '{"nodes": [{"id": ' + "[" * 900 + "1" + "]" * 900 + '}], "links": []}'),
        ("graphml", '<graphml><graph edgedefault="directed"><node/></graph></graphml>'),
    ],
)
def test_what_it_has_found_is_refused(kind, text, tmp_path):
    assert outcome(kind, {"": text}, tmp_path / "mutant") == REFUSED
