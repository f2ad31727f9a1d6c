"""The schemas that check-jsonschema ships: compiled each in a fresh process, with its time."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from recording import Recorder
from tct_parts.task import ChildError, Task, ask_child
from wfgen.report.rows import Row

__all__ = ["measure", "shipped_schemas"]

_FOLDER = "check_jsonschema/builtin_schemas/vendor"
_SECONDS = 120.0


def shipped_schemas() -> list[Path]:
    """The files, by name."""
    folder = Path(str(metadata.distribution("check-jsonschema").locate_file(_FOLDER)))
    return sorted(folder.glob("*.json"))


def measure(task: Task, recorder: Recorder) -> Iterator[Row]:
    """One arm a schema, and one for all of them."""
    files = shipped_schemas()
    files = files[:: task.sized(1, 6)]
    answers: dict[str, dict[str, Any]] = {}
    for file in files:
        try:
            answer = _compile(file, task)
        except ChildError as error:
            yield recorder.failure(file.stem, str(error))
            continue
        if answer["refused"]:
            yield recorder.failure(file.stem, answer["refused"])
            continue
        answers[file.stem] = answer
        yield from _figures(file.stem, answer, recorder)
    yield from _summary(answers, len(files), task, recorder)


def _compile(file: Path, task: Task) -> dict[str, Any]:
    number = task.sized(50, 5)
    return ask_child(
        "compile_and_walk", path=str(file), num_walks=number, seed=task.seed, timeout=_SECONDS
    )


def _summary(
    answers: dict[str, dict[str, Any]], num_files: int, task: Task, recorder: Recorder
) -> Iterator[Row]:
    arm, share = "all, the slowest", len(answers) / num_files
    yield recorder.row(arm, "compiled-exactly", share, "share", num_files)
    bar = {"least": 20.0} if task.scale == "full" else None
    names = list(answers)
    yield recorder.row(
        arm, "schemas-compiled", len(answers), "schemas", num_files, bar=bar, names=names
    )
    if answers:
        slowest = max(answer["seconds"] for answer in answers.values())
        bar = {"most": 20.0}
        yield recorder.row(arm, "compile-seconds", slowest, "s", len(answers), bar=bar)


def _figures(arm: str, answer: dict[str, Any], recorder: Recorder) -> Iterator[Row]:
    yield recorder.row(arm, "compiled-exactly", 1.0, "share", 1)
    seconds = answer["seconds"]
    yield recorder.row(arm, "compile-seconds", seconds, "s", 1)
    yield recorder.row(arm, "alphabet-size", answer["num_symbols"], "symbols", 1)
    walks, valid = int(answer["walks"]), answer["valid"]
    if answer["error"]:
        yield recorder.failure(arm, str(answer["error"]), "walks-valid")
    else:
        bar = {"least": 1.0}
        yield recorder.row(arm, "walks-valid", valid / walks, "share", walks, bar=bar)
