"""What every comparison does: read the corpus, say what goes on, show what was found."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from suites import TrainedSuite
from wfgen.artefacts import replace_file
from wfgen.corpus import Corpus, CorpusSpec, load_corpus
from wfgen.errors import SettingError
from wfgen.report.files import probe_file
from wfgen.report.inspector import choose_documents, exhibit
from wfgen.report.page import render_page
from wfgen.report.rows import Row, probe_rows
from wfgen.report.terminal import one_line, print_report, while_read

__all__ = ["Trained", "note", "read_corpus", "show", "train_and_compare"]


def read_corpus(spec: CorpusSpec) -> Corpus:
    """The corpus of a suite, held-out documents among it."""
    note("reading the corpus")
    corpus = load_corpus(spec)
    if not corpus.valid:
        raise SettingError(
            name="corpus",
            cause=f"none of its {len(corpus.train):,} documents is held out to be measured",
            hint="give a larger corpus, or a validation side with --valid",
        )
    return corpus


def note(line: str) -> None:
    """Say on stderr what is done."""
    print(f"... {one_line(line)}", file=sys.stderr, flush=True)


@frozen
class Trained:
    """A suite of trained models, and where its rows, its page and its work go."""

    suite: TrainedSuite
    results: Path
    page: Path
    work: Path


def train_and_compare(task: Trained, workers: int, minutes: float | None) -> None:
    """Do what is left of a suite of trained models, and show what is there."""
    # torch is needed for these suites alone.
    from trained import run_suite, samples_to_read  # noqa: PLC0415

    read = read_corpus(task.suite.corpus)
    probe_rows(task.results)
    probe_file(task.page)
    place, rows, is_done = run_suite(
        task.suite,
        read,
        work=task.work,
        results=task.results,
        workers=workers,
        minutes=minutes,
        report=note,
    )
    if not rows:
        return
    note("drawing the page")
    contenders = list(place.contenders(read))
    shown = exhibit(contenders, choose_documents(read.valid))
    show(rows, render_page(rows, shown, samples_to_read(place)), task.results, task.page)
    if not is_done:
        note("jobs are left, or failed; the same command goes on")


def show(rows: Sequence[Row], html: str, results: Path, page: Path) -> None:
    """Write the page, and print the tables."""
    replace_file(page, html)
    with while_read():
        print_report(rows)
        print(f"\n{len(rows):,} rows of this comparison lie in {results.resolve()}")
        print(f"The page with the pictures lies at {page.resolve()}")
