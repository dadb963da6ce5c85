"""Links that Markdown pages and docstrings have without saying so."""

import re
import types

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxRole

import neurosim as ns

SCRIPT = re.compile(r"\]\((?:\.\./)+examples/(\w+)\.(?:py|rst)\)")
CODE = re.compile(r"(``[^`]*``)")
# Of these a page may call a class by its own name: `EarlyStopping` for `callbacks.EarlyStopping`.
FAMILIES = ("activations", "callbacks", "costs", "errors", "initializers", "schedules")


def to_gallery(app, name, source):
    """Lead links to scripts, which work on a code host, to their pages in the gallery."""
    led = SCRIPT.sub(r"](/gallery/\1.rst)", source[0])
    source[0] = led.replace("/gallery/README.rst", "/gallery/index.rst")


# -- names -------------------------------------------------------------------------------------


def full_name(code):
    """Return the name by which what is called so is in the reference, or None."""
    name = code.removeprefix("neurosim.").removeprefix("ns.").partition("(")[0]
    if is_public(name):
        return f"neurosim.{name}"
    families = [one for one in FAMILIES if name[:1].isupper() and is_public(f"{one}.{name}")]
    return f"neurosim.{families[0]}.{name}" if len(families) == 1 else None


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


def linked(code, docname):
    """Return code, with a link to the reference where it is a public name."""
    name = full_name(code)
    if name is None:
        return nodes.literal(code, code)
    link = pending_xref(
        code, refdomain="py", reftype="obj", reftarget=name, refexplicit=True, refdoc=docname
    )
    link["unspoken"] = True
    link += nodes.literal(code, code, classes=["xref", "py", "py-obj"])
    return link


class Name(SphinxRole):
    """The role of what stands in single backticks in a docstring."""

    def run(self):
        return [linked(self.text, self.env.docname)], []


class LinkCode(SphinxTransform):
    """Links the code within the sentences and tables of Markdown pages."""

    default_priority = 400

    def apply(self):
        if not str(self.document["source"]).endswith(".md"):
            return
        for code in list(self.document.findall(nodes.literal)):
            if not isinstance(code.parent, (nodes.reference, pending_xref, nodes.title)):
                code.replace_self(linked(code.astext(), self.env.docname))


def leave_as_code(app, env, node, contnode):
    """Take it as no error where such a name has no entry of its own in the reference."""
    return contnode if node.get("unspoken") else None


# -- docstrings ----------------------------------------------------------------------------------


def keep_bars(app, what, name, obj, options, lines):
    """Let the bars of |t − o| be bars, and not the marks of a substitution."""
    example = False
    for number, line in enumerate(lines):
        example = line.lstrip().startswith(">>>") or (example and bool(line.strip()))
        if not example:
            prose = CODE.split(line)
            prose[::2] = [part.replace("|", r"\|") for part in prose[::2]]
            lines[number] = "".join(prose)


def setup(app):
    app.add_role("name", Name())
    app.add_transform(LinkCode)
    app.connect("source-read", to_gallery)
    app.connect("missing-reference", leave_as_code)
    app.connect("autodoc-process-docstring", keep_bars, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
