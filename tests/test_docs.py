"""The documentation is whole: every name is in the reference, every page in a table of contents."""

import inspect
import re
from pathlib import Path

import pytest

import neurosim as ns
from neurosim import io, plot

DOCS = Path(__file__).resolve().parents[1] / "docs"
# What `make docs` writes, and what is no page.
MADE = {"_build", "gallery", "generated", "_templates", "_static"}
PAGES = {
    str(path.relative_to(DOCS).with_suffix("")): path
    for path in sorted(DOCS.rglob("*"))
    if path.suffix in {".md", ".rst"} and not MADE & set(path.relative_to(DOCS).parts)
}
# For use within the package, although their names have no underscore.
HELPERS = {"about", "check_seed", "make_generator"}
MODULES = {
    name: getattr(ns, name)
    for name in (
        "activations",
        "callbacks",
        "costs",
        "errors",
        "initializers",
        "metrics",
        "schedules",
        "topologies",
    )
} | {"io": io, "plot": plot}


def contents(page):
    """List the pages that a page has in its tables of contents, from the folder of docs."""
    folder = PAGES[page].parent.relative_to(DOCS)
    text = PAGES[page].read_text(encoding="utf-8")
    found = []
    for body in re.findall(r"^```\{toctree\}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        entries = [line for line in body.splitlines() if line and not line.startswith(":")]
        found += [str(folder / entry) for entry in entries]
    return found


def entries():
    """List the names that the pages of the reference have entries for."""
    pages = [path for name, path in PAGES.items() if name.startswith("reference/")]
    return [
        name
        for path in pages
        for name in re.findall(r"^   (neurosim\.[\w.]+)$", path.read_text(encoding="utf-8"), re.M)
    ]


def public_names(module):
    """List the public functions and classes that a module defines, or says it has."""
    if hasattr(module, "__all__"):
        names = module.__all__
    else:
        names = [
            name
            for name, one in vars(module).items()
            if getattr(one, "__module__", None) == module.__name__ and not name.startswith("_")
            if name not in HELPERS
        ]
    objects = {name: getattr(module, name) for name in names}
    return [name for name, one in objects.items() if inspect.isclass(one) or inspect.isroutine(one)]


def test_every_page_is_in_a_table_of_contents():
    reached = ["index"]
    for page in reached:
        reached += [one for one in contents(page) if one in PAGES and one not in reached]
    assert sorted(reached) == sorted(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_what_a_table_of_contents_lists_is_there(page):
    missing = [one for one in contents(page) if one not in {*PAGES, "gallery/index"}]
    assert not missing


def test_every_name_of_the_package_is_in_the_reference():
    names = [name for name in ns.__all__ if not inspect.ismodule(getattr(ns, name))]
    missing = {f"neurosim.{name}" for name in names} - set(entries())
    assert not missing, f"give them an entry in docs/reference/: {sorted(missing)}"


@pytest.mark.parametrize("module", MODULES)
def test_every_name_of_a_module_is_in_the_reference(module):
    there = set(entries())
    missing = [
        name
        for name in public_names(MODULES[module])
        if not {f"neurosim.{module}.{name}", f"neurosim.{name}"} & there
    ]
    assert not missing, f"give them an entry in docs/reference/: {missing}"


@pytest.mark.parametrize("entry", entries())
def test_what_the_reference_has_an_entry_for_is_there(entry):
    first, *rest = entry.removeprefix("neurosim.").split(".")
    found = MODULES[first] if rest else getattr(ns, first)
    assert all(hasattr(found, name) for name in rest)


def test_no_name_is_in_the_reference_twice():
    assert len(entries()) == len(set(entries()))
