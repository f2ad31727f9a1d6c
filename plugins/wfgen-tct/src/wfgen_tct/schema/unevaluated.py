"""`unevaluatedProperties` and `unevaluatedItems`: what other subschemas have not looked at.

Which properties and items those are depends on which subschemas of the same value hold. All that
can hold are found here; for each set of them, the formula says that the set's own leftovers meet
the subschema, or that one more subschema holds. More of them leave less over, so that the sets
which are not exactly the true one ask for nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations

from attrs import frozen

from wfgen_tct.errors import GrammarLimitError
from wfgen_tct.formulas import (
    AdditionalProperties,
    AllOf,
    Constant,
    Formula,
    HasProperty,
    ItemsFrom,
    Kinds,
    Not,
    Same,
)
from wfgen_tct.schema.building import Part, conjunction, disjunction
from wfgen_tct.schema.clauses import Clause, check_shape
from wfgen_tct.schema.dialects import Dialect
from wfgen_tct.schema.keywords import KEYWORDS
from wfgen_tct.schema.limits import over_limit
from wfgen_tct.schema.places import Place
from wfgen_tct.schema.references import REFERENCES, UnresolvableError, target_of

__all__ = ["UNEVALUATED", "read_unevaluated_items", "read_unevaluated_properties"]

UNEVALUATED = frozenset({"unevaluatedItems", "unevaluatedProperties"})
"""The keywords that are read here."""

_MOST_WORK = 500_000  # subschemas looked at, and what they name, in a whole schema

_LOOKING = UNEVALUATED | {
    "properties",
    "patternProperties",
    "additionalProperties",
    "prefixItems",
    "items",
    "additionalItems",
    "contains",
}
_APPLYING = REFERENCES | {
    "allOf",
    "anyOf",
    "oneOf",
    "if",
    "then",
    "else",
    "dependentSchemas",  # what `dependencies` looks at does not count in any validator
}
_OBJECT = Kinds(frozenset({"object"}))

Conditions = tuple[Formula, ...]


@frozen
class _Looked:
    """What a subschema has looked at.

    Attributes:
        names, patterns: of properties.
        num_first: items, from the first.
        matched: subschemas; items that meet one of them.
        is_all: everything.
    """

    names: frozenset[str] = frozenset()
    patterns: frozenset[str] = frozenset()
    num_first: int = 0
    matched: frozenset[int] = frozenset()
    is_all: bool = False

    def __or__(self, other: _Looked) -> _Looked:
        """What either has looked at."""
        return _Looked(
            self.names | other.names,
            self.patterns | other.patterns,
            max(self.num_first, other.num_first),
            self.matched | other.matched,
            self.is_all or other.is_all,
        )


_Look = Callable[[Clause], _Looked]


def read_unevaluated_properties(clause: Clause) -> Formula:
    """The value of every key that nothing has looked at meets a schema."""

    def rest(looked: _Looked) -> Formula:
        return AdditionalProperties(looked.names, looked.patterns, clause.schema())

    return _read(clause, _properties_of, rest)


def read_unevaluated_items(clause: Clause) -> Formula:
    """Every item that nothing has looked at meets a schema."""
    made: dict[frozenset[int], int] = {frozenset(): clause.schema()}

    def rest(looked: _Looked) -> Formula:
        if looked.matched not in made:
            made[looked.matched] = _any_schema(clause, looked.matched)
        return ItemsFrom(looked.num_first, made[looked.matched])

    return _read(clause, _items_of, rest)


def _any_schema(clause: Clause, others: frozenset[int]) -> int:
    """The number of a subschema that holds where the keyword's own or one of some others does."""
    index = clause.builder.add(clause.pointer + "/~or")
    either = disjunction([Same(schema) for schema in (clause.schema(), *sorted(others))])
    clause.builder.entries[index].parts.append(Part(clause.name, clause.pointer, either))
    return index


def _read(clause: Clause, look: _Look, rest: Callable[[_Looked], Formula]) -> Formula:
    clause.schema()
    if clause.value is True:
        return Constant(True)
    always, branches = _collect(clause, look)
    if always.is_all:
        return Constant(True)
    said: list[Formula] = []
    for size in range(len(branches) + 1):
        for chosen in combinations(branches, size):
            looked = always
            for conditions in chosen:
                looked |= branches[conditions]
            _spend(clause, looked, len(branches))
            if not looked.is_all:
                others = [conjunction(list(c)) for c in branches if c not in chosen]
                said.append(disjunction([*others, rest(looked)]))
    return conjunction(said)


# What was looked at -----------------------------------------------------------------------------


def _collect(clause: Clause, look: _Look) -> tuple[_Looked, dict[Conditions, _Looked]]:
    """What is always looked at, and what is under conditions, for each set of these."""
    start: tuple[Conditions, Place] = ((), clause.place)
    seen, stack = {start}, [start]
    found: dict[Conditions, _Looked] = {(): _Looked()}
    while stack and not found[()].is_all:
        conditions, place = stack.pop()
        looked = found.get(conditions, _Looked()) | _own(clause, place, look)
        found[conditions] = looked
        _spend(clause, looked, len(conditions))
        for condition, other in [] if looked.is_all else _applied(clause, place):
            after = (tuple(dict.fromkeys(conditions + condition)), other)
            if after not in seen:
                seen.add(after)
                stack.append(after)
    always = found.pop(())
    return always, {} if always.is_all else _useful(clause, always, found)


def _useful(
    clause: Clause, always: _Looked, found: dict[Conditions, _Looked]
) -> dict[Conditions, _Looked]:
    """The conditions under which more is looked at than always."""
    useful = {c: looked for c, looked in found.items() if always | looked != always}
    most = clause.builder.limits.num_branches
    if len(useful) > most:
        cause = f"{clause.name} depends on more than {most} subschemas that may or may not apply"
        raise over_limit(clause.pointer, cause, "num_branches")
    return useful


def _own(clause: Clause, place: Place, look: _Look) -> _Looked:
    """What the keywords of one place have looked at."""
    looked = _Looked()
    for other in _clauses(clause, place, _LOOKING):
        if place is not clause.place or other.name not in UNEVALUATED:
            looked |= look(other)
    return looked


def _spend(clause: Clause, looked: _Looked, num_conditions: int) -> None:
    """Bound the work: subschemas that share others can ask for no end of it."""
    size = len(looked.names) + len(looked.patterns) + len(looked.matched)
    clause.builder.work += 1 + num_conditions + size
    if clause.builder.work > _MOST_WORK:
        raise GrammarLimitError(
            pointer=clause.pointer,
            cause=f"{clause.name} makes more work than {_MOST_WORK:,} steps",
            hint="list the properties or items that are allowed, or make the schema smaller",
        )


def _properties_of(clause: Clause) -> _Looked:
    match clause.name:
        case "properties":
            return _Looked(names=clause.keys("properties"))
        case "patternProperties":
            return _Looked(patterns=clause.keys("patternProperties"))
        case "additionalProperties" | "unevaluatedProperties":
            return _Looked(is_all=True)
    return _Looked()


def _items_of(clause: Clause) -> _Looked:
    match clause.name:
        case "prefixItems":
            return _Looked(num_first=len(clause.value))
        case "items" if isinstance(clause.value, list):
            return _Looked(num_first=len(clause.value))
        case "additionalItems":
            items = clause.beside("items")
            return _Looked(is_all=items is not None and isinstance(items.value, list))
        case "items" | "unevaluatedItems":
            return _Looked(is_all=True)
        case "contains" if clause.place.dialect >= Dialect.DRAFT2020_12:
            return _Looked(matched=frozenset((clause.schema(),)))
    return _Looked()


# Subschemas of the same value -------------------------------------------------------------------


def _applied(clause: Clause, place: Place) -> Iterator[tuple[Conditions, Place]]:
    """The subschemas that a place applies to the same value, each with its own condition."""
    for other in _clauses(clause, place, _APPLYING):
        yield from _applied_by(other)


def _clauses(clause: Clause, place: Place, names: frozenset[str]) -> Iterator[Clause]:
    """The keywords of a place that are among some, with their shapes checked."""
    for name in place.keywords:
        if name in names and name in KEYWORDS[place.dialect]:
            other = Clause(name, place, clause.builder)
            check_shape(other)
            yield other


def _applied_by(clause: Clause) -> Iterator[tuple[Conditions, Place]]:
    match clause.name:
        case "allOf" | "anyOf" | "oneOf":
            for index in range(len(clause.value)):
                holds = () if clause.name == "allOf" else (clause.same(index),)
                yield holds, clause.inner(index)
        case "if":
            yield (clause.same(),), clause.inner()
        case "then" | "else":
            yield from _branch(clause)
        case "dependentSchemas":
            for name in clause.value:
                has = HasProperty(clause.text(name, name))  # true of arrays too
                yield (AllOf((_OBJECT, has)),), clause.inner(name)
        case name if name in REFERENCES:
            yield (), _target(clause)


def _branch(clause: Clause) -> Iterator[tuple[Conditions, Place]]:
    condition = clause.beside("if")
    if condition is not None:
        holds = condition.same()
        yield (holds if clause.name == "then" else Not(holds),), clause.inner()


def _target(clause: Clause) -> Place:
    try:
        return target_of(clause.builder.places, clause.place, clause.name)
    except UnresolvableError as error:
        raise UnresolvableError(f"it depends on {clause.pointer}, which is {error}") from None
