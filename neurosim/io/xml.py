"""XML of unknown origin: looked at with distrust, then read as elements."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

from neurosim.errors import FormatError, NeurosimWarning
from neurosim.io.rows import number_in
from neurosim.wording import shown

Element = ElementTree.Element

# The types that GraphML and GEXF have for numbers.
WHOLE = frozenset(("int", "integer", "long", "short", "byte", "biginteger"))
REAL = frozenset(("float", "double", "bigdecimal"))
TRUTH = {"true": True, "1": True, "false": False, "0": False}


def document(data: bytes, root: str) -> Element:
    """Return the root of a document, which has to be called so, in whatever namespace.

    Raises
    ------
    FormatError
        If it is not well-formed, declares entities, or has another root.
    """
    try:
        read = ElementTree.fromstring(checked_xml(data))
    except ElementTree.ParseError as error:  # of namespaces, which nobody has looked at before
        raise FormatError(f"expected XML (got an error: {error})") from error
    if local(read) != root:
        raise FormatError(f"expected XML with the root <{root}> (got <{local(read)[:40]}>)")
    return read


def checked_xml(data: bytes) -> bytes:
    """Return the document, or refuse one that is not well-formed or declares entities.

    Entities can grow without bounds, and no graph needs one.
    """
    parser = expat.ParserCreate()
    parser.EntityDeclHandler = _refuse_entity
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        reason = expat.errors.messages[error.code]
        raise FormatError(
            f"line {error.lineno}, column {error.offset}: expected XML (got an error: {reason})"
        ) from error
    except FormatError:
        raise
    except (LookupError, ValueError) as error:  # of the encoding that the file says it has
        raise FormatError(f"expected XML in UTF-8 (got an error: {error})") from error
    return data


def _refuse_entity(name: str, *_: Any) -> None:
    raise FormatError(f"a graph must not declare entities of XML (got {shown(name)})")


def local(element: Element) -> str:
    """Return the name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def children(element: Element, name: str) -> Iterator[Element]:
    """Yield the children of that name, in whatever namespace."""
    return (child for child in element if local(child) == name)


def only_graph(root: Element) -> Element:
    """Return the first graph of a document, and warn of others."""
    graphs = list(children(root, "graph"))
    if not graphs:
        raise FormatError("expected a <graph> (got none)")
    if len(graphs) > 1:
        warnings.warn(
            f"the first of {len(graphs)} graphs in the file is read, the others are left out",
            NeurosimWarning,
            stacklevel=2,
        )
    return graphs[0]


def needed(element: Element, attribute: str) -> str:
    """Return an attribute of an element, or refuse it if there is none."""
    value = element.get(attribute)
    if value is None:
        raise FormatError(
            f"a <{local(element)}> must have the attribute {shown(attribute)} (got "
            f"{shown(element.attrib)})"
        )
    return value


def typed(text: str, kind: str) -> Any:
    """Return what a text stands for; itself, if it is not of the type that it is said to have.

    What is left out in the end need not be right, and what is not is checked where it is used.
    """
    kind = kind.lower()
    bare = text.strip()
    if kind in WHOLE and bare.isascii() and bare.removeprefix("-").isdecimal() and len(bare) < 20:
        return int(bare)
    if kind in WHOLE or kind in REAL:
        number = number_in(text)
        return text if number is None else number
    if kind == "boolean":
        return TRUTH.get(bare.lower(), text)
    return text
