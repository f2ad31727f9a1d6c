"""What each keyword means: a function for each that reads it into a formula.

An assertion about one kind of value holds of all others, so that what negates one, or hangs on it,
has to say which kind it speaks of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType

from wfgen_tct.formulas import (
    ALL_KINDS,
    Above,
    AdditionalProperties,
    AnyOf,
    AtLeast,
    AtMost,
    Below,
    Constant,
    Contains,
    ExactlyOne,
    Formula,
    HasProperty,
    IsInteger,
    IsUnique,
    ItemAt,
    ItemsFrom,
    Kind,
    Kinds,
    Matches,
    MaxItems,
    MaxLength,
    MaxProperties,
    MinItems,
    MinLength,
    MinProperties,
    MultipleOf,
    Not,
    PatternProperties,
    Property,
    PropertyNames,
    Same,
)
from wfgen_tct.schema.building import conjunction, disjunction
from wfgen_tct.schema.clauses import Clause
from wfgen_tct.schema.listed import read_const, read_enum
from wfgen_tct.schema.references import target_of
from wfgen_tct.schema.unevaluated import read_unevaluated_items, read_unevaluated_properties

__all__ = ["READERS", "Reader"]

Reader = Callable[[Clause], Formula]

_KINDS_OF: Mapping[str, tuple[Kind, ...]] = {
    "null": ("null",),
    "boolean": ("true", "false"),
    "integer": ("number",),
    "number": ("number",),
    "string": ("string",),
    "array": ("array",),
    "object": ("object",),
}
_NO_ARRAY = Kinds(frozenset(ALL_KINDS) - {"array"})
_NO_OBJECT = Kinds(frozenset(ALL_KINDS) - {"object"})

# Any value --------------------------------------------------------------------------------------


def _type(clause: Clause) -> Formula:
    names = [clause.value] if isinstance(clause.value, str) else clause.value
    kinds = Kinds(frozenset(kind for name in names for kind in _KINDS_OF[name]))
    is_whole = "integer" in names and "number" not in names
    return conjunction([kinds, IsInteger()] if is_whole else [kinds])


def _reference(clause: Clause) -> Formula:
    target = target_of(clause.builder.places, clause.place, clause.name)
    return Same(clause.builder.index(target))


def _each(clause: Clause) -> list[Formula]:
    return [clause.same(index) for index in range(len(clause.value))]


def _all_of(clause: Clause) -> Formula:
    return conjunction(_each(clause))


def _any_of(clause: Clause) -> Formula:
    return disjunction(_each(clause))


def _one_of(clause: Clause) -> Formula:
    return ExactlyOne(tuple(_each(clause)))


def _not(clause: Clause) -> Formula:
    return Not(clause.same())


def _then(clause: Clause) -> Formula:
    condition = clause.beside("if")
    return AnyOf((Not(condition.same()), clause.same())) if condition else Constant(True)


def _else(clause: Clause) -> Formula:
    condition = clause.beside("if")
    return AnyOf((condition.same(), clause.same())) if condition else Constant(True)


# Strings and numbers ----------------------------------------------------------------------------


def _counted(make: Callable[[int], Formula]) -> Reader:
    return lambda clause: make(clause.count())


def _bounded(make: Callable[[Decimal], Formula]) -> Reader:
    return lambda clause: make(clause.number())


def _pattern(clause: Clause) -> Formula:
    return Matches(clause.text(clause.value))


def _minimum(clause: Clause) -> Formula:
    strict = clause.beside("exclusiveMinimum")  # draft 4: a flag
    return (Above if strict and strict.value is True else AtLeast)(clause.number())


def _maximum(clause: Clause) -> Formula:
    strict = clause.beside("exclusiveMaximum")
    return (Below if strict and strict.value is True else AtMost)(clause.number())


# Arrays -----------------------------------------------------------------------------------------


def _items(clause: Clause) -> Formula:
    if isinstance(clause.value, list):
        return _prefix_items(clause)
    prefix = clause.beside("prefixItems")
    return ItemsFrom(len(prefix.value) if prefix else 0, clause.schema())


def _prefix_items(clause: Clause) -> Formula:
    return conjunction([ItemAt(i, clause.schema(i)) for i in range(len(clause.value))])


def _additional_items(clause: Clause) -> Formula:
    items = clause.beside("items")
    if items is None or not isinstance(items.value, list):
        return Constant(True)
    return ItemsFrom(len(items.value), clause.schema())


def _contains(clause: Clause) -> Formula:
    least = clause.beside("minContains")
    return Contains(clause.schema(), least.count() if least else 1)


def _max_contains(clause: Clause) -> Formula:
    contains = clause.beside("contains")
    if contains is None:
        return Constant(True)
    return AnyOf((_NO_ARRAY, Not(Contains(contains.schema(), clause.count() + 1))))


def _unique_items(clause: Clause) -> Formula:
    return IsUnique() if clause.value else Constant(True)


# Objects ----------------------------------------------------------------------------------------


def _properties(clause: Clause) -> Formula:
    return conjunction(
        [Property(clause.text(name, name), clause.schema(name)) for name in clause.value]
    )


def _pattern_properties(clause: Clause) -> Formula:
    return conjunction(
        [PatternProperties(clause.text(name, name), clause.schema(name)) for name in clause.value]
    )


def _additional_properties(clause: Clause) -> Formula:
    names, patterns = clause.keys("properties"), clause.keys("patternProperties")
    return AdditionalProperties(names, patterns, clause.schema())


def _property_names(clause: Clause) -> Formula:
    return PropertyNames(clause.schema())


def _names(clause: Clause, names: list[str], *path: str) -> Formula:
    return conjunction([HasProperty(clause.text(n, *path, i)) for i, n in enumerate(names)])


def _required(clause: Clause) -> Formula:
    return _names(clause, clause.value)


def _dependencies(clause: Clause) -> Formula:
    return conjunction([_dependency(clause, name) for name in clause.value])


def _dependency(clause: Clause, name: str) -> Formula:
    is_absent = Not(HasProperty(clause.text(name, name)))
    wanted = clause.value[name]
    is_list = isinstance(wanted, list)
    follows = _names(clause, wanted, name) if is_list else clause.same(name)
    return AnyOf((_NO_OBJECT, is_absent, follows))


# The table --------------------------------------------------------------------------------------

READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "$ref": _reference,
        "$recursiveRef": _reference,
        "$dynamicRef": _reference,
        "type": _type,
        "enum": read_enum,
        "const": read_const,
        "allOf": _all_of,
        "anyOf": _any_of,
        "oneOf": _one_of,
        "not": _not,
        "then": _then,
        "else": _else,
        "minLength": _counted(MinLength),
        "maxLength": _counted(MaxLength),
        "pattern": _pattern,
        "multipleOf": _bounded(MultipleOf),
        "minimum": _minimum,
        "maximum": _maximum,
        "exclusiveMinimum": _bounded(Above),
        "exclusiveMaximum": _bounded(Below),
        "items": _items,
        "additionalItems": _additional_items,
        "prefixItems": _prefix_items,
        "contains": _contains,
        "maxContains": _max_contains,
        "minItems": _counted(MinItems),
        "maxItems": _counted(MaxItems),
        "uniqueItems": _unique_items,
        "unevaluatedItems": read_unevaluated_items,
        "properties": _properties,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
        "propertyNames": _property_names,
        "required": _required,
        "minProperties": _counted(MinProperties),
        "maxProperties": _counted(MaxProperties),
        "dependencies": _dependencies,
        "dependentRequired": _dependencies,
        "dependentSchemas": _dependencies,
        "unevaluatedProperties": read_unevaluated_properties,
    }
)
"""The readers of all keywords that assert; those that only help another are read with it."""
