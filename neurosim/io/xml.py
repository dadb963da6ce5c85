"""XML of unknown origin, looked at before a library takes it."""

from __future__ import annotations

from typing import Any
from xml.parsers import expat

from neurosim.errors import FormatError


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
    raise FormatError(f"a graph must not declare entities of XML (got {name!r})")
