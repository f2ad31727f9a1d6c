"""What a schema means: Boolean formulas over assertions about one value.

The front end (`wfgen_tct.schema`) turns JSON Schemas of every dialect into these few forms; all
that follows knows nothing of dialects. A formula speaks of one value. An assertion about strings
is true of every value that is no string, and so on, just as in JSON Schema; only `Kinds` tells
kinds apart. Subschemas are named by their index in `Definitions.schemas`, so formulas are finite
though schemas may be recursive.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Literal

from attrs import field, frozen

__all__ = [
    "ALL_KINDS",
    "Above",
    "AdditionalProperties",
    "AllOf",
    "AnyOf",
    "Assertion",
    "AtLeast",
    "AtMost",
    "Below",
    "Constant",
    "Contains",
    "Definitions",
    "Equals",
    "ExactlyOne",
    "Formula",
    "HasProperty",
    "IsInteger",
    "IsUnique",
    "ItemAt",
    "ItemsFrom",
    "Kind",
    "Kinds",
    "Listed",
    "Matches",
    "MaxItems",
    "MaxLength",
    "MaxProperties",
    "MinItems",
    "MinLength",
    "MinProperties",
    "MultipleOf",
    "Not",
    "PatternProperties",
    "Property",
    "PropertyNames",
    "Same",
    "Schema",
    "in_place",
    "leaves",
]

Kind = Literal["null", "true", "false", "number", "string", "array", "object"]

ALL_KINDS: tuple[Kind, ...] = ("null", "true", "false", "number", "string", "array", "object")

# Connectives ------------------------------------------------------------------------------------


@frozen
class Constant:
    """Always true, or always false."""

    truth: bool


@frozen
class Not:
    """The other is false."""

    formula: Formula


@frozen
class AllOf:
    """All are true; of none, true."""

    formulas: tuple[Formula, ...]


@frozen
class AnyOf:
    """At least one is true; of none, false."""

    formulas: tuple[Formula, ...]


@frozen
class ExactlyOne:
    """One is true and no other."""

    formulas: tuple[Formula, ...]


@frozen
class Same:
    """The same value also meets another schema: a `$ref`, or a subschema in place."""

    schema: int


# Assertions -------------------------------------------------------------------------------------


@frozen
class Kinds:
    """The value is of one of these kinds."""

    kinds: frozenset[Kind]


@frozen
class Listed:
    """A string is one of these."""

    texts: frozenset[str]


@frozen
class Matches:
    """A pattern, by the regular expressions of ECMA 262, is found in a string."""

    pattern: str


@frozen
class MinLength:
    """A string has at least so many Unicode scalar values."""

    least: int


@frozen
class MaxLength:
    """A string has at most so many Unicode scalar values."""

    most: int


@frozen
class IsInteger:
    """A number has no fraction: 1.0 has none."""


@frozen
class Equals:
    """A number is exactly this one: 1.0 equals 1."""

    number: Decimal


@frozen
class AtLeast:
    """A number is not under a bound."""

    bound: Decimal


@frozen
class Above:
    """A number is over a bound."""

    bound: Decimal


@frozen
class AtMost:
    """A number is not over a bound."""

    bound: Decimal


@frozen
class Below:
    """A number is under a bound."""

    bound: Decimal


@frozen
class MultipleOf:
    """A number divided by another, above 0, leaves no rest, in exact decimals."""

    divisor: Decimal


@frozen
class ItemAt:
    """The item of an array at an index, if there is one, meets a schema."""

    index: int
    schema: int


@frozen
class ItemsFrom:
    """Every item of an array from an index on meets a schema."""

    start: int
    schema: int


@frozen
class Contains:
    """At least so many items of an array meet a schema."""

    schema: int
    least: int = 1


@frozen
class MinItems:
    """An array has at least so many items."""

    least: int


@frozen
class MaxItems:
    """An array has at most so many items."""

    most: int


@frozen
class IsUnique:
    """No two items of an array are equal; 1 equals 1.0, and the order of keys does not count."""


@frozen
class HasProperty:
    """An object has a key."""

    name: str


@frozen
class Property:
    """The value of a key of an object, if it has the key, meets a schema."""

    name: str
    schema: int


@frozen
class PatternProperties:
    """The value of every key in which a pattern is found meets a schema."""

    pattern: str
    schema: int


@frozen
class AdditionalProperties:
    """The value of every key that is none of `names` and matches no pattern meets a schema."""

    names: frozenset[str]
    patterns: frozenset[str]
    schema: int


@frozen
class PropertyNames:
    """Every key of an object, as a string, meets a schema."""

    schema: int


@frozen
class MinProperties:
    """An object has at least so many keys."""

    least: int


@frozen
class MaxProperties:
    """An object has at most so many keys."""

    most: int


Assertion = (
    Kinds
    | Listed
    | Matches
    | MinLength
    | MaxLength
    | IsInteger
    | Equals
    | AtLeast
    | Above
    | AtMost
    | Below
    | MultipleOf
    | ItemAt
    | ItemsFrom
    | Contains
    | MinItems
    | MaxItems
    | IsUnique
    | HasProperty
    | Property
    | PatternProperties
    | AdditionalProperties
    | PropertyNames
    | MinProperties
    | MaxProperties
)

Formula = Constant | Not | AllOf | AnyOf | ExactlyOne | Same | Assertion

# Schemas ----------------------------------------------------------------------------------------


@frozen
class Schema:
    """One subschema.

    Attributes:
        pointer: where it stands in the source, a JSON pointer; unique.
        formula: what it means. No chain of `Same` leads back to the schema itself.
    """

    pointer: str
    formula: Formula


@frozen
class Definitions:
    """A whole schema: its subschemas, the first of which is the root."""

    schemas: tuple[Schema, ...] = field(repr=False)


def leaves(formula: Formula) -> Iterator[Assertion | Constant | Same]:
    """What a formula is made of, without the connectives, in order."""
    stack: list[Formula] = [formula]
    while stack:
        match stack.pop():
            case Not(inner):
                stack.append(inner)
            case AllOf(parts) | AnyOf(parts) | ExactlyOne(parts):
                stack += reversed(parts)
            case leaf:
                yield leaf


def in_place(definitions: Definitions, schemas: Iterable[int]) -> tuple[int, ...]:
    """Some schemas and all that say something of the same value, through `Same`; ascending."""
    found = set(schemas)
    stack = list(found)
    while stack:
        for leaf in leaves(definitions.schemas[stack.pop()].formula):
            if isinstance(leaf, Same) and leaf.schema not in found:
                found.add(leaf.schema)
                stack.append(leaf.schema)
    return tuple(sorted(found))
