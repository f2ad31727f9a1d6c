"""`wfgen evaluate`: judge workflows, whoever made them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

from attrs import asdict
from cyclopts import Parameter

from wfgen.api import Sample, Score
from wfgen.cli.console import cause_lines, print_line, print_table
from wfgen.cli.flags import AsJson
from wfgen.corpus.schema import workflow_schema_sha256
from wfgen.evaluate.figures import Failure, Figure
from wfgen.evaluate.judging import DEFAULT_EVALUATORS, judge
from wfgen.evaluate.samples import read_samples
from wfgen.registry import evaluator_entry

__all__ = ["evaluate"]


def evaluate(
    *,
    samples: Path,
    evaluator: Annotated[tuple[str, ...], Parameter(consume_multiple=True)] = (),
    corpus: str = "embedded",
    valid: str | None = None,
    seed: int = 0,
    as_json: AsJson = False,
) -> None:
    """Judge workflows by all evaluators, or by some.

    Parameters
    ----------
    samples
        A folder or a file (.yml .yaml .json .jsonl .jsonl.zst); what cannot be read counts as a
        sample that fails.
    evaluator
        Names, as `wfgen plugins` lists them; without any, the built-in ones and `lint-clean`.
    corpus
        What samples are compared with: their novelty with its training side, the values of their
        fields with its validation side. As `wfgen prepare` takes it.
    valid
        A ready validation side.
    seed
        Of the intervals.
    as_json
        Print one JSON object instead of tables.
    """
    for name in evaluator:
        evaluator_entry(name)
    found = read_samples(samples)
    settings = {"corpus": corpus, "valid": valid, "seed": seed}
    _show(found, judge(found, evaluator or DEFAULT_EVALUATORS, settings), as_json=as_json)


def _show(samples: Sequence[Sample], figures: Sequence[Figure], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(_as_json(samples, figures), indent=2))
        return
    print_line(f"{len(samples):,} samples; schema {workflow_schema_sha256()[:16]}")
    scores = [figure for figure in figures if isinstance(figure, Score)]
    print_table(("figure", "value", "unit", "95 %", "of"), _rows(scores))
    for score in scores:
        for line in cause_lines(score.causes, "see --json"):
            print_line(f"{score.name}: {line}")
    for figure in figures:
        if isinstance(figure, Failure):
            print_line(f"{figure.figure} has no score: {figure.error}")


def _rows(scores: Sequence[Score]) -> Iterator[tuple[str, str, str, str, int]]:
    for score in scores:
        for lead, each in (("", score), *(("  ", part) for part in score.parts)):
            ends = each.interval
            interval = f"{ends.low:.3g} to {ends.high:.3g}" if ends else ""
            yield lead + each.name, f"{each.value:.3g}", each.unit, interval, each.count


def _as_json(samples: Sequence[Sample], figures: Sequence[Figure]) -> dict[str, Any]:
    return {
        "samples": len(samples),
        "schema_sha256": workflow_schema_sha256(),
        "scores": [asdict(figure) for figure in figures if isinstance(figure, Score)],
        "failures": [asdict(figure) for figure in figures if isinstance(figure, Failure)],
    }
