"""Compare tokenizers: figures into a file of rows, tables on the terminal, pictures on a page.

    python benchmarks/compare_tokenizers.py --suite quick
    python benchmarks/compare_tokenizers.py --suite real --corpus FOLDER --contender my-tokenizer

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

from suites import SUITES, Suite
from wfgen.artefacts import replace_file
from wfgen.corpus import Corpus, load_corpus
from wfgen.errors import SettingError, WfgenError
from wfgen.evaluate.contenders import Contender, FailedArm, prepare_contenders
from wfgen.evaluate.intrinsic import measure_intrinsic
from wfgen.report.files import probe_file
from wfgen.report.inspector import choose_documents, exhibit
from wfgen.report.page import render_page
from wfgen.report.provenance import provenance
from wfgen.report.rows import Row, append_rows, arm_rows, probe_rows
from wfgen.report.terminal import one_line, print_report, while_read

ROOT = Path(__file__).resolve().parents[1]

app = cyclopts.App(name="compare_tokenizers", help=__doc__)


@app.default
def main(  # noqa: PLR0913  a command has as many options as it has
    *,
    suite: Literal["quick", "real"] = "quick",
    corpus: str | None = None,
    valid: str | None = None,
    contender: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    only: Annotated[bool, Parameter(negative="")] = False,
    out: Path | None = None,
    results: Path | None = None,
) -> None:
    """Run one suite.

    Parameters
    ----------
    suite
        Which.
    corpus
        A folder or file of workflows instead of the suite's own.
    valid
        A ready validation side; without it the corpus is split by owner.
    contender
        Beside the suite's own; may be given several times.
    only
        Leave out the suite's own, but for those that --contender names and for o200k_base.
    out
        The page to write; runs/compare-SUITE.html where it is not given.
    results
        The file to add rows to; benchmarks/results/SUITE.jsonl where it is not given.
    """
    chosen = SUITES[suite](corpus, valid).with_contenders(contender, only=only)
    read = _read(chosen)
    results = results or ROOT / "benchmarks" / "results" / f"{suite}.jsonl"
    page = out or ROOT / "runs" / f"compare-{suite}.html"
    probe_rows(results)
    probe_file(page)
    contenders = list(prepare_contenders(chosen.contenders, read, report=_tell))
    rows = measure(chosen, read, contenders)
    append_rows(results, rows)
    _tell("drawing the page")
    replace_file(page, render_page(rows, exhibit(contenders, choose_documents(read.valid))))
    with while_read():
        print_report(rows)
        print(f"\n{len(rows):,} rows added to {results.resolve()}")
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


def _read(suite: Suite) -> Corpus:
    _tell("reading the corpus")
    corpus = load_corpus(suite.corpus)
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
