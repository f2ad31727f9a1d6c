"""Whether two conditions of one object exclude each other, as far as a short look tells.

`oneOf` means one and no other. Where its branches exclude each other anyway, it means the same as
`anyOf`, which comes to far fewer states: an object then need not remember what speaks against each
branch. Most branches are told apart by a key that one demands and the other forbids, or by a key
that both demand with values that have nothing in common.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wfgen_tct.formulas import (
    AdditionalProperties,
    AllOf,
    Constant,
    Equals,
    HasProperty,
    Kinds,
    Listed,
    PatternProperties,
    Property,
    Same,
)
from wfgen_tct.grammar.decisions import FALSE

if TYPE_CHECKING:
    from wfgen_tct.formulas import Formula, Kind
    from wfgen_tct.grammar.meaning import Meaning

__all__ = ["exclude_each_other"]


def exclude_each_other(meaning: Meaning, one: int, other: int) -> bool:
    """Whether no object meets both conditions; a no may be wrong, a yes is not."""
    both = meaning.decisions.both(one, other)
    if both == FALSE:
        return True
    needed = [meaning.assertion(v) for v in meaning.decisions.needed(both)]
    for each in needed:
        if isinstance(each, HasProperty):
            schemas = list(_of_key(meaning, needed, each.name))
            if _have_nothing_in_common(meaning, schemas):
                return True
    return False


def _of_key(meaning: Meaning, needed: list[object], name: str) -> Iterator[int]:
    """The schemas that the value of a key must meet."""
    for each in needed:
        match each:
            case Property(key, schema) if key == name:
                yield schema
            case PatternProperties(pattern, schema) if _matches(meaning, pattern, name):
                yield schema
            case AdditionalProperties(names, patterns, schema) if name not in names:
                if not any(_matches(meaning, pattern, name) for pattern in patterns):
                    yield schema


def _matches(meaning: Meaning, pattern: str, name: str) -> bool:
    return meaning.patterns[pattern].accepts(name.encode())


def _have_nothing_in_common(meaning: Meaning, schemas: list[int]) -> bool:
    said = [list(_plainly(meaning, schema)) for schema in schemas]
    if any(Constant(False) in each for each in said):
        return True
    kinds: frozenset[Kind] | None = None
    texts: frozenset[str] | None = None
    numbers = set()
    for assertion in (assertion for each in said for assertion in each):
        match assertion:
            case Kinds(found):
                kinds = found if kinds is None else kinds & found
            case Listed(found):
                texts = found if texts is None else texts & found
            case Equals(number):
                numbers.add(number)
    if kinds is None:
        return False
    kinds -= {"string"} if texts is not None and not texts else set()
    kinds -= {"number"} if len(numbers) > 1 else set()
    return not kinds


def _plainly(meaning: Meaning, schema: int) -> Iterator[Formula]:
    """What a schema demands in any case."""
    seen, stack = {schema}, [meaning.definitions.schemas[schema].formula]
    while stack:
        formula = stack.pop()
        if isinstance(formula, Same):
            if formula.schema not in seen:
                seen.add(formula.schema)
                stack.append(meaning.definitions.schemas[formula.schema].formula)
        elif isinstance(formula, AllOf):
            stack += formula.formulas
        else:
            yield formula
