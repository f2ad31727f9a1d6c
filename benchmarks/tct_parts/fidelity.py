"""What comes back, and in which mode a document is written."""

from __future__ import annotations

from collections.abc import Iterator

from recording import Recorder
from tct_parts.task import Task
from wfgen.canonical import read_json
from wfgen.corpus import Document
from wfgen.corpus.schema import is_schema_valid
from wfgen.evaluate.intervals import wilson_interval
from wfgen.report.rows import Row
from wfgen_tct.tokens.vocabulary import FREE

__all__ = ["measure"]

_MAX_NAMED = 20


def measure(task: Task, recorder: Recorder) -> Iterator[Row]:
    """The round trip and the mode of every document of both sides."""
    for arm, documents in (("validation side", task.valid), ("training side", task.train)):
        yield from _side(arm, documents, task, recorder)


def _side(
    arm: str, documents: tuple[Document, ...], task: Task, recorder: Recorder
) -> Iterator[Row]:
    tokenizer = task.shipped
    not_returned, wrong_mode, valid = [], [], 0
    for document in documents:
        ids = tokenizer.encode(document.canonical)
        if tokenizer.decode(ids) != document.canonical:
            not_returned.append(document.name)
        is_valid = is_schema_valid(read_json(document.canonical))
        valid += is_valid
        if (ids[0] == FREE) == is_valid:
            wrong_mode.append(document.name)
    yield recorder.row(arm, "documents", len(documents), "documents", len(documents))
    yield recorder.row(arm, "schema-valid", valid / len(documents), "share", len(documents))
    for figure, faults in (("round-trip-bytes", not_returned), ("right-mode", wrong_mode)):
        good, count = len(documents) - len(faults), len(documents)
        yield recorder.row(
            arm,
            figure,
            good / count,
            "share",
            count,
            interval=wilson_interval(good, count),
            bar={"least": 1.0},
            **({"documents": faults[:_MAX_NAMED]} if faults else {}),
        )
