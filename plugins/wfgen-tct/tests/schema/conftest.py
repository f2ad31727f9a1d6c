"""A plain evaluator of formulas on Python values, against which the front end is checked."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

import jsonschema_rs
import pytest

from wfgen_tct import formulas as f

Accepts = Callable[[f.Definitions, Any], bool]


@pytest.fixture(scope="session")
def accepts() -> Accepts:
    """Whether a value meets the first of some definitions."""
    return lambda definitions, value: _Evaluator(definitions).meets(0, value)


class _Evaluator:
    def __init__(self, definitions: f.Definitions) -> None:
        self._schemas = definitions.schemas

    def meets(self, schema: int, value: Any) -> bool:
        return self._holds(self._schemas[schema].formula, value)

    def _holds(self, formula: f.Formula, value: Any) -> bool:
        match formula:
            case f.Constant(truth):
                return truth
            case f.Not(inner):
                return not self._holds(inner, value)
            case f.AllOf(parts):
                return all(self._holds(part, value) for part in parts)
            case f.AnyOf(parts):
                return any(self._holds(part, value) for part in parts)
            case f.ExactlyOne(parts):
                return sum(self._holds(part, value) for part in parts) == 1
            case f.Same(schema):
                return self.meets(schema, value)
            case f.Kinds(kinds):
                return _kind(value) in kinds
        ask = {"string": _text, "number": _number, "array": self._array, "object": self._object}
        speaks = ask.get(_kind(value))
        return speaks is None or speaks(formula, value)

    def _array(self, formula: f.Formula, value: list[Any]) -> bool:
        match formula:
            case f.ItemAt(index, schema):
                return index >= len(value) or self.meets(schema, value[index])
            case f.ItemsFrom(start, schema):
                return all(self.meets(schema, item) for item in value[start:])
            case f.Contains(schema, least):
                return sum(self.meets(schema, item) for item in value) >= least
            case f.MinItems(least):
                return len(value) >= least
            case f.MaxItems(most):
                return len(value) <= most
            case f.IsUnique():
                return len({_key(item) for item in value}) == len(value)
        return True

    def _object(self, formula: f.Formula, value: dict[str, Any]) -> bool:
        match formula:
            case f.HasProperty(name):
                return name in value
            case f.Property(name, schema):
                return name not in value or self.meets(schema, value[name])
            case f.PatternProperties(pattern, schema):
                return all(self.meets(schema, value[k]) for k in value if _matches(pattern, k))
            case f.AdditionalProperties(names, patterns, schema):
                rest = [k for k in value if not any(_matches(p, k) for p in patterns)]
                return all(self.meets(schema, value[k]) for k in rest if k not in names)
            case f.PropertyNames(schema):
                return all(self.meets(schema, key) for key in value)
            case f.MinProperties(least):
                return len(value) >= least
            case f.MaxProperties(most):
                return len(value) <= most
        return True


def _text(formula: f.Formula, value: str) -> bool:
    match formula:
        case f.Listed(texts):
            return value in texts
        case f.Matches(pattern):
            return _matches(pattern, value)
        case f.MinLength(least):
            return len(value) >= least
        case f.MaxLength(most):
            return len(value) <= most
    return True


def _number(formula: f.Formula, value: float | Decimal) -> bool:
    number = Fraction(str(value))
    match formula:
        case f.IsInteger():
            return number.denominator == 1
        case f.Equals(other):
            return number == Fraction(other)
        case f.AtLeast(bound):
            return number >= Fraction(bound)
        case f.Above(bound):
            return number > Fraction(bound)
        case f.AtMost(bound):
            return number <= Fraction(bound)
        case f.Below(bound):
            return number < Fraction(bound)
        case f.MultipleOf(divisor):
            return (number / Fraction(divisor)).denominator == 1
    return True


def _kind(value: Any) -> f.Kind:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return "string"
        case list():
            return "array"
        case dict():
            return "object"
    return "number"


def _key(value: Any) -> Any:
    match value:
        case list():
            return "array", tuple(map(_key, value))
        case dict():
            return "object", frozenset((key, _key(item)) for key, item in value.items())
        case float() | int() if not isinstance(value, bool):
            return "number", Fraction(str(value))
    return _kind(value), value


@cache
def _pattern(pattern: str) -> Any:
    return jsonschema_rs.validator_for({"pattern": pattern})


def _matches(pattern: str, text: str) -> bool:
    return _pattern(pattern).is_valid(text)
