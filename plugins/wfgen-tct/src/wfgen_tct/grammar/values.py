"""Equality of values as JSON Schema has it: 1 equals 1.0, and the order of keys does not count."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson

from wfgen.canonical import JsonValue
from wfgen_tct.scalars.numbers import texts_equal

__all__ = ["spellings", "texts_of", "value_key"]


def value_key(value: JsonValue) -> Any:
    """What two values have in common just where JSON Schema calls them equal; hashable."""
    match value:
        case None:
            return ("null",)
        case True:
            return ("true",)
        case False:
            return ("false",)
        case str():
            return ("string", value)
        case int():
            return ("number", Decimal(value))
        case float():
            return ("number", Decimal(repr(value)))
        case list():
            return ("array", tuple(map(value_key, value)))
        case _:
            return ("object", frozenset((key, value_key(each)) for key, each in value.items()))


def texts_of(value: Any) -> tuple[bytes, ...]:
    """How a scalar, by its `value_key`, may be written; nothing of an array or object."""
    match value:
        case ("string", text):
            return (orjson.dumps(text),)
        case ("number", number):
            return texts_equal(number)
        case ("array" | "object", _):
            return ()
    return (value[0].encode(),)


def spellings(values: frozenset[Any], kind: str) -> frozenset[bytes]:
    """The texts of all strings, or all numbers, among values that come by their `value_key`."""
    found: list[bytes] = []
    for each in values:
        if each[0] == kind:
            found += (each[1].encode(),) if kind == "string" else texts_equal(each[1])
    return frozenset(found)
