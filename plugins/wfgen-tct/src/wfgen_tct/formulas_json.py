"""Definitions as JSON values and back: what a schema means, without its prose."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, get_args

import attrs

from wfgen_tct import formulas
from wfgen_tct.formulas import ALL_KINDS, Assertion, Definitions, Schema

__all__ = [
    "assertions_from_json",
    "assertions_to_json",
    "definitions_from_json",
    "definitions_to_json",
]

_CONNECTIVES: tuple[type, ...] = (
    formulas.Constant,
    formulas.Not,
    formulas.AllOf,
    formulas.AnyOf,
    formulas.ExactlyOne,
    formulas.Same,
)
_TYPES: dict[str, type] = {t.__name__: t for t in (*_CONNECTIVES, *get_args(Assertion))}


def definitions_to_json(definitions: Definitions) -> list[list[Any]]:
    """One row a schema: its pointer and its formula, `[type, field, ...]`."""
    return [[schema.pointer, _to_json(schema.formula)] for schema in definitions.schemas]


def assertions_to_json(assertions: Sequence[Any]) -> list[Any]:
    """One row an assertion, `[type, field, ...]`."""
    return [_to_json(assertion) for assertion in assertions]


def assertions_from_json(rows: Any) -> tuple[Any, ...]:
    """The assertions, none of which names a schema, that `assertions_to_json` wrote.

    Raises:
        ValueError: it wrote no such thing.
    """
    return _formulas(rows, 0)


def _to_json(value: Any) -> Any:
    if attrs.has(type(value)):
        fields = [getattr(value, a.name) for a in attrs.fields(type(value))]
        return [type(value).__name__, *map(_to_json, fields)]
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, frozenset):
        return sorted(value)
    return [_to_json(each) for each in value] if isinstance(value, tuple) else value


def definitions_from_json(rows: Any) -> Definitions:
    """The definitions that `definitions_to_json` wrote.

    Raises:
        ValueError: it wrote no such thing.
    """
    if not isinstance(rows, list) or not rows:
        raise ValueError("there is no list of schemas")
    schemas: list[Schema] = []
    for row in rows:
        if not isinstance(row, list) or len(row) != 2 or not isinstance(row[0], str):
            raise ValueError(f"schema {len(schemas)} is no pointer and formula")
        schemas.append(Schema(row[0], _formula(row[1], len(rows))))
    return Definitions(tuple(schemas))


def _formula(value: Any, num_schemas: int) -> Any:
    kind = _TYPES.get(value[0]) if isinstance(value, list) and value else None
    if kind is None:
        raise ValueError(f"{value!r:.40} is no formula")
    fields = attrs.fields(kind)
    if len(value) != len(fields) + 1:
        raise ValueError(f"a {value[0]} has {len(fields)} fields")
    readers = [_index if a.name == "schema" else _READERS[str(a.type)] for a in fields]
    try:
        return kind(*(read(v, num_schemas) for read, v in zip(readers, value[1:], strict=True)))
    except (TypeError, InvalidOperation, ValueError) as error:
        raise ValueError(f"a {value[0]} is malformed: {error}") from error


def _of(kind: type) -> Callable[[Any, int], Any]:
    def read(value: Any, _: int) -> Any:
        if type(value) is not kind:
            raise ValueError(f"{value!r:.40} is no {kind.__name__}")
        return value

    return read


def _count(value: Any, _: int) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{value!r:.40} is no count")
    return value


def _index(value: Any, num_schemas: int) -> int:
    if _count(value, 0) >= num_schemas:
        raise ValueError(f"there is no schema {value}")
    return int(value)


def _texts(value: Any, _: int) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError("it is no list of texts")
    return frozenset(value)


def _kinds(value: Any, _: int) -> frozenset[Any]:
    found = _texts(value, 0)
    if not found <= set(ALL_KINDS):
        raise ValueError("there is no such kind")
    return found


def _decimal(value: Any, _: int) -> Decimal:
    number = Decimal(_of(str)(value, 0))
    if not number.is_finite():
        raise ValueError("it is no finite number")
    return number


def _formulas(value: Any, num_schemas: int) -> tuple[Any, ...]:
    return tuple(_each(value, num_schemas))


def _each(value: Any, num_schemas: int) -> Iterator[Any]:
    for each in _of(list)(value, 0):
        yield _formula(each, num_schemas)


_READERS: dict[str, Callable[[Any, int], Any]] = {
    "bool": _of(bool),
    "str": _of(str),
    "int": _count,
    "Decimal": _decimal,
    "Formula": _formula,
    "tuple[Formula, ...]": _formulas,
    "frozenset[str]": _texts,
    "frozenset[Kind]": _kinds,
}
