"""The keywords of each dialect: what shape their values have, and where subschemas stand in them.

Only keywords that bear on validity, or on what a `$ref` names, are here; all others are
annotations, whatever their values are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Literal

from attrs import frozen

from wfgen_tct.schema.dialects import DIALECTS, Dialect
from wfgen_tct.schema.exact import is_number

__all__ = [
    "KEYWORDS",
    "Keyword",
    "Role",
    "Shape",
    "Subschemas",
    "keyword_dialects",
    "subschemas_of",
]

Role = Literal["asserts", "helps", "names", "annotates"]
"""What a keyword does: it says something of a value by itself; it changes what another keyword
says; it gives names or a place to subschemas; or it says nothing about validity."""

Subschemas = Literal["none", "one", "list", "map", "dependencies"]
"""Where subschemas stand: the value itself, each item, the value of each key, or the value of each
key that is no array."""


@frozen
class Shape:
    """What the value of a keyword must be.

    Attributes:
        wanted: in words, after "is not".
        fits: whether a value is so.
    """

    wanted: str
    fits: Callable[[Any], bool]


@frozen(kw_only=True)
class Keyword:
    """A keyword in some dialects.

    Attributes:
        name: as it is written.
        role: what it does.
        shape: of its value, subschemas not looked at.
        subschemas: where they stand.
        first, last: the dialects that have it so.
        may_be_boolean: whether draft 4, which has no boolean schemas, allows one here.
        hint: the way out where the shape does not fit; '' for the usual one.
    """

    name: str
    role: Role
    shape: Shape
    subschemas: Subschemas = "none"
    first: Dialect = Dialect.DRAFT4
    last: Dialect = Dialect.DRAFT2020_12
    may_be_boolean: bool = False
    hint: str = ""


_KINDS = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_count(value: Any) -> bool:
    if not is_number(value) or value < 0:
        return False
    whole = value.to_integral_value() if isinstance(value, Decimal) else value // 1
    return bool(value == whole)


def _is_positive(value: Any) -> bool:
    return is_number(value) and value > 0


def _is_list_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(fits, value))


def _is_type(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(isinstance(v, str) and v in _KINDS for v in value)
    return isinstance(value, str) and value in _KINDS


def _is_schema(value: Any) -> bool:
    return isinstance(value, dict | bool)


def _is_anchor(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"[A-Za-z_][-A-Za-z0-9._:]*", value))


def _is_map_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, dict) and all(map(fits, value.values()))


_ANYTHING = Shape("a value", lambda value: True)
_COUNT = Shape("a whole number of 0 or more", _is_count)
_NUMBER = Shape("a number", is_number)
_POSITIVE = Shape("a number above 0", _is_positive)
_TEXT = Shape("a string", _is_text)
_BOOLEAN = Shape("true or false", lambda value: isinstance(value, bool))
_NAMES = Shape("an array of strings", _is_list_of(_is_text))
_TYPE = Shape(f"one of {', '.join(sorted(_KINDS))}, or an array of them", _is_type)
_LIST = Shape("an array of values", lambda value: isinstance(value, list))
_SCHEMA = Shape("a schema", _is_schema)
_SCHEMAS = Shape(
    "an array of schemas, with one at least", lambda v: isinstance(v, list) and bool(v)
)
_ITEMS = Shape("a schema, or an array of schemas", lambda v: isinstance(v, list) or _is_schema(v))
_MAP = Shape("an object whose values are schemas", lambda value: isinstance(value, dict))
_NAMES_MAP = Shape("an object whose values are arrays of strings", _is_map_of(_NAMES.fits))
_DEPENDENCIES = Shape(
    "an object whose values are schemas or arrays of strings",
    _is_map_of(lambda value: _is_schema(value) or _NAMES.fits(value)),
)
_ANCHOR = Shape("a name of letters, digits, '-', '_', '.' and ':'", _is_anchor)
_WHOLE_URI = Shape(
    "a URI without a fragment",
    lambda value: isinstance(value, str) and "#" not in value.removesuffix("#"),
)
_SELF = Shape('"#"', lambda value: value == "#")

_4, _6, _7, _2019, _2020 = DIALECTS

_BOUND_HINT = (
    "since draft 6 it is the bound itself; write the number here, or declare draft 4 in $schema"
)
_FLAG_HINT = "in draft 4 it is true or false beside the bound; declare a later draft in $schema"
_ITEMS_HINT = "since 2020-12 prefixItems holds the array; rename it, or declare a draft in $schema"
_REQUIRED_HINT = "list the required names in the object that holds the properties"

_TABLE: tuple[Keyword, ...] = (
    # Names and references
    Keyword(name="$schema", role="names", shape=_TEXT),
    Keyword(name="id", role="names", shape=_TEXT, last=_4),
    Keyword(name="$id", role="names", shape=_TEXT, first=_6, last=_7),
    Keyword(name="$id", role="names", shape=_WHOLE_URI, first=_2019),
    Keyword(name="$anchor", role="names", shape=_ANCHOR, first=_2019),
    Keyword(name="$recursiveAnchor", role="names", shape=_BOOLEAN, first=_2019, last=_2019),
    Keyword(name="$dynamicAnchor", role="names", shape=_ANCHOR, first=_2020),
    Keyword(name="$ref", role="asserts", shape=_TEXT),
    Keyword(name="$recursiveRef", role="asserts", shape=_SELF, first=_2019, last=_2019),
    Keyword(name="$dynamicRef", role="asserts", shape=_TEXT, first=_2020),
    Keyword(name="definitions", role="names", shape=_MAP, subschemas="map"),
    Keyword(name="$defs", role="names", shape=_MAP, subschemas="map", first=_2019),
    # Any value
    Keyword(name="type", role="asserts", shape=_TYPE),
    Keyword(name="enum", role="asserts", shape=_LIST),
    Keyword(name="const", role="asserts", shape=_ANYTHING, first=_6),
    Keyword(name="allOf", role="asserts", shape=_SCHEMAS, subschemas="list"),
    Keyword(name="anyOf", role="asserts", shape=_SCHEMAS, subschemas="list"),
    Keyword(name="oneOf", role="asserts", shape=_SCHEMAS, subschemas="list"),
    Keyword(name="not", role="asserts", shape=_SCHEMA, subschemas="one"),
    Keyword(name="if", role="helps", shape=_SCHEMA, subschemas="one", first=_7),
    Keyword(name="then", role="asserts", shape=_SCHEMA, subschemas="one", first=_7),
    Keyword(name="else", role="asserts", shape=_SCHEMA, subschemas="one", first=_7),
    # Strings
    Keyword(name="minLength", role="asserts", shape=_COUNT),
    Keyword(name="maxLength", role="asserts", shape=_COUNT),
    Keyword(name="pattern", role="asserts", shape=_TEXT),
    Keyword(name="contentSchema", role="annotates", shape=_SCHEMA, subschemas="one", first=_2019),
    # Numbers
    Keyword(name="multipleOf", role="asserts", shape=_POSITIVE),
    Keyword(name="minimum", role="asserts", shape=_NUMBER),
    Keyword(name="maximum", role="asserts", shape=_NUMBER),
    Keyword(name="exclusiveMinimum", role="helps", shape=_BOOLEAN, last=_4, hint=_FLAG_HINT),
    Keyword(name="exclusiveMaximum", role="helps", shape=_BOOLEAN, last=_4, hint=_FLAG_HINT),
    Keyword(name="exclusiveMinimum", role="asserts", shape=_NUMBER, first=_6, hint=_BOUND_HINT),
    Keyword(name="exclusiveMaximum", role="asserts", shape=_NUMBER, first=_6, hint=_BOUND_HINT),
    # Arrays
    Keyword(name="items", role="asserts", shape=_ITEMS, subschemas="one", last=_2019),
    Keyword(
        name="items",
        role="asserts",
        shape=_SCHEMA,
        subschemas="one",
        first=_2020,
        hint=_ITEMS_HINT,
    ),
    Keyword(
        name="additionalItems",
        role="asserts",
        shape=_SCHEMA,
        subschemas="one",
        last=_2019,
        may_be_boolean=True,
    ),
    Keyword(name="prefixItems", role="asserts", shape=_SCHEMAS, subschemas="list", first=_2020),
    Keyword(name="contains", role="asserts", shape=_SCHEMA, subschemas="one", first=_6),
    Keyword(name="minContains", role="helps", shape=_COUNT, first=_2019),
    Keyword(name="maxContains", role="asserts", shape=_COUNT, first=_2019),
    Keyword(name="minItems", role="asserts", shape=_COUNT),
    Keyword(name="maxItems", role="asserts", shape=_COUNT),
    Keyword(name="uniqueItems", role="asserts", shape=_BOOLEAN),
    Keyword(name="unevaluatedItems", role="asserts", shape=_SCHEMA, subschemas="one", first=_2019),
    # Objects
    Keyword(name="properties", role="asserts", shape=_MAP, subschemas="map"),
    Keyword(name="patternProperties", role="asserts", shape=_MAP, subschemas="map"),
    Keyword(
        name="additionalProperties",
        role="asserts",
        shape=_SCHEMA,
        subschemas="one",
        may_be_boolean=True,
    ),
    Keyword(name="propertyNames", role="asserts", shape=_SCHEMA, subschemas="one", first=_6),
    Keyword(name="required", role="asserts", shape=_NAMES, hint=_REQUIRED_HINT),
    Keyword(name="minProperties", role="asserts", shape=_COUNT),
    Keyword(name="maxProperties", role="asserts", shape=_COUNT),
    # Validators still read `dependencies` in the dialects that split it in two.
    Keyword(name="dependencies", role="asserts", shape=_DEPENDENCIES, subschemas="dependencies"),
    Keyword(name="dependentRequired", role="asserts", shape=_NAMES_MAP, first=_2019),
    Keyword(name="dependentSchemas", role="asserts", shape=_MAP, subschemas="map", first=_2019),
    Keyword(
        name="unevaluatedProperties", role="asserts", shape=_SCHEMA, subschemas="one", first=_2019
    ),
)

KEYWORDS: Mapping[Dialect, Mapping[str, Keyword]] = {
    dialect: {k.name: k for k in _TABLE if k.first <= dialect <= k.last} for dialect in DIALECTS
}
"""The keywords of each dialect by name."""


def keyword_dialects(name: str) -> tuple[Dialect, ...]:
    """The dialects that have a keyword of this name; none for an annotation."""
    return tuple(dialect for dialect in DIALECTS if name in KEYWORDS[dialect])


def subschemas_of(keyword: Keyword, value: Any) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """The subschemas in the value of a keyword, each with its path below the keyword.

    What is no schema is passed over, so that any value will do.
    """
    found: list[tuple[tuple[str | int, ...], Any]]
    match keyword.subschemas, value:
        case ("one", list()) if keyword.shape is _ITEMS:
            found = [((index,), item) for index, item in enumerate(value)]
        case ("one", _):
            found = [((), value)]
        case ("list", list()):
            found = [((index,), item) for index, item in enumerate(value)]
        case ("map" | "dependencies", dict()):
            found = [((key,), item) for key, item in value.items()]
        case _:
            found = []
    return ((path, item) for path, item in found if _is_schema(item))
