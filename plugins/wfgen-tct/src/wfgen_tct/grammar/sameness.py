"""Schemas that say the same, made one.

Large schemas repeat themselves: they spell the same subschema out at many places, or lead to it by
many references. What is asked of one value is then asked once, which keeps conditions small. Equal
are those that cannot be told apart by what they say, and by what those say that they name, and so
on; found as the states of an automaton are made fewest, after Hopcroft (1971).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import attrs

from wfgen_tct.formulas import AllOf, AnyOf, Definitions, ExactlyOne, Formula, Not, Same, Schema

__all__ = ["share_equal_schemas"]


def share_equal_schemas(definitions: Definitions) -> Definitions:
    """The definitions where all that name one of several equal schemas name the first of them.

    Numbers and pointers stay as they are; what is named no more is still there.
    """
    schemas = definitions.schemas
    targets = [_target(definitions, index) for index in range(len(schemas))]
    classes = _classes([schema.formula for schema in schemas], targets)
    first: dict[int, int] = {}
    for index, number in enumerate(classes):
        if targets[index] == index:
            first.setdefault(number, index)

    def shared(index: int) -> int:
        return first[classes[targets[index]]]

    return Definitions(
        tuple(Schema(each.pointer, _renamed(each.formula, shared)) for each in schemas)
    )


def _target(definitions: Definitions, index: int) -> int:
    """The schema that one comes to which says no more than that it is another."""
    formula = definitions.schemas[index].formula
    while isinstance(formula, Same):
        index = formula.schema
        formula = definitions.schemas[index].formula
    return index


def _renamed(formula: Formula, name: Callable[[int], int]) -> Formula:
    """A formula with other numbers for the schemas that it names."""
    make: Callable[..., Formula]
    match formula:
        case Not(inner):
            return Not(_renamed(inner, name))
        case AllOf(parts) | AnyOf(parts) | ExactlyOne(parts):
            make = type(formula)
            return make(tuple(_renamed(part, name) for part in parts))
    other: Any = formula
    schema = getattr(other, "schema", None)
    return formula if schema is None else attrs.evolve(other, schema=name(schema))


def _classes(formulas: list[Formula], targets: list[int]) -> list[int]:
    """Numbers that are equal just for schemas that say the same."""
    shapes: dict[Formula, int] = {}
    named: list[list[int]] = []
    classes: list[int] = []
    for formula in formulas:
        names: list[int] = []

        def note(schema: int, names: list[int] = names) -> int:
            names.append(targets[schema])
            return 0

        shape = _renamed(formula, note)
        classes.append(shapes.setdefault(shape, len(shapes)))
        named.append(names)
    _refine(classes, named)
    return classes


def _refine(classes: list[int], named: list[list[int]]) -> None:
    """Tell schemas apart that name schemas which are told apart, until none is left."""
    naming: defaultdict[int, set[int]] = defaultdict(set)
    members: defaultdict[int, set[int]] = defaultdict(set)
    for index, names in enumerate(named):
        members[classes[index]].add(index)
        for each in names:
            naming[each].add(index)
    doubtful = set(range(len(classes)))
    while doubtful:
        by_class: defaultdict[int, set[int]] = defaultdict(set)
        for index in doubtful:
            by_class[classes[index]].add(index)
        moved: set[int] = set()
        for number, some in by_class.items():
            moved |= _split(number, some, members, classes, named)
        doubtful = {index for each in moved for index in naming[each]}


def _split(
    number: int,
    some: set[int],
    members: dict[int, set[int]],
    classes: list[int],
    named: list[list[int]],
) -> set[int]:
    """Split a class of which some may differ from the others; those that get another number."""

    def signature(index: int) -> tuple[int, ...]:
        return tuple(classes[each] for each in named[index])

    groups: defaultdict[Any, set[int]] = defaultdict(set)
    for index in some:
        groups[signature(index)].add(index)
    other = next((index for index in members[number] if index not in some), None)
    kept = _largest(groups.items()) if other is None else signature(other)
    groups.pop(kept, None)
    fresh = [(len(members) + at, group) for at, group in enumerate(groups.values())]
    for new, group in fresh:
        members[number] -= group
        members[new] = group
    moved = set().union(*groups.values())
    for new, group in fresh:
        for index in group:
            classes[index] = new
    return moved


def _largest(groups: Iterable[tuple[Any, set[int]]]) -> Any:
    sizes: Counter[Any] = Counter({key: len(group) for key, group in groups})
    return sizes.most_common(1)[0][0]
