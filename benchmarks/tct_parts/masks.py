"""Masks and advances along real valid documents, beside llguidance and xgrammar over trained BPE.

Each engine has a fresh process and makes two passes over the same documents: the first with all
that it builds as it goes, which the bars are for, and the second. Of TCT, the steps of the first
pass that build something are also told apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

from recording import Recorder
from tct_parts.task import ChildError, Task, ask_child
from wfgen.api import TrainingRequest
from wfgen.corpus import Document
from wfgen.evaluate.intervals import wilson_interval
from wfgen.registry import tokenizer_entry
from wfgen.report.rows import Row

__all__ = ["ENGINES", "measure"]

ENGINES = ("tct", "llguidance", "xgrammar")
_BARS = {"mask-p50": 10.0, "mask-p99": 300.0, "advance-p50": 10.0, "advance-p99": 300.0}


def measure(task: Task, recorder: Recorder) -> Iterator[Row]:
    """One arm an engine."""
    chosen = _chosen(task)
    documents = task.write("to-mask.jsonl", chosen)
    invalid = tuple(d for d in task.valid if d not in task.schema_valid)
    others = task.write("invalid.jsonl", invalid)
    vocabulary = _bpe(task)
    for engine in ENGINES:
        try:
            answer = ask_child(
                "time_masks",
                engine=engine,
                documents=str(documents),
                invalid=str(others),
                vocabulary=str(vocabulary),
            )
        except ChildError as error:
            yield recorder.failure(engine, str(error))
            continue
        has_bars = engine == "tct" and task.scale == "full"
        yield from _figures(engine, answer, len(chosen), len(invalid), recorder, has_bars)


def _chosen(task: Task) -> tuple[Document, ...]:
    documents = list(task.schema_valid)
    if task.scale == "quick":
        documents = Random(task.seed).sample(documents, min(20, len(documents)))
    return tuple(documents)


def _bpe(task: Task) -> Path:
    """Byte-level BPE of the same size, learned from the same documents."""
    train = tokenizer_entry("bpe").train
    assert train is not None
    request = TrainingRequest(
        documents=lambda: (document.canonical for document in task.train),
        vocab_size=8192 if task.scale == "full" else 2048,
    )
    directory = task.scratch / "bpe"
    train(request).save(directory)  # type: ignore[attr-defined]
    return directory


def _figures(  # noqa: PLR0913, PLR0917
    arm: str,
    answer: dict[str, float],
    num_valid: int,
    num_invalid: int,
    recorder: Recorder,
    has_bars: bool,
) -> Iterator[Row]:
    for figure, value in answer["microseconds"].items():  # type: ignore[attr-defined]
        steps = int(answer["steps"][figure.rpartition("-")[0]])  # type: ignore[index]
        bar = {"most": _BARS[figure]} if has_bars and figure in _BARS else None
        yield recorder.row(arm, figure, value, "us", steps, bar=bar)
    refused = int(answer["refused"])
    yield recorder.row(
        arm,
        "valid-refused",
        refused / num_valid,
        "share",
        num_valid,
        interval=wilson_interval(refused, num_valid),
        causes=answer["causes"],
    )
    if num_invalid:
        accepted = num_invalid - int(answer["invalid_refused"])
        yield recorder.row(arm, "invalid-accepted", accepted / num_invalid, "share", num_invalid)
    yield recorder.row(arm, "making-seconds", answer["seconds"], "s", 1)
    notes = answer["notes"]
    yield recorder.row(arm, "schema-changes", len(notes), "changes", 1, notes=notes)  # type: ignore[arg-type]
    looser = sum(bool(note[1]) for note in notes)  # type: ignore[attr-defined]
    yield recorder.row(arm, "schema-looser", looser, "changes", 1)
