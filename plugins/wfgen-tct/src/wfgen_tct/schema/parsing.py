"""The text of a schema, read without losing a digit of its numbers."""

from __future__ import annotations

import json
import re
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from wfgen.canonical import excerpt
from wfgen_tct.errors import SchemaError
from wfgen_tct.schema.limits import SchemaLimits, over_limit

__all__ = ["parse_schema"]

_LONGEST_INT = 4_000  # Python's int() refuses texts of more than 4,300 digits
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)


def parse_schema(text: bytes | str, limits: SchemaLimits) -> Any:
    """The value of a JSON text; numbers with a point or an exponent come as Decimals.

    Raises:
        SchemaError: the text is no JSON or no UTF-8, or a key stands twice in an object.
        GrammarLimitError: it is larger or deeper than the limits.
    """
    if len(text) > limits.num_bytes:
        raise over_limit("", f"the text is longer than {limits.num_bytes:,} bytes", "num_bytes")
    try:
        decoded = text if isinstance(text, str) else text.decode()
        decoded = decoded.removeprefix("\ufeff")
        _check_nesting(decoded, limits.depth)
        return json.loads(
            decoded,
            parse_float=_fraction,
            parse_int=_whole,
            parse_constant=_refuse,
            object_pairs_hook=_object,
        )
    except RecursionError:
        raise over_limit("", "the text is nested deeper than Python's stack", "depth") from None
    except ValueError as error:
        raise SchemaError(cause=f"the text is no JSON ({error})", hint="mend the text") from None


def _whole(digits: str) -> int | Decimal:
    return int(digits) if len(digits) <= _LONGEST_INT else Decimal(digits)


def _fraction(digits: str) -> Decimal:
    try:
        return Decimal(digits)
    except InvalidOperation:  # an exponent of more than 18 digits
        raise ValueError(f"the exponent of {excerpt(digits)} is out of all bounds") from None


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"the key {excerpt(twice)} stands twice in one object")
    return made


def _check_nesting(text: str, depth: int) -> None:
    """Before the text is read, because the reader uses the stack of Python."""
    level = 0
    for match in _BRACKETS.finditer(text):
        found = match.group()
        if found in "[{":
            level += 1
            if level > depth:
                raise over_limit("", f"the text is nested deeper than {depth}", "depth")
        elif found in "]}":
            level -= 1
