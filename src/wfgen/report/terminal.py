"""Tables and findings on the terminal; each line whole, also in a pipe."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from wfgen.report.findings import data_note, failures, findings
from wfgen.report.rows import Row
from wfgen.report.seeds import pool_seeds
from wfgen.report.tables import Cell, Filled, fill
from wfgen.report.trained_tables import ALL_TABLES

__all__ = ["one_line", "print_report", "print_tables", "while_read"]

_HEADING_WIDTH = 10


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Let it be an error again; rich would end the process with 1."""
        raise BrokenPipeError


def one_line(text: str) -> str:
    """The text with what would break a line or steer a terminal written as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


@contextmanager
def while_read() -> Iterator[None]:
    """Print inside as long as anybody reads: a pipe that is closed ends the block, no more."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes again at its end: docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def print_report(run: Sequence[Row], file: TextIO | None = None) -> None:
    """The tables of one run, what was found, and what failed."""
    stream = file or sys.stdout
    print(f"Suite {one_line(run[0].suite)}. {one_line(data_note(run))}\n", file=stream)
    pooled = pool_seeds(run)
    print_tables((filled for table in ALL_TABLES if (filled := fill(table, pooled))), stream)
    for line in (*findings(run), *(f"FAILED {failure}" for failure in failures(run))):
        print(one_line(line), file=stream)


def print_tables(tables: Iterable[Filled], file: TextIO) -> None:
    """Write tables; one that is wider than the terminal is not cut."""
    for filled in tables:
        table = _rich_table(filled)
        # rich cuts columns to the width it believes in, which for a pipe is 80.
        width = Console(width=10_000).measure(table).maximum
        console = _Console(file=file, highlight=False, width=max(width, 1), soft_wrap=True)
        console.print(table)
        if filled.table.note:
            console.print(Text(filled.table.note, style="dim"), soft_wrap=True)
        console.print()


def _rich_table(filled: Filled) -> RichTable:
    table = RichTable(
        title=filled.title,
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
        padding=(0, 2, 0, 0),
    )
    table.add_column("arm", no_wrap=True)
    for heading in filled.headings:
        lines = "\n".join(textwrap.wrap(heading, _HEADING_WIDTH, break_long_words=False))
        table.add_column(lines, justify="right", no_wrap=True)
    for arm, cells in filled.lines:
        table.add_row(Text(one_line(arm)), *(_styled(cell) for cell in cells))
    return table


def _styled(cell: Cell) -> Text:
    missing = "dim" if cell.row is None else "bold red"
    text = Text(cell.text, style="" if cell.row and cell.row.value is not None else missing)
    return text.append(f" [{cell.interval}]", style="dim") if cell.interval else text
