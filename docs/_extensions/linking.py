"""Links that Markdown pages and docstrings have without saying so."""

import re
from functools import cache
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxRole

SCRIPT = re.compile(r"\]\((?:\.\./)+examples/(\w+)\.(?:py|rst)\)")
CODE = re.compile(r"(``[^`]*``)")
REFERENCE = Path(__file__).resolve().parents[1] / "reference"
ENTRY = re.compile(r"^   (neurosim\.[\w.]+)$", re.MULTILINE)


def to_gallery(app, name, source):
    """Lead links to scripts, which work on a code host, to their pages in the gallery."""
    led = SCRIPT.sub(r"](/gallery/\1.rst)", source[0])
    source[0] = led.replace("/gallery/README.rst", "/gallery/index.rst")


# -- names -------------------------------------------------------------------------------------


@cache
def entries():
    """Return the names that the pages of the reference list."""
    pages = [path.read_text(encoding="utf-8") for path in REFERENCE.glob("*.rst")]
    return {entry for page in pages for entry in ENTRY.findall(page)}


@cache
def classes():
    """Return the entry of each class that has its own name to itself: EarlyStopping, not Step."""
    found = {}
    for entry in entries():
        name = entry.rpartition(".")[2]
        if name[0].isupper():
            found.setdefault(name, []).append(entry)
    return {name: those[0] for name, those in found.items() if len(those) == 1}


def full_name(code):
    """Return the name by which what is called so is in the reference, or None."""
    name = code.removeprefix("neurosim.").removeprefix("ns.").partition("(")[0]
    if f"neurosim.{name}" in entries():
        return f"neurosim.{name}"
    owner, dot, member = name.rpartition(".")
    if not dot:
        return classes().get(name)
    entry = full_name(owner)
    return entry and f"{entry}.{member}"


def linked(code, docname, name):
    """Return code, with a link to the entry of a name, if there is one."""
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
        name = full_name(self.text)
        owner = self.env.ref_context.get("py:class")
        if name is None and owner and self.text.isidentifier():  # `predict` is its own method
            name = full_name(f"{owner}.{self.text}")
        return [linked(self.text, self.env.docname, name)], []


class LinkCode(SphinxTransform):
    """Links the code within the sentences and tables of Markdown pages."""

    default_priority = 400

    def apply(self):
        if not str(self.document["source"]).endswith(".md"):
            return
        for code in list(self.document.findall(nodes.literal)):
            if not isinstance(code.parent, (nodes.reference, pending_xref, nodes.title)):
                text = code.astext()
                code.replace_self(linked(text, self.env.docname, full_name(text)))


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
