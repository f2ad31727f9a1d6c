"""The canonical form of a document: minified JSON in UTF-8, with keys in the document's order.

Integers are exact at any size up to a digit limit. A float is the shortest text that reads back
equal, as orjson writes it; so `1`, `1.0` and `1e0` are two values, integer 1 and float 1.0.
Non-finite numbers, lone surrogates and duplicate keys are errors.

orjson does the work where it is exact. It alone is not the canonical form: it reads integers over
64 bits as floats, keeps the last of duplicate keys, writes NaN as null and tuples as arrays. So a
text is taken from orjson only if orjson writes it back byte for byte, and a value is given to it
only after a check of all types; everything else goes through an exact scanner and an exact writer,
which use no recursion.
"""

from __future__ import annotations

from wfgen.canonical.limits import (
    DEFAULT_LIMITS,
    JsonValue,
    Limits,
    decode_utf8,
    excerpt,
    line_and_column,
    over_limit_hint,
)
from wfgen.canonical.reading import read_json
from wfgen.canonical.writing import same_value, to_canonical

__all__ = [
    "DEFAULT_LIMITS",
    "JsonValue",
    "Limits",
    "decode_utf8",
    "excerpt",
    "line_and_column",
    "over_limit_hint",
    "read_json",
    "same_value",
    "to_canonical",
]
