"""Compare tokenizers: figures into a file of rows, tables on the terminal, pictures on a page.

    python benchmarks/compare_tokenizers.py --suite quick
    python benchmarks/compare_tokenizers.py --suite real --corpus FOLDER --contender my-tokenizer
    python benchmarks/compare_tokenizers.py --suite cpu --corpus FOLDER

A contender is a registry name, the directory of an artefact, or an arm of the suite. One that
fails is a row with its error.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import cyclopts
from attrs import frozen
from cyclopts import Parameter

from suites import SUITES, TRAINED, Suite, TrainedSuite
from wfgen.artefacts import replace_file
from wfgen.corpus import Corpus, CorpusSpec, load_corpus
from wfgen.errors import SettingError, WfgenError
from wfgen.evaluate.contenders import Contender, FailedArm, prepare_contenders
from wfgen.evaluate.intrinsic import measure_intrinsic
from wfgen.prepare.engine import num_cores
from wfgen.report.files import probe_file
from wfgen.report.inspector import choose_documents, exhibit
from wfgen.report.page import render_page
from wfgen.report.provenance import provenance
from wfgen.report.rows import Row, append_rows, arm_rows, probe_rows
from wfgen.report.terminal import one_line, print_report, while_read

ROOT = Path(__file__).resolve().parents[1]

app = cyclopts.App(name="compare_tokenizers", help=__doc__)


@app.default
def main(  # noqa: PLR0913
    *,
    suite: Literal["quick", "real", "cpu", "gpu"] = "quick",
    corpus: str | None = None,
    valid: str | None = None,
    contender: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    only: Annotated[bool, Parameter(negative="")] = False,
    out: Path | None = None,
    results: Path | None = None,
    work: Path | None = None,
    workers: int | None = None,
    minutes: float | None = None,
) -> None:
    """Run one suite.

    Parameters
    ----------
    suite
        Which: `quick` and `real` measure tokenizers, `cpu` and `gpu` train models with them.
    corpus
        A folder or file of workflows instead of the suite's own.
    valid
        A ready validation side; without it the corpus is split by owner.
    contender
        Beside the suite's own; may be given several times.
    only
        Leave out the suite's own, but for those that --contender names and the one that ratios are
        to.
    out
        The page to write; runs/compare-SUITE.html where it is not given.
    results
        The file to add rows to; benchmarks/results/SUITE.jsonl where it is not given.
    work
        Of trained suites: the folder of data, models and samples; runs/SUITE where it is not given.
        One that was begun is gone on with.
    workers
        Of trained suites: jobs at once; one for each core where it is not given.
    minutes
        Of trained suites: begin no job after so many; the same command goes on another time.
    """
    results = results or ROOT / "benchmarks" / "results" / f"{suite}.jsonl"
    page = out or ROOT / "runs" / f"compare-{suite}.html"
    if suite in TRAINED:
        chosen = TRAINED[suite](corpus, valid).with_contenders(contender, only=only)
        task = Trained(chosen, results, page, work or ROOT / "runs" / suite)
        train_and_compare(task, workers or num_cores(), minutes)
    else:
        compare(SUITES[suite](corpus, valid).with_contenders(contender, only=only), results, page)


def compare(suite: Suite, results: Path, page: Path) -> None:
    """Measure tokenizers alone."""
    read = _read(suite.corpus)
    probe_rows(results)
    probe_file(page)
    contenders = list(prepare_contenders(suite.contenders, read, report=_tell))
    rows = measure(suite, read, contenders)
    append_rows(results, rows)
    _tell("drawing the page")
    shown = exhibit(contenders, choose_documents(read.valid))
    _show(rows, render_page(rows, shown), results, page)


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

    read = _read(task.suite.corpus)
    probe_rows(task.results)
    probe_file(task.page)
    place, rows, is_done = run_suite(
        task.suite,
        read,
        work=task.work,
        results=task.results,
        workers=workers,
        minutes=minutes,
        report=_tell,
    )
    if not rows:
        return
    _tell("drawing the page")
    contenders = list(place.contenders(read))
    shown = exhibit(contenders, choose_documents(read.valid))
    _show(rows, render_page(rows, shown, samples_to_read(place)), task.results, task.page)
    if not is_done:
        _tell("jobs are left, or failed; the same command goes on")


def _show(rows: Sequence[Row], html: str, results: Path, page: Path) -> None:
    replace_file(page, html)
    with while_read():
        print_report(rows)
        print(f"\n{len(rows):,} rows of this comparison lie in {results.resolve()}")
        print(f"The page with the pictures lies at {page.resolve()}")


def measure(suite: Suite, corpus: Corpus, contenders: Sequence[Contender | FailedArm]) -> list[Row]:
    """The rows of one run."""
    found = measure_intrinsic(
        contenders,
        corpus.valid,
        seed=suite.seed,
        speed=suite.speed,
        limits=suite.corpus.limits,
        report=_tell,
    )
    about = provenance(
        seed=suite.seed, corpus=corpus.describe(), configuration=suite.configuration()
    )
    return [
        row
        for result in found
        for row in arm_rows(result, suite=suite.name, seed=suite.seed, provenance=about)
    ]


def _read(spec: CorpusSpec) -> Corpus:
    _tell("reading the corpus")
    corpus = load_corpus(spec)
    if not corpus.valid:
        raise SettingError(
            name="corpus",
            cause=f"none of its {len(corpus.train):,} documents is held out to be measured",
            hint="give a larger corpus, or a validation side with --valid",
        )
    return corpus


def _tell(line: str) -> None:
    print(f"... {one_line(line)}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        app()
    except WfgenError as error:
        sys.exit(f"compare_tokenizers: {one_line(str(error))}")
