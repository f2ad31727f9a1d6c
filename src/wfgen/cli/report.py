"""`wfgen report`: tables, Markdown and the page, made from rows that are already there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import cyclopts
from attrs import define
from cyclopts import Parameter

from wfgen.artefacts import replace_file
from wfgen.errors import ArtefactError, SettingError
from wfgen.report.markdown import new_document, read_document, update_document
from wfgen.report.page import render_page
from wfgen.report.rows import Row, RowsError, latest_run, read_rows
from wfgen.report.terminal import print_report

__all__ = ["StaleError", "app", "report"]

app = cyclopts.App(name="report", help="Tables and a page from benchmark rows.")


@define(kw_only=True, eq=False)
class StaleError(ArtefactError):
    """A generated file is not what its rows give."""


@app.default
def report(
    *,
    rows: Annotated[tuple[Path, ...], Parameter(consume_multiple=True)],
    markdown: Annotated[tuple[Path, ...], Parameter(consume_multiple=True)] = (),
    page: Path | None = None,
    check: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Show the last run of every suite in files of rows.

    Without --markdown or --page the tables go to the terminal.

    Parameters
    ----------
    rows
        Files that benchmarks/compare_tokenizers.py wrote.
    markdown
        Markdown files: blocks between `<!-- report SUITE PART -->` and `<!-- end of report -->`
        are made anew; a file that does not exist is written whole.
    page
        The HTML page to write; the token inspector needs the tokenizers themselves and comes only
        from benchmarks/compare_tokenizers.py.
    check
        Write nothing, and fail where a Markdown file is not what its rows give; a page is not
        checked.
    """
    if check and page is not None:
        cause, hint = "a page cannot be checked", "leave out --page or --check"
        raise SettingError(name="check", cause=cause, hint=hint)
    if check and not markdown:
        cause, hint = "there is nothing to check", "name Markdown files with --markdown"
        raise SettingError(name="check", cause=cause, hint=hint)
    found = [row for file in rows for row in read_rows(file)]
    if not found:
        raise RowsError(path=", ".join(map(str, rows)), cause="there is no row to report")
    for file in markdown:
        _update(file, found, check=check)
    if page is not None:
        replace_file(page, render_page(found))
        print(f"the page lies at {page.resolve()}")
    if not markdown and page is None:
        for run in latest_run(found).values():
            print_report(run)


def _update(file: Path, rows: Sequence[Row], *, check: bool) -> None:
    before = read_document(file)
    after = new_document(rows) if before is None else update_document(before, rows, path=str(file))
    if check and before != after:
        cause = "it is not what its rows give"
        raise StaleError(
            path=str(file), cause=cause, hint="run the same command without --check and commit it"
        )
    if before != after:
        replace_file(file, after)
