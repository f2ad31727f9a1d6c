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
from cyclopts import Parameter

from comparison import Trained, note, read_corpus, show, train_and_compare
from suites import SUITES, TRAINED, Suite
from wfgen.corpus import Corpus
from wfgen.errors import WfgenError
from wfgen.evaluate.contenders import Contender, FailedArm, prepare_contenders
from wfgen.evaluate.intrinsic import measure_intrinsic
from wfgen.prepare.engine import num_cores
from wfgen.report.files import probe_file
from wfgen.report.inspector import choose_documents, exhibit
from wfgen.report.page import render_page
from wfgen.report.provenance import provenance
from wfgen.report.rows import Row, append_rows, arm_rows, probe_rows
from wfgen.report.terminal import one_line

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
    read = read_corpus(suite.corpus)
    probe_rows(results)
    probe_file(page)
    contenders = list(prepare_contenders(suite.contenders, read, report=note))
    rows = measure(suite, read, contenders)
    append_rows(results, rows)
    note("drawing the page")
    shown = exhibit(contenders, choose_documents(read.valid))
    show(rows, render_page(rows, shown), results, page)


def measure(suite: Suite, corpus: Corpus, contenders: Sequence[Contender | FailedArm]) -> list[Row]:
    """The rows of one run."""
    found = measure_intrinsic(
        contenders,
        corpus.valid,
        seed=suite.seed,
        speed=suite.speed,
        limits=suite.corpus.limits,
        report=note,
    )
    about = provenance(
        seed=suite.seed, corpus=corpus.describe(), configuration=suite.configuration()
    )
    return [
        row
        for result in found
        for row in arm_rows(result, suite=suite.name, seed=suite.seed, provenance=about)
    ]


if __name__ == "__main__":
    try:
        app()
    except WfgenError as error:
        sys.exit(f"compare_tokenizers: {one_line(str(error))}")
