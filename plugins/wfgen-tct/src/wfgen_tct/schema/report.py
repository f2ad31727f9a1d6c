"""The keyword report: what became of each keyword of a schema.

A keyword is *exact* (read as its dialect has it), an *annotation* (it says nothing about which
documents are valid, or has no effect where it stands), *unsupported* (it refuses the schema), or
*approximated*: it was unsupported and was left out, because the caller allowed that.

A keyword that is left out is taken as always met. Where it stands plainly, more documents are then
accepted than the schema accepts; below `not`, below `if`, and in a branch of `oneOf` it may be the
other way round, and valid documents may be refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Literal

from attrs import define, evolve, field, frozen

from wfgen.errors import one_line
from wfgen_tct.errors import SchemaError
from wfgen_tct.formulas import Assertion

__all__ = [
    "STATUSES",
    "KeywordRow",
    "Report",
    "Status",
    "UnsupportedSchemaError",
    "refuse_unsupported",
    "with_status",
]

Status = Literal["exact", "annotation", "approximated", "unsupported"]

STATUSES: tuple[Status, ...] = ("exact", "annotation", "approximated", "unsupported")

_NUM_NAMED = 5


@frozen(kw_only=True)
class KeywordRow:
    """One keyword of a schema.

    Attributes:
        keyword: its name.
        pointer: JSON pointer of the keyword, its name last; unique in a report.
        status: what became of it.
        note: why, where that is not plain; else ''.
        reachable: whether the root, through applied subschemas and `$ref`, comes to it. What is
            not reachable has no effect and never refuses a schema.
    """

    keyword: str
    pointer: str
    status: Status
    note: str = ""
    reachable: bool = True


@frozen(kw_only=True)
class Report:
    """What became of every keyword of a schema, reachable or not.

    Attributes:
        dialect: the title of the dialect it was read in.
        rows: one for each keyword, in the order of the document; keywords that only a `$ref`
            turns into keywords come last.
        sources: where each assertion of a formula comes from: (index in `Definitions.schemas`,
            assertion) to the pointer of a keyword, a row of this report.
    """

    dialect: str
    rows: tuple[KeywordRow, ...] = field(repr=False)
    sources: Mapping[tuple[int, Assertion], str] = field(factory=dict, repr=False, eq=False)

    @property
    def unsupported(self) -> tuple[KeywordRow, ...]:
        """The reachable keywords that refuse the schema."""
        return tuple(row for row in self.rows if row.status == "unsupported" and row.reachable)

    @property
    def approximated(self) -> tuple[KeywordRow, ...]:
        """The keywords that were left out."""
        return tuple(row for row in self.rows if row.status == "approximated")

    @property
    def counts(self) -> Mapping[Status, int]:
        """How many keywords have each status, unreachable ones included."""
        found = Counter(row.status for row in self.rows)
        return {status: found[status] for status in STATUSES}

    @property
    def summary(self) -> str:
        """One line of counts."""
        parts = [f"{count:,} {status}" for status, count in self.counts.items() if count]
        idle = sum(not row.reachable for row in self.rows)
        if idle:
            parts.append(f"{idle:,} of all unreachable")
        return f"{len(self.rows):,} keywords of {self.dialect}: " + (", ".join(parts) or "none")

    def table(self, statuses: Collection[Status] = STATUSES) -> list[tuple[str, str, str, str]]:
        """Rows for people, (status, keyword, pointer, note), of some statuses."""
        return [
            (row.status, one_line(row.keyword), one_line(row.pointer), _note(row))
            for row in self.rows
            if row.status in statuses
        ]

    def as_text(self, statuses: Collection[Status] = STATUSES) -> str:
        """The summary and the table of some statuses, aligned."""
        rows = [("status", "keyword", "pointer", "note"), *self.table(statuses)]
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        lines = [
            "  ".join([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[3]])
            for row in rows
        ]
        return "\n".join([self.summary, *(line.rstrip() for line in lines)])


def _note(row: KeywordRow) -> str:
    return "; ".join(filter(None, [one_line(row.note), "" if row.reachable else "unreachable"]))


@define(kw_only=True, eq=False)
class UnsupportedSchemaError(SchemaError):
    """A schema has reachable keywords that cannot be made exact.

    Attributes:
        report: all keywords; `report.unsupported` are the ones at fault.
    """

    report: Report


def refuse_unsupported(report: Report) -> None:
    """Raise UnsupportedSchemaError if a reachable keyword is unsupported."""
    rows = report.unsupported
    if rows:
        raise UnsupportedSchemaError(
            pointer=rows[0].pointer,
            cause=_cause(rows),
            hint="take them out of the schema, or allow an approximation (allow_approximate)",
            report=report,
        )


def _cause(rows: tuple[KeywordRow, ...]) -> str:
    named = [f"{row.keyword} ({row.note})" if row.note else row.keyword for row in rows[:1]]
    named += [f"{row.keyword} at {row.pointer}" for row in rows[1:_NUM_NAMED]]
    more = f" and {len(rows) - _NUM_NAMED} more" if len(rows) > _NUM_NAMED else ""
    count = "1 keyword" if len(rows) == 1 else f"{len(rows)} keywords"
    return f"{count} cannot be made exact: {', '.join(named)}{more}"


def with_status(report: Report, pointer: str, status: Status, note: str) -> Report:
    """The report with another verdict on the keyword at `pointer`; a later stage's.

    Raises:
        KeyError: the report has no such row.
    """
    return _with_rows(report, {pointer: (status, note)})


def _with_rows(report: Report, verdicts: Mapping[str, tuple[Status, str]]) -> Report:
    left = set(verdicts)
    rows = tuple(_judged(report.rows, verdicts, left))
    if left:
        raise KeyError(min(left))
    return evolve(report, rows=rows)


def _judged(
    rows: Iterable[KeywordRow], verdicts: Mapping[str, tuple[Status, str]], left: set[str]
) -> Iterable[KeywordRow]:
    for row in rows:
        if row.pointer in verdicts:
            left.discard(row.pointer)
            status, note = verdicts[row.pointer]
            row = evolve(row, status=status, note=note)  # noqa: PLW2901
        yield row
