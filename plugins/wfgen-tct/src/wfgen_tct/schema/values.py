"""Numbers and strings of a schema, which have to be such as documents can have."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from wfgen_tct.errors import SchemaError
from wfgen_tct.schema.exact import exact, num_digits, shown
from wfgen_tct.schema.limits import over_limit

__all__ = ["exact_number", "key_text", "scalar_text"]


def exact_number(value: int | float | Decimal, pointer: str, most_digits: int) -> Decimal:
    """A number of a schema, which may not be too long.

    Raises:
        GrammarLimitError: it has more digits.
    """
    if num_digits(value) > most_digits:
        cause = f"the number has more than {most_digits:,} digits"
        raise over_limit(pointer, cause, "num_digits")
    return exact(value)


def key_text(key: Any, pointer: str) -> str:
    """A key of a schema, which must be a string.

    Raises:
        SchemaError: it is none; Python has other keys too.
    """
    if not isinstance(key, str):
        raise SchemaError(
            pointer=pointer,
            cause=f"the key {shown(key)} is not a string",
            hint="write keys as strings, as in JSON",
        )
    return key


def scalar_text(value: Any, pointer: str) -> str:
    """A string of a schema, which must be one that a document can have.

    Raises:
        SchemaError: it has a lone surrogate, or is a key that is no string.
    """
    text = key_text(value, pointer)
    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        raise SchemaError(
            pointer=pointer,
            cause="the string has half of a surrogate pair, which no text can have",
            hint="write both halves, or take the string out",
        )
    return text
