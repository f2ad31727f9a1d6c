"""Where `uniqueItems` cannot be made exact.

Two things are out of reach: an array that must have equal items, and unique items that are arrays
or objects of which there may be too few. Both are found before any document is read, by what each
schema says of arrays and whether it has to be met, to be failed, or both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wfgen_tct.errors import SchemaError
from wfgen_tct.formulas import Assertion, Definitions, IsUnique, in_place, leaves
from wfgen_tct.grammar.decisions import FALSE, TRUE
from wfgen_tct.grammar.meaning import FORMS, Meaning, Pattern
from wfgen_tct.grammar.nodes import Nodes
from wfgen_tct.grammar.solver import Solver

__all__ = ["find_unsupported_uniqueness"]

_MUST, _MUST_NOT = 1, 2


def find_unsupported_uniqueness(
    definitions: Definitions, patterns: Mapping[str, Pattern]
) -> dict[tuple[int, Assertion], str]:
    """Each `uniqueItems` that cannot be exact, by schema, and why.

    Args:
        definitions: the schema.
        patterns: its patterns, compiled.
    """
    found: dict[tuple[int, Assertion], str] = {}
    saying = {i for i, s in enumerate(definitions.schemas) if IsUnique() in leaves(s.formula)}
    if not saying:
        return found
    meaning = Meaning(definitions, patterns)
    nodes = Nodes(Solver(meaning))
    for index, demands in _demands(meaning).items():
        fault = _fault(meaning, nodes, meaning.condition(index, "array"), demands)
        if fault:
            for at in saying.intersection(in_place(definitions, (index,))):
                found[at, IsUnique()] = fault
    return found


def _fault(meaning: Meaning, nodes: Nodes, condition: int, demands: int) -> str:
    unique = meaning.variable(IsUnique())
    if unique not in meaning.decisions.support(condition):
        return ""
    if _needed(meaning, condition, unique, demands) & _MUST_NOT:
        return "items may have to be equal, as it stands where it may have to fail"
    try:
        nodes.finite_items(condition)
    except SchemaError as error:
        return error.cause
    return ""


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
    yes = decisions.substitute(condition, {variable: TRUE})
    no = decisions.substitute(condition, {variable: FALSE})
    found = 0
    if decisions.both(yes, decisions.negate(no)) != FALSE:
        found |= demands
    if decisions.both(no, decisions.negate(yes)) != FALSE:
        found |= _swapped(demands)
    return found


def _swapped(demands: int) -> int:
    return (demands & _MUST) << 1 | (demands & _MUST_NOT) >> 1
