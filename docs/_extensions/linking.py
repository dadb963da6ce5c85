"""Links that Markdown pages and docstrings have without saying so."""

import re
import types

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.util.docutils import SphinxRole

import neurosim as ns

SCRIPT = re.compile(r"\]\((?:\.\./)+examples/(\w+)\.py\)")


def to_gallery(app, name, source):
    """Lead links to scripts, which work on a code host, to their pages in the gallery."""
    source[0] = SCRIPT.sub(r"](/gallery/\1.rst)", source[0])


def is_public(name):
    """Tell whether this is a public class or function, or a public part of one."""
    first, *parts = name.split(".")
    if first not in ns.__all__:
        return False
    found = getattr(ns, first)
    for part in parts:
        if part.startswith("_") or not hasattr(found, part):
            return False
        found = getattr(found, part)
    return not isinstance(found, types.ModuleType)


class Name(SphinxRole):
    """The role of what stands in single backticks: code, and a link where the name is public."""

    def run(self):
        name = self.text.removeprefix("ns.")
        shown = nodes.literal(self.rawtext, self.text, classes=["xref", "py", "py-obj"])
        if not is_public(name):
            return [nodes.literal(self.rawtext, self.text)], []
        link = pending_xref(
            self.rawtext,
            shown,
            refdomain="py",
            reftype="obj",
            reftarget=f"neurosim.{name}",
            refexplicit=True,
            refdoc=self.env.docname,
        )
        return [link], []


def setup(app):
    app.add_role("name", Name())
    app.connect("source-read", to_gallery)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
