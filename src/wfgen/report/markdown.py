"""Markdown from rows, between markers, so that prose and generated tables share a file.

A block begins with `<!-- report SUITE PART -->` and ends with `<!-- end of report -->`. What stands
between is replaced by what the last run of the suite gives; everything else is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from attrs import define

from wfgen.errors import WfgenError, nearest
from wfgen.report.bars import bars_table
from wfgen.report.findings import data_note, failures, findings
from wfgen.report.rows import Row, baseline_of, latest_run
from wfgen.report.seeds import pool_seeds, seeds_text
from wfgen.report.tables import (
    SUMMARY,
    Table,
    escape_markdown,
    fill,
    markdown_lines,
    markdown_table,
)
from wfgen.report.trained_tables import ALL_TABLES, summary_of

__all__ = ["PARTS", "MarkerError", "new_document", "read_document", "update_document"]

_END = "<!-- end of report -->"
_BLOCK = re.compile(
    r"^<!-- report (?P<suite>\S+) (?P<part>\S+) -->$.*?^<!-- end of report -->$",
    re.MULTILINE | re.DOTALL,
)
_BEGIN = re.compile(r"^<!-- report .*$", re.MULTILINE)
_NOTHING = "Nothing of this was measured.\n"


@define(kw_only=True, eq=False)
class MarkerError(WfgenError):
    """A Markdown file has no marker, a damaged one, or one that no row answers.

    Attributes:
        path: the file.
        line: of the marker, counted from 1; None where there is none.
    """

    path: str
    line: int | None = None

    @property
    def where(self) -> str:
        """The file and the line."""
        return self.path if self.line is None else f"{self.path}, line {self.line}"


def _list(sentences: Sequence[str]) -> str:
    return "".join(f"- {escape_markdown(sentence)}\n" for sentence in sentences) or _NOTHING


def _table(table: Table) -> Callable[[Sequence[Row]], str]:
    def write(run: Sequence[Row]) -> str:
        filled = fill(table, pool_seeds(run))
        return _NOTHING if filled is None else markdown_table(filled)

    return write


def _summary(run: Sequence[Row]) -> str:
    return _table(summary_of(run))(run)


def _bars(run: Sequence[Row]) -> str:
    heading, *lines = bars_table(pool_seeds(run)) or [()]
    return markdown_lines(heading, lines) if lines else _NOTHING


def _provenance(run: Sequence[Row]) -> str:
    about = run[0].provenance
    machine, corpus = about.get("machine", {}), about.get("corpus", {})
    lines = {
        "measured": about.get("time"),
        "commit": about.get("commit"),
        "python": about.get("python"),
        "machine": f"{machine.get('cpu')}, {machine.get('cores')} cores, {machine.get('platform')}",
        "corpus": f"{corpus.get('source')}, fingerprint {corpus.get('fingerprint')}",
        "seed": seeds_text(run),
        "versions": ", ".join(f"{k} {v}" for k, v in about.get("versions", {}).items()),
    }
    return _list([f"{name}: {value}" for name, value in lines.items() if value is not None])


PARTS: Mapping[str, Callable[[Sequence[Row]], str]] = {
    "note": lambda run: escape_markdown(data_note(run)) + "\n",
    "findings": lambda run: _list(findings(run)),
    "summary": _summary,
    **{table.key: _table(table) for table in ALL_TABLES},
    "bars": _bars,
    "failures": lambda run: _list(failures(run)) if failures(run) else "No figure failed.\n",
    "provenance": _provenance,
}
"""What may stand between markers, by name."""

_TITLES = {
    "summary": SUMMARY.title,
    **{table.key: table.title for table in ALL_TABLES},
    "bars": "What was asked for",
    "failures": "Failed figures",
    "provenance": "Provenance",
}


def update_document(text: str, rows: Sequence[Row], *, path: str) -> str:
    """`text` with every block made anew.

    Args:
        text: Markdown.
        rows: of any suites; the last run of each counts.
        path: names the text in errors.

    Raises:
        MarkerError: there is no block, one does not end, or it names no suite or part there is.
    """
    runs = latest_run(rows)
    if len(_BEGIN.findall(text)) != len(_BLOCK.findall(text)):
        raise _unmatched(text, path)
    if not _BLOCK.search(text):
        hint = "write <!-- report SUITE PART --> and <!-- end of report --> on lines of their own"
        raise MarkerError(path=path, cause="no place for a report is marked in it", hint=hint)
    return _BLOCK.sub(lambda match: _block(match, runs, text, path), text)


def new_document(rows: Sequence[Row]) -> str:
    """A whole page of Markdown with the parts of every suite, in blocks.

    What is of trained models alone is left out where a suite trains none.
    """
    return "".join(_pages(latest_run(rows)))


def _pages(runs: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    yield "# Results\n"
    for suite, run in runs.items():
        yield f"\n## Suite {suite}\n"
        for part, write in _parts_for(run):
            yield f"\n### {_TITLES[part]}\n" if part in _TITLES else ""
            yield f"\n<!-- report {suite} {part} -->\n{write(run)}{_END}\n"


def _parts_for(run: Sequence[Row]) -> Iterator[tuple[str, Callable[[Sequence[Row]], str]]]:
    trained = {table.key for table in ALL_TABLES if table.trained}
    left_out = trained if baseline_of(run) is None else set()
    yield from ((part, write) for part, write in PARTS.items() if part not in left_out)


def _block(match: re.Match[str], runs: Mapping[str, Sequence[Row]], text: str, path: str) -> str:
    suite, part = match["suite"], match["part"]
    line = text.count("\n", 0, match.start()) + 1
    for word, known, kind in ((suite, tuple(runs), "suite"), (part, tuple(PARTS), "part")):
        if word not in known:
            close = nearest(word, known)
            meant = f"did you mean {close!r}? " if close else ""
            raise MarkerError(
                path=path,
                line=line,
                cause=f"there is no {kind} {word!r} to report",
                hint=f"{meant}there are {', '.join(known) or 'none'}",
            )
    return f"<!-- report {suite} {part} -->\n{PARTS[part](runs[suite])}{_END}"


def _unmatched(text: str, path: str) -> MarkerError:
    whole = {match.start() for match in _BLOCK.finditer(text)}
    at = next(m.start() for m in _BEGIN.finditer(text) if m.start() not in whole)
    return MarkerError(
        path=path,
        line=text.count("\n", 0, at) + 1,
        cause="the marker is not <!-- report SUITE PART -->, or its block does not end",
        hint=f"end it with a line {_END}",
    )


def read_document(path: Path) -> str | None:
    """The text of a Markdown file; None where there is no such file.

    Raises:
        MarkerError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise MarkerError(path=str(path), cause=f"cannot be read ({error})") from error
