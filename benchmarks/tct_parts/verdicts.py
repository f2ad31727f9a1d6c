"""Whether the grammar's verdict is the schema's: on documents and on mutations.

jsonschema-rs judges, with formats off.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from recording import Recorder
from tct_parts.mutations import mutated
from tct_parts.task import Task
from wfgen.canonical import read_json
from wfgen.corpus.schema import is_schema_valid
from wfgen.evaluate.intervals import wilson_interval
from wfgen.report.rows import Row

__all__ = ["measure", "wrong_row"]

_MAX_NAMED = 20


def measure(task: Task, recorder: Recorder) -> Iterator[Row]:
    """Every document, and mutated ones."""
    accepts = task.shipped.accepts
    documents = [d.canonical for d in (*task.train, *task.valid)]
    named = ((f"document {n}", d) for n, d in enumerate(documents))
    yield from _judged("corpus", named, accepts, recorder)
    number = task.sized(10_000, 500)
    seeds = range(task.seed, task.seed + number)
    changed = ((f"mutation {seed}", mutated(documents, seed)) for seed in seeds)
    yield from _judged("mutations", changed, accepts, recorder)


def _judged(
    arm: str, documents: Iterable[tuple[str, bytes]], accepts: Any, recorder: Recorder
) -> Iterator[Row]:
    """Verdicts of the workflow grammar beside those of jsonschema-rs."""
    wrong: list[str] = []
    count = valid = 0
    for name, document in documents:
        expected = is_schema_valid(read_json(document))
        count, valid = count + 1, valid + expected
        if accepts(document) != expected:
            wrong.append(f"{name}: jsonschema-rs says {'valid' if expected else 'invalid'}")
    yield recorder.row(arm, "verdicts", count, "verdicts", count)
    yield recorder.row(
        arm, "schema-valid", valid / count, "share", count, interval=wilson_interval(valid, count)
    )
    yield wrong_row(arm, wrong, count, recorder)


def wrong_row(arm: str, wrong: list[str], count: int, recorder: Recorder) -> Row:
    """The row of verdicts that differ; the first of them are named in it."""
    named: dict[str, Any] = {"documents": wrong[:_MAX_NAMED]} if wrong else {}
    figure = "wrong-verdicts"
    return recorder.row(arm, figure, len(wrong), "verdicts", count, bar={"most": 0.0}, **named)
