"""A JSON Schema of any dialect becomes formulas, with a report on each of its keywords."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from attrs import evolve

from wfgen_tct.errors import SchemaError
from wfgen_tct.formulas import Constant, Definitions
from wfgen_tct.schema.assertions import READERS
from wfgen_tct.schema.building import Builder, Entry, Part
from wfgen_tct.schema.clauses import Clause, check_shape
from wfgen_tct.schema.cycles import find_circular
from wfgen_tct.schema.exact import shown
from wfgen_tct.schema.keywords import KEYWORDS
from wfgen_tct.schema.limits import DEFAULT_SCHEMA_LIMITS, SchemaLimits
from wfgen_tct.schema.parsing import parse_schema
from wfgen_tct.schema.places import Place, Places
from wfgen_tct.schema.references import UnresolvableError
from wfgen_tct.schema.report import KeywordRow, Report, Status, refuse_unsupported
from wfgen_tct.schema.verdicts import verdict_of

__all__ = ["read_schema"]


def read_schema(
    schema: dict[str, Any] | bool | str | bytes,
    *,
    allow_approximate: bool = False,
    limits: SchemaLimits = DEFAULT_SCHEMA_LIMITS,
) -> tuple[Definitions, Report]:
    """The formulas of a schema, and what became of each of its keywords.

    Args:
        schema: a JSON Schema, as Python has it or as a JSON text.
        allow_approximate: leave keywords out that cannot be made exact, instead of refusing them.
        limits: how large the schema may be.

    Raises:
        SchemaError: it is no JSON Schema of the dialect that it declares.
        UnsupportedSchemaError: it has reachable keywords that cannot be made exact.
        GrammarLimitError: it is larger than the limits.
    """
    value = parse_schema(schema, limits) if isinstance(schema, str | bytes) else schema
    if not isinstance(value, dict | bool):
        raise SchemaError(
            cause=f"the schema is {shown(value)}, which is no JSON Schema",
            hint="give an object or a boolean, or a JSON text of one",
        )
    reading = _Reading(value, limits)
    definitions, report = reading.run(allow_approximate=allow_approximate)
    refuse_unsupported(report)
    return definitions, report


class _Reading:
    """One schema while it is read."""

    def __init__(self, schema: dict[str, Any] | bool, limits: SchemaLimits) -> None:
        self._places = Places(schema, limits)
        self._builder = Builder(self._places, limits)
        self._verdicts: dict[str, tuple[Status, str]] = {}

    def run(self, *, allow_approximate: bool) -> tuple[Definitions, Report]:
        self._builder.index(self._places.root)
        for place, entry in self._builder.unread():
            self._read(place, entry)
        self._cut_circles()
        definitions, sources = self._builder.definitions()
        reached = frozenset(place for place in self._places if self._builder.has(place))
        self._judge_all_but(reached)
        rows = tuple(self._rows(reached, allow_approximate=allow_approximate))
        title = self._places.root.dialect.title
        return definitions, Report(dialect=title, rows=rows, sources=sources)

    # Places ---------------------------------------------------------------------------------

    def _read(self, place: Place, entry: Entry) -> None:
        """Read what the root comes to."""
        if isinstance(place.value, bool):
            entry.parts.append(Part("", place.pointer, Constant(place.value)))
            return
        clauses = _clauses(place, self._builder)
        for clause in clauses:
            check_shape(clause)
        for clause in clauses:
            try:
                entry.parts.extend(_parts(clause))
            except UnresolvableError as error:
                self._verdicts[clause.pointer] = ("unsupported", str(error))

    def _cut_circles(self) -> None:
        for entry, part in list(find_circular(self._builder.entries)):
            entry.parts.remove(part)
            note = "circular: it leads back to itself on the same value"
            self._verdicts[part.pointer] = ("unsupported", note)

    # The report -----------------------------------------------------------------------------

    def _judge_all_but(self, reached: frozenset[Place]) -> None:
        """Read all other places, for the report alone: nothing in them refuses the schema."""
        builder = Builder(self._places, evolve(self._builder.limits, num_subschemas=sys.maxsize))
        for place in self._places:
            for clause in [] if place in reached else _clauses(place, builder):
                try:
                    check_shape(clause)
                    _parts(clause)
                except (SchemaError, UnresolvableError) as error:
                    cause = error.cause if isinstance(error, SchemaError) else str(error)
                    self._verdicts[clause.pointer] = ("unsupported", cause)

    def _rows(self, reached: frozenset[Place], *, allow_approximate: bool) -> Iterator[KeywordRow]:
        for slot in self._places.slots:
            is_reached = slot.place in reached
            status, note = self._verdicts.get(slot.pointer) or verdict_of(slot)
            if allow_approximate and is_reached and status == "unsupported":
                status = "approximated"
            yield KeywordRow(
                keyword=slot.keyword,
                pointer=slot.pointer,
                status=status,
                note=note,
                reachable=is_reached,
            )


def _clauses(place: Place, builder: Builder) -> list[Clause]:
    table = KEYWORDS[place.dialect]
    return [Clause(name, place, builder) for name in place.keywords if name in table]


def _parts(clause: Clause) -> list[Part]:
    """What a keyword adds to its subschema: nothing where it only helps another."""
    if clause.keyword.role != "asserts":
        return []
    return [Part(clause.name, clause.pointer, READERS[clause.name](clause))]
