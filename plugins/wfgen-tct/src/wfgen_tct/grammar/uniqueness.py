"""Where `uniqueItems` cannot be made exact.

Two things are out of reach. Unique items that are arrays or objects of which there may be too few:
then what is inside of one item would depend on all items before. And an array that must have equal
items where it cannot just go on until it has: then what an item is would depend on those before.
Both are found before any document is read, by all that may be said at once of each value.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from wfgen_tct.errors import GrammarLimitError, SchemaError
from wfgen_tct.formulas import (
    AdditionalProperties,
    Assertion,
    Contains,
    Definitions,
    IsUnique,
    ItemAt,
    ItemsFrom,
    MinItems,
    PatternProperties,
    Property,
    in_place,
    leaves,
)
from wfgen_tct.grammar.decisions import FALSE
from wfgen_tct.grammar.meaning import FORMS, Meaning
from wfgen_tct.grammar.nodes import Nodes
from wfgen_tct.grammar.solver import Solver
from wfgen_tct.patterns import Dfa

__all__ = ["find_unsupported_uniqueness"]

_MUST, _MUST_NOT = 1, 2
_MAX_PLACES = 50_000
_FEW = 2
"""Items that an array with two equal ones has at least."""


def find_unsupported_uniqueness(
    definitions: Definitions, patterns: Mapping[str, Dfa]
) -> dict[tuple[int, Assertion], str]:
    """Each `uniqueItems` that cannot be exact, by schema, and why.

    Args:
        definitions: the schema.
        patterns: its patterns, compiled.

    Raises:
        GrammarLimitError: there are too many places to look at.
    """
    found: dict[tuple[int, Assertion], str] = {}
    saying = {i for i, s in enumerate(definitions.schemas) if IsUnique() in leaves(s.formula)}
    if not saying:
        return found
    meaning = Meaning(definitions, patterns)
    nodes, demands = Nodes(Solver(meaning)), _demands(meaning)
    for schemas in _places(meaning):
        about = saying.intersection(in_place(definitions, schemas))
        fault = _fault(meaning, nodes, schemas, demands) if about else ""
        if fault:
            found |= {(at, IsUnique()): fault for at in about}
    formulas = {definitions.schemas[at].formula: fault for (at, _), fault in found.items()}
    alike = (at for at in saying if definitions.schemas[at].formula in formulas)
    return {(at, IsUnique()): formulas[definitions.schemas[at].formula] for at in alike}


def _fault(
    meaning: Meaning, nodes: Nodes, schemas: Collection[int], demands: Mapping[int, int]
) -> str:
    """What is wrong where all of some schemas may be said of one value; '' for nothing."""
    unique = meaning.variable(IsUnique())
    conditions = {schema: meaning.condition(schema, "array") for schema in schemas}
    said = _said(meaning, schemas, "array")
    if IsUnique() not in said:
        return ""
    must_not = any(
        unique in meaning.decisions.support(condition)
        and _needed(meaning, condition, unique, demands.get(schema, 0)) & _MUST_NOT
        for schema, condition in conditions.items()
    )
    if must_not and not all(_goes_on(meaning, each) for each in conditions.values()):
        return "items may have to be equal, where there may be no room for more of them"
    try:
        nodes.finite_items_of(said)
    except SchemaError as error:
        return error.cause
    return ""


def _goes_on(meaning: Meaning, condition: int) -> bool:
    """Whether one more item, equal to the last, changes nothing where two are equal already."""
    equal = meaning.decisions.restrict(condition, {meaning.variable(IsUnique()): False})
    for variable in meaning.decisions.support(equal):
        match meaning.assertion(variable):
            case ItemsFrom(0):
                continue
            case MinItems(least) if least <= _FEW:
                continue
            case _:
                return False
    return True


# Places -----------------------------------------------------------------------------------------


def _places(meaning: Meaning) -> Iterator[tuple[int, ...]]:
    """The schemas that may be said of one value together, for each place that a document has."""
    start: tuple[int, ...] = (0,)
    found, stack = {start}, [start]
    while stack:
        schemas = stack.pop()
        yield schemas
        for inner in (*_in_objects(meaning, schemas), *_in_arrays(meaning, schemas)):
            if inner and inner not in found:
                found.add(inner)
                stack.append(inner)
        if len(found) > _MAX_PLACES:
            raise GrammarLimitError(
                cause="there are too many places to tell whether unique items run out",
                hint="drop uniqueItems, or compile with allow_approximate",
            )


def _said(meaning: Meaning, schemas: Collection[int], form: Any) -> list[Any]:
    """The assertions that schemas make of values of one form."""
    variables: set[int] = set()
    for schema in schemas:
        variables.update(meaning.decisions.support(meaning.condition(schema, form)))
    return [meaning.assertion(variable) for variable in sorted(variables)]


def _in_objects(meaning: Meaning, schemas: Collection[int]) -> Iterator[tuple[int, ...]]:
    """The schemas of the value of each named key, and those of others, all together."""
    said = _said(meaning, schemas, "object")
    others: set[int] = set()
    by_name: dict[str, set[int]] = {}
    for each in said:
        match each:
            case Property(name, schema):
                by_name.setdefault(name, set()).add(schema)
            case PatternProperties(_, schema) | AdditionalProperties(_, _, schema):
                others.add(schema)
    yield tuple(sorted(others))
    for name, own in by_name.items():
        yield tuple(sorted(own.union(s for each in said for s in _of_key(meaning, each, name))))


def _of_key(meaning: Meaning, assertion: Any, name: str) -> Iterator[int]:
    match assertion:
        case PatternProperties(pattern, schema) if _matches(meaning, pattern, name):
            yield schema
        case AdditionalProperties(names, patterns, schema) if name not in names:
            if not any(_matches(meaning, pattern, name) for pattern in patterns):
                yield schema


def _matches(meaning: Meaning, pattern: str, name: str) -> bool:
    return meaning.patterns[pattern].accepts(name.encode())


def _in_arrays(meaning: Meaning, schemas: Collection[int]) -> Iterator[tuple[int, ...]]:
    """The schemas of the item at each position that some assertion tells from others."""
    said = _said(meaning, schemas, "array")
    edges = {0} | {each.index + d for each in said if isinstance(each, ItemAt) for d in (0, 1)}
    edges |= {each.start for each in said if isinstance(each, ItemsFrom)}
    for at in sorted(edges):
        here = {each.schema for each in said if isinstance(each, ItemAt) and each.index == at}
        here |= {each.schema for each in said if isinstance(each, ItemsFrom) and each.start <= at}
        here |= {each.schema for each in said if isinstance(each, Contains)}
        yield tuple(sorted(here))


# Demands ----------------------------------------------------------------------------------------


def _demands(meaning: Meaning) -> dict[int, int]:
    """Whether each schema that the root comes to must be met, must be failed, or may be either."""
    found: dict[int, int] = {0: _MUST}
    stack = [0]
    while stack:
        index = stack.pop()
        for other, demands in _children(meaning, index, found[index]):
            if demands & ~found.get(other, 0):
                found[other] = found.get(other, 0) | demands
                stack.append(other)
    return found


def _children(meaning: Meaning, index: int, demands: int) -> Iterator[tuple[int, int]]:
    for form in FORMS:
        condition = meaning.condition(index, form)
        for variable in meaning.decisions.support(condition):
            schema = getattr(meaning.assertion(variable), "schema", None)
            if schema is not None:
                yield schema, _needed(meaning, condition, variable, demands)


def _needed(meaning: Meaning, condition: int, variable: int, demands: int) -> int:
    """What is asked of a variable by a condition that is to hold, to fail, or both."""
    decisions = meaning.decisions
    yes = decisions.restrict(condition, {variable: True})
    no = decisions.restrict(condition, {variable: False})
    found = 0
    if decisions.both(yes, decisions.negate(no)) != FALSE:
        found |= demands
    if decisions.both(no, decisions.negate(yes)) != FALSE:
        found |= _swapped(demands)
    return found


def _swapped(demands: int) -> int:
    return (demands & _MUST) << 1 | (demands & _MUST_NOT) >> 1
