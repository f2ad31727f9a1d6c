"""Tables from rows: which figures stand side by side, and what stands in each cell.

A cell without a value says why: the figure failed, or nobody measured it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

from wfgen.evaluate.figures import ARM
from wfgen.report.definitions import definition_of
from wfgen.report.rows import CEILING, Row, baseline_of, is_real
from wfgen.report.seeds import failed_seeds, seeds_of

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
    "markdown_lines",
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
        lead: a figure without which the table is left out; '' where any column is enough.
        only_led: leave out the arms without that figure, but never one that failed.
        trained: only of suites that train models.
        ceiling: what its figures end in and the ceiling's do not, which has them once for all.
    """

    key: str
    title: str
    columns: tuple[str, ...]
    intervals: tuple[str, ...] = ()
    note: str = ""
    lead: str = ""
    only_led: bool = False
    trained: bool = False
    ceiling: str = ""


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
        key="by-mode",
        title="Grammar mode and free mode apart",
        lead="coverage-grammar",
        only_led=True,
        columns=(
            "coverage-grammar",
            "coverage-free",
            "tokens-per-document-valid",
            "tokens-per-document-free",
            "tokens-to-o200k-valid",
            "tokens-to-o200k-free",
            "tokens-to-o200k-yaml-valid",
            "tokens-to-o200k-yaml-free",
        ),
        intervals=("tokens-to-o200k-valid", "tokens-to-o200k-free"),
        note="Of the tokenizers that have both modes. Tokens in free mode are not measured where"
        " every document was written in grammar mode.",
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
    Table(
        key="options",
        title="What the options of the model are worth",
        lead="bits-per-byte-to-plain",
        columns=(
            "parameters",
            "step-time-to-plain",
            "bits-per-byte",
            "bits-per-byte-to-plain",
        ),
        intervals=("bits-per-byte-to-plain",),
    ),
    Table(
        key="modes",
        title="Tokens by mode",
        lead="free-mode",
        columns=(
            "vocabulary-size",
            "tokens-to-o200k",
            "tokens-to-o200k-yaml",
            "tokens-to-o200k-valid",
            "tokens-to-o200k-yaml-valid",
            "tokens-to-o200k-free",
            "tokens-to-o200k-yaml-free",
            "free-mode",
        ),
    ),
    Table(
        key="returned",
        title="Round trip and mode",
        lead="right-mode",
        columns=("documents", "schema-valid", "round-trip-bytes", "right-mode"),
    ),
    Table(
        key="verdicts",
        title="Verdicts",
        lead="wrong-verdicts",
        columns=("verdicts", "schema-valid", "wrong-verdicts"),
    ),
    Table(
        key="suite",
        title="The public test suite",
        lead="suite-groups",
        columns=("suite-groups", "compiled-exactly", "verdicts", "wrong-verdicts"),
    ),
    Table(
        key="schemas",
        title="Schemas that check-jsonschema ships",
        lead="schemas-compiled",
        columns=("compiled-exactly", "compile-seconds", "walks-valid"),
    ),
    Table(
        key="walks",
        title="Masked random walks",
        lead="walks",
        columns=(
            "walks",
            "walks-finished",
            "walks-valid",
            "walks-different",
            "tokens-per-walk",
        ),
    ),
    Table(
        key="in-turn",
        title="One pass in a fresh process",
        lead="o200k-documents-per-second",
        columns=(
            "encode-documents-per-second",
            "o200k-documents-per-second",
            "encode-speed-to-o200k",
            "decode-documents-per-second",
            "decode-speed-to-o200k-encode",
        ),
        intervals=("encode-speed-to-o200k", "decode-speed-to-o200k-encode"),
    ),
    Table(
        key="masks",
        title="Masks and advances, the first pass",
        columns=(
            "mask-p50",
            "mask-p99",
            "advance-p50",
            "advance-p99",
            "valid-refused",
            "invalid-accepted",
            "schema-changes",
            "schema-looser",
            "making-seconds",
        ),
    ),
    Table(
        key="cold-and-warm",
        title="Masks and advances, cold and warm",
        columns=(
            "mask-cold-p50",
            "mask-cold-p99",
            "mask-warm-p50",
            "mask-warm-p99",
            "advance-cold-p50",
            "advance-cold-p99",
            "advance-warm-p50",
            "advance-warm-p99",
            "mask-again-p50",
            "mask-again-p99",
            "advance-again-p50",
            "advance-again-p99",
        ),
    ),
    Table(
        key="making",
        title="Learning, opening, compiling",
        lead="learn-seconds",
        columns=(
            "learn-seconds",
            "learn-peak-memory",
            "same-bytes",
            "as-shipped",
            "import-seconds",
            "open-seconds",
            "first-document-seconds",
            "artefact-megabytes",
            "compile-seconds",
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
    """The table's cells from the rows of one run, its seeds pooled; None where no row belongs in
    it. The ceiling is the last line.
    """
    if table.trained and baseline_of(rows) is None:
        return None
    found = {(row.arm, row.figure): row for row in rows}
    leads = (table.lead,) if table.lead else table.columns
    if not any((arm, figure) in found for arm in arms_of(rows) for figure in leads):
        return None
    kept = [
        arm
        for arm in arms_of(rows)
        if not table.only_led
        or (arm, ARM) in found
        or any(_find(table, arm, figure, found) for figure in leads)
    ]
    return Filled(
        table=table,
        title=table.title if is_real(rows) else f"{table.title} ({NOT_REAL})",
        headings=tuple(definition_of(figure).heading for figure in table.columns),
        lines=tuple(
            (arm, tuple(_cell(table, arm, figure, found) for figure in table.columns))
            for arm in sorted(kept, key=lambda arm: arm == CEILING)
        ),
    )


def _find(table: Table, arm: str, figure: str, found: Mapping[tuple[str, str], Row]) -> Row | None:
    if arm == CEILING:
        figure = figure.removesuffix(table.ceiling)
    return found.get((arm, figure))


def _cell(table: Table, arm: str, figure: str, found: Mapping[tuple[str, str], Row]) -> Cell:
    row = _find(table, arm, figure, found) or found.get((arm, ARM))
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
    return Cell(text=write(row.value) + _missing(row), interval=interval, row=row)


def _missing(row: Row) -> str:
    lost, there = len(failed_seeds(row)), len(seeds_of(row))
    return f" ({there} of {there + lost} seeds)" if lost else ""


# Markdown ---------------------------------------------------------------------------------------


def markdown_table(filled: Filled) -> str:
    """The table in Markdown; without its title, but where the data is not real that is said."""
    lines = [[arm, *(cell.full for cell in cells)] for arm, cells in filled.lines]
    table = markdown_lines(["arm", *filled.headings], lines)
    return table if filled.title == filled.table.title else f"{table}\n*{filled.title}.*\n"


def markdown_lines(headings: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table in Markdown, its first column of words and the others of numbers."""
    rule = [":--", *("--:" for _ in headings[1:])]
    return "\n".join(_markdown_line(line) for line in (headings, rule, *lines)) + "\n"


def _markdown_line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(escape_markdown(cell) for cell in cells) + " |"


def escape_markdown(text: str) -> str:
    """One line of text that stays text: no markup, no cell's end, no HTML."""
    return re.sub(r"([\\`*<>|])", r"\\\1", " ".join(text.split()))
