"""Lets trained weights write documents, from nothing and from prompts, and judges them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from attrs import evolve, frozen

from suites.trained import TrainedSuite
from trained.jobs import Write
from trained.judging import held_out, judge_samples, real_samples
from trained.records import JobRecorder
from trained.workplace import Workplace
from wfgen.api import Constraint, Sample
from wfgen.artefacts import replace_file
from wfgen.corpus import CorpusSpec
from wfgen.errors import CapabilityError, ConstraintError, SettingError, WfgenError
from wfgen.evaluate.judges.likelihood import ConstrainedBitsPerByte
from wfgen.evaluate.judging import DEFAULT_EVALUATORS
from wfgen.generate import GenerateConfig, Prompt, generate, prompt_json
from wfgen.generate.starting import find_constraint
from wfgen.report.rows import Row
from wfgen.runs import Run, open_run
from wfgen.store import TokenStore

__all__ = ["read_kept", "write"]

PROMPTED = "prompts"


# Writing ----------------------------------------------------------------------------------------


@frozen(kw_only=True)
class _Writer:
    """An arm's weights, and what they are held to."""

    job: Write
    run: Run
    constraint: Constraint | None
    suite: TrainedSuite
    limit: int

    def config(self, temperature: float, samples: int) -> GenerateConfig:
        """How documents are drawn."""
        return GenerateConfig(
            num_samples=samples,
            temperature=temperature,
            top_p=self.suite.writing.top_p,
            seed=self.job.seed,
            max_tokens=self.limit,
            constrain=self.job.guide.constrain,
            engine=self.job.guide.engine,
        )

    def draw(self, config: GenerateConfig, prompt: Prompt) -> Iterator[Sample]:
        """Documents that begin with a prompt, in their order."""
        found = generate(
            self.run.model,
            self.run.tokenizer,
            config,
            context=self.run.context,
            prompt=prompt,
            constraint=self.constraint,
            states=self.run.states(),
        )
        yield from (one.sample for one in sorted(found, key=lambda one: one.index))


def write(place: Workplace, job: Write) -> list[Row]:
    """All figures of what an arm writes; the documents are kept in the folder."""
    torch.set_num_threads(1)
    writer = _writer(place, job)
    identity = place.identity(job.arm, TokenStore.open(place.data(job.arm)))
    recorder = place.recorder(job, tokenizer=identity, max_tokens=writer.limit)
    rows = list(_held_to(writer, recorder, place.suite.corpus))
    for what, suffix, draw in _parts(writer, place):
        try:
            samples = list(draw)
        except CapabilityError as error:
            rows.append(recorder.failed(f"completed{suffix}", error))
            continue
        _keep(place.samples(job.row_arm, job.seed, what), samples)
        judges = [name for name in DEFAULT_EVALUATORS if not suffix or name != "faithful"]
        rows += judge_samples(recorder, samples, suffix, place.suite.corpus, judges)
    return rows


def _held_to(writer: _Writer, recorder: JobRecorder, corpus: CorpusSpec) -> Iterator[Row]:
    """What the held-out documents cost the model where it is held to the constraint."""
    if writer.constraint is None:
        return
    judge = ConstrainedBitsPerByte(
        run=writer.run,
        device=torch.device("cpu"),
        constraint=writer.constraint,
        seed=writer.job.seed,
    )
    try:
        score = judge.evaluate(real_samples(corpus))
    except WfgenError as error:
        yield recorder.failed("constrained-bits-per-byte", error)
        return
    free, refused = score.parts
    named = (free, evolve(refused, name="refused-by-constraint"))
    yield from recorder.score(evolve(score, parts=named), "")


def _writer(place: Workplace, job: Write) -> _Writer:
    run = open_run(place.model(job.arm, job.arm.budgets[0], job.seed), step="last")
    store = TokenStore.open(place.data(job.arm))
    num_bytes = sum(each["bytes"] for each in store.documents("valid"))
    num_tokens = int(store.offsets("valid")[-1] - store.offsets("valid")[0])
    limit = round(place.suite.writing.max_bytes * num_tokens / num_bytes)
    writer = _Writer(job=job, run=run, constraint=None, suite=place.suite, limit=limit)
    found = find_constraint(run.tokenizer, writer.config(1.0, 1), Prompt())
    return evolve(writer, constraint=found)


def _parts(writer: _Writer, place: Workplace) -> Iterator[tuple[str, str, Iterator[Sample]]]:
    """What each part is called, what its figures' names end in, and its samples."""
    plan = place.suite.writing
    first, *others = plan.temperatures
    for temperature in (first, *others):
        config = writer.config(temperature, plan.samples)
        suffix = "" if temperature == first else f"-t{temperature:g}"
        yield f"t{temperature:g}", suffix, writer.draw(config, Prompt())
    if plan.prompts:
        yield PROMPTED, f"-{PROMPTED}", _continued(writer, place)


def _continued(writer: _Writer, place: Workplace) -> Iterator[Sample]:
    """Beginnings of held-out documents, continued; one that is refused is a sample that failed."""
    plan = place.suite.writing
    for document in _some(held_out(place.suite.corpus), plan.prompts):
        for share in plan.prompt_shares:
            begun = document.canonical[: round(share * len(document.canonical))]
            try:
                config = writer.config(plan.temperatures[0], 1)
                yield from writer.draw(config, prompt_json(begun))
            except (ConstraintError, SettingError) as error:
                cause = f"the prompt is refused: {type(error).__name__}"
                yield Sample(text="", completed=False, num_tokens=0, seconds=0.0, fault=cause)


def _some(documents: Sequence[Any], count: int) -> Sequence[Any]:
    step = max(1, len(documents) // count)
    return documents[::step][:count]


# Kept samples -----------------------------------------------------------------------------------


def _keep(path: Path, samples: Sequence[Sample]) -> None:
    records = ({"text": s.text, "completed": s.completed, "fault": s.fault} for s in samples)
    replace_file(path, "".join(json.dumps(each) + "\n" for each in records))


def read_kept(path: Path) -> list[Sample]:
    """The samples of a file that `write` kept."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [Sample(**json.loads(line)) for line in lines]
