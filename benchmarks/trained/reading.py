"""Samples to read, drawn at random from those that were kept, each with its verdicts."""

from __future__ import annotations

import random
from collections.abc import Iterator

from trained.jobs import Write, jobs_of
from trained.judging import verdict_of
from trained.workplace import Workplace
from trained.writing import read_kept
from wfgen.api import Sample
from wfgen.canonical import read_json
from wfgen.corpus import dump_yaml
from wfgen.errors import DocumentError
from wfgen.report.samples import NUM_SAMPLES, SampleShown

__all__ = ["samples_to_read"]

_RUNGS = ("completed", "parses", "schema-valid", "lint-clean")


def samples_to_read(place: Workplace) -> dict[str, list[SampleShown]]:
    """Some of each arm that has written, over all its seeds, from nothing."""
    what = f"t{place.suite.writing.temperatures[0]:g}"
    writing = [job for stage in jobs_of(place.suite) for job in stage if isinstance(job, Write)]
    kept: dict[str, list[tuple[int, Sample]]] = {}
    for job in writing:
        file = place.samples(job.row_arm, job.seed, what)
        if file.exists():
            found = [(job.seed, sample) for sample in read_kept(file)]
            kept.setdefault(job.row_arm, []).extend(found)
    return {arm: list(_shown(place, arm, each)) for arm, each in kept.items()}


def _shown(place: Workplace, arm: str, samples: list[tuple[int, Sample]]) -> Iterator[SampleShown]:
    drawn = random.Random(arm).sample(samples, min(NUM_SAMPLES, len(samples)))
    for seed, sample in drawn:
        verdicts = {rung: verdict_of(rung, sample, place.suite.corpus) for rung in _RUNGS}
        yield SampleShown(text=_as_yaml(sample.text), arm=arm, seed=seed, verdicts=verdicts)


def _as_yaml(text: str) -> str:
    try:
        return dump_yaml(read_json(text))
    except DocumentError:
        return text
