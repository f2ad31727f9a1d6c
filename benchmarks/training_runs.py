"""Rows of runs that `wfgen train` made: the curve, the last figures, the speed.

    python benchmarks/training_runs.py --run RUN --run OTHER

The figures are those of the run's own `metrics.jsonl`, so that a run of hours need not be made
again to be quoted. Arms are called by their tokenizers.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import cyclopts
from cyclopts import Parameter

from recording import Recorder, tell
from wfgen.errors import WfgenError
from wfgen.report.provenance import provenance
from wfgen.report.rows import Row, append_rows, probe_rows
from wfgen.report.terminal import one_line
from wfgen.runs.metrics import read_metrics
from wfgen.runs.opening import find_checkpoint, read_config
from wfgen.store import TokenStore

SUITE = "training"
RESULTS = Path(__file__).parent / "results" / "training.jsonl"
_BITS = "bits-per-byte"
_POINT = ("step", "documents", "tokens", "flops", "seconds")

app = cyclopts.App(name="training_runs", help=__doc__)


@app.default
def main(
    *, run: Annotated[tuple[Path, ...], Parameter(negative="")], results: Path = RESULTS
) -> None:
    """Read runs, and add their figures to the results.

    Parameters
    ----------
    run
        A run directory; may be given several times.
    results
        The file to add rows to.
    """
    probe_rows(results)
    about = provenance()
    rows = [row for each in run for row in _rows(each, about)]
    for row in rows:
        tell(row)
    append_rows(results, rows)


def _rows(run: Path, about: Mapping[str, Any]) -> Iterator[Row]:
    checkpoint, config = find_checkpoint(run, "last"), read_config(run)
    store = TokenStore.open(config["data"])
    configuration = {**config, "data": Path(config["data"]).name, "out": run.name}
    configuration["tokenizer"] = dict(checkpoint.tokenizer)
    corpus = store.manifest.body["corpus"]
    recorder = Recorder(
        suite=SUITE,
        seed=config["seed"],
        about={**about, "corpus": corpus, "configuration": configuration},
    )
    arm, records = checkpoint.tokenizer["name"], read_metrics(run)
    scored = [record for record in records if "bits_per_byte" in record]
    for record in scored:
        at = {name: record[name] for name in _POINT}
        count = record["valid_documents"]
        is_last = record is records[-1]
        figure = _BITS if is_last else f"{_BITS}-curve"
        yield recorder.row(arm, figure, record["bits_per_byte"], "bits/byte", count, at=at)
    last = records[-1]
    for figure, value, unit in (
        ("loss", last["valid_loss"], "nats/token"),
        ("train-seconds", last["seconds"], "s"),
        ("train-documents", last["documents"], "documents"),
        ("train-flops", last["flops"], "FLOP"),
        ("train-tokens-per-second", last["tokens"] / last["seconds"], "tokens/s"),
        ("train-documents-per-second", last["documents"] / last["seconds"], "documents/s"),
    ):
        yield recorder.row(arm, figure, value, unit, last["step"])


if __name__ == "__main__":
    try:
        app()
    except WfgenError as error:
        sys.exit(f"training_runs: {one_line(str(error))}")
