"""Learning, opening and compiling, each in fresh processes."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from recording import Recorder
from tct_parts.task import ChildError, Task, ask_child
from wfgen.report.rows import Row

__all__ = ["measure"]

_ARM = "tct-8192"
_MEGABYTE = 1e6


def measure(task: Task, recorder: Recorder) -> Iterator[Row]:
    """Learning 8,192 entries, opening the shipped artefact, compiling the workflow schema."""
    parts = {
        "learn-seconds": _learning,
        "open-seconds": _opening,
        "compile-seconds": _compiling,
    }
    for figure, part in parts.items():
        try:
            yield from part(task, recorder)
        except ChildError as error:
            yield recorder.failure(_ARM, str(error), figure)


def _learning(task: Task, recorder: Recorder) -> Iterator[Row]:
    train = task.write("to-learn.jsonl", task.train)
    runs = [
        ask_child("learn", documents=str(train), out=str(task.scratch / f"learned-{n}"))
        for n in range(2)
    ]
    arm, count = _ARM, len(task.train)
    seconds, peak = max(r["seconds"] for r in runs), max(r["peak_bytes"] for r in runs)
    yield recorder.row(arm, "vocabulary-size", runs[0]["vocab_size"], "entries", 1)
    yield recorder.row(arm, "learn-seconds", seconds, "s", count, bar={"most": 60.0})
    memory = peak / _MEGABYTE
    yield recorder.row(arm, "learn-peak-memory", memory, "MB", count, bar={"most": 2000.0})
    same = float(runs[0]["sha256"] == runs[1]["sha256"])
    yield recorder.row(arm, "same-bytes", same, "share", len(runs), bar={"least": 1.0})
    if task.scale == "full":
        as_shipped = float(all(run["is_as_shipped"] for run in runs))
        yield recorder.row(arm, "as-shipped", as_shipped, "share", len(runs), bar={"least": 1.0})


def _opening(task: Task, recorder: Recorder) -> Iterator[Row]:
    runs = [ask_child("open_shipped") for _ in range(task.sized(5, 3))]
    count = len(runs)
    spent = median(run["open"] for run in runs)
    yield recorder.row(_ARM, "open-seconds", spent, "s", count, bar={"most": 0.2})
    spent = median(run["first"] for run in runs)
    yield recorder.row(_ARM, "first-document-seconds", spent, "s", count)
    spent = median(run["imports"] for run in runs)
    yield recorder.row(_ARM, "import-seconds", spent, "s", count)
    size = runs[0]["num_bytes"] / _MEGABYTE
    yield recorder.row(_ARM, "artefact-megabytes", size, "MB", 1, bar={"most": 2.0})


def _compiling(task: Task, recorder: Recorder) -> Iterator[Row]:
    runs = [ask_child("compile_workflows") for _ in range(task.sized(5, 3))]
    spent = median(run["seconds"] for run in runs)
    yield recorder.row(_ARM, "compile-seconds", spent, "s", len(runs), bar={"most": 3.0})
