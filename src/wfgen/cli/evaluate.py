"""`wfgen evaluate`: judge workflows, whoever made them, and models by those that they make."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from attrs import asdict, evolve, field, frozen
from cyclopts import Parameter

from wfgen.api import Constrainable, Sample, Score, Tokenizer
from wfgen.cli.console import cause_lines, print_line, print_table
from wfgen.cli.flags import AsJson
from wfgen.cli.generate import SAMPLING, Sampling, open_to_sample, tally
from wfgen.corpus.schema import workflow_schema_sha256
from wfgen.errors import SettingError
from wfgen.evaluate.figures import Failure, Figure
from wfgen.evaluate.judging import DEFAULT_EVALUATORS, asks_model, judge
from wfgen.evaluate.samples import held_out_samples, read_samples
from wfgen.registry import evaluator_entry

if TYPE_CHECKING:
    from wfgen.generate import GenerateConfig
    from wfgen.runs import Run

__all__ = ["evaluate"]

_TOP_P = 0.95
_FREE, _CONSTRAINED = "bits-per-byte", "constrained-bits-per-byte"


def evaluate(
    *,
    samples: Path | None = None,
    checkpoint: Path | None = None,
    evaluator: Annotated[tuple[str, ...], Parameter(consume_multiple=True)] = (),
    num_samples: Annotated[int, Parameter(name=["--num-samples", "-n"])] = 100,
    corpus: str = "embedded",
    valid: str | None = None,
    sampling: Sampling = SAMPLING,
    as_json: AsJson = False,
) -> None:
    """Judge workflows, or a model by workflows that it makes and by those that it never saw.

    Parameters
    ----------
    samples
        A folder, a saved dataset or a file (.yml .yaml .json .jsonl .jsonl.zst .parquet); what
        cannot be read counts as a sample that fails.
    checkpoint
        A run that `wfgen train` wrote, or one of its checkpoints: it generates what is judged, and
        is asked for bits per byte of the corpus' validation side. Beside samples, it is asked for
        those of the samples.
    evaluator
        Names, as `wfgen plugins` lists them; without any, the built-in ones and `lint-clean`, and
        of a checkpoint bits per byte, constrained too where there is a constraint.
    num_samples
        How many to generate.
    corpus
        What samples are compared with: their novelty with its training side, the values of their
        fields with its validation side. As `wfgen prepare` takes it.
    valid
        A ready validation side.
    sampling
        How documents are drawn, top_p 0.95 where it is not given; the seed is of the intervals too,
        and engine and schema of constrained bits per byte.
    as_json
        Print one JSON object instead of tables.
    """
    settings = {"corpus": corpus, "valid": valid, "checkpoint": checkpoint, **asdict(sampling)}
    if samples is not None:
        _refuse_idle(checkpoint, evaluator)
        found = read_samples(samples)
        figures = judge(found, evaluator or DEFAULT_EVALUATORS, settings)
        report = _Report(samples=found, checkpoint=checkpoint, figures=figures)
    elif checkpoint is not None:
        report = _judge_run(checkpoint, evaluator, num_samples, sampling, settings)
    else:
        raise SettingError(
            name="samples",
            cause="there is nothing to judge",
            hint="name workflows by --samples, or a run that wfgen train wrote by --checkpoint",
        )
    _show(report, as_json=as_json)


def _refuse_idle(checkpoint: Path | None, evaluators: Sequence[str]) -> None:
    """Refuse a checkpoint that nothing would ask, and a name that is unknown."""
    is_asked = [asks_model(name) for name in evaluators]
    if checkpoint is not None and not any(is_asked):
        raise SettingError(
            name="checkpoint",
            cause="there are samples to judge, and no evaluator that asks a model is named",
            hint=f"leave --samples or --checkpoint out, or add --evaluator {_FREE}",
        )


# A model ----------------------------------------------------------------------------------------


def _judge_run(
    checkpoint: Path,
    evaluators: Sequence[str],
    num_samples: int,
    sampling: Sampling,
    settings: Mapping[str, Any],
) -> _Report:
    for name in evaluators:
        evaluator_entry(name)
    if sampling.top_p is None:
        sampling = evolve(sampling, top_p=_TOP_P)
    run, config = open_to_sample(checkpoint, num_samples, sampling)
    names = evaluators or _of_run(run.tokenizer, sampling.engine)
    asking = list(filter(asks_model, names))
    drawn = _draw(run, config) if len(asking) < len(names) else []
    held_out = held_out_samples(settings["corpus"], settings["valid"]) if asking else []
    figures = [
        figure
        for name in names
        for figure in judge(held_out if name in asking else drawn, [name], settings)
    ]
    return _Report(samples=drawn, held_out=held_out, checkpoint=checkpoint, figures=figures)


def _of_run(tokenizer: Tokenizer, engine: str | None) -> tuple[str, ...]:
    has_constraint = engine is not None or isinstance(tokenizer, Constrainable)
    return (*DEFAULT_EVALUATORS, _FREE, *((_CONSTRAINED,) if has_constraint else ()))


def _draw(run: Run, config: GenerateConfig) -> list[Sample]:
    """Documents in the order of their numbers, whatever the batch."""
    from wfgen.generate import generate  # noqa: PLC0415  torch

    found = []
    with tally(config.num_samples, has_bar=True) as count:
        for one in generate(
            run.model, run.tokenizer, config, context=run.context, states=run.states()
        ):
            found.append(one)
            count(one)
    return [one.sample for one in sorted(found, key=lambda one: one.index)]


# What is printed --------------------------------------------------------------------------------


@frozen(kw_only=True)
class _Report:
    """What was judged, and what came of it.

    Attributes:
        samples: those read, or generated.
        held_out: documents that a model was asked about.
        checkpoint: whose; None where no model was asked.
        figures: in the order of the evaluators.
    """

    samples: Sequence[Sample]
    held_out: Sequence[Sample] = ()
    checkpoint: Path | None
    figures: Sequence[Figure] = field(repr=False)

    @property
    def scores(self) -> list[Score]:
        return [figure for figure in self.figures if isinstance(figure, Score)]

    @property
    def failures(self) -> list[Failure]:
        return [figure for figure in self.figures if isinstance(figure, Failure)]


def _show(report: _Report, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(_as_json(report), indent=2))
        return
    print_line(_heading(report))
    print_table(("figure", "value", "unit", "95 %", "of"), _rows(report.scores))
    for score in report.scores:
        for line in cause_lines(score.causes, "see --json"):
            print_line(f"{score.name}: {line}")
    for failure in report.failures:
        print_line(f"{failure.figure} has no score: {failure.error}")


def _heading(report: _Report) -> str:
    parts = [f"{len(report.samples):,} samples"]
    if report.held_out:
        parts.append(f"{len(report.held_out):,} held-out documents")
    if report.checkpoint is not None:
        parts.append(f"model {report.checkpoint}")
    return "; ".join([*parts, f"schema {workflow_schema_sha256()[:16]}"])


def _rows(scores: Sequence[Score]) -> Iterator[tuple[str, str, str, str, int]]:
    for score in scores:
        for lead, each in (("", score), *(("  ", part) for part in score.parts)):
            ends = each.interval
            interval = f"{ends.low:.3g} to {ends.high:.3g}" if ends else ""
            yield lead + each.name, f"{each.value:.3g}", each.unit, interval, each.count


def _as_json(report: _Report) -> dict[str, Any]:
    return {
        "samples": len(report.samples),
        "held_out": len(report.held_out),
        "checkpoint": None if report.checkpoint is None else str(report.checkpoint),
        "schema_sha256": workflow_schema_sha256(),
        "scores": [asdict(score) for score in report.scores],
        "failures": [asdict(failure) for failure in report.failures],
    }
