"""`enum` and `const`: values that are listed, as formulas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import define, field

from wfgen_tct.errors import SchemaError
from wfgen_tct.formulas import (
    AdditionalProperties,
    Equals,
    Formula,
    HasProperty,
    ItemAt,
    Kind,
    Kinds,
    Listed,
    MaxItems,
    MinItems,
    Property,
    Same,
)
from wfgen_tct.schema.building import Part, conjunction, disjunction
from wfgen_tct.schema.clauses import Clause
from wfgen_tct.schema.exact import is_number, shown
from wfgen_tct.schema.limits import over_limit
from wfgen_tct.schema.uris import join
from wfgen_tct.schema.values import exact_number, scalar_text

__all__ = ["read_const", "read_enum"]


def read_const(clause: Clause) -> Formula:
    """The value is this one."""
    return _Lister(clause).formula([(clause.pointer, clause.value)])


def read_enum(clause: Clause) -> Formula:
    """The value is one of these."""
    values = [(join(clause.pointer, i), value) for i, value in enumerate(clause.value)]
    return _Lister(clause).formula(values)


@define
class _Scalars:
    """Listed values, sorted by what says them."""

    kinds: set[Kind] = field(factory=set)
    texts: set[str] = field(factory=set)
    numbers: list[Equals] = field(factory=list)
    shapes: list[Formula] = field(factory=list)

    def formulas(self) -> Iterator[Formula]:
        """Those of which one must hold."""
        if self.kinds or not self.shapes:
            said: list[Formula] = [Kinds(frozenset(self.kinds))]
            said += [Listed(frozenset(self.texts))] if self.texts else []
            said += [disjunction(list(self.numbers))] if self.numbers else []
            yield conjunction(said)
        yield from self.shapes


class _Lister:
    """Turns the values of one keyword into formulas; arrays and objects into subschemas."""

    def __init__(self, clause: Clause) -> None:
        self._clause = clause
        self._builder = clause.builder
        self._num_values = 0
        self._unread: list[tuple[int, str, Any]] = []

    def formula(self, values: list[tuple[str, Any]]) -> Formula:
        """That a value is one of some, each with its pointer."""
        for pointer, _ in values:
            self._count(pointer)
        result = self._any_of(values)
        while self._unread:
            index, pointer, value = self._unread.pop()
            part = Part(self._clause.name, self._clause.pointer, self._shape(pointer, value))
            self._builder.entries[index].parts.append(part)
        return result

    def _any_of(self, values: list[tuple[str, Any]]) -> Formula:
        found = _Scalars()
        for pointer, value in values:
            self._sort(found, pointer, value)
        return disjunction(list(found.formulas()))

    def _sort(self, found: _Scalars, pointer: str, value: Any) -> None:
        match value:
            case None:
                found.kinds.add("null")
            case bool():
                found.kinds.add("true" if value else "false")
            case str():
                found.kinds.add("string")
                found.texts.add(scalar_text(value, pointer))
            case dict() | list():
                found.shapes.append(Same(self._later(pointer, value)))
            case _:
                found.kinds.add("number")
                found.numbers.append(self._number(pointer, value))

    def _number(self, pointer: str, value: Any) -> Equals:
        if not is_number(value):
            raise SchemaError(
                pointer=pointer,
                cause=f"{shown(value)} is no value of JSON",
                hint="list values that a document can have",
            )
        return Equals(exact_number(value, pointer, self._builder.limits.num_digits))

    def _inner(self, pointer: str, value: Any) -> int:
        """The subschema of an item, or of the value of a key."""
        self._count(pointer)
        return self._later(pointer, value)

    def _later(self, pointer: str, value: Any) -> int:
        """A subschema for a value, which is read when this one is done: values may be deep."""
        index = self._builder.add(pointer)
        self._unread.append((index, pointer, value))
        return index

    def _shape(self, pointer: str, value: Any) -> Formula:
        if isinstance(value, list):
            return self._array(pointer, value)
        if isinstance(value, dict):
            return self._object(pointer, value)
        return self._any_of([(pointer, value)])

    def _array(self, pointer: str, items: list[Any]) -> Formula:
        said: list[Formula] = [Kinds(frozenset({"array"}))]
        said += [MinItems(len(items)), MaxItems(len(items))]
        for index, item in enumerate(items):
            said.append(ItemAt(index, self._inner(join(pointer, index), item)))
        return conjunction(said)

    def _object(self, pointer: str, value: dict[str, Any]) -> Formula:
        said: list[Formula] = [Kinds(frozenset({"object"}))]
        for name, item in value.items():
            at = join(pointer, name)
            said += [HasProperty(scalar_text(name, at)), Property(name, self._inner(at, item))]
        names = frozenset(value)
        said.append(AdditionalProperties(names, frozenset(), self._builder.nothing()))
        return conjunction(said)

    def _count(self, pointer: str) -> None:
        limits = self._builder.limits
        self._num_values += 1
        if self._num_values > limits.num_listed:
            cause = f"{self._clause.name} lists more than {limits.num_listed:,} values"
            raise over_limit(pointer, cause, "num_listed")
        if pointer.count("/") > limits.depth:
            raise over_limit(pointer, f"a value is nested deeper than {limits.depth}", "depth")
