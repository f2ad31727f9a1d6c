"""What issue 3 asks of TCT, measured part by part: figures into a file of rows.

    python benchmarks/tct.py --corpus FOLDER --suite-folder FOLDER
    python benchmarks/tct.py --corpus FOLDER --only masks --only speed --scale quick

Every part is a suite of its own, `tct-PART`, so that its last run is told from the others; it is
added as soon as it is measured. `--resume` leaves out parts that this very code has measured on
this corpus. A figure that fails is a row with its error.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from recording import Recorder, tell
from tct_parts import PARTS
from tct_parts.task import Scale, Task
from wfgen.errors import SettingError, WfgenError, name_hint
from wfgen.report.rows import Row, append_rows, latest_run, probe_rows, read_rows
from wfgen.report.terminal import one_line

ROOT = Path(__file__).resolve().parents[1]

app = cyclopts.App(name="tct", help=__doc__)


@app.default
def main(  # noqa: PLR0913  a command has as many options as it has
    *,
    corpus: str,
    suite_folder: Path | None = None,
    only: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    scale: Scale = "full",
    seed: int = 0,
    workers: int = 2,
    resume: Annotated[bool, Parameter(negative="")] = False,
    results: Path | None = None,
) -> None:
    """Run some parts, or all.

    Parameters
    ----------
    corpus
        A folder with workflows-train.jsonl.zst and workflows-valid.jsonl.zst.
    suite_folder
        The public test suite of JSON Schema: a folder that holds tests/draft7.
    only
        A part; may be given several times.
    scale
        full for the record; quick takes little of everything, and has fewer bars.
    seed
        Of mutations, walks and intervals.
    workers
        Processes for walks.
    resume
        Leave out parts whose rows are there already, of the same code, corpus and settings.
    results
        The file to add rows to; benchmarks/results/tct.jsonl, at the quick scale runs/tct.jsonl.
    """
    names = _chosen(only)
    if results is None:
        results = ROOT / ("benchmarks/results" if scale == "full" else "runs") / "tct.jsonl"
    probe_rows(results)
    task = Task(
        corpus_path=corpus, suite_folder=suite_folder, scale=scale, seed=seed, workers=workers
    )
    try:
        for name in names:
            _run(name, task, results, resume=resume)
    finally:
        shutil.rmtree(task.scratch, ignore_errors=True)


def _chosen(only: Sequence[str]) -> Sequence[str]:
    for name in only:
        if name not in PARTS:
            cause, hint = f"there is no part {name!r}", name_hint(name, PARTS)
            raise SettingError(name="only", cause=cause, hint=hint)
    return [name for name in PARTS if name in only or not only]


def _run(name: str, task: Task, results: Path, *, resume: bool) -> None:
    recorder = task.recorder(name)
    if resume and results.exists() and _is_there(recorder, read_rows(results)):
        print(f"== {name}: its rows are there", flush=True)
        return
    print(f"== {name}", flush=True)
    began, rows = time.monotonic(), []
    try:
        for row in PARTS[name](task, recorder):
            rows.append(row)
            tell(row)
    except Exception as error:  # a part that breaks off is a row too, and no end of the others
        rows.append(recorder.failure(name, error))
        tell(rows[-1])
    append_rows(results, rows)
    print(f"== {name}: {len(rows)} rows in {time.monotonic() - began:,.0f} s", flush=True)


def _is_there(recorder: Recorder, rows: Sequence[Row]) -> bool:
    """Whether the part's last run was of the same code and the same data, and did not fail."""
    last = latest_run(rows).get(recorder.suite)
    if not last or any(row.arm == recorder.suite.removeprefix("tct-") for row in last):
        return False
    known = last[0].provenance
    same = ("configuration", "corpus", "versions", "seed")
    return all(known.get(key) == recorder.about[key] for key in same)


if __name__ == "__main__":
    try:
        app()
    except WfgenError as error:
        sys.exit(f"tct: {one_line(str(error))}")
