"""Documents as the tokenizer takes them: canonical JSON, as a value."""

from __future__ import annotations

from wfgen.canonical import DEFAULT_LIMITS, JsonValue, read_json
from wfgen.errors import DocumentError, EncodeError

__all__ = ["read_document"]


def read_document(document: bytes | str) -> JsonValue:
    """The value of a JSON text.

    Raises:
        EncodeError: it is no text, no JSON, or beyond the limits of the canonical form.
    """
    if not isinstance(document, (bytes, str)):
        raise EncodeError(cause=f"a document is bytes or text, not {type(document).__name__}")
    try:
        return read_json(document, limits=DEFAULT_LIMITS)
    except DocumentError as error:
        where = error.where.strip()
        cause = f"{error.cause} ({where})" if where else error.cause
        raise EncodeError(cause=cause, hint=error.hint) from error
