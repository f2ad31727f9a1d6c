"""Tables from rows: which figures stand side by side, and what stands in each cell.

A cell without a value says why: the figure failed, or nobody measured it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from attrs import frozen

from wfgen.evaluate.figures import ARM
from wfgen.report.definitions import definition_of
from wfgen.report.rows import Row, is_real

__all__ = [
    "NOT_REAL",
    "SUMMARY",
    "TABLES",
    "Cell",
    "Filled",
    "Table",
    "arms_of",
    "escape_markdown",
    "fill",
    "markdown_table",
]

FAILED = "failed"
NOT_MEASURED = "not measured"
NOT_REAL = "not real data"


@frozen(kw_only=True)
class Table:
    """Which figures stand side by side.

    Attributes:
        key: names it in files.
        title: for people.
        columns: figures.
        intervals: those of them that are written with their interval.
        note: what to know when reading it.
    """

    key: str
    title: str
    columns: tuple[str, ...]
    intervals: tuple[str, ...] = ()
    note: str = ""


SUMMARY = Table(
    key="summary",
    title="Summary",
    columns=(
        "vocabulary-size",
        "tokens-per-document",
        "bytes-per-token",
        "tokens-to-o200k",
        "tokens-to-o200k-yaml",
        "coverage",
        "round-trip-bytes",
        "encode-speed-to-o200k",
    ),
    intervals=("bytes-per-token", "tokens-to-o200k"),
)
"""What to look at first; all of it stands in the other tables too."""

TABLES: tuple[Table, ...] = (
    Table(
        key="compression",
        title="Compression",
        columns=(
            "vocabulary-size",
            "bytes-per-token",
            "tokens-to-o200k",
            "tokens-to-o200k-yaml",
            "tokens-per-document",
            "tokens-per-document-p50",
            "tokens-per-document-p90",
            "tokens-per-document-p99",
            "tokens-per-document-max",
        ),
        intervals=("bytes-per-token", "tokens-to-o200k"),
    ),
    Table(
        key="fidelity",
        title="Fidelity and use of the vocabulary",
        columns=(
            "coverage",
            "refused",
            "round-trip",
            "round-trip-bytes",
            "vocabulary-use",
            "renyi-efficiency",
        ),
        note="Renyi efficiency is information only: it does not rank.",
    ),
    Table(
        key="speed",
        title="Speed",
        columns=(
            "encode-documents-per-second",
            "encode-megabytes-per-second",
            "encode-speed-to-o200k",
            "decode-documents-per-second",
            "decode-megabytes-per-second",
            "decode-speed-to-o200k",
        ),
        intervals=("encode-speed-to-o200k", "decode-speed-to-o200k"),
        note="Seconds are CPU time. The tokenizers are warm and took turns: compare the ratios.",
    ),
    Table(
        key="prepare",
        title="Preparing a corpus",
        columns=(
            "seconds",
            "documents-per-second",
            "documents-per-second-worker",
            "peak-memory",
            "kept",
            "id-bytes-per-token",
            "disk-bytes-per-token",
        ),
    ),
)
"""In the order in which they are shown; one is left out where no row has a figure of it."""


@frozen(kw_only=True)
class Cell:
    """What stands in one place.

    Attributes:
        text: the value, or why there is none.
        interval: `low to high`; '' where it is not asked for or there is none.
        row: where it is from; None where nobody measured it.
    """

    text: str
    interval: str = ""
    row: Row | None = None

    @property
    def full(self) -> str:
        """The value with its interval."""
        return f"{self.text} [{self.interval}]" if self.interval else self.text


@frozen(kw_only=True)
class Filled:
    """A table with its cells: one line an arm. The title says where the data is not real."""

    table: Table
    title: str
    headings: tuple[str, ...]
    lines: tuple[tuple[str, tuple[Cell, ...]], ...]


def arms_of(rows: Iterable[Row]) -> tuple[str, ...]:
    """The arms, in the order of their first rows."""
    return tuple(dict.fromkeys(row.arm for row in rows))


def fill(table: Table, rows: Sequence[Row]) -> Filled | None:
    """The table's cells from the rows of one run; None where no row belongs in it."""
    found = {(row.arm, row.figure): row for row in rows}
    if not any((arm, figure) in found for arm in arms_of(rows) for figure in table.columns):
        return None
    return Filled(
        table=table,
        title=table.title if is_real(rows) else f"{table.title} ({NOT_REAL})",
        headings=tuple(definition_of(figure).heading for figure in table.columns),
        lines=tuple(
            (arm, tuple(_cell(table, arm, figure, found) for figure in table.columns))
            for arm in arms_of(rows)
        ),
    )


def _cell(table: Table, arm: str, figure: str, found: dict[tuple[str, str], Row]) -> Cell:
    row = found.get((arm, figure)) or found.get((arm, ARM))
    if row is None:
        return Cell(text=NOT_MEASURED)
    if row.value is None:
        return Cell(text=FAILED, row=row)
    write = definition_of(figure).write
    interval = ""
    if figure in table.intervals and row.low is not None and row.high is not None:
        # What is exact, as the reference's ratio to itself, needs no interval.
        exact = row.low == row.high == row.value
        interval = "" if exact else f"{write(row.low)} to {write(row.high)}"
    return Cell(text=write(row.value), interval=interval, row=row)


# Markdown ---------------------------------------------------------------------------------------


def markdown_table(filled: Filled) -> str:
    """The table in Markdown; without its title, but where the data is not real that is said."""
    headings = ["arm", *filled.headings]
    rule = [":--", *("--:" for _ in filled.headings)]
    lines = [[arm, *(cell.full for cell in cells)] for arm, cells in filled.lines]
    table = "\n".join(_markdown_line(line) for line in (headings, rule, *lines)) + "\n"
    return table if filled.title == filled.table.title else f"{table}\n*{filled.title}.*\n"


def _markdown_line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(escape_markdown(cell) for cell in cells) + " |"


def escape_markdown(text: str) -> str:
    """One line of text that stays text: no markup, no cell's end, no HTML."""
    return re.sub(r"([\\`*<>|])", r"\\\1", " ".join(text.split()))
